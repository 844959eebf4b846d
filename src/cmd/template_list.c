#include "template_options.h"
#include "simulark/base/json_text.h"

#include <stdio.h>

#define COLUMNS 5
#define WIDEST 40

static size_t characters(const char *text)
{
    size_t count = 0;

    for (; *text; text++)
        count += ((unsigned char)*text & 0xC0) != 0x80;
    return count;
}

static void cells_of(const json_t *row, const char *cells[COLUMNS], char uses[24])
{
    snprintf(uses, 24, "%lld", (long long)json_integer_value(json_object_get(row, "usage_count")));
    cells[0] = json_text(row, "name");
    cells[1] = json_text(row, "version");
    cells[2] = json_text(row, "category");
    cells[3] = json_is_true(json_object_get(row, "is_premium")) ? "premium" : "";
    cells[4] = uses;
}

static void print_line(const char *const cells[COLUMNS], const size_t widths[COLUMNS], const char *last)
{
    struct buffer line = BUFFER_INIT;

    for (size_t i = 0; i < COLUMNS; i++) {
        size_t len = characters(cells[i]);

        buffer_text(&line, cells[i]);
        buffer_printf(&line, "%*s", (int)(len < widths[i] ? widths[i] - len : 0) + 2, "");
    }
    buffer_text(&line, last);
    while (line.len && line.data[line.len - 1] == ' ')
        line.len--;
    say("%s", buffer_string(&line));
    buffer_release(&line);
}

static void print_table(const json_t *list)
{
    static const char *const heads[COLUMNS] = {"NAME", "VERSION", "CATEGORY", "", "USES"};
    const char *cells[COLUMNS];
    size_t widths[COLUMNS];
    const json_t *row;
    char uses[24];
    size_t i;

    for (size_t c = 0; c < COLUMNS; c++)
        widths[c] = characters(heads[c]);
    json_array_foreach(list, i, row) {
        cells_of(row, cells, uses);
        for (size_t c = 0; c < COLUMNS; c++) {
            size_t len = characters(cells[c]);

            if (len > widths[c])
                widths[c] = len < WIDEST ? len : WIDEST;
        }
    }
    print_line(heads, widths, "DESCRIPTION");
    json_array_foreach(list, i, row) {
        cells_of(row, cells, uses);
        print_line(cells, widths, json_text(row, "description"));
    }
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    static const char *const kinds[] = {"only", "no", "all", NULL};
    int kind = argument_choice(a, "premium", kinds, 2, err);
    const struct published_filter filter = {.text = a->noperands ? a->operands[0] : NULL,
                                            .category = argument_value(a, "category"),
                                            .premium = kind == 0 ? "t" : kind == 1 ? "f" : NULL};
    struct pg *pg = kind >= 0 ? cli_database(cli, err) : NULL;
    json_t *list = pg ? published_list(pg, &filter, err) : NULL;

    if (list) {
        cli->result = json_pack("{s:o}", "templates", list);
        if (!cli->json && json_array_size(list))
            print_table(list);
        else if (!json_array_size(list))
            tell(cli, filter.text || filter.category || filter.premium ? "There is no such template."
                                                                       : "There are no templates.");
    }
    pg_free(pg);
    return err->status;
}

static const struct option_spec options[] = {
    {"category", 0, "NAME", "of this category alone"},
    {"premium", 0, "only|no|all", "premium ones, the others, or all (default)"},
    {NULL, 0, NULL, NULL},
};

const struct command template_list_word = {
    .name = "template list",
    .operands = "[TEXT]",
    .summary = "list the templates of a database",
    .about = "Lists the templates of a database by name; with TEXT those whose name, description, category or keywords hold it.",
    .options = options,
    .examples = "  simulark template list\n"
                "  simulark template list kafka --premium no --json\n",
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
