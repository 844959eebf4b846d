#include "simulark/base/buffer.h"

#include "simulark/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

void buffer_release(struct buffer *b)
{
    free(b->data);
    *b = BUFFER_INIT;
}

void buffer_reserve(struct buffer *b, size_t more)
{
    if (b->capacity - b->len < more)
        b->data = mem_grow(b->data, &b->capacity, b->len + more < 64 ? 64 : b->len + more, 1);
}

const char *buffer_string(struct buffer *b)
{
    buffer_reserve(b, 1);
    b->data[b->len] = '\0';
    return b->data;
}

void buffer_vprintf(struct buffer *b, const char *format, va_list args)
{
    va_list again;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, args);
    if (len > 0) {
        buffer_reserve(b, (size_t)len + 1);
        vsnprintf(b->data + b->len, (size_t)len + 1, format, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buffer_vprintf(b, format, args);
    va_end(args);
}

char *text_vprintf(const char *format, va_list args)
{
    struct buffer text = BUFFER_INIT;

    buffer_vprintf(&text, format, args);
    buffer_string(&text);
    return text.data;
}

char *text_printf(const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = text_vprintf(format, args);
    va_end(args);
    return text;
}
