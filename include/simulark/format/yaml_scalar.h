/* What a plain scalar means by the core schema of YAML 1.2 (section 10.3.2). Pure. */
#ifndef SIMULARK_FORMAT_YAML_SCALAR_H
#define SIMULARK_FORMAT_YAML_SCALAR_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Hexadecimal and octal integers must be computed, which costs the square of their length. */
#define SCALAR_RADIX_DIGITS 4096

enum scalar {
    SCALAR_STRING,
    SCALAR_NULL,
    SCALAR_TRUE,
    SCALAR_FALSE,
    SCALAR_INTEGER,
    SCALAR_OCTAL,
    SCALAR_HEXADECIMAL,
    SCALAR_FLOAT,
    SCALAR_SCIENTIFIC, /* a float with an exponent */
    SCALAR_INFINITY,
    SCALAR_MINUS_INFINITY,
    SCALAR_NAN,
};

enum scalar scalar_resolve(const char *text, size_t len);
bool scalar_is_null(const char *text, size_t len); /* whether it resolves to SCALAR_NULL */

/* Appends a scalar that resolved to a finite number as a JSON number: its digits stay as they are, without plus sign, leading
 * zeros and bare points. False where it has more than SCALAR_RADIX_DIGITS. */
bool scalar_append_number(struct buffer *out, enum scalar scalar, const char *text, size_t len);

#endif
