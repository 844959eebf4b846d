#include "findings_output.h"
#include "template_options.h"
#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/base/output.h"
#include "simulark/model/template_header.h"
#include "simulark/model/version.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define INDEX_NAME "index.json"

/* ---- files ---- */

static bool is_archive(const char *name)
{
    enum container container;

    return *name != '.' && container_from_path(name, &container) && container_is_archive(container);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The archives of a folder, in order of their names. The caller frees list and names. */
static char **list_archives(const char *folder, size_t *count, struct error *err)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t capacity = 0;
    char **names = NULL;

    *count = 0;
    if (!dir) {
        error_file(err, errno, "Cannot read the folder %s", folder);
        return NULL;
    }
    names = mem_grow(names, &capacity, 1, sizeof *names);
    while ((entry = readdir(dir))) {
        if (!is_archive(entry->d_name))
            continue;
        names = mem_grow(names, &capacity, *count + 1, sizeof *names);
        names[(*count)++] = mem_strdup(entry->d_name);
    }
    closedir(dir);
    qsort(names, *count, sizeof *names, by_name);
    return names;
}

/* ---- entries ---- */

static bool add_entry(json_t *list, const char *folder, const char *name, struct template_input *in,
                      struct findings *findings, struct error *err)
{
    struct template_notes notes = {0};
    struct buffer path = BUFFER_INIT;
    struct findings wrong = {0};
    struct template t = {0};
    char digest[DIGEST_HEX + 1];

    buffer_printf(&path, "%s/%s", folder, name);
    if (read_template(buffer_string(&path), in, &t, &notes, err) && template_digest(&t, digest, err)) {
        template_header_check(t.header, &wrong);
        if (findings_errors(&wrong)) {
            findings_add(findings, GRAVITY_ERROR, "metadata", name, "%s: %s", wrong.kept[0].where, wrong.kept[0].message);
        } else {
            json_t *entry = template_to_json(&t, digest);

            json_object_set_new(entry, "file", text_to_json(name));
            json_array_append_new(list, entry);
        }
    } else if (err->status == STATUS_MALFORMED || err->status == STATUS_CONFLICT || err->status == STATUS_FILE) {
        findings_add(findings, GRAVITY_ERROR, "damaged", name, "%s", buffer_string(&err->message));
        error_clear(err);
    }
    findings_release(&wrong);
    template_notes_release(&notes);
    template_release(&t);
    buffer_release(&path);
    return !error_is_set(err);
}

static int compare_entries(const json_t *x, const json_t *y)
{
    int order = strcmp(json_text(x, "slug"), json_text(y, "slug"));

    if (!order)
        order = version_compare(json_text(y, "version"), json_text(x, "version"));
    return order ? order : strcmp(json_text(x, "file"), json_text(y, "file"));
}

static int by_entry(const void *a, const void *b)
{
    return compare_entries(*(json_t *const *)a, *(json_t *const *)b);
}

/* By slug, the newest version first. */
static json_t *sorted(json_t *list)
{
    size_t count = json_array_size(list);
    json_t **entries = mem_alloc((count + 1) * sizeof(json_t *)); // NOLINT(bugprone-sizeof-expression)
    json_t *result = json_array();

    for (size_t i = 0; i < count; i++)
        entries[i] = json_incref(json_array_get(list, i));
    qsort(entries, count, sizeof(json_t *), by_entry); // NOLINT(bugprone-sizeof-expression)
    for (size_t i = 0; i < count; i++)
        json_array_append_new(result, entries[i]);
    free(entries);
    json_decref(list);
    return result;
}

static void find_twins(const json_t *list, struct findings *findings)
{
    for (size_t i = 1; i < json_array_size(list); i++) {
        const json_t *a = json_array_get(list, i - 1);
        const json_t *b = json_array_get(list, i);
        const char *slug = json_text(b, "slug");
        const char *version = json_text(b, "version");
        bool same = strcmp(json_text(a, "digest"), json_text(b, "digest")) == 0;

        if (strcmp(json_text(a, "slug"), slug) == 0 && version_compare(json_text(a, "version"), version) == 0)
            findings_add(findings, same ? GRAVITY_WARNING : GRAVITY_ERROR, "twice", json_text(b, "file"), "%s %s is in %s, too.",
                         slug, version, json_text(a, "file"));
    }
}

/* ---- the file ---- */

