/* What the tests of packages share: reading anything to its end. They begin with folder_enter. */
#ifndef SIMULARK_TESTS_PACKAGE_READING_H
#define SIMULARK_TESTS_PACKAGE_READING_H

#include "simulark/format/package.h"

#include <check.h>

extern struct error err;
extern struct buffer names; /* "name\n" of each entry that was read last */

void package_leave(void);

/* Appends "name=content\n" of each entry to text. */
bool read_entries(struct package_reader *p, struct buffer *text);

/* The same of an archive; the input is freed. Errors must be STATUS_MALFORMED. */
bool read_input(struct input *in, struct buffer *text);
bool read_bytes(const struct buffer *archive, struct buffer *text); /* called shop.ark */

/* That archive is refused with a sentence that has message in it. */
void assert_refused(const struct buffer *archive, const char *message);

/* Archives made by hand; test_package_made.c. */
TCase *package_made_tests(void);

#endif
