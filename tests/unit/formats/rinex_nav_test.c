#include "leaks.h"
#include "rinex_nav.h"
#include "samples.h"

TestSuite(rinex_nav, .fini = no_leaks);

#define PGM "relto               tests               20260523 120000 UTC PGM / RUN BY / DATE\n"
#define END "                                                            END OF HEADER\n"
#define MIXED_4                                                                                                        \
    "     4.02           NAVIGATION DATA     M                   RINEX VERSION / TYPE\n" PGM                           \
    "made for a test                                             COMMENT\n"                                            \
    "    18    18  2185     7                                    LEAP SECONDS\n" END
#define MIXED_3 "     3.05           N: GNSS NAV DATA    M: MIXED            RINEX VERSION / TYPE\n" PGM END
#define GPS_2                                                                                                          \
    "     2.11           N: GPS NAV DATA                         RINEX VERSION / TYPE\n" PGM                           \
    "    0.1118D-07  0.2235D-07 -0.5960D-07 -0.1192D-06          ION ALPHA\n"                                          \
    "    0.9011D+05  0.1311D+06 -0.6554D+05 -0.4588D+06          ION BETA\n"                                           \
    "   -0.186264514923D-08-0.532907051820D-14   147456     1395 DELTA-UTC: A0,A1,T,W\n"                               \
    "    18                                                      LEAP SECONDS\n" END
#define ORBIT(indent)                                                                                                  \
    indent " 7.000000000000e+01 7.334375000000e+01 3.794800925833e-09 2.948187988778e+00\n" indent                     \
           " 3.667548298836e-06 1.200602215249e-02 4.000961780548e-06 5.153660102844e+03\n" indent                     \
           " 2.592000000000e+05-3.911554813385e-08 2.410755371695e-01-1.192092895508e-07\n" indent                     \
           " 9.889225508565e-01 3.138750000000e+02 9.444071913331e-01-7.813182593274e-09\n"
#define LNAV_END(indent)                                                                                               \
    indent " 2.167947446570e-10 1.000000000000e+00 2.230000000000e+03 0.000000000000e+00\n" indent                     \
           " 2.000000000000e+00 0.000000000000e+00 5.122274160385e-09 7.000000000000e+01\n" indent                     \
           " 2.520180000000e+05 4.000000000000e+00\n"
#define CLOCK " 2.727881073952e-04-6.252776074689e-12 0.000000000000e+00\n"
#define G01 "G01 2022 10 05 00 00 00" CLOCK ORBIT("    ") LNAV_END("    ")
#define EPH_G01 "> EPH G01 LNAV\n" G01
#define GLONASS                                                                                                        \
    "R01 2022 10 05 00 15 00 1.574866473675E-05 0.000000000000E+00 2.592300000000E+05\n"                               \
    "    -6.686352539062E+03 3.702297210693E-01 9.313225746155E-10 0.000000000000E+00\n"                               \
    "    -1.537300634766E+04-2.607774734497E+00 9.313225746155E-10 1.000000000000E+00\n"                               \
    "     1.922300781250E+04-1.955271720886E+00-2.793967723846E-09 0.000000000000E+00\n"
#define STO                                                                                                            \
    "> STO E   IFNV\n"                                                                                                 \
    "    2022 10 06 00 00 00 GAGP\n"                                                                                   \
    "     3.043000000000E+05 1.309672370553E-09 5.329070518201E-15 0.000000000000E+00\n"                               \
    "> STO S23 SBAS\n"                                                                                                 \
    "    2022 10 08 02 46 24 SBUT               EGNOS              UTC(OP)\n"                                          \
    "     2.701140000000E+05 2.793967723846E-09 0.000000000000E+00 0.000000000000E+00\n"
#define EOP                                                                                                            \
    "> EOP J04 CNVX\n"                                                                                                 \
    "    2022 10 06 00 00 00 2.723026275635E-01-2.049922943115E-03 0.000000000000E+00\n"                               \
    "                        2.491779327393E-01-1.977920532227E-03 0.000000000000E+00\n"                               \
    "     3.421860000000E+05-3.003299236298E-03 2.534389495850E-04 0.000000000000E+00\n"
