#include "lineage.h"
#include "published_inside.h"
#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/flow/database.h"
#include "simulark/flow/filters.h"
#include "simulark/model/template_header.h"
#include "simulark/pg/templates.h"

#include <stdlib.h>

void use_report_release(struct use_report *report)
{
    import_report_release(&report->import);
    free(report->project_name);
    json_decref(report->lineage);
    *report = (struct use_report){0};
}

/* ---- where it comes from ---- */

static json_t *lineage_of(const struct template *t, const char *id, const char *name, const char *digest, bool premium)
{
    return json_pack("{s:s?, s:s, s:s?, s:s?, s:o, s:b}", "id", id, "name", name, "slug", template_text(t->header, "slug"),
                     "version", template_text(t->header, "version"), "digest",
                     digest_to_json(digest), "premium", premium);
}

/* A file of another name with graphs that the database knows as a premium template's, though no published row says so: it is
 * the application's own, or was packed of a project. *row: its id where there is such a row. */
static bool know_graphs(struct pg *pg, const struct catalog *catalog, const struct template *t, const json_t *prints,
                        const char *digest, char **row, json_t **lineage, struct error *err)
{
    json_t *lineages = lineages_of(pg, catalog, prints, err);
    json_t *known;
    const json_t *found = NULL;
    const char *print;

    json_object_foreach(lineages, print, known)
        found = found ? found : json_array_get(known, 0);
    if (found) {
        const char *id = json_string_value(json_object_get(found, "id"));
        struct pg_result *there = id ? templates_find(pg, id, err) : NULL;

        *row = there && pg_result_rows(there) ? mem_strdup(id) : NULL;
        *lineage = lineage_of(t, id, json_string_value(json_object_get(found, "name")), digest, true);
        pg_result_free(there);
    }
    json_decref(lineages);
    return !error_is_set(err);
}

/* What the database knows of a template out of a file. A row of the very same content decides, then a premium one of its name,
 * then its graphs (prints: before and after placeholders were filled in), then the mark in the file. *row: the id of its row, to
 * count the use; NULL: none. */
static bool know(struct pg *pg, const struct template *t, const json_t *prints, const char *digest, char **row, json_t **lineage,
                 struct error *err)
{
    char full[DIGEST_TEXT + 1];
    const char *name = template_text(t->header, "name");
    bool premium = json_is_true(json_object_get(t->header, "premium"));
    struct pg_question question = {0};
    struct pg_result *rows = NULL;
    struct catalog catalog = {0};

    digest_format(digest, full);
    templates_question_matching(full, template_text(t->header, "slug"), name, &question);
    if (pg_begin_read(pg, err) && published_ask(pg, pg_ask_all, &question, &catalog, &rows, err)) {
        bool named = pg_result_rows(rows) > 0;
        bool settled = named && (pg_result_true(rows, 0, TEMPLATE_SAME_DIGEST) || pg_result_true(rows, 0, TEMPLATE_PREMIUM));

        premium = settled ? pg_result_true(rows, 0, TEMPLATE_PREMIUM) : premium;
        named = named && (settled || !premium);
        if ((settled || know_graphs(pg, &catalog, t, prints, digest, row, lineage, err)) && pg_commit(pg, err) && !*lineage) {
            *row = named ? pg_result_dup(rows, 0, TEMPLATE_ID) : NULL;
            *lineage = lineage_of(t, *row, named ? pg_result_text(rows, 0, TEMPLATE_NAME) : name, digest, premium);
        }
    }
    pg_result_free(rows);
    catalog_release(&catalog);
    return !error_is_set(err);
}

/* ---- counting ---- */

/* Counts the use once everything else has gone well, so that the template's row is locked for a moment only. */
struct usage_filter {
    struct sink base;
    struct pg *pg;
    const char *id; /* NULL: no row of the database */
};

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    struct usage_filter *f = (struct usage_filter *)sink;
    bool found = true;

    if (!sink_pass_trailer(sink, seal, err) || (f->id && !templates_count_use(f->pg, f->id, &found, err)))
        return false;
    return found || error_set(err, STATUS_CONFLICT, "The template was taken back while it was being used.");
}

static void free_usage(struct sink *sink)
{
    free(sink);
}

static const struct sink_ops usage_ops = {
    .header = sink_pass_header,
    .table = sink_pass_table,
    .row = sink_pass_row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = trailer,
    .finish = sink_pass_finish,
    .free = free_usage,
};

static struct sink *filter_usage(struct sink *next, struct pg *pg, const char *id)
{
    struct usage_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &usage_ops;
    f->base.next = next;
    f->pg = pg;
    f->id = id;
    return &f->base;
}

/* ---- using ---- */

/* The user's id, for what names the owner within the rows. */
static bool find_owner(struct people *people, char owner[UUID_TEXT + 1], struct error *err)
{
    if (!people_find_owner(people, err))
        return false;
    uuid_format(&people->owner, owner);
    return true;
}

static bool load(struct rules *rules, struct people *people, struct import_options *import, const struct template *t,
                 const struct renewal *renewal, const char *row, struct use_report *report, struct error *err)
{
    struct source *source = source_template_project(t, renewal);
    struct sink *sink = sink_database(rules->pg, import, people, &report->import);
    bool ok;

    sink = filter_people(filter_rules(sink, rules, people, import), people);
    sink = filter_seal(filter_usage(filter_claims(sink, rules), rules->pg, row), false, &report->sealed);
    ok = stream_run(source, sink, err);
    sink_free(sink);
    source_free(source);
    return ok;
}

bool use_template(struct rules *rules, struct people *people, struct import_options *import, const struct use_request *request,
                  struct use_report *report, struct error *err)
{
    const struct published *from = request->from;
    struct template *t = request->t;
    struct renewal renewal = {.set = request->set};
    char owner[UUID_TEXT + 1];
    char *row = NULL;
    json_t *prints = from ? NULL : template_fingerprints_used(t);
    json_t *made = NULL;
    bool ok;

    report->project_name = request->name ? mem_strdup(request->name) : template_filled_name(t, request->set);
    renewal.name = report->project_name;
    renewal.owner = owner;
    ok = find_owner(people, owner, err) && template_renew(t, &renewal, err);
    made = ok ? template_fingerprints(t) : NULL;
    json_array_extend(prints, made);
    if (ok && from) {
        row = mem_strdup(from->id);
        report->lineage = lineage_of(t, from->id, from->name, request->digest, from->premium);
    } else if (ok) {
        ok = know(rules->pg, t, prints, request->digest, &row, &report->lineage, err);
    }
    if (ok) {
        renewal.lineage = report->lineage;
        uuid_format(&renewal.project, report->project);
        import->action = "use";
        import->details = json_pack("{s:O, s:s, s:O}", "template", report->lineage, "project", report->project, "fingerprints",
                                    made);
        ok = load(rules, people, import, t, &renewal, row, report, err);
        json_decref(import->details);
        import->details = NULL;
    }
    json_decref(made);
    json_decref(prints);
    free(row);
    return ok;
}
