#include "simulark/pg/templates.h"

/* `graph_data` need be no object, and its members of no type. */
#define TEXT_AT(path) "t.graph_data::jsonb OPERATOR(pg_catalog.#>>) '" path "'"

#define COLUMNS                                                                                                              \
    "t.id, t.name, " TEXT_AT("{template,slug}") ", " TEXT_AT("{template,version}") ", t.description, t.category, "           \
    TEXT_AT("{template,keywords}") ", " TEXT_AT("{digest}") ", t.is_premium, t.usage_count"

bool templates_lock(struct pg *pg, struct error *err)
{
    struct pg_result *result =
        pg_ask(pg, "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext($1))", "simulark: templates", err);

    pg_result_free(result);
    return result != NULL;
}

void templates_question_find(const char *name, struct pg_question *question)
{
    buffer_text(&question->text,
                "WITH found AS (SELECT t.id, CASE WHEN t.id::text = pg_catalog.lower($1) THEN 1 WHEN t.name = $1 THEN 2"
                " ELSE 3 END AS rank FROM %templates t WHERE t.id::text = pg_catalog.lower($1) OR t.name = $1"
                " OR " TEXT_AT("{template,slug}") " = $1)"
                " SELECT " COLUMNS ", t.graph_data, t.thumbnail_url FROM %templates t"
                " WHERE t.id IN (SELECT f.id FROM found f WHERE f.rank = (SELECT pg_catalog.min(rank) FROM found))"
                " ORDER BY t.name, t.id");
    question->params[question->nparams++] = name;
}

struct pg_result *templates_find(struct pg *pg, const char *name, struct error *err)
{
    struct pg_question question = {0};

    templates_question_find(name, &question);
    return pg_ask_one(pg, &question, err);
}

void templates_question_list(const char *text, const char *category, const char *premium, struct pg_question *question)
{
    buffer_text(&question->text,
                "SELECT " COLUMNS " FROM %templates t WHERE ($1::text IS NULL OR pg_catalog.strpos(pg_catalog.lower("
                "pg_catalog.concat_ws(' ', t.name, t.description, t.category, " TEXT_AT("{template,slug}") ", "
                TEXT_AT("{template,keywords}") ")), pg_catalog.lower($1)) > 0)"
                " AND ($2::text IS NULL OR t.category = $2) AND ($3::text IS NULL OR t.is_premium = $3::boolean)"
                " ORDER BY t.name, t.id");
    question->params[question->nparams++] = text;
    question->params[question->nparams++] = category;
    question->params[question->nparams++] = premium;
}

void templates_question_matching(const char *digest, const char *slug, const char *name, struct pg_question *question)
{
    buffer_text(&question->text,
                "WITH m AS (SELECT t.id, COALESCE(" TEXT_AT("{digest}") " = $1, false) AS same_digest,"
                " COALESCE(" TEXT_AT("{template,slug}") " IN ($2, $3), false) OR t.name IN ($2, $3) AS same_name"
                " FROM %templates t)"
                " SELECT " COLUMNS ", m.same_digest FROM m JOIN %templates t ON t.id = m.id"
                " WHERE m.same_digest OR m.same_name ORDER BY m.same_digest DESC, t.is_premium DESC, t.name, t.id");
    question->params[question->nparams++] = digest;
    question->params[question->nparams++] = slug;
    question->params[question->nparams++] = name;
}

struct pg_result *templates_put(struct pg *pg, const char *id, const struct template_values *values, struct error *err)
{
    const char *params[] = {values->name, values->description, values->category, values->data, values->thumbnail,
                            values->premium ? "t" : "f", id};

    if (!id)
        return pg_ask_with(pg,
                           "INSERT INTO %templates (name, description, category, graph_data, thumbnail_url, is_premium)"
                           " VALUES ($1, $2, $3, $4::jsonb, $5, $6::boolean) RETURNING id",
                           6, params, err);
    return pg_ask_with(pg,
                       "UPDATE %templates SET name = $1, description = $2, category = $3, graph_data = $4::jsonb,"
                       " thumbnail_url = $5, is_premium = $6::boolean, updated_at = pg_catalog.now() WHERE id = $7::uuid"
                       " RETURNING id",
                       7, params, err);
}

