#include "entries.h"

#include <criterion/criterion.h>

static const struct feed_entry samples[] = {
    {{"elset", 5}, 1000, 500},
    {{"elset", 5}, 1001, -7},
    {{"elset", 5}, 12, 1 << 30},
    {{"", 0}, 5, 0},
    {{"", 0}, INT64_C(9007199254740991), 0},
    {{"conjunction", 11}, 3, INT64_MIN},
    {{"elset", 5}, 4, INT64_MAX},
};
#define SAMPLES (sizeof samples / sizeof samples[0])

static void check_samples(const struct feed_entry *found, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        cr_assert(str_eq(found[i - from].type, samples[i].type));
        cr_assert_eq(found[i - from].seq, samples[i].seq);
        cr_assert_eq(found[i - from].t, samples[i].t);
    }
}

Test(entries, come_back_as_they_were_also_when_joined)
{
    for (size_t cut = 0; cut <= SAMPLES; cut++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf b = {0};
        struct feed_entry *found;
        size_t n;
        entries_encode(samples, cut, &b);
        entries_encode(samples + cut, SAMPLES - cut, &b);
        cr_assert(entries_decode(buf_view(&b), arena, &found, &n));
        cr_assert_eq(n, SAMPLES);
        check_samples(found, 0, SAMPLES);
    }
}

Test(entries, neighbours_are_small)
{
    BUF_CLEANUP struct buf b = {0};
    struct feed_entry near[100];
    for (int i = 0; i < 100; i++)
        near[i] = (struct feed_entry){{"elset", 5}, 1782907200000000 + i, 1782907200000000 + i};
    entries_encode(near, 100, &b);
    cr_assert_lt(b.n, 230);
}

/* What is cut, or begins in the middle, gives no entry beyond the bytes. */
Test(entries, what_nobody_wrote_is_refused_or_short)
{
    BUF_CLEANUP struct buf b = {0};
    entries_encode(samples, SAMPLES, &b);
    for (size_t n = 1; n < b.n; n++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct feed_entry *found;
        size_t some = 0;
        if (entries_decode((struct str){b.p, n}, arena, &found, &some))
            check_samples(found, 0, some);
    }
    static const char *const bad[] = {"\x05\x05", "\x80", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct feed_entry *found;
        size_t some;
        cr_assert_not(entries_decode(str_of(bad[i]), arena, &found, &some));
    }
}
