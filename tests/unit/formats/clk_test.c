#include "clk.h"
#include "leaks.h"
#include "samples.h"

TestSuite(clk, .fini = no_leaks);

#define END "                                                            END OF HEADER\n"
#define TYPES "     2    AR    AS                                          # / TYPES OF DATA\n"
#define BEFORE_TYPES                                                                                                   \
    "     3.00           C                   G                   RINEX VERSION / TYPE\n"                               \
    "maker               somebody            20210314 001500 UTC PGM / RUN BY / DATE\n"                                \
    "made for a test                                             COMMENT\n"                                            \
    "G    2 C1W C2W                                              SYS / # / OBS TYPES\n"                                \
    "   GPS                                                      TIME SYSTEM ID\n"                                     \
    "    18                                                      LEAP SECONDS\n"                                       \
    "G corrector         biases of a day                         SYS / DCBS APPLIED\n"
#define BEHIND_TYPES                                                                                                   \
    "TST  a centre for tests                                     ANALYSIS CENTER\n"                                    \
    "     1 2021 03 14 00 00  0.000000 2021 03 14 23 59 59.000000# OF CLK REF\n"                                       \
    "REFA 10002M006                          -0.123456789012E-06 ANALYSIS CLK REF\n"                                   \
    "     2    ITRF2014                                          # OF SOLN STA / TRF\n"                                \
    "REFA 10002M006            4123456789   -12345678  4765432101SOLN STA NAME / NUM\n"                                \
    "OTHR 10003M007            4223456789   -22345678  4665432101SOLN STA NAME / NUM\n"                                \
    "     2                                                      # OF SOLN SATS\n"                                     \
    "G01 G24                                                     PRN LIST\n"
#define HEADER BEFORE_TYPES TYPES BEHIND_TYPES END
#define AR "AR OTHR 2021 03 14 00 00  0.000000  6    0.123456789012E-03  0.223456789012E-10\n"
#define AR_MORE " 0.323456789012E-12 -0.423456789012E-13  0.523456789012E-16  0.623456789012E-17\n"
#define AS "AS G01  2021 03 14 00 00  0.000000  1   -0.987654321098E-03\n"
#define AS_LATER "AS G01  2021 03 14 00 00 30.000000  2   -0.987654321099E-03  0.111111111111E-10\n"
#define WHOLE HEADER AR AR_MORE AS AS_LATER

#define WIDE                                                                                                           \
    "3.04                 C                    M                      RINEX VERSION / TYPE\n"                          \
    "maker                somebody             20210314  001500 UTC   PGM / RUN BY / DATE\n"                           \
    "   BDT                                                           TIME SYSTEM ID\n"                                \
    "     1    AS                                                     # / TYPES OF DATA\n"                             \
    "                                                                 END OF HEADER\n"                                 \
    "AS C19       2021 03 14 00 00  0.000000  4   -0.123456789012E-03   0.123456789012E-10\n"                          \
    "    0.223456789012E-12  -0.323456789012E-13\n"

static int read_all(struct str text, struct arena *arena, struct buf *out, size_t *ret_data, struct fault *fault)
{
    struct clk_reader r;
    struct clk_data d;
    *ret_data = 0;
    int error = clk_open(text, arena, &r, fault);
    if (!error)
        clk_write_header(&r.header, out);
    while (!error && !(error = clk_next(&r, &d, fault))) {
        ++*ret_data;
        error = clk_write_data(&r.header, &d, out, fault);
    }
    return error;
}

static void expect_same_text(const char *text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct fault fault = {0};
    size_t data;
    cr_assert_eq(read_all(str_of(text), arena, &out, &data, &fault), CLK_END, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(buf_view(&out), text), "%.*s", STR_ARG(buf_view(&out)));
}

Test(clk, what_is_written_is_what_was_read)
{
    expect_same_text(WHOLE);
    expect_same_text(WIDE);
}

Test(clk, a_centre_may_take_the_blanks_behind_its_letters)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    char *text = arena_strz(arena, STR(WHOLE));
    memcpy(strstr(text, "TST  a "), "TESTS a", 7);
    expect_same_text(text);
}

static void expect_read(const char *from, const char *to, size_t values)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct fault fault = {0};
    struct clk_reader r;
    struct clk_data d;
    const char *at = strstr(WHOLE, from);
    struct str text = str_of(arena_printf(arena, "%.*s%s%s", (int)(at - WHOLE), WHOLE, to, at + strlen(from)));
    cr_assert_eq(clk_open(text, arena, &r, &fault), 0, "%s: %s", fault.where, fault.detail);
    while (clk_next(&r, &d, &fault) == 0)
        if (str_is(d.name, "G01") && values)
            break;
    cr_assert(!values || d.n == values, "%zu", d.n);
}

