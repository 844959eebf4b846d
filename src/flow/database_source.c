#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/flow/database.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/copy_binary.h"
#include "simulark/pg/crew.h"
#include "simulark/pg/missing.h"

#include <stdlib.h>

#define PIECE_ROWS 8192 /* of an instance's tables */

/* The database as a source: one snapshot, one COPY a table or piece of a table, in load order. */
struct database_source {
    struct source base;
    struct pg *pg;
    const struct selection *selection;
    int readings; /* still to come, this one included */
    bool begun;   /* the snapshot is open */
    struct catalog catalog;
    struct manifest *manifest;
    struct copy_splitter splitter;
    size_t table;  /* the one being read, or next to be */
    bool in_table; /* its COPY is open */
    bool binary;   /* and of this format */
    int64_t rows;  /* of it, so far */
    struct crew *crew;          /* NULL: every table is one COPY */
    size_t pieces[TABLE_COUNT]; /* of each table of the manifest, where there is a crew */
    size_t piece;               /* of the table being read */
    size_t next_table;          /* whose piece is given to the crew next */
    size_t next_piece;
};

static struct database_source *self(struct source *source)
{
    return (struct database_source *)source;
}

/* An instance is read in pieces, also by one connection: the server sorts each in memory, or takes it from an index. */
static bool gather_crew(struct database_source *s, struct error *err)
{
    if (s->selection->kind == KIND_INSTANCE)
        s->crew = crew_new(s->pg, s->selection->jobs, err);
    return !error_is_set(err);
}

static bool begin(struct database_source *s, struct error *err)
{
    if (s->begun)
        return true;
    s->begun = true;
    return pg_begin_read(s->pg, err) && gather_crew(s, err) && catalog_read(s->pg, &s->catalog, err) &&
           missing_check_any(s->pg, &s->catalog, err) && select_resolve(s->pg, s->selection, err);
}

/* Divides the large tables. */
static bool divide(struct database_source *s, struct error *err)
{
    struct buffer bounds = BUFFER_INIT;
    struct buffer setting = BUFFER_INIT;
    bool ok = true;

    s->next_table = s->next_piece = 0;
    for (size_t i = 0; ok && s->crew && i < s->manifest->nshapes; i++) {
        const struct shape *shape = &s->manifest->shapes[i];

        buffer_clear(&bounds);
        buffer_clear(&setting);
        select_bounds_setting(shape->table, &setting);
        ok = select_divide(s->pg, s->selection, shape, PIECE_ROWS, &bounds, &s->pieces[i], err) &&
             (s->pieces[i] == 1 || crew_note(s->crew, buffer_string(&setting), buffer_string(&bounds), err));
    }
    buffer_release(&bounds);
    buffer_release(&setting);
    return ok;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct database_source *s = self(source);

    manifest_free(s->manifest);
    s->manifest = manifest_new(s->selection->kind);
    s->manifest->generator = mem_strdup("simulark " SIMULARK_VERSION);
    s->table = 0;
    *manifest = s->manifest;
    return begin(s, err) && select_describe(s->pg, s->selection, &s->catalog, s->manifest, err) && divide(s, err);
}

/* Whether every value of the type is written in ASCII. */
static bool is_plain(enum type type)
{
    return type == TYPE_UUID || type == TYPE_TIMESTAMPTZ;
}

static bool check_text(const struct shape *shape, int64_t number, const struct row *row, struct error *err)
{
    for (size_t i = 0; i < row->ncells; i++) {
        const struct cell *cell = &row->cells[i];

        if (!cell->text || is_plain(shape->columns[i].type) || utf8_check(cell->text, cell->len) == cell->len)
            continue;
        error_set(err, STATUS_DATABASE, "Row %lld of %s holds bytes that are not valid UTF-8.", (long long)number,
                  shape->table->name);
        error_hint(err, "The database is probably of encoding SQL_ASCII; repair the row before exporting it.");
        return false;
    }
    return true;
}

