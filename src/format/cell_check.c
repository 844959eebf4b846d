#include "simulark/format/cell_check.h"

#include "simulark/base/memory.h"
#include "simulark/format/json.h"
#include "simulark/format/row_text.h"
#include "simulark/model/value.h"

#include <stdint.h>
#include <stdlib.h>

/* ---- jsonb ---- */

/* Measured with PostgreSQL 15 (x86-64, max_stack_depth of 2 MB): reading jsonb takes so many bytes of stack for each level,
 * so that 14,544 arrays or 13,090 objects are the most. */
#define STACK_ARRAY 144
#define STACK_OBJECT 160
#define STACK_MAX 2094000
#define STACK_SAFE (STACK_MAX / 2) /* other builds take more */

/* While it reads, PostgreSQL doubles the room for an array's elements (32 bytes) and an object's pairs (72) within 1 GB. */
#define ARRAY_MAX 16777216
#define OBJECT_MAX 8388608
#define LARGE ((size_t)ARRAY_MAX * 2) /* shorter text cannot hold so many */

struct measure {
    size_t stack, deepest;
    size_t *counts; /* of commas in each open array or object; NULL: the text is too short for too many */
    size_t depth, capacity;
    size_t arrays, objects; /* most elements of any */
};

static void open_collection(struct measure *m, char bracket)
{
    m->stack += bracket == '[' ? STACK_ARRAY : STACK_OBJECT;
    if (m->stack > m->deepest)
        m->deepest = m->stack;
    if (!m->counts)
        return;
    m->counts = mem_grow(m->counts, &m->capacity, m->depth + 1, sizeof *m->counts);
    m->counts[m->depth++] = 0;
}

static void close_collection(struct measure *m, char bracket)
{
    size_t *most = bracket == ']' ? &m->arrays : &m->objects;

    m->stack -= bracket == ']' ? STACK_ARRAY : STACK_OBJECT;
    if (!m->counts || !m->depth)
        return;
    m->depth--;
    if (m->counts[m->depth] >= *most)
        *most = m->counts[m->depth] + 1;
}

static const char *skip_string(const char *p, const char *end)
{
    while (p < end && *p != '"')
        p += *p == '\\' ? 2 : 1;
    return p;
}

bool check_jsonb(const char *text, size_t len, struct problem *problem)
{
    struct measure m = {0};
    const char *end = text + len;
    bool large = len > LARGE;

    if (large)
        m.counts = mem_grow(NULL, &m.capacity, 1, sizeof *m.counts);

    for (const char *p = text; p < end; p++) {
        if (*p == '"')
            p = skip_string(p + 1, end);
        else if (*p == '[' || *p == '{')
            open_collection(&m, *p);
        else if (*p == ']' || *p == '}')
            close_collection(&m, *p);
        else if (*p == ',' && m.counts && m.depth)
            m.counts[m.depth - 1]++;
    }
    free(m.counts);
    if (m.deepest > STACK_MAX)
        return problem_set(problem, GRAVITY_DAMAGE, "depth", "is nested more deeply than PostgreSQL takes");
    if (m.arrays > ARRAY_MAX || m.objects > OBJECT_MAX)
        return problem_set(problem, GRAVITY_DAMAGE, "too-long", "has more items in one place than PostgreSQL takes");
    if (m.deepest > STACK_SAFE)
        return problem_set(problem, GRAVITY_WARNING, "depth", "is nested so deeply that not every server takes it");
    if (large)
        return problem_set(problem, GRAVITY_WARNING, "too-long", "is so large that a server may not take it");
    return true;
}

/* ---- text arrays ---- */

#define MAX_DIMENSIONS 6

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && value_is_space(*p))
        p++;
    return p;
}

/* A bound is any int4. Returns what follows, or NULL. */
static const char *take_bound(const char *p, const char *end, int64_t *bound)
{
    bool negative = p < end && *p == '-';
    const char *digits = p + (p < end && (*p == '-' || *p == '+'));

    *bound = 0;
    for (p = digits; p < end && *p >= '0' && *p <= '9' && *bound <= INT32_MAX; p++)
        *bound = *bound * 10 + (*p - '0');
    *bound = negative ? -*bound : *bound;
    return p > digits && *bound >= INT32_MIN && *bound <= INT32_MAX ? p : NULL;
}

