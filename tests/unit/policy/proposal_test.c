/* Who may ask for a change of the registers, and who has to accept it. */
#include "proposal.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define PARTNER(code, domain)                                                                                          \
    "{\"code\":\"" code "\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"" domain "\",\"authorises\":[]}"
#define TERMS(id, providers, recipients)                                                                               \
    "{\"id\":\"" id "\",\"title\":\"" id "\",\"providers\":[" providers "],\"recipients\":[" recipients                \
    "],\"types\":[\"*\"],\"dataModes\":[\"REAL\"],\"highest\":{\"USA\":\"S\"},\"status\":\"inForce\",\"backfill\":"    \
    "\"all\"}"
#define MEMBER(code) "{\"partner\":\"" code "\",\"until\":null,\"backfill\":\"all\"}"
#define PRINCIPAL(uri, partner, level)                                                                                 \
    "{\"id\":\"" uri "\",\"partner\":\"" partner "\",\"active\":true,\"clearances\":{\"USA\":\"" level                 \
    "\"},\"dataModes\":[\"REAL\"]}"

/* USA releases to JPN and AUS, JPN to AUS; JPN and AUS are ASIA; KOR is nobody's recipient. */
static const char base[] =
    "{\"relto\":\"policy/1\",\"profiles\":[{\"policy\":\"USA\",\"levels\":[{\"portion\":\"U\",\"banner\":\"UN\"},"
    "{\"portion\":\"S\",\"banner\":\"SE\"}]}],"
    /* clang-format off */
    "\"partners\":[" PARTNER("AUS", "aus") "," PARTNER("JPN", "jpn") "," PARTNER("KOR", "kor") ","
    PARTNER("USA", "usa") "],"
    "\"communities\":[{\"code\":\"ASIA\",\"name\":\"n\",\"members\":[" MEMBER("AUS") "," MEMBER("JPN") "]}],"
    "\"agreements\":[" TERMS("JA", "\"JPN\"", "\"AUS\"") "," TERMS("UX", "\"USA\"", "\"JPN\",\"AUS\"") "],"
    "\"principals\":[" PRINCIPAL("spiffe://jpn/operator/a", "JPN", "U") "]}";
/* clang-format on */

static struct arena *arena;
static const char *policy; /* the registers in force */
static struct registry *old;
static struct codes named; /* views that labels name */

static void begin(void)
{
    arena = arena_new();
    policy = base;
    old = registry_of(str_of(policy), at("2026-01-01"));
}

static void end(void)
{
    registry_unref(old);
    arena_free(arena);
    no_leaks();
}

TestSuite(proposal, .init = begin, .fini = end);

