/* Roll-up: a case for every rule, and what must hold of any portions whatsoever. */
#include "random_world.h"
#include "rollup.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char policy[] =
    "{\"relto\":\"policy/1\",\"profiles\":["
    "{\"policy\":\"USA\",\"caveats\":[\"HCS\",\"SI\",\"TK\"],\"levels\":[{\"portion\":\"U\",\"banner\":"
    "\"UNCLASSIFIED\"},"
    "{\"portion\":\"C\",\"banner\":\"CONFIDENTIAL\"},{\"portion\":\"S\",\"banner\":\"SECRET\"},"
    "{\"portion\":\"TS\",\"banner\":\"TOP SECRET\"}]},"
    "{\"policy\":\"DEU\",\"levels\":[{\"portion\":\"U\",\"banner\":\"OFFEN\"},{\"portion\":\"R\",\"banner\":\"VS-NFD\"}"
    ","
    "{\"portion\":\"C\",\"banner\":\"VS-VERTRAULICH\"},{\"portion\":\"S\",\"banner\":\"GEHEIM\"}]},"
    "{\"policy\":\"JPN\",\"caveats\":[\"KOKI\"],\"levels\":[{\"portion\":\"U\",\"banner\":\"UNCLASSIFIED\"},"
    "{\"portion\":\"S\",\"banner\":\"SECRET\"}]},"
    "{\"policy\":\"NATO\",\"levels\":[{\"portion\":\"NU\",\"banner\":\"NATO UNCLASSIFIED\"},"
    "{\"portion\":\"NR\",\"banner\":\"NATO RESTRICTED\"},{\"portion\":\"NS\",\"banner\":\"NATO SECRET\"}]}],"
    "\"partners\":["
    "{\"code\":\"USA\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"usa\"},"
    "{\"code\":\"AUS\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"aus\"},"
    "{\"code\":\"CAN\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"can\"},"
    "{\"code\":\"GBR\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"gbr\"},"
    "{\"code\":\"NZL\",\"name\":\"n\",\"policy\":\"USA\",\"trustDomain\":\"nzl\"},"
    "{\"code\":\"JPN\",\"name\":\"n\",\"policy\":\"JPN\",\"trustDomain\":\"jpn\"},"
    "{\"code\":\"DEU\",\"name\":\"n\",\"policy\":\"DEU\",\"trustDomain\":\"deu\"}],"
    "\"communities\":["
    /* Memberships with dates decide about access and have no say here: FVEY has no member at all. */
    "{\"code\":\"FVEY\",\"name\":\"n\",\"members\":[]},{\"code\":\"ACGU\",\"name\":\"n\",\"members\":[]},"
    "{\"code\":\"TEYE\",\"name\":\"n\",\"members\":[]},"
    "{\"code\":\"ISAF\",\"name\":\"n\",\"members\":[{\"partner\":\"USA\",\"backfill\":\"all\"},"
    "{\"partner\":\"GBR\",\"backfill\":\"all\"}]},"
    "{\"code\":\"PACT\",\"name\":\"n\",\"rollup\":[\"USA\",\"JPN\",\"AUS\"],\"members\":[]}],"
    "\"agreements\":["
    "{\"id\":\"A\",\"title\":\"t\",\"providers\":[\"DEU\"],\"recipients\":[\"USA\"],\"types\":[\"*\"],"
    "\"dataModes\":[\"REAL\"],\"highest\":{\"DEU\":\"S\"},\"equivalence\":["
    "{\"policy\":\"DEU\",\"level\":\"C\",\"as\":{\"policy\":\"USA\",\"level\":\"C\"}},"
    "{\"policy\":\"DEU\",\"level\":\"S\",\"as\":{\"policy\":\"USA\",\"level\":\"S\"}}],"
    "\"status\":\"inForce\",\"backfill\":\"all\"},"
    "{\"id\":\"B\",\"title\":\"others' business\",\"providers\":[\"DEU\"],\"recipients\":[\"JPN\"],\"types\":[\"*\"],"
    "\"dataModes\":[\"REAL\"],\"highest\":{\"DEU\":\"S\"},\"equivalence\":["
    "{\"policy\":\"DEU\",\"level\":\"C\",\"as\":{\"policy\":\"USA\",\"level\":\"TS\"}}],"
    "\"status\":\"inForce\",\"backfill\":\"all\"}]}";

