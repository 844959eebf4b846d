#include "simulark/base/standard_input.h"

#include "simulark/base/input.h"
#include "simulark/base/temporary.h"
#include "simulark/base/write.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static off_t start = -1; /* of what is read again and again; -1: nobody has asked for it yet */

static bool copy_to(int fd, struct error *err)
{
    struct input *in = input_open("-", err);
    const char *bytes;
    size_t len = 1;
    bool ok = in != NULL;

    while (ok && len) {
        ok = input_next(in, &bytes, &len, err);
        if (ok && !write_all(fd, bytes, len, err))
            ok = temporary_refuse(errno, err);
    }
    input_free(in);
    return ok;
}

/* Puts a scratch file with all that standard input gives in its place. */
static bool keep(struct error *err)
{
    int fd = temporary_nameless(err);
    bool ok = fd >= 0 && copy_to(fd, err);

    if (ok && dup2(fd, STDIN_FILENO) < 0)
        ok = error_file(err, errno, "Cannot keep standard input in a temporary file");
    if (fd >= 0)
        close(fd);
    return ok;
}

void standard_input_begin(void)
{
    struct stat st;

    if (start < 0 && fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode))
        start = lseek(STDIN_FILENO, 0, SEEK_CUR);
}

bool standard_input_can_go_back(void)
{
    return start >= 0;
}

bool standard_input_again(struct error *err)
{
    standard_input_begin();
    if (start < 0) {
        if (!keep(err))
            return false;
        start = 0;
    }
    if (lseek(STDIN_FILENO, start, SEEK_SET) < 0)
        return error_file(err, errno, "Cannot go back in standard input");
    return true;
}
