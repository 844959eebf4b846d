#include "signature_file.h"
#include "simulark/base/memory.h"
#include "simulark/flow/signature.h"

#include <stdlib.h>

/* Compares what a bundle's signature says with what its rows add up to. */
struct signature_filter {
    struct sink base;
    const struct signature_check *check;
    const struct seal_report *sealed;
    struct signature_report *report;
    struct findings *findings; /* NULL: what is wrong ends the stream */
};

static struct signature_filter *self(struct sink *sink)
{
    return (struct signature_filter *)sink;
}

const char *signature_state_name(enum signature_state state)
{
    switch (state) {
    case SIGNATURE_NONE: return "none";
    case SIGNATURE_UNCHECKED:
    case SIGNATURE_UNREAD: return "unchecked";
    case SIGNATURE_UNKNOWN: return "unknown-key";
    case SIGNATURE_GOOD: return "good";
    case SIGNATURE_EDITED: return "edited";
    case SIGNATURE_WRONG: break;
    }
    return "wrong";
}

void signature_report_release(struct signature_report *report)
{
    free(report->comment);
    *report = (struct signature_report){0};
}

/* Tells what is wrong: ends the stream, or is a finding. */
__attribute__((format(printf, 4, 5))) static bool refuse(const struct signature_filter *f, struct error *err, const char *hint,
                                                         const char *format, ...)
{
    struct buffer sentence = BUFFER_INIT;
    va_list args;

    va_start(args, format);
    buffer_vprintf(&sentence, format, args);
    va_end(args);
    if (f->findings) {
        findings_add(f->findings, GRAVITY_DAMAGE, "signature", "signature", "%s", buffer_string(&sentence));
    } else {
        error_set(err, STATUS_MALFORMED, "%s", buffer_string(&sentence));
        error_hint(err, "%s", hint);
    }
    buffer_release(&sentence);
    return f->findings != NULL;
}

static bool check_none(const struct signature_filter *f, struct error *err)
{
    const bool unread = f->sealed->signature_lost && f->findings && f->findings->lost;
    const bool edited = f->sealed->signature_lost && !unread;

    f->report->state = unread ? SIGNATURE_UNREAD : edited ? SIGNATURE_EDITED : SIGNATURE_NONE;
    if (unread)
        return true;
    if (edited && f->check->trusted.count)
        return refuse(f, err, "Get it again from who signed it; or, without --trusted-keys, take it for unsigned.",
                      "The bundle was changed after it was signed.");
    if (f->check->required)
        return refuse(f, err, "Get a signed one, or leave out --require-signature.", "The bundle is not signed.");
    return true;
}

static bool check_trusted(const struct signature_filter *f, const struct minisign_signature *signature, const char *digest,
                          struct error *err)
{
    const struct minisign_public *key = minisign_find(&f->check->trusted, signature->id);
    struct buffer signed_text = BUFFER_INIT;
    bool good;

    if (!key) {
        f->report->state = SIGNATURE_UNKNOWN;
        if (f->check->required)
            return refuse(f, err, "Add its public key to the file of trusted keys, if you trust it.",
                          "The bundle is signed by the key %s, which is none of the trusted ones.", f->report->key_id);
        if (f->findings)
            findings_add(f->findings, GRAVITY_WARNING, "signature", "signature",
                         "The bundle is signed by the key %s, which is none of the trusted ones.", f->report->key_id);
        return true;
    }
    signature_append_signed(digest, &signed_text);
    good = minisign_verify(signature, key, signed_text.data, signed_text.len);
    buffer_release(&signed_text);
    f->report->state = good ? SIGNATURE_GOOD : SIGNATURE_WRONG;
    if (good) {
        f->report->comment = mem_strndup(signature->comment, signature->comment_len);
        return true;
    }
    return refuse(f, err, "Get the bundle again from who signed it.",
                  "The signature is wrong: the key %s has not signed this content.", f->report->key_id);
}

static bool check(const struct signature_filter *f, const struct seal *seal, struct error *err)
{
    const char *text = seal ? seal->signature : NULL;
    struct minisign_signature signature;

    if (!text)
        return check_none(f, err);
    if (!minisign_read_signature(&signature, text, strlen(text))) {
        f->report->state = f->check->trusted.count ? SIGNATURE_WRONG : SIGNATURE_UNCHECKED;
        return !f->check->trusted.count || refuse(f, err, "Get the bundle again from who signed it.",
                                                   "The signature is damaged, or none of minisign's.");
    }
    minisign_id_text(signature.id, f->report->key_id);
    f->report->state = SIGNATURE_UNCHECKED;
    return !f->check->trusted.count || check_trusted(f, &signature, seal->digest, err);
}

static bool trailer(struct sink *sink, const struct seal *seal, struct error *err)
{
    return check(self(sink), seal, err) && sink_pass_trailer(sink, seal, err);
}

static void free_filter(struct sink *sink)
{
    free(self(sink));
}

static const struct sink_ops ops = {
    .header = sink_pass_header,
    .table = sink_pass_table,
    .row = sink_pass_row,
    .table_end = sink_pass_table_end,
    .asset = sink_pass_asset,
    .trailer = trailer,
    .finish = sink_pass_finish,
    .free = free_filter,
};

struct sink *filter_signature(struct sink *next, const struct signature_check *check_for, const struct seal_report *sealed,
                              struct signature_report *report, struct findings *findings)
{
    struct signature_filter *f = mem_alloc(sizeof *f);

    f->base.ops = &ops;
    f->base.next = next;
    f->check = check_for;
    f->sealed = sealed;
    f->report = report;
    f->findings = findings;
    return &f->base;
}
