/* What the words behind `tier` have in common. Private to cmd. */
#ifndef SIMULARK_CMD_TIER_OPTIONS_H
#define SIMULARK_CMD_TIER_OPTIONS_H

#include "simulark/cmd/cmd.h"

extern const struct command tier_list_word;
extern const struct command tier_show_word;
extern const struct command tier_usage_word;

#define LIMIT_WIDTH 26 /* of the names of limits and features in tables */

/* null where there is no limit. */
json_t *limit_to_json(int64_t limit);

#endif
