/* The file that tells which ids became which: "table,old,new", a line each, under a header. Private to flow. */
#ifndef SIMULARK_FLOW_ID_LIST_H
#define SIMULARK_FLOW_ID_LIST_H

#include "simulark/base/error.h"
#include "simulark/flow/people.h"
#include "simulark/model/row.h"
#include "simulark/model/table.h"

#include <stdbool.h>

struct id_list;

/* As output_open: whole at the commit, or not at all. */
struct id_list *id_list_open(const char *path, bool force, struct error *err);
/* Adds a line, where the two differ. */
bool id_list_add(struct id_list *list, const struct table *table, const struct cell *from, const struct cell *to,
                 struct error *err);
bool id_list_add_user(struct id_list *list, const struct cell *from, const struct uuid *to, struct error *err);
/* Adds those of the bundle's people who are somebody else in the database. */
bool id_list_add_people(struct id_list *list, struct people *people, const struct manifest *manifest, struct error *err);
bool id_list_prepare(struct id_list *list, struct error *err); /* see output_prepare */
bool id_list_commit(struct id_list *list, struct error *err);
void id_list_free(struct id_list *list); /* NULL is fine */

#endif
