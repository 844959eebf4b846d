#include "connection_inside.h"
#include "conninfo.h"
#include "failure.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What a signal handler may cancel: the statements of the connections that are open. libpq's PQcancel is made for that. */
#define CANCELS_MAX 16
static PGcancel *volatile cancels[CANCELS_MAX];

static void cancel_register(struct pg *pg)
{
    pg->cancel = PQgetCancel(pg->conn);
    for (size_t i = 0; i < CANCELS_MAX; i++)
        if (!cancels[i]) {
            cancels[i] = pg->cancel;
            return;
        }
}

static void cancel_forget(struct pg *pg)
{
    for (size_t i = 0; i < CANCELS_MAX; i++)
        if (pg->cancel && cancels[i] == pg->cancel)
            cancels[i] = NULL;
    PQfreeCancel(pg->cancel);
}

static volatile sig_atomic_t connecting;

bool pg_is_connecting(void)
{
    return connecting;
}

void pg_cancel_all(void)
{
    char ignored[256];

    for (size_t i = 0; i < CANCELS_MAX; i++)
        if (cancels[i])
            PQcancel(cancels[i], ignored, sizeof ignored);
}

/* ---- errors ---- */

/* The line of "COPY nodes, line 12, column data: …" (in the server's language) in an error's context; 0 where it is about
 * none. */
static int64_t copy_line_of(const char *context)
{
    const char *comma = context && strncmp(context, "COPY ", 5) == 0 ? strchr(context, ',') : NULL;
    const char *digit = comma ? strpbrk(comma, "0123456789\n") : NULL;

    return digit && *digit != '\n' ? strtoll(digit, NULL, 10) : 0;
}

/* libpq's text as the end of a sentence: its first line, without the full stop. */
static void append_message(struct buffer *out, const char *text)
{
    size_t len = strcspn(text, "\n");

    while (len && (text[len - 1] == '.' || text[len - 1] == ' '))
        len--;
    buffer_append(out, text, len);
}

/* What may be asked about the error later. NULL: nothing is known. */
static void note_failure(struct pg *pg, const PGresult *result)
{
    const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;

    free(pg->detail);
    pg->detail = detail ? mem_strdup(detail) : NULL;
    pg->copy_line = result ? copy_line_of(PQresultErrorField(result, PG_DIAG_CONTEXT)) : 0;
    pg->repeated = sqlstate && strcmp(sqlstate, "23505") == 0; /* unique_violation */
}

bool pg_fail_lost(struct pg *pg, struct error *err)
{
    struct buffer text = BUFFER_INIT;

    failure_check_memory(PQerrorMessage(pg->conn));
    note_failure(pg, NULL);
    append_message(&text, PQerrorMessage(pg->conn));
    error_set(err, STATUS_DATABASE, "The connection to the database was lost: %s.", buffer_string(&text));
    error_hint(err, "%s", failure_hint(&(struct failure){.sqlstate = "57P01"}, false));
    buffer_release(&text);
    return false;
}

bool pg_is_good(const PGresult *result)
{
    return PQresultStatus(result) == PGRES_COMMAND_OK || PQresultStatus(result) == PGRES_TUPLES_OK;
}

/* Whether the server said so when it connected (PostgreSQL 14 and later do). */
static bool is_standby(const struct pg *pg)
{
    const char *standby = PQparameterStatus(pg->conn, "in_hot_standby");

    return standby && strcmp(standby, "on") == 0;
}

bool pg_fail(struct pg *pg, const PGresult *result, struct error *err)
{
    const struct failure failure = {
        .sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL,
        .detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL,
        .column = result ? PQresultErrorField(result, PG_DIAG_COLUMN_NAME) : NULL,
        .parameter = result && PQresultErrorField(result, PG_DIAG_CONTEXT),
        .inside = result && PQresultErrorField(result, PG_DIAG_INTERNAL_QUERY),
    };
    const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    const char *hint = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_HINT) : NULL;
    const char *advice;
    struct buffer text = BUFFER_INIT;

    if (!failure.sqlstate || !primary || PQstatus(pg->conn) != CONNECTION_OK)
        return pg_fail_lost(pg, err);
    if (!interrupt_check(err)) /* then the server was told to stop */
        return false;
    note_failure(pg, result);
    append_message(&text, primary);
    if (failure.detail) {
        buffer_text(&text, " (");
        append_message(&text, failure.detail);
        buffer_text(&text, ")");
    }
    error_set(err, failure_status(&failure), "%s: %s.",
              failure_is_the_end(failure.sqlstate) ? "The connection to the database was lost" : "The database refused",
              buffer_string(&text));
    advice = failure_hint(&failure, is_standby(pg));
    if (advice || hint)
        error_hint(err, "%s", advice ? advice : hint);
    buffer_release(&text);
    return false;
}

/* ---- opening ---- */

static void ignore_notice(void *context, const char *message)
{
    (void)context;
    (void)message;
}

