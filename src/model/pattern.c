#include "simulark/model/pattern.h"

#include "simulark/base/memory.h"
#include "simulark/base/utf8.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define STATES_MAX 5000 /* of a pattern; {m,n} copies what stands before it */
#define DEEPEST 50      /* ( in ( */
#define NONE SIZE_MAX

/* A range of characters of a set. */
struct range {
    uint32_t from, to;
};

enum kind { SET, SPLIT, DONE };

struct state {
    enum kind kind;
    size_t first, count; /* SET: its ranges */
    bool negated;
    size_t next, other; /* SPLIT: both ways */
};

struct pattern {
    struct state *states;
    size_t nstates, states_capacity;
    struct range *ranges;
    size_t nranges, ranges_capacity;
    size_t start;
};

/* Part of the machine: entered at `start`, left by the state `end`, whose `next` is still open. */
struct part {
    size_t start, end;
};

struct parser {
    struct pattern *pattern;
    const char *text;
    size_t at, depth;
    const char *problem;
};

/* ---- building ---- */

static size_t add_state(struct pattern *p, struct state state)
{
    p->states = mem_grow(p->states, &p->states_capacity, p->nstates + 1, sizeof *p->states);
    p->states[p->nstates] = state;
    return p->nstates++;
}

static void add_range(struct pattern *p, uint32_t from, uint32_t to)
{
    p->ranges = mem_grow(p->ranges, &p->ranges_capacity, p->nranges + 1, sizeof *p->ranges);
    p->ranges[p->nranges++] = (struct range){from, to};
}

/* What is left by its own `next` alone: a way through that takes nothing. */
static size_t add_joint(struct pattern *p)
{
    return add_state(p, (struct state){.kind = SPLIT, .next = NONE, .other = NONE});
}

static struct part add_set(struct pattern *p, size_t first, bool negated)
{
    size_t at = add_state(p, (struct state){.kind = SET, .first = first, .count = p->nranges - first, .negated = negated,
                                            .next = NONE, .other = NONE});

    return (struct part){at, at};
}

static struct part join(struct pattern *p, struct part a, struct part b)
{
    p->states[a.end].next = b.start;
    return (struct part){a.start, b.end};
}

static struct part either(struct pattern *p, struct part a, struct part b)
{
    size_t split = add_state(p, (struct state){.kind = SPLIT, .next = a.start, .other = b.start});
    size_t joint = add_joint(p);

    p->states[a.end].next = joint;
    p->states[b.end].next = joint;
    return (struct part){split, joint};
}

static struct part nothing(struct pattern *p)
{
    size_t joint = add_joint(p);

    return (struct part){joint, joint};
}

/* Any number of times. */
static struct part repeat(struct pattern *p, struct part a)
{
    size_t split = add_state(p, (struct state){.kind = SPLIT, .next = NONE, .other = a.start});

    p->states[a.end].next = split;
    return (struct part){split, split};
}

/* ---- reading ---- */

static bool fail(struct parser *p, const char *problem)
{
    if (!p->problem)
        p->problem = problem;
    return false;
}

static void add_class(struct pattern *p, char letter)
{
    if (letter == 'd' || letter == 'w')
        add_range(p, '0', '9');
    if (letter == 'w') {
        add_range(p, 'A', 'Z');
        add_range(p, '_', '_');
        add_range(p, 'a', 'z');
    }
    if (letter == 's') {
        add_range(p, '\t', '\r');
        add_range(p, ' ', ' ');
    }
}

static bool take_character(struct parser *p, uint32_t *c)
{
    size_t len = strlen(p->text + p->at);
    size_t used;

    if (!len || !utf8_length(p->text + p->at, len))
        return fail(p, "ends too early");
    *c = utf8_decode(p->text + p->at, &used);
    p->at += used;
    return true;
}

/* Behind a backslash: a class, or the character itself. */
static bool take_escape(struct parser *p, uint32_t *c, char *class)
{
    char letter = p->text[p->at];

    *class = '\0';
    if (letter && strchr("dDwWsS", letter)) {
        *class = letter;
        p->at++;
        return true;
    }
    if (isalnum((unsigned char)letter))
        return fail(p, "has a backslash before a letter or digit that means nothing");
    return take_character(p, c);
}

