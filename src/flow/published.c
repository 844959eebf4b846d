#include "published_inside.h"
#include "simulark/base/json_text.h"
#include "simulark/flow/record.h"
#include "simulark/model/template_header.h"
#include "simulark/model/version.h"
#include "simulark/pg/catalog.h"
#include "simulark/pg/names.h"
#include "simulark/pg/templates.h"

#include <stdlib.h>

void published_release(struct published *p)
{
    free(p->id);
    free(p->name);
    free(p->slug);
    free(p->version);
    free(p->description);
    free(p->category);
    free(p->digest);
    free(p->thumbnail);
    free(p->data);
    *p = (struct published){0};
}

/* ---- looking up ---- */

bool published_has_table(const struct catalog *catalog, struct error *err)
{
    if (catalog_has(catalog, table_find("templates")))
        return true;
    error_set(err, STATUS_CONFLICT, "The database has no table templates.");
    error_hint(err, "`simulark schema apply` makes it.");
    return false;
}

bool published_ask(struct pg *pg, pg_ask_fn *ask, struct pg_question *question, struct catalog *catalog,
                   struct pg_result **answer, struct error *err)
{
    enum { CATALOG, ASKED, COUNT };
    struct pg_question questions[COUNT] = {[ASKED] = *question};
    struct pg_result *answers[COUNT];
    bool ok;

    catalog_question(pg, &questions[CATALOG]);
    ok = ask(pg, questions, COUNT, answers, err);
    if (answers[CATALOG]) {
        catalog_take(catalog, answers[CATALOG]);
        if (!catalog_has(catalog, table_find("templates")))
            error_clear(err); /* the server's words for it */
        ok = published_has_table(catalog, err) && ok;
    }
    *answer = answers[ASKED];
    pg_result_free(answers[CATALOG]);
    pg_question_release(&questions[CATALOG]);
    pg_question_release(&questions[ASKED]);
    return ok;
}

static void take(struct published *p, const struct pg_result *found)
{
    p->id = pg_result_dup(found, 0, TEMPLATE_ID);
    p->name = pg_result_dup(found, 0, TEMPLATE_NAME);
    p->slug = pg_result_dup(found, 0, TEMPLATE_SLUG);
    p->version = pg_result_dup(found, 0, TEMPLATE_VERSION);
    p->description = pg_result_dup(found, 0, TEMPLATE_DESCRIPTION);
    p->category = pg_result_dup(found, 0, TEMPLATE_CATEGORY);
    p->digest = pg_result_dup(found, 0, TEMPLATE_DIGEST);
    p->thumbnail = pg_result_dup(found, 0, TEMPLATE_THUMBNAIL);
    p->premium = pg_result_true(found, 0, TEMPLATE_PREMIUM);
    p->uses = pg_result_number(found, 0, TEMPLATE_USES);
    p->data = pg_result_dup(found, 0, TEMPLATE_DATA);
    p->data_len = p->data ? strlen(p->data) : 0;
}

/* Takes the one that goes by the name. */
static bool take_one(struct pg *pg, const char *name, const struct pg_result *found, struct published *p, struct error *err)
{
    size_t count = pg_result_rows(found);

    if (count == 1)
        take(p, found);
    for (size_t i = 0; count > 1 && i < count; i++)
        error_detail(err, "%s  %s", pg_result_text(found, i, TEMPLATE_ID), pg_result_text(found, i, TEMPLATE_NAME));
    if (!count) {
        error_set(err, STATUS_CONFLICT, "There is no template \"%s\".", name);
        names_propose(pg, NAME_TEMPLATE, name, err);
        error_hint(err, "`simulark template list` shows those that are published.");
    } else if (count > 1) {
        error_set(err, STATUS_CONFLICT, "%zu templates go by \"%s\".", count, name);
        error_hint(err, "Name one by its id.");
    }
    return count == 1;
}

/* In the open transaction. */
static bool find(struct pg *pg, const char *name, struct published *p, struct error *err)
{
    struct pg_result *found = templates_find(pg, name, err);
    bool ok = found && take_one(pg, name, found, p, err);

    pg_result_free(found);
    return ok;
}

bool published_find(struct pg *pg, const char *name, struct published *p, struct error *err)
{
    struct pg_question question = {0};
    struct pg_result *found;
    struct catalog catalog = {0};
    bool ok;

    templates_question_find(name, &question);
    ok = published_ask(pg, pg_ask_once, &question, &catalog, &found, err) && take_one(pg, name, found, p, err);
    pg_result_free(found);
    catalog_release(&catalog);
    return ok;
}

