/* A small bundle in every container, cut at every byte and changed at every byte: whatever comes of it is refused, or it is
 * the same content. Nothing here runs a program or needs a database. */
#include "simulark/flow/endpoints.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct limits limits = LIMITS_DEFAULT;

static const char *const hand =
    "{\"simulark\": \"bundle\", \"format\": 1, \"kind\": \"project\", \"created_at\": \"2026-01-01T00:00:00Z\",\n"
    "\"people\": [{\"id\": \"00000000-0000-4000-8000-0000000000a1\", \"email\": \"ada@example.org\"}],\n"
    "\"projects\": [{\"id\": \"10000000-0000-4000-8000-000000000001\", \"user_id\": \"00000000-0000-4000-8000-0000000000a1\",\n"
    "  \"name\": \"Shop\"}],\n"
    "\"graphs\": [{\"id\": \"20000000-0000-4000-8000-000000000001\", \"project_id\": \"10000000-0000-4000-8000-000000000001\"}],\n"
    "\"nodes\": [{\"id\": \"40000000-0000-4000-8000-000000000001\", \"graph_id\": \"20000000-0000-4000-8000-000000000001\",\n"
    "  \"type\": \"service\", \"data\": {\"a\": [1, 2.50, null]}}]}\n";

/* What came of reading it. */
struct verdict {
    enum status status;
    char digest[DIGEST_HEX + 1];
};

static struct source *open_bytes(const char *bytes, size_t len, enum container container, struct findings *findings,
                                 struct error *err)
{
    const struct reading how = {.limits = &limits, .findings = findings};
    struct input *in = input_memory("x", bytes, len);
    struct package_reader *package;

    if (!container_is_archive(container))
        return source_document(in, container, &how);
    package = package_reader_archive(in, container, &limits, err);
    if (package)
        return source_package(package, in, &how);
    input_free(in);
    return NULL;
}

static struct verdict verify(const char *bytes, size_t len, enum container container)
{
    struct findings findings = {0};
    struct seal_report sealed = {0};
    struct error err = ERROR_INIT;
    struct verdict verdict;
    struct source *source = open_bytes(bytes, len, container, &findings, &err);
    struct sink *sink = NULL;
    bool ran = false;

    if (source) {
        sink = sink_check(source, true, &findings);
        sink = filter_seal_findings(sink, true, &sealed, &findings);
        ran = stream_run(source, sink, &err);
    }
    verdict.status = ran ? findings_status(&findings, false) : err.status;
    memcpy(verdict.digest, sealed.digest, sizeof verdict.digest);
    sink_free(sink);
    source_free(source);
    findings_release(&findings);
    error_release(&err);
    return verdict;
}

/* The bundle in a container, as our own sink writes it. The caller frees it. */
static char *make(enum container container, size_t *len)
{
    char path[] = "/tmp/simulark-damage-XXXXXX";
    struct bundle_options options = {.container = container, .force = true, .epoch = 1700000000};
    struct bundle_report written = {0};
    struct seal_report sealed = {0};
    struct error err = ERROR_INIT;
    struct source *source = open_bytes(hand, strlen(hand), CONTAINER_JSON, NULL, &err);
    struct sink *sink;
    char *bytes = malloc(100000);
    int fd = mkstemp(path);
    FILE *file;

    ck_assert(fd >= 0 && bytes);
    close(fd);
    source = source_settled(source);
    sink = filter_seal(sink_bundle(path, &options, &written, &err), false, &sealed);
    ck_assert_msg(stream_run(source, sink, &err), "%s", buffer_string(&err.message));
    sink_free(sink);
    source_free(source);
    file = fopen(path, "rb");
    ck_assert(file != NULL);
    *len = fread(bytes, 1, 100000, file);
    ck_assert(*len > 500 && *len < 100000);
    fclose(file);
    unlink(path);
    return bytes;
}

static const enum container containers[] = {CONTAINER_JSON,     CONTAINER_YAML, CONTAINER_TAR,
                                            CONTAINER_TAR_ZSTD, CONTAINER_TAR_GZIP, CONTAINER_ZIP};

START_TEST(test_cut_at_every_byte)
{
    enum container container = containers[_i];
    size_t len;
    char *bytes = make(container, &len);

    ck_assert_int_eq(verify(bytes, len, container).status, STATUS_OK);
    for (size_t cut = 0; cut < len; cut++) {
        char *part = malloc(cut + 1); /* so that reading beyond the cut shows */
        enum status status;

        ck_assert(part != NULL);
        memcpy(part, bytes, cut);
        status = verify(part, cut, container).status;
        ck_assert_msg(status == STATUS_MALFORMED, "%s cut at %zu of %zu: %s", container_name(container), cut, len,
                      status_name(status));
        free(part);
    }
    free(bytes);
}
END_TEST

START_TEST(test_changed_at_every_byte)
{
    enum container container = containers[_i];
    size_t len;
    char *bytes = make(container, &len);
    struct verdict good = verify(bytes, len, container);

    for (size_t at = 0; at < len; at++) {
        static const unsigned char flips[] = {0x01, 0x80, 0xFF};

        for (size_t f = 0; f < sizeof flips; f++) {
            struct verdict verdict;

            bytes[at] = (char)((unsigned char)bytes[at] ^ flips[f]);
            verdict = verify(bytes, len, container);
            bytes[at] = (char)((unsigned char)bytes[at] ^ flips[f]);
            ck_assert_msg(verdict.status == STATUS_MALFORMED ||
                              (verdict.status <= STATUS_NO && strcmp(verdict.digest, good.digest) == 0),
                          "%s changed at %zu of %zu by %02x: %s", container_name(container), at, len, flips[f],
                          status_name(verdict.status));
        }
    }
    free(bytes);
}
END_TEST

Suite *damage_suite(void);

Suite *damage_suite(void)
{
    Suite *suite = suite_create("damage");
    TCase *tcase = tcase_create("damage");
    const int count = (int)(sizeof containers / sizeof *containers);

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_cut_at_every_byte, 0, count);
    tcase_add_loop_test(tcase, test_changed_at_every_byte, 0, count);
    suite_add_tcase(suite, tcase);
    return suite;
}
