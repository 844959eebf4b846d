/* What import and transfer have in common: how rows go into a database, and what is told of it. Private to cmd. */
#ifndef SIMULARK_CMD_IMPORT_OPTIONS_H
#define SIMULARK_CMD_IMPORT_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/flow/endpoints.h"

#include <stdbool.h>

/* For a command's table of options. */
#define IMPORT_OPTIONS                                                                                                       \
    {"owner", 0, "USER", "give everything to this user (id or e-mail)"},                                                     \
    {"map-users", 0, "FILE", "who is who: lines old,new of ids or e-mails"},                                                 \
    {"create-users", 0, NULL, "make the users nobody matches"},                                                              \
    {"on-conflict", 0, "WHAT", "with what is there already: fail, skip, replace"},                                           \
    {"dry-run", 'n', NULL, "do everything, then roll it back"},                                                              \
    {"force", 0, NULL, "replace even what was changed after the export"}

bool read_import_options(const struct arguments *a, struct import_options *options, struct people *people, struct error *err);

/* Fills cli->result, which has the fields of an import, and tells the same to people. from: what they call the source. */
void report_import(struct cli *cli, const char *from, const struct import_options *options, const struct seal_report *sealed,
                   const struct import_report *done);

#endif
