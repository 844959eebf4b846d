#include "bundle_options.h"
#include "simulark/base/path.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/endpoints.h"
#include "simulark/flow/record.h"
#include "selection_options.h"

static bool read_options(const struct arguments *a, struct selection_options *selected, struct bundle_options *options,
                         struct error *err)
{
    const char *path = argument_value(a, "output");

    if (!path) {
        error_set(err, STATUS_USAGE, "Say where the bundle goes: -o PATH.");
        error_hint(err, "For instance -o shop.ark, -o shop.yaml, -o shop/ or -o - for standard output.");
        return false;
    }
    return read_selection_options(a, selected, err) && read_bundle_options(a, path, options, err);
}

static void report(struct cli *cli, const char *path, enum kind kind, const struct bundle_options *options,
                   const struct seal_report *sealed, const struct bundle_report *written)
{
    char size[32];

    cli->result = json_pack("{s:o, s:s, s:s, s:o, s:I, s:o}", "path", text_to_json(path), "kind", kind_name(kind), "container",
                            container_name(options->container), "digest", json_sprintf("sha256:%s", sealed->digest), "bytes",
                            (json_int_t)written->bytes, "tables", rows_to_json(sealed->rows));
    tell(cli, "Exported to %s (%s, %s):", strcmp(path, "-") == 0 ? "standard output" : path,
         container_name(options->container), human_bytes(written->bytes, size));
    tell_rows(cli, sealed->rows);
    if (cli->verbose)
        tell(cli, "  digest sha256:%s", sealed->digest);
}

/* The bundle is there and good, whatever becomes of the note. */
static bool note_in_audit_log(const struct cli *cli, struct pg *pg, const char *path, const struct seal_report *sealed)
{
    struct error problem = ERROR_INIT;

    bool noted = record_export(pg, NULL, path_name(path), sealed, &problem);

    if (!noted)
        tell(cli, "simulark: note: the export is not in the audit log: %s", buffer_string(&problem.message));
    error_release(&problem);
    return noted;
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = argument_value(a, "output");
    struct selection_options selected = {0};
    struct bundle_options options = {0};
    struct seal_report sealed = {0};
    struct bundle_report written = {0};
    struct progress_line line = {.cli = cli, .verb = "Exporting", .undone = "read; nothing is written"};
    struct source *source = NULL;
    struct sink *sink = NULL;
    struct pg *pg = NULL;

    if (!read_options(a, &selected, &options, err))
        goto out;
    if (cli->json && strcmp(path, "-") == 0) {
        error_set(err, STATUS_USAGE, "--json and -o - cannot both write to standard output.");
        goto out;
    }
    sink = sink_bundle(path, &options, &written, err);
    pg = sink ? cli_database(cli, err) : NULL;
    if (!pg)
        goto out;
    source = source_database(pg, &selected.selection);
    sink = filter_progress(filter_seal(sink, false, &sealed), progress_tick, &line);
    if (stream_run(source, sink, err)) {
        progress_end(&line, err);
        report(cli, path, selected.selection.kind, &options, &sealed, &written);
        json_object_set_new(cli->result, "audited", json_boolean(note_in_audit_log(cli, pg, path, &sealed)));
    }
out:
    progress_end(&line, err);
    sink_free(sink);
    source_free(source);
    pg_free(pg);
    selection_options_release(&selected);
    return err->status;
}

static const struct option_spec options[] = {
    SELECTION_OPTIONS,
    OPTION_GROUP("Where it goes"),
    {"output", 'o', "PATH", "where the bundle goes; - is standard output"},
    {"format", 0, "yaml|json|directory|ark|tar.zst|tar.gz|tar|zip", "the container, where the ending of PATH does not tell"},
    {"encoding", 0, "json|yaml", "of the rows in archives and directories (default json)"},
    {"force", 0, NULL, "replace the bundle that is there"},
    {NULL, 0, NULL, NULL},
};

const struct command command_export = {
    .name = "export",
    .group = "Move",
    .operands = "",
    .summary = "take projects, accounts or an instance into a bundle",
    .about = "Writes projects with graphs, nodes, edges, chats, messages and their owner's\n"
             "contexts, or whole accounts, or the instance, from one snapshot, into one file\n"
             "or directory that appears whole or not at all. The ending of PATH chooses the\n"
             "container. API keys, audit logs and usage stay out unless they are asked for.",
    .options = options,
    .examples = "  simulark export --project 'Online shop' -o shop.ark\n"
                "  simulark export --user ada@example.org -o ada.yaml\n",
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
