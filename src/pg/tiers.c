#include "simulark/pg/tiers.h"

#include "simulark/base/memory.h"

#include <stdlib.h>
#include <string.h>

void tiers_release(struct tiers *tiers)
{
    for (size_t i = 0; i < tiers->count; i++)
        tier_release(&tiers->list[i]);
    free(tiers->list);
    *tiers = (struct tiers){0};
}

bool tiers_equal(const struct tiers *a, const struct tiers *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (!tier_equal(&a->list[i], &b->list[i]))
            return false;
    return a->count == b->count;
}

const struct tier *tiers_find(const struct tiers *tiers, const char *name)
{
    for (size_t i = 0; name && i < tiers->count; i++)
        if (strcmp(tiers->list[i].name, name) == 0)
            return &tiers->list[i];
    return NULL;
}

/* One row for each tier and, behind it in any order, one for each entry of its two columns. A value of another type has no
 * entries. */
enum tier_column { TIER_NAME, TIER_PART, TIER_KEY, TIER_TYPE, TIER_TEXT, TIER_LIMITS, TIER_FEATURES };

#define TIERS_SQL                                                                                                            \
    "WITH t AS (SELECT s.name, s.limits::jsonb AS limits, s.features::jsonb AS features FROM %subscription_tiers s WHERE "
#define ENTRIES_SQL                                                                                                          \
    ") SELECT t.name, 0, NULL, NULL, NULL, pg_catalog.jsonb_typeof(t.limits), pg_catalog.jsonb_typeof(t.features) FROM t"    \
    " UNION ALL SELECT t.name, 1, e.key, pg_catalog.jsonb_typeof(e.value), e.value #>> '{}', NULL, NULL FROM t,"             \
    "  LATERAL pg_catalog.jsonb_each(CASE pg_catalog.jsonb_typeof(t.limits) WHEN 'object' THEN t.limits END) e"              \
    " UNION ALL SELECT t.name, 2, e.key, pg_catalog.jsonb_typeof(e.value), e.value #>> '{}', NULL, NULL FROM t,"             \
    "  LATERAL pg_catalog.jsonb_each(CASE pg_catalog.jsonb_typeof(t.features) WHEN 'object' THEN t.features END) e"          \
    " UNION ALL SELECT t.name, 2, NULL, pg_catalog.jsonb_typeof(e.value), e.value #>> '{}', NULL, NULL FROM t,"              \
    "  LATERAL pg_catalog.jsonb_array_elements(CASE pg_catalog.jsonb_typeof(t.features) WHEN 'array' THEN t.features END)"   \
    "  e (value)"                                                                                                            \
    " ORDER BY 1, 2, 3"

static bool take(struct tier *tier, const struct pg_result *result, size_t row, struct error *err)
{
    const char *key = pg_result_text(result, row, TIER_KEY);
    const char *type = pg_result_text(result, row, TIER_TYPE);
    const char *text = pg_result_text(result, row, TIER_TEXT);

    switch (*pg_result_text(result, row, TIER_PART)) {
    case '0':
        return tier_check_types(tier, pg_result_text(result, row, TIER_LIMITS), pg_result_text(result, row, TIER_FEATURES),
                                err);
    case '1':
        return tier_take_limit(tier, key, type, text ? text : "", err);
    default:
        return tier_take_feature(tier, key, type, text ? text : "", err);
    }
}

/* Reads the rows of one tier, from *row on, which then stands behind them. */
static bool read_one(const struct pg_result *result, size_t *row, struct tier *tier, struct error *err)
{
    bool ok = true;

    tier_init(tier, pg_result_text(result, *row, TIER_NAME));
    for (; *row < pg_result_rows(result) && strcmp(pg_result_text(result, *row, TIER_NAME), tier->name) == 0; ++*row)
        ok = ok && take(tier, result, *row, err);
    return ok;
}

static bool read_all(const struct pg_result *result, struct tiers *tiers, struct error *problems, struct error *err)
{
    for (size_t row = 0; row < pg_result_rows(result);) {
        struct error problem = ERROR_INIT;
        struct tier tier;
        bool ok = read_one(result, &row, &tier, problems ? &problem : err);

        if (ok) {
            tiers->list = mem_grow(tiers->list, &tiers->capacity, tiers->count + 1, sizeof *tiers->list);
            tiers->list[tiers->count++] = tier;
            continue;
        }
        tier_release(&tier);
        if (!problems)
            return false;
        error_detail(problems, "%s", buffer_string(&problem.message));
        error_release(&problem);
    }
    return true;
}

