#include "simulark/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void (*exhausted)(void);

_Noreturn void mem_run_out(void)
{
    if (exhausted)
        exhausted();
    abort();
}

void mem_on_exhaustion(void (*handler)(void))
{
    exhausted = handler;
}

void *mem_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        mem_run_out();
    return memory;
}

void *mem_realloc(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);

    if (!memory)
        mem_run_out();
    return memory;
}

void *mem_grow(void *array, size_t *capacity, size_t wanted, size_t item_size)
{
    size_t grown = *capacity ? *capacity : 8;

    if (wanted <= *capacity)
        return array;
    while (grown < wanted) {
        if (grown > SIZE_MAX / 2)
            mem_run_out();
        grown *= 2;
    }
    if (grown > SIZE_MAX / item_size)
        mem_run_out();
    array = mem_realloc(array, grown * item_size);
    *capacity = grown;
    return array;
}

char *mem_strndup(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);

    memcpy(copy, text, len);
    return copy;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

char *mem_strdup_or_null(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}
