/* What may be posted, and the marking that readers are sent. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

SUITE(admit, COALITION);

#define NOW at("2026-06-01")

static int try_at(instant now, const char *poster, const char *marking, const char *wire_json, struct fault *fault)
{
    const struct wire_label *wire;
    const struct label *l;
    struct marking_fault mf = {0};
    *fault = (struct fault){0};
    cr_assert_eq(wire_label_parse(str_of(wire_json), "relto", arena, &wire, fault), 0, "%s: %s", wire_json,
                 fault->detail);
    cr_assert_eq(label_parse(reg, str_of(poster), str_of(marking), wire, arena, &l, &mf, fault), 0, "%s: %s %s",
                 marking, mf.detail, fault->detail);
    struct subject s = {.label = l,
                        .originator = str_of(poster),
                        .type = STR("elset"),
                        .data_mode = STR("REAL"),
                        .ingested_at = now,
                        .embargo_until = wire->embargo_until,
                        .expires = wire->expires};
    return admit(reg, str_of(poster), &s, wire, EMBARGO_WITHOUT_REASON, now, fault);
}

#define RESTRICTION "\"restriction\":{\"reason\":\"SOURCES\",\"authority\":\"J2\",\"reviewBy\":\"2026-12-01\"}"

Test(admit, withholding_needs_a_reason_and_nothing_else_does)
{
    static const struct {
        const char *poster, *marking, *wire;
        int error;
    } cases[] = {
        {"JPN", "S", "{}", 0}, /* no agreement releases it by default: unmarked, not withheld */
        {"FIN", "S", "{}", 0}, /* nor is there one at all */
        {"JPN", "C", "{}", 0},
        {"USA", "S//REL TO USA, JPN", "{}", 0},
        {"USA", "S//DISPLAY ONLY NZL", "{}", 0},
        {"USA", "U", "{\"public\":true}", 0},
        {"USA", "S//NF", "{}", ERR_NEEDS_REASON},
        {"USA", "S//NF", "{" RESTRICTION "}", 0},
        {"USA", "S//REL TO USA, FIN", "{}", ERR_NEEDS_REASON},      /* no agreement */
        {"USA", "S//REL TO USA, ESA", "{}", ERR_NEEDS_REASON},      /* nobody there */
        {"USA", "S//HCS//REL TO USA, AUS", "{}", ERR_NEEDS_REASON}, /* a caveat that nobody abroad holds */
        {"USA", "S//SI//REL TO USA, AUS", "{}", 0},
        {"USA", "TS//REL TO USA, GBR", "{}", ERR_NEEDS_REASON}, /* nobody there is cleared */
        {"USA", "TS//REL TO USA, AUS, GBR", "{}", 0},
        {"USA", "S//OC/REL TO USA, FVEY", "{}", ERR_NEEDS_REASON},
        {"USA", "S//OC", "{}", ERR_NEEDS_REASON},
        {"USA", "S//RELIDO", "{}", ERR_NEEDS_REASON},
        {"USA", "S//DISPLAY ONLY AUS", "{}", ERR_NEEDS_REASON}, /* no attested display there */
        {"USA", "S//FGI//REL TO USA, AUS", "{}", ERR_NEEDS_REASON},
        {"USA", "U", "{\"embargoUntil\":\"2026-06-02\"}", 0},
        {"USA", "U", "{\"embargoUntil\":\"2026-06-02T00:00:00.000001Z\"}", ERR_NEEDS_REASON},
        {"USA", "U", "{\"embargoUntil\":\"2026-06-03\"," RESTRICTION "}", 0},
        {"JPN", "S", "{\"embargoUntil\":\"2026-06-02\"}", 0},
        {"USA", "S//REL TO USA, JPN", "{\"embargoUntil\":\"2026-06-01T12:00:00Z\"}", 0},
        {"USA", "S//NF", "{\"embargoUntil\":\"2026-06-01T12:00:00Z\"}", ERR_NEEDS_REASON},
        {"USA", "U", "{\"public\":true,\"embargoUntil\":\"2026-09-01\"}", ERR_NEEDS_REASON},
        {"USA", "U", "{\"expires\":\"2026-06-01\"}", ERR_NEEDS_REASON},
        {"USA", "U", "{\"expires\":\"2026-06-01T00:00:01Z\"}", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault fault;
        int error = try_at(NOW, cases[i].poster, cases[i].marking, cases[i].wire, &fault);
        cr_expect_eq(error, cases[i].error, "%s %s: %s", cases[i].marking, cases[i].wire, fault.detail);
        if (error)
            cr_expect_str_eq(fault.where, "relto.restriction");
    }
}

Test(admit, what_is_readable_later_or_was_before_does_not_count)
{
    struct fault fault;
    cr_expect_eq(try_at(at("2026-07-31"), "DEU", "U//REL TO DEU, GBR", "{}", &fault), 0);
    cr_expect_eq(try_at(at("2026-08-01"), "DEU", "U//REL TO DEU, GBR", "{}", &fault), ERR_NEEDS_REASON);
    cr_expect_eq(try_at(at("2026-03-31"), "DEU", "U//REL TO DEU, GBR", "{}", &fault), ERR_NEEDS_REASON);
}

