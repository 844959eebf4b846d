#include "receipt.h"

#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/flow/database.h"
#include "simulark/format/json.h"
#include "simulark/pg/audit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void append_field(struct buffer *text, const char *name, const char *value)
{
    json_append_string(text, name, strlen(name));
    buffer_byte(text, ':');
    json_append_string(text, value, strlen(value));
}

/* As text: there may be very many, and a tree of them would take eight times as much. */
static void append_units(struct buffer *text, const struct import_report *report)
{
    buffer_text(text, "\"units\":[");
    for (size_t i = 0; i < report->nunits; i++) {
        const struct unit *unit = &report->units[i];

        buffer_text(text, i ? ",{" : "{");
        append_field(text, "kind", unit->table->noun);
        buffer_byte(text, ',');
        append_field(text, "id", unit->id);
        buffer_byte(text, ',');
        append_field(text, "name", unit->name);
        buffer_byte(text, ',');
        append_field(text, "action", unit_action_name(unit->action));
        buffer_byte(text, '}');
    }
    buffer_byte(text, ']');
}

/* An object with the units as its first field; the others are taken over. */
static void append_details(struct buffer *text, const struct import_report *report, json_t *others)
{
    char *rest = json_dumps(others, JSON_COMPACT);

    buffer_byte(text, '{');
    append_units(text, report);
    buffer_byte(text, ',');
    buffer_text(text, rest + 1); /* behind its brace */
    free(rest);
    json_decref(others);
}

static json_t *made_users(const struct people *people)
{
    json_t *list = json_array();
    const struct uuid *id;
    char text[UUID_TEXT + 1];
    size_t at = 0;

    while ((id = uuid_set_next(&people->made, &at))) {
        uuid_format(id, text);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

static json_t *columns_of(const struct shape *shape)
{
    json_t *columns = json_array();

    for (size_t i = 0; i < shape->ncolumns; i++)
        json_array_append_new(columns, json_string(shape->columns[i].name));
    return columns;
}

static json_t *loaded_of(const struct loader *loader, const struct people *people)
{
    json_t *object = json_object();

    for (size_t i = 0; i < TABLE_COUNT; i++) {
        const struct loaded *loaded = &loader->loaded[i];
        bool others = table_is(&tables[i], "users") && uuid_set_count(&people->made);

        if (!loaded->shape || loaded->unsure || others)
            continue;
        json_object_set_new(object, tables[i].name,
                            json_pack("{s:o, s:o}", "columns", columns_of(loaded->shape), "sum",
                                      json_sprintf("%016" PRIx64, loaded->sum)));
    }
    return object;
}

/* Where rows may be there in another form, nobody knows later what they added up to. */
static json_t *projects_of(const struct loader *loader)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (loader->loaded[i].shape && loader->loaded[i].unsure)
            return NULL;
    return loader->projects ? project_sums_to_json(loader->projects) : NULL;
}

/* An import stands without its receipt, where none can be written. */
static bool write_if_possible(const struct loader *loader, const struct audit_entry *entry, struct error *err)
{
    struct import_report *report = loader->report;
    struct error problem = ERROR_INIT;
    bool written = false;
    bool ok = audit_try(loader->pg, entry, &written, &problem, err);

    report->no_audit = !written;
    if (ok && !written)
        report->no_audit_reason = mem_strdup(buffer_string(&problem.message));
    error_release(&problem);
    return ok;
}

bool receipt_leave(const struct loader *loader, const struct import_options *options, const struct people *people,
                   const struct seal *seal, struct error *err)
{
    const struct import_report *report = loader->report;
    struct audit_entry entry = {.id = report->receipt,
                                .user_id = rules_actor(options->rules),
                                .action = options->action ? options->action : "import",
                                .resource_type = "bundle",
                                .resource_id = seal->digest,
                                .undoable = true};
    struct buffer text = BUFFER_INIT;
    json_t *details;
    bool ok;

    details = json_pack("{s:s, s:o, s:o?, s:o, s:o, s:o, s:o?}", "receipt", report->receipt, "digest",
                        digest_to_json(seal->digest), "file",
                        options->file_name ? text_to_json(options->file_name) : NULL, "tables",
                        some_rows_to_json(report->written), "made_users", made_users(people), "loaded",
                        loaded_of(loader, people), "projects", projects_of(loader));
    if (options->details)
        json_object_update(details, options->details);
    rules_add_details(options->rules, details);
    append_details(&text, report, details);
    entry.details = buffer_string(&text);
    ok = write_if_possible(loader, &entry, err);
    buffer_release(&text);
    return ok;
}
