/* What breaks the rules for certain, told from a bundle's header before its first row. Private to flow. */
#ifndef SIMULARK_FLOW_FORESIGHT_H
#define SIMULARK_FLOW_FORESIGHT_H

#include "violations.h"
#include "simulark/model/manifest.h"

#include <stdbool.h>

/* What the header says is held against. */
struct foresight {
    const struct manifest *manifest;
    struct rules *rules;
    const char *users;               /* the owners, an array literal of ids */
    const struct violations *before; /* what they have too much of already */
};

/* A bundle of more rows is refused as soon as something is certain; of a smaller one it is worth knowing all that is wrong. */
bool is_worth_foresight(const struct manifest *manifest);

/* Adds the violations that are certain, whatever of the bundle is there already. */
bool foresee(const struct foresight *foresight, struct violations *v, struct error *err);

#endif
