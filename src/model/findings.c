#include "simulark/model/findings.h"

#include "simulark/base/memory.h"

#include <stdlib.h>

const char *gravity_name(enum gravity gravity)
{
    return gravity == GRAVITY_WARNING ? "warning" : "error";
}

/* Takes away what names the bundle itself: "data/… in x.ark:7" and "x/data/…:7" are both "data/…:7". */
static void shorten_place(struct buffer *place, const char *bundle)
{
    struct buffer in = BUFFER_INIT;
    size_t len = strlen(bundle);
    const char *text = buffer_string(place);
    size_t slash = len && bundle[len - 1] == '/' ? 0 : 1;
    const char *found;

    buffer_printf(&in, " in %s", strcmp(bundle, "-") == 0 ? "standard input" : bundle);
    found = strstr(text, buffer_string(&in));
    if (found) {
        size_t at = (size_t)(found - text);

        memmove(place->data + at, place->data + at + in.len, place->len - at - in.len);
        place->len -= in.len;
    } else if (place->len > len + slash && strncmp(text, bundle, len) == 0 && (!slash || text[len] == '/')) {
        place->len -= len + slash;
        memmove(place->data, place->data + len + slash, place->len);
    }
    buffer_release(&in);
}

static void keep(struct findings *f, enum gravity gravity, const char *code, const char *where, const char *message)
{
    struct buffer place = BUFFER_INIT;

    f->counts[gravity]++;
    if (f->nkept == FINDINGS_KEPT)
        return;
    buffer_text(&place, where);
    if (f->bundle)
        shorten_place(&place, f->bundle);
    f->kept = mem_grow(f->kept, &f->capacity, f->nkept + 1, sizeof *f->kept);
    f->kept[f->nkept++] = (struct finding){
        .gravity = gravity, .code = code, .where = mem_strdup(buffer_string(&place)), .message = mem_strdup(message)};
    buffer_release(&place);
}

void findings_add(struct findings *f, enum gravity gravity, const char *code, const char *where, const char *format, ...)
{
    struct buffer message = BUFFER_INIT;
    va_list args;

    va_start(args, format);
    buffer_vprintf(&message, format, args);
    va_end(args);
    keep(f, gravity, code, where, buffer_string(&message));
    buffer_release(&message);
}

bool findings_take(struct findings *f, const char *code, struct error *err)
{
    struct buffer where = BUFFER_INIT;
    struct buffer message = BUFFER_INIT;
    size_t sentence = err->place ? err->place + strlen(": ") : 0;

    if (!f || err->status != STATUS_MALFORMED)
        return false;
    buffer_append(&where, err->message.data, err->place);
    if (!err->place && f->bundle)
        buffer_text(&where, strcmp(f->bundle, "-") == 0 ? "standard input" : f->bundle);
    buffer_append(&message, err->message.data + sentence, err->message.len - sentence);
    for (size_t i = 0; i < err->ndetails; i++)
        buffer_printf(&message, " (%s)", err->details[i]);
    if (err->hint.len)
        buffer_printf(&message, " %s", buffer_string(&err->hint));
    keep(f, GRAVITY_DAMAGE, code, buffer_string(&where), buffer_string(&message));
    buffer_release(&where);
    buffer_release(&message);
    error_clear(err);
    return true;
}

static int by_place(const void *a, const void *b)
{
    const struct finding *x = a;
    const struct finding *y = b;
    int order = strverscmp(x->where, y->where);

    return order ? order : strcmp(x->message, y->message);
}

void findings_sort(struct findings *f, size_t first)
{
    if (first < f->nkept)
        qsort(f->kept + first, f->nkept - first, sizeof *f->kept, by_place);
}

static int64_t count_all(const struct findings *f)
{
    return f->counts[GRAVITY_WARNING] + f->counts[GRAVITY_ERROR] + f->counts[GRAVITY_DAMAGE];
}

bool findings_truncated(const struct findings *f)
{
    return count_all(f) > (int64_t)f->nkept;
}

enum status findings_status(const struct findings *f, bool strict)
{
    if (f->counts[GRAVITY_DAMAGE])
        return STATUS_MALFORMED;
    if (f->counts[GRAVITY_ERROR] || (strict && f->counts[GRAVITY_WARNING]))
        return STATUS_NO;
    return STATUS_OK;
}

void findings_release(struct findings *f)
{
    for (size_t i = 0; i < f->nkept; i++) {
        free(f->kept[i].where);
        free(f->kept[i].message);
    }
    free(f->kept);
    *f = (struct findings){0};
}
