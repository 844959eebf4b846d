/* Rows on their way into a table: one COPY or several, or batches that are read back where something may alter them. Private to
 * flow. */
#ifndef SIMULARK_FLOW_LOADER_H
#define SIMULARK_FLOW_LOADER_H

#include "readback.h"

struct loader {
    struct pg *pg;
    struct import_report *report;
    bool parcel; /* rows are counted within a parcel, which says nothing to anybody */
    struct readback readback;
    const struct shape *shape;
    bool careful;        /* rows are read back */
    bool binary;         /* rows go in COPY's binary format */
    bool frozen;         /* rows are frozen; set by who knows that the tables stand ready for it */
    bool copying;        /* the COPY is open */
    bool parted[TABLE_COUNT]; /* rows go in several COPYs */
    struct buffer lines; /* not sent yet */
    struct buffer line;  /* the last row as COPY text, where it came without */
    size_t batch;        /* rows in lines, where careful */
    int64_t sent;        /* rows of this COPY, lines included */
    int64_t before;      /* rows of the table in COPYs that ended */
    struct loader_run {
        int64_t first; /* this row of those that were given, and what follows it without a gap, … */
        int64_t number; /* … is this one of the bundle's */
    } * runs;
    size_t nruns;
    size_t runs_capacity;
    struct project_sums *projects; /* summed up, too; NULL: not wanted */
    struct loaded {
        const struct shape *shape; /* NULL: nothing was loaded */
        uint64_t sum;              /* of the rows as lines */
        bool unsure;               /* they may be there in another form */
    } loaded[TABLE_COUNT];
};

void loader_init(struct loader *l, struct pg *pg, const struct import_options *options, const struct people *people,
                 struct import_report *report);
void loader_release(struct loader *l);

/* The rows that follow are of this table. Rows need cells as well as a line where projects are summed up. */
void loader_table(struct loader *l, const struct shape *shape);
bool loader_row(struct loader *l, const struct row *row, struct error *err);
/* Notes in the report which row the last error was about, for refusal_locate: one of this table, with its number where the caller
 * knows it, else 0. Always false. */
bool loader_refuse(struct loader *l, const struct table *table, int64_t number);
/* The rows so far are there, and counted in the report; more may follow. */
bool loader_end(struct loader *l, struct error *err);

#endif
