#include "simulark/pg/bulk_load.h"

#include "simulark/base/memory.h"
#include "simulark/pg/catalog.h"

#include <stdlib.h>
#include <string.h>

struct bulk_load {
    struct pg *pg;
    bool taken[TABLE_COUNT];   /* loaded without keys and indexes, until all rows are there */
    bool empty[TABLE_COUNT];   /* locked, and without a row: references to it may be taken away */
    struct pg_result *removed; /* what was taken away; see removed_sql */
};

enum removed_column { REMOVED_TABLE, REMOVED_REFERS, REMOVED_DROP, REMOVED_ADD };

/* ---- which tables ---- */

/* Plain tables of the role that nothing hangs on: no partitions, rules, triggers of people's own, or constraints that are
 * checked later (which would still be waiting when an index comes back). */
static const char candidates_sql[] =
    "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relpersistence = 'p' AND NOT c.relispartition"
    " AND pg_catalog.pg_has_role(c.relowner, 'USAGE') AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits i WHERE c.oid IN (i.inhparent, i.inhrelid))"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid)"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)"
    " AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND k.condeferrable)";

static bool find_candidates(struct bulk_load *b, struct error *err)
{
    const char *schema = pg_schema(b->pg);
    struct pg_result *result = pg_query(b->pg, candidates_sql, 1, &schema, err);

    catalog_mark_tables(result, b->empty);
    pg_result_free(result);
    return result != NULL;
}

/* Keeps those of `empty` that really are. */
static bool look_for_rows(struct bulk_load *b, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;
    size_t column = 0;

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        if (!b->empty[i])
            continue;
        buffer_text(&sql, sql.len ? ", EXISTS (SELECT FROM " : "SELECT EXISTS (SELECT FROM ");
        pg_append_table(b->pg, &sql, tables[i].name);
        buffer_byte(&sql, ')');
    }
    if (!sql.len)
        return true;
    result = pg_query(b->pg, buffer_string(&sql), 0, NULL, err);
    for (size_t i = 0; result && i < TABLE_COUNT; i++)
        if (b->empty[i])
            b->empty[i] = !pg_result_true(result, 0, column++);
    buffer_release(&sql);
    pg_result_free(result);
    return result != NULL;
}

/* `VERB ONLY a, ONLY b, …`, of all that are empty. */
static bool run_on_empty(const struct bulk_load *b, const char *verb, const char *how, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok;

    buffer_text(&sql, verb);
    for (size_t i = 0, count = 0; i < TABLE_COUNT; i++) {
        if (!b->empty[i])
            continue;
        buffer_text(&sql, count++ ? ", ONLY " : " ONLY ");
        pg_append_table(b->pg, &sql, tables[i].name);
    }
    buffer_text(&sql, how);
    ok = pg_run(b->pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}

/* Whoever works with one of the tables right now is not waited for: then the rows go in as they always do. */
static bool lock(void *context, struct error *err)
{
    return run_on_empty(context, "LOCK TABLE", " IN ACCESS EXCLUSIVE MODE NOWAIT", err);
}

static bool any(const bool flags[TABLE_COUNT])
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (flags[i])
            return true;
    return false;
}

/* Whatever the server says against it, the rows go in without. */
static bool attempt(struct bulk_load *b, bool (*step)(void *context, struct error *err), bool *done, struct error *err)
{
    struct error refusal = ERROR_INIT;
    bool ok = pg_try(b->pg, step, b, done, &refusal, err);

    error_release(&refusal);
    return ok;
}

static bool take_empty(struct bulk_load *b, const bool wanted[TABLE_COUNT])
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        b->taken[i] = wanted[i] && b->empty[i];
    return any(b->taken);
}

/* Finds the tables to prepare, and locks them with those they may refer to. */
static bool choose(struct bulk_load *b, const bool wanted[TABLE_COUNT], struct error *err)
{
    bool locked = false;

    if (!find_candidates(b, err) || !look_for_rows(b, err))
        return false;
    if (take_empty(b, wanted) && (!attempt(b, lock, &locked, err) || (locked && !look_for_rows(b, err))))
        return false;
    if (!locked)
        memset(b->empty, 0, sizeof b->empty);
    take_empty(b, wanted);
    return true;
}

/* ---- what is taken away ---- */

/* Of the tables $2, whose references may go where they lead to the tables $3: name of the table, of the table it refers to (else
 * NULL), the statement that takes away, the statement that puts back; in the order of putting back: keys, indexes, references.
 * Left in place is what a definition does not say all of (comments, storage, tablespaces, targets of statistics, roles in
 * clustering and replication, extensions it goes with), what something else depends on, and references that are NOT VALID: put
 * back they would hold for later rows only. */
