#include "simulark/cmd/cmd.h"
#include "simulark/flow/signature.h"

static json_t *name_with(const char *name, const char *ending)
{
    struct buffer text = BUFFER_INIT;
    json_t *string;

    buffer_printf(&text, "%s%s", name, ending);
    string = text_to_json(buffer_string(&text));
    buffer_release(&text);
    return string;
}

static void report(struct cli *cli, const char *name, const char *id)
{
    cli->result = json_pack("{s:o, s:o, s:s}", "key", name_with(name, ".key"), "public", name_with(name, ".pub"), "key_id", id);
    tell(cli, "Made the signing key %s: %s.key, which is secret, and %s.pub, to give to others.", id, name, name);
}

static enum status run(struct cli *cli, struct error *err)
{
    const struct arguments *a = &cli->arguments;
    const char *name = argument_value(a, "output");
    const char *passphrase_file = argument_value(a, "passphrase-file");
    struct secret passphrase = {0};
    char id[MINISIGN_ID_TEXT + 1];

    if (!name) {
        error_set(err, STATUS_USAGE, "Say where the pair goes: -o NAME makes NAME.key and NAME.pub.");
        return err->status;
    }
    if ((!passphrase_file || secret_read_passphrase(&passphrase, passphrase_file, err)) &&
        signing_pair_make(name, passphrase_file ? &passphrase : NULL, argument_given(a, "force"), id, err))
        report(cli, name, id);
    secret_release(&passphrase);
    return err->status;
}

static const struct option_spec options[] = {
    {"output", 'o', "NAME", "where the pair goes: NAME.key and NAME.pub"},
    {"passphrase-file", 0, "FILE", "protect NAME.key with FILE's first line"},
    {"force", 0, NULL, "replace a pair that is there"},
    {NULL, 0, NULL, NULL},
};

const struct command command_keygen = {
    .name = "keygen",
    .operands = "",
    .group = "Sign",
    .summary = "make a pair of keys to sign bundles with",
    .about = "Makes a signing pair in minisign's formats: NAME.key, which only its owner can\n"
             "read and who has it can sign, and NAME.pub, which checks. Without a passphrase\n"
             "NAME.key works for whoever gets hold of it.",
    .options = options,
    .examples = "  simulark keygen -o curator\n"
                "  simulark keygen -o curator --passphrase-file ~/.curator-passphrase\n",
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
