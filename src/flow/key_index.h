/* Keys, and what refers to them, brought together: collected in any order, given sorted, in flat memory (sorted runs in a
 * scratch file). Private to flow. */
#ifndef SIMULARK_FLOW_KEY_INDEX_H
#define SIMULARK_FLOW_KEY_INDEX_H

#include "simulark/base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_BYTES 16

/* In the order in which entries of the same key are given. */
enum key_role {
    KEY_KNOWN,     /* it exists elsewhere (a person of the header) */
    KEY_OWN,       /* a row has it */
    KEY_REFERENCE, /* a row refers to it */
};

struct key_entry {
    uint8_t space; /* keys of different spaces have nothing to do with each other */
    uint8_t role;
    unsigned char key[KEY_BYTES]; /* a uuid, or key_of_text */
    /* Of the row it comes from; any numbers of the caller's. */
    uint8_t table, column;
    uint32_t place, line;
    uint64_t group;
};

/* The key for a text of any length: the beginning of its SHA-256. */
void key_of_text(unsigned char key[KEY_BYTES], const char *text, size_t len);

struct key_index;

/* memory: bytes of entries that are kept before they go to the file. */
struct key_index *key_index_new(size_t memory);
bool key_index_add(struct key_index *index, const struct key_entry *entry, struct error *err);
/* No more come; from now on they are given, in order of space, key and role, and then as they came. */
bool key_index_end(struct key_index *index, struct error *err);
bool key_index_next(struct key_index *index, struct key_entry *entry, bool *more, struct error *err);
void key_index_free(struct key_index *index);

#endif
