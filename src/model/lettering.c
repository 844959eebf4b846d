#include "simulark/model/lettering.h"

#include "simulark/base/utf8.h"

#include <stdint.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define ZERO_WIDTH_JOINER 0x200d

struct range {
    uint32_t first, last;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return true;
    return false;
}

#define IS_IN(c, ranges) is_in(c, ranges, sizeof(ranges) / sizeof *(ranges))

/* Control characters, and separators of lines that some readers know and others do not. */
static bool is_space(uint32_t c)
{
    static const struct range spaces[] = {{0, 0x20},        {0x7f, 0xa0},     {0x1680, 0x1680}, {0x2000, 0x200a},
                                          {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};

    return IS_IN(c, spaces);
}

/* Marks of direction, byte order marks, tags, and code points that are no characters. */
static bool is_dropped(uint32_t c)
{
    static const struct range dropped[] = {{0xad, 0xad},     {0x061c, 0x061c}, {0x200b, 0x200b},   {0x200e, 0x200f},
                                           {0x202a, 0x202e}, {0x2060, 0x206f}, {0xfdd0, 0xfdef},   {0xfeff, 0xfeff},
                                           {0xfff0, 0xfffb}, {0xe0000, 0xe0fff}};

    return IS_IN(c, dropped) || (c & 0xfffe) == 0xfffe;
}

void text_clean(struct buffer *out, const char *text, size_t len)
{
    size_t start = out->len;
    bool space = false;

    for (size_t at = 0; at < len;) {
        size_t used = utf8_length(text + at, len - at);
        uint32_t c = 0xfffd;

        if (used)
            c = utf8_decode(text + at, &used);
        at += used ? used : 1;
        if (is_space(c)) {
            space = true;
            continue;
        }
        if (is_dropped(c))
            continue;
        if (out->len - start >= LETTERING_MAX_BYTES) {
            buffer_text(out, ELLIPSIS);
            return;
        }
        if (space && out->len > start)
            buffer_byte(out, ' ');
        space = false;
        utf8_append(out, c);
    }
}

/* ---- widths ---- */

/* Helvetica's, in thousandths of an em, from the space to the tilde. */
static const uint16_t ascii_widths[] = {
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
    556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
};

static bool is_zero_width(uint32_t c)
{
    static const struct range marks[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a},   {0x064b, 0x065f},   {0x0e31, 0x0e31},
        {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},   {0x200b, 0x200f},   {0x20d0, 0x20ff},
        {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
    };

    return c >= 0x300 && IS_IN(c, marks);
}

static bool is_wide(uint32_t c)
{
    static const struct range wide[] = {
        {0x1100, 0x115f}, {0x2600, 0x27bf}, {0x2e80, 0x303e}, {0x3041, 0x4dbf},   {0x4e00, 0xa4cf},   {0xac00, 0xd7a3},
        {0xf900, 0xfaff}, {0xfe30, 0xfe4f}, {0xff00, 0xff60}, {0xffe0, 0xffe6},   {0x1f000, 0x1faff}, {0x20000, 0x3fffd},
    };

    return c >= 0x1100 && IS_IN(c, wide);
}

static double thousandths(uint32_t c)
{
    if (c >= 0x20 && c <= 0x7e)
        return ascii_widths[c - 0x20];
    if (is_zero_width(c))
        return 0;
    if (is_wide(c))
        return 1000;
    if (c < 0x250)
        return c >= 0xc0 && c <= 0xde ? 700 : 580;
    return c == 0x2026 ? 1000 : 660;
}

static double char_width(uint32_t c, double size, bool bold)
{
    /* Bold letters are wider, wide characters are not. */
    return thousandths(c) / 1000 * size * (is_wide(c) ? 1 : bold ? 1.1 : 1.04);
}

double text_width(const char *text, size_t len, double size, bool bold)
{
    double width = 0;

    for (size_t at = 0; at < len;) {
        size_t used;

        width += char_width(utf8_decode(text + at, &used), size, bold);
        at += used;
    }
    return width;
}

/* ---- lines ---- */

/* How well a line may end before `next`: 0 not at all (it would tear a character from its marks), 1 in need, 2 well. */
static int break_quality(uint32_t previous, uint32_t next)
{
    if (is_zero_width(next) || previous == ZERO_WIDTH_JOINER)
        return 0;
    if (previous == ' ' || next == ' ')
        return 2;
    if (is_wide(previous) || is_wide(next))
        return next == 0x3001 || next == 0x3002 || next == 0xff0c || next == 0xff0e ? 1 : 2;
    if (previous < 0x80 && strchr("-_/.:,;|)]}>=&+", (int)previous))
        return 2;
    if (previous >= 'a' && previous <= 'z' && next >= 'A' && next <= 'Z')
        return 2;
    return 1;
}

/* The bytes from start on that fit into width: up to the last good place to break, or where there is none before half of
 * it, to the last possible one. */
static size_t fit(const char *text, size_t start, size_t len, double width, double size, bool bold)
{
    double used_width = 0;
    size_t good = 0;
    size_t possible = 0;
    double good_width = 0;
    uint32_t previous = 0;

    for (size_t at = start; at < len;) {
        size_t used;
        uint32_t c = utf8_decode(text + at, &used);
        int quality = at > start ? break_quality(previous, c) : 0;

        if (quality)
            possible = at - start;
        if (quality == 2) {
            good = at - start;
            good_width = used_width;
        }
        used_width += char_width(c, size, bold);
        if (used_width > width && c != ' ' && possible)
            return good && good_width > width * 0.4 ? good : possible;
        at += used;
        previous = c;
    }
    return len - start;
}

static size_t without_trailing_spaces(const char *text, size_t start, size_t len)
{
    while (len && text[start + len - 1] == ' ')
        len--;
    return len;
}

size_t text_wrap(const char *text, double width, double size, bool bold, struct text_line *lines, size_t max_lines)
{
    size_t len = strlen(text);
    size_t at = 0;
    size_t count = 0;

    while (at < len && count < max_lines) {
        struct text_line *line = &lines[count++];
        size_t taken = fit(text, at, len, width, size, bold);

        if (count == max_lines && at + taken < len) {
            double room = width - char_width(0x2026, size, bold);

            line->cut = true;
            taken = fit(text, at, len, room, size, bold);
        } else {
            line->cut = false;
        }
        line->start = at;
        line->len = without_trailing_spaces(text, at, taken);
        line->width = text_width(text + at, line->len, size, bold) + (line->cut ? char_width(0x2026, size, bold) : 0);
        at += taken;
        while (at < len && text[at] == ' ')
            at++;
    }
    return count;
}
