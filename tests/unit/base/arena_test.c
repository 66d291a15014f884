#include "arena.h"
#include "leaks.h"
#include "memory.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdalign.h>
#include <stdint.h>

static struct arena *arena;

static void begin(void)
{
    arena = arena_new();
}

static void end(void)
{
    arena_free(arena);
    no_leaks();
}

TestSuite(arena, .init = begin, .fini = end);

static bool all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

Test(arena, memory_is_aligned_zeroed_and_apart)
{
    static const size_t sizes[] = {0, 1, 7, 16, 17, 4096, 16 * 1024, 300 * 1024, 3 * 1024 * 1024};
    unsigned char *got[2 * sizeof sizes / sizeof *sizes];
    size_t n = sizeof sizes / sizeof *sizes;
    for (size_t i = 0; i < 2 * n; i++) {
        size_t size = sizes[i % n];
        got[i] = arena_alloc(arena, size);
        cr_assert_eq((uintptr_t)got[i] % alignof(max_align_t), 0);
        cr_assert(all_zero(got[i], size), "%zu bytes are not zero", size);
        memset(got[i], (int)i + 1, size);
    }
    for (size_t i = 0; i < 2 * n; i++)
        for (size_t at = 0; at < sizes[i % n]; at++)
            cr_assert_eq(got[i][at], i + 1, "piece %zu was overwritten", i);
}

Test(arena, reset_forgets_and_hands_out_zeroes_again)
{
    void *first = memset(arena_alloc(arena, 1000), 0xff, 1000);
    memset(arena_alloc(arena, 100000), 0xff, 100000);
    cr_assert_geq(arena_used(arena), 101000);
    arena_reset(arena);
    cr_assert_eq(arena_used(arena), 0);
    void *again = arena_alloc(arena, 1000);
    cr_assert_eq(again, first, "the first block is kept for reuse");
    cr_assert(all_zero(again, 1000));
}

Test(arena, copies_of_text_are_terminated)
{
    struct str s = arena_str(arena, (struct str){"ab\0cd", 4});
    cr_assert_eq(s.n, 4);
    cr_assert_eq(memcmp(s.p, "ab\0c", 5), 0);
    cr_assert_str_eq(arena_strz(arena, (struct str){NULL, 0}), "");
    cr_assert_str_eq(arena_printf(arena, "%s-%d", "x", 42), "x-42");
    cr_assert_str_eq(arena_printf(arena, "%s", ""), "");
}

Test(arena, array_whose_size_overflows, .signal = SIGABRT)
{
    arena_array(arena, SIZE_MAX / 16 + 2, 16); /* 16, were it to wrap around */
}

Test(arena, array_is_zeroed)
{
    int *a = arena_array(arena, 5000, sizeof *a);
    cr_assert(all_zero((unsigned char *)a, 5000 * sizeof *a));
    cr_assert_not_null(arena_array(arena, 0, 8));
    arena_free(NULL);
}

Test(memory, no_size_is_no_reason_for_null)
{
    FREE_CLEANUP char *a = memory_alloc(0), *b = memory_zeroed(0), *c = memory_strdup("text");
    cr_assert(a && b);
    cr_assert_str_eq(c, "text");
    a = memory_resize(a, 100);
    cr_assert_not_null(a);
}

Test(memory, exhaustion_ends_the_process, .signal = SIGABRT)
{
    memory_alloc(SIZE_MAX / 2);
}
