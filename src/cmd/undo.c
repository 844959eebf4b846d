#include "simulark/cmd/cmd.h"
#include "simulark/flow/report.h"
#include "simulark/flow/undo.h"
#include "simulark/pg/connection.h"

static void tell_undone(struct cli *cli, const struct undo_options *options, const struct undo_report *done)
{
    bool any = json_array_size(done->kept) > 0;
    size_t i;
    json_t *kept;

    for (i = 0; i < TABLE_COUNT; i++)
        any = any || done->removed[i] > 0;
    if (done->undone_at) {
        tell(cli, "The import of the receipt %s was taken back already, at %s.", options->receipt, done->undone_at);
        return;
    }
    if (!any) {
        tell(cli, "The import of the receipt %s wrote no row, so there is nothing to take back.", options->receipt);
        return;
    }
    tell(cli, options->dry_run ? "Dry run: would take back, and has rolled it back:" : "Taken back:");
    tell_rows(cli, done->removed);
    json_array_foreach(done->kept, i, kept) {
        tell(cli, "  the %s %s stays: %s", json_string_value(json_object_get(kept, "kind")),
             json_string_value(json_object_get(kept, "id")), json_string_value(json_object_get(kept, "why")));
    }
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct undo_options options = {.receipt = cli->arguments.operands[0],
                                         .force = argument_given(&cli->arguments, "force"),
                                         .dry_run = argument_given(&cli->arguments, "dry-run")};
    struct undo_report done = {0};
    struct pg *pg = cli_database(cli, err);

    if (pg && undo_run(pg, &options, &done, err)) {
        cli->result = json_pack("{s:s, s:b, s:b, s:s?, s:o, s:O}", "receipt", options.receipt, "undone", !done.undone_at,
                                "dry_run", options.dry_run, "undone_before", done.undone_at, "tables",
                                rows_to_json(done.removed), "kept", done.kept);
        tell_undone(cli, &options, &done);
    }
    undo_report_release(&done);
    pg_free(pg);
    return err->status;
}

static const struct option_spec options[] = {
    {"dry-run", 'n', NULL, "do everything, then roll it back"},
    {"force", 0, NULL, "even where what came in was touched since"},
    {NULL, 0, NULL, NULL},
};

const struct command command_undo = {
    .name = "undo",
    .operands = "RECEIPT",
    .summary = "take back one import",
    .about = "Removes exactly what the import of this receipt brought, in one transaction, if\n"
             "nobody has touched it since: a row changed or gone, a chat or graph added, a\n"
             "user who has other things by now refuse it, all of them named. What the import\n"
             "skipped was not its own; what it replaced cannot come back and stays.\n"
             "Taking back twice is no error. The same bundle can be imported again.",
    .options = options,
    .examples = "  simulark undo --dry-run 0b0f2f5a-6f0e-4d53-9a35-0c9c3f1c7a10\n"
                "  simulark undo 0b0f2f5a-6f0e-4d53-9a35-0c9c3f1c7a10\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
