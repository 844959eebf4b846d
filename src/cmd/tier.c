#include "limit_options.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/endpoints.h"
#include "simulark/flow/usage.h"
#include "simulark/pg/rules.h"

#include <stdio.h>
#include <unistd.h>

/* ---- tiers ---- */

/* What is known of all tiers, or of one. */
struct listing {
    struct pg *pg;
    struct catalog catalog;
    struct tiers tiers;
    struct pg_result *rows; /* of rules_list_tiers: all */
    struct error problems;  /* a detail for each malformed one */
};

enum listed { LISTED_NAME, LISTED_TITLE, LISTED_AVAILABLE, LISTED_USERS };

static bool listing_read(struct listing *l, const struct cli *cli, const char *name, struct error *err)
{
    l->pg = cli_database(cli, err);
    if (!l->pg || !pg_begin_read(l->pg, err) || !catalog_read(l->pg, &l->catalog, err))
        return false;
    if (!catalog_has(&l->catalog, table_find("subscription_tiers"))) {
        error_set(err, STATUS_CONFLICT, "The database has no table subscription_tiers.");
        error_hint(err, "`simulark schema check` tells all that differs; is --dbname the right database?");
        return false;
    }
    if (!rules_read_tier(l->pg, name, &l->tiers, name ? NULL : &l->problems, err))
        return false;
    l->rows = rules_list_tiers(l->pg, &l->catalog, err);
    return l->rows && pg_rollback(l->pg, err);
}

static void listing_release(struct listing *l)
{
    pg_result_free(l->rows);
    error_release(&l->problems);
    tiers_release(&l->tiers);
    catalog_release(&l->catalog);
    pg_free(l->pg);
}

static json_t *limit_to_json(int64_t limit)
{
    return limit == UNLIMITED ? json_null() : json_integer((json_int_t)limit);
}

static json_t *tier_to_json(const struct listing *l, size_t row, const struct tier *tier)
{
    const char *title = pg_result_text(l->rows, row, LISTED_TITLE);
    json_t *limits = json_object();
    json_t *features = json_array();

    for (size_t i = 0; i < LIMIT_COUNT; i++)
        json_object_set_new(limits, limit_specs[i].name, limit_to_json(tier->limits[i]));
    for (size_t i = 0; i < FEATURE_COUNT; i++)
        if (tier->features[i])
            json_array_append_new(features, json_string(feature_names[i]));
    return json_pack("{s:s, s:s?, s:b, s:I, s:o, s:o}", "name", tier->name, "display_name", title, "available",
                     pg_result_text(l->rows, row, LISTED_AVAILABLE) && *pg_result_text(l->rows, row, LISTED_AVAILABLE) == 't',
                     "users", (json_int_t)strtoll(pg_result_text(l->rows, row, LISTED_USERS), NULL, 10), "limits", limits,
                     "features", features);
}

/* The tiers that could be read, in the order of the listing. The caller owns the array. */
static json_t *listing_to_json(const struct listing *l)
{
    json_t *list = json_array();

    for (size_t row = 0; row < pg_result_rows(l->rows); row++) {
        const struct tier *tier = tiers_find(&l->tiers, pg_result_text(l->rows, row, LISTED_NAME));

        if (tier)
            json_array_append_new(list, tier_to_json(l, row, tier));
    }
    return list;
}

#define LABEL_WIDTH 26
#define COLUMN_WIDTH 12
#define COLUMNS 4 /* that fit beside one another */

static void put(struct buffer *line, const char *text)
{
    buffer_printf(line, " %*s", COLUMN_WIDTH, text);
}

static const char *limit_text(const json_t *limit, char text[32])
{
    return json_is_null(limit) ? "unlimited" : with_commas(json_integer_value(limit), text);
}

static bool has_feature(const json_t *tier, const char *feature)
{
    size_t i;
    json_t *value;

    json_array_foreach(json_object_get(tier, "features"), i, value) {
        if (strcmp(json_string_value(value), feature) == 0)
            return true;
    }
    return false;
}

/* Tiers side by side: from the one at `first` on. */
static void print_tiers(const json_t *list, size_t first)
{
    size_t end = first + COLUMNS < json_array_size(list) ? first + COLUMNS : json_array_size(list);
    struct buffer line = BUFFER_INIT;
    char text[32];

    buffer_printf(&line, "%-*s", LABEL_WIDTH, "");
    for (size_t i = first; i < end; i++)
        put(&line, json_string_value(json_object_get(json_array_get(list, i), "name")));
    say("%s", buffer_string(&line));
    for (size_t limit = 0; limit < LIMIT_COUNT; limit++) {
        buffer_clear(&line);
        buffer_printf(&line, "%-*s", LABEL_WIDTH, limit_specs[limit].name);
        for (size_t i = first; i < end; i++)
            put(&line, limit_text(json_object_get(json_object_get(json_array_get(list, i), "limits"), limit_specs[limit].name),
                                  text));
        say("%s", buffer_string(&line));
    }
    for (size_t feature = 0; feature < FEATURE_COUNT; feature++) {
        buffer_clear(&line);
        buffer_printf(&line, "%-*s", LABEL_WIDTH, feature_names[feature]);
        for (size_t i = first; i < end; i++)
            put(&line, has_feature(json_array_get(list, i), feature_names[feature]) ? "yes" : "no");
        say("%s", buffer_string(&line));
    }
    buffer_clear(&line);
    buffer_printf(&line, "%-*s", LABEL_WIDTH, "users");
    for (size_t i = first; i < end; i++)
        put(&line, with_commas(json_integer_value(json_object_get(json_array_get(list, i), "users")), text));
    say("%s", buffer_string(&line));
    buffer_clear(&line);
    buffer_printf(&line, "%-*s", LABEL_WIDTH, "can be had");
    for (size_t i = first; i < end; i++)
        put(&line, json_is_true(json_object_get(json_array_get(list, i), "available")) ? "yes" : "no");
    say("%s", buffer_string(&line));
    buffer_release(&line);
}

