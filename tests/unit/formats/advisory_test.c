#include "advisory_records.h"
#include "leaks.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

TestSuite(advisory, .fini = no_leaks);

#define NANU(type, reference, start, stop)                                                                             \
    "NOTICE ADVISORY TO NAVSTAR USERS (NANU) 2031007\r\n"                                                              \
    "SUBJ: SVN90 (PRN31) SOMETHING\r\n"                                                                                \
    "1.     NANU TYPE: " type "\r\n"                                                                                   \
    "       NANU NUMBER: 2031007\r\n"                                                                                  \
    "       NANU DTG: 030405Z JAN 2031\r\n"                                                                            \
    "       REFERENCE NANU: " reference "\r\n"                                                                         \
    "       REF NANU DTG: N/A\r\n"                                                                                     \
    "       SVN: 90\r\n"                                                                                               \
    "       PRN: 31\r\n" start stop "\r\n"                                                                             \
    "2.  CONDITION: SVN: 91 IS NOT MEANT.\r\n"                                                                         \
    "3.  POC: NOBODY\r\n"
#define START "       START JDAY: 004\r\n       START TIME ZULU: 0500\r\n       START CALENDAR DATE: 04 JAN 2031\r\n"
#define STOP "       STOP JDAY: 005\r\n       STOP TIME ZULU: 2359\r\n       STOP CALENDAR DATE: 05 JAN 2031\r\n"
#define OPEN "       STOP JDAY: UFN\r\n       STOP TIME ZULU: N/A\r\n       STOP CALENDAR DATE: N/A\r\n"

#define NAGU                                                                                                           \
    "NOTICE ADVISORY TO GALILEO USERS (NAGU) 2031012\n"                                                                \
    "DATE GENERATED (UTC): 2031-02-03 04:05\n\n"                                                                       \
    "NAGU TYPE: EXTNS\nNAGU NUMBER: 2031012\nNAGU SUBJECT: OUTAGE EXTENDED\n"                                          \
    "NAGU REFERENCED TO: 2031009 AND 2031011\nSTART DATE EVENT (UTC): 2031-02-01 00:00\n"                              \
    "END DATE EVENT (UTC): 2031-02-04\nSATELLITE AFFECTED: GSAT0299\nSPACE VEHICLE ID: E36\n"                          \
    "SIGNAL(S) AFFECTED: E1, E5a\n\nEVENT DESCRIPTION: GSAT0299 IS\nUNAVAILABLE: YES\n"

static int read_text(const char *text, struct arena *arena, struct advisory *ret, struct fault *fault)
{
    struct advisory_reader reader = advisory_reader(str_of(text), arena);
    return advisory_next(&reader, ret, fault);
}

static const char *value(const struct advisory *a, enum advisory_value v, struct arena *arena)
{
    return arena_printf(arena, "%.*s", STR_ARG(a->values[v]));
}

