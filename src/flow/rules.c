#include "simulark/flow/rules.h"

#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/flow/record.h"
#include "simulark/pg/schema.h"

#include <stdlib.h>

/* What each deed needs and uses up. */
static const struct {
    int feature; /* -1: none */
    int limit;   /* -1: none */
    const char *name, *verb;
} deeds[] = {
    [DEED_LOOK] = {-1, -1, "look", "look"},
    [DEED_EXPORT] = {FEATURE_EXPORT, LIMIT_EXPORTS, "export", "export"},
    [DEED_IMPORT] = {FEATURE_IMPORT, LIMIT_IMPORTS, "import", "import"},
    [DEED_USE] = {-1, LIMIT_TEMPLATE_USES, "use", "use templates"},
    [DEED_PUBLISH] = {FEATURE_PUBLISH_TEMPLATES, -1, "publish", "publish templates"},
};

void rules_release(struct rules *rules)
{
    catalog_release(&rules->catalog);
    tiers_release(&rules->tiers);
    free(rules->email);
    free(rules->tier);
    free(rules->digest);
    json_decref(rules->overridden);
    skipped_release(&rules->skipped);
    free(rules->lineages);
    *rules = (struct rules){0};
}

const char *rules_actor(const struct rules *rules)
{
    return rules && *rules->user ? rules->user : NULL;
}

bool rules_may_act_for(const struct rules *rules, const char *user)
{
    const char *actor = rules_actor(rules);

    return !actor || (user && strcmp(user, actor) == 0);
}

static const char *text_of(const struct shape *shape, const struct pg_result *existing, size_t row, const char *column)
{
    int at = shape_column(shape, column);

    return at >= 0 ? pg_result_text(existing, row, (size_t)at) : NULL;
}

/* Whoever wrote a chat of a project, it is the project's owner's. */
static bool ask_whose_project(const struct rules *rules, const char *project, bool *theirs, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct pg_result *owners;

    pg_array_add(&ids, project, strlen(project));
    owners = rules_owners(rules->pg, &rules->catalog, table_find("projects"), pg_array_end(&ids), err);
    *theirs = rules_may_act_for(rules, pg_result_rows(owners) == 1 ? pg_result_text(owners, 0, 0) : NULL);
    buffer_release(&ids);
    pg_result_free(owners);
    return owners != NULL;
}

bool rules_may_touch(const struct rules *rules, const struct shape *shape, const struct pg_result *existing, size_t row,
                     bool *may, struct error *err)
{
    const char *project = text_of(shape, existing, row, "project_id");

    *may = rules_may_act_for(rules, text_of(shape, existing, row, "user_id"));
    return !rules_actor(rules) || !project || ask_whose_project(rules, project, may, err);
}

void rules_add_details(const struct rules *rules, json_t *details)
{
    if (rules && rules->overridden) {
        json_object_set_new(details, "override", text_to_json(rules->options.override));
        json_object_set(details, "overridden", rules->overridden);
    }
}

/* ---- the acting user ---- */

static bool find_user(struct rules *rules, bool lock, bool *active, struct error *err)
{
    struct pg_result *found = rules_find_user(rules->pg, &rules->catalog, rules->options.as, lock, err);
    size_t count = found ? pg_result_rows(found) : 0;

    if (count == 1) {
        const char *email = pg_result_text(found, 0, 1);
        const char *tier = pg_result_text(found, 0, 2);

        memcpy(rules->user, pg_result_text(found, 0, 0), sizeof rules->user);
        free(rules->email);
        free(rules->tier);
        rules->email = mem_strdup(email ? email : rules->user);
        rules->tier = mem_strdup(tier ? tier : "");
        *active = pg_result_true(found, 0, 3);
    } else if (found && count == 0) {
        error_set(err, STATUS_CONFLICT, "No user has the id or e-mail \"%s\".", rules->options.as);
    } else if (found) {
        error_set(err, STATUS_CONFLICT, "Several users have the e-mail \"%s\": name the one who acts by id.", rules->options.as);
    }
    pg_result_free(found);
    return count == 1;
}

bool rules_find_actor(struct rules *rules, bool lock, bool *active, struct error *err)
{
    struct buffer users = BUFFER_INIT;
    bool ok;

    if (!rules_have_tiers(&rules->catalog)) {
        error_set(err, STATUS_CONFLICT, "The database has no tiers, so nobody has anything by theirs.");
        error_hint(err, "`simulark schema check` tells all that differs.");
        return false;
    }
    if (!find_user(rules, lock, active, err))
        return false;
    pg_array_add(&users, rules->user, UUID_TEXT);
    ok = tiers_read_of(rules->pg, pg_array_end(&users), LOCK_NONE, &rules->tiers, err);
    buffer_release(&users);
    return ok;
}

