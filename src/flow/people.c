#include "simulark/flow/people.h"

#include "user_map.h"
#include "simulark/base/input.h"
#include "simulark/base/memory.h"
#include "simulark/pg/load.h"
#include "simulark/pg/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#define MAP_LINES 256 /* of the map are looked up together */

void people_release(struct people *people)
{
    uuid_map_release(&people->map);
    uuid_set_release(&people->made);
    *people = (struct people){0};
}

const struct uuid *people_target(const struct people *people, const struct uuid *id)
{
    return people->has_owner ? &people->owner : uuid_map_get(&people->map, id);
}

void people_learn(struct people *people, const struct uuid *id, const struct uuid *there)
{
    if (!uuid_equal(id, there))
        uuid_map_put(&people->map, id, there);
}

/* ---- looking up ---- */

/* Ids or e-mails to look for, and what was found. */
struct lookup {
    struct buffer ids, emails;
    struct pg_result *users; /* id, e-mail */
};

static void lookup_add(struct lookup *l, const char *id_or_email)
{
    struct uuid id;

    if (uuid_parse_text(&id, id_or_email))
        pg_array_add_uuid(&l->ids, &id);
    else
        pg_array_add(&l->emails, id_or_email, strlen(id_or_email));
}

/* ask: pg_ask_all or pg_ask_once. */
static bool lookup_run(struct lookup *l, struct pg *pg, pg_ask_fn *ask, struct error *err)
{
    struct pg_question question = {0};
    bool ok;

    load_question_users(pg_array_end(&l->ids), pg_array_end(&l->emails), &question);
    ok = ask(pg, &question, 1, &l->users, err);
    pg_question_release(&question);
    return ok;
}

/* How many users have this id or, where it is none, this e-mail, whose case matters only between several; *found is one of
 * them. */
static size_t lookup_find(const struct lookup *l, const char *id_or_email, struct uuid *found)
{
    struct uuid id;
    bool is_id = uuid_parse_text(&id, id_or_email);
    size_t count = 0;

    for (size_t row = 0; row < pg_result_rows(l->users); row++) {
        struct uuid there;
        const char *email = pg_result_text(l->users, row, 1);

        if (!uuid_parse(&there, pg_result_text(l->users, row, 0), UUID_TEXT))
            continue;
        if (is_id ? !uuid_equal(&there, &id) : !email || strcasecmp(email, id_or_email) != 0)
            continue;
        *found = there;
        if (!is_id && strcmp(email, id_or_email) == 0)
            return 1;
        count++;
    }
    return count;
}

static void lookup_release(struct lookup *l)
{
    pg_result_free(l->users);
    buffer_release(&l->ids);
    buffer_release(&l->emails);
}

/* ---- --owner ---- */

static bool find_owner(struct people *people, pg_ask_fn *ask, struct error *err)
{
    struct lookup lookup = {0};
    size_t found = 0;

    lookup_add(&lookup, people->options.owner);
    if (lookup_run(&lookup, people->pg, ask, err)) {
        found = lookup_find(&lookup, people->options.owner, &people->owner);
        if (found == 0) {
            error_set(err, STATUS_CONFLICT, "No user has the id or e-mail \"%s\".", people->options.owner);
            if (!people->options.as_user)
                names_propose(people->pg, NAME_USER, people->options.owner, err);
        } else if (found > 1) {
            error_set(err, STATUS_CONFLICT, "Several users have the e-mail \"%s\": name the owner by id.",
                      people->options.owner);
        }
    }
    lookup_release(&lookup);
    people->has_owner = found == 1;
    return people->has_owner;
}

bool people_find_owner(struct people *people, struct error *err)
{
    return find_owner(people, pg_ask_once, err);
}

/* ---- --map-users ---- */

static const struct person *person_named(const struct manifest *m, const char *id_or_email)
{
    struct uuid wanted;
    bool is_id = uuid_parse_text(&wanted, id_or_email);

    for (size_t i = 0; i < m->npeople; i++) {
        struct uuid id;

        if (is_id && uuid_parse_text(&id, m->people[i].id) && uuid_equal(&id, &wanted))
            return &m->people[i];
        if (!is_id && m->people[i].email && strcasecmp(m->people[i].email, id_or_email) == 0)
            return &m->people[i];
    }
    return NULL;
}

static void tell_unclear(const struct people *people, const char *user, int line, size_t found, struct error *err)
{
    struct buffer near = BUFFER_INIT;

    if (!found && err->ndetails < NAMES_NEAR)
        names_append_near(people->pg, NAME_USER, NULL, user, &near);
    error_detail(err, "%s:%d: %s user has the id or e-mail \"%s\"%s%s%s", people->options.map_file, line,
                 found ? "more than one" : "no", user, near.len ? ": did you mean " : "", buffer_string(&near),
                 near.len ? "?" : "");
    buffer_release(&near);
}

/* From now on `old` of the bundle is the database's user `to`. */
static void map_to(struct people *people, const struct manifest *m, const char *old, const struct uuid *to, int line,
                   struct error *err)
{
    const struct person *person = person_named(m, old);
    const struct uuid *before;
    struct uuid from;

