/* Marking text: what is read, what is refused and where, what is suggested, what is written. */
#include "fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

SUITE(marking, COALITION);

static int parse(const char *poster, const char *text, const struct label **l, struct marking_fault *mf)
{
    *mf = (struct marking_fault){0};
    return label_parse(reg, str_of(poster), str_of(text), NULL, arena, l, mf, NULL);
}

static const char *written(const struct label *l,
                           void write(const struct registry *, const struct label *, struct buf *))
{
    BUF_CLEANUP struct buf out = {0};
    write(reg, l, &out);
    return arena_strz(arena, buf_view(&out));
}

Test(marking, every_accepted_spelling_has_one_portion_and_one_banner)
{
    static const struct {
        const char *poster, *text, *portion, *banner;
    } cases[] = {
        {"USA", "U", "U", "UNCLASSIFIED"},
        {"USA", "TOP SECRET", "TS", "TOP SECRET"},
        {"USA", "(S)", "S", "SECRET"},
        {"DEU", "R", "R", "VS-NFD"},
        {"DEU", "GEHEIM", "S", "GEHEIM"},
        {"USA", "S//NF", "S//NF", "SECRET//NOFORN"},
        {"USA", "(SECRET//NOFORN)", "S//NF", "SECRET//NOFORN"},
        {"USA", "U//NF", "U//NF", "UNCLASSIFIED//NOFORN"},
        {"USA", "S//OC", "S//OC", "SECRET//ORCON"},
        {"USA", "S//ORCON/NF", "S//OC/NF", "SECRET//ORCON/NOFORN"},
        {"USA", "S//RELIDO", "S//RELIDO", "SECRET//RELIDO"},
        {"USA", "S//REL TO USA, JPN", "S//REL TO USA, JPN", "SECRET//REL TO USA, JPN"},
        {"USA", "S//REL TO USA, AUS, GBR, ACGU, NATO", "S//REL TO USA, AUS, GBR, ACGU, NATO",
         "SECRET//REL TO USA, AUS, GBR, ACGU, NATO"},
        {"JPN", "S//REL TO JPN, AUS, USA", "S//REL TO JPN, AUS, USA", "SECRET//REL TO JPN, AUS, USA"},
        {"USA", "S//OC/REL TO USA, GBR/DISPLAY ONLY NZL, NATO", "S//OC/REL TO USA, GBR/DISPLAY ONLY NZL, NATO",
         "SECRET//ORCON/REL TO USA, GBR/DISPLAY ONLY NZL, NATO"},
        {"USA", "S//REL TO USA, GBR/RELIDO", "S//REL TO USA, GBR/RELIDO", "SECRET//REL TO USA, GBR/RELIDO"},
        {"USA", "TS//HCS/SI/TK//NF", "TS//HCS/SI/TK//NF", "TOP SECRET//HCS/SI/TK//NOFORN"},
        {"USA", "S//FGI", "S//FGI", "SECRET//FGI"},
        {"USA", "TS//SI//FGI DEU GBR//OC/NF", "TS//SI//FGI DEU GBR//OC/NF",
         "TOP SECRET//SI//FGI DEU GBR//ORCON/NOFORN"},
        {"USA", "//DEU S", "S", "GEHEIM"},
        {"USA", "//DEU GEHEIM//REL TO DEU, USA", "S//REL TO DEU, USA", "GEHEIM//REL TO DEU, USA"},
        {"DEU", "//DEU S", "S", "GEHEIM"},
        {"USA", "//JOINT S USA GBR", "//JOINT S USA GBR", "//JOINT SECRET USA GBR"},
        {"USA", "//JOINT TOP SECRET USA GBR//REL TO USA, AUS, GBR", "//JOINT TS USA GBR//REL TO USA, AUS, GBR",
         "//JOINT TOP SECRET USA GBR//REL TO USA, AUS, GBR"},
        {"USA", "//JOINT S AUS USA//REL TO AUS, FVEY", "//JOINT S USA AUS//REL TO AUS, FVEY",
         "//JOINT SECRET USA AUS//REL TO AUS, FVEY"},
        {"NZL", "//JOINT S AUS USA//REL TO AUS, FVEY", "//JOINT S AUS USA//REL TO AUS, FVEY",
         "//JOINT SECRET AUS USA//REL TO AUS, FVEY"},
        {"USA", "S//FGI DEU NATO//NF", "S//FGI DEU NATO//NF", "SECRET//FGI DEU NATO//NOFORN"},
        {"USA", "//DEU S//REL TO USA, DEU", "S//REL TO DEU, USA", "GEHEIM//REL TO DEU, USA"},
        {"USA", "//NS", "//NS", "//NATO SECRET"},
        {"GBR", "//COSMIC TOP SECRET", "//CTS", "//COSMIC TOP SECRET"},
        {"GBR", "//NATO NC", "//NC", "//NATO CONFIDENTIAL"},
        {"GBR", "//NATO NR", "//NATO NR", "//NATO RESTRICTED"},
        {"USA", "//JPN C//KOKI//REL TO JPN, USA", "C//KOKI//REL TO JPN, USA", "CONFIDENTIAL//KOKI//REL TO JPN, USA"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l = NULL;
        struct marking_fault mf;
        cr_assert_eq(parse(cases[i].poster, cases[i].text, &l, &mf), 0, "%s: %s %s", cases[i].text, mf.rule, mf.detail);
        cr_expect_str_eq(written(l, label_portion), cases[i].portion);
        cr_expect_str_eq(written(l, label_banner), cases[i].banner);
    }
}

Test(marking, what_is_refused_says_where_why_and_what_was_meant)
{
    static const struct {
        const char *poster, *text, *rule;
        size_t offset;
        const char *suggestion;
    } cases[] = {
        {"USA", "", "RELTO-1", 0, ""},
        {"USA", "()", "RELTO-2", 1, ""},
        {"USA", "S//R\xc3\x89L", "RELTO-1", 4, ""},
        {"USA", "S\t//NF", "RELTO-1", 1, ""},
        {"USA", "s//nf", "RELTO-1", 0, "S//NF"},
        {"USA", "Secret//Rel To usa, jpn", "RELTO-1", 1, "SECRET//REL TO USA, JPN"},
        {"USA", "R", "RELTO-2", 0, ""},
        {"USA", "SECRETS", "RELTO-2", 0, ""},
        {"USA", "(S", "RELTO-2", 0, ""},
        {"USA", "//S", "RELTO-3", 2, ""},
        {"USA", "//XYZ S", "RELTO-3", 2, ""},
        {"USA", "//GEHEIM", "RELTO-3", 2, ""},
        {"USA", "//NR", "RELTO-3", 2, ""},
        {"USA", "//", "RELTO-3", 2, ""},
        {"USA", "//DEU", "RELTO-2", 5, ""},
        {"USA", "//DEU TS", "RELTO-2", 6, ""},
        {"USA", "//NATO", "RELTO-2", 6, ""},
        {"USA", "//JOINT S", "RELTO-3", 2, ""},
        {"USA", "//JOINT USA GBR", "RELTO-3", 2, ""},
        {"USA", "//JOINT S USA", "RELTO-12", 2, ""},
        {"USA", "//JOINT S USA XYZ", "RELTO-9", 14, ""},
        {"USA", "//JOINT S USA GBR DEU", "RELTO-11", 14, "//JOINT S USA DEU GBR"},
        {"USA", "//JOINT S USA GBR//REL TO USA, AUS", "RELTO-12", 19, "//JOINT S USA GBR//REL TO USA, AUS, GBR"},
        {"USA", "S//NF//SI", "RELTO-4", 7, "S//SI//NF"},
        {"USA", "S//NF//REL TO USA, JPN", "RELTO-4", 7, ""},
        {"USA", "S//SI//TK", "RELTO-4", 7, ""},
        {"USA", "S//", "RELTO-5", 3, ""},
        {"USA", "S//NF//", "RELTO-5", 7, ""},
        {"USA", "S////NF", "RELTO-5", 3, ""},
        {"USA", "S//XX", "RELTO-5", 3, ""},
        {"USA", "S//KOKI//NF", "RELTO-5", 3, ""},
        {"USA", "S//SI/NF", "RELTO-5", 6, ""},
        {"USA", "S//SI/KOKI", "RELTO-5", 6, ""},
        {"USA", "S//FOUO", "RELTO-5", 3, ""},
        {"USA", "S//EYES ONLY", "RELTO-5", 3, ""},
        {"USA", "S//FGIDEU", "RELTO-5", 3, ""},
        {"USA", "S//RELTO USA, JPN", "RELTO-5", 3, ""},
        {"USA", "S//DISPLAY ONLYNZL", "RELTO-5", 3, ""},
        {"USA", "S//REL USA, JPN", "RELTO-5", 3, "S//REL TO USA, JPN"},
        {"USA", "S//NF/OC", "RELTO-6", 6, "S//OC/NF"},
        {"USA", "S//RELIDO/REL TO USA, JPN", "RELTO-6", 10, "S//REL TO USA, JPN/RELIDO"},
        {"USA", "S // NF", "RELTO-7", 0, "S//NF"},
        {"USA", "S//REL TO USA,JPN", "RELTO-7", 13, "S//REL TO USA, JPN"},
        {"USA", "S//REL TO USA JPN", "RELTO-7", 13, "S//REL TO USA, JPN"},
        {"USA", "S//REL TO USA, JPN,", "RELTO-7", 18, "S//REL TO USA, JPN"},
        {"USA", "S//FGI DEU, GBR//NF", "RELTO-7", 10, "S//FGI DEU GBR//NF"},
        {"USA", "S//NF/NF", "RELTO-8", 6, ""},
        {"USA", "S//REL TO USA, JPN, JPN", "RELTO-8", 20, "S//REL TO USA, JPN"},
        {"USA", "S//REL TO USA, XYZ", "RELTO-9", 15, ""},
        {"USA", "S//FGI NATO DEU//NF", "RELTO-11", 7, "S//FGI DEU NATO//NF"},
        {"USA", "S//FGI USA//NF", "RELTO-16", 7, ""},
        {"USA", "//DEU S//FGI GBR", "RELTO-16", 9, ""},
        {"USA", "S//DISPLAY ONLY XYZ", "RELTO-9", 16, ""},
        {"USA", "S//REL", "RELTO-10", 3, ""},
        {"USA", "S//REL TO", "RELTO-10", 3, ""},
        {"USA", "S//DISPLAY ONLY", "RELTO-10", 3, ""},
        {"USA", "TS//TK/SI//NF", "RELTO-11", 7, "TS//SI/TK//NF"},
        {"USA", "S//FGI GBR DEU//NF", "RELTO-11", 7, "S//FGI DEU GBR//NF"},
        {"USA", "S//DISPLAY ONLY NATO, NZL", "RELTO-11", 16, "S//DISPLAY ONLY NZL, NATO"},
        {"USA", "S//REL TO USA", "RELTO-14", 3, ""},
        {"USA", "S//REL TO JPN, USA", "ISM-ID-00041", 10, "S//REL TO USA, JPN"},
        {"USA", "S//REL TO JPN", "ISM-ID-00041", 3, "S//REL TO USA, JPN"},
        {"USA", "SECRET//REL TO FVEY", "ISM-ID-00041", 8, "SECRET//REL TO USA, FVEY"},
        {"USA", "S//REL TO USA, FVEY, AUS", "ISM-ID-00041", 15, "S//REL TO USA, AUS, FVEY"},
        {"JPN", "S//REL TO USA, JPN", "ISM-ID-00041", 10, "S//REL TO JPN, USA"},
        {"USA", "//DEU S//REL TO GBR, DEU", "ISM-ID-00041", 16, "//DEU S//REL TO DEU, GBR"},
        {"USA", "//DEU S//REL TO USA, GBR", "ISM-ID-00041", 9, "//DEU S//REL TO DEU, GBR, USA"},
        {"USA", "S//NF/REL TO USA, JPN", "ISM-ID-00033", 6, ""},
        {"USA", "S//NF/RELIDO", "ISM-ID-00169", 6, ""},
        {"USA", "S//NF/DISPLAY ONLY NZL", "ISM-ID-00169", 6, ""},
        {"USA", "S//RELIDO/DISPLAY ONLY NZL", "ISM-ID-00169", 10, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l = NULL;
        struct marking_fault mf;
        cr_expect_eq(parse(cases[i].poster, cases[i].text, &l, &mf), ERR_INVALID_MARKING, "%s", cases[i].text);
        cr_expect_null(l, "%s", cases[i].text);
        cr_expect_str_eq(mf.rule, cases[i].rule, "%s: %s %s", cases[i].text, mf.rule, mf.detail);
        cr_expect_eq(mf.offset, cases[i].offset, "%s: %s at %zu", cases[i].text, mf.rule, mf.offset);
        cr_expect_str_eq(mf.suggestion, cases[i].suggestion, "%s: %s", cases[i].text, mf.suggestion);
        cr_expect(*mf.detail, "%s: no detail", cases[i].text);
    }
}

static const struct label *banner_label(const char *banner)
{
    const struct label *l = NULL;
    struct marking_fault mf;
    cr_assert(!banner || !parse("USA", banner, &l, &mf), "%s: %s", banner, mf.detail);
    return l;
}

Test(marking, a_portion_may_lean_on_its_banner)
{
    static const char joint[] = "//JOINT SECRET AUS USA//REL TO USA, AUS";
    static const struct {
        const char *banner, *text, *portion, *rule; /* rule "": read */
    } cases[] = {
        {"SECRET//REL TO USA, GBR", "(S//REL)", "S//REL TO USA, GBR", ""},
        {"SECRET//REL TO USA, GBR/RELIDO", "C//REL/RELIDO", "C//REL TO USA, GBR/RELIDO", ""},
        {"SECRET//REL TO USA, GBR", "S//REL TO USA, GBR, JPN", "S//REL TO USA, GBR, JPN", ""},
        {joint, "(//JOINT S//REL)", "//JOINT S USA AUS//REL TO USA, AUS", ""},
        {joint, "//JOINT S//REL TO USA, FVEY", "//JOINT S USA AUS//REL TO USA, FVEY", ""},
        {"SECRET//REL TO USA, GBR", "//JOINT S//REL", "", "RELTO-3"},
        {"SECRET//NOFORN", "S//REL", "", "RELTO-10"},
        {NULL, "S//REL", "", "RELTO-10"},
        {"SECRET//REL TO USA, GBR", "S//REL/REL", "", "RELTO-8"},
        {"SECRET//REL TO USA, GBR", "S//NF/REL", "", "ISM-ID-00033"},
        {"SECRET//REL TO USA, GBR", "S//EYES", "", "RELTO-5"}, /* this scheme has none */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l = NULL, *banner = banner_label(cases[i].banner);
        struct marking_changes changes;
        struct marking_fault mf = {0};
        struct str text = str_of(cases[i].text);
        int error = label_parse_portion(reg, STR("USA"), text, banner, NULL, arena, &l, &mf, NULL);
        cr_expect_str_eq(mf.rule, cases[i].rule, "%s: %s %s", cases[i].text, mf.rule, mf.detail);
        cr_assert_eq(error != 0, *cases[i].rule != '\0', "%s", cases[i].text);
        if (error)
            continue;
        cr_expect_str_eq(written(l, label_portion), cases[i].portion);
        cr_assert(!label_normalise(reg, STR("USA"), text, banner, NULL, arena, &l, &changes, NULL, NULL));
        cr_expect_str_eq(written(l, label_portion), cases[i].portion);
        cr_expect_eq(changes.n > 0, strcmp(cases[i].text, cases[i].portion) != 0, "%s", cases[i].text);
    }
}

Test(marking, a_label_lists_codes_in_marking_order)
{
    const struct label *l = NULL;
    struct marking_fault mf;
    cr_assert_eq(parse("USA", "TS//SI//FGI DEU//OC/REL TO USA, AUS, FVEY/DISPLAY ONLY NZL", &l, &mf), 0);
    BUF_CLEANUP struct buf out = {0};
    label_write(l, &out);
    BUF_CLEANUP struct buf again = {0};
    cr_assert_eq(label_read(reg, buf_view(&out), arena, &l, NULL), 0);
    label_write(l, &again);
    cr_expect(str_eq(buf_view(&out), buf_view(&again)), "%.*s", (int)again.n, again.p);
    buf_char(&out, '\0');
    cr_expect_str_eq(out.p,
                     "{\"policy\":\"USA\",\"level\":\"TS\",\"owners\":[\"USA\"],\"joint\":false,\"release\":{\"mode\":"
                     "\"rel\",\"rel\":[\"USA\",\"AUS\",\"FVEY\"],\"display\":[\"NZL\"],\"except\":[],\"relido\":false},"
                     "\"orcon\":true,\"caveats\":[\"SI\"],\"fgi\":[\"DEU\"],\"releaseViews\":[]}");
}

Test(marking, owners_come_from_the_poster_the_prefix_or_the_wire)
{
    static const struct {
        const char *poster, *text, *wire, *owners;
    } cases[] = {
        {"USA", "S", NULL, "USA"},
        {"USA", "//DEU S", NULL, "DEU"},
        {"USA", "//NS", NULL, "USA"},
        {"USA", "//JOINT S USA GBR", NULL, "USA GBR"},
        {"USA", "S", "{\"owners\":[\"GBR\"]}", "GBR"},
        {"USA", "S", "{\"owners\":[\"USA\",\"GBR\",\"DEU\"]}", "USA DEU GBR"},
        {"NZL", "S", "{\"owners\":[\"NZL\",\"AUS\"]}", "AUS NZL"},
        {"GBR", "S", "{\"owners\":[\"DEU\",\"GBR\"]}", "GBR DEU"},
        {"USA", "//DEU S", "{\"owners\":[\"DEU\"]}", "DEU"},
        {"USA", "//JOINT S USA GBR", "{\"owners\":[\"GBR\",\"USA\"]}", "USA GBR"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wire_label *wire = NULL;
        const struct label *l = NULL;
        struct marking_fault mf = {0};
        if (cases[i].wire)
            cr_assert_eq(wire_label_parse(str_of(cases[i].wire), "relto", arena, &wire, NULL), 0);
        cr_assert_eq(label_parse(reg, str_of(cases[i].poster), str_of(cases[i].text), wire, arena, &l, &mf, NULL), 0,
                     "%s %s: %s", cases[i].text, cases[i].wire, mf.detail);
        char got[128] = "";
        for (size_t k = 0; k < l->owners.n; k++)
            snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s", k ? " " : "", STR_ARG(l->owners.v[k]));
        cr_expect_str_eq(got, cases[i].owners, "%s %s: %s", cases[i].text, cases[i].wire, got);
    }
}

Test(marking, wire_and_marking_must_agree)
{
    static const struct {
        const char *text, *wire, *where;
    } cases[] = {
        {"S", "{\"owners\":[\"XYZ\"]}", "relto.owners"},
        {"S", "{\"owners\":[\"FVEY\"]}", "relto.owners"},
        {"//DEU S", "{\"owners\":[\"USA\"]}", "relto.owners"},
        {"//JOINT S USA GBR", "{\"owners\":[\"USA\"]}", "relto.owners"},
        {"C", "{\"public\":true}", "relto.public"},
        {"U//SI", "{\"public\":true}", "relto.public"},
        {"U//OC", "{\"public\":true}", "relto.public"},
        {"U//FGI", "{\"public\":true}", "relto.public"},
        {"U//NF", "{\"public\":true}", "relto.public"},
        {"U//REL TO USA, JPN", "{\"public\":true}", "relto.public"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct wire_label *wire;
        const struct label *l = NULL;
        struct marking_fault mf;
        struct fault fault = {0};
        cr_assert_eq(wire_label_parse(str_of(cases[i].wire), "relto", arena, &wire, NULL), 0);
        cr_expect_eq(label_parse(reg, STR("USA"), str_of(cases[i].text), wire, arena, &l, &mf, &fault),
                     ERR_INVALID_LABEL, "%s %s", cases[i].text, cases[i].wire);
        cr_expect_str_eq(fault.where, cases[i].where);
        cr_expect_null(l);
    }
}

Test(marking, public_is_a_mode)
{
    const struct wire_label *wire;
    const struct label *l;
    struct marking_fault mf;
    cr_assert_eq(wire_label_parse(STR("{\"public\":true}"), "relto", arena, &wire, NULL), 0);
    cr_assert_eq(label_parse(reg, STR("USA"), STR("U"), wire, arena, &l, &mf, NULL), 0);
    cr_expect_eq(l->mode, RELEASE_PUBLIC);
    cr_expect_eq(label_parse(reg, STR("NOBODY"), STR("U"), NULL, arena, &l, &mf, NULL), ERR_INVALID_LABEL);
}

/* Words of any profile, as words; short ones in capital letters. */
Test(marking, what_free_text_says_a_label_may_have_to_say_too)
{
    static const struct {
        const char *marking, *text, *word; /* NULL: the label says all of it */
    } cases[] = {
        {"U", "UNCLASSIFIED, Operator-proprietary Data; Secondary distribution not permitted", NULL},
        {"U", "for our partners' eyes; a test", NULL},
        {"U", "secretariat of s2, unsecret, nf", NULL},
        {"U", "", NULL},
        {"U", "SECRET, proprietary", "SECRET"},
        {"U", "proprietary (secret)", "SECRET"},
        {"U", "Top Secret stuff", "SECRET"},
        {"S", "Top Secret stuff", "TOP SECRET"},
        {"TS", "SECRET, proprietary", NULL},
        {"S", "SECRET, proprietary", NULL},
        {"S", "GEHEIM, proprietary", "GEHEIM"},
        {"U", "S, proprietary", "S"},
        {"U", "ours, NOFORN", "NOFORN"},
        {"U//NF", "ours, NOFORN", NULL},
        {"U", "ours, NF", "NF"},
        {"U//NF", "ours, ORCON", "ORCON"},
        {"U//REL TO USA, JPN", "ours, REL TO USA", "REL TO"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l = NULL;
        struct marking_fault mf;
        struct str word = {0};
        cr_assert_eq(parse("USA", cases[i].marking, &l, &mf), 0, "%s", mf.detail);
        bool all = label_says(reg, l, str_of(cases[i].text), &word);
        cr_assert_eq(all, !cases[i].word, "%s: %s: %.*s", cases[i].marking, cases[i].text, STR_ARG(word));
        if (cases[i].word)
            cr_assert(str_is(word, cases[i].word), "%s: %.*s", cases[i].text, STR_ARG(word));
    }
}

Test(marking, length_is_limited)
{
    char text[MARKING_MAX + 2];
    const struct label *l;
    struct marking_fault mf;
    memset(text, ' ', sizeof text);
    text[0] = 'S';
    text[MARKING_MAX] = '\0';
    cr_expect_eq(parse("USA", text, &l, &mf), ERR_INVALID_MARKING);
    cr_expect_str_eq(mf.rule, "RELTO-7", "512 bytes are read");
    cr_expect_str_eq(mf.suggestion, "S");
    text[MARKING_MAX] = ' ';
    text[MARKING_MAX + 1] = '\0';
    cr_expect_eq(parse("USA", text, &l, &mf), ERR_INVALID_MARKING);
    cr_expect_str_eq(mf.rule, "RELTO-1", "513 bytes are not");
}

/* As many partners as a list may hold, and one more; a list of them is longer than MARKING_MAX, so that this limit is
 * only reached by codes of two letters. */
Test(marking, codes_in_a_list_are_limited)
{
    BUF_CLEANUP struct buf policy = {0}, text = {0};
    buf_z(
        &policy,
        "{\"relto\":\"policy/1\",\"profiles\":[{\"policy\":\"AA\",\"levels\":[{\"portion\":\"U\",\"banner\":\"UN\"}]}],"
        "\"partners\":[");
    for (int i = 0; i <= LABEL_CODES_MAX + 1; i++)
        buf_printf(&policy, "%s{\"code\":\"%c%c\",\"name\":\"n\",\"policy\":\"AA\",\"trustDomain\":\"d%d\"}",
                   i ? "," : "", 'A' + i / 10, 'A' + i % 10, i);
    buf_z(&policy, "]}");
    struct registry *many = registry_of(buf_view(&policy), 0);
    struct marking_fault mf;
    const struct label *l;
    for (int over = 0; over < 2; over++) {
        buf_clear(&text);
        buf_z(&text, "U//FGI");
        for (int i = 1; i <= LABEL_CODES_MAX + over; i++)
            buf_printf(&text, " %c%c", 'A' + i / 10, 'A' + i % 10);
        int error = label_parse(many, STR("AA"), buf_view(&text), NULL, arena, &l, &mf, NULL);
        cr_expect_eq(error, over ? ERR_INVALID_MARKING : 0);
        if (error)
            cr_expect_str_eq(mf.rule, "RELTO-13");
        else
            cr_expect_eq(l->fgi.n, LABEL_CODES_MAX);
    }
    registry_unref(many);
}

Test(marking, label_json_that_is_not_a_label_is_refused)
{
    static const char good[] =
        "{\"policy\":\"USA\",\"level\":\"S\",\"owners\":[\"USA\"],\"joint\":false,\"release\":{\"mode\":"
        "\"none\",\"rel\":[],\"display\":[],\"except\":[],\"relido\":false},\"orcon\":false,"
        "\"caveats\":[],\"fgi\":[],\"releaseViews\":[]}";
    static const struct {
        const char *old, *new, *where;
    } cases[] = {
        {"\"USA\"]", "]", "label.owners"},
        {"\"USA\"]", "\"USA\",\"USA\"]", "label.owners"},
        {"\"USA\"]", "7]", "label.owners[0]"},
        {"false,\"release", "0,\"release", "label.joint"},
        {"\"mode\":\"none\"", "\"mode\":\"all\"", "label.release.mode"},
        {"\"rel\":[]", "\"rel\":[\"USA\"]", "label.release"},
        {"\"except\":[]", "\"except\":[\"JPN\"]", "label.release"},
        {"\"relido\":false", "\"relido\":true", "label.release"},
        {"\"fgi\":[],", "", "label.fgi"},
        {"\"orcon\":false,", "", "label.orcon"},
        {"\"fgi\":[]", "\"fgi\":[],\"more\":1", "label.more"},
        {"\"releaseViews\":[]", "\"releaseViews\":[1]", "label.releaseViews[0]"},
    };
    const struct label *l = NULL;
    struct fault fault;
    cr_assert_eq(label_read(reg, STR(good), arena, &l, &fault), 0, "%s", fault.detail);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        const char *found = strstr(good, cases[i].old);
        cr_assert_not_null(found);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(found - good), good, cases[i].new, found + strlen(cases[i].old));
        l = NULL;
        cr_expect_eq(label_read(reg, str_of(text), arena, &l, &fault), ERR_INVALID_LABEL, "%s", text);
        cr_expect_str_eq(fault.where, cases[i].where, "%s: %s", text, fault.where);
        cr_expect_null(l);
    }
    cr_expect_eq(label_read(reg, STR("{"), arena, &l, &fault), ERR_BAD_JSON);
}
