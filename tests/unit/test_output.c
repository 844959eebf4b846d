#include "files.h"
#include "simulark/base/input.h"
#include "simulark/base/output.h"
#include "simulark/base/temporary.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static struct error err;

static void enter(void)
{
    signal(SIGPIPE, SIG_IGN);
    umask(022);
    folder_enter();
}

static void leave(void)
{
    folder_leave();
    error_release(&err);
}

/* What stands in a folder, hidden names too. */
static int entries(const char *path)
{
    DIR *d = opendir(path);
    int count = -2;

    ck_assert_ptr_nonnull(d);
    while (readdir(d))
        count++;
    closedir(d);
    return count;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(text, f), 0);
    ck_assert_int_eq(fclose(f), 0);
}

static void assert_content(const char *path, const char *text)
{
    char read[256] = "";
    FILE *f = fopen(path, "r");

    ck_assert_msg(f != NULL, "%s is missing", path);
    read[fread(read, 1, sizeof read - 1, f)] = '\0';
    fclose(f);
    ck_assert_str_eq(read, text);
}

static void assert_error(enum status status, const char *message)
{
    ck_assert_int_eq(err.status, status);
    ck_assert_str_eq(buffer_string(&err.message), message);
    error_clear(&err);
}

static bool make(const char *path, bool force, const char *text)
{
    struct output *out = output_open(path, force, &err);
    bool done = out && output_write(out, text, strlen(text), &err) && output_commit(out, &err);

    output_free(out);
    return done;
}

