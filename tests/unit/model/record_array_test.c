/* Bodies of many records. */
#include "leaks.h"
#include "sample.h"

#include <criterion/criterion.h>

TestSuite(record_array, .fini = no_leaks);

#define ELSET "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04\",\"source\":\"s\""

/* What came of each element, as text: "0" accepted, "$[1].x" refused there, "offset 5" not JSON, "end". */
static void outcomes(const char *body, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record_scan *s = record_scan_new(type_named("elset"), str_of(body), true, &default_limits, NOW, arena);
    for (int rc = 0; rc != RECORD_SCAN_END;) {
        struct record r;
        struct fault fault = {0};
        rc = record_scan_next(s, &r, &fault);
        if (rc == 0)
            buf_printf(out, "%zu@%zu ", r.index, r.offset);
        else if (rc == ERR_INVALID_RECORD)
            buf_printf(out, "%s ", fault.where);
        else if (rc == ERR_BAD_JSON)
            buf_printf(out, "offset %ld ", fault.offset);
    }
    buf_z(out, "end");
}

static void expect_outcomes(const char *body, const char *want)
{
    BUF_CLEANUP struct buf got = {0};
    outcomes(body, &got);
    cr_assert(str_is(buf_view(&got), want), "%s: %.*s", body, STR_ARG(buf_view(&got)));
}

Test(record_array, records_come_one_by_one)
{
    expect_outcomes("[]", "end");
    expect_outcomes(" [ ] ", "end");
    expect_outcomes("[" ELSET "}]", "0@1 end");
    expect_outcomes("[\n" ELSET "} ,\n " ELSET ",\"satNo\":1}\n]\n", "0@2 1@87 end");
}

Test(record_array, a_refused_record_does_not_end_the_scan)
{
    expect_outcomes("[" ELSET "}," ELSET ",\"x\":{\"a\":[1,{}]},\"y\":1}," ELSET "},5,null,[]," ELSET "}]",
                    "0@1 $[1].x 2@188 $[3] $[4] $[5] 6@280 end");
    expect_outcomes("[" ELSET ",\"meanMotion\":\"x\"},{}]", "$[0].meanMotion $[1].classificationMarking end");
}

Test(record_array, what_is_not_json_ends_it)
{
    expect_outcomes("", "offset 0 end");
    expect_outcomes("{}", "offset 0 end");
    expect_outcomes("[", "offset 1 end");
    expect_outcomes("[,]", "offset 1 end");
    expect_outcomes("[5,]", "$[0] offset 3 end");
    expect_outcomes("[5 5]", "$[0] offset 3 end");
    expect_outcomes("[5}", "$[0] offset 2 end");
    expect_outcomes("[5] x", "$[0] offset 4 end");
    expect_outcomes("[5][", "$[0] offset 3 end");
    expect_outcomes("[{\"x\":1,}," ELSET "}]", "offset 8 end");
}

Test(record_array, limits_hold_for_each_record_anew)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct record_limits four = {1, 4, 100};
    struct record_scan *s = record_scan_new(type_named("elset"), STR("[" ELSET "}," ELSET "}," ELSET ",\"uct\":true}]"),
                                            true, &four, NOW, arena);
    struct record r;
    struct fault fault;
    cr_assert_eq(record_scan_next(s, &r, &fault), 0);
    cr_assert_eq(record_scan_next(s, &r, &fault), 0);
    cr_assert_eq(record_scan_next(s, &r, &fault), ERR_INVALID_RECORD);
    cr_assert_eq(record_scan_next(s, &r, NULL), RECORD_SCAN_END);
    cr_assert_eq(record_scan_next(s, &r, NULL), RECORD_SCAN_END);
}

#define EO(marking)                                                                                                    \
    "{\"classificationMarking\":\"" marking "\",\"dataMode\":\"REAL\",\"obTime\":\"2026-05-04\",\"source\":\"s\""

Test(record_array, nothing_of_one_record_is_left_in_the_next)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    static const char body[] =
        "[" EO("U") ",\"relto\":{},\"satNo\":1,\"eoobservationDetails\":{\"classificationMarking\":\"U\"}}," EO(
            "S") "}," EO("S") ",\"relto\":{\"public\":true}}]";
    struct record_scan *s = record_scan_new(type_named("eoobservation"), STR(body), true, &default_limits, NOW, arena);
    struct record r;
    struct fault fault = {0};
    cr_assert_eq(record_scan_next(s, &r, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(record_scan_next(s, &r, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert(r.relto.p == NULL && r.object.n == 0);
    cr_assert_eq(record_scan_next(s, &r, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(r.relto, "{\"public\":true}"));
}

Test(record_array, records_outlive_the_body)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    char *body = strdup("[" ELSET ",\"relto\":{\"public\":true},\"satNo\":7,\"id\":\"mine\"}]");
    struct record_scan *s = record_scan_new(type_named("elset"), str_of(body), true, &default_limits, NOW, arena);
    struct record r;
    struct fault fault;
    cr_assert_eq(record_scan_next(s, &r, &fault), 0);
    memset(body, 'x', strlen(body));
    free(body);
    cr_assert(str_is(r.canonical,
                     "{\"classificationMarking\":\"U\",\"clientId\":\"mine\",\"dataMode\":\"REAL\",\"epoch\":"
                     "\"2026-05-04T00:00:00.000000Z\",\"satNo\":7,\"source\":\"s\"}"));
    cr_assert(str_is(r.relto, "{\"public\":true}"));
    cr_assert(str_is(r.marking, "U") && str_is(r.data_mode, "REAL") && str_is(r.source, "s"));
    cr_assert(str_is(r.object, "7") && str_is(r.client_id, "mine"));
}
