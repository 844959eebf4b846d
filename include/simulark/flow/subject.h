/* What a bundle is about: its kind, the projects or users it holds, and the tables it has. So that the same can be asked of a
 * database without saying it once more. */
#ifndef SIMULARK_FLOW_SUBJECT_H
#define SIMULARK_FLOW_SUBJECT_H

#include "simulark/flow/stream.h"
#include "simulark/pg/select.h"

#include <stdbool.h>
#include <stddef.h>

struct subject {
    enum kind kind;
    char **units; /* ids: of projects (KIND_PROJECT), of users (KIND_ACCOUNT) */
    size_t nunits, capacity;
    bool has_units;            /* the bundle has the table they stand in */
    bool has_table[TABLE_COUNT]; /* all, where it was written by hand and names none */
};

/* Reads a bundle from its beginning as far as that is told: the rows of users, or projects. A zeroed struct is ready; the caller
 * releases it. Some 40 bytes a unit. */
bool subject_read(struct source *source, struct subject *subject, struct error *err);
void subject_release(struct subject *subject);

/* What of a database that would be; units that are not there count as none. The selection borrows from the subject. Tables are
 * left as they are where the caller has chosen them. */
void subject_select(const struct subject *subject, bool tables_chosen, struct selection *selection);

#endif
