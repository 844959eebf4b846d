/* UUIDs (RFC 4122) as text. */
#ifndef SIMULARK_BASE_UUID_H
#define SIMULARK_BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define UUID_TEXT 36 /* characters, without the NUL */

struct uuid {
    unsigned char bytes[16];
};

/* Reads what PostgreSQL reads as a uuid: 32 hexadecimal digits of any case, hyphens allowed after each group of four,
 * braces around it allowed. False where it is none. */
bool uuid_parse(struct uuid *id, const char *text, size_t len);
/* Reads UUID_TEXT characters in the usual form alone, 8-4-4-4-12 with letters of any case. False where they are none; then *id is
 * of no meaning. */
bool uuid_parse_usual(struct uuid *id, const char *text);
/* The same of a NUL-ended text; NULL is none. */
bool uuid_parse_text(struct uuid *id, const char *text);

static inline bool uuid_equal(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* The form PostgreSQL writes: lower case, 8-4-4-4-12, and a NUL. */
void uuid_format(const struct uuid *id, char text[UUID_TEXT + 1]);

/* The first 16 bytes of a digest in hexadecimal, marked as of this version, 4 or 8, and of RFC 9562's variant. */
void uuid_of_digest(struct uuid *id, const char *hex, unsigned version);

/* A random one (version 4), from the system's generator. */
void uuid_random(struct uuid *id);

#endif
