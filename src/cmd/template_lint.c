#include "findings_output.h"
#include "template_options.h"
#include "simulark/model/template_header.h"

#include <stdlib.h>

static bool check(const struct cli *cli, struct template *t, struct findings *findings, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char **allowed = read_allowed(a);
    struct template_notes notes = {.findings = findings};
    struct template_rules rules = {.allowed = allowed, .notes = &notes};
    struct template_input in = {0};
    struct template_opened opened = template_input_opened(&in);
    bool ok = read_template_input(a, &in, err) &&
              (template_read(a->operands[0], &in.limits, CONTEXTS_REFERENCED, t, &notes, &opened, err) ||
               findings_take(findings, "damaged", err));

    if (ok && t->header) {
        if (!notes.template) /* which packing gives both */
            complete_version(t);
        template_header_tidy(t->header);
        rules.thumbnail = opened.archive && notes.template;
        template_check(t, &rules, findings);
        if (notes.dangling)
            findings_add(findings, GRAVITY_WARNING, "dangling", "edges", "%zu %s left out: a node is missing.", notes.dangling,
                         notes.dangling == 1 ? "edge would be" : "edges would be");
        if (notes.parentless)
            findings_add(findings, GRAVITY_WARNING, "dangling", "nodes", "%zu %s taken out of a group that is missing.",
                         notes.parentless, notes.parentless == 1 ? "node would be" : "nodes would be");
    }
    template_notes_release(&notes);
    template_input_release(&in);
    free(allowed);
    return ok;
}

static enum status run(struct cli *cli, struct error *err)
{
    struct findings findings = {.bundle = cli->arguments.operands[0]};
    struct buffer counts = BUFFER_INIT;
    enum status status = STATUS_OK;
    struct template t = {0};

    if (check(cli, &t, &findings, err)) {
        status = findings_status(&findings, argument_given(&cli->arguments, "strict"));
        cli->result = json_pack("{s:b, s:o, s:I, s:I}", "ok", status == STATUS_OK, "findings", findings_to_json(&findings),
                                "errors", (json_int_t)findings_errors(&findings), "warnings",
                                (json_int_t)findings.counts[GRAVITY_WARNING]);
        if (!cli->json)
            print_findings(&findings);
        put_count(&counts, findings_errors(&findings), "error");
        put_count(&counts, findings.counts[GRAVITY_WARNING], "warning");
        tell(cli, "%s", counts.len ? buffer_string(&counts) : "Nothing is wrong with it.");
    } else {
        status = err->status;
    }
    buffer_release(&counts);
    findings_release(&findings);
    template_release(&t);
    return status;
}

static const struct option_spec options[] = {
    {"strict", 0, NULL, "count warnings as findings"},
    ALLOW_SECRET_OPTION,
    TEMPLATE_INPUT_OPTIONS,
    {NULL, 0, NULL, NULL},
};

const struct command template_lint_word = {
    .name = "template lint",
    .operands = "SOURCE",
    .summary = "find everything that is wrong with a template",
    .about = "Reads a template (a folder with template.yaml, or a bundle), or a project's bundle that shall become one, "
             "and tells all that is wrong or missing: what it says of itself, ids, edges, positions, types, secrets, "
             "parameters. Exit status: 0 all well, 1 findings, 3 damage.",
    .options = options,
    .examples = "  simulark template lint templates/saas-starter\n"
                "  simulark template lint --strict --json shop.ark | jq '.findings[]'\n",
    .min_operands = 1,
    .max_operands = 1,
    .offline = true,
    .run = run,
};
