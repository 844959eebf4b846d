#include "absent_parents.h"
#include "foresight.h"
#include "violations.h"
#include "simulark/base/memory.h"
#include "simulark/base/uuid_set.h"
#include "simulark/flow/database.h"
#include "simulark/flow/filters.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

/* Holds what comes in against the owners' tiers.
 *
 * The owners are the bundle's people and users, as they are in the database; of a whole instance, everybody. Before the first row
 * that is theirs their rows are locked, in order of ids, and it is noted where they have too much already: that may stay. At the
 * end the same is asked again. A part may moreover be given to a project, graph or chat that the bundle does not hold: these are
 * found by sorting ids and references, and asked for by themselves. */
struct rules_filter {
    struct sink base;
    struct rules *rules;
    struct people *people;
    const struct import_options *options;
    const struct manifest *manifest;
    const struct shape *shape;
    bool lawless; /* the database has no tiers */
    bool everybody;
    bool locked;
    bool units_checked;
    struct uuid_set owners;
    struct buffer users; /* the owners as an array literal, once they are locked */
    struct violations before;
    struct absent_parents *absent;
    bool has_rows[TABLE_COUNT];
};

static struct rules_filter *self(struct sink *sink)
{
    return (struct rules_filter *)sink;
}

/* ---- owners ---- */

static void add_owner(struct rules_filter *f, const struct uuid *id)
{
    const struct uuid *target = people_target(f->people, id);

    uuid_set_add(&f->owners, target ? target : id);
}

static void add_people(struct rules_filter *f)
{
    struct uuid id;

    if (f->people->has_owner)
        uuid_set_add(&f->owners, &f->people->owner);
    for (size_t i = 0; !f->people->has_owner && i < f->manifest->npeople; i++)
        if (uuid_parse_text(&id, f->manifest->people[i].id))
            add_owner(f, &id);
}

static void list_owners(struct rules_filter *f)
{
    const struct uuid_pair *pair;
    size_t at = 0;

    buffer_clear(&f->users);
    while ((pair = uuid_map_next(&f->owners.map, &at))) {
        const struct uuid *target = people_target(f->people, &pair->from); /* it may have been learned since */

        pg_array_add_uuid(&f->users, target ? target : &pair->from);
    }
    pg_array_end(&f->users);
}

static const char *users_of(struct rules_filter *f)
{
    return f->everybody ? NULL : buffer_string(&f->users);
}

static const char *requires_of(const struct rules_filter *f, char **text)
{
    *text = f->manifest->requires_templates ? json_dumps(f->manifest->requires_templates, JSON_COMPACT) : NULL;
    return *text ? *text : "[]";
}

/* ---- saying no ---- */

/* Names of the tiers with premium templates that can be had: "pro, enterprise". */
static void name_allowing(const struct rules_filter *f, struct buffer *names)
{
    for (size_t i = 0; i < f->rules->tiers.count; i++)
        if (f->rules->tiers.list[i].features[FEATURE_PREMIUM_TEMPLATES])
            buffer_printf(names, "%s%s", names->len ? ", " : "the tiers ", f->rules->tiers.list[i].name);
}

/* Ends the transaction, so that what is told is how things are without the import. */
static bool refuse(struct rules_filter *f, struct violations *v, struct error *err)
{
    struct buffer allowing = BUFFER_INIT;
    bool ok = pg_rollback(f->rules->pg, err) && pg_begin_read(f->rules->pg, err) && violations_compare(v, f->rules, err) &&
              pg_rollback(f->rules->pg, err);

    name_allowing(f, &allowing);
    if (ok)
        violations_refuse(v, buffer_string(&allowing), err);
    buffer_release(&allowing);
    return false;
}

/* What is found is the end of it, unless an operator passes over it. */
static bool settle(struct rules_filter *f, struct violations *v, struct error *err)
{
    if (!v->count)
        return true;
    if (!f->rules->options.override)
        return refuse(f, v, err);
    json_decref(f->rules->overridden);
    f->rules->overridden = violations_to_json(v);
    return true;
}

/* Not where the owners are still to come, nor where part of the rows may stay out. */
static bool look_ahead(struct rules_filter *f, struct error *err)
{
    const struct foresight foresight = {f->manifest, f->rules, users_of(f), &f->before};
    struct violations v = {0};
    bool ok;

    if (f->everybody || f->rules->options.override || f->options->on_conflict == CONFLICT_SKIP ||
        (manifest_shape(f->manifest, table_find("users")) && !f->people->has_owner) || !is_worth_foresight(f->manifest))
        return true;
    ok = foresee(&foresight, &v, err) && settle(f, &v, err);
    violations_release(&v);
    return ok;
}

/* ---- before ---- */

/* Whether the owner is who acts: they were locked, and their tier was read, when they were let in. */
static bool is_admitted(const struct rules_filter *f)
{
    return rules_actor(f->rules) && f->people->has_owner && uuid_set_count(&f->owners) == 1;
}

