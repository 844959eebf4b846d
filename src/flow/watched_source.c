#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"

#include <stdlib.h>

/* For those who pull rows from two sources and so have no place for a filter: everything that is pulled is also pushed into a
 * sink, which only looks. */
struct watched_source {
    struct source base;
    struct source *inner;
    struct sink *watcher;
    struct seal_report report; /* of filter_seal */
};

static struct watched_source *self(struct source *source)
{
    return (struct watched_source *)source;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct watched_source *s = self(source);

    return source_header(s->inner, manifest, err) && sink_header(s->watcher, *manifest, err);
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct watched_source *s = self(source);

    return source_next(s->inner, item, err) && sink_push(s->watcher, item, err);
}

static void place(const struct source *source, struct buffer *text)
{
    source_place(((const struct watched_source *)source)->inner, text);
}

static void free_source(struct source *source)
{
    struct watched_source *s = self(source);

    sink_free(s->watcher);
    source_free(s->inner);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

static struct watched_source *watch(struct source *inner)
{
    struct watched_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->inner = inner;
    return s;
}

/* What filter_seal does, for those who pull. */
static struct source *checked(struct source *inner, bool sealed)
{
    struct watched_source *s = watch(inner);

    s->watcher = filter_seal(sink_nothing(), sealed, &s->report);
    return &s->base;
}

struct source *source_orderly(struct source *inner, enum container container)
{
    if (container_is_archive(container))
        return checked(inner, true);
    return checked(source_settled(inner), false);
}

struct source *source_progress(struct source *inner, progress_tick_fn *tick, void *context)
{
    struct watched_source *s = watch(inner);

    s->watcher = filter_progress(sink_nothing(), tick, context);
    return &s->base;
}
