/* What the rules ask of a database: users and their tiers, what they have, what they have used.
 *
 * All run in the transaction the caller has begun; those that are wanted together are made as questions. `users` is an array
 * literal of ids; NULL stands for everybody. A query asks only for what the catalog says is there: a database without a table has
 * nothing in it. */
#ifndef SIMULARK_PG_RULES_H
#define SIMULARK_PG_RULES_H

#include "simulark/base/error.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/question.h"
#include "simulark/pg/tiers.h"

#include <stdbool.h>

/* Whether the database has tiers at all: one that lacks their table, or the users' column, has no rules. */
bool rules_have_tiers(const struct catalog *catalog);

/* Users with this id or, whatever the case of its letters, e-mail: id, e-mail, tier (NULL for none), whether they are active.
 * With `lock` their rows are locked (LOCK_OPEN of pg/tiers.h), and that is how they are then. */
struct pg_result *rules_find_user(struct pg *pg, const struct catalog *catalog, const char *id_or_email, bool lock,
                                  struct error *err);

/* ---- what is there ---- */

/* The columns of what the next three give. */
enum over_column { OVER_USER, OVER_EMAIL, OVER_TIER, OVER_PLACE, OVER_NAME, OVER_COUNT, OVER_CAP };

/* Where these users have more than a limit of their tier allows, each counted in the larger of its two stores. The place is a
 * user, project, graph or chat with its id and name.
 * places: an array literal of ids the question is confined to; NULL: it is not. most: how many rows at most; 0: all.
 * With `all` it gives what there is, over a limit or not; with `largest` the largest counts come first. */
struct over_query {
    enum limit limit;
    const char *users, *places;
    int64_t most;
    bool all, largest;
};

void rules_question_over(const struct catalog *catalog, const struct tiers *tiers, const struct over_query *query,
                         struct pg_question *question);

/* The same, asked by itself: *result is the caller's, and NULL where there is nothing to ask. */
bool rules_over(struct pg *pg, const struct catalog *catalog, const struct tiers *tiers, const struct over_query *query,
                struct pg_result **result, struct error *err);

/* Public projects of users whose tier lacks public_projects. (The count is 1, the limit 0.) */
void rules_question_public(const struct catalog *catalog, const struct tiers *tiers, const char *users,
                           struct pg_question *question);

/* Projects that came from a premium template, of users whose tier lacks premium_templates. The row of `templates` decides where
 * there is one of the id or name that settings.template gives; else the mark there; else that of the same template in
 * `requires`, a JSON array. lineages: what else projects came from, a JSON object with a list of such marks by project. The
 * count is the template's name. */
void rules_question_premium(const struct catalog *catalog, const struct tiers *tiers, const char *users, const char *requires,
                            const char *lineages, struct pg_question *question);

/* The names of those templates of `requires` that are premium, decided in the same way: one column. */
struct pg_result *rules_premium_required(struct pg *pg, const struct catalog *catalog, const char *requires, struct error *err);

/* Whose rows these are that were given parents which the bundle does not hold: user, place, for a table's parents. */
struct pg_result *rules_owners(struct pg *pg, const struct catalog *catalog, const struct table *parent, const char *ids,
                               struct error *err);

/* ---- usage ---- */

/* How often a user has done this in the UTC calendar month in which the transaction began: the sum of all rows whose period
 * starts in it. */
bool rules_used(struct pg *pg, const char *user, const char *metric, int64_t *used, struct error *err);

/* Counts one more. The user's row must be locked: then there is one row for a user, metric and month. */
bool rules_use(struct pg *pg, const char *user, const char *metric, struct error *err);

#endif
