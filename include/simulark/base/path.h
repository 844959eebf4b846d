/* Paths. */
#ifndef SIMULARK_BASE_PATH_H
#define SIMULARK_BASE_PATH_H

#include <stdbool.h>

bool path_is_folder(const char *path); /* there is a folder under this name; links are followed */
bool path_can_be_read_again(const char *path); /* a folder or regular file: no pipe */
const char *path_name(const char *path); /* without its folders; points into path */
bool path_is_dots(const char *name);     /* "." or "..", which every folder lists */

#endif
