#include "simulark/flow/refusal.h"

#include "simulark/base/interrupt.h"
#include "simulark/base/path.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"

#define KEY_COLUMNS 8

/* ---- one more reading ---- */

/* What is looked for, and what was found. */
struct search {
    const struct refusal *refusal;
    const struct refused_bundle *bundle;
    bool by_key;        /* else by number */
    size_t wanted;      /* rows with the key */
    size_t ncolumns;    /* of the key; 0: it is none of this table's columns */
    struct buffer names[KEY_COLUMNS];
    struct buffer key[KEY_COLUMNS];
    bool has_key;       /* its values are known, none is NULL */
    size_t nplaces;
    struct buffer places[2];
    struct buffer id; /* of the row that was found last */
};

static void search_release(struct search *s)
{
    for (size_t i = 0; i < KEY_COLUMNS; i++) {
        buffer_release(&s->names[i]);
        buffer_release(&s->key[i]);
    }
    buffer_release(&s->places[0]);
    buffer_release(&s->places[1]);
    buffer_release(&s->id);
}

/* Splits "a, b" into at most KEY_COLUMNS; how many there are. */
static size_t split_list(const char *text, struct buffer parts[KEY_COLUMNS])
{
    size_t count = 0;

    for (const char *at = text; at; count++) {
        const char *end = strstr(at, ", ");

        if (count < KEY_COLUMNS)
            buffer_append(&parts[count], at, end ? (size_t)(end - at) : strlen(at));
        at = end ? end + 2 : NULL;
    }
    return count;
}

/* "graph_id, label", and the values in the same form: where one of several has a comma in it nobody knows which. */
static void take_columns(struct search *s)
{
    if (!s->refusal->columns)
        return;
    s->ncolumns = split_list(s->refusal->columns, s->names);
    if (s->ncolumns == 1)
        buffer_text(&s->key[0], s->refusal->value);
    s->has_key = s->ncolumns == 1 ||
                 (s->ncolumns <= KEY_COLUMNS && split_list(s->refusal->value, s->key) == s->ncolumns);
    if (s->ncolumns > KEY_COLUMNS)
        s->ncolumns = 0;
}

static const struct cell *key_cell(struct search *s, const struct shape *shape, const struct row *row, size_t column)
{
    int at = shape_column(shape, buffer_string(&s->names[column]));

    return at < 0 || !row->cells[at].text ? NULL : &row->cells[at];
}

/* The key as the bundle has it; ids may be others in the database. */
static void take_key(struct search *s, const struct shape *shape, const struct row *row)
{
    s->has_key = s->ncolumns > 0;
    for (size_t i = 0; i < s->ncolumns; i++) {
        const struct cell *cell = key_cell(s, shape, row, i);

        buffer_clear(&s->key[i]);
        if (cell)
            buffer_append(&s->key[i], cell->text, cell->len);
        else
            s->has_key = false;
    }
}

static bool has_key(struct search *s, const struct shape *shape, const struct row *row)
{
    for (size_t i = 0; i < s->ncolumns; i++) {
        const struct cell *cell = key_cell(s, shape, row, i);

        if (!cell || cell->len != s->key[i].len || memcmp(cell->text, s->key[i].data, cell->len) != 0)
            return false;
    }
    return s->ncolumns > 0;
}

/* Whether the row counts where one is looked for by its number. */
static bool is_counted(const struct search *s, const struct item *item)
{
    struct parcels *parcels = s->bundle->parcels;

    return !parcels || parcels_number(parcels, item->shape, &item->row) == s->refusal->parcel;
}

/* Whether the search is at its end with this row. */
static bool look_at(struct search *s, const struct source *source, const struct item *item, int64_t number)
{
    int id = shape_column(item->shape, "id");

    if (s->by_key ? !has_key(s, item->shape, &item->row) : number != s->refusal->row)
        return false;
    if (!s->by_key)
        take_key(s, item->shape, &item->row);
    buffer_clear(&s->id);
    if (id >= 0 && item->row.cells[id].text)
        buffer_append(&s->id, item->row.cells[id].text, item->row.cells[id].len);
    source_place(source, &s->places[s->nplaces++]);
    return !s->by_key || s->nplaces == s->wanted;
}

static void scan(struct search *s, struct source *source, struct error *err)
{
    const struct manifest *manifest;
    struct item item;
    int64_t number = 0;

    if (!source_header(source, &manifest, err))
        return;
    while (interrupt_check(err) && source_next(source, &item, err) && item.kind != ITEM_TRAILER) {
        if (item.kind == ITEM_ASSET || item.shape->table != s->refusal->table)
            continue;
        if (item.kind == ITEM_ROW)
            number += is_counted(s, &item);
        if (item.kind == ITEM_TABLE_END || (item.kind == ITEM_ROW && look_at(s, source, &item, number)))
            return;
    }
}

/* What cannot be read any more is not found; the caller has an error to tell already. */
static void read_again(struct search *s)
{
    const struct refused_bundle *bundle = s->bundle;
    struct bundle_info info = {.keys = bundle->keys};
    struct rereading shared = {0};
    struct error err = ERROR_INIT;
    struct source *source = source_bundle_again(bundle->path, bundle->limits, &shared, &info, &err);

    s->nplaces = 0;
    buffer_clear(&s->places[0]);
    buffer_clear(&s->places[1]);
    if (source) {
        source = source_progress(source, bundle->tick, bundle->context);
        scan(s, source, &err);
    }
    source_free(source);
    error_release(&err);
}

static void find_by_key(struct search *s, size_t wanted)
{
    s->by_key = true;
    s->wanted = wanted;
    read_again(s);
}

/* ---- what is said ---- */

static void tell_repeated(struct search *s, struct error *err)
{
    const struct refusal *refusal = s->refusal;

    error_restate(err);
    error_set_at(err, STATUS_MALFORMED, buffer_string(&s->places[1]), "This %s has the same %s as the one at %s: %s.",
                 refusal->table->noun, refusal->columns, buffer_string(&s->places[0]), refusal->value);
    error_hint(err, "Give one of them another; `simulark verify` names all that is wrong with the bundle.");
}

static void locate(struct search *s, struct error *err)
{
    const struct refusal *refusal = s->refusal;

    take_columns(s);
    if (refusal->row)
        read_again(s);
    else if (s->has_key)
        find_by_key(s, 1);
    if (!s->nplaces)
        return;
    if (s->id.len)
        error_detail(err, "the id of the %s is %s", refusal->table->noun, buffer_string(&s->id));
    if (!refusal->repeated || !s->has_key) {
        error_prefix(err, "%s", buffer_string(&s->places[0]));
        return;
    }
    find_by_key(s, 2);
    if (s->nplaces == 2)
        tell_repeated(s, err);
    else if (s->nplaces == 1)
        error_prefix(err, "%s", buffer_string(&s->places[0]));
}

void refusal_locate(const struct refusal *refusal, const struct refused_bundle *bundle, struct error *err)
{
    struct search s = {.refusal = refusal, .bundle = bundle};

    if (!refusal->table || (err->status != STATUS_MALFORMED && err->status != STATUS_CONFLICT))
        return; /* a full disk, somebody who interrupts: no row is to blame */
    if (path_can_be_read_again(bundle->path))
        locate(&s, err);
    if (!s.nplaces && err->status == STATUS_MALFORMED)
        error_hint(err, "`simulark verify` tells the place in the bundle, and all else that is wrong with it.");
    search_release(&s);
}
