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

/* Below the folder that SIMULARK_CORPORA names. False, or NULL, where it names none or the file is not there. */
bool corpus_path(char path[4096], const char *name);
FILE *corpus_open(const char *name);
bool corpus_read(const char *name, struct buffer *text);

#endif
