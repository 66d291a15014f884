#include "leaks.h"
#include "samples.h"
#include "sp3.h"

TestSuite(sp3, .fini = no_leaks);

#define FIRST "#dP2021  3 14  0  0  0.00000000       2 ORBIT IGS14 FIT  TST\n"
#define SECOND "## 2149      0.00000000   900.00000000 59287 0.0000000000000\n"
#define PADS "  0  0  0  0  0  0  0  0  0  0  0  0  0  0"
#define ZEROS "          0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
#define SATELLITES "+    3   G01E12R24" PADS "\n+" ZEROS "+" ZEROS "+" ZEROS "+" ZEROS
#define ACCURACIES "++         2  0 11" PADS "\n+" ACCURACY "+" ACCURACY "+" ACCURACY "+" ACCURACY
#define ACCURACY "+         0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
#define FORMATS                                                                                                        \
    "%c M  cc GPS ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc\n"                                                   \
    "%c cc cc ccc ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc\n"                                                   \
    "%f  1.2500000  1.025000000  0.00000000000  0.000000000000000\n"                                                   \
    "%f  0.0000000  0.000000000  0.00000000000  0.000000000000000\n"                                                   \
    "%i    0    0    0    0      0      0      0      0         0\n"                                                   \
    "%i    0    0    0    0      0      0      0      0         0\n"
#define COMMENTS "/* made for a test\n/*\n/*\n/* of four lines\n"
#define HEADER FIRST SECOND SATELLITES ACCURACIES FORMATS COMMENTS
#define EPOCH_1 "*  2021  3 14  0  0  0.00000000\n"
#define EPOCH_2 "*  2021  3 14  0 15  0.00000000\n"
#define G01 "PG01 -11044.805800 -10475.672350  21929.418200    189.163300 18 18 18 219 EP  MP\n"
#define E12 "PE12      0.000000      0.000000      0.000000 999999.999999\n"
#define EP_LINE "EP    55   55   55     222  1234567 -1234567  5999999      -30       21 -1230000\n"
#define WHOLE HEADER EPOCH_1 G01 EP_LINE E12 EPOCH_2 G01 "EOF\n"

static int read_all(struct str text, struct arena *arena, struct buf *out, size_t *ret_states, struct fault *fault)
{
    struct sp3_reader r;
    struct sp3_state s;
    int64_t last = INT64_MIN;
    *ret_states = 0;
    int error = sp3_open(text, arena, &r, fault);
    if (!error)
        error = sp3_write_header(r.header, out, fault);
    while (!error && !(error = sp3_next(&r, &s, fault))) {
        if (s.epoch.ticks != last)
            sp3_write_epoch(&s.epoch, out);
        last = s.epoch.ticks;
        ++*ret_states;
        error = sp3_write_state(r.header, &s, out, fault);
    }
    if (error == SP3_END)
        sp3_write_end(out);
    return error;
}

static void expect_same_text(const char *text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct fault fault = {0};
    size_t states;
    cr_assert_eq(read_all(str_of(text), arena, &out, &states, &fault), SP3_END, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(buf_view(&out), text), "%.*s", STR_ARG(buf_view(&out)));
}

#define V_MODE "#cV2021  3 14  0  0  0.00000000       1   U+u IGb14 HLM  TST\n"
#define V_G01 "VG01  20298.880364 -18462.044804   1381.387685     -4.534317 14 14 14 191\n"
#define V_E12 "VE12      0.000000      0.000000      0.000000 999999.999999\n"
#define V_R24 "VR24      0.000000      0.000000      0.000000 999999.999999\n"
#define EV_LINE "EV    22   22   22     111  1234567  1234567  1234567  1234567  1234567  1234567\n"
#define REST SATELLITES ACCURACIES FORMATS COMMENTS
#define VELOCITIES V_MODE SECOND REST EPOCH_1 G01 EP_LINE V_G01 EV_LINE E12 V_E12 "EOF\n"

