/* What of a database is meant: names and e-mails become ids, which are noted for the statements that take the rows. */
#include "select_inside.h"
#include "simulark/base/uuid.h"
#include "simulark/pg/names.h"

#include <string.h>
#include <strings.h>

/* A thing that can be selected: by id, or by a name that need not be its own alone. */
struct selectable {
    enum name_kind kind;
    const char *noun;
    const char *names;   /* what its names are called */
    const char *sql;     /* id, name, whose or what it is; $1 names, $2 ids */
    const char *setting; /* where the ids are noted */
    bool any_case;       /* names are the same whatever the case of their letters */
    bool of_user;        /* $3 is the user who asks */
};

static const struct selectable selectable_projects = {
    .kind = NAME_PROJECT,
    .noun = "project",
    .names = "name",
    .sql = "SELECT p.id, p.name, 'belongs to ' || COALESCE(u.email, 'nobody') FROM %projects p"
           " LEFT JOIN %users u ON u.id = p.user_id WHERE p.id IN (SELECT i.id FROM %projects i WHERE i.id = ANY ($2::uuid[])"
           /* names have no index: they are looked for only where there are any */
           " UNION SELECT n.id FROM %projects n WHERE pg_catalog.cardinality($1::text[]) > 0 AND n.name = ANY ($1::text[]))"
           " ORDER BY p.name, p.id",
    .setting = "simulark.projects",
};

/* A user means their own by a name, and somebody else's only where they have none of it. */
static const struct selectable selectable_visible_projects = {
    .kind = NAME_PROJECT,
    .noun = "project",
    .names = "name",
    .sql = "SELECT p.id, p.name, CASE WHEN p.user_id = $3::uuid THEN 'is yours' ELSE 'is public' END FROM %projects p"
           " WHERE (p.name = ANY ($1::text[]) OR p.id = ANY ($2::uuid[])) AND (p.user_id = $3::uuid OR p.is_public AND"
           " (p.id = ANY ($2::uuid[]) OR NOT EXISTS (SELECT FROM %projects o WHERE o.user_id = $3::uuid AND o.name = p.name)))"
           " ORDER BY p.name, p.id",
    .setting = "simulark.projects",
    .of_user = true,
};

static const struct selectable selectable_users = {
    .kind = NAME_USER,
    .noun = "user",
    .names = "e-mail",
    .sql = "SELECT u.id, u.email, 'is of tier ' || u.subscription_tier FROM %users u WHERE pg_catalog.lower(u.email) IN"
           " (SELECT pg_catalog.lower(e.email) FROM pg_catalog.unnest($1::text[]) e (email)) OR u.id = ANY ($2::uuid[])"
           " ORDER BY u.email, u.id",
    .setting = "simulark.users",
    .any_case = true,
};

static bool matches(const struct selectable *s, const struct pg_result *result, size_t row, const char *wanted)
{
    const char *name = pg_result_text(result, row, 1);
    struct uuid id;
    char text[UUID_TEXT + 1];

    if (uuid_parse(&id, wanted, strlen(wanted))) {
        uuid_format(&id, text);
        if (strcmp(pg_result_text(result, row, 0), text) == 0)
            return true;
    }
    return name && (s->any_case ? strcasecmp(name, wanted) : strcmp(name, wanted)) == 0;
}

static size_t count_matches(const struct selectable *s, const struct pg_result *result, const char *wanted, const char **id)
{
    size_t found = 0;

    for (size_t row = 0; row < pg_result_rows(result); row++)
        if (matches(s, result, row, wanted)) {
            *id = pg_result_text(result, row, 0);
            found++;
        }
    return found;
}

static void tell_several(const struct selectable *s, const struct pg_result *result, const char *wanted, struct error *err)
{
    for (size_t row = 0; row < pg_result_rows(result); row++)
        if (matches(s, result, row, wanted))
            error_detail(err, "\"%s\" is the %s of %s, which %s", wanted, s->names, pg_result_text(result, row, 0),
                         pg_result_text(result, row, 2));
}

static void tell_none(struct pg *pg, const struct selectable *s, const char *user, const char *wanted, struct error *err)
{
    struct buffer near = BUFFER_INIT;

    if (err->ndetails < NAMES_NEAR)
        names_append_near(pg, s->kind, user, wanted, &near);
    error_detail(err, "no %s has the id or %s \"%s\"%s%s%s", s->noun, s->names, wanted, near.len ? ": did you mean " : "",
                 buffer_string(&near), near.len ? "?" : "");
    buffer_release(&near);
}

/* What could be meant by these words. */
static struct pg_result *find(struct pg *pg, const struct selectable *s, const char *user, const char *const *wanted,
                              size_t count, struct error *err)
{
    struct buffer sql = BUFFER_INIT;
    struct buffer names = BUFFER_INIT;
    struct buffer ids = BUFFER_INIT;
    const char *params[3] = {NULL, NULL, user};
    struct pg_result *result;

    for (size_t i = 0; i < count; i++) {
        struct uuid id;

        if (uuid_parse(&id, wanted[i], strlen(wanted[i]))) {
            pg_array_add_uuid(&ids, &id);
            if (strlen(wanted[i]) == UUID_TEXT)
                continue; /* what looks like an id is nobody's name */
        }
        pg_array_add(&names, wanted[i], strlen(wanted[i]));
    }
    params[0] = pg_array_end(&names);
    params[1] = pg_array_end(&ids);
    pg_append_sql(pg, &sql, s->sql);
    result = pg_query(pg, buffer_string(&sql), s->of_user ? 3 : 2, params, err);
    buffer_release(&sql);
    buffer_release(&names);
    buffer_release(&ids);
    return result;
}

