#include "simulark/base/temporary.h"
#include "simulark/format/package.h"

#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char place[] = "/tmp/simulark-package.XXXXXX";
static struct error err;
static struct buffer names; /* "name\n" of each entry that was read last */

static int remove_entry(const char *path, const struct stat *st, int flag, struct FTW *where)
{
    (void)st;
    (void)flag;
    (void)where;
    return remove(path);
}

static void enter(void)
{
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chdir(place), 0);
}

static void leave(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    nftw(place, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    error_release(&err);
    buffer_release(&names);
}

/* ---- reading anything to its end: "name=content\n" of each entry ---- */

static bool read_entries(struct package_reader *p, struct buffer *text)
{
    struct package_entry entry;
    bool more = true;

    while (p->ops->next(p, &entry, &more, &err) && more) {
        int64_t total = 0;
        const char *bytes;
        size_t len;

        buffer_printf(text, "%s=", entry.name);
        buffer_printf(&names, "%s\n", entry.name);
        do {
            if (!input_next(p->ops->input(p), &bytes, &len, &err))
                return false;
            buffer_append(text, bytes, len);
            total += (int64_t)len;
        } while (len);
        ck_assert_int_eq(total, entry.bytes);
        buffer_byte(text, '\n');
    }
    return !error_is_set(&err);
}

static bool read_input(struct input *in, struct buffer *text)
{
    struct limits limits = LIMITS_DEFAULT;
    enum container container;
    struct package_reader *p = NULL;
    bool done = false;

    buffer_clear(text);
    buffer_clear(&names);
    error_clear(&err);
    if (container_detect(in, &container, &err)) {
        if (container_is_archive(container))
            p = package_reader_archive(in, container, &limits, &err);
        else
            error_set(&err, STATUS_MALFORMED, "%s is a document.", input_name(in));
    }
    if (p) {
        done = read_entries(p, text);
        p->ops->free(p);
    }
    input_free(in);
    ck_assert(done != error_is_set(&err));
    if (!done)
        ck_assert_int_eq(err.status, STATUS_MALFORMED);
    return done;
}

static bool read_bytes(const struct buffer *archive, struct buffer *text)
{
    return read_input(input_memory("shop.ark", archive->data, archive->len), text);
}

static void read_file(const char *path, struct buffer *b)
{
    FILE *f = fopen(path, "rb");
    char chunk[4096];
    size_t len;

    ck_assert_ptr_nonnull(f);
    while ((len = fread(chunk, 1, sizeof chunk, f)) > 0)
        buffer_append(b, chunk, len);
    fclose(f);
}

static void assert_refused(const struct buffer *archive, const char *message)
{
    struct buffer text = BUFFER_INIT;

    ck_assert_msg(!read_bytes(archive, &text), "accepted: %s", message);
    ck_assert_msg(strstr(buffer_string(&err.message), message) != NULL, "%s (not: %s)", buffer_string(&err.message), message);
    ck_assert_ptr_nonnull(strstr(buffer_string(&err.message), "shop.ark"));
    buffer_release(&text);
}

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
    read_file("x", &one);
    read_file("y", &two);
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
    read_file("x", &archive);
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
    read_file("x", &archive);
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
    read_file("x", &archive);
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
    read_file("bomb", &archive);
    ck_assert_uint_lt(archive.len, (size_t)200 << 10);
    struct buffer text = BUFFER_INIT;
    ck_assert(!read_bytes(&archive, &text));
    ck_assert_str_eq(buffer_string(&err.message), "shop.ark unpacks to more than 1000 times its size, the most that is taken.");
    buffer_release(&text);
    buffer_release(&archive);
}
END_TEST

/* ---- tars by hand ---- */

