#include "encryption_options.h"
#include "limit_options.h"
#include "signature_options.h"
#include "simulark/base/json_text.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/summary.h"

#include <stdio.h>

static int64_t sealed_rows(const struct summary *summary, const char *table, int64_t counted)
{
    size_t i;
    json_t *entry;

    json_array_foreach(json_object_get(summary->seal, "tables"), i, entry) {
        if (strcmp(json_text(entry, "name"), table) == 0)
            return json_integer_value(json_object_get(entry, "rows"));
    }
    return counted;
}

static json_t *tables_to_json(const struct summary *summary)
{
    json_t *rows = json_object();
    size_t i;
    json_t *entry;

    json_array_foreach(json_object_get(summary->header, "tables"), i, entry) {
        int64_t counted = json_integer_value(json_object_get(entry, "rows"));

        json_object_set_new(rows, json_text(entry, "name"),
                            json_integer((json_int_t)sealed_rows(summary, json_text(entry, "name"), counted)));
    }
    return rows;
}

static void print_line(const char *label, const char *text)
{
    if (*text)
        say("%-10s %s", label, text);
}

static void print_lists(const struct summary *summary, const json_t *counted)
{
    const char *name;
    json_t *value;
    json_t *graph;
    size_t i;
    size_t g;
    char number[32];

    json_array_foreach(json_object_get(summary->header, "people"), i, value)
        say("%-10s %s (%s)", i ? "" : "people", *json_text(value, "email") ? json_text(value, "email") : "no e-mail",
            json_text(value, "id"));
    json_array_foreach(json_object_get(json_object_get(summary->header, "requires"), "templates"), i, value)
        say("%-10s template %s %s%s", i ? "" : "requires", json_text(value, "name"), json_text(value, "version"),
               json_is_true(json_object_get(value, "premium")) ? " (premium)" : "");
    json_array_foreach(json_object_get(json_object_get(summary->header, "requires"), "columns"), i, value)
        say("%-10s column %s.%s (%s)", "requires", json_text(value, "table"), json_text(value, "column"),
               json_text(value, "type"));
    putchar('\n');
    say("%-20s %12s", "table", "rows");
    json_object_foreach((json_t *)(uintptr_t)counted, name, value)
        say("%-20s %12s", name, with_commas(json_integer_value(value), number));
    if (summary->nprojects)
        fputs("\nprojects\n", stdout);
    json_array_foreach(summary->projects, i, value) {
        say("  %s (%s)", json_text(value, "name"), json_text(value, "id"));
        json_array_foreach(json_object_get(value, "graphs"), g, graph)
            say("    graph %s", json_string_value(graph) ? json_string_value(graph) : "without a name");
    }
    if (summary->nprojects > SUMMARY_PROJECTS)
        say("  … and %s more", with_commas((int64_t)(summary->nprojects - SUMMARY_PROJECTS), number));
    if (json_array_size(summary->assets))
        putchar('\n');
    json_array_foreach(summary->assets, i, value)
        say("asset      %s (%s)", json_text(value, "path"),
            human_bytes(json_integer_value(json_object_get(value, "bytes")), number));
}

static void print_signature(const struct signature_report *signature)
{
    struct buffer text = BUFFER_INIT;

    if (signature->state != SIGNATURE_NONE)
        describe_signature(signature, &text);
    print_line("signature", buffer_string(&text));
    buffer_release(&text);
}

