#include "loader.h"

#include "simulark/base/memory.h"
#include "simulark/base/sum.h"
#include "simulark/flow/database.h"
#include "simulark/pg/copy_binary.h"
#include "simulark/pg/load.h"

#include <stdlib.h>

#define FLUSH_BYTES ((size_t)64 << 10)
#define BATCH_ROWS 256
#define BATCH_BYTES ((size_t)1 << 20)
/* References are checked when a COPY ends: what it has written, and where the rows lead, is then still in the caches. */
#define PART_ROWS 10000

void loader_init(struct loader *l, struct pg *pg, const struct import_options *options, const struct people *people,
                 struct import_report *report)
{
    *l = (struct loader){.pg = pg, .report = report, .parcel = options->parcel};
    readback_init(&l->readback, pg, options, people, report);
}

void loader_release(struct loader *l)
{
    readback_release(&l->readback);
    buffer_release(&l->lines);
    buffer_release(&l->line);
    free(l->runs);
}

void loader_table(struct loader *l, const struct shape *shape)
{
    l->shape = shape;
    l->careful = readback_wanted(&l->readback, shape, TRIGGER_INSERT);
    l->binary = !l->careful && copy_binary_takes(shape); /* where nothing is read back the target has the shape's types */
    l->before = 0;
    l->nruns = 0;
}

/* ---- which row it was ---- */

/* Rows that stay out leave gaps: what is skipped. */
static void note_number(struct loader *l, int64_t number)
{
    int64_t row = l->before + l->sent;
    const struct loader_run *last = l->nruns ? &l->runs[l->nruns - 1] : NULL;

    if (last && last->number + row - last->first == number)
        return;
    l->runs = mem_grow(l->runs, &l->runs_capacity, l->nruns + 1, sizeof *l->runs);
    l->runs[l->nruns++] = (struct loader_run){row, number};
}

/* The server names the line of the COPY. */
static int64_t number_of_line(const struct loader *l, int64_t line)
{
    int64_t row = l->before + line - 1;

    for (size_t i = l->nruns; line > 0 && i-- > 0;)
        if (l->runs[i].first <= row)
            return l->runs[i].number + row - l->runs[i].first;
    return 0;
}

bool loader_refuse(struct loader *l, const struct table *table, int64_t number)
{
    struct refusal *refusal = &l->report->refusal;
    struct buffer columns = BUFFER_INIT;
    struct buffer value = BUFFER_INIT;

    refusal_release(refusal);
    refusal->table = table;
    refusal->row = number;
    if (pg_last_key(l->pg, &columns, &value)) {
        refusal->columns = mem_strdup(buffer_string(&columns));
        refusal->value = mem_strdup(buffer_string(&value));
        refusal->repeated = pg_last_key_is_repeated(l->pg);
    }
    buffer_release(&columns);
    buffer_release(&value);
    return false;
}

static bool name_row(struct loader *l, struct error *err)
{
    int64_t number = number_of_line(l, pg_last_copy_line(l->pg));

    if (number && !l->parcel)
        error_prefix(err, "Row %lld of %s", (long long)number, l->shape->table->name);
    else
        error_prefix(err, "In %s", l->shape->table->name);
    return loader_refuse(l, l->shape->table, number);
}

/* ---- the rows ---- */

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
    return load_copy(l->pg, l->shape, l->binary, l->frozen, err);
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
    struct cell line = copy_line(row, &l->line);

    note_number(l, row->number);
    if (!add(l, &(struct row){.cells = row->cells, .ncells = row->ncells, .copy = line.text, .copy_len = line.len}, err))
        return false;
    sum_add(&loaded->sum, line.text, line.len);
    if (l->projects)
        project_sums_add(l->projects, l->shape, row, line.text, line.len);
    loaded->shape = l->shape;
    loaded->unsure = l->careful;
    l->sent++;
    if (l->careful)
        return (++l->batch < BATCH_ROWS && l->lines.len < BATCH_BYTES) || loader_end(l, err);
    if (l->parted[table_index(l->shape->table)] && l->sent == PART_ROWS)
        return loader_end(l, err);
    return l->lines.len <= FLUSH_BYTES || flush(l, err);
}
