#include "diff_output.h"
#include "simulark/base/utf8.h"

static json_t *buffer_to_json(const struct cell *cell)
{
    struct buffer cut = BUFFER_INIT;
    size_t len = cell->len;
    json_t *string;

    if (!cell->text)
        return json_null();
    if (len <= DIFF_JSON_TEXT)
        return json_stringn(cell->text, len);
    buffer_append(&cut, cell->text, utf8_cut(cell->text, len, DIFF_JSON_TEXT));
    buffer_text(&cut, "…");
    string = json_stringn(cut.data, cut.len);
    buffer_release(&cut);
    return string;
}

/* NULL where the list is full. */
static json_t *add_change(struct diff_json *j, const char *table, const char *kind)
{
    json_t *change;

    j->columns = NULL;
    if (!j->changes)
        j->changes = json_array();
    if (json_array_size(j->changes) == DIFF_JSON_CHANGES) {
        j->truncated = true;
        return NULL;
    }
    j->columns = json_array();
    change = json_pack("{s:s, s:n, s:s, s:n, s:o}", "table", table, "id", "kind", kind, "name", "columns", j->columns);
    json_array_append_new(j->changes, change);
    return change;
}

static void on_row(void *context, const struct diff_row *row)
{
    static const char *const kinds[] = {"added", "removed", "changed"};
    json_t *change = add_change(context, row->table, kinds[row->change]);

    if (!change)
        return;
    json_object_set_new(change, "id", buffer_to_json(&row->id));
    json_object_set_new(change, "name", buffer_to_json(&row->name));
}

static void on_value(void *context, const char *column, const struct difference *difference)
{
    struct diff_json *j = context;
    const struct cell path = {difference->path, strlen(difference->path)};
    json_t *value;

    if (!j->columns || j->values == DIFF_JSON_VALUES) {
        j->truncated = true;
        return;
    }
    j->values++;
    value = json_pack("{s:s, s:o, s:o, s:o}", "column", column, "path", buffer_to_json(&path), "from",
                      buffer_to_json(&difference->from), "to", buffer_to_json(&difference->to));
    if (difference->order)
        json_object_set_new(value, "order", json_true());
    json_array_append_new(j->columns, value);
}

static void on_lacking(void *context, const struct diff_lacking *lacking)
{
    struct diff_json *j = context;
    json_t *change = add_change(j, lacking->table, lacking->column ? "changed" : lacking->added ? "added" : "removed");

    if (!change)
        return;
    if (lacking->column)
        json_array_append_new(j->columns,
                              json_pack("{s:s, s:s, s:n, s:n}", "column", lacking->column, "path", "", "from", "to"));
    json_object_set_new(change, "only_in", json_string(lacking->added ? "b" : "a"));
    json_object_set_new(change, "rows", json_integer((json_int_t)lacking->rows));
}

struct diff_events diff_json_events(struct diff_json *json)
{
    return (struct diff_events){.row = on_row, .value = on_value, .lacking = on_lacking, .context = json};
}

static void add_counts(json_t *object, const char *name, const struct diff_counts *counts)
{
    if (counts->there)
        json_object_set_new(object, name,
                            json_pack("{s:I, s:I, s:I}", "added", (json_int_t)counts->added, "removed",
                                      (json_int_t)counts->removed, "changed", (json_int_t)counts->changed));
}

json_t *diff_json_result(struct diff_json *json, const struct diff_report *report)
{
    json_t *counts = json_object();
    json_t *changes = json->changes ? json->changes : json_array();

    json->changes = NULL;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        add_counts(counts, tables[i].name, &report->tables[i]);
    add_counts(counts, "assets", &report->assets);
    return json_pack("{s:b, s:o, s:o, s:b}", "equal", report->equal, "tables", counts, "changes", changes, "truncated",
                     json->truncated);
}
