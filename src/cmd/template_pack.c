#include "bundle_options.h"
#include "selection_options.h"
#include "template_options.h"
#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/base/path.h"
#include "simulark/flow/record.h"
#include "simulark/flow/rules.h"
#include "simulark/model/template_header.h"
#include "simulark/model/version.h"

#include <stdlib.h>

/* Fields that an option sets. */
static const char *const text_options[] = {"name", "slug", "version", "description", "category", "author", "licence"};

static json_t *split_words(const char *list)
{
    json_t *words = json_array();

    while (*list) {
        size_t len = strcspn(list, ",");
        size_t blank = strspn(list, " ");
        size_t end = len;

        while (end > blank && list[end - 1] == ' ')
            end--;
        if (end > blank)
            json_array_append_new(words, json_stringn(list + blank, end - blank));
        list += len + (list[len] == ',');
    }
    return words;
}

static void fill_header(const struct arguments *a, const struct template_notes *notes, json_t *header)
{
    for (size_t i = 0; i < sizeof text_options / sizeof *text_options; i++)
        if (argument_given(a, text_options[i]))
            json_object_set_new(header, text_options[i], text_to_json(argument_value(a, text_options[i])));
    if (argument_given(a, "keywords"))
        json_object_set_new(header, "keywords", split_words(argument_value(a, "keywords")));
    if (argument_given(a, "premium") || notes->premium_of)
        json_object_set_new(header, "premium", json_true());
}

static bool add_assets(const struct arguments *a, struct template *t, const struct limits *limits, struct error *err)
{
    const char *readme = argument_value(a, "readme");
    const char *thumbnail = argument_value(a, "thumbnail");

    return (!readme || template_read_asset(t, "README.md", readme, limits, err)) &&
           (!thumbnail || template_read_asset(t, "thumbnail.svg", thumbnail, limits, err));
}

static void report(struct cli *cli, const char *path, const struct bundle_options *options, const struct template *t,
                   const struct template_notes *notes, const struct findings *findings, const struct seal_report *sealed,
                   const struct bundle_report *written)
{
    json_t *left_out = json_array();
    char kind[32];
    char size[32];

    for (size_t i = 0; i < notes->nleft_out; i++)
        json_array_append_new(left_out, json_string(notes->left_out[i]));
    cli->result = json_pack("{s:o, s:s, s:s, s:o, s:I, s:o, s:o, s:I, s:I, s:o, s:I}", "path", text_to_json(path), "kind",
                            "template", "container", container_name(options->container), "digest",
                            digest_to_json(sealed->digest), "bytes", (json_int_t)written->bytes, "tables",
                            rows_to_json(sealed->rows), "template", template_to_json(t, sealed->digest), "dangling",
                            (json_int_t)notes->dangling, "parentless", (json_int_t)notes->parentless, "left_out", left_out,
                            "warnings", (json_int_t)findings->counts[GRAVITY_WARNING]);
    tell(cli, "Packed \"%s\" %s to %s (%s, %s):", template_text(t->header, "name"), template_text(t->header, "version"),
         output_place(path), bundle_kind(options, kind),
         human_bytes(written->bytes, size));
    tell_rows(cli, sealed->rows);
    if (notes->premium_of)
        tell(cli, "  It is premium, as the project came from the premium template \"%s\".", notes->premium_of);
    if (notes->dangling)
        tell(cli, "  left out: %zu %s whose nodes are gone", notes->dangling, notes->dangling == 1 ? "edge" : "edges");
    if (notes->parentless)
        tell(cli, "  left out: the parentId of %zu %s whose group is gone", notes->parentless,
             notes->parentless == 1 ? "node" : "nodes");
    for (size_t i = 0; i < notes->nleft_out; i++)
        tell(cli, "  left out: the column %s, which the schema does not know", notes->left_out[i]);
    if (!template_asset(t, "thumbnail.svg"))
        tell(cli, "  It has no picture, as its first graph is too large for one; --thumbnail takes one of your own.");
    tell_warnings(cli, findings);
}

/* *pg is opened where a project is read. */
static bool read_source(const struct cli *cli, struct template_input *in, struct pg **pg, struct template *t,
                        struct template_notes *notes, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *project = argument_value(a, "project");
    enum contexts contexts = CONTEXTS_REFERENCED;
    struct template_opened opened = template_input_opened(in);

    if (argument_given(a, "contexts") && !read_contexts(a, &contexts, err))
        return false;
    if (!project)
        return template_read(a->operands[0], &in->limits, contexts, t, notes, &opened, err);
    *pg = cli_database(cli, err);
    return *pg && template_read_project(*pg, project, contexts, t, notes, err);
}

/* Reads, completes and checks what is to be packed. */
static bool prepare(const struct cli *cli, struct template_input *in, struct pg **pg, struct template *t,
                    struct template_notes *notes, struct findings *findings, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char **allowed = read_allowed(a);
    const struct template_rules rules = {.allowed = allowed, .notes = notes, .thumbnail = true};
    bool ok;

    notes->findings = findings;
    ok = read_source(cli, in, pg, t, notes, err);
    if (ok) {
        fill_header(a, notes, t->header);
        complete_version(t);
        ok = add_assets(a, t, &in->limits, err);
    }
    if (ok) {
        complete_template(t);
        template_check(t, &rules, findings);
        ok = refuse_findings(argument_given(a, "project") ? "The project" : a->operands[0], findings, err);
    }
    free(allowed);
    return ok;
}

