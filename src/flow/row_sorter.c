#include "row_sorter.h"

#include "simulark/base/memory.h"
#include "simulark/base/scratch.h"
#include "simulark/model/row_key.h"

#include <stdint.h>
#include <stdlib.h>

#define MERGE_AT 16            /* runs of one level that become one of the next: so many are read at a time */
#define PIECE ((size_t)1 << 15) /* bytes that are read or written at once */

/* A record is this, the key and the line; in memory and in the file alike. */
struct record {
    uint32_t key_len;
    uint32_t len;
};

/* Records in order, in one stretch of the file. */
struct run {
    int64_t from, to;
    unsigned level;
};

/* A run while it is read: the record at `at` of text is the next. */
struct reader {
    int64_t from, to; /* of the file: what is still to be read */
    struct buffer text;
    size_t at;
    size_t number; /* of the run: the earlier of two equal keys goes first */
};

struct row_sorter {
    size_t memory;
    struct buffer text; /* records that are not in the file */
    size_t *starts;     /* of each in text, in the order they are given */
    size_t count, capacity;
    size_t given;
    bool ordered;      /* starts is in order */
    struct buffer last; /* the greatest key of the last run */
    bool open;          /* the last run may be continued */
    struct scratch *file; /* NULL: none yet */
    struct buffer out; /* what is to be written there */
    struct run *runs;
    size_t nruns, run_capacity;
    struct reader *readers; /* a heap: the least first */
    size_t nreaders;
    bool taken; /* the record of readers[0] was given */
};

struct row_sorter *row_sorter_new(size_t memory)
{
    struct row_sorter *s = mem_alloc(sizeof *s);

    s->memory = memory;
    s->ordered = true;
    return s;
}

static void close_readers(struct row_sorter *s)
{
    for (size_t i = 0; i < s->nreaders; i++)
        buffer_release(&s->readers[i].text);
    free(s->readers);
    s->readers = NULL;
    s->nreaders = 0;
}

void row_sorter_free(struct row_sorter *s)
{
    if (!s)
        return;
    close_readers(s);
    scratch_free(s->file);
    buffer_release(&s->text);
    buffer_release(&s->last);
    buffer_release(&s->out);
    free(s->starts);
    free(s->runs);
    free(s);
}

/* ---- records ---- */

static struct sorted_row row_at(const char *text)
{
    struct record r;

    memcpy(&r, text, sizeof r);
    text += sizeof r;
    return (struct sorted_row){.key = text, .key_len = r.key_len, .line = text + r.key_len, .len = r.len};
}

static size_t record_size(const struct sorted_row *row)
{
    return sizeof(struct record) + row->key_len + row->len;
}

static int compare_rows(const struct sorted_row *a, const struct sorted_row *b)
{
    return row_key_compare(a->key, a->key_len, b->key, b->key_len);
}

static int by_key(const void *a, const void *b, void *text)
{
    size_t x = *(const size_t *)a;
    size_t y = *(const size_t *)b;
    struct sorted_row m = row_at((char *)text + x);
    struct sorted_row n = row_at((char *)text + y);
    int order = compare_rows(&m, &n);

    if (order)
        return order;
    return x < y ? -1 : 1;
}

static void put_in_order(struct row_sorter *s)
{
    if (!s->ordered)
        qsort_r(s->starts, s->count, sizeof *s->starts, by_key, s->text.data);
    s->ordered = true;
}

/* ---- the file ---- */

static bool write_out(struct row_sorter *s, struct error *err)
{
    bool done = scratch_append(s->file, s->out.data, s->out.len, err);

    buffer_clear(&s->out);
    return done;
}

static bool write_row(struct row_sorter *s, const struct sorted_row *row, struct error *err)
{
    const struct record r = {(uint32_t)row->key_len, (uint32_t)row->len};

    buffer_append(&s->out, &r, sizeof r);
    buffer_append(&s->out, row->key, row->key_len);
    buffer_append(&s->out, row->line, row->len);
    return s->out.len < PIECE || write_out(s, err);
}

