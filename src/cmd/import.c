#include "simulark/base/path.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/endpoints.h"

static const char *const conflict_words[] = {"fail", "skip", "replace", NULL};

static json_t *units_to_json(const struct import_report *report)
{
    json_t *units = json_array();

    for (size_t i = 0; i < report->nunits; i++) {
        const struct unit *unit = &report->units[i];

        json_array_append_new(units, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", unit->table->noun, "id", unit->id,
                                               "new_id", unit->id, "name", unit->name, "action",
                                               unit_action_name(unit->action)));
    }
    return units;
}

static void tell_units(const struct cli *cli, const struct import_report *report)
{
    for (size_t i = 0; i < report->nunits; i++)
        if (cli->verbose || report->units[i].table == table_find("projects"))
            tell(cli, "  %s \"%s\": %s", report->units[i].table->noun, report->units[i].name,
                 unit_action_name(report->units[i].action));
}

static void report(struct cli *cli, const char *path, const struct bundle_info *info, bool dry_run,
                   const struct seal_report *sealed, const struct import_report *done)
{
    cli->result = json_pack("{s:s, s:b, s:o, s:b, s:o, s:o}", "receipt", done->receipt, "dry_run", dry_run, "digest",
                            json_sprintf("sha256:%s", sealed->digest), "edited", sealed->edited, "tables",
                            rows_to_json(done->written), "units", units_to_json(done));
    tell_ignored(cli, path, info->ignored);
    if (sealed->edited)
        tell(cli, "The bundle was edited since its export.");
    tell(cli, dry_run ? "Dry run: would import from %s, and has rolled it back:" : "Imported from %s:",
         strcmp(path, "-") == 0 ? "standard input" : path);
    tell_units(cli, done);
    tell_rows(cli, done->written);
    if (!dry_run && !done->no_audit)
        tell(cli, "  receipt %s", done->receipt);
    if (done->no_audit)
        tell(cli, "  The database has no audit_logs, so the receipt is kept nowhere.");
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = a->operands[0];
    const struct limits limits = LIMITS_DEFAULT;
    int on_conflict = argument_choice(a, "on-conflict", conflict_words, CONFLICT_FAIL, err);
    struct import_options options = {.force = argument_given(a, "force"),
                                     .dry_run = argument_given(a, "dry-run"),
                                     .file_name = path_name(path)};
    struct bundle_info info = {0};
    struct seal_report sealed = {0};
    struct import_report done = {0};
    struct progress_line line = {.cli = cli, .verb = "Importing"};
    struct source *source = NULL;
    struct sink *sink = NULL;
    struct pg *pg = NULL;

    if (on_conflict < 0)
        return err->status;
    options.on_conflict = (enum on_conflict)on_conflict;
    source = source_bundle(path, &limits, &info, err);
    pg = source ? cli_database(cli, err) : NULL;
    if (!pg)
        goto out;
    sink = filter_people(sink_database(pg, &options, &done), pg, argument_value(a, "owner"));
    sink = filter_seal(sink, container_is_archive(info.container) || argument_given(a, "sealed"), &sealed);
    sink = filter_progress(sink, progress_tick, &line);
    if (stream_run(source, sink, err)) {
        progress_end(&line);
        report(cli, path, &info, options.dry_run, &sealed, &done);
    }
out:
    progress_end(&line);
    sink_free(sink);
    source_free(source);
    pg_free(pg);
    import_report_release(&done);
    return err->status;
}

static const struct option_spec options[] = {
    {"owner", 0, "USER", "give everything to this user (id or e-mail)"},
    {"on-conflict", 0, "WHAT", "with what is there already: fail, skip, replace"},
    {"dry-run", 'n', NULL, "do everything, then roll it back"},
    {"sealed", 0, NULL, "refuse a document or directory that was edited"},
    {"force", 0, NULL, "replace even what was changed after the export"},
    {NULL, 0, NULL, NULL},
};

const struct command command_import = {
    .name = "import",
    .operands = "PATH",
    .summary = "bring a bundle into a database",
    .about = "Reads a bundle of any container (- is standard input) and brings it in, in one\n"
             "transaction: all of it or nothing. People are matched by id, then by e-mail.",
    .options = options,
    .examples = "  simulark import shop.ark\n"
                "  simulark import --owner ada@example.org --dry-run shop.yaml\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
