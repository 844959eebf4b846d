#include "simulark/format/archive.h"

#include "simulark/base/memory.h"

#include <archive.h>
#include <errno.h>
#include <string.h>

void archive_check_memory(struct archive *archive)
{
    const char *reason = archive ? archive_error_string(archive) : NULL;

    if (!archive || archive_errno(archive) == ENOMEM || (reason ? strstr(reason, "Allocation error") != NULL : errno == ENOMEM))
        mem_run_out();
}

locale_t archive_locale_enter(void)
{
    static locale_t utf8;

    if (!utf8)
        utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    return uselocale(utf8); /* 0, where there is no such locale, changes nothing */
}

void archive_locale_leave(locale_t before)
{
    uselocale(before);
}
