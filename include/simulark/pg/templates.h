/* Published templates: the table `templates`. What publish keeps beside the canvas in graph_data is in docs/templates.md; a row
 * made by the application has nodes and edges only. All run in the transaction the caller has begun. */
#ifndef SIMULARK_PG_TEMPLATES_H
#define SIMULARK_PG_TEMPLATES_H

#include "simulark/base/error.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/question.h"

#include <stdbool.h>

/* The columns of what the queries give. */
enum template_column {
    TEMPLATE_ID,
    TEMPLATE_NAME,
    TEMPLATE_SLUG, /* this and what follows up to the digest may be NULL */
    TEMPLATE_VERSION,
    TEMPLATE_DESCRIPTION,
    TEMPLATE_CATEGORY,
    TEMPLATE_KEYWORDS, /* a JSON array */
    TEMPLATE_DIGEST,
    TEMPLATE_PREMIUM,  /* t or f */
    TEMPLATE_USES,
    TEMPLATE_DATA,      /* graph_data, by templates_find only */
    TEMPLATE_THUMBNAIL, /* thumbnail_url, by templates_find only */
};

/* One publication at a time, until the transaction ends. */
bool templates_lock(struct pg *pg, struct error *err);

/* The row of this id or, where none has, name or, where none has, slug: several of one slug are possible. */
void templates_question_find(const char *name, struct pg_question *question);
struct pg_result *templates_find(struct pg *pg, const char *name, struct error *err);

/* All whose name, slug, description, category or keywords hold the text (NULL: all), of a category (NULL: any), premium or not
 * (NULL: both; "t", "f"), by name. */
void templates_question_list(const char *text, const char *category, const char *premium, struct pg_question *question);

/* Rows that a template may be: of its digest (first), its slug or its name; of either, premium ones first. Columns up to the
 * uses, then whether it has the digest (t, f). */
enum { TEMPLATE_SAME_DIGEST = TEMPLATE_DATA };

void templates_question_matching(const char *digest, const char *slug, const char *name, struct pg_question *question);

struct template_values {
    const char *name, *description, *category, *data, *thumbnail; /* description, category and thumbnail may be NULL */
    bool premium;
};

/* Adds a row, or replaces all of one but its id, usage_count and created_at. The result has its id. */
struct pg_result *templates_put(struct pg *pg, const char *id, const struct template_values *values, struct error *err);

bool templates_delete(struct pg *pg, const char *id, struct error *err);

/* Who published it last, after the audit log: one row with the user's id (NULL: an operator), or none. */
struct pg_result *templates_publisher(struct pg *pg, const char *id, struct error *err);

/* Counts a use; its row stays locked until the transaction ends. *found: it is still there. */
bool templates_count_use(struct pg *pg, const char *id, bool *found, struct error *err);

/* Templates that were published with a graph of one of these fingerprints (an array literal): fingerprint, and the lineage (a
 * JSON object) that a project has which came from it; NULL: it is not premium. */
void templates_question_graphs(const char *fingerprints, struct pg_question *question);
/* The same of uses in the audit log, whose placeholders were filled in, but of templates that are premium no longer. */
void templates_question_uses(const char *fingerprints, struct pg_question *question);
/* Premium templates without any fingerprint, the application's own: lineage, graph_data. At most 200 of up to 256 KiB. */
void templates_question_unprinted(struct pg_question *question);

/* Puts the first of these lineages (a JSON array) into the settings of a project, unless they name one of the templates as
 * premium, in whatever version, or are no object. */
bool templates_mark_project(struct pg *pg, const char *project, const char *lineages, struct error *err);

#endif
