#include "diff_output.h"
#include "encryption_options.h"
#include "limit_options.h"
#include "selection_options.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/database.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/subject.h"

#include <stdlib.h>
#include <unistd.h>

/* One of the two operands. */
struct end {
    const char *operand;
    struct pg *pg; /* of a database */
    struct source *source;
    struct bundle_info info;
    struct rereading shared;
    struct rules rules;
    struct selection selection; /* the request's, as who asks may see it */
};

struct request {
    struct selection_options content;
    struct subject subject; /* of the bundle, where it says what of the database is meant */
    struct limits limits;
    struct encryption encryption;
    const char *schema;
    const char *as;
    unsigned ignore;
    bool structure, stat;
};

static bool is_database(const char *operand)
{
    return strncmp(operand, "postgres://", 11) == 0 || strncmp(operand, "postgresql://", 13) == 0 ||
           (strchr(operand, '=') && access(operand, F_OK) != 0);
}

/* What messages call it. A conninfo may hold a password, so it is not repeated. */
static const char *end_name(const struct end *end, const struct end *other)
{
    if (end->pg && other->pg)
        return end < other ? "the first database" : "the second database";
    if (end->pg)
        return "the database";
    return strcmp(end->operand, "-") == 0 ? "standard input" : end->operand;
}

static bool end_open(struct end *end, const struct request *request, struct error *err)
{
    if (is_database(end->operand)) {
        end->pg = pg_open(end->operand, request->schema ? request->schema : "public", err);
        end->rules = (struct rules){.pg = end->pg, .options = {.deed = DEED_LOOK, .as = request->as}};
        if (!end->pg || !rules_admit_early(&end->rules, err))
            return false;
        end->selection = request->content.selection;
        end->selection.user = rules_actor(&end->rules);
        end->source = source_database(end->pg, &end->selection);
        return true;
    }
    end->info.keys = &request->encryption.keys;
    end->source = end->shared.begun
                      ? source_bundle_again(end->operand, &request->limits, &end->shared, &end->info, err)
                      : source_bundle(end->operand, &request->limits, &end->info, err);
    if (!end->source)
        return false;
    end->source = source_orderly(end->source, end->info.container);
    return true;
}

static void end_close(struct end *end, struct error *err)
{
    note_refusal(&end->rules, err);
    source_free(end->source);
    rules_release(&end->rules);
    pg_free(end->pg);
}

/* ---- options ---- */

/* The list after --ignore, which may be given more than once. */
static bool read_ignore(const struct arguments *a, unsigned *ignore, struct error *err)
{
    size_t count;
    const char **lists = argument_values(a, "ignore", &count);

    for (size_t i = 0; i < count && !error_is_set(err); i++)
        for (const char *word = lists[i]; word;) {
            size_t len = strcspn(word, ",");

            if (!ignore_add(ignore, word, len)) {
                error_set(err, STATUS_USAGE, "--ignore takes times, ids and versions, not \"%.*s\".", (int)len, word);
                break;
            }
            word = word[len] ? word + len + 1 : NULL;
        }
    free(lists);
    return !error_is_set(err);
}

/* The first option given that says what of a database is meant, or as whom it is read; NULL where there is none. */
static const char *database_option(const struct arguments *a)
{
    static const char *const names[] = {"project", "user", "all", "contexts", "include", "only", "exclude", "as", NULL};

    for (size_t i = 0; names[i]; i++)
        if (argument_given(a, names[i]))
            return names[i];
    return NULL;
}

static bool read_content(const struct arguments *arguments, struct request *request, struct error *err)
{
    const char *a = arguments->operands[0];
    const char *b = arguments->operands[1];
    const char *option = database_option(arguments);

    if (strcmp(a, "-") == 0 && strcmp(b, "-") == 0)
        return error_set(err, STATUS_USAGE, "Standard input can be one side only.");
    if (is_database(a) || is_database(b))
        return read_content_options(arguments, is_database(a) && is_database(b), &request->content, err);
    if (!option)
        return true;
    error_set(err, STATUS_USAGE, "--%s is about rows of a database, but both sides are bundles.", option);
    error_hint(err, "A database is given as postgresql://… or as keywords such as dbname=shop.");
    return false;
}

static bool read_options(const struct arguments *a, struct request *request, struct error *err)
{
    if (!read_limits(a, &request->limits, err) || !read_ignore(a, &request->ignore, err) || !read_content(a, request, err))
        return false;
    request->schema = argument_value(a, "schema");
    request->as = argument_value(a, "as");
    request->structure = argument_given(a, "structure") || (request->ignore & IGNORE_IDS);
    request->stat = argument_given(a, "stat");
    if (argument_given(a, "structure"))
        request->ignore |= IGNORE_IDS | IGNORE_TIMES | IGNORE_VERSIONS;
    return read_encryption(a, &request->encryption, err);
}

/* ---- what of a database is meant, by default ---- */

static bool is_undecided(const struct subject *subject, struct error *err)
{
    if (subject->kind == KIND_TEMPLATE) {
        error_set(err, STATUS_USAGE, "A template does not say which project of the database it is to be compared with.");
        error_hint(err, "--project ID or NAME does; --structure matches their rows by content.");
    } else if (subject->kind != KIND_INSTANCE && !subject->has_units) {
        error_set(err, STATUS_USAGE, "The bundle has no rows of %s, so it does not say what of the database is meant.",
                  subject->kind == KIND_PROJECT ? "projects" : "users");
        error_hint(err, "--project ID or NAME does, or --user E-MAIL.");
    }
    return error_is_set(err);
}

