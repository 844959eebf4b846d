/* A small bundle in every container, cut at every byte and changed at every byte: whatever comes of it is refused, or it is
 * the same content. Nothing here runs a program or needs a database. */
#include "../../src/flow/bundle_source.h"
#include "simulark/flow/bundle.h"
#include "simulark/flow/filters.h"

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

#define ROOM ((size_t)4 << 20) /* for the largest of the bundles */

/* A bundle in a container, as our own sink writes it. The caller frees it. */
static char *make_of(const char *text, enum container container, size_t *len)
{
    char path[] = "/tmp/simulark-damage-XXXXXX";
    struct bundle_options options = {.container = container, .force = true, .epoch = 1700000000};
    struct bundle_report written = {0};
    struct seal_report sealed = {0};
    struct error err = ERROR_INIT;
    struct source *source = open_bytes(text, strlen(text), CONTAINER_JSON, NULL, &err);
    struct sink *sink;
    char *bytes = malloc(ROOM);
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
    *len = fread(bytes, 1, ROOM, file);
    ck_assert(*len > 500 && *len < ROOM);
    fclose(file);
    unlink(path);
    return bytes;
}

static char *make(enum container container, size_t *len)
{
    return make_of(hand, container, len);
}

/* The same project with so many nodes that compression and reading go over many blocks. */
static char *make_large(enum container container, size_t *len)
{
    struct buffer text = BUFFER_INIT;
    char *bytes;

    buffer_append(&text, hand, strlen(hand) - strlen("]}\n"));
    for (unsigned i = 2; i < 3000; i++)
        buffer_printf(&text,
                      ",\n{\"id\": \"40000000-0000-4000-8000-%012u\", \"graph_id\": \"20000000-0000-4000-8000-000000000001\", "
                      "\"type\": \"service\", \"label\": \"%u\", \"data\": {\"k\": %u}}",
                      i, i * 2654435761U, i * 40503U);
    buffer_text(&text, "]}\n");
    bytes = make_of(buffer_string(&text), container, len);
    buffer_release(&text);
    return bytes;
}

static const enum container containers[] = {CONTAINER_JSON,     CONTAINER_YAML, CONTAINER_TAR,
                                            CONTAINER_TAR_ZSTD, CONTAINER_TAR_GZIP, CONTAINER_ZIP};

/* Within a run of equal bytes, of which tar is full, one place is like the next: every 16th is tried, and its ends. */
static bool is_like_the_next(const char *bytes, size_t len, size_t at)
{
    return at % 16 != 0 && at >= 2 && at + 2 < len && memcmp(bytes + at - 2, bytes + at - 1, 4) == 0;
}

START_TEST(test_cut_at_every_byte)
{
    enum container container = containers[_i];
    size_t len;
    char *bytes = make(container, &len);

    ck_assert_int_eq(verify(bytes, len, container).status, STATUS_OK);
    for (size_t cut = 0; cut < len; cut++) {
        char *part;
        enum status status;

        if (is_like_the_next(bytes, len, cut))
            continue;
        part = malloc(cut + 1); /* so that reading beyond the cut shows */
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

/* How many of the changes each byte gets: one under the sanitizers, where all of them take a minute. */
#ifdef SIMULARK_SANITIZED
#define CHANGES 1
#else
#define CHANGES 3
#endif

START_TEST(test_changed_at_every_byte)
{
    enum container container = containers[_i];
    size_t len;
    char *bytes = make(container, &len);
    struct verdict good = verify(bytes, len, container);

    for (size_t at = 0; at < len; at++) {
        static const unsigned char flips[3] = {0x01, 0x80, 0xFF};

        if (is_like_the_next(bytes, len, at))
            continue;
        for (size_t change = 0; change < CHANGES; change++) {
            unsigned char flip = flips[(at + change) % 3];
            struct verdict verdict;

            bytes[at] = (char)((unsigned char)bytes[at] ^ flip);
            verdict = verify(bytes, len, container);
            bytes[at] = (char)((unsigned char)bytes[at] ^ flip);
            ck_assert_msg(verdict.status == STATUS_MALFORMED ||
                              (verdict.status <= STATUS_NO && strcmp(verdict.digest, good.digest) == 0),
                          "%s changed at %zu of %zu by %02x: %s", container_name(container), at, len, flip,
                          status_name(verdict.status));
        }
    }
    free(bytes);
}
END_TEST

/* Places drawn by a fixed generator: cut there, a byte changed there, a run taken out there, a run doubled there. */
START_TEST(test_a_large_one_at_random_places)
{
    enum container container = containers[_i];
    uint32_t random = 12345;
    size_t len;
    char *bytes = make_large(container, &len);
    struct verdict good = verify(bytes, len, container);
    char *other = malloc(len + 4096);

    ck_assert_int_eq(good.status, STATUS_OK);
    ck_assert(other != NULL);
    for (unsigned round = 0; round < 32; round++) {
        struct verdict verdict;
        size_t run, at, size;

        random = random * 1664525 + 1013904223;
        at = random % (len - 1);
        run = 1 + (random >> 16) % 4095;
        if (run > len - at)
            run = len - at;
        memcpy(other, bytes, at);
        switch (round % 4) {
        case 0: size = at; break;
        case 1:
            memcpy(other + at, bytes + at, len - at);
            other[at] = (char)((unsigned char)other[at] ^ (1U << (random >> 28) % 8));
            size = len;
            break;
        case 2:
            memcpy(other + at, bytes + at + run, len - at - run);
            size = len - run;
            break;
        default:
            memcpy(other + at, bytes + at, run);
            memcpy(other + at + run, bytes + at, len - at);
            size = len + run;
        }
        verdict = verify(other, size, container);
        ck_assert_msg(verdict.status == STATUS_MALFORMED ||
                          (verdict.status <= STATUS_NO && strcmp(verdict.digest, good.digest) == 0),
                      "%s, round %u at %zu of %zu (%zu): %s", container_name(container), round, at, len, run,
                      status_name(verdict.status));
    }
    free(other);
    free(bytes);
}
END_TEST

START_TEST(test_what_follows_the_end)
{
    static const char *const tails[] = {"x", "\n{}", "\n---\n{}\n", "PK", "}", "]"};
    enum container container = containers[_i];
    size_t len;
    char *bytes = make(container, &len);

    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        memcpy(bytes + len, tails[i], strlen(tails[i]));
        ck_assert_msg(verify(bytes, len + strlen(tails[i]), container).status == STATUS_MALFORMED, "%s and %s",
                      container_name(container), tails[i]);
    }
    memcpy(bytes + len, bytes, len); /* the same again */
    ck_assert_int_eq(verify(bytes, 2 * len, container).status, STATUS_MALFORMED);
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
    tcase_set_tags(tcase, "long");
    tcase_add_loop_test(tcase, test_cut_at_every_byte, 0, count);
    tcase_add_loop_test(tcase, test_changed_at_every_byte, 0, count);
    tcase_add_loop_test(tcase, test_a_large_one_at_random_places, 0, count);
    tcase_add_loop_test(tcase, test_what_follows_the_end, 0, count);
    suite_add_tcase(suite, tcase);
    return suite;
}
