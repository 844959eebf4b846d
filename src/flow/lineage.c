#include "lineage.h"

#include "simulark/flow/template.h"
#include "simulark/pg/templates.h"

#include <stdlib.h>
#include <string.h>

static void keep(json_t *lineages, const char *print, const char *text)
{
    json_t *known = json_object_get(lineages, print);

    if (known)
        json_array_append_new(known, json_loads(text, 0, NULL));
}

static void take(json_t *lineages, const struct pg_result *known)
{
    for (size_t row = 0; row < pg_result_rows(known); row++)
        if (pg_result_text(known, row, 1))
            keep(lineages, pg_result_text(known, row, 0), pg_result_text(known, row, 1));
}

/* What anybody may have as well says nothing. */
static void leave_out_free(json_t *lineages, const struct pg_result *known)
{
    for (size_t row = 0; row < pg_result_rows(known); row++)
        if (!pg_result_text(known, row, 1))
            json_object_del(lineages, pg_result_text(known, row, 0));
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

/* An object with an empty list for each. */
static json_t *begin(const json_t *fingerprints, struct buffer *array)
{
    json_t *lineages = json_object();
    const json_t *print;
    size_t i;

    json_array_foreach(fingerprints, i, print) {
        json_object_set_new_nocheck(lineages, json_string_value(print), json_array());
        pg_array_add(array, json_string_value(print), json_string_length(print));
    }
    pg_array_end(array);
    return lineages;
}

json_t *lineages_of(struct pg *pg, const struct catalog *catalog, const json_t *fingerprints, struct error *err)
{
    enum { GRAPHS, USES, UNPRINTED, COUNT };
    struct pg_question questions[COUNT] = {0};
    struct pg_result *answers[COUNT];
    struct buffer array = BUFFER_INIT;
    json_t *lineages;
    bool ok;

    if (!json_array_size(fingerprints) || !catalog_has(catalog, table_find("templates")))
        return json_object();
    lineages = begin(fingerprints, &array);
    templates_question_graphs(buffer_string(&array), &questions[GRAPHS]);
    if (catalog_has(catalog, table_find("audit_logs")))
        templates_question_uses(buffer_string(&array), &questions[USES]);
    templates_question_unprinted(&questions[UNPRINTED]);
    ok = pg_ask_all(pg, questions, COUNT, answers, err);
    take(lineages, answers[GRAPHS]);
    take(lineages, answers[USES]);
    for (size_t row = 0; row < pg_result_rows(answers[UNPRINTED]); row++)
        take_unprinted(lineages, pg_result_text(answers[UNPRINTED], row, 0), pg_result_text(answers[UNPRINTED], row, 1));
    leave_out_free(lineages, answers[GRAPHS]);
    for (size_t i = 0; i < COUNT; i++) {
        pg_question_release(&questions[i]);
        pg_result_free(answers[i]);
    }
    buffer_release(&array);
    if (ok)
        return lineages;
    json_decref(lineages);
    return NULL;
}