static const char removed_sql[] =
    "WITH taken AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname = $1 AND c.relname = ANY ($2::text[])),"
    " empty AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    "  WHERE n.nspname = $1 AND c.relname = ANY ($3::text[])),"
    " plain_constraint AS (SELECT k.* FROM pg_catalog.pg_constraint k JOIN taken ON taken.oid = k.conrelid"
    "  WHERE k.coninhcount = 0 AND k.conislocal AND pg_catalog.obj_description(k.oid, 'pg_constraint') IS NULL"
    "  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.deptype IN ('e', 'x')"
    "   AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = k.oid)),"
    " foreign_key AS (SELECT k.* FROM plain_constraint k JOIN empty ON empty.oid = k.confrelid"
    "  WHERE k.contype = 'f' AND k.convalidated AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger t"
    "   WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O')),"
    " plain_index AS (SELECT i.*, c.relname, c.relnamespace, c.reloptions FROM pg_catalog.pg_index i"
    "  JOIN taken ON taken.oid = i.indrelid JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
    "  WHERE c.reltablespace = 0 AND NOT i.indisclustered AND NOT i.indisreplident AND i.indisvalid AND i.indisready"
    "  AND i.indislive AND pg_catalog.obj_description(c.oid, 'pg_class') IS NULL"
    "  AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a"
    "   WHERE a.attrelid = c.oid AND COALESCE(a.attstattarget, -1) <> -1)"
    "  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    "   AND d.objid = c.oid AND d.deptype IN ('e', 'x'))"
    "  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.contype = 'f' AND f.conindid = c.oid"
    "   AND f.oid NOT IN (SELECT oid FROM foreign_key))),"
    " key AS (SELECT k.* FROM plain_constraint k JOIN plain_index i ON i.indexrelid = k.conindid"
    "  WHERE k.contype IN ('p', 'u') AND i.relname = k.conname AND i.reloptions IS NULL"
    "  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_constraint'::pg_catalog.regclass"
    "   AND d.refobjid = k.oid AND d.deptype <> 'i')),"
    " ready AS (SELECT 1 AS rank, k.conrelid AS relation, k.conname AS name, k.oid AS constraint_oid, NULL::oid AS index_oid"
    "  FROM key k"
    "  UNION ALL SELECT 2, i.indrelid, i.relname, NULL, i.indexrelid FROM plain_index i"
    "   WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')"
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass"
    "    AND d.refobjid = i.indexrelid AND d.deptype NOT IN ('i', 'a')"
    "    AND NOT (d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid IN (SELECT oid FROM foreign_key)))"
    "  UNION ALL SELECT 3, k.conrelid, k.conname, k.oid, NULL FROM foreign_key k)"
    " SELECT c.relname, (SELECT t.relname FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class t ON t.oid = k.confrelid"
    "  WHERE k.oid = r.constraint_oid),"
    "  CASE WHEN r.index_oid IS NULL THEN pg_catalog.format('ALTER TABLE %I.%I DROP CONSTRAINT %I', $1, c.relname, r.name)"
    "   ELSE pg_catalog.format('DROP INDEX %I.%I', $1, r.name) END,"
    "  CASE WHEN r.index_oid IS NULL THEN pg_catalog.format('ALTER TABLE %I.%I ADD CONSTRAINT %I %s', $1, c.relname, r.name,"
    "    pg_catalog.pg_get_constraintdef(r.constraint_oid))"
    "   ELSE pg_catalog.pg_get_indexdef(r.index_oid) END"
    " FROM ready r JOIN pg_catalog.pg_class c ON c.oid = r.relation ORDER BY r.rank, c.relname, r.name";

/* An index takes the caller's default tablespace, unless it is told. Sorting in memory pays; a server that was given more
 * keeps it. */
static const char settings_sql[] =
    "SET LOCAL default_tablespace = '';"
    "SELECT pg_catalog.set_config('maintenance_work_mem', GREATEST(s.setting::bigint, 131072) || 'kB', true)"
    " FROM pg_catalog.pg_settings s WHERE s.name = 'maintenance_work_mem'";

/* A question about the schema ($1), these tables ($2), and those that were found empty ($3). */
static struct pg_result *ask_of(const struct bulk_load *b, const char *sql, const bool of[TABLE_COUNT], struct error *err)
{
    struct buffer names = BUFFER_INIT;
    struct buffer empty = BUFFER_INIT;
    const char *params[] = {pg_schema(b->pg), catalog_table_array(&names, of), catalog_table_array(&empty, b->empty)};
    struct pg_result *result = pg_query(b->pg, sql, 3, params, err);

    buffer_release(&names);
    buffer_release(&empty);
    return result;
}

static void append_all(const struct pg_result *removed, enum removed_column column, struct buffer *sql)
{
    size_t count = pg_result_rows(removed);

    for (size_t i = 0; i < count; i++) {
        /* References go first, for keys stand behind them. */
        buffer_text(sql, pg_result_text(removed, column == REMOVED_DROP ? count - 1 - i : i, column));
        buffer_byte(sql, ';');
    }
}

/* What goes is put back at once, and goes again: what the role may take away it need not be able to make (rights on what the
 * definition names, event triggers), and that should show while the tables are empty. */
static bool take_away(void *context, struct error *err)
{
    struct bulk_load *b = context;
    struct buffer sql = BUFFER_INIT;
    bool ok;

    if (pg_run(b->pg, settings_sql, err))
        b->removed = ask_of(b, removed_sql, b->taken, err);
    if (!b->removed)
        return false;
    append_all(b->removed, REMOVED_DROP, &sql);
    append_all(b->removed, REMOVED_ADD, &sql);
    append_all(b->removed, REMOVED_DROP, &sql);
    ok = !sql.len || pg_run(b->pg, buffer_string(&sql), err);
    buffer_release(&sql);
    return ok;
}