#define ION                                                                                                            \
    "> ION G17 LNAV\n"                                                                                                 \
    "    2022 10 05 23 33 54 2.514570951462E-08 1.490116119385E-08-1.192092895508E-07\n"                               \
    "    -5.960464477539E-08 1.331200000000E+05-1.638400000000E+04-2.621440000000E+05\n"                               \
    "     1.966080000000E+05\n"                                                                                        \
    "> ION I10 L1NV KLOB\n"                                                                                            \
    "    2023 06 24 00 07 30 1.000000000000E+00\n"                                                                     \
    "     5.867332220078E-08 2.533197402954E-07-1.430511474609E-06-7.510185241699E-06\n"                               \
    "     1.495040000000E+05-5.406720000000E+05 2.883584000000E+06 8.323072000000E+06\n"                               \
    "     5.000000000000E+01 1.100000000000E+02 0.000000000000E+00 5.000000000000E+01\n"                               \
    "> ION R22 LXOC\n"                                                                                                 \
    "    2024 02 03 00 01 09 1.000000000000E+00 1.410000000000E+02 5.000000000000E+00\n"

static int read_first(const char *text, struct arena *arena, struct rinex_nav *ret, struct fault *fault)
{
    struct rinex_nav_reader r;
    int error = rinex_nav_open(str_of(text), arena, &r, fault);
    return error ? error : rinex_nav_next(&r, ret, fault);
}

/* The whole file as it is read and written again. */
static void write_again(struct str text, const char *name, struct arena *arena, struct buf *out, size_t *ret_messages)
{
    struct rinex_nav_reader r;
    struct fault fault = {0};
    struct rinex_nav m;
    int error = rinex_nav_open(text, arena, &r, &fault);
    cr_assert_eq(error, 0, "%s: %s: %s", name, fault.where, fault.detail);
    rinex_header_write(&r.header, out);
    for (*ret_messages = 0; !(error = rinex_nav_next(&r, &m, &fault)); ++*ret_messages)
        cr_assert_eq(rinex_nav_write(&r.header, &m, out, &fault), 0, "%s: %s: %s", name, fault.where, fault.detail);
    cr_assert_eq(error, RINEX_END, "%s: %s: %s", name, fault.where, fault.detail);
}

static void must_be(const struct rinex_nav *m, enum rinex_value v, const char *expected)
{
    cr_assert(str_is(m->values[v], expected), "%s: %.*s", rinex_value_name(v), STR_ARG(m->values[v]));
}

Test(rinex_nav, values_stand_where_the_tables_have_them)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct rinex_nav m;
    struct fault fault = {0};
    cr_assert_eq(read_first(MIXED_4 EPH_G01, arena, &m, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(m.satellite, "G01") && str_is(m.type, "LNAV") && str_is(m.epoch, "2022-10-05T00:00:00"));
    cr_assert_eq(m.layout->class, RINEX_EPH);
    cr_assert_eq(m.line, 6);
    must_be(&m, RINEX_CLOCK_BIAS, "2.727881073952e-04");
    must_be(&m, RINEX_IODE, "70");
    must_be(&m, RINEX_SQRT_A, "5.153660102844e+03");
    must_be(&m, RINEX_TOE, "2.592000000000e+05");
    must_be(&m, RINEX_WEEK, "2230");
    must_be(&m, RINEX_HEALTH, "0");
    must_be(&m, RINEX_TTM, "2.520180000000e+05");
    must_be(&m, RINEX_FIT_INTERVAL, "4.000000000000e+00");
    cr_assert_eq(m.values[RINEX_SPARE_1].n, 0);
}

Test(rinex_nav, version_2_has_one_system_and_short_years)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct rinex_nav m;
    struct fault fault = {0};
    cr_assert_eq(read_first(GPS_2 " 6 99  9  2 17 51 44.5" CLOCK ORBIT("   ") LNAV_END("   "), arena, &m, &fault), 0,
                 "%s: %s", fault.where, fault.detail);
    cr_assert(str_is(m.satellite, "G06") && str_is(m.epoch, "1999-09-02T17:51:44.5"), "%.*s", STR_ARG(m.epoch));
    must_be(&m, RINEX_FIT_INTERVAL, "4.000000000000e+00");
}

