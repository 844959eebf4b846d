/* Reading the tiers of a database. Whatever is not exactly as it should be is an error; see model/tier.h.
 *
 * All run in the transaction the caller has begun. */
#ifndef SIMULARK_PG_TIERS_H
#define SIMULARK_PG_TIERS_H

#include "simulark/base/error.h"
#include "simulark/model/tier.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/question.h"

#include <stdbool.h>

/* Tiers by name. A zeroed struct is empty; the caller releases it. */
struct tiers {
    struct tier *list;
    size_t count, capacity;
};

void tiers_release(struct tiers *tiers);
bool tiers_equal(const struct tiers *a, const struct tiers *b);
const struct tier *tiers_find(const struct tiers *tiers, const char *name); /* NULL where there is none */

/* How users' rows are locked until the transaction ends, in order of their ids: until then nobody else who locks them goes on; a
 * closed lock keeps the application from adding anything that is theirs, too. */
enum users_lock { LOCK_NONE, LOCK_OPEN, LOCK_CLOSED };

/* The tiers of these users (an array literal of ids; NULL stands for everybody), once they are locked. A malformed tier, or one
 * that has no row, is an error that names it. */
bool tiers_read_of(struct pg *pg, const char *users, enum users_lock lock, struct tiers *tiers, struct error *err);
/* The same, to be asked together with others. */
#define TIERS_QUESTIONS 3
void tiers_questions_of(const char *users, enum users_lock lock, struct pg_question questions[TIERS_QUESTIONS]);
bool tiers_take_of(struct pg_result *const answers[TIERS_QUESTIONS], struct tiers *tiers, struct error *err);

/* One tier by its name; NULL: all. A malformed one is an error, or with problems a detail of *problems and left out. */
bool tiers_read(struct pg *pg, const char *name, struct tiers *tiers, struct error *problems, struct error *err);

/* All tiers, by number: the columns are name, name to show, whether it can be had, how many users have it. */
enum tiers_column { TIERS_NAME, TIERS_TITLE, TIERS_AVAILABLE, TIERS_USERS };
struct pg_result *tiers_list(struct pg *pg, const struct catalog *catalog, struct error *err);

#endif
