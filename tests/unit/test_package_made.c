/* Archives made byte by byte: what no good program would write. */
#include "package_reading.h"

#include "files.h"

#include <stdio.h>
#include <string.h>

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
            if (name[strlen(name) - 1] == '/')
                tar_add(&b, name, '5', "", "");
            else
                tar_add(&b, name, '0', "", order[k]);
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
    {"bundle.json", "bundle.json", 0, 0, 0100644, 0, 0, 0, "", "junk", "", 0, "followed by bytes that belong to nothing."},
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

TCase *package_made_tests(void)
{
    TCase *tests = tcase_create("made");

    tcase_add_checked_fixture(tests, folder_enter, package_leave);
    tcase_add_loop_test(tests, bad_entries_of_a_tar_are_refused, 0, (int)(sizeof grafts / sizeof *grafts));
    tcase_add_test(tests, damaged_tars_are_refused);
    tcase_add_test(tests, tars_in_any_order_are_read);
    tcase_add_loop_test(tests, bad_zips_are_refused, 0, (int)(sizeof made / sizeof *made));
    return tests;
}
