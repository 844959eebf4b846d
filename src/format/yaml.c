#include "simulark/format/yaml.h"

#include "json_string.h"
#include "simulark/base/utf8.h"
#include "simulark/base/uuid.h"
#include "simulark/format/json.h"

#include <stdint.h>
#include <strings.h>

/* Readers may refuse a key in front of a colon that takes more than 1,024 characters; a byte becomes at most four. */
#define KEY_BYTES_MAX 128
/* A sequence of single values that takes no more is written on one line. */
#define SEQUENCE_BYTES_MAX 120
/* Block style deeper than this is mostly indentation, which grows with the square of the depth. */
#define BLOCK_INDENT_MAX 48

enum {
    TRAIT_BREAK = 1,   /* a newline */
    TRAIT_TAB = 2,     /* fine inside a literal block only */
    TRAIT_ESCAPE = 4,  /* must be, or had better be, escaped: not printable, invisible, or a line break to some readers */
    TRAIT_COLON = 8,   /* ": " would end a plain scalar */
    TRAIT_HASH = 16,   /* " #" would, too */
    TRAIT_QUOTED = 32, /* has an escape in double quotes, but may stand elsewhere */
    TRAIT_FLOW = 64,   /* means something in flow style, or did to readers of old */
    TRAIT_WIDE = 128,  /* part of a character beyond ASCII */
};

#define E TRAIT_ESCAPE
#define W TRAIT_WIDE
#define F TRAIT_FLOW
static const unsigned char traits[256] = {
    E, E, E, E, E, E, E, E, E, TRAIT_TAB, TRAIT_BREAK, E, E, E, E, E,
    E, E, E, E, E, E, E, E, E, E, E, E, E, E, E, E,
    ['"'] = TRAIT_QUOTED | F, ['\\'] = TRAIT_QUOTED | F, [':'] = TRAIT_COLON | F, ['#'] = TRAIT_HASH | F,
    [','] = F, ['['] = F, [']'] = F, ['{'] = F, ['}'] = F, ['?'] = F, ['\''] = F, ['&'] = F, ['*'] = F, ['!'] = F,
    ['|'] = F, ['>'] = F, ['%'] = F, ['@'] = F, ['`'] = F,
    [0x7F] = E,
    [0x80] = W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
    W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W, W,
};
#undef E
#undef W
#undef F

/* What YAML calls not printable, and what a person would not see: the breaks of YAML 1.1, spaces that are none of ASCII's,
 * marks of direction (which could show another text than stands there), byte order marks, what Unicode calls no characters.
 * Joiners stay: emoji need them. */
static bool needs_escape(uint32_t c)
{
    if (c < 0x2000)
        return (c >= 0x7F && c <= 0xA0) || c == 0xAD || c == 0x061C || c == 0x1680 || c == 0x180E;
    if (c < 0x2070)
        return c <= 0x200B || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202F) || c >= 0x205F;
    return c == 0x3000 || c == 0xFEFF || (c >= 0xFFF9 && c <= 0xFFFB) || (c & 0xFFFE) == 0xFFFE;
}

static unsigned string_traits(const char *text, size_t len)
{
    unsigned found = 0;

    for (size_t i = 0; i < len; i++)
        found |= traits[(unsigned char)text[i]];
    if (!(found & TRAIT_WIDE))
        return found;
    for (size_t i = 0, used; i < len; i += used) {
        uint32_t c = utf8_decode(text + i, &used);

        if (used > 1 && needs_escape(c))
            return found | TRAIT_ESCAPE;
    }
    return found;
}

/* What stands for a boolean, a null or a number that is none, in some reader and some spelling. */
static bool is_word(const char *text, size_t len)
{
    static const char *const words[] = {
        "y", "n", "on", "no", "yes", "off", "nan", "inf", "true", "null", "none", "false", "infinity",
    };

    if (len > 8)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == len && !strncasecmp(words[i], text, len))
            return true;
    return false;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* 8-4-4-4-12: no number, date or time of any reader looks like it. */
static bool is_uuid(const char *text, size_t len)
{
    struct uuid id;

    return len == UUID_TEXT && uuid_parse_usual(&id, text);
}

/* e1 is a float to one reader of YAML 1.1, for which the digits before the exponent are optional. */
static bool is_exponent(const char *text, size_t len)
{
    size_t i = 1;

    if (text[0] != 'e' && text[0] != 'E')
        return false;
    if (i < len && (text[i] == '-' || text[i] == '+'))
        i++;
    if (i == len)
        return false;
    while (i < len && ((text[i] >= '0' && text[i] <= '9') || text[i] == '_'))
        i++;
    return i == len;
}

/* Nothing else that starts with a letter is a number or a date, no indicator is a letter. '/', '(' and '$' are neither; an
 * underscore may stand in numbers. */
static bool starts_plainly(const char *text, size_t len)
{
    size_t i = 0;

    if (text[0] == '/' || text[0] == '(' || text[0] == '$')
        return true;
    while (i < len && text[i] == '_')
        i++;
    return i < len && (is_letter(text[i]) || (i == 0 && (unsigned char)text[i] >= 0x80));
}

