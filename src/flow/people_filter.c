#include "simulark/base/memory.h"
#include "simulark/base/uuid.h"
#include "simulark/flow/endpoints.h"
#include "simulark/pg/load.h"

#include <stdlib.h>
#include <strings.h>

struct mapping {
    struct uuid from;
    char to[UUID_TEXT + 1];
};

struct people_filter {
    struct sink base;
    struct pg *pg;
    const char *owner;
    char owner_id[UUID_TEXT + 1]; /* "": nobody in particular */
    struct mapping *map;          /* in order of `from`; only those that change */
    size_t nmap;
    const struct shape *shape;
    struct cell *cells;
    size_t capacity;
};

static struct people_filter *self(struct sink *sink)
{
    return (struct people_filter *)sink;
}

static int by_from(const void *a, const void *b)
{
    return memcmp(&((const struct mapping *)a)->from, &((const struct mapping *)b)->from, sizeof(struct uuid));
}

/* ---- matching, once, before the first row ---- */

static bool find_owner(struct people_filter *f, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct buffer emails = BUFFER_INIT;
    struct uuid id;
    char text[UUID_TEXT + 1];
    struct pg_result *result;

    if (uuid_parse(&id, f->owner, strlen(f->owner))) {
        uuid_format(&id, text);
        pg_array_add(&ids, text, UUID_TEXT);
    }
    pg_array_add(&emails, f->owner, strlen(f->owner));
    result = load_users(f->pg, pg_array_end(&ids), pg_array_end(&emails), err);
    if (result && pg_result_rows(result) == 1)
        memcpy(f->owner_id, pg_result_text(result, 0, 0), sizeof f->owner_id);
    else if (result && pg_result_rows(result) == 0)
        error_set(err, STATUS_CONFLICT, "No user has the id or e-mail \"%s\".", f->owner);
    else if (result)
        error_set(err, STATUS_CONFLICT, "Several users have the e-mail \"%s\": name the owner by id.", f->owner);
    pg_result_free(result);
    buffer_release(&ids);
    buffer_release(&emails);
    return !error_is_set(err);
}

/* The person's row among the target's users: by id, else by e-mail; -1 for nobody, or for several of that e-mail. */
static int find_person(const struct pg_result *users, const struct person *person, const struct uuid *id)
{
    int by_email = -1;
    size_t found = 0;

    for (size_t row = 0; row < pg_result_rows(users); row++) {
        struct uuid there;

        if (uuid_parse(&there, pg_result_text(users, row, 0), UUID_TEXT) && memcmp(&there, id, sizeof there) == 0)
            return (int)row;
        if (person->email && strcasecmp(pg_result_text(users, row, 1), person->email) == 0) {
            by_email = (int)row;
            found++;
        }
    }
    return found == 1 ? by_email : -1;
}

static bool match(struct people_filter *f, const struct manifest *m, const struct pg_result *users, struct error *err)
{
    f->map = mem_alloc(m->npeople * sizeof *f->map);
    for (size_t i = 0; i < m->npeople; i++) {
        const struct person *person = &m->people[i];
        struct uuid id;
        int row;

        if (!uuid_parse(&id, person->id, strlen(person->id)))
            return error_set(err, STATUS_MALFORMED, "The header's people hold \"%s\", which is not a uuid.", person->id);
        row = find_person(users, person, &id);
        if (row < 0) {
            error_detail(err, "%s (%s)", person->email ? person->email : "no e-mail", person->id);
            continue;
        }
        f->map[f->nmap].from = id;
        memcpy(f->map[f->nmap].to, pg_result_text(users, (size_t)row, 0), UUID_TEXT + 1);
        f->nmap++;
    }
    if (err->ndetails) {
        error_set(err, STATUS_CONFLICT, "The database has no user of the id or e-mail of people in the bundle.");
        error_hint(err, "Give everything to one user with --owner, or create the users first.");
        return false;
    }
    qsort(f->map, f->nmap, sizeof *f->map, by_from);
    return true;
}

static bool match_people(struct people_filter *f, const struct manifest *m, struct error *err)
{
    struct buffer ids = BUFFER_INIT;
    struct buffer emails = BUFFER_INIT;
    struct pg_result *users;
    bool ok;

    for (size_t i = 0; i < m->npeople; i++) {
        struct uuid id;

        if (uuid_parse(&id, m->people[i].id, strlen(m->people[i].id)))
            pg_array_add(&ids, m->people[i].id, strlen(m->people[i].id));
        if (m->people[i].email)
            pg_array_add(&emails, m->people[i].email, strlen(m->people[i].email));
    }
    users = load_users(f->pg, pg_array_end(&ids), pg_array_end(&emails), err);
    ok = users && match(f, m, users, err);
    pg_result_free(users);
    buffer_release(&ids);
    buffer_release(&emails);
    return ok;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    struct people_filter *f = self(sink);

    /* The sink behind opens the transaction in which people are looked up. */
    if (!sink_pass_header(sink, manifest, err))
        return false;
    return f->owner ? find_owner(f, err) : match_people(f, manifest, err);
}

/* ---- rewriting, row by row ---- */

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    self(sink)->shape = shape;
    return sink_pass_table(sink, shape, err);
}

/* The id this user id becomes; NULL: it stays. */
static const char *target_of(const struct people_filter *f, const struct column *column, const struct cell *cell)
{
    struct mapping wanted;
    const struct mapping *found;

    if (!cell->text && !column->not_null)
        return NULL;
    if (*f->owner_id)
        return f->owner_id;
    if (!cell->text || !uuid_parse(&wanted.from, cell->text, cell->len))
        return NULL;
    found = bsearch(&wanted, f->map, f->nmap, sizeof *f->map, by_from);
    return found ? found->to : NULL;
}

static bool is_user_id(const struct shape_column *column)
{
    return column->known && column->known->references && strcmp(column->known->references, "users") == 0;
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct people_filter *f = self(sink);
    struct row passed = *given;

    f->cells = mem_grow(f->cells, &f->capacity, given->ncells, sizeof *f->cells);
    for (size_t i = 0; i < given->ncells; i++) {
        const struct shape_column *column = &f->shape->columns[i];
        const char *to = is_user_id(column) ? target_of(f, column->known, &given->cells[i]) : NULL;

        f->cells[i] = given->cells[i];
        if (to && (!f->cells[i].text || f->cells[i].len != UUID_TEXT || memcmp(f->cells[i].text, to, UUID_TEXT) != 0)) {
            f->cells[i] = (struct cell){to, UUID_TEXT};
            passed.copy = NULL;
        }
    }
    passed.cells = f->cells;
    return sink_pass_row(sink, &passed, err);
}

static void free_filter(struct sink *sink)
{
    struct people_filter *f = self(sink);

    free(f->map);
    free(f->cells);
    free(f);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = sink_pass_trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_people(struct sink *next, struct pg *pg, const char *owner)
{
    struct people_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->pg = pg;
    f->owner = owner;
    return &f->base;
}