static void print_summary(const struct summary *summary, const json_t *result, const struct signature_report *signature)
{
    const json_t *edited = json_object_get(result, "edited");
    char what[128];

    snprintf(what, sizeof what, "%s, format %d, schema %d, %s%s", json_text(result, "kind"),
             (int)json_integer_value(json_object_get(result, "format")),
             (int)json_integer_value(json_object_get(result, "schema")),
             json_is_true(json_object_get(result, "encrypted")) ? "encrypted " : "", json_text(result, "container"));
    print_line("bundle", what);
    print_line("created", json_text(summary->header, "created_at"));
    print_line("by", json_text(summary->header, "generator"));
    print_line("digest", json_text(result, "digest"));
    print_line("seal", json_is_true(edited)                                     ? "edited since its export"
                       : json_is_true(json_object_get(result, "sealed")) ? "sealed"
                                                                         : "none: written by hand");
    print_signature(signature);
    print_lists(summary, json_object_get(result, "tables"));
}

/* An archive's seal is taken at its word (`verify` checks it); a working copy is read whole, so that edits show. */
static bool look(const struct arguments *a, struct summary *summary, struct bundle_info *info, struct seal_report *sealed,
                 struct signature_report *signature, struct error *err)
{
    struct limits limits;
    struct encryption encryption = {0};
    struct signature_check check = {0};
    struct source *source = NULL;
    struct sink *sink = NULL;
    bool ok = read_limits(a, &limits, err) && read_signature_options(a, &check, err) &&
              read_encryption(a, &encryption, err);

    info->keys = &encryption.keys;
    source = ok ? source_bundle_outline(a->operands[0], &limits, info, err) : NULL;
    if (!source)
        goto out;
    sink = filter_signature(sink_summary(summary), &check, sealed, signature, NULL);
    if (!container_is_archive(info->container))
        sink = filter_seal(sink, false, sealed);
    ok = stream_run(source, sink, err);
out:
    sink_free(sink);
    source_free(source);
    info->keys = NULL;
    encryption_release(&encryption);
    signature_check_release(&check);
    return source && ok;
}

static enum status run(struct cli *cli, struct error *err)
{
    struct summary summary = {0};
    struct bundle_info info = {0};
    struct seal_report sealed = {0};
    struct signature_report signature = {0};

    if (look(&cli->arguments, &summary, &info, &sealed, &signature, err)) {
        bool has_seal = container_is_archive(info.container) || sealed.claimed;
        const json_t *template = json_object_get(summary.header, "template");

        cli->result = json_pack(
            "{s:s, s:O, s:O, s:O, s:s, s:b, s:b, s:O?, s:o, s:O?, s:O, s:O?, s:O?, s:O, s:O?}", "kind",
            json_text(summary.header, "kind"), "format", json_object_get(summary.header, "format"), "schema",
            json_object_get(summary.header, "schema"), "encoding", json_object_get(summary.header, "encoding"), "container",
            container_name(info.container), "sealed", has_seal && !sealed.edited, "edited", sealed.edited, "digest",
            json_object_get(summary.seal, "digest"), "tables", tables_to_json(&summary), "template", template, "projects",
            summary.projects, "people", json_object_get(summary.header, "people"), "requires",
            json_object_get(summary.header, "requires"), "assets", summary.assets, "created_at",
            json_object_get(summary.header, "created_at"));
        json_object_set_new(cli->result, "signature", signature_to_json(&signature));
        json_object_set_new(cli->result, "encrypted", json_boolean(info.encrypted));
        if (!cli->json)
            print_summary(&summary, cli->result, &signature);
    }
    summary_release(&summary);
    signature_report_release(&signature);
    return err->status;
}

static const struct option_spec options[] = {
    SIGNATURE_OPTIONS,
    DECRYPT_OPTIONS,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_inspect = {
    .name = "inspect",
    .operands = "PATH",
    .summary = "tell what is in a bundle",
    .about = "Shows who wrote a bundle and when, its tables, projects, graphs and what it\n"
             "requires. Of an archive only the first tables and the seal are read; whether the\n"
             "seal is true is a question for `simulark verify`.",
    .options = options,
    .examples = "  simulark inspect shop.ark\n"
                "  simulark inspect --json shop.ark | jq .tables\n",
    .min_operands = 1,
    .max_operands = 1,
    .offline = true,
    .run = run,
};
