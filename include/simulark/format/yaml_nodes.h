/* A YAML stream as nodes: tags reduced to what they mean, aliases replaced by the nodes they stand for, nesting and aliases
 * bounded. Private to the YAML readers. */
#ifndef SIMULARK_FORMAT_YAML_NODES_H
#define SIMULARK_FORMAT_YAML_NODES_H

#include "simulark/base/error.h"
#include "simulark/base/input.h"
#include "simulark/format/limits.h"

#include <stdbool.h>
#include <stddef.h>

enum node {
    NODE_STREAM_END,
    NODE_DOCUMENT,
    NODE_DOCUMENT_END,
    NODE_SCALAR,
    NODE_SEQUENCE, /* its nodes follow, then NODE_END */
    NODE_MAPPING,  /* keys and values follow, then NODE_END */
    NODE_END,
};

/* How a scalar gets its type. */
enum tag {
    TAG_NONE, /* by the core schema where it is plain, else a string */
    TAG_STRING,
    TAG_NULL,
    TAG_BOOLEAN,
    TAG_INTEGER,
    TAG_FLOAT,
};

struct yaml_node {
    enum node kind;
    enum tag tag;
    const char *text; /* of a scalar; valid UTF-8 without NUL; valid until the next node */
    size_t len;
    size_t line, column; /* from 1; of nodes that came by an alias, the alias's */
};

struct yaml_nodes;

struct yaml_nodes *yaml_nodes_new(struct input *in, const struct limits *limits); /* the input stays the caller's */
bool yaml_nodes_next(struct yaml_nodes *n, struct yaml_node *node, struct error *err);
bool yaml_nodes_broken(const struct yaml_nodes *n);  /* the last call of next has failed, and so would another */
size_t yaml_nodes_depth(const struct yaml_nodes *n); /* collections that are open */
const char *yaml_nodes_name(const struct yaml_nodes *n); /* of the input */
void yaml_nodes_free(struct yaml_nodes *n);

/* Fails with "<input>:<line>:<column>: " and the sentence. Always false. */
bool yaml_nodes_refuse(const struct yaml_nodes *n, size_t line, size_t column, struct error *err, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
