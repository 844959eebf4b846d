/* The templates of a database: looked up, listed, published, taken back, used. */
#ifndef SIMULARK_FLOW_PUBLISHED_H
#define SIMULARK_FLOW_PUBLISHED_H

#include "simulark/base/error.h"
#include "simulark/flow/database.h"
#include "simulark/flow/rules.h"
#include "simulark/flow/template.h"
#include "simulark/pg/connection.h"

#include <jansson.h>
#include <stdbool.h>

/* A row of templates. A zeroed struct is ready; the owner releases it. */
struct published {
    char *id, *name;
    char *slug, *version, *description, *category, *digest, *thumbnail; /* NULL: none */
    bool premium;
    int64_t uses;
    char *data; /* graph_data */
    size_t data_len;
};

void published_release(struct published *p);

/* Looks one up by id, name or slug, in a transaction of its own. None and several are STATUS_CONFLICT. */
bool published_find(struct pg *pg, const char *name, struct published *p, struct error *err);

/* The template in a row. *as_published: it is what was published, to the byte. */
bool published_read(const struct published *p, struct template *t, bool *as_published, struct error *err);

/* Notes in the audit log that a template was written to a file, in a transaction of its own. digest: of the bundle. */
bool published_note_export(struct pg *pg, const struct published *p, const char *digest, const char *file, struct error *err);

struct published_filter {
    const char *text, *category; /* NULL: all */
    const char *premium;         /* "t", "f" or NULL */
};

/* [{"id", "name", "slug", "version", "description", "category", "keywords", "is_premium", "usage_count", "digest"}], by name;
 * NULL and *err on failure. */
json_t *published_list(struct pg *pg, const struct published_filter *filter, struct error *err);

/* ---- publishing ---- */

enum publish_action { PUBLISH_CREATED, PUBLISH_REPLACED, PUBLISH_UNCHANGED };

struct publish_options {
    const char *thumbnail_url; /* NULL: the thumbnail as a data URI */
    bool force;                /* an older version may replace a newer one */
    bool dry_run;
};

struct publish_report {
    enum publish_action action;
    char id[UUID_TEXT + 1];
    char *before; /* the version that was replaced; NULL: none */
    char digest[DIGEST_TEXT + 1];
};

void publish_report_release(struct publish_report *report);

/* One transaction. The rules' deed is DEED_PUBLISH. A user replaces only what they have published themselves. */
bool publish(struct rules *rules, const struct template *t, const struct publish_options *options,
             struct publish_report *report, struct error *err);

/* Takes a template out of the database; projects made of it stay. */
bool unpublish(struct rules *rules, const char *name, bool dry_run, struct published *gone, struct error *err);

/* ---- using ---- */

/* What is used, and how. */
struct use_request {
    struct template *t;           /* becomes the renewed one */
    const char *digest;           /* of the template */
    const struct published *from; /* its row; NULL: it comes from a file, and the database is asked whether it knows it */
    const char *name;             /* of the project; NULL: the template's */
    const char *const *set;       /* what parameters become, "name=value"; NULL-ended */
};

struct use_report {
    struct import_report import;
    struct seal_report sealed; /* of the project */
    char project[UUID_TEXT + 1];
    char *project_name;
    json_t *lineage;
};

void use_report_release(struct use_report *report);

/* Makes a project of a template. The rules' deed is DEED_USE; people->options.owner is who gets it. */
bool use_template(struct rules *rules, struct people *people, struct import_options *import, const struct use_request *request,
                  struct use_report *report, struct error *err);

#endif
