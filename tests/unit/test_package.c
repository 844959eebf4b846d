#include "package_reading.h"

#include "files.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- archives as we write them ---- */

static const struct {
    const char *name;
    const char *content;
} usual[] = {
    {"bundle.json", "{\"simulark\":\"bundle\"}"},
    {"data/projects/000001.jsonl", "{\"id\":1}\n"},
    {"data/nodes/000001.jsonl", ""},
    {"data/nodes/000002.jsonl", "{\"id\":2}\n{\"id\":3}\n"},
    {"assets/README.md", "# Shop\n"},
    {"assets/u\xCC\x88.md", "decomposed\n"},
    {"assets/\xC3\xBC.md", "composed\n"},
    {"seal.json", "{}"},
    {"seal.json.minisig", "untrusted comment: x\n"},
};

#define USUAL (sizeof usual / sizeof *usual)

static void expect_usual(struct buffer *text)
{
    for (size_t i = 0; i < USUAL; i++)
        buffer_printf(text, "%s=%s\n", usual[i].name, usual[i].content);
}

static void write_usual(struct package_writer *w)
{
    int64_t written = 0;

    ck_assert_ptr_nonnull(w);
    for (size_t i = 0; i < USUAL; i++)
        ck_assert(w->ops->entry(w, usual[i].name, usual[i].content, strlen(usual[i].content), &err));
    ck_assert(w->ops->finish(w, &written, &err));
    ck_assert_int_gt(written, 0);
    w->ops->free(w);
}

static void write_archive(const char *path, enum container container)
{
    write_usual(package_writer_archive(output_open(path, true, &err), container, 1700000000, &err));
}

static const enum container archives[] = {CONTAINER_TAR, CONTAINER_TAR_ZSTD, CONTAINER_TAR_GZIP, CONTAINER_ZIP};

#define ARCHIVES (int)(sizeof archives / sizeof *archives)

START_TEST(what_is_written_is_read)
{
    struct buffer expected = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;
    int fd;

    expect_usual(&expected);
    write_archive("x", archives[_i]);
    ck_assert(read_input(input_open("x", &err), &text));
    ck_assert_str_eq(buffer_string(&text), buffer_string(&expected));
    /* The same through what cannot seek. */
    fd = open("x", O_RDONLY);
    int ends[2];
    char bytes[20000];
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_gt(write(ends[1], bytes, (size_t)read(fd, bytes, sizeof bytes)), 0);
    close(ends[1]);
    close(fd);
    ck_assert(read_input(input_adopt("standard input", ends[0]), &text));
    ck_assert_str_eq(buffer_string(&text), buffer_string(&expected));
    buffer_release(&text);
    buffer_release(&expected);
}
END_TEST

START_TEST(the_same_entries_give_the_same_bytes)
{
    struct buffer one = BUFFER_INIT;
    struct buffer two = BUFFER_INIT;

    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    write_archive("x", archives[_i]);
    setenv("TZ", "America/Lima", 1);
    tzset();
    write_archive("y", archives[_i]);
    ck_assert(file_read("x", &one));
    ck_assert(file_read("y", &two));
    ck_assert(one.len == two.len && memcmp(one.data, two.data, one.len) == 0);
    buffer_release(&one);
    buffer_release(&two);
}
END_TEST

START_TEST(unfinished_archives_leave_nothing)
{
    struct package_writer *w = package_writer_archive(output_open("x", false, &err), archives[_i], 0, &err);

    ck_assert(w->ops->entry(w, "bundle.json", "{}", 2, &err));
    w->ops->free(w);
    ck_assert_int_eq(access("x", F_OK), -1);
}
END_TEST

START_TEST(a_full_disk_is_told)
{
    int64_t written;
    struct package_writer *w = package_writer_archive(output_open("/dev/full", false, &err), archives[_i], 0, &err);

    ck_assert(w->ops->entry(w, "bundle.json", "{}", 2, &err));
    ck_assert(!w->ops->finish(w, &written, &err));
    ck_assert_str_eq(buffer_string(&err.message), "Cannot write /dev/full: No space left on device.");
    w->ops->free(w);
}
END_TEST

START_TEST(truncation_anywhere_is_refused)
{
    struct buffer archive = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;
    size_t whole;

    write_archive("x", archives[_i]);
    ck_assert(file_read("x", &archive));
    whole = archive.len;
    for (archive.len = 0; archive.len < whole; archive.len++)
        ck_assert_msg(!read_bytes(&archive, &text), "accepted with %zu of %zu bytes", archive.len, whole);
    ck_assert(read_bytes(&archive, &text));
    buffer_release(&text);
    buffer_release(&archive);
}
END_TEST

