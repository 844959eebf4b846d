/* What is told of an import. Private to cmd. */
#ifndef SIMULARK_CMD_IMPORT_OUTPUT_H
#define SIMULARK_CMD_IMPORT_OUTPUT_H

#include "simulark/flow/database.h"

struct cli;

/* Fills cli->result, which has the fields of an import, and tells the same to people. from: what they call the source. */
void report_import(struct cli *cli, const char *from, const struct import_options *options, const struct seal_report *sealed,
                   const struct import_report *done);

#endif
