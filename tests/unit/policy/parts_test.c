/* How far a decision follows what a record was derived from. */
#include "fixture.h"

#include <criterion/criterion.h>

#define NOW at("2026-06-01")

SUITE(parts, COALITION);

static struct subject *public_record(struct subject *const *parts, size_t n)
{
    const struct wire_label *wire;
    const struct label *l;
    struct marking_fault mf;
    struct fault fault;
    cr_assert_eq(wire_label_parse(STR("{\"public\":true}"), "relto", arena, &wire, &fault), 0);
    cr_assert_eq(label_parse(reg, STR("USA"), STR("U"), wire, arena, &l, &mf, &fault), 0);
    const struct subject **list = arena_array(arena, n, sizeof *list);
    for (size_t i = 0; i < n; i++)
        list[i] = parts[i];
    struct subject *s = arena_alloc(arena, sizeof *s);
    *s = (struct subject){.label = l,
                          .originator = STR("USA"),
                          .type = STR("elset"),
                          .data_mode = STR("REAL"),
                          .ingested_at = NOW,
                          .embargo_until = INSTANT_MIN,
                          .expires = INSTANT_MAX,
                          .parts = list,
                          .n_parts = n};
    return s;
}

static bool abroad(const struct subject *s)
{
    return readable_abroad(reg, s, NOW);
}

/* Sixteen of sixteen stand on 272 records, fifteen of sixteen on 255. */
Test(parts, so_many_and_no_more)
{
    struct subject *leaves[16], *middle[16], *one[1];
    for (size_t i = 0; i < 16; i++)
        leaves[i] = public_record(NULL, 0);
    for (size_t i = 0; i < 16; i++)
        middle[i] = public_record(leaves, 16);
    struct subject *within = public_record(middle, 15);
    cr_assert(abroad(within));
    one[0] = within; /* 256 */
    cr_assert(abroad(public_record(one, 1)));
    one[0] = public_record(one, 1); /* 257 */
    cr_assert_not(abroad(public_record(one, 1)));
    cr_assert_not(abroad(public_record(middle, 16)));
}
