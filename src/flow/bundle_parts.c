#include "bundle_parts.h"

#include "simulark/base/utf8.h"

json_t *parse_object(const char *name, const struct buffer *text, struct error *err)
{
    struct buffer place = BUFFER_INIT;
    json_error_t where;
    size_t mark = utf8_mark(text->data ? text->data : "", text->len);
    json_t *object = json_loadb(text->data ? text->data + mark : "", text->len - mark, JSON_REJECT_DUPLICATES, &where);

    if (object && json_is_object(object))
        return object;
    buffer_printf(&place, "%s:%d:%d", name, where.line, where.column);
    if (object)
        error_set_at(err, STATUS_MALFORMED, name, "This is no JSON object.");
    else
        error_set_at(err, STATUS_MALFORMED, buffer_string(&place), "The JSON is malformed: %s.", where.text);
    buffer_release(&place);
    json_decref(object);
    return NULL;
}

static bool refuse_more(const struct input *in, size_t most, const char *limit, struct error *err)
{
    if (!limit)
        return error_set(err, STATUS_MALFORMED, "%s is larger than %zu bytes.", input_name(in), most);
    error_set(err, STATUS_MALFORMED, "%s is larger than %zu bytes (limit %s).", input_name(in), most, limit);
    return limits_hint(err, limit);
}

bool read_whole(struct input *in, size_t most, const char *limit, struct buffer *bytes, struct error *err)
{
    const char *piece;
    size_t len;

    do {
        if (!input_next(in, &piece, &len, err))
            return false;
        if (bytes->len + len > most)
            return refuse_more(in, most, limit, err);
        buffer_append(bytes, piece, len);
    } while (len);
    return true;
}

struct manifest *read_manifest(const char *name, const json_t *header, struct error *err)
{
    static const unsigned scopes[] = {
        [KIND_PROJECT] = SCOPE_PROJECT,
        [KIND_ACCOUNT] = SCOPE_ACCOUNT | SCOPE_KEYS | SCOPE_HISTORY,
        [KIND_INSTANCE] = SCOPE_INSTANCE | SCOPE_KEYS | SCOPE_HISTORY,
        [KIND_TEMPLATE] = SCOPE_PROJECT,
    };
    struct manifest *m = manifest_from_json(header, err);

    if (!m) {
        error_prefix(err, "%s", name);
        return NULL;
    }
    for (size_t i = 0; i < m->nshapes; i++)
        if (!(m->shapes[i].table->scopes & scopes[m->kind])) {
            error_set_at(err, STATUS_MALFORMED, name, "A bundle of kind %s cannot hold the table %s.", kind_name(m->kind),
                         m->shapes[i].table->name);
            manifest_free(m);
            return NULL;
        }
    for (size_t i = 0; m->by_hand && i < TABLE_COUNT; i++)
        if (tables[i].scopes & scopes[m->kind])
            shape_init_known(manifest_add_table(m, &tables[i]), &tables[i]);
    if (m->kind == KIND_TEMPLATE)
        manifest_allow_local_ids(m);
    return m;
}

bool more_after_failure(const struct rows_reader *rows, bool taken, struct findings *findings, struct error *err)
{
    if ((!taken && !rows->ops->may_go_on(rows)) || !findings_take(findings, "row", err))
        return false;
    findings->lost++;
    return true;
}

bool refuse_unsealed(const char *name, struct error *err)
{
    error_set(err, STATUS_MALFORMED, "%s ends without a seal: it is incomplete.", name);
    error_hint(err, "It was cut short, or its writing did not finish: get it again. A document written by hand leaves out both "
                    "`tables` and `seal`.");
    return false;
}
