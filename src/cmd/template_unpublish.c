#include "template_options.h"

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    bool dry_run = argument_given(a, "dry-run");
    struct rules rules = {.options = {.deed = DEED_PUBLISH, .as = argument_value(a, "as"), .dry_run = dry_run}};
    struct published gone = {0};

    rules.pg = cli_database(cli, err);
    if (rules.pg && unpublish(&rules, a->operands[0], dry_run, &gone, err)) {
        cli->result = json_pack("{s:s, s:s, s:s?, s:b}", "id", gone.id, "name", gone.name, "version", gone.version, "dry_run",
                                dry_run);
        tell(cli, "%s \"%s\"%s%s.", dry_run ? "Dry run: would take back" : "Took back", gone.name, gone.version ? " " : "",
             gone.version ? gone.version : "");
    }
    note_refusal(&rules, err);
    pg_free(rules.pg);
    rules_release(&rules);
    published_release(&gone);
    return err->status;
}

static const struct option_spec options[] = {
    {"as", 0, "EMAIL|ID", "do it as this user, who must have published it"},
    {"dry-run", 'n', NULL, "do everything, then roll it back"},
    {NULL, 0, NULL, NULL},
};

const struct command template_unpublish_word = {
    .name = "template unpublish",
    .operands = "NAME",
    .summary = "take a template out of a database",
    .about = "Takes a template out of the table templates. NAME is its name, slug or id. Projects made of it stay.",
    .options = options,
    .examples = "  simulark template unpublish saas-starter\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
