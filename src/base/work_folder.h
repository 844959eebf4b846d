/* The folder that is filled before it gets its name, and those that killed runs left behind. Private to base.
 *
 * A run holds a lock (flock) on the folder it fills as long as it lives. What is named as one beside the same path, belongs to
 * the same user, holds nothing but a bundle's files and is locked by nobody is what a dead run left. Where a file system knows
 * no such locks nothing is ever taken for that. */
#ifndef SIMULARK_BASE_WORK_FOLDER_H
#define SIMULARK_BASE_WORK_FOLDER_H

#include <stdbool.h>

/* Whether a bundle has this name at its folder's top. */
bool work_folder_is_own(const char *name);

/* Locks a folder: a descriptor that holds the lock until it is closed. -1 and errno where it cannot be had; EAGAIN: somebody has
 * it, or has removed the folder. Where locks are unknown the descriptor holds none. */
int work_folder_lock(const char *path);

/* Removes what dead runs left beside path, as far as that works. */
void work_folder_clear_dead(const char *path);

/* Removes a folder with all that is in it; follows no links. */
bool work_folder_remove(const char *path);

#endif