bool published_read(const struct published *p, struct template *t, bool *as_published, struct error *err)
{
    const struct template_row row = {.name = p->name, .description = p->description, .category = p->category,
                                     .thumbnail_url = p->thumbnail, .premium = p->premium};
    char digest[DIGEST_HEX + 1];
    char text[DIGEST_TEXT + 1];
    char *claimed = NULL;
    bool ok = template_from_data(t, p->data ? p->data : "{}", p->data ? p->data_len : 2, &row, &claimed, err) &&
              template_digest(t, digest, err);

    if (ok)
        digest_format(digest, text);
    *as_published = ok && claimed && strcmp(claimed, text) == 0;
    free(claimed);
    return ok;
}

static json_t *row_to_json(const struct pg_result *rows, size_t at)
{
    const char *keywords = pg_result_text(rows, at, TEMPLATE_KEYWORDS);
    json_t *words = keywords ? json_loads(keywords, JSON_DECODE_ANY, NULL) : NULL;

    if (!json_is_array(words)) {
        json_decref(words);
        words = json_array();
    }
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s?, s:s?, s:o, s:b, s:I, s:s?}", "id", pg_result_text(rows, at, TEMPLATE_ID),
                     "name", pg_result_text(rows, at, TEMPLATE_NAME), "slug", pg_result_text(rows, at, TEMPLATE_SLUG), "version",
                     pg_result_text(rows, at, TEMPLATE_VERSION), "description", pg_result_text(rows, at, TEMPLATE_DESCRIPTION),
                     "category", pg_result_text(rows, at, TEMPLATE_CATEGORY), "keywords", words, "is_premium",
                     pg_result_true(rows, at, TEMPLATE_PREMIUM), "usage_count",
                     (json_int_t)pg_result_number(rows, at, TEMPLATE_USES), "digest",
                     pg_result_text(rows, at, TEMPLATE_DIGEST));
}

json_t *published_list(struct pg *pg, const struct published_filter *filter, struct error *err)
{
    struct pg_question question = {0};
    struct pg_result *rows;
    struct catalog catalog = {0};
    json_t *list = NULL;

    templates_question_list(filter->text, filter->category, filter->premium, &question);
    if (published_ask(pg, pg_ask_once, &question, &catalog, &rows, err)) {
        list = json_array();
        for (size_t i = 0; i < pg_result_rows(rows); i++)
            json_array_append_new(list, row_to_json(rows, i));
    }
    pg_result_free(rows);
    catalog_release(&catalog);
    return list;
}

/* ---- taking out ---- */

bool published_note_export(struct pg *pg, const struct published *p, const char *digest, const char *file, struct error *err)
{
    struct rules rules = {.pg = pg, .options = {.deed = DEED_EXPORT}};
    bool ok = pg_begin_write(pg, err) && catalog_read(pg, &rules.catalog, err) &&
              record_template(&rules, "export", p->id,
                              json_pack("{s:s, s:s?, s:o, s:o}", "name", p->name, "version", p->version, "digest",
                                        digest_to_json(digest), "file", text_to_json(file)),
                              err) &&
              pg_commit(pg, err);

    rules_release(&rules);
    return ok;
}

/* ---- taking back ---- */

/* Users take back and replace what they have published themselves. */
bool published_is_theirs(const struct rules *rules, const struct published *p, struct error *err)
{
    struct pg_result *publisher;
    bool theirs;

    if (!rules_actor(rules))
        return true;
    publisher = templates_publisher(rules->pg, p->id, err);
    if (!publisher)
        return false;
    theirs = rules_may_act_for(rules, pg_result_rows(publisher) ? pg_result_text(publisher, 0, 0) : NULL);
    pg_result_free(publisher);
    if (theirs)
        return true;
    error_set(err, STATUS_REFUSED, "The template \"%s\" was published by somebody else.", p->name);
    error_hint(err, "Who published a template replaces it and takes it back, or an operator. "
                    "Another name and slug make another.");
    return false;
}

bool unpublish(struct rules *rules, const char *name, bool dry_run, struct published *gone, struct error *err)
{
    struct pg *pg = rules->pg;

    if (!pg_begin_write(pg, err) || !catalog_read(pg, &rules->catalog, err) || !rules_admit(rules, true, err) ||
        !published_has_table(&rules->catalog, err) || !templates_lock(pg, err) || !find(pg, name, gone, err) ||
        !published_is_theirs(rules, gone, err) || !templates_delete(pg, gone->id, err))
        return false;
    if (!record_template(rules, "unpublish", gone->id,
                         json_pack("{s:s, s:s?, s:s?, s:b, s:I}", "name", gone->name, "version", gone->version, "digest",
                                   gone->digest, "premium", gone->premium, "usage_count", (json_int_t)gone->uses),
                         err))
        return false;
    return dry_run ? pg_rollback(pg, err) : pg_commit_for_good(pg, err);
}
