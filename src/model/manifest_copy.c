#include "simulark/base/memory.h"
#include "simulark/model/manifest.h"

static char *text_copy(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

struct manifest *manifest_copy(const struct manifest *m)
{
    struct manifest *copy = manifest_new(m->kind);

    copy->format = m->format;
    copy->schema = m->schema;
    copy->encoding = m->encoding;
    copy->created_at = text_copy(m->created_at);
    copy->generator = text_copy(m->generator);
    for (size_t i = 0; i < m->nshapes; i++) {
        struct shape *shape = manifest_add_table(copy, m->shapes[i].table);

        for (size_t c = 0; c < m->shapes[i].ncolumns; c++)
            shape_add_column(shape, m->shapes[i].columns[c].name, m->shapes[i].columns[c].sql_type);
        shape->rows = m->shapes[i].rows;
    }
    for (size_t i = 0; i < m->npeople; i++)
        manifest_add_person(copy, m->people[i].id, m->people[i].email);
    copy->requires_templates = json_incref(m->requires_templates);
    copy->template = json_incref(m->template);
    copy->by_hand = m->by_hand;
    return copy;
}
