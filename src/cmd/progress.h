/* What the line of progress says. Private to cmd and its tests. */
#ifndef SIMULARK_CMD_PROGRESS_H
#define SIMULARK_CMD_PROGRESS_H

#include "simulark/base/buffer.h"
#include "simulark/flow/progress.h"

/* Appends "Exporting nodes: 45%, 630 of 1,400 rows, 1.2 MiB, 0.6 MiB/s, 0:03 left"; elapsed: milliseconds since the first row. */
void progress_text(struct buffer *text, const char *verb, const struct progress *progress, int64_t elapsed);

#endif