static bool is_plain(const char *text, size_t len, unsigned found)
{
    if (found & (TRAIT_BREAK | TRAIT_TAB | TRAIT_ESCAPE) || len == 0)
        return false;
    if (!starts_plainly(text, len))
        return is_uuid(text, len);
    if (text[len - 1] == ' ' || text[len - 1] == ':')
        return false;
    if (found & TRAIT_COLON && memmem(text, len, ": ", 2))
        return false;
    if (found & TRAIT_HASH && memmem(text, len, " #", 2))
        return false;
    return !is_word(text, len) && !is_exponent(text, len);
}

/* Whether a text with newlines can be a literal block; *marked: whether its indentation must be given, because a line that
 * counts for finding it out starts with white space.
 *
 * White space at the end of lines is left to double quotes, where editors do not trim it; so are several newlines at the
 * end, to which blank lines behind the block would be added. */
static bool is_literal(const char *text, size_t len, unsigned found, bool *marked)
{
    const char *end = text + len;
    bool first = true;

    *marked = false;
    if (!(found & TRAIT_BREAK) || found & TRAIT_ESCAPE)
        return false;
    if (len >= 2 && text[len - 1] == '\n' && text[len - 2] == '\n')
        return false;
    for (const char *line = text; line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));

        if (!line_end)
            line_end = end;
        if (line_end > line) {
            if (line_end[-1] == ' ' || line_end[-1] == '\t')
                return false;
            if (first)
                *marked = line[0] == ' ' || line[0] == '\t';
            first = false;
        }
        line = line_end + 1;
    }
    return !first;
}

void yaml_append_indent(struct buffer *out, size_t more)
{
    static const char spaces[] = "                                                                ";

    while (more) {
        size_t some = more < sizeof spaces - 1 ? more : sizeof spaces - 1;

        buffer_append(out, spaces, some);
        more -= some;
    }
}

static void append_literal(struct buffer *out, const char *text, size_t len, size_t indent, bool marked)
{
    const char *end = text + len;

    buffer_byte(out, '|');
    if (marked)
        buffer_byte(out, '2');
    if (text[len - 1] != '\n')
        buffer_byte(out, '-');
    buffer_byte(out, '\n');
    for (const char *line = text; line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));

        if (!line_end)
            line_end = end;
        if (line_end > line) {
            yaml_append_indent(out, indent + 2);
            buffer_append(out, line, (size_t)(line_end - line));
        }
        buffer_byte(out, '\n');
        line = line_end + 1;
    }
}

/* Escapes of one letter are those of JSON. */
static void append_escape(struct buffer *out, uint32_t c)
{
    char form[JSON_ESCAPE_MAX];

    if (json_escape(form, c) == 2)
        buffer_append(out, form, 2);
    else
        buffer_printf(out, c > 0xFFFF ? "\\U%08X" : "\\u%04X", (unsigned)c);
}

static void append_quoted(struct buffer *out, const char *text, size_t len, unsigned found)
{
    size_t from = 0;

    buffer_byte(out, '"');
    if (found & (TRAIT_BREAK | TRAIT_TAB | TRAIT_ESCAPE | TRAIT_QUOTED)) {
        for (size_t i = 0, used; i < len; i += used) {
            uint32_t c = utf8_decode(text + i, &used);
            unsigned trait = traits[(unsigned char)text[i]];

            if (used > 1 ? !needs_escape(c) : !(trait & (TRAIT_BREAK | TRAIT_TAB | TRAIT_ESCAPE | TRAIT_QUOTED)))
                continue;
            buffer_append(out, text + from, i - from);
            append_escape(out, c);
            from = i + used;
        }
    }
    buffer_append(out, text + from, len - from);
    buffer_byte(out, '"');
}

void yaml_append_string(struct buffer *out, const char *text, size_t len, size_t indent)
{
    unsigned found = string_traits(text, len);
    bool marked;

    if (is_plain(text, len, found)) {
        buffer_append(out, text, len);
    } else if (is_literal(text, len, found, &marked)) {
        append_literal(out, text, len, indent, marked);
        return;
    } else {
        append_quoted(out, text, len, found);
    }
    buffer_byte(out, '\n');
}

void yaml_append_flow_string(struct buffer *out, const char *text, size_t len)
{
    unsigned found = string_traits(text, len);

    if (is_plain(text, len, found) && !(found & TRAIT_FLOW))
        buffer_append(out, text, len);
    else
        append_quoted(out, text, len, found);
}

void yaml_append_key(struct buffer *out, const char *text, size_t len, size_t indent)
{
    unsigned found = string_traits(text, len);
    bool longer = len > KEY_BYTES_MAX;

    if (longer)
        buffer_append(out, "? ", 2);
    if (is_plain(text, len, found))
        buffer_append(out, text, len);
    else
        append_quoted(out, text, len, found);
    if (longer) {
        buffer_byte(out, '\n');
        yaml_append_indent(out, indent);
    }
    buffer_byte(out, ':');
}