static bool note_before(struct rules_filter *f, const char *users, struct error *err)
{
    char *text;
    struct violations_query query = {.users = users, .requires = requires_of(f, &text)};
    bool ok = (is_admitted(f) || tiers_read_of(f->rules->pg, users, LOCK_OPEN, &f->rules->tiers, err)) &&
              violations_find(&f->before, f->rules, &query, err);

    free(text);
    violations_sort(&f->before);
    return ok;
}

static bool begin(struct rules_filter *f, struct error *err)
{
    f->locked = true;
    add_people(f);
    list_owners(f);
    return note_before(f, users_of(f), err) && look_ahead(f, err);
}

/* An owner nobody spoke of. Rows of projects and contexts come while no COPY is open. */
static bool meet_owner(struct rules_filter *f, const struct row *row, struct error *err)
{
    struct buffer users = BUFFER_INIT;
    struct uuid id;
    bool ok;

    if (f->everybody || !row_uuid(row, f->shape, "user_id", &id) || uuid_set_has(&f->owners, &id))
        return true;
    uuid_set_add(&f->owners, &id);
    pg_array_add_uuid(&users, &id);
    ok = note_before(f, pg_array_end(&users), err);
    buffer_release(&users);
    return ok;
}

/* Projects and contexts are in, their parts are still to come: what is too much already need not wait for them. */
static bool check_units(struct rules_filter *f, struct error *err)
{
    struct violations v = {0};
    char *text;
    struct violations_query query = {.requires = requires_of(f, &text), .before = &f->before, .units_only = true};
    bool ok;

    f->units_checked = true;
    list_owners(f);
    query.users = users_of(f);
    ok = f->rules->options.override || !is_worth_foresight(f->manifest) ||
         (tiers_read_of(f->rules->pg, query.users, LOCK_NONE, &f->rules->tiers, err) &&
          violations_find(&v, f->rules, &query, err) && settle(f, &v, err));
    violations_release(&v);
    free(text);
    return ok;
}

/* ---- the stream ---- */

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct rules_filter *f = self(sink);

    f->manifest = manifest;
    if (!sink_pass_header(sink, manifest, err) || !rules_admit(f->rules, true, err))
        return false;
    f->lawless = !rules_have_tiers(&f->rules->catalog);
    return true;
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct rules_filter *f = self(sink);

    f->shape = shape;
    absent_parents_table(f->absent, shape);
    f->everybody = f->manifest->kind == KIND_INSTANCE && !f->people->has_owner && !f->options->parcel;
    if (!f->lawless && !f->locked && table_index(shape->table) > TABLE_USERS && !begin(f, err))
        return false;
    if (!sink_pass_table(sink, shape, err))
        return false;
    return f->units_checked || !f->locked || table_index(shape->table) <= TABLE_PROJECTS || check_units(f, err);
}

/* A chat of no project whose author nobody spoke of: it is asked for by itself. */
static bool is_strangers_chat(const struct rules_filter *f, const struct row *row)
{
    struct uuid id;

    return shape_is(f->shape, "chats") && !row_uuid(row, f->shape, "project_id", &id) &&
           row_uuid(row, f->shape, "user_id", &id) && !f->everybody && !uuid_set_has(&f->owners, &id);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct rules_filter *f = self(sink);
    struct uuid id;

    if (f->lawless || skipped_has(&f->rules->skipped, f->shape, given))
        return sink_pass_row(sink, given, err);
    f->has_rows[table_index(f->shape->table)] = true;
    if (shape_is(f->shape, "users") && !f->everybody && row_uuid(given, f->shape, "id", &id))
        uuid_set_add(&f->owners, &id);
    if ((shape_is(f->shape, "projects") || shape_is(f->shape, "contexts")) && !meet_owner(f, given, err))
        return false;
    return absent_parents_add(f->absent, given, is_strangers_chat(f, given), err) && sink_pass_row(sink, given, err);
}

/* ---- after ---- */

/* Only of tables the bundle adds to: what was too much in another is no worse for it. */
static bool check_parts(struct rules_filter *f, enum limit limit, const char *table, const char *ids, struct violations *v,
                        struct error *err)
{
    return !f->has_rows[table_index(table_find(table))] || violations_find_in(v, f->rules, limit, ids, err);
}

/* Locks the owners of parents that the bundle does not hold, and reads their tiers. *any: there are some. */
static bool lock_their_owners(struct rules *rules, const struct table *table, const struct pg_result *owners, bool *any,
                              struct error *err)
{
    struct buffer users = BUFFER_INIT;
    bool ok = true;

    for (size_t row = 0; row < pg_result_rows(owners); row++) {
        const char *owner = pg_result_text(owners, row, 0);

        if (!rules_may_act_for(rules, owner)) {
            error_set(err, STATUS_REFUSED, "The bundle adds to the %s %s, which belongs to somebody else.", table->noun,
                      pg_result_text(owners, row, 1));
            error_hint(err, "Take in a bundle that holds the whole project, with --ids new.");
            ok = false;
            break;
        }
        if (owner)
            pg_array_add(&users, owner, strlen(owner));
    }
    *any = users.len > 0;
    ok = ok && (!*any || tiers_read_of(rules->pg, pg_array_end(&users), LOCK_CLOSED, &rules->tiers, err));
    buffer_release(&users);
    return ok;
}

