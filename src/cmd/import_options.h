/* What import and transfer have in common: how rows go into a database. Private to cmd. */
#ifndef SIMULARK_CMD_IMPORT_OPTIONS_H
#define SIMULARK_CMD_IMPORT_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/flow/database.h"
#include "simulark/flow/ids.h"
#include "simulark/flow/parcels.h"

#include <stdbool.h>

/* For a command's table of options. */
#define IMPORT_OPTIONS                                                                                                       \
    OPTION_GROUP("People"),                                                                                                  \
    {"owner", 0, "EMAIL|ID", "give everything to this user"},                                                                \
    {"map-users", 0, "FILE", "who is who: lines old,new of ids or e-mails"},                                                 \
    {"create-users", 0, NULL, "make the users nobody matches"},                                                              \
    {"private", 0, NULL, "take projects in as not public"},                                                                  \
    OPTION_GROUP("Ids, and what is there already"),                                                                          \
    {"on-conflict", 0, "fail|skip|replace|copy", "what to do with a project, context … that is there already (default fail)"}, \
    {"ids", 0, "keep|new", "keep ids (default), or new ones, derived from the bundle"},                                      \
    {"seed", 0, "N", "another number makes other new ids: another copy"},                                                    \
    {"id-map", 0, "FILE", "write old and new ids there: lines table,old,new"},                                               \
    OPTION_GROUP("Where the database differs"),                                                                              \
    {"drop-unknown-columns", 0, NULL, "leave out columns that the database lacks"},                                          \
    {"disable-triggers", 0, NULL, "the tables' own triggers are off meanwhile"},                                             \
    {"allow-altered", 0, NULL, "triggers and types may alter what comes in"},                                                \
    OPTION_GROUP("Safety"),                                                                                                  \
    {"commit-each", 0, NULL, "commit project by project, for what takes very long"},                                         \
    {"dry-run", 'n', NULL, "do everything, then roll it back"},                                                              \
    {"force", 0, NULL, "replace even what was changed since, or only there; or the id map"},                                 \
    {"override-limits", 0, "REASON", "pass over what owners' tiers say; it is audited"}

/* What the command line says of an import. Zeroed structs but for what it cannot say, and who acts (rules.options.as); the caller
 * releases it. */
struct import_choices {
    struct import_options options;
    struct people people;
    struct id_plan ids;
    bool private;            /* projects come in as not public */
    struct parcels *parcels; /* where each project is committed on its own: all of them, once the bundle was read */
    struct rules rules;
};

bool read_import_options(const struct cli *cli, struct import_choices *choices, struct error *err);
void import_choices_release(struct import_choices *choices);

/* Reads all of source for the sake of its ids, before it is read again. sealed: as for filter_seal. */
bool read_ahead(const struct cli *cli, struct source *source, bool sealed, struct import_choices *choices, struct error *err);

/* The pipeline behind filter_seal: into the database, or apart into parcels; line tells which. */
struct sink *import_last(struct import_choices *choices, struct import_report *done, struct progress_line *line);
/* Then brings in the parcels, one transaction each; where there are none, nothing is left to do. To be called while the first
 * pipeline lives. */
bool import_parcels(const struct cli *cli, struct import_choices *choices, struct import_report *done, struct error *err);

/* The pipeline of one transaction. */
struct sink *import_sink(struct import_choices *choices, struct import_report *done);

#endif
