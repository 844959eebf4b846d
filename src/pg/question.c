#include "simulark/pg/question.h"

#include "connection_inside.h"
#include "simulark/base/memory.h"

#include <stdlib.h>

void pg_question_release(struct pg_question *question)
{
    buffer_release(&question->text);
    buffer_release(&question->sql);
    for (size_t i = 0; i < sizeof question->lists / sizeof *question->lists; i++)
        buffer_release(&question->lists[i]);
    *question = (struct pg_question){0};
}

/* Asks them all and, behind them, for `last`; NULL: nothing. */
static bool ask(struct pg *pg, struct pg_question *questions, size_t count, const char *last, struct pg_result **answers,
                struct error *err)
{
    struct pg_statement *statements = mem_alloc((count + 1) * sizeof *statements);
    struct pg_result **given = mem_alloc((count + 1) * sizeof(struct pg_result *));
    bool ok;

    for (size_t i = 0; i < count; i++) {
        struct pg_question *q = &questions[i];

        if (!q->text.len)
            continue;
        pg_append_sql(pg, &q->sql, buffer_string(&q->text));
        statements[i] = (struct pg_statement){buffer_string(&q->sql), q->nparams, q->params};
    }
    statements[count].sql = last;
    ok = pg_exchange(pg, statements, count + 1, given, err);
    for (size_t i = 0; i < count; i++)
        answers[i] = given[i];
    pg_result_free(given[count]);
    free(given);
    free(statements);
    return ok;
}

bool pg_ask_all(struct pg *pg, struct pg_question *questions, size_t count, struct pg_result **answers, struct error *err)
{
    return ask(pg, questions, count, NULL, answers, err);
}

struct pg_result *pg_ask_one(struct pg *pg, struct pg_question *question, struct error *err)
{
    struct pg_result *answer;

    ask(pg, question, 1, NULL, &answer, err);
    pg_question_release(question);
    return answer;
}

bool pg_ask_once(struct pg *pg, struct pg_question *questions, size_t count, struct pg_result **answers, struct error *err)
{
    bool ok;

    for (size_t i = 0; i < count; i++)
        answers[i] = NULL;
    ok = pg_begin_read(pg, err) && ask(pg, questions, count, "COMMIT", answers, err);
    pg->in_transaction = pg->in_transaction && !ok;
    return ok;
}
