#include "almanac.h"
#include "leaks.h"
#include "samples.h"

TestSuite(almanac, .fini = no_leaks);

/* A record of YUMA whose week, PRN and one line can be others. */
#define YUMA(week, prn, eccentricity)                                                                                  \
    "******** Week " week " almanac for PRN-" prn " ********\n"                                                        \
    "ID:                         07\n"                                                                                 \
    "Health:                     000\n" eccentricity "Time of Applicability(s):  405504.0000\n"                        \
    "Orbital Inclination(rad):   0.9501234567\n"                                                                       \
    "Rate of Right Ascen(r/s):  -0.7890123456E-008\n"                                                                  \
    "SQRT(A)  (m 1/2):           5153.712345\n"                                                                        \
    "Right Ascen at Week(rad):   0.2345678901E+001\n"                                                                  \
    "Argument of Perigee(rad):  -2.012345678\n"                                                                        \
    "Mean Anom(rad):             0.1200000000E+001\n"                                                                  \
    "Af0(s):                    -0.3210000000E-003\n"                                                                  \
    "Af1(s/s):                   0.0000000000E+000\n"                                                                  \
    "week:                        344\n\n"
#define ECCENTRICITY "Eccentricity:               0.1234567890E-001\n"
static const char yuma[] = YUMA("344", "07", ECCENTRICITY);

static const char sem[] = "2  TWO.ALM\n"
                          " 344 405504\n\n"
                          "7\n48\n0\n"
                          " 1.234567890E-02  3.456789012E-03 -2.511478901E-09\n"
                          " 5.153712345E+03  7.466528901E-01 -6.405495678E-01\n"
                          " 3.819718634E-01 -3.210000000E-04  0.000000000E+00\n"
                          "0\n11\n\n"
                          "30\n64\n1\n"
                          " 2.000000000E-03 -1.000000000E-03 -2.500000000E-09\n"
                          " 5.153500000E+03 -1.000000000E-01  1.000000000E-01\n"
                          " 5.000000000E-01  1.000000000E-05 -3.637978807E-12\n"
                          "63\n9\n\n";

#define LIST_MAX 64

static size_t read_all(enum almanac_form form, struct str text, struct almanac *list, struct str *ret_title)
{
    struct almanac_reader r;
    struct fault fault = {0};
    size_t n = 0;
    int error = almanac_open(form, text, &r, &fault);
    cr_assert_eq(error, 0, "%s: %s", fault.where, fault.detail);
    while (!(error = almanac_next(&r, &list[n], &fault)) && n < LIST_MAX - 1)
        n++;
    cr_assert_eq(error, ALMANAC_END, "%s: %s", fault.where, fault.detail);
    *ret_title = r.title;
    return n;
}

/* As receivers wrote them before there was a standard. */
Test(almanac, labels_of_old_are_read)
{
    static const char *const olds[][2] = {{"Ascen(r/s): ", "Ascen(R/s): "},
                                          {"SQRT(A)  (m 1/2): ", "SQRT(A)  (m^1/2): "},
                                          {"SQRT(A)  (m 1/2): ", "SQRT(A) (m 1/2):  "},
                                          {"Right Ascen at Week(rad): ", "Right Ascen at TOA(rad):  "}};
    for (size_t i = 0; i < sizeof olds / sizeof *olds; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct almanac list[LIST_MAX];
        struct str title;
        const char *at = strstr(yuma, olds[i][0]);
        const char *text = arena_printf(arena, "%.*s%s%s", (int)(at - yuma), yuma, olds[i][1], at + strlen(olds[i][0]));
        cr_assert_eq(read_all(ALMANAC_YUMA, str_of(text), list, &title), 1);
        cr_expect(str_is(list[0].values[ALMANAC_SQRT_A], "5153.712345") &&
                  str_is(list[0].values[ALMANAC_RAAN], "0.2345678901E+001"));
    }
}