bool tiers_read(struct pg *pg, const char *name, struct tiers *tiers, struct error *problems, struct error *err)
{
    struct pg_result *result =
        pg_ask_with(pg, TIERS_SQL "$1::text IS NULL OR s.name = $1" ENTRIES_SQL, 1, &name, err);
    bool ok = result && read_all(result, tiers, problems, err);

    pg_result_free(result);
    return ok;
}

enum question_of { ASK_LOCK, ASK_TIERS, ASK_LACKING };

static void ask_for_lock(struct pg_question *question, const char *users, enum users_lock lock)
{
    buffer_text(&question->text, "SELECT pg_catalog.count(*) FROM (SELECT 1 FROM %users u");
    buffer_text(&question->text, users ? " WHERE u.id = ANY ($1::uuid[])" : "");
    buffer_printf(&question->text, " ORDER BY u.id FOR %s OF u) l", lock == LOCK_CLOSED ? "UPDATE" : "NO KEY UPDATE");
    question->params[0] = users;
    question->nparams = users ? 1 : 0;
}

static void ask_for_tiers(struct pg_question *question, const char *users)
{
    buffer_text(&question->text, TIERS_SQL "s.name IN (SELECT u.subscription_tier FROM %users u");
    buffer_text(&question->text, users ? " WHERE u.id = ANY ($1::uuid[]))" : ")");
    buffer_text(&question->text, ENTRIES_SQL);
    question->params[0] = users;
    question->nparams = users ? 1 : 0;
}

/* Somebody whose tier has no row: in a database that does not refuse it. */
static void ask_who_lacks_one(struct pg_question *question, const char *users)
{
    buffer_text(&question->text,
                "SELECT u.email, u.subscription_tier FROM %users u WHERE ($1::uuid[] IS NULL OR u.id = ANY ($1::uuid[]))"
                " AND NOT EXISTS (SELECT FROM %subscription_tiers s WHERE s.name = u.subscription_tier) ORDER BY u.id LIMIT 1");
    question->params[question->nparams++] = users;
}

static bool refuse_who_lacks_one(const struct pg_result *found, struct error *err)
{
    const char *email;
    const char *tier;

    if (!pg_result_rows(found))
        return true;
    email = pg_result_text(found, 0, 0);
    tier = pg_result_text(found, 0, 1);
    error_set(err, STATUS_REFUSED, "The user %s is of tier \"%s\", which has no row in subscription_tiers.", email ? email : "",
              tier ? tier : "NULL");
    error_hint(err, "Give the user a tier that there is: what none says is not unlimited.");
    return false;
}

void tiers_questions_of(const char *users, enum users_lock lock, struct pg_question questions[TIERS_QUESTIONS])
{
    if (lock != LOCK_NONE)
        ask_for_lock(&questions[ASK_LOCK], users, lock);
    ask_for_tiers(&questions[ASK_TIERS], users);
    ask_who_lacks_one(&questions[ASK_LACKING], users);
}

bool tiers_take_of(struct pg_result *const answers[TIERS_QUESTIONS], struct tiers *tiers, struct error *err)
{
    tiers_release(tiers);
    return read_all(answers[ASK_TIERS], tiers, NULL, err) && refuse_who_lacks_one(answers[ASK_LACKING], err);
}

bool tiers_read_of(struct pg *pg, const char *users, enum users_lock lock, struct tiers *tiers, struct error *err)
{
    struct pg_question questions[TIERS_QUESTIONS] = {0};
    struct pg_result *answers[TIERS_QUESTIONS];
    bool ok;

    tiers_questions_of(users, lock, questions);
    ok = pg_ask_all(pg, questions, TIERS_QUESTIONS, answers, err) && tiers_take_of(answers, tiers, err);
    for (size_t i = 0; i < TIERS_QUESTIONS; i++) {
        pg_question_release(&questions[i]);
        pg_result_free(answers[i]);
    }
    return ok;
}

struct pg_result *tiers_list(struct pg *pg, const struct catalog *catalog, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct pg_result *result;

    buffer_text(&sql, "SELECT s.name, ");
    buffer_text(&sql, catalog_has_column(catalog, "subscription_tiers", "display_name") ? "s.display_name" : "NULL");
    buffer_text(&sql, catalog_has_column(catalog, "subscription_tiers", "is_active") ? ", s.is_active" : ", true");
    buffer_text(&sql, catalog_has_column(catalog, "users", "subscription_tier")
                          ? ", (SELECT pg_catalog.count(*) FROM %users u WHERE u.subscription_tier = s.name)"
                          : ", 0");
    buffer_text(&sql, " FROM %subscription_tiers s ORDER BY s.id");
    result = pg_ask(pg, buffer_string(&sql), NULL, err);
    buffer_release(&sql);
    return result;
}
