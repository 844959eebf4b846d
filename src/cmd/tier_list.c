#include "tier_options.h"
#include "simulark/flow/tier_list.h"
#include "simulark/pg/connection.h"

#include <stdio.h>

static json_t *tier_to_json(const struct listed_tier *listed)
{
    const struct tier *tier = listed->tier;
    json_t *limits = json_object();
    json_t *features = json_array();

    for (size_t i = 0; i < LIMIT_COUNT; i++)
        json_object_set_new(limits, limit_specs[i].name, limit_to_json(tier->limits[i]));
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (tier->features[i])
            json_array_append_new(features, json_string(feature_names[i]));
    return json_pack("{s:s, s:s?, s:b, s:I, s:o, s:o}", "name", tier->name, "display_name", listed->title, "available",
                     listed->available, "users", (json_int_t)listed->users, "limits", limits, "features", features);
}

#define COLUMN_WIDTH 12
#define COLUMNS 4 /* that fit beside one another */

/* What a line of the table says of one tier; text is room for it. `at`: which limit or feature, where there are several. */
typedef const char *tell_fn(const struct listed_tier *listed, size_t at, char text[32]);

static const char *tell_name(const struct listed_tier *listed, size_t at, char text[32])
{
    (void)at;
    (void)text;
    return listed->tier->name;
}

static const char *tell_limit(const struct listed_tier *listed, size_t at, char text[32])
{
    int64_t limit = listed->tier->limits[at];

    return limit == UNLIMITED ? "unlimited" : with_commas(limit, text);
}

static const char *tell_feature(const struct listed_tier *listed, size_t at, char text[32])
{
    (void)text;
    return listed->tier->features[at] ? "yes" : "no";
}

static const char *tell_users(const struct listed_tier *listed, size_t at, char text[32])
{
    (void)at;
    return with_commas(listed->users, text);
}

static const char *tell_available(const struct listed_tier *listed, size_t at, char text[32])
{
    (void)at;
    (void)text;
    return listed->available ? "yes" : "no";
}

static void print_line(const struct listed_tier *tiers, size_t count, const char *label, tell_fn *tell_one, size_t at)
{
    struct buffer line = BUFFER_INIT;
    char text[32];

    buffer_printf(&line, "%-*s", LIMIT_WIDTH, label);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&line, " %*s", COLUMN_WIDTH, tell_one(&tiers[i], at, text));
    say("%s", buffer_string(&line));
    buffer_release(&line);
}

/* Tiers side by side. */
static void print_tiers(const struct listed_tier *tiers, size_t count)
{
    print_line(tiers, count, "", tell_name, 0);
    for (size_t i = 0; i < LIMIT_COUNT; i++)
        print_line(tiers, count, limit_specs[i].name, tell_limit, i);
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        print_line(tiers, count, feature_names[i], tell_feature, i);
    print_line(tiers, count, "users", tell_users, 0);
    print_line(tiers, count, "can be had", tell_available, 0);
}

static void print_list(const struct tier_list *list)
{
    for (size_t first = 0; first < list->count; first += COLUMNS) {
        size_t rest = list->count - first;

        if (first)
            putchar('\n');
        print_tiers(list->entries + first, rest < COLUMNS ? rest : COLUMNS);
    }
    for (size_t i = 0; i < list->problems.ndetails; i++)
        tell_always("simulark: %s", list->problems.details[i]);
}

static json_t *list_to_json(const struct tier_list *list)
{
    json_t *tiers = json_array();
    json_t *problems = json_array();

    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(tiers, tier_to_json(&list->entries[i]));
    for (size_t i = 0; i < list->problems.ndetails; i++)
        json_array_append_new(problems, json_string(list->problems.details[i]));
    return json_pack("{s:b, s:o, s:o}", "ok", list->problems.ndetails == 0, "tiers", tiers, "problems", problems);
}

static enum status run_list(struct cli *cli, struct error *err)
{
    struct tier_list list = {0};
    struct pg *pg = cli_database(cli, err);
    bool malformed = false;

    if (pg && tier_list_read(pg, NULL, &list, err)) {
        cli->result = list_to_json(&list);
        malformed = list.problems.ndetails > 0;
        if (!cli->json)
            print_list(&list);
    }
    tier_list_release(&list);
    pg_free(pg);
    return malformed ? STATUS_NO : err->status;
}

static enum status run_show(struct cli *cli, struct error *err)
{
    struct tier_list list = {0};
    struct pg *pg = cli_database(cli, err);

    if (pg && tier_list_read(pg, cli->arguments.operands[0], &list, err)) {
        cli->result = tier_to_json(&list.entries[0]);
        if (!cli->json)
            print_tiers(list.entries, 1);
    }
    tier_list_release(&list);
    pg_free(pg);
    return err->status;
}

const struct command tier_list_word = {
    .name = "tier list",
    .operands = "",
    .summary = "all tiers side by side",
    .about = "Tells what each tier allows, and how many users have it. Exits with 1 where a tier\n"
             "is malformed, and names it.",
    .examples = "  simulark tier list -d postgresql:///mydb\n",
    .run = run_list,
};

const struct command tier_show_word = {
    .name = "tier show",
    .operands = "NAME",
    .summary = "one tier",
    .about = "Tells what the tier allows, and how many users have it.",
    .examples = "  simulark tier show free\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_show,
};
