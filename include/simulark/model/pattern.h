/* Regular expressions for the values of a template's parameters: small, and safe for patterns by strangers, since matching
 * takes time in proportion to text and pattern, whatever they are (Thompson's construction, all states at once).
 *
 * A pattern matches a whole text. It knows . [a-z] [^…] (…) | * + ? {m} {m,} {m,n} and the escapes \d \D \w \W \s \S and \ before
 * punctuation; ^ at its beginning and $ at its end may stand and mean nothing. Characters are those of UTF-8. */
#ifndef SIMULARK_MODEL_PATTERN_H
#define SIMULARK_MODEL_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

struct pattern;

/* NULL and *problem, a phrase ("has a ( without its )"), for what is none. */
struct pattern *pattern_new(const char *text, const char **problem);
bool pattern_matches(const struct pattern *pattern, const char *text, size_t len);
void pattern_free(struct pattern *pattern);

#endif
