/* What the words behind `template` have in common. Private to cmd. */
#ifndef SIMULARK_CMD_TEMPLATE_OPTIONS_H
#define SIMULARK_CMD_TEMPLATE_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/flow/template.h"

#include <stdbool.h>

#define ALLOW_SECRET_OPTION                                                                                                  \
    {"allow-secret", 0, "PATTERN",                                                                                           \
     "what looks like a secret is none where its kind, its place or its text matches (* and ? as in a shell); may be repeated"}

extern const struct command template_export_word;
extern const struct command template_index_word;
extern const struct command template_lint_word;
extern const struct command template_list_word;
extern const struct command template_pack_word;
extern const struct command template_publish_word;
extern const struct command template_show_word;
extern const struct command template_unpublish_word;
extern const struct command template_use_word;

/* The values of --allow-secret, NULL-ended; the caller frees the list. */
const char **read_allowed(const struct arguments *a);

/* Errors among findings, as the details of a refusal (STATUS_MALFORMED); true where there are none. */
bool refuse_findings(const char *what, const struct findings *findings, struct error *err);

/* Warnings, where people asked to hear more; else how many there are. */
void tell_warnings(const struct cli *cli, const struct findings *findings);

/* What a template says of itself, for --json: name, slug, version … */
json_t *template_to_json(const struct template *t, const char *digest);

#endif