Test(clk, what_agencies_write_otherwise_is_read)
{
    expect_read("TST  a centre for tests", "                       ", 0);
    expect_read("G01  2021 03 14 00 00  0.000000  1   -0.987654321098E-03\n",
                "G01  2021 03 14 00 00  0.000000  1   -0.987654321098E-03  0.111111111111E-10\n", 2);
    expect_read("REFA 10002M006                          -0.123456789012E-06 ANALYSIS CLK REF\n", "", 0);
}

#define WIDE_END "                                                                 END OF HEADER\n"
#define WIDE_LABEL "                                                   STATION NAME / NUM\n"

Test(clk, the_station_of_a_wide_file_may_stand_in_the_columns_of_others)
{
    static const char *const lines[] = {"TEST 10002M006" WIDE_LABEL,
                                        "TEST      10002M006"
                                        "                                              STATION NAME / NUM\n"};
    for (size_t i = 0; i < 2; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct fault fault = {0};
        struct clk_reader r;
        const char *at = strstr(WIDE, WIDE_END);
        const char *text = arena_printf(arena, "%.*s%s%s", (int)(at - WIDE), WIDE, lines[i], at);
        cr_assert_eq(clk_open(str_of(text), arena, &r, &fault), 0, "%s: %s", fault.where, fault.detail);
        const struct str *values = r.header.lines[r.header.n - 2].values;
        cr_expect(str_is(values[0], "TEST") && str_is(values[1], "10002M006"), "%zu", i);
    }
}

Test(clk, lists_that_are_not_there_at_all_are_known)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct clk_reader r;
    char *text = arena_strz(arena, STR(WHOLE)), *first = strstr(text, "REFA 10002M006            41");
    memmove(first, strstr(text, "     2                                                      # OF SOLN SATS"),
            strlen(strstr(text, "     2                                                      # OF SOLN SATS")) + 1);
    cr_assert_eq(clk_open(str_of(text), arena, &r, NULL), 0);
    for (size_t i = 0; i < r.header.n; i++)
        cr_assert_eq(clk_lists_nothing(&r.header, i), r.header.lines[i].label == CLK_SOLUTION_STATIONS, "%zu", i);
}

Test(clk, values_are_where_they_stand)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct clk_reader r;
    struct clk_data d;
    cr_assert_eq(clk_open(STR(WHOLE), arena, &r, NULL), 0);
    cr_assert(!r.header.wide && r.header.system == 'G' && r.header.scale == SCALE_GPS);
    cr_assert_eq(clk_next(&r, &d, NULL), 0);
    cr_assert(str_is(d.type, "AR") && str_is(d.name, "OTHR") && d.n == 6);
    cr_assert(str_is(d.values[0], "0.123456789012E-03") && str_is(d.values[5], "0.623456789012E-17"));
    cr_assert_eq(clk_next(&r, &d, NULL), 0);
    cr_assert(str_is(d.name, "G01") && d.n == 1 && str_is(d.values[0], "-0.987654321098E-03") && !d.values[1].n);
    cr_assert_eq(clk_open(STR(WIDE), arena, &r, NULL), 0);
    cr_assert(r.header.wide && r.header.system == 'M' && r.header.scale == SCALE_BDT);
}

struct broken {
    const char *text, *from, *to, *where, *detail;
};

static void expect_fault(const struct broken *c)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct fault fault = {0};
    size_t data;
    const char *at = strstr(c->text, c->from);
    cr_assert(at, "%s", c->from);
    const char *text = arena_printf(arena, "%.*s%s%s", (int)(at - c->text), c->text, c->to, at + strlen(c->from));
    int error = read_all(str_of(text), arena, &out, &data, &fault);
    cr_assert_eq(error, ERR_INVALID_RECORD, "%s to %s", c->from, c->to);
    cr_assert_str_eq(fault.where, c->where, "%s to %s: %s", c->from, c->to, fault.detail);
    cr_assert(strstr(fault.detail, c->detail), "%s to %s: %s", c->from, c->to, fault.detail);
}

