#include "simulark/pg/question.h"

#include "connection_inside.h"

void pg_question_release(struct pg_question *question)
{
    buffer_release(&question->text);
    for (size_t i = 0; i < sizeof question->lists / sizeof *question->lists; i++)
        buffer_release(&question->lists[i]);
    *question = (struct pg_question){0};
}

static bool send(struct pg *pg, struct pg_question *question)
{
    struct buffer sql = BUFFER_INIT;
    bool sent;

    pg_append_sql(pg, &sql, buffer_string(&question->text));
    sent = PQsendQueryParams(pg->conn, buffer_string(&sql), (int)question->nparams, NULL, question->params, NULL, NULL, 0) == 1;
    buffer_release(&sql);
    return sent;
}

static bool send_all(struct pg *pg, struct pg_question *questions, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (questions[i].text.len && !send(pg, &questions[i]))
            return false;
    return PQpipelineSync(pg->conn) == 1;
}

/* The answer to one statement, and the NULL behind it. After one that failed, the others are passed over by the server. */
static struct pg_result *receive(struct pg *pg, struct error *err)
{
    PGresult *result = PQgetResult(pg->conn);
    bool good = PQresultStatus(result) == PGRES_TUPLES_OK;

    if (!good && !error_is_set(err))
        pg_fail(pg, result, err);
    if (result)
        PQclear(PQgetResult(pg->conn));
    if (good)
        return (struct pg_result *)result;
    PQclear(result);
    return NULL;
}

static void receive_all(struct pg *pg, const struct pg_question *questions, size_t count, struct pg_result **answers,
                        struct error *err)
{
    for (size_t i = 0; i < count; i++)
        if (questions[i].text.len)
            answers[i] = receive(pg, err);
    PQclear(PQgetResult(pg->conn)); /* that of the end */
}

bool pg_ask_all(struct pg *pg, struct pg_question *questions, size_t count, struct pg_result **answers, struct error *err)
{
    for (size_t i = 0; i < count; i++)
        answers[i] = NULL;
    if (PQenterPipelineMode(pg->conn) != 1 || !send_all(pg, questions, count))
        return pg_fail_lost(pg, err);
    receive_all(pg, questions, count, answers, err);
    if (PQexitPipelineMode(pg->conn) != 1 && !error_is_set(err))
        pg_fail_lost(pg, err);
    for (size_t i = 0; error_is_set(err) && i < count; i++) {
        pg_result_free(answers[i]);
        answers[i] = NULL;
    }
    return !error_is_set(err);
}
