#include "simulark/format/yaml_events.h"

#include "simulark/base/eight.h"
#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/format/limits.h"

#include <stdint.h>
#include <stdlib.h>

struct yaml_events {
    yaml_parser_t parser;
    yaml_event_t event; /* zeroed, which can be deleted, until there is one */
    struct input *in;
    struct error *err; /* of the call that libyaml reads in */
    const char *bytes; /* read, checked, and not yet given to libyaml */
    size_t len;
    size_t limit;
    size_t since;      /* bytes given since the last event */
    size_t event_line; /* where the last event ended */
    size_t line;  /* of the next byte to check, from 1 */
    size_t column;
    char part[4]; /* the start of a character that the next bytes go on with */
    size_t npart;
    bool begun; /* the byte order mark is behind us, if there was one */
};

/* Next line, line and paragraph separator end lines in YAML 1.1, as libyaml reads it, and are text in 1.2: who wrote them as they
 * are cannot be known to have meant either. */
static bool is_space_or_text(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return (c < 0x7F || c > 0x9F) && c != 0x2028 && c != 0x2029 && c != 0xFFFE && c != 0xFFFF;
}

/* column 0: it is not known. */
__attribute__((format(printf, 4, 5))) static void refuse(const struct yaml_events *e, size_t line, size_t column,
                                                         const char *format, ...)
{
    struct buffer place = BUFFER_INIT;
    va_list args;

    buffer_printf(&place, "%s:%zu", input_name(e->in), line);
    if (column)
        buffer_printf(&place, ":%zu", column);
    va_start(args, format);
    error_vset_at(e->err, STATUS_MALFORMED, buffer_string(&place), format, args);
    va_end(args);
    buffer_release(&place);
}

static bool refuse_byte(struct yaml_events *e, unsigned char byte)
{
    refuse(e, e->line, e->column, "The byte 0x%02X is not valid UTF-8 here.", byte);
    error_hint(e->err, "Save the file as UTF-8.");
    return false;
}

static bool refuse_character(struct yaml_events *e, uint32_t c)
{
    refuse(e, e->line, e->column, "The character U+%04X may not stand in YAML as it is.", (unsigned)c);
    if (c == 0)
        error_hint(e->err, "If the file is UTF-16 or UTF-32, save it as UTF-8.");
    else
        error_hint(e->err, "Write it as \"\\u%04X\" in double quotes.", (unsigned)c);
    return false;
}

/* Checks the character at bytes, which is all there; *used is its length. */
static bool check_character(struct yaml_events *e, const char *bytes, size_t len, size_t *used)
{
    uint32_t c;

    if (!utf8_length(bytes, len))
        return refuse_byte(e, (unsigned char)bytes[0]);
    c = utf8_decode(bytes, used);
    if (!is_space_or_text(c))
        return refuse_character(e, c);
    e->column++;
    if (c == '\n') {
        e->line++;
        e->column = 1;
    }
    return true;
}