/* From there to the file's end. */
static void add_run(struct row_sorter *s, int64_t from, unsigned level)
{
    s->runs = mem_grow(s->runs, &s->run_capacity, s->nruns + 1, sizeof *s->runs);
    s->runs[s->nruns++] = (struct run){from, scratch_size(s->file), level};
}

/* ---- merging ---- */

/* Reads until `wanted` bytes stand behind `at`. */
static bool fill(const struct row_sorter *s, struct reader *r, size_t wanted, struct error *err)
{
    size_t rest = r->text.len - r->at;
    size_t want;

    if (rest >= wanted)
        return true;
    if (rest)
        memmove(r->text.data, r->text.data + r->at, rest);
    r->text.len = rest;
    r->at = 0;
    /* At least a piece, as far as the run goes. */
    want = wanted - rest < PIECE ? PIECE : wanted - rest;
    if ((int64_t)want > r->to - r->from)
        want = (size_t)(r->to - r->from);
    buffer_reserve(&r->text, want);
    if (!scratch_read(s->file, r->from, r->text.data + rest, want, err))
        return false;
    r->text.len += want;
    r->from += (int64_t)want;
    return r->text.len >= wanted || error_set(err, STATUS_INTERNAL, "A sorted run ends within a row.");
}

/* Makes the whole record at `at` present; *more is false at the run's end. */
static bool load(const struct row_sorter *s, struct reader *r, bool *more, struct error *err)
{
    struct record head;

    *more = r->at < r->text.len || r->from < r->to;
    if (!*more)
        return true;
    if (!fill(s, r, sizeof head, err))
        return false;
    memcpy(&head, r->text.data + r->at, sizeof head);
    return fill(s, r, sizeof head + head.key_len + head.len, err);
}

static bool goes_before(const struct reader *a, const struct reader *b)
{
    struct sorted_row x = row_at(a->text.data + a->at);
    struct sorted_row y = row_at(b->text.data + b->at);
    int order = compare_rows(&x, &y);

    return order < 0 || (order == 0 && a->number < b->number);
}

static void sink_down(struct row_sorter *s, size_t i)
{
    for (;;) {
        size_t least = i;
        struct reader swap;

        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < s->nreaders; child++)
            if (goes_before(&s->readers[child], &s->readers[least]))
                least = child;
        if (least == i)
            return;
        swap = s->readers[i];
        s->readers[i] = s->readers[least];
        s->readers[least] = swap;
        i = least;
    }
}

/* Gets ready to read the runs from `first` on. */
static bool open_readers(struct row_sorter *s, size_t first, struct error *err)
{
    bool more;

    s->readers = mem_alloc((s->nruns - first) * sizeof *s->readers);
    s->taken = false;
    for (size_t i = first; i < s->nruns; i++) {
        struct reader *r = &s->readers[s->nreaders++];

        *r = (struct reader){.from = s->runs[i].from, .to = s->runs[i].to, .number = i};
        if (!load(s, r, &more, err))
            return false;
    }
    for (size_t i = s->nreaders / 2; i > 0; i--)
        sink_down(s, i - 1);
    return true;
}

static bool merged_next(struct row_sorter *s, struct sorted_row *row, struct error *err)
{
    *row = (struct sorted_row){0};
    if (s->taken) {
        struct reader *r = &s->readers[0];
        struct sorted_row old = row_at(r->text.data + r->at);
        bool more;

        r->at += record_size(&old);
        if (!load(s, r, &more, err))
            return false;
        if (!more) {
            buffer_release(&r->text);
            *r = s->readers[--s->nreaders];
        }
        sink_down(s, 0);
    }
    s->taken = s->nreaders > 0;
    if (s->taken)
        *row = row_at(s->readers[0].text.data + s->readers[0].at);
    return true;
}

