#include "bundle_options.h"
#include "template_options.h"
#include "simulark/base/json_text.h"
#include "simulark/base/path.h"
#include "simulark/model/template_header.h"

/* A row of the application's own says little of itself. */
static void complete_header(struct template *t)
{
    json_t *header = t->header;

    complete_slug(t);
    if (!template_text(header, "version"))
        json_object_set_new(header, "version", json_string("0.0.0"));
    if (!json_object_get(header, "premium"))
        json_object_set_new(header, "premium", json_false());
    template_header_tidy(header);
}

static void report(struct cli *cli, const char *path, const struct bundle_options *options, const struct named_template *named,
                   const struct seal_report *sealed, const struct bundle_report *written, bool audited)
{
    char size[32];

    cli->result = json_pack("{s:o, s:s, s:s, s:o, s:I, s:o, s:o, s:b, s:b}", "path", text_to_json(path), "kind", "template",
                            "container", container_name(options->container), "digest",
                            digest_to_json(sealed->digest), "bytes", (json_int_t)written->bytes, "tables",
                            rows_to_json(sealed->rows), "template", template_to_json(&named->t, sealed->digest), "as_published",
                            named->as_published, "audited", audited);
    tell(cli, "Exported \"%s\" to %s (%s, %s).", named->row.name, output_place(path),
         container_name(options->container), human_bytes(written->bytes, size));
    if (named->row.digest && !named->as_published)
        tell(cli, "  It was changed in the database since it was published: its digest is another.");
}

static bool read_options(const struct cli *cli, struct bundle_options *options, struct error *err)
{
    const char *path = argument_value(&cli->arguments, "output");

    if (!path) {
        error_set(err, STATUS_USAGE, "Say where the template goes: -o PATH.");
        error_hint(err, "For instance -o shop.ark.");
        return false;
    }
    return check_output(cli, path, err) && read_bundle_options(&cli->arguments, path, options, err);
}

static bool find(const struct cli *cli, struct pg **pg, struct named_template *named, struct error *err)
{
    *pg = cli_database(cli, err);
    return *pg && published_find(*pg, cli->arguments.operands[0], &named->row, err) &&
           published_read(&named->row, &named->t, &named->as_published, err);
}

static enum status run(struct cli *cli, struct error *err)
{
    const char *path = argument_value(&cli->arguments, "output");
    struct bundle_options options = {0};
    struct bundle_report written = {0};
    struct named_template named = {0};
    struct seal_report sealed = {0};
    struct error problem = ERROR_INIT;
    struct sink *sink = NULL;
    struct pg *pg = NULL;

    if (!read_options(cli, &options, err))
        return err->status;
    sink = sink_bundle(path, &options, &written, err);
    if (sink && find(cli, &pg, &named, err)) {
        complete_header(&named.t);
        if (template_write(&named.t, sink, &sealed, err)) {
            bool audited = published_note_export(pg, &named.row, sealed.digest, path_name(path), &problem);

            report(cli, path, &options, &named, &sealed, &written, audited);
            if (!audited)
                tell(cli, "simulark: note: the export is not in the audit log: %s", buffer_string(&problem.message));
        }
        sink = NULL;
    }
    sink_free(sink);
    pg_free(pg);
    named_template_release(&named);
    error_release(&problem);
    return err->status;
}

static const struct option_spec options[] = {
    {"output", 'o', "PATH", "where the template goes; - is standard output"},
    BUNDLE_OPTIONS("PATH"),
    {"force", 0, NULL, "replace what is there"},
    {NULL, 0, NULL, NULL},
};

const struct command template_export_word = {
    .name = "template export",
    .operands = "NAME",
    .summary = "take a published template back into an archive",
    .about = "Writes a template of the database (by name, slug or id) as the bundle it was published from, of the same digest. "
             "Templates that the application made itself become bundles, too.",
    .options = options,
    .examples = "  simulark template export saas-starter -o saas-starter.ark\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
