/* Entries in the order of a package. Our own archives have them so, and are read as they come, rows at least. In others (plain
 * tar or zip of a folder), and from the first asset on, the rest is put into a scratch file and served from there in order. */
#include "simulark/base/memory.h"
#include "simulark/base/scratch.h"
#include "simulark/format/archive.h"
#include "simulark/format/package.h"
#include "simulark/format/package_name.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK ((size_t)64 << 10)

struct spooled {
    char *text;
    struct package_name name; /* text, understood */
    int64_t offset;           /* in the scratch file */
    int64_t bytes;
};

struct reader {
    struct package_reader base;
    struct input *in;
    struct input *whole; /* a zip that came through a pipe, in a scratch file; else NULL */
    const struct limits *limits;
    struct archive_entries *entries;
    struct package_sequence sequence;
    bool top_known;
    char *top; /* the folder everything is in, with '/'; NULL where there is none */
    struct buffer label; /* of the entry, for messages */
    struct buffer name;
    struct input *entry;

    struct scratch *spool; /* NULL while entries are served as they come */
    struct spooled *spooled;
    size_t nspooled;
    size_t capacity;
    size_t next;
    int64_t at; /* of the scratch file, for the entry that is served: the next byte, and the end */
    int64_t end;
    char *chunk;
};

static bool read_spool(void *context, const char **bytes, size_t *len, struct error *err)
{
    struct reader *r = context;

    *bytes = r->chunk;
    *len = r->end - r->at < (int64_t)CHUNK ? (size_t)(r->end - r->at) : CHUNK;
    if (!scratch_read(r->spool, r->at, r->chunk, *len, err))
        return false;
    r->at += (int64_t)*len;
    return true;
}

static bool unknown(struct reader *r, const char *name, struct error *err)
{
    struct buffer shown = BUFFER_INIT;

    error_set(err, STATUS_MALFORMED, "%s: entry %s is none of a bundle's files.", input_name(r->in),
              package_name_show(&shown, name));
    error_hint(err, "A bundle holds bundle.json, data/<table>/000001.jsonl or .yaml, assets/, seal.json and nothing else.");
    buffer_release(&shown);
    return false;
}

/* `tar czf x.tgz x/` puts all into one folder more: the first entry tells. */
static void find_top(struct reader *r, const struct archive_found *found)
{
    struct package_name name;
    size_t len = strcspn(found->name, "/");
    struct buffer top = BUFFER_INIT;

    r->top_known = true;
    if (found->folder ? package_name_is_folder(found->name) : package_name_parse(&name, found->name) || !found->name[len])
        return;
    buffer_append(&top, found->name, len);
    buffer_byte(&top, '/');
    buffer_byte(&top, '\0');
    r->top = top.data;
}

/* Finds out which of a bundle's files or folders an entry is. */
static bool understand(struct reader *r, const struct archive_found *found, struct package_name *name, struct error *err)
{
    const char *text = found->name;
    size_t len;

    if (found->folder && !*text)
        return true;
    if (!r->top_known)
        find_top(r, found);
    len = r->top ? strlen(r->top) : 0;
    if (found->folder && len && strncmp(text, r->top, len - 1) == 0 && !text[len - 1])
        return true;
    if (len && strncmp(text, r->top, len) != 0)
        return unknown(r, text, err);
    if (found->folder ? package_name_is_folder(text + len) : package_name_parse(name, text + len))
        return true;
    return unknown(r, text, err);
}

static bool spool_entry(struct reader *r, const struct package_name *name, int64_t bytes, struct error *err)
{
    struct spooled *s;
    const char *run;
    size_t len;

    if (!package_sequence_fits(&r->sequence, name, bytes, err))
        return false;
    r->spooled = mem_grow(r->spooled, &r->capacity, r->nspooled + 1, sizeof *r->spooled);
    s = &r->spooled[r->nspooled++];
    s->text = mem_strdup(name->text);
    s->name = *name;
    s->name.text = s->text;
    s->offset = scratch_size(r->spool);
    s->bytes = bytes;
    do {
        if (!archive_entries_data(r->entries, &run, &len, err) || !scratch_append(r->spool, run, len, err))
            return false;
    } while (len);
    return true;
}

static int compare_spooled(const void *a, const void *b)
{
    return package_name_compare(&((const struct spooled *)a)->name, &((const struct spooled *)b)->name);
}

/* Takes the entry at hand, if it is a file, and all that follow. */
static bool spool_rest(struct reader *r, const struct archive_found *first, const struct package_name *first_name,
                       struct error *err)
{
    struct archive_found found = *first;
    struct package_name name = *first_name;
    bool more = true;

