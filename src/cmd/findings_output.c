#include "findings_output.h"

#include "simulark/cmd/cmd.h"

#include <string.h>

json_t *findings_to_json(const struct findings *findings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < findings->nkept; i++) {
        const struct finding *f = &findings->kept[i];

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "severity", gravity_name(f->gravity), "code", f->code,
                                              "where", f->where, "message", f->message));
    }
    return list;
}

int64_t findings_errors(const struct findings *findings)
{
    return findings->counts[GRAVITY_ERROR] + findings->counts[GRAVITY_DAMAGE];
}

/* What is said of a whole bundle may begin with its name; a folder's stands there without the slash. */
static bool begins_with_place(const struct finding *f)
{
    size_t len = strlen(f->where);

    if (len > 1 && f->where[len - 1] == '/')
        len--;
    return strncmp(f->message, f->where, len) == 0;
}

void print_findings(const struct findings *findings)
{
    char number[32];
    int64_t all = findings_errors(findings) + findings->counts[GRAVITY_WARNING];

    for (size_t i = 0; i < findings->nkept; i++) {
        const struct finding *f = &findings->kept[i];

        if (begins_with_place(f))
            say("%s: %s", gravity_name(f->gravity), f->message);
        else
            say("%s: %s: %s", gravity_name(f->gravity), f->where, f->message);
    }
    if (findings_truncated(findings))
        say("… and %s more", with_commas(all - (int64_t)findings->nkept, number));
}

void put_count(struct buffer *text, int64_t count, const char *noun)
{
    char number[32];

    if (count)
        buffer_printf(text, "%s%s %s%s", text->len ? ", " : "", with_commas(count, number), noun, count == 1 ? "" : "s");
}
