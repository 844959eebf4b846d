#include "simulark/format/json.h"

#include "json_knot.h"
#include "json_string.h"
#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"
#include "simulark/model/value.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Values up to this many levels and pending keys are scanned without any allocation. */
#define FEW_LEVELS 64
#define FEW_MEMBERS 128
/* Objects up to this size are put in order where they stand; of larger ones, which may be nested a hundred thousand deep,
 * it is written down and done for all of them at the end: moving each at its end would take time in the square of depth. */
#define SMALL_OBJECT 1024

struct level {
    uint32_t from;
    uint32_t members; /* how many members were pending when it opened */
    uint32_t tangles; /* and how many tangles there were */
    char closer;
    bool tangled;
};

struct scan {
    const char *p, *end;
    const char *run; /* text from here to p is canonical already and goes to `out` in one go */
    struct buffer *out;
    size_t base;  /* where the value begins in `out` */
    size_t limit; /* of canonical text */
    bool keep;    /* false: the text is checked only, `out` is scratch */
    const char *problem;
    struct level *levels;
    size_t nlevels, level_capacity;
    struct member *members;
    size_t nmembers, member_capacity;
    struct knot knot;
    struct level few_levels[FEW_LEVELS];
    struct member few_members[FEW_MEMBERS];
};

static bool fail(struct scan *s, const char *problem)
{
    s->problem = problem;
    return false;
}

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* --- from the text to `out` --- */

/* The offset in the canonical text of a place in the run. */
static inline size_t offset_of(const struct scan *s, const char *p)
{
    return s->out->len - s->base + (size_t)(p - s->run);
}

static void flush(struct scan *s, const char *to)
{
    if (s->keep)
        buffer_append(s->out, s->run, (size_t)(to - s->run));
    else
        buffer_clear(s->out);
    s->run = to;
}

/* Where canonical text has no space. */
static inline void drop_space(struct scan *s)
{
    if (s->p == s->end || !json_is_space(*s->p))
        return;
    flush(s, s->p);
    while (s->p < s->end && json_is_space(*s->p))
        s->p++;
    s->run = s->p;
}

/* Where canonical text has one space. */
static inline void keep_one_space(struct scan *s)
{
    if (s->end - s->p >= 2 && s->p[0] == ' ' && !json_is_space(s->p[1])) {
        s->p++;
        return;
    }
    flush(s, s->p);
    buffer_byte(s->out, ' ');
    while (s->p < s->end && json_is_space(*s->p))
        s->p++;
    s->run = s->p;
}

/* --- strings --- */

/* Goes from behind the opening quote to behind the closing one. *escaped: whether the canonical text has escapes. */
static bool take_string(struct scan *s, bool *escaped)
{
    for (;;) {
        char form[JSON_ESCAPE_MAX];
        const char *from;
        uint32_t character;
        size_t len;

        s->p = json_skip_plain(s->p, s->end, true);
        if (s->p == s->end)
            return fail(s, "a string is not closed");
        if (*s->p == '"') {
            s->p++;
            return true;
        }
        if ((unsigned char)*s->p >= 0x80) {
            len = utf8_length(s->p, (size_t)(s->end - s->p));
            if (!len)
                return fail(s, "is not valid UTF-8");
            s->p += len;
            continue;
        }
        if (*s->p != '\\')
            return fail(s, "a control character in a string must be escaped");
        from = s->p;
        s->problem = json_take_escape(&s->p, s->end, &character);
        if (s->problem)
            return false;
        len = json_escape(form, character);
        *escaped |= len > 0;
        if (len && len == (size_t)(s->p - from) && memcmp(form, from, len) == 0)
            continue;
        flush(s, from);
        if (len)
            buffer_append(s->out, form, len);
        else
            utf8_append(s->out, character);
        s->run = s->p;
    }
}

/* --- keys and their order --- */

/* A pending member's text: behind `out` it is still in the run, and never in both. */
static const char *text_at(const struct scan *s, uint32_t offset)
{
    size_t done = s->out->len - s->base;

    return offset < done ? s->out->data + s->base + offset : s->run + (offset - done);
}

/* The next byte of a canonical string's contents with its escape undone. */
static unsigned char next_byte(const char **p)
{
    uint32_t character;

    if (**p != '\\')
        return (unsigned char)*(*p)++;
    json_take_escape(p, *p + ((*p)[1] == 'u' ? 6 : 2), &character);
    return (unsigned char)character;
}

/* jsonb's order: shorter keys first, then by bytes. */
static int compare_keys(const struct scan *s, const struct member *a, const struct member *b)
{
    const char *x = text_at(s, a->from) + 1;
    const char *y = text_at(s, b->from) + 1;

    if (a->key_len != b->key_len)
        return a->key_len < b->key_len ? -1 : 1;
    if (!a->escaped && !b->escaped)
        return memcmp(x, y, a->key_len);
    for (size_t i = 0; i < a->key_len; i++) {
        unsigned char m = next_byte(&x);
        unsigned char n = next_byte(&y);

        if (m != n)
            return m < n ? -1 : 1;
    }
    return 0;
}

