#include "simulark/format/json_members.h"

#include "simulark/format/json.h"

#include <string.h>

static bool walk_begin(struct json_walk *walk, const char *text, size_t len, char bracket)
{
    *walk = (struct json_walk){.text = text, .len = len, .at = 1};
    return text && len && *text == bracket;
}

bool json_walk_object(struct json_walk *walk, const char *text, size_t len)
{
    return walk_begin(walk, text, len, '{');
}

bool json_walk_array(struct json_walk *walk, const char *text, size_t len)
{
    return walk_begin(walk, text, len, '[');
}

static struct cell string_between_quotes(struct json_cursor *c)
{
    const char *text;
    size_t len;

    return json_take_raw(c, &text, &len) ? (struct cell){text + 1, len - 2} : (struct cell){NULL, 0};
}

bool json_walk_next(struct json_walk *walk)
{
    struct json_cursor c = {.text = walk->text, .len = walk->len, .at = walk->at};

    json_take(&c, ',');
    if (json_look(&c) == '}' || json_look(&c) == ']' || !json_look(&c))
        return false;
    if (*walk->text == '{') {
        walk->key = string_between_quotes(&c);
        if (!walk->key.text || !json_take(&c, ':'))
            return false;
    }
    if (!json_take_raw(&c, &walk->value.text, &walk->value.len))
        return false;
    walk->at = c.at;
    return true;
}

static bool is_key(const struct cell *key, const char *name)
{
    return key->len == strlen(name) && memcmp(key->text, name, key->len) == 0;
}

struct cell json_member(const char *text, size_t len, const char *key)
{
    struct json_walk walk;

    if (json_walk_object(&walk, text, len))
        while (json_walk_next(&walk))
            if (is_key(&walk.key, key))
                return walk.value;
    return (struct cell){NULL, 0};
}

bool json_string_text(const struct cell *value, struct buffer *out)
{
    struct json_cursor c = {.text = value->text, .len = value->len};

    return value->text && value->len && *value->text == '"' && json_take_string(&c, out);
}

bool json_member_string(const char *text, size_t len, const char *key, struct buffer *out)
{
    struct cell value = json_member(text, len, key);

    return json_string_text(&value, out);
}

/* ---- building ---- */

void json_build_begin(struct json_object_builder *b)
{
    buffer_clear(&b->text);
    buffer_byte(&b->text, '{');
}

static void begin_member(struct json_object_builder *b, const char *key, size_t len)
{
    if (b->text.len > 1)
        buffer_byte(&b->text, ',');
    buffer_byte(&b->text, '"');
    buffer_append(&b->text, key, len);
    buffer_append(&b->text, "\":", 2);
}

void json_build_raw(struct json_object_builder *b, const char *key, const char *value, size_t len)
{
    begin_member(b, key, strlen(key));
    buffer_append(&b->text, value, len);
}

void json_build_string(struct json_object_builder *b, const char *key, const char *text, size_t len)
{
    begin_member(b, key, strlen(key));
    json_append_string(&b->text, text, len);
}

void json_build_members(struct json_object_builder *b, const char *text, size_t len, const char *const *but)
{
    struct json_walk walk;

    if (!json_walk_object(&walk, text, len))
        return;
    while (json_walk_next(&walk)) {
        bool left_out = false;

        for (size_t i = 0; but && but[i]; i++)
            left_out = left_out || is_key(&walk.key, but[i]);
        if (left_out)
            continue;
        begin_member(b, walk.key.text, walk.key.len);
        buffer_append(&b->text, walk.value.text, walk.value.len);
    }
}

void json_build_end(struct json_object_builder *b, struct buffer *out)
{
    struct json_cursor c;

    buffer_byte(&b->text, '}');
    c = (struct json_cursor){.text = b->text.data, .len = b->text.len};
    json_take_value(&c, out);
}

void json_build_release(struct json_object_builder *b)
{
    buffer_release(&b->text);
}
