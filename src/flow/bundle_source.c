#include "simulark/base/path.h"
#include "simulark/flow/endpoints.h"

/* Opens whatever bundle stands at a path. */

static struct source *open_folder(const char *path, const struct limits *limits, struct bundle_info *info, struct error *err)
{
    struct package_reader *package = package_reader_folder(path, limits, err);

    if (!package)
        return NULL;
    info->container = CONTAINER_FOLDER;
    info->ignored = package->ops->ignored(package);
    return source_package(package, limits, false);
}

static struct source *open_bundle(const char *path, const struct limits *limits, bool outline, struct bundle_info *info,
                                  struct error *err)
{
    struct package_reader *package;
    struct input *in;

    *info = (struct bundle_info){0};
    if (path_is_folder(path))
        return open_folder(path, limits, info, err);
    in = input_open(path, err);
    if (!in)
        return NULL;
    if (!container_detect(in, &info->container, err)) {
        input_free(in);
        return NULL;
    }
    if (!container_is_archive(info->container))
        return source_document(in, info->container, limits);
    package = package_reader_archive(in, info->container, limits, err);
    if (!package) {
        input_free(in);
        return NULL;
    }
    return source_package(package, limits, outline);
}

struct source *source_bundle(const char *path, const struct limits *limits, struct bundle_info *info, struct error *err)
{
    return open_bundle(path, limits, false, info, err);
}

struct source *source_bundle_outline(const char *path, const struct limits *limits, struct bundle_info *info,
                                     struct error *err)
{
    return open_bundle(path, limits, true, info, err);
}