Test(advisory, entries_of_a_forecast)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct advisory a;
    struct fault fault = {0};
    const char *text = NANU("FCSTDV", "N/A", START, STOP);
    cr_assert_eq(read_text(text, arena, &a, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_str_eq(a.series->constellation, "GPS");
    cr_assert_eq(a.kind->effect, ADVISORY_OUTAGE);
    cr_assert_str_eq(value(&a, ADVISORY_NUMBER, arena), "2031007");
    cr_assert_str_eq(value(&a, ADVISORY_SUBJECT, arena), "SVN90 (PRN31) SOMETHING");
    cr_assert_str_eq(value(&a, ADVISORY_ISSUED, arena), "2031-01-03T04:05:00.000000Z");
    cr_assert_str_eq(value(&a, ADVISORY_SVN, arena), "90");
    cr_assert_str_eq(value(&a, ADVISORY_START, arena), "2031-01-04T05:00:00.000000Z");
    cr_assert_str_eq(value(&a, ADVISORY_STOP, arena), "2031-01-05T23:59:00.000000Z");
    cr_assert_null(a.values[ADVISORY_REFERENCE].p);
    cr_assert_eq(a.text.n, strlen(text) - 2, "all of it but the last end of line");
}

Test(advisory, entries_of_a_nagu)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct advisory a;
    struct fault fault = {0};
    cr_assert_eq(read_text(NAGU, arena, &a, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_str_eq(a.kind->status, "EXTENDED");
    cr_assert_str_eq(value(&a, ADVISORY_REFERENCE, arena), "2031009, 2031011");
    cr_assert_str_eq(value(&a, ADVISORY_PRN, arena), "36");
    cr_assert_str_eq(value(&a, ADVISORY_SIGNALS, arena), "E1, E5a");
    cr_assert_str_eq(value(&a, ADVISORY_START, arena), "2031-02-01T00:00:00.000000Z");
    cr_assert_str_eq(value(&a, ADVISORY_STOP, arena), "2031-02-04T00:00:00.000000Z");
}

Test(advisory, a_collection_is_read_one_by_one)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct advisory_reader reader = advisory_reader(
        STR("\n2031007------------\n" NANU("UNUSUFN", "N/A", START, OPEN) "\n2031012----------\n" NAGU "\n"), arena);
    struct advisory a;
    struct fault fault;
    cr_assert_eq(advisory_next(&reader, &a, &fault), 0);
    cr_assert_eq(a.line, 3);
    cr_assert_null(a.values[ADVISORY_STOP].p);
    cr_assert_eq(a.text.p[a.text.n - 1], 'Y', "ends before the rule");
    cr_assert_eq(advisory_next(&reader, &a, &fault), 0);
    cr_assert(str_is(a.values[ADVISORY_NUMBER], "2031012"));
    cr_assert_eq(advisory_next(&reader, &a, &fault), ADVISORY_END);
}

Test(advisory, messages_to_all_name_their_type_in_the_first_line)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("t"), STR(""), STR("")};
    struct advisory a;
    struct fault fault = {0};
    cr_assert_eq(read_text("NOTICE ADVISORY TO NAVSTAR USERS (NANU) 2031002 NANU TYPE: GENERAL\n*** ALL ***\nSVN: X\n",
                           arena, &a, &fault),
                 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(a.kind->effect, ADVISORY_TELLS);
    advisory_record(&a, &header, &b);
    buf_char(&b, 0);
    cr_assert(strstr(b.p, ",\"start\":\"2031-01-01T00:00:00.000000Z\""), "%s", b.p);
    cr_assert(strstr(b.p, ",\"status\":\"INFORMATION\""), "%s", b.p);
}

