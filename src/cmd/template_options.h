/* What the words behind `template` have in common. Private to cmd. */
#ifndef SIMULARK_CMD_TEMPLATE_OPTIONS_H
#define SIMULARK_CMD_TEMPLATE_OPTIONS_H

#include "encryption_options.h"
#include "limit_options.h"
#include "signature_options.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/published.h"
#include "simulark/flow/template.h"

#include <stdbool.h>

#define ALLOW_SECRET_OPTION                                                                                                  \
    {"allow-secret", 0, "PATTERN",                                                                                           \
     "what looks like a secret is none where its kind, its place or its text matches (* and ? as in a shell); may be repeated"}

/* How templates are read out of bundles: for a command's table, and what it says. Points into itself: not to be copied. Zeroed
 * before; the caller releases it, also after a failure. */
#define TEMPLATE_INPUT_OPTIONS SIGNATURE_OPTIONS, DECRYPT_OPTIONS, LIMIT_OPTION

struct template_input {
    struct limits limits;
    struct encryption encryption;
    struct signature_check check;
    struct signature_report signature; /* of what was read last */
};

bool read_template_input(const struct arguments *a, struct template_input *in, struct error *err);
void template_input_release(struct template_input *in);

/* For template_read. */
struct template_opened template_input_opened(struct template_input *in);

extern const struct command template_export_word;
extern const struct command template_index_word;
extern const struct command template_lint_word;
extern const struct command template_list_word;
extern const struct command template_pack_word;
extern const struct command template_publish_word;
extern const struct command template_show_word;
extern const struct command template_unpublish_word;
extern const struct command template_use_word;

/* A template that an operand names: a bundle or folder, else one of the database. A zeroed struct is ready. */
struct named_template {
    struct template t;
    bool from_file;
    bool as_published;    /* out of a database: it is what was published, to the byte */
    struct published row; /* out of a database */
    char digest[DIGEST_HEX + 1];
};

/* *pg is opened where it is needed and still NULL. A signature can only be demanded of a bundle. */
bool open_named_template(const struct cli *cli, const char *operand, struct template_input *in, struct pg **pg,
                         struct named_template *named, struct error *err);
void named_template_release(struct named_template *named);

/* Reads a bundle that has to be a template already, or a folder with template.yaml: as the archive that packing would make. */
bool read_template(const char *path, struct template_input *in, struct template *t, struct template_notes *notes,
                   struct error *err);

/* Makes a slug of the name where there is none. */
void complete_slug(struct template *t);
/* Makes it version 1.0.0 where it says none. */
void complete_version(struct template *t);
/* Adds what a template needs and people may leave out: slug, whether it is premium, a picture of a graph that is not too large;
 * puts its fields in order. */
void complete_template(struct template *t);

/* The values of --allow-secret, NULL-ended; the caller frees the list. */
const char **read_allowed(const struct arguments *a);

/* Errors among findings, as the details of a refusal (STATUS_MALFORMED); true where there are none. */
bool refuse_findings(const char *what, const struct findings *findings, struct error *err);

/* Warnings, where people asked to hear more; else how many there are. */
void tell_warnings(const struct cli *cli, const struct findings *findings);

/* What a template says of itself, for --json: name, slug, version … */
json_t *template_to_json(const struct template *t, const char *digest);

#endif
