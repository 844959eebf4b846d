#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/pg/catalog.h"

#include <stdlib.h>

/* Leaves out the columns that the target does not have. */
struct columns_filter {
    struct sink base;
    struct pg *target;
    struct import_report *report;
    struct manifest *fitted; /* the header as the target can take it */
    size_t *kept; /* the places of the columns that stay */
    size_t nkept;
    size_t capacity;
    struct row_edit edit;
};

static struct columns_filter *self(struct sink *sink)
{
    return (struct columns_filter *)sink;
}

static bool read_catalog(struct pg *target, struct catalog *catalog, struct error *err)
{
    return pg_begin_read(target, err) && catalog_read(target, catalog, err) && pg_commit(target, err);
}

static void tell_dropped(struct import_report *report, const struct shape *shape, const struct shape_column *column)
{
    report->dropped = mem_grow(report->dropped, &report->dropped_capacity, report->ndropped + 1, sizeof *report->dropped);
    report->dropped[report->ndropped++] = text_printf("%s.%s", shape->table->name, column->name);
}

/* What the target cannot do without, and tables it has not at all, are refused by the sink behind. */
static void fit(struct shape *shape, const struct shape *there, struct import_report *report)
{
    size_t kept = 0;

    if (!there->ncolumns)
        return;
    for (size_t i = 0; i < shape->ncolumns; i++) {
        struct shape_column *column = &shape->columns[i];

        if (shape_column(there, column->name) >= 0 || !catalog_may_drop(column)) {
            shape->columns[kept++] = *column;
            continue;
        }
        if (shape->rows != 0)
            tell_dropped(report, shape, column);
        free(column->name);
        free(column->sql_type);
    }
    shape->ncolumns = kept;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct columns_filter *f = self(sink);
    struct catalog catalog = {0};
    bool ok = read_catalog(f->target, &catalog, err);

    f->fitted = manifest_copy(manifest);
    for (size_t i = 0; ok && i < f->fitted->nshapes; i++)
        fit(&f->fitted->shapes[i], catalog_shape(&catalog, f->fitted->shapes[i].table), f->report);
    catalog_release(&catalog);
    return ok && sink_pass_header(sink, f->fitted, err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct columns_filter *f = self(sink);
    const struct shape *fitted = manifest_shape(f->fitted, shape->table);

    f->nkept = 0;
    f->kept = mem_grow(f->kept, &f->capacity, shape->ncolumns, sizeof *f->kept);
    for (size_t i = 0; i < shape->ncolumns; i++)
        if (shape_column(fitted, shape->columns[i].name) >= 0)
            f->kept[f->nkept++] = i;
    return sink_pass_table(sink, fitted, err);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct columns_filter *f = self(sink);
    struct row passed;

    if (f->nkept == given->ncells)
        return sink_pass_row(sink, given, err);
    passed = row_edit_begin(&f->edit, given);
    passed.ncells = f->nkept;
    passed.copy = NULL;
    for (size_t i = 0; i < f->nkept; i++)
        f->edit.cells[i] = given->cells[f->kept[i]];
    return sink_pass_row(sink, &passed, err);
}

static void free_filter(struct sink *sink)
{
    struct columns_filter *f = self(sink);

    manifest_free(f->fitted);
    free(f->kept);
    row_edit_release(&f->edit);
    free(f);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = sink_pass_trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_columns(struct sink *next, struct pg *target, struct import_report *report)
{
    struct columns_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->target = target;
    f->report = report;
    return &f->base;
}
