/* Texts in the JSON of headers and reports, which jansson holds. */
#ifndef SIMULARK_BASE_JSON_TEXT_H
#define SIMULARK_BASE_JSON_TEXT_H

#include <jansson.h>

/* Text that need not be valid UTF-8 (a file's name) as a JSON string: what is not becomes U+FFFD. The caller owns it. */
json_t *text_to_json(const char *text);
/* "sha256:…" of a digest in hex; null for NULL. The caller owns it. */
json_t *digest_to_json(const char *hex);
/* The text of a field, borrowed; "" where it is none. */
const char *json_text(const json_t *object, const char *field);

#endif
