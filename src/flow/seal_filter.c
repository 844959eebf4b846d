#include "simulark/base/memory.h"
#include "simulark/flow/filters.h"
#include "simulark/pg/copy.h"

#include <stdlib.h>

/* Recomputes what a bundle adds up to while its rows pass. A table's digest is that of its rows in COPY text form, so the line
 * that is digested is the line that came from, or goes to, the server. */
struct seal_filter {
    struct sink base;
    bool sealed;
    struct seal_report *report;
    struct findings *findings; /* NULL: what differs ends the stream */
    int64_t lost_before;       /* rows that could not be read, before this table */
    bool lost[TABLE_COUNT];    /* some of the table's rows could not be read: nothing can be said of the rest */
    const struct manifest *manifest;
    const struct shape *shape;
    int64_t rows;
    struct digest *digest;
    struct buffer line;
    struct seal *seal;
};

static struct seal_filter *self(struct sink *sink)
{
    return (struct seal_filter *)sink;
}

static bool header(struct sink *sink, const struct manifest *manifest, struct error *err)
{
    self(sink)->manifest = manifest;
    return sink_pass_header(sink, manifest, err);
}

static bool table(struct sink *sink, const struct shape *shape, struct error *err)
{
    struct seal_filter *f = self(sink);

    f->shape = shape;
    f->rows = 0;
    f->lost_before = f->findings ? f->findings->lost : 0;
    return sink_pass_table(sink, shape, err);
}

static bool refuse_count(const struct seal_filter *f, struct error *err)
{
    error_set(err, STATUS_MALFORMED, "The bundle's header counts %lld rows of %s, but it holds %s%lld.",
              (long long)f->shape->rows, f->shape->table->name, f->rows > f->shape->rows ? "at least " : "",
              (long long)f->rows);
    error_hint(err, "It was cut short or changed; where rows were added or removed by hand on purpose, take `tables` and `seal` "
                    "out of the file.");
    return false;
}

static bool row(struct sink *sink, const struct row *given, struct error *err)
{
    struct seal_filter *f = self(sink);
    struct cell line = copy_line(given, &f->line);
    struct row passed = *given;

    passed.copy = line.text;
    passed.copy_len = line.len;
    digest_add(f->digest, line.text, line.len);
    if (f->report->projects)
        project_sums_add(f->report->projects, f->shape, given, line.text, line.len);
    f->rows++;
    if (!f->findings && f->shape->rows >= 0 && f->rows > f->shape->rows)
        return refuse_count(f, err);
    return sink_pass_row(sink, &passed, err);
}

static void find_count(struct seal_filter *f)
{
    const struct table *table = f->shape->table;

    f->lost[table_index(table)] = f->findings->lost > f->lost_before;
    if (f->lost[table_index(table)] || f->shape->rows < 0 || f->rows == f->shape->rows)
        return;
    findings_add(f->findings, GRAVITY_DAMAGE, "count", table->name, "The header counts %lld rows, but there are %lld.",
                 (long long)f->shape->rows, (long long)f->rows);
}

static bool table_end(struct sink *sink, struct error *err)
{
    struct seal_filter *f = self(sink);
    char sha256[DIGEST_HEX + 1];

    digest_take(f->digest, sha256);
    seal_add_table(f->seal, f->shape->table, f->rows, sha256);
    f->report->rows[table_index(f->shape->table)] = f->rows;
    if (f->findings)
        find_count(f);
    else if (f->shape->rows >= 0 && f->rows < f->shape->rows)
        return refuse_count(f, err);
    return sink_pass_table_end(sink, err);
}

static bool asset(struct sink *sink, const struct asset *given, struct error *err)
{
    struct seal_filter *f = self(sink);
    char sha256[DIGEST_HEX + 1];

    digest_of(given->bytes, given->len, sha256);
    seal_add_asset(f->seal, given->path, (int64_t)given->len, sha256);
    return sink_pass_asset(sink, given, err);
}

/* ---- what is not as it was sealed ---- */

static void find_differences_of_tables(const struct seal_filter *f, const struct seal *claimed, enum gravity gravity,
                                       struct findings *findings)
{
    for (size_t i = 0; i < f->seal->ntables; i++) {
        const struct table_seal *real = &f->seal->tables[i];
        const struct table_seal *claim = seal_table(claimed, real->table);

        if (!claim)
            findings_add(findings, gravity, "seal", real->table->name, "The seal does not cover this table.");
        else if (!f->lost[table_index(real->table)] && claim->rows != real->rows)
            findings_add(findings, gravity, "seal", real->table->name, "The seal counts %lld rows, but there are %lld.",
                         (long long)claim->rows, (long long)real->rows);
        else if (!f->lost[table_index(real->table)] && strcmp(claim->sha256, real->sha256) != 0)
            findings_add(findings, gravity, "seal", real->table->name, "The rows are not those that were sealed.");
    }
    for (size_t i = 0; i < claimed->ntables; i++)
        if (!seal_table(f->seal, claimed->tables[i].table))
            findings_add(findings, gravity, "seal", claimed->tables[i].table->name,
                         "The seal covers this table, which is not in the bundle.");
}

static const struct asset_seal *find_asset(const struct seal *seal, const char *path)
{
    for (size_t i = 0; i < seal->nassets; i++)
        if (strcmp(seal->assets[i].path, path) == 0)
            return &seal->assets[i];
    return NULL;
}

