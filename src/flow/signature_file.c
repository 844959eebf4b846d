#include "signature_file.h"

#include "bundle_parts.h"
#include "simulark/base/digest.h"
#include "simulark/base/memory.h"
#include "simulark/base/output.h"
#include "simulark/format/minisign.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void signature_append_signed(const char *digest, struct buffer *text)
{
    buffer_printf(text, DIGEST_PREFIX "%s\n", digest);
}

bool signature_file_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

char *signature_read(struct input *in, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    char *copy = NULL;

    if (read_whole(in, MINISIGN_BYTES, NULL, &text, err)) {
        if (memchr(buffer_string(&text), '\0', text.len))
            error_set(err, STATUS_MALFORMED, "%s is no signature.", input_name(in));
        else
            copy = mem_strndup(buffer_string(&text), text.len);
    }
    buffer_release(&text);
    return copy;
}

static char *path_beside(const char *document)
{
    return text_printf("%s" SIGNATURE_ENDING, document);
}

bool signature_read_beside(const char *document, char **text, struct error *err)
{
    char *path = path_beside(document);
    struct input *in = NULL;
    struct stat st;
    bool ok = true;

    *text = NULL;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        in = input_open(path, err);
        *text = in ? signature_read(in, err) : NULL;
        ok = *text != NULL;
    }
    input_free(in);
    free(path);
    return ok;
}

bool signature_file_write(const char *path, const char *text, size_t len, struct error *err)
{
    struct output *out = output_open(path, true, err);
    bool ok = out && output_write(out, text, len, err) && output_commit(out, err);

    output_free(out);
    return ok;
}

bool signature_write_beside(const char *document, const char *text, struct error *err)
{
    char *path = path_beside(document);
    bool ok = true;

    if (text)
        ok = signature_file_write(path, text, strlen(text), err);
    else if (signature_file_exists(path) && unlink(path) != 0)
        ok = error_file(err, errno, "Cannot remove %s, which signs what was there before", path);
    free(path);
    return ok;
}
