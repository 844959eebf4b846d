#include "simulark/format/json_diff.h"

#include "simulark/base/memory.h"
#include "simulark/format/json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A value or key as it stands in the text. */
struct text {
    const char *p;
    size_t len;
};

static const struct text nothing;

struct walk {
    struct buffer path;
    struct buffer key_a, key_b; /* with their escapes undone */
    size_t elements;            /* that may still be listed */
    difference_fn *told;
    void *context;
};

static void walk_values(struct walk *w, struct text a, struct text b, unsigned depth);

/* ---- stepping through one object or array ---- */

/* p stands at a member's beginning, or at the closing bracket. */
struct steps {
    const char *p, *end;
    struct text key; /* with its quotes; objects only */
    struct text value;
};

static struct steps steps_of(struct text value)
{
    return (struct steps){.p = value.p + 1, .end = value.p + value.len - 1};
}

static struct text take(struct steps *s)
{
    struct json_extent extent = {0};
    struct text text = {s->p, json_extent_feed(&extent, s->p, (size_t)(s->end - s->p))};

    s->p += text.len;
    return text;
}

static void skip(struct steps *s, char byte)
{
    while (s->p < s->end && (*s->p == byte || *s->p == ' '))
        s->p++;
}

static bool next_element(struct steps *s)
{
    if (s->p >= s->end)
        return false;
    s->value = take(s);
    skip(s, ',');
    return s->value.len > 0;
}

static bool next_member(struct steps *s)
{
    if (s->p >= s->end || *s->p != '"')
        return false;
    s->key = take(s);
    skip(s, ':');
    return next_element(s);
}

/* ---- telling ---- */

static void tell(struct walk *w, struct text from, struct text to, bool order)
{
    const struct difference difference = {.path = buffer_string(&w->path),
                                          .from = {from.p, from.p ? from.len : 0},
                                          .to = {to.p, to.p ? to.len : 0},
                                          .order = order};

    w->told(w->context, &difference);
}

static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (!(isalpha(c) || c == '_' || c == '$' || (i && (isdigit(c) || c == '-'))))
            return false;
    }
    return len > 0;
}

static void push_key(struct walk *w, struct text key)
{
    if (!is_name(key.p + 1, key.len - 2)) {
        buffer_printf(&w->path, "[%.*s]", (int)key.len, key.p);
        return;
    }
    if (w->path.len)
        buffer_byte(&w->path, '.');
    buffer_append(&w->path, key.p + 1, key.len - 2);
}

static void push_id(struct walk *w, struct text id)
{
    bool plain = id.p[0] == '"' && id.len > 2;

    for (size_t i = 1; plain && i < id.len - 1; i++)
        plain = isalnum((unsigned char)id.p[i]) || id.p[i] == '-' || id.p[i] == '_';
    buffer_printf(&w->path, "[id=%.*s]", (int)(plain ? id.len - 2 : id.len), id.p + (plain ? 1 : 0));
}

/* ---- objects ---- */

static void undo(struct text key, struct buffer *out)
{
    struct json_cursor c = {.text = key.p, .len = key.len};

    buffer_clear(out);
    json_take_string(&c, out);
}

/* jsonb's order: shorter keys first, then by bytes. */
static int compare_keys(struct walk *w, struct text a, struct text b)
{
    undo(a, &w->key_a);
    undo(b, &w->key_b);
    if (w->key_a.len != w->key_b.len)
        return w->key_a.len < w->key_b.len ? -1 : 1;
    return w->key_a.len ? memcmp(w->key_a.data, w->key_b.data, w->key_a.len) : 0;
}

