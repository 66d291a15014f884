#include "arena.h"
#include "memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>

#define ARENA_FIRST_BLOCK ((size_t)16 * 1024)
#define ARENA_LARGEST_STEP ((size_t)1024 * 1024)

struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *first, *last;
    size_t handed_out;
};

static struct block *block_new(size_t size)
{
    struct block *b = memory_alloc(sizeof *b + size);
    b->next = NULL;
    b->size = size;
    b->used = 0;
    return b;
}

struct arena *arena_new(void)
{
    struct arena *a = memory_alloc(sizeof *a);
    a->first = a->last = block_new(ARENA_FIRST_BLOCK);
    a->handed_out = 0;
    return a;
}

static void free_chain(struct block *b)
{
    while (b) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    free_chain(a->first);
    free(a);
}

void arena_reset(struct arena *a)
{
    free_chain(a->first->next);
    a->first->next = NULL;
    a->first->used = 0;
    a->last = a->first;
    a->handed_out = 0;
}

/* Blocks double up to a ceiling, so that a large request costs few calls and a small one little memory. */
static size_t next_block_size(const struct arena *a, size_t need)
{
    size_t size = a->last->size < ARENA_LARGEST_STEP ? a->last->size * 2 : ARENA_LARGEST_STEP;
    return size < need ? need : size;
}

void *arena_alloc(struct arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);
    if (n > SIZE_MAX / 4)
        memory_exhausted(n);
    size_t rounded = (n + align - 1) / align * align;
    if (a->last->size - a->last->used < rounded) {
        a->last->next = block_new(next_block_size(a, rounded));
        a->last = a->last->next;
    }
    void *p = a->last->bytes + a->last->used;
    a->last->used += rounded;
    a->handed_out += rounded;
    return memset(p, 0, rounded);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        memory_exhausted(SIZE_MAX);
    return arena_alloc(a, count * size);
}

char *arena_strz(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(copy, s.p, s.n);
    return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
    return (struct str){arena_strz(a, s), s.n};
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(a, n < 0 ? 1 : (size_t)n + 1);
    if (n > 0)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

size_t arena_used(const struct arena *a)
{
    return a->handed_out;
}
