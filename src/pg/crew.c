#include "simulark/pg/crew.h"

#include "connection_inside.h"
#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD_BYTES ((size_t)16 << 20) /* that wait here, of all connections together */
#define LOOK_AFTER ((size_t)64 << 10)  /* bytes that are taken before the others are looked after */
#define PIECE_MEMORY "16MB"            /* for the server to sort what one COPY gives, where it has no index */
#define LOOK_AGAIN 100                 /* milliseconds: with TLS, bytes may wait where poll() does not see them */
#define PATIENCE 2000                  /* milliseconds a helper has to begin: a pooler may have no connection to spare */

struct member {
    struct pg *pg;
    enum { IDLE, STARTED, COPYING, ENDED } state;
    struct buffer rows; /* each behind its length */
    size_t at;          /* of rows, taken so far */
};

struct crew {
    struct member members[CREW_MAX];
    size_t count;
    size_t first; /* the member whose rows are taken */
    size_t given; /* COPYs that are under way */
    size_t taken; /* bytes since the others were looked after */
};

/* ---- helpers ---- */

static bool wait_for(struct pg *pg, int milliseconds)
{
    struct pollfd wait = {.fd = PQsocket(pg->conn), .events = POLLIN};

    while (PQisBusy(pg->conn))
        if (poll(&wait, 1, milliseconds) != 1 || !PQconsumeInput(pg->conn))
            return false;
    return true;
}

static bool take_results(struct pg *pg)
{
    PGresult *result;
    bool ok = true;

    while ((result = PQgetResult(pg->conn)) != NULL) {
        ok = ok && pg_is_good(result);
        PQclear(result);
    }
    return ok;
}

static struct pg *open_helper(const struct pg *leader, const char *snapshot)
{
    struct pg *pg = pg_open_beside(leader);

    if (pg && pg_send_begin_read_at(pg, snapshot) && wait_for(pg, PATIENCE) && take_results(pg))
        return pg;
    pg_free(pg);
    return NULL;
}

/* A server that cannot export its snapshot has ended the transaction with the attempt. */
static bool begin_again(struct pg *leader, struct error *err)
{
    return pg_rollback(leader, err) && pg_begin_read(leader, err);
}

/* Rows of one parent were mostly saved together, which the planner's statistics cannot say of random ids: it would sort whole
 * rows. The index of the parents, and within a parent a small sort, costs nothing that could be measured beside no order.
 * Where there is no such index, the sort that is frowned upon looks so costly that it would be compiled. */
static bool note_order(struct crew *crew, struct error *err)
{
    return crew_note(crew, "enable_sort", "off", err) && crew_note(crew, "jit", "off", err) &&
           crew_note(crew, "work_mem", PIECE_MEMORY, err);
}

struct crew *crew_new(struct pg *leader, size_t connections, struct error *err)
{
    struct crew *crew = mem_alloc(sizeof *crew);
    struct error ignored = ERROR_INIT;
    struct pg_result *snapshot = NULL;

    crew->members[0].pg = leader;
    crew->count = 1;
    if (connections > 1 && !leader->acting) /* what one user may see is not worth it */
        snapshot = pg_query(leader, "SELECT pg_catalog.pg_export_snapshot()", 0, NULL, &ignored);
    for (size_t i = 1; snapshot && i < connections && i < CREW_MAX; i++) {
        struct pg *helper = open_helper(leader, pg_result_text(snapshot, 0, 0));

        if (!helper)
            break;
        crew->members[crew->count++].pg = helper;
    }
    if ((error_is_set(&ignored) && !begin_again(leader, err)) || !note_order(crew, err)) {
        crew_free(crew);
        crew = NULL;
    }
    pg_result_free(snapshot);
    error_release(&ignored);
    return crew;
}

void crew_free(struct crew *crew)
{
    if (!crew)
        return;
    for (size_t i = 0; i < crew->count; i++) {
        buffer_release(&crew->members[i].rows);
        if (i > 0)
            pg_free(crew->members[i].pg);
    }
    free(crew);
}

bool crew_note(struct crew *crew, const char *setting, const char *value, struct error *err)
{
    for (size_t i = 0; i < crew->count; i++)
        if (!pg_note(crew->members[i].pg, setting, value, err))
            return false;
    return true;
}

/* ---- what comes ---- */

