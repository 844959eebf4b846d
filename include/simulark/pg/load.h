/* What enters a database: the statements of an import. All run in the transaction the caller has begun. */
#ifndef SIMULARK_PG_LOAD_H
#define SIMULARK_PG_LOAD_H

#include "simulark/base/error.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/question.h"

#include <stdbool.h>

/* Begins the COPY of rows of this shape into its table, as text or in the binary format (pg/copy_binary.h); frozen where the
 * table stands ready for it (bulk_load_allow_freeze). */
bool load_copy(struct pg *pg, const struct shape *shape, bool binary, bool frozen, struct error *err);

/* Which tables have references that are checked at a statement's end, none of them to the table itself: their rows may come in
 * several statements. */
bool load_refer_elsewhere(struct pg *pg, bool refers[TABLE_COUNT], struct error *err);

/* The error for rows that were sent but not kept. Always false. */
bool load_refuse_count(const struct table *table, int64_t taken, int64_t sent, struct error *err);

/* The column that no two rows may share, beside the id: a user's e-mail, a template's or tier's name; NULL where none. */
const struct column *load_natural_key(const struct table *table);

/* The rows of a table that have one of these ids or natural keys (array literals): the shape's columns in its order, and one
 * more. With `lock` nobody else can change them until the transaction ends, and the last column tells, of projects and
 * chats, when anything in them was changed last; else it is NULL. */
struct pg_result *load_existing(struct pg *pg, const struct catalog *catalog, const struct shape *shape, const char *ids,
                                const char *keys, bool lock, struct error *err);

/* Which of these ids (an array literal of uuids) a table has: one column. */
struct pg_result *load_present(struct pg *pg, const struct table *table, const char *ids, struct error *err);

/* Gives the row with this id all values of this row but the id. */
bool load_update(struct pg *pg, const struct shape *shape, const char *id, const struct row *row, struct error *err);

/* The rows of these ids (an array literal), the shape's columns, in the order of the ids; all NULL where one is not there. */
struct pg_result *load_rows(struct pg *pg, const struct shape *shape, const char *ids, struct error *err);

/* Sets times of several rows: arrays has an array literal for the id and each column for which load_sets_time is true. */
bool load_sets_time(const struct shape_column *column);
bool load_update_times(struct pg *pg, const struct shape *shape, struct buffer *arrays, struct error *err);

/* Makes a user with nothing but this. *made is false where somebody has just made one of this id or e-mail. */
bool load_user(struct pg *pg, const char *id, const char *email, bool *made, struct error *err);

/* The next number of a serial id's sequence, for the caller to use. */
bool load_next_serial(struct pg *pg, const struct table *table, struct buffer *number, struct error *err);

/* The serial and identity columns there are, with their sequences. */
void load_question_serials(struct pg *pg, struct pg_question *question);

/* Moves the sequences behind those of the tables past the largest number there is. No roll-back undoes it. */
bool load_advance_serials(struct pg *pg, const struct pg_result *serials, const bool written[TABLE_COUNT], struct error *err);

/* Deletes rows by id (an array literal); what belongs to them goes, too. */
bool load_delete(struct pg *pg, const struct table *table, const char *ids, struct error *err);

/* Users that have one of these ids or, whatever the case of its letters, e-mails (array literals): id, e-mail. */
void load_question_users(const char *ids, const char *emails, struct pg_question *question);

#endif