#define OLD                                                                                                            \
    "#aP2021  3 14  0  0  0.00000000       1   d+D IGS14 FIT  TST\n" SECOND "+    2     1 31  0" PADS "\n+" ZEROS      \
    "+" ZEROS "+" ZEROS "+" ZEROS "++         0  0  0" PADS "\n+" ACCURACY "+" ACCURACY "+" ACCURACY                   \
    "+" ACCURACY FORMATS COMMENTS EPOCH_1 "P  1 -11044.805800 -10475.672350  21929.418200    189.163300\n"             \
    "P 31      0.000000      0.000000      0.000000 999999.999999\n"                                                   \
    "EOF\n"

Test(sp3, what_is_written_is_what_was_read)
{
    expect_same_text(WHOLE);
    expect_same_text(VELOCITIES);
    expect_same_text(OLD);
}

#define RANGED                                                                                                         \
    V_MODE SECOND REST EPOCH_1 "PG01 -11044.805800 -10475.672350  21929.418200\n"                                      \
                               "VG01  20298.880364 -18462.044804   1381.387685\n" E12 V_E12 "EOF\n"

Test(sp3, lines_may_end_before_the_clock)
{
    expect_same_text(RANGED);
}

/* The text with the first `from` replaced. */
static struct str changed(struct arena *arena, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    cr_assert(at, "%s", from);
    return str_of(arena_printf(arena, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from)));
}

struct broken {
    const char *text, *from, *to, *where, *detail;
};

static void expect_fault(const struct broken *c)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct fault fault = {0};
    size_t states;
    int error = read_all(changed(arena, c->text, c->from, c->to), arena, &out, &states, &fault);
    cr_assert_eq(error, ERR_INVALID_RECORD, "%s to %s", c->from, c->to);
    cr_assert_str_eq(fault.where, c->where, "%s to %s: %s", c->from, c->to, fault.detail);
    cr_assert(strstr(fault.detail, c->detail), "%s to %s: %s", c->from, c->to, fault.detail);
}