START_TEST(file_appears_whole)
{
    struct output *out = output_open("x.ark", false, &err);
    struct stat st;

    ck_assert(output_write(out, "abc", 3, &err));
    ck_assert_int_eq(access("x.ark", F_OK), -1);
    ck_assert_int_eq(output_position(out), 3);
    ck_assert(output_commit(out, &err));
    output_free(out);
    assert_content("x.ark", "abc");
    ck_assert_int_eq(entries("."), 1);
    ck_assert_int_eq(stat("x.ark", &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0644);
}
END_TEST

START_TEST(nothing_is_left_without_commit)
{
    struct output *out = output_open("x.ark", false, &err);

    ck_assert(output_write(out, "abc", 3, &err));
    output_free(out);
    ck_assert_int_eq(entries("."), 0);
}
END_TEST

/* A layer that keeps one byte until its end. */
static bool keep_byte(void *context, struct output *below, const void *bytes, size_t len, struct error *error)
{
    char *kept = context;

    ck_assert(len == 1 && *kept == '\0');
    *kept = *(const char *)bytes;
    return output_write(below, "<", 1, error);
}

static bool give_byte(void *context, struct output *below, struct error *error)
{
    return output_write(below, context, 1, error);
}

static void forget_byte(void *context)
{
    *(char *)context = '\0';
}

START_TEST(a_layer_gives_no_name_before_its_commit)
{
    static const struct output_layer layer = {.write = keep_byte, .end = give_byte, .free = forget_byte};
    char kept = '\0';
    struct output *out = output_over(output_open("x.ark", false, &err), &layer, &kept);

    ck_assert(output_write(out, "a", 1, &err));
    ck_assert(output_prepare(out, &err));
    ck_assert_int_eq(output_position(out), 2);
    ck_assert_int_eq(access("x.ark", F_OK), -1);
    ck_assert(output_commit(out, &err));
    assert_content("x.ark", "<a");
    output_free(out);
    ck_assert_int_eq(kept, '\0');
}
END_TEST

START_TEST(existing_file_needs_force)
{
    put("x.ark", "old");
    chmod("x.ark", 0600);
    ck_assert(!make("x.ark", false, "new"));
    ck_assert_str_eq(buffer_string(&err.hint), "Use --force to replace it, or another name.");
    assert_error(STATUS_CONFLICT, "x.ark is there already.");
    assert_content("x.ark", "old");
    ck_assert(make("x.ark", true, "new"));
    assert_content("x.ark", "new");
    ck_assert_int_eq(entries("."), 1);

    struct stat st;
    ck_assert_int_eq(stat("x.ark", &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(file_that_came_meanwhile_stays)
{
    struct output *out = output_open("x.ark", false, &err);

    put("x.ark", "other");
    ck_assert(!output_commit(out, &err));
    assert_error(STATUS_CONFLICT, "x.ark is there already.");
    output_free(out);
    assert_content("x.ark", "other");
    ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(link_stays_and_its_file_is_replaced)
{
    struct stat st;

    ck_assert_int_eq(mkdir("d", 0777), 0);
    put("d/x.ark", "old");
    ck_assert_int_eq(symlink("d/x.ark", "link"), 0);
    ck_assert(!make("link", false, "new"));
    assert_error(STATUS_CONFLICT, "link is there already.");
    ck_assert(make("link", true, "new"));
    assert_content("d/x.ark", "new");
    ck_assert(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
}
END_TEST

START_TEST(devices_are_written_straight)
{
    char much[70000] = "";

    ck_assert(make("/dev/null", false, "x"));
    ck_assert(!make("/dev/full", false, "x"));
    ck_assert_ptr_nonnull(strstr(buffer_string(&err.hint), "space"));
    assert_error(STATUS_FILE, "Cannot write /dev/full: No space left on device.");

    struct output *out = output_open("/dev/full", true, &err);
    ck_assert(!output_write(out, much, sizeof much, &err));
    error_clear(&err);
    ck_assert(!output_write(out, much, 1, &err));
    error_clear(&err);
    ck_assert(!output_commit(out, &err));
    output_free(out);
}
END_TEST

START_TEST(standard_output_is_checked)
{
    int ends[2];
    int saved = dup(STDOUT_FILENO);
    struct output *out;

    ck_assert_int_eq(pipe(ends), 0);
    close(ends[0]);
    ck_assert_int_ge(dup2(ends[1], STDOUT_FILENO), 0);
    out = output_open("-", false, &err);
    ck_assert_str_eq(output_name(out), "standard output");
    ck_assert(output_write(out, "x", 1, &err));
    ck_assert(!output_commit(out, &err));
    output_free(out);
    dup2(saved, STDOUT_FILENO);
    assert_error(STATUS_FILE, "Cannot write standard output: Broken pipe.");
}
END_TEST

START_TEST(impossible_places_are_told)
{
    ck_assert(!make("no/x.ark", false, "x"));
    assert_error(STATUS_FILE, "Cannot write no/x.ark: No such file or directory.");
    ck_assert(!make("/tmp", true, "x"));
    assert_error(STATUS_FILE, "Cannot write /tmp: it is a folder, not a file.");
    ck_assert(!make("x/", true, "x"));
    assert_error(STATUS_FILE, "Cannot write x/: it is a folder, not a file.");
}
END_TEST

START_TEST(folder_appears_whole)
{
    struct output_folder *folder = output_folder_open("x/", false, &err);

    ck_assert(output_folder_file(folder, "bundle.json", "{}", 2, &err));
    ck_assert(output_folder_file(folder, "data/nodes/000001.jsonl", "n", 1, &err));
    ck_assert(output_folder_file(folder, "data/nodes/000002.jsonl", "m", 1, &err));
    ck_assert_int_eq(access("x", F_OK), -1);
    ck_assert(output_folder_commit(folder, &err));
    output_folder_free(folder);
    assert_content("x/data/nodes/000002.jsonl", "m");
    ck_assert_int_eq(entries("."), 1);
    ck_assert_int_eq(entries("x"), 2);
}
END_TEST

START_TEST(folder_without_commit_goes)
{
    struct output_folder *folder = output_folder_open("x", false, &err);

    ck_assert(output_folder_file(folder, "data/nodes/000001.jsonl", "n", 1, &err));
    temporary_abandon_all();
    ck_assert_int_eq(entries("."), 0);
    output_folder_free(folder);
    ck_assert_int_eq(entries("."), 0);
}
END_TEST

static bool make_folder(const char *path, bool force)
{
    struct output_folder *folder = output_folder_open(path, force, &err);
    bool done = folder && output_folder_file(folder, "bundle.json", "new", 3, &err) && output_folder_commit(folder, &err);

    output_folder_free(folder);
    return done;
}

START_TEST(other_folders_are_never_touched)
{
    struct output_folder *folder;

    ck_assert_int_eq(mkdir("x", 0777), 0);
    put("x/thesis.tex", "years of work");
    ck_assert(!make_folder("x", false));
    error_clear(&err);
    ck_assert(!make_folder("x", true));
    assert_error(STATUS_CONFLICT, "x is a folder of other files, without a bundle.json.");
    put("f", "file");
    ck_assert(!make_folder("f", true));
    assert_error(STATUS_CONFLICT, "f is there already, and is no folder.");
    folder = output_folder_open("y", true, &err);
    ck_assert_int_eq(mkdir("y", 0777), 0);
    put("y/thesis.tex", "more of it");
    ck_assert(!output_folder_commit(folder, &err));
    assert_error(STATUS_CONFLICT, "y is there already.");
    output_folder_free(folder);
    assert_content("x/thesis.tex", "years of work");
    assert_content("y/thesis.tex", "more of it");
    ck_assert_int_eq(entries("."), 3);
}
END_TEST

START_TEST(bundle_folder_is_replaced_with_force)
{
    ck_assert_int_eq(mkdir("x", 0777), 0);
    ck_assert_int_eq(mkdir("x/data", 0777), 0);
    ck_assert_int_eq(mkdir("x/.git", 0777), 0);
    put("x/bundle.json", "old");
    put("x/data/old", "old");
    put("x/.git/config", "git");
    put("other", "other");
    ck_assert_int_eq(symlink("../other", "x/data/link"), 0);
    ck_assert(!make_folder("x", false));
    assert_error(STATUS_CONFLICT, "x is there already.");
    ck_assert(make_folder("x", true));
    assert_content("x/bundle.json", "new");
    assert_content("x/.git/config", "git");
    assert_content("other", "other");
    ck_assert_int_eq(access("x/data", F_OK), -1);
    ck_assert_int_eq(entries("."), 2);
}
END_TEST

START_TEST(empty_folder_is_filled)
{
    ck_assert_int_eq(mkdir("x", 0777), 0);
    ck_assert(make_folder("x", false));
    assert_content("x/bundle.json", "new");
    ck_assert_int_eq(entries("."), 1);
}
END_TEST

/* What is beside x/ once a folder is written there: 1 for it stays. */
static const struct {
    const char *name, *file;
    bool locked, stays;
} beside[] = {
    {".x.abcdef.tmp", "bundle.json", false, false},
    {".x.222222.tmp", "data", false, false},
    {".x.abcdef.tmp", "bundle.json", true, true},
    {".x.abcdef.tmp", "notes", false, true},
    {".x.abcdeg.tm", "bundle.json", false, true},
    {".x.abcde.tmp", "bundle.json", false, true},
    {".x.ABCDEF.tmp", "bundle.json", false, true},
    {".y.abcdef.tmp", "bundle.json", false, true},
    {"x.abcdef.tmp", "bundle.json", false, true},
};

START_TEST(what_a_dead_run_left_goes)
{
    char file[64];
    int fd;

    snprintf(file, sizeof file, "%s/%s", beside[_i].name, beside[_i].file);
    ck_assert_int_eq(mkdir(beside[_i].name, 0755), 0);
    put(file, "old");
    fd = open(beside[_i].name, O_RDONLY | O_DIRECTORY);
    if (beside[_i].locked)
        ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert(make_folder("x/", false));
    ck_assert_int_eq(access(file, F_OK), beside[_i].stays ? 0 : -1);
    ck_assert_int_eq(entries("."), 1 + beside[_i].stays);
    close(fd);
}
END_TEST

START_TEST(links_in_what_a_dead_run_left_are_not_followed)
{
    ck_assert_int_eq(mkdir("mine", 0755), 0);
    put("mine/kept", "old");
    ck_assert_int_eq(mkdir(".x.abcdef.tmp", 0755), 0);
    ck_assert_int_eq(symlink("../mine", ".x.abcdef.tmp/data"), 0);
    ck_assert_int_eq(symlink("mine", ".x.abcdeg.tmp"), 0);
    ck_assert(make_folder("x", false));
    assert_content("mine/kept", "old");
    ck_assert_int_eq(entries("."), 3);
}
END_TEST

START_TEST(a_folder_that_is_being_filled_stays)
{
    struct output_folder *first = output_folder_open("x", false, &err);

    ck_assert(output_folder_file(first, "bundle.json", "first", 5, &err));
    ck_assert(make_folder("x", false));
    ck_assert_int_eq(entries("."), 2);
    output_folder_free(first);
    ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(folder_names_stay_below)
{
    static const char *const names[] = {"../x", "/x", "a/../x", "a//x", ".", "a/", ""};
    struct output_folder *folder = output_folder_open("x", false, &err);

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ck_assert(!output_folder_file(folder, names[i], "", 0, &err));
        ck_assert_int_eq(err.status, STATUS_INTERNAL);
        error_clear(&err);
    }
    output_folder_free(folder);
}
END_TEST

START_TEST(input_gives_what_was_peeked_at)
{
    struct input *in;
    const char *bytes;
    size_t len;
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(write(ends[1], "ab", 2), 2);
    in = input_adopt("pipe", ends[0]);
    ck_assert(input_peek(in, 1, &bytes, &len, &err));
    ck_assert_uint_eq(len, 1);
    ck_assert_int_eq(write(ends[1], "cd", 2), 2);
    close(ends[1]);
    ck_assert(input_peek(in, 100, &bytes, &len, &err));
    ck_assert_uint_eq(len, 4);
    ck_assert_int_eq(input_position(in), 0);
    ck_assert(input_next(in, &bytes, &len, &err));
    ck_assert(len == 4 && memcmp(bytes, "abcd", 4) == 0);
    ck_assert(input_next(in, &bytes, &len, &err));
    ck_assert_uint_eq(len, 0);
    ck_assert(!input_can_seek(in));
    input_free(in);
}
END_TEST

START_TEST(input_errors_name_the_file)
{
    ck_assert_ptr_null(input_open("shop.ark", &err));
    assert_error(STATUS_FILE, "Cannot open shop.ark: No such file or directory.");
    ck_assert_ptr_null(input_open(".", &err));
    assert_error(STATUS_FILE, "Cannot read .: it is a folder, not a file.");
}
END_TEST

Suite *output_suite(void);
Suite *output_suite(void)
{
    Suite *suite = suite_create("output");
    TCase *tests = tcase_create("output");

    tcase_add_checked_fixture(tests, enter, leave);
    tcase_add_test(tests, file_appears_whole);
    tcase_add_test(tests, nothing_is_left_without_commit);
    tcase_add_test(tests, a_layer_gives_no_name_before_its_commit);
    tcase_add_test(tests, existing_file_needs_force);
    tcase_add_test(tests, file_that_came_meanwhile_stays);
    tcase_add_test(tests, link_stays_and_its_file_is_replaced);
    tcase_add_test(tests, devices_are_written_straight);
    tcase_add_test(tests, standard_output_is_checked);
    tcase_add_test(tests, impossible_places_are_told);
    tcase_add_test(tests, folder_appears_whole);
    tcase_add_test(tests, folder_without_commit_goes);
    tcase_add_test(tests, other_folders_are_never_touched);
    tcase_add_test(tests, bundle_folder_is_replaced_with_force);
    tcase_add_test(tests, empty_folder_is_filled);
    tcase_add_loop_test(tests, what_a_dead_run_left_goes, 0, sizeof beside / sizeof *beside);
    tcase_add_test(tests, links_in_what_a_dead_run_left_are_not_followed);
    tcase_add_test(tests, a_folder_that_is_being_filled_stays);
    tcase_add_test(tests, folder_names_stay_below);
    tcase_add_test(tests, input_gives_what_was_peeked_at);
    tcase_add_test(tests, input_errors_name_the_file);
    suite_add_tcase(suite, tests);
    return suite;
}
