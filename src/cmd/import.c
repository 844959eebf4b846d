#include "import_options.h"
#include "simulark/base/path.h"

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = a->operands[0];
    const struct limits limits = LIMITS_DEFAULT;
    struct import_options options = {.file_name = path_name(path)};
    struct people people = {0};
    struct bundle_info info = {0};
    struct seal_report sealed = {0};
    struct import_report done = {0};
    struct progress_line line = {.cli = cli, .verb = "Importing"};
    struct source *source = NULL;
    struct sink *sink = NULL;

    if (!read_import_options(a, &options, &people, err))
        return err->status;
    source = source_bundle(path, &limits, &info, err);
    people.pg = source ? cli_database(cli, err) : NULL;
    if (!people.pg)
        goto out;
    sink = filter_people(sink_database(people.pg, &options, &people, &done), &people);
    sink = filter_seal(sink, container_is_archive(info.container) || argument_given(a, "sealed"), &sealed);
    sink = filter_progress(sink, progress_tick, &line);
    if (stream_run(source, sink, err)) {
        progress_end(&line);
        tell_ignored(cli, path, info.ignored);
        report_import(cli, strcmp(path, "-") == 0 ? "standard input" : path, &options, &sealed, &done);
    }
out:
    progress_end(&line);
    sink_free(sink);
    source_free(source);
    pg_free(people.pg);
    people_release(&people);
    import_report_release(&done);
    return err->status;
}

static const struct option_spec options[] = {
    IMPORT_OPTIONS,
    {"sealed", 0, NULL, "refuse a document or directory that was edited"},
    {NULL, 0, NULL, NULL},
};

const struct command command_import = {
    .name = "import",
    .operands = "PATH",
    .summary = "bring a bundle into a database",
    .about = "Reads a bundle of any container (- is standard input) and brings it in, in one\n"
             "transaction: all of it or nothing. People are matched by id, then by e-mail.",
    .options = options,
    .examples = "  simulark import shop.ark\n"
                "  simulark import --owner ada@example.org --dry-run shop.yaml\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
