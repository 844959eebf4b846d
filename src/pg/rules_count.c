/* The counts behind the rules, and what else of their content tiers forbid. */
#include "simulark/pg/rules.h"

#include <stdlib.h>

/* Where a limit is counted. `places` gives user, id, name and what the array beside the rows holds, for the users in `o` (id,
 * email, tier, cap); rows: the table, and its column that holds the place's id. */
struct count {
    const char *places;
    const char *array_table, *array; /* the column of the other store; NULL: there is none */
    const char *rows, *parent;
};

#define OF_USER "SELECT o.id AS owner, o.id, NULL::text AS name, 0 AS held FROM o WHERE true"
#define OF_PROJECT "SELECT o.id AS owner, p.id, p.name, 0 AS held FROM o JOIN %projects p ON p.user_id = o.id WHERE true"
#define OF_GRAPH                                                                                                             \
    "SELECT o.id AS owner, p.id, p.name || COALESCE('\" of \"' || x.name, '') AS name, @ AS held FROM o"                     \
    " JOIN %projects x ON x.user_id = o.id JOIN %graphs p ON p.project_id = x.id WHERE true"
/* A chat of a project is its owner's; one of none is its author's. */
#define OF_CHAT                                                                                                              \
    "SELECT o.id AS owner, p.id, p.title AS name, @ AS held FROM o JOIN %projects x ON x.user_id = o.id"                     \
    " JOIN %chats p ON p.project_id = x.id WHERE true$ UNION ALL"                                                            \
    " SELECT o.id, p.id, p.title, @ FROM o JOIN %chats p ON p.user_id = o.id WHERE p.project_id IS NULL"

static const struct count counts[LIMIT_COUNT] = {
    [LIMIT_PROJECTS] = {OF_USER, NULL, NULL, "projects", "user_id"},
    [LIMIT_CONTEXTS] = {OF_USER, NULL, NULL, "contexts", "user_id"},
    [LIMIT_GRAPHS] = {OF_PROJECT, NULL, NULL, "graphs", "project_id"},
    [LIMIT_CHATS] = {OF_PROJECT, NULL, NULL, "chats", "project_id"},
    [LIMIT_NODES] = {OF_GRAPH, "graphs", "nodes", "nodes", "graph_id"},
    [LIMIT_EDGES] = {OF_GRAPH, "graphs", "edges", "edges", "graph_id"},
    [LIMIT_MESSAGES] = {OF_CHAT, "chats", "messages", "messages", "chat_id"},
};

/* "@" stands for the length of the array, "$" for the condition on places, which ends each part, too. */
static void append_places(struct buffer *sql, const struct catalog *catalog, const struct count *count, const char *condition)
{
    for (const char *p = count->places; *p; p++) {
        if (*p == '@' && catalog_has_column(catalog, count->array_table, count->array))
            buffer_printf(sql,
                          "CASE pg_catalog.jsonb_typeof(p.%s::jsonb) WHEN 'array' THEN pg_catalog.jsonb_array_length(p.%s::jsonb)"
                          " ELSE 0 END",
                          count->array, count->array);
        else if (*p == '@')
            buffer_byte(sql, '0');
        else if (*p == '$')
            buffer_text(sql, condition);
        else
            buffer_byte(sql, *p);
    }
    buffer_text(sql, condition);
}

/* Which of the tables this counts in are there. */
static bool can_be_counted(const struct catalog *catalog, const struct count *count)
{
    return catalog_has(catalog, table_find("projects")) &&
           (!count->array_table || catalog_has(catalog, table_find(count->array_table)));
}

/* Names and limits of the tiers that have this one, as two array literals. */
static bool append_caps(const struct tiers *tiers, const struct over_query *query, struct buffer *names, struct buffer *caps)
{
    for (size_t i = 0; i < tiers->count; i++) {
        int64_t cap = query->all ? -1 : tiers->list[i].limits[query->limit];
        char text[32];

        if (cap == UNLIMITED && !query->all)
            continue;
        pg_array_add(names, tiers->list[i].name, strlen(tiers->list[i].name));
        pg_array_add(caps, text, (size_t)snprintf(text, sizeof text, "%lld", (long long)cap));
    }
    return names->len > 0;
}

