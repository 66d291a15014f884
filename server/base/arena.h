/* Region allocator: what lives as long as one request (or one snapshot) is freed in one step. */
#pragma once
#include "str.h"
#include <stdarg.h>
#include <stddef.h>

struct arena;

/* Never NULL: running out of memory ends the process, as no caller could do better. */
struct arena *arena_new(void);
/* Accepts NULL. */
void arena_free(struct arena *a);
/* Forgets everything allocated and keeps the first block for reuse. */
void arena_reset(struct arena *a);

/* Zeroed, aligned for any type. n may be 0. */
void *arena_alloc(struct arena *a, size_t n);
/* Zeroed array; ends the process if count * size overflows. */
void *arena_array(struct arena *a, size_t count, size_t size);
/* Copies and NUL-terminates; the terminator is not counted in the result. */
struct str arena_str(struct arena *a, struct str s);
char *arena_strz(struct arena *a, struct str s);
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *a, const char *format, ...);
/* Bytes handed out since creation or reset. */
size_t arena_used(const struct arena *a);

static inline void arena_freep(struct arena **a)
{
    arena_free(*a);
}
#define ARENA_CLEANUP __attribute__((cleanup(arena_freep)))
