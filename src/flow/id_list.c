#include "id_list.h"

#include "simulark/base/memory.h"
#include "simulark/base/output.h"

#include <stdlib.h>

#define FLUSH_BYTES ((size_t)64 << 10)

struct id_list {
    struct output *out;
    struct buffer lines; /* not written yet */
};

struct id_list *id_list_open(const char *path, bool force, struct error *err)
{
    struct output *out = output_open(path, force, err);
    struct id_list *list;

    if (!out)
        return NULL;
    list = mem_alloc(sizeof *list);
    list->out = out;
    buffer_text(&list->lines, "table,old,new\n");
    return list;
}

static bool flush(struct id_list *list, size_t threshold, struct error *err)
{
    if (list->lines.len <= threshold)
        return true;
    if (!output_write(list->out, list->lines.data, list->lines.len, err))
        return false;
    buffer_clear(&list->lines);
    return true;
}

bool id_list_add(struct id_list *list, const struct table *table, const struct cell *from, const struct cell *to,
                 struct error *err)
{
    if (from->len == to->len && memcmp(from->text, to->text, to->len) == 0)
        return true;
    buffer_text(&list->lines, table->name);
    buffer_byte(&list->lines, ',');
    buffer_append(&list->lines, from->text, from->len);
    buffer_byte(&list->lines, ',');
    buffer_append(&list->lines, to->text, to->len);
    buffer_byte(&list->lines, '\n');
    return flush(list, FLUSH_BYTES, err);
}

bool id_list_add_user(struct id_list *list, const struct cell *from, const struct uuid *to, struct error *err)
{
    char text[UUID_TEXT + 1];

    uuid_format(to, text);
    return !from->text || id_list_add(list, table_find("users"), from, &(struct cell){text, UUID_TEXT}, err);
}

static bool add_user(struct id_list *list, const struct uuid *from, const struct uuid *to, struct error *err)
{
    char text[UUID_TEXT + 1];

    uuid_format(from, text);
    return id_list_add_user(list, &(struct cell){text, UUID_TEXT}, to, err);
}

/* Everything goes to the owner, whoever it was of. */
static bool add_owned(struct id_list *list, const struct people *people, const struct manifest *manifest, struct error *err)
{
    struct uuid id;

    for (size_t i = 0; i < manifest->npeople; i++)
        if (uuid_parse_text(&id, manifest->people[i].id) &&
            !add_user(list, &id, &people->owner, err))
            return false;
    return true;
}

bool id_list_add_people(struct id_list *list, struct people *people, const struct manifest *manifest, struct error *err)
{
    const struct uuid_pair *pair;
    size_t at = 0;

    if (people->has_owner)
        return add_owned(list, people, manifest, err);
    while ((pair = uuid_map_next(&people->map, &at)))
        if (!add_user(list, &pair->from, &pair->to, err))
            return false;
    return true;
}

bool id_list_prepare(struct id_list *list, struct error *err)
{
    return flush(list, 0, err) && output_prepare(list->out, err);
}

bool id_list_commit(struct id_list *list, struct error *err)
{
    return output_commit(list->out, err);
}

void id_list_free(struct id_list *list)
{
    if (!list)
        return;
    output_free(list->out);
    buffer_release(&list->lines);
    free(list);
}