static bool take_set_item(struct parser *p)
{
    struct pattern *pattern = p->pattern;
    uint32_t from;
    uint32_t to;
    char class = '\0';

    if (!take_character(p, &from) || (from == '\\' && !take_escape(p, &from, &class)))
        return false;
    if (class) {
        if (isupper((unsigned char)class))
            return fail(p, "has \\D, \\W or \\S within brackets");
        add_class(pattern, class);
        return true;
    }
    to = from;
    if (p->text[p->at] == '-' && p->text[p->at + 1] && p->text[p->at + 1] != ']') {
        p->at++;
        if (!take_character(p, &to) || (to == '\\' && !take_escape(p, &to, &class)))
            return false;
        if (class || to < from)
            return fail(p, "has a range within brackets that ends before it begins");
    }
    add_range(pattern, from, to);
    return true;
}

static bool take_set(struct parser *p, struct part *part)
{
    size_t first = p->pattern->nranges;
    bool negated = p->text[p->at] == '^';

    p->at += negated;
    do {
        if (!p->text[p->at])
            return fail(p, "has a [ without its ]");
        if (!take_set_item(p))
            return false;
    } while (p->text[p->at] != ']');
    p->at++;
    *part = add_set(p->pattern, first, negated);
    return true;
}

static bool take_choice(struct parser *p, struct part *part);

static bool take_atom(struct parser *p, struct part *part) // NOLINT(misc-no-recursion): DEEPEST ends it
{
    size_t first = p->pattern->nranges;
    uint32_t c;
    char class = '\0';

    if (!take_character(p, &c))
        return false;
    if (c == '(') {
        if (strncmp(p->text + p->at, "?:", 2) == 0)
            p->at += 2;
        if (++p->depth > DEEPEST)
            return fail(p, "has too many ( in each other");
        if (!take_choice(p, part))
            return false;
        p->depth--;
        return p->text[p->at] == ')' ? (p->at++, true) : fail(p, "has a ( without its )");
    }
    if (c == '[')
        return take_set(p, part);
    if (c == '.') {
        *part = add_set(p->pattern, first, true);
        return true;
    }
    if (c < 128 && strchr("*+?{^$", (int)c))
        return fail(p, "has a * + ? { ^ or $ where it means nothing; write \\ before it");
    if (c == '\\' && !take_escape(p, &c, &class))
        return false;
    if (class)
        add_class(p->pattern, (char)tolower((unsigned char)class));
    else
        add_range(p->pattern, c, c);
    *part = add_set(p->pattern, first, class && isupper((unsigned char)class));
    return true;
}

static bool take_number(struct parser *p, size_t *number)
{
    if (!isdigit((unsigned char)p->text[p->at]))
        return fail(p, "has a { that is not {m}, {m,} or {m,n}");
    for (*number = 0; isdigit((unsigned char)p->text[p->at]); p->at++)
        if (*number <= STATES_MAX)
            *number = *number * 10 + (size_t)(p->text[p->at] - '0');
    return true;
}

/* How often: from `least` to `most` times; NONE: without end. */
static bool take_times(struct parser *p, size_t *least, size_t *most)
{
    char c = p->text[p->at++];

    *least = c == '+';
    *most = c == '?' ? 1 : NONE;
    if (c != '{')
        return true;
    if (!take_number(p, least))
        return false;
    *most = *least;
    if (p->text[p->at] == ',') {
        p->at++;
        *most = NONE;
        if (p->text[p->at] != '}' && !take_number(p, most))
            return false;
    }
    if (p->text[p->at++] != '}' || *most < *least)
        return fail(p, "has a { that is not {m}, {m,} or {m,n}");
    return true;
}

/* An atom that stands for several parts: the first is there, the others are read again. */
struct atom {
    size_t from;
    struct part part;
    bool used;
};

static bool take_copy(struct parser *p, struct atom *atom, struct part *part) // NOLINT(misc-no-recursion): DEEPEST ends it
{
    size_t at = p->at;
    bool ok = true;

    *part = atom->part;
    if (atom->used) {
        if (p->pattern->nstates > STATES_MAX)
            return fail(p, "is too large");
        p->at = atom->from;
        ok = take_atom(p, part);
        p->at = at;
    }
    atom->used = true;
    return ok;
}

static bool take_repeated(struct parser *p, struct part *part) // NOLINT(misc-no-recursion): DEEPEST ends it
{
    struct atom atom = {.from = p->at};
    struct part copy;
    size_t least;
    size_t most;

    if (!take_atom(p, &atom.part))
        return false;
    *part = atom.part;
    if (!p->text[p->at] || !strchr("*+?{", p->text[p->at]))
        return true;
    if (!take_times(p, &least, &most))
        return false;
    if (p->text[p->at] && strchr("*+?{", p->text[p->at]))
        return fail(p, "repeats a repetition; put it in parentheses");
    *part = nothing(p->pattern);
    for (size_t i = 0; i < least; i++) {
        if (!take_copy(p, &atom, &copy))
            return false;
        *part = join(p->pattern, *part, copy);
    }
    for (size_t i = least; most != NONE && i < most; i++) {
        if (!take_copy(p, &atom, &copy))
            return false;
        *part = join(p->pattern, *part, either(p->pattern, copy, nothing(p->pattern)));
    }
    if (most != NONE)
        return true;
    if (!take_copy(p, &atom, &copy))
        return false;
    *part = join(p->pattern, *part, repeat(p->pattern, copy));
    return true;
}

