/* Archives from memory: nothing but an error or well-formed entries may come of them. */
#include "fuzzing.h"
#include "simulark/base/utf8.h"
#include "simulark/format/package.h"
#include "simulark/format/package_name.h"

#include <stdlib.h>

static void read_all(struct package_reader *p, struct error *err)
{
    struct package_name last = {0};
    struct buffer text = BUFFER_INIT;
    struct package_entry entry;
    bool any = false;
    bool more = true;

    while (p->ops->next(p, &entry, &more, err) && more) {
        struct package_name name;
        int64_t total = 0;
        const char *bytes;
        size_t len;

        must(package_name_is_safe(entry.name) && package_name_parse(&name, entry.name));
        must(any ? package_name_compare(&last, &name) < 0 : name.kind == PACKAGE_HEADER);
        buffer_clear(&text);
        buffer_text(&text, entry.name);
        last = name;
        last.text = buffer_string(&text);
        any = true;
        do {
            if (!input_next(p->ops->input(p), &bytes, &len, err))
                goto out;
            total += (int64_t)len;
        } while (len);
        must(total == entry.bytes);
    }
    must(any || error_is_set(err));
out:
    buffer_release(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input *in = input_memory("fuzz", data, size);
    struct limits limits = LIMITS_DEFAULT;
    struct package_reader *p = NULL;
    struct error err = ERROR_INIT;
    enum container container;

    limits.entries = 1000;
    if (container_detect(in, &container, &err) && container_is_archive(container))
        p = package_reader_archive(in, container, &limits, &err);
    if (p) {
        read_all(p, &err);
        p->ops->free(p);
    }
    if (error_is_set(&err)) {
        must(err.status == STATUS_MALFORMED);
        must(utf8_check(err.message.data, err.message.len) == err.message.len);
    }
    error_release(&err);
    input_free(in);
    return 0;
}
