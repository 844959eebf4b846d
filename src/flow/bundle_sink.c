#include "bundle_sink.h"

#include "signature_file.h"

#include <time.h>

json_t *bundle_header(const struct manifest *manifest, const struct bundle_options *options)
{
    json_t *header = manifest_to_json(manifest);

    json_object_set_new(header, "encoding", json_string(encoding_name(options->encoding)));
    if (options->epoch >= 0 && manifest->created_at) {
        char text[64];
        struct tm tm;
        time_t epoch = (time_t)options->epoch;

        gmtime_r(&epoch, &tm);
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
        json_object_set_new(header, "created_at", json_string(text));
    }
    return header;
}

static struct sink *open_folder(const char *path, const struct bundle_options *options, struct bundle_report *report,
                                struct error *err)
{
    struct output_folder *folder = output_folder_open(path, options->force, err);

    return folder ? sink_package(package_writer_folder(folder), options, report) : NULL;
}

/* A signature that stays where its document goes would be taken for the new one's. */
static bool check_beside(const char *path, const struct bundle_options *options, struct error *err)
{
    struct buffer name = BUFFER_INIT;
    bool there;

    buffer_printf(&name, "%s" SIGNATURE_ENDING, path);
    there = !options->force && strcmp(path, "-") != 0 && !container_is_archive(options->container) &&
            signature_file_exists(buffer_string(&name));
    if (there) {
        error_set(err, STATUS_CONFLICT, "%s is there already.", buffer_string(&name));
        error_hint(err, "It would sign the new document. Use --force to replace it, or another name.");
    }
    buffer_release(&name);
    return !there;
}

struct sink *sink_bundle(const char *path, const struct bundle_options *options, struct bundle_report *report,
                         struct error *err)
{
    struct package_writer *package;
    struct output *out;

    if (options->container == CONTAINER_FOLDER)
        return open_folder(path, options, report, err);
    if (!check_beside(path, options, err))
        return NULL;
    out = output_open(path, options->force, err);
    if (out && options->encrypt_to)
        out = age_encrypt(out, options->encrypt_to, err);
    if (!out)
        return NULL;
    if (!container_is_archive(options->container))
        return sink_document(out, options, report);
    package = package_writer_archive(out, options->container, PACKAGE_TIME, err);
    return package ? sink_package(package, options, report) : NULL;
}
