#include "simulark/flow/diff.h"

bool sources_match(struct source **a, struct source **b, struct error *err)
{
    (void)a, (void)b;
    return error_set(err, STATUS_INTERNAL, "to do");
}
