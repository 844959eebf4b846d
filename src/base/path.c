#include "simulark/base/path.h"

#include "simulark/base/standard_input.h"

#include <string.h>
#include <sys/stat.h>

bool path_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool path_can_be_read_again(const char *path)
{
    struct stat st;

    if (strcmp(path, "-") == 0)
        return standard_input_can_go_back();
    return stat(path, &st) == 0 && (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode));
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool path_is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}
