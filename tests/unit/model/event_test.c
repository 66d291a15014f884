#include "event.h"
#include "leaks.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(event, .fini = no_leaks);

static const struct uuid none;

static struct event event(const char *type, const char *originator, const char *members)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    char *body = arena_printf(arena, "{\"dataMode\":\"REAL\"%s}", members);
    return record_event(record_type_find(str_of(type)), str_of(originator), str_of(body), arena);
}

static bool same(struct event a, struct event b)
{
    return memcmp(&a.key, &b.key, sizeof a.key) == 0;
}

#define MADE ",\"creationDate\":\"2026-05-20T00:00:00.000001Z\""
#define BASE MADE ",\"originator\":\"A\",\"satNo1\":5,\"satNo2\":7"

Test(event, is_of_two_objects_in_either_order)
{
    static const char *const alike[] = {
        MADE ",\"originator\":\"A\",\"satNo1\":7,\"satNo2\":5",
        MADE ",\"originator\":\"A\",\"origIdOnOrbit1\":\"x\",\"satNo1\":5,\"satNo2\":7",
        ",\"creationDate\":\"2026-05-21T00:00:00.000000Z\",\"originator\":\"A\",\"satNo1\":5,\"satNo2\":7",
    };
    static const char *const others[] = {
        MADE ",\"originator\":\"B\",\"satNo1\":5,\"satNo2\":7",
        MADE ",\"satNo1\":5,\"satNo2\":7",
        MADE ",\"originator\":\"A\",\"satNo1\":5,\"satNo2\":8",
        MADE ",\"originator\":\"A\",\"origIdOnOrbit1\":\"5\",\"satNo2\":7",
    };
    struct event first = event("conjunction", "USA", BASE);
    instant made;
    cr_assert(instant_parse(STR("2026-05-20T00:00:00.000001Z"), &made));
    cr_assert_eq(first.made, made);
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++)
        cr_expect(same(first, event("conjunction", "USA", alike[i])), "%s", alike[i]);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect(!same(first, event("conjunction", "USA", others[i])), "%s", others[i]);
    cr_expect(!same(first, event("conjunction", "JPN", BASE)));
    cr_expect(same(event("conjunction", "USA", MADE ",\"origIdOnOrbit1\":\"a\",\"origIdOnOrbit2\":\"b\""),
                   event("conjunction", "USA", MADE ",\"origIdOnOrbit1\":\"b\",\"origIdOnOrbit2\":\"a\"")));
}

Test(event, needs_two_objects_and_the_time_it_was_made)
{
    static const char *const cases[] = {
        ",\"satNo1\":5,\"satNo2\":7",
        MADE ",\"satNo1\":5",
        MADE ",\"satNo2\":5",
        MADE ",\"satNo1\":5,\"satNo2\":5",
        MADE,
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(same((struct event){none, 0}, event("conjunction", "USA", cases[i])), "%s", cases[i]);
    cr_expect(same((struct event){none, 0}, event("elset", "USA", BASE)));
}