static bool take_sequence(struct parser *p, struct part *part) // NOLINT(misc-no-recursion): DEEPEST ends it
{
    struct part next;

    *part = nothing(p->pattern);
    while (p->text[p->at] && p->text[p->at] != '|' && p->text[p->at] != ')') {
        if (p->text[p->at] == '$' && !p->text[p->at + 1]) {
            p->at++;
            break;
        }
        if (!take_repeated(p, &next))
            return false;
        if (p->pattern->nstates > STATES_MAX)
            return fail(p, "is too large");
        *part = join(p->pattern, *part, next);
    }
    return true;
}

static bool take_choice(struct parser *p, struct part *part) // NOLINT(misc-no-recursion): DEEPEST ends it
{
    struct part other;

    if (!take_sequence(p, part))
        return false;
    while (p->text[p->at] == '|') {
        p->at++;
        if (!take_sequence(p, &other))
            return false;
        *part = either(p->pattern, *part, other);
    }
    return true;
}

struct pattern *pattern_new(const char *text, const char **problem)
{
    struct pattern *pattern = mem_alloc(sizeof *pattern);
    struct parser p = {.pattern = pattern, .text = text, .at = *text == '^'};
    struct part whole;

    if (utf8_check(text, strlen(text)) == strlen(text) && take_choice(&p, &whole) &&
        (!p.text[p.at] || fail(&p, "has a ) without its ("))) {
        size_t done = add_state(pattern, (struct state){.kind = DONE, .next = NONE, .other = NONE});

        pattern->states[whole.end].next = done;
        pattern->start = whole.start;
        return pattern;
    }
    *problem = p.problem ? p.problem : "is not UTF-8";
    pattern_free(pattern);
    return NULL;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    free(pattern->states);
    free(pattern->ranges);
    free(pattern);
}

/* ---- matching ---- */

/* States that the text so far leads to, each once. */
struct set {
    size_t *items;
    size_t count;
    bool *has;
};

/* Adds a state, or where ways go on without a character, what they lead to. */
static void enter(const struct pattern *p, struct set *set, size_t *stack, size_t state)
{
    size_t depth = 0;

    stack[depth++] = state;
    while (depth) {
        size_t at = stack[--depth];

        if (at == NONE || set->has[at])
            continue;
        set->has[at] = true;
        if (p->states[at].kind == SPLIT) {
            stack[depth++] = p->states[at].next;
            stack[depth++] = p->states[at].other;
        } else {
            set->items[set->count++] = at;
        }
    }
}

static bool takes(const struct pattern *p, const struct state *state, uint32_t c)
{
    bool found = false;

    for (size_t i = 0; i < state->count && !found; i++)
        found = c >= p->ranges[state->first + i].from && c <= p->ranges[state->first + i].to;
    return found != state->negated;
}

static void set_clear(struct set *set, size_t nstates)
{
    set->count = 0;
    memset(set->has, 0, nstates * sizeof *set->has);
}

bool pattern_matches(const struct pattern *p, const char *text, size_t len)
{
    struct set now = {mem_alloc(p->nstates * sizeof(size_t)), 0, mem_alloc(p->nstates * sizeof(bool))};
    struct set then = {mem_alloc(p->nstates * sizeof(size_t)), 0, mem_alloc(p->nstates * sizeof(bool))};
    size_t *stack = mem_alloc((2 * p->nstates + 2) * sizeof *stack);
    bool done = false;

    enter(p, &now, stack, p->start);
    for (size_t at = 0, used; at < len && now.count; at += used) {
        uint32_t c = utf8_length(text + at, len - at) ? utf8_decode(text + at, &used) : (used = 1, 0xFFFD);
        struct set swap = now;

        set_clear(&then, p->nstates);
        for (size_t i = 0; i < now.count; i++) {
            const struct state *state = &p->states[now.items[i]];

            if (state->kind == SET && takes(p, state, c))
                enter(p, &then, stack, state->next);
        }
        now = then;
        then = swap;
    }
    for (size_t i = 0; i < now.count; i++)
        done = done || p->states[now.items[i]].kind == DONE;
    free(now.items);
    free(now.has);
    free(then.items);
    free(then.has);
    free(stack);
    return done;
}
