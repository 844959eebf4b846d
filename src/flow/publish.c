#include "lineage.h"
#include "published_inside.h"
#include "simulark/base/base64.h"
#include "simulark/base/memory.h"
#include "simulark/flow/record.h"
#include "simulark/model/template_header.h"
#include "simulark/model/version.h"
#include "simulark/pg/templates.h"

#include <stdlib.h>

void publish_report_release(struct publish_report *report)
{
    free(report->before);
    *report = (struct publish_report){0};
}

/* One publication. */
struct publication {
    struct rules *rules;
    const struct template *t;
    const struct publish_options *options;
    struct publish_report *report;
    struct published there; /* what it replaces; id NULL: nothing */
    bool premium;
};

static bool refuse_two(const struct pg_result *rows, size_t a, size_t b, struct error *err)
{
    error_detail(err, "%s  %s", pg_result_text(rows, a, TEMPLATE_ID), pg_result_text(rows, a, TEMPLATE_NAME));
    error_detail(err, "%s  %s", pg_result_text(rows, b, TEMPLATE_ID), pg_result_text(rows, b, TEMPLATE_NAME));
    error_set(err, STATUS_CONFLICT, "One template of the database has this one's slug, and another has its name.");
    error_hint(err, "Give it another slug or name, or take one of them back with `simulark template unpublish`.");
    return false;
}

