/* Memory that is there or the program ends.
 *
 * None of these functions returns NULL. When memory runs out they call the handler, which may tidy up (remove temporary
 * files) and must not return. What they return is released with free(). */
#ifndef SIMULARK_BASE_MEMORY_H
#define SIMULARK_BASE_MEMORY_H

#include <stddef.h>

void *mem_alloc(size_t size);                                   /* zeroed */
void *mem_realloc(void *old, size_t size);
void *mem_grow(void *array, size_t *capacity, size_t wanted, size_t item_size); /* at least `wanted` items; doubles */
char *mem_strdup(const char *text);
char *mem_strdup_or_null(const char *text); /* NULL for NULL */
char *mem_strndup(const char *text, size_t len);

/* For those who learn from a library that memory has run out. */
_Noreturn void mem_run_out(void);

/* Sets what happens when memory runs out; the default aborts. */
void mem_on_exhaustion(void (*handler)(void));

#endif