static const char *listed(const struct codes *codes)
{
    struct buf out = {0};
    for (size_t i = 0; i < codes->n; i++)
        buf_printf(&out, "%s%.*s", i ? " " : "", STR_ARG(codes->v[i]));
    const char *text = arena_strz(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static const char *pairs(const struct judgement *j)
{
    struct buf out = {0};
    cr_assert_eq(j->discreet.n, j->subjects.n);
    for (size_t i = 0; i < j->discreet.n; i++)
        buf_printf(&out, "%s%.*s/%.*s", i ? " " : "", STR_ARG(j->discreet.v[i]), STR_ARG(j->subjects.v[i]));
    const char *text = arena_strz(arena, buf_view(&out));
    buf_free(&out);
    return text;
}

static char *with(const char *from, const char *to)
{
    const char *found = strstr(policy, from);
    cr_assert_not_null(found, "%s is not there", from);
    return arena_printf(arena, "%.*s%s%s", (int)(found - policy), policy, to, found + strlen(from));
}

static void start_with(const char *from, const char *to)
{
    policy = with(from, to);
    registry_unref(old);
    old = registry_of(str_of(policy), at("2026-01-01"));
}

/* "at once", or who is asked, who of them discreetly in brackets with because of whom; or the error's name. */
static const char *judged(const char *partner, const char *from, const char *to)
{
    struct judgement j;
    struct fault fault;
    struct registry *next = registry_of(str_of(with(from, to)), at("2026-01-01"));
    int error = proposal_judge(old, next, str_of(partner), &named, arena, &j, &fault);
    registry_unref(next);
    if (error)
        return error_name(error);
    return j.at_once ? "at once" : arena_printf(arena, "%s (%s)", listed(&j.needs), pairs(&j));
}

#define EXPECT(partner, from, to, expected) cr_expect_str_eq(judged(partner, from, to), expected)
#define UX TERMS("UX", "\"USA\"", "\"JPN\",\"AUS\"")

Test(proposal, agreements)
{
    static const char to_kor[] = UX "," TERMS("NEW", "\"USA\",\"JPN\"", "\"KOR\"");
    EXPECT("USA", UX, to_kor, "JPN USA ()");
    EXPECT("KOR", UX, to_kor, "JPN USA ()");
    EXPECT("AUS", UX, to_kor, "FORBIDDEN");
    EXPECT("USA", "\"title\":\"UX\"", "\"title\":\"new\",\"version\":2", "USA ()");
    EXPECT("USA", "\"title\":\"UX\"", "\"title\":\"new\"", "INVALID_CHANGE"); /* without its version */
    EXPECT("USA", "\"title\":\"UX\"", "\"title\":\"new\",\"version\":3", "INVALID_CHANGE");
    EXPECT("KOR", "\"title\":\"UX\"", "\"title\":\"new\",\"version\":2", "INVALID_CHANGE"); /* a name that is taken */
    EXPECT("USA", "\"title\":\"UX\"", "\"title\":\"UX\"", "INVALID_CHANGE");                /* nothing changes */
    EXPECT("USA", "," UX, "", "FORBIDDEN");                                                 /* is not removed */
}

Test(proposal, what_narrows_an_agreement)
{
    static const char suspended[] = "\"status\":\"suspended\",\"backfill\":\"all\"}],\"principals\"";
    static const char in_force[] = "\"status\":\"inForce\",\"backfill\":\"all\"}],\"principals\"";
    EXPECT("USA", in_force, suspended, "at once");
    EXPECT("JPN", in_force, suspended, "USA ()"); /* AUS receives under it, too */
    EXPECT("JPN", "[\"JPN\",\"AUS\"],", "[\"AUS\"],\"version\":2,", "at once");
    EXPECT("JPN", "[\"JPN\",\"AUS\"],", "[\"JPN\"],\"version\":2,", "USA ()");
    EXPECT("USA", "[\"JPN\",\"AUS\"],", "[\"JPN\"],\"version\":2,", "at once");
    /* the only recipient of JA gives up some of what it gets */
    EXPECT("AUS", "[\"AUS\"],\"types\":[\"*\"]", "[\"AUS\"],\"version\":2,\"types\":[\"elset\"]", "at once");
    EXPECT("AUS", "[\"AUS\"],\"types\":[\"*\"]", "[\"AUS\",\"KOR\"],\"version\":2,\"types\":[\"*\"]", "JPN ()");
}

Test(proposal, members)
{
    static const char both[] = MEMBER("AUS") "," MEMBER("JPN");
    static const char one[] = MEMBER("JPN");
    EXPECT("KOR", both, MEMBER("AUS") "," MEMBER("JPN") "," MEMBER("KOR"), "AUS JPN KOR ()");
    EXPECT("JPN", both, MEMBER("AUS") "," MEMBER("JPN") "," MEMBER("KOR"), "AUS JPN KOR ()");
    EXPECT("USA", both, MEMBER("AUS") "," MEMBER("JPN") "," MEMBER("KOR"), "FORBIDDEN");
    EXPECT("AUS", both, one, "at once");
    EXPECT("JPN", both, one, "AUS JPN USA (USA/AUS)"); /* nobody puts out another */
    EXPECT("KOR", both, one, "FORBIDDEN");
    EXPECT("JPN", "\"code\":\"ASIA\",\"name\":\"n\"", "\"code\":\"ASIA\",\"name\":\"m\"", "AUS JPN ()");
    EXPECT("KOR", "\"communities\":[",
           "\"communities\":[{\"code\":\"NEW\",\"name\":\"n\",\"members\":[" MEMBER("JPN") "," MEMBER("KOR") "]},",
           "JPN KOR USA (USA/JPN)");
    EXPECT("KOR", "\"communities\":[",
           "\"communities\":[{\"code\":\"NEW\",\"name\":\"n\",\"members\":[" MEMBER("AUS") "," MEMBER("KOR") "," MEMBER(
               "USA") "]},",
           "AUS JPN KOR USA (JPN/AUS)"); /* USA is asked openly, too */
}

Test(proposal, principals_and_partners)
{
    EXPECT("JPN", "\"clearances\":{\"USA\":\"U\"}", "\"clearances\":{\"USA\":\"S\"}", "JPN USA (USA/JPN)");
    EXPECT("JPN", "\"active\":true", "\"active\":false", "at once");
    EXPECT("USA", "\"active\":true", "\"active\":false", "FORBIDDEN");
    EXPECT("USA", PRINCIPAL("spiffe://jpn/operator/a", "JPN", "U"), "", "FORBIDDEN");
    EXPECT("JPN", PRINCIPAL("spiffe://jpn/operator/a", "JPN", "U"), "", "at once");
    EXPECT("AUS", PARTNER("AUS", "aus"), PARTNER("AUS", "aus2"), "AUS JPN USA (JPN/AUS USA/AUS)");
    EXPECT("JPN", PARTNER("AUS", "aus"), PARTNER("AUS", "aus2"), "FORBIDDEN");
}

/* KOR has an agreement with nobody, but may be warned. */
Test(proposal, who_warns_is_asked_without_an_agreement)
{
    static const char wider[] = PARTNER("KOR", "kor2");
    EXPECT("KOR", PARTNER("KOR", "kor"), wider, "KOR ()");
    static const char warning[] =
        "\"authorises\":[],\"dutyToWarn\":[{\"type\":\"elset\",\"field\":\"f\",\"above\":1,"
        "\"view\":\"V1\",\"classificationMarking\":\"U\"}]}],\"views\":[{\"code\":\"V1\",\"title\":\"t\","
        "\"types\":{\"elset\":[{\"drop\":[\"a\"]}]}}],\"communities\"";
    start_with("\"authorises\":[]}],\"communities\"", warning);
    EXPECT("KOR", PARTNER("KOR", "kor"), wider, "KOR USA (USA/KOR)");
    EXPECT("JPN", PRINCIPAL("spiffe://jpn/operator/a", "JPN", "U"), PRINCIPAL("spiffe://jpn/operator/a", "JPN", "S"),
           "JPN USA (USA/JPN)");
}

Test(proposal, registers_that_are_not_changed_so)
{
    static const char *const kinds[] = {"grant", "operator", "profile", "reason", "colour"};
    struct fault fault;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        cr_expect_eq(proposal_admissible(old, str_of(kinds[i]), STR("X"), false, STR("USA"), &fault), ERR_FORBIDDEN);
    cr_expect_eq(proposal_admissible(old, STR("agreement"), STR("JA"), false, STR("KOR"), &fault), ERR_INVALID_CHANGE);
    cr_expect_eq(proposal_admissible(old, STR("agreement"), STR("JA"), false, STR("AUS"), &fault), 0);
    cr_expect_eq(proposal_admissible(old, STR("agreement"), STR("NONE"), false, STR("KOR"), &fault), 0);
    cr_expect_eq(proposal_admissible(old, STR("membership"), STR("ASIA/AUS"), true, STR("KOR"), &fault), ERR_FORBIDDEN);
    cr_expect_eq(proposal_admissible(old, STR("membership"), STR("ASIA/KOR"), false, STR("KOR"), &fault), 0);
    cr_expect_eq(proposal_admissible(old, STR("community"), STR("ASIA"), false, STR("KOR"), &fault), ERR_FORBIDDEN);
    cr_expect_eq(proposal_admissible(old, STR("principal"), STR("spiffe://jpn/node/b"), false, STR("JPN"), &fault), 0);
    cr_expect_eq(proposal_admissible(old, STR("principal"), STR("spiffe://jpn/node/b"), true, STR("USA"), &fault),
                 ERR_FORBIDDEN, "whether or not there is such a one");
    cr_expect_eq(proposal_admissible(old, STR("partner"), STR("JPN"), true, STR("JPN"), &fault), ERR_FORBIDDEN);
}

Test(proposal, views)
{
    static const char view[] =
        "\"views\":[{\"code\":\"COARSE\",\"title\":\"t\",\"types\":{\"elset\":[{\"drop\":[\"a\"]}]}}],\"agreements\":[";
    struct str codes[] = {STR("COARSE")};
    EXPECT("KOR", "\"agreements\":[", view, "KOR ()");
    named = (struct codes){1, codes};
    EXPECT("KOR", "\"agreements\":[", view, "JPN KOR USA (JPN/ USA/)");
}
