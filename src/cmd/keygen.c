#include "simulark/base/json_text.h"
#include "simulark/cmd/cmd.h"
#include "simulark/flow/key_pair.h"

#include <string.h>

static json_t *name_with(const char *name, const char *ending)
{
    char *path = text_printf("%s%s", name, ending);
    json_t *string = text_to_json(path);

    free(path);
    return string;
}

static void report(struct cli *cli, const char *name)
{
    cli->result = json_pack("{s:o, s:o}", "key", name_with(name, ".key"), "public", name_with(name, ".pub"));
}

static void make_signing_pair(struct cli *cli, const char *name, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *passphrase_file = argument_value(a, "passphrase-file");
    struct secret passphrase = {0};
    char id[MINISIGN_ID_TEXT + 1];

    if ((!passphrase_file || secret_read_passphrase(&passphrase, passphrase_file, err)) &&
        signing_pair_make(name, passphrase_file ? &passphrase : NULL, argument_given(a, "force"), id, err)) {
        report(cli, name);
        json_object_set_new(cli->result, "key_id", json_string(id));
        tell(cli, "Made the signing key %s: %s.key, which is secret, and %s.pub, to give to others.", id, name, name);
    }
    secret_release(&passphrase);
}

static void make_encryption_pair(struct cli *cli, const char *name, struct error *err)
{
    struct buffer recipient = BUFFER_INIT;

    if (argument_given(&cli->arguments, "passphrase-file")) {
        error_set(err, STATUS_USAGE, "An age identity takes no passphrase.");
        error_hint(err, "Keep it where only its owner can read it; or encrypt bundles with a passphrase instead.");
    } else if (encryption_pair_make(name, argument_given(&cli->arguments, "force"), &recipient, err)) {
        report(cli, name);
        json_object_set_new(cli->result, "recipient", json_string(buffer_string(&recipient)));
        tell(cli, "Made an age identity: %s.key, which is secret, and %s.pub, with the recipient to encrypt to:", name, name);
        tell(cli, "%s", buffer_string(&recipient));
    }
    buffer_release(&recipient);
}

static enum status run(struct cli *cli, struct error *err)
{
    const char *name = argument_value(&cli->arguments, "output");

    if (!name)
        error_set(err, STATUS_USAGE, "Say where the pair goes: -o NAME makes NAME.key and NAME.pub.");
    else if (strcmp(name, "-") == 0)
        error_set(err, STATUS_USAGE, "A pair of keys goes into two files: -o NAME makes NAME.key and NAME.pub.");
    else if (argument_given(&cli->arguments, "age"))
        make_encryption_pair(cli, name, err);
    else
        make_signing_pair(cli, name, err);
    return err->status;
}

static const struct option_spec options[] = {
    {"output", 'o', "NAME", "where the pair goes: NAME.key and NAME.pub"},
    {"age", 0, NULL, "make an age identity and its recipient, to encrypt with"},
    {"passphrase-file", 0, "FILE", "protect NAME.key with FILE's first line"},
    {"force", 0, NULL, "replace a pair that is there"},
    {NULL, 0, NULL, NULL},
};

const struct command command_keygen = {
    .name = "keygen",
    .operands = "",
    .group = "Sign",
    .summary = "make a pair of keys to sign, or to encrypt with",
    .about = "Makes a signing pair in minisign's formats: NAME.key, which only its owner can\n"
             "read and who has it can sign, and NAME.pub, which checks. Without a passphrase\n"
             "NAME.key works for whoever gets hold of it. With --age it makes a pair to encrypt\n"
             "with, as age-keygen does: what is encrypted to NAME.pub's recipient, NAME.key\n"
             "opens.",
    .options = options,
    .examples = "  simulark keygen -o curator\n"
                "  simulark keygen -o curator --passphrase-file ~/.curator-passphrase\n"
                "  simulark keygen --age -o backup\n",
    .min_operands = 0,
    .max_operands = 0,
    .offline = true,
    .run = run,
};