/* Who says a slug must not get another template by that name. */
static bool refuse_namesake(const struct pg_result *rows, size_t row, struct error *err)
{
    const char *slug = pg_result_text(rows, row, TEMPLATE_SLUG);

    error_set(err, STATUS_CONFLICT, "The name of one of the two is the other's slug: this template and \"%s\" (slug %s).",
              pg_result_text(rows, row, TEMPLATE_NAME), slug ? slug : "unknown");
    error_hint(err, "Give it another name or slug, so that either says which one is meant.");
    return false;
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool refuse_free_one(const char *of, struct error *err)
{
    error_set(err, STATUS_REFUSED, "This template holds a graph of \"%s\", which is premium, and is not premium itself.", of);
    error_hint(err, "Pack it with --premium.");
    return false;
}

/* Graphs of the application's own premium templates, and of projects that were made of premium ones. */
static bool check_graphs(const struct publication *p, struct error *err)
{
    json_t *prints;
    json_t *lineages;
    json_t *known;
    const json_t *lineage;
    const char *print;
    size_t i;
    bool ok = true;

    if (p->premium || !rules_actor(p->rules))
        return true;
    prints = template_fingerprints_used(p->t);
    lineages = lineages_of(p->rules->pg, &p->rules->catalog, prints, err);
    json_object_foreach(lineages, print, known)
        json_array_foreach(known, i, lineage)
            if (ok && !is_same(json_string_value(json_object_get(lineage, "id")), p->there.id))
                ok = refuse_free_one(json_string_value(json_object_get(lineage, "name")), err);
    json_decref(prints);
    json_decref(lineages);
    return ok && !error_is_set(err);
}

/* The row that this is a version of, by slug or name. */
static bool find_there(struct publication *p, struct error *err)
{
    const char *slug = template_text(p->t->header, "slug");
    const char *name = template_text(p->t->header, "name");
    struct pg_question question = {0};
    struct pg_result *rows;
    size_t count;
    size_t there;
    bool ok;

    templates_question_matching(p->report->digest, slug, name, &question);
    rows = pg_ask_one(p->rules->pg, &question, err);
    ok = rows != NULL;
    there = count = pg_result_rows(rows);
    for (size_t i = 0; ok && i < count; i++) {
        bool named = is_same(pg_result_text(rows, i, TEMPLATE_SLUG), slug) ||
                     is_same(pg_result_text(rows, i, TEMPLATE_NAME), name);

        if (named && there < count)
            ok = refuse_two(rows, there, i, err);
        else if (named)
            there = i;
        else if (is_same(pg_result_text(rows, i, TEMPLATE_SLUG), name) || is_same(pg_result_text(rows, i, TEMPLATE_NAME), slug))
            ok = refuse_namesake(rows, i, err);
    }
    if (ok && there < count) {
        p->there.id = pg_result_dup(rows, there, TEMPLATE_ID);
        p->there.name = pg_result_dup(rows, there, TEMPLATE_NAME);
        p->there.version = pg_result_dup(rows, there, TEMPLATE_VERSION);
        p->there.digest = pg_result_dup(rows, there, TEMPLATE_DIGEST);
        p->there.premium = pg_result_true(rows, there, TEMPLATE_PREMIUM);
    }
    pg_result_free(rows);
    return ok;
}

/* Whether this version may take the place of the one that is there. */
static bool decide(struct publication *p, struct error *err)
{
    const char *version = template_text(p->t->header, "version");
    const char *before = p->there.version;
    int order;

    p->report->action = p->there.id ? PUBLISH_REPLACED : PUBLISH_CREATED;
    if (!p->there.id)
        return true;
    if (is_same(p->there.digest, p->report->digest)) {
        p->report->action = PUBLISH_UNCHANGED;
        return true;
    }
    if (!published_is_theirs(p->rules, &p->there, err))
        return false;
    if (!before || !version_is_valid(before))
        return true; /* the application's own */
    p->report->before = mem_strdup(before);
    order = version_compare(version, before);
    if (order > 0 || (order < 0 && p->options->force))
        return true;
    if (order < 0) {
        error_set(err, STATUS_CONFLICT, "Version %s of \"%s\" is published, which is newer than %s.", before, p->there.name,
                  version);
        error_hint(err, "Publish a newer version, or put the older one back with --force.");
    } else {
        error_set(err, STATUS_CONFLICT, "Version %s of \"%s\" is published already, with other content.", before, p->there.name);
        error_hint(err, "What is published under a version never changes: pack it again with a newer --version.");
    }
    return false;
}

static void append_thumbnail(const struct publication *p, struct buffer *out)
{
    const struct template_asset *svg = template_asset(p->t, "thumbnail.svg");

    if (p->options->thumbnail_url) {
        buffer_text(out, p->options->thumbnail_url);
    } else if (svg && svg->bytes.data) {
        buffer_text(out, "data:image/svg+xml;base64,");
        base64_append(out, svg->bytes.data, svg->bytes.len);
    }
}

static bool put(struct publication *p, struct error *err)
{
    struct buffer data = BUFFER_INIT;
    struct buffer thumbnail = BUFFER_INIT;
    struct template_values values = {.name = template_text(p->t->header, "name"),
                                     .description = template_text(p->t->header, "description"),
                                     .category = template_text(p->t->header, "category"),
                                     .premium = p->premium};
    struct pg_result *result;

    template_to_data(p->t, p->report->digest, &data);
    append_thumbnail(p, &thumbnail);
    values.data = buffer_string(&data);
    values.thumbnail = thumbnail.len ? buffer_string(&thumbnail) : NULL;
    result = templates_put(p->rules->pg, p->there.id, &values, err);
    if (result && pg_result_rows(result))
        memcpy(p->report->id, pg_result_text(result, 0, 0), UUID_TEXT + 1);
    pg_result_free(result);
    buffer_release(&data);
    buffer_release(&thumbnail);
    return result != NULL;
}

static bool record(const struct publication *p, struct error *err)
{
    return record_template(p->rules, "publish", p->report->id,
                           json_pack("{s:s, s:s, s:s?, s:s, s:b, s:s, s:s?}", "name", template_text(p->t->header, "name"),
                                     "version", template_text(p->t->header, "version"), "slug",
                                     template_text(p->t->header, "slug"),
                                     "digest", p->report->digest, "premium", p->premium, "action",
                                     p->there.id ? "replaced" : "created", "before", p->report->before),
                           err);
}

bool publish(struct rules *rules, const struct template *t, const struct publish_options *options,
             struct publish_report *report, struct error *err)
{
    struct publication p = {.rules = rules, .t = t, .options = options, .report = report,
                            .premium = json_is_true(json_object_get(t->header, "premium"))};
    char digest[DIGEST_HEX + 1];
    bool ok = template_digest(t, digest, err);

    digest_format(digest, report->digest);
    ok = ok && pg_begin_write(rules->pg, err) && catalog_read(rules->pg, &rules->catalog, err) &&
         rules_admit(rules, true, err) && templates_lock(rules->pg, err) && find_there(&p, err) &&
         decide(&p, err) && check_graphs(&p, err);
    if (ok && p.there.id && report->action == PUBLISH_UNCHANGED)
        memcpy(report->id, p.there.id, UUID_TEXT + 1);
    else
        ok = ok && put(&p, err) && record(&p, err);
    ok = ok && (options->dry_run ? pg_rollback(rules->pg, err) : pg_commit_for_good(rules->pg, err));
    published_release(&p.there);
    return ok;
}
