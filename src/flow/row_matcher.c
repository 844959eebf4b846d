#include "row_matcher.h"

#include "simulark/base/memory.h"
#include "simulark/base/uuid.h"
#include "simulark/model/difference.h"
#include "simulark/model/row_cell.h"

#include <stdint.h>
#include <stdlib.h>

#define ROUNDS 7 /* at most: the id, the content, and what the table says */

/* Columns by which rows of a table are known again, the surest first. */
static const struct {
    const char *table;
    const char *rounds[ROUNDS - 1];
} known_by[] = {
    {"subscription_tiers", {"name"}},
    {"users", {"email"}},
    {"templates", {"name"}},
    {"contexts", {"name,type", "name"}},
    {"projects", {"name", ""}},
    {"graphs", {"project_id,name", "project_id", "name"}},
    {"nodes", {"graph_id,label,type,position", "graph_id,label,type", "graph_id,type,position", "graph_id,label"}},
    {"edges",
     {"graph_id,source_node_id,target_node_id,source_handle,target_handle,type",
      "graph_id,source_node_id,target_node_id,label,type", "graph_id,source_node_id,target_node_id"}},
    {"chats", {"project_id,title", "project_id"}},
    {"messages", {"chat_id,role,content", "chat_id,role,created_at", "chat_id,role"}},
    {"api_keys", {"name,provider"}},
    {"audit_logs", {"action,resource_id,created_at"}},
    {"usage_analytics", {"metric_type,period_start"}},
};

struct entry {
    char *id;
    char *time; /* created_at; "" where there is none */
    bool matched;
    uint64_t marks[ROUNDS]; /* equal for rows that the round takes for the same; 0: it says nothing of this row */
};

struct entries {
    struct entry *items;
    size_t count, capacity;
};

struct row_matcher {
    const struct table *table;
    const char *const *rounds;
    struct entries sides[2];
};

struct row_matcher *row_matcher_new(const struct table *table)
{
    static const char *const none[ROUNDS - 1];
    struct row_matcher *m = mem_alloc(sizeof *m);

    m->table = table;
    m->rounds = none;
    for (size_t i = 0; i < sizeof known_by / sizeof *known_by; i++)
        if (table_is(table, known_by[i].table))
            m->rounds = known_by[i].rounds;
    return m;
}

void row_matcher_free(struct row_matcher *m)
{
    for (size_t side = 0; m && side < 2; side++) {
        for (size_t i = 0; i < m->sides[side].count; i++) {
            free(m->sides[side].items[i].id);
            free(m->sides[side].items[i].time);
        }
        free(m->sides[side].items);
    }
    free(m);
}

/* ---- marks ---- */

static uint64_t mix(uint64_t h, const struct cell *cell)
{
    h = (h ^ (cell->text ? cell->len : UINT64_MAX)) * UINT64_C(0x9e3779b97f4a7c15);
    for (size_t i = 0; cell->text && i < cell->len; i++)
        h = (h ^ (unsigned char)cell->text[i]) * UINT64_C(1099511628211);
    return h ^ h >> 31;
}

static bool is_uuid_string(const char *text, size_t len)
{
    struct uuid id;

    return len >= UUID_TEXT + 2 && text[0] == '"' && text[UUID_TEXT + 1] == '"' && uuid_parse(&id, text + 1, UUID_TEXT);
}

/* JSON may name rows that are not matched yet, so uuids in it count as one and the same. */
static uint64_t mix_json(uint64_t h, const struct cell *cell)
{
    for (size_t i = 0; cell->text && i < cell->len; i++) {
        h = (h ^ (unsigned char)cell->text[i]) * UINT64_C(1099511628211);
        if (is_uuid_string(cell->text + i, cell->len - i))
            i += UUID_TEXT + 1;
    }
    return h ^ h >> 31;
}

/* Everything but ids, times, versions and whose it is. */
static uint64_t content_mark(const struct shape *shape, const struct row *row)
{
    uint64_t h = 1;

    for (size_t i = 0; i < shape->ncolumns; i++) {
        const struct shape_column *column = &shape->columns[i];
        const struct cell name = {column->name, strlen(column->name)};

        if (strcmp(column->name, "id") == 0 || column_is_ignored(column, IGNORE_IDS | IGNORE_TIMES | IGNORE_VERSIONS))
            continue;
        if (cell_is_default(column, &row->cells[i]))
            continue;
        /* A sum, for columns may stand in another order, or be left out. */
        h += column->type == TYPE_JSONB ? mix_json(mix(1, &name), &row->cells[i]) : mix(mix(1, &name), &row->cells[i]);
    }
    return h;
}

