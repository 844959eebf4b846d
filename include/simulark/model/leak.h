/* What looks like a secret in text: the keys of known providers, tokens, private-key blocks, passwords in connection strings and
 * assignments. Pure; nothing here keeps or repeats the secret.
 *
 * A key is told by the prefix and alphabet its provider gives it, so that prose and identifiers are no false alarms: there is no
 * guessing from entropy. Placeholders ("<password>", "${DB_PASS}", "{{key}}", "xxxxxxxx") are no secrets. */
#ifndef SIMULARK_MODEL_LEAK_H
#define SIMULARK_MODEL_LEAK_H

#include <stdbool.h>
#include <stddef.h>

struct leak {
    const char *kind; /* for people and --allow-secret: "aws-access-key". Static. */
    size_t at, len;   /* where in the text */
};

/* The first secret of the text from the offset `from` on. */
bool leak_find(const char *text, size_t len, size_t from, struct leak *leak);

/* Whether a value that stands under this name (a JSON key: "apiKey", "db_password") is one, though its text alone would not
 * tell. */
bool leak_named(const char *name, size_t name_len, const char *value, size_t len, struct leak *leak);

/* The first e-mail address from the offset `from` on, but for those of the domains kept free for examples (RFC 2606). */
bool leak_find_email(const char *text, size_t len, size_t from, size_t *at, size_t *email_len);

#endif
