#include "bundle_options.h"
#include "encryption_options.h"
#include "selection_options.h"
#include "simulark/base/json_text.h"
#include "simulark/base/path.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/database.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/record.h"
#include "simulark/pg/connection.h"

/* One run. */
struct export {
    struct selection_options selected;
    struct bundle_options options;
    struct encryption encryption;
    struct seal_report sealed;
    struct project_sums projects;
    struct bundle_report written;
    struct rules rules;
    struct pg *pg;
    bool audited;
    struct error problem; /* why not */
};

static bool read_options(const struct arguments *a, struct selection_options *selected, struct bundle_options *options,
                         struct encryption *encryption, struct error *err)
{
    const char *path = argument_value(a, "output");

    if (!path) {
        error_set(err, STATUS_USAGE, "Say where the bundle goes: -o PATH.");
        error_hint(err, "For instance -o shop.ark, -o shop.yaml, -o shop/ or -o - for standard output.");
        return false;
    }
    return read_selection_options(a, selected, err) && read_encryption(a, encryption, err) &&
           encrypt_output(a, path, encryption, options, err) && read_bundle_options(a, path, options, err);
}

static void report(struct cli *cli, const char *path, const struct export *e)
{
    char kind[32];
    char size[32];

    cli->result = json_pack("{s:o, s:s, s:s, s:o, s:I, s:o}", "path", text_to_json(path), "kind",
                            kind_name(e->selected.selection.kind), "container", container_name(e->options.container), "digest",
                            digest_to_json(e->sealed.digest), "bytes", (json_int_t)e->written.bytes, "tables",
                            rows_to_json(e->sealed.rows));
    json_object_set_new(cli->result, "encrypted", json_boolean(e->options.encrypt_to != NULL));
    tell(cli, "Exported to %s (%s, %s):", output_place(path), bundle_kind(&e->options, kind),
         human_bytes(e->written.bytes, size));
    tell_rows(cli, e->sealed.rows);
    if (cli->verbose)
        tell(cli, "  digest " DIGEST_PREFIX "%s", e->sealed.digest);
}

/* The bundle is there and good, whatever becomes of the note. A user's export was noted with its count. */
static void note_in_audit_log(struct cli *cli, struct export *e)
{
    if (!e->rules.options.as)
        e->audited = record_export_done(&e->rules, &e->sealed, &e->problem);
    tell_audited(cli, e->audited, &e->problem);
}

static bool transport(struct cli *cli, struct export *e, const char *path, struct error *err)
{
    const struct meter_options meter = {.sealed = &e->sealed, .audited = &e->audited, .problem = &e->problem};
    struct progress_line line = {.cli = cli, .verb = "Exporting", .undone = "read; nothing is written"};
    struct sink *sink = sink_bundle(path, &e->options, &e->written, err);
    struct source *source = NULL;
    bool ok = sink != NULL;

    e->pg = ok ? cli_database(cli, err) : NULL;
    e->rules.pg = e->pg;
    ok = e->pg && rules_admit_early(&e->rules, err);
    if (ok) {
        e->selected.selection.user = rules_actor(&e->rules);
        pg_act_as(e->pg, e->selected.rls_user);
        source = source_database(e->pg, &e->selected.selection);
        if (e->selected.selection.kind != KIND_INSTANCE)
            e->sealed.projects = &e->projects;
        sink = filter_seal(filter_meter(sink, &e->rules, &meter), false, &e->sealed);
        sink = filter_progress(sink, progress_tick, &line);
        ok = stream_run(source, sink, err);
    }
    progress_end(&line, err);
    sink_free(sink);
    source_free(source);
    return ok;
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = argument_value(a, "output");
    struct export e = {.rules.options = {.deed = DEED_EXPORT, .as = argument_value(a, "as")}};

    if (!read_options(a, &e.selected, &e.options, &e.encryption, err))
        goto out;
    if (!check_output(cli, path, err))
        goto out;
    if (e.selected.rls_user && e.rules.options.as) {
        error_set(err, STATUS_USAGE, "--as goes by Simulark's own rules, --rls-user by the database's policies: choose one.");
        goto out;
    }
    e.rules.options.file_name = path_name(path);
    if (transport(cli, &e, path, err)) {
        report(cli, path, &e);
        note_in_audit_log(cli, &e);
    }
    note_refusal(&e.rules, err);
out:
    pg_free(e.pg);
    rules_release(&e.rules);
    project_sums_release(&e.projects);
    error_release(&e.problem);
    selection_options_release(&e.selected);
    encryption_release(&e.encryption);
    return err->status;
}

static const struct option_spec options[] = {
    SELECTION_OPTIONS,
    {"as", 0, "EMAIL|ID", "do it as this user: what is theirs, and others' public projects"},
    OPTION_GROUP("Where it goes"),
    {"output", 'o', "PATH", "where the bundle goes; - is standard output"},
    BUNDLE_OPTIONS("PATH"),
    {"force", 0, NULL, "replace the bundle that is there"},
    OPTION_GROUP("Who may read it"),
    ENCRYPT_OPTIONS,
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