/* The answer to the statement: that rows will follow. */
static bool begin_copying(struct member *m, struct error *err)
{
    PGresult *result = PQgetResult(m->pg->conn);
    bool ok = PQresultStatus(result) == PGRES_COPY_OUT;

    m->state = COPYING;
    if (!ok)
        pg_fail(m->pg, result, err);
    PQclear(result);
    return ok;
}

/* Moves what libpq has got into rows, up to the limit, without waiting. */
static bool gather(struct member *m, size_t limit, struct error *err)
{
    while (m->rows.len < limit) {
        char *row;
        int got = PQgetCopyData(m->pg->conn, &row, 1);

        if (got == 0)
            return true;
        if (got > 0) {
            buffer_append(&m->rows, &got, sizeof got);
            buffer_append(&m->rows, row, (size_t)got);
            PQfreemem(row);
            continue;
        }
        m->state = ENDED;
        return got == -1 ? pg_copy_end(m->pg, NULL, err) : pg_fail_lost(m->pg, err);
    }
    return true;
}

/* Takes what has come, without waiting. */
static bool look_after(struct member *m, size_t limit, struct error *err)
{
    if (m->state != STARTED && m->state != COPYING)
        return true;
    if (m->rows.len >= limit)
        return true;
    /* A record of TLS is larger than what libpq reads of it at once. */
    for (int i = PQsslInUse(m->pg->conn) ? 3 : 1; i > 0; i--)
        if (!PQconsumeInput(m->pg->conn))
            return pg_fail_lost(m->pg, err);
    if (m->state == STARTED && (PQisBusy(m->pg->conn) || !begin_copying(m, err)))
        return !error_is_set(err);
    return gather(m, limit, err);
}

static bool look_after_all(struct crew *crew, struct error *err)
{
    size_t limit = AHEAD_BYTES / crew->count;

    crew->taken = 0;
    for (size_t i = 0; i < crew->count; i++)
        if (!look_after(&crew->members[i], limit, err))
            return false;
    return true;
}

/* Until something comes from one that may still send. */
static bool wait_for_any(struct crew *crew, struct error *err)
{
    struct pollfd wait[CREW_MAX];
    nfds_t count = 0;

    for (size_t i = 0; i < crew->count; i++) {
        const struct member *m = &crew->members[i];

        if ((m->state == STARTED || m->state == COPYING) && m->rows.len < AHEAD_BYTES / crew->count)
            wait[count++] = (struct pollfd){.fd = PQsocket(m->pg->conn), .events = POLLIN};
    }
    while (poll(wait, count, LOOK_AGAIN) < 0)
        if (errno != EINTR || !interrupt_check(err))
            return error_is_set(err) ? false : error_set(err, STATUS_INTERNAL, "Cannot wait for the database.");
    return true;
}

/* ---- COPYs ---- */

bool crew_has_room(const struct crew *crew)
{
    return crew->given < crew->count;
}

bool crew_copy_out(struct crew *crew, const char *sql, struct error *err)
{
    struct member *m = &crew->members[(crew->first + crew->given) % crew->count];

    if (!pg_send_ahead(m->pg, err))
        return false;
    if (PQsendQuery(m->pg->conn, sql) != 1)
        return pg_fail_lost(m->pg, err);
    m->state = STARTED;
    crew->given++;
    return true;
}

/* The row at the front of what has come; false where there is none. */
static bool take_row(struct crew *crew, struct member *m, const char **row, size_t *len)
{
    int got;

    if (m->at == m->rows.len)
        return false;
    memcpy(&got, m->rows.data + m->at, sizeof got);
    *row = m->rows.data + m->at + sizeof got;
    *len = (size_t)got;
    m->at += sizeof got + *len;
    crew->taken += *len;
    return true;
}

bool crew_row(struct crew *crew, const char **row, size_t *len, struct error *err)
{
    struct member *m = &crew->members[crew->first];

    if (crew->taken >= LOOK_AFTER && m->at < m->rows.len && !look_after_all(crew, err))
        return false;
    while (!take_row(crew, m, row, len)) {
        buffer_clear(&m->rows);
        m->at = 0;
        if (m->state == ENDED) {
            m->state = IDLE;
            crew->first = (crew->first + 1) % crew->count;
            crew->given--;
            *row = NULL;
            return true;
        }
        if (!look_after_all(crew, err) || (!m->rows.len && m->state != ENDED && !wait_for_any(crew, err)))
            return false;
    }
    return true;
}
