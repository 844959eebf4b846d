#include "limit_options.h"

#include <stdlib.h>

bool read_limits(const struct arguments *a, struct limits *limits, struct error *err)
{
    size_t count;
    const char **values = argument_values(a, "limit", &count);

    *limits = LIMITS_DEFAULT;
    for (size_t i = 0; i < count && limits_set(limits, values[i], err);)
        i++;
    free(values);
    return !error_is_set(err);
}