Test(rinex_nav, one_of_two_messages_by_what_it_says)
{
    static const struct {
        const char *satellite, *sources, *type;
    } cases[] = {
        {"E12", " 5.160000000000e+02", "INAV"}, {"E12", " 2.580000000000e+02", "FNAV"},
        {"E12", " 5.170000000000e+02", "INAV"}, {"C05", "                   ", "D2"},
        {"C06", "                   ", "D1"},   {"C59", "                   ", "D2"},
        {"J02", " 2.000000000000e+00", "LNAV"}, {"I06", "                   ", "LNAV"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct rinex_nav m;
        struct fault fault = {0};
        const char *text = arena_printf(
            arena, "%s%s 2022 10 05 00 00 00%s%s     2.167947446570e-10%s 2.230000000000e+03\n%s%s", MIXED_3,
            cases[i].satellite, CLOCK, ORBIT("    "), cases[i].sources,
            "     3.120000000000e+00 0.000000000000e+00-6.519258022310e-09\n", "     4.407340000000e+05\n");
        cr_assert_eq(read_first(text, arena, &m, &fault), 0, "%s: %s: %s", text, fault.where, fault.detail);
        cr_assert(str_is(m.type, cases[i].type), "%s: %.*s", cases[i].satellite, STR_ARG(m.type));
    }
}

Test(rinex_nav, a_message_is_written_as_it_was)
{
    static const char text[] = MIXED_4 STO EOP ION;
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    size_t n;
    write_again(str_of(text), "text", arena, &b, &n);
    cr_assert_eq(n, 6);
    cr_assert(str_is(buf_view(&b), text), "%.*s", STR_ARG(buf_view(&b)));
}

/* Writes that what stands in a slot tells its place: every layout, every place. */
static void numbered(const struct rinex_layout *layout, struct arena *arena, struct buf *out)
{
    const char *type = layout->types;
    buf_printf(out, "> %s %c07 %.*s%s%s\n", rinex_class_name(layout->class), layout->systems[0],
               (int)strcspn(type, " "), type, layout->subtype ? " " : "", layout->subtype ? layout->subtype : "");
    buf_printf(out, "%s 2026 05 23 12 00 00",
               layout->class == RINEX_EPH ? arena_printf(arena, "%c07", layout->systems[0]) : "   ");
    if (layout->class == RINEX_STO)
        buf_z(out, " GPUT");
    for (size_t i = 0; i < layout->n; i++) {
        while (i % 4 == 3 && out->p[out->n - 1] == ' ')
            out->n--;
        if (i % 4 == 3)
            buf_z(out, "\n    ");
        if (layout->class == RINEX_STO && i < 3)
            continue;
        if (layout->slots[i] == RINEX_BLANK)
            buf_printf(out, "%19s", "");
        else
            buf_printf(out, " %zu.%c00000000000E+01", 1 + i / 10, (char)('0' + i % 10));
    }
    buf_char(out, '\n');
}

Test(rinex_nav, every_layout_both_ways)
{
    for (size_t i = 0; rinex_layout_at(i); i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf b = {0}, again = {0};
        const struct rinex_layout *layout = rinex_layout_at(i);
        size_t n;
        buf_z(&b, MIXED_4);
        numbered(layout, arena, &b);
        struct str text = buf_view(&b);
        write_again(text, layout->types, arena, &again, &n);
        cr_assert_eq(n, 1);
        cr_assert(str_eq(buf_view(&again), text), "%.*s\n%.*s", STR_ARG(text), STR_ARG(buf_view(&again)));
    }
}

Test(rinex_nav, the_last_line_of_glonass_may_be_missing)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    size_t n;
    write_again(STR(MIXED_3 GLONASS GLONASS), "text", arena, &b, &n);
    cr_assert_eq(n, 2);
    cr_assert(strstr(arena_strz(arena, buf_view(&b)), "    "
                                                      "                    9.999999999990E+08 1.500000000000E+01\nR01"),
              "%.*s", STR_ARG(buf_view(&b)));
}