/* libpq gives no SQLSTATE of a connection that was not made: a name that is not there is known by the server's English words. */
static const char *connect_hint(const PGconn *conn, const char *message)
{
    if (PQconnectionNeedsPassword(conn))
        return "Put the password into ~/.pgpass or PGPASSWORD rather than into the command line.";
    if (strstr(message, "does not exist"))
        return "The server runs: name another user or database with --dbname, --from or --to (or PGUSER, PGDATABASE).";
    if (PQconnectionUsedPassword(conn))
        return "The server runs: is the password for this user right, in ~/.pgpass, PGPASSWORD or wherever it stands?";
    return "Check that the server runs and that --dbname, --from or --to (or PGHOST, PGDATABASE …) names it.";
}

static bool fail_to_connect(struct pg *pg, struct error *err)
{
    struct buffer text = BUFFER_INIT;

    failure_check_memory(pg->conn ? PQerrorMessage(pg->conn) : NULL);
    append_message(&text, PQerrorMessage(pg->conn));
    error_set(err, STATUS_DATABASE, "Cannot connect to the database: %s.", buffer_string(&text));
    error_hint(err, "%s", connect_hint(pg->conn, buffer_string(&text)));
    buffer_release(&text);
    return false;
}

struct pg *pg_open(const char *conninfo, const char *schema, struct error *err)
{
    /* A server that is gone without a word is noticed after three minutes; the connection string may say otherwise. */
    const char *const keywords[] = {"keepalives_idle", "keepalives_interval", "keepalives_count", "dbname",
                                    "fallback_application_name", "client_encoding", NULL};
    const char *const values[] = {"60", "15", "8", conninfo, "simulark/" SIMULARK_VERSION, "UTF8", NULL};
    struct pg *pg;

    if (!conninfo_check(conninfo, err))
        return NULL;
    pg = mem_alloc(sizeof *pg);
    pg->schema = mem_strdup(schema);
    connecting = true;
    pg->conn = PQconnectdbParams(keywords, values, 1);
    connecting = false;
    if (PQstatus(pg->conn) != CONNECTION_OK) {
        fail_to_connect(pg, err);
        pg_free(pg);
        return NULL;
    }
    PQsetNoticeProcessor(pg->conn, ignore_notice, NULL);
    cancel_register(pg);
    return pg;
}

/* What an open connection was told, but for several hosts the one that it took. */
static const char *same_option(const struct pg *pg, const PQconninfoOption *option)
{
    if (strcmp(option->keyword, "host") == 0)
        return PQhost(pg->conn);
    if (strcmp(option->keyword, "port") == 0)
        return PQport(pg->conn);
    if (strcmp(option->keyword, "hostaddr") == 0)
        return option->val ? PQhostaddr(pg->conn) : NULL;
    return option->val;
}

struct pg *pg_open_beside(const struct pg *pg)
{
    PQconninfoOption *options = PQconninfo(pg->conn);
    struct pg *beside = mem_alloc(sizeof *beside);
    const char **keywords;
    const char **values;
    size_t count = 0;

    if (!options)
        mem_run_out();
    for (const PQconninfoOption *o = options; o->keyword; o++)
        count++;
    keywords = mem_alloc((count + 1) * sizeof *keywords);
    values = mem_alloc((count + 1) * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        keywords[i] = options[i].keyword;
        values[i] = same_option(pg, &options[i]);
    }
    beside->schema = mem_strdup(pg->schema);
    connecting = true;
    beside->conn = PQconnectdbParams(keywords, values, 0);
    connecting = false;
    PQconninfoFree(options);
    free(keywords);
    free(values);
    PQsetNoticeProcessor(beside->conn, ignore_notice, NULL);
    cancel_register(beside);
    if (PQstatus(beside->conn) == CONNECTION_OK)
        return beside;
    pg_free(beside);
    return NULL;
}

void pg_free(struct pg *pg)
{
    if (!pg)
        return;
    cancel_forget(pg);
    if (pg->row)
        PQfreemem(pg->row);
    PQfinish(pg->conn); /* the server rolls back what is open */
    free(pg->schema);
    free(pg->acting);
    free(pg->detail);
    buffer_release(&pg->ahead);
    free(pg);
}

const char *pg_schema(const struct pg *pg)
{
    return pg->schema;
}

int64_t pg_last_copy_line(const struct pg *pg)
{
    return pg->copy_line;
}

bool pg_last_key(const struct pg *pg, struct buffer *columns, struct buffer *value)
{
    return failure_key(pg->detail, columns, value);
}

bool pg_last_key_is_repeated(const struct pg *pg)
{
    return pg->repeated;
}

/* ---- statements ---- */

/* Takes over what libpq gave; NULL where it is a failure. */
static struct pg_result *check(struct pg *pg, PGresult *result, struct error *err)
{
    if (pg_is_good(result))
        return (struct pg_result *)result;
    pg_fail(pg, result, err);
    PQclear(result);
    return NULL;
}

bool pg_run(struct pg *pg, const char *sql, struct error *err)
{
    struct pg_result *last = pg_send_ahead(pg, err) ? check(pg, PQexec(pg->conn, sql), err) : NULL;

    pg_result_free(last);
    return last != NULL;
}

