#include "failure.h"

#include "simulark/base/memory.h"

#include <string.h>

static bool is(const char *sqlstate, const char *code)
{
    return strncmp(sqlstate, code, strlen(code)) == 0;
}

/* A reference to a user the target does not have: somebody who could not be matched. The detail names the table behind the key's
 * value; the rest is in the server's language. */
static bool names_no_user(const struct failure *f)
{
    const char *behind = is(f->sqlstate, "23503") && f->detail ? strrchr(f->detail, ')') : NULL;

    return behind && strstr(behind, "users");
}

/* A row that belongs to nobody, as a document written by hand may leave out. */
static bool is_of_nobody(const struct failure *f)
{
    return is(f->sqlstate, "23502") && f->column && strcmp(f->column, "user_id") == 0;
}

/* A table, a column or a schema that is not there. */
static bool names_nothing(const struct failure *f)
{
    return !f->inside && (is(f->sqlstate, "42P01") || is(f->sqlstate, "42703") || is(f->sqlstate, "3F000"));
}

/* A trigger or function that finds a table, function or type only where a search_path leads to it. */
static bool lacks_search_path(const struct failure *f)
{
    return f->inside && (is(f->sqlstate, "42P01") || is(f->sqlstate, "42883") || is(f->sqlstate, "42704"));
}

void failure_check_memory(const char *message)
{
    if (!message || strncmp(message, "out of memory", 13) == 0)
        mem_run_out();
}

/* Content the server refuses (a value out of range, a reference to nothing) is the bundle's fault; what is there already, or
 * what the target lacks, is a conflict; the rest is the database's. */
enum status failure_status(const struct failure *failure)
{
    const char *sqlstate = failure->sqlstate;

    if (is(sqlstate, "22021")) /* rows that come in are checked before; parameters are what the command line names */
        return failure->parameter ? STATUS_USAGE : STATUS_DATABASE;
    if (names_no_user(failure) || is_of_nobody(failure) || names_nothing(failure) || is(sqlstate, "23505") ||
        is(sqlstate, "23P01"))
        return STATUS_CONFLICT;
    if (is(sqlstate, "22") || is(sqlstate, "23") || is(sqlstate, "54"))
        return STATUS_MALFORMED;
    return STATUS_DATABASE;
}

bool failure_key(const char *detail, struct buffer *columns, struct buffer *value)
{
    const char *open = detail ? strchr(detail, '(') : NULL;
    const char *middle = open ? strstr(open, ")=(") : NULL;
    const char *end = middle ? strrchr(middle + 3, ')') : NULL;

    if (!end)
        return false;
    buffer_append(columns, open + 1, (size_t)(middle - open - 1));
    buffer_append(value, middle + 3, (size_t)(end - middle - 3));
    return true;
}

bool failure_is_the_end(const char *sqlstate)
{
    return is(sqlstate, "57P");
}

const char *failure_hint(const struct failure *failure, bool standby)
{
    const char *sqlstate = failure->sqlstate;

    if (lacks_search_path(failure))
        return "A trigger or function of the database names it without its schema, and search_path is empty here: give the "
               "function one (ALTER FUNCTION … SET search_path = public), or load with --disable-triggers.";
    if (is_of_nobody(failure))
        return "The bundle does not say whose it is: give everything to one user with --owner.";
    if (names_no_user(failure))
        return "Give everything to one user with --owner, or create the user first (where the instance keeps accounts in "
               "another table, such as auth.users, there).";
    if (names_nothing(failure))
        return "`simulark schema check` tells all that differs. Is it the right database, and --schema the right schema?";
    if (is(sqlstate, "25006") || (standby && is(sqlstate, "0A000")))
        return "The server is a standby, or was put to reading only (default_transaction_read_only): name the primary, or let it "
               "write. Of several hosts, target_session_attrs=read-write finds it.";
    if (standby && is(sqlstate, "40001"))
        return "The standby had to take in what this run still read: run the command again, or let it wait longer "
               "(max_standby_streaming_delay, hot_standby_feedback).";
    if (is(sqlstate, "22021") && !failure->parameter)
        return "The database is probably of encoding SQL_ASCII, and a row holds bytes that are no UTF-8: repair it first.";
    if (failure_is_the_end(sqlstate))
        return "Nothing was kept of what was not committed; the same command can be run again.";
    if (is(sqlstate, "57014"))
        return "Somebody cancelled the statement in the server; nothing was kept of what was not committed.";
    if (is(sqlstate, "40"))
        return "Somebody else changed the same rows at the same time; run the command again.";
    if (is(sqlstate, "23505"))
        return "It is there already (in another project, or under another owner), or came in at the same time. --ids new takes "
               "it in as a copy, which stands beside what is there.";
    if (is(sqlstate, "42501"))
        return "Connect as a role that has the rights, or grant them; docs/security.md lists which (SQLSTATE 42501).";
    return NULL;
}