Test(sp3, a_broken_header_is_refused_where_it_breaks)
{
    static const struct broken cases[] = {
        {WHOLE, "#d", "#e", "line 1, column 1", "expected #a, #b, #c or #d"},
        {WHOLE, "#dP", "#dX", "line 1, column 3", "expected P or V"},
        {WHOLE, "2021  3 14", "2021  2 29", "line 1, column 4", "start: expected year, month"},
        {WHOLE, "      2 ORBIT", "      0 ORBIT", "line 1, column 33", "expected 1 or more"},
        {WHOLE, "      2 ORBIT", "     -2 ORBIT", "line 1, column 33", "expected 1 or more"},
        {WHOLE, "ORBIT IGS14", "ORBIT      ", "line 1, column 47", "coordinate system: expected"},
        {WHOLE, "## 2149", "## 2150", "line 2, column 4", "expected week and seconds"},
        {WHOLE, "2149      0.0", "2149      1.0", "line 2, column 4", "expected week and seconds"},
        {WHOLE, "59287", "59288", "line 2, column 40", "expected modified Julian day"},
        {WHOLE, "59287 0.0", "59287 0.5", "line 2, column 40", "expected modified Julian day"},
        {WHOLE, "900.00000000", "900.0000000x", "line 2, column 25", "interval of the epochs: expected"},
        {WHOLE, "##", "#", "line 2, column 1", "expected a line that starts with \"##\""},
        {WHOLE, "+    3   G01", "+    4   G01", "line 3, column 19", "expected satellite 4 of 4"},
        {WHOLE, "+    3   G01", "+    2   G01", "line 3, column 16", "expected 2 satellites"},
        {WHOLE, "+    3   G01", "+    0   G01", "line 3, column 4", "expected 1 to 999"},
        {WHOLE, "+    3   G01", "+   -3   G01", "line 3, column 4", "expected 1 to 999"},
        {WHOLE, "G01E12", "G01G01", "line 3, column 13", "expected G01 once"},
        {WHOLE, "G01E12", "G01012", "line 3, column 13", "expected satellite 2 of 3"},
        {WHOLE, "G01E12", "G01Ex2", "line 3, column 13", "expected satellite 2 of 3"},
        {WHOLE, "++         2", "+          2", "line 8, column 10", "expected 3 satellites"},
        {WHOLE, "++         2  0", "++         2  x", "line 8, column 13", "accuracy of E12: expected an integer"},
        {WHOLE, "%c M", "%f M", "line 13, column 1", "expected a line that starts with \"%c\""},
        {WHOLE, "cc GPS", "cc XYZ", "line 13, column 10", "time system: expected GPS"},
        {WHOLE, "cc GPS", "cc ccc", "line 13, column 10", "time system: expected GPS"},
        {WHOLE, "%f  1.2500000", "%f          x", "line 15, column 4", "base of position deviations: expected"},
        {WHOLE, "/* made", "/*\x01made", "line 19, column 1", "printing characters"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_fault(&cases[i]);
}

Test(sp3, a_broken_epoch_is_refused_where_it_breaks)
{
    static const struct broken cases[] = {
        {WHOLE, EPOCH_1, "", "line 23, column 1", "expected an epoch before"},
        {WHOLE, EPOCH_1, EPOCH_2, "line 23, column 4", "expected the start"},
        {WHOLE, EPOCH_1, EPOCH_1 EPOCH_2, "line 24, column 1", "expected a position behind the epoch"},
        {WHOLE, EPOCH_2, EPOCH_1, "line 27, column 4", "expected a later one"},
        {WHOLE, EPOCH_2, "", "line 27, column 2", "expected G01 once in an epoch"},
        {WHOLE, EPOCH_2 G01, "", "line 27, column 1", "expected 2 epochs, as line 1 says, not 1"},
        {WHOLE, "EOF\n", "*  2021  3 14  0 30  0.00000000\nEOF\n", "line 29, column 1", "expected EOF after 2"},
        {WHOLE, "EOF\n", "", "line 28, column 1", "expected another line"},
        {WHOLE, "EOF\n", "EOF\nEOF\n", "line 30, column 1", "expected nothing behind EOF"},
        {WHOLE, E12, "Q" E12, "line 26, column 1", "expected a line that starts with \"P\""},
        {WHOLE, "PE12", "PE13", "line 26, column 2", "expected a satellite of the header"},
        {WHOLE, "PG01 -11044.805800", "PG01 -1104x.805800", "line 24, column 5", "X: expected a decimal number"},
        {WHOLE, "PG01 -11044.805800", "PG01              ", "line 24, column 5", "X: expected a decimal number"},
        {WHOLE, "18 18 18 219", "18018 18 219", "line 24, column 64", "expected a blank"},
        {WHOLE, "219 EP", "219 XP", "line 24, column 75", "flags: expected E, P, M and P"},
        {WHOLE, "1234567 -1234567", "123456x -1234567", "line 25, column 28", "correlation of X and Y: expected"},
        {WHOLE, E12, V_E12, "line 26, column 1", "expected no velocity in a file of mode P"},
        {VELOCITIES, V_E12, "", "line 29, column 1", "expected VE12: the velocity"},
        {VELOCITIES, V_G01, V_E12, "line 26, column 2", "expected G01, as in the line P above"},
        {OLD, "P 31 ", "EP\nP 31 ", "line 25, column 1", "expected no correlations in version a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_fault(&cases[i]);
}

Test(sp3, what_does_not_fit_is_not_written)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct sp3_reader r;
    struct sp3_state s;
    struct fault fault = {0};
    cr_assert_eq(sp3_open(STR(WHOLE), arena, &r, &fault), 0);
    cr_assert_eq(sp3_next(&r, &s, &fault), 0);
    s.position[SP3_X] = STR("-1234567.123456");
    cr_assert_eq(sp3_write_state(r.header, &s, &out, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "X");
    cr_assert_eq(out.n, 0);
    r.header->values[SP3_AGENCY] = STR("FIVER");
    cr_assert_eq(sp3_write_header(r.header, &out, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "agency");
}

Test(sp3, more_satellites_than_five_lines_hold)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf list = {0}, accuracies = {0};
    for (int line = 0; line < 6; line++) {
        buf_z(&list, line ? "+        " : "+  102   ");
        buf_z(&accuracies, "++       ");
        for (int i = 0; i < 17; i++) {
            buf_printf(&list, "%c%02d", 'A' + line, i + 1);
            buf_z(&accuracies, "  7");
        }
        buf_char(&list, '\n');
        buf_char(&accuracies, '\n');
    }
    buf_str(&list, buf_view(&accuracies));
    const char *text =
        arena_printf(arena, "%s%.*s%s", FIRST SECOND, STR_ARG(buf_view(&list)),
                     FORMATS COMMENTS EPOCH_1 "PF17      0.000000      0.000000      0.000000      "
                                              "0.000000\n" EPOCH_2
                                              "PA01      0.000000      0.000000      0.000000      0.000000\nEOF\n");
    expect_same_text(text);
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

static void expect_records(const char *text, size_t wanted, const char *expected)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct header header = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")};
    struct sunk sunk = {.wanted = wanted};
    struct fault fault = {0};
    cr_assert_eq(sp3_records(str_of(text), &header, arena, &(struct record_sink){keep, NULL, &sunk}, &fault), 0,
                 "%s: %s", fault.where, fault.detail);
    cr_expect(str_is(buf_view(&sunk.text), expected), "%.*s", STR_ARG(buf_view(&sunk.text)));
    buf_free(&sunk.text);
}

#define RECORD(satellite, constellation, times)                                                                        \
    "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"satellite\":\"" satellite            \
    "\",\"constellation\":\"" constellation "\"," times
#define AT_MIDNIGHT "\"start\":\"2021-03-13T23:59:42.000000Z\",\"stop\":\"2021-03-13T23:59:42.000000Z\","
#define TO_QUARTER "\"start\":\"2021-03-13T23:59:42.000000Z\",\"stop\":\"2021-03-14T00:14:42.000000Z\","
#define SAID(data, frame, orbit, file, version, accuracy)                                                              \
    "\"dataUsed\":\"" data "\",\"coordinateSystem\":\"" frame "\",\"orbitType\":\"" orbit                              \
    "\",\"agency\":\"TST\",\"fileType\":\"" file "\",\"timeSystem\":\"GPS\",\"interval\":900.00000000,"                \
    "\"positionBase\":1.2500000,\"clockBase\":1.025000000,\"version\":\"" version "\",\"accuracy\":" accuracy          \
    ",\"comments\":[\"made for a test\",\"\",\"\",\"of four lines\"],\"points\":["
#define P_VALUES                                                                                                       \
    "\"x\":-11044.805800,\"y\":-10475.672350,\"z\":21929.418200,\"clock\":189.163300,\"xDeviation\":18,"               \
    "\"yDeviation\":18,\"zDeviation\":18,\"clockDeviation\":219,\"clockEvent\":true,\"clockPredicted\":true,"          \
    "\"maneuver\":true,\"orbitPredicted\":true"
#define P_COVARIANCE                                                                                                   \
    ",\"positionCovariance\":{ \"x\":55,\"y\":55,\"z\":55,\"clock\":222,\"xy\":1234567,\"xz\":-1234567,"               \
    "\"xClock\":5999999,\"yz\":-30,\"yClock\":21,\"zClock\":-1230000}"

Test(sp3, a_record_has_what_is_known_of_a_satellite)
{
    expect_records(WHOLE, 9,
                   RECORD("G01", "GPS", TO_QUARTER)
                       SAID("ORBIT", "IGS14", "FIT", "M", "d",
                            "2") "{\"epoch\":\"2021-03-14T00:00:00.00000000\"," P_VALUES P_COVARIANCE
                                 "},{\"epoch\":\"2021-03-14T00:15:00.00000000\"," P_VALUES "}]}\n");
    expect_records(
        VELOCITIES, 9,
        RECORD("G01", "GPS", AT_MIDNIGHT)
            SAID("U+u", "IGb14", "HLM", "M", "c",
                 "2") "{\"epoch\":\"2021-03-14T00:00:00.00000000\"," P_VALUES P_COVARIANCE
                      ",\"xVel\":2.0298880364,\"yVel\":-1.8462044804,\"zVel\":0.1381387685,"
                      "\"clockRate\":-0.0004534317,\"xVelDeviation\":14,\"yVelDeviation\":14,\"zVelDeviation\":14,"
                      "\"clockRateDeviation\":191,\"velocityCovariance\":{ \"x\":22,\"y\":22,\"z\":22,\"clock\":111,"
                      "\"xy\":1234567,\"xz\":1234567,\"xClock\":1234567,\"yz\":1234567,\"yClock\":1234567,"
                      "\"zClock\":1234567}}]}\n");
}

Test(sp3, a_record_has_no_clock_where_the_line_has_none)
{
    expect_records(RANGED, 9,
                   RECORD("G01", "GPS", AT_MIDNIGHT)
                       SAID("U+u", "IGb14", "HLM", "M", "c",
                            "2") "{\"epoch\":\"2021-03-14T00:00:00.00000000\",\"x\":-11044.805800,"
                                 "\"y\":-10475.672350,\"z\":21929.418200,\"xVel\":2.0298880364,"
                                 "\"yVel\":-1.8462044804,\"zVel\":0.1381387685}]}\n");
}

/* A file of one satellite with so many epochs, a second apart. */
static struct str many_epochs(int n, struct buf *out)
{
    buf_printf(out, "#dP2021  3 14  0  0  0.00000000 %7d ORBIT IGS14 FIT  TST\n%s%s%s", n,
               SECOND "+    1   G01  0  0" PADS "\n+" ZEROS "+" ZEROS "+" ZEROS "+" ZEROS,
               "++         2  0  0" PADS "\n+" ACCURACY "+" ACCURACY "+" ACCURACY "+" ACCURACY, FORMATS COMMENTS);
    for (int i = 0; i < n; i++)
        buf_printf(out, "*  2021  3 14  0 %2d %2d.00000000\n%s", i / 60, i % 60,
                   "PG01 -11044.805800 -10475.672350  21929.418200    189.163300\n");
    buf_z(out, "EOF\n");
    return buf_view(out);
}

static size_t count_records(int epochs, size_t wanted)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf text = {0};
    struct header header = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")};
    struct sunk sunk = {.wanted = wanted};
    cr_assert_eq(
        sp3_records(many_epochs(epochs, &text), &header, arena, &(struct record_sink){keep, NULL, &sunk}, NULL), 0);
    buf_free(&sunk.text);
    return sunk.n;
}

Test(sp3, a_long_arc_goes_on_in_another_record)
{
    cr_assert_eq(count_records(SP3_RECORD_POINTS_MAX, 9), 1);
    cr_assert_eq(count_records(SP3_RECORD_POINTS_MAX + 1, 9), 2);
    cr_assert_eq(count_records(2 * SP3_RECORD_POINTS_MAX, 1), 1, "the sink wants no more");
}

Test(sp3, samples_survive)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[16];
    size_t n = samples_of("sp3", arena, samples, 16);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf once = {0}, twice = {0};
        struct fault fault = {0};
        size_t states, again;
        cr_assert_eq(read_all(samples[i].text, arena, &once, &states, &fault), SP3_END, "%s: %s: %s", samples[i].path,
                     fault.where, fault.detail);
        cr_assert(states > 0);
        cr_assert_eq(read_all(buf_view(&once), arena, &twice, &again, &fault), SP3_END);
        cr_assert(again == states && str_eq(buf_view(&once), buf_view(&twice)), "%s", samples[i].path);
        cr_assert(once.n + 8 >= samples[i].text.n, "%s", samples[i].path);
    }
}
