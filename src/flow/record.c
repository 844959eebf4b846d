#include "simulark/flow/record.h"

#include "simulark/model/manifest.h"
#include "simulark/pg/audit.h"

#include <jansson.h>
#include <stdlib.h>

bool record_export(struct pg *pg, const char *file_name, const struct seal_report *sealed, struct error *err)
{
    json_t *rows = json_object();
    struct audit_entry entry = {.action = "export", .resource_type = "bundle", .resource_id = sealed->digest};
    json_t *details;
    char *text;
    bool ok;

    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (sealed->rows[i] >= 0)
            json_object_set_new(rows, tables[i].name, json_integer((json_int_t)sealed->rows[i]));
    details = json_pack("{s:o, s:o, s:o}", "digest", json_sprintf("sha256:%s", sealed->digest), "file",
                        text_to_json(file_name), "tables", rows);
    text = json_dumps(details, JSON_COMPACT);
    entry.details = text;
    ok = audit_write(pg, &entry, err);
    free(text);
    json_decref(details);
    return ok;
}
