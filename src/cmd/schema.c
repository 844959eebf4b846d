#include "simulark/base/interrupt.h"
#include "simulark/cmd/cmd.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/schema.h"

#include <stdio.h>

static enum status print(struct cli *cli, struct error *err)
{
    const char *schema = argument_value(&cli->arguments, "schema");
    struct buffer sql = BUFFER_INIT;

    (void)err;
    schema_sql(&sql, schema ? schema : "public");
    if (cli->json)
        cli->result = json_pack("{s:s}", "sql", buffer_string(&sql));
    else
        fwrite(sql.data, 1, sql.len, stdout);
    buffer_release(&sql);
    return STATUS_OK;
}

static enum status apply(struct cli *cli, struct error *err)
{
    struct pg *pg = cli_database(cli, err);
    size_t made = 0;

    if (!pg || !schema_apply(pg, &made, err)) {
        pg_free(pg);
        return err->status;
    }
    interrupt_note_kept(KEPT_ALL);
    cli->result = json_pack("{s:s, s:i}", "schema", pg_schema(pg), "made", (int)made);
    if (made)
        tell(cli, "Made %zu table%s in the schema %s.", made, made == 1 ? "" : "s", pg_schema(pg));
    else
        tell(cli, "All tables are there already; `simulark schema check` tells what differs in them.");
    pg_free(pg);
    return STATUS_OK;
}

static enum status check(struct cli *cli, struct error *err)
{
    struct pg *pg = cli_database(cli, err);
    struct drifts drifts = {0};
    enum status status;

    if (pg && schema_check(pg, &drifts, err)) {
        json_t *list = json_array();

        for (size_t i = 0; i < drifts.count; i++) {
            const struct drift *d = &drifts.items[i];

            json_array_append_new(list, json_pack("{s:s, s:s?, s:s}", "table", d->table, "column", d->column, "problem",
                                                  d->problem));
            if (!cli->json)
                printf("%s%s%s %s\n", d->table, d->column ? "." : "", d->column ? d->column : "", d->problem);
        }
        cli->result = json_pack("{s:b, s:o}", "ok", drifts.count == 0, "drift", list);
        status = drifts.count ? STATUS_NO : STATUS_OK;
        if (!drifts.count)
            tell(cli, "The database has the schema as it should be.");
    } else {
        status = err->status;
    }
    drifts_release(&drifts);
    pg_free(pg);
    return status;
}

static const struct command apply_word = {
    .name = "schema apply",
    .operands = "",
    .summary = "make what is missing",
    .about = "Makes the tables that are missing, with keys, checks and default tiers, and\n"
             "missing indexes. Applying twice changes nothing.",
    .examples = "  simulark schema apply -d postgresql:///mydb\n",
    .run = apply,
};

static const struct command check_word = {
    .name = "schema check",
    .operands = "",
    .summary = "list what differs from it",
    .about = "Lists what differs from the schema (missing and other tables, columns, types,\n"
             "keys, references, indexes) and exits with 1 where anything does.",
    .examples = "  simulark schema check -d postgresql:///mydb\n",
    .run = check,
};

static const struct option_spec print_options[] = {SCHEMA_OPTION, {NULL, 0, NULL, NULL}};

static const struct command print_word = {
    .name = "schema print",
    .operands = "",
    .summary = "show the SQL",
    .about = "Shows the SQL that makes the thirteen tables.",
    .options = print_options,
    .examples = "  simulark schema print | less\n",
    .offline = true,
    .run = print,
};

static const struct command *const words[] = {&apply_word, &check_word, &print_word, NULL};

const struct command command_schema = {
    .name = "schema",
    .group = "Set up",
    .operands = "apply|check|print",
    .summary = "make the thirteen tables, or tell what differs from them",
    .about = "Administers the tables that projects are kept in.",
    .examples = "  simulark schema apply -d postgresql:///mydb\n"
                "  simulark schema print | less\n",
    .words = words,
};