static bool is_there_already(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "re");
    char *there = mem_alloc(len + 2);
    bool same = file && fread(there, 1, len + 1, file) == len && memcmp(there, text, len) == 0;

    if (file)
        fclose(file);
    free(there);
    return same;
}

/* Whether a catalogue may go there without --force: where nothing is, or one that was made before. */
static bool is_ours(const char *path)
{
    static const char beginning[] = "{\n  \"simulark\": \"templates\",";
    char there[sizeof beginning] = {0};
    FILE *file = fopen(path, "re");
    bool ours = !file || (fread(there, 1, sizeof beginning - 1, file) == sizeof beginning - 1 && strcmp(there, beginning) == 0);

    if (file)
        fclose(file);
    return ours;
}

static bool write_index(const char *path, const json_t *list, bool force, bool *changed, struct error *err)
{
    json_t *index = json_pack("{s:s, s:i, s:O}", "simulark", "templates", "format", 1, "templates", list);
    char *text = json_dumps(index, JSON_INDENT(2));
    struct buffer bytes = BUFFER_INIT;
    struct output *out;
    bool ok = true;

    buffer_printf(&bytes, "%s\n", text);
    *changed = !is_there_already(path, bytes.data, bytes.len);
    if (*changed) {
        out = output_open(path, force || is_ours(path), err);
        ok = out && output_write(out, bytes.data, bytes.len, err) && output_commit(out, err);
        output_free(out);
    }
    buffer_release(&bytes);
    free(text);
    json_decref(index);
    return ok;
}

static bool make_index(const struct cli *cli, const char *folder, json_t **list, struct findings *findings, struct error *err)
{
    struct template_input in = {0};
    size_t count = 0;
    char **names = read_template_input(&cli->arguments, &in, err) ? list_archives(folder, &count, err) : NULL;

    *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (!error_is_set(err))
            add_entry(*list, folder, names[i], &in, findings, err);
        free(names[i]);
    }
    free(names);
    template_input_release(&in);
    *list = sorted(*list);
    find_twins(*list, findings);
    return !error_is_set(err);
}

static enum status run(struct cli *cli, struct error *err)
{
    const char *folder = cli->arguments.operands[0];
    const char *output = argument_value(&cli->arguments, "output");
    struct findings findings = {0};
    struct buffer path = BUFFER_INIT;
    enum status status = STATUS_OK;
    json_t *list = NULL;
    bool changed = false;

    if (output && !check_output(cli, output, err))
        return err->status;
    if (output)
        buffer_text(&path, output);
    else
        buffer_printf(&path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", INDEX_NAME);
    if (make_index(cli, folder, &list, &findings, err) &&
        write_index(buffer_string(&path), list, argument_given(&cli->arguments, "force"), &changed, err)) {
        status = findings_errors(&findings) ? STATUS_NO : STATUS_OK;
        cli->result = json_pack("{s:o, s:b, s:O, s:o}", "path", text_to_json(buffer_string(&path)), "changed", changed,
                                "templates", list, "findings", findings_to_json(&findings));
        if (!cli->json)
            print_findings(&findings);
        tell(cli, "%s: %zu %s%s.", output_place(buffer_string(&path)), json_array_size(list),
             json_array_size(list) == 1 ? "template" : "templates", changed ? "" : ", as before");
        if (!json_array_size(list))
            tell(cli, "No archive of a template is in %s; `simulark template pack` makes them.", folder);
    } else {
        status = err->status;
    }
    json_decref(list);
    buffer_release(&path);
    findings_release(&findings);
    return status;
}

static const struct option_spec options[] = {
    {"output", 'o', "PATH", "where the catalogue goes (default: index.json in the folder)"},
    {"force", 0, NULL, "replace what is there and is no catalogue"},
    SIGNATURE_OPTIONS,
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command template_index_word = {
    .name = "template index",
    .operands = "FOLDER",
    .summary = "make a catalogue of a folder of templates",
    .about = "Reads every archive of a folder and writes index.json: what each template says of itself, its digest and its "
             "file, by slug, the newest version first. Made again of the same archives it is the same, to the byte. Archives "
             "that are damaged or no templates are named and left out; then the exit status is 1.",
    .options = options,
    .examples = "  simulark template index build/templates\n",
    .min_operands = 1,
    .max_operands = 1,
    .offline = true,
    .run = run,
};