Test(rinex_nav, faults_name_line_column_and_what_was_expected)
{
    static const struct {
        const char *text, *where, *detail;
    } cases[] = {
        {"", "line 0, column 1", "END OF HEADER"},
        {"     9.00           NAVIGATION DATA     M                   RINEX VERSION / TYPE\n", "line 1, column 1",
         "2.00 to 4.02"},
        {"     2.12           N                   J                   RINEX VERSION / TYPE\n", "line 1, column 41",
         "version 2 has no navigation messages of this system"},
        {"     2.12           E: Galileo NAV DATA                     RINEX VERSION / TYPE\n", "line 1, column 21",
         "expected O or N, G or H"},
        {"     4.00           OBSERVATION DATA    Q                   RINEX VERSION / TYPE\n", "line 1, column 41",
         "system"},
        {PGM, "line 1, column 61", "RINEX VERSION / TYPE"},
        {"     3.05           N: GNSS NAV DATA    M: MIXED            RINEX VERSION / TYPE\n" END, "line 2, column 1",
         "PGM / RUN BY / DATE"},
        {"     3.05           N: GNSS NAV DATA    M: MIXED            RINEX VERSION / TYPE\n" PGM PGM,
         "line 3, column 61", "line 2"},
        {"     3.05           N: GNSS NAV DATA    M: MIXED            RINEX VERSION / TYPE\n" PGM
         "GPUT  0.2793967723E-08 0.000000000X+00 147456 1395          TIME SYSTEM CORR\n",
         "line 3, column 23", "TIME SYSTEM CORR"},
        {"     3.05           N: GNSS NAV DATA    M: MIXED            RINEX VERSION / TYPE\n" PGM, "line 2, column 1",
         "END OF HEADER"},
        {MIXED_4 G01, "line 6, column 1", "expected >"},
        {MIXED_4 "> XXX G01 LNAV\n", "line 6, column 3", "EPH, STO, EOP or ION"},
        {MIXED_4 "> EPH G00 LNAV\n", "line 6, column 7", "satellite"},
        {MIXED_4 "> EPH Q01 LNAV\n", "line 6, column 7", "satellite"},
        {MIXED_4 "> EPH E01 CNAV\n", "line 6, column 11", "system E"},
        {MIXED_4 "> EPH G02 LNAV\n" G01, "line 7, column 1", "expected G02"},
        {MIXED_4 "> EPH G01 LNAV\n", "line 6, column 1", "another line"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 13 05 00 00 00" CLOCK, "line 7, column 5", "time that exists"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 02 29 00 00 00" CLOCK, "line 7, column 5", "time that exists"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 10 05 00 00 60" CLOCK, "line 7, column 5", "time that exists"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 10 05 00 00 00" CLOCK ORBIT("    ") EPH_G01, "line 12, column 1",
         "line 6 of the message"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 10 05 00 00 00" CLOCK ORBIT("    "), "line 11, column 1", "another line"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 10 05 00 00 00 2.7278810739x2e-04\n", "line 7, column 24", "clockBias"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 10 05 00 00 00 2.727881073952e-04\n", "line 7, column 43", "clockDrift"},
        {MIXED_4 "> EPH G01 LNAV\nG01 2022 10 05 00 00 00" CLOCK "     7.500000000000e-01\n", "line 8, column 5",
         "iode: expected a whole number"},
        {MIXED_4 EPH_G01 "     1.0\n", "line 15, column 1", "expected >"},
        {MIXED_4 "> STO E   IFNV\n    2022 10 06 00 00 00\n", "line 7, column 25", "GPUT"},
        {MIXED_4 "> ION G17 LNAV\n    2022 10 05 23 33 54 2.514570951462E-08                    1.0\n\n\n",
         "line 9, column 1", "coefficient 2"},
        {"     3.05           N: GNSS NAV DATA    R: GLONASS          RINEX VERSION / TYPE\n" PGM END G01,
         "line 4, column 1", "system R"},
        {MIXED_3 "> EPH G01 LNAV\n", "line 4, column 1", "satellite"},
        {GPS_2 "G1 22", "line 8, column 1", "satellite"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct rinex_nav_reader r;
        struct rinex_nav m;
        struct fault fault = {0};
        int error = rinex_nav_open(str_of(cases[i].text), arena, &r, &fault);
        while (!error)
            error = rinex_nav_next(&r, &m, &fault);
        cr_expect_eq(error, ERR_INVALID_RECORD, "%s", cases[i].detail);
        cr_expect_str_eq(fault.where, cases[i].where, "%s: %s: %s", cases[i].detail, fault.where, fault.detail);
        cr_expect(strstr(fault.detail, cases[i].detail), "%s: %s", cases[i].detail, fault.detail);
    }
}

Test(rinex_nav, an_unknown_label_is_kept_as_a_comment)
{
    static const char text[] = "     3.05           N: GNSS NAV DATA    G: GPS              RINEX VERSION / TYPE\n" PGM
                               "1 2 3 and more                                              NEW LABEL\n" END;
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    size_t n;
    write_again(str_of(text), "text", arena, &b, &n);
    cr_assert(str_is(buf_view(&b), text), "%.*s", STR_ARG(buf_view(&b)));
}

static void read_header(const char *text, struct arena *arena, struct rinex_header *ret)
{
    struct rinex_nav_reader r;
    struct fault fault = {0};
    cr_assert_eq(rinex_nav_open(str_of(text), arena, &r, &fault), 0, "%s: %s", fault.where, fault.detail);
    *ret = r.header;
}

Test(rinex_nav, what_a_version_has_no_place_for_is_refused)
{
    static const char glonass_3[] =
        "     3.04           N: GNSS NAV DATA    M: MIXED            RINEX VERSION / TYPE\n" PGM END;
    static const char full[] =
        MIXED_3 GLONASS "     1.790000000000E+02 8.381903171539E-09 2.000000000000E+00 3.000000000000E+00\n";
    static const struct {
        const char *message, *header, *detail;
    } cases[] = {
        {MIXED_4 EPH_G01, MIXED_3, NULL},
        {MIXED_4 EPH_G01, GPS_2, NULL},
        {MIXED_4 STO, MIXED_3, "version 4"},
        {MIXED_4 EOP, MIXED_3, "version 4"},
        {MIXED_3 GLONASS, GPS_2, "another system"},
        {MIXED_3 GLONASS, glonass_3, NULL},
        {full, glonass_3, "3.05"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf b = {0};
        struct rinex_header header;
        struct rinex_nav m;
        struct fault fault = {0};
        cr_assert_eq(read_first(cases[i].message, arena, &m, &fault), 0, "%zu: %s: %s", i, fault.where, fault.detail);
        read_header(cases[i].header, arena, &header);
        int error = rinex_nav_write(&header, &m, &b, &fault);
        cr_assert_eq(error, cases[i].detail ? ERR_INVALID_RECORD : 0, "%zu: %s", i, fault.detail);
        cr_assert(!error || (strstr(fault.detail, cases[i].detail) && b.n == 0), "%zu: %s", i, fault.detail);
    }
}

Test(rinex_nav, a_number_that_does_not_fit_is_refused)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct rinex_header header;
    struct rinex_nav m;
    struct fault fault = {0};
    read_header(MIXED_4, arena, &header);
    cr_assert_eq(read_first(MIXED_4 EPH_G01, arena, &m, &fault), 0);
    m.values[RINEX_M0] = STR("1.2345678901234");
    cr_assert_eq(rinex_nav_write(&header, &m, &b, &fault), ERR_INVALID_RECORD);
    cr_assert_str_eq(fault.where, "G01 LNAV");
    cr_assert_eq(b.n, 0);
    m.values[RINEX_M0] = STR("1.234567890123");
    cr_assert_eq(rinex_nav_write(&header, &m, &b, &fault), 0);
    m.epoch = STR("2022-10-05T00:00:00.5");
    cr_assert_eq(rinex_nav_write(&header, &m, &b, &fault), ERR_INVALID_RECORD);
}

Test(rinex_nav, header_fields)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct rinex_header h;
    struct str f[RINEX_FIELDS_MAX];
    read_header(GPS_2, arena, &h);
    cr_assert_eq(h.version, 211);
    cr_assert_eq(h.system, 'G');
    cr_assert_eq(rinex_fields(&h, rinex_line_find(&h, "DELTA-UTC: A0,A1,T,W"), f), 4);
    cr_assert(str_is(f[0], "-0.186264514923D-08") && str_is(f[1], "-0.532907051820D-14"));
    cr_assert(str_is(f[2], "147456") && str_is(f[3], "1395"));
    cr_assert_null(rinex_line_find(&h, "COMMENT"));
}

/* Agencies' files, where they are there: everything is read, and written again says the same. */
Test(rinex_nav, samples)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample list[64];
    size_t n = samples_of("rinex", arena, list, 64);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf once = {0}, twice = {0};
        size_t messages, again;
        write_again(list[i].text, list[i].path, arena, &once, &messages);
        write_again(buf_view(&once), list[i].path, arena, &twice, &again);
        cr_assert_gt(messages, 0, "%s", list[i].path);
        cr_assert_eq(messages, again);
        cr_assert(str_eq(buf_view(&once), buf_view(&twice)), "%s", list[i].path);
    }
}
