/* What the files of templates share. Private to flow. */
#ifndef SIMULARK_FLOW_TEMPLATE_INSIDE_H
#define SIMULARK_FLOW_TEMPLATE_INSIDE_H

#include "id_map.h"
#include "simulark/base/uuid_set.h"
#include "simulark/flow/template.h"

#include <stdint.h>

#define CONTEXT_CELLS 5
extern const char *const context_cells[CONTEXT_CELLS]; /* the columns' names */

void template_graph_release(struct template_graph *g);
void template_context_release(struct template_context *context);
/* Puts graphs and contexts in order of their ids. */
void template_sort(struct template *t);

/* Appends a jansson value as canonical JSON. */
void json_append_jansson(struct buffer *out, const json_t *value);

/* ---- an item and its row (template_item.c) ---- */

void item_release(struct template_item *item);
void items_release(struct template_items *items);
struct template_item *items_add(struct template_items *items);
/* Appends the items as a canonical JSON array. */
void items_append(struct buffer *out, const struct template_items *items);
/* Their places by id; of two of the same the first counts. The caller owns it. */
json_t *items_index(const struct template_items *items);
/* The place of an id, which may be NULL, in such an index; NOWHERE where it has none. */
#define NOWHERE SIZE_MAX
size_t items_place(const json_t *index, const char *id);

/* Whether a value is JSON's null, which says as little as none (no text). */
static inline bool cell_is_null(const struct cell *value)
{
    return value->len == 4 && memcmp(value->text, "null", 4) == 0;
}

/* Reads id, ends and parent off an object of a canvas, and keeps the object. */
void item_from_object(struct template_item *item, const char *json, size_t len);
/* Appends its label: that in `data`, which React Flow draws, else the one beside it. False where it has none. */
bool item_label(const struct template_item *item, struct buffer *out);
/* Adds the objects of a React Flow's array; cell: JSON, or NULL. */
void items_take_array(struct template_items *items, const struct cell *cell);
/* Makes the object of a row of nodes or edges. */
void item_from_row(struct template_item *item, const struct shape *shape, const struct row *row);
/* Gives an item what another knows better: the other's members stand over its own, those of `data` and `style` one by one. */
void item_overlay(struct template_item *item, const struct template_item *over);
/* Takes a node out of the group it is in. */
void item_drop_parent(struct template_item *node);
/* Gives the item another id, and its object that and, wherever it names nodes, what `nodes` has for them: as ends, group,
 * Node-RED's tab and wires, and `data.id` where that is its own. */
void item_settle(struct template_item *item, const char *id, const struct id_map *nodes);
/* The rows that the objects say. */
void node_to_row(struct row_builder *row, const struct shape *shape, const char *graph, const struct template_item *node);
void edge_to_row(struct row_builder *row, const struct shape *shape, const char *graph, const struct template_item *edge);

/* ---- a graph as it is read (template_merge.c) ---- */

struct gathered {
    struct template_graph graph; /* without items, until it is merged */
    char *created;               /* when, as the source wrote it; NULL: unknown */
    struct template_items node_rows, edge_rows, node_array, edge_array;
    bool nodes_from_rows, edges_from_rows; /* their order means nothing */
};

/* Makes one of rows and array. Where they have ids in common, or findings are given (it is a template, and somebody means
 * both), all there is; else the larger, which is then the same graph under other ids, and rows of two as large. Nodes there twice
 * and edges that lead nowhere are findings; without findings they are counted. They are left out. */
void gathered_merge(struct gathered *gathered, struct findings *findings, size_t *dangling);
/* The same for nodes in groups that are not there: they leave them. */
void gathered_drop_parents(struct gathered *gathered, struct findings *findings, size_t *parentless);
void gathered_release(struct gathered *gathered);

/* ---- ids (template_ids.c) ---- */

/* Ids that were found, and what becomes of them. A zeroed struct but for `own` and `taken` is ready; the owner releases it. */
struct id_settling {
    bool own;              /* it was a template, whose uuids of version 8 stay, and those that name nothing in it */
    struct uuid_map ids;   /* uuids that become others; may hold some already */
    struct uuid_set given; /* those they have become */
    size_t elsewhere;      /* how many were found that name nothing that travels */
    json_t *taken;         /* ids of nodes and edges given so far; NULL: none are to be given */
};

void id_settling_release(struct id_settling *s);

/* Gives a graph, its nodes and edges their ids. number: how many graphs before had the same name. */
void graph_settle_ids(struct id_settling *s, struct gathered *g, size_t number);
/* The same for a context. */
void context_settle_id(struct id_settling *s, struct template_context *context, size_t number);

/* What stands for the project and its owner in a template's texts. */
void template_stand_ins(struct uuid *project, struct uuid *owner);

/* The next uuid in a text from *at on, whole or part of something longer, in PostgreSQL's form, of letters of any case; *at is
 * then where it begins. False where there is none. */
bool text_next_uuid(const char *text, size_t len, size_t *at, struct uuid *id);
/* Puts others in place of uuids wherever they stand in JSON … */
void json_replace_uuids(struct buffer *json, struct id_settling *s);
/* … and in a template. Where it was none (own is not set), no uuid is left but those given, and that of all zeros: any other
 * becomes one that tells in which place it was met, so references and handles still find their ends. */
void template_replace_uuids(struct template *t, struct id_settling *s);

/* The fingerprint of a graph whose items have ids, placeholders filled in (values; NULL: none); empty where it is too small to
 * have one. */
void graph_fingerprint(const struct template_graph *g, const json_t *values, char hex[DIGEST_HEX + 1]);

/* ---- placeholders (template_placeholders.c) ---- */

struct placeholder {
    size_t at, len; /* the whole of it, braces included */
    const char *name;
    size_t name_len;
};

/* The next {{name}} from the offset `from` on. */
bool placeholder_next(const char *text, size_t len, size_t from, struct placeholder *found);

/* The parameters' defaults by name; otherwise: what those get that have none (NULL: they are left out). The caller owns it. */
json_t *template_defaults(const json_t *header, const char *otherwise);

/* Fill in the placeholders that have a value: in the strings of JSON that are values (keys stay), and in a text that is
 * mem_alloc'ed (NULL stays). */
void template_fill_json(struct buffer *json, const json_t *values);
void template_fill_string(char **text, const json_t *values);
/* … in all of a template that people read or a canvas shows. */
void template_fill(struct template *t, const json_t *values);

#endif