    r->spool = scratch_new(err);
    if (!r->spool)
        return false;
    r->chunk = mem_alloc(CHUNK);
    while (more) {
        if (!found.folder && !spool_entry(r, &name, found.bytes, err))
            return false;
        if (!archive_entries_next(r->entries, &found, &more, err) || (more && !understand(r, &found, &name, err)))
            return false;
    }
    if (r->nspooled)
        qsort(r->spooled, r->nspooled, sizeof *r->spooled, compare_spooled);
    for (size_t i = 0; i < r->nspooled; i++)
        if (!package_sequence_add(&r->sequence, &r->spooled[i].name, r->spooled[i].bytes, err))
            return false;
    return package_sequence_end(&r->sequence, err);
}

static void serve(struct reader *r, struct package_entry *entry, const char *name, int64_t bytes)
{
    buffer_clear(&r->name);
    buffer_text(&r->name, name);
    buffer_clear(&r->label);
    buffer_printf(&r->label, "%s in %s", name, input_name(r->in));
    *entry = (struct package_entry){.name = buffer_string(&r->name), .bytes = bytes};
    if (r->spool)
        r->entry = input_callback(buffer_string(&r->label), read_spool, r);
    else
        r->entry = input_callback(buffer_string(&r->label), archive_entries_data, r->entries);
}

static void serve_spooled(struct reader *r, struct package_entry *entry, bool *more)
{
    const struct spooled *s;

    *more = r->next < r->nspooled;
    if (!*more)
        return;
    s = &r->spooled[r->next++];
    r->at = s->offset;
    r->end = s->offset + s->bytes;
    serve(r, entry, s->text, s->bytes);
}

/* Whether it can be served as it comes. Behind an asset may stand rows, which must be given before it. */
static bool is_in_place(const struct reader *r, const struct archive_found *found, const struct package_name *name)
{
    return !found->folder && !found->dotted && !r->top && name->kind != PACKAGE_ASSET &&
           (r->sequence.count || name->kind == PACKAGE_HEADER);
}

static bool reader_next(struct package_reader *p, struct package_entry *entry, bool *more, struct error *err)
{
    struct reader *r = (struct reader *)p;
    struct package_name name = {0};
    struct archive_found found;

    input_free(r->entry);
    r->entry = NULL;
    *more = false;
    if (!r->spool) {
        if (!archive_entries_next(r->entries, &found, more, err))
            return false;
        if (!*more)
            return package_sequence_end(&r->sequence, err);
        if (!understand(r, &found, &name, err))
            return false;
        if (is_in_place(r, &found, &name)) {
            if (!package_sequence_add(&r->sequence, &name, found.bytes, err))
                return false;
            serve(r, entry, name.text, found.bytes);
            return true;
        }
        if (!spool_rest(r, &found, &name, err))
            return false;
    }
    serve_spooled(r, entry, more);
    return true;
}

static struct input *reader_input(struct package_reader *p)
{
    return ((struct reader *)p)->entry;
}

static const char *const *reader_ignored(const struct package_reader *p)
{
    static const char *const none[] = {NULL};

    (void)p; /* archives hold nothing else, or they are refused */
    return none;
}

static void reader_free(struct package_reader *p)
{
    struct reader *r = (struct reader *)p;

    if (!r)
        return;
    input_free(r->entry);
    archive_entries_free(r->entries);
    package_sequence_release(&r->sequence);
    input_free(r->whole);
    for (size_t i = 0; i < r->nspooled; i++)
        free(r->spooled[i].text);
    free(r->spooled);
    scratch_free(r->spool);
    buffer_release(&r->label);
    buffer_release(&r->name);
    free(r->chunk);
    free(r->top);
    free(r);
}

/* A zip is read from its end. */
static struct input *take_whole(struct input *in, struct error *err)
{
    struct scratch *scratch = scratch_new(err);
    const char *bytes;
    size_t len = 1;

    if (!scratch)
        return NULL;
    while (len) {
        if (!input_next(in, &bytes, &len, err) || !scratch_append(scratch, bytes, len, err)) {
            scratch_free(scratch);
            return NULL;
        }
    }
    return input_scratch(input_name(in), scratch);
}

struct package_reader *package_reader_archive(struct input *in, enum container container, const struct limits *limits,
                                              struct error *err)
{
    static const struct package_reader_ops ops = {
        .next = reader_next, .input = reader_input, .ignored = reader_ignored, .free = reader_free};
    struct reader *r = mem_alloc(sizeof *r);

    r->base.ops = &ops;
    r->in = in;
    r->limits = limits;
    package_sequence_init(&r->sequence, input_name(in), limits);
    if (container == CONTAINER_ZIP && !input_can_seek(in)) {
        r->whole = take_whole(in, err);
        if (!r->whole)
            goto out;
    }
    r->entries = archive_entries_new(r->whole ? r->whole : in, container, limits, err);
    if (r->entries)
        return &r->base;
out:
    reader_free(&r->base);
    return NULL;
}
