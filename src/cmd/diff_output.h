/* How `simulark diff` tells what it finds: as text, row by row, or collected for --json. Private to cmd. */
#ifndef SIMULARK_CMD_DIFF_OUTPUT_H
#define SIMULARK_CMD_DIFF_OUTPUT_H

#include "simulark/base/buffer.h"
#include "simulark/flow/diff.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Text on stdout. */
struct diff_text {
    const char *names[2]; /* of the two sides */
    bool color;
    const char *table; /* whose heading stands already; NULL: none yet */
    struct buffer line;
};

struct diff_events diff_text_events(struct diff_text *text);
void diff_text_release(struct diff_text *text);

/* Counts per table, of those that differ. */
void diff_text_counts(struct diff_text *text, const struct diff_report *report);

#define DIFF_JSON_CHANGES 1000 /* rows that are listed */
#define DIFF_JSON_VALUES 10000 /* columns and places in JSON that are listed, of all of them */
#define DIFF_JSON_TEXT 1000    /* bytes of a value; longer ones end in … */

struct diff_json {
    json_t *changes;
    json_t *columns; /* of the row told last; NULL: it is not listed. Borrowed from changes. */
    size_t values;
    bool truncated;
};

struct diff_events diff_json_events(struct diff_json *json);
/* The result as --json prints it; takes over json->changes. */
json_t *diff_json_result(struct diff_json *json, const struct diff_report *report);

#endif