/* Gives the crew as much to do as it can take, tables to come included. */
static bool keep_busy(struct database_source *s, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    bool ok = true;

    while (ok && s->next_table < s->manifest->nshapes && crew_has_room(s->crew)) {
        buffer_clear(&sql);
        select_append_piece(&sql, s->pg, s->selection, &s->manifest->shapes[s->next_table], s->next_piece,
                            s->pieces[s->next_table]);
        ok = crew_copy_out(s->crew, buffer_string(&sql), err);
        if (++s->next_piece == s->pieces[s->next_table]) {
            s->next_piece = 0;
            s->next_table++;
        }
    }
    buffer_release(&sql);
    return ok;
}

/* What the server sent as one row; NULL at the table's end. */
static bool next_message(struct database_source *s, const char **message, size_t *len, struct error *err)
{
    if (!s->crew)
        return pg_copy_out_row(s->pg, message, len, err);
    do {
        if (!crew_row(s->crew, message, len, err))
            return false;
        if (*message)
            return true;
        if (!keep_busy(s, err))
            return false;
    } while (++s->piece < s->pieces[s->table]);
    return true;
}

static bool end_table(struct database_source *s, struct item *item, struct error *err)
{
    item->kind = ITEM_TABLE_END;
    s->in_table = false;
    s->table++;
    if (s->rows != item->shape->rows)
        return error_set(err, STATUS_INTERNAL, "The snapshot counted %lld rows in %s but gave %lld.",
                         (long long)item->shape->rows, item->shape->table->name, (long long)s->rows);
    return true;
}

static enum copy_found split(struct database_source *s, const char *message, size_t len, struct item *item)
{
    if (s->binary)
        return copy_binary_split(&s->splitter, message, len, item->shape, &item->row);
    return copy_split(&s->splitter, message, len, item->shape->ncolumns, &item->row) ? COPY_ROW : COPY_BROKEN;
}

static bool next_row(struct database_source *s, struct item *item, struct error *err)
{
    enum copy_found found;
    const char *message;
    size_t len;

    item->kind = ITEM_ROW;
    item->shape = &s->manifest->shapes[s->table];
    do {
        if (!next_message(s, &message, &len, err))
            return false;
        if (!message)
            return end_table(s, item, err);
        found = split(s, message, len, item);
    } while (found == COPY_NO_ROW);
    s->rows++;
    if (found == COPY_BROKEN)
        return error_set(err, STATUS_INTERNAL, "The server sent a row of %s that has not the table's columns.",
                         item->shape->table->name);
    return check_text(item->shape, s->rows, &item->row, err);
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct database_source *s = self(source);

    if (s->in_table)
        return next_row(s, item, err);
    if (s->table == s->manifest->nshapes) {
        *item = (struct item){.kind = ITEM_TRAILER};
        return --s->readings > 0 || pg_commit(s->pg, err);
    }
    *item = (struct item){.kind = ITEM_TABLE, .shape = &s->manifest->shapes[s->table]};
    s->in_table = true;
    s->rows = 0;
    s->piece = 0;
    s->binary = copy_binary_takes(item->shape);
    return s->crew ? keep_busy(s, err) : select_copy(s->pg, s->selection, item->shape, err);
}

static void place(const struct source *source, struct buffer *text)
{
    const struct database_source *s = (const struct database_source *)source;

    if (s->manifest && s->table < s->manifest->nshapes)
        buffer_printf(text, "row %lld of %s", (long long)s->rows, s->manifest->shapes[s->table].table->name);
}

static void free_source(struct source *source)
{
    struct database_source *s = self(source);

    crew_free(s->crew);
    catalog_release(&s->catalog);
    manifest_free(s->manifest);
    copy_splitter_release(&s->splitter);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

static struct source *source_new(struct pg *pg, const struct selection *selection, int readings)
{
    struct database_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->pg = pg;
    s->selection = selection;
    s->readings = readings;
    return &s->base;
}

struct source *source_database(struct pg *pg, const struct selection *selection)
{
    return source_new(pg, selection, 1);
}

struct source *source_database_twice(struct pg *pg, const struct selection *selection)
{
    return source_new(pg, selection, 2);
}
