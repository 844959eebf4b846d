#include "simulark/flow/undo.h"

#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/base/sum.h"
#include "simulark/base/uuid.h"
#include "simulark/flow/record.h"
#include "simulark/pg/bystanders.h"
#include "simulark/pg/removal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS_NAMED 10 /* of each table */

struct undo {
    struct pg *pg;
    const struct undo_options *options;
    struct undo_report *report;
    struct catalog catalog;
    struct receipt receipt;
    json_t *details; /* of the receipt */
    json_t *kept; /* "<kind> <id>" of what stays, as an object */
    struct buffer ids[REMOVAL_KINDS]; /* of what goes */
    char id[UUID_TEXT + 1];
    char xid[16]; /* as a row's xmin */
};

void undo_report_release(struct undo_report *report)
{
    free(report->undone_at);
    json_decref(report->kept);
    *report = (struct undo_report){0};
}

/* ---- the receipt ---- */

static const char *const nouns[REMOVAL_KINDS] = {"tier", "user", "template", "context", "project", "chat"};

/* What stays, and what goes: by one name. */
static char *name_of(const char *kind, const char *id)
{
    return text_printf("%s %s", kind, id);
}

static void keep(struct undo *u, const char *kind, const char *id, const char *why)
{
    char *name = name_of(kind, id);

    json_object_set_new(u->kept, name, json_true());
    json_array_append_new(u->report->kept, json_pack("{s:s, s:s, s:s}", "kind", kind, "id", id, "why", why));
    free(name);
}

static void take_unit(struct undo *u, const char *kind, const char *id)
{
    char *name = name_of(kind, id);

    for (size_t i = 0; i < REMOVAL_KINDS && !json_object_get(u->kept, name); i++)
        if (strcmp(nouns[i], kind) == 0)
            pg_array_add(&u->ids[i], id, strlen(id));
    free(name);
}

/* Notes the ids of all that came in and is not kept. */
static bool note_units(struct undo *u, struct error *err)
{
    size_t i;
    json_t *unit;

    for (size_t k = 0; k < REMOVAL_KINDS; k++)
        buffer_clear(&u->ids[k]);
    json_array_foreach(json_object_get(u->details, "units"), i, unit) {
        if (strcmp(json_text(unit, "action"), "skipped") != 0)
            take_unit(u, json_text(unit, "kind"), json_text(unit, "id"));
    }
    json_array_foreach(json_object_get(u->details, "made_users"), i, unit) {
        take_unit(u, "user", json_string_value(unit));
    }
    return removal_note(u->pg, u->xid, u->id, u->ids, err);
}

static bool keep_replaced(struct undo *u, struct error *err)
{
    size_t i;
    json_t *unit;

    json_array_foreach(json_object_get(u->details, "units"), i, unit) {
        if (strcmp(json_text(unit, "action"), "replaced") != 0)
            continue;
        keep(u, json_text(unit, "kind"), json_text(unit, "id"), "replaced");
        if (!u->options->force)
            error_detail(err, "the %s %s replaced one that cannot come back", json_text(unit, "kind"), json_text(unit, "id"));
    }
    if (!err->ndetails)
        return true;
    error_set(err, STATUS_CONFLICT, "The import replaced what was there before.");
    error_hint(err, "--force takes back the rest; what replaced something stays as it is.");
    return false;
}

static bool read_receipt(struct undo *u, struct error *err)
{
    struct uuid id;

    if (!uuid_parse_text(&id, u->options->receipt))
        return error_set(err, STATUS_CONFLICT, "\"%s\" is no receipt: a receipt is a uuid.", u->options->receipt);
    uuid_format(&id, u->id);
    if (!catalog_has(&u->catalog, table_find("audit_logs")))
        return error_set(err, STATUS_CONFLICT, "The database has no audit_logs, so it has no receipts.");
    if (!removal_receipt(u->pg, u->id, &u->receipt, err))
        return false;
    u->details = json_loads(u->receipt.details, 0, NULL);
    /* A row's xmin has the lower half of the transaction's number. */
    snprintf(u->xid, sizeof u->xid, "%" PRIu32, (uint32_t)strtoull(json_text(u->details, "xid"), NULL, 10));
    return true;
}

