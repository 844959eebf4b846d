#include "simulark/format/yaml_nodes.h"

#include "simulark/base/memory.h"
#include "simulark/format/yaml_events.h"

#include <search.h>
#include <stdarg.h>
#include <stdlib.h>

#define STILL_OPEN ((size_t)-1)

/* For each token libyaml looks at all open flow collections, so that a value both deep and wide would take hours. Nodes
 * deeper than DEEP are charged with their depth; a chain of 10,000 levels comes to 150 million, about a second. */
#define DEEP 100
#define DEEP_WORK_MAX 500000000

/* A name for a range of the record. */
struct anchor {
    char *name;
    size_t start;
    size_t end; /* STILL_OPEN: its node has not ended yet */
};

/* An anchored collection that has not ended yet. */
struct open_anchor {
    struct anchor *anchor;
    size_t start;
    size_t depth;
};

/* A node as it is kept in the record, its text behind it. */
struct recorded {
    enum node kind;
    enum tag tag;
    size_t len;
};

struct yaml_nodes {
    struct yaml_events *events;
    const struct limits *limits;
    size_t depth;     /* of open collections */
    size_t deep_work; /* sum of the depths of deep nodes */
    bool passable;    /* the node that was refused is a whole one: the next can be told */
    bool broken;
    /* Of the current document: */
    struct buffer record; /* every node that is in an anchored one */
    void *anchors;        /* a search tree, by name */
    size_t anchors_bytes;
    size_t alias_bytes; /* what aliases have stood for so far */
    struct open_anchor *open;
    size_t nopen;
    size_t open_capacity;
    size_t replay; /* the range of the record that an alias is giving now */
    size_t replay_end;
    size_t line, column; /* of that alias */
};

bool yaml_nodes_refuse(const struct yaml_nodes *n, size_t line, size_t column, struct error *err, const char *format, ...)
{
    struct buffer place = BUFFER_INIT;
    va_list args;

    buffer_printf(&place, "%s:%zu:%zu", yaml_nodes_name(n), line, column);
    va_start(args, format);
    error_vset_at(err, STATUS_MALFORMED, buffer_string(&place), format, args);
    va_end(args);
    buffer_release(&place);
    return false;
}

static bool refuse(const struct yaml_nodes *n, const struct yaml_node *node, struct error *err, const char *sentence)
{
    return yaml_nodes_refuse(n, node->line, node->column, err, "%s", sentence);
}

static int anchor_compare(const void *a, const void *b)
{
    return strcmp(((const struct anchor *)a)->name, ((const struct anchor *)b)->name);
}

static void anchor_free(void *data)
{
    struct anchor *anchor = data;

    free(anchor->name);
    free(anchor);
}

static const struct anchor *anchor_find(const struct yaml_nodes *n, const yaml_char_t *name)
{
    struct buffer copy = BUFFER_INIT;
    struct anchor key = {0};
    void *const *found;

    buffer_text(&copy, (const char *)name);
    buffer_byte(&copy, '\0');
    key.name = copy.data;
    found = tfind(&key, &n->anchors, anchor_compare);
    buffer_release(&copy);
    return found ? *found : NULL;
}

/* The anchor of that name: a name may be given again, and then means the later node. */
static struct anchor *anchor_define(struct yaml_nodes *n, const yaml_char_t *name)
{
    struct anchor *made = mem_alloc(sizeof *made);
    struct anchor *anchor;
    void **place;

    made->name = mem_strdup((const char *)name);
    place = tsearch(made, &n->anchors, anchor_compare);
    if (!place)
        mem_run_out();
    anchor = *place;
    if (anchor == made)
        n->anchors_bytes += sizeof *anchor + strlen(anchor->name);
    else
        anchor_free(made);
    anchor->start = n->record.len;
    anchor->end = STILL_OPEN;
    return anchor;
}

static void forget_anchors(struct yaml_nodes *n)
{
    tdestroy(n->anchors, anchor_free);
    n->anchors = NULL;
    n->anchors_bytes = 0;
    n->alias_bytes = 0;
    n->nopen = 0;
    n->replay = 0;
    n->replay_end = 0;
    buffer_clear(&n->record);
}

/* Keeps the node; its text may be in the record already and moves with it. */
static void record_node(struct yaml_nodes *n, struct yaml_node *node)
{
    struct recorded r;
    bool inside = n->replay_end && node->len;
    size_t at = inside ? (size_t)(node->text - n->record.data) : 0;

    memset(&r, 0, sizeof r); /* padding too: it is copied */
    r.kind = node->kind;
    r.tag = node->tag;
    r.len = node->len;
    buffer_reserve(&n->record, sizeof r + node->len);
    if (inside)
        node->text = n->record.data + at;
    buffer_append(&n->record, &r, sizeof r);
    buffer_append(&n->record, node->text, node->len);
}

