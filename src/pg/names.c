#include "simulark/pg/names.h"

#include "simulark/base/near.h"
#include "simulark/base/uuid.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define TEXT_OF(number) #number
#define LIMIT(number) TEXT_OF(number)
#define IN_ORDER " GROUP BY 1 ORDER BY 1 LIMIT " LIMIT(NAMES_MAX)

static const char *const statements[] = {
    [NAME_PROJECT] = "SELECT p.name::pg_catalog.text, pg_catalog.min(u.email) FROM %projects p"
                     " LEFT JOIN %users u ON u.id OPERATOR(pg_catalog.=) p.user_id"
                     " WHERE pg_catalog.starts_with(p.name::pg_catalog.text, $1)"
                     " AND p.name::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'" IN_ORDER,
    [NAME_USER] = "SELECT u.email::pg_catalog.text, pg_catalog.min(u.subscription_tier) FROM %users u"
                  " WHERE pg_catalog.starts_with(u.email::pg_catalog.text, $1)"
                  " AND u.email::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'" IN_ORDER,
    [NAME_TEMPLATE] = "SELECT t.name::pg_catalog.text, pg_catalog.min(t.category) FROM %templates t"
                      " WHERE pg_catalog.starts_with(t.name::pg_catalog.text, $1)"
                      " AND t.name::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'" IN_ORDER,
    [NAME_TIER] = "SELECT t.name::pg_catalog.text, '' FROM %subscription_tiers t"
                  " WHERE pg_catalog.starts_with(t.name::pg_catalog.text, $1)"
                  " AND t.name::pg_catalog.text OPERATOR(pg_catalog.!~) '[[:cntrl:]]'" IN_ORDER,
    [NAME_RECEIPT] = "SELECT a.id::pg_catalog.text, pg_catalog.min(pg_catalog.to_char(a.created_at, 'YYYY-MM-DD HH24:MI'))"
                     " FROM %audit_logs a WHERE a.action OPERATOR(pg_catalog.=) 'import'"
                     " AND pg_catalog.starts_with(a.id::pg_catalog.text, $1)" IN_ORDER,
};

bool names_list(struct pg *pg, enum name_kind kind, const char *prefix,
                void (*take)(void *context, const char *name, const char *note), void *context, struct error *err)
{
    struct pg_result *result = pg_ask(pg, statements[kind], prefix, err);

    for (size_t i = 0; result && i < pg_result_rows(result); i++) {
        const char *note = pg_result_text(result, i, 1);

        take(context, pg_result_text(result, i, 0), note ? note : "");
    }
    pg_result_free(result);
    return result != NULL;
}

/* ---- names like another ---- */

#define PROPOSED 3
#define EDITS 2 /* letters between a name and what was meant to be it */

/* With two edits one third of a word is as it was: its first or last one also where it was, as $1 to $3 say. First those that
 * have more of the thirds, then those of about its length ($4), so that the nearest are looked at however many names there
 * are. $5 is the user who may see them. */
#define NEAR_SQL(table, column, seen)                                                                                          \
    "SELECT n.name FROM (SELECT t." column "::text AS name, pg_catalog.lower(t." column "::text) AS low FROM %" table " t"     \
    " WHERE " seen ") n WHERE n.low LIKE $1 OR n.low LIKE $2 OR n.low LIKE $3"                                                 \
    " ORDER BY (n.low LIKE $1)::int + (n.low LIKE $2)::int + (n.low LIKE $3)::int DESC,"                                       \
    " pg_catalog.abs(pg_catalog.octet_length(n.low) - $4::int), n.name LIMIT 1000"

static const char *const near_statements[] = {
    [NAME_PROJECT] = NEAR_SQL("projects", "name", "($5::uuid IS NULL OR t.user_id = $5::uuid OR t.is_public)"),
    [NAME_USER] = NEAR_SQL("users", "email", "$5::uuid IS NULL"),
    [NAME_TEMPLATE] = NEAR_SQL("templates", "name", "$5::uuid IS NULL"),
    [NAME_TIER] = NEAR_SQL("subscription_tiers", "name", "$5::uuid IS NULL"),
};

/* Names with how far each is from the word, the nearest first. */
struct proposals {
    const char *names[PROPOSED];
    size_t distances[PROPOSED];
    size_t count;
};

