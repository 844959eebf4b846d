/* The options that say what of a database is meant. Private to cmd. */
#ifndef SIMULARK_CMD_SELECTION_OPTIONS_H
#define SIMULARK_CMD_SELECTION_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/pg/select.h"

#include <stdbool.h>

/* For a command's table of options: what of the database is meant, under a heading of the command's own … */
#define CONTENT_OPTIONS                                                                                                      \
    {"project", 0, "ID|NAME", "a project; may be repeated"},                                                                 \
    {"user", 0, "EMAIL|ID", "a user's whole account; may be repeated"},                                                      \
    {"all", 0, NULL, "the whole instance"},                                                                                  \
    {"contexts", 0, "all|referenced|none", "which contexts of a project's owner go with it (default all)"},                   \
    {"include", 0, "api_keys,history", "of accounts and instances, what stays out unless it is asked for: one or both"},     \
    {"only", 0, "TABLES", "these tables alone (with commas between)"},                                                       \
    {"exclude", 0, "TABLES", "all tables but these"}

/* … and how it is read, too. */
#define SELECTION_OPTIONS                                                                                                    \
    OPTION_GROUP("What to take"),                                                                                            \
    CONTENT_OPTIONS,                                                                                                         \
    OPTION_GROUP("As whom, and how it is read"),                                                                             \
    {"rls-user", 0, "ID", "only what the database's own policies let this user see"},                                        \
    {"jobs", 'j', "N", "connections that read an instance together (1 to 8, default 2)"}

/* A selection and the lists it borrows. */
struct selection_options {
    struct selection selection;
    const char **projects;
    const char **users;
    const char *rls_user; /* whose policies hold; NULL: an operator's, who sees all */
};

/* The choice of --contexts; false and *err for another word. */
bool read_contexts(const struct arguments *a, enum contexts *contexts, struct error *err);

/* Whether they say which projects or users, or all. */
bool content_is_chosen(const struct arguments *a);
/* Reads CONTENT_OPTIONS. Where it is required that they say so and they do not, that is an error. */
bool read_content_options(const struct arguments *a, bool required, struct selection_options *options, struct error *err);
/* Reads SELECTION_OPTIONS, likewise. */
bool read_selection_options(const struct arguments *a, struct selection_options *options, struct error *err);
void selection_options_release(struct selection_options *options);

#endif