static struct registry *reg;
static struct arena *arena;

static void begin(void)
{
    reg = registry_of(STR(policy), at("2026-02-01"));
    arena = arena_new();
}

static void end(void)
{
    arena_free(arena);
    registry_unref(reg);
    no_leaks();
}

TestSuite(rollup, .init = begin, .fini = end);

static const struct label *label_of(const char *author, const char *text)
{
    const struct label *l;
    struct marking_fault mf = {0};
    cr_assert(!label_parse(reg, str_of(author), str_of(text), NULL, arena, &l, &mf, NULL), "%s: %s", text, mf.detail);
    return l;
}

static const char *banner_of(const struct label *l)
{
    BUF_CLEANUP struct buf out = {0};
    label_banner(reg, l, &out);
    return arena_strz(arena, buf_view(&out));
}

static const char *json_of(const struct label *l)
{
    BUF_CLEANUP struct buf out = {0};
    label_write(l, &out);
    return arena_strz(arena, buf_view(&out));
}

#define PORTIONS 4

static const struct label *roll(const char *author, const char *const *texts, unsigned *effects)
{
    const struct label *portions[PORTIONS], *ret;
    size_t n = 0;
    for (; n < PORTIONS && texts[n]; n++)
        portions[n] = label_of(author, texts[n]);
    rollup(reg, str_of(author), portions, n, arena, &ret, effects);
    return ret;
}

struct rule {
    const char *portions[PORTIONS], *banner;
};

static void check(const char *author, const struct rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = banner_of(roll(author, rules[i].portions, NULL));
        cr_expect_str_eq(got, rules[i].banner, "%s, %s, %s: %s, not %s", rules[i].portions[0],
                         rules[i].portions[1] ? rules[i].portions[1] : "",
                         rules[i].portions[2] ? rules[i].portions[2] : "", got, rules[i].banner);
    }
}
#define CHECK(author, rules) check(author, rules, sizeof(rules) / sizeof *(rules))

Test(rollup, the_level_is_the_highest_and_controls_are_united)
{
    static const struct rule rules[] = {
        {{"U"}, "UNCLASSIFIED"},
        {{"U", "C", "S"}, "SECRET"},
        {{"TS", "U"}, "TOP SECRET"},
        {{"S//SI", "TS//TK", "S//HCS/SI"}, "TOP SECRET//HCS/SI/TK"},
        {{"S//OC/NF", "S//NF"}, "SECRET//ORCON/NOFORN"},
        {{"S//OC/REL TO USA, GBR", "S//REL TO USA, GBR"}, "SECRET//ORCON/REL TO USA, GBR"},
    };
    CHECK("USA", rules);
}

Test(rollup, rel_to_is_the_intersection)
{
    static const struct rule rules[] = {
        {{"S//REL TO USA, GBR, JPN", "S//REL TO USA, JPN"}, "SECRET//REL TO USA, JPN"},
        {{"S//REL TO USA, GBR", "S//REL TO USA, JPN"}, "SECRET//NOFORN"},
        {{"S//REL TO USA, GBR, JPN", "C//REL TO USA, AUS, JPN", "TS//REL TO USA, DEU, JPN"},
         "TOP SECRET//REL TO USA, JPN"},
        {{"U//REL TO USA, GBR", "S//REL TO USA, GBR, JPN"}, "SECRET//REL TO USA, GBR"},
    };
    CHECK("USA", rules);
}

Test(rollup, only_the_manuals_tetragraphs_expand)
{
    static const struct rule rules[] = {
        {{"S//REL TO USA, FVEY"}, "SECRET//REL TO USA, FVEY"},
        {{"S//REL TO USA, FVEY", "S//REL TO USA, FVEY"}, "SECRET//REL TO USA, FVEY"},
        {{"S//REL TO USA, FVEY", "S//REL TO USA, GBR"}, "SECRET//REL TO USA, GBR"},
        {{"S//REL TO USA, FVEY", "S//REL TO USA, ACGU"}, "SECRET//REL TO USA, AUS, CAN, GBR"},
        {{"S//REL TO USA, ACGU", "S//REL TO USA, TEYE"}, "SECRET//REL TO USA, CAN, GBR"},
        {{"S//REL TO USA, FVEY", "S//REL TO USA, AUS, FVEY"}, "SECRET//REL TO USA, FVEY"},
        {{"S//REL TO USA, FVEY", "S//REL TO USA, ISAF"}, "SECRET//NOFORN"}, /* ISAF: opaque, whoever its members are */
        {{"S//REL TO USA, ISAF", "S//REL TO USA, GBR"}, "SECRET//NOFORN"},
        {{"S//REL TO USA, ISAF", "S//REL TO USA, JPN, ISAF"}, "SECRET//REL TO USA, ISAF"},
        {{"S//REL TO USA, PACT", "S//REL TO USA, JPN"}, "SECRET//REL TO USA, JPN"}, /* by the register's `rollup` */
    };
    CHECK("USA", rules);
}

