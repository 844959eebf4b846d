#include "readback.h"

#include "simulark/base/memory.h"
#include "simulark/flow/database.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/load.h"

#include <stdlib.h>

#define EVENTS (TRIGGER_INSERT | TRIGGER_UPDATE)

void readback_init(struct readback *b, struct pg *pg, const struct import_options *options, const struct people *people,
                   struct import_report *report)
{
    *b = (struct readback){.pg = pg, .options = options, .people = people, .report = report};
}

void readback_release(struct readback *b)
{
    triggers_release(&b->triggers);
    copy_splitter_release(&b->splitter);
    buffer_release(&b->stamped);
}

bool readback_begin(struct readback *b, const struct catalog *catalog, const struct manifest *manifest, struct error *err)
{
    b->catalog = catalog;
    for (size_t i = 0; b->options->disable_triggers && i < manifest->nshapes; i++)
        if (manifest->shapes[i].rows != 0 &&
            !triggers_disable(b->pg, &b->triggers, manifest->shapes[i].table, EVENTS, true, err))
            return false;
    return !b->triggers.count || triggers_count_rows(b->pg, b->before, err);
}

/* Whether the target has the columns in other types than the rows were written for. */
static bool has_other_types(const struct readback *b, const struct shape *shape)
{
    const struct shape *there = catalog_shape(b->catalog, shape->table);

    for (size_t i = 0; i < shape->ncolumns; i++) {
        int at = shape_column(there, shape->columns[i].name);

        if (at >= 0 && strcmp(there->columns[at].sql_type, shape->columns[i].sql_type) != 0 &&
            strcmp(shape->columns[i].sql_type, "serial") != 0)
            return true;
    }
    return false;
}

bool readback_wanted(const struct readback *b, const struct shape *shape, unsigned events)
{
    return triggers_any(&b->triggers, shape->table, events) || has_other_types(b, shape);
}

/* ---- what differs ---- */

static void note_alteration(struct readback *b, const char *column)
{
    struct import_report *r = b->report;
    struct alteration *a;

    for (size_t i = 0; i < r->naltered; i++)
        if (r->altered[i].table == b->shape->table && strcmp(r->altered[i].column, column) == 0) {
            r->altered[i].rows++;
            return;
        }
    r->altered = mem_grow(r->altered, &r->altered_capacity, r->naltered + 1, sizeof *r->altered);
    a = &r->altered[r->naltered++];
    *a = (struct alteration){.table = b->shape->table, .column = mem_strdup(column), .rows = 1};
}

/* The length without what makes no other number or time of it: zeros behind a decimal point, the time zone UTC. */
static size_t bare_length(const char *text, size_t len, enum type type, const char *there_type)
{
    bool number = type == TYPE_NUMERIC || type == TYPE_DOUBLE || type == TYPE_INTEGER || type == TYPE_BIGINT;
    bool moment = type == TYPE_TIMESTAMPTZ || strncmp(there_type, "timestamp", 9) == 0;

    if (moment && len > 3 && memcmp(text + len - 3, "+00", 3) == 0)
        return len - 3;
    if (number && memchr(text, '.', len) && !memchr(text, 'e', len)) {
        while (text[len - 1] == '0')
            len--;
        if (text[len - 1] == '.')
            len--;
    }
    return len;
}

static bool is_same(const struct readback *b, size_t column, const struct cell *sent, const char *text, size_t len)
{
    const struct shape_column *c = &b->shape->columns[column];
    const struct shape *there = catalog_shape(b->catalog, b->shape->table);
    int at = shape_column(there, c->name);
    const char *there_type = at >= 0 ? there->columns[at].sql_type : c->sql_type;
    size_t sent_len;

    if (!sent->text || !text)
        return !sent->text && !text;
    if (sent->len == len && memcmp(sent->text, text, len) == 0)
        return true;
    sent_len = bare_length(sent->text, sent->len, c->type, there_type);
    return sent_len == bare_length(text, len, c->type, there_type) && memcmp(sent->text, text, sent_len) == 0;
}

/* Lines of COPY text, one behind the other. */
struct lines {
    const char *at, *end;
};

/* Takes the next line's row; false where none is left. */
static bool next_row(struct readback *b, struct lines *lines, struct row *row)
{
    const char *newline = lines->at < lines->end ? memchr(lines->at, '\n', (size_t)(lines->end - lines->at)) : NULL;

    if (!newline)
        return false;
    copy_split(&b->splitter, lines->at, (size_t)(newline + 1 - lines->at), b->shape->ncolumns, row);
    lines->at = newline + 1;
    return true;
}

/* What is there of the lines' rows, in their order. */
static struct pg_result *read_rows(struct readback *b, struct lines lines, struct error *err)
{
    int id = shape_column(b->shape, "id");
    struct buffer ids = BUFFER_INIT;
    struct pg_result *there;
    struct row row;

    while (next_row(b, &lines, &row))
        pg_array_add(&ids, row.cells[id].text, row.cells[id].len);
    there = load_rows(b->pg, b->shape, pg_array_end(&ids), err);
    buffer_release(&ids);
    return there;
}

