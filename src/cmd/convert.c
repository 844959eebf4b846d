#include "bundle_options.h"
#include "limit_options.h"

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *from = a->operands[0];
    const char *to = a->operands[1];
    struct limits limits;
    struct bundle_options options = {0};
    struct bundle_info info = {0};
    struct seal_report sealed = {0};
    struct bundle_report written = {0};
    struct progress_line line = {.cli = cli, .verb = "Converting"};
    struct source *source = NULL;
    struct sink *sink = NULL;
    char size[32];

    if (!read_bundle_options(a, to, &options, err) || !read_limits(a, &limits, err))
        goto out;
    if (cli->json && strcmp(to, "-") == 0) {
        error_set(err, STATUS_USAGE, "--json and the bundle cannot both go to standard output.");
        goto out;
    }
    source = source_bundle(from, &limits, &info, err);
    sink = source ? sink_bundle(to, &options, &written, err) : NULL;
    if (!sink)
        goto out;
    if (!container_is_archive(info.container))
        source = source_settled(source);
    sink = filter_seal(sink, container_is_archive(info.container) || argument_given(a, "sealed"), &sealed);
    sink = filter_progress(sink, progress_tick, &line);
    if (stream_run(source, sink, err)) {
        progress_end(&line);
        tell_ignored(cli, from, info.ignored);
        cli->result = json_pack("{s:o, s:s, s:o, s:b, s:I, s:o}", "path", text_to_json(to), "container",
                                container_name(options.container), "digest", json_sprintf("sha256:%s", sealed.digest),
                                "edited", sealed.edited, "bytes", (json_int_t)written.bytes, "tables",
                                rows_to_json(sealed.rows));
        tell(cli, "Converted to %s (%s, %s)%s.", strcmp(to, "-") == 0 ? "standard output" : to,
             container_name(options.container), human_bytes(written.bytes, size),
             sealed.edited ? ", sealed anew: it was edited since its export" : "");
    }
out:
    progress_end(&line);
    sink_free(sink);
    source_free(source);
    return err->status;
}

static const struct option_spec options[] = {
    OPTION_GROUP("Where it goes"),
    {"format", 0, "yaml|json|directory|ark|tar.zst|tar.gz|tar|zip", "the container, where the ending of OUT does not tell"},
    {"encoding", 0, "json|yaml", "of the rows in archives and directories (default json)"},
    {"force", 0, NULL, "replace the bundle that is there"},
    OPTION_GROUP("Safety"),
    {"sealed", 0, NULL, "refuse a document or directory that was edited"},
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_convert = {
    .name = "convert",
    .group = "Look at bundles, compare, convert",
    .operands = "IN OUT",
    .summary = "write a bundle in another container or encoding",
    .about = "Reads a bundle of any container and writes it as another; the ending of OUT\n"
             "chooses which. Nothing of the content changes, and neither does its digest. What\n"
             "was edited is brought into order, counted and sealed again.",
    .options = options,
    .examples = "  simulark convert shop.ark shop.yaml\n"
                "  simulark convert shop/ shop.zip --encoding yaml\n",
    .min_operands = 2,
    .max_operands = 2,
    .run = run,
};
