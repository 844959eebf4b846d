#include "bundle_parts.h"
#include "simulark/base/memory.h"
#include "simulark/base/path.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/database.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/signature.h"
#include "simulark/flow/template.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_there(const char *folder, const char *name, struct buffer *path)
{
    buffer_clear(path);
    buffer_printf(path, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", name);
    return access(buffer_string(path), F_OK) == 0;
}

bool template_is_folder(const char *path, struct buffer *document)
{
    static const char *const names[] = {"template.yaml", "template.yml", "template.json"};

    if (strcmp(path, "-") == 0 || !path_is_folder(path) || is_there(path, "bundle.json", document))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_there(path, names[i], document))
            return true;
    return false;
}

bool template_read_asset(struct template *t, const char *name, const char *path, const struct limits *limits, struct error *err)
{
    struct input *in = input_open(path, err);
    struct buffer bytes = BUFFER_INIT;
    bool ok = in && read_whole(in, limits->asset_bytes, "asset_bytes", &bytes, err);

    if (ok)
        template_add_asset(t, name, buffer_string(&bytes), bytes.len);
    buffer_release(&bytes);
    input_free(in);
    return ok;
}

static bool read_folders_assets(struct template *t, const char *folder, const struct limits *limits, struct error *err)
{
    static const char *const names[] = {"README.md", "thumbnail.svg"};
    struct buffer path = BUFFER_INIT;
    bool ok = true;

    for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++)
        if (is_there(folder, names[i], &path))
            ok = template_read_asset(t, names[i], buffer_string(&path), limits, err);
    buffer_release(&path);
    return ok;
}

bool template_read(const char *path, const struct limits *limits, enum contexts contexts, struct template *t,
                   struct template_notes *notes, struct template_opened *opened, struct error *err)
{
    struct buffer document = BUFFER_INIT;
    struct bundle_info info = {.keys = opened->keys};
    struct findings *findings = notes->findings;
    struct source *source;
    struct sink *sink;
    bool ok = false;

    opened->folder = template_is_folder(path, &document);
    if (opened->folder)
        path = buffer_string(&document);
    source = findings ? source_bundle_lenient(path, limits, findings, &info, err) : source_bundle(path, limits, &info, err);
    if (source) {
        opened->archive = container_is_archive(info.container);
        sink = sink_template(t, contexts, notes);
        if (opened->check)
            sink = filter_signature(sink, opened->check, &opened->sealed, opened->signature, NULL);
        sink = findings ? filter_seal_findings(sink, opened->archive, &opened->sealed, findings)
                        : filter_seal(sink, opened->archive, &opened->sealed);
        ok = stream_run(source, sink, err);
        sink_free(sink);
    }
    source_free(source);
    if (ok && opened->folder && opened->check && opened->check->required) {
        error_set(err, STATUS_MALFORMED, "%s belongs to a folder written by hand, whose files no signature covers.", path);
        error_hint(err, "Pack it (`simulark template pack`), and sign what comes of it.");
        ok = false;
    }
    if (ok && opened->folder) {
        char *folder = mem_strndup(path, strlen(path) - strlen(path_name(path)));

        ok = read_folders_assets(t, folder, limits, err);
        free(folder);
    }
    buffer_release(&document);
    return ok;
}

bool template_read_project(struct pg *pg, const char *project, enum contexts contexts, struct template *t,
                           struct template_notes *notes, struct error *err)
{
    struct selection selection = {.kind = KIND_PROJECT, .projects = &project, .nprojects = 1}; /* the sink chooses contexts */
    struct source *source;
    struct sink *sink;
    bool ok;

    source = source_database(pg, &selection);
    sink = sink_template(t, contexts, notes);
    ok = stream_run(source, sink, err);
    sink_free(sink);
    source_free(source);
    return ok;
}