/* Notes what differs of one row; with `again` set, a time that differs is left for another attempt: *again. */
static void compare(struct readback *b, const struct row *row, const struct pg_result *there, size_t at, bool *again)
{
    for (size_t c = 0; c < row->ncells; c++) {
        bool same = is_same(b, c, &row->cells[c], pg_result_text(there, at, c), pg_result_len(there, at, c));

        if (same)
            continue;
        if (again && b->shape->columns[c].type == TYPE_TIMESTAMPTZ)
            *again = true;
        else
            note_alteration(b, b->shape->columns[c].name);
    }
}

/* Compares all lines; those whose times differ are gathered in `stamped`, unless that is NULL. */
static bool compare_lines(struct readback *b, struct lines lines, struct buffer *stamped, struct error *err)
{
    struct pg_result *there = read_rows(b, lines, err);
    size_t number = 0;
    struct row row;

    while (there && next_row(b, &lines, &row)) {
        bool again = false;

        compare(b, &row, there, number++, stamped ? &again : NULL);
        if (again)
            buffer_append(stamped, row.copy, row.copy_len);
    }
    pg_result_free(there);
    return there != NULL;
}

/* ---- times put right ---- */

static bool put_right(struct readback *b, struct lines lines, struct error *err)
{
    struct buffer *arrays = mem_alloc(b->shape->ncolumns * sizeof *arrays);
    struct row row;
    bool ok;

    while (next_row(b, &lines, &row)) {
        b->put_right[table_index(b->shape->table)]++;
        for (size_t c = 0; c < row.ncells; c++)
            if (load_sets_time(&b->shape->columns[c]))
                pg_array_add(&arrays[c], row.cells[c].text, row.cells[c].len);
    }
    ok = load_update_times(b->pg, b->shape, arrays, err);
    for (size_t c = 0; c < b->shape->ncolumns; c++)
        buffer_release(&arrays[c]);
    free(arrays);
    return ok;
}

bool readback_check(struct readback *b, const struct shape *shape, const char *lines, size_t len, struct error *err)
{
    struct lines stamped;
    bool ok;

    b->shape = shape;
    buffer_clear(&b->stamped);
    if (shape_column(shape, "id") < 0)
        return true;
    ok = compare_lines(b, (struct lines){lines, lines + len}, &b->stamped, err);
    if (ok && b->stamped.len) {
        stamped = (struct lines){b->stamped.data, b->stamped.data + b->stamped.len};
        /* An update is stamped, too, where its trigger cannot be switched off. */
        ok = triggers_disable(b->pg, &b->triggers, shape->table, TRIGGER_UPDATE, false, err) &&
             put_right(b, stamped, err) && compare_lines(b, stamped, NULL, err);
    }
    return ok;
}

/* ---- the end ---- */

static int64_t positive(int64_t number)
{
    return number > 0 ? number : 0;
}

/* Whether all that this import updates and deletes is what is put right here. */
static bool only_inserts(const struct readback *b)
{
    return b->options->on_conflict != CONFLICT_REPLACE && !b->people->has_owner; /* premium is marked in projects of an owner */
}

/* Rows that somebody else's code has put beside ours, or touched in our tables afterwards. Logs are nobody's content. */
static bool find_foreign(struct readback *b, struct error *err)
{
    struct row_counts now[TABLE_COUNT];

    if (!triggers_count_rows(b->pg, now, err))
        return false;
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        int64_t ours = b->report->written[i] > 0 ? b->report->written[i] : 0;

        if (table_is_history(&tables[i]))
            continue;
        if (table_is(&tables[i], "users"))
            ours += (int64_t)uuid_set_count(&b->people->made);
        b->report->added[i] = positive(now[i].inserted - b->before[i].inserted - ours);
        if (ours && only_inserts(b))
            b->report->touched[i] = positive(now[i].changed - b->before[i].changed - b->put_right[i]);
    }
    return true;
}

static void name_altered(struct readback *b, struct error *err)
{
    struct import_report *r = b->report;

    for (size_t i = 0; i < r->naltered; i++) {
        struct buffer names = BUFFER_INIT;

        triggers_name(&b->triggers, r->altered[i].table, EVENTS, &names);
        error_detail(err, "%s.%s becomes another value in %lld row%s (%s)", r->altered[i].table->name, r->altered[i].column,
                     (long long)r->altered[i].rows, r->altered[i].rows == 1 ? "" : "s",
                     names.len ? buffer_string(&names) : "the column has another type");
        buffer_release(&names);
    }
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (r->added[i])
            error_detail(err, "%lld row%s of %s are there that the bundle does not hold", (long long)r->added[i],
                         r->added[i] == 1 ? "" : "s", tables[i].name);
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (r->touched[i])
            error_detail(err, "%lld row%s of %s are changed or deleted by triggers of other tables, or at the end",
                         (long long)r->touched[i], r->touched[i] == 1 ? "" : "s", tables[i].name);
}

bool readback_end(struct readback *b, struct error *err)
{
    if (b->triggers.count && (!triggers_fire_deferred(b->pg, err) || !find_foreign(b, err)))
        return false;
    if (!b->options->allow_altered)
        name_altered(b, err);
    if (err->ndetails) {
        error_set(err, STATUS_CONFLICT, "Triggers or types of the database make something else of what the bundle holds.");
        error_hint(err, "--disable-triggers loads with the tables' triggers off (as their owner), --allow-altered takes what "
                        "the database makes of it.");
        return false;
    }
    return triggers_enable(b->pg, &b->triggers, err);
}