Test(advisory, types_and_services)
{
    static const struct {
        const char *series, *type, *status;
    } cases[] = {
        {"NANU", "FCSTSUMM", "RESOLVED"},
        {"NANU", "FCSTCANC", "CANCELLED"},
        {"NANU", "L6_UNUNOREF", NULL},
        {"NAQU", "L6_UNUNOREF", "RESOLVED"},
        {"NAQU", "UNUSUFN", "ACTIVE"},
        {"NAGU", "PLN_OUTAGE", "FORECAST"},
        {"NAGU", "GENERAL (HAS CANCEL)", "INFORMATION"},
        {"NAGU", "OUTAGE", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct advisory_kind *k = advisory_kind_find(str_of(cases[i].series), str_of(cases[i].type));
        cr_assert_eq(!k, !cases[i].status, "%s %s", cases[i].series, cases[i].type);
        cr_assert(!k || !strcmp(k->status, cases[i].status), "%s %s", cases[i].series, cases[i].type);
    }
}

Test(advisory, a_record_has_what_the_entries_say)
{
    static const char *const members[] = {
        ",\"constellation\":\"GALILEO\"",
        ",\"issuer\":\"GSC\"",
        ",\"messageType\":\"EXTNS\"",
        ",\"prn\":36",
        ",\"referenceNumber\":\"2031009, 2031011\"",
        ",\"svn\":299",
        ",\"satellite\":\"GSAT0299\"",
        ",\"text\":\"NOTICE",
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("t"), STR(""), STR("")};
    struct advisory a;
    struct fault fault = {0};
    cr_assert_eq(read_text(NAGU, arena, &a, &fault), 0, "%s: %s", fault.where, fault.detail);
    advisory_record(&a, &header, &b);
    buf_char(&b, 0);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        cr_assert(strstr(b.p, members[i]), "%s in %s", members[i], b.p);
}

Test(advisory, a_fault_says_where)
{
    static const struct {
        const char *text, *where, *detail;
    } cases[] = {
        {"HELLO\n", "line 1, ", "NOTICE ADVISORY TO"},
        {"NOTICE ADVISORY TO MARTIAN USERS (NAMU) 2031007\n", "line 1, ", "NAVSTAR USERS"},
        {"NOTICE ADVISORY TO NAVSTAR USERS (NANU) 31007\n", "line 1, ", "year"},
        {"NOTICE ADVISORY TO NAVSTAR USERS (NANU) 2031007\nHELLO\n", "line 1, ", "type"},
        {NANU("FCSTDV", "N/A", START, OPEN), "line 15, ", "the stop: expected"},
        {NANU("FCSTCANC", "N/A", START, STOP), "line 6, ", "the reference: expected"},
        {NANU("FCSTDV", "TWO", START, STOP), "line 6, ", "2022014"},
        {NANU("FCSTDV", "N/A", START, START), "line 13, ", "once"},
        {NANU("FCSTDV", "N/A", "", STOP), "line 1, ", "the start: expected"},
        {NANU("UNUSUFN", "N/A", "START JDAY: 003\nSTART CALENDAR DATE: 04 JAN 2031\n", ""), "line 10, ", "004"},
        {NANU("UNUSUFN", "N/A", "START JDAY: 003\n", ""), "line 10, ", "CALENDAR DATE"},
        {NANU("UNUSUFN", "N/A", "START CALENDAR DATE: 31 FEB 2031\n", ""), "line 10, ", "26 JAN"},
        {NANU("UNUSUFN", "N/A", "START TIME ZULU: 2460\n", ""), "line 10, ", "2140"},
        {NANU("UNUSUFN", "N/A", START, "STOP CALENDAR DATE: 02 JAN 2031\n"), "line 13, ", "not before"},
        {NANU("UNUSUFN", "N/A", START, "NANU NUMBER: 2031007\n"), "line 13, ", "once"},
        {NANU("UNUSUFN", "N/A", START, "\xff\n"), "line 13, ", "UTF-8"},
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct advisory a;
        struct fault fault = {0};
        cr_expect_eq(read_text(cases[i].text, arena, &a, &fault), ERR_INVALID_RECORD, "case %zu", i);
        cr_expect(!strncmp(fault.where, cases[i].where, strlen(cases[i].where)), "case %zu: %s", i, fault.where);
        cr_expect(strstr(fault.detail, cases[i].detail), "case %zu: %s", i, fault.detail);
    }
}

Test(advisory, its_length_is_bounded)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct advisory a;
    struct fault fault = {0};
    buf_z(&b, NANU("UNUSUFN", "N/A", START, OPEN));
    while (b.n < ADVISORY_TEXT_MAX)
        buf_char(&b, 'X');
    struct advisory_reader fits = advisory_reader(buf_view(&b), arena);
    cr_assert_eq(advisory_next(&fits, &a, &fault), 0, "%s: %s", fault.where, fault.detail);
    buf_char(&b, 'X');
    struct advisory_reader longer = advisory_reader(buf_view(&b), arena);
    cr_assert_eq(advisory_next(&longer, &a, &fault), ERR_INVALID_RECORD);
}

/* What agencies have sent, where it is there. */
Test(advisory, samples)
{
    const char *shared = getenv("RELTO_SHARED");
    char folder[512], path[1024], text[8192];
    snprintf(folder, sizeof folder, "%s/nanu", shared ? shared : SHARED);
    DIR *dir = opendir(folder);
    if (!dir)
        cr_skip_test("no files to read: %s is not there", folder);
    for (struct dirent *e; (e = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "r");
        if (!f)
            continue;
        size_t n = fread(text, 1, sizeof text, f);
        fclose(f);
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct advisory_reader reader = advisory_reader((struct str){text, n}, arena);
        struct advisory a;
        struct fault fault = {0};
        cr_expect_eq(advisory_next(&reader, &a, &fault), 0, "%s: %s: %s", path, fault.where, fault.detail);
        cr_expect(a.kind, "%s", path);
        cr_expect_eq(advisory_next(&reader, &a, &fault), ADVISORY_END, "%s", path);
    }
    closedir(dir);
}