static void find_differences_of_assets(const struct seal_filter *f, const struct seal *claimed, enum gravity gravity,
                                       struct findings *findings)
{
    struct buffer where = BUFFER_INIT;

    for (size_t i = 0; i < f->seal->nassets; i++) {
        const struct asset_seal *claim = find_asset(claimed, f->seal->assets[i].path);

        buffer_clear(&where);
        buffer_printf(&where, "assets/%s", f->seal->assets[i].path);
        if (!claim)
            findings_add(findings, gravity, "seal", buffer_string(&where), "The seal does not cover this file.");
        else if (claim->bytes != f->seal->assets[i].bytes || strcmp(claim->sha256, f->seal->assets[i].sha256) != 0)
            findings_add(findings, gravity, "seal", buffer_string(&where), "This is not the file that was sealed.");
    }
    for (size_t i = 0; i < claimed->nassets; i++) {
        buffer_clear(&where);
        buffer_printf(&where, "assets/%s", claimed->assets[i].path);
        if (!find_asset(f->seal, claimed->assets[i].path))
            findings_add(findings, gravity, "seal", buffer_string(&where), "The file was sealed but is not there.");
    }
    buffer_release(&where);
}

static void find_differences(const struct seal_filter *f, const struct seal *claimed, enum gravity gravity,
                             struct findings *findings)
{
    int64_t before = findings->counts[gravity];

    find_differences_of_tables(f, claimed, gravity, findings);
    find_differences_of_assets(f, claimed, gravity, findings);
    if (findings->counts[gravity] == before && !findings->lost)
        findings_add(findings, gravity, "seal", "header", "The header is not the one that was sealed.");
}

static bool refuse_differences(const struct seal_filter *f, const struct seal *claimed, struct error *err)
{
    struct findings found = {0};

    find_differences(f, claimed, GRAVITY_DAMAGE, &found);
    for (size_t i = 0; i < found.nkept; i++)
        error_detail(err, "%s: %s", found.kept[i].where, found.kept[i].message);
    findings_release(&found);
    error_set(err, STATUS_MALFORMED, "The bundle does not match its seal.");
    error_hint(err, "It was damaged or changed after the export: get it again, or check it and seal it anew with `simulark "
                    "convert`.");
    return false;
}

/* Archives must be as they were sealed; of a working copy it is only told. */
static void find_seal(const struct seal_filter *f, const struct seal *claimed)
{
    if (f->report->edited)
        find_differences(f, claimed, f->sealed ? GRAVITY_DAMAGE : GRAVITY_WARNING, f->findings);
    if (f->report->edited && !f->sealed)
        findings_add(f->findings, GRAVITY_WARNING, "edited", "seal", "The bundle was edited since its export.");
    if (!claimed && f->sealed && f->manifest->by_hand)
        findings_add(f->findings, GRAVITY_DAMAGE, "seal", "seal", "An archive must have a seal, and this one has none.");
}

/* The digest alone would do for the content; but what the seal says of each table is shown to people, too. */
static bool is_edited(const struct seal *claimed, const struct seal *real)
{
    json_t *claims = seal_to_json(claimed);
    json_t *facts = seal_to_json(real);
    bool equal = json_equal(claims, facts) != 0;

    json_decref(claims);
    json_decref(facts);
    return !equal;
}

static bool trailer(struct sink *sink, const struct seal *claimed, struct error *err)
{
    struct seal_filter *f = self(sink);

    seal_close(f->seal, f->manifest);
    memcpy(f->report->digest, f->seal->digest, sizeof f->report->digest);
    if (claimed)
        memcpy(f->seal->claimed, claimed->digest, sizeof f->seal->claimed);
    f->report->claimed = claimed != NULL;
    f->report->edited = claimed && is_edited(claimed, f->seal);
    f->report->signature_lost = f->report->edited && claimed->signature;
    if (claimed && claimed->signature && !f->report->edited)
        f->seal->signature = mem_strdup(claimed->signature);
    if (f->findings) {
        find_seal(f, claimed);
        return sink_pass_trailer(sink, f->seal, err);
    }
    if (f->sealed && !claimed) {
        error_set(err, STATUS_MALFORMED, "The bundle has no seal.");
        error_hint(err, "`simulark convert` seals it again.");
        return false;
    }
    if (f->sealed && f->report->edited)
        return refuse_differences(f, claimed, err);
    return sink_pass_trailer(sink, f->seal, err);
}

static void free_filter(struct sink *sink)
{
    struct seal_filter *f = self(sink);

    digest_free(f->digest);
    buffer_release(&f->line);
    seal_free(f->seal);
    free(f);
}

static const struct sink_ops ops = {
    .header = header,
    .table = table,
    .row = row,
    .table_end = table_end,
    .asset = asset,
    .trailer = trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_seal_findings(struct sink *next, bool sealed, struct seal_report *report, struct findings *findings)
{
    struct seal_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->sealed = sealed;
    f->report = report;
    f->findings = findings;
    f->digest = digest_new();
    f->seal = seal_new();
    for (size_t i = 0; i < TABLE_COUNT; i++)
        report->rows[i] = -1;
    return &f->base;
}

struct sink *filter_seal(struct sink *next, bool sealed, struct seal_report *report)
{
    return filter_seal_findings(next, sealed, report, NULL);
}
