#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"

#include <stdlib.h>

static void free_sink(struct sink *sink)
{
    free(sink);
}

static const struct sink_ops ops = {
    .header = sink_ignore_header,
    .table = sink_ignore_table,
    .row = sink_ignore_row,
    .table_end = sink_ignore_table_end,
    .asset = sink_ignore_asset,
    .trailer = sink_ignore_trailer,
    .finish = sink_ignore_finish,
    .free = free_sink,
};

struct sink *sink_nothing(void)
{
    struct sink *s = mem_alloc(sizeof *s);

    s->ops = &ops;
    return s;
}