Test(rollup, the_register_may_make_a_tetragraph_opaque)
{
    static const char entry[] = "\"code\":\"FVEY\",\"name\":\"n\"";
    static const struct rule rules[] = {{{"S//REL TO USA, FVEY", "S//REL TO USA, GBR"}, "SECRET//NOFORN"}};
    BUF_CLEANUP struct buf text = {0};
    const char *where = strstr(policy, entry) + sizeof entry - 1;
    buf_add(&text, policy, (size_t)(where - policy));
    buf_printf(&text, ",\"rollup\":[]%s", where);
    registry_unref(reg);
    reg = registry_of(buf_view(&text), at("2026-02-01"));
    CHECK("USA", rules);
    const struct register_entry *entries;
    BUF_CLEANUP struct buf again = {0};
    size_t n = registry_entries(reg, &entries);
    registry_join(entries, n, &again);
    registry_unref(reg);
    reg = registry_of(buf_view(&again), at("2026-02-01"));
    CHECK("USA", rules);
}

Test(rollup, noforn_and_what_is_unmarked)
{
    static const struct rule rules[] = {
        {{"S//NF", "S//REL TO USA, JPN"}, "SECRET//NOFORN"},
        {{"U//NF", "S//REL TO USA, JPN"}, "SECRET//NOFORN"},
        {{"S//NF", "S"}, "SECRET//NOFORN"},
        {{"S", "S//REL TO USA, JPN"}, "SECRET//NOFORN"},
        {{"C", "S//RELIDO"}, "SECRET//NOFORN"},
        {{"S//DISPLAY ONLY JPN", "S"}, "SECRET//NOFORN"},
        {{"S", "C"}, "SECRET"},
        {{"U", "S//REL TO USA, JPN"}, "SECRET//REL TO USA, JPN"}, /* a plain U narrows nothing */
        {{"U//SI", "S//REL TO USA, JPN"}, "SECRET//SI//NOFORN"},  /* a caveated U does */
        {{"U//OC", "S//REL TO USA, JPN"}, "SECRET//ORCON/NOFORN"},
        {{"U", "U//REL TO USA, JPN"}, "UNCLASSIFIED//REL TO USA, JPN"},
    };
    CHECK("USA", rules);
}

Test(rollup, relido_survives_only_everywhere)
{
    static const struct rule rules[] = {
        {{"S//RELIDO", "TS//RELIDO"}, "TOP SECRET//RELIDO"},
        {{"S//RELIDO", "U"}, "SECRET//RELIDO"},
        {{"S//RELIDO", "S//REL TO USA, JPN"}, "SECRET//NOFORN"},
        {{"S//REL TO USA, JPN/RELIDO", "S//REL TO USA, GBR, JPN/RELIDO"}, "SECRET//REL TO USA, JPN/RELIDO"},
        {{"S//REL TO USA, JPN/RELIDO", "S//REL TO USA, JPN"}, "SECRET//REL TO USA, JPN"},
        {{"S//REL TO USA, JPN/RELIDO", "S//RELIDO"}, "SECRET//RELIDO"},
        {{"S//RELIDO", "S//NF"}, "SECRET//NOFORN"},
        {{"S//RELIDO", "S//DISPLAY ONLY JPN"}, "SECRET//NOFORN"},
    };
    CHECK("USA", rules);
}

