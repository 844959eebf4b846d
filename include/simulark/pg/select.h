/* What leaves a database: which rows a selection takes of each table, counted and copied from one snapshot. */
#ifndef SIMULARK_PG_SELECT_H
#define SIMULARK_PG_SELECT_H

#include "simulark/base/error.h"
#include "simulark/model/manifest.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>
#include <stddef.h>

enum contexts { CONTEXTS_ALL, CONTEXTS_REFERENCED, CONTEXTS_NONE };

/* What the caller asked for. All borrowed. */
struct selection {
    enum kind kind;              /* of the bundle: projects, accounts (the users and what is theirs), or the instance */
    const char *const *projects; /* KIND_PROJECT: ids or names */
    size_t nprojects;
    const char *const *users; /* KIND_ACCOUNT: ids or e-mails */
    size_t nusers;
    bool as_far_as_there; /* a project or user that is not there is left out, unless none is */
    enum contexts contexts; /* KIND_PROJECT: which of the owners' */
    unsigned extra_scopes;  /* SCOPE_KEYS, SCOPE_HISTORY: only where asked for by name */
    bool left_out[TABLE_COUNT];
    size_t jobs; /* KIND_INSTANCE: connections that read together; 0 and 1: one */
    /* The id of the user who asks, who sees what is theirs and others' public projects without chats and contexts; NULL: the
     * operator, who sees all. */
    const char *user;
};

/* Whether rows of the table go with what is selected, unless it is left out. */
bool select_can_hold(const struct selection *selection, const struct table *table);

/* Resolves names and e-mails to ids and notes them in the transaction for the statements below. A name that matches nothing or
 * several is STATUS_CONFLICT; all such names are listed. What the user who asks may not see is STATUS_REFUSED. Needs an open
 * transaction, as all of these. */
bool select_resolve(struct pg *pg, const struct selection *selection, struct error *err);

/* Fills in the header's tables with columns and counts, people, requirements and time. A selected table that the database does
 * not have is STATUS_CONFLICT. */
bool select_describe(struct pg *pg, const struct selection *selection, const struct catalog *catalog,
                     struct manifest *manifest, struct error *err);

/* Begins the COPY of one table's selected rows, in key order. */
bool select_copy(struct pg *pg, const struct selection *selection, const struct shape *shape, struct error *err);

/* Divides a table of an instance, in key order, into pieces of about so many rows. *pieces is 1 where it cannot be divided; else
 * select_append_piece needs *bounds noted under select_bounds_setting on each connection. */
bool select_divide(struct pg *pg, const struct selection *selection, const struct shape *shape, int64_t rows,
                   struct buffer *bounds, size_t *pieces, struct error *err);
void select_bounds_setting(const struct table *table, struct buffer *name);
/* Appends the COPY of one piece, from 0 on. */
void select_append_piece(struct buffer *sql, const struct pg *pg, const struct selection *selection, const struct shape *shape,
                         size_t piece, size_t pieces);

#endif
