#include "conninfo.h"

#include "failure.h"

#include <libpq-fe.h>
#include <string.h>

/* Whether a URI's user part holds an @ or / that is not percent-encoded: libpq would take what follows for the host, and say
 * it. */
static bool has_unescaped_password(const char *conninfo)
{
    const char *authority = strstr(conninfo, "://");
    const char *first = authority ? strchr(authority + 3, '@') : NULL;
    const char *last = first;

    for (const char *at = first; at && at < authority + 3 + strcspn(authority + 3, "?"); at = strchr(at + 1, '@'))
        last = at;
    return first && strncmp(conninfo, "postgres", 8) == 0 &&
           (last != first || authority + 3 + strcspn(authority + 3, "/") < last);
}

/* Where a URI has a user but no host, libpq takes the password for the port, and would say it. */
static bool has_odd_port(const PQconninfoOption *options)
{
    for (; options->keyword; options++)
        if (strcmp(options->keyword, "port") == 0 && options->val)
            return options->val[strspn(options->val, "0123456789,")] != '\0';
    return false;
}

/* What other programs put behind their URIs, and libpq knows nothing of. Only these are named: any other text behind a question
 * mark may be a part of a password. */
static const char *foreign_parameter(const char *conninfo)
{
    static const char *const names[] = {"pgbouncer", "connection_limit", "pool_timeout", "socket_timeout", "schema",
                                        "statement_cache_size", "sslaccept", "supa", "workaround", "currentSchema",
                                        "prepareThreshold"};
    const char *query = strchr(conninfo, '?');

    for (; query; query = strchr(query + 1, '&'))
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strncmp(query + 1, names[i], strlen(names[i])) == 0 && query[1 + strlen(names[i])] == '=')
                return names[i];
    return NULL;
}

static bool refuse_conninfo(const char *conninfo, bool is_uri, struct error *err)
{
    const char *foreign = is_uri ? foreign_parameter(conninfo) : NULL;

    if (foreign) {
        error_set(err, STATUS_USAGE, "The database's connection string has the parameter %s, which libpq does not know.",
                  foreign);
        error_hint(err, "Other programs write it for themselves: leave it out.%s",
                   strcmp(foreign, "schema") == 0 || strcmp(foreign, "currentSchema") == 0
                       ? " Where the tables are in another schema than public, --schema names it."
                       : "");
        return false;
    }
    error_set(err, STATUS_USAGE, "The database's connection string is malformed.");
    error_hint(err, "Write it as postgresql://user@host:port/name or as host=… dbname=…; characters such as @ / : # %% in a "
                    "password are written as %%40 %%2F %%3A %%23 %%25.");
    return false;
}

bool conninfo_check(const char *conninfo, struct error *err)
{
    char *message = NULL;
    PQconninfoOption *options;
    bool is_uri;

    is_uri = strncmp(conninfo, "postgresql://", 13) == 0 || strncmp(conninfo, "postgres://", 11) == 0;
    if (!strchr(conninfo, '=') && !is_uri && !strstr(conninfo, ":/"))
        return true;
    options = PQconninfoParse(conninfo, &message);
    if (!options)
        failure_check_memory(message);
    PQfreemem(message);
    if (!options || has_odd_port(options) || (is_uri && has_unescaped_password(conninfo))) {
        PQconninfoFree(options);
        return refuse_conninfo(conninfo, is_uri, err);
    }
    PQconninfoFree(options);
    return true;
}