Test(rollup, display_only_is_the_intersection_of_unions)
{
    static const struct rule rules[] = {
        {{"S//DISPLAY ONLY JPN", "S//DISPLAY ONLY GBR, JPN"}, "SECRET//DISPLAY ONLY JPN"},
        {{"S//REL TO USA, JPN", "S//DISPLAY ONLY JPN"}, "SECRET//DISPLAY ONLY JPN"},
        {{"S//REL TO USA, GBR/DISPLAY ONLY JPN", "S//REL TO USA, GBR, JPN"},
         "SECRET//REL TO USA, GBR/DISPLAY ONLY JPN"},
        {{"S//REL TO USA, GBR/DISPLAY ONLY JPN", "S//REL TO USA, JPN/DISPLAY ONLY GBR"},
         "SECRET//DISPLAY ONLY GBR, JPN"},
        {{"S//REL TO USA, GBR", "S//DISPLAY ONLY JPN"}, "SECRET//NOFORN"},
        {{"S//DISPLAY ONLY FVEY", "S//REL TO USA, GBR"}, "SECRET//DISPLAY ONLY GBR"},
        {{"S//DISPLAY ONLY JPN", "S//NF"}, "SECRET//NOFORN"},
    };
    CHECK("USA", rules);
}

Test(rollup, others_information_is_fgi_in_the_authors_scheme)
{
    static const struct rule rules[] = {
        {{"S//FGI DEU//NF", "TS//FGI GBR//NF"}, "TOP SECRET//FGI DEU GBR//NOFORN"},
        {{"S//FGI DEU", "S//FGI"}, "SECRET//FGI"}, /* a concealed source conceals all */
        {{"S", "//DEU S"}, "SECRET//FGI DEU"},
        {{"C//REL TO USA, DEU", "//DEU S//REL TO DEU, USA"}, "SECRET//FGI DEU//REL TO USA, DEU"},
        {{"S//REL TO USA, DEU", "//DEU S"}, "SECRET//FGI DEU//NOFORN"},
        {{"S//REL TO USA, JPN", "//DEU S//REL TO DEU, JPN"}, "SECRET//FGI DEU//NOFORN"}, /* it is not for the author */
        {{"//DEU S", "//DEU R"}, "GEHEIM"}, /* all of one owner and scheme: their own */
        {{"U", "//DEU S"}, "SECRET//FGI DEU"},
        {{"S", "//DEU U"}, "SECRET"},
        {{"C", "//DEU C"}, "CONFIDENTIAL//FGI DEU"},
        {{"U", "//DEU R"}, "CONFIDENTIAL//FGI DEU"}, /* no equivalence of its own: that of the next level up */
        {{"U", "//JPN S"}, "TOP SECRET//FGI JPN"},   /* none at all: the highest */
        {{"S", "//JPN S//KOKI"}, "TOP SECRET//FGI JPN//NOFORN"}, /* a caveat the scheme has not */
        {{"//JOINT S USA GBR//REL TO USA, GBR", "//JOINT TS USA GBR//REL TO USA, GBR, JPN"},
         "//JOINT TOP SECRET USA GBR//REL TO USA, GBR"},
        {{"//JOINT S USA GBR//REL TO USA, GBR", "C//REL TO USA, GBR"}, "SECRET//FGI GBR//REL TO USA, GBR"},
        {{"//JOINT S USA GBR", "//JOINT S USA AUS"}, "SECRET//FGI AUS GBR"},
        {{"S//NF", "//GBR S"}, "SECRET//FGI GBR//NOFORN"}, /* another owner in the same scheme */
        {{"//NS", "//NATO NR"}, "//NATO SECRET"},
        {{"C", "//NS"}, "TOP SECRET//FGI"}, /* NATO is no partner here, so that it cannot be named */
    };
    CHECK("USA", rules);
    static const struct rule german[] = {
        {{"S//REL TO DEU, USA", "//USA C//REL TO USA, DEU"}, "GEHEIM//FGI USA//REL TO DEU, USA"},
        {{"R", "//USA C"}, "VS-VERTRAULICH//FGI USA"}, /* the equivalence read backwards */
        {{"R", "//USA S"}, "GEHEIM//FGI USA"},         /* of two agreements the stricter */
    };
    CHECK("DEU", german);
}