static void tar_add(struct buffer *b, const char *name, char type, const char *link, const char *content)
{
    char h[512] = "";
    unsigned sum = 0;
    size_t len = strlen(content);

    memcpy(h, name, strlen(name));
    memcpy(h + 100, "0000644", 8);
    memcpy(h + 108, "0000000", 8);
    memcpy(h + 116, "0000000", 8);
    snprintf(h + 124, 12, "%011o", (unsigned)len & 0xFFFF);
    memcpy(h + 136, "00000000000", 12);
    memcpy(h + 148, "        ", 8);
    h[156] = type;
    memcpy(h + 157, link, strlen(link));
    memcpy(h + 257, "ustar\0" "00", 8);
    for (size_t i = 0; i < sizeof h; i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    buffer_append(b, h, sizeof h);
    buffer_text(b, content);
    while (b->len % 512)
        buffer_byte(b, '\0');
}

static void tar_end(struct buffer *b)
{
    static const char zeros[1024];

    buffer_append(b, zeros, sizeof zeros);
}

static const struct {
    const char *name;
    char type;
    const char *link;
    const char *message;
} grafts[] = {
    {"data/../x", '0', "", "shop.ark: entry data/../x has an unsafe name."},
    {"../x", '0', "", "entry ../x has an unsafe name."},
    {"assets/..", '0', "", "entry assets/.. has an unsafe name."},
    {"/etc/passwd", '0', "", "entry /etc/passwd has an unsafe name."},
    {"assets//x", '0', "", "has an unsafe name."},
    {"assets/./x", '0', "", "has an unsafe name."},
    {"assets/a\\b", '0', "", "has an unsafe name."},
    {"assets/\x1B[31mx", '0', "", "entry assets/?[31mx has an unsafe name."},
    {"assets/a\nb", '0', "", "has an unsafe name."},
    {"assets/\xFF", '0', "", "entry assets/? has an unsafe name."},
    {"assets/\xC2\x9B", '0', "", "has an unsafe name."},
    {"C:/x", '0', "", "has an unsafe name."},
    {"assets/x", '1', "bundle.json", "entry assets/x is a hard link, not a regular file."},
    {"assets/x", '2', "/etc/passwd", "entry assets/x is a symbolic link, not a regular file."},
    {"assets/x", '3', "", "entry assets/x is a device, not a regular file."},
    {"assets/x", '4', "", "entry assets/x is a device, not a regular file."},
    {"assets/x", '6', "", "entry assets/x is a pipe, not a regular file."},
    {"assets", '2', "/tmp", "entry assets is a symbolic link, not a regular file."},
    {"notes.txt", '0', "", "entry notes.txt is none of a bundle's files."},
    {"other/", '5', "", "entry other is none of a bundle's files."},
    {"data/unknown/000001.jsonl", '0', "", "is none of a bundle's files."},
    {"data/nodes/1.jsonl", '0', "", "is none of a bundle's files."},
    {"data/nodes/0000001.jsonl", '0', "", "is none of a bundle's files."},
    {"data/nodes/000001.json", '0', "", "is none of a bundle's files."},
    {"data/nodes/00001x.jsonl", '0', "", "is none of a bundle's files."},
    {"BUNDLE.JSON", '0', "", "is none of a bundle's files."},
    {"bundle.json", '0', "", "entry bundle.json stands after"},
    {"data/projects/000001.jsonl", '0', "", "entry data/projects/000001.jsonl is there twice."},
    {"data/projects/000001.yaml", '0', "", "is of another encoding"},
    {"data/projects/000003.jsonl", '0', "", "a part is missing before entry data/projects/000003.jsonl."},
    {"data/nodes/000002.jsonl", '0', "", "a part is missing before entry data/nodes/000002.jsonl."},
    {"data/nodes/000000.jsonl", '0', "", "a part is missing before entry data/nodes/000000.jsonl."},
    {"data/users/000001.jsonl", '0', "", "which it must precede"},
    {"assets/readme.md", '0', "", "entry assets/README.md is there twice, the other time as assets/readme.md."},
};

/* spooled: in an order that makes the reader put all aside first. */
static void graft(struct buffer *b, int i, bool spooled)
{
    const char *name = grafts[i].name;
    bool asset = strcmp(name, "assets/readme.md") == 0;

    buffer_clear(b);
    if (spooled)
        tar_add(b, "./", '5', "", "");
    tar_add(b, "bundle.json", '0', "", "{}");
    tar_add(b, "data/projects/000001.jsonl", '0', "", "");
    if (asset)
        tar_add(b, "assets/README.md", '0', "", "");
    tar_add(b, name, grafts[i].type, grafts[i].link, "");
    tar_add(b, "seal.json", '0', "", "{}");
    tar_end(b);
}

START_TEST(bad_entries_of_a_tar_are_refused)
{
    struct buffer archive = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;
    bool asset = strcmp(grafts[_i].name, "assets/readme.md") == 0;

    graft(&archive, _i, false);
    assert_refused(&archive, asset ? "entry assets/readme.md is there twice, the other time as assets/README.md."
                                   : grafts[_i].message);
    graft(&archive, _i, true);
    /* Put in order, a table that stood too late is fine. */
    ck_assert_int_eq(read_bytes(&archive, &text), strstr(grafts[_i].message, "precede") != NULL);
    buffer_release(&text);
    buffer_release(&archive);
}
END_TEST

START_TEST(damaged_tars_are_refused)
{
    struct buffer b = BUFFER_INIT;
    size_t len;

    tar_add(&b, "bundle.json", '0', "", "{}");
    len = b.len;
    assert_refused(&b, "is cut short");
    buffer_append(&b, (char[512]){0}, 512);
    assert_refused(&b, "is cut short");
    /* One zero block, then another entry: some readers go on, some stop. */
    tar_add(&b, "seal.json", '0', "", "{}");
    tar_end(&b);
    assert_refused(&b, "shop.ark");
    b.len = len;
    tar_end(&b);
    tar_add(&b, "seal.json", '0', "", "{}");
    tar_end(&b);
    assert_refused(&b, "shop.ark goes on after its end.");
    b.len = len;
    tar_end(&b);
    for (int i = 0; i < 20; i++)
        tar_end(&b);
    struct buffer text = BUFFER_INIT;
    ck_assert(read_bytes(&b, &text));
    ck_assert_str_eq(buffer_string(&text), "bundle.json={}\n");
    b.len = len;
    tar_add(&b, "seal.json", '0', "", "{}");
    b.data[len + 10] = 'x'; /* the sum is wrong now */
    tar_end(&b);
    assert_refused(&b, "is damaged");
    b.len = 0;
    tar_add(&b, "seal.json", '0', "", "{}");
    tar_end(&b);
    assert_refused(&b, "shop.ark is no bundle: it has no bundle.json.");
    buffer_release(&text);
    buffer_release(&b);
}
END_TEST

START_TEST(tars_in_any_order_are_read)
{
    static const char *const tops[] = {"", "./", "shop/", "./shop/"};
    struct buffer text = BUFFER_INIT;
    struct buffer b = BUFFER_INIT;
    char name[100];

    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++) {
        static const char *const order[] = {"data/", "data/nodes/", "data/nodes/000002.yaml", "seal.json", "bundle.json",
                                            "data/nodes/000001.yaml", "data/projects/000001.jsonl"};

        buffer_clear(&b);
        if (i)
            tar_add(&b, tops[i], '5', "", "");
        for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
            snprintf(name, sizeof name, "%s%s", tops[i], order[k]);
            tar_add(&b, name, name[strlen(name) - 1] == '/' ? '5' : '0', "", order[k][strlen(order[k]) - 1] == '/' ? "" : order[k]);
        }
        tar_end(&b);
        ck_assert_msg(read_bytes(&b, &text), "%s: %s", tops[i], buffer_string(&err.message));
        ck_assert_str_eq(buffer_string(&text), "bundle.json=bundle.json\n"
                                               "data/projects/000001.jsonl=data/projects/000001.jsonl\n"
                                               "data/nodes/000001.yaml=data/nodes/000001.yaml\n"
                                               "data/nodes/000002.yaml=data/nodes/000002.yaml\n"
                                               "seal.json=seal.json\n");
    }
    buffer_release(&text);
    buffer_release(&b);
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
    ck_assert_str_eq(buffer_string(&err.message), "x has more than 8 entries, the most that is taken.");
    p->ops->free(p);
    input_free(in);
    error_clear(&err);
    limits = LIMITS_DEFAULT;
    limits.asset_bytes = 20;
    in = input_open("x", &err);
    p = package_reader_archive(in, CONTAINER_TAR, &limits, &err);
    ck_assert(!read_entries(p, &text));
    ck_assert_str_eq(buffer_string(&err.message), "x: entry bundle.json has 21 bytes; at most 20 are taken.");
    p->ops->free(p);
    input_free(in);
    buffer_release(&text);
}
END_TEST