/* Notes the ids of what these words name; of none, none. */
static bool resolve(struct pg *pg, const struct selectable *s, const struct selection *selection, const char *const *wanted,
                    size_t count, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct pg_result *result = count ? find(pg, s, selection->user, wanted, count, err) : NULL;
    bool ok = result || !count;

    for (size_t i = 0; ok && i < count; i++) {
        const char *id = NULL;
        size_t found = count_matches(s, result, wanted[i], &id);

        if (found == 1)
            pg_array_add(&ids, id, strlen(id));
        else if (found)
            tell_several(s, result, wanted[i], err);
        else if (!selection->as_far_as_there)
            tell_none(pg, s, selection->user, wanted[i], err);
    }
    pg_result_free(result);
    if (ok && err->ndetails) {
        error_set(err, STATUS_CONFLICT, "It is not clear which %ss are meant.", s->noun);
        error_hint(err, "Name each by its id, or by %s %s that only one %s has.", s->any_case ? "an" : "a", s->names, s->noun);
        ok = false;
    }
    if (ok && count && !ids.len)
        ok = error_set(err, STATUS_CONFLICT, "None of the %ss is in the database.", s->noun);
    ok = ok && pg_note(pg, s->setting, pg_array_end(&ids), err);
    buffer_release(&ids);
    return ok;
}

/* An account's projects are selected like projects named one by one. */
static bool note_projects_of_accounts(struct pg *pg, struct error *err)
{
    struct pg_result *result = pg_ask(pg,
                                      "SELECT COALESCE(pg_catalog.array_agg(p.id ORDER BY p.id), '{}') FROM %projects p"
                                      " WHERE p.user_id = ANY (" ACCOUNTS ")",
                                      NULL, err);
    bool ok = result && pg_note(pg, "simulark.projects", pg_result_text(result, 0, 0), err);

    pg_result_free(result);
    return ok;
}

/* A user has their own account, and nobody the instance. */
static bool check_accounts(struct pg *pg, const struct selection *selection, struct error *err)
{
    struct pg_result *others;

    if (selection->kind == KIND_INSTANCE)
        return error_set(err, STATUS_REFUSED, "A user may not have the whole instance, only what is theirs.");
    others = pg_ask(pg, "SELECT u.email FROM %users u WHERE u.id = ANY (" ACCOUNTS ") AND u.id <> $1::uuid LIMIT 1",
                    selection->user, err);
    if (others && pg_result_rows(others) > 0)
        error_set(err, STATUS_REFUSED, "The account of %s is not that of the user who asks.", pg_result_text(others, 0, 0));
    pg_result_free(others);
    return !error_is_set(err);
}

/* Somebody else's project that is not public, asked for by its id. One asked for by name is not even seen. */
static bool check_projects(struct pg *pg, const struct selection *selection, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    const char *params[2] = {selection->user, NULL};
    struct pg_result *others;

    for (size_t i = 0; i < selection->nprojects; i++) {
        struct uuid id;

        if (uuid_parse(&id, selection->projects[i], strlen(selection->projects[i])))
            pg_array_add_uuid(&ids, &id);
    }
    params[1] = pg_array_end(&ids);
    others = pg_ask_with(pg,
                         "SELECT p.id FROM %projects p WHERE p.id = ANY ($2::uuid[]) AND p.user_id IS DISTINCT FROM $1::uuid"
                         " AND p.is_public IS NOT TRUE ORDER BY p.id",
                         2, params, err);
    for (size_t row = 0; others && row < pg_result_rows(others); row++)
        error_detail(err, "the project %s", pg_result_text(others, row, 0));
    if (others && pg_result_rows(others) > 0)
        error_set(err, STATUS_REFUSED, "It belongs to somebody else and is not public.");
    pg_result_free(others);
    buffer_release(&ids);
    return !error_is_set(err);
}

static bool note_owned(struct pg *pg, const char *user, struct error *err)
{
    struct pg_result *result =
        user ? pg_ask(pg,
                      "SELECT COALESCE(pg_catalog.array_agg(p.id ORDER BY p.id), '{}') FROM %projects p"
                      " WHERE p.id = ANY (" SELECTED ") AND p.user_id = $1::uuid",
                      user, err)
             : pg_ask(pg, "SELECT pg_catalog.current_setting('simulark.projects')", NULL, err);
    bool ok = result && pg_note(pg, "simulark.owned", pg_result_text(result, 0, 0), err);

    pg_result_free(result);
    return ok;
}

static bool resolve_projects(struct pg *pg, const struct selection *selection, struct error *err)
{
    if (selection->kind == KIND_ACCOUNT)
        return note_projects_of_accounts(pg, err);
    if (selection->user && !check_projects(pg, selection, err))
        return false;
    return resolve(pg, selection->user ? &selectable_visible_projects : &selectable_projects, selection, selection->projects,
                   selection->nprojects, err);
}

bool select_resolve(struct pg *pg, const struct selection *selection, struct error *err)
{
    return resolve(pg, &selectable_users, selection, selection->users, selection->nusers, err) &&
           (!selection->user || check_accounts(pg, selection, err)) && resolve_projects(pg, selection, err) &&
           note_owned(pg, selection->user, err);
}
