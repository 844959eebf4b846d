#include "simulark/base/memory.h"
#include "simulark/flow/endpoints.h"

#include <stdlib.h>

/* For those who pull rows from two sources and so have no place for a filter: everything that is pulled also goes through
 * filter_seal, behind which is nothing. */
struct checked_source {
    struct source base;
    struct source *inner;
    struct sink *check;
    struct seal_report report;
};

static struct checked_source *self(struct source *source)
{
    return (struct checked_source *)source;
}

static bool header(struct source *source, const struct manifest **manifest, struct error *err)
{
    struct checked_source *s = self(source);

    return source_header(s->inner, manifest, err) && sink_header(s->check, *manifest, err);
}

static bool next(struct source *source, struct item *item, struct error *err)
{
    struct checked_source *s = self(source);

    return source_next(s->inner, item, err) && sink_push(s->check, item, err);
}

static void place(const struct source *source, struct buffer *text)
{
    source_place(((const struct checked_source *)source)->inner, text);
}

static void free_source(struct source *source)
{
    struct checked_source *s = self(source);

    sink_free(s->check);
    source_free(s->inner);
    free(s);
}

static const struct source_ops ops = {
    .header = header,
    .next = next,
    .place = place,
    .free = free_source,
};

struct source *source_checked(struct source *inner, bool sealed)
{
    struct checked_source *s = mem_alloc(sizeof *s);

    s->base.ops = &ops;
    s->inner = inner;
    s->check = filter_seal(sink_nothing(), sealed, &s->report);
    return &s->base;
}