/* The same for qsort_r, equal keys in the order of the text. */
static int compare_members(const void *a, const void *b, void *scan)
{
    const struct member *x = a;
    const struct member *y = b;
    int order = compare_keys(scan, x, y);

    if (order)
        return order;
    return x->from < y->from ? -1 : 1;
}

static size_t undone_length(const char *text, size_t len)
{
    const char *p = text;
    size_t count = 0;

    for (; p < text + len; count++)
        next_byte(&p);
    return count;
}

/* Like mem_grow, but the first of it is a part of the scan itself. */
static void *grow(void *array, const void *few, size_t *capacity, size_t wanted, size_t item_size)
{
    size_t old = *capacity;
    void *copy;

    if (wanted <= old)
        return array;
    if (array != few)
        return mem_grow(array, capacity, wanted, item_size);
    copy = mem_grow(NULL, capacity, wanted, item_size);
    memcpy(copy, few, old * item_size);
    return copy;
}

static bool take_key(struct scan *s)
{
    struct level *level = &s->levels[s->nlevels - 1];
    const char *from = s->p;
    size_t offset = offset_of(s, from);
    bool escaped = false;

    if (s->p == s->end || *s->p != '"')
        return fail(s, "expected a key in double quotes");
    s->p++;
    if (!take_string(s, &escaped))
        return false;
    if (s->keep) {
        struct member *m;

        if (from < s->run)
            flush(s, s->p);
        s->members = grow(s->members, s->few_members, &s->member_capacity, s->nmembers + 1, sizeof *s->members);
        m = &s->members[s->nmembers];
        m->from = (uint32_t)offset;
        m->key_len = (uint32_t)(offset_of(s, s->p) - offset - 2);
        m->first = (uint32_t)s->knot.ntangles;
        m->escaped = escaped;
        if (escaped)
            m->key_len = (uint32_t)undone_length(text_at(s, m->from) + 1, m->key_len);
        if (s->nmembers > level->members && !level->tangled)
            level->tangled = compare_keys(s, m - 1, m) >= 0;
        s->nmembers++;
    }
    drop_space(s);
    if (s->p == s->end || *s->p != ':')
        return fail(s, "expected ':' after a key");
    s->p++;
    keep_one_space(s);
    return true;
}

/* --- putting members in order --- */

static void order_small(struct scan *s, uint32_t from, const struct member *members, size_t count)
{
    char *object = s->out->data + s->base + from;
    char old[SMALL_OBJECT];
    size_t len = s->out->len - s->base - from;
    char *to = object + 1;

    memcpy(old, object, len);
    for (size_t i = 0; i < count; i++) {
        size_t size = members[i].to - members[i].from;

        if (i) {
            *to++ = ',';
            *to++ = ' ';
        }
        memcpy(to, old + (members[i].from - from), size);
        to += size;
    }
    *to++ = '}';
    s->out->len = (size_t)(to - s->out->data);
}

/* Sorts the members of the object that ends here and drops all but the last of those with the same key. */
static void order_object(struct scan *s, const struct level *level)
{
    struct member *m = s->members + level->members;
    size_t count = s->nmembers - level->members;
    size_t kept = 0;
    uint32_t to;

    flush(s, s->p);
    to = (uint32_t)(s->out->len - s->base);
    for (size_t i = 0; i < count; i++) {
        bool final = i == count - 1;

        m[i].to = final ? to - 1 : m[i + 1].from - 2;
        m[i].last = final ? (uint32_t)s->knot.ntangles : m[i + 1].first;
    }
    qsort_r(m, count, sizeof *m, compare_members, s);
    for (size_t i = 0; i < count; i++) {
        if (i == count - 1 || compare_keys(s, &m[i], &m[i + 1]) != 0)
            m[kept++] = m[i];
    }
    if (to - level->from <= SMALL_OBJECT) {
        order_small(s, level->from, m, kept);
        return;
    }
    knot_add(&s->knot, level->from, to, level->tangles, m, kept);
}

/* --- values --- */

static bool take_number(struct scan *s)
{
    const char *from = s->p;
    const char *p = s->p;
    const char *digits;
    bool plain;

    if (*p == '-')
        p++;
    digits = p;
    while (p < s->end && is_digit(*p))
        p++;
    s->p = p;
    if (p == digits)
        return fail(s, "expected a digit after '-'");
    if (*digits == '0' && p - digits > 1) {
        s->p = digits;
        return fail(s, "a number cannot begin with 0");
    }
    if (p < s->end && *p == '.') {
        const char *fraction = ++p;

        while (p < s->end && is_digit(*p))
            p++;
        s->p = p;
        if (p == fraction)
            return fail(s, "expected a digit after '.'");
    }
    plain = (*from != '-' || *digits != '0') && p - from <= JSON_SAFE_DIGITS;
    if (p < s->end && (*p == 'e' || *p == 'E')) {
        const char *exponent;

        plain = false;
        p++;
        if (p < s->end && (*p == '+' || *p == '-'))
            p++;
        exponent = p;
        while (p < s->end && is_digit(*p))
            p++;
        s->p = p;
        if (p == exponent)
            return fail(s, "expected a digit in an exponent");
    }
    if (plain)
        return true;
    flush(s, from);
    if (!number_canonical(from, (size_t)(p - from), s->out, &s->problem)) {
        s->p = from;
        return false;
    }
    s->run = p;
    return true;
}