/* What SOURCE says of these is checked with all the rest of it. */
static bool check_text_options(const struct arguments *a, struct error *err)
{
    const char *slug = argument_value(a, "slug");
    const char *version = argument_value(a, "version");

    if (slug && !slug_is_valid(slug))
        return error_set(err, STATUS_USAGE, "--slug takes lower-case letters, digits and single hyphens between them, 80 "
                                            "characters at most, not \"%s\".", slug);
    return !version || version_is_valid(version) ||
           error_set(err, STATUS_USAGE, "--version takes one as Semantic Versioning has them, such as 1.0.0 or 2.1.0-rc.1, not "
                                        "\"%s\".", version);
}

/* A project that is packed is an export. */
static void note_in_audit_log(struct cli *cli, struct pg *pg, const char *path, const struct seal_report *sealed)
{
    const struct rules rules = {.pg = pg, .options = {.deed = DEED_EXPORT, .file_name = path_name(path)}};
    struct error problem = ERROR_INIT;

    tell_audited(cli, record_export_done(&rules, sealed, &problem), &problem);
    error_release(&problem);
}

static bool read_options(const struct cli *cli, struct bundle_options *options, struct template_input *in, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = argument_value(a, "output");

    if (!path) {
        error_set(err, STATUS_USAGE, "Say where the template goes: -o PATH.");
        error_hint(err, "For instance -o shop.ark.");
        return false;
    }
    if (!a->noperands == !argument_given(a, "project")) {
        if (a->noperands)
            return error_set(err, STATUS_USAGE, "The template is made of %s or of --project, not of both.", a->operands[0]);
        return error_set(err, STATUS_USAGE, "Say what to pack: a bundle, a folder, or --project ID or NAME.");
    }
    if (argument_given(a, "project") && argument_given(a, "require-signature"))
        return error_set(err, STATUS_USAGE, "--require-signature is for bundles: what a database holds carries no signature.");
    return check_text_options(a, err) && check_output(cli, path, err) && read_template_input(a, in, err) &&
           encrypt_output(a, path, &in->encryption, options, err) && read_bundle_options(a, path, options, err);
}

static enum status run(struct cli *cli, struct error *err)
{
    const char *path = argument_value(&cli->arguments, "output");
    struct bundle_options options = {0};
    struct template_input in = {0};
    struct bundle_report written = {0};
    struct template_notes notes = {0};
    struct findings findings = {0};
    struct seal_report sealed = {0};
    struct template t = {0};
    struct sink *sink = NULL;
    struct pg *pg = NULL;

    if (read_options(cli, &options, &in, err))
        sink = sink_bundle(path, &options, &written, err);
    if (sink && prepare(cli, &in, &pg, &t, &notes, &findings, err)) {
        if (template_write(&t, sink, &sealed, err)) {
            report(cli, path, &options, &t, &notes, &findings, &sealed, &written);
            if (pg)
                note_in_audit_log(cli, pg, path, &sealed);
        }
        sink = NULL;
    }
    sink_free(sink);
    pg_free(pg);
    findings_release(&findings);
    template_notes_release(&notes);
    template_release(&t);
    template_input_release(&in);
    return err->status;
}

static const struct option_spec options[] = {
    OPTION_GROUP("What to take"),
    {"project", 0, "ID|NAME", "a project of the database instead of SOURCE"},
    {"contexts", 0, "all|referenced|none", "which contexts of the project's owner go along (default referenced)"},
    OPTION_GROUP("What the template says of itself"),
    {"name", 0, "NAME", "its name"},
    {"slug", 0, "SLUG", "its short name (default: made of the name)"},
    {"version", 0, "VERSION", "its version (default 1.0.0)"},
    {"description", 0, "TEXT", "what it is for"},
    {"category", 0, "NAME", "its category"},
    {"keywords", 0, "WORDS", "words to find it by (with commas between)"},
    {"author", 0, "NAME", "who made it"},
    {"licence", 0, "NAME", "its licence"},
    {"premium", 0, NULL, "only for tiers with premium templates"},
    {"readme", 0, "FILE", "its README.md"},
    {"thumbnail", 0, "FILE", "its picture, an SVG (default: its first graph is drawn, if it is not too large)"},
    OPTION_GROUP("Where it goes"),
    {"output", 'o', "PATH", "where the template goes; - is standard output"},
    BUNDLE_OPTIONS("PATH"),
    {"force", 0, NULL, "replace what is there"},
    OPTION_GROUP("Who may read it"),
    ENCRYPT_OPTIONS,
    OPTION_GROUP("Whether to trust SOURCE"),
    SIGNATURE_OPTIONS,
    OPTION_GROUP("Safety"),
    ALLOW_SECRET_OPTION,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command template_pack_word = {
    .name = "template pack",
    .operands = "[SOURCE]",
    .summary = "make a template of a bundle, a folder or a project",
    .about = "Takes the graphs, nodes and edges of one project (and the contexts they mention), and "
             "leaves behind people, chats, times and ids. SOURCE is a bundle, or a folder with "
             "template.yaml and README.md. Packing stops where anything looks like a secret, and "
             "names the place. The same source packs to the same bytes.",
    .options = options,
    .examples = "  simulark template pack templates/saas-starter -o saas-starter.ark\n"
                "  simulark template pack --project 'Online shop' --category web -o shop.ark\n",
    .min_operands = 0,
    .max_operands = 1,
    .run = run,
};
