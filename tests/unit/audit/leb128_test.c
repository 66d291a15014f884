#include "leb128.h"

#include <criterion/criterion.h>

Test(leb128, takes_what_was_put)
{
    static const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    BUF_CLEANUP struct buf out = {0};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        leb128_put(numbers[i], &out);
    struct str rest = buf_view(&out);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        uint64_t got;
        cr_assert(leb128_take(&rest, &got));
        cr_assert_eq(got, numbers[i], "case %zu", i);
    }
    cr_assert_eq(rest.n, 0);
}

Test(leb128, refuses_what_is_no_number)
{
    static const struct str bad[] = {
        {"", 0},
        {"\x80", 1},                                          /* ends inside */
        {"\x81\x00", 2},                                      /* not the shortest form */
        {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},     /* over 64 bits */
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11}, /* too long */
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct str rest = bad[i];
        uint64_t got = 77;
        cr_expect_not(leb128_take(&rest, &got), "case %zu", i);
        cr_expect(got == 77 && rest.n == bad[i].n, "case %zu was taken", i);
    }
}
