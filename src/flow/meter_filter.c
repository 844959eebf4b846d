#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/record.h"
#include "simulark/flow/rules.h"

#include <stdlib.h>

/* Counts what a user takes out, in one transaction with what makes it real: the user's row is locked, the place is taken, the
 * bundle gets its name, and only then the count is committed. */
struct meter_filter {
    struct sink base;
    struct rules *rules;
    const struct meter_options *options;
};

static struct meter_filter *self(struct sink *sink)
{
    return (struct meter_filter *)sink;
}

static bool note_export(const struct meter_filter *f, struct error *err)
{
    const struct meter_options *o = f->options;

    *o->audited = catalog_has(&f->rules->catalog, table_find("audit_logs"));
    return !*o->audited || record_export(f->rules, o->sealed, o->audited, o->problem, err);
}

static bool finish(struct sink *sink, struct error *err)
{
    struct meter_filter *f = self(sink);
    struct rules *rules = f->rules;

    if (!rules->options.as)
        return sink_pass_finish(sink, err);
    if (!pg_begin_write(rules->pg, err) || !catalog_read(rules->pg, &rules->catalog, err) || !rules_admit(rules, true, err) ||
        !rules_meter(rules, err) || !note_export(f, err) || !sink_pass_finish(sink, err))
        return false;
    if (pg_commit(rules->pg, err))
        return true;
    error_detail(err, "The bundle is written, but it is not counted.");
    return false;
}

static void free_filter(struct sink *sink)
{
    free(sink);
}

static const struct sink_ops ops = {
    .header = sink_pass_header,
    .table = sink_pass_table,
    .row = sink_pass_row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = sink_pass_trailer,
    .finish = finish,
    .free = free_filter,
};

struct sink *filter_meter(struct sink *next, struct rules *rules, const struct meter_options *options)
{
    struct meter_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->rules = rules;
    f->options = options;
    return &f->base;
}
