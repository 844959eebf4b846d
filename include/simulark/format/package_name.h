/* The names of a package's entries: which there are, and in which order they come. */
#ifndef SIMULARK_FORMAT_PACKAGE_NAME_H
#define SIMULARK_FORMAT_PACKAGE_NAME_H

#include "simulark/base/error.h"
#include "simulark/format/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum package_kind { PACKAGE_HEADER, PACKAGE_DATA, PACKAGE_ASSET, PACKAGE_SEAL, PACKAGE_SIGNATURE };

struct package_name {
    enum package_kind kind;
    const char *text; /* borrowed */
    size_t table;     /* PACKAGE_DATA: its place in load order */
    unsigned part;
    bool yaml;
};

/* Whether a name could not do harm anywhere: relative, UTF-8, without "..", ".", empty parts, backslashes, control
 * characters or a drive letter, and of at most 512 bytes. */
bool package_name_is_safe(const char *name);

/* Whether it is one of a bundle's files. */
bool package_name_parse(struct package_name *name, const char *text);

/* Whether it is one of a bundle's folders: data, data/<table>, assets and those below. */
bool package_name_is_folder(const char *text);

/* The order of entries. */
int package_name_compare(const struct package_name *a, const struct package_name *b);

/* A name as messages may show it: what a terminal could take amiss becomes "?". Valid until the buffer changes. */
const char *package_name_show(struct buffer *b, const char *name);

/* What is checked of entries as they come: that bundle.json is the first, that they are in order, no name comes twice (also
 * not in another case), parts are numbered from 1 without a gap and of one encoding, sizes and count are within limits. */
struct package_sequence {
    const char *container; /* its name for messages, borrowed */
    const struct limits *limits;
    struct package_name last; /* its text is not kept */
    struct buffer last_text;
    size_t count;
    void *assets; /* a tree of their names */
};

void package_sequence_init(struct package_sequence *s, const char *container, const struct limits *limits);
bool package_sequence_add(struct package_sequence *s, const struct package_name *name, int64_t bytes, struct error *err);
/* Whether an entry's size is within the limits: for who puts it aside first. */
bool package_sequence_fits(const struct package_sequence *s, const struct package_name *name, int64_t bytes, struct error *err);
bool package_sequence_end(const struct package_sequence *s, struct error *err);
void package_sequence_release(struct package_sequence *s);

#endif
