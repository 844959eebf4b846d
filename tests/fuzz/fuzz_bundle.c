/* Whole bundles from memory, through sources, seal and checks, strictly and leniently: what is taken strictly must be without
 * damage leniently, and the same content. Headers and seals by themselves: what is taken must come back the same. */
#include "fuzzing.h"
#include "../../src/flow/bundle_source.h"
#include "simulark/base/utf8.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct limits limits = FUZZING_LIMITS;

static void check_error(struct error *err)
{
    must(err->status == STATUS_MALFORMED || err->status == STATUS_CONFLICT || err->status == STATUS_REFUSED);
    must(err->message.len && utf8_check(err->message.data, err->message.len) == err->message.len);
}

/* ---- headers and seals ---- */

static char *text_of(json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    json_decref(object);
    return text;
}

static void check_header(const json_t *object)
{
    struct error err = ERROR_INIT;
    struct manifest *m = manifest_from_json(object, &err);

    if (m) {
        char *once = text_of(manifest_to_json(m));
        json_t *parsed = json_loads(once, JSON_REJECT_DUPLICATES, NULL);
        struct manifest *again = m->by_hand ? NULL : manifest_from_json(parsed, &err);

        must(parsed != NULL && (again || m->by_hand));
        if (again) {
            char *twice = text_of(manifest_to_json(again));

            must(strcmp(once, twice) == 0);
            free(twice);
        }
        manifest_free(again);
        json_decref(parsed);
        free(once);
    } else {
        check_error(&err);
    }
    manifest_free(m);
    error_release(&err);
}

static void check_seal(const json_t *object)
{
    struct error err = ERROR_INIT;
    struct seal *seal = seal_from_json(object, &err);

    if (seal) {
        json_t *once = seal_to_json(seal);
        struct seal *again = seal_from_json(once, &err);
        json_t *twice = again ? seal_to_json(again) : NULL;

        must(twice && json_equal(once, twice));
        json_decref(once);
        json_decref(twice);
        seal_free(again);
    } else {
        check_error(&err);
    }
    seal_free(seal);
    error_release(&err);
}

static void check_objects(const char *text, size_t len)
{
    json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(object)) {
        check_header(object);
        check_seal(object);
    }
    json_decref(object);
}

/* ---- bundles ---- */

struct outcome {
    bool ran, clean;
    char digest[DIGEST_HEX + 1];
};

static struct outcome read_bundle(const char *text, size_t len, struct findings *findings)
{
    static const struct rereading shared = {.begun = true, .now = 1700000000};
    const struct reading how = {.limits = &limits, .findings = findings, .shared = &shared};
    struct findings strictly = {.bundle = "fuzz"}; /* of the check behind it, which tells and goes on */
    struct input *in = input_memory("fuzz", text, len);
    struct seal_report sealed = {0};
    struct outcome outcome = {0};
    struct error err = ERROR_INIT;
    struct source *source = NULL;
    enum container container;
    bool archive = false;

    if (container_detect(in, &container, &err)) {
        struct package_reader *package;

        archive = container_is_archive(container);
        package = archive ? package_reader_archive(in, container, &limits, &err) : NULL;
        if (package || !archive)
            source = archive ? source_package(package, in, &how) : source_document(in, container, &how);
    }
    if (source) {
        struct sink *sink = sink_check(source, archive, findings ? findings : &strictly);

        sink = findings ? filter_seal_findings(sink, archive, &sealed, findings) : filter_seal(sink, archive, &sealed);
        outcome.ran = stream_run(source, sink, &err);
        outcome.clean = outcome.ran && strictly.counts[GRAVITY_DAMAGE] == 0;
        memcpy(outcome.digest, sealed.digest, sizeof outcome.digest);
        sink_free(sink);
    } else {
        input_free(in);
    }
    if (!outcome.ran)
        check_error(&err);
    source_free(source);
    findings_release(&strictly);
    error_release(&err);
    return outcome;
}

static void check_bundle(const char *text, size_t len)
{
    struct findings findings = {.bundle = "fuzz"};
    struct outcome strict = read_bundle(text, len, NULL);
    struct outcome lenient = read_bundle(text, len, &findings);

    if (strict.clean)
        must(lenient.ran && findings.counts[GRAVITY_DAMAGE] == 0 && strcmp(strict.digest, lenient.digest) == 0);
    findings_release(&findings);
}

/* ---- a tar of what the bytes say: names are chosen, so that the fuzzer need not find sums ---- */

static void tar_add(struct buffer *tar, const char *name, const char *bytes, size_t len)
{
    static const char zeros[512];
    char h[512] = {0};
    unsigned sum = 0;

    snprintf(h, 100, "%s", name);
    memcpy(h + 100, "0000644", 8);
    snprintf(h + 124, 12, "%011zo", len);
    memcpy(h + 148, "        ", 8);
    h[156] = '0';
    memcpy(h + 257, "ustar\0" "00", 8);
    for (size_t i = 0; i < sizeof h; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    buffer_append(tar, h, sizeof h);
    buffer_append(tar, bytes, len);
    buffer_append(tar, zeros, (512 - len % 512) % 512);
}

static void check_package(const char *text, size_t len)
{
    static const char *const names[] = {"bundle.json", "data/projects/000001.jsonl", "data/graphs/000001.jsonl",
                                        "data/projects/000001.yaml", "data/projects/000002.jsonl", "data/nodes/000001.jsonl",
                                        "assets/a", "seal.json"};
    static const char end[1024];
    struct buffer tar = BUFFER_INIT;

    for (size_t at = 0; at < len;) {
        const char *stop = memchr(text + at, '\xFF', len - at);
        size_t part = stop ? (size_t)(stop - text) - at : len - at;

        if (part)
            tar_add(&tar, names[(unsigned char)text[at] % 8], text + at + 1, part - 1);
        at += part + 1;
    }
    buffer_append(&tar, end, sizeof end);
    check_bundle(tar.data, tar.len);
    buffer_release(&tar);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;

    if (!size)
        return 0;
    switch (data[0] % 3) {
    case 0: check_objects(text, size - 1); break;
    case 1: check_bundle(text, size - 1); break;
    default: check_package(text, size - 1);
    }
    return 0;
}
