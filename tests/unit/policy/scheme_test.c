/* Marking schemes: a nation's is a data file, and what its tables say holds for labels, decisions and changes. */
#include "decide.h"
#include "support.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct registry *fourth, *demo;
static struct arena *arena;

static void begin(void)
{
    fourth = registry_of_file(FOURTH, at("2026-02-01"));
    demo = registry_of_file(DEMO, at("2026-02-01"));
    arena = arena_new();
}

static void end(void)
{
    arena_free(arena);
    registry_unref(fourth);
    registry_unref(demo);
    no_leaks();
}

TestSuite(scheme, .init = begin, .fini = end);

static const struct label *label_of(const struct registry *reg, const char *poster, const char *text)
{
    const struct label *l = NULL;
    struct marking_fault mf = {0};
    cr_assert_eq(label_parse(reg, str_of(poster), str_of(text), NULL, arena, &l, &mf, NULL), 0, "%s: %s %s", text,
                 mf.rule, mf.detail);
    return l;
}

static const char *json_of(const struct label *l)
{
    BUF_CLEANUP struct buf out = {0};
    label_write(l, &out);
    return arena_strz(arena, buf_view(&out));
}

Test(scheme, a_fourth_national_scheme_is_a_data_file)
{
    static const struct {
        const char *poster, *text, *portion, *banner;
    } cases[] = {
        {"FRA", "NON PROTEGE", "NP", "NON PROTEGE"},
        {"FRA", "DR", "DR", "DIFFUSION RESTREINTE"},
        {"FRA", "TRES-SECRET", "TS", "TRES SECRET"},
        {"FRA", "SECRET//SPECIAL FRANCE", "S//SF", "SECRET//SPECIAL FRANCE"},
        {"FRA", "S//COM FRA/DEU/ITA", "S//COM FRA/DEU/ITA", "SECRET//COMMUNICABLE A FRA/DEU/ITA"},
        {"FRA", "SECRET//COMMUNICABLE A FRA, ITA", "S//COM FRA/ITA", "SECRET//COMMUNICABLE A FRA/ITA"},
        {"FRA", "TS//ATOUT-7-12 ABC//SF//CRYPTO", "TS//ATOUT-7-12 ABC//SF//CRYPTO",
         "TRES SECRET//ATOUT-7-12 ABC//SPECIAL FRANCE//CRYPTO"},
        {"FRA", "DR-SF", "DR//CRYPTO", "DIFFUSION RESTREINTE//CRYPTO"},
        {"DEU", "//FRA DR", "//FRA DR", "//FRA DIFFUSION RESTREINTE"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l = label_of(fourth, cases[i].poster, cases[i].text);
        const char *expected[] = {cases[i].portion, cases[i].banner};
        for (int banner = 0; banner < 2; banner++) {
            BUF_CLEANUP struct buf out = {0};
            label_text(fourth, l, str_of(cases[i].poster), banner, &out);
            const char *text = arena_strz(arena, buf_view(&out));
            cr_expect_str_eq(text, expected[banner]);
            cr_expect_str_eq(json_of(label_of(fourth, cases[i].poster, text)), json_of(l));
        }
    }
}

Test(scheme, its_rules_order_and_separators_hold)
{
    static const struct {
        const char *text, *rule, *suggestion;
    } cases[] = {
        {"S//SF//COM FRA/ITA", "IGI-1300-SF", ""},
        {"NP//SF", "IGI-1300-DR", ""},
        {"S//CRYPTO//SF", "IGI-1300", "S//SF//CRYPTO"},
        {"S//SF//ATOUT", "RELTO-4", "S//ATOUT//SF"},
        {"S//SF/CRYPTO", "RELTO-5", ""},
        {"S//ATOUT-12-7", "RELTO-11", "S//ATOUT-7-12"},
        {"S//ATOUT-1234", "RELTO-17", ""},
        {"S//NF", "RELTO-5", ""},
        {"S//COM FRA ITA", "RELTO-7", "S//COM FRA/ITA"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l = NULL;
        struct marking_fault mf = {0};
        cr_expect_eq(label_parse(fourth, STR("FRA"), str_of(cases[i].text), NULL, arena, &l, &mf, NULL),
                     ERR_INVALID_MARKING, "%s", cases[i].text);
        cr_expect_str_eq(mf.rule, cases[i].rule, "%s: %s %s", cases[i].text, mf.rule, mf.detail);
        cr_expect_str_eq(mf.suggestion, cases[i].suggestion, "%s: %s", cases[i].text, mf.suggestion);
    }
}

static bool permits(const char *principal, const char *text)
{
    struct subject s = {.label = label_of(fourth, "FRA", text),
                        .originator = STR("FRA"),
                        .type = STR("elset"),
                        .data_mode = STR("REAL"),
                        .ingested_at = at("2026-02-01"),
                        .embargo_until = INSTANT_MIN,
                        .expires = INSTANT_MAX};
    struct verdict v;
    decide(fourth, principal_reader(registry_principal(fourth, str_of(principal))), &s, at("2026-03-01"), &v);
    return v.permit;
}

Test(scheme, compartments_are_demanded_and_carried_controls_are_not)
{
    static const char anne[] = "spiffe://fra.example/operator/anne", luc[] = "spiffe://fra.example/operator/luc",
                      jonas[] = "spiffe://deu.example/operator/jonas";
    cr_expect(permits(anne, "S//ATOUT-7//SF"));
    cr_expect_not(permits(luc, "S//ATOUT-7//SF"), "the compartment is not held");
    cr_expect(permits(luc, "S//ATOUT//SF"));
    cr_expect_not(permits(anne, "S//ATOUT-8//SF"), "nobody holds it");
    cr_expect(permits(luc, "S//CRYPTO"), "it is carried");
    cr_expect(permits(jonas, "DR"), "by default, everybody being cleared for it");
    cr_expect_not(permits(jonas, "DR//CRYPTO"), "a dissemination marking is no default");
    cr_expect(permits(jonas, "S//COM FRA/DEU//CRYPTO"));
}

Test(scheme, a_label_must_be_one_of_the_scheme)
{
    static const struct {
        const char *caveats, *controls;
        bool valid;
    } cases[] = {
        {"\"ATOUT\"", "\"CRYPTO\"", true},
        {"\"ATOUT\",\"ATOUT-7\"", "\"CRYPTO\"", true},
        {"\"ATOUT-7\"", "\"CRYPTO\"", false},
        {"\"ATOUT\",\"ATOUT-7 ABC\"", "\"CRYPTO\"", false},
        {"\"ATOUT\"", "\"ATOUT\"", false},
        {"\"ATOUT\"", "\"XX\"", false},
        {"\"CRYPTO\"", "\"CRYPTO\"", false},
        {"\"ATOUT\",\"ATOUT-1234\"", "\"CRYPTO\"", false},
        {"\"ATOUT\",\"ATOUT-8\"", "\"CRYPTO\"", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf json = {0};
        const struct label *l;
        struct verdict v;
        buf_printf(&json,
                   "{\"policy\":\"FRA\",\"level\":\"S\",\"owners\":[\"FRA\"],\"joint\":false,\"release\":{\"mode\":"
                   "\"rel\",\"rel\":[],\"display\":[],\"except\":[],\"relido\":false},\"orcon\":false,\"caveats\":[%s],"
                   "\"controls\":[%s],\"fgi\":[],\"releaseViews\":[]}",
                   cases[i].caveats, cases[i].controls);
        cr_assert_eq(label_read(fourth, buf_view(&json), arena, &l, NULL), 0);
        struct subject s = {.label = l, .type = STR("elset"), .data_mode = STR("REAL"), .expires = INSTANT_MAX};
        decide(fourth, principal_reader(registry_principal(fourth, STR("spiffe://fra.example/operator/anne"))), &s,
               at("2026-03-01"), &v);
        cr_expect_eq(v.gates[GATE_LABEL], cases[i].valid, "%s %s", cases[i].caveats, cases[i].controls);
    }
}

/* HCS and RSV do not stand alone: nothing is above their compartments. */
Test(scheme, what_does_not_stand_alone_is_no_part_of_a_label)
{
    static const char *const texts[] = {"TS//HCS-P ABC//OC/NF", "TS//RSV-ABC", "S//SAR-BP-J12"};
    struct subject s = {.type = STR("elset"), .data_mode = STR("REAL"), .expires = INSTANT_MAX};
    struct verdict v;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        s.label = label_of(demo, "USA", texts[i]);
        decide(demo, principal_reader(registry_principal(demo, STR("spiffe://usa.example/operator/op1"))), &s,
               at("2026-03-01"), &v);
        cr_expect(v.gates[GATE_LABEL], "%s", texts[i]);
    }
}

Test(scheme, what_a_marking_means)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"TS//SI-G ABCD//OC/NF", "\"caveats\":[\"SI\",\"SI-G\",\"SI-G ABCD\"]"},
        {"S//SAR-BP-J12 J54/CD", "\"caveats\":[\"SAR-BP\",\"SAR-BP-J12\",\"SAR-BP-J12 J54\",\"SAR-CD\"]"},
        {"S//RD-SIGMA 2 14", "\"caveats\":[\"RD\",\"RD-SG 2\",\"RD-SG 14\"]"},
        {"TS//RSV-123", "\"caveats\":[\"RSV-123\"]"},
        {"U//FOUO", "\"mode\":\"rel\""},
        {"U//FOUO", "\"controls\":[\"FOUO\"]"},
        {"U//SBU-NF", "\"mode\":\"noforn\""},
        {"S//OC-USGOV", "\"orcon\":true"},
        {"S//USA/GBR EYES ONLY", "\"rel\":[\"USA\",\"GBR\"]"},
        {"(//FGI S)", "\"fgi\":[\"FGI\"]"},
        {"CUI//SP-CTI", "\"mode\":\"none\""},
        {"CUI//SP-CTI", "\"policy\":\"CUI\""},
        {"//CAN GBR S", "\"owners\":[\"CAN\",\"GBR\"]"},
        {"//CTS-B", "\"caveats\":[\"BOHEMIA\"]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *json = json_of(label_of(demo, "USA", cases[i].text));
        cr_expect(strstr(json, cases[i].part), "%s: %s", cases[i].text, json);
    }
}