/* Where the server is against it everything stays in place. */
static bool prepare(struct bulk_load *b, struct error *err)
{
    bool done = false;

    if (!any(b->taken))
        return true;
    if (!attempt(b, take_away, &done, err))
        return false;
    if (!done)
        memset(b->taken, 0, sizeof b->taken);
    return true;
}

struct bulk_load *bulk_load_begin(struct pg *pg, const bool wanted[TABLE_COUNT], struct error *err)
{
    struct bulk_load *b = mem_alloc(sizeof *b);

    b->pg = pg;
    if (choose(b, wanted, err) && prepare(b, err))
        return b;
    bulk_load_free(b);
    return NULL;
}

void bulk_load_free(struct bulk_load *b)
{
    if (!b)
        return;
    pg_result_free(b->removed);
    free(b);
}

/* ---- frozen rows ---- */

/* Whether rows of the tables $2 may be frozen, where the tables $3 are truncated for it: these never held a row (one whose rows
 * were deleted has pages, and an older snapshot may see them), no logical replication could carry the TRUNCATE, and what the rows
 * refer to comes with them. Tiers may have been there before. A cursor that a pool's other client left open WITH HOLD is all
 * that could still make the server refuse the COPY. */
static const char may_freeze_sql[] =
    "WITH of_schema AS (SELECT c.oid, c.relname FROM pg_catalog.pg_class c"
    "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1),"
    " written AS (SELECT oid FROM of_schema WHERE relname = ANY ($2::text[])),"
    " truncated AS (SELECT oid FROM of_schema WHERE relname = ANY ($3::text[]))"
    " SELECT pg_catalog.current_setting('wal_level') <> 'logical'"
    "  AND NOT EXISTS (SELECT FROM truncated WHERE pg_catalog.pg_relation_size(oid) > 0)"
    "  AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k JOIN written ON written.oid = k.conrelid"
    "   WHERE k.contype = 'f' AND k.confrelid NOT IN (SELECT oid FROM written)"
    "   AND k.confrelid NOT IN (SELECT oid FROM of_schema WHERE relname = 'subscription_tiers'))"
    "  AND NOT EXISTS (SELECT FROM pg_catalog.pg_cursors c WHERE c.is_holdable)";

static bool may_freeze(const struct bulk_load *b, const bool written[TABLE_COUNT], bool *may, struct error *err)
{
    struct pg_result *result = ask_of(b, may_freeze_sql, written, err);

    *may = result && pg_result_true(result, 0, 0);
    pg_result_free(result);
    return result != NULL;
}

/* The server refuses it where another table refers to one of them, or the role lacks the right. */
static bool truncate(void *context, struct error *err)
{
    return run_on_empty(context, "TRUNCATE", "", err);
}

bool bulk_load_allow_freeze(struct bulk_load *b, const bool written[TABLE_COUNT], bool *allowed, struct error *err)
{
    bool may = true;

    *allowed = false;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        may = may && (!written[i] || b->empty[i]);
    if (!may || !any(b->empty))
        return true;
    return may_freeze(b, written, &may, err) && (!may || attempt(b, truncate, allowed, err));
}

/* ---- when a table's rows are there ---- */

static bool is_waited_for(const struct bulk_load *b, const char *name)
{
    const struct table *table = name ? table_find(name) : NULL;

    return table && b->taken[table_index(table)];
}

/* The table was empty: what is there twice is so in the bundle. */
static void blame_bundle(const struct bulk_load *b, struct error *err)
{
    if (err->status != STATUS_CONFLICT || !pg_last_key_is_repeated(b->pg))
        return;
    error_recast(err, STATUS_MALFORMED);
    error_hint(err, "Two rows of the bundle have what the database allows one row to have.");
}

/* A reference waits for both of its tables. */
static bool put_back(struct bulk_load *b, const char *name, const struct table **refused, struct error *err)
{
    for (size_t i = 0; i < pg_result_rows(b->removed); i++) {
        const char *table = pg_result_text(b->removed, i, REMOVED_TABLE);
        const char *refers = pg_result_text(b->removed, i, REMOVED_REFERS);
        bool concerned = strcmp(table, name) == 0 || (refers && strcmp(refers, name) == 0);

        if (!concerned || is_waited_for(b, table) || is_waited_for(b, refers))
            continue;
        if (!pg_run(b->pg, pg_result_text(b->removed, i, REMOVED_ADD), err)) {
            error_prefix(err, "In %s", table);
            *refused = table_find(table);
            blame_bundle(b, err);
            return false;
        }
    }
    return true;
}

bool bulk_load_end_table(struct bulk_load *b, const struct table *table, const struct table **refused, struct error *err)
{
    if (!b->taken[table_index(table)])
        return true;
    b->taken[table_index(table)] = false;
    return put_back(b, table->name, refused, err);
}
