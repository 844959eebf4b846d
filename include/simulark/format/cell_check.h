/* What a server would refuse of jsonb and of text arrays although their text is right. Pure. */
#ifndef SIMULARK_FORMAT_CELL_CHECK_H
#define SIMULARK_FORMAT_CELL_CHECK_H

#include "simulark/model/check.h"

#include <stdbool.h>
#include <stddef.h>

/* Canonical jsonb text: nesting against PostgreSQL's stack, sizes of arrays and objects against its memory. */
bool check_jsonb(const char *text, size_t len, struct problem *problem);

/* An array's literal: explicit bounds against what is in it; with `indexed`, each element against the room in a GIN index. */
bool check_text_array(const char *text, size_t len, bool indexed, struct problem *problem);

#endif
