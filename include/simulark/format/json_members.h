/* Objects and arrays of JSON text taken apart and put together, their values left as they stand. Pure.
 *
 * The text is canonical (as json_take_value writes it) unless said otherwise. Keys are compared as they are written, so names
 * asked for must need no escapes. */
#ifndef SIMULARK_FORMAT_JSON_MEMBERS_H
#define SIMULARK_FORMAT_JSON_MEMBERS_H

#include "simulark/base/buffer.h"
#include "simulark/model/row.h"

#include <stdbool.h>
#include <stddef.h>

/* Goes over an object's members or an array's values. */
struct json_walk {
    const char *text;
    size_t len, at;
    struct cell key;   /* of a member, without quotes, as it is written */
    struct cell value; /* its text */
};

/* False for what begins with another bracket. */
bool json_walk_object(struct json_walk *walk, const char *text, size_t len);
bool json_walk_array(struct json_walk *walk, const char *text, size_t len);
bool json_walk_next(struct json_walk *walk); /* false at the end */

/* The value of an object's member; text NULL where there is none, or text is no object. */
struct cell json_member(const char *text, size_t len, const char *key);
/* Appends the characters of a member that is a string; false where it is none. */
bool json_member_string(const char *text, size_t len, const char *key, struct buffer *out);
/* The characters of a JSON string; false for any other value. */
bool json_string_text(const struct cell *value, struct buffer *out);

/* An object being put together: begin, members, end. Of members of the same key the last one stays. */
struct json_object_builder {
    struct buffer text; /* not canonical yet */
};

void json_build_begin(struct json_object_builder *b);
void json_build_raw(struct json_object_builder *b, const char *key, const char *value, size_t len);
void json_build_string(struct json_object_builder *b, const char *key, const char *text, size_t len);
/* All members of an object but those named in a NULL-ended list. */
void json_build_members(struct json_object_builder *b, const char *text, size_t len, const char *const *but);
/* Appends the object as canonical text. */
void json_build_end(struct json_object_builder *b, struct buffer *out);
void json_build_release(struct json_object_builder *b);

#endif
