#include "disclosure.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
/* Criterion reports success although LeakSanitizer printed a leak: look for one ourselves. */
static void no_leaks(void)
{
    if (__lsan_do_recoverable_leak_check())
        abort();
}
TestSuite(seqs, .fini = no_leaks);
#endif

static void expect_round_trip(const int64_t *in, size_t n, const int64_t *want, size_t want_n)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    int64_t *copy = arena_array(arena, n, sizeof *copy), *got = NULL;
    size_t got_n = 0;
    if (n)
        memcpy(copy, in, n * sizeof *in);
    seqs_encode(copy, n, &out);
    cr_assert(seqs_decode(buf_view(&out), want_n, arena, &got, &got_n));
    cr_assert_eq(got_n, want_n);
    for (size_t i = 0; i < want_n; i++)
        cr_assert_eq(got[i], want[i], "number %zu", i);
    if (want_n)
        cr_assert_not(seqs_decode(buf_view(&out), want_n - 1, arena, &got, &got_n), "one too many was accepted");
}
#define ROUND_TRIP(in, want) expect_round_trip(in, sizeof(in) / sizeof *(in), want, sizeof(want) / sizeof *(want))

Test(seqs, empty_set)
{
    expect_round_trip(NULL, 0, NULL, 0);
}

Test(seqs, sorts_and_keeps_duplicates_once)
{
    ROUND_TRIP(((int64_t[]){9, 3, 3, 200, 9, 0}), ((int64_t[]){0, 3, 9, 200}));
}

Test(seqs, both_ends_of_the_range)
{
    ROUND_TRIP(((int64_t[]){INT64_MAX, 0}), ((int64_t[]){0, INT64_MAX}));
    ROUND_TRIP(((int64_t[]){INT64_MAX - 1, INT64_MAX}), ((int64_t[]){INT64_MAX - 1, INT64_MAX}));
}

Test(seqs, known_bytes)
{
    BUF_CLEANUP struct buf out = {0};
    seqs_encode((int64_t[]){300, 1, 128}, 3, &out);
    /* 1, +127, +172 */
    cr_assert(str_eq(buf_view(&out), STR("\x01\x7f\xac\x01")));
}

Test(seqs, neighbours_take_a_byte_each)
{
    BUF_CLEANUP struct buf out = {0};
    int64_t seqs[1000];
    for (int i = 0; i < 1000; i++)
        seqs[i] = INT64_C(1790000000000000) + 999 - i;
    seqs_encode(seqs, 1000, &out);
    cr_assert_leq(out.n, 1010);
}

Test(seqs, refuses_what_no_set_encodes_to)
{
    static const struct str bad[] = {
        {"\x80", 1},                                      /* ends inside a number */
        {"\x81\x00", 2},                                  /* not the shortest form */
        {"\x05\x00", 2},                                  /* the same number twice */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10}, /* over 63 bits */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x01", 10}, /* sum over 63 bits */
        {"\x01\x80", 2},                                  /* rest after the last number */
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t *got = NULL;
        size_t n = 77;
        cr_expect_not(seqs_decode(bad[i], 100, arena, &got, &n), "case %zu", i);
        cr_expect(got == NULL && n == 77, "case %zu touched its results", i);
    }
}

Test(seqs, holding_without_decoding)
{
    BUF_CLEANUP struct buf out = {0};
    int64_t seqs[] = {7, 300, 301, INT64_C(1) << 52};
    seqs_encode(seqs, 4, &out);
    for (size_t i = 0; i < 4; i++) {
        cr_assert(seqs_hold(buf_view(&out), seqs[i]));
        cr_assert_not(seqs_hold(buf_view(&out), seqs[i] - 2));
        cr_assert_not(seqs_hold(buf_view(&out), seqs[i] + 2));
    }
    cr_assert_not(seqs_hold(STR("\x80"), 5), "cut short");
    cr_assert_not(seqs_hold(STR(""), 5));
}
