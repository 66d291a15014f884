#include "error.h"

#include <criterion/criterion.h>
#include <string.h>

Test(error, every_row_is_complete)
{
    for (int code = 1; code < ERR_COUNT; code++) {
        cr_assert_gt(strlen(error_name(code)), 0);
        cr_assert_gt(strlen(error_title(code)), 0);
        cr_assert(error_status(code) >= 400 && error_status(code) < 600, "%s has status %d", error_name(code),
                  error_status(code));
        for (int other = 1; other < code; other++)
            cr_assert_str_neq(error_name(code), error_name(other));
    }
    cr_assert_eq(error_status(ERR_NOT_FOUND), 404);
    cr_assert_eq(error_log_level(ERR_INTERNAL), ERROR_LEVEL_ERROR);
}

Test(error, unknown_codes_are_internal_errors)
{
    cr_assert_str_eq(error_name(ERR_COUNT), "INTERNAL");
    cr_assert_eq(error_status(-1), 500);
}

Test(error, fault_is_filled_in_and_cut)
{
    struct fault f = {.offset = 7};
    char where[FAULT_WHERE_MAX + 10], detail[FAULT_DETAIL_MAX + 10];
    cr_assert_eq(fault_set(&f, ERR_BAD_QUERY, "sort", "%d of %s", 2, "two"), ERR_BAD_QUERY);
    cr_assert_eq(f.code, ERR_BAD_QUERY);
    cr_assert_eq(f.offset, -1);
    cr_assert_str_eq(f.where, "sort");
    cr_assert_str_eq(f.detail, "2 of two");
    memset(where, 'w', sizeof where);
    memset(detail, 'd', sizeof detail);
    where[sizeof where - 1] = detail[sizeof detail - 1] = '\0';
    fault_set(&f, ERR_IO, where, "%s", detail);
    cr_assert_eq(strlen(f.where), FAULT_WHERE_MAX - 1);
    cr_assert_eq(strlen(f.detail), FAULT_DETAIL_MAX - 1);
    cr_assert_eq(fault_set(NULL, ERR_IO, "", "x"), ERR_IO);
}
