/* A growing run of bytes. A zeroed struct (BUFFER_INIT) is an empty buffer; the owner releases it.
 *
 * Appending may move the bytes: keep offsets into a buffer that still grows, not pointers. */
#ifndef SIMULARK_BASE_BUFFER_H
#define SIMULARK_BASE_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct buffer {
    char *data; /* NULL while nothing was ever appended */
    size_t len;
    size_t capacity;
};

#define BUFFER_INIT ((struct buffer){0})

void buffer_release(struct buffer *b); /* frees the bytes; the buffer is empty and usable again */
void buffer_reserve(struct buffer *b, size_t more); /* room for `more` bytes beyond len */
void buffer_printf(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_vprintf(struct buffer *b, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* A text made like these, which the caller frees. */
char *text_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *text_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* The bytes as a C string: a NUL is kept behind them. Never NULL. */
const char *buffer_string(struct buffer *b);

static inline void buffer_clear(struct buffer *b)
{
    b->len = 0;
}

static inline void buffer_append(struct buffer *b, const void *bytes, size_t len)
{
    if (b->capacity - b->len < len)
        buffer_reserve(b, len);
    if (len)
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
}

static inline void buffer_byte(struct buffer *b, char byte)
{
    if (b->capacity == b->len)
        buffer_reserve(b, 1);
    b->data[b->len++] = byte;
}

static inline void buffer_text(struct buffer *b, const char *text)
{
    buffer_append(b, text, strlen(text));
}

#endif
