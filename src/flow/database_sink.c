#include "receipt.h"
#include "units.h"
#include "simulark/base/memory.h"
#include "simulark/flow/database.h"
#include "simulark/flow/record.h"
#include "simulark/pg/bulk_load.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/load.h"

#include <stdlib.h>

#define BULK_ROWS 20000 /* from so many on it pays to take indexes away and make them again */

/* A database as a sink: one transaction. */
struct database_sink {
    struct sink base;
    struct pg *pg;
    const struct import_options *options;
    struct import_report *report;
    struct catalog *catalog; /* the rules' */
    struct pg_result *serials; /* columns that count, with their sequences */
    struct units units;
    const struct shape *shape;
    struct loader loader;
    struct project_sums projects;
    struct bulk_load *bulk; /* NULL: there is too little to load */
    bool may_freeze;        /* the tables stand ready for frozen rows */
};

static struct database_sink *self(struct sink *sink)
{
    return (struct database_sink *)sink;
}

/* Chooses tables whose rows nobody looks at before all are there; how many rows they get. */
static int64_t choose_for_bulk(const struct database_sink *s, const struct manifest *manifest, bool wanted[TABLE_COUNT])
{
    int64_t rows = 0;

    for (size_t i = 0; i < manifest->nshapes; i++) {
        const struct shape *shape = &manifest->shapes[i];

        if (shape->rows <= 0 || units_look_up(&s->units, shape->table) ||
            readback_wanted(&s->loader.readback, shape, TRIGGER_INSERT))
            continue;
        wanted[table_index(shape->table)] = true;
        rows += shape->rows;
    }
    return rows;
}

/* Tiers stay as they are in the target, where they are. */
static bool prepare_freeze(struct database_sink *s, const struct manifest *manifest, struct error *err)
{
    bool written[TABLE_COUNT] = {false};

    for (size_t i = 0; i < manifest->nshapes; i++)
        written[table_index(manifest->shapes[i].table)] = !shape_is(&manifest->shapes[i], "subscription_tiers");
    return bulk_load_allow_freeze(s->bulk, written, &s->may_freeze, err);
}

/* Makes the tables ready for many rows. */
static bool prepare_tables(struct database_sink *s, const struct manifest *manifest, struct error *err)
{
    bool wanted[TABLE_COUNT] = {false};

    if (choose_for_bulk(s, manifest, wanted) < BULK_ROWS)
        return true;
    s->bulk = bulk_load_begin(s->pg, wanted, err);
    return s->bulk && prepare_freeze(s, manifest, err) && load_refer_elsewhere(s->pg, s->loader.parted, err);
}

/* Begins the transaction, and learns what there is. */
static bool begin(struct database_sink *s, struct error *err)
{
    enum { CATALOG, TRIGGERS, SERIALS, COUNT };
    struct pg_question questions[COUNT] = {0};
    struct pg_result *answers[COUNT] = {NULL};
    bool ok;

    catalog_question(s->pg, &questions[CATALOG]);
    triggers_question(s->pg, &questions[TRIGGERS]);
    load_question_serials(s->pg, &questions[SERIALS]);
    ok = pg_begin_write(s->pg, err) && pg_ask_all(s->pg, questions, COUNT, answers, err);
    catalog_take(s->catalog, answers[CATALOG]);
    triggers_take(&s->loader.readback.triggers, answers[TRIGGERS]);
    s->serials = answers[SERIALS];
    pg_result_free(answers[CATALOG]);
    pg_result_free(answers[TRIGGERS]);
    for (size_t i = 0; i < COUNT; i++)
        pg_question_release(&questions[i]);
    return ok;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct database_sink *s = self(sink);
    struct uuid receipt;

    if (manifest->kind == KIND_TEMPLATE) {
        error_set(err, STATUS_MALFORMED, "The bundle is a template; an import takes projects, accounts and instances.");
        error_hint(err, "`simulark template publish` puts it into a database, `simulark template use` starts a project from it.");
        return false;
    }
    uuid_random(&receipt);
    uuid_format(&receipt, s->report->receipt);
    for (size_t i = 0; i < manifest->nshapes; i++)
        s->report->written[table_index(manifest->shapes[i].table)] = 0;
    units_header(&s->units, manifest, s->catalog);
    if (manifest->kind != KIND_INSTANCE)
        s->loader.projects = &s->projects;
    return begin(s, err) && catalog_can_take(s->pg, s->catalog, manifest, false, err) &&
           readback_begin(&s->loader.readback, s->catalog, manifest, err) && prepare_tables(s, manifest, err);
}

