#include "template_options.h"

#include "simulark/base/memory.h"

#include <stdlib.h>

const char **read_allowed(const struct arguments *a)
{
    size_t count;
    const char **values = argument_values(a, "allow-secret", &count);

    values = mem_realloc(values, (count + 1) * sizeof *values);
    values[count] = NULL;
    return values;
}

bool refuse_findings(const char *what, const struct findings *findings, struct error *err)
{
    int64_t errors = findings->counts[GRAVITY_ERROR] + findings->counts[GRAVITY_DAMAGE];
    bool secret = false;

    for (size_t i = 0; errors && i < findings->nkept; i++) {
        const struct finding *f = &findings->kept[i];

        secret = secret || strcmp(f->code, "secret") == 0;
        if (f->gravity != GRAVITY_WARNING)
            error_detail(err, "%s: %s", f->where, f->message);
    }
    if (!errors)
        return true;
    error_set(err, STATUS_MALFORMED, "%s cannot be a template as it is: %lld %s.", what, (long long)errors,
              errors == 1 ? "thing is wrong" : "things are wrong");
    if (secret)
        error_hint(err, "Take secrets out where they stand; what is none can be let through with --allow-secret.");
    else
        error_hint(err, "`simulark template lint` tells all that is wrong, and what could be better.");
    return false;
}

void tell_warnings(const struct cli *cli, const struct findings *findings)
{
    int64_t count = findings->counts[GRAVITY_WARNING];

    for (size_t i = 0; cli->verbose && i < findings->nkept; i++)
        if (findings->kept[i].gravity == GRAVITY_WARNING)
            tell(cli, "  warning: %s: %s", findings->kept[i].where, findings->kept[i].message);
    if (count && !cli->verbose)
        tell(cli, "  %lld %s; -v or `simulark template lint` shows them", (long long)count, count == 1 ? "warning" : "warnings");
}

json_t *template_to_json(const struct template *t, const char *digest)
{
    static const char *const fields[] = {"name", "slug", "version", "description", "category", "keywords", "author", "licence",
                                         "parameters"};
    json_t *object = json_object();

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        json_t *value = json_object_get(t->header, fields[i]);

        json_object_set(object, fields[i], value ? value : json_null());
    }
    json_object_set_new(object, "premium", json_boolean(json_is_true(json_object_get(t->header, "premium"))));
    json_object_set_new(object, "digest", digest ? json_sprintf("sha256:%s", digest) : json_null());
    return object;
}