/* --- the tables themselves --- */

static char *with(const char *path, const char *old, const char *new)
{
    struct str text = file_text(path);
    const char *found = strstr(text.p, old);
    cr_assert_not_null(found, "%s", old);
    char *result = arena_printf(arena, "%.*s%s%s", (int)(found - text.p), text.p, new, found + strlen(old));
    free((void *)(uintptr_t)text.p);
    return result;
}

Test(scheme, wrong_tables_name_the_place)
{
    static const struct {
        const char *old, *new, *where, *says;
    } cases[] = {
        {"\"open\": \"DR\"", "\"open\": \"XX\"", "$.profiles[0].open", "XX"},
        {"\"separator\": \"//\"", "\"separator\": \";\"", "$.profiles[0].separator", "//"},
        {"\"separator\": \"//\"", "\"caveats\": []", "", ""},
        {"\"separator\": \"//\"", "\"caveats\": [\"AA\"]", "$.profiles[0].caveats", "blocks"},
        {"\"aliases\": [\"TRES-SECRET\"]", "\"aliases\": [\"SECRET\"]", "$.profiles[0].levels[3]", "another level"},
        {"\"aliases\": [\"TRES-SECRET\"]", "\"aliases\": [\"A/B\"]", "$.profiles[0].levels[3].aliases[0]", "letters"},
        {"\"demanded\"", "\"noforn\"", "$.profiles[0].blocks[0].effect", "demanded"},
        {"\"portion\": \"CRYPTO\"", "\"portion\": \"SPECIAL FRANCE\"", "$.profiles[0].blocks[1].controls[2]",
         "another"},
        {"\"portion\": \"CRYPTO\"", "\"portion\": \"CRYPTO\", \"is\": \"rel\"", "$.profiles[0].blocks[1].controls[2]",
         "already"},
        {"\"portion\": \"CRYPTO\"", "\"portion\": \"CRYPTO\", \"is\": \"open\"",
         "$.profiles[0].blocks[1].controls[2].is", "can be"},
        {"\"portion\": \"CRYPTO\"", "\"portion\": \"CRYPTO\", \"says\": [\"rel\"]",
         "$.profiles[0].blocks[1].controls[2].says[0]", "orcon"},
        {"\"separators\": [\"/\", \", \"]", "\"separators\": [\";\"]", "$.profiles[0].blocks[1].controls[1].separators",
         "space"},
        {"\"most\": 3, \"of\": \"digits\"", "\"most\": 0, \"of\": \"digits\"",
         "$.profiles[0].blocks[0].controls[0].open.most", "1"},
        {"\"of\": \"digits\"", "\"of\": \"hex\"", "$.profiles[0].blocks[0].controls[0].open.of", "letters"},
        {"\"portion\": \"CRYPTO\"", "\"portion\": \"CRYPTO\", \"many\": \"SEVERAL\"",
         "$.profiles[0].blocks[1].controls[2].many", "program"},
        {"\"when\": [\"SF\"]", "\"when\": [\"XX\"]", "$.profiles[0].rules[0].when[0]", "XX"},
        {"\"when\": [\"SF\"]", "\"supersedes\": [\"XX\"], \"when\": [\"SF\"]", "$.profiles[0].rules[0].supersedes[0]",
         "XX"},
        {"\"portion\": \"CRYPTO\"", "\"portion\": \"CRYPTO\", \"plain\": \"CRYPTO\"",
         "$.profiles[0].blocks[1].controls[2]", "before"},
        {"\"when\": [\"SF\"]", "\"when\": []", "$.profiles[0].rules[0].when", "at least one"},
        {"\"rule\": \"IGI-1300-SF\"", "\"rule\": \"IGI-1300-SF-TOO-LONG\"", "$.profiles[0].rules[0].rule", "15"},
        {"\"levels\": [\"DR\", \"S\", \"TS\"], \"why\"", "\"levels\": [\"U\"], \"why\"",
         "$.profiles[0].rules[1].levels[0]", "U"},
        {"\"control\": \"CRYPTO\"", "\"control\": \"COM\"", "$.profiles[0].shorthands[0].control", "COM"},
        {"\"text\": \"DR-SF\"", "\"text\": \"DR\"", "$.profiles[0].shorthands[0].text", "level"},
        {"\"caveats\": [\"ATOUT\", \"ATOUT-7\"]", "\"caveats\": [\"ATOUT\", \"ATOUT-7777\"]",
         "$.principals[0].caveats[1]", "ATOUT-7777"},
        {"\"caveats\": [\"ATOUT\", \"ATOUT-7\"]", "\"caveats\": [\"CRYPTO\"]", "$.principals[0].caveats[0]", "CRYPTO"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct registry *reg = NULL;
        struct fault fault = {0};
        int error = registry_parse(str_of(with(FOURTH, cases[i].old, cases[i].new)), 1, 0, NULL, NULL, &reg, &fault);
        if (!*cases[i].says) {
            registry_unref(reg);
            continue;
        }
        cr_expect_eq(error, ERR_BAD_POLICY, "%s", cases[i].new);
        cr_expect_str_eq(fault.where, cases[i].where, "%s: %s: %s", cases[i].new, fault.where, fault.detail);
        cr_expect(strstr(fault.detail, cases[i].says), "%s: %s", cases[i].new, fault.detail);
        if (!error)
            registry_unref(reg);
    }
}

Test(scheme, tables_come_back_as_entries)
{
    const struct register_entry *one, *two;
    BUF_CLEANUP struct buf file = {0};
    size_t n = registry_entries(demo, &one);
    registry_join(one, n, &file);
    struct registry *again = registry_of(buf_view(&file), at("2026-02-01"));
    cr_assert_eq(registry_entries(again, &two), n);
    for (size_t i = 0; i < n; i++)
        cr_expect(str_eq(one[i].json, two[i].json), "%.*s\n%.*s", STR_ARG(one[i].json), STR_ARG(two[i].json));
    registry_unref(again);
}

Test(scheme, clearing_everybody_for_a_higher_level_is_refused)
{
    static const struct {
        const char *open;
        int error;
    } cases[] = {{"\"open\": \"NP\"", 0}, {"\"open\": \"DR\"", 0}, {"\"open\": \"S\"", ERR_BAD_POLICY}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct registry *next = registry_of(str_of(with(FOURTH, "\"open\": \"DR\"", cases[i].open)), at("2026-02-01"));
        cr_expect_eq(registry_check_change(fourth, next, NULL), cases[i].error, "%s", cases[i].open);
        registry_unref(next);
    }
}
