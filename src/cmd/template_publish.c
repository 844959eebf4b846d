#include "import_options.h"
#include "template_options.h"
#include "simulark/base/path.h"
#include "simulark/model/template_header.h"

#include <stdlib.h>

static const char *const action_names[] = {"created", "replaced", "unchanged"};

static void report(struct cli *cli, const struct template *t, const struct publish_options *options,
                   const struct publish_report *done, const struct findings *findings,
                   const struct signature_report *signature)
{
    const char *name = template_text(t->header, "name");
    const char *version = template_text(t->header, "version");

    cli->result = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:s, s:s?, s:b, s:I}", "id", done->id, "name", name, "version",
                            version, "digest", done->digest, "is_premium", json_is_true(json_object_get(t->header, "premium")),
                            "slug", template_text(t->header, "slug"), "action", action_names[done->action], "before",
                            done->before, "dry_run", options->dry_run, "warnings",
                            (json_int_t)findings->counts[GRAVITY_WARNING]);
    if (done->action == PUBLISH_UNCHANGED)
        tell(cli, "\"%s\" %s is published already, as it is.", name, version);
    else if (done->before)
        tell(cli, "%s \"%s\" %s in place of %s.", options->dry_run ? "Dry run: would publish" : "Published", name, version,
             done->before);
    else
        tell(cli, "%s \"%s\" %s%s.", options->dry_run ? "Dry run: would publish" : "Published", name, version,
             done->action == PUBLISH_REPLACED ? " in place of a template without a version" : "");
    json_object_set_new(cli->result, "signature", signature_to_json(signature));
    tell_signature(cli, signature);
    tell_warnings(cli, findings);
}

static bool prepare(const struct cli *cli, const char *path, struct template *t, struct findings *findings,
                    struct template_input *in, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char **allowed = read_allowed(a);
    struct template_notes notes = {.findings = findings};
    const struct template_rules rules = {.allowed = allowed, .notes = &notes, .thumbnail = true};
    bool ok = read_template_input(a, in, err) && read_template(path, in, t, &notes, err);

    if (ok) {
        complete_slug(t);
        template_check(t, &rules, findings);
        ok = refuse_findings(path, findings, err);
    }
    template_notes_release(&notes);
    free(allowed);
    return ok;
}

static bool check_url(const char *url, struct error *err)
{
    if (!url || strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0 || strncmp(url, "data:image/", 11) == 0 ||
        *url == '/')
        return true;
    return error_set(err, STATUS_USAGE, "--thumbnail-url takes an address that begins with https://, http://, data:image/ or /.");
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = a->operands[0];
    const struct publish_options options = {.thumbnail_url = argument_value(a, "thumbnail-url"),
                                            .force = argument_given(a, "force"),
                                            .dry_run = argument_given(a, "dry-run")};
    struct rules rules = {.options = {.deed = DEED_PUBLISH, .as = argument_value(a, "as"), .dry_run = options.dry_run,
                                      .file_name = path_name(path)}};
    struct publish_report done = {0};
    struct findings findings = {.bundle = path};
    struct template_input in = {0};
    struct template t = {0};

    if (check_url(options.thumbnail_url, err) && prepare(cli, path, &t, &findings, &in, err)) {
        rules.pg = cli_database(cli, err);
        if (rules.pg && publish(&rules, &t, &options, &done, err))
            report(cli, &t, &options, &done, &findings, &in.signature);
        note_refusal(&rules, err);
    }
    pg_free(rules.pg);
    rules_release(&rules);
    publish_report_release(&done);
    findings_release(&findings);
    template_input_release(&in);
    template_release(&t);
    return err->status;
}

static const struct option_spec options[] = {
    {"as", 0, "EMAIL|ID", "do it as this user, whose tier must have publish_templates"},
    {"thumbnail-url", 0, "URL", "where its picture is (default: in the row itself)"},
    OPTION_GROUP("Safety"),
    {"dry-run", 'n', NULL, "do everything, then roll it back"},
    {"force", 0, NULL, "put an older version in place of a newer one"},
    ALLOW_SECRET_OPTION,
    OPTION_GROUP("Whether to trust the bundle"),
    TEMPLATE_INPUT_OPTIONS,
    {NULL, 0, NULL, NULL},
};

const struct command template_publish_word = {
    .name = "template publish",
    .operands = "PATH",
    .summary = "put a template into a database",
    .about = "Puts a template (a packed one, or a folder with template.yaml) into the table templates, where the "
             "application and `template use` find it. What is "
             "published under a version never changes; a newer version takes the place of the one before, whose id and "
             "count of uses stay.",
    .options = options,
    .examples = "  simulark template publish saas-starter.ark\n"
                "  simulark template publish --as curator@example.org --dry-run shop.ark\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