static void expect_same_text(enum almanac_form form, const char *text)
{
    BUF_CLEANUP struct buf out = {0};
    struct almanac list[LIST_MAX];
    struct str title;
    struct fault fault = {0};
    size_t n = read_all(form, str_of(text), list, &title);
    cr_assert_eq(almanac_write(form, list, n, title, &out, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(buf_view(&out), text), "%.*s", STR_ARG(buf_view(&out)));
}

Test(almanac, what_is_written_is_what_was_read)
{
    expect_same_text(ALMANAC_YUMA, yuma);
    expect_same_text(ALMANAC_SEM, sem);
}

static void expect_fault(enum almanac_form form, const char *text, const char *where, const char *detail)
{
    struct almanac_reader r;
    struct almanac a;
    struct fault fault = {0};
    int error = almanac_open(form, str_of(text), &r, &fault);
    while (!error)
        error = almanac_next(&r, &a, &fault);
    cr_assert_eq(error, ERR_INVALID_RECORD, "%s", detail);
    cr_assert_str_eq(fault.where, where, "%s", fault.detail);
    cr_assert(strstr(fault.detail, detail), "%s", fault.detail);
}

Test(almanac, a_fault_names_line_value_and_what_was_expected)
{
    static const struct {
        enum almanac_form form;
        const char *text, *where, *detail;
    } cases[] = {
        {ALMANAC_YUMA, YUMA("345", "07", ECCENTRICITY), "line 1, column 1", "expected \"Week 344\""},
        {ALMANAC_YUMA, YUMA("344", "08", ECCENTRICITY), "line 1, column 1", "expected \"PRN-07\""},
        {ALMANAC_YUMA, YUMA("344", "07", ""), "line 4, column 1", "expected \"Eccentricity:\""},
        {ALMANAC_YUMA, YUMA("344", "07", "Eccentricity:   0.12.3\n"), "line 4, column 17", "eccentricity: expected a"},
        {ALMANAC_YUMA, YUMA("344", "07", "Eccentricity:\n"), "line 4, column 14", "eccentricity: expected a decimal"},
        {ALMANAC_YUMA, YUMA("344", "07", "\x01\n"), "line 4, column 1", "expected \"Eccentricity:\""},
        {ALMANAC_YUMA, YUMA("344", "07", ECCENTRICITY) YUMA("344", "07", ECCENTRICITY), "line 29, column 1",
         "expected one record of PRN 7"},
        {ALMANAC_YUMA, "******** Week 1 almanac for PRN-01\n", "line 1, column 1", "expected another line"},
        {ALMANAC_YUMA, "ID: 07\n", "line 1, column 1", "expected a title"},
        {ALMANAC_SEM, "", "line 0, column 1", "expected the number of records"},
        {ALMANAC_SEM, "100 X\n1 1\n", "line 1, column 1", "at most 99"},
        {ALMANAC_SEM, "1 ABCDEFGHIJKLMNOPQRSTUVWXY\n1 1\n", "line 1, column 1", "at most 24 characters"},
        {ALMANAC_SEM, "1 X\n1 604800\n", "line 2, column 3", "below 604800"},
        {ALMANAC_SEM, "1 X\n1 405504.5\n", "line 2, column 3", "whole seconds"},
        {ALMANAC_SEM, "1 X\n1 405504\n", "line 2, column 1", "expected 1 records, as line 1 says, not 0"},
        {ALMANAC_SEM, "1 X\n1 1\n0\n", "line 3, column 1", "PRN: expected an integer from 1 to 255"},
        {ALMANAC_SEM, "1 X\n1 1\n1\n1\n16\n", "line 5, column 1", "average URA: expected an integer from 0 to 15"},
        {ALMANAC_SEM, "1 X\n1 1\n1\n1\n1\n1 2\n", "line 6, column 4", "rate of right ascension: expected"},
        {ALMANAC_SEM, "1 X\n1 1\n1\n1\n1\n1 2 3 4\n", "line 6, column 7", "expected no more than 3 values"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_fault(cases[i].form, cases[i].text, cases[i].where, cases[i].detail);
}

Test(almanac, what_a_form_cannot_say_is_refused)
{
    BUF_CLEANUP struct buf out = {0};
    struct almanac list[LIST_MAX];
    struct str title;
    struct fault fault = {0};
    read_all(ALMANAC_YUMA, str_of(yuma), list, &title);
    cr_assert_eq(almanac_write(ALMANAC_SEM, list, 1, title, &out, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "SVN");
    read_all(ALMANAC_SEM, str_of(sem), list, &title);
    list[1].values[ALMANAC_WEEK] = STR("345");
    cr_assert_eq(almanac_write(ALMANAC_SEM, list, 2, title, &out, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "week");
}

static const struct header header = {.marking = {"U", 1}, .data_mode = {"TEST", 4}, .source = {"unit", 4}};

static void expect_record(enum almanac_form form, const char *text, const char *date, const char *expected)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct almanac list[LIST_MAX];
    struct str title;
    struct fault fault = {0};
    instant near;
    cr_assert(instant_parse(str_of(date), &near));
    read_all(form, str_of(text), list, &title);
    cr_assert_eq(almanac_record(form, list, near, &header, arena, &out, &fault), 0);
    cr_assert(str_is(buf_view(&out), expected), "%.*s", STR_ARG(buf_view(&out)));
}

Test(almanac, a_record_has_every_value_and_the_time_in_utc)
{
    expect_record(
        ALMANAC_YUMA, yuma, "2025-11-20",
        "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"constellation\":\"GPS\","
        "\"angleUnit\":\"rad\",\"toa\":\"2025-11-13T16:38:06.000000Z\",\"timeOfWeek\":405504,\"prn\":7,"
        "\"health\":0,\"eccentricity\":0.1234567890E-001,\"week\":344,\"inclination\":0.9501234567,"
        "\"raanRate\":-0.7890123456E-008,\"sqrtSemiMajorAxis\":5153.712345,\"raan\":0.2345678901E+001,"
        "\"argOfPerigee\":-2.012345678,\"meanAnomaly\":0.1200000000E+001,\"af0\":-0.3210000000E-003,"
        "\"af1\":0.0000000000E+000}");
    expect_record(
        ALMANAC_SEM, sem, "2006-03-28",
        "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"constellation\":\"GPS\","
        "\"angleUnit\":\"semicircle\",\"toa\":\"2006-03-30T16:38:10.000000Z\",\"timeOfWeek\":405504,\"prn\":7,"
        "\"svn\":48,\"averageUra\":0,\"health\":0,\"eccentricity\":1.234567890E-02,\"week\":344,"
        "\"inclinationOffset\":3.456789012E-03,\"raanRate\":-2.511478901E-09,"
        "\"sqrtSemiMajorAxis\":5.153712345E+03,\"raan\":7.466528901E-01,\"argOfPerigee\":-6.405495678E-01,"
        "\"meanAnomaly\":3.819718634E-01,\"af0\":-3.210000000E-04,\"af1\":0.000000000E+00,"
        "\"configuration\":11}");
}

static int of_text(enum almanac_form form, struct str record, struct arena *arena, struct almanac *ret,
                   struct fault *fault)
{
    const struct member *members;
    size_t n;
    cr_assert(members_of(record, arena, &members, &n));
    return almanac_of_record(form, members, n, arena, ret, fault);
}

/* From the file to records and back. */
static void expect_same_through_records(enum almanac_form form, const char *text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct almanac list[LIST_MAX];
    struct str title;
    struct fault fault = {0};
    size_t n = read_all(form, str_of(text), list, &title);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf record = {0};
        cr_assert_eq(almanac_record(form, &list[i], 0, &header, arena, &record, &fault), 0);
        struct str kept = arena_str(arena, buf_view(&record));
        cr_assert_eq(of_text(form, kept, arena, &list[i], &fault), 0, "%s: %s", fault.where, fault.detail);
    }
    cr_assert_eq(almanac_write(form, list, n, title, &out, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(buf_view(&out), text), "%.*s", STR_ARG(buf_view(&out)));
}

Test(almanac, records_become_the_file_they_were)
{
    expect_same_through_records(ALMANAC_YUMA, yuma);
    expect_same_through_records(ALMANAC_SEM, sem);
}

Test(almanac, a_record_that_a_form_cannot_say_is_refused_by_its_field)
{
    static const struct {
        enum almanac_form form;
        const char *record, *where;
    } cases[] = {
        {ALMANAC_SEM, "{\"angleUnit\":\"rad\"}", "angleUnit"},
        {ALMANAC_YUMA, "{\"angleUnit\":\"semicircle\"}", "angleUnit"},
        {ALMANAC_YUMA, "{}", "angleUnit"},
        {ALMANAC_YUMA, "{\"angleUnit\":\"rad\"}", "timeOfWeek"},
        {ALMANAC_YUMA, "{\"angleUnit\":\"rad\",\"timeOfWeek\":1}", "prn"},
        {ALMANAC_YUMA, "{\"angleUnit\":\"rad\",\"timeOfWeek\":1,\"prn\":null}", "prn"},
        {ALMANAC_YUMA, "{\"angleUnit\":\"rad\",\"timeOfWeek\":1,\"prn\":1}", "health"},
        {ALMANAC_SEM, "{\"angleUnit\":\"semicircle\",\"timeOfWeek\":1,\"prn\":1}", "svn"},
    };
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct almanac a;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fault fault = {0};
        int error = of_text(cases[i].form, str_of(cases[i].record), arena, &a, &fault);
        cr_assert_eq(error, ERR_INVALID_RECORD, "%s", cases[i].record);
        cr_assert_str_eq(fault.where, cases[i].where, "%s", cases[i].record);
    }
}

Test(almanac, samples_survive)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[16];
    size_t n = samples_of("almanac", arena, samples, 16);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf out = {0};
        struct almanac list[LIST_MAX], again[LIST_MAX];
        struct str title;
        size_t count = read_all(ALMANAC_YUMA, samples[i].text, list, &title);
        cr_assert(count > 0, "%s", samples[i].path);
        cr_assert_eq(almanac_write(ALMANAC_YUMA, list, count, title, &out, NULL), 0, "%s", samples[i].path);
        cr_assert_eq(read_all(ALMANAC_YUMA, buf_view(&out), again, &title), count);
        for (size_t k = 0; k < count; k++)
            for (size_t v = 0; v < ALMANAC_VALUES; v++)
                cr_assert(str_eq(list[k].values[v], again[k].values[v]), "%s", samples[i].path);
    }
}
