#include "import_options.h"

#include "simulark/base/json_text.h"
#include "simulark/flow/filters.h"

/* A number from 0 to 2^64 - 1. */
static bool read_seed(const char *text, uint64_t *seed, struct error *err)
{
    uint64_t number = 0;

    for (const char *p = text; *p; p++) {
        unsigned digit = (unsigned)(*p - '0');

        if (digit > 9 || number > (UINT64_MAX - digit) / 10)
            return error_set(err, STATUS_USAGE, "--seed must be a number from 0 to 18446744073709551615, not \"%s\".", text);
        number = number * 10 + digit;
    }
    *seed = number;
    return true;
}

static bool read_id_options(const struct cli *cli, struct import_options *import, struct id_options *ids, struct error *err)
{
    static const char *const id_words[] = {"keep", "new", NULL};
    const struct arguments *a = &cli->arguments;
    int choice = argument_choice(a, "ids", id_words, IDS_KEEP, err);

    if (choice < 0)
        return false;
    import->new_ids = choice == IDS_NEW;
    ids->choice = import->new_ids ? IDS_NEW : import->on_conflict == CONFLICT_COPY ? IDS_COPY : IDS_KEEP;
    ids->list_file = argument_value(a, "id-map");
    ids->force = import->force;
    if (cli->json && ids->list_file && strcmp(ids->list_file, "-") == 0)
        return error_set(err, STATUS_USAGE, "--id-map - and --json both write to standard output: name a file.");
    if (!argument_given(a, "seed"))
        return true;
    if (ids->choice == IDS_KEEP)
        return error_set(err, STATUS_USAGE, "--seed is for new ids: it needs --ids new or --on-conflict copy.");
    return read_seed(argument_value(a, "seed"), &ids->seed, err);
}

static bool read_rules_options(const struct arguments *a, struct import_choices *choices, struct error *err)
{
    struct rules_options *rules = &choices->rules.options;
    struct people_options *people = &choices->people.options;

    rules->override = argument_value(a, "override-limits");
    rules->dry_run = choices->options.dry_run;
    rules->file_name = choices->options.file_name;
    choices->options.rules = &choices->rules;
    if (!rules->as)
        return true;
    if (rules->override)
        return error_set(err, STATUS_USAGE, "--override-limits is for operators: it cannot be used with --as.");
    if (people->owner || people->map_file || people->create)
        return error_set(err, STATUS_USAGE,
                         "What a user brings in is theirs: --owner, --map-users and --create-users exclude --as.");
    if (choices->options.disable_triggers)
        return error_set(err, STATUS_USAGE, "--disable-triggers is for operators: it cannot be used with --as.");
    people->owner = rules->as;
    return true;
}

static bool check_parcels(const struct arguments *a, const struct import_choices *choices, struct error *err)
{
    if (!argument_given(a, "commit-each"))
        return true;
    if (choices->rules.options.as)
        return error_set(err, STATUS_USAGE,
                         "--commit-each is for operators: for a user each commit would be an import of the month.");
    if (choices->options.on_conflict == CONFLICT_COPY || argument_given(a, "id-map"))
        return error_set(err, STATUS_USAGE,
                         "--on-conflict copy and --id-map need one transaction: they exclude --commit-each.");
    return true;
}

bool read_import_options(const struct cli *cli, struct import_choices *choices, struct error *err)
{
    static const char *const conflict_words[] = {"fail", "skip", "replace", "copy", NULL};
    const struct arguments *a = &cli->arguments;
    int on_conflict = argument_choice(a, "on-conflict", conflict_words, CONFLICT_FAIL, err);
    struct people_options *people = &choices->people.options;

    if (on_conflict < 0)
        return false;
    choices->options.on_conflict = (enum on_conflict)on_conflict;
    choices->options.force = argument_given(a, "force");
    choices->options.dry_run = argument_given(a, "dry-run");
    choices->options.disable_triggers = argument_given(a, "disable-triggers");
    choices->options.allow_altered = argument_given(a, "allow-altered");
    choices->private = argument_given(a, "private");
    choices->options.parcel = argument_given(a, "commit-each") && !choices->options.dry_run; /* which commits nothing at all */
    choices->ids.options.drop_columns = argument_given(a, "drop-unknown-columns");
    people->owner = argument_value(a, "owner");
    people->map_file = argument_value(a, "map-users");
    people->create = argument_given(a, "create-users");
    if (people->owner && (people->map_file || people->create))
        return error_set(err, STATUS_USAGE, "--owner gives everything to one user; --map-users and --create-users exclude it.");
    return read_rules_options(a, choices, err) && check_parcels(a, choices, err) &&
           read_id_options(cli, &choices->options, &choices->ids.options, err);
}

void import_choices_release(struct import_choices *choices)
{
    people_release(&choices->people);
    rules_release(&choices->rules);
    id_plan_release(&choices->ids);
    parcels_free(choices->parcels);
}

bool read_ahead(const struct cli *cli, struct source *source, bool sealed, struct import_choices *choices, struct error *err)
{
    struct progress_line line = {.cli = cli, .verb = "Reading"};
    struct seal_report report = {0};
    struct sink *sink = filter_seal(sink_ids(&choices->ids, choices->people.pg), sealed, &report);
    bool ok;

    sink = filter_progress(sink, progress_tick, &line);
    ok = stream_run(source, sink, err);
    progress_end(&line, err);
    sink_free(sink);
    return ok;
}

struct sink *import_sink(struct import_choices *choices, struct import_report *done)
{
    struct sink *sink = sink_database(choices->people.pg, &choices->options, &choices->people, done);

    choices->rules.pg = choices->people.pg;
    if (choices->ids.options.drop_columns)
        sink = filter_columns(sink, choices->people.pg, done);
    sink = filter_rules(sink, &choices->rules, &choices->people, &choices->options);
    sink = filter_lineage(sink, &choices->rules, &choices->people);
    if (choices->private) /* before the rules: who may not publish may still take a public project in */
        sink = filter_private(sink);
    sink = filter_people(sink, &choices->people);
    return filter_ids(filter_claims(sink, &choices->rules), &choices->ids, &choices->people, done);
}
