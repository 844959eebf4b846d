/* A template, whole in memory: graphs whose nodes and edges are React Flow's objects, contexts, assets, and what it says of
 * itself.
 *
 * Every way to a template leads through here, and so does every way on: a bundle, a project and a row of `templates` are read
 * into one (sink_template, template_from_data), and it is given again as a bundle (source_template), as graph_data
 * (template_to_data), or, with ids of its own and placeholders filled in, as a new project (template_renew, then
 * source_template_project).
 *
 * A graph's nodes may have been rows, objects of its array, or both. In a template they are both, in agreement: the object is
 * kept, and the row is what the object says. docs/templates.md tells which column is which member.
 *
 * Ids: what is no uuid stays (`cdn`), made different where two graphs have the same. uuids of a database give way to others
 * that are derived from what they name, wherever they stand in any text, so that the same content packs to the same bytes and
 * no id of the source is left. Of a template's own uuids those of version 8 stay: they are such already. */
#ifndef SIMULARK_FLOW_TEMPLATE_H
#define SIMULARK_FLOW_TEMPLATE_H

#include "simulark/base/error.h"
#include "simulark/base/uuid_map.h"
#include "simulark/flow/report.h"
#include "simulark/flow/stream.h"
#include "simulark/format/limits.h"
#include "simulark/model/findings.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/select.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_BYTES ((size_t)64 << 20) /* of all text of a template; limit template_bytes */
#define TEMPLATE_GRAPHS 1000
#define TEMPLATE_CONTEXTS 1000

/* A node or an edge. */
struct template_item {
    char *id;      /* NULL only while it is read */
    char *origin;  /* its id where it came from; NULL: it had none */
    char *source, *target; /* of an edge: ids of nodes; NULL: it says none */
    char *parent;  /* of a node: the group it is in; NULL: none */
    struct buffer json; /* the object, canonical */
};

struct template_items {
    struct template_item *list;
    size_t count, capacity;
};

struct template_graph {
    char *id, *origin;
    char *name; /* NULL: none */
    struct buffer viewport; /* canonical JSON */
    struct template_items nodes, edges; /* in the order of the canvas */
};

struct template_context {
    char *id, *origin;
    char *cells[5]; /* name, description, content, type, tags, as PostgreSQL writes them; NULL: SQL NULL */
};

struct template_asset {
    char *path;
    struct buffer bytes;
};

struct template {
    json_t *header; /* the header's `template` object */
    struct template_graph *graphs; /* in order of their ids */
    size_t ngraphs, graphs_capacity;
    struct template_context *contexts; /* in order of their ids */
    size_t ncontexts, contexts_capacity;
    struct template_asset *assets; /* in order of their paths */
    size_t nassets, assets_capacity;
    size_t bytes; /* of all text, as far as it counts against TEMPLATE_BYTES */
};

/* A zeroed struct is an empty template; the owner releases it. */
void template_release(struct template *t);

void template_add_asset(struct template *t, const char *path, const void *bytes, size_t len); /* replaces */
const struct template_asset *template_asset(const struct template *t, const char *path);      /* NULL where there is none */
/* The graph that opens first: the one `main` names, else the first. NULL where there is none. */
const struct template_graph *template_main(const struct template *t);

/* ---- reading ---- */

/* What was noticed on the way; a zeroed struct is ready, the owner releases it. */
struct template_notes {
    size_t dangling;     /* edges of projects left out because a node is missing */
    size_t parentless;   /* nodes of projects taken out of a group that is missing */
    char **left_out;     /* columns the schema does not know: "nodes.icon" */
    size_t nleft_out, left_out_capacity;
    char *premium_of; /* the premium template it came from; NULL: none */
    bool template;    /* it was a template already */
    char **emails;    /* of the source's people */
    size_t nemails, emails_capacity;
    struct findings *findings; /* what is wrong with a template; NULL: edges that lead nowhere are left out of one, too */
};

void template_notes_release(struct template_notes *notes);

/* Takes in a bundle of any kind that is one project, or a template. More projects than one are STATUS_CONFLICT. contexts: which
 * of a project's go along. */
struct sink *sink_template(struct template *t, enum contexts contexts, struct template_notes *notes);