/* JSON text on its way to YAML. */
struct source {
    struct json_cursor json;
    struct buffer text; /* of the string just taken, where it had escapes */
};

static char source_look(struct source *s)
{
    return json_look(&s->json);
}

static void source_skip(struct source *s)
{
    s->json.at++;
}

/* Takes a string; it is valid until the next is taken. */
static void source_string(struct source *s, const char **text, size_t *len)
{
    if (json_take_text(&s->json, &s->text, text, len))
        return;
    *text = "";
    *len = 0;
    source_skip(s);
}

/* Takes a number or word and appends it as it is. */
static void append_bare(struct buffer *out, struct source *s)
{
    struct json_cursor *c = &s->json;
    size_t from = c->at;

    while (c->at < c->len && !strchr(",]} \n\t\r", c->text[c->at]))
        c->at++;
    buffer_append(out, c->text + from, c->at - from);
}

/* Takes a whole value and appends it on one line. */
static void append_flow(struct buffer *out, struct source *s)
{
    size_t depth = 0;

    do {
        char c = source_look(s);

        if (c == '"') {
            const char *text;
            size_t len;
            bool longer;

            source_string(s, &text, &len);
            longer = len > KEY_BYTES_MAX && source_look(s) == ':';
            buffer_append(out, "? ", longer ? 2 : 0);
            yaml_append_flow_string(out, text, len);
            buffer_append(out, " ", longer ? 1 : 0);
        } else if (c == '{' || c == '[' || c == '}' || c == ']') {
            if (c == '{' || c == '[')
                depth++;
            else
                depth--;
            buffer_byte(out, c);
            source_skip(s);
        } else if (c == ',' || c == ':') {
            buffer_byte(out, c);
            buffer_byte(out, ' ');
            source_skip(s);
        } else {
            append_bare(out, s);
        }
    } while (depth && source_look(s));
}

static void append_mapping(struct buffer *out, struct source *s, size_t indent);
static void append_sequence(struct buffer *out, struct source *s, size_t indent);

static bool source_empty(const struct source *s)
{
    struct json_cursor ahead = s->json;
    char c;

    ahead.at++;
    c = json_look(&ahead);
    return c == '}' || c == ']';
}

/* Whether the sequence that begins here is short and has only single values without escapes in it. */
static bool source_short(const struct source *s)
{
    const char *from = s->json.text + s->json.at;
    size_t left = s->json.len - s->json.at;
    const char *end = from + (left < SEQUENCE_BYTES_MAX ? left : SEQUENCE_BYTES_MAX);
    bool in_string = false;

    for (const char *p = from + 1; p < end && *p != '\\'; p++) {
        if (*p == '"')
            in_string = !in_string;
        else if (!in_string && (*p == '[' || *p == '{'))
            break;
        else if (!in_string && *p == ']')
            return true;
    }
    return false;
}

/* Whether the value that begins here becomes a block: a collection with something in it, not too deep, not too short. */
static bool becomes_block(const struct source *s, char first, size_t indent)
{
    if (indent > BLOCK_INDENT_MAX || source_empty(s))
        return false;
    return first == '{' || (first == '[' && !source_short(s));
}

/* Appends a value behind a colon, or (compact) behind a dash, where a block starts on the same line. indent is the depth of
 * the block it may become. */
static void append_value(struct buffer *out, struct source *s, size_t indent, bool compact)
{
    char c = source_look(s);

    if (becomes_block(s, c, indent)) {
        if (compact) {
            buffer_byte(out, ' ');
        } else {
            buffer_byte(out, '\n');
            yaml_append_indent(out, indent);
        }
        if (c == '{')
            append_mapping(out, s, indent);
        else
            append_sequence(out, s, indent);
        return;
    }
    buffer_byte(out, ' ');
    if (c == '"') {
        const char *text;
        size_t len;

        source_string(s, &text, &len);
        yaml_append_string(out, text, len, indent - 2);
        return;
    }
    append_flow(out, s);
    buffer_byte(out, '\n');
}

/* Both: the first line is indented already, and the collection is not empty. */
static void append_mapping(struct buffer *out, struct source *s, size_t indent)
{
    source_skip(s);
    for (;;) {
        const char *key;
        size_t len;

        source_look(s);
        source_string(s, &key, &len);
        yaml_append_key(out, key, len, indent);
        source_look(s);
        source_skip(s);
        append_value(out, s, indent + 2, false);
        if (source_look(s) != ',')
            break;
        source_skip(s);
        yaml_append_indent(out, indent);
    }
    source_skip(s);
}

static void append_sequence(struct buffer *out, struct source *s, size_t indent)
{
    source_skip(s);
    for (;;) {
        buffer_byte(out, '-');
        append_value(out, s, indent + 2, true);
        if (source_look(s) != ',')
            break;
        source_skip(s);
        yaml_append_indent(out, indent);
    }
    source_skip(s);
}

void yaml_append_json(struct buffer *out, const char *json, size_t len, size_t indent)
{
    struct source s = {.json = {.text = json, .len = len}};

    append_value(out, &s, indent, false);
    buffer_release(&s.text);
}