/* "[2:3][0:1]=": the lengths it states. Returns what follows the equals sign, or NULL. */
static const char *take_bounds(const char *p, const char *end, size_t lengths[MAX_DIMENSIONS], size_t *ndimensions)
{
    for (*ndimensions = 0; (p = skip_space(p, end)) < end && *p == '[';) {
        int64_t lower = 1;
        int64_t upper;

        p = take_bound(p + 1, end, &upper);
        if (p && p < end && *p == ':') {
            lower = upper;
            p = take_bound(p + 1, end, &upper);
        }
        if (!p || p == end || *p != ']' || upper < lower || upper >= INT32_MAX || *ndimensions == MAX_DIMENSIONS)
            return NULL;
        lengths[(*ndimensions)++] = (size_t)(upper - lower + 1);
        p++;
    }
    return p < end && *p == '=' ? p + 1 : NULL;
}

/* What is measured of a JSON array of strings: along its first elements, its lengths; of all its strings, the longest. */
struct extent {
    size_t lengths[MAX_DIMENSIONS];
    size_t ndimensions;
    size_t longest;
};

static void measure_array(const struct buffer *json, struct extent *extent)
{
    size_t depth = 0;
    bool ended[MAX_DIMENSIONS + 1] = {false};
    const char *end = json->data + json->len;

    for (const char *p = json->data; p < end; p++) {
        if (*p == '"') {
            const char *close = skip_string(p + 1, end);

            if ((size_t)(close - p - 1) > extent->longest)
                extent->longest = (size_t)(close - p - 1);
            p = close;
        } else if (*p == '[' && depth < MAX_DIMENSIONS) {
            if (depth == extent->ndimensions)
                extent->lengths[extent->ndimensions++] = 1;
            depth++;
        } else if (*p == ']' && depth) {
            ended[--depth] = true;
        } else if (*p == ',' && depth && !ended[depth - 1]) {
            extent->lengths[depth - 1]++;
        }
    }
}

static bool check_bounds(const char *text, size_t len, struct buffer *json, struct problem *problem)
{
    static const char phrase[] = "is not an array that PostgreSQL takes";
    struct buffer literal = BUFFER_INIT;
    struct json_cursor c = {0};
    struct extent extent = {0};
    size_t lengths[MAX_DIMENSIONS];
    size_t ndimensions;
    const char *rest = take_bounds(text, text + len, lengths, &ndimensions);
    bool fine = rest && text_array_to_json(json, rest, (size_t)(text + len - rest));

    if (fine) {
        c.text = json->data;
        c.len = json->len;
        fine = text_array_from_json(&c, &literal) && json->len > 2; /* and not an empty one */
        measure_array(json, &extent);
        fine = fine && extent.ndimensions == ndimensions &&
               memcmp(extent.lengths, lengths, ndimensions * sizeof *lengths) == 0;
    }
    buffer_release(&literal);
    return fine || problem_set(problem, GRAVITY_DAMAGE, "array", "%s", phrase);
}

bool check_text_array(const char *text, size_t len, bool indexed, struct problem *problem)
{
    const char *start = skip_space(text, text + len);
    struct buffer json = BUFFER_INIT;
    struct extent extent = {0};
    bool fine = true;

    if (start < text + len && *start == '[')
        fine = check_bounds(text, len, &json, problem);
    else if (indexed && len > GIN_TEXT_MAX)
        text_array_to_json(&json, text, len);
    if (fine && indexed && json.len > GIN_TEXT_MAX) {
        measure_array(&json, &extent);
        if (extent.longest > GIN_TEXT_MAX)
            fine = problem_set(problem, GRAVITY_DAMAGE, "too-long",
                               "has an element of %zu bytes, but the index on it can hold %d", extent.longest, GIN_TEXT_MAX);
    }
    buffer_release(&json);
    return fine;
}