static void propose(struct proposals *p, const char *name, size_t distance)
{
    size_t at;

    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->names[i], name) == 0) /* of two things that are called the same */
            return;
    if (p->count == PROPOSED && p->distances[PROPOSED - 1] <= distance)
        return;
    at = p->count < PROPOSED ? p->count++ : PROPOSED - 1;
    for (; at > 0 && p->distances[at - 1] > distance; at--) {
        p->names[at] = p->names[at - 1];
        p->distances[at] = p->distances[at - 1];
    }
    p->names[at] = name;
    p->distances[at] = distance;
}

static void append_proposals(const struct proposals *p, struct buffer *list)
{
    size_t count = p->count;

    while (count && p->distances[count - 1] > p->distances[0] + 1) /* there are much nearer ones */
        count--;
    for (size_t i = 0; i < count; i++)
        buffer_printf(list, "%s\"%s\"", i == 0 ? "" : i + 1 < count ? ", " : " or ", p->names[i]);
}

/* Part of a word, as LIKE takes it. */
static void append_literally(struct buffer *pattern, const char *text, const char *end)
{
    for (; text < end; text++) {
        if (strchr("%_\\", *text))
            buffer_byte(pattern, '\\');
        buffer_byte(pattern, (char)tolower((unsigned char)*text));
    }
}

/* Where the character ends that begins or goes on here. */
static const char *character_end(const char *text)
{
    while ((*text & 0xC0) == 0x80)
        text++;
    return text;
}

static struct pg_result *find_near(struct pg *pg, enum name_kind kind, const char *user, const char *word)
{
    const char *end = word + strlen(word);
    const char *first = character_end(word + (end - word + 2) / 3);
    const char *last = character_end(first + (end - first) / 2);
    struct error ignored = ERROR_INIT; /* what was asked for is not there, whether this can be told or not */
    struct buffer begins = BUFFER_INIT;
    struct buffer holds = BUFFER_INIT;
    struct buffer ends = BUFFER_INIT;
    struct pg_result *result;
    char len[24];

    append_literally(&begins, word, first);
    buffer_byte(&begins, '%');
    buffer_byte(&holds, '%');
    append_literally(&holds, first, last);
    buffer_byte(&holds, '%');
    buffer_byte(&ends, '%');
    append_literally(&ends, last, end);
    snprintf(len, sizeof len, "%zu", strlen(word));
    result = pg_ask_with(pg, near_statements[kind], 5,
                         (const char *[]){buffer_string(&begins), buffer_string(&holds), buffer_string(&ends), len, user},
                         &ignored);
    buffer_release(&begins);
    buffer_release(&holds);
    buffer_release(&ends);
    error_release(&ignored);
    return result;
}

static bool begin_where_none_is_open(struct pg *pg)
{
    struct error ignored = ERROR_INIT;
    bool open = pg_in_transaction(pg) || pg_begin_read(pg, &ignored);

    error_release(&ignored);
    return open;
}

void names_append_near(struct pg *pg, enum name_kind kind, const char *user, const char *word, struct buffer *list)
{
    size_t len = strlen(word);
    struct proposals proposals = {.count = 0};
    struct pg_result *result;
    struct uuid id;

    if (len < 2 || len > NEAR_MAX || uuid_parse_text(&id, word) || !begin_where_none_is_open(pg))
        return;
    result = find_near(pg, kind, user, word);
    for (size_t i = 0; result && i < pg_result_rows(result); i++) {
        const char *name = pg_result_text(result, i, 0);
        size_t distance = word_distance(word, name);

        if (distance <= (len > 3 ? EDITS : 1))
            propose(&proposals, name, distance);
        else if (len > 3 && strcasestr(name, word))
            propose(&proposals, name, EDITS + 1);
    }
    append_proposals(&proposals, list);
    pg_result_free(result);
}

void names_propose(struct pg *pg, enum name_kind kind, const char *word, struct error *err)
{
    struct buffer list = BUFFER_INIT;

    names_append_near(pg, kind, NULL, word, &list);
    if (list.len)
        error_hint(err, "Did you mean %s?", buffer_string(&list));
    buffer_release(&list);
}
