/* A YAML node and all that is in it as JSON text. Private to the YAML readers. */
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

struct yaml_value {
    struct yaml_nodes *nodes;
    const struct limits *limits;
    struct buffer open; /* for each open collection: NODE_SEQUENCE or NODE_MAPPING */
};

/* Takes the node, and from v->nodes those that are in it; appends JSON text (members as they come, strings checked). */
bool yaml_value_take(struct yaml_value *v, const struct yaml_node *node, enum reading reading, struct buffer *json,
                     struct error *err);
void yaml_value_release(struct yaml_value *v);

#endif
