/* Temporary files: names that go again unless they are kept, and files that never had one. */
#ifndef SIMULARK_BASE_TEMPORARY_H
#define SIMULARK_BASE_TEMPORARY_H

#include "simulark/base/error.h"

#include <stdbool.h>

/* Files and folders made so far, newest first. All sets in use are chained, so that temporary_abandon_all finds them. */
struct temporary {
    struct temporary_name *names;
    struct temporary *next;
    struct temporary **link;
};

struct temporary_name {
    struct temporary_name *next;
    bool folder;
    char path[];
};

void temporary_init(struct temporary *t);
/* Before the file is made, so that there is no moment in which nobody knows of it; where it was not made, drop takes the name
 * back. */
void temporary_add(struct temporary *t, const char *path, bool folder);
void temporary_drop(struct temporary *t);
void temporary_keep(struct temporary *t);   /* forgets the names: what they name stays */
void temporary_remove(struct temporary *t); /* removes what they name, newest first, as far as that works */
void temporary_release(struct temporary *t); /* after keep or remove */

/* Removes what unfinished outputs would leave behind; for the moment before a sudden end (a signal, no memory). */
void temporary_abandon_all(void);

/* "folder/.name.XXXXXX.tmp" beside path, with a random part; the caller frees it. */
char *temporary_beside(const char *path);

/* Whether two such names, without folders, differ in the random part alone. */
bool temporary_is_like(const char *a, const char *b);

/* The folder of nameless files, whose name must live as long as the program; the default is /tmp. */
void temporary_use_folder(const char *folder);

/* An open file (read and write) that has no name and goes when it is closed; -1 and *err on failure. */
int temporary_nameless(struct error *err);

/* The error for one that cannot be written, with the way out. Always false. */
bool temporary_refuse(int saved_errno, struct error *err);

#endif