static bool has_feature(const struct rules *rules, const struct tier *tier, struct error *err)
{
    int feature = deeds[rules->options.deed].feature;

    if (feature < 0 || tier->features[feature])
        return true;
    error_set(err, STATUS_REFUSED, "%s may not %s: the tier \"%s\" lacks the feature \"%s\".", rules->email,
              deeds[rules->options.deed].verb, tier->name, feature_names[feature]);
    error_hint(err, "`simulark tier list` tells which tiers have it.");
    return false;
}

static bool has_one_left(const struct rules *rules, const struct tier *tier, struct error *err)
{
    int limit = deeds[rules->options.deed].limit;
    int64_t used = 0;

    if (limit < 0 || tier->limits[limit] == UNLIMITED)
        return true;
    if (!rules_used(rules->pg, rules->user, limit_specs[limit].metric, &used, err))
        return false;
    if (used < tier->limits[limit])
        return true;
    error_detail(err, "%s: at most %lld, now %lld, would be %lld, for %s", limit_specs[limit].name,
                 (long long)tier->limits[limit], (long long)used, (long long)used + 1, rules->email);
    error_set(err, STATUS_REFUSED, "%s has no %s left this month: the tier \"%s\" has %lld.", rules->email,
              limit_specs[limit].things, tier->name, (long long)tier->limits[limit]);
    error_hint(err, "Months are those of UTC; `simulark tier usage` tells what is left.");
    return false;
}

/* What counts needs a table to count in. */
static bool has_count(const struct rules *rules, struct error *err)
{
    struct buffer apply = BUFFER_INIT;

    if (deeds[rules->options.deed].limit < 0 || catalog_has(&rules->catalog, table_find("usage_analytics")))
        return true;
    error_set(err, STATUS_CONFLICT, "The database has no usage_analytics, so nothing a user does can be counted.");
    schema_append_command(rules->pg, &apply);
    error_hint(err, "`%s` makes what is missing.", buffer_string(&apply));
    buffer_release(&apply);
    return false;
}

bool rules_admit(struct rules *rules, bool lock, struct error *err)
{
    const struct tier *tier;
    bool active = false;

    if (!rules->options.as)
        return true;
    if (!rules_find_actor(rules, lock, &active, err) || !has_count(rules, err))
        return false;
    if (!active)
        return error_set(err, STATUS_REFUSED, "The user %s is not active, and may do nothing.", rules->email);
    tier = tiers_find(&rules->tiers, rules->tier);
    if (!tier) /* it was changed in between */
        return error_set(err, STATUS_DATABASE, "The tier of %s was changed just now: run the command again.", rules->email);
    return has_feature(rules, tier, err) && has_one_left(rules, tier, err);
}

static bool can_be_counted(struct rules *rules, struct error *err)
{
    bool standby = false;

    if (deeds[rules->options.deed].limit < 0)
        return true;
    if (!pg_is_standby(rules->pg, &standby, err))
        return false;
    if (standby) {
        error_set(err, STATUS_DATABASE, "The database is a read-only standby, where nothing a user does can be counted.");
        error_hint(err, "Name the primary server; or leave out --as, as an operator.");
    }
    return !standby;
}

bool rules_admit_early(struct rules *rules, struct error *err)
{
    return !rules->options.as ||
           (pg_begin_read(rules->pg, err) && can_be_counted(rules, err) && catalog_read(rules->pg, &rules->catalog, err) &&
            rules_admit(rules, false, err) && pg_rollback(rules->pg, err));
}

bool rules_meter(struct rules *rules, struct error *err)
{
    int limit = deeds[rules->options.deed].limit;

    return !rules_actor(rules) || limit < 0 || rules_use(rules->pg, rules->user, limit_specs[limit].metric, err);
}

/* ---- the audit log ---- */

bool rules_note_refusal(struct rules *rules, const struct error *err)
{
    struct error problem = ERROR_INIT;
    bool ok;

    if (err->status != STATUS_REFUSED || rules->options.dry_run)
        return true;
    ok = pg_rollback(rules->pg, &problem) && pg_begin_write(rules->pg, &problem) &&
         record_refusal(rules, deeds[rules->options.deed].name, err, &problem) && pg_commit(rules->pg, &problem);
    error_release(&problem);
    return ok;
}