/* ---- was it touched? ---- */

static int64_t brought(const struct undo *u, const struct table *table)
{
    int64_t rows = json_integer_value(json_object_get(json_object_get(u->details, "tables"), table->name));

    if (table_is(table, "users"))
        rows += (int64_t)json_array_size(json_object_get(u->details, "made_users"));
    return rows;
}

/* The columns the rows were loaded with; false where they are not known, or not all there any more. */
static bool loaded_shape(const struct undo *u, const struct table *table, const json_t *loaded, struct shape *shape)
{
    const json_t *columns = json_object_get(loaded, "columns");
    size_t i;
    json_t *name;

    *shape = (struct shape){.table = table};
    json_array_foreach(columns, i, name) {
        if (shape_column(catalog_shape(&u->catalog, table), json_string_value(name)) < 0)
            return false;
        shape_add_column(shape, json_string_value(name), NULL);
    }
    return shape->ncolumns > 0;
}

/* Whether rows that were all written anew since (a dump was restored, a column changed its type) hold what they held. */
static bool holds_the_same(struct undo *u, const struct table *table, bool *same, struct error *err)
{
    const json_t *loaded = json_object_get(json_object_get(u->details, "loaded"), table->name);
    struct shape shape;
    char text[17];
    const char *line;
    size_t len;
    uint64_t sum = 0;
    bool ok = true;

    *same = false;
    if (loaded_shape(u, table, loaded, &shape)) {
        ok = removal_copy(u->pg, &shape, err);
        while (ok && (ok = pg_copy_out_row(u->pg, &line, &len, err)) && line)
            sum_add(&sum, line, len);
        snprintf(text, sizeof text, "%016" PRIx64, sum);
        *same = ok && strcmp(text, json_text(loaded, "sum")) == 0;
    }
    shape_release(&shape);
    return ok;
}

static bool name_changed(struct undo *u, const struct table *table, int64_t others, struct error *err)
{
    struct pg_result *rows = removal_changed(u->pg, table, ROWS_NAMED, err);

    for (size_t i = 0; rows && i < pg_result_rows(rows); i++) {
        const char *name = pg_result_text(rows, i, 1);
        const char *when = pg_result_text(rows, i, 2);

        error_detail(err, "the %s %s%s%s%s was changed or added%s%s", table->noun, pg_result_text(rows, i, 0),
                     name ? " (\"" : "", name ? name : "", name ? "\")" : "", when ? ", last at " : "", when ? when : "");
    }
    if (others > ROWS_NAMED)
        error_detail(err, "%lld more rows of %s were changed or added", (long long)others - ROWS_NAMED, table->name);
    pg_result_free(rows);
    return rows != NULL;
}

/* History is found by its transaction, in a scan of all: only where some came in. */
static bool concerns(const struct undo *u, const struct table *table)
{
    return catalog_has(&u->catalog, table) && (!table_is_history(table) || brought(u, table));
}

/* Locks the table's rows, so that what is found here is so until the end. */
static bool check_table(struct undo *u, const struct table *table, struct error *err)
{
    int64_t expected = brought(u, table);
    bool same = false;
    int64_t all;
    int64_t others;

    if (!removal_count(u->pg, table, &all, &others, err))
        return false;
    if (u->options->force)
        return true;
    if (others && all == expected && !holds_the_same(u, table, &same, err))
        return false;
    if (all < expected)
        error_detail(err, "%lld of %lld rows of %s are gone", (long long)(expected - all), (long long)expected, table->name);
    if (same || !others)
        return true;
    if (others == all && all >= expected && all > ROWS_NAMED) { /* written anew, as where a dump was restored */
        error_detail(err, "the rows of %s are not what they were, and nothing tells which of them changed", table->name);
        return true;
    }
    return name_changed(u, table, others, err);
}

