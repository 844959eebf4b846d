/* Versions as Semantic Versioning 2.0.0 has them: 1.4.0, 2.0.0-rc.1, 1.0.0+build.5. Pure. */
#ifndef SIMULARK_MODEL_VERSION_H
#define SIMULARK_MODEL_VERSION_H

#include <stdbool.h>

bool version_is_valid(const char *text);

/* Less than, equal to or greater than 0 as a comes before, with or behind b; build metadata does not count. Both are valid. */
int version_compare(const char *a, const char *b);

#endif