Test(admit, a_restriction_says_reason_authority_and_review)
{
    static const struct {
        const char *restriction;
        int error;
        const char *where, *says;
    } cases[] = {
        {"{}", ERR_NEEDS_REASON, "relto.restriction", "missing: reason authority reviewBy"},
        {"{\"reason\":\"SOURCES\"}", ERR_NEEDS_REASON, "relto.restriction", "missing: authority reviewBy"},
        {"{\"reason\":\"SOURCES\",\"authority\":\"J2\"}", ERR_NEEDS_REASON, "relto.restriction", "missing: reviewBy"},
        {"{\"authority\":\"J2\",\"reviewBy\":\"2026-07-01\"}", ERR_NEEDS_REASON, "relto.restriction",
         "missing: reason"},
        {"{\"reason\":\"WHIM\",\"authority\":\"J2\",\"reviewBy\":\"2026-07-01\"}", ERR_NEEDS_REASON,
         "relto.restriction.reason", "WHIM"},
        {"{\"reason\":\"OPERATIONS\",\"authority\":\"J2\",\"reviewBy\":\"2026-07-01\"}", 0, "", ""},
        {"{\"reason\":\"OPERATIONS\",\"authority\":\"J2\",\"reviewBy\":\"2026-07-01T00:00:00.000001Z\"}",
         ERR_NEEDS_REASON, "relto.restriction.reviewBy", "30 days"},
        {"{\"reason\":\"OPERATIONS\",\"authority\":\"J2\",\"reviewBy\":\"2026-06-01T00:00:00.000001Z\"}", 0, "", ""},
        {"{\"reason\":\"OPERATIONS\",\"authority\":\"J2\",\"reviewBy\":\"2026-06-01\"}", ERR_NEEDS_REASON,
         "relto.restriction.reviewBy", "30 days"},
    };
    static const char *const markings[] = {"S//NF", "S//REL TO USA, JPN"}; /* also where none was needed */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < 2; k++) {
            char wire[256];
            struct fault fault;
            snprintf(wire, sizeof wire, "{\"restriction\":%s}", cases[i].restriction);
            cr_expect_eq(try_at(NOW, "USA", markings[k], wire, &fault), cases[i].error, "%s: %s", wire, fault.detail);
            cr_expect_str_eq(fault.where, cases[i].where, "%s: %s", wire, fault.where);
            cr_expect(strstr(fault.detail, cases[i].says), "%s: %s", wire, fault.detail);
        }
    }
}

/* FIN's register entry says ten days, the reason says thirty. */
Test(admit, an_owner_may_allow_less_time_than_the_reason)
{
    static const char wire[] = "{\"restriction\":{\"reason\":\"OPERATIONS\",\"authority\":\"J2\",\"reviewBy\":\"%s\"}}";
    static const struct {
        const char *poster, *review_by;
        int error;
    } cases[] = {{"FIN", "2026-06-11", 0},
                 {"FIN", "2026-06-11T00:00:00.000001Z", ERR_NEEDS_REASON},
                 {"USA", "2026-06-11T00:00:00.000001Z", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault fault;
        char json[256];
        snprintf(json, sizeof json, wire, cases[i].review_by);
        cr_expect_eq(try_at(NOW, cases[i].poster, "S//NF", json, &fault), cases[i].error, "%s", fault.detail);
        cr_expect(!cases[i].error || strstr(fault.detail, "10 days"), "%s", fault.detail);
    }
}

Test(admit, owners_besides_the_poster_have_authorised_it)
{
    struct fault fault;
    cr_expect_eq(try_at(NOW, "GBR", "//JOINT S USA GBR", "{}", &fault), 0);
    cr_expect_eq(try_at(NOW, "GBR", "S", "{\"owners\":[\"USA\"]}", &fault), 0, "need not own it itself");
    cr_expect_eq(try_at(NOW, "USA", "//DEU S", "{}", &fault), 0);
    cr_expect_eq(try_at(NOW, "DEU", "S", "{\"owners\":[\"DEU\",\"USA\"]}", &fault), ERR_INVALID_LABEL);
    cr_expect_str_eq(fault.where, "relto.owners");
    cr_expect_str_eq(fault.detail, "USA has not authorised DEU to post for it");
    cr_expect_eq(try_at(NOW, "AUS", "//JOINT S USA GBR", "{}", &fault), ERR_INVALID_LABEL);
    cr_expect_eq(try_at(NOW, "USA", "//JPN S", "{}", &fault), ERR_INVALID_LABEL);
}

static int admit_label(struct label l)
{
    static const struct wire_label nothing = {
        .review_by = INSTANT_MAX, .embargo_until = INSTANT_MIN, .expires = INSTANT_MAX};
    struct subject s = {.label = &l,
                        .originator = STR("USA"),
                        .type = STR("elset"),
                        .data_mode = STR("REAL"),
                        .ingested_at = NOW,
                        .embargo_until = INSTANT_MIN,
                        .expires = INSTANT_MAX};
    return admit(reg, STR("USA"), &s, &nothing, EMBARGO_WITHOUT_REASON, NOW, NULL);
}

static struct codes one(const char *code)
{
    struct str *v = arena_alloc(arena, sizeof *v);
    *v = str_of(code);
    return (struct codes){1, v};
}

Test(admit, labels_that_no_marking_says_are_checked_all_the_same)
{
    const struct label plain = {.policy = STR("USA"), .level = STR("U"), .owners = one("USA")};
    struct label public = plain;
    public.mode = RELEASE_PUBLIC;
    struct label labels[] = {public, public, public, public, plain, plain, plain, plain};
    labels[0].level = STR("C");
    labels[1].orcon = true;
    labels[2].caveats = one("SI");
    labels[3].fgi = one("DEU");
    labels[4].fgi = one("XYZ");
    labels[5].level = STR("X");
    labels[6].rel = one("JPN");
    labels[7].owners = one("XYZ");
    cr_expect_eq(admit_label(plain), 0);
    cr_expect_eq(admit_label(public), 0);
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        cr_expect_eq(admit_label(labels[i]), ERR_INVALID_LABEL, "%zu", i);
}