/* 0 where the row holds none of what is asked for: that two nodes have no label says nothing. References alone (the parent,
 * an edge's ends) are enough only where nothing but them is asked for. */
static uint64_t columns_mark(const struct shape *shape, const struct row *row, const char *columns)
{
    bool said = false;
    bool asked = false; /* for more than references */
    uint64_t h = 1;

    while (*columns) {
        size_t len = strcspn(columns, ",");
        char name[32];
        int at;

        memcpy(name, columns, len);
        name[len] = '\0';
        columns += len + (columns[len] == ',');
        at = shape_column(shape, name);
        if (at < 0)
            continue;
        h = mix(h, &row->cells[at]);
        if (!shape->columns[at].known || !shape->columns[at].known->references) {
            asked = true;
            said = said || row->cells[at].text;
        }
    }
    return said || !asked ? h | 1 : 0;
}

void row_matcher_add(struct row_matcher *m, size_t side, const struct shape *shape, const struct row *row)
{
    struct entries *list = &m->sides[side];
    int id = shape_column(shape, "id");
    struct entry *entry;

    list->items = mem_grow(list->items, &list->capacity, list->count + 1, sizeof *list->items);
    entry = &list->items[list->count++];
    *entry = (struct entry){.id = row_cell_string(row, shape, "id"), .time = row_cell_string(row, shape, "created_at")};
    /* Numbers are given in sequence by each database, so equal ones say nothing. */
    if (id >= 0 && shape->columns[id].type != TYPE_INTEGER && shape->columns[id].type != TYPE_BIGINT)
        entry->marks[0] = mix(1, &row->cells[id]) | 1;
    entry->marks[1] = content_mark(shape, row) | 1;
    for (size_t i = 0; i + 2 < ROUNDS && m->rounds[i]; i++)
        entry->marks[i + 2] = columns_mark(shape, row, m->rounds[i]);
}

/* ---- rounds ---- */

struct order {
    size_t round;
    const struct entries *list;
};

static int by_mark(const void *a, const void *b, void *context)
{
    const struct order *order = context;
    const struct entry *x = &order->list->items[*(const size_t *)a];
    const struct entry *y = &order->list->items[*(const size_t *)b];
    int time;

    if (x->marks[order->round] != y->marks[order->round])
        return x->marks[order->round] < y->marks[order->round] ? -1 : 1;
    time = strcmp(x->time, y->time);
    if (time)
        return time;
    return x < y ? -1 : 1;
}

/* The rows still unmatched of which this round can say something, in order. */
static size_t *open_rows(const struct entries *list, size_t round, size_t *count)
{
    struct order order = {round, list};
    size_t *rows = mem_alloc((list->count + 1) * sizeof *rows);

    *count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (!list->items[i].matched && list->items[i].marks[round])
            rows[(*count)++] = i;
    qsort_r(rows, *count, sizeof *rows, by_mark, &order);
    return rows;
}

static void match(const struct row_matcher *m, struct id_map *map, struct entry *a, struct entry *b)
{
    const struct cell from = {b->id, strlen(b->id)};
    const struct cell to = {a->id, strlen(a->id)};

    a->matched = b->matched = true;
    if (!cell_equal(&from, &to))
        id_map_add(map, m->table, &from, &to);
}

static void run_round(const struct row_matcher *m, struct id_map *map, size_t round)
{
    const struct entries *a = &m->sides[0];
    const struct entries *b = &m->sides[1];
    size_t na, nb;
    size_t *x = open_rows(a, round, &na);
    size_t *y = open_rows(b, round, &nb);

    for (size_t i = 0, j = 0; i < na && j < nb;) {
        uint64_t mark_a = a->items[x[i]].marks[round];
        uint64_t mark_b = b->items[y[j]].marks[round];

        if (mark_a == mark_b)
            match(m, map, &a->items[x[i]], &b->items[y[j]]);
        i += mark_a <= mark_b;
        j += mark_b <= mark_a;
    }
    free(x);
    free(y);
}

void row_matcher_run(struct row_matcher *m, struct id_map *map)
{
    for (size_t round = 0; round < ROUNDS; round++)
        run_round(m, map, round);
}

bool row_matcher_has(const struct row_matcher *m, size_t side, size_t row)
{
    return m->sides[side].items[row].matched;
}
