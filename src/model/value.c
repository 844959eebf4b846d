#include "simulark/model/value.h"

#include "simulark/base/uuid.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <strings.h>

static bool uuid_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    struct uuid id;

    if (!uuid_parse(&id, text, len)) {
        *problem = "is not a uuid";
        return false;
    }
    buffer_reserve(out, UUID_TEXT + 1);
    uuid_format(&id, out->data + out->len);
    out->len += UUID_TEXT;
    return true;
}

/* The digits without zeros in front, the sign only where it means something. */
static bool integer_canonical(const char *text, size_t len, uint64_t max, struct buffer *out, const char **problem)
{
    size_t at = len && (*text == '-' || *text == '+');
    bool negative = at && *text == '-';
    uint64_t value = 0;
    bool over = false;
    size_t first;

    if (at == len) {
        *problem = "is not an integer";
        return false;
    }
    while (at < len - 1 && text[at] == '0')
        at++;
    for (first = at; at < len; at++) {
        if (text[at] < '0' || text[at] > '9') {
            *problem = "is not an integer";
            return false;
        }
        over = over || value >= UINT64_MAX / 10;
        value = over ? value : value * 10 + (uint64_t)(text[at] - '0');
    }
    if (over || value > max + negative) {
        *problem = max == INT32_MAX ? "is beyond the range of integer" : "is beyond the range of bigint";
        return false;
    }
    if (negative && value)
        buffer_byte(out, '-');
    buffer_append(out, text + first, len - first);
    return true;
}

/* Any beginning of these words that is not a beginning of two of them. */
static bool boolean_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    static const struct {
        const char *word;
        size_t shortest;
        char value;
    } words[] = {{"true", 1, 't'}, {"false", 1, 'f'}, {"yes", 1, 't'}, {"no", 1, 'f'},
                 {"on", 2, 't'},   {"off", 2, 'f'},   {"1", 1, 't'},   {"0", 1, 'f'}};

    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (len >= words[i].shortest && len <= strlen(words[i].word) && strncasecmp(text, words[i].word, len) == 0) {
            buffer_byte(out, words[i].value);
            return true;
        }
    }
    *problem = "is not true or false";
    return false;
}

/* An address, and behind '/' how many bits of it name the network; all of them is not written. */
static bool inet_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    const char *slash = memchr(text, '/', len);
    size_t address_len = slash ? (size_t)(slash - text) : len;
    int family = memchr(text, ':', len) ? AF_INET6 : AF_INET;
    int most = family == AF_INET ? 32 : 128;
    int bits = 0;
    char address[INET6_ADDRSTRLEN + 1];
    unsigned char bytes[sizeof(struct in6_addr)];

    *problem = "is not an IP address";
    if (address_len >= sizeof address)
        return false;
    memcpy(address, text, address_len);
    address[address_len] = '\0';
    if (strlen(address) != address_len || inet_pton(family, address, bytes) != 1)
        return false;
    if (slash) {
        const char *digits = slash + 1;
        size_t count = (size_t)(text + len - digits);

        for (size_t i = 0; i < count && i < 4; i++)
            bits = digits[i] >= '0' && digits[i] <= '9' ? bits * 10 + (digits[i] - '0') : most + 1;
        if (!count || count > 3 || bits > most)
            return false;
    }
    inet_ntop(family, bytes, address, sizeof address);
    buffer_text(out, address);
    if (slash && bits < most)
        buffer_printf(out, "/%d", bits);
    return true;
}

/* A uuid, or whatever React Flow calls a node, as long as it can stand in a line. */
static bool id_canonical(const char *text, size_t len, struct buffer *out, const char **problem)
{
    if (len > LOCAL_ID_MAX) {
        *problem = "is longer than 1000 bytes";
        return false;
    }
    if (!len) {
        *problem = "is empty";
        return false;
    }
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F) {
            *problem = "is no id: it has control characters";
            return false;
        }
    if (!uuid_canonical(text, len, out, problem))
        buffer_append(out, text, len);
    *problem = NULL;
    return true;
}

bool value_canonical(enum type type, const char *text, size_t len, struct buffer *out, const char **problem)
{
    const char *trimmed = text;
    const char *end = text + len;

    while (trimmed < end && value_is_space(*trimmed))
        trimmed++;
    while (end > trimmed && value_is_space(end[-1]))
        end--;
    switch (type) {
    case TYPE_UUID: return uuid_canonical(text, len, out, problem);
    case TYPE_ID: return id_canonical(text, len, out, problem);
    case TYPE_INTEGER: return integer_canonical(trimmed, (size_t)(end - trimmed), INT32_MAX, out, problem);
    case TYPE_BIGINT: return integer_canonical(trimmed, (size_t)(end - trimmed), INT64_MAX, out, problem);
    case TYPE_DOUBLE: return double_canonical(trimmed, (size_t)(end - trimmed), out, problem);
    case TYPE_NUMERIC: return numeric_canonical(trimmed, (size_t)(end - trimmed), out, problem);
    case TYPE_BOOLEAN: return boolean_canonical(trimmed, (size_t)(end - trimmed), out, problem);
    case TYPE_TIMESTAMPTZ: return timestamptz_canonical(trimmed, (size_t)(end - trimmed), out, problem);
    case TYPE_INET: return inet_canonical(text, len, out, problem);
    case TYPE_OTHER:
    case TYPE_TEXT:
    case TYPE_JSONB:
    case TYPE_TEXT_ARRAY: break;
    }
    buffer_append(out, text, len);
    return true;
}
