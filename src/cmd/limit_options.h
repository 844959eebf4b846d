/* The option of commands that read bundles. Private to cmd. */
#ifndef SIMULARK_CMD_LIMIT_OPTIONS_H
#define SIMULARK_CMD_LIMIT_OPTIONS_H

#include "simulark/cmd/cmd.h"
#include "simulark/flow/bundle.h"

#include <stdbool.h>

/* For a command's table of options. */
#define LIMIT_OPTION                                                                                                         \
    {"limit", 0, "NAME=VALUE", "raise or lower a limit (docs/format.md); may be repeated"}

/* The defaults, but for what --limit says. */
bool read_limits(const struct arguments *a, struct limits *limits, struct error *err);

#endif
