#include "package_reading.h"

#include "files.h"

#include <check.h>

struct error err;
struct buffer names;

void package_leave(void)
{
    folder_leave();
    error_release(&err);
    buffer_release(&names);
}

/* ---- reading anything to its end: "name=content\n" of each entry ---- */

bool read_entries(struct package_reader *p, struct buffer *text)
{
    struct package_entry entry;
    bool more = true;

    while (p->ops->next(p, &entry, &more, &err) && more) {
        int64_t total = 0;
        const char *bytes;
        size_t len;

        buffer_printf(text, "%s=", entry.name);
        buffer_printf(&names, "%s\n", entry.name);
        do {
            if (!input_next(p->ops->input(p), &bytes, &len, &err))
                return false;
            buffer_append(text, bytes, len);
            total += (int64_t)len;
        } while (len);
        ck_assert_int_eq(total, entry.bytes);
        buffer_byte(text, '\n');
    }
    return !error_is_set(&err);
}

bool read_input(struct input *in, struct buffer *text)
{
    struct limits limits = LIMITS_DEFAULT;
    enum container container;
    struct package_reader *p = NULL;
    bool done = false;

    buffer_clear(text);
    buffer_clear(&names);
    error_clear(&err);
    if (container_detect(in, &container, &err)) {
        if (container_is_archive(container))
            p = package_reader_archive(in, container, &limits, &err);
        else
            error_set(&err, STATUS_MALFORMED, "%s is a document.", input_name(in));
    }
    if (p) {
        done = read_entries(p, text);
        p->ops->free(p);
    }
    input_free(in);
    ck_assert(done != error_is_set(&err));
    if (!done)
        ck_assert_int_eq(err.status, STATUS_MALFORMED);
    return done;
}

bool read_bytes(const struct buffer *archive, struct buffer *text)
{
    return read_input(input_memory("shop.ark", archive->data, archive->len), text);
}

void assert_refused(const struct buffer *archive, const char *message)
{
    struct buffer text = BUFFER_INIT;

    ck_assert_msg(!read_bytes(archive, &text), "accepted: %s", message);
    ck_assert_msg(strstr(buffer_string(&err.message), message) != NULL, "%s (not: %s)", buffer_string(&err.message),
                  message);
    ck_assert_ptr_nonnull(strstr(buffer_string(&err.message), "shop.ark"));
    buffer_release(&text);
}
