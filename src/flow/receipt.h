/* The receipt of an import: its row of audit_logs, from which an auditor or an undo learns what came in. Private to flow.
 *
 * Its details are an object: receipt, digest, file, tables {name: rows}, units [{kind, id, name, action}], made_users [id] (by
 * --create-users), xid (the transaction's number), and loaded {table: {columns, sum}}: the sum of the rows as lines of COPY
 * text (base/sum.h), 16 hexadecimal digits; left out where the database may hold them in another form. projects {id: sum} is
 * what each project's rows added up to (flow/project_sums.h); of whole instances it is left out. */
#ifndef SIMULARK_FLOW_RECEIPT_H
#define SIMULARK_FLOW_RECEIPT_H

#include "loader.h"

/* Leaves it, in the import's own transaction. */
bool receipt_leave(const struct loader *loader, const struct import_options *options, const struct people *people,
                   const struct seal *seal, struct error *err);

#endif
