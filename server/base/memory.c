#include "memory.h"

#include <stdio.h>
#include <string.h>

_Noreturn void memory_exhausted(size_t wanted)
{
    fprintf(stderr, "out of memory: %zu bytes wanted\n", wanted);
    abort();
}

void *memory_alloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p)
        memory_exhausted(n);
    return p;
}

void *memory_zeroed(size_t n)
{
    void *p = calloc(1, n ? n : 1);
    if (!p)
        memory_exhausted(n);
    return p;
}

void *memory_resize(void *p, size_t n)
{
    void *q = realloc(p, n ? n : 1);
    if (!q)
        memory_exhausted(n);
    return q;
}

char *memory_strdup(const char *z)
{
    size_t n = strlen(z) + 1;
    return memcpy(memory_alloc(n), z, n);
}
