#include "import_options.h"
#include "import_output.h"
#include "selection_options.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/record.h"
#include "simulark/pg/connection.h"

static bool open_both(const struct cli *cli, struct pg **from, struct pg **to, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *schema = argument_value(a, "schema");

    if (!argument_given(a, "from") || !argument_given(a, "to"))
        return error_set(err, STATUS_USAGE, "Say from where to where: --from CONNINFO --to CONNINFO.");
    *from = pg_open(argument_value(a, "from"), schema ? schema : "public", err);
    schema = argument_given(a, "to-schema") ? argument_value(a, "to-schema") : schema;
    *to = *from ? pg_open(argument_value(a, "to"), schema ? schema : "public", err) : NULL;
    return *to != NULL;
}

/* What was taken out of the one database, as an export would be. */
static void note_in_audit_log(struct cli *cli, struct pg *from, const struct seal_report *sealed)
{
    const struct rules operator = {.pg = from, .options.deed = DEED_EXPORT};
    struct error problem = ERROR_INIT;

    tell_audited(cli, record_export_done(&operator, sealed, &problem), &problem);
    error_release(&problem);
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    struct selection_options selected = {0};
    struct import_choices choices = {.rules.options.deed = DEED_IMPORT};
    struct seal_report sealed = {0};
    struct import_report done = {0};
    struct progress_line line = {.cli = cli, .verb = "Transferring", .undone = "sent to the database, and are rolled back"};
    struct pg *from = NULL;
    struct source *source = NULL;
    struct sink *sink = NULL;

    if (!read_selection_options(a, &selected, err) || !read_import_options(cli, &choices, err) ||
        !open_both(cli, &from, &choices.people.pg, err))
        goto out;
    pg_act_as(from, selected.rls_user);
    if (id_plan_reads_ahead(&choices.ids)) {
        source = source_database_twice(from, &selected.selection);
        if (!read_ahead(cli, source, false, &choices, err))
            goto out;
    } else {
        source = source_database(from, &selected.selection);
    }
    sink = filter_seal(import_last(&choices, &done, &line), false, &sealed);
    sink = filter_progress(sink, progress_tick, &line);
    if (stream_run(source, sink, err) && import_parcels(cli, &choices, &done, err)) {
        progress_end(&line, err);
        report_import(cli, "the other database", &choices.options, &sealed, &done);
        if (!choices.options.dry_run)
            note_in_audit_log(cli, from, &sealed);
    }
out:
    progress_end(&line, err);
    note_refusal(&choices.rules, err);
    sink_free(sink);
    source_free(source);
    pg_free(from);
    pg_free(choices.people.pg);
    import_choices_release(&choices);
    import_report_release(&done);
    selection_options_release(&selected);
    return err->status;
}

static const struct option_spec options[] = {
    OPTION_GROUP("From where to where"),
    {"from", 0, "CONNINFO", "the database the rows come from"},
    {"to", 0, "CONNINFO", "the database they go into"},
    SCHEMA_OPTION,
    {"to-schema", 0, "NAME", "PostgreSQL schema there, where it differs"},
    SELECTION_OPTIONS,
    IMPORT_OPTIONS,
    {NULL, 0, NULL, NULL},
};

const struct command command_transfer = {
    .name = "transfer",
    .operands = "",
    .summary = "move projects, accounts or an instance between databases",
    .about = "An export and an import without a bundle between: one snapshot of the one\n"
             "database, one transaction in the other, nothing on disk.",
    .options = options,
    .examples = "  simulark transfer --from service=old --to service=new --user ada@example.org\n"
                "  simulark transfer --from service=old --to service=new --all --dry-run\n"
                "  simulark transfer --from service=app --to service=app --project Shop --ids new\n",
    .min_operands = 0,
    .max_operands = 0,
    .names_databases = true,
    .run = run,
};
