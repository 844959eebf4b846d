/* Small texts that people and servers give: command lines, limits, connection strings, also in messages, maps of users, lines of
 * COPY, names of containers, numbers, times, arrays. */
#include "fuzzing.h"
#include "../../src/flow/user_map.h"
#include "../../src/pg/conninfo.h"
#include "simulark/base/uuid.h"
#include "simulark/cmd/cmd.h"
#include "simulark/cmd/secrets.h"
#include "simulark/format/limits.h"
#include "simulark/format/package.h"
#include "simulark/format/package_name.h"
#include "simulark/format/row_text.h"
#include "simulark/model/tier.h"
#include "simulark/model/value.h"
#include "simulark/pg/copy_binary.h"

#include <stdlib.h>
#include <string.h>

/* A command line, its words parted by NUL. */
static void check_arguments(char *text, size_t len)
{
    char *words[20] = {NULL};
    struct arguments a = {0};
    struct error err = ERROR_INIT;
    size_t count = 0;
    size_t before;
    int argc = 0;

    for (char *at = text; at < text + len && argc < 19; at += strlen(at) + 1)
        words[argc++] = at;
    while (commands[count])
        count++;
    a.specs[0] = commands[len % count]->options;
    a.specs[1] = common_options;
    before = arguments_before_command(argc, words);
    must(before <= (size_t)argc);
    if (arguments_parse(&a, argc, words, &err)) {
        must(a.noperands + a.ngiven <= 4 * len + 1);
        for (size_t i = 0; i < a.ngiven; i++)
            must(a.given[i].value != NULL);
        argument_given(&a, "json");
    } else {
        must(err.status == STATUS_USAGE && err.message.len);
    }
    error_release(&err);
    arguments_release(&a);
}

static void check_secrets(const char *text, size_t len)
{
    char *once = malloc(len + 1);
    char *twice = malloc(len + 1);

    must(once && twice);
    memcpy(once, text, len + 1);
    secrets_hide(once, len);
    must(once[len] == '\0');
    memcpy(twice, once, len + 1);
    secrets_hide(twice, len);
    for (size_t i = 0; i < len; i++)
        must(twice[i] == once[i] || twice[i] == 'x'); /* what is hidden may join words, so that more is */
    free(once);
    free(twice);
}

/* What is refused is not repeated: a password may be anywhere in it. */
static void check_conninfo(const char *text)
{
    static const char password[] = "S3CRET";
    struct error err = ERROR_INIT;

    if (!conninfo_check(text, &err))
        must(err.status == STATUS_USAGE && !strstr(buffer_string(&err.message), password) &&
             !strstr(buffer_string(&err.hint), password));
    error_release(&err);
}

static bool check_pair(void *context, const char *old, const char *new, int line, struct error *err)
{
    int *before = context;
    const char *const texts[] = {old, new};

    (void)err;
    must(line > *before);
    *before = line;
    for (size_t i = 0; i < 2; i++)
        must(!strpbrk(texts[i], ",\n") && (!*texts[i] || (!strchr(" \t\r", *texts[i]) &&
                                                         !strchr(" \t\r", texts[i][strlen(texts[i]) - 1]))));
    return true;
}

static void check_user_map(const char *text, size_t len)
{
    struct input *in = input_memory("fuzz", text, len);
    struct error err = ERROR_INIT;
    int line = 0;

    if (!user_map_read(in, check_pair, &line, &err))
        must(err.status == STATUS_FILE && err.message.len);
    input_free(in);
    error_release(&err);
}

static void check_limits(const char *text)
{
    struct limits limits = LIMITS_DEFAULT;
    struct error err = ERROR_INIT;

    if (limits_set(&limits, text, &err))
        must(limits.row_bytes && limits.asset_bytes && limits.entries && limits.expansion && limits.yaml_depth &&
             limits.alias_bytes);
    else
        must(err.status == STATUS_USAGE);
    error_release(&err);
}