/* ---- zips by hand: a good one with one field changed ---- */

static void put_le(struct buffer *b, uint32_t value, int bytes)
{
    for (; bytes > 0; bytes--, value >>= 8)
        buffer_byte(b, (char)value);
}

struct zip_made {
    const char *local;   /* names */
    const char *central;
    unsigned flags;
    unsigned method;
    uint32_t mode;
    uint32_t crc;        /* xor */
    uint32_t local_size; /* plus, in the local header */
    uint32_t size;       /* plus, everywhere */
    const char *before;  /* bytes before the archive, before the directory, and after the end */
    const char *gap;
    const char *after;
    unsigned disk;
    const char *message; /* NULL: good */
};

static const struct zip_made made[] = {
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 0, 0, "", "", "", 0, NULL},
    {"bundle.json", "bundle.json", 0, 0, 0, 0, 0, 0, "", "", "", 0, NULL},
    {"bundle.jsom", "bundle.json", 0, 0, 0100644, 0, 0, 0, "", "", "", 0, "entry bundle.json differs between"},
    {"../undle.jsn", "bundle.json", 0, 0, 0100644, 0, 0, 0, "", "", "", 0, "entry bundle.json differs between"},
    {"../x", "../x", 0, 0, 0100644, 0, 0, 0, "", "", "", 0, "entry ../x has an unsafe name."},
    {"a\\b", "a\\b", 0, 0, 0100644, 0, 0, 0, "", "", "", 0, "entry a\\b has an unsafe name."},
    {"x", "x", 0, 0, 0100644, 0, 0, 0, "", "", "", 0, "entry x is none of a bundle's files."},
    {"bundle.json", "bundle.json", 1, 0, 0100644, 0, 0, 0, "", "", "", 0, "entry bundle.json is encrypted."},
    {"bundle.json", "bundle.json", 0x41, 0, 0100644, 0, 0, 0, "", "", "", 0, "entry bundle.json is encrypted."},
    {"bundle.json", "bundle.json", 0, 12, 0100644, 0, 0, 0, "", "", "", 0, "is neither stored nor deflated."},
    {"bundle.json", "bundle.json", 0, 8, 0100644, 0, 0, 0, "", "", "", 0, "is damaged"},
    {"bundle.json", "bundle.json", 0, 0, 0120777, 0, 0, 0, "", "", "", 0, "is a symbolic link, not a regular file."},
    {"bundle.json", "bundle.json", 0, 0, 0010644, 0, 0, 0, "", "", "", 0, "is no regular file."},
    {"bundle.json", "bundle.json", 0, 0, 0040755, 0, 0, 0, "", "", "", 0, "is a folder by its name or by its mode"},
    {"assets/", "assets/", 0, 0, 0040755, 0, 0, 0, "", "", "", 0, "is a folder with bytes."},
    {"bundle.json", "bundle.json", 0, 0, 0100644, 1, 0, 0, "", "", "", 0, "is damaged"},
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 1, 0, "", "", "", 0, "differs between"},
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 0, 9, "", "", "", 0, "overlaps what follows."},
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 0, 0, "junk", "", "", 0, "shop.ark"},
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 0, 0, "", "junk", "", 0, "is followed by bytes that belong to nothing."},
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 0, 0, "", "", "junk", 0, "does not fit the file"},
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 0, 0, "", "", "", 1, "is a part of a split zip archive."},
    {"bundle.json", "bundle.json", 8, 0, 0100644, 0, 0, 0, "", "descriptor56", "", 0, "differs between"},
};

