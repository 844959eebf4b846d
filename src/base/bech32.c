#include "simulark/base/bech32.h"

#include <stdint.h>
#include <string.h>

#define CHECKSUM 6 /* characters, of 5 bits each */

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t add(uint32_t sum, unsigned five)
{
    static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = sum >> 25;

    sum = (sum & 0x1ffffff) << 5 ^ five;
    for (int i = 0; i < 5; i++)
        if (top >> i & 1)
            sum ^= generator[i];
    return sum;
}

static uint32_t add_prefix(const char *prefix)
{
    uint32_t sum = 1;

    for (const char *c = prefix; *c; c++)
        sum = add(sum, (unsigned char)*c >> 5);
    sum = add(sum, 0);
    for (const char *c = prefix; *c; c++)
        sum = add(sum, *c & 31);
    return sum;
}

void bech32_append(struct buffer *out, const char *prefix, const void *bytes, size_t len)
{
    uint32_t sum = add_prefix(prefix);
    const unsigned char *from = bytes;
    unsigned held = 0; /* bits not yet written, and how many */
    unsigned nheld = 0;

    buffer_text(out, prefix);
    buffer_byte(out, '1');
    for (size_t i = 0; i < len || nheld; nheld = nheld > 5 ? nheld - 5 : 0) {
        unsigned five;

        if (nheld < 5 && i < len) {
            held = (held << 8 | from[i++]) & 0xfff;
            nheld += 8;
        }
        five = (nheld >= 5 ? held >> (nheld - 5) : held << (5 - nheld)) & 31;
        sum = add(sum, five);
        buffer_byte(out, alphabet[five]);
    }
    for (int i = 0; i < CHECKSUM; i++)
        sum = add(sum, 0);
    sum ^= 1;
    for (int i = CHECKSUM - 1; i >= 0; i--)
        buffer_byte(out, alphabet[sum >> 5 * i & 31]);
}

/* The text's characters in one case; false where it has both. */
static bool fold(struct buffer *folded, const char *text, size_t len)
{
    bool lower = false;
    bool upper = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        lower = lower || (c >= 'a' && c <= 'z');
        upper = upper || (c >= 'A' && c <= 'Z');
        buffer_byte(folded, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    return !(lower && upper);
}

static bool read_data(const char *text, size_t text_len, uint32_t sum, unsigned char *bytes, size_t len)
{
    size_t data = text_len - CHECKSUM;
    size_t got = 0;
    unsigned held = 0;
    unsigned nheld = 0;

    for (size_t i = 0; i < text_len; i++) {
        const char *found = text[i] ? strchr(alphabet, text[i]) : NULL;
        unsigned five = found ? (unsigned)(found - alphabet) : 0;

        if (!found)
            return false;
        sum = add(sum, five);
        if (i >= data)
            continue;
        held = (held << 5 | five) & 0xfff;
        nheld += 5;
        if (nheld < 8)
            continue;
        nheld -= 8;
        if (got == len)
            return false;
        bytes[got++] = (unsigned char)(held >> nheld);
    }
    return sum == 1 && got == len && nheld < 5 && (held & ((1u << nheld) - 1)) == 0;
}

bool bech32_read(const char *text, size_t text_len, const char *prefix, void *bytes, size_t len)
{
    size_t start = strlen(prefix) + 1;
    struct buffer folded = BUFFER_INIT;
    bool ok = text_len >= start + CHECKSUM && fold(&folded, text, text_len);

    ok = ok && strncmp(folded.data, prefix, start - 1) == 0 && folded.data[start - 1] == '1' &&
         read_data(folded.data + start, text_len - start, add_prefix(prefix), bytes, len);
    if (folded.len)
        memset(folded.data, 0, folded.len); /* it may have been a secret */
    buffer_release(&folded);
    return ok;
}
