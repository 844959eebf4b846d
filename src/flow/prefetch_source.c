#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

/* A thread pulls the inner source and copies what it gives into batches; whoever pulls this one takes them in turn. Only the
 * counters and `bytes` are touched by both, under the lock; a batch belongs to the thread until it is handed over, and to the
 * other side until it is given back. */

#define BATCHES 8
#define BATCH_BYTES ((size_t)256 << 10)
#define AHEAD_BYTES ((size_t)3 << 20) /* with rows so large the thread waits until all was taken */

struct batch {
    struct item *items;
    size_t nitems, capacity;
    char *memory; /* of what the items point to; it does not move while there are items */
    size_t size, used;
    bool failed; /* behind the items the inner source failed */
};

struct prefetch_source {
    struct source base;
    struct source *inner;
    struct error failure; /* of the inner source; told once all before it was taken */
    struct item pulled;   /* what found no room in the last batch */
    bool is_pulled;
    bool table_ended; /* with the last item pulled: what follows is read only once the table was found right */
    struct batch batches[BATCHES];
    size_t at; /* of the next item in the batch that is being taken */

    pthread_t thread;
    bool begun, threaded; /* without a thread (there are too many) rows are given as they come */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t filled, taken; /* batches so far */
    size_t bytes;         /* in batches that are filled and not taken */
    bool stop;
};

static struct prefetch_source *self(struct source *source)
{
    return (struct prefetch_source *)source;
}

/* ---- batches ---- */

static size_t bytes_of(const struct item *item)
{
    size_t bytes = 0;

    if (item->kind == ITEM_ASSET)
        return strlen(item->asset.path) + 1 + item->asset.len + 1;
    if (item->kind != ITEM_ROW)
        return 0;
    for (size_t i = 0; i < item->row.ncells; i++)
        bytes += item->row.cells[i].len;
    return bytes + item->row.ncells * sizeof *item->row.cells + item->row.copy_len;
}

static char *keep(struct batch *b, const char *bytes, size_t len)
{
    char *kept = b->memory + b->used;

    if (len)
        memcpy(kept, bytes, len);
    b->used += len;
    return kept;
}

static void keep_row(struct batch *b, struct row *row)
{
    struct cell *cells = (struct cell *)(void *)keep(b, (const char *)row->cells, row->ncells * sizeof *cells);

    for (size_t i = 0; i < row->ncells; i++)
        if (cells[i].text)
            cells[i].text = keep(b, cells[i].text, cells[i].len);
    row->cells = cells;
    if (row->copy)
        row->copy = keep(b, row->copy, row->copy_len);
}

/* With a NUL behind, as it came. */
static void keep_asset(struct batch *b, struct asset *asset)
{
    asset->path = keep(b, asset->path, strlen(asset->path) + 1);
    asset->bytes = keep(b, asset->bytes, asset->len);
    keep(b, "", 1);
}

/* False where the batch has no room for the item. */
static bool add(struct batch *b, const struct item *item)
{
    size_t at = (b->used + sizeof(struct cell) - 1) / sizeof(struct cell) * sizeof(struct cell); /* aligned */
    size_t bytes = bytes_of(item);
    struct item *kept;

    if (b->nitems && (at > b->size || b->size - at < bytes))
        return false;
    if (!b->nitems && b->size < bytes) {
        b->size = bytes > BATCH_BYTES ? bytes : BATCH_BYTES;
        b->memory = mem_realloc(b->memory, b->size);
    }
    b->items = mem_grow(b->items, &b->capacity, b->nitems + 1, sizeof *b->items);
    kept = &b->items[b->nitems++];
    *kept = *item;
    b->used = at;
    if (item->kind == ITEM_ROW)
        keep_row(b, &kept->row);
    else if (item->kind == ITEM_ASSET)
        keep_asset(b, &kept->asset);
    return true;
}

/* Memory of an unusually large row is not kept for the small ones. */
static void empty(struct batch *b)
{
    b->nitems = b->used = 0;
    if (b->size <= BATCH_BYTES)
        return;
    free(b->memory);
    b->memory = NULL;
    b->size = 0;
}