/* A line that is split and joined is the same to PostgreSQL; joined once, it stays as it is. */
static void check_copy(const char *text, size_t len)
{
    struct copy_splitter splitter = {0}, other = {0};
    struct buffer once = BUFFER_INIT, again = BUFFER_INIT;
    struct row row;
    size_t cells = 1;

    for (size_t i = 0; i < len; i++)
        cells += text[i] == '\t';
    if (copy_split(&splitter, text, len, cells, &row)) {
        must(row.ncells == cells);
        row.copy = NULL;
        copy_append(&once, &row);
        must(copy_split(&other, once.data, once.len, cells, &row));
        row.copy = NULL;
        copy_append(&again, &row);
        must(once.len == again.len && memcmp(once.data, again.data, once.len) == 0);
    }
    copy_splitter_release(&splitter);
    copy_splitter_release(&other);
    buffer_release(&once);
    buffer_release(&again);
}

/* Whatever a server sends is a row or is none; a row can be sent back. */
static void check_copy_binary(const char *text, size_t len)
{
    struct copy_splitter splitter = {0};
    struct buffer back = BUFFER_INIT;
    struct shape shape = {.table = table_find("nodes")};
    struct row row;

    shape_add_column(&shape, "id", "uuid");
    shape_add_column(&shape, "label", "text");
    shape_add_column(&shape, "data", "jsonb");
    shape_add_column(&shape, "width", "double precision");
    shape_add_column(&shape, "created_at", "timestamp with time zone");
    if (copy_binary_split(&splitter, text, len, &shape, &row) == COPY_ROW) {
        for (size_t i = 0; i < row.ncells; i++)
            must(!row.cells[i].text || row.cells[i].len <= (len > VALUE_TEXT_MAX ? len : VALUE_TEXT_MAX));
        (void)copy_binary_append(&back, &shape, &row); /* an instant may be none of the calendar */
    }
    shape_release(&shape);
    copy_splitter_release(&splitter);
    buffer_release(&back);
}

static void check_values(const char *text, size_t len)
{
    struct buffer once = BUFFER_INIT, again = BUFFER_INIT;
    const char *problem = NULL;

    for (int type = 0; type <= TYPE_INET; type++) {
        buffer_clear(&once);
        buffer_clear(&again);
        if (type != TYPE_TEXT_ARRAY && type != TYPE_JSONB && type != TYPE_OTHER && type != TYPE_TEXT &&
            value_canonical((enum type)type, text, len, &once, &problem))
            must(value_canonical((enum type)type, buffer_string(&once), once.len, &again, &problem) && once.len == again.len &&
                 memcmp(once.data, again.data, once.len) == 0);
    }
    buffer_release(&once);
    buffer_release(&again);
}

static void check_names(const char *text)
{
    struct package_name name;
    struct buffer shown = BUFFER_INIT;
    enum container container;

    container_from_path(text, &container);
    container_from_name(text, &container);
    if (package_name_is_safe(text))
        must(*text != '/' && !strstr(text, "/../") && !strchr(text, '\\'));
    package_name_parse(&name, text);
    package_name_show(&shown, text);
    buffer_release(&shown);
}

static void check_tier(const char *text)
{
    static const char *const types[] = {"number", "string", "null", "boolean", "object"};
    struct error err = ERROR_INIT;
    struct tier tier;
    size_t len = strlen(text);

    tier_init(&tier, "fuzz");
    if (!tier_take_limit(&tier, "max_projects", types[len % 5], text, &err))
        must(err.status == STATUS_REFUSED);
    error_clear(&err);
    tier_take_feature(&tier, len % 2 ? text : NULL, types[len % 5], text, &err);
    tier_release(&tier);
    error_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t len = size ? size - 1 : 0;
    char *text = malloc(len + 1); /* exactly as long, so that reading beyond it is seen */

    must(text != NULL);
    if (len)
        memcpy(text, data + 1, len);
    text[len] = '\0';
    switch (size ? data[0] % 9 : 0) {
    case 0: check_arguments(text, len); break;
    case 1: check_secrets(text, len); break;
    case 2: check_limits(text); break;
    case 3:
        check_copy(text, len);
        check_copy_binary(text, len);
        break;
    case 4: check_values(text, len); break;
    case 5: check_names(text); break;
    case 6: check_conninfo(text); break;
    case 7: check_user_map(text, len); break;
    default: check_tier(text);
    }
    free(text);
    return 0;
}
