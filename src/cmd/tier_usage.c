#include "limit_options.h"
#include "tier_options.h"
#include "simulark/base/json_text.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/usage.h"
#include "simulark/pg/connection.h"

#include <unistd.h>

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
    source = source_orderly(source, info.container);
    sink = filter_progress(sink_needs(needs), progress_tick, &line);
    ok = stream_run(source, sink, err);
    progress_end(&line, err);
    sink_free(sink);
    source_free(source);
    return ok;
}

/* A graph's name comes with its project's, in quotes as in a sentence: "Main" of "Shop". */
static json_t *where_to_json(const char *where)
{
    struct buffer text = BUFFER_INIT;
    bool two = strstr(where, "\" of \"") != NULL;
    json_t *json;

    buffer_printf(&text, two ? "\"%s\"" : "%s", where);
    json = text_to_json(buffer_string(&text));
    buffer_release(&text);
    return json;
}

static json_t *usage_to_json(const struct usage *usage, const struct needs *needs, bool *all_fit)
{
    json_t *list = json_array();

    for (size_t i = 0; i < LIMIT_COUNT; i++) {
        const struct usage_limit *l = &usage->limits[i];
        enum limit limit = (enum limit)i;
        json_t *entry = json_pack("{s:s, s:o, s:I, s:o}", "name", limit_specs[i].name, "limit", limit_to_json(l->limit),
                                  "current", (json_int_t)l->current, "remaining",
                                  limit_to_json(usage_remaining(usage, limit)));

        if (l->where)
            json_object_set_new(entry, "where", where_to_json(l->where));
        if (needs) {
            bool fits = usage_fits(usage, needs, limit);

            json_object_set_new(entry, "brings", json_integer((json_int_t)needs->counts[i]));
            json_object_set_new(entry, "would_be", json_integer((json_int_t)usage_would_be(usage, needs, limit)));
            json_object_set_new(entry, "fits", json_boolean(fits));
            *all_fit = *all_fit && fits;
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
    with_commas(usage_remaining(usage, limit), left);
    buffer_printf(&line, "%-*s %9s of %-9s", LIMIT_WIDTH - 2, limit_specs[limit].name, current,
                  l->limit == UNLIMITED ? "unlimited" : most);
    if (isatty(STDOUT_FILENO) && l->limit != UNLIMITED)
        append_bar(&line, l->current, l->limit);
    if (l->limit != UNLIMITED)
        buffer_printf(&line, " %9s left", left);
    if (needs && needs->counts[limit])
        buffer_printf(&line, ", brings %s: %s", with_commas(needs->counts[limit], left),
                      usage_fits(usage, needs, limit) ? "fits" : "TOO MANY");
    if (cli->verbose && l->where)
        buffer_printf(&line, "  (in \"%s\")", l->where);
    say("%s", buffer_string(&line));
    buffer_release(&line);
}

static enum status run(struct cli *cli, struct error *err)
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

static const struct option_spec options[] = {
    {"for", 0, "PATH", "what bringing in this bundle would need; exits with 1 where it does not fit"},
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command tier_usage_word = {
    .name = "tier usage",
    .operands = "USER",
    .summary = "what a user has, and has left",
    .about = "Tells for each limit of the user's tier (by e-mail or id) how much of it is used up:\n"
             "of what is counted in each project, graph or chat, by the one that has most (-v\n"
             "names it). With --for it reads a bundle and tells whether there is room for it,\n"
             "all of it taken as new.",
    .options = options,
    .examples = "  simulark tier usage ada@example.org\n"
                "  simulark tier usage ada@example.org --for shop.ark\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