Test(rollup, the_banner_outlives_its_portions)
{
    struct arena *own = arena, *short_lived = arena_new();
    const struct label *l[2], *banner;
    arena = short_lived;
    l[0] = label_of("USA", "S//SI//FGI DEU//REL TO USA, GBR, JPN");
    l[1] = label_of("USA", "C//REL TO USA, JPN");
    arena = own;
    rollup(reg, STR("USA"), l, 2, arena, &banner, NULL);
    struct label *old = (struct label *)(uintptr_t)l[0];
    memset((char *)(uintptr_t)old->policy.p, 'x', old->policy.n);
    memset((char *)(uintptr_t)old->rel.v[0].p, 'x', old->rel.v[0].n);
    arena_free(short_lived);
    cr_expect_str_eq(banner_of(banner), "SECRET//SI//FGI DEU//REL TO USA, JPN");
}

Test(rollup, what_each_portion_narrowed)
{
    static const char *const texts[] = {"U", "S//SI//REL TO USA, GBR, JPN", "C//OC/REL TO USA, JPN/RELIDO",
                                        "S//FGI DEU//NF"};
    unsigned effects[PORTIONS];
    roll("USA", texts, effects);
    cr_expect_eq(effects[0], 0U);
    cr_expect_eq(effects[1], 1U << ROLLUP_LEVEL | 1U << ROLLUP_CAVEATS | 1U << ROLLUP_RELIDO);
    cr_expect_eq(effects[2], 1U << ROLLUP_ORCON | 1U << ROLLUP_REL | 1U << ROLLUP_DISPLAY);
    cr_expect_eq(effects[3], 1U << ROLLUP_LEVEL | 1U << ROLLUP_FGI | 1U << ROLLUP_NOFORN);
    static const char *const unmarked[] = {"C", "S//REL TO USA, JPN", "//JPN S//KOKI", "U//TK"};
    roll("USA", unmarked, effects);
    cr_expect_eq(effects[0], 1U << ROLLUP_UNMARKED);
    cr_expect_eq(effects[1], 0U);
    cr_expect_eq(effects[2], 1U << ROLLUP_LEVEL | 1U << ROLLUP_CAVEATS | 1U << ROLLUP_FGI | 1U << ROLLUP_SCHEME |
                                 1U << ROLLUP_UNMARKED);
    cr_expect_eq(effects[3], 1U << ROLLUP_CAVEATS | 1U << ROLLUP_UNMARKED);
}