/* How long the character starting with this byte says it is; 1 where none starts so. */
static size_t announced_length(unsigned char first)
{
    return first < 0xC0 || first > 0xF4 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The bytes of eight that are no printable ASCII, as eight_below tells them. */
static uint64_t other_bytes(uint64_t eight)
{
    return (eight & EIGHT_HIGH) | eight_below(eight, 0x20) | eight_equal(eight, 0x7F);
}

/* The number of bytes before the first that is no printable ASCII. */
static size_t printable_length(const char *bytes, size_t len)
{
    size_t at = 0;

    for (; len - at >= 8; at += 8) {
        uint64_t others = other_bytes(eight_load(bytes + at));

        if (others)
            return at + eight_first(others);
    }
    while (at < len && bytes[at] >= 0x20 && bytes[at] < 0x7F)
        at++;
    return at;
}

/* Goes over ASCII that may stand as it is, lines' ends included: most of what there is. */
static size_t skip_ascii(struct yaml_events *e, const char *bytes, size_t len)
{
    size_t at = printable_length(bytes, len);

    e->column += at;
    while (at < len && bytes[at] == '\n') {
        size_t line = printable_length(bytes + at + 1, len - at - 1);

        at += 1 + line;
        e->line++;
        e->column = 1 + line;
    }
    return at;
}

static bool check_bytes(struct yaml_events *e, const char *bytes, size_t len)
{
    size_t at = 0;
    size_t used = 0;

    while (at < len) {
        size_t whole;

        if (!e->npart)
            at += skip_ascii(e, bytes + at, len - at);
        if (at == len)
            break;
        whole = announced_length((unsigned char)(e->npart ? e->part[0] : bytes[at]));
        if (e->npart) {
            e->part[e->npart++] = bytes[at++];
            if (e->npart < whole)
                continue;
            if (!check_character(e, e->part, e->npart, &used))
                return false;
            e->npart = 0;
        } else if (whole > len - at) {
            e->part[e->npart++] = bytes[at++];
        } else {
            if (!check_character(e, bytes + at, whole, &used))
                return false;
            at += used;
        }
    }
    return true;
}

/* Takes the byte order mark, which libyaml would count as the first column: nothing below it would stand at the same one. */
static bool begin(struct yaml_events *e)
{
    const char *head;
    size_t len;
    size_t mark;

    e->begun = true;
    if (!input_peek(e->in, 3, &head, &len, e->err))
        return false;
    mark = utf8_mark(head, len);
    if (!input_next(e->in, &e->bytes, &e->len, e->err))
        return false;
    e->bytes += mark;
    e->len -= mark;
    return true;
}

static int read_some(void *data, unsigned char *buffer, size_t size, size_t *taken)
{
    struct yaml_events *e = data;

    if (!e->len) {
        if (!e->begun && !begin(e))
            return 0;
        if ((!e->len && !input_next(e->in, &e->bytes, &e->len, e->err)) || !check_bytes(e, e->bytes, e->len))
            return 0;
        if (!e->len && e->npart)
            return refuse_byte(e, (unsigned char)e->part[0]);
    }
    if (e->since > e->limit) {
        refuse(e, e->event_line, 0, "A value is larger than %zu bytes (limit row_bytes).", e->limit);
        limits_hint(e->err, "row_bytes");
        return 0;
    }
    *taken = e->len < size ? e->len : size;
    if (*taken)
        memcpy(buffer, e->bytes, *taken);
    e->bytes += *taken;
    e->len -= *taken;
    e->since += *taken;
    return 1;
}

struct yaml_events *yaml_events_new(struct input *in, size_t limit)
{
    struct yaml_events *e = mem_alloc(sizeof *e);

    e->in = in;
    e->limit = limit;
    e->line = 1;
    e->column = 1;
    e->event_line = 1;
    if (!yaml_parser_initialize(&e->parser))
        mem_run_out();
    yaml_parser_set_encoding(&e->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&e->parser, read_some, e);
    return e;
}

static const yaml_event_t *fail(struct yaml_events *e)
{
    const yaml_parser_t *p = &e->parser;
    const yaml_mark_t *place = p->error == YAML_READER_ERROR ? &p->mark : &p->problem_mark;
    struct buffer text = BUFFER_INIT;

    if (p->error == YAML_MEMORY_ERROR) {
        mem_run_out();
        return NULL;
    }
    buffer_printf(&text, "This is not YAML: %s", p->problem ? p->problem : "it cannot be read");
    if (p->context)
        buffer_printf(&text, " %s that starts at line %zu", p->context, p->context_mark.line + 1);
    refuse(e, place->line + 1, place->column + 1, "%s.", buffer_string(&text));
    if (p->problem && strstr(p->problem, "Unicode character escape code"))
        error_hint(e->err, "YAML has no pairs of escapes (\\ud83d\\ude00): write \\U0001f600, or the character itself. JSON is "
                           "read as JSON where nothing stands before its first brace.");
    if (p->stream_end_produced || (p->problem && strstr(p->problem, "end of stream")))
        error_hint(e->err, "It may have been cut short.");
    buffer_release(&text);
    return NULL;
}

const yaml_event_t *yaml_events_next(struct yaml_events *e, struct error *err)
{
    yaml_event_delete(&e->event);
    e->err = err;
    e->since = 0;
    if (!yaml_parser_parse(&e->parser, &e->event))
        return fail(e); /* which says nothing where reading failed and said so */
    e->event_line = e->event.end_mark.line + 1;
    return &e->event;
}

const char *yaml_events_name(const struct yaml_events *e)
{
    return input_name(e->in);
}

void yaml_events_free(struct yaml_events *e)
{
    if (!e)
        return;
    yaml_event_delete(&e->event);
    yaml_parser_delete(&e->parser);
    free(e);
}