/* Contents of plain tar and zstd have no sums of their own: the seal has. */
START_TEST(corruption_is_refused_or_harmless)
{
    static const char flips[] = {1, (char)0x90};
    bool summed = archives[_i] == CONTAINER_TAR_GZIP || archives[_i] == CONTAINER_ZIP;
    struct buffer all_names = BUFFER_INIT;
    struct buffer expected = BUFFER_INIT;
    struct buffer archive = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;

    write_archive("x", archives[_i]);
    ck_assert(file_read("x", &archive));
    ck_assert(read_bytes(&archive, &expected));
    buffer_append(&all_names, names.data, names.len);
    for (size_t i = 0; i < archive.len * sizeof flips; i++) {
        archive.data[i / sizeof flips] ^= flips[i % sizeof flips];
        if (read_bytes(&archive, &text)) {
            ck_assert_msg(strcmp(buffer_string(&names), buffer_string(&all_names)) == 0, "byte %zu: %s", i / sizeof flips,
                          buffer_string(&names));
            ck_assert(!summed || (text.len == expected.len && memcmp(text.data, expected.data, text.len) == 0));
        }
        archive.data[i / sizeof flips] ^= flips[i % sizeof flips];
    }
    buffer_release(&text);
    buffer_release(&archive);
    buffer_release(&expected);
    buffer_release(&all_names);
}
END_TEST

START_TEST(what_follows_the_end_is_refused)
{
    static const char *const tails[] = {"x", "PK\3\4", "\x1F\x8B\x08", "\x28\xB5\x2F\xFD"};
    struct buffer archive = BUFFER_INIT;
    size_t whole;

    write_archive("x", archives[_i]);
    ck_assert(file_read("x", &archive));
    whole = archive.len;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        archive.len = whole;
        buffer_text(&archive, tails[i]);
        assert_refused(&archive, "shop.ark");
    }
    archive.len = whole;
    buffer_reserve(&archive, whole);
    buffer_append(&archive, archive.data, whole);
    assert_refused(&archive, "shop.ark");
    buffer_release(&archive);
}
END_TEST

START_TEST(bombs_are_refused)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    struct buffer archive = BUFFER_INIT;
    static const char zeros[1 << 16];
    const int64_t size = (int64_t)1 << 30;

    archive_write_set_format_ustar(a);
    archive_write_add_filter_zstd(a);
    archive_write_open_filename(a, "bomb");
    archive_entry_set_pathname(entry, "bundle.json");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, 2);
    archive_write_header(a, entry);
    archive_write_data(a, "{}", 2);
    archive_entry_set_pathname(entry, "data/nodes/000001.jsonl");
    archive_entry_set_size(entry, size);
    archive_write_header(a, entry);
    for (int64_t done = 0; done < size; done += (int64_t)sizeof zeros)
        ck_assert_int_eq(archive_write_data(a, zeros, sizeof zeros), sizeof zeros);
    archive_entry_free(entry);
    archive_write_free(a);
    ck_assert(file_read("bomb", &archive));
    ck_assert_uint_lt(archive.len, (size_t)200 << 10);
    struct buffer text = BUFFER_INIT;
    ck_assert(!read_bytes(&archive, &text));
    ck_assert_str_eq(buffer_string(&err.message),
                     "shop.ark unpacks to more than 1000 times its size (limit expansion).");
    buffer_release(&text);
    buffer_release(&archive);
}
END_TEST

START_TEST(limits_are_named)
{
    struct limits limits = LIMITS_DEFAULT;
    struct buffer text = BUFFER_INIT;
    struct package_reader *p;
    struct input *in;

    write_archive("x", CONTAINER_TAR);
    limits.entries = USUAL - 1;
    in = input_open("x", &err);
    p = package_reader_archive(in, CONTAINER_TAR, &limits, &err);
    ck_assert(!read_entries(p, &text));
    ck_assert_str_eq(buffer_string(&err.message), "x has more than 8 entries (limit entries).");
    p->ops->free(p);
    input_free(in);
    error_clear(&err);
    limits = LIMITS_DEFAULT;
    limits.asset_bytes = 20;
    in = input_open("x", &err);
    p = package_reader_archive(in, CONTAINER_TAR, &limits, &err);
    ck_assert(!read_entries(p, &text));
    ck_assert_str_eq(buffer_string(&err.message), "x: entry bundle.json has 21 bytes; at most 20 are taken (limit asset_bytes).");
    p->ops->free(p);
    input_free(in);
    buffer_release(&text);
}
END_TEST

/* ---- folders ---- */

static bool read_folder(const char *path, struct buffer *text, struct buffer *ignored)
{
    struct limits limits = LIMITS_DEFAULT;
    struct package_reader *p;
    bool done;

    error_clear(&err);
    buffer_clear(text);
    buffer_clear(ignored);
    p = package_reader_folder(path, &limits, &err);
    if (!p)
        return false;
    done = read_entries(p, text);
    for (const char *const *name = p->ops->ignored(p); *name; name++)
        buffer_printf(ignored, "%s\n", *name);
    p->ops->free(p);
    return done;
}