static void keep_hanging(struct undo *u, const struct pg_result *hanging)
{
    for (size_t i = 0; i < pg_result_rows(hanging); i++)
        if (i == 0 || strcmp(pg_result_text(hanging, i, 1), pg_result_text(hanging, i - 1, 1)) != 0)
            keep(u, pg_result_text(hanging, i, 0), pg_result_text(hanging, i, 1), "has other things by now");
}

static bool check_hanging(struct undo *u, struct error *err)
{
    struct pg_result *hanging = removal_hanging(u->pg, &u->catalog, err);
    size_t count = pg_result_rows(hanging);

    if (u->options->force)
        keep_hanging(u, hanging);
    for (size_t i = 0; !u->options->force && i < count; i++)
        error_detail(err, "the %s %s has other things by now: %s of %ss, for instance %s", pg_result_text(hanging, i, 0),
                     pg_result_text(hanging, i, 1), pg_result_text(hanging, i, 4), pg_result_text(hanging, i, 2),
                     pg_result_text(hanging, i, 3));
    pg_result_free(hanging);
    return hanging && (!count || !u->options->force || note_units(u, err));
}

static bool check_leading_in(struct undo *u, struct error *err)
{
    int64_t count;

    if (u->options->force)
        return true;
    if (!removal_count_leading_in(u->pg, &u->catalog, &count, err))
        return false;
    if (count)
        error_detail(err, "%lld edge%s of other projects lead%s to nodes that would go, and would go with them", (long long)count,
                     count == 1 ? "" : "s", count == 1 ? "s" : "");
    return true;
}

static bool check(struct undo *u, struct error *err)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (concerns(u, &tables[i]) && !check_table(u, &tables[i], err))
            return false;
    if (!check_hanging(u, err) || !check_leading_in(u, err))
        return false;
    if (!err->ndetails)
        return true;
    error_set(err, STATUS_CONFLICT, "What the import of %s brought was touched since.", u->receipt.created_at);
    error_hint(err, "Look at it first; --force removes what the import brought all the same, but for what was replaced and "
                    "for users and tiers that have other things.");
    return false;
}

/* ---- taking it out ---- */

static bool take_out(struct undo *u, struct error *err)
{
    int64_t before = 0;

    if (!u->options->force && !bystanders_count(u->pg, &before, err))
        return false;
    for (size_t i = TABLE_COUNT; i-- > 0;)
        if (concerns(u, &tables[i]) && !removal_delete(u->pg, &tables[i], &u->report->removed[i], err))
            return false;
    return u->options->force || bystanders_unharmed(u->pg, before, err);
}

static bool leave_note(struct undo *u, struct error *err)
{
    return record_undo(u->pg, u->id,
                       json_pack("{s:s, s:O?, s:b, s:o, s:O}", "undone", u->id, "digest", json_object_get(u->details, "digest"),
                                 "force", u->options->force, "tables", some_rows_to_json(u->report->removed), "kept",
                                 u->report->kept),
                       err);
}

static bool run(struct undo *u, struct error *err)
{
    if (!pg_begin_write(u->pg, err) || !catalog_read(u->pg, &u->catalog, err) || !read_receipt(u, err))
        return false;
    if (u->receipt.undone_at) {
        u->report->undone_at = mem_strdup(u->receipt.undone_at);
        return pg_rollback(u->pg, err);
    }
    if (!keep_replaced(u, err) || !note_units(u, err) || !check(u, err) || !take_out(u, err) || !leave_note(u, err))
        return false;
    return u->options->dry_run ? pg_rollback(u->pg, err) : pg_commit_for_good(u->pg, err);
}

bool undo_run(struct pg *pg, const struct undo_options *options, struct undo_report *report, struct error *err)
{
    struct undo u = {.pg = pg, .options = options, .report = report};
    bool ok;

    report->kept = json_array();
    u.kept = json_object();
    for (size_t i = 0; i < TABLE_COUNT; i++)
        report->removed[i] = -1;
    ok = run(&u, err);
    catalog_release(&u.catalog);
    receipt_release(&u.receipt);
    json_decref(u.details);
    json_decref(u.kept);
    for (size_t i = 0; i < REMOVAL_KINDS; i++)
        buffer_release(&u.ids[i]);
    return ok;
}
