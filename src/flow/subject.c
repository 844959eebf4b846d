#include "simulark/flow/subject.h"

#include "simulark/base/interrupt.h"
#include "simulark/base/memory.h"
#include "simulark/model/row_cell.h"

#include <stdlib.h>

void subject_release(struct subject *subject)
{
    for (size_t i = 0; i < subject->nunits; i++)
        free(subject->units[i]);
    free(subject->units);
    *subject = (struct subject){0};
}

/* The table of a bundle's units; NULL where it is about none. */
static const struct table *table_of_units(enum kind kind)
{
    return kind == KIND_PROJECT ? table_find("projects") : kind == KIND_ACCOUNT ? table_find("users") : NULL;
}

static void add_unit(struct subject *subject, const struct item *item)
{
    subject->units = mem_grow(subject->units, &subject->capacity, subject->nunits + 1, sizeof *subject->units);
    subject->units[subject->nunits++] = row_cell_string(&item->row, item->shape, "id");
}

static bool read_units(struct source *source, const struct table *table, struct subject *subject, struct error *err)
{
    struct item item = {.kind = ITEM_TABLE};

    while (interrupt_check(err) && source_next(source, &item, err)) {
        bool is_units = item.kind < ITEM_ASSET && item.shape->table == table;

        if (is_units && item.kind == ITEM_ROW)
            add_unit(subject, &item);
        else if ((is_units && item.kind == ITEM_TABLE_END) || item.kind == ITEM_TRAILER)
            return true;
    }
    return false;
}

bool subject_read(struct source *source, struct subject *subject, struct error *err)
{
    const struct manifest *manifest;
    const struct table *units;

    if (!source_header(source, &manifest, err))
        return false;
    subject->kind = manifest->kind;
    for (size_t i = 0; i < TABLE_COUNT; i++)
        subject->has_table[i] =
            manifest->by_hand ? !table_is_history(&tables[i]) : manifest_shape(manifest, &tables[i]) != NULL;
    units = table_of_units(manifest->kind);
    subject->has_units = units && manifest_shape(manifest, units);
    return !subject->has_units || read_units(source, units, subject, err);
}

void subject_select(const struct subject *subject, bool tables_chosen, struct selection *selection)
{
    const char *const *units = (const char *const *)subject->units;

    selection->kind = subject->kind;
    selection->as_far_as_there = true;
    if (subject->kind == KIND_PROJECT) {
        selection->projects = units;
        selection->nprojects = subject->nunits;
    } else if (subject->kind == KIND_ACCOUNT) {
        selection->users = units;
        selection->nusers = subject->nunits;
    }
    for (size_t i = 0; !tables_chosen && i < TABLE_COUNT; i++) {
        selection->left_out[i] = !subject->has_table[i];
        if (subject->has_table[i])
            selection->extra_scopes |= tables[i].scopes & (SCOPE_KEYS | SCOPE_HISTORY);
    }
}