/* Older snapshots see frozen rows, but not the tiers and users that were made just now. */
static bool refers_to_new_rows(const struct database_sink *s)
{
    return s->report->written[TABLE_SUBSCRIPTION_TIERS] > 0 || uuid_set_count(&s->units.people->made);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct database_sink *s = self(sink);

    s->shape = shape;
    s->loader.frozen = s->may_freeze && !shape_is(shape, "subscription_tiers") && !refers_to_new_rows(s);
    loader_table(&s->loader, shape);
    units_begin(&s->units, shape);
    return shape->table->unit || units_agree(&s->units, err);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct database_sink *s = self(sink);

    if (units_has(&s->units, s->shape, given))
        return loader_end(&s->loader, err) && units_add(&s->units, given, err);
    return skipped_has(&s->options->rules->skipped, s->shape, given) || loader_row(&s->loader, given, err);
}

static bool table_end(struct sink *sink, struct error *err)
{
    struct database_sink *s = self(sink);
    const struct table *refused = NULL;

    if (!loader_end(&s->loader, err) || !units_end(&s->units, err))
        return false;
    return !s->bulk || bulk_load_end_table(s->bulk, s->shape->table, &refused, err) || loader_refuse(&s->loader, refused, 0);
}

/* Before the receipt, which is a row like others. */
static bool advance_serials(struct database_sink *s, struct error *err)
{
    bool written[TABLE_COUNT];

    for (size_t i = 0; i < TABLE_COUNT; i++)
        written[i] = s->report->written[i] > 0;
    return load_advance_serials(s->pg, s->serials, written, err);
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct database_sink *s = self(sink);

    if (!units_unchanged(&s->units, seal->claimed, err) || !units_agree(&s->units, err) ||
        !readback_end(&s->loader.readback, err))
        return false;
    if (s->options->parcel && !import_report_wrote(s->report))
        return true;
    if (!s->options->dry_run && !advance_serials(s, err))
        return false;
    s->report->no_audit = !catalog_has(s->catalog, table_find("audit_logs"));
    if (!s->report->no_audit && !receipt_leave(&s->loader, s->options, s->units.people, seal, err))
        return false;
    return !s->options->rules->overridden || record_override(s->options->rules, s->report->receipt, err);
}

static bool finish(struct sink *sink, struct error *err)
{
    struct database_sink *s = self(sink);

    if (s->options->dry_run)
        return pg_rollback(s->pg, err);
    return s->options->parcel ? pg_commit(s->pg, err) : pg_commit_for_good(s->pg, err);
}

/* Without finish the transaction is still open; the connection's end rolls it back. */
static void free_sink(struct sink *sink)
{
    struct database_sink *s = self(sink);

    pg_result_free(s->serials);
    units_release(&s->units);
    loader_release(&s->loader);
    project_sums_release(&s->projects);
    bulk_load_free(s->bulk);
    free(s);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = table_end,
    .asset = sink_refuse_asset,
    .trailer = trailer,
    .finish = finish,
    .free = free_sink,
};

struct sink *sink_database(struct pg *pg, const struct import_options *options, struct people *people,
                           struct import_report *report)
{
    struct database_sink *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->pg = pg;
    s->options = options;
    s->catalog = &options->rules->catalog;
    s->report = report;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        report->written[i] = -1;
    loader_init(&s->loader, pg, options, people, report);
    units_init(&s->units, &s->loader, options, people);
    return &s->base;
}