static void append_over(struct buffer *sql, const struct catalog *catalog, const struct over_query *query)
{
    const struct count *count = &counts[query->limit];
    bool of_user = strcmp(count->parent, "user_id") == 0;
    bool rows = catalog_has(catalog, table_find(count->rows));

    buffer_text(sql, "WITH o AS MATERIALIZED (SELECT u.id, u.email, u.subscription_tier AS tier, c.cap FROM %users u"
                     " JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::bigint[])) c (tier, cap)"
                     " ON c.tier = u.subscription_tier"
                     " WHERE $3::uuid[] IS NULL OR u.id = ANY ($3::uuid[])), place AS MATERIALIZED (");
    append_places(sql, catalog, count, of_user ? " AND ($4::uuid[] IS NULL OR o.id = ANY ($4::uuid[]))"
                                               : " AND ($4::uuid[] IS NULL OR p.id = ANY ($4::uuid[]))");
    buffer_text(sql, ") SELECT o.id, o.email, o.tier, a.id, a.name, a.count, o.cap FROM o JOIN (SELECT place.owner, place.id,"
                     " place.name, GREATEST(place.held, COALESCE(r.count, 0)) AS count FROM place LEFT JOIN (");
    if (rows)
        buffer_printf(sql,
                      "SELECT t.%s AS id, pg_catalog.count(*) AS count FROM %%%s t"
                      " WHERE t.%s IN (SELECT place.id FROM place) GROUP BY t.%s",
                      count->parent, count->rows, count->parent, count->parent);
    else
        buffer_text(sql, "SELECT NULL::uuid AS id, 0 AS count");
    buffer_text(sql, ") r ON r.id = place.id) a ON a.owner = o.id WHERE a.count > o.cap ORDER BY ");
    buffer_text(sql, query->largest ? "a.count DESC, a.name, a.id" : "o.id, a.name, a.id");
    if (query->most)
        buffer_printf(sql, " LIMIT %lld", (long long)query->most);
}

void rules_question_over(const struct catalog *catalog, const struct tiers *tiers, const struct over_query *query,
                         struct pg_question *question)
{
    struct buffer *names = &question->lists[0];
    struct buffer *caps = &question->lists[1];

    if (!can_be_counted(catalog, &counts[query->limit]) || !append_caps(tiers, query, names, caps))
        return;
    append_over(&question->text, catalog, query);
    question->params[question->nparams++] = pg_array_end(names);
    question->params[question->nparams++] = pg_array_end(caps);
    question->params[question->nparams++] = query->users;
    question->params[question->nparams++] = query->places;
}

bool rules_over(struct pg *pg, const struct catalog *catalog, const struct tiers *tiers, const struct over_query *query,
                struct pg_result **result, struct error *err)
{
    struct pg_question question = {0};
    bool ok;

    rules_question_over(catalog, tiers, query, &question);
    ok = pg_ask_all(pg, &question, 1, result, err);
    pg_question_release(&question);
    return ok;
}

/* ---- features ---- */

/* Names of the tiers that lack it, as an array literal; NULL where all have it. */
static const char *lacking(const struct tiers *tiers, enum feature feature, struct buffer *names)
{
    for (size_t i = 0; i < tiers->count; i++)
        if (!tiers->list[i].features[feature])
            pg_array_add(names, tiers->list[i].name, strlen(tiers->list[i].name));
    return names->len ? pg_array_end(names) : NULL;
}

#define OF_OWNERS                                                                                                            \
    " FROM %users u JOIN %projects p ON p.user_id = u.id WHERE u.subscription_tier = ANY ($1::text[])"                       \
    " AND ($2::uuid[] IS NULL OR u.id = ANY ($2::uuid[])) AND "

void rules_question_public(const struct catalog *catalog, const struct tiers *tiers, const char *users,
                           struct pg_question *question)
{
    const char *names = lacking(tiers, FEATURE_PUBLIC_PROJECTS, &question->lists[0]);

    if (!names || !catalog_has_column(catalog, "projects", "is_public"))
        return;
    buffer_text(&question->text, "SELECT u.id, u.email, u.subscription_tier, p.id, p.name, 1, 0" OF_OWNERS "p.is_public"
                                 " ORDER BY u.id, p.name, p.id");
    question->params[question->nparams++] = names;
    question->params[question->nparams++] = users;
}

#define MARKED "s.mark->>'premium' IS NOT DISTINCT FROM 'true'"
#define SAME_TEMPLATE "(t.id::text = pg_catalog.lower(s.mark->>'id') OR t.name = s.mark->>'name')"

