/* What is wrong with a header although it can be read. Private to flow. */
#ifndef SIMULARK_FLOW_HEADER_CHECK_H
#define SIMULARK_FLOW_HEADER_CHECK_H

#include "simulark/model/findings.h"
#include "simulark/model/manifest.h"

void header_check(const struct manifest *manifest, struct findings *findings);

#endif
