#include "key_index.h"
#include "violations.h"
#include "simulark/base/memory.h"
#include "simulark/base/uuid_set.h"
#include "simulark/flow/database.h"
#include "simulark/flow/filters.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

#define INDEX_MEMORY ((size_t)1 << 20)
#define BATCH 1000

/* A bundle of more rows is refused as soon as something is certain; of a smaller one it is worth knowing all that is wrong. */
#define LARGE 20000

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
    struct key_index *index; /* ids of projects, graphs, chats, and references to them */
    struct uuid last_parent; /* the reference that was added last, */
    bool has_last_parent;    /* of this table */
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
    char text[UUID_TEXT + 1];
    size_t at = 0;

    buffer_clear(&f->users);
    while ((pair = uuid_map_next(&f->owners.map, &at))) {
        const struct uuid *target = people_target(f->people, &pair->from); /* it may have been learned since */

        uuid_format(target ? target : &pair->from, text);
        pg_array_add(&f->users, text, UUID_TEXT);
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

/* ---- what is certain from the header ---- */

/* Rows of a table, as the header counts them; -1: it does not. */
static int64_t rows_of(const struct rules_filter *f, const char *table)
{
    const struct shape *shape = manifest_shape(f->manifest, table_find(table));

    return shape ? shape->rows : -1;
}

static const struct violation *first_of(const struct violations *v, int rule)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->list[i].rule == rule)
            return &v->list[i];
    return NULL;
}

/* So many units will be there, whatever of them is there already: more than all owners together may have, or have now. */
static bool foresee_total(struct rules_filter *f, enum limit limit, const char *table, struct violations *v, struct error *err)
{
    struct over_query query = {.limit = limit, .users = users_of(f), .all = true};
    struct violation found = {.rule = (int)limit, .at_least = true, .count = rows_of(f, table)};
    struct pg_result *there;
    int64_t room = 0;
    bool unlimited = false;

    if (found.count <= 0)
        return true;
    there = rules_over(f->rules->pg, &f->rules->catalog, &f->rules->tiers, &query, err);
    for (size_t row = 0; there && row < pg_result_rows(there); row++) {
        const struct tier *tier = tiers_find(&f->rules->tiers, pg_result_text(there, row, OVER_TIER));
        int64_t count = strtoll(pg_result_text(there, row, OVER_COUNT), NULL, 10);
        int64_t cap = tier ? tier->limits[limit] : UNLIMITED;

        unlimited = unlimited || cap == UNLIMITED || cap > INT64_MAX / 2 - room;
        room += unlimited ? 0 : cap > count ? cap : count;
        found.cap += unlimited ? 0 : cap;
        found.now += count;
    }
    if (there && !unlimited && found.count > room && pg_result_rows(there) > 0) {
        found.email = pg_result_rows(there) == 1 ? pg_result_text(there, 0, OVER_EMAIL) : "all owners together";
        found.tier = f->rules->tiers.count == 1 ? f->rules->tiers.list[0].name : NULL;
        violations_add(v, &found);
    }
    pg_result_free(there);
    return there != NULL;
}

/* So many parts cannot be in so few places without one having too many. */
static void foresee_shares(struct rules_filter *f, enum limit limit, const char *table, const char *places, struct violations *v)
{
    int64_t rows = rows_of(f, table);
    int64_t nplaces = rows_of(f, places);
    const struct tier *tier = f->rules->tiers.count == 1 ? &f->rules->tiers.list[0] : NULL;
    struct violation found = {.rule = (int)limit, .now = -1, .at_least = true};

    if (rows <= 0 || nplaces <= 0 || !tier || tier->limits[limit] == UNLIMITED || first_of(&f->before, (int)limit) ||
        (rows - 1) / nplaces + 1 <= tier->limits[limit])
        return;
    found.count = (rows - 1) / nplaces + 1;
    found.cap = tier->limits[limit];
    found.tier = tier->name;
    found.email = f->rules->email ? f->rules->email : "the owner";
    violations_add(v, &found);
}

