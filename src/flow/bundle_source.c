#include "bundle_source.h"

#include "row_defaults.h"
#include "signature_file.h"
#include "simulark/base/path.h"
#include "simulark/base/standard_input.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/template.h"

#include <stdlib.h>

/* Opens whatever bundle stands at a path. */

/* What `template pack` begins with looks like a bundle's folder, and has everything but rows. */
static bool is_no_template(const char *path, struct error *err)
{
    struct buffer document = BUFFER_INIT;
    bool is_template = template_is_folder(path, &document);

    if (is_template) {
        error_set(err, STATUS_MALFORMED, "%s is a template's folder and no bundle yet.", path);
        error_hint(err, "`simulark template pack` makes one of it, or name its %s.", strrchr(buffer_string(&document), '/') + 1);
    }
    buffer_release(&document);
    return !is_template;
}

static struct source *open_folder(const char *path, const struct reading *how, struct bundle_info *info, struct error *err)
{
    struct package_reader *package = is_no_template(path, err) ? package_reader_folder(path, how->limits, err) : NULL;
    struct reading whole = *how;

    if (!package)
        return NULL;
    whole.outline = false; /* a working copy is small, and has to be read whole to know whether it was edited */
    info->container = CONTAINER_FOLDER;
    info->at_hand = true;
    info->ignored = package->ops->ignored(package);
    return source_package(package, NULL, &whole);
}

static struct source *open_document(struct input *in, const char *path, const struct reading *how, struct bundle_info *info,
                                    struct error *err)
{
    struct reading with = *how;
    struct source *source = NULL;
    char *signature = NULL;

    if (strcmp(path, "-") == 0 || signature_read_beside(path, &signature, err)) {
        with.signature = signature;
        source = source_document(in, info->container, &with);
    } else {
        input_free(in);
    }
    free(signature);
    return source;
}

/* What is in a file that may be encrypted; it takes over in. */
static struct input *in_clear(struct input *in, const struct reading *how, struct bundle_info *info, struct error *err)
{
    if (!age_detect(in, &info->encrypted, err)) {
        input_free(in);
        return NULL;
    }
    return info->encrypted ? age_decrypt(in, info->keys, how->limits, err) : in;
}

static struct source *open_bundle(const char *path, const struct reading *how, struct bundle_info *info, struct error *err)
{
    struct package_reader *package;
    struct input *in;

    *info = (struct bundle_info){.keys = info->keys};
    if (strcmp(path, "-") != 0 && path_is_folder(path))
        return open_folder(path, how, info, err);
    in = input_open(path, err);
    info->at_hand = in && input_size(in) >= 0;
    if (in)
        in = in_clear(in, how, info, err);
    if (!in)
        return NULL;
    if (!container_detect(in, &info->container, err)) {
        input_free(in);
        return NULL;
    }
    if (!container_is_archive(info->container))
        return open_document(in, path, how, info, err);
    package = package_reader_archive(in, info->container, how->limits, err);
    if (!package) {
        input_free(in);
        return NULL;
    }
    return source_package(package, in, how);
}

struct source *source_bundle(const char *path, const struct limits *limits, struct bundle_info *info, struct error *err)
{
    return open_bundle(path, &(struct reading){.limits = limits}, info, err);
}

struct source *source_bundle_again(const char *path, const struct limits *limits, struct rereading *shared,
                                   struct bundle_info *info, struct error *err)
{
    if (!shared->begun) {
        shared->now = row_defaults_now();
        uuid_random(&shared->secret);
        shared->begun = true;
    }
    if (strcmp(path, "-") == 0 && !standard_input_again(err))
        return NULL;
    return open_bundle(path, &(struct reading){.limits = limits, .shared = shared}, info, err);
}

struct source *source_bundle_outline(const char *path, const struct limits *limits, struct bundle_info *info,
                                     struct error *err)
{
    return open_bundle(path, &(struct reading){.limits = limits, .outline = true}, info, err);
}

struct source *source_bundle_lenient(const char *path, const struct limits *limits, struct findings *findings,
                                     struct bundle_info *info, struct error *err)
{
    return open_bundle(path, &(struct reading){.limits = limits, .findings = findings}, info, err);
}