/* ---- the thread ---- */

static bool pull(struct prefetch_source *s)
{
    if (!s->is_pulled)
        s->is_pulled = interrupt_check(&s->failure) && source_next(s->inner, &s->pulled, &s->failure);
    return s->is_pulled;
}

/* False once there is nothing more to pull. */
static bool fill(struct prefetch_source *s, struct batch *b)
{
    while (pull(s)) {
        if (!add(b, &s->pulled))
            return true;
        s->is_pulled = false;
        s->table_ended = s->pulled.kind == ITEM_TABLE_END;
        if (s->pulled.kind == ITEM_TRAILER || s->table_ended)
            return s->table_ended;
    }
    b->failed = true;
    return false;
}

static bool has_room(const struct prefetch_source *s)
{
    return s->filled == s->taken || (!s->table_ended && s->filled - s->taken < BATCHES && s->bytes < AHEAD_BYTES);
}

/* NULL: nobody wants more. */
static struct batch *wait_for_room(struct prefetch_source *s)
{
    struct batch *b;

    pthread_mutex_lock(&s->lock);
    while (!s->stop && !has_room(s))
        pthread_cond_wait(&s->changed, &s->lock);
    b = s->stop ? NULL : &s->batches[s->filled % BATCHES];
    pthread_mutex_unlock(&s->lock);
    return b;
}

static void hand_over(struct prefetch_source *s, const struct batch *b)
{
    pthread_mutex_lock(&s->lock);
    s->filled++;
    s->bytes += b->size;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static void *run(void *context)
{
    struct prefetch_source *s = context;
    struct batch *b;
    bool more = true;

    while (more && (b = wait_for_room(s)) != NULL) {
        more = fill(s, b);
        hand_over(s, b);
    }
    return NULL;
}

/* Signals are the other side's to take: it knows what to stop. What the thread itself brings about is its own. */
static void begin(struct prefetch_source *s)
{
    static const int own[] = CRASH_SIGNALS;
    sigset_t others, before;

    s->begun = true;
    sigfillset(&others);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&others, own[i]);
    pthread_sigmask(SIG_SETMASK, &others, &before);
    s->threaded = pthread_create(&s->thread, NULL, run, s) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void end(struct prefetch_source *s)
{
    if (!s->threaded)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
}

/* ---- the other side ---- */

static struct batch *wait_for_batch(struct prefetch_source *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->filled == s->taken)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    return &s->batches[s->taken % BATCHES];
}

static void give_back(struct prefetch_source *s, struct batch *b)
{
    size_t bytes = b->size;

    empty(b);
    s->at = 0;
    pthread_mutex_lock(&s->lock);
    s->taken++;
    s->bytes -= bytes;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

/* The last item given is done with once the next is asked for. */
static bool take(struct prefetch_source *s, struct item *item, struct error *err)
{
    struct batch *b = wait_for_batch(s);

    if (s->at == b->nitems && !b->failed) {
        give_back(s, b);
        b = wait_for_batch(s);
    }
    if (s->at == b->nitems) {
        error_release(err);
        *err = s->failure;
        s->failure = ERROR_INIT;
        return false;
    }
    *item = b->items[s->at++];
    return true;
}

/* ---- the source ---- */

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    return source_header(self(source)->inner, manifest, err);
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct prefetch_source *s = self(source);

    if (!s->begun)
        begin(s);
    return s->threaded ? take(s, item, err) : source_next(s->inner, item, err);
}

static void free_source(struct source *source)
{
    struct prefetch_source *s = self(source);

    end(s);
    for (size_t i = 0; i < BATCHES; i++) {
        free(s->batches[i].items);
        free(s->batches[i].memory);
    }
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    error_release(&s->failure);
    source_free(s->inner);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = source_place_nothing,
    .free = free_source,
};

struct source *source_prefetch(struct source *inner)
{
    struct prefetch_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->inner = inner;
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, NULL);
    return &s->base;
}