static void replay_node(struct yaml_nodes *n, struct yaml_node *node)
{
    struct recorded r;

    memcpy(&r, n->record.data + n->replay, sizeof r);
    node->kind = r.kind;
    node->tag = r.tag;
    node->len = r.len;
    node->text = n->record.data + n->replay + sizeof r;
    node->line = n->line;
    node->column = n->column;
    n->replay += sizeof r + r.len;
}

/* Reduces a tag; false where a tag of the core schema stands on another kind of node. */
static bool reduce_tag(const yaml_char_t *name, struct yaml_node *node)
{
    static const char prefix[] = "tag:yaml.org,2002:";
    static const struct {
        const char *name;
        enum node kind;
        enum tag tag;
    } core[] = {
        {"str", NODE_SCALAR, TAG_STRING},   {"null", NODE_SCALAR, TAG_NULL},   {"bool", NODE_SCALAR, TAG_BOOLEAN},
        {"int", NODE_SCALAR, TAG_INTEGER},  {"float", NODE_SCALAR, TAG_FLOAT}, {"seq", NODE_SEQUENCE, TAG_NONE},
        {"map", NODE_MAPPING, TAG_NONE},
    };
    const char *tag = (const char *)name;

    node->tag = TAG_STRING;
    if (strncmp(tag, prefix, sizeof prefix - 1) != 0)
        return true;
    for (size_t i = 0; i < sizeof core / sizeof *core; i++) {
        if (!strcmp(tag + sizeof prefix - 1, core[i].name)) {
            node->tag = core[i].tag;
            return node->kind == core[i].kind;
        }
    }
    return true;
}

/* Keeps a node that is anchored, or in one that is. */
static bool keep(struct yaml_nodes *n, struct yaml_node *node, const yaml_char_t *anchor, struct error *err)
{
    struct anchor *named = anchor ? anchor_define(n, anchor) : NULL;

    if (named && node->kind != NODE_SCALAR) {
        n->open = mem_grow(n->open, &n->open_capacity, n->nopen + 1, sizeof *n->open);
        n->open[n->nopen++] = (struct open_anchor){.anchor = named, .start = named->start, .depth = n->depth};
    }
    record_node(n, node);
    if (n->record.len + n->anchors_bytes > n->limits->alias_bytes)
        return yaml_nodes_refuse(n, node->line, node->column, err,
                                 "The anchors of this YAML document keep more than %zu bytes (limit alias_bytes).",
                                 n->limits->alias_bytes) || limits_hint(err, "alias_bytes");
    if (named && node->kind == NODE_SCALAR)
        named->end = n->record.len;
    return true;
}

/* What is to be done where a collection begins or ends. */
static bool nest(struct yaml_nodes *n, const struct yaml_node *node, struct error *err)
{
    if (node->kind == NODE_END) {
        n->depth--;
        if (n->nopen && n->open[n->nopen - 1].depth == n->depth) {
            const struct open_anchor *closed = &n->open[--n->nopen];

            if (closed->anchor->start == closed->start)
                closed->anchor->end = n->record.len;
        }
        return true;
    }
    if (n->depth == n->limits->yaml_depth)
        return yaml_nodes_refuse(n, node->line, node->column, err, "This is nested more than %zu levels deep (limit yaml_depth).",
                                 n->limits->yaml_depth) || limits_hint(err, "yaml_depth");
    n->depth++;
    return true;
}

static bool charge(struct yaml_nodes *n, const struct yaml_node *node, struct error *err)
{
    n->deep_work += n->depth;
    if (n->deep_work <= DEEP_WORK_MAX)
        return true;
    refuse(n, node, err, "This is nested so deeply in so many places that reading it would take too long.");
    error_hint(err, "Keep values nested as deeply as this in JSON or in an archive.");
    return false;
}

/* What is to be done for any node, wherever it comes from. */
static inline bool pass(struct yaml_nodes *n, struct yaml_node *node, const yaml_char_t *anchor, struct error *err)
{
    return (!(anchor || n->nopen) || keep(n, node, anchor, err)) && (n->depth <= DEEP || charge(n, node, err)) &&
           (node->kind == NODE_SCALAR || nest(n, node, err));
}