static enum status run_list(struct cli *cli, struct error *err)
{
    struct listing l = {0};
    json_t *list;
    json_t *problems = json_array();

    if (!listing_read(&l, cli, NULL, err)) {
        listing_release(&l);
        json_decref(problems);
        return err->status;
    }
    list = listing_to_json(&l);
    for (size_t first = 0; !cli->json && first < json_array_size(list); first += COLUMNS) {
        if (first)
            putchar('\n');
        print_tiers(list, first);
    }
    for (size_t i = 0; i < l.problems.ndetails; i++) {
        json_array_append_new(problems, json_string(l.problems.details[i]));
        if (!cli->json)
            tell_always("simulark: %s", l.problems.details[i]);
    }
    cli->result = json_pack("{s:b, s:o, s:o}", "ok", l.problems.ndetails == 0, "tiers", list, "problems", problems);
    listing_release(&l);
    return json_array_size(problems) ? STATUS_NO : STATUS_OK;
}

static enum status run_show(struct cli *cli, struct error *err)
{
    const char *name = cli->arguments.operands[0];
    struct listing l = {0};
    json_t *list = NULL;

    if (listing_read(&l, cli, name, err)) {
        list = listing_to_json(&l);
        if (!json_array_size(list)) {
            error_set(err, STATUS_CONFLICT, "There is no tier \"%s\".", name);
            error_hint(err, "`simulark tier list` lists them.");
        } else {
            cli->result = json_incref(json_array_get(list, 0));
            if (!cli->json)
                print_tiers(list, 0);
        }
    }
    json_decref(list);
    listing_release(&l);
    return err->status;
}

/* ---- usage ---- */

static bool read_needs(struct cli *cli, const char *path, struct needs *needs, struct error *err)
{
    struct bundle_info info = {0};
    struct limits limits;
    struct progress_line line = {.cli = cli, .verb = "Reading"};
    struct source *source = read_limits(&cli->arguments, &limits, err) ? source_bundle(path, &limits, &info, err) : NULL;
    struct sink *sink;
    bool ok;

    if (!source)
        return false;
    if (container_is_archive(info.container))
        source = source_checked(source, true);
    else
        source = source_checked(source_settled(source), false);
    sink = filter_progress(sink_needs(needs), progress_tick, &line);
    ok = stream_run(source, sink, err);
    progress_end(&line, err);
    sink_free(sink);
    source_free(source);
    return ok;
}

/* What there would be once it is in: what is counted in one place is there beside the rest. */
static int64_t would_be(enum limit limit, const struct usage_limit *usage, const struct needs *needs)
{
    bool adds = limit == LIMIT_PROJECTS || limit == LIMIT_CONTEXTS || limit_specs[limit].metric;

    if (adds)
        return usage->current + needs->counts[limit];
    return needs->counts[limit] > usage->current ? needs->counts[limit] : usage->current;
}

static bool fits(enum limit limit, const struct usage_limit *usage, const struct needs *needs)
{
    return usage->limit == UNLIMITED || !needs->counts[limit] ||
           (needs->counts[limit] <= usage->limit && would_be(limit, usage, needs) <= (usage->limit > usage->current
                                                                                          ? usage->limit
                                                                                          : usage->current));
}

static int64_t remaining(const struct usage_limit *usage)
{
    return usage->limit > usage->current ? usage->limit - usage->current : 0;
}

static json_t *usage_to_json(const struct usage *usage, const struct needs *needs, bool *all_fit)
{
    json_t *list = json_array();

    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const struct usage_limit *l = &usage->limits[i];
        json_t *entry = json_pack("{s:s, s:o, s:I, s:o}", "name", limit_specs[i].name, "limit", limit_to_json(l->limit),
                                  "current", (json_int_t)l->current, "remaining",
                                  limit_to_json(l->limit == UNLIMITED ? UNLIMITED : remaining(l)));

        if (l->where)
            json_object_set_new(entry, "where", text_to_json(l->where));
        if (needs) {
            bool fit = fits((enum limit)i, l, needs);

            json_object_set_new(entry, "brings", json_integer((json_int_t)needs->counts[i]));
            json_object_set_new(entry, "would_be", json_integer((json_int_t)would_be((enum limit)i, l, needs)));
            json_object_set_new(entry, "fits", json_boolean(fit));
            *all_fit = *all_fit && fit;
        }
        json_array_append_new(list, entry);
    }
    return list;
}

