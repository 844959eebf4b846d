/* Units of an import: the rows that conflicts are decided for. Private to flow.
 *
 * They are tiers, users, templates, contexts, projects, and chats without a project; and, where what is there already is
 * skipped or replaced, each row of the history. They come in before their parts. They are gathered in batches, looked up in
 * the target, decided, and those that go in are copied; what was skipped is remembered (flow/skipped.h). */
#ifndef SIMULARK_FLOW_UNITS_H
#define SIMULARK_FLOW_UNITS_H

#include "baseline.h"
#include "loader.h"
#include "simulark/base/uuid_set.h"

struct units_row {
    size_t start, len; /* its COPY line in `lines` */
    int64_t number;    /* of the table's rows in the bundle */
    char id[UUID_TEXT + 1];
    char *name; /* its natural key, where it has one; for messages */
};

struct units {
    struct pg *pg;
    struct loader *loader;
    const struct import_options *options;
    struct people *people;
    struct import_report *report;
    struct buffer exported; /* when, as a cell; empty: unknown */
    const struct shape *shape; /* of the table being gathered */
    struct buffer lines;
    struct units_row *rows;
    size_t nrows;
    size_t capacity;
    struct uuid_set seen; /* ids of the table's units; history aside, of which there may be any number */
    struct error conflicts;  /* its details are all units that stop the import */
    int64_t at_stake[TABLE_COUNT]; /* rows of what is replaced, where nobody says which tables the bundle left out */
    bool forbidden;          /* … some because they are not the acting user's */
    struct baseline baseline; /* of the projects that are replaced */
    struct copy_splitter splitter;
    struct buffer rewritten; /* a line with another id */
};

void units_init(struct units *u, struct loader *loader, const struct import_options *options, struct people *people);
void units_release(struct units *u);

/* What is to come into what is there, and when the bundle was made: what the target changed later is not replaced. All are
 * borrowed. */
void units_header(struct units *u, const struct manifest *manifest, const struct catalog *catalog);

/* Whether rows of the table are looked up in the target before they go in. */
bool units_look_up(const struct units *u, const struct table *table);

/* Whether this row is a unit. */
bool units_has(const struct units *u, const struct shape *shape, const struct row *row);

void units_begin(struct units *u, const struct shape *shape);
bool units_add(struct units *u, const struct row *row, struct error *err);
bool units_end(struct units *u, struct error *err);

/* Looks for projects that were replaced although they were changed after the bundle of this digest was made; units_agree
 * tells. */
bool units_unchanged(struct units *u, const char *digest, struct error *err);

/* False and *err, with all conflicts, where any unit stops the import. To be asked once all units have been added. */
bool units_agree(struct units *u, struct error *err);

#endif