static bool follow_alias(struct yaml_nodes *n, const yaml_char_t *name, struct yaml_node *node, struct error *err)
{
    const struct anchor *anchor = anchor_find(n, name);

    n->passable = !anchor;
    if (!anchor)
        return yaml_nodes_refuse(n, node->line, node->column, err, "The alias *%s has no anchor before it.",
                                 (const char *)name);
    if (anchor->end == STILL_OPEN)
        return yaml_nodes_refuse(n, node->line, node->column, err, "The alias *%s stands inside of what it stands for.",
                                 (const char *)name);
    n->alias_bytes += anchor->end - anchor->start;
    if (n->alias_bytes > n->limits->alias_bytes)
        return yaml_nodes_refuse(n, node->line, node->column, err,
                                 "The aliases of this YAML document stand for more than %zu bytes (limit alias_bytes).",
                                 n->limits->alias_bytes) || limits_hint(err, "alias_bytes");
    n->replay = anchor->start;
    n->replay_end = anchor->end;
    n->line = node->line;
    n->column = node->column;
    replay_node(n, node);
    return pass(n, node, NULL, err);
}

/* An escape may stand for it; as it is it comes to no scalar. */
static bool has_nul(const yaml_event_t *scalar)
{
    return scalar->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE &&
           memchr(scalar->data.scalar.value, 0, scalar->data.scalar.length);
}

static bool take_next(struct yaml_nodes *n, struct yaml_node *node, struct error *err)
{
    const yaml_event_t *event;
    const yaml_char_t *anchor = NULL;
    const yaml_char_t *tag = NULL;

    if (n->replay < n->replay_end) {
        replay_node(n, node);
        return pass(n, node, NULL, err);
    }
    n->replay_end = 0;
    n->replay = 0;
    do {
        event = yaml_events_next(n->events, err);
        if (!event)
            return false;
    } while (event->type == YAML_STREAM_START_EVENT || event->type == YAML_NO_EVENT);
    node->line = event->start_mark.line + 1;
    node->column = event->start_mark.column + 1;
    node->tag = TAG_NONE;
    node->text = NULL;
    node->len = 0;
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        forget_anchors(n);
        node->kind = NODE_DOCUMENT;
        return true;
    case YAML_DOCUMENT_END_EVENT: node->kind = NODE_DOCUMENT_END; return true;
    case YAML_ALIAS_EVENT: return follow_alias(n, event->data.alias.anchor, node, err);
    case YAML_SCALAR_EVENT:
        node->kind = NODE_SCALAR;
        node->tag = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? TAG_NONE : TAG_STRING;
        node->text = (const char *)event->data.scalar.value;
        node->len = event->data.scalar.length;
        tag = event->data.scalar.tag;
        anchor = event->data.scalar.anchor;
        n->passable = has_nul(event);
        if (n->passable)
            return refuse(n, node, err, "The character U+0000 cannot be stored in a database.");
        break;
    case YAML_SEQUENCE_START_EVENT:
        node->kind = NODE_SEQUENCE;
        tag = event->data.sequence_start.tag;
        anchor = event->data.sequence_start.anchor;
        break;
    case YAML_MAPPING_START_EVENT:
        node->kind = NODE_MAPPING;
        tag = event->data.mapping_start.tag;
        anchor = event->data.mapping_start.anchor;
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: node->kind = NODE_END; break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT: node->kind = NODE_STREAM_END; return true;
    }
    if (tag && !reduce_tag(tag, node))
        return refuse(n, node, err, "The tag does not fit what it stands before.");
    return pass(n, node, anchor, err);
}

bool yaml_nodes_next(struct yaml_nodes *n, struct yaml_node *node, struct error *err)
{
    n->passable = false;
    if (take_next(n, node, err))
        return true;
    n->broken = !n->passable;
    return false;
}

bool yaml_nodes_broken(const struct yaml_nodes *n)
{
    return n->broken;
}

size_t yaml_nodes_depth(const struct yaml_nodes *n)
{
    return n->depth;
}

struct yaml_nodes *yaml_nodes_new(struct input *in, const struct limits *limits)
{
    struct yaml_nodes *n = mem_alloc(sizeof *n);

    n->events = yaml_events_new(in, limits->row_bytes);
    n->limits = limits;
    return n;
}

const char *yaml_nodes_name(const struct yaml_nodes *n)
{
    return yaml_events_name(n->events);
}

void yaml_nodes_free(struct yaml_nodes *n)
{
    if (!n)
        return;
    forget_anchors(n);
    buffer_release(&n->record);
    free(n->open);
    yaml_events_free(n->events);
    free(n);
}
