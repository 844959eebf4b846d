#include "selection_options.h"

#include "simulark/base/near.h"
#include "simulark/base/uuid.h"
#include "simulark/pg/crew.h"

#include <stdlib.h>

#define JOBS_DEFAULT 2 /* one server process is what an export waits for; more help where there are more cores */

static bool choose_kind(const struct arguments *a, bool required, struct selection *selection, struct error *err)
{
    bool all = argument_given(a, "all");

    if ((selection->nprojects > 0) + (selection->nusers > 0) + all > 1)
        return error_set(err, STATUS_USAGE, "--project, --user and --all exclude one another.");
    if (required && !selection->nprojects && !selection->nusers && !all) {
        error_set(err, STATUS_USAGE, "Say what to take: --project ID or NAME, --user E-MAIL, or --all.");
        error_hint(err, "For instance --project 'Online shop', or --user ada@example.org.");
        return false;
    }
    selection->kind = all ? KIND_INSTANCE : selection->nusers ? KIND_ACCOUNT : KIND_PROJECT;
    return true;
}

/* Calls for each word of a list with commas, for each time the option is given. */
static bool each_word(const struct arguments *a, const char *option, struct selection *selection,
                      bool (*take)(struct selection *selection, const char *word, struct error *err), struct error *err)
{
    size_t count;
    const char **lists = argument_values(a, option, &count);
    bool ok = true;

    for (size_t i = 0; ok && i < count; i++) {
        struct buffer word = BUFFER_INIT;

        for (const char *at = lists[i]; ok && at;) {
            size_t len = strcspn(at, ",");

            buffer_clear(&word);
            buffer_append(&word, at, len);
            ok = take(selection, buffer_string(&word), err);
            at = at[len] ? at + len + 1 : NULL;
        }
        buffer_release(&word);
    }
    free(lists);
    return ok;
}

static bool include(struct selection *selection, const char *word, struct error *err)
{
    if (strcmp(word, "api_keys") == 0)
        selection->extra_scopes |= SCOPE_KEYS;
    else if (strcmp(word, "history") == 0)
        selection->extra_scopes |= SCOPE_HISTORY;
    else
        return error_set(err, STATUS_USAGE, "--include takes api_keys and history, not \"%s\".", word);
    return true;
}

/* Marks the table, for --exclude as it is; --only turns all marks round. */
static bool mark(struct selection *selection, const char *word, struct error *err)
{
    const struct table *table = table_find(word);
    const char *names[TABLE_COUNT + 1] = {NULL};
    const char *near;

    if (table) {
        selection->left_out[table_index(table)] = true;
        return true;
    }
    for (size_t i = 0; i < TABLE_COUNT; i++)
        names[i] = tables[i].name;
    near = nearest_word(word, names);
    error_set(err, STATUS_USAGE, "There is no table \"%s\".", word);
    if (near)
        error_hint(err, "Did you mean %s?", near);
    return false;
}

static bool choose_tables(const struct arguments *a, struct selection *selection, struct error *err)
{
    if (argument_given(a, "only") && argument_given(a, "exclude"))
        return error_set(err, STATUS_USAGE, "--only and --exclude exclude one another.");
    if (!each_word(a, "include", selection, include, err) || !each_word(a, "only", selection, mark, err) ||
        !each_word(a, "exclude", selection, mark, err))
        return false;
    for (size_t i = 0; argument_given(a, "only") && i < TABLE_COUNT; i++)
        selection->left_out[i] = !selection->left_out[i];
    return true;
}

/* What would be passed over without a word, or make a bundle that nobody reads. */
static bool check_fit(const struct arguments *a, const struct selection *selection, struct error *err)
{
    if (selection->kind == KIND_PROJECT && selection->extra_scopes) {
        error_set(err, STATUS_USAGE, "A project has no API keys and no history: --include is for accounts and instances.");
        error_hint(err, "--user E-MAIL takes a user's whole account.");
    } else if (selection->kind != KIND_PROJECT && argument_given(a, "contexts")) {
        error_set(err, STATUS_USAGE,
                  "--contexts says which contexts go with a project; accounts and instances have all of theirs.");
        error_hint(err, "--exclude contexts leaves them out.");
    }
    for (size_t i = 0; argument_given(a, "only") && !error_is_set(err) && i < TABLE_COUNT; i++)
        if (!selection->left_out[i] && !select_can_hold(selection, &tables[i])) {
            error_set(err, STATUS_USAGE, "What is taken here holds no %s, which --only names.", tables[i].name);
            if (selection->kind != KIND_PROJECT && (tables[i].scopes & (SCOPE_KEYS | SCOPE_HISTORY)))
                error_hint(err, "--include %s asks for it, too.", tables[i].scopes & SCOPE_KEYS ? "api_keys" : "history");
        }
    return !error_is_set(err);
}

static bool read_jobs(const struct arguments *a, size_t *jobs, struct error *err)
{
    const char *text = argument_value(a, "jobs");

    *jobs = JOBS_DEFAULT;
    if (!text)
        return true;
    if (strlen(text) != 1 || *text < '1' || *text > '0' + CREW_MAX)
        return error_set(err, STATUS_USAGE, "--jobs must be a number from 1 to %d, not \"%s\".", CREW_MAX, text);
    *jobs = (size_t)(*text - '0');
    return true;
}

bool read_contexts(const struct arguments *a, enum contexts *contexts, struct error *err)
{
    static const char *const words[] = {"all", "referenced", "none", NULL};
    int choice = argument_choice(a, "contexts", words, CONTEXTS_ALL, err);

    if (choice < 0)
        return false;
    *contexts = (enum contexts)choice;
    return true;
}

static bool check_rls_user(const char *user, struct error *err)
{
    struct uuid id;

    return !user || uuid_parse_text(&id, user) ||
           error_set(err, STATUS_USAGE, "--rls-user takes the id of a user, not \"%s\".", user);
}

bool content_is_chosen(const struct arguments *a)
{
    return argument_given(a, "project") || argument_given(a, "user") || argument_given(a, "all");
}

bool read_content_options(const struct arguments *a, bool required, struct selection_options *options, struct error *err)
{
    struct selection *selection = &options->selection;

    options->projects = argument_values(a, "project", &selection->nprojects);
    options->users = argument_values(a, "user", &selection->nusers);
    selection->projects = options->projects;
    selection->users = options->users;
    return read_contexts(a, &selection->contexts, err) && choose_kind(a, required, selection, err) &&
           choose_tables(a, selection, err) && (!content_is_chosen(a) || check_fit(a, selection, err));
}

bool read_selection_options(const struct arguments *a, struct selection_options *options, struct error *err)
{
    options->rls_user = argument_value(a, "rls-user");
    return check_rls_user(options->rls_user, err) && read_jobs(a, &options->selection.jobs, err) &&
           read_content_options(a, true, options, err);
}

void selection_options_release(struct selection_options *options)
{
    free(options->projects);
    free(options->users);
    *options = (struct selection_options){0};
}
