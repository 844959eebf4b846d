#include "simulark/cmd/cmd.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/schema.h"

#include <stdio.h>

static enum status print(struct cli *cli)
{
    const char *schema = argument_value(&cli->arguments, "schema");
    struct buffer sql = BUFFER_INIT;

    schema_sql(&sql, schema ? schema : "public");
    if (cli->json)
        cli->result = json_pack("{s:s}", "sql", buffer_string(&sql));
    else
        fwrite(sql.data, 1, sql.len, stdout);
    buffer_release(&sql);
    return STATUS_OK;
}

static enum status apply(struct cli *cli, struct pg *pg, struct error *err)
{
    size_t made = 0;

    if (!schema_apply(pg, &made, err))
        return err->status;
    cli->result = json_pack("{s:s, s:i}", "schema", pg_schema(pg), "made", (int)made);
    if (made)
        tell(cli, "Made %zu table%s in the schema %s.", made, made == 1 ? "" : "s", pg_schema(pg));
    else
        tell(cli, "All tables are there already; `simulark schema check` tells what differs in them.");
    return STATUS_OK;
}

static enum status check(struct cli *cli, struct pg *pg, struct error *err)
{
    struct drifts drifts = {0};
    enum status status;

    if (schema_check(pg, &drifts, err)) {
        json_t *list = json_array();

        for (size_t i = 0; i < drifts.count; i++) {
            const struct drift *d = &drifts.items[i];

            json_array_append_new(list, json_pack("{s:s, s:s?, s:s}", "table", d->table, "column", d->column, "problem",
                                                  d->problem));
            if (!cli->json)
                printf("%s%s%s %s\n", d->table, d->column ? "." : "", d->column ? d->column : "", d->problem);
        }
        cli->result = json_pack("{s:b, s:o}", "ok", drifts.count == 0, "drift", list);
        status = drifts.count ? STATUS_NO : STATUS_OK;
        if (!drifts.count)
            tell(cli, "The database has the schema as it should be.");
    } else {
        status = err->status;
    }
    drifts_release(&drifts);
    return status;
}

static enum status run(struct cli *cli, struct error *err)
{
    static const char *const verbs[] = {"apply", "check", "print", NULL};
    const char *verb = cli->arguments.operands[0];
    enum status status;
    struct pg *pg;

    if (strcmp(verb, "print") == 0)
        return print(cli);
    if (strcmp(verb, "apply") != 0 && strcmp(verb, "check") != 0) {
        const char *near = nearest_word(verb, verbs);

        error_set(err, STATUS_USAGE, "`simulark schema` can apply, check or print, not \"%s\".", verb);
        if (near)
            error_hint(err, "Did you mean `simulark schema %s`?", near);
        return err->status;
    }
    pg = cli_database(cli, err);
    if (!pg)
        return err->status;
    status = strcmp(verb, "apply") == 0 ? apply(cli, pg, err) : check(cli, pg, err);
    pg_free(pg);
    return status;
}

static const struct option_spec options[] = {{NULL, 0, NULL, NULL}};

const struct command command_schema = {
    .name = "schema",
    .operands = "apply|check|print",
    .summary = "make the thirteen tables, or tell what differs from them",
    .about = "apply makes the tables that are missing, with keys, checks and default tiers,\n"
             "and missing indexes; applying twice changes nothing. check lists what differs\n"
             "from the schema (missing and other tables, columns, types, keys, references,\n"
             "indexes) and exits with 1 where anything does. print shows the SQL.",
    .options = options,
    .examples = "  simulark schema apply -d postgresql:///mydb\n"
                "  simulark schema print | less\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
