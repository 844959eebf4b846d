#include "header_check.h"

#include "simulark/base/uuid.h"
#include "simulark/model/value.h"

#include <string.h>

#define WHERE "header"

static void check_created_at(const struct manifest *m, struct findings *findings)
{
    struct buffer scratch = BUFFER_INIT;
    const char *problem;

    if (m->created_at && !value_canonical(TYPE_TIMESTAMPTZ, m->created_at, strlen(m->created_at), &scratch, &problem))
        findings_add(findings, GRAVITY_ERROR, "header", WHERE, "created_at %s.", problem);
    buffer_release(&scratch);
}

static void check_people(const struct manifest *m, struct findings *findings)
{
    struct uuid id;

    for (size_t i = 0; i < m->npeople; i++)
        if (!uuid_parse_text(&id, m->people[i].id))
            findings_add(findings, GRAVITY_DAMAGE, "people", WHERE, "people hold \"%s\", which is not a uuid.",
                         m->people[i].id);
    if (m->kind == KIND_TEMPLATE && m->npeople)
        findings_add(findings, GRAVITY_ERROR, "template", WHERE, "A template names people.");
}

static void check_templates(const struct manifest *m, struct findings *findings)
{
    if (m->requires_templates && !json_is_array(m->requires_templates))
        findings_add(findings, GRAVITY_ERROR, "header", WHERE, "requires.templates must be a list.");
    if (m->template && !json_is_object(m->template))
        findings_add(findings, GRAVITY_ERROR, "header", WHERE, "template must be an object.");
    if (m->template && m->kind != KIND_TEMPLATE)
        findings_add(findings, GRAVITY_WARNING, "header", WHERE, "template stands in a bundle of kind %s.",
                     kind_name(m->kind));
}

/* Columns that cannot be left out, and columns that a target may not have. */
static void check_columns(const struct shape *shape, enum kind kind, struct findings *findings)
{
    const struct table *table = shape->table;

    for (size_t i = 0; i < table->ncolumns; i++) {
        const struct column *column = &table->columns[i];
        bool needed = (column->not_null && !column->default_sql) || (table->unit && strcmp(column->name, "id") == 0);

        if (shape->rows == 0 || !needed || shape_column(shape, column->name) >= 0 ||
            (kind == KIND_TEMPLATE && column_names_owner(column)))
            continue;
        findings_add(findings, GRAVITY_ERROR, "lacks-column", WHERE, "The columns of %s lack %s, which has no default%s.",
                     table->name, column->name, column_names_user(column) ? "; not even --owner can give it" : "");
    }
    for (size_t i = 0; i < shape->ncolumns; i++) {
        const struct shape_column *column = &shape->columns[i];

        if (!column->known)
            findings_add(findings, GRAVITY_WARNING, "unknown-column", WHERE,
                         "%s.%s (%s) is no column of schema %d: a target without it refuses the bundle.", table->name,
                         column->name, column->sql_type, BUNDLE_SCHEMA);
        else if (!shape_column_is_known(column))
            findings_add(findings, GRAVITY_WARNING, "unknown-column", WHERE,
                         "%s.%s is of type %s, and in schema %d of %s: a target may refuse it.", table->name, column->name,
                         column->sql_type, BUNDLE_SCHEMA, column->known->sql_type);
    }
}

void header_check(const struct manifest *m, struct findings *findings)
{
    check_created_at(m, findings);
    check_people(m, findings);
    check_templates(m, findings);
    for (size_t i = 0; i < m->nshapes; i++)
        check_columns(&m->shapes[i], m->kind, findings);
}