    /* A user whose own row is in the bundle is not among its people, but can be named by id. */
    if (!uuid_parse_text(&from, person ? person->id : old)) {
        error_detail(err, "%s:%d: nobody in the bundle has the e-mail \"%s\"", people->options.map_file, line, old);
        return;
    }
    before = uuid_map_get(&people->map, &from);
    if (before && memcmp(before, to, sizeof *to) != 0)
        error_detail(err, "%s:%d: \"%s\" is somebody else by a line before", people->options.map_file, line, old);
    else
        uuid_map_put(&people->map, &from, to);
}

/* One reading of the map. Its lines are looked up some at a time. */
struct mapping {
    struct people *people;
    const struct manifest *manifest;
    struct map_line {
        char *old, *new;
        int number;
    } lines[MAP_LINES];
    size_t nlines;
};

static void forget_lines(struct mapping *m)
{
    for (size_t i = 0; i < m->nlines; i++) {
        free(m->lines[i].old);
        free(m->lines[i].new);
    }
    m->nlines = 0;
}

static bool look_lines_up(struct mapping *m, struct error *err)
{
    struct lookup lookup = {0};
    bool ok;

    for (size_t i = 0; i < m->nlines; i++)
        lookup_add(&lookup, m->lines[i].new);
    ok = !m->nlines || lookup_run(&lookup, m->people->pg, pg_ask_all, err);
    for (size_t i = 0; ok && i < m->nlines; i++) {
        const struct map_line *line = &m->lines[i];
        struct uuid to;
        size_t found = lookup_find(&lookup, line->new, &to);

        if (found == 1)
            map_to(m->people, m->manifest, line->old, &to, line->number, err);
        else
            tell_unclear(m->people, line->new, line->number, found, err);
    }
    lookup_release(&lookup);
    forget_lines(m);
    return ok;
}

static bool take_line(void *context, const char *old, const char *new, int number, struct error *err)
{
    struct mapping *m = context;

    m->lines[m->nlines++] = (struct map_line){mem_strdup(old), mem_strdup(new), number};
    return m->nlines < MAP_LINES || look_lines_up(m, err);
}

static bool map_from_file(struct people *people, const struct manifest *m, struct error *err)
{
    struct input *in = input_open(people->options.map_file, err);
    struct mapping mapping = {.people = people, .manifest = m};
    bool ok = in && user_map_read(in, take_line, &mapping, err) && look_lines_up(&mapping, err);

    forget_lines(&mapping);
    input_free(in);
    if (ok && err->ndetails) {
        error_set(err, STATUS_CONFLICT, "The map of users does not fit.");
        ok = false;
    }
    people->mapped = ok;
    return ok;
}

/* ---- everybody else ---- */

/* Somebody else has just made one of this id or e-mail, and has committed: it is there now. */
static bool match_late(struct people *people, const struct person *person, const struct uuid *id, struct error *err)
{
    struct lookup lookup = {0};
    struct uuid there;

    lookup_add(&lookup, person->id);
    lookup_add(&lookup, person->email);
    if (lookup_run(&lookup, people->pg, pg_ask_all, err) && lookup_find(&lookup, person->id, &there) != 1 &&
        lookup_find(&lookup, person->email, &there) == 1)
        people_learn(people, id, &there);
    lookup_release(&lookup);
    return !error_is_set(err);
}

static bool create(struct people *people, const struct person *person, const struct uuid *id, struct error *err)
{
    bool made;

    if (!person->email) {
        error_detail(err, "%s has no e-mail in the bundle and cannot be created", person->id);
        return true;
    }
    if (!load_user(people->pg, person->id, person->email, &made, err))
        return false;
    if (!made)
        return match_late(people, person, id, err);
    uuid_set_add(&people->made, id);
    return true;
}

static bool match_one(struct people *people, const struct lookup *lookup, const struct person *person, struct error *err)
{
    struct uuid id;
    struct uuid there;

    if (!uuid_parse_text(&id, person->id))
        return error_set(err, STATUS_MALFORMED, "The header's people hold \"%s\", which is not a uuid.", person->id);
    if (uuid_map_get(&people->map, &id) || lookup_find(lookup, person->id, &there) == 1)
        return true;
    if (person->email && lookup_find(lookup, person->email, &there) == 1) {
        people_learn(people, &id, &there);
        return true;
    }
    if (people->options.create)
        return create(people, person, &id, err);
    error_detail(err, "%s (%s)", person->email ? person->email : "no e-mail", person->id);
    return true;
}

bool people_match(struct people *people, const struct manifest *m, struct error *err)
{
    struct lookup lookup = {0};
    bool ok;

    uuid_set_release(&people->made);
    if (people->options.owner)
        return people->has_owner || find_owner(people, pg_ask_all, err);
    if (people->options.map_file && !people->mapped && !map_from_file(people, m, err))
        return false;
    for (size_t i = 0; i < m->npeople; i++) {
        lookup_add(&lookup, m->people[i].id);
        if (m->people[i].email)
            lookup_add(&lookup, m->people[i].email);
    }
    ok = lookup_run(&lookup, people->pg, pg_ask_all, err);
    for (size_t i = 0; ok && i < m->npeople; i++)
        ok = match_one(people, &lookup, &m->people[i], err);
    lookup_release(&lookup);
    if (ok && err->ndetails) {
        error_set(err, STATUS_CONFLICT, "The database has no user of the id or e-mail of people in the bundle.");
        error_hint(err, "Give everything to one user with --owner, name each with --map-users, or make them with "
                        "--create-users.");
        ok = false;
    }
    return ok;
}
