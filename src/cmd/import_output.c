#include "import_output.h"

#include "simulark/base/json_text.h"
#include "simulark/cmd/cmd.h"

static json_t *units_to_json(const struct import_report *report)
{
    json_t *units = json_array();

    for (size_t i = 0; i < report->nunits; i++) {
        const struct unit *unit = &report->units[i];

        if (unit->minor)
            continue;
        json_array_append_new(units, json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", unit->table->noun, "id",
                                               unit->old_id ? unit->old_id : unit->id, "new_id", unit->id, "name", unit->name,
                                               "action", unit_action_name(unit->action)));
    }
    return units;
}

static json_t *receipts_to_json(const struct import_report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->nreceipts; i++)
        json_array_append_new(list, json_string(report->receipts[i]));
    return list;
}

static json_t *names_to_json(char *const *names, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, text_to_json(names[i]));
    return list;
}

/* "users.updated_at": rows that are not as the bundle has them. */
static json_t *altered_to_json(const struct import_report *report)
{
    json_t *object = json_object();

    for (size_t i = 0; i < report->naltered; i++) {
        struct buffer name = BUFFER_INIT;

        buffer_printf(&name, "%s.%s", report->altered[i].table->name, report->altered[i].column);
        json_object_set_new(object, buffer_string(&name), json_integer((json_int_t)report->altered[i].rows));
        buffer_release(&name);
    }
    return object;
}

static void tell_foreign(const struct cli *cli, const char *what, const int64_t rows[TABLE_COUNT])
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (rows[i])
            tell(cli, "%s: %lld row%s of %s.", what, (long long)rows[i], rows[i] == 1 ? "" : "s", tables[i].name);
}

static void tell_altered(const struct cli *cli, const struct import_report *report)
{
    for (size_t i = 0; i < report->ndropped; i++)
        tell(cli, "Left out, as the database has no such column: %s.", report->dropped[i]);
    for (size_t i = 0; i < report->naltered; i++)
        tell(cli, "Altered by the database: %s.%s in %lld row%s.", report->altered[i].table->name, report->altered[i].column,
             (long long)report->altered[i].rows, report->altered[i].rows == 1 ? "" : "s");
    tell_foreign(cli, "Added by the database's triggers", report->added);
    tell_foreign(cli, "Changed or deleted by the database's triggers", report->touched);
}

static void tell_units(const struct cli *cli, const struct import_report *report)
{
    for (size_t i = 0; i < report->nunits; i++)
        if (!report->units[i].minor && !report->nparts && (cli->verbose || table_is(report->units[i].table, "projects")))
            tell(cli, "  %s \"%s\": %s", report->units[i].table->noun, report->units[i].name,
                 unit_action_name(report->units[i].action));
}

static void tell_written(const struct cli *cli, const struct import_options *options, const struct import_report *report)
{
    int64_t rows[TABLE_COUNT];

    import_report_rows(report, rows);
    if (import_report_wrote(report))
        tell_rows(cli, rows);
    else
        tell(cli, options->dry_run ? "  no row would be written" : "  no row was written");
}

static json_t *report_to_json(const struct import_options *options, const struct seal_report *sealed,
                              const struct import_report *done)
{
    int64_t rows[TABLE_COUNT];
    json_t *result;

    import_report_rows(done, rows);
    result = json_pack("{s:s?, s:b, s:o, s:b, s:o, s:o}", "receipt", options->dry_run ? NULL : done->receipt, "dry_run",
                       options->dry_run, "digest", digest_to_json(sealed->digest), "edited", sealed->edited, "tables",
                       rows_to_json(rows), "units", units_to_json(done));
    if (done->nparts)
        json_object_set_new(result, "receipts", receipts_to_json(done));
    json_object_set_new(result, "dropped_columns", names_to_json(done->dropped, done->ndropped));
    json_object_set_new(result, "altered", altered_to_json(done));
    json_object_set_new(result, "added", some_rows_to_json(done->added));
    json_object_set_new(result, "touched", some_rows_to_json(done->touched));
    return result;
}

void report_import(struct cli *cli, const char *from, const struct import_options *options, const struct seal_report *sealed,
                   const struct import_report *done)
{
    if (cli->json)
        cli->result = report_to_json(options, sealed, done);
    if (sealed->edited)
        tell(cli, "The bundle was edited since its export.");
    tell(cli, options->dry_run ? "Dry run: would import from %s, and has rolled it back:" : "Imported from %s:", from);
    tell_altered(cli, done);
    tell_units(cli, done);
    tell_written(cli, options, done);
    if (!options->dry_run && !done->no_audit && !done->nparts)
        tell(cli, "  receipt %s", done->receipt);
    if (done->no_audit && done->no_audit_reason)
        tell(cli, "  The receipt is kept nowhere: %s", done->no_audit_reason);
    else if (done->no_audit)
        tell(cli, "  The database has no audit_logs, so the receipt is kept nowhere.");
}
