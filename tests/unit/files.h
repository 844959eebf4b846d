/* What the tests have of files: a folder of their own, whatever stands in a file, and the corpora that others collected. */
#ifndef SIMULARK_TESTS_FILES_H
#define SIMULARK_TESTS_FILES_H

#include "simulark/base/buffer.h"

#include <stdbool.h>
#include <stdio.h>

/* Makes an empty folder, and goes there; goes away, and removes it with all in it. */
void folder_enter(void);
void folder_leave(void);

/* All bytes of a file, instead of what was in text; false where it cannot be opened. */
bool file_read(const char *path, struct buffer *text);

/* Whether SIMULARK_CORPORA names a folder of corpora: without one there are no tests with them. */
bool corpora_named(void);

/* Below that folder, where the file must be. */
void corpus_path(char path[4096], const char *name);
FILE *corpus_open(const char *name);
void corpus_read(const char *name, struct buffer *text);

#endif
