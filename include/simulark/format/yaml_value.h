/* A YAML node and all that is in it as JSON text; a scalar as plain text. Private to the YAML readers. */
#ifndef SIMULARK_FORMAT_YAML_VALUE_H
#define SIMULARK_FORMAT_YAML_VALUE_H

#include "simulark/base/buffer.h"
#include "simulark/format/limits.h"
#include "simulark/format/yaml_nodes.h"

/* What plain scalars become, beside null. */
enum reading {
    READING_CORE,    /* booleans and numbers by the core schema, else strings; .inf and .nan are refused */
    READING_NUMBERS, /* the same, but .inf and .nan become PostgreSQL's words for them, as strings */
    READING_TEXT,    /* strings, as they stand in the source: 007, 1.10, yes */
};

struct yaml_level;

struct yaml_value {
    struct yaml_nodes *nodes;
    const struct limits *limits;
    bool canonical;          /* the JSON text taken last is as jsonb writes it: only then need nobody look at it again */
    struct yaml_level *open; /* collections */
    size_t nopen;
    size_t open_capacity;
    struct buffer number; /* the text of the number taken last */
};

/* Takes the node, and from v->nodes those that are in it; appends JSON text (members as they come, strings checked). */
bool yaml_value_take(struct yaml_value *v, const struct yaml_node *node, enum reading reading, struct buffer *json,
                     struct error *err);

/* The text of a scalar: of a string, its characters; of another one, the JSON text that take would append. NULL for null.
 * Valid until the next is taken or the next node comes. */
bool yaml_value_text(struct yaml_value *v, const struct yaml_node *scalar, enum reading reading, const char **text, size_t *len,
                     struct error *err);
void yaml_value_release(struct yaml_value *v);

#endif
