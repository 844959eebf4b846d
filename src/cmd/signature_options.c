#include "signature_options.h"

#include "simulark/base/json_text.h"

#include <stdlib.h>

bool read_signature_options(const struct arguments *a, struct signature_check *check, struct error *err)
{
    size_t count;
    const char **files = argument_values(a, "trusted-keys", &count);
    bool ok = true;

    check->required = argument_given(a, "require-signature");
    if (check->required && !count) {
        ok = error_set(err, STATUS_USAGE, "--require-signature needs to know whose: --trusted-keys FILE.");
        error_hint(err, "The file holds minisign public keys, such as the NAME.pub that `simulark keygen` writes.");
    }
    for (size_t i = 0; ok && i < count; i++)
        ok = signature_check_trust(check, files[i], err);
    free(files);
    return ok;
}

json_t *signature_to_json(const struct signature_report *report)
{
    if (report->state == SIGNATURE_NONE)
        return json_null();
    return json_pack("{s:s, s:s?, s:o}", "state", signature_state_name(report->state), "key_id",
                     *report->key_id ? report->key_id : NULL, "comment",
                     report->comment ? text_to_json(report->comment) : json_null());
}

void describe_signature(const struct signature_report *report, struct buffer *text)
{
    const char *by = *report->key_id ? report->key_id : "none that can be read";

    switch (report->state) {
    case SIGNATURE_NONE: buffer_text(text, "none"); break;
    case SIGNATURE_UNCHECKED: buffer_printf(text, "not checked (--trusted-keys FILE does), by key %s", by); break;
    case SIGNATURE_UNREAD: buffer_text(text, "not checked: rows could not be read"); break;
    case SIGNATURE_UNKNOWN: buffer_printf(text, "by key %s, which is none of the trusted ones", by); break;
    case SIGNATURE_GOOD: buffer_printf(text, "good, by key %s: %s", by, report->comment); break;
    case SIGNATURE_EDITED: buffer_text(text, "void: the bundle was edited after it was signed"); break;
    case SIGNATURE_WRONG: buffer_printf(text, "wrong, by key %s", by); break;
    }
}

void tell_signature(const struct cli *cli, const struct signature_report *report)
{
    struct buffer text = BUFFER_INIT;

    if (report->state == SIGNATURE_NONE)
        return;
    describe_signature(report, &text);
    tell(cli, "  signature %s", buffer_string(&text));
    buffer_release(&text);
}
