#include "bundle_options.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether a pipe or device is there: a name such as /dev/stdout is none of a directory. */
static bool is_special(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode);
}

/* Which container: what --format says, else the path's ending. */
static bool choose_container(const struct arguments *a, const char *path, enum container *container, struct error *err)
{
    const char *format = argument_value(a, "format");

    if (format) {
        if (container_from_name(format, container))
            return true;
        error_set(err, STATUS_USAGE, "There is no format \"%s\".", format);
        error_hint(err, "Formats are yaml, json, directory, ark, tar, tar.gz, tar.zst and zip.");
        return false;
    }
    if (strcmp(path, "-") == 0) {
        *container = CONTAINER_YAML;
        return true;
    }
    if (container_from_path(path, container) && !(*container == CONTAINER_FOLDER && is_special(path)))
        return true;
    error_set(err, STATUS_USAGE, "The ending of %s tells no format.", path);
    error_hint(err, "Use .yaml, .json, .ark, .tar.zst, .tar.gz, .tar, .zip, a name ending in / for a directory, or --format.");
    return false;
}

/* Whether what is written can go to standard output: a directory cannot, nor bytes to a terminal. */
static bool check_standard_output(const struct bundle_options *options, struct error *err)
{
    if (options->container == CONTAINER_FOLDER)
        return error_set(err, STATUS_USAGE, "A directory cannot go to standard output; an archive can: --format ark.");
    if (!isatty(STDOUT_FILENO) || (!container_is_archive(options->container) && !options->encrypt_to))
        return true;
    error_set(err, STATUS_USAGE, "%s is nothing for a terminal to show.",
              options->encrypt_to ? "What is encrypted" : "An archive");
    error_hint(err, "Name a file, or send it on: … | ssh host 'cat >shop.ark'.");
    return false;
}

bool read_bundle_options(const struct arguments *a, const char *path, struct bundle_options *options, struct error *err)
{
    static const char *const encodings[] = {"json", "yaml", NULL};
    int encoding = argument_choice(a, "encoding", encodings, ENCODING_JSON, err);

    if (encoding < 0)
        return false;
    options->encoding = (enum encoding)encoding;
    options->force = argument_given(a, "force");
    if (!choose_container(a, path, &options->container, err))
        return false;
    if (strcmp(path, "-") == 0 && !check_standard_output(options, err))
        return false;
    if (path_is_encrypted(path) && !options->encrypt_to) {
        error_set(err, STATUS_USAGE, "The ending of %s says that it is encrypted: say to whom.", path);
        error_hint(err, "--encrypt-to RECIPIENT, --recipients-file FILE or --passphrase-file FILE.");
        return false;
    }
    if (options->container == CONTAINER_FOLDER && options->encrypt_to) {
        error_set(err, STATUS_USAGE, "A directory cannot be encrypted; an archive or a document can.");
        error_hint(err, "For instance shop.ark.age, or shop.yaml.age.");
        return false;
    }
    return source_date_epoch(&options->epoch, err);
}

const char *bundle_kind(const struct bundle_options *options, char text[32])
{
    snprintf(text, 32, "%s%s", options->encrypt_to ? "encrypted " : "", container_name(options->container));
    return text;
}
