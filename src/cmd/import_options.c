#include "import_options.h"

bool read_import_options(const struct arguments *a, struct import_options *options, struct people *people, struct error *err)
{
    static const char *const conflict_words[] = {"fail", "skip", "replace", NULL};
    int on_conflict = argument_choice(a, "on-conflict", conflict_words, CONFLICT_FAIL, err);

    if (on_conflict < 0)
        return false;
    options->on_conflict = (enum on_conflict)on_conflict;
    options->force = argument_given(a, "force");
    options->dry_run = argument_given(a, "dry-run");
    people->options.owner = argument_value(a, "owner");
    people->options.map_file = argument_value(a, "map-users");
    people->options.create = argument_given(a, "create-users");
    if (people->options.owner && (people->options.map_file || people->options.create))
        return error_set(err, STATUS_USAGE, "--owner gives everything to one user; --map-users and --create-users exclude it.");
    return true;
}

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

void report_import(struct cli *cli, const char *from, const struct import_options *options, const struct seal_report *sealed,
                   const struct import_report *done)
{
    cli->result = json_pack("{s:s, s:b, s:o, s:b, s:o, s:o}", "receipt", done->receipt, "dry_run", options->dry_run, "digest",
                            json_sprintf("sha256:%s", sealed->digest), "edited", sealed->edited, "tables",
                            rows_to_json(done->written), "units", units_to_json(done));
    if (sealed->edited)
        tell(cli, "The bundle was edited since its export.");
    tell(cli, options->dry_run ? "Dry run: would import from %s, and has rolled it back:" : "Imported from %s:", from);
    tell_units(cli, done);
    tell_rows(cli, done->written);
    if (!options->dry_run && !done->no_audit)
        tell(cli, "  receipt %s", done->receipt);
    if (done->no_audit)
        tell(cli, "  The database has no audit_logs, so the receipt is kept nowhere.");
}
