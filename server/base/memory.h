/* malloc that cannot fail: a daemon that is out of memory has no better answer than to end at once. */
#pragma once
#include <stddef.h>
#include <stdlib.h>

void *memory_alloc(size_t n);
void *memory_zeroed(size_t n);
void *memory_resize(void *p, size_t n);
char *memory_strdup(const char *z);
_Noreturn void memory_exhausted(size_t wanted);

static inline void memory_freep(void *p)
{
    free(*(void **)p);
}
#define FREE_CLEANUP __attribute__((cleanup(memory_freep)))
