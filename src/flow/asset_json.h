/* An asset as documents and graph_data hold it: {"path": …, "text": …}, or "base64" where it is no text. Private to flow. */
#ifndef SIMULARK_FLOW_ASSET_JSON_H
#define SIMULARK_FLOW_ASSET_JSON_H

#include "simulark/flow/stream.h"

#include <jansson.h>
#include <stdbool.h>

/* Whether it is UTF-8 without NULs. */
bool asset_is_text(const struct asset *asset);

/* The caller owns it. */
json_t *asset_to_json(const struct asset *asset);

#endif
