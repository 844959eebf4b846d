/* A statement with its parameters, made to be asked together with others: all go out at once and come back in one round trip,
 * by libpq's pipeline mode, of which a pooler need know nothing. */
#ifndef SIMULARK_PG_QUESTION_H
#define SIMULARK_PG_QUESTION_H

#include "simulark/pg/connection.h"

/* A zeroed struct is ready, and asks nothing; its maker fills it, the caller releases it. */
struct pg_question {
    struct buffer text; /* in which % stands for the quoted schema and a dot; empty: nothing is asked */
    const char *params[4];
    size_t nparams;
    struct buffer sql;      /* what the text becomes, once it is asked */
    struct buffer lists[2]; /* what params may point to, beside what the maker was given: that is borrowed */
};

void pg_question_release(struct pg_question *question);

/* Asks them all. answers[i] is the caller's, and NULL where nothing was asked, which counts as a result without rows. False and
 * *err where one fails: it and those behind it have no answers. */
typedef bool pg_ask_fn(struct pg *pg, struct pg_question *questions, size_t count, struct pg_result **answers, struct error *err);
pg_ask_fn pg_ask_all;
/* The same in a transaction of its own that reads, which stays open where a question fails. */
pg_ask_fn pg_ask_once;

/* Asks one by itself, and releases it. The result is the caller's; NULL on failure. */
struct pg_result *pg_ask_one(struct pg *pg, struct pg_question *question, struct error *err);

#endif
