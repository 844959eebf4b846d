/* Bytes into a descriptor, all of them. */
#ifndef SIMULARK_BASE_WRITE_H
#define SIMULARK_BASE_WRITE_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Writes where the descriptor stands. On false errno says why, for the caller to tell; where somebody asked to end
 * (base/interrupt.h), *err holds that already. */
bool write_all(int fd, const void *bytes, size_t len, struct error *err);

#endif
