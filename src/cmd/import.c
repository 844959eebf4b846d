#include "encryption_options.h"
#include "import_options.h"
#include "import_output.h"
#include "limit_options.h"
#include "signature_options.h"
#include "simulark/base/path.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/refusal.h"

static bool must_be_sealed(const struct cli *cli, const struct bundle_info *info)
{
    return container_is_archive(info->container) || argument_given(&cli->arguments, "sealed");
}

/* The bundle, ready to be read into the database. What becomes of its ids may need a reading before. */
static struct source *open_bundle(const struct cli *cli, const struct limits *limits, struct import_choices *choices,
                                  struct bundle_info *info, struct error *err)
{
    const char *path = cli->arguments.operands[0];
    struct rereading shared = {0};
    struct source *source;
    bool ok;

    if (!id_plan_reads_ahead(&choices->ids)) {
        source = source_bundle(path, limits, info, err);
        choices->people.pg = source ? cli_database(cli, err) : NULL;
        return source;
    }
    source = source_bundle_again(path, limits, &shared, info, err);
    choices->people.pg = source ? cli_database(cli, err) : NULL;
    ok = choices->people.pg && read_ahead(cli, source, must_be_sealed(cli, info), choices, err);
    source_free(source);
    return ok ? source_bundle_again(path, limits, &shared, info, err) : NULL;
}

/* The same; while the database is at work the rows that come next are read. */
static struct source *open_source(const struct cli *cli, const struct limits *limits, struct import_choices *choices,
                                  struct bundle_info *info, struct error *err)
{
    struct source *source = open_bundle(cli, limits, choices, info, err);

    return source && info->at_hand ? source_prefetch(source) : source;
}

static enum status run(struct cli *cli, struct error *err)
{
    const char *path = cli->arguments.operands[0];
    struct import_choices choices = {.options.file_name = path_name(path),
                                     .rules.options = {.deed = DEED_IMPORT, .as = argument_value(&cli->arguments, "as")}};
    struct encryption encryption = {0};
    struct bundle_info info = {.keys = &encryption.keys};
    struct seal_report sealed = {0};
    struct import_report done = {0};
    struct signature_check check = {0};
    struct signature_report signature = {0};
    struct progress_line line = {.cli = cli, .verb = "Importing", .undone = "sent to the database, and are rolled back"};
    struct source *source = NULL;
    struct sink *sink = NULL;
    struct limits limits;

    if (!read_import_options(cli, &choices, err) || !read_limits(&cli->arguments, &limits, err) ||
        !read_signature_options(&cli->arguments, &check, err) || !read_encryption(&cli->arguments, &encryption, err))
        goto out;
    source = open_source(cli, &limits, &choices, &info, err);
    if (!source || !choices.people.pg)
        goto out;
    sink = filter_signature(import_last(&choices, &done, &line), &check, &sealed, &signature, NULL);
    sink = filter_seal(sink, must_be_sealed(cli, &info), &sealed);
    sink = filter_progress(sink, progress_tick, &line);
    if (stream_run(source, sink, err) && import_parcels(cli, &choices, &done, err)) {
        progress_end(&line, err);
        tell_ignored(cli, path, info.ignored);
        report_import(cli, strcmp(path, "-") == 0 ? "standard input" : path, &choices.options, &sealed, &done);
        json_object_set_new(cli->result, "signature", signature_to_json(&signature));
        tell_signature(cli, &signature);
    }
out:
    progress_end(&line, err);
    note_refusal(&choices.rules, err);
    sink_free(sink);
    source_free(source);
    pg_free(choices.people.pg);
    line = (struct progress_line){.cli = cli, .verb = "Searching"};
    refusal_locate(&done.refusal,
                   &(struct refused_bundle){.path = path, .limits = &limits, .keys = &encryption.keys,
                                            .parcels = choices.parcels, .tick = progress_tick, .context = &line},
                   err);
    progress_end(&line, err);
    import_choices_release(&choices);
    import_report_release(&done);
    encryption_release(&encryption);
    signature_check_release(&check);
    signature_report_release(&signature);
    return err->status;
}

static const struct option_spec options[] = {
    OPTION_GROUP("As whom"),
    {"as", 0, "EMAIL|ID", "do it as this user: it becomes theirs, by their tier"},
    IMPORT_OPTIONS,
    OPTION_GROUP("Whether to trust the bundle"),
    {"sealed", 0, NULL, "refuse a document or directory that was edited"},
    SIGNATURE_OPTIONS,
    DECRYPT_OPTIONS,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_import = {
    .name = "import",
    .operands = "PATH",
    .summary = "bring a bundle into a database",
    .about = "Reads a bundle of any container (- is standard input) and brings it in, in one\n"
             "transaction: all of it or nothing. People are matched by id, then by e-mail.\n"
             "New ids are derived from the bundle, the owner and the seed, so that a retry\n"
             "makes the same; every reference is rewritten, those within JSON, too.",
    .options = options,
    .examples = "  simulark import shop.ark\n"
                "  simulark import --owner ada@example.org --dry-run shop.yaml\n"
                "  simulark import --ids new --seed 2 --id-map ids.csv shop.ark\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
