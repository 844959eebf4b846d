#include "simulark/cmd/cmd.h"
#include "simulark/flow/rules.h"
#include "simulark/pg/connection.h"
#include "simulark/pg/instance.h"

#include <stdlib.h>

/* Whether libpq has been told of a database by its own means. */
static bool libpq_knows(void)
{
    static const char *const variables[] = {"PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE",
                                            "PGSERVICEFILE"};

    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i]);

        if (value && *value)
            return true;
    }
    return false;
}

/* *variable: the one of ours it was found in; NULL where the command line or libpq's own variables name it. */
static const char *named_database(const struct cli *cli, const char **variable)
{
    static const char *const variables[] = {"SIMULARK_DATABASE_URL", "DATABASE_URL"};
    const char *value = argument_value(&cli->arguments, "dbname");

    *variable = NULL;
    for (size_t i = 0; !value && i < sizeof variables / sizeof *variables; i++) {
        const char *text = getenv(variables[i]);

        if (text && *text) {
            value = text;
            *variable = variables[i];
        }
    }
    return value ? value : libpq_knows() ? "" : NULL;
}

/* Without a conninfo the database that is named, else the private one: started where it does not run, or then none. */
static struct pg *open_database(const struct cli *cli, const char *conninfo, bool start, struct error *err)
{
    const char *schema = argument_value(&cli->arguments, "schema");
    const char *variable = NULL;
    struct instance *instance = NULL;
    struct pg *pg = NULL;
    bool started = false;

    if (!conninfo)
        conninfo = named_database(cli, &variable);
    if (!conninfo) {
        instance = instance_open(NULL, err);
        if (!instance || !(start ? instance_start(instance, &started, err) : instance_is_running(instance)))
            goto out;
        if (started)
            tell(cli, "No database is named, so the private local one in %s was started.", instance_home(instance));
        conninfo = instance_url(instance);
    }
    pg = pg_open(conninfo, schema ? schema : "public", err);
    if (!pg && variable)
        error_detail(err, "the database is named by the variable %s", variable);
out:
    instance_free(instance);
    return pg;
}

struct pg *cli_database(const struct cli *cli, struct error *err)
{
    return open_database(cli, NULL, true, err);
}

struct pg *cli_database_that_runs(const struct cli *cli, const char *conninfo, struct error *err)
{
    return open_database(cli, conninfo, false, err);
}

void note_refusal(struct rules *rules, struct error *err)
{
    if (rules->pg && !rules_note_refusal(rules, err))
        error_detail(err, "(The audit log could not be told of this refusal.)");
}

bool source_date_epoch(int64_t *epoch, struct error *err)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    char *end;

    *epoch = -1;
    if (!text || !*text)
        return true;
    *epoch = strtoll(text, &end, 10);
    if (*end || *epoch < 0 || *epoch > INT64_C(253402300799))
        return error_set(err, STATUS_USAGE, "SOURCE_DATE_EPOCH must be a number of seconds since 1970, not \"%s\".", text);
    return true;
}
