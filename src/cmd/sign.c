#include "limit_options.h"
#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/base/path.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/signature.h"

#include <stdlib.h>
#include <time.h>

/* The bundle's name without its folder, and without the '/' behind a directory's. */
static void put_name(struct buffer *text, const char *path)
{
    size_t len = strlen(path);
    char *name;

    while (len > 1 && path[len - 1] == '/')
        len--;
    name = mem_strndup(path, len);
    buffer_text(text, path_name(name));
    free(name);
}

/* The trusted comment: what the caller says, or who signed what, and when. */
static bool make_comment(const struct arguments *a, struct buffer *comment, struct error *err)
{
    const char *given = argument_value(a, "comment");
    int64_t epoch;
    time_t now;
    char text[64];
    struct tm tm;

    if (!source_date_epoch(&epoch, err))
        return false;
    now = epoch >= 0 ? (time_t)epoch : time(NULL);
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (given) {
        buffer_text(comment, given);
    } else {
        buffer_printf(comment, "simulark " SIMULARK_VERSION ", %s, ", text);
        put_name(comment, a->operands[0]);
    }
    for (size_t i = 0; i < comment->len; i++) {
        if ((unsigned char)comment->data[i] >= ' ' && comment->data[i] != 0x7f)
            continue;
        if (given)
            return error_set(err, STATUS_USAGE, "The comment must be one line, without control characters.");
        comment->data[i] = '?';
    }
    if (comment->len > MINISIGN_COMMENT)
        return error_set(err, STATUS_USAGE, "The comment is longer than %d bytes.", MINISIGN_COMMENT);
    return true;
}

/* Only what is as it was sealed is signed. */
static bool check(struct cli *cli, const struct limits *limits, struct bundle_info *info, struct seal_report *sealed,
                  struct error *err)
{
    struct progress_line line = {.cli = cli, .verb = "Checking"};
    struct source *source = source_bundle(cli->arguments.operands[0], limits, info, err);
    struct sink *sink = filter_progress(filter_seal(sink_nothing(), true, sealed), progress_tick, &line);
    bool ok = source && stream_run(source, sink, err);

    progress_end(&line, err);
    sink_free(sink);
    source_free(source);
    if (info->encrypted) {
        error_clear(err);
        error_set(err, STATUS_MALFORMED, "%s is encrypted; what is signed is what is in it.", cli->arguments.operands[0]);
        error_hint(err, "Sign it first, then encrypt it: `simulark convert` keeps the signature.");
    }
    return ok;
}

static struct minisign_secret *read_key(const struct arguments *a, struct error *err)
{
    const char *path = argument_value(a, "key");
    const char *passphrase_file = argument_value(a, "passphrase-file");
    struct secret passphrase = {0};
    struct minisign_secret *key = NULL;

    if (!path) {
        error_set(err, STATUS_USAGE, "Say with which key: --key NAME.key.");
        error_hint(err, "`simulark keygen -o NAME` makes one.");
        return NULL;
    }
    if (!passphrase_file || secret_read_passphrase(&passphrase, passphrase_file, err))
        key = signing_key_read(path, passphrase_file ? &passphrase : NULL, err);
    secret_release(&passphrase);
    return key;
}

static void report(struct cli *cli, const char *path, const struct seal_report *sealed, const struct signing *signing)
{
    char id[MINISIGN_ID_TEXT + 1];

    minisign_id_text(signing->key->id, id);
    cli->result = json_pack("{s:o, s:o, s:s, s:o}", "path", text_to_json(path), "digest",
                            digest_to_json(sealed->digest), "key_id", id, "comment",
                            text_to_json(signing->comment));
    tell(cli, "Signed %s with key %s: %s", path, id, signing->comment);
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *path = a->operands[0];
    struct signing signing = {.force = argument_given(a, "force")};
    struct buffer comment = BUFFER_INIT;
    struct bundle_info info = {0};
    struct seal_report sealed = {0};

    if (strcmp(path, "-") == 0) {
        error_set(err, STATUS_USAGE, "A signature needs a place: name the bundle's file or directory.");
        goto out;
    }
    signing.key = make_comment(a, &comment, err) && read_limits(a, &signing.limits, err) ? read_key(a, err) : NULL;
    signing.comment = buffer_string(&comment);
    if (signing.key && check(cli, &signing.limits, &info, &sealed, err) &&
        bundle_sign(path, info.container, sealed.digest, &signing, err))
        report(cli, path, &sealed, &signing);
out:
    secret_free(signing.key, sizeof *signing.key);
    buffer_release(&comment);
    return err->status;
}

static const struct option_spec options[] = {
    {"key", 0, "NAME.key", "the secret key, of simulark keygen or minisign"},
    {"passphrase-file", 0, "FILE", "the key's passphrase, in FILE's first line"},
    {"comment", 0, "TEXT", "what to sign with it instead of time and name"},
    {"force", 0, NULL, "replace the signature that is there"},
    LIMIT_OPTION,
    {NULL, 0, NULL, NULL},
};

const struct command command_sign = {
    .name = "sign",
    .operands = "PATH",
    .summary = "sign a bundle",
    .about = "Signs a bundle's digest with a minisign key, once the digest is found true: what\n"
             "was edited must be sealed again first (`simulark convert`). The signature goes\n"
             "into the archive or directory, or beside the document, and stays good through\n"
             "every conversion. --trusted-keys FILE checks it, and so does minisign.",
    .options = options,
    .examples = "  simulark sign shop.ark --key curator.key\n"
                "  simulark import shop.ark --trusted-keys curator.pub --require-signature\n",
    .min_operands = 1,
    .max_operands = 1,
    .offline = true,
    .run = run,
};