static void walk_objects(struct walk *w, struct text a, struct text b, unsigned depth)
{
    struct steps x = steps_of(a);
    struct steps y = steps_of(b);
    bool more_x = next_member(&x);
    bool more_y = next_member(&y);
    size_t path = w->path.len;

    while (more_x || more_y) {
        int order = !more_x ? 1 : !more_y ? -1 : compare_keys(w, x.key, y.key);

        push_key(w, order <= 0 ? x.key : y.key);
        if (order == 0)
            walk_values(w, x.value, y.value, depth + 1);
        else
            tell(w, order < 0 ? x.value : nothing, order < 0 ? nothing : y.value, false);
        w->path.len = path;
        if (order <= 0)
            more_x = next_member(&x);
        if (order >= 0)
            more_y = next_member(&y);
    }
}

/* ---- arrays ---- */

struct element {
    struct text value;
    struct text id;
    struct element *same; /* in the other array */
};

struct elements {
    struct element *items;
    size_t count, capacity;
};

static bool same_text(struct text a, struct text b)
{
    return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

/* The member `id` of an object, a string or a number; keys stand in order of length. */
static struct text id_of(struct text value)
{
    struct steps s = steps_of(value);

    if (*value.p != '{')
        return nothing;
    while (next_member(&s) && s.key.len <= 4)
        if (s.key.len == 4 && memcmp(s.key.p, "\"id\"", 4) == 0)
            return *s.value.p == '"' || *s.value.p == '-' || isdigit((unsigned char)*s.value.p) ? s.value : nothing;
    return nothing;
}

/* False where there are too many. */
static bool collect(struct walk *w, struct text array, struct elements *list)
{
    struct steps s = steps_of(array);

    while (next_element(&s)) {
        if (w->elements == 0)
            return false;
        w->elements--;
        list->items = mem_grow(list->items, &list->capacity, list->count + 1, sizeof *list->items);
        list->items[list->count++] = (struct element){.value = s.value, .id = id_of(s.value)};
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct element *x = *(struct element *const *)a;
    const struct element *y = *(struct element *const *)b;

    if (x->id.len != y->id.len)
        return x->id.len < y->id.len ? -1 : 1;
    return memcmp(x->id.p, y->id.p, x->id.len);
}

/* The elements in order of their ids; NULL where one has none, or two the same. */
static struct element **index_of(const struct elements *list)
{
    struct element **index = mem_alloc((list->count + 1) * sizeof(void *));
    bool good = true;

    for (size_t i = 0; i < list->count; i++) {
        index[i] = &list->items[i];
        good = good && list->items[i].id.p;
    }
    if (good)
        qsort(index, list->count, sizeof(void *), by_id);
    for (size_t i = 1; good && i < list->count; i++)
        good = by_id(&index[i - 1], &index[i]) != 0;
    if (good)
        return index;
    free(index);
    return NULL;
}

/* Tells where what stands in both arrays stands in another order. */
static void tell_order(struct walk *w, const struct elements *a, const struct elements *b)
{
    struct buffer from = BUFFER_INIT;
    struct buffer to = BUFFER_INIT;
    const struct element *last = NULL;
    bool moved = false;

    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].same) {
            moved = moved || (last && a->items[i].same < last);
            last = a->items[i].same;
        }
    if (!moved)
        return;
    for (size_t i = 0; i < a->count; i++)
        if (a->items[i].same)
            buffer_printf(&from, "%s%.*s", from.len ? ", " : "[", (int)a->items[i].id.len, a->items[i].id.p);
    for (size_t i = 0; i < b->count; i++)
        if (b->items[i].same)
            buffer_printf(&to, "%s%.*s", to.len ? ", " : "[", (int)b->items[i].id.len, b->items[i].id.p);
    buffer_byte(&from, ']');
    buffer_byte(&to, ']');
    tell(w, (struct text){from.data, from.len}, (struct text){to.data, to.len}, true);
    buffer_release(&from);
    buffer_release(&to);
}

