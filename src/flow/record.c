#include "simulark/flow/record.h"

#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/flow/rules.h"
#include "simulark/pg/audit.h"

#include <jansson.h>
#include <stdlib.h>

/* Writes the entry with these details, which it takes over. */
static bool write_entry(struct pg *pg, struct audit_entry entry, json_t *details, struct error *err)
{
    char *text = json_dumps(details, JSON_COMPACT);
    bool ok;

    entry.details = text;
    ok = audit_write(pg, &entry, err);
    free(text);
    json_decref(details);
    return ok;
}

/* The caller owns it. */
static json_t *export_details(const struct rules *rules, const struct seal_report *sealed)
{
    return json_pack("{s:o, s:o?, s:o, s:o?}", "digest", digest_to_json(sealed->digest), "file",
                     rules->options.file_name ? text_to_json(rules->options.file_name) : NULL, "tables",
                     rows_to_json(sealed->rows), "projects",
                     sealed->projects ? project_sums_to_json(sealed->projects) : NULL);
}

bool record_export(const struct rules *rules, const struct seal_report *sealed, bool *noted,
                   struct error *problem, struct error *err)
{
    json_t *details = export_details(rules, sealed);
    char *text = json_dumps(details, JSON_COMPACT);
    struct audit_entry entry = {.user_id = rules_actor(rules),
                                .action = "export",
                                .resource_type = "bundle",
                                .resource_id = sealed->digest,
                                .details = text};
    bool ok = audit_try(rules->pg, &entry, noted, problem, err);

    free(text);
    json_decref(details);
    return ok;
}

bool record_export_done(const struct rules *rules, const struct seal_report *sealed, struct error *problem)
{
    struct audit_entry entry = {.action = "export", .resource_type = "bundle", .resource_id = sealed->digest};

    return write_entry(rules->pg, entry, export_details(rules, sealed), problem);
}

bool record_refusal(const struct rules *rules, const char *deed, const struct error *refusal, struct error *err)
{
    struct audit_entry entry = {.user_id = rules_actor(rules),
                                .action = "refusal",
                                .resource_type = "bundle",
                                .resource_id = rules->digest};
    char *message = mem_strndup(refusal->message.data, refusal->message.len);
    json_t *details;
    json_t *violations = json_array();

    for (size_t i = 0; i < refusal->ndetails; i++)
        json_array_append_new(violations, text_to_json(refusal->details[i]));
    details = json_pack("{s:s, s:o, s:o, s:o?, s:o?}", "deed", deed, "message", text_to_json(message), "violations", violations,
                        "digest", digest_to_json(rules->digest), "file",
                        rules->options.file_name ? text_to_json(rules->options.file_name) : NULL);
    free(message);
    return write_entry(rules->pg, entry, details, err);
}

bool record_override(const struct rules *rules, const char *receipt, struct error *err)
{
    struct audit_entry entry = {.user_id = rules_actor(rules),
                                .action = "override",
                                .resource_type = "import",
                                .resource_id = receipt};

    return write_entry(rules->pg, entry,
                       json_pack("{s:s, s:o, s:O, s:o?}", "receipt", receipt, "reason", text_to_json(rules->options.override),
                                 "violations", rules->overridden, "file",
                                 rules->options.file_name ? text_to_json(rules->options.file_name) : NULL),
                       err);
}

bool record_template(const struct rules *rules, const char *action, const char *id, json_t *details, struct error *err)
{
    struct audit_entry entry = {
        .user_id = rules_actor(rules), .action = action, .resource_type = "template", .resource_id = id};

    rules_add_details(rules, details);
    if (catalog_has(&rules->catalog, table_find("audit_logs")))
        return write_entry(rules->pg, entry, details, err);
    json_decref(details);
    return true;
}

bool record_undo(struct pg *pg, const char *receipt, json_t *details, struct error *err)
{
    struct audit_entry entry = {.action = "undo", .resource_type = "import", .resource_id = receipt};

    return write_entry(pg, entry, details, err);
}
