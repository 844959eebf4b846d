/* What the rows of each project add up to (base/sum.h): the database remembers it of what it gave and took, in audit_logs, and
 * knows by it later whether a project is still as it was. */
#ifndef SIMULARK_FLOW_PROJECT_SUMS_H
#define SIMULARK_FLOW_PROJECT_SUMS_H

#include "simulark/base/uuid_map.h"
#include "simulark/model/row.h"
#include "simulark/model/shape.h"

#include <jansson.h>
#include <stdint.h>

/* A zeroed struct is ready; the caller releases it. Of each project, graph and chat some 40 to 80 bytes are kept. */
struct project_sums {
    struct uuid_map sums;   /* of each project */
    struct uuid_map owners; /* the project of each graph and chat */
};

void project_sums_release(struct project_sums *p);

/* line: the row as COPY text. Rows come in load order. */
void project_sums_add(struct project_sums *p, const struct shape *shape, const struct row *row, const char *line, size_t len);

/* Appends the sum of a project as text; false where nothing was added for it. */
bool project_sums_get(const struct project_sums *p, const struct uuid *project, struct buffer *text);

/* {"<id>": "<sum>"}. */
json_t *project_sums_to_json(const struct project_sums *p);

#endif