static bool walk_by_id(struct walk *w, const struct elements *a, const struct elements *b, unsigned depth)
{
    struct element **x = index_of(a);
    struct element **y = x ? index_of(b) : NULL;
    size_t path = w->path.len;
    bool good = x && y && a->count && b->count;

    for (size_t i = 0, j = 0; good && i < a->count && j < b->count;) {
        int order = by_id(&x[i], &y[j]);

        if (order == 0) {
            x[i]->same = y[j];
            y[j]->same = x[i];
        }
        i += order <= 0;
        j += order >= 0;
    }
    free(x);
    free(y);
    if (!good)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        push_id(w, a->items[i].id);
        if (a->items[i].same)
            walk_values(w, a->items[i].value, a->items[i].same->value, depth + 1);
        else
            tell(w, a->items[i].value, nothing, false);
        w->path.len = path;
    }
    for (size_t i = 0; i < b->count; i++)
        if (!b->items[i].same) {
            push_id(w, b->items[i].id);
            tell(w, nothing, b->items[i].value, false);
            w->path.len = path;
        }
    tell_order(w, a, b);
    return true;
}

static void walk_by_index(struct walk *w, const struct elements *a, const struct elements *b, unsigned depth)
{
    size_t least = a->count < b->count ? a->count : b->count;
    size_t most = a->count < b->count ? b->count : a->count;
    size_t path = w->path.len;
    size_t head = 0, tail = 0;

    while (head < least && same_text(a->items[head].value, b->items[head].value))
        head++;
    while (a->count != b->count && tail < least - head &&
           same_text(a->items[a->count - 1 - tail].value, b->items[b->count - 1 - tail].value))
        tail++;
    for (size_t i = head; i < most - tail; i++) {
        buffer_printf(&w->path, "[%zu]", i);
        if (i < least - tail)
            walk_values(w, a->items[i].value, b->items[i].value, depth + 1);
        else
            tell(w, most == a->count ? a->items[i].value : nothing, most == a->count ? nothing : b->items[i].value, false);
        w->path.len = path;
    }
}

/* The same for arrays of any length, without a list. */
static void step_by_index(struct walk *w, struct text a, struct text b, unsigned depth)
{
    struct steps x = steps_of(a);
    struct steps y = steps_of(b);
    bool more_x = next_element(&x);
    bool more_y = next_element(&y);
    size_t path = w->path.len;

    for (size_t i = 0; more_x || more_y; i++) {
        buffer_printf(&w->path, "[%zu]", i);
        if (more_x && more_y)
            walk_values(w, x.value, y.value, depth + 1);
        else
            tell(w, more_x ? x.value : nothing, more_y ? y.value : nothing, false);
        w->path.len = path;
        more_x = more_x && next_element(&x);
        more_y = more_y && next_element(&y);
    }
}

static void walk_arrays(struct walk *w, struct text a, struct text b, unsigned depth)
{
    struct elements x = {0};
    struct elements y = {0};

    if (!collect(w, a, &x) || !collect(w, b, &y))
        step_by_index(w, a, b, depth);
    else if (!walk_by_id(w, &x, &y, depth))
        walk_by_index(w, &x, &y, depth);
    w->elements += x.count + y.count;
    free(x.items);
    free(y.items);
}

static void walk_values(struct walk *w, struct text a, struct text b, unsigned depth)
{
    if (same_text(a, b))
        return;
    if (depth < JSON_DIFF_DEPTH && a.len > 1 && b.len > 1 && *a.p == '{' && *b.p == '{')
        walk_objects(w, a, b, depth);
    else if (depth < JSON_DIFF_DEPTH && a.len > 1 && b.len > 1 && *a.p == '[' && *b.p == '[')
        walk_arrays(w, a, b, depth);
    else
        tell(w, a, b, false);
}

void json_diff(const char *a, size_t a_len, const char *b, size_t b_len, difference_fn *told, void *context)
{
    struct walk w = {.elements = JSON_DIFF_ELEMENTS, .told = told, .context = context};

    walk_values(&w, (struct text){a, a_len}, (struct text){b, b_len}, 0);
    buffer_release(&w.path);
    buffer_release(&w.key_a);
    buffer_release(&w.key_b);
}
