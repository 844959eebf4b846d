#include "simulark/base/error.h"

#include "simulark/base/memory.h"

#include <stdlib.h>

void error_clear(struct error *err)
{
    for (size_t i = 0; i < err->ndetails; i++)
        free(err->details[i]);
    err->ndetails = 0;
    error_restate(err);
}

void error_restate(struct error *err)
{
    error_recast(err, STATUS_OK);
    err->place = 0;
    buffer_clear(&err->message);
}

void error_recast(struct error *err, enum status status)
{
    err->status = status;
    buffer_clear(&err->hint);
}

void error_release(struct error *err)
{
    error_clear(err);
    free(err->details);
    buffer_release(&err->message);
    buffer_release(&err->hint);
    *err = ERROR_INIT;
}

__attribute__((format(printf, 3, 0))) static bool error_vset(struct error *err, enum status status, const char *format,
                                                             va_list args)
{
    if (error_is_set(err))
        return false;
    err->status = status;
    buffer_vprintf(&err->message, format, args);
    return false;
}

bool error_set(struct error *err, enum status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    error_vset(err, status, format, args);
    va_end(args);
    return false;
}

bool error_set_at(struct error *err, enum status status, const char *place, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    error_vset_at(err, status, place, format, args);
    va_end(args);
    return false;
}

bool error_vset_at(struct error *err, enum status status, const char *place, const char *format, va_list args)
{
    if (error_is_set(err))
        return false;
    buffer_printf(&err->message, "%s: ", place);
    err->place = strlen(place);
    error_vset(err, status, format, args);
    return false;
}

bool error_file(struct error *err, int saved_errno, const char *format, ...)
{
    va_list args;

    if (error_is_set(err))
        return false;
    va_start(args, format);
    error_vset(err, STATUS_FILE, format, args);
    va_end(args);
    buffer_printf(&err->message, ": %s.", strerror(saved_errno));
    return false;
}

void error_hint(struct error *err, const char *format, ...)
{
    va_list args;

    if (err->hint.len)
        return;
    va_start(args, format);
    buffer_vprintf(&err->hint, format, args);
    va_end(args);
}

void error_detail(struct error *err, const char *format, ...)
{
    va_list args;

    err->details = mem_grow(err->details, &err->capacity, err->ndetails + 1, sizeof *err->details);
    va_start(args, format);
    err->details[err->ndetails++] = text_vprintf(format, args);
    va_end(args);
}

void error_prefix(struct error *err, const char *format, ...)
{
    struct buffer whole = BUFFER_INIT;
    va_list args;

    va_start(args, format);
    buffer_vprintf(&whole, format, args);
    va_end(args);
    err->place = whole.len + (err->place ? strlen(": ") + err->place : 0);
    buffer_text(&whole, ": ");
    buffer_append(&whole, err->message.data, err->message.len);
    buffer_release(&err->message);
    err->message = whole;
}

const char *status_name(enum status status)
{
    switch (status) {
    case STATUS_OK: return "ok";
    case STATUS_NO: return "no";
    case STATUS_USAGE: return "usage";
    case STATUS_MALFORMED: return "malformed";
    case STATUS_DATABASE: return "database";
    case STATUS_CONFLICT: return "conflict";
    case STATUS_REFUSED: return "refused";
    case STATUS_FILE: return "file";
    case STATUS_INTERRUPTED: return "interrupted";
    case STATUS_TERMINATED: return "terminated";
    case STATUS_INTERNAL: break;
    }
    return "internal";
}
