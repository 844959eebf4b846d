/* What people call things in a database: for those who type. */
#ifndef SIMULARK_PG_NAMES_H
#define SIMULARK_PG_NAMES_H

#include "simulark/base/error.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

enum name_kind { NAME_PROJECT, NAME_USER, NAME_TEMPLATE, NAME_TIER, NAME_RECEIPT };

#define NAMES_MAX 200 /* that are told at most */
#define NAMES_NEAR 3  /* in a list of what is not there, those for which near ones are looked for: more are no slips */

/* Calls back with each name that begins with prefix, in order, without those that hold control characters; note says more of
 * it (a project's owner, a receipt's day) and may be empty. A single statement: what policies hide stays hidden. */
bool names_list(struct pg *pg, enum name_kind kind, const char *prefix,
                void (*take)(void *context, const char *name, const char *note), void *context, struct error *err);

/* Appends the names most like a word that nothing is called, in quotes: "Shop" or "Shops"; three at most, and nothing where none
 * is near, the word is an id, or they cannot be asked for. Of projects those of this user (an id) and public ones; user NULL:
 * all. One statement, in the open transaction or, where there is none, in one that stays open. */
void names_append_near(struct pg *pg, enum name_kind kind, const char *user, const char *word, struct buffer *list);

/* Asks in the error's hint whether one of those was meant. */
void names_propose(struct pg *pg, enum name_kind kind, const char *word, struct error *err);

#endif
