#include "lineage.h"

#include "simulark/flow/template.h"
#include "simulark/pg/templates.h"

#include <stdlib.h>
#include <string.h>

static void keep(json_t *lineages, const char *print, const char *text)
{
    json_t *lineage = text ? json_loads(text, 0, NULL) : NULL;

    if (lineage && !json_object_get(lineages, print))
        json_object_set_nocheck(lineages, print, lineage);
    json_decref(lineage);
}

/* Takes over the result. */
static bool take(json_t *lineages, struct pg_result *known)
{
    for (size_t row = 0; known && row < pg_result_rows(known); row++)
        keep(lineages, pg_result_text(known, row, 0), pg_result_text(known, row, 1));
    pg_result_free(known);
    return known != NULL;
}

/* The graphs of one of the application's own; what is no template has none. */
static void take_unprinted(json_t *lineages, const char *lineage, const char *data)
{
    struct error ignored = ERROR_INIT;
    struct template t = {0};
    char *digest = NULL;
    json_t *prints = NULL;
    const json_t *print;
    size_t i;

    if (template_from_data(&t, data, strlen(data), NULL, &digest, &ignored))
        prints = template_fingerprints(&t);
    json_array_foreach(prints, i, print)
        keep(lineages, json_string_value(print), lineage);
    json_decref(prints);
    free(digest);
    template_release(&t);
    error_release(&ignored);
}

json_t *lineages_of(struct pg *pg, const struct catalog *catalog, const char *fingerprints, struct error *err)
{
    json_t *lineages = json_object();
    struct pg_result *own = NULL;

    if (!catalog_has(catalog, table_find("templates")))
        return lineages;
    if (take(lineages, templates_of_graphs(pg, fingerprints, err)) &&
        (!catalog_has(catalog, table_find("audit_logs")) || take(lineages, templates_of_uses(pg, fingerprints, err))))
        own = templates_unprinted(pg, err);
    for (size_t row = 0; own && row < pg_result_rows(own); row++)
        take_unprinted(lineages, pg_result_text(own, row, 0), pg_result_text(own, row, 1));
    if (!own) {
        json_decref(lineages);
        lineages = NULL;
    }
    pg_result_free(own);
    return lineages;
}