bool templates_delete(struct pg *pg, const char *id, struct error *err)
{
    struct pg_result *result = pg_ask(pg, "DELETE FROM %templates WHERE id = $1::uuid", id, err);

    pg_result_free(result);
    return result != NULL;
}

struct pg_result *templates_publisher(struct pg *pg, const char *id, struct error *err)
{
    return pg_ask(pg,
                  "SELECT a.user_id FROM %audit_logs a WHERE a.action = 'publish' AND a.resource_type = 'template'"
                  " AND a.resource_id = $1 ORDER BY a.created_at DESC, a.id LIMIT 1",
                  id, err);
}

bool templates_count_use(struct pg *pg, const char *id, bool *found, struct error *err)
{
    struct pg_result *result =
        pg_ask(pg, "UPDATE %templates SET usage_count = COALESCE(usage_count, 0) + 1 WHERE id = $1::uuid", id, err);

    *found = result && pg_result_affected(result) == 1;
    pg_result_free(result);
    return result != NULL;
}

#define PRINTS "t.graph_data::jsonb OPERATOR(pg_catalog.->) 'fingerprints'"
#define LINEAGE                                                                                                              \
    "pg_catalog.jsonb_build_object('id', t.id, 'name', t.name, 'slug', " TEXT_AT("{template,slug}") ", 'version', "          \
    TEXT_AT("{template,version}") ", 'digest', " TEXT_AT("{digest}") ", 'premium', true)"

void templates_question_graphs(const char *fingerprints, struct pg_question *question)
{
    buffer_text(&question->text,
                "SELECT f.print, CASE WHEN t.is_premium THEN " LINEAGE " END FROM pg_catalog.unnest($1::text[]) f (print)"
                " JOIN %templates t ON " PRINTS " OPERATOR(pg_catalog.?) f.print"
                " ORDER BY t.name, t.id");
    question->params[question->nparams++] = fingerprints;
}

void templates_question_uses(const char *fingerprints, struct pg_question *question)
{
    buffer_text(&question->text,
                "SELECT DISTINCT f.print, a.details::jsonb OPERATOR(pg_catalog.->) 'template'"
                " FROM pg_catalog.unnest($1::text[]) f (print) JOIN %audit_logs a ON a.action = 'use'"
                " AND a.details::jsonb OPERATOR(pg_catalog.#>>) '{template,premium}' = 'true'"
                " AND a.details::jsonb OPERATOR(pg_catalog.->) 'fingerprints' OPERATOR(pg_catalog.?) f.print"
                " WHERE NOT EXISTS (SELECT FROM %templates t WHERE NOT t.is_premium"
                "  AND t.id::text = a.details::jsonb OPERATOR(pg_catalog.#>>) '{template,id}')");
    question->params[question->nparams++] = fingerprints;
}

void templates_question_unprinted(struct pg_question *question)
{
    buffer_text(&question->text, "SELECT " LINEAGE ", t.graph_data FROM %templates t WHERE t.is_premium"
                                 " AND CASE pg_catalog.jsonb_typeof(" PRINTS ") WHEN 'array' THEN " PRINTS " = '[]' ELSE true END"
                                 " AND pg_catalog.octet_length(t.graph_data::text) <= 262144 ORDER BY t.id LIMIT 200");
}

bool templates_mark_project(struct pg *pg, const char *project, const char *lineages, struct error *err)
{
    const char *params[] = {project, lineages};
    struct pg_result *result =
        pg_ask_with(pg,
                    "UPDATE %projects SET settings = COALESCE(settings::jsonb, '{}')"
                    " || pg_catalog.jsonb_build_object('template', $2::jsonb->0)"
                    " WHERE id = $1::uuid AND COALESCE(pg_catalog.jsonb_typeof(settings::jsonb), 'object') = 'object'"
                    " AND NOT EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($2::jsonb) l (mark)"
                    "  CROSS JOIN LATERAL (SELECT settings::jsonb->'template' AS mark) s WHERE s.mark->>'premium' = 'true'"
                    "  AND (s.mark->>'id' = l.mark->>'id' OR s.mark->>'slug' = l.mark->>'slug'"
                    "       OR s.mark->>'name' = l.mark->>'name'))",
                    2, params, err);

    pg_result_free(result);
    return result != NULL;
}
