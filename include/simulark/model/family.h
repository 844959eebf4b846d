/* Families of node types: what a type is about, told from the words in it. People name types as they like ("postgres",
 * "RedisCache", "aws-lambda"); a picture tells families apart. Pure. */
#ifndef SIMULARK_MODEL_FAMILY_H
#define SIMULARK_MODEL_FAMILY_H

#include <stdbool.h>

enum family {
    FAMILY_OTHER,
    FAMILY_SERVICE,
    FAMILY_DATABASE,
    FAMILY_QUEUE,
    FAMILY_CACHE,
    FAMILY_GATEWAY,
    FAMILY_CLIENT,
    FAMILY_STORAGE,
    FAMILY_FUNCTION,
    FAMILY_EXTERNAL,
    FAMILY_MODEL, /* of artificial intelligence: models, agents, chains */
    FAMILY_CONTAINER,
    FAMILY_CDN,
    FAMILY_SECURITY,
    FAMILY_MONITOR,
    FAMILY_SEARCH,
    FAMILY_LOGIC, /* conditions, routers, loops */
    FAMILY_TEXT,  /* documents, prompts, notes */
    FAMILY_NETWORK,
};

#define FAMILY_COUNT (FAMILY_NETWORK + 1)

/* The family of a text, whatever its case; FAMILY_OTHER where no word is known. */
enum family family_of(const char *text);

/* Whether a type says nothing but that it is a node ("custom", "default"), or nothing at all. */
bool type_is_generic(const char *type);

/* Whether a type is that of a frame around other nodes. */
bool type_is_group(const char *type);

#endif
