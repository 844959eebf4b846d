#include "simulark/base/uuid.h"

#include "simulark/base/crypto.h"
#include "simulark/base/hex.h"

#include <string.h>

/* Nearly all are written so. */
bool uuid_parse_usual(struct uuid *id, const char *text)
{
    bool ok = text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-';

    ok &= hex_read_four(text, text + 4, id->bytes);
    ok &= hex_read_four(text + 9, text + 14, id->bytes + 4);
    ok &= hex_read_four(text + 19, text + 24, id->bytes + 8);
    ok &= hex_read_four(text + 28, text + 32, id->bytes + 12);
    return ok;
}

/* The grammar is that of string_to_uuid in PostgreSQL's src/backend/utils/adt/uuid.c. */
bool uuid_parse(struct uuid *id, const char *text, size_t len)
{
    size_t at = 0;
    bool braced = len > 0 && text[0] == '{';

    if (len == UUID_TEXT && uuid_parse_usual(id, text))
        return true;
    if (braced)
        at++;
    for (size_t i = 0; i < sizeof id->bytes; i++) {
        int high = at < len ? hex_value(text[at]) : -1;
        int low = at + 1 < len ? hex_value(text[at + 1]) : -1;

        if (high < 0 || low < 0)
            return false;
        id->bytes[i] = (unsigned char)(high << 4 | low);
        at += 2;
        if (i % 2 == 1 && i < sizeof id->bytes - 1 && at < len && text[at] == '-')
            at++;
    }
    if (braced) {
        if (at >= len || text[at] != '}')
            return false;
        at++;
    }
    return at == len;
}

bool uuid_parse_text(struct uuid *id, const char *text)
{
    return text && uuid_parse(id, text, strlen(text));
}

void uuid_format(const struct uuid *id, char text[UUID_TEXT + 1])
{
    char digits[2 * sizeof id->bytes];

    for (size_t i = 0; i < sizeof id->bytes; i += 4)
        hex_write_four(id->bytes + i, digits + 2 * i);
    memcpy(text, digits, 8);
    memcpy(text + 9, digits + 8, 4);
    memcpy(text + 14, digits + 12, 4);
    memcpy(text + 19, digits + 16, 4);
    memcpy(text + 24, digits + 20, 12);
    text[8] = text[13] = text[18] = text[23] = '-';
    text[UUID_TEXT] = '\0';
}

static void mark(struct uuid *id, unsigned version)
{
    id->bytes[6] = (unsigned char)((id->bytes[6] & 0x0F) | version << 4);
    id->bytes[8] = (unsigned char)((id->bytes[8] & 0x3F) | 0x80);
}

void uuid_of_digest(struct uuid *id, const char *hex, unsigned version)
{
    uuid_parse(id, hex, 2 * sizeof id->bytes);
    mark(id, version);
}

void uuid_random(struct uuid *id)
{
    random_bytes(id->bytes, sizeof id->bytes);
    mark(id, 4);
}
