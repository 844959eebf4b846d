/* The triggers people have put on an instance's tables: what may alter the rows that are written. */
#ifndef SIMULARK_PG_TRIGGER_H
#define SIMULARK_PG_TRIGGER_H

#include "simulark/base/error.h"
#include "simulark/model/table.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/question.h"

#include <stdbool.h>
#include <stdint.h>

enum trigger_event { TRIGGER_INSERT = 4, TRIGGER_UPDATE = 16 }; /* the bits of pg_trigger.tgtype */

struct trigger {
    const struct table *table;
    char *name;
    unsigned events;
    bool always;   /* fires in replication, too */
    bool ours;     /* the role may switch it off: it owns the table */
    bool disabled; /* by us, in this transaction */
};

/* A zeroed struct is ready; the caller releases it. */
struct triggers {
    struct trigger *items;
    size_t count;
    size_t capacity;
};

/* Those that are enabled, foreign keys' own aside; a rule counts as a trigger of its event. */
void triggers_question(struct pg *pg, struct pg_question *question);
void triggers_take(struct triggers *triggers, const struct pg_result *result);
void triggers_release(struct triggers *triggers);

/* Whether any of the table's fires on one of these events. */
bool triggers_any(const struct triggers *triggers, const struct table *table, unsigned events);
/* Their names with commas between, for messages. */
void triggers_name(const struct triggers *triggers, const struct table *table, unsigned events, struct buffer *names);

/* Switches off the table's triggers for these events, in the open transaction: nobody else sees that, but other writers of the
 * table wait until it ends. With `all`, one that is not ours is refused by the server; else it is passed over. */
bool triggers_disable(struct pg *pg, struct triggers *triggers, const struct table *table, unsigned events, bool all,
                      struct error *err);
/* Switches on again what was switched off. */
bool triggers_enable(struct pg *pg, struct triggers *triggers, struct error *err);

/* Lets what is put off to the commit happen now: deferred constraints and triggers. */
bool triggers_fire_deferred(struct pg *pg, struct error *err);

struct row_counts {
    int64_t inserted;
    int64_t changed; /* updated and deleted */
};

/* What the session has done to the rows of each table, triggers included; tables whose counting is switched off have 0. The
 * server counts from when it last gathered such figures, which may be before this transaction (a pool's other client, the
 * project before): what was done since is the difference of two counts. */
bool triggers_count_rows(struct pg *pg, struct row_counts counts[TABLE_COUNT], struct error *err);

#endif
