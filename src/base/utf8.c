#include "simulark/base/utf8.h"

#include "simulark/base/eight.h"

#include <string.h>

static bool continues(const char *text, size_t i)
{
    return ((unsigned char)text[i] & 0xC0) == 0x80;
}

size_t utf8_length(const char *text, size_t len)
{
    unsigned char first = (unsigned char)text[0];
    unsigned char second = len > 1 ? (unsigned char)text[1] : 0;

    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return len >= 2 && continues(text, 1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        if (len < 3 || !continues(text, 1) || !continues(text, 2))
            return 0;
        if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F))
            return 0;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        if (len < 4 || !continues(text, 1) || !continues(text, 2) || !continues(text, 3))
            return 0;
        if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F))
            return 0;
        return 4;
    }
    return 0;
}

uint32_t utf8_decode(const char *text, size_t *used)
{
    const unsigned char *t = (const unsigned char *)text;

    if (t[0] < 0x80) {
        *used = 1;
        return t[0];
    }
    if (t[0] < 0xE0) {
        *used = 2;
        return (uint32_t)(t[0] & 0x1F) << 6 | (t[1] & 0x3F);
    }
    if (t[0] < 0xF0) {
        *used = 3;
        return (uint32_t)(t[0] & 0x0F) << 12 | (uint32_t)(t[1] & 0x3F) << 6 | (t[2] & 0x3F);
    }
    *used = 4;
    return (uint32_t)(t[0] & 0x07) << 18 | (uint32_t)(t[1] & 0x3F) << 12 | (uint32_t)(t[2] & 0x3F) << 6 | (t[3] & 0x3F);
}

void utf8_append(struct buffer *b, uint32_t c)
{
    char bytes[4];
    size_t len;

    if (c < 0x80) {
        bytes[0] = (char)c;
        len = 1;
    } else if (c < 0x800) {
        bytes[0] = (char)(0xC0 | c >> 6);
        bytes[1] = (char)(0x80 | (c & 0x3F));
        len = 2;
    } else if (c < 0x10000) {
        bytes[0] = (char)(0xE0 | c >> 12);
        bytes[1] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[2] = (char)(0x80 | (c & 0x3F));
        len = 3;
    } else {
        bytes[0] = (char)(0xF0 | c >> 18);
        bytes[1] = (char)(0x80 | (c >> 12 & 0x3F));
        bytes[2] = (char)(0x80 | (c >> 6 & 0x3F));
        bytes[3] = (char)(0x80 | (c & 0x3F));
        len = 4;
    }
    buffer_append(b, bytes, len);
}

size_t utf8_check(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len) {
        size_t used;

        if (len - at >= 8 && !(eight_load(text + at) & EIGHT_HIGH)) {
            at += 8;
            continue;
        }
        used = (unsigned char)text[at] < 0x80 ? 1 : utf8_length(text + at, len - at);
        if (!used)
            return at;
        at += used;
    }
    return len;
}

size_t utf8_count(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += !continues(text, i);
    return count;
}

size_t utf8_cut(const char *text, size_t len, size_t most)
{
    if (len <= most)
        return len;
    while (most && continues(text, most))
        most--;
    return most;
}

size_t utf8_mark(const char *text, size_t len)
{
    static const char mark[] = "\xEF\xBB\xBF";

    return len >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0 ? sizeof mark - 1 : 0;
}