/* A bundle that is compared with a database is about something: the same is taken of the database. */
static bool choose_by_bundle(struct end ends[2], const struct arguments *a, struct request *request, struct error *err)
{
    struct end *bundle = is_database(ends[0].operand) ? &ends[1] : &ends[0];
    struct source *source;
    bool ok;

    if (content_is_chosen(a) || is_database(ends[0].operand) == is_database(ends[1].operand))
        return true;
    bundle->info.keys = &request->encryption.keys;
    source = source_bundle_again(bundle->operand, &request->limits, &bundle->shared, &bundle->info, err);
    ok = source && subject_read(source, &request->subject, err) && !is_undecided(&request->subject, err);
    source_free(source);
    if (ok)
        subject_select(&request->subject, argument_given(a, "only") || argument_given(a, "exclude"), &request->content.selection);
    return ok;
}

/* ---- the run ---- */

static void hear_row(void *context, const struct diff_row *row)
{
    (void)context, (void)row;
}

static void hear_value(void *context, const char *column, const struct difference *difference)
{
    (void)context, (void)column, (void)difference;
}

static void hear_lacking(void *context, const struct diff_lacking *lacking)
{
    (void)context, (void)lacking;
}

static const struct diff_events deaf = {.row = hear_row, .value = hear_value, .lacking = hear_lacking};

static void tell_sum(const struct cli *cli, const struct diff_report *report)
{
    struct diff_counts sum = report->assets;
    char added[32], removed[32], changed[32];

    if (report->equal) {
        tell(cli, "No difference.");
        return;
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        sum.added += report->tables[i].added;
        sum.removed += report->tables[i].removed;
        sum.changed += report->tables[i].changed;
    }
    tell(cli, "%s added, %s removed, %s changed.", with_commas(sum.added, added), with_commas(sum.removed, removed),
         with_commas(sum.changed, changed));
}

/* Both sides are stepped through together, so the first tells how far they are. Where rows that differ go to the terminal, they
 * show it themselves, and a moving line would be in their way. */
static void show_progress(struct end *end, const struct request *request, struct progress_line *line)
{
    const struct cli *cli = line->cli;

    if (cli->progress == PROGRESS_ALWAYS || cli->json || request->stat || !isatty(STDOUT_FILENO))
        end->source = source_progress(end->source, progress_tick, line);
}

static enum status compare(struct cli *cli, struct end ends[2], const struct request *request, struct error *err)
{
    struct end *a = &ends[0];
    struct end *b = &ends[1];
    struct diff_text text = {.names = {end_name(a, b), end_name(b, a)}, .color = cli->color};
    struct diff_json json = {0};
    struct diff_events events = request->stat ? deaf : cli->json ? diff_json_events(&json) : diff_text_events(&text);
    struct diff_report report = {0};
    struct progress_line line = {.cli = cli, .verb = "Comparing"};
    enum status status;
    bool done;

    show_progress(a, request, &line);
    done = (!request->structure || sources_match(&a->source, &b->source, err)) &&
           diff_run(a->source, b->source, request->ignore, &events, &report, err);
    progress_end(&line, err);
    if (done && cli->json)
        cli->result = diff_json_result(&json, &report);
    else if (done && request->stat)
        diff_text_counts(&text, &report);
    if (done)
        tell_sum(cli, &report);
    status = !done ? err->status : report.equal ? STATUS_OK : STATUS_NO;
    json_decref(json.changes);
    diff_text_release(&text);
    return status;
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *arguments = &cli->arguments;
    struct request request = {0};
    struct end ends[2] = {{.operand = arguments->operands[0]}, {.operand = arguments->operands[1]}};
    enum status status;

    if (read_options(arguments, &request, err) && choose_by_bundle(ends, arguments, &request, err) &&
        end_open(&ends[0], &request, err) && end_open(&ends[1], &request, err))
        status = compare(cli, ends, &request, err);
    else
        status = err->status;
    if (request.content.selection.as_far_as_there && status == STATUS_CONFLICT)
        error_hint(err, "--project or --user says with what of the database the bundle is to be compared.");
    end_close(&ends[0], err);
    end_close(&ends[1], err);
    encryption_release(&request.encryption);
    selection_options_release(&request.content);
    subject_release(&request.subject);
    return status;
}

static const struct option_spec options[] = {
    OPTION_GROUP("What to take out of a database (otherwise what the bundle is about)"),
    CONTENT_OPTIONS,
    SCHEMA_OPTION,
    {"as", 0, "EMAIL|ID", "see what this user may see"},
    OPTION_GROUP("What counts as a difference"),
    {"ignore", 0, "times,versions,ids", "what does not: any of them; without ids rows are matched by content"},
    {"structure", 0, NULL, "match rows by content; ignore ids, times and versions"},
    OPTION_GROUP("How it is told"),
    {"stat", 0, NULL, "only counts"},
    OPTION_GROUP("Safety"),
    DECRYPT_OPTIONS,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_diff = {
    .name = "diff",
    .operands = "A B",
    .summary = "tell what differs between bundles or databases",
    .about = "Compares two bundles, two databases, or one with the other, row by row, down to\n"
             "the column and the place inside JSON. A and B are paths of bundles (- is\n"
             "standard input) or databases (postgresql://... or keywords such as dbname=shop).\n"
             "Of a database that is compared with a bundle, what the bundle is about is read: its\n"
             "projects, users or instance, and its tables. Options say otherwise, and what is\n"
             "meant of two databases.\n"
             "Both are read and checked to the end. Exits with 0 where nothing differs, with 1\n"
             "where anything does.",
    .options = options,
    .examples = "  simulark diff monday.ark tuesday.ark\n"
                "  simulark diff shop.yaml postgresql:///live\n"
                "  simulark diff --structure --project Shop template.ark postgresql:///live\n"
                "  simulark diff --all --stat postgresql:///old postgresql:///new\n",
    .min_operands = 2,
    .max_operands = 2,
    .names_databases = true,
    .run = run,
};
