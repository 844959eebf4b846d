/* What a template says of itself: the `template` object of its header. docs/templates.md is the description for people. */
#ifndef SIMULARK_MODEL_TEMPLATE_HEADER_H
#define SIMULARK_MODEL_TEMPLATE_HEADER_H

#include "simulark/base/buffer.h"
#include "simulark/model/findings.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_NAME_MAX 200 /* bytes */
#define SLUG_MAX 80
#define PARAMETER_VALUE_MAX 10000 /* bytes */

/* Appends a name in the form of a slug: "SaaS starter (EU)" becomes "saas-starter-eu"; "template" where nothing is left. */
void slug_append(struct buffer *out, const char *name);
bool slug_is_valid(const char *text);

/* A field that is a text with something in it; NULL otherwise. */
const char *template_text(const json_t *header, const char *field);

/* Puts the fields into the form and order they travel in: defaults of parameters are texts, what is null goes. */
void template_header_tidy(json_t *header);

/* Everything that is wrong with it, or missing. Places are "template.version" and the like. */
void template_header_check(const json_t *header, struct findings *findings);

/* ---- parameters ---- */

/* Whether a text of this length can be the name of a parameter: a letter, then letters, digits, - and _. */
bool parameter_name_is_valid(const char *name, size_t len);

/* The declaration of this name; NULL where there is none. */
const json_t *parameter_find(const json_t *header, const char *name, size_t len);

#endif
