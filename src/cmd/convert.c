#include "bundle_options.h"
#include "encryption_options.h"
#include "limit_options.h"
#include "signature_options.h"
#include "simulark/base/json_text.h"
#include "simulark/flow/filters.h"

static void report(struct cli *cli, const char *to, const struct bundle_options *options, const struct seal_report *sealed,
                   const struct bundle_report *written, const struct signature_report *signature)
{
    char kind[32];
    char size[32];

    cli->result = json_pack("{s:o, s:s, s:o, s:b, s:o, s:I, s:o}", "path", text_to_json(to), "container",
                            container_name(options->container), "digest", digest_to_json(sealed->digest), "edited",
                            sealed->edited, "signature", signature_to_json(signature), "bytes", (json_int_t)written->bytes,
                            "tables", rows_to_json(sealed->rows));
    json_object_set_new(cli->result, "encrypted", json_boolean(options->encrypt_to != NULL));
    tell(cli, "Converted to %s (%s, %s)%s.", output_place(to), bundle_kind(options, kind),
         human_bytes(written->bytes, size),
         sealed->edited ? ", sealed anew: it was edited since its export" : "");
    tell_signature(cli, signature);
    if (signature->state != SIGNATURE_NONE && !sealed->signature_lost && !written->has_signature)
        tell(cli, "  which is left behind: a document on standard output has no place for it");
}

/* Who gives a passphrase to something that is in clear before and after has something else in mind. */
static bool check_passphrase(const struct encryption *encryption, const struct bundle_info *info, struct error *err)
{
    if (!encryption->keys.passphrase || encryption->to.passphrase || info->encrypted)
        return true;
    error_set(err, STATUS_USAGE, "The passphrase is for nothing: IN is not encrypted, and OUT does not end in .age.");
    error_hint(err, "Let OUT end in .age, such as shop.ark.age, to encrypt it.");
    return false;
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *from = a->operands[0];
    const char *to = a->operands[1];
    struct limits limits;
    struct bundle_options options = {0};
    struct encryption encryption = {0};
    struct bundle_info info = {.keys = &encryption.keys};
    struct seal_report sealed = {0};
    struct bundle_report written = {0};
    struct signature_check check = {0};
    struct signature_report signature = {0};
    struct progress_line line = {.cli = cli, .verb = "Converting", .undone = "read; nothing is written"};
    struct source *source = NULL;
    struct sink *sink = NULL;

    if (!read_encryption(a, &encryption, err) || !encrypt_output(a, to, &encryption, &options, err) ||
        !read_bundle_options(a, to, &options, err) || !read_limits(a, &limits, err) || !read_signature_options(a, &check, err))
        goto out;
    if (cli->json && strcmp(to, "-") == 0) {
        error_set(err, STATUS_USAGE, "--json and the bundle cannot both go to standard output.");
        goto out;
    }
    source = source_bundle(from, &limits, &info, err);
    sink = source && check_passphrase(&encryption, &info, err) ? sink_bundle(to, &options, &written, err) : NULL;
    if (!sink)
        goto out;
    if (info.at_hand)
        source = source_prefetch(source);
    if (!container_is_archive(info.container))
        source = source_settled(source);
    sink = filter_signature(sink, &check, &sealed, &signature, NULL);
    sink = filter_seal(sink, container_is_archive(info.container) || argument_given(a, "sealed"), &sealed);
    sink = filter_progress(sink, progress_tick, &line);
    if (stream_run(source, sink, err)) {
        progress_end(&line, err);
        tell_ignored(cli, from, info.ignored);
        report(cli, to, &options, &sealed, &written, &signature);
    }
out:
    progress_end(&line, err);
    sink_free(sink);
    source_free(source);
    encryption_release(&encryption);
    signature_check_release(&check);
    signature_report_release(&signature);
    return err->status;
}

static const struct option_spec options[] = {
    OPTION_GROUP("Where it goes"),
    BUNDLE_OPTIONS("OUT"),
    {"force", 0, NULL, "replace the bundle that is there"},
    OPTION_GROUP("Who may read it"),
    CONVERT_OPTIONS,
    OPTION_GROUP("Safety"),
    {"sealed", 0, NULL, "refuse a document or directory that was edited"},
    SIGNATURE_OPTIONS,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_convert = {
    .name = "convert",
    .group = "Look at bundles, compare, convert",
    .operands = "IN OUT",
    .summary = "write a bundle in another container or encoding",
    .about = "Reads a bundle of any container and writes it as another; the ending of OUT\n"
             "chooses which. Nothing of the content changes, and neither does its digest: a\n"
             "signature stays good. What was edited is brought into order, counted and sealed\n"
             "again, and loses its signature.",
    .options = options,
    .examples = "  simulark convert shop.ark shop.yaml\n"
                "  simulark convert shop/ shop.zip --encoding yaml\n",
    .min_operands = 2,
    .max_operands = 2,
    .offline = true,
    .run = run,
};