struct template_opened {
    const struct age_keys *keys;           /* the caller's: what opens it where it is encrypted; NULL: nothing */
    const struct signature_check *check;   /* the caller's: what is demanded of its signature; NULL: nothing */
    struct signature_report *signature;    /* the caller's, where check is */
    bool archive, folder; /* folder: with a document template.yaml, written by hand */
    struct seal_report sealed;
};

/* Reads whatever stands at a path: a bundle, or a folder with template.yaml, README.md and thumbnail.svg. With notes->findings
 * what is wrong becomes findings, as far as possible. */
bool template_read(const char *path, const struct limits *limits, enum contexts contexts, struct template *t,
                   struct template_notes *notes, struct template_opened *opened, struct error *err);
bool template_read_asset(struct template *t, const char *name, const char *path, const struct limits *limits,
                         struct error *err);
/* Whether a path is such a folder; *document becomes the path of its document. */
bool template_is_folder(const char *path, struct buffer *document);
/* Reads a project (id or name) from one snapshot of a database. */
bool template_read_project(struct pg *pg, const char *project, enum contexts contexts, struct template *t,
                           struct template_notes *notes, struct error *err);

/* Reads `graph_data`, whether publish wrote it or the application. row: the other columns, for what the header does not say;
 * NULL: none. *digest is what it was published with; NULL where it says nothing. The caller frees it. */
struct template_row {
    const char *name, *description, *category, *thumbnail_url; /* NULL where they are */
    bool premium;
};

bool template_from_data(struct template *t, const char *data, size_t len, const struct template_row *row, char **digest,
                        struct error *err);

/* ---- giving ---- */

/* The template as a stream of its own kind. It borrows the template. */
struct source *source_template(const struct template *t);

/* Lets that stream flow into sink, which is taken over. *sealed tells its digest. */
bool template_write(const struct template *t, struct sink *sink, struct seal_report *sealed, struct error *err);

/* The digest of that stream, without "sha256:". */
bool template_digest(const struct template *t, char digest[DIGEST_HEX + 1], struct error *err);

/* A digest of each graph that depends on what is drawn only: not on ids, places or names of the graph or the template. By it a
 * premium graph is known in a file that says nothing of it. */
json_t *template_fingerprints(const struct template *t);
/* The same, and where there are parameters those of the graphs as a use that sets none makes them. */
json_t *template_fingerprints_used(const struct template *t);

/* Appends graph_data. digest: with "sha256:". */
void template_to_data(const struct template *t, const char *digest, struct buffer *out);

/* What is in it, for people: [{"name", "nodes", "edges": [{"from", "to", "label"}]}], ends by their labels; the main graph
 * first. */
json_t *template_outline(const struct template *t);

/* ---- pictures ---- */

/* The main graph as SVG, placeholders filled with their defaults. False where there is none, it is larger than graphs that are
 * drawn, or the picture larger than readers take. */
bool template_draw(const struct template *t, struct buffer *svg);

/* ---- checking ---- */

struct template_rules {
    const char *const *allowed; /* patterns as of a shell: a secret's kind, place or text that is none; NULL-ended */
    const struct template_notes *notes; /* NULL: none */
    bool thumbnail; /* one is expected */
};

/* Everything that is wrong with a template, or missing. Secrets are of code "secret" and never repeated. */
void template_check(const struct template *t, const struct template_rules *rules, struct findings *findings);

/* ---- using ---- */

struct renewal {
    const char *owner;      /* the user's id */
    const char *name;       /* of the project; NULL: the template's */
    const char *const *set; /* "name=value", NULL-ended */
    const json_t *lineage;  /* for settings.template */
    struct uuid project;    /* filled in */
};

/* The template's name with placeholders filled in from "name=value", NULL-ended; what is wrong with them is passed over. NULL:
 * it has none. The caller frees it. */
char *template_filled_name(const struct template *t, const char *const *set);

/* Fills in placeholders and gives everything ids of its own. What is wrong with the values is STATUS_USAGE, all of it. */
bool template_renew(struct template *t, struct renewal *renewal, struct error *err);

/* The renewed template as a bundle of kind project. It borrows both. */
struct source *source_template_project(const struct template *t, const struct renewal *renewal);

#endif