static bool is_large(const struct rules_filter *f)
{
    int64_t rows = 0;

    for (size_t i = 0; i < f->manifest->nshapes; i++)
        rows += f->manifest->shapes[i].rows > 0 ? f->manifest->shapes[i].rows : 0;
    return rows > LARGE;
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

static bool foresee(struct rules_filter *f, struct error *err)
{
    struct violations v = {0};
    bool ok = true;

    if (f->everybody || f->rules->options.override || f->options->on_conflict == CONFLICT_SKIP || !is_large(f))
        return true;
    if (!manifest_shape(f->manifest, table_find("users")) || f->people->has_owner) {
        ok = foresee_total(f, LIMIT_PROJECTS, "projects", &v, err) && foresee_total(f, LIMIT_CONTEXTS, "contexts", &v, err);
        foresee_shares(f, LIMIT_GRAPHS, "graphs", "projects", &v);
        foresee_shares(f, LIMIT_NODES, "nodes", "graphs", &v);
        foresee_shares(f, LIMIT_EDGES, "edges", "graphs", &v);
        foresee_shares(f, LIMIT_MESSAGES, "messages", "chats", &v);
    }
    ok = ok && settle(f, &v, err);
    violations_release(&v);
    return ok;
}

/* ---- before ---- */

static bool note_before(struct rules_filter *f, const char *users, struct error *err)
{
    char *text;
    struct violations_query query = {.users = users, .requires = requires_of(f, &text)};
    bool ok = rules_lock(f->rules->pg, users, false, err) && tiers_read_of(f->rules->pg, users, &f->rules->tiers, err) &&
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
    return note_before(f, users_of(f), err) && foresee(f, err);
}

/* An owner nobody spoke of. Rows of projects and contexts come while no COPY is open. */
static bool meet_owner(struct rules_filter *f, const struct row *row, struct error *err)
{
    struct buffer users = BUFFER_INIT;
    char text[UUID_TEXT + 1];
    struct uuid id;
    bool ok;

    if (f->everybody || !row_uuid(row, f->shape, "user_id", &id) || uuid_set_has(&f->owners, &id))
        return true;
    uuid_set_add(&f->owners, &id);
    uuid_format(&id, text);
    pg_array_add(&users, text, UUID_TEXT);
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
    ok = f->rules->options.override || !is_large(f) ||
         (tiers_read_of(f->rules->pg, query.users, &f->rules->tiers, err) &&
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
    f->has_last_parent = false;
    f->everybody = f->manifest->kind == KIND_INSTANCE && !f->people->has_owner && !f->options->parcel;
    if (!f->lawless && !f->locked && table_index(shape->table) > table_index(table_find("users")) && !begin(f, err))
        return false;
    if (!sink_pass_table(sink, shape, err))
        return false;
    return f->units_checked || !f->locked || table_index(shape->table) <= table_index(table_find("projects")) ||
           check_units(f, err);
}

static bool add_key(struct rules_filter *f, const struct table *table, enum key_role role, const struct uuid *id,
                    struct error *err)
{
    struct key_entry entry = {.space = (uint8_t)table_index(table), .role = (uint8_t)role};

    memcpy(entry.key, id, sizeof *id);
    entry.table = (uint8_t)table_index(f->shape->table);
    return key_index_add(f->index, &entry, err);
}

/* Rows of one parent mostly stand together. */
static bool add_parent(struct rules_filter *f, const struct row *row, struct error *err)
{
    const struct table *table = f->shape->table;
    const struct column *column = table->parent ? table_column(table, table->parent) : NULL;
    struct uuid id;

    if (!column || !column->references || column_names_user(column) || !row_uuid(row, f->shape, column->name, &id) ||
        (f->has_last_parent && memcmp(&id, &f->last_parent, sizeof id) == 0))
        return true;
    f->last_parent = id;
    f->has_last_parent = true;
    return add_key(f, table_find(column->references), KEY_REFERENCE, &id, err);
}

/* A chat of no project whose author nobody spoke of: it is asked for by itself. */
static bool is_strangers_chat(const struct rules_filter *f, const struct row *row)
{
    struct uuid id;

    return shape_is(f->shape, "chats") && !row_uuid(row, f->shape, "project_id", &id) &&
           row_uuid(row, f->shape, "user_id", &id) && !f->everybody && !uuid_set_has(&f->owners, &id);
}

static bool add_own(struct rules_filter *f, const struct row *row, struct error *err)
{
    struct uuid id;

    if (!shape_is(f->shape, "projects") && !shape_is(f->shape, "graphs") && !shape_is(f->shape, "chats"))
        return true;
    return !row_uuid(row, f->shape, "id", &id) ||
           add_key(f, f->shape->table, is_strangers_chat(f, row) ? KEY_REFERENCE : KEY_OWN, &id, err);
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct rules_filter *f = self(sink);
    struct uuid id;

    if (f->lawless)
        return sink_pass_row(sink, given, err);
    f->has_rows[table_index(f->shape->table)] = true;
    if (shape_is(f->shape, "users") && !f->everybody && row_uuid(given, f->shape, "id", &id))
        uuid_set_add(&f->owners, &id);
    if ((shape_is(f->shape, "projects") || shape_is(f->shape, "contexts")) && !meet_owner(f, given, err))
        return false;
    return add_own(f, given, err) && add_parent(f, given, err) && sink_pass_row(sink, given, err);
}

/* ---- after ---- */

/* Only of tables the bundle adds to: what was too much in another is no worse for it. */
static bool check_parts(struct rules_filter *f, enum limit limit, const char *table, const char *ids, struct violations *v,
                        struct error *err)
{
    return !f->has_rows[table_index(table_find(table))] || violations_find_in(v, f->rules, limit, ids, err);
}

/* Parents of one table that the bundle does not hold. */
static bool check_places(struct rules_filter *f, const struct table *table, const char *ids, struct violations *v,
                         struct error *err)
{
    struct rules *rules = f->rules;
    struct pg_result *owners = rules_owners(rules->pg, &rules->catalog, table, ids, err);
    struct buffer users = BUFFER_INIT;
    bool ok = owners != NULL;

    for (size_t row = 0; ok && row < pg_result_rows(owners); row++) {
        const char *owner = pg_result_text(owners, row, 0);

        if (rules_actor(rules) && (!owner || strcmp(owner, rules_actor(rules)) != 0)) {
            error_set(err, STATUS_REFUSED, "The bundle adds to the %s %s, which belongs to somebody else.", table->noun,
                      pg_result_text(owners, row, 1));
            error_hint(err, "Take in a bundle that holds the whole project, with --ids new.");
            ok = false;
        } else if (owner) {
            pg_array_add(&users, owner, strlen(owner));
        }
    }
    ok = ok && (!users.len || (rules_lock(rules->pg, pg_array_end(&users), true, err) &&
                               tiers_read_of(rules->pg, buffer_string(&users), &rules->tiers, err)));
    if (ok && users.len && table_is(table, "projects"))
        ok = check_parts(f, LIMIT_GRAPHS, "graphs", ids, v, err) && check_parts(f, LIMIT_CHATS, "chats", ids, v, err);
    else if (ok && users.len && table_is(table, "graphs"))
        ok = check_parts(f, LIMIT_NODES, "nodes", ids, v, err) && check_parts(f, LIMIT_EDGES, "edges", ids, v, err);
    else if (ok && users.len)
        ok = violations_find_in(v, rules, LIMIT_MESSAGES, ids, err); /* a chat of a stranger has its own in its array */
    pg_result_free(owners);
    buffer_release(&users);
    return ok;
}

/* References come behind the ids they refer to. */
static bool check_parents(struct rules_filter *f, struct violations *v, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct key_entry entry;
    struct key_entry own = {0};
    const struct table *table = NULL;
    struct uuid id;
    char text[UUID_TEXT + 1];
    size_t count = 0;
    bool more = false;
    bool ok = key_index_end(f->index, err) && key_index_next(f->index, &entry, &more, err);

    while (ok && more) {
        bool known = own.space == entry.space && memcmp(own.key, entry.key, KEY_BYTES) == 0;

        if (table && count && (count == BATCH || entry.space != table_index(table))) {
            ok = check_places(f, table, pg_array_end(&ids), v, err);
            buffer_clear(&ids);
            count = 0;
        }
        if (!known && entry.role == KEY_REFERENCE) {
            memcpy(&id, entry.key, sizeof id);
            uuid_format(&id, text);
            pg_array_add(&ids, text, UUID_TEXT);
            table = &tables[entry.space];
            count++;
        }
        own = entry;
        ok = ok && key_index_next(f->index, &entry, &more, err);
    }
    ok = ok && (!count || check_places(f, table, pg_array_end(&ids), v, err));
    buffer_release(&ids);
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
    bool ok;

    list_owners(f);
    query.users = users_of(f);
    ok = check_parents(f, &v, err) && rules_lock(rules->pg, users_of(f), true, err) &&
         tiers_read_of(rules->pg, users_of(f), &rules->tiers, err) &&
         violations_find(&v, rules, &query, err) && check_requirements(f, query.requires, &v, err) && settle(f, &v, err);
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
    key_index_free(f->index);
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
    f->index = key_index_new(INDEX_MEMORY);
    return &f->base;
}
