#include "simulark/base/write.h"

#include "simulark/base/interrupt.h"

#include <errno.h>
#include <unistd.h>

bool write_all(int fd, const void *bytes, size_t len, struct error *err)
{
    const char *at = bytes;

    while (len) {
        ssize_t done = write(fd, at, len);

        if (done < 0 && errno == EINTR && interrupt_check(err))
            continue;
        if (done < 0)
            return false;
        at += done;
        len -= (size_t)done;
    }
    return true;
}
