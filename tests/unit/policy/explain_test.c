/* What is explained is what was decided, in random worlds. */
#include "explain.h"
#include "random_world.h"

#include <criterion/criterion.h>
#include <jansson.h>

TestSuite(explain, .fini = no_leaks);

#define WORLDS 20
#define SITUATIONS 200

struct situation {
    struct registry *reg;
    const struct reader *reader;
    const struct subject *subject;
    instant now;
    struct verdict v;
};

static json_t *explained(const struct situation *s, struct str told)
{
    BUF_CLEANUP struct buf out = {0};
    explain_gates(s->reg, s->reader, s->subject, &s->v, s->now, told, 0, &out);
    json_t *gates = json_loadb(out.p, out.n, 0, NULL);
    cr_assert(json_is_array(gates) && json_array_size(gates) == GATE_COUNT, "%.*s", (int)out.n, out.p);
    return gates;
}

static bool says(const json_t *gate, const char *what)
{
    size_t i;
    json_t *input;
    json_array_foreach(json_object_get(gate, "inputs"), i, input)
    {
        if (strstr(json_string_value(input), what))
            return true;
    }
    return false;
}

/* An agreement that is said to reach the record is there exactly when G6 passes. */
static void check_scope(const struct situation *s, const json_t *gates)
{
    const json_t *g6 = json_array_get(gates, GATE_AGREEMENT);
    bool asked = s->v.basis != BASIS_OWNER && s->v.basis != BASIS_PUBLIC && s->v.basis != BASIS_WARN;
    if (asked && s->subject->label->owners.n == 1 && s->v.shown == s->subject->label)
        cr_assert_eq(says(g6, "is in force and covers"), s->v.gates[GATE_AGREEMENT]);
}

static void check_explained(const struct situation *s)
{
    for (int told = 0; told < 2; told++) {
        struct str partner = told ? reader_partner(s->reader) : s->subject->label->owners.v[0];
        json_t *gates = explained(s, partner);
        for (size_t g = 0; g < GATE_COUNT; g++) {
            const json_t *gate = json_array_get(gates, g);
            cr_assert_eq(json_is_true(json_object_get(gate, "passed")), s->v.gates[g]);
            cr_assert_str_eq(json_string_value(json_object_get(gate, "gate")), gate_name((enum gate)g));
            cr_assert(json_string_length(json_object_get(gate, "rule")) > 0);
        }
        check_scope(s, gates);
        if (!told && !str_eq(partner, reader_partner(s->reader)))
            cr_assert_not(says(json_array_get(gates, GATE_CLEARANCE), "clearance held") ||
                          says(json_array_get(gates, GATE_CAVEATS), "not held"));
        json_decref(gates);
    }
}

Test(explain, agrees_with_the_decision)
{
    static const size_t ids[WORLD_AGREEMENTS] = {0, 1, 2, 3, 4, 5, 6};
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        BUF_CLEANUP struct buf policy = {0};
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct random r = {seed}, situations = {~seed};
        random_policy(&r, &(struct world_shape){ids, .in_force = true}, &policy);
        struct registry *reg = registry_of(buf_view(&policy), at("2026-03-02"));
        for (size_t i = 0; i < SITUATIONS; i++) {
            struct situation s = {.reg = reg,
                                  .reader = random_reader(&situations, reg),
                                  .subject = random_subject(&situations, arena, 1),
                                  .now = random_instant(&situations)};
            decide(reg, s.reader, s.subject, s.now, &s.v);
            check_explained(&s);
        }
        registry_unref(reg);
    }
}

Test(explain, agreements_are_named_to_their_parties)
{
    struct registry *reg = registry_of_file(COALITION, at("2026-03-02"));
    cr_assert_not(explain_may_name(reg, STR("no-such"), STR("USA")));
    cr_assert_not(explain_may_name(reg, STR("USA-JPN"), STR("FRA")));
    cr_assert(explain_may_name(reg, STR("USA-JPN"), STR("USA")));
    cr_assert(explain_may_name(reg, STR("USA-JPN"), STR("JPN")));
    registry_unref(reg);
}
