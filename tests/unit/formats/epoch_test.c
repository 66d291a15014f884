#include "epoch.h"
#include "leaks.h"

#include <criterion/criterion.h>

TestSuite(epoch, .fini = no_leaks);

static struct epoch of(const char *text)
{
    struct epoch e = {0};
    cr_assert(epoch_read(str_of(text), &e), "%s", text);
    return e;
}

Test(epoch, both_forms_are_the_same_time)
{
    static const char *const pairs[][2] = {
        {"2026-05-20T22:31:12", "2026-140T22:31:12.000Z"},
        {"2024-12-31T00:00:00", "2024-366T00:00:00"},
        {"2024-02-29T01:02:03.5", "2024-060T01:02:03.500000000000000000"},
        {"1900-03-01T00:00:00", "1900-060T00:00:00"},
        {"0001-01-01T00:00:00", "0001-001T00:00:00"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        cr_assert_eq(epoch_cmp(of(pairs[i][0]), of(pairs[i][1])), 0, "%s", pairs[i][0]);
}

Test(epoch, each_is_later_than_the_one_before)
{
    static const char *const times[] = {
        "1999-12-31T23:59:59",
        "1999-365T23:59:60",
        "1999-365T23:59:60.999999999999999999",
        "2000-01-01T00:00:00",
        "2000-01-01T00:00:00.000000000000000001",
        "2000-01-01T00:00:01",
        "2000-02-29T00:00:00",
        "2000-03-01T00:00:00",
        "2000-366T00:00:00",
        "2001-01-01T00:00:00",
    };
    for (size_t i = 1; i < sizeof times / sizeof *times; i++)
        cr_assert_lt(epoch_cmp(of(times[i - 1]), of(times[i])), 0, "%s", times[i]);
}

Test(epoch, what_is_no_time_is_refused)
{
    static const char *const texts[] = {
        "",
        "2026-05-20",
        "2026-05-20T22:31",
        "2026-05-20 22:31:12",
        "2026-13-20T22:31:12",
        "2026-02-29T22:31:12",
        "2026-00-20T22:31:12",
        "2026-05-00T22:31:12",
        "2026-000T22:31:12",
        "2026-366T22:31:12",
        "0000-01-01T00:00:00",
        "2026-05-20T24:00:00",
        "2026-05-20T22:60:12",
        "2026-05-20T22:31:60",
        "2026-05-20T23:59:61",
        "2026-05-20T22:31:12.",
        "2026-05-20T22:31:12.0000000000000000001",
        "2026-05-20T22:31:12.5x",
        "2026-05-20T22:31:12+01:00",
        "2026-05-20T22:31:12ZZ",
        "+026-05-20T22:31:12",
        "2026-05-20T22.31.12",
    };
    struct epoch e;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_not(epoch_read(str_of(texts[i]), &e), "%s", texts[i]);
}