static bool take_word(struct scan *s, const char *word, size_t len)
{
    for (size_t i = 0; i < len; i++, s->p++) {
        if (s->p == s->end || *s->p != word[i])
            return fail(s, "expected a value");
    }
    return true;
}

static bool take_scalar(struct scan *s)
{
    bool escaped = false;

    switch (s->p < s->end ? *s->p : '\0') {
    case '"': s->p++; return take_string(s, &escaped);
    case 't': return take_word(s, "true", 4);
    case 'f': return take_word(s, "false", 5);
    case 'n': return take_word(s, "null", 4);
    default: break;
    }
    if (s->p < s->end && (is_digit(*s->p) || *s->p == '-'))
        return take_number(s);
    return fail(s, "expected a value");
}

static bool open_level(struct scan *s)
{
    if (s->nlevels == JSON_MAX_DEPTH)
        return fail(s, "is nested more than 100000 levels deep");
    s->levels = grow(s->levels, s->few_levels, &s->level_capacity, s->nlevels + 1, sizeof *s->levels);
    s->levels[s->nlevels++] = (struct level){.from = (uint32_t)offset_of(s, s->p),
                                             .members = (uint32_t)s->nmembers,
                                             .tangles = (uint32_t)s->knot.ntangles,
                                             .closer = *s->p == '{' ? '}' : ']'};
    s->p++;
    drop_space(s);
    return true;
}

static void close_level(struct scan *s)
{
    struct level *level = &s->levels[--s->nlevels];

    s->p++;
    if (level->tangled)
        order_object(s, level);
    s->nmembers = level->members;
}

/* After a value: closes all that ends here, and goes to where the next value begins, if there is one. */
static bool take_ends(struct scan *s)
{
    for (;;) {
        char closer;

        if (offset_of(s, s->p) > s->limit)
            return fail(s, "is too large as jsonb text");
        if (!s->nlevels)
            return true;
        drop_space(s);
        closer = s->levels[s->nlevels - 1].closer;
        if (s->p == s->end || (*s->p != ',' && *s->p != closer))
            return fail(s, closer == '}' ? "expected ',' or '}'" : "expected ',' or ']'");
        if (*s->p == ',') {
            s->p++;
            keep_one_space(s);
            return closer == ']' || take_key(s);
        }
        close_level(s);
    }
}

static bool scan_value(struct scan *s)
{
    do {
        char first = s->p < s->end ? *s->p : '\0';

        if (first == '{' || first == '[') {
            if (!open_level(s))
                return false;
            if (s->p == s->end || *s->p != s->levels[s->nlevels - 1].closer) {
                if (first == '{' && !take_key(s))
                    return false;
                continue;
            }
        } else if (!take_scalar(s)) {
            return false;
        }
        if (!take_ends(s))
            return false;
    } while (s->nlevels);
    return true;
}

static bool take_value(struct json_cursor *c, struct buffer *out, bool keep)
{
    struct scan s;
    size_t base = out->len;
    bool taken;

    json_skip_space(c);
    s.p = s.run = c->text + c->at;
    s.end = c->text + c->len;
    s.out = out;
    s.base = base;
    s.limit = c->limit && c->limit < JSON_MAX_TEXT ? c->limit : JSON_MAX_TEXT;
    s.keep = keep;
    s.problem = NULL;
    s.levels = s.few_levels;
    s.members = s.few_members;
    s.level_capacity = FEW_LEVELS;
    s.member_capacity = FEW_MEMBERS;
    s.nlevels = s.nmembers = 0;
    s.knot = (struct knot){0};

    taken = scan_value(&s);
    if (taken) {
        flush(&s, s.p);
        if (s.knot.ntangles)
            knot_untie(&s.knot, s.out, s.base);
    } else {
        out->len = base;
        c->problem = s.problem;
    }
    c->at = (size_t)(s.p - c->text);
    if (s.levels != s.few_levels)
        free(s.levels);
    if (s.members != s.few_members)
        free(s.members);
    knot_release(&s.knot);
    return taken;
}

bool json_take_value(struct json_cursor *c, struct buffer *out)
{
    return take_value(c, out, true);
}

bool json_take_raw(struct json_cursor *c, const char **text, size_t *len)
{
    struct buffer scratch = BUFFER_INIT;
    size_t from;
    bool taken;

    json_skip_space(c);
    from = c->at;
    taken = take_value(c, &scratch, false);
    buffer_release(&scratch);
    *text = c->text + from;
    *len = c->at - from;
    return taken;
}
