/* Findings on their way to people and programs. Private to cmd. */
#ifndef SIMULARK_CMD_FINDINGS_OUTPUT_H
#define SIMULARK_CMD_FINDINGS_OUTPUT_H

#include "simulark/base/buffer.h"
#include "simulark/model/findings.h"

#include <jansson.h>
#include <stdint.h>

/* [{"severity", "code", "where", "message"}] */
json_t *findings_to_json(const struct findings *findings);
/* A line each, on standard output. */
void print_findings(const struct findings *findings);
/* Errors and damage. */
int64_t findings_errors(const struct findings *findings);
/* Appends ", 1 warning" where there are any. */
void put_count(struct buffer *text, int64_t count, const char *noun);

#endif
