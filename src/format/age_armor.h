/* The armor of an age file: the same as text (strict PEM, RFC 7468). Only read. Only src/format/age*.c include this. */
#ifndef SIMULARK_FORMAT_AGE_ARMOR_H
#define SIMULARK_FORMAT_AGE_ARMOR_H

#include "simulark/base/input.h"

#include <stdbool.h>
#include <stddef.h>

bool age_is_armor(const char *head, size_t len);

/* What the text stands for. Takes over in. */
struct input *age_armor_open(struct input *in);

#endif