#define BAR 20

/* "[######              ]": what is used up. */
static void append_bar(struct buffer *line, int64_t current, int64_t limit)
{
    int full = limit <= 0 || current >= limit ? BAR : (int)((double)current / (double)limit * BAR);

    if (!full && current > 0)
        full = 1;
    buffer_text(line, " [");
    for (int i = 0; i < BAR; i++)
        buffer_byte(line, i < full ? '#' : '.');
    buffer_byte(line, ']');
}

static void print_limit(const struct cli *cli, enum limit limit, const struct usage *usage, const struct needs *needs)
{
    const struct usage_limit *l = &usage->limits[limit];
    struct buffer line = BUFFER_INIT;
    char current[32];
    char most[32];
    char left[32];

    with_commas(l->current, current);
    with_commas(l->limit, most);
    with_commas(remaining(l), left);
    buffer_printf(&line, "%-*s %9s of %-9s", LABEL_WIDTH - 2, limit_specs[limit].name, current,
                  l->limit == UNLIMITED ? "unlimited" : most);
    if (isatty(STDOUT_FILENO) && l->limit != UNLIMITED)
        append_bar(&line, l->current, l->limit);
    if (l->limit != UNLIMITED)
        buffer_printf(&line, " %s left", left);
    if (needs && needs->counts[limit])
        buffer_printf(&line, ", brings %s: %s", with_commas(needs->counts[limit], left),
                      fits(limit, l, needs) ? "fits" : "TOO MANY");
    if (cli->verbose && l->where)
        buffer_printf(&line, "  (in \"%s\")", l->where);
    say("%s", buffer_string(&line));
    buffer_release(&line);
}

static enum status run_usage(struct cli *cli, struct error *err)
{
    const char *path = argument_value(&cli->arguments, "for");
    struct usage usage = {0};
    struct needs needs;
    struct pg *pg = NULL;
    bool all_fit = true;

    if (path && !read_needs(cli, path, &needs, err))
        return err->status;
    pg = cli_database(cli, err);
    if (pg && usage_read(pg, cli->arguments.operands[0], &usage, err)) {
        cli->result = json_pack("{s:s, s:s, s:s, s:b, s:o}", "user", usage.user, "email", usage.email, "tier", usage.tier,
                                "active", usage.active, "limits", usage_to_json(&usage, path ? &needs : NULL, &all_fit));
        if (path)
            json_object_set_new(cli->result, "fits", json_boolean(all_fit));
        if (!cli->json)
            say("%s, tier \"%s\"%s", usage.email, usage.tier, usage.active ? "" : ", not active: may do nothing");
        for (int i = 0; !cli->json && i < LIMIT_COUNT; i++)
            print_limit(cli, (enum limit)i, &usage, path ? &needs : NULL);
    }
    usage_release(&usage);
    pg_free(pg);
    return error_is_set(err) ? err->status : all_fit ? STATUS_OK : STATUS_NO;
}

/* ---- the words ---- */

static const struct command list_word = {
    .name = "tier list",
    .operands = "",
    .summary = "all tiers side by side",
    .about = "Tells what each tier allows, and how many users have it. Exits with 1 where a tier\n"
             "is malformed, and names it.",
    .examples = "  simulark tier list -d postgresql:///mydb\n",
    .run = run_list,
};

static const struct command show_word = {
    .name = "tier show",
    .operands = "NAME",
    .summary = "one tier",
    .about = "Tells what the tier allows, and how many users have it.",
    .examples = "  simulark tier show free\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_show,
};

static const struct option_spec usage_options[] = {
    {"for", 0, "PATH", "what bringing in this bundle would need; exits with 1 where it does not fit"},
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

static const struct command usage_word = {
    .name = "tier usage",
    .operands = "USER",
    .summary = "what a user has, and has left",
    .about = "Tells for each limit of the user's tier (by e-mail or id) how much of it is used up:\n"
             "of what is counted in each project, graph or chat, by the one that has most (-v\n"
             "names it). With --for it reads a bundle and tells whether there is room for it,\n"
             "all of it taken as new.",
    .options = usage_options,
    .examples = "  simulark tier usage ada@example.org\n"
                "  simulark tier usage ada@example.org --for shop.ark\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run_usage,
};

static const struct command *const words[] = {&list_word, &show_word, &usage_word, NULL};

const struct command command_tier = {
    .name = "tier",
    .operands = "list|show|usage",
    .summary = "tiers, their limits, what a user has left",
    .about = "Tells what subscription tiers allow and what a user has left of it; docs/tiers.md\n"
             "has the rules.",
    .examples = "  simulark tier list\n"
                "  simulark tier usage ada@example.org\n",
    .words = words,
};