static void make_zip(struct buffer *b, const struct zip_made *m)
{
    const uint32_t crc = UINT32_C(0xDDA1B006) ^ m->crc; /* of "{}\n" */
    size_t start;
    size_t local;

    buffer_text(b, m->before);
    local = b->len;
    buffer_append(b, "PK\3\4", 4);
    put_le(b, 20, 2);
    put_le(b, m->flags, 2);
    put_le(b, m->method, 2);
    put_le(b, 0x00210000, 4);
    put_le(b, crc, 4);
    put_le(b, 3 + m->size, 4);
    put_le(b, 3 + m->size + m->local_size, 4);
    put_le(b, (uint32_t)strlen(m->local), 4);
    buffer_text(b, m->local);
    buffer_text(b, "{}\n");
    buffer_text(b, m->gap);
    start = b->len;
    buffer_append(b, "PK\1\2", 4);
    put_le(b, 3 << 8 | 20, 2);
    put_le(b, 20, 2);
    put_le(b, m->flags, 2);
    put_le(b, m->method, 2);
    put_le(b, 0x00210000, 4);
    put_le(b, crc, 4);
    put_le(b, 3 + m->size, 4);
    put_le(b, 3 + m->size, 4);
    put_le(b, (uint32_t)strlen(m->central), 4);
    put_le(b, 0, 4);
    put_le(b, 0, 2);
    put_le(b, m->mode << 16, 4);
    put_le(b, (uint32_t)local, 4);
    buffer_text(b, m->central);
    size_t end = b->len;
    buffer_append(b, "PK\5\6", 4);
    put_le(b, m->disk, 2);
    put_le(b, m->disk, 2);
    put_le(b, 1, 2);
    put_le(b, 1, 2);
    put_le(b, (uint32_t)(end - start), 4);
    put_le(b, (uint32_t)start, 4);
    put_le(b, 0, 2);
    buffer_text(b, m->after);
}

