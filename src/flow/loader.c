#include "loader.h"

#include "simulark/base/sum.h"
#include "simulark/flow/database.h"
#include "simulark/pg/copy_binary.h"
#include "simulark/pg/load.h"

#define FLUSH_BYTES ((size_t)64 << 10)
#define BATCH_ROWS 256
#define BATCH_BYTES ((size_t)1 << 20)

void loader_init(struct loader *l, struct pg *pg, const struct import_options *options, const struct people *people,
                 struct import_report *report)
{
    *l = (struct loader){.pg = pg, .report = report};
    readback_init(&l->readback, pg, options, people, report);
}

void loader_release(struct loader *l)
{
    readback_release(&l->readback);
    buffer_release(&l->lines);
    buffer_release(&l->line);
}

void loader_table(struct loader *l, const struct shape *shape)
{
    l->shape = shape;
    l->careful = readback_wanted(&l->readback, shape, TRIGGER_INSERT);
    l->binary = !l->careful && copy_binary_takes(shape); /* where nothing is read back the target has the shape's types */
    l->before = 0;
}

/* The server names the line of the COPY; the rows of the table are counted the same way. */
static bool name_row(struct loader *l, struct error *err)
{
    int64_t line = pg_last_copy_line(l->pg);

    if (err->status == STATUS_MALFORMED)
        error_hint(err, "`simulark verify` tells the place in the bundle, and all else that is wrong with it.");
    if (line > 0)
        error_prefix(err, "Row %lld of %s", (long long)l->before + (long long)line, l->shape->table->name);
    else
        error_prefix(err, "In %s", l->shape->table->name);
    return false;
}

static bool flush(struct loader *l, struct error *err)
{
    if (!pg_copy_in_data(l->pg, l->lines.data, l->lines.len, err))
        return name_row(l, err);
    if (!l->careful)
        buffer_clear(&l->lines);
    return true;
}

bool loader_end(struct loader *l, struct error *err)
{
    int64_t taken = 0;

    if (!l->copying)
        return true;
    l->copying = false;
    if (l->binary)
        copy_binary_end(&l->lines);
    if (!flush(l, err))
        return false;
    if (!pg_copy_in_end(l->pg, &taken, err))
        return name_row(l, err);
    if (taken != l->sent)
        return load_refuse_count(l->shape->table, taken, l->sent, err);
    if (l->careful && !readback_check(&l->readback, l->shape, l->lines.data, l->lines.len, err))
        return false;
    buffer_clear(&l->lines);
    l->report->written[table_index(l->shape->table)] += taken;
    l->before += taken;
    l->sent = 0;
    l->batch = 0;
    return true;
}

/* Begins a COPY where none is open. */
static bool begin(struct loader *l, struct error *err)
{
    if (l->copying)
        return true;
    l->copying = true;
    if (l->binary)
        copy_binary_begin(&l->lines);
    return load_copy(l->pg, l->shape, l->binary, err);
}

/* Adds a row to the lines. What the binary format cannot say is left to the server to judge: that row and those behind it go as
 * text. */
static bool add(struct loader *l, const struct row *row, struct error *err)
{
    if (!begin(l, err))
        return false;
    if (l->binary && copy_binary_append(&l->lines, l->shape, row))
        return true;
    if (l->binary) {
        if (!loader_end(l, err))
            return false;
        l->binary = false;
        return add(l, row, err);
    }
    buffer_append(&l->lines, row->copy, row->copy_len);
    return true;
}

bool loader_row(struct loader *l, const struct row *row, struct error *err)
{
    struct loaded *loaded = &l->loaded[table_index(l->shape->table)];
    struct row given = *row;

    if (!given.copy) {
        buffer_clear(&l->line);
        copy_append(&l->line, row);
        given.copy = l->line.data;
        given.copy_len = l->line.len;
    }
    if (!add(l, &given, err))
        return false;
    sum_add(&loaded->sum, given.copy, given.copy_len);
    if (l->projects)
        project_sums_add(l->projects, l->shape, row, given.copy, given.copy_len);
    loaded->shape = l->shape;
    loaded->unsure = l->careful;
    l->sent++;
    if (l->careful)
        return (++l->batch < BATCH_ROWS && l->lines.len < BATCH_BYTES) || loader_end(l, err);
    return l->lines.len <= FLUSH_BYTES || flush(l, err);
}