START_TEST(folders_are_read)
{
    struct buffer expected = BUFFER_INIT;
    struct buffer ignored = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;

    write_usual(package_writer_folder(output_folder_open("x", false, &err)));
    expect_usual(&expected);
    ck_assert(read_folder("x/", &text, &ignored));
    ck_assert_str_eq(buffer_string(&text), buffer_string(&expected));
    ck_assert_str_eq(buffer_string(&ignored), "");
    ck_assert_int_eq(mkdir("x/.git", 0777), 0);
    ck_assert_int_eq(symlink("/etc/passwd", "x/notes"), 0);
    ck_assert_int_eq(mkfifo("x/data/nodes/.swp", 0666), 0);
    ck_assert(read_folder("x", &text, &ignored));
    ck_assert_str_eq(buffer_string(&text), buffer_string(&expected));
    ck_assert_str_eq(buffer_string(&ignored), ".git\ndata/nodes/.swp\nnotes\n");
    buffer_release(&text);
    buffer_release(&ignored);
    buffer_release(&expected);
}
END_TEST

START_TEST(links_in_folders_are_refused)
{
    struct buffer ignored = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;

    write_usual(package_writer_folder(output_folder_open("x", false, &err)));
    ck_assert_int_eq(symlink("/etc/passwd", "x/assets/z"), 0);
    ck_assert(!read_folder("x", &text, &ignored));
    ck_assert_str_eq(buffer_string(&err.message), "x/assets/z is a symbolic link, not a regular file.");
    ck_assert_int_eq(unlink("x/assets/z"), 0);
    ck_assert_int_eq(mkfifo("x/assets/z", 0666), 0);
    ck_assert(!read_folder("x", &text, &ignored));
    ck_assert_str_eq(buffer_string(&err.message), "x/assets/z is a pipe, not a regular file.");
    ck_assert_int_eq(unlink("x/assets/z"), 0);
    ck_assert_int_eq(rename("x/data", "data"), 0);
    ck_assert_int_eq(symlink("../data", "x/data"), 0);
    ck_assert(!read_folder("x", &text, &ignored));
    ck_assert_str_eq(buffer_string(&err.message), "x/data is a symbolic link, not a folder.");
    ck_assert_int_eq(unlink("x/data"), 0);
    ck_assert_int_eq(rename("data", "x/data"), 0);
    ck_assert_int_eq(unlink("x/data/nodes/000001.jsonl"), 0);
    ck_assert(!read_folder("x", &text, &ignored));
    ck_assert_str_eq(buffer_string(&err.message), "x: a part is missing before entry data/nodes/000002.jsonl.");
    ck_assert_int_eq(unlink("x/bundle.json"), 0);
    ck_assert(!read_folder("x", &text, &ignored));
    ck_assert_str_eq(buffer_string(&err.message), "x is no bundle: it has no bundle.json.");
    ck_assert(!read_folder("y", &text, &ignored));
    ck_assert_str_eq(buffer_string(&err.message), "Cannot open the folder y: No such file or directory.");
    buffer_release(&text);
    buffer_release(&ignored);
}
END_TEST

/* ---- other people's archives, none of them a bundle ---- */

static int refused_files;

static int refuse_file(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    struct buffer text = BUFFER_INIT;
    struct rusage children;

    (void)where;
    error_clear(&err);
    if (flag == FTW_F && S_ISREG(st->st_mode)) {
        ck_assert_msg(!read_input(input_open(path, &err), &text), "%s was accepted", path);
        ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &children), 0);
        ck_assert_msg(children.ru_maxrss == 0, "%s started a process", path);
        refused_files++;
    }
    buffer_release(&text);
    return 0;
}

START_TEST(foreign_archives_are_refused)
{
    char path[4096];

    corpus_path(path, "archives");
    ck_assert_int_eq(nftw(path, refuse_file, 16, FTW_PHYS), 0);
    ck_assert_int_gt(refused_files, 100);
}
END_TEST

Suite *package_suite(void);
Suite *package_suite(void)
{
    Suite *suite = suite_create("package");
    TCase *tests = tcase_create("package");

    tcase_add_checked_fixture(tests, folder_enter, package_leave);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_is_written_is_read, 0, ARCHIVES);
    tcase_add_loop_test(tests, the_same_entries_give_the_same_bytes, 0, ARCHIVES);
    tcase_add_loop_test(tests, unfinished_archives_leave_nothing, 0, ARCHIVES);
    tcase_add_loop_test(tests, a_full_disk_is_told, 0, ARCHIVES);
    tcase_add_loop_test(tests, truncation_anywhere_is_refused, 0, ARCHIVES);
    tcase_add_loop_test(tests, corruption_is_refused_or_harmless, 0, ARCHIVES);
    tcase_add_loop_test(tests, what_follows_the_end_is_refused, 0, ARCHIVES);
    tcase_add_test(tests, bombs_are_refused);
    tcase_add_test(tests, limits_are_named);
    tcase_add_test(tests, folders_are_read);
    tcase_add_test(tests, links_in_folders_are_refused);
    if (corpora_named())
        tcase_add_test(tests, foreign_archives_are_refused);
    suite_add_tcase(suite, tests);
    suite_add_tcase(suite, package_made_tests());
    return suite;
}