START_TEST(bad_zips_are_refused)
{
    struct buffer archive = BUFFER_INIT;
    struct buffer text = BUFFER_INIT;

    make_zip(&archive, &made[_i]);
    if (made[_i].message) {
        assert_refused(&archive, made[_i].message);
    } else {
        ck_assert_msg(read_bytes(&archive, &text), "%s", buffer_string(&err.message));
        ck_assert_str_eq(buffer_string(&text), "bundle.json={}\n\n");
    }
    buffer_release(&text);
    buffer_release(&archive);
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

    write_usual(package_writer_folder(output_folder_open("x", false, &err), &err));
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

    write_usual(package_writer_folder(output_folder_open("x", false, &err), &err));
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
    const char *corpora = getenv("SIMULARK_CORPORA");
    struct buffer path = BUFFER_INIT;

    buffer_printf(&path, "%s/archives", corpora ? corpora : "");
    if (corpora && access(buffer_string(&path), R_OK) == 0) {
        ck_assert_int_eq(nftw(buffer_string(&path), refuse_file, 16, FTW_PHYS), 0);
        ck_assert_int_gt(refused_files, 100);
    }
    buffer_release(&path);
}
END_TEST

Suite *package_suite(void);
Suite *package_suite(void)
{
    Suite *suite = suite_create("package");
    TCase *tests = tcase_create("package");

    tcase_add_checked_fixture(tests, enter, leave);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, what_is_written_is_read, 0, ARCHIVES);
    tcase_add_loop_test(tests, the_same_entries_give_the_same_bytes, 0, ARCHIVES);
    tcase_add_loop_test(tests, unfinished_archives_leave_nothing, 0, ARCHIVES);
    tcase_add_loop_test(tests, a_full_disk_is_told, 0, ARCHIVES);
    tcase_add_loop_test(tests, truncation_anywhere_is_refused, 0, ARCHIVES);
    tcase_add_loop_test(tests, corruption_is_refused_or_harmless, 0, ARCHIVES);
    tcase_add_loop_test(tests, what_follows_the_end_is_refused, 0, ARCHIVES);
    tcase_add_test(tests, bombs_are_refused);
    tcase_add_loop_test(tests, bad_entries_of_a_tar_are_refused, 0, (int)(sizeof grafts / sizeof *grafts));
    tcase_add_test(tests, damaged_tars_are_refused);
    tcase_add_test(tests, tars_in_any_order_are_read);
    tcase_add_test(tests, limits_are_named);
    tcase_add_loop_test(tests, bad_zips_are_refused, 0, (int)(sizeof made / sizeof *made));
    tcase_add_test(tests, folders_are_read);
    tcase_add_test(tests, links_in_folders_are_refused);
    tcase_add_test(tests, foreign_archives_are_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
