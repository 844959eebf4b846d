#include "simulark/base/buffer.h"
#include "simulark/flow/ids.h"

#include <inttypes.h>

void id_plan_release(struct id_plan *plan)
{
    uuid_map_release(&plan->ids);
    *plan = (struct id_plan){0};
}

bool id_plan_reads_ahead(const struct id_plan *plan)
{
    return plan->options.choice != IDS_KEEP;
}

/* What all of a plan's ids are derived from, but for the old id. */
static void append_common(const struct id_plan *plan, const struct uuid *owner, struct buffer *out)
{
    char text[UUID_TEXT + 1] = "";

    if (owner)
        uuid_format(owner, text);
    buffer_printf(out, "%s\n%s\n%" PRIu64 "\n", plan->digest, text, plan->options.seed);
}

static void derive(struct digest *d, const struct buffer *common, struct uuid_pair *pair)
{
    char text[UUID_TEXT + 1];
    char hex[DIGEST_HEX + 1];

    uuid_format(&pair->from, text);
    text[UUID_TEXT] = '\n';
    digest_add(d, common->data, common->len);
    digest_add(d, text, sizeof text);
    digest_take(d, hex);
    uuid_of_digest(&pair->to, hex, 8);
}

void id_plan_derive(struct id_plan *plan, const struct uuid *owner)
{
    struct digest *d;
    struct buffer common = BUFFER_INIT;
    struct uuid_pair *pair;
    size_t at = 0;

    if (plan->derived)
        return;
    plan->derived = true;
    d = digest_new();
    append_common(plan, owner, &common);
    while ((pair = uuid_map_next(&plan->ids, &at)))
        derive(d, &common, pair);
    buffer_release(&common);
    digest_free(d);
}