/* Makes one of the runs from `first` on, and gives the file's room back. */
static bool merge_runs(struct row_sorter *s, size_t first, struct error *err)
{
    struct run old = s->runs[first];
    int64_t from = scratch_size(s->file);
    struct sorted_row row;

    if (!open_readers(s, first, err))
        return false;
    do {
        if (!merged_next(s, &row, err) || (row.line && !write_row(s, &row, err)))
            return false;
    } while (row.line);
    close_readers(s);
    if (!write_out(s, err))
        return false;
    scratch_drop(s->file, old.from, from);
    s->nruns = first;
    add_run(s, from, old.level + 1);
    s->open = false;
    return true;
}

static bool merge_where_many(struct row_sorter *s, struct error *err)
{
    for (;;) {
        size_t same = 1;

        while (same < s->nruns && s->runs[s->nruns - 1 - same].level == s->runs[s->nruns - 1].level)
            same++;
        if (same < MERGE_AT)
            return true;
        if (!merge_runs(s, s->nruns - same, err))
            return false;
    }
}

/* ---- filling ---- */

/* Writes what is in memory: behind the last run where it continues it, else as a run of its own. */
static bool spill(struct row_sorter *s, struct error *err)
{
    struct sorted_row row;

    if (!s->file)
        s->file = scratch_new(err);
    if (!s->file)
        return false;
    put_in_order(s);
    row = row_at(s->text.data + s->starts[0]);
    if (!s->open || row_key_compare(s->last.data, s->last.len, row.key, row.key_len) > 0)
        add_run(s, scratch_size(s->file), 0);
    for (size_t i = 0; i < s->count; i++) {
        row = row_at(s->text.data + s->starts[i]);
        if (!write_row(s, &row, err))
            return false;
    }
    buffer_clear(&s->last);
    buffer_append(&s->last, row.key, row.key_len);
    s->open = true;
    if (!write_out(s, err))
        return false;
    s->runs[s->nruns - 1].to = scratch_size(s->file);
    buffer_clear(&s->text);
    s->count = 0;
    return merge_where_many(s, err);
}

bool row_sorter_add(struct row_sorter *s, const struct buffer *key, const char *line, size_t len, struct error *err)
{
    const struct record r = {(uint32_t)key->len, (uint32_t)len};

    if (len > UINT32_MAX || key->len > UINT32_MAX)
        return error_set(err, STATUS_MALFORMED, "A row is larger than 4 GiB.");
    if (s->count && s->text.len + len > s->memory && !spill(s, err))
        return false;
    if (s->count && s->ordered) {
        struct sorted_row last = row_at(s->text.data + s->starts[s->count - 1]);

        s->ordered = row_key_compare(last.key, last.key_len, key->data, key->len) <= 0;
    }
    s->starts = mem_grow(s->starts, &s->capacity, s->count + 1, sizeof *s->starts);
    s->starts[s->count++] = s->text.len;
    buffer_append(&s->text, &r, sizeof r);
    buffer_append(&s->text, key->data, key->len);
    buffer_append(&s->text, line, len);
    return true;
}

bool row_sorter_end(struct row_sorter *s, struct error *err)
{
    if (!s->nruns) {
        put_in_order(s);
        return true;
    }
    if (s->count && !spill(s, err))
        return false;
    buffer_release(&s->text);
    return open_readers(s, 0, err);
}

bool row_sorter_next(struct row_sorter *s, struct sorted_row *row, struct error *err)
{
    if (s->nruns)
        return merged_next(s, row, err);
    *row = (struct sorted_row){0};
    if (s->given < s->count)
        *row = row_at(s->text.data + s->starts[s->given++]);
    return true;
}

bool sorted_row_split(const struct sorted_row *kept, const struct shape *shape, struct copy_splitter *splitter, struct row *row,
                      struct error *err)
{
    return copy_split(splitter, kept->line, kept->len, shape->ncolumns, row) ||
           error_set(err, STATUS_INTERNAL, "A row of %s came back with another number of columns.", shape->table->name);
}
