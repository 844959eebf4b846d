#include "simulark/base/path.h"
#include "simulark/flow/endpoints.h"

/* Opens whatever bundle stands at a path. */

static struct source *open_folder(const char *path, const struct reading *how, struct bundle_info *info, struct error *err)
{
    struct package_reader *package = package_reader_folder(path, how->limits, err);

    if (!package)
        return NULL;
    info->container = CONTAINER_FOLDER;
    info->ignored = package->ops->ignored(package);
    return source_package(package, NULL, how);
}

static struct source *open_bundle(const char *path, const struct reading *how, struct bundle_info *info, struct error *err)
{
    struct package_reader *package;
    struct input *in;

    *info = (struct bundle_info){0};
    if (path_is_folder(path))
        return open_folder(path, how, info, err);
    in = input_open(path, err);
    if (!in)
        return NULL;
    if (!container_detect(in, &info->container, err)) {
        input_free(in);
        return NULL;
    }
    if (!container_is_archive(info->container))
        return source_document(in, info->container, how);
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