Test(rollup, a_stated_banner_is_same_narrower_or_wider)
{
    static const struct {
        const char *stated, *rolled;
        enum rollup_relation relation;
        const char *why;
    } cases[] = {
        {"SECRET//REL TO USA, JPN", "S//REL TO USA, JPN", ROLLUP_SAME, ""},
        {"SECRET//REL TO USA, AUS, CAN, GBR, NZL", "S//REL TO USA, FVEY", ROLLUP_SAME, ""},
        {"TOP SECRET//REL TO USA, JPN", "S//REL TO USA, JPN", ROLLUP_NARROWER, "the level"},
        {"CONFIDENTIAL//REL TO USA, JPN", "S//REL TO USA, JPN", ROLLUP_WIDER, "the level"},
        {"SECRET//REL TO USA, JPN", "S//REL TO USA, GBR, JPN", ROLLUP_NARROWER, "REL TO"},
        {"SECRET//REL TO USA, GBR, JPN", "S//REL TO USA, JPN", ROLLUP_WIDER, "REL TO"},
        {"SECRET//REL TO USA, ISAF", "S//REL TO USA, GBR, ISAF", ROLLUP_NARROWER, "REL TO"},
        {"SECRET//REL TO USA, GBR, ISAF", "S//REL TO USA, GBR", ROLLUP_WIDER, "REL TO"},
        {"SECRET//NOFORN", "S//REL TO USA, JPN", ROLLUP_NARROWER, "the release marking"},
        {"SECRET//REL TO USA, JPN", "S//NF", ROLLUP_WIDER, "the release marking"},
        {"SECRET", "S//NF", ROLLUP_WIDER, "the release marking"},
        {"SECRET", "S//REL TO USA, JPN", ROLLUP_WIDER, "the release marking"},
        {"SECRET//REL TO USA, JPN", "S", ROLLUP_WIDER, "the release marking"},
        {"SECRET//NOFORN", "S", ROLLUP_NARROWER, "the release marking"},
        {"SECRET", "U", ROLLUP_NARROWER, "the level"},
        {"UNCLASSIFIED//REL TO USA, JPN", "U", ROLLUP_NARROWER, "the release marking"},
        {"UNCLASSIFIED", "U//REL TO USA, JPN", ROLLUP_WIDER, "the release marking"},
        {"SECRET//SI", "S", ROLLUP_NARROWER, "the caveats"},
        {"SECRET", "S//SI", ROLLUP_WIDER, "the caveats"},
        {"SECRET//ORCON", "S", ROLLUP_NARROWER, "ORCON"},
        {"SECRET", "S//OC", ROLLUP_WIDER, "ORCON"},
        {"SECRET//FGI DEU", "S", ROLLUP_NARROWER, "FGI"},
        {"SECRET//FGI", "S//FGI DEU", ROLLUP_NARROWER, "FGI"},
        {"SECRET//FGI DEU", "S//FGI", ROLLUP_WIDER, "FGI"},
        {"SECRET//REL TO USA, JPN", "S//REL TO USA, JPN/RELIDO", ROLLUP_NARROWER, "RELIDO"},
        {"SECRET//REL TO USA, JPN/RELIDO", "S//REL TO USA, JPN", ROLLUP_WIDER, "RELIDO"},
        {"SECRET//REL TO USA, JPN", "S//REL TO USA, JPN/DISPLAY ONLY GBR", ROLLUP_NARROWER, "DISPLAY ONLY"},
        {"SECRET//DISPLAY ONLY GBR, JPN", "S//DISPLAY ONLY GBR", ROLLUP_WIDER, "DISPLAY ONLY"},
        {"TOP SECRET", "S//NF", ROLLUP_WIDER, "the release marking"}, /* wider in one respect is wider */
        {"//DEU GEHEIM", "S", ROLLUP_WIDER, "whose marking it is"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *why;
        enum rollup_relation got =
            rollup_compare(reg, label_of("USA", cases[i].stated), label_of("USA", cases[i].rolled), &why);
        cr_expect_eq(got, cases[i].relation, "%s beside %s: %d", cases[i].stated, cases[i].rolled, (int)got);
        cr_expect_str_eq(why, cases[i].why, "%s beside %s: %s", cases[i].stated, cases[i].rolled, why);
    }
}

/* --- any portions --- */

static const char *const partners[] = {"AUS", "CAN", "GBR", "JPN", "NZL", "USA"};
static const char *const parties[] = {"AUS", "CAN", "GBR", "JPN", "NZL", "ACGU", "FVEY", "ISAF", "PACT", "TEYE"};
#define COUNT(a) (sizeof(a) / sizeof *(a))

static void add_some(struct random *r, struct buf *out, const char *separator)
{
    size_t sure = random_below(r, COUNT(parties));
    for (size_t i = 0, n = 0; i < COUNT(parties); i++)
        if (i == sure || random_chance(r, 45))
            buf_printf(out, "%s%s", n++ ? separator : "", parties[i]);
}

/* An American portion: every kind of it in the proportion that makes most of them meet. */
static const struct label *random_portion(struct random *r)
{
    static const char *const levels[] = {"U", "C", "S", "TS"}, *const caveats[] = {"//HCS", "//SI", "//SI/TK"};
    static const char *const fgi[] = {"//FGI", "//FGI DEU", "//FGI DEU GBR"};
    BUF_CLEANUP struct buf text = {0};
    bool controls = false;
    buf_z(&text, levels[random_below(r, 4)]);
    if (random_chance(r, 20))
        buf_z(&text, caveats[random_below(r, 3)]);
    if (random_chance(r, 15))
        buf_z(&text, fgi[random_below(r, 3)]);
    if (random_chance(r, 15)) {
        buf_z(&text, "//OC");
        controls = true;
    }
    size_t kind = random_below(r, 12);
    const char *join = controls ? "/" : "//";
    if (kind == 0)
        buf_printf(&text, "%sNF", join);
    if (kind == 1)
        buf_printf(&text, "%sRELIDO", join);
    if (kind >= 4) {
        buf_printf(&text, "%sREL TO USA, ", join);
        add_some(r, &text, ", ");
        join = "/";
    }
    if (kind == 4)
        buf_z(&text, "/RELIDO");
    if (kind == 2 || kind == 5 || kind == 6) {
        buf_printf(&text, "%sDISPLAY ONLY ", join);
        add_some(r, &text, ", ");
    }
    return label_of("USA", arena_strz(arena, buf_view(&text)));
}

static const struct label *roll_labels(const struct label *const *portions, size_t n)
{
    const struct label *ret;
    rollup(reg, STR("USA"), portions, n, arena, &ret, NULL);
    return ret;
}

/* Whether the text says that the partner may have it (or be shown it), by a reading of its own. */
static bool says(const struct label *l, const char *partner, bool display)
{
    static const struct {
        const char *code, *members;
    } known[] = {
        {"ACGU", "AUS CAN GBR USA"}, {"FVEY", "AUS CAN GBR NZL USA"}, {"TEYE", "CAN GBR USA"}, {"PACT", "AUS JPN USA"}};
    if (l->mode != RELEASE_REL)
        return false;
    for (int list = 0; list <= display; list++) {
        const struct codes *codes = list ? &l->display : &l->rel;
        if (codes_has(codes, str_of(partner)))
            return true;
        for (size_t i = 0; i < COUNT(known); i++)
            if (codes_has(codes, str_of(known[i].code)) && strstr(known[i].members, partner))
                return true;
    }
    return false;
}

static size_t rank(const struct label *l)
{
    static const char *const levels[] = {"U", "C", "S", "TS"};
    for (size_t i = 0; i < COUNT(levels); i++)
        if (str_is(l->level, levels[i]))
            return i;
    return COUNT(levels);
}

static bool plain(const struct label *l)
{
    return rank(l) == 0 && l->mode == RELEASE_NONE && !l->caveats.n && !l->fgi.n && !l->orcon;
}

static void never_less_restrictive(const struct label *whole, const struct label *part)
{
    const char *w = json_of(whole), *p = json_of(part);
    cr_expect_geq(rank(whole), rank(part), "%s over %s", w, p);
    cr_expect(whole->orcon || !part->orcon, "%s over %s", w, p);
    for (size_t i = 0; i < part->caveats.n; i++)
        cr_expect(codes_has(&whole->caveats, part->caveats.v[i]), "%s over %s", w, p);
    for (size_t i = 0; i < part->fgi.n; i++)
        cr_expect(codes_has(&whole->fgi, part->fgi.v[i]) || codes_has(&whole->fgi, STR("FGI")), "%s over %s", w, p);
    if (plain(part))
        return;
    cr_expect(whole->mode == RELEASE_NOFORN || whole->mode == part->mode, "%s over %s", w, p);
    cr_expect(!whole->relido || part->relido, "%s over %s", w, p);
    for (size_t i = 0; i < COUNT(partners); i++) {
        bool owner = strcmp(partners[i], "USA") == 0;
        cr_expect(owner || !says(whole, partners[i], false) || says(part, partners[i], false), "%s over %s", w, p);
        cr_expect(owner || !says(whole, partners[i], true) || says(part, partners[i], true), "%s over %s", w, p);
    }
}

static void same(const struct label *a, const struct label *b, const char *law)
{
    cr_expect_str_eq(json_of(a), json_of(b), "%s: %s and %s", law, json_of(a), json_of(b));
}

#define RANDOM_CASES 6000

Test(rollup, laws)
{
    struct random r = {20260};
    for (int i = 0; i < RANDOM_CASES; i++) {
        arena_reset(arena);
        const struct label *a = random_portion(&r), *b = random_portion(&r), *c = random_portion(&r),
                           *u = label_of("USA", "U");
        const struct label *abc = roll_labels((const struct label *const[]){a, b, c}, 3);
        const struct label *ab = roll_labels((const struct label *const[]){a, b}, 2);
        const struct label *bc = roll_labels((const struct label *const[]){b, c}, 2);
        same(abc, roll_labels((const struct label *const[]){c, a, b}, 3), "commutative");
        same(abc, roll_labels((const struct label *const[]){ab, c}, 2), "associative");
        same(abc, roll_labels((const struct label *const[]){a, bc}, 2), "associative");
        same(abc, roll_labels((const struct label *const[]){abc}, 1), "idempotent");
        same(abc, roll_labels((const struct label *const[]){abc, abc}, 2), "idempotent");
        same(abc, roll_labels((const struct label *const[]){a, abc, b}, 3), "absorbing");
        same(abc, roll_labels((const struct label *const[]){u, a, b, c}, 4), "a plain U is neutral");
        never_less_restrictive(abc, a);
        never_less_restrictive(abc, b);
        never_less_restrictive(abc, c);
        same(abc, label_of("USA", banner_of(abc)), "the banner reads back");
    }
}