Test(clk, what_is_broken_is_refused_where_it_breaks)
{
    static const struct broken cases[] = {
        {WHOLE, "     3.00 ", "     4.00 ", "line 1, column 1", "version: expected 2.00 to 3.02"},
        {WHOLE, "     3.00 ", "     3.04 ", "line 1, column 1", "version: expected 2.00 to 3.02"},
        {WIDE, "3.04", "3.02", "line 1, column 1", "or 3.04 with labels from column 66 on"},
        {WHOLE, "3.00           C", "3.00           N", "line 1, column 21", "file type: expected C"},
        {WHOLE, BEFORE_TYPES, "", "line 1, column 1", "expected RINEX VERSION / TYPE in the first line"},
        {WHOLE, "COMMENT", "REMARK", "line 3, column 61", "expected a label from column 61 on"},
        {WHOLE, "   GPS  ", "   XYZ  ", "line 17, column 1", "TIME SYSTEM ID: expected GPS"},
        {WIDE, "   BDT                                                           TIME SYSTEM ID\n", "",
         "line 4, column 1", "TIME SYSTEM ID: expected GPS"},
        {WHOLE, "    18 ", "    1x ", "line 6, column 1", "leap seconds: expected an integer"},
        {WHOLE, TYPES, "", "line 16, column 1", "expected # / TYPES OF DATA in the header"},
        {WHOLE, TYPES, TYPES TYPES, "line 9, column 1", "expected # / TYPES OF DATA once"},
        {WHOLE, "     2    AR    AS", "     3    AR    AS", "line 17, column 1", "# / TYPES OF DATA: expected 3"},
        {WHOLE, "     2    ITRF", "     1    ITRF", "line 17, column 1", "# OF SOLN STA / TRF: expected 1 of them"},
        {WHOLE, "G01 G24", "G01 G2 4", "line 17, column 1", "# OF SOLN SATS: expected 2 of them, not 3"},
        {WHOLE, "     1 2021 03", "     2 2021 03", "line 17, column 1", "# OF CLK REF: expected 2 of them, not 1"},
        {WHOLE, "2021 03 14 23 59 59", "2021 13 14 23 59 59", "line 10, column 35", "stop: expected year, month"},
        {WHOLE, END, "", "line 17, column 61", "expected a label"},
        {HEADER, END, "", "line 16, column 1", "expected another line"},
        {WHOLE, AS, "CR" AS, "line 20, column 3", "expected a blank"},
        {WHOLE, AS, "CR G01  2021 03 14 00 00  0.000000  1   -0.987654321098E-03\n", "line 20, column 1",
         "type of data: expected one of # / TYPES OF DATA, AR    AS"},
        {WHOLE, AS AS_LATER, AS_LATER AS, "line 21, column 9", "epoch: expected none before"},
        {WHOLE, "0.000000  1   -0", "0.000000  2   -0", "line 20, column 1", "expected 2 values"},
        {WHOLE, "0.000000  1   -0", "0.000000  7   -0", "line 20, column 35", "number of values: expected 1 to 6"},
        {WHOLE, "0.000000  1   -0", "0.000000 -1   -0", "line 20, column 35", "number of values: expected 1 to 6"},
        {WHOLE, "0.000000  6 ", "0.000000  2 ", "line 19, column 3", "expected a blank"},
        {WHOLE, " 0.523456789012E-16", "                   ", "line 19, column 1", "expected 6 values"},
        {WHOLE, "-0.987654321098E-03", "-0.98765432109xE-03", "line 20, column 41", "value 1: expected a decimal"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_fault(&cases[i]);
}

Test(clk, a_value_that_does_not_fit_is_not_written)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct clk_reader r;
    struct clk_data d;
    struct fault fault = {0};
    cr_assert_eq(clk_open(STR(WHOLE), arena, &r, NULL), 0);
    cr_assert_eq(clk_next(&r, &d, NULL), 0);
    d.name = STR("OTHR00XYZ");
    cr_assert_eq(clk_write_data(&r.header, &d, &out, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "clock");
    cr_assert_eq(out.n, 0);
}

struct sunk {
    struct buf text;
    size_t n, wanted;
};

static bool keep(void *context, size_t line, struct str record)
{
    struct sunk *s = context;
    cr_assert_gt(line, 1);
    buf_str(&s->text, record);
    buf_char(&s->text, '\n');
    return ++s->n < s->wanted;
}

static int sink_records(struct str text, struct sunk *sunk, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct header header = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")};
    return clk_records(text, &header, arena, &(struct record_sink){keep, NULL, sunk}, fault);
}

#define SAID                                                                                                           \
    "\"version\":\"3.00\",\"system\":\"G\",\"program\":\"maker\",\"runBy\":\"somebody\","                              \
    "\"runDate\":\"20210314 001500 UTC\",\"leapSeconds\":18,\"analysisCenter\":\"TST\","                               \
    "\"analysisCenterName\":\"a centre for tests\",\"frame\":\"ITRF2014\","
#define LISTED                                                                                                         \
    "\"codeBiases\":[{ \"system\":\"G\",\"program\":\"corrector\",\"source\":\"biases of a day\"}],"                   \
    "\"references\":[{ \"name\":\"REFA\",\"number\":\"10002M006\",\"offset\":-0.123456789012E-06,"                     \
    "\"from\":\"2021-03-14T00:00:00.000000\",\"until\":\"2021-03-14T23:59:59.000000\"}],"                              \
    "\"comments\":[\"made for a test\"],\"observationTypes\":[\"G    2 C1W C2W\"],\"points\":["
#define START "\"timeSystem\":\"GPS\",\"start\":\"2021-03-13T23:59:42.000000Z\",\"stop\":\"2021-03-1"

Test(clk, a_record_has_one_clock_and_what_is_said_of_all)
{
    struct sunk sunk = {.wanted = 9};
    struct fault fault = {0};
    cr_assert_eq(sink_records(STR(WHOLE), &sunk, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_expect(str_is(buf_view(&sunk.text),
                     "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"clock\":\"OTHR\","
                     "\"dataType\":\"AR\"," START "3T23:59:42.000000Z\"," SAID
                     "\"receiverNumber\":\"10003M007\",\"receiverX\":4223456789,\"receiverY\":-22345678,"
                     "\"receiverZ\":4665432101," LISTED
                     "{\"epoch\":\"2021-03-14T00:00:00.000000\",\"bias\":0.123456789012E-03,"
                     "\"biasDeviation\":0.223456789012E-10,\"rate\":0.323456789012E-12,"
                     "\"rateDeviation\":-0.423456789012E-13,\"acceleration\":0.523456789012E-16,"
                     "\"accelerationDeviation\":0.623456789012E-17}]}\n"
                     "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"clock\":\"G01\","
                     "\"dataType\":\"AS\",\"constellation\":\"GPS\"," START "4T00:00:12.000000Z\"," SAID LISTED
                     "{\"epoch\":\"2021-03-14T00:00:00.000000\",\"bias\":-0.987654321098E-03},"
                     "{\"epoch\":\"2021-03-14T00:00:30.000000\",\"bias\":-0.987654321099E-03,"
                     "\"biasDeviation\":0.111111111111E-10}]}\n"),
              "%.*s", STR_ARG(buf_view(&sunk.text)));
    buf_free(&sunk.text);
}

Test(clk, a_clock_stands_once_at_an_epoch)
{
    struct sunk sunk = {.wanted = 9};
    struct fault fault = {0};
    cr_assert_eq(sink_records(STR(HEADER AS AS), &sunk, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "line 19, column 1");
    cr_assert(strstr(fault.detail, "expected AS G01 once at an epoch"), "%s", fault.detail);
    buf_free(&sunk.text);
}

static size_t count_records(int points, size_t wanted)
{
    BUF_CLEANUP struct buf text = {0};
    struct sunk sunk = {.wanted = wanted};
    buf_z(&text, HEADER);
    for (int i = 0; i < points; i++)
        buf_printf(&text, "AS G01  2021 03 14 %02d %02d %9d  1   -0.987654321098E-03\n", i / 3600, i / 60 % 60, i % 60);
    cr_assert_eq(sink_records(buf_view(&text), &sunk, NULL), 0);
    buf_free(&sunk.text);
    return sunk.n;
}

Test(clk, a_long_series_goes_on_in_another_record)
{
    cr_assert_eq(count_records(CLK_RECORD_POINTS_MAX, 9), 1);
    cr_assert_eq(count_records(CLK_RECORD_POINTS_MAX + 1, 9), 2);
    cr_assert_eq(count_records(2 * CLK_RECORD_POINTS_MAX, 1), 1, "the sink wants no more");
}

static int read_clocks(int n, struct fault *fault)
{
    BUF_CLEANUP struct buf text = {0};
    struct sunk sunk = {.wanted = SIZE_MAX};
    buf_z(&text, BEFORE_TYPES TYPES END);
    for (int i = 0; i < n; i++)
        buf_printf(&text, "AR %04d 2021 03 14 00 00  0.000000  1   -0.987654321098E-03\n", i);
    int error = sink_records(buf_view(&text), &sunk, fault);
    buf_free(&sunk.text);
    return error;
}

Test(clk, clocks_are_bounded)
{
    struct fault fault = {0};
    cr_assert_eq(read_clocks(CLK_CLOCKS_MAX, &fault), 0);
    cr_assert_eq(read_clocks(CLK_CLOCKS_MAX + 1, &fault), ERR_INVALID_RECORD);
    cr_assert(strstr(fault.detail, "at most 5000 different clocks"), "%s", fault.detail);
}

Test(clk, samples_survive)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[16];
    size_t n = samples_of("clk", arena, samples, 16);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf once = {0}, twice = {0};
        struct fault fault = {0};
        size_t data, again;
        cr_assert_eq(read_all(samples[i].text, arena, &once, &data, &fault), CLK_END, "%s: %s: %s", samples[i].path,
                     fault.where, fault.detail);
        cr_assert(data > 0);
        cr_assert_eq(read_all(buf_view(&once), arena, &twice, &again, &fault), CLK_END);
        cr_assert(again == data && str_eq(buf_view(&once), buf_view(&twice)), "%s", samples[i].path);
    }
}
