#include "tier_options.h"
#include "simulark/model/tier.h"

json_t *limit_to_json(int64_t limit)
{
    return limit == UNLIMITED ? json_null() : json_integer((json_int_t)limit);
}

static const struct command *const words[] = {&tier_list_word, &tier_show_word, &tier_usage_word, NULL};

const struct command command_tier = {
    .name = "tier",
    .operands = "list|show|usage",
    .summary = "tiers, their limits, what a user has left",
    .about = "Tells what subscription tiers allow and what a user has left of it; docs/tiers.md\n"
             "has the rules.",
    .examples = "  simulark tier list\n"
                "  simulark tier usage ada@example.org\n",
    .words = words,
};
