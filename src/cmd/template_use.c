#include "import_options.h"
#include "template_options.h"
#include "simulark/base/memory.h"
#include "simulark/base/path.h"

#include <stdlib.h>

/* One use. */
struct use {
    struct template_input in;
    struct named_template named;
    struct rules rules;
    struct people people;
    struct import_options import;
    struct use_report done;
    const char **set;
};

static bool read_options(const struct cli *cli, struct use *u, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *as = argument_value(a, "as");
    const char *owner = argument_value(a, "owner");
    size_t count;

    u->set = argument_values(a, "set", &count);
    u->set = mem_realloc(u->set, (count + 1) * sizeof *u->set);
    u->set[count] = NULL;
    u->import = (struct import_options){.dry_run = argument_given(a, "dry-run"), .rules = &u->rules,
                                        .file_name = path_name(a->operands[0])};
    u->rules.options = (struct rules_options){.deed = DEED_USE, .as = as, .override = argument_value(a, "override-limits"),
                                              .dry_run = u->import.dry_run, .file_name = u->import.file_name};
    u->people.options.owner = as ? as : owner;
    u->people.options.as_user = as != NULL;
    if (as && (owner || u->rules.options.override))
        return error_set(err, STATUS_USAGE, "--owner and --override-limits are for operators; with --as it is the user's.");
    if (!as && !owner) {
        error_set(err, STATUS_USAGE, "Say who gets the project: --as USER.");
        error_hint(err, "An operator says --owner USER: then nobody's month is charged.");
        return false;
    }
    return true;
}

static void report(struct cli *cli, const struct use *u)
{
    const struct use_report *done = &u->done;

    cli->result = json_pack("{s:s, s:s, s:b, s:O, s:s?, s:o}", "project", done->project, "name", done->project_name, "dry_run",
                            u->import.dry_run, "template", done->lineage, "receipt",
                            u->import.dry_run ? NULL : done->import.receipt, "tables", rows_to_json(done->import.written));
    json_object_set_new(cli->result, "signature", signature_to_json(&u->in.signature));
    tell(cli, "%s \"%s\" of the template \"%s\":", u->import.dry_run ? "Dry run: would make" : "Made", done->project_name,
         json_string_value(json_object_get(done->lineage, "name")));
    tell_rows(cli, done->import.written);
    if (!u->import.dry_run)
        tell(cli, "  project %s", done->project);
    if (!u->import.dry_run && !done->import.no_audit)
        tell(cli, "  receipt %s", done->import.receipt);
    tell_signature(cli, &u->in.signature);
}

static enum status run(struct cli *cli, struct error *err)
{
    struct use u = {0};

    if (read_options(cli, &u, err) && read_template_input(&cli->arguments, &u.in, err)) {
        struct use_request request = {.t = &u.named.t, .digest = u.named.digest, .set = u.set,
                                      .name = argument_value(&cli->arguments, "name")};
        struct pg *pg = NULL;
        bool ok = open_named_template(cli, cli->arguments.operands[0], &u.in, &pg, &u.named, err);

        if (ok && !pg)
            pg = cli_database(cli, err);
        u.rules.pg = u.people.pg = pg;
        request.from = u.named.from_file ? NULL : &u.named.row;
        ok = ok && pg && use_template(&u.rules, &u.people, &u.import, &request, &u.done, err);
        if (ok)
            report(cli, &u);
        note_refusal(&u.rules, err);
        pg_free(pg);
    }
    free(u.set);
    template_input_release(&u.in);
    named_template_release(&u.named);
    people_release(&u.people);
    rules_release(&u.rules);
    use_report_release(&u.done);
    return err->status;
}

static const struct option_spec options[] = {
    {"as", 0, "EMAIL|ID", "do it as this user: the project is theirs, by their tier"},
    {"owner", 0, "EMAIL|ID", "an operator gives the project to this user"},
    {"name", 0, "NAME", "of the project (default: the template's)"},
    {"set", 0, "NAME=VALUE", "what a parameter of the template becomes; may be repeated"},
    OPTION_GROUP("Safety"),
    {"dry-run", 'n', NULL, "do everything, then roll it back"},
    {"override-limits", 0, "REASON", "pass over what the owner's tier says; it is audited"},
    OPTION_GROUP("Whether to trust a bundle"),
    TEMPLATE_INPUT_OPTIONS,
    {NULL, 0, NULL, NULL},
};

const struct command template_use_word = {
    .name = "template use",
    .operands = "NAME|PATH",
    .summary = "start a project from a template",
    .about = "Makes a new project of a template of the database (by name, slug or id) or of a file or folder: its graphs, nodes, "
             "edges and contexts with ids of their own, placeholders filled in, in one transaction. The user's tier must allow "
             "what comes in, and premium templates only with premium_templates.",
    .options = options,
    .examples = "  simulark template use saas-starter --as ada@example.org --name 'My SaaS'\n"
                "  simulark template use saas-starter.ark --as ada@example.org --set product=Acme\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
