/* What people call things in a database: for those who type. */
#ifndef SIMULARK_PG_NAMES_H
#define SIMULARK_PG_NAMES_H

#include "simulark/base/error.h"
#include "simulark/pg/connection.h"

#include <stdbool.h>

enum name_kind { NAME_PROJECT, NAME_USER, NAME_TEMPLATE, NAME_TIER, NAME_RECEIPT };

#define NAMES_MAX 200 /* that are told at most */

/* Calls back with each name that begins with prefix, in order, without those that hold control characters; note says more of
 * it (a project's owner, a receipt's day) and may be empty. A single statement: what policies hide stays hidden. */
bool names_list(struct pg *pg, enum name_kind kind, const char *prefix,
                void (*take)(void *context, const char *name, const char *note), void *context, struct error *err);

#endif