/* Whether the template that the object s.mark names is premium. `unknown` decides where templates has no row of it. */
static void append_premium(struct buffer *sql, const struct catalog *catalog, const char *unknown)
{
    if (catalog_has_column(catalog, "templates", "is_premium"))
        buffer_printf(sql,
                      "CASE WHEN EXISTS (SELECT FROM %%templates t WHERE " SAME_TEMPLATE ")"
                      " THEN EXISTS (SELECT FROM %%templates t WHERE t.is_premium AND " SAME_TEMPLATE ") ELSE %s END",
                      unknown);
    else
        buffer_text(sql, unknown);
}

void rules_question_premium(const struct catalog *catalog, const struct tiers *tiers, const char *users, const char *requires,
                            const char *lineages, struct pg_question *question)
{
    static const char unknown[] =
        "(" MARKED " OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements($3::jsonb) r (mark)"
        " WHERE r.mark->>'premium' = 'true'"
        " AND (r.mark->>'id' = s.mark->>'id' OR r.mark->>'name' = s.mark->>'name')))";
    const char *names = lacking(tiers, FEATURE_PREMIUM_TEMPLATES, &question->lists[0]);

    if (!names || !catalog_has_column(catalog, "projects", "settings"))
        return;
    buffer_text(&question->text,
                "SELECT DISTINCT u.id, u.email, u.subscription_tier, p.id, p.name,"
                " COALESCE(s.mark->>'name', s.mark->>'id', ''), 0 FROM %users u JOIN %projects p ON p.user_id = u.id"
                " CROSS JOIN LATERAL (SELECT p.settings::jsonb->'template' AS mark UNION ALL"
                "  SELECT pg_catalog.jsonb_array_elements($4::jsonb->p.id::text)) s"
                " WHERE u.subscription_tier = ANY ($1::text[]) AND ($2::uuid[] IS NULL OR u.id = ANY ($2::uuid[]))"
                " AND pg_catalog.jsonb_typeof(s.mark) = 'object' AND ");
    append_premium(&question->text, catalog, unknown);
    buffer_text(&question->text, " ORDER BY u.id, p.name, p.id");
    question->params[question->nparams++] = names;
    question->params[question->nparams++] = users;
    question->params[question->nparams++] = requires;
    question->params[question->nparams++] = lineages;
}

struct pg_result *rules_premium_required(struct pg *pg, const struct catalog *catalog, const char *requires, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT DISTINCT COALESCE(s.mark->>'name', s.mark->>'id', '') FROM"
                      " pg_catalog.jsonb_array_elements($1::jsonb) s (mark)"
                      " WHERE pg_catalog.jsonb_typeof(s.mark) = 'object' AND ");
    append_premium(&sql, catalog, MARKED);
    buffer_text(&sql, " ORDER BY 1");
    result = pg_ask_with(pg, buffer_string(&sql), 1, &requires, err);
    buffer_release(&sql);
    return result;
}

/* ---- ownership ---- */

struct pg_result *rules_owners(struct pg *pg, const struct catalog *catalog, const struct table *parent, const char *ids,
                               struct error *err)
{
    static const struct {
        const char *table;
        const char *sql;
    } owners[] = {
        {"projects", "SELECT p.user_id, p.id FROM %projects p WHERE p.id = ANY ($1::uuid[])"},
        {"graphs", "SELECT p.user_id, g.id FROM %graphs g JOIN %projects p ON p.id = g.project_id WHERE g.id = ANY ($1::uuid[])"},
        {"nodes", "SELECT p.user_id, n.id FROM %nodes n JOIN %graphs g ON g.id = n.graph_id JOIN %projects p"
                  " ON p.id = g.project_id WHERE n.id = ANY ($1::uuid[])"},
        {"chats", "SELECT COALESCE(p.user_id, h.user_id), h.id FROM %chats h LEFT JOIN %projects p ON p.id = h.project_id"
                  " WHERE h.id = ANY ($1::uuid[])"},
    };

    for (size_t i = 0; i < sizeof owners / sizeof *owners; i++)
        if (table_is(parent, owners[i].table) && catalog_has(catalog, parent))
            return pg_ask_with(pg, owners[i].sql, 1, &ids, err);
    return pg_query(pg, "SELECT NULL WHERE false", 0, NULL, err);
}
