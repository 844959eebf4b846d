/* A connection to PostgreSQL: the only way to libpq.
 *
 * Everything runs inside a transaction and sets nothing that would outlive it, so a transaction pooler may sit between.
 * Values never become part of a statement's text: they are parameters, or settings of the transaction that a statement reads
 * with current_setting(). Names (schemas, tables, columns) are quoted. Errors are STATUS_DATABASE unless the server's
 * SQLSTATE says otherwise (see pg_fail). No message holds a password. */
#ifndef SIMULARK_PG_CONNECTION_H
#define SIMULARK_PG_CONNECTION_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"
#include "simulark/base/uuid.h"
#include "simulark/model/shape.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pg;
struct pg_result;

/* conninfo: a libpq URI or keywords; "" for libpq's own PG* variables and service files. schema: where the tables live. */
struct pg *pg_open(const char *conninfo, const char *schema, struct error *err);
void pg_free(struct pg *pg); /* rolls back what is open */

/* Cancels the statements that run on all open connections; may be called from a signal handler. */
void pg_cancel_all(void);

/* Whether pg_open waits for a server right now; may be asked by a signal handler. */
bool pg_is_connecting(void);

const char *pg_schema(const struct pg *pg);

/* One snapshot, read only, for an export; or one transaction that writes. Both empty search_path, set UTC and ISO dates, and
 * switch row_security off: rows that a policy would hide become an error. What begins it goes out with its first statement, which
 * is also told where it cannot begin, or may only read. */
bool pg_begin_read(struct pg *pg, struct error *err);
bool pg_begin_write(struct pg *pg, struct error *err);
/* From now on transactions run as this user (a uuid) of the instance, under its policies, as Supabase does it: role
 * authenticated, request.jwt.claims and request.jwt.claim.* with the id, row_security on; all local to the transaction. NULL: as
 * before. */
void pg_act_as(struct pg *pg, const char *user);
bool pg_commit(struct pg *pg, struct error *err);
/* The same, and with it all is done that the program was asked for (base/interrupt.h). */
bool pg_commit_for_good(struct pg *pg, struct error *err);
bool pg_rollback(struct pg *pg, struct error *err);

bool pg_in_transaction(const struct pg *pg);

/* Runs `attempt` in the open transaction; where the server refuses it, all is as it was before, *done is false, and *refusal says
 * why. False and *err where the transaction itself is broken. */
bool pg_try(struct pg *pg, bool (*attempt)(void *context, struct error *err), void *context, bool *done,
            struct error *refusal, struct error *err);

/* Whether the server is a read-only standby. */
bool pg_is_standby(struct pg *pg, bool *standby, struct error *err);

/* Runs statements without parameters or result. */
bool pg_run(struct pg *pg, const char *sql, struct error *err);
/* Runs one statement. Parameters are text, NULL for SQL NULL. The result is the caller's; NULL on failure. */
struct pg_result *pg_query(struct pg *pg, const char *sql, size_t nparams, const char *const *params, struct error *err);

/* The same for a statement in whose text % stands for the quoted schema and a dot; param NULL: it has none. */
struct pg_result *pg_ask(struct pg *pg, const char *text, const char *param, struct error *err);
/* The same with any parameters. */
struct pg_result *pg_ask_with(struct pg *pg, const char *text, size_t nparams, const char *const *params, struct error *err);
/* Appends such a text. */
void pg_append_sql(const struct pg *pg, struct buffer *sql, const char *text);
/* Sets a setting of the transaction, which statements read with current_setting(). */
bool pg_note(struct pg *pg, const char *setting, const char *value, struct error *err);

size_t pg_result_rows(const struct pg_result *result);
const char *pg_result_text(const struct pg_result *result, size_t row, size_t column); /* NULL for SQL NULL */
char *pg_result_dup(const struct pg_result *result, size_t row, size_t column); /* a copy, the caller's */
bool pg_result_true(const struct pg_result *result, size_t row, size_t column); /* false for SQL NULL */
int64_t pg_result_number(const struct pg_result *result, size_t row, size_t column); /* a whole one; 0 for SQL NULL */
size_t pg_result_len(const struct pg_result *result, size_t row, size_t column);
int64_t pg_result_affected(const struct pg_result *result); /* rows a command touched */
void pg_result_free(struct pg_result *result);

/* COPY … TO STDOUT: begin, then what the server sends for one row after another (valid until the next call; in text format a
 * line with its newline) until *row is NULL. */
bool pg_copy_out(struct pg *pg, const char *sql, struct error *err);
bool pg_copy_out_row(struct pg *pg, const char **row, size_t *len, struct error *err);

/* COPY … FROM STDIN: begin, data in any pieces, end, which tells the rows taken. */
bool pg_copy_in(struct pg *pg, const char *sql, struct error *err);
bool pg_copy_in_data(struct pg *pg, const void *bytes, size_t len, struct error *err);
bool pg_copy_in_end(struct pg *pg, int64_t *rows, struct error *err);

/* The line (1 is the first) of the COPY that the last error was about; 0 where it was about none. */
int64_t pg_last_copy_line(const struct pg *pg);

/* The key that the last error was about: appends its columns, with ", " between them, and its value. False where it was about
 * none. */
bool pg_last_key(const struct pg *pg, struct buffer *columns, struct buffer *value);
/* Whether the last error was that another row has the same key. */
bool pg_last_key_is_repeated(const struct pg *pg);

/* Appends an identifier in quotes; a name as a string literal; a table with its schema. */
void pg_append_name(struct buffer *sql, const char *name);
void pg_append_text(struct buffer *sql, const char *name);
void pg_append_table(const struct pg *pg, struct buffer *sql, const char *table);
/* The names of a shape's columns, with ", " between them and a prefix ("t.") before each. */
void pg_append_columns(struct buffer *sql, const char *prefix, const struct shape *shape);

/* A PostgreSQL array literal of texts, built piece by piece: '{"a","b"}'; NULL is SQL NULL. Ends with pg_array_end. */
void pg_array_add(struct buffer *array, const char *text, size_t len);
void pg_array_add_uuid(struct buffer *array, const struct uuid *id);
const char *pg_array_end(struct buffer *array);

#endif
