/* Templates from memory: documents written by hand, and what a row of the table templates holds. What has no errors comes back
 * out of a row with the same digest, and what is made of it for a user is a bundle without damage. */
#include "fuzzing.h"
#include "../../src/flow/bundle_source.h"
#include "simulark/base/utf8.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"
#include "simulark/flow/template.h"
#include "simulark/model/template_header.h"

#include <stdlib.h>
#include <string.h>

static const struct limits limits = FUZZING_LIMITS;

static void check_error(struct error *err)
{
    must(error_is_set(err) && err->message.len && utf8_check(err->message.data, err->message.len) == err->message.len);
}

static bool read_document(struct template *t, const char *text, size_t len, struct error *err)
{
    static const struct rereading shared = {.begun = true, .now = 1700000000};
    const struct reading how = {.limits = &limits, .shared = &shared};
    struct input *in = input_memory("fuzz", text, len);
    struct template_notes notes = {0};
    struct seal_report sealed = {0};
    struct source *source;
    struct sink *sink;
    bool ok;

    source = source_document(in, CONTAINER_YAML, &how);
    sink = filter_seal(sink_template(t, CONTEXTS_ALL, &notes), false, &sealed);
    ok = stream_run(source, sink, err) && notes.template;
    sink_free(sink);
    source_free(source);
    template_notes_release(&notes);
    return ok;
}

/* As publish does it, and who reads the row. */
static void check_row(const struct template *t)
{
    const struct template_row row = {.name = template_text(t->header, "name"),
                                     .description = template_text(t->header, "description"),
                                     .category = template_text(t->header, "category"),
                                     .premium = json_is_true(json_object_get(t->header, "premium"))};
    struct buffer data = BUFFER_INIT;
    struct template back = {0};
    struct error err = ERROR_INIT;
    char digest[DIGEST_HEX + 1];
    char again[DIGEST_HEX + 1];
    char text[DIGEST_TEXT + 1];
    char *claimed = NULL;

    must(template_digest(t, digest, &err));
    digest_format(digest, text);
    template_to_data(t, text, &data);
    must(template_from_data(&back, data.data, data.len, &row, &claimed, &err) && claimed);
    must(template_digest(&back, again, &err) && strcmp(digest, again) == 0);
    free(claimed);
    template_release(&back);
    buffer_release(&data);
}

static void check_use(struct template *t)
{
    json_t *lineage = json_pack("{s:s}", "name", "fuzz");
    struct renewal renewal = {.owner = "00000000-0000-4000-8000-0000000000a1", .lineage = lineage};
    struct findings findings = {.bundle = "fuzz"};
    struct seal_report sealed = {0};
    struct error err = ERROR_INIT;

    if (template_renew(t, &renewal, &err)) {
        struct source *source = source_template_project(t, &renewal);
        struct sink *sink = filter_seal(sink_check(source, false, &findings), false, &sealed);

        must(stream_run(source, sink, &err) && !findings.counts[GRAVITY_DAMAGE]);
        sink_free(sink);
        source_free(source);
    } else {
        must(err.status == STATUS_USAGE); /* a parameter that is required */
        check_error(&err);
    }
    findings_release(&findings);
    error_release(&err);
    json_decref(lineage);
}

static void check(struct template *t)
{
    const struct template_rules rules = {0};
    struct findings findings = {.bundle = "fuzz"};
    struct buffer svg = BUFFER_INIT;

    template_header_tidy(t->header);
    template_check(t, &rules, &findings);
    json_decref(template_outline(t));
    json_decref(template_fingerprints(t));
    template_draw(t, &svg);
    if (!findings.counts[GRAVITY_ERROR] && !findings.counts[GRAVITY_DAMAGE]) {
        if (template_text(t->header, "slug"))
            check_row(t);
        check_use(t);
    }
    buffer_release(&svg);
    findings_release(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct template_row row = {.name = "fuzz"};
    const char *text = (const char *)data + 1;
    struct template t = {0};
    struct error err = ERROR_INIT;
    char *claimed = NULL;

    if (!size)
        return 0;
    if (data[0] & 1 ? template_from_data(&t, text, size - 1, &row, &claimed, &err) : read_document(&t, text, size - 1, &err))
        check(&t);
    else if (error_is_set(&err))
        check_error(&err);
    free(claimed);
    template_release(&t);
    error_release(&err);
    return 0;
}
