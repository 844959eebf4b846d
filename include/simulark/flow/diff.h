/* What differs between two sources, row by row, column by column and, in JSON, place by place.
 *
 * Both are stepped through side by side in key order, so memory is flat; both are read to their ends, so damage shows. Rows
 * that have moved to another parent are found again by their id. */
#ifndef SIMULARK_FLOW_DIFF_H
#define SIMULARK_FLOW_DIFF_H

#include "simulark/base/error.h"
#include "simulark/flow/stream.h"
#include "simulark/model/difference.h"
#include "simulark/model/table.h"

#include <stdbool.h>
#include <stdint.h>

enum row_change { ROW_ADDED, ROW_REMOVED, ROW_CHANGED };

/* A row that differs. All borrowed, for the call only. */
struct diff_row {
    const char *table; /* "assets" for other files, "header" for what the bundle says of itself */
    enum row_change change;
    struct cell id;   /* text NULL: the header */
    struct cell name; /* text NULL: it has none */
};

/* A table or column that only one side has; told once, where the other side's rows hold something there. */
struct diff_lacking {
    const char *table;
    const char *column; /* NULL: the whole table */
    bool added;         /* it is the second side that has it */
    int64_t rows;       /* that hold something there */
};

/* Who hears of it. All are required. */
struct diff_events {
    void (*row)(void *context, const struct diff_row *row);
    /* A column of the changed row just told. */
    void (*value)(void *context, const char *column, const struct difference *difference);
    void (*lacking)(void *context, const struct diff_lacking *lacking);
    void *context;
};

struct diff_counts {
    bool there; /* at least one side has the table */
    int64_t added, removed, changed;
};

struct diff_report {
    bool equal;
    struct diff_counts tables[TABLE_COUNT];
    struct diff_counts assets;
};

/* ignore: of enum ignore. Rows that differ only in a column that one side lacks count as changed. Whose the rows are (people)
 * and when and by whom the bundle was written are no content. Neither source is freed. */
bool diff_run(struct source *a, struct source *b, unsigned ignore, const struct diff_events *events,
              struct diff_report *report, struct error *err);

/* Takes over two sources and gives two whose ids agree as far as their content does: projects and graphs are matched by name,
 * then order, nodes by label, type and position, edges by the nodes they join, and so on. The ids of what matches become those
 * of a, in references and in JSON. Where one is a template, only what a template holds is given. Rows are kept in scratch
 * files; of each, some hundred bytes stay in memory. On failure both are freed. */
bool sources_match(struct source **a, struct source **b, struct error *err);

#endif