/* struct pg_result is libpq's own, under a name that keeps libpq-fe.h out of our headers. */
static const PGresult *pq(const struct pg_result *result)
{
    return (const PGresult *)result;
}

struct pg_result *pg_query(struct pg *pg, const char *sql, size_t nparams, const char *const *params, struct error *err)
{
    const struct pg_statement statement = {sql, nparams, params};
    struct pg_result *result = NULL;

    if (!pg->ahead.len)
        return check(pg, PQexecParams(pg->conn, sql, (int)nparams, NULL, params, NULL, NULL, 0), err);
    pg_exchange(pg, &statement, 1, &result, err);
    return result;
}

void pg_append_sql(const struct pg *pg, struct buffer *sql, const char *text)
{
    for (; *text; text++) {
        if (*text == '%') {
            pg_append_name(sql, pg->schema);
            buffer_byte(sql, '.');
        } else {
            buffer_byte(sql, *text);
        }
    }
}

struct pg_result *pg_ask_with(struct pg *pg, const char *text, size_t nparams, const char *const *params, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    pg_append_sql(pg, &sql, text);
    result = pg_query(pg, buffer_string(&sql), nparams, params, err);
    buffer_release(&sql);
    return result;
}

struct pg_result *pg_ask(struct pg *pg, const char *text, const char *param, struct error *err)
{
    return pg_ask_with(pg, text, param ? 1 : 0, &param, err);
}

bool pg_note(struct pg *pg, const char *setting, const char *value, struct error *err)
{
    const char *params[] = {setting, value};
    struct pg_result *result = pg_query(pg, "SELECT pg_catalog.set_config($1, $2, true)", 2, params, err);

    pg_result_free(result);
    return result != NULL;
}

size_t pg_result_rows(const struct pg_result *result)
{
    return (size_t)PQntuples(pq(result));
}

const char *pg_result_text(const struct pg_result *result, size_t row, size_t column)
{
    if (PQgetisnull(pq(result), (int)row, (int)column))
        return NULL;
    return PQgetvalue(pq(result), (int)row, (int)column);
}

char *pg_result_dup(const struct pg_result *result, size_t row, size_t column)
{
    return mem_strdup_or_null(pg_result_text(result, row, column));
}

bool pg_result_true(const struct pg_result *result, size_t row, size_t column)
{
    const char *text = pg_result_text(result, row, column);

    return text && *text == 't';
}

int64_t pg_result_number(const struct pg_result *result, size_t row, size_t column)
{
    const char *text = pg_result_text(result, row, column);

    return text ? strtoll(text, NULL, 10) : 0;
}

size_t pg_result_len(const struct pg_result *result, size_t row, size_t column)
{
    return (size_t)PQgetlength(pq(result), (int)row, (int)column);
}

int64_t pg_result_affected(const struct pg_result *result)
{
    return strtoll(PQcmdTuples((PGresult *)(uintptr_t)result), NULL, 10);
}

void pg_result_free(struct pg_result *result)
{
    PQclear((PGresult *)result);
}

/* ---- names and arrays ---- */

static void append_quoted(struct buffer *sql, const char *text, char quote)
{
    buffer_byte(sql, quote);
    for (; *text; text++) {
        if (*text == quote)
            buffer_byte(sql, quote);
        buffer_byte(sql, *text);
    }
    buffer_byte(sql, quote);
}

void pg_append_name(struct buffer *sql, const char *name)
{
    append_quoted(sql, name, '"');
}

void pg_append_text(struct buffer *sql, const char *name)
{
    append_quoted(sql, name, '\''); /* standard_conforming_strings is on: a backslash is a backslash */
}

void pg_append_columns(struct buffer *sql, const char *prefix, const struct shape *shape)
{
    for (size_t i = 0; i < shape->ncolumns; i++) {
        buffer_text(sql, i ? ", " : "");
        buffer_text(sql, prefix);
        pg_append_name(sql, shape->columns[i].name);
    }
}

void pg_append_table(const struct pg *pg, struct buffer *sql, const char *table)
{
    pg_append_name(sql, pg->schema);
    buffer_byte(sql, '.');
    pg_append_name(sql, table);
}

void pg_array_add(struct buffer *array, const char *text, size_t len)
{
    if (!text) {
        buffer_text(array, array->len ? ",NULL" : "{NULL");
        return;
    }
    buffer_text(array, array->len ? ",\"" : "{\"");
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"' || text[i] == '\\')
            buffer_byte(array, '\\');
        buffer_byte(array, text[i]);
    }
    buffer_byte(array, '"');
}

void pg_array_add_uuid(struct buffer *array, const struct uuid *id)
{
    char text[UUID_TEXT + 1];

    uuid_format(id, text);
    pg_array_add(array, text, UUID_TEXT);
}

const char *pg_array_end(struct buffer *array)
{
    buffer_text(array, array->len ? "}" : "{}");
    return buffer_string(array);
}
