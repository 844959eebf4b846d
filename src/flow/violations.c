#include "violations.h"

#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"

#include <stdlib.h>

void violations_release(struct violations *v)
{
    for (size_t i = 0; i < v->count; i++) {
        free((void *)(uintptr_t)v->list[i].email);
        free((void *)(uintptr_t)v->list[i].tier);
        free((void *)(uintptr_t)v->list[i].name);
        free((void *)(uintptr_t)v->list[i].template_name);
    }
    free(v->list);
    *v = (struct violations){0};
}

void violations_add(struct violations *v, const struct violation *violation)
{
    struct violation *added;

    v->list = mem_grow(v->list, &v->capacity, v->count + 1, sizeof *v->list);
    added = &v->list[v->count++];
    *added = *violation;
    added->email = mem_strdup_or_null(violation->email);
    added->tier = mem_strdup_or_null(violation->tier);
    added->name = mem_strdup_or_null(violation->name);
    added->template_name = mem_strdup_or_null(violation->template_name);
}

/* ---- finding ---- */

static int by_place(const void *a, const void *b)
{
    const struct violation *left = a;
    const struct violation *right = b;

    return left->rule != right->rule ? left->rule - right->rule : memcmp(&left->place, &right->place, sizeof left->place);
}

void violations_sort(struct violations *v)
{
    if (v->count)
        qsort(v->list, v->count, sizeof *v->list, by_place);
}

static struct violation *find(const struct violations *v, const struct violation *like)
{
    return v->count ? bsearch(like, v->list, v->count, sizeof *v->list, by_place) : NULL;
}

static size_t count_of(const struct violations *v, int rule)
{
    size_t count = 0;

    for (size_t i = 0; v && i < v->count; i++)
        count += v->list[i].rule == rule;
    return count;
}

/* Takes over the result. */
static void add_rows(struct violations *v, int rule, struct pg_result *result, const struct violations *before)
{
    for (size_t row = 0; row < pg_result_rows(result); row++) {
        struct violation found = {.rule = rule, .now = -1, .cap = pg_result_number(result, row, OVER_CAP)};
        const char *count = pg_result_text(result, row, OVER_COUNT);
        const struct violation *was;

        uuid_parse(&found.place, pg_result_text(result, row, OVER_PLACE), UUID_TEXT);
        found.count = rule == RULE_PREMIUM ? 1 : strtoll(count, NULL, 10);
        was = before ? find(before, &found) : NULL;
        if (was && was->count >= found.count && (rule != RULE_PREMIUM || strcmp(was->template_name, count) == 0))
            continue;
        found.email = pg_result_text(result, row, OVER_EMAIL);
        found.tier = pg_result_text(result, row, OVER_TIER);
        found.name = pg_result_text(result, row, OVER_NAME);
        found.template_name = rule == RULE_PREMIUM ? count : NULL;
        violations_add(v, &found);
    }
    pg_result_free(result);
}

static bool is_of_units(int limit)
{
    return limit == LIMIT_PROJECTS || limit == LIMIT_CONTEXTS;
}

#define RULES (RULE_PREMIUM + 1)

static void ask(struct rules *rules, const struct violations_query *query, struct pg_question questions[RULES])
{
    const struct catalog *catalog = &rules->catalog;
    const struct tiers *tiers = &rules->tiers;

    for (int limit = 0; limit < RULE_PUBLIC; limit++) {
        /* At most so many of the first rows can be passed over. */
        struct over_query over = {.limit = (enum limit)limit,
                                  .users = query->users,
                                  .most = query->before ? VIOLATIONS_TOLD + (int64_t)count_of(query->before, limit) : 0};

        if (!query->units_only || is_of_units(limit))
            rules_question_over(catalog, tiers, &over, &questions[limit]);
    }
    rules_question_public(catalog, tiers, query->users, &questions[RULE_PUBLIC]);
    rules_question_premium(catalog, tiers, query->users, query->requires, rules->lineages ? rules->lineages : "{}",
                           &questions[RULE_PREMIUM]);
}

bool violations_find(struct violations *v, struct rules *rules, const struct violations_query *query, struct error *err)
{
    struct pg_question questions[RULES] = {0};
    struct pg_result *answers[RULES];
    bool ok;

    ask(rules, query, questions);
    ok = pg_ask_all(rules->pg, questions, RULES, answers, err);
    for (int rule = 0; rule < RULES; rule++) {
        add_rows(v, rule, answers[rule], query->before);
        pg_question_release(&questions[rule]);
    }
    return ok;
}

/* All is asked at once, by the tiers as they were. */
bool violations_find_locked(struct violations *v, struct rules *rules, const struct violations_query *query, struct error *err)
{
    struct pg_question questions[TIERS_QUESTIONS + RULES] = {0};
    struct pg_result *answers[TIERS_QUESTIONS + RULES];
    struct tiers now = {0};
    bool ok;
    bool changed;

    tiers_questions_of(query->users, LOCK_CLOSED, questions);
    ask(rules, query, questions + TIERS_QUESTIONS);
    ok = pg_ask_all(rules->pg, questions, TIERS_QUESTIONS + RULES, answers, err) && tiers_take_of(answers, &now, err);
    changed = !tiers_equal(&now, &rules->tiers);
    tiers_release(&rules->tiers);
    rules->tiers = now;
    for (int i = 0; i < TIERS_QUESTIONS + RULES; i++) {
        if (ok && !changed && i >= TIERS_QUESTIONS)
            add_rows(v, i - TIERS_QUESTIONS, answers[i], query->before);
        else
            pg_result_free(answers[i]);
        pg_question_release(&questions[i]);
    }
    return ok && (!changed || violations_find(v, rules, query, err));
}

