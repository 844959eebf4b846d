#include "simulark/model/seal.h"

#include "simulark/base/json_text.h"
#include "simulark/base/memory.h"
#include "simulark/model/manifest.h"

#include <stdlib.h>
#include <string.h>

struct seal *seal_new(void)
{
    return mem_alloc(sizeof(struct seal));
}

void seal_free(struct seal *seal)
{
    if (!seal)
        return;
    for (size_t i = 0; i < seal->nassets; i++)
        free(seal->assets[i].path);
    free(seal->assets);
    free(seal->signature);
    free(seal);
}

void seal_add_table(struct seal *seal, const struct table *table, int64_t rows, const char *sha256)
{
    struct table_seal *t = &seal->tables[seal->ntables++];

    t->table = table;
    t->rows = rows;
    memcpy(t->sha256, sha256, DIGEST_HEX + 1);
}

void seal_add_asset(struct seal *seal, const char *path, int64_t bytes, const char *sha256)
{
    struct asset_seal *a;

    seal->assets = mem_grow(seal->assets, &seal->assets_capacity, seal->nassets + 1, sizeof *seal->assets);
    a = &seal->assets[seal->nassets++];
    a->path = mem_strdup(path);
    a->bytes = bytes;
    memcpy(a->sha256, sha256, DIGEST_HEX + 1);
}

const struct table_seal *seal_table(const struct seal *seal, const struct table *table)
{
    for (size_t i = 0; i < seal->ntables; i++)
        if (seal->tables[i].table == table)
            return &seal->tables[i];
    return NULL;
}

static json_t *tables_to_json(const struct seal *seal)
{
    json_t *list = json_array();

    for (size_t i = 0; i < seal->ntables; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "name", seal->tables[i].table->name, "rows",
                                              (json_int_t)seal->tables[i].rows, "sha256", seal->tables[i].sha256));
    return list;
}

static json_t *assets_to_json(const struct seal *seal)
{
    json_t *list = json_array();

    for (size_t i = 0; i < seal->nassets; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "path", seal->assets[i].path, "bytes",
                                              (json_int_t)seal->assets[i].bytes, "sha256", seal->assets[i].sha256));
    return list;
}

void seal_close(struct seal *seal, const struct manifest *m)
{
    json_t *header = manifest_to_json(m);
    json_t *counted = json_object_get(header, "tables");
    json_t *all;
    char *text;

    for (size_t i = 0; i < seal->ntables && i < json_array_size(counted); i++) /* a bundle written by hand counts nothing */
        json_object_set_new(json_array_get(counted, i), "rows", json_integer((json_int_t)seal->tables[i].rows));
    json_object_del(header, "encoding");
    json_object_del(header, "created_at");
    json_object_del(header, "generator");
    all = json_pack("{s:o, s:o, s:o}", "header", header, "tables", tables_to_json(seal), "assets", assets_to_json(seal));
    text = json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
    digest_of(text, strlen(text), seal->digest);
    free(text);
    json_decref(all);
}

json_t *seal_to_json(const struct seal *seal)
{
    return json_pack("{s:o, s:o, s:o}", "tables", tables_to_json(seal), "assets", assets_to_json(seal), "digest",
                     digest_to_json(seal->digest));
}

static bool damaged(struct error *err, const char *what)
{
    return error_set(err, STATUS_MALFORMED, "The seal is damaged: %s.", what);
}

static bool take_table(struct seal *seal, const json_t *entry, struct error *err)
{
    const char *name = json_string_value(json_object_get(entry, "name"));
    const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
    const json_t *rows = json_object_get(entry, "rows");
    const struct table *table = name ? table_find(name) : NULL;

    if (!table || seal_table(seal, table))
        return damaged(err, "it names a table that is unknown or there already");
    if (!json_is_integer(rows) || json_integer_value(rows) < 0 || !sha256 || !digest_is_hex(sha256))
        return damaged(err, "a table needs rows and a sha256 of 64 lower-case hexadecimal digits");
    seal_add_table(seal, table, json_integer_value(rows), sha256);
    return true;
}

static bool take_asset(struct seal *seal, const json_t *entry, struct error *err)
{
    const char *path = json_string_value(json_object_get(entry, "path"));
    const char *sha256 = json_string_value(json_object_get(entry, "sha256"));
    const json_t *bytes = json_object_get(entry, "bytes");

    if (!path || !json_is_integer(bytes) || json_integer_value(bytes) < 0 || !sha256 || !digest_is_hex(sha256))
        return damaged(err, "an asset needs path, bytes and a sha256 of 64 lower-case hexadecimal digits");
    seal_add_asset(seal, path, json_integer_value(bytes), sha256);
    return true;
}

struct seal *seal_from_json(const json_t *object, struct error *err)
{
    const char *text = json_string_value(json_object_get(object, "digest"));
    const char *digest = text ? digest_parse(text) : NULL;
    const json_t *list = json_object_get(object, "tables");
    const json_t *assets = json_object_get(object, "assets");
    struct seal *seal = seal_new();
    size_t i;
    json_t *entry;

    if (!json_is_array(list) || (assets && !json_is_array(assets)) || !digest) {
        damaged(err, "it needs tables and a digest");
        goto fail;
    }
    memcpy(seal->digest, digest, DIGEST_HEX + 1);
    json_array_foreach(list, i, entry) {
        if (!take_table(seal, entry, err))
            goto fail;
    }
    json_array_foreach(assets, i, entry) {
        if (!take_asset(seal, entry, err))
            goto fail;
    }
    return seal;
fail:
    seal_free(seal);
    return NULL;
}
