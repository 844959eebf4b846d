/* Ids that stand twice, and references that point nowhere: collected row by row, told at the end. Private to flow. */
#ifndef SIMULARK_FLOW_REFERENCE_CHECK_H
#define SIMULARK_FLOW_REFERENCE_CHECK_H

#include "simulark/base/buffer.h"
#include "simulark/base/error.h"
#include "simulark/model/findings.h"
#include "simulark/model/manifest.h"
#include "simulark/model/row.h"

#include <stdbool.h>
#include <stddef.h>

struct reference_check;

/* The manifest must live as long. memory: bytes that are kept before they go to a file. */
struct reference_check *reference_check_new(const struct manifest *manifest, size_t memory);

bool reference_check_people(struct reference_check *check, struct error *err);
void reference_check_table(struct reference_check *check, const struct shape *shape);
/* place: as source_place gives it. */
bool reference_check_row(struct reference_check *check, const struct row *row, struct buffer *place, struct error *err);
/* Some rows of the table could not be read: that a reference into it finds nothing is not told. */
void reference_check_lost(struct reference_check *check, const struct table *table);

bool reference_check_end(struct reference_check *check, struct findings *findings, struct error *err);
void reference_check_free(struct reference_check *check);

#endif