bool violations_find_in(struct violations *v, struct rules *rules, enum limit limit, const char *places, struct error *err)
{
    struct over_query query = {.limit = limit, .places = places, .most = VIOLATIONS_TOLD};
    struct pg_result *result;

    if (!rules_over(rules->pg, &rules->catalog, &rules->tiers, &query, &result, err))
        return false;
    add_rows(v, (int)limit, result, NULL);
    return true;
}

/* ---- how it is without the import ---- */

static bool look_up(struct violations *v, struct rules *rules, int rule, struct error *err)
{
    struct over_query query = {.limit = (enum limit)rule, .all = true};
    struct violations there = {0};
    struct buffer places = BUFFER_INIT;
    bool ok = true;

    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].rule == rule && !v->list[i].at_least)
            pg_array_add_uuid(&places, &v->list[i].place);
    if (places.len) {
        struct pg_result *result;

        query.places = pg_array_end(&places);
        ok = rules_over(rules->pg, &rules->catalog, &rules->tiers, &query, &result, err);
        add_rows(&there, rule, result, NULL);
        violations_sort(&there);
    }
    for (size_t i = 0; ok && i < v->count; i++)
        if (v->list[i].rule == rule && !v->list[i].at_least) {
            const struct violation *found = find(&there, &v->list[i]);

            v->list[i].now = found ? found->count : 0;
        }
    violations_release(&there);
    buffer_release(&places);
    return ok;
}

bool violations_compare(struct violations *v, struct rules *rules, struct error *err)
{
    struct error problems = ERROR_INIT;
    bool ok;

    tiers_release(&rules->tiers);
    ok = tiers_read(rules->pg, NULL, &rules->tiers, &problems, err);
    for (int rule = 0; ok && rule < RULE_PUBLIC; rule++)
        ok = look_up(v, rules, rule, err);
    error_release(&problems);
    return ok;
}

/* ---- telling ---- */

static const char *place_noun(int rule)
{
    switch (rule) {
    case LIMIT_PROJECTS:
    case LIMIT_CONTEXTS:
        return NULL;
    case LIMIT_NODES:
    case LIMIT_EDGES:
        return "graph";
    case LIMIT_MESSAGES:
        return "chat";
    default:
        return "project";
    }
}

static void append_place(struct buffer *text, const struct violation *violation)
{
    const char *noun = place_noun(violation->rule);
    char id[UUID_TEXT + 1];

    if (noun && violation->at_least) {
        buffer_printf(text, "in one %s or more of %s", noun, violation->email);
        return;
    }
    uuid_format(&violation->place, id);
    if (noun)
        buffer_printf(text, "the %s \"%s\" (%s) of %s", noun, violation->name ? violation->name : "", id, violation->email);
    else
        buffer_printf(text, "for %s", violation->email);
}

static void describe(struct buffer *text, const struct violation *violation)
{
    buffer_clear(text);
    if (violation->rule == RULE_PREMIUM && violation->at_least) {
        buffer_printf(text, "premium_templates: the template \"%s\" is premium, which the tier \"%s\" of %s does not allow",
                      violation->template_name, violation->tier, violation->email);
    } else if (violation->rule == RULE_PREMIUM || violation->rule == RULE_PUBLIC) {
        buffer_text(text, violation->rule == RULE_PUBLIC ? "public_projects: " : "premium_templates: ");
        append_place(text, violation);
        if (violation->rule == RULE_PUBLIC)
            buffer_text(text, " is public");
        else
            buffer_printf(text, " came from the premium template \"%s\"", violation->template_name);
        buffer_printf(text, ", which the tier \"%s\" does not allow", violation->tier);
    } else {
        buffer_printf(text, "%s: at most %lld, ", limit_specs[violation->rule].name, (long long)violation->cap);
        if (violation->now >= 0)
            buffer_printf(text, "now %lld, ", (long long)violation->now);
        buffer_printf(text, "would be %s%lld, %s", violation->at_least ? "at least " : "", (long long)violation->count,
                      place_noun(violation->rule) && !violation->at_least ? "in " : "");
        append_place(text, violation);
    }
}

/* The tier that all of them break; NULL where they are of several. */
static const char *common_tier(const struct violations *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (!v->list[i].tier || strcmp(v->list[i].tier, v->list[0].tier) != 0)
            return NULL;
    return v->list[0].tier;
}

bool violations_refuse(const struct violations *v, const char *allowing, struct error *err)
{
    const char *tier = common_tier(v);
    struct buffer text = BUFFER_INIT;
    bool premium = false;
    bool public = false;

    for (size_t i = 0; i < v->count; i++) {
        describe(&text, &v->list[i]);
        error_detail(err, "%s", buffer_string(&text));
        premium = premium || v->list[i].rule == RULE_PREMIUM;
        public = public || v->list[i].rule == RULE_PUBLIC;
    }
    if (tier)
        error_set(err, STATUS_REFUSED, "The tier \"%s\" does not allow what would come in.", tier);
    else
        error_set(err, STATUS_REFUSED, "The owners' tiers do not allow what would come in.");
    if (premium)
        error_hint(err, "Premium templates come with %s.", *allowing ? allowing : "none of the tiers there are");
    else if (public)
        error_hint(err, "--private takes projects in as not public; operators can pass over it with --override-limits REASON.");
    else
        error_hint(err, "Bring in less, or have the tier changed; operators can pass over it with --override-limits REASON.");
    buffer_release(&text);
    return false;
}

json_t *violations_to_json(const struct violations *v)
{
    struct buffer text = BUFFER_INIT;
    json_t *array = json_array();

    for (size_t i = 0; i < v->count; i++) {
        describe(&text, &v->list[i]);
        json_array_append_new(array, text_to_json(buffer_string(&text)));
    }
    buffer_release(&text);
    return array;
}