/* An edge that leads to another's node would say something of it, and go with it. */
static bool check_ends(const struct rules *rules, const struct pg_result *owners, struct error *err)
{
    for (size_t row = 0; row < pg_result_rows(owners); row++) {
        if (rules_may_act_for(rules, pg_result_text(owners, row, 0)))
            continue;
        error_set(err, STATUS_REFUSED, "An edge of the bundle leads to the node %s, which belongs to somebody else.",
                  pg_result_text(owners, row, 1));
        error_hint(err, "Take in a bundle that holds both nodes of its edges, with --ids new.");
        return false;
    }
    return true;
}

/* Where check_places puts what it finds. */
struct places_check {
    struct rules_filter *filter;
    struct violations *violations;
};

static bool check_places(void *context, const struct table *table, const char *ids, struct error *err)
{
    const struct places_check *check = context;
    struct rules_filter *f = check->filter;
    struct violations *v = check->violations;
    struct pg_result *owners = rules_owners(f->rules->pg, &f->rules->catalog, table, ids, err);
    bool any = false;
    bool ok = owners && (table_is(table, "nodes") ? check_ends(f->rules, owners, err)
                                                  : lock_their_owners(f->rules, table, owners, &any, err));

    if (ok && any && table_is(table, "projects"))
        ok = check_parts(f, LIMIT_GRAPHS, "graphs", ids, v, err) && check_parts(f, LIMIT_CHATS, "chats", ids, v, err);
    else if (ok && any && table_is(table, "graphs"))
        ok = check_parts(f, LIMIT_NODES, "nodes", ids, v, err) && check_parts(f, LIMIT_EDGES, "edges", ids, v, err);
    else if (ok && any)
        ok = violations_find_in(v, f->rules, LIMIT_MESSAGES, ids, err); /* a chat of a stranger has its own in its array */
    pg_result_free(owners);
    return ok;
}

static bool has_template(const struct violations *v, const char *name)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].rule == RULE_PREMIUM && strcmp(v->list[i].template_name, name) == 0)
            return true;
    return false;
}

/* Premium templates that the header says the content came from, whatever the projects say now: where all goes to one user. */
static bool check_requirements(struct rules_filter *f, const char *requires, struct violations *v, struct error *err)
{
    const struct tier *tier = f->rules->tiers.count == 1 ? &f->rules->tiers.list[0] : NULL;
    struct violation found = {.rule = RULE_PREMIUM, .count = 1, .at_least = true};
    struct pg_result *premium;

    if (!tier || tier->features[FEATURE_PREMIUM_TEMPLATES] || !f->people->has_owner || !f->manifest->requires_templates ||
        f->options->on_conflict == CONFLICT_SKIP)
        return true;
    premium = rules_premium_required(f->rules->pg, &f->rules->catalog, requires, err);
    for (size_t row = 0; premium && row < pg_result_rows(premium); row++) {
        found.template_name = pg_result_text(premium, row, 0);
        found.tier = tier->name;
        found.email = f->rules->email ? f->rules->email : "the owner";
        if (!has_template(v, found.template_name) && !has_template(&f->before, found.template_name))
            violations_add(v, &found);
    }
    pg_result_free(premium);
    return premium != NULL;
}

static bool check(struct rules_filter *f, struct error *err)
{
    struct rules *rules = f->rules;
    struct violations v = {0};
    char *text;
    struct violations_query query = {.requires = requires_of(f, &text), .before = &f->before};
    struct places_check places = {f, &v};
    bool ok;

    list_owners(f);
    query.users = users_of(f);
    ok = absent_parents_tell(f->absent, check_places, &places, err) && violations_find_locked(&v, rules, &query, err) &&
         check_requirements(f, query.requires, &v, err) && settle(f, &v, err);
    violations_release(&v);
    free(text);
    return ok;
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct rules_filter *f = self(sink);

    free(f->rules->digest);
    f->rules->digest = mem_strdup(seal->digest);
    if (!f->lawless && !f->locked && !begin(f, err))
        return false;
    return (f->lawless || check(f, err)) && rules_meter(f->rules, err) && sink_pass_trailer(sink, seal, err);
}

static void free_filter(struct sink *sink)
{
    struct rules_filter *f = self(sink);

    uuid_set_release(&f->owners);
    buffer_release(&f->users);
    violations_release(&f->before);
    absent_parents_free(f->absent);
    free(f);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_rules(struct sink *next, struct rules *rules, struct people *people, const struct import_options *options)
{
    struct rules_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->rules = rules;
    f->people = people;
    f->options = options;
    f->absent = absent_parents_new(rules->options.as != NULL);
    return &f->base;
}
