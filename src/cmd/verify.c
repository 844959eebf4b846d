#include "encryption_options.h"
#include "findings_output.h"
#include "limit_options.h"
#include "signature_options.h"
#include "simulark/base/json_text.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"

static json_t *to_json(const struct findings *findings, const struct seal_report *sealed, enum status status)
{
    json_t *result = json_pack("{s:b, s:o, s:I, s:I, s:b}", "ok", status == STATUS_OK, "findings", findings_to_json(findings),
                               "errors", (json_int_t)findings_errors(findings), "warnings",
                               (json_int_t)findings->counts[GRAVITY_WARNING], "truncated", findings_truncated(findings));

    if (!*sealed->digest)
        return result;
    json_object_set_new(result, "digest", digest_to_json(sealed->digest));
    json_object_set_new(result, "sealed", json_boolean(sealed->claimed && !sealed->edited));
    json_object_set_new(result, "tables", rows_to_json(sealed->rows));
    return result;
}

static void close_with(const struct cli *cli, const struct findings *findings, const struct seal_report *sealed)
{
    struct buffer text = BUFFER_INIT;
    int64_t ntables = 0;
    int64_t nrows = 0;

    put_count(&text, findings_errors(findings), "error");
    put_count(&text, findings->counts[GRAVITY_WARNING], "warning");
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        ntables += sealed->rows[i] >= 0;
        nrows += sealed->rows[i] > 0 ? sealed->rows[i] : 0;
    }
    if (!findings_errors(findings)) {
        struct buffer verified = BUFFER_INIT;

        put_count(&verified, ntables, "table");
        put_count(&verified, nrows, "row");
        tell(cli, "verified: %s, %s, digest " DIGEST_PREFIX "%s%s%s", verified.len ? buffer_string(&verified) : "no tables",
             sealed->edited    ? "edited since its export"
             : sealed->claimed ? "sealed"
                               : "without a seal",
             sealed->digest, text.len ? "; " : "", buffer_string(&text));
        buffer_release(&verified);
    } else {
        tell(cli, "%s", buffer_string(&text));
    }
    buffer_release(&text);
}

static void find_ignored(const struct bundle_info *info, struct findings *findings)
{
    for (size_t i = 0; info->ignored && info->ignored[i]; i++)
        findings_add(findings, GRAVITY_WARNING, "unknown-file", info->ignored[i],
                     "The file is no part of a bundle and is left alone.");
}

/* False and *err for what is none of the bundle's faults. */
static bool check(struct cli *cli, const struct limits *limits, const struct age_keys *keys,
                  const struct signature_check *demanded, struct findings *findings, struct seal_report *sealed,
                  struct signature_report *signature, struct error *err)
{
    const char *path = cli->arguments.operands[0];
    struct progress_line line = {.cli = cli, .verb = "Verifying"};
    struct bundle_info info = {.keys = keys};
    struct source *source = source_bundle_lenient(path, limits, findings, &info, err);
    struct sink *sink = NULL;

    if (source) {
        bool archive = container_is_archive(info.container);

        find_ignored(&info, findings);
        sink = sink_check(source, archive, findings);
        sink = filter_signature(sink, demanded, sealed, signature, findings);
        sink = filter_seal_findings(sink, archive, sealed, findings);
        sink = filter_progress(sink, progress_tick, &line);
        stream_run(source, sink, err);
    }
    progress_end(&line, err);
    sink_free(sink);
    source_free(source);
    if (!source && info.encrypted) /* a key is missing: nothing can be said of what is in it */
        return false;
    return !error_is_set(err) || findings_take(findings, source ? "damaged" : "no-bundle", err);
}

static enum status run(struct cli *cli, struct error *err)
{
    const char *path = cli->arguments.operands[0];
    struct findings findings = {.bundle = path};
    struct seal_report sealed = {0};
    struct encryption encryption = {0};
    struct signature_check demanded = {0};
    struct signature_report signature = {0};
    enum status status = STATUS_OK;
    struct limits limits;

    if (read_limits(&cli->arguments, &limits, err) && read_signature_options(&cli->arguments, &demanded, err) &&
        read_encryption(&cli->arguments, &encryption, err) &&
        check(cli, &limits, &encryption.keys, &demanded, &findings, &sealed, &signature, err)) {
        status = findings_status(&findings, argument_given(&cli->arguments, "strict"));
        if (cli->json) {
            cli->result = to_json(&findings, &sealed, status);
            json_object_set_new(cli->result, "signature", signature_to_json(&signature));
        } else {
            print_findings(&findings);
        }
        close_with(cli, &findings, &sealed);
        tell_signature(cli, &signature);
    } else {
        status = err->status;
    }
    findings_release(&findings);
    encryption_release(&encryption);
    signature_check_release(&demanded);
    signature_report_release(&signature);
    return status;
}

static const struct option_spec options[] = {
    {"strict", 0, NULL, "count warnings as findings"},
    SIGNATURE_OPTIONS,
    DECRYPT_OPTIONS,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_verify = {
    .name = "verify",
    .operands = "PATH",
    .summary = "find everything that is wrong with a bundle",
    .about = "Reads a bundle of any container (- is standard input) to its end and tells all\n"
             "that is wrong, with places: form, types, constraints, ids, references, seal. No\n"
             "database is needed. Exit status: 0 all well, 1 findings, 3 damage.",
    .options = options,
    .examples = "  simulark verify shop.ark\n"
                "  simulark verify --json --strict shop/ | jq '.findings[]'\n",
    .min_operands = 1,
    .max_operands = 1,
    .offline = true,
    .run = run,
};
