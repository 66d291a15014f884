/* Files of navigation satellites to records and back: what is read again from the file that is made is the same. */
#include "export.h"
#include "import.h"
#include "leaks.h"
#include "number.h"
#include "record.h"
#include "samples.h"

TestSuite(pnt_files, .fini = no_leaks);

#define NOW "2026-05-23T12:00:00Z"
#define BANNER "U//REL TO USA, JPN"
#define RECORDS_MAX 600

struct records {
    struct arena *arena;
    const char *types[RECORDS_MAX];
    const char *json[RECORDS_MAX], *plain[RECORDS_MAX];
    size_t n;
    struct buf left, headers; /* of navigation messages, whichever record has them */
    const char *banner;
};

static instant now(void)
{
    instant t;
    cr_assert(instant_parse(STR(NOW), &t));
    return t;
}

/* As it would be stored. */
static void must_be_valid(const char *type, struct str json)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault = {0};
    limits.elements =
        record_type_find(str_of(type))->elements_max ? record_type_find(str_of(type))->elements_max : limits.elements;
    struct record_scan *s = record_scan_new(record_type_find(str_of(type)), json, false, &limits, now(), arena);
    cr_assert_eq(record_scan_next(s, &record, &fault), 0, "%s: %s: %.*s", fault.where, fault.detail, STR_ARG(json));
}

/* Numbers with the digits that count, and nothing else: 0.50E+01 is 5. */
static const char *plain(struct str json, struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    bool quoted = false;
    for (size_t i = 0; i < json.n;) {
        size_t n = 0;
        struct str number;
        while (!quoted && i + n < json.n && strchr("+-.0123456789eE", json.p[i + n]))
            n++;
        if (n && number_shift((struct str){json.p + i, n}, 0, arena, &number)) {
            while (memchr(number.p, '.', number.n) && strchr("0.", number.p[number.n - 1]))
                if (number.p[--number.n] == '.')
                    break;
            buf_str(&out, number);
            i += n;
            continue;
        }
        quoted ^= json.p[i] == '"';
        buf_char(&out, json.p[i++]);
    }
    return arena_strz(arena, buf_view(&out));
}

static struct str without_header(struct str json, struct buf *headers, struct arena *arena)
{
    static const char from[] = ",\"header\":[", to[] = "\"]";
    const char *start = memmem(json.p, json.n, from, strlen(from));
    if (!start)
        return json;
    const char *stop = memmem(start, json.n - (size_t)(start - json.p), to, strlen(to));
    stop += strlen(to);
    buf_add(headers, start, (size_t)(stop - start));
    return str_of(
        arena_printf(arena, "%.*s%.*s", (int)(start - json.p), json.p, (int)(json.n - (size_t)(stop - json.p)), stop));
}

static int take(void *context, const struct import_item *item, struct fault *fault)
{
    struct records *r = context;
    (void)fault;
    cr_assert_lt(r->n, RECORDS_MAX);
    must_be_valid(item->type, item->json);
    r->types[r->n] = item->type;
    r->json[r->n] = arena_strz(r->arena, item->json);
    r->plain[r->n++] = plain(without_header(item->json, &r->headers, r->arena), r->arena);
    return 0;
}

static void free_records(struct records *r)
{
    buf_free(&r->left);
    buf_free(&r->headers);
}

static void left_out(void *context, size_t line, struct str what)
{
    struct records *r = context;
    buf_printf(&r->left, "%zu %.*s|", line, STR_ARG(what));
}

static void read_file(struct str text, struct records *r)
{
    struct import_header header = {.record = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")},
                                   .now = now()};
    struct import_sink sink = {take, NULL, left_out, r};
    struct fault fault = {0};
    cr_assert_eq(import_read(text, NULL, &header, &sink, r->arena, &fault), 0, "%s: %s", fault.where, fault.detail);
}

/* Adds all records of the type; how many could not be expressed. */
static size_t write_file(const struct records *r, const char *format, const char *type, struct buf *out)
{
    const struct export_format *f = export_format_find(str_of(format), str_of(type));
    cr_assert_not_null(f, "%s of %s", format, type);
    void *w = f->writer->begin(f, str_of(type), now());
    struct fault fault = {0};
    size_t refused = 0;
    for (size_t i = r->n; i-- > 0;) { /* lists begin with the newest */
        const struct member *members;
        size_t n;
        if (strcmp(r->types[i], type) != 0)
            continue;
        cr_assert(members_of(str_of(r->json[i]), r->arena, &members, &n));
        refused += f->writer->add(w, members, n, &fault) != 0;
    }
    cr_assert_eq(f->writer->end(w, str_of(r->banner), out, &fault), 0, "%s: %s", fault.where, fault.detail);
    f->writer->release(w);
    return refused;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void expect_same(struct records *a, struct records *b, const char *about)
{
    cr_expect_eq(a->n, b->n, "%s: %zu records, then %zu", about, a->n, b->n);
    qsort(a->plain, a->n, sizeof *a->plain, by_text);
    qsort(b->plain, b->n, sizeof *b->plain, by_text);
    for (size_t i = 0; i < a->n && i < b->n; i++)
        cr_expect_str_eq(a->plain[i], b->plain[i], "%s: %s, not %s", about, b->plain[i], a->plain[i]);
    cr_expect(str_eq(buf_view(&a->headers), buf_view(&b->headers)), "%s: %.*s", about, STR_ARG(buf_view(&b->headers)));
}

static void expect_round(struct str text, const char *format, const char *const *types, const char *about)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct records *once = arena_alloc(arena, sizeof *once), *again = arena_alloc(arena, sizeof *again);
    once->arena = again->arena = arena;
    once->banner = ""; /* a comment, which would come back with the others */
    read_file(text, once);
    cr_assert_gt(once->n, 0);
    for (; *types; types++) {
        BUF_CLEANUP struct buf out = {0};
        cr_assert_eq(write_file(once, format, *types, &out), 0, "%s", about);
        if (out.n)
            read_file(arena_str(arena, buf_view(&out)), again);
    }
    expect_same(once, again, about);
    free_records(once);
    free_records(again);
}

static void expect_file(const char *text, const char *format, const char *type, const char *expected)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct records *r = arena_alloc(arena, sizeof *r);
    r->arena = arena;
    r->banner = BANNER;
    read_file(str_of(text), r);
    cr_assert_eq(write_file(r, format, type, &out), 0);
    cr_expect(str_is(buf_view(&out), expected), "%.*s", STR_ARG(buf_view(&out)));
    free_records(r);
}

/* --- navigation messages --- */

static const char *const navigation[] = {"navephemeris", "timeoffset", NULL};

#define LABEL(text, label) text label "\n"
#define MADE LABEL("relto                                   20260523 120000 UTC ", "PGM / RUN BY / DATE")
#define MARKED LABEL("U//REL TO USA, JPN                                          ", "COMMENT")
#define LEAP LABEL("    18                                                      ", "LEAP SECONDS")
#define END LABEL("                                                            ", "END OF HEADER")
#define VERSION_3 LABEL("     3.05           N: GNSS NAV DATA    M: MIXED            ", "RINEX VERSION / TYPE")
#define G_ORBIT                                                                                                        \
    "     7.000000000000E+01 7.334375000000E+01 3.794800925833E-09 2.948187988778E+00\n"                               \
    "     3.667548298836E-06 1.200602215249E-02 4.000961780548E-06 5.153660102844E+03\n"                               \
    "     2.592000000000E+05-3.911554813385E-08 2.410755371695E-01-1.192092895508E-07\n"                               \
    "     9.889225508565E-01 3.138750000000E+02 9.444071913331E-01-7.813182593274E-09\n"                               \
    "     2.167947446570E-10 1.000000000000E+00 2.230000000000E+03 0.000000000000E+00\n"                               \
    "     2.000000000000E+00 0.000000000000E+00 5.122274160385E-09 7.000000000000E+01\n"                               \
    "     2.520180000000E+05 4.000000000000E+00\n"
#define G01 "G01 2022 10 05 00 00 00 2.727881073952E-04-6.252776074689E-12 0.000000000000E+00\n" G_ORBIT
#define G01_LATER "G01 2022 10 05 02 00 00 2.727429382503E-04-6.252776074689E-12 0.000000000000E+00\n" G_ORBIT
#define S24                                                                                                            \
    "S24 2022 10 05 00 01 20 1.200000000000E-07 0.000000000000E+00 2.592340000000E+05\n"                               \
    "     4.216400000000E+04-1.000000000000E-03 0.000000000000E+00 0.000000000000E+00\n"                               \
    "     1.000000000000E+00 2.000000000000E-03 0.000000000000E+00 4.000000000000E+00\n"                               \
    "     2.000000000000E+00 3.000000000000E-03 0.000000000000E+00 9.300000000000E+01\n"
#define IONOSPHERE                                                                                                     \
    LABEL("GPSA   1.0245E-08  7.4510E-09 -5.9605E-08 -5.9600E-08       ", "IONOSPHERIC CORR")                          \
    LABEL("GPSB   9.0112E+04  6.5540E+04 -1.9661E+05 -6.5540E+04       ", "IONOSPHERIC CORR")
#define BEIDOU_ION                                                                                                     \
    LABEL("BDSA   1.0245E-08  7.4510E-09 -5.9605E-08 -5.9600E-08 C 19  ", "IONOSPHERIC CORR")                          \
    LABEL("BDSB   9.0112E+04  6.5540E+04 -1.9661E+05 -6.5540E+04 C 19  ", "IONOSPHERIC CORR")
#define GALILEO_ION LABEL("GAL    3.0500E+01  4.2969E-02  7.2937E-03                   ", "IONOSPHERIC CORR")
#define OFFSETS                                                                                                        \
    LABEL("GAUT  9.3132257460E-10-4.440892098E-15 259200 2230          ", "TIME SYSTEM CORR")                          \
    LABEL("GPUT  2.7939677230E-09 9.769962617E-15 233472 2230        2 ", "TIME SYSTEM CORR")                          \
    LABEL("SBUT  1.3969838610E-09 1.000000000E-15 259200 2230 EGNOS  5 ", "TIME SYSTEM CORR")

#define REMARK LABEL("made for a test                                             ", "COMMENT")
#define FILE_3 VERSION_3 MADE REMARK IONOSPHERE BEIDOU_ION GALILEO_ION OFFSETS LEAP END G01 G01_LATER S24

Test(pnt_files, navigation_messages_are_written_by_satellite_and_time_below_a_header)
{
    expect_file(FILE_3, "rinex3", "navephemeris",
                VERSION_3 MADE MARKED REMARK GALILEO_ION BEIDOU_ION IONOSPHERE LEAP END G01 G01_LATER S24);
}

Test(pnt_files, offsets_stand_in_a_header)
{
    expect_file(FILE_3, "rinex3", "timeoffset",
                VERSION_3 MADE MARKED REMARK LABEL("SBUT  1.3969838610E-09 1.000000000E-15 259200 2230 EGNOS  5 ",
                                                   "TIME SYSTEM CORR")
                    LABEL("GPUT  2.7939677230E-09 9.769962617E-15 233472 2230        2 ", "TIME SYSTEM CORR")
                        LABEL("GAUT  9.3132257460E-10-4.440892098E-15 259200 2230          ", "TIME SYSTEM CORR")
                            LEAP END);
}

Test(pnt_files, a_week_that_was_sent_modulo_1024_is_that_of_the_file)
{
    expect_file(VERSION_3 MADE LABEL("GPUT  2.7939677230E-09 9.769962617E-15 233472  182        2 ", "TIME SYSTEM CORR")
                    LEAP END G01,
                "rinex3", "timeoffset",
                LABEL("     3.05           N: GNSS NAV DATA    G: GPS              ", "RINEX VERSION / TYPE")
                    MADE MARKED LABEL("GPUT  2.7939677230E-09 9.769962617E-15 233472 2230        2 ",
                                      "TIME SYSTEM CORR") LEAP END);
}

Test(pnt_files, navigation_files_come_back)
{
    expect_round(STR(FILE_3), "rinex3", navigation, "version 3");
}

#define N_ORBIT                                                                                                        \
    "    7.000000000000D+01 7.334375000000D+01 3.794800925833D-09 2.948187988778D+00\n"                                \
    "    3.667548298836D-06 1.200602215249D-02 4.000961780548D-06 5.153660102844D+03\n"                                \
    "    2.592000000000D+05-3.911554813385D-08 2.410755371695D-01-1.192092895508D-07\n"                                \
    "    9.889225508565D-01 3.138750000000D+02 9.444071913331D-01-7.813182593274D-09\n"                                \
    "    2.167947446570D-10 1.000000000000D+00 2.230000000000D+03 0.000000000000D+00\n"                                \
    "    2.000000000000D+00 0.000000000000D+00 5.122274160385D-09 7.000000000000D+01\n"                                \
    "    2.520180000000D+05 4.000000000000D+00\n"
#define FILE_2                                                                                                         \
    LABEL("     2.11           N: GPS NAV DATA                         ", "RINEX VERSION / TYPE")                      \
    MADE LABEL("    1.0245D-08  7.4510D-09 -5.9605D-08 -5.9600D-08          ", "ION ALPHA")                            \
        LABEL("    9.0112D+04  6.5540D+04 -1.9661D+05 -6.5540D+04          ", "ION BETA")                              \
            LABEL("    2.793967723000D-09 9.769962617000D-15   233472     2230 ", "DELTA-UTC: A0,A1,T,W") LEAP END     \
        " 1 22 10  5  0  0  0.0 2.727881073952D-04-6.252776074689D-12 0.000000000000D+00\n" N_ORBIT
#define FILE_2_GLONASS                                                                                                 \
    LABEL("     2.11           G: GLONASS NAV DATA                     ", "RINEX VERSION / TYPE")                      \
    MADE LABEL("  2022    10     5    2.793967723000D-09                    ", "CORR TO SYSTEM TIME") LEAP END         \
        " 7 22 10  5  0 15  0.0-5.333278326383D-05-3.007453931729D-14 2.592000000000D+05\n"                            \
        "    3.564940149290D+03-1.423520284209D+00-1.983625586460D-09 0.000000000000D+00\n"                            \
        "   -3.242139954987D+03-7.844785626316D-01 2.653648948256D-10 1.000000000000D+00\n"                            \
        "    1.812391702100D+04 1.142961942816D+00 6.196573228311D-11 0.000000000000D+00\n"
#define FILE_2_GEO                                                                                                     \
    LABEL("     2.11           H: GEO NAV MSG DATA                     ", "RINEX VERSION / TYPE")                      \
    MADE LABEL(" 1.396983861900D-09 1.776356839400D-15 259200 2230 EGNOS  5 ", "D-UTC A0,A1,T,W,S,U")                  \
        LABEL(" 2.396983861900D-09 0.000000000000D+00 259200 2230 WAAS   2 ", "D-UTC A0,A1,T,W,S,U") LEAP END          \
        "24 22 10  5  0  1 20.5 1.200000000000D-07 0.000000000000D+00 2.592340000000D+05\n"                            \
        "    4.216400000000D+04-1.000000000000D-03 0.000000000000D+00 0.000000000000D+00\n"                            \
        "    1.000000000000D+00 2.000000000000D-03 0.000000000000D+00 4.000000000000D+00\n"                            \
        "    2.000000000000D+00 3.000000000000D-03 0.000000000000D+00 9.300000000000D+01\n"

Test(pnt_files, headers_of_version_2_come_back)
{
    expect_round(STR(FILE_2), "rinex2", navigation, "GPS");
    expect_file(FILE_2, "rinex3", "navephemeris",
                LABEL("     3.05           N: GNSS NAV DATA    G: GPS              ", "RINEX VERSION / TYPE")
                    MADE MARKED IONOSPHERE LEAP END G01);
    expect_round(STR(FILE_2_GLONASS), "rinex2", navigation, "GLONASS");
    expect_round(STR(FILE_2_GEO), "rinex2", navigation, "geostationary");
}

#define VERSION_4 LABEL("     4.02           NAVIGATION DATA     M: MIXED            ", "RINEX VERSION / TYPE")
#define FILE_4                                                                                                         \
    VERSION_4 MADE LEAP END "> EPH G01 LNAV\n" G01 "> EOP G01 CNVX\n"                                                  \
                            "    2022 10 05 00 00 00 1.000000000000E-01 1.000000000000E-03\n"                          \
                            "                        3.000000000000E-01 1.000000000000E-03\n"                          \
                            "     2.592000000000E+05-1.000000000000E-02 1.000000000000E-04 0.000000000000E+00\n"       \
                            "> ION E02 IFNV\n"                                                                         \
                            "    2022 10 05 06 21 04 1.207500000000E+02-1.953125000000E-01-7.629394531250E-04\n"       \
                            "     0.000000000000E+00\n"                                                                \
                            "> ION I10 L1NV KLOB\n"                                                                    \
                            "    2022 10 05 06 21 04 5.000000000000E+00\n"                                             \
                            "     1.000000000000E-08 2.000000000000E-08 3.000000000000E-08 4.000000000000E-08\n"       \
                            "     1.000000000000E+05 2.000000000000E+05 3.000000000000E+05 4.000000000000E+05\n"       \
                            "     1.000000000000E+00 2.000000000000E+00 3.000000000000E+00 4.000000000000E+00\n"       \
                            "> STO C19 CNVX\n"                                                                         \
                            "    2022 10 04 23 11 28 BDUT                                  UTC(NTSC)\n"                \
                            "     2.592000000000E+05-9.895302355289E-10 0.000000000000E+00 0.000000000000E+00\n"       \
                            "> STO E   IFNV\n"                                                                         \
                            "    2022 10 05 00 00 00 GAGP\n"                                                           \
                            "     2.592000000000E+05-9.895302355289E-10 0.000000000000E+00\n"

Test(pnt_files, messages_of_every_class_come_back)
{
    expect_round(STR(FILE_4), "rinex", navigation, "version 4");
}

static size_t count_refused(const char *text, const char *format, const char *type, size_t expected_lines)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct records *r = arena_alloc(arena, sizeof *r);
    r->arena = arena;
    r->banner = BANNER;
    read_file(str_of(text), r);
    size_t refused = write_file(r, format, type, &out), lines = 0;
    for (size_t i = 0; i < out.n; i++)
        lines += out.p[i] == '\n';
    cr_expect_eq(lines, expected_lines, "%.*s", STR_ARG(buf_view(&out)));
    free_records(r);
    return refused;
}

/* The rest of them is written. */
Test(pnt_files, what_a_version_has_no_place_for_is_refused)
{
    cr_expect_eq(count_refused(FILE_4, "rinex3", "navephemeris", 5 + 8), 3);
    cr_expect_eq(count_refused(FILE_4, "rinex3", "timeoffset", 0), 2, "their times of transmission");
    cr_expect_eq(count_refused(FILE_4, "rinex2", "navephemeris", 5 + 8), 3);
    cr_expect_eq(count_refused(FILE_3, "rinex2", "navephemeris", 5 + 4), 5, "S24 came first");
    cr_expect_eq(count_refused(FILE_3, "rinex", "navephemeris", 5 + 9 + 9 + 5 + 4), 2, "no satellite said it");
    cr_expect_eq(count_refused(FILE_3, "rinex", "timeoffset", 6 + 9), 0);
}

#define NO_TIME                                                                                                        \
    VERSION_3 MADE IONOSPHERE GALILEO_ION LABEL("GPUT  2.7939677230E-09 9.769962617E-15      0    0        2 ",        \
                                                "TIME SYSTEM CORR")                                                    \
        LABEL("XXUT  2.7939677230E-09 9.769962617E-15 233472 2230        2 ", "TIME SYSTEM CORR")

Test(pnt_files, what_no_record_has_a_place_for_is_told)
{
    static const struct {
        const char *text, *left;
    } cases[] = {
        {FILE_3, ""},
        {NO_TIME END, "2 PGM / RUN BY / DATE|3 IONOSPHERIC CORR|4 IONOSPHERIC CORR|5 IONOSPHERIC CORR|"
                      "6 TIME SYSTEM CORR|7 TIME SYSTEM CORR|"},
        {NO_TIME END G01, "7 TIME SYSTEM CORR|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct records *r = arena_alloc(arena, sizeof *r);
        r->arena = arena;
        read_file(str_of(cases[i].text), r);
        cr_expect(str_is(buf_view(&r->left), cases[i].left), "%.*s", STR_ARG(buf_view(&r->left)));
        free_records(r);
    }
}

/* Views hide the text of a time where they hide anything else. */
Test(pnt_files, an_epoch_without_its_text_is_the_same)
{
    static const struct {
        const char *constellation, *satellite, *epoch, *line;
    } cases[] = {
        {"GPS", "G01", "2022-10-04T23:59:42.000000Z", "    2022 10 05 00 00 00 GPUT"},
        {"BEIDOU", "C01", "2022-10-04T23:59:56.000000Z", "    2022 10 05 00 00 00 GPUT"},
        {"GLONASS", "R01", "2022-10-05T00:00:00.000000Z", "    2022 10 05 00 00 00 GPUT"},
        {"GPS", "G01", "2016-12-31T23:59:43.000000Z", "    2017 01 01 00 00 00 GPUT"},
        {"GPS", "G01", "2017-01-01T00:00:00.000000Z", "    2017 01 01 00 00 18 GPUT"},
    };
    const struct export_format *f = export_format_find(STR("rinex"), STR("timeoffset"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf out = {0};
        const struct member *members;
        size_t n;
        void *w = f->writer->begin(f, STR("timeoffset"), now());
        cr_assert(members_of(str_of(arena_printf(arena,
                                                 "{\"constellation\":\"%s\",\"satellite\":\"%s\",\"epoch\":\"%s\","
                                                 "\"offset\":\"GPUT\",\"messageType\":\"%s\",\"a0\":1,\"a1\":0}",
                                                 cases[i].constellation, cases[i].satellite, cases[i].epoch, "CNVX")),
                             arena, &members, &n));
        cr_assert_eq(f->writer->add(w, members, n, NULL), 0);
        cr_assert_eq(f->writer->end(w, STR(""), &out, NULL), 0);
        buf_char(&out, '\0');
        cr_expect(strstr(out.p, cases[i].line), "%s", out.p);
        f->writer->release(w);
    }
}

static void expect_refused(const char *format, const char *type, const char *record, const char *where)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    const struct export_format *f = export_format_find(str_of(format), str_of(type));
    const struct member *members;
    size_t n;
    struct fault fault = {0};
    cr_assert(members_of(str_of(record), arena, &members, &n));
    void *w = f->writer->begin(f, str_of(type), now());
    cr_expect_eq(f->writer->add(w, members, n, &fault), ERR_INVALID_RECORD, "%s", record);
    cr_expect_str_eq(fault.where, where, "%s: %s: %s", fault.where, fault.detail, record);
    cr_expect_eq(f->writer->end(w, STR(BANNER), &out, &fault), 0);
    cr_expect_eq(out.n, 0);
    f->writer->release(w);
}

#define STO "{\"constellation\":\"GPS\",\"satellite\":\"G01\",\"messageType\":\"LNAV\""

Test(pnt_files, a_record_that_is_no_message_is_refused_by_its_field)
{
    static const struct {
        const char *record, *where;
    } cases[] = {
        {"{}", "satellite"},
        {"{\"satellite\":\"G1\"}", "satellite"},
        {"{\"satellite\":\"X01\"}", "satellite"},
        {"{\"satellite\":\"G01\",\"constellation\":\"GALILEO\"}", "constellation"},
        {"{\"satellite\":\"G01\",\"constellation\":\"GPS\",\"messageType\":\"XXXX\"}", "messageType"},
        {STO "}", "epoch"},
        {STO ",\"messageClass\":\"XXX\"}", "messageType"},
        {STO ",\"messageClass\":\"ION\",\"ionModel\":\"NEQUICK-G\"}", "messageType"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\"}", "a0"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"a0\":\"x\"}", "a0"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"a0\":1,\"a1\":0}", "offset"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"a0\":1,\"a1\":0,\"offset\":\"G\\nUT\"}", "offset"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"a0\":1,\"a1\":0,\"offset\":\"GPUT\",\"utc\":\"\\u00e9\"}", "utc"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00.5Z\",\"a0\":1,\"a1\":0,\"offset\":\"GPUT\"}", "G01 LNAV"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"a0\":1.00000000000001,\"a1\":0,\"offset\":\"GPUT\"}", "G01 LNAV"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"messageClass\":\"EPH\"}", "clockBias"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"messageClass\":\"ION\",\"ionModel\":\"KLOBUCHAR\"}",
         "ionCoefficients"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"messageClass\":\"ION\",\"ionModel\":\"KLOBUCHAR\","
             "\"ionCoefficients\":[1,2,\"x\"]}",
         "ionCoefficients"},
        {STO ",\"epoch\":\"2022-10-05T00:00:00Z\",\"messageClass\":\"ION\",\"ionModel\":\"KLOBUCHAR\","
             "\"ionCoefficients\":[1,2,3,4,5,6,7,8,9,10]}",
         "ionCoefficients"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused("rinex", "navephemeris", cases[i].record, cases[i].where);
}

/* --- almanacs --- */

#define YUMA(prn)                                                                                                      \
    "******** Week 344 almanac for PRN-" prn " ********\n"                                                             \
    "ID:                         " prn "\nHealth:                     000\n"                                           \
    "Eccentricity:               0.1234567890E-001\nTime of Applicability(s):  405504.0000\n"                          \
    "Orbital Inclination(rad):   0.9501234567\nRate of Right Ascen(r/s):  -0.7890123456E-008\n"                        \
    "SQRT(A)  (m 1/2):           5153.712345\nRight Ascen at Week(rad):   0.2345678901E+001\n"                         \
    "Argument of Perigee(rad):  -2.012345678\nMean Anom(rad):             0.1200000000E+001\n"                         \
    "Af0(s):                    -0.3210000000E-003\nAf1(s/s):                   0.0000000000E+000\n"                   \
    "week:                        344\n\n"
#define SEM(prn)                                                                                                       \
    prn "\n48\n0\n 1.234567890E-02  3.456789012E-03 -2.511478901E-09\n"                                                \
        " 5.153712345E+03  7.466528901E-01 -6.405495678E-01\n 3.819718634E-01 -3.210000000E-04  0.000000000E+00\n"     \
        "0\n11\n\n"

Test(pnt_files, almanacs_are_written_by_satellite)
{
    expect_file(YUMA("30") YUMA("07"), "yuma", "almanac", YUMA("07") YUMA("30"));
    expect_file("2  CURRENT.AL3\n 344 405504\n\n" SEM("30") SEM("7"), "sem", "almanac",
                "2  RELTO\n 344 405504\n\n" SEM("7") SEM("30"));
    cr_expect_eq(count_refused(YUMA("30") YUMA("07"), "sem", "almanac", 0), 2, "their angles are those of YUMA");
}

/* As views show it that hide anything. */
Test(pnt_files, an_almanac_without_its_second_of_the_week_is_the_same)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    struct records *r = arena_alloc(arena, sizeof *r);
    r->arena = arena;
    r->banner = "";
    read_file(STR(YUMA("07")), r);
    char *hidden = arena_strz(arena, str_of(r->json[0]));
    strstr(hidden, "timeOfWeek")[0] = 'x';
    r->json[0] = hidden;
    cr_assert_eq(write_file(r, "yuma", "almanac", &out), 0);
    cr_expect(str_is(buf_view(&out), YUMA("07")), "%.*s", STR_ARG(buf_view(&out)));
    strstr(hidden, "toa")[0] = 'x';
    cr_expect_eq(write_file(r, "yuma", "almanac", &out), 1);
    free_records(r);
}

Test(pnt_files, a_file_has_one_almanac_of_a_satellite)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct export_format *f = export_format_find(STR("sem"), STR("almanac"));
    struct records *r = arena_alloc(arena, sizeof *r);
    const struct member *members;
    size_t n;
    struct fault fault = {0};
    r->arena = arena;
    read_file(STR("1  A\n 344 405504\n\n" SEM("7")), r);
    read_file(STR("1  A\n 345 405504\n\n" SEM("7")), r);
    read_file(STR("1  A\n 345 405504\n\n" SEM("8")), r);
    free_records(r);
    void *w = f->writer->begin(f, STR("almanac"), now());
    static const char *const where[] = {"", "prn", "week"};
    for (size_t i = 0; i < r->n; i++) {
        cr_assert(members_of(str_of(r->json[i]), arena, &members, &n));
        cr_expect_eq(f->writer->add(w, members, n, &fault), i ? ERR_INVALID_RECORD : 0);
        cr_expect_str_eq(fault.where, where[i]);
    }
    f->writer->release(w);
}

/* --- precise orbits --- */

static const char *const orbits[] = {"preciseephemeris", NULL};

#define NONE "          0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
#define FIRST_3 "  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
#define SP3_START(version, mode, time, day, week)                                                                      \
    "#" version mode time "       2 ORBIT IGS14 FIT  TST\n## " week "   900.00000000 " day "\n"
#define SP3_FORM                                                                                                       \
    "+    3   G01R24E12" FIRST_3 "+" NONE "+" NONE "+" NONE "+" NONE "++         2  0 11" FIRST_3 "++" SP3_NO          \
    "++" SP3_NO "++" SP3_NO "++" SP3_NO "%c M  cc GPS ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc\n"               \
    "%c cc cc ccc ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc\n"                                                   \
    "%f  1.2500000  1.025000000  0.00000000000  0.000000000000000\n"                                                   \
    "%f  0.0000000  0.000000000  0.00000000000  0.000000000000000\n"                                                   \
    "%i    0    0    0    0      0      0      0      0         0\n"                                                   \
    "%i    0    0    0    0      0      0      0      0         0\n"
#define SP3_NO "         0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0  0\n"
#define SP3_NOON SP3_START("c", "P", "2021  3 14 12  0  0.00000000", "59287 0.5000000000000", "2149  43200.00000000")
#define SP3_NOON_D SP3_START("d", "P", "2021  3 14 12  0  0.00000000", "59287 0.5000000000000", "2149  43200.00000000")
#define SP3_COMMENTS "/* made for a test\n/*\n/*\n/* of four lines\n"
#define SP3_G01 "PG01 -11044.805800 -10475.672350  21929.418200    189.163300 18 18 18 219 EP  MP\n"
#define SP3_EP "EP    55   55   55     222  1234567 -1234567  5999999      -30       21 -1230000\n"
#define SP3_E12 "PE12   1044.805800 -10475.672350  21929.418200 999999.999999\n"
#define SP3_R24 "PR24      0.000000      0.000000      0.000000     -0.163300\n"
#define SP3_R24_NONE "PR24      0.000000      0.000000      0.000000 999999.999999\n"
#define SP3_POINTS                                                                                                     \
    "*  2021  3 14 12  0  0.00000000\n" SP3_G01 SP3_EP SP3_R24 SP3_E12                                                 \
    "*  2021  3 14 12 15  0.00000000\n" SP3_G01 SP3_R24_NONE SP3_E12 "EOF\n"
#define SP3_FILE SP3_NOON SP3_FORM SP3_COMMENTS SP3_POINTS

Test(pnt_files, orbits_are_written_by_epoch_and_satellite)
{
    expect_file(SP3_FILE, "sp3", "preciseephemeris", SP3_NOON_D SP3_FORM SP3_COMMENTS "/* " BANNER "\n" SP3_POINTS);
    expect_file(SP3_NOON SP3_FORM "/* one line\n" SP3_POINTS, "sp3", "preciseephemeris",
                SP3_NOON SP3_FORM "/* one line\n/* " BANNER "\n/*\n/*\n" SP3_POINTS);
}

#define SP3_VELOCITIES                                                                                                 \
    SP3_START("c", "V", "2021  3 14 12  0  0.00000000", "59287 0.5000000000000", "2149  43200.00000000")               \
    SP3_FORM SP3_COMMENTS "*  2021  3 14 12  0  0.00000000\n" SP3_G01 SP3_EP                                           \
                          "VG01  20298.880364 -18462.044804   1381.387685     -4.534317 14 14 14 191\n"                \
                          "EV    22   22   22     111  1234567  1234567  1234567  1234567  1234567  1234567\n" SP3_R24 \
                          "VR24      0.000000      0.000000      0.000000 999999.999999\n" SP3_E12                     \
                          "VE12      0.000000      0.000000      0.000000 999999.999999\n"                             \
                          "*  2021  3 14 12 15  0.00000000\n" SP3_G01                                                  \
                          "VG01  20298.880364 -18462.044804   1381.387685     -4.534317\nEOF\n"

Test(pnt_files, orbits_come_back)
{
    expect_round(STR(SP3_FILE), "sp3", orbits, "positions");
    expect_round(STR(SP3_VELOCITIES), "sp3", orbits, "velocities");
}

#define ORBIT "{\"satellite\":\"G01\",\"coordinateSystem\":\"IGS14\",\"timeSystem\":\"GPS\",\"points\":["
#define AT(minute) "{\"epoch\":\"2021-03-14T12:" minute ":00\""

Test(pnt_files, an_orbit_that_has_no_place_is_refused_by_its_field)
{
    static const struct {
        const char *record, *where;
    } cases[] = {
        {"{}", "satellite"},
        {"{\"satellite\":\"1\"}", "satellite"},
        {"{\"satellite\":\"G01\",\"accuracy\":12345}", "accuracy"},
        {"{\"satellite\":\"G01\"}", "coordinateSystem"},
        {"{\"satellite\":\"G01\",\"coordinateSystem\":\"IGS14\"}", "timeSystem"},
        {"{\"satellite\":\"G01\",\"coordinateSystem\":\"IGS\\n4\",\"timeSystem\":\"GPS\"}", "coordinateSystem"},
        {ORBIT "]}", "points"},
        {ORBIT "{\"x\":1,\"y\":2,\"z\":3}]}", "points[0]"},
        {ORBIT AT("00") ",\"clock\":1}," AT("00") ",\"clock\":1}]}", "points[1]"},
        {ORBIT AT("00") ",\"x\":1,\"y\":2}]}", "points[0]"},
        {ORBIT AT("00") ",\"xVel\":1}]}", "points[0]"},
        {ORBIT AT("00") ",\"x\":1.123456789,\"y\":2.1234567890123,\"z\":3}]}", "points[0]"},
        {ORBIT AT("00") ",\"clock\":1,\"clockDeviation\":12}]}", "points[0]"},
        {ORBIT AT("00") ",\"clock\":1}],\"comments\":[\"a\\nb\"]}", "comments"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused("sp3", "preciseephemeris", cases[i].record, cases[i].where);
}

struct step {
    const char *record, *where; /* "": it is taken */
};

/* Records one after the other into a file; its lines. */
static size_t expect_steps(const char *format, const char *type, const struct step *steps, size_t n)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    const struct export_format *f = export_format_find(str_of(format), str_of(type));
    void *w = f->writer->begin(f, str_of(type), now());
    size_t lines = 0;
    for (size_t i = 0; i < n; i++) {
        const struct member *members;
        size_t count;
        struct fault fault = {0};
        cr_assert(members_of(str_of(steps[i].record), arena, &members, &count));
        int error = f->writer->add(w, members, count, &fault);
        cr_expect_eq(error, *steps[i].where ? ERR_INVALID_RECORD : 0, "%s: %s", steps[i].record, fault.detail);
        cr_expect_str_eq(fault.where, steps[i].where, "%s: %s: %s", fault.where, fault.detail, steps[i].record);
    }
    cr_expect_eq(f->writer->end(w, STR(""), &out, NULL), 0);
    f->writer->release(w);
    for (size_t i = 0; i < out.n; i++)
        lines += out.p[i] == '\n';
    return lines;
}

#define SP3_HEAD_LINES 22 /* and the last line of all, EOF */

Test(pnt_files, records_of_one_file_say_the_same_of_it)
{
    static const struct step steps[] = {
        {ORBIT AT("00") ",\"clock\":1}," AT("15") ",\"clock\":1}]}", ""},
        {"{\"satellite\":\"G02\",\"coordinateSystem\":\"IGS20\",\"timeSystem\":\"GPS\",\"points\":[" AT("00") "}]}",
         "coordinateSystem"},
        {ORBIT AT("15") ",\"clock\":2}]}", "start"},
        {ORBIT AT("05") ",\"clock\":2}]}", "start"},
        {ORBIT AT("30") ",\"clock\":2}],\"accuracy\":5}", "accuracy"},
        {ORBIT AT("30") ",\"clock\":2}]}", ""},
    };
    cr_expect_eq(expect_steps("sp3", "preciseephemeris", steps, sizeof steps / sizeof *steps),
                 SP3_HEAD_LINES + 3 + 3 + 1);
}

/* Five satellites, each at an epoch of its own: what is unknown of the others is not told. */
Test(pnt_files, a_file_with_gaps_does_not_grow_by_them)
{
#define OTHER(satellite, minute)                                                                                       \
    {                                                                                                                  \
        "{\"satellite\":\"" satellite "\",\"coordinateSystem\":\"IGS14\",\"timeSystem\":\"GPS\",\"points\":["          \
        "{\"epoch\":\"2021-03-14T12:" minute ":00\",\"clock\":1}]}",                                                   \
            ""                                                                                                         \
    }
    static const struct step dense[] = {OTHER("G01", "00"), OTHER("G02", "15"), OTHER("G03", "30"), OTHER("G04", "45")};
    static const struct step sparse[] = {OTHER("G01", "00"), OTHER("G02", "15"), OTHER("G03", "30"), OTHER("G04", "45"),
                                         OTHER("G05", "50")};
    cr_expect_eq(expect_steps("sp3", "preciseephemeris", dense, 4), SP3_HEAD_LINES + 4 * 5 + 1);
    cr_expect_eq(expect_steps("sp3", "preciseephemeris", sparse, 5), SP3_HEAD_LINES + 5 * 2 + 1);
}

Test(pnt_files, samples_of_orbits_come_back)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[16];
    size_t n = samples_of("sp3", arena, samples, 16);
    for (size_t i = 0; i < n; i++)
        expect_round(samples[i].text, "sp3", orbits, samples[i].path);
}

/* --- clocks --- */

static const char *const clocks[] = {"gnssclock", NULL};

#define CLK_FILE                                                                                                       \
    LABEL("     3.00           C                   G                   ", "RINEX VERSION / TYPE")                      \
    LABEL("maker               somebody            20210314 001500 UTC ", "PGM / RUN BY / DATE")                       \
    LABEL("made for a test                                             ", "COMMENT")                                   \
    CLK_BANNER LABEL("G    2 C1W C2W                                              ", "SYS / # / OBS TYPES") LABEL(     \
        "G corrector         biases of a day                         ",                                                \
        "SYS / DCBS APPLIED") LABEL("   GPS                                                      ", "TIME SYSTEM ID")  \
        LABEL("    18                                                      ",                                          \
              "LEAP SECONDS") LABEL("TST  a centre for tests                                     ", "ANALYSIS CENTER") \
            LABEL("     2    AR    AS                                          ", "# / TYPES OF DATA") LABEL(          \
                "     2 2021 03 14 00 00  0.000000 2021 03 14 23 59 59.000000", "# OF CLK REF")                        \
                LABEL("REFA 10002M006                          -0.123456789012E-06 ", "ANALYSIS CLK REF") LABEL(       \
                    "REFB                                                        ", "ANALYSIS CLK REF")                \
                    LABEL("     1 2021 03 15 00 00  0.000000 2021 03 15 23 59 59.000000", "# OF CLK REF") LABEL(       \
                        "REFA 10002M006                          -0.123456789012E-06 ",                                \
                        "ANALYSIS CLK REF") LABEL("     1    ITRF2014                                          ",      \
                                                  "# OF SOLN STA / TRF")                                               \
                        LABEL("OTHR 10003M007            4223456789   -22345678  4665432101", "SOLN STA NAME / NUM")   \
                            LABEL("     2                                                      ", "# OF SOLN SATS")    \
                                LABEL("G01 G24                                                     ", "PRN LIST") END  \
        "AR OTHR 2021 03 14 00 00  0.000000  6    0.123456789012E-03  0.223456789012E-10\n"                            \
        " 0.323456789012E-12 -0.423456789012E-13  0.523456789012E-16  0.623456789012E-17\n"                            \
        "AS G01  2021 03 14 00 00  0.000000  1   -0.987654321098E-03\n"                                                \
        "AS G24  2021 03 14 00 00  0.000000  1    0.887654321098E-03\n"                                                \
        "AS G01  2021 03 14 00 00 30.500000  2   -0.987654321099E-03  0.111111111111E-10\n"
#define CLK_BANNER LABEL("U//REL TO USA, JPN                                          ", "COMMENT")

Test(pnt_files, clocks_are_written_by_epoch_type_and_name)
{
    expect_round(STR(CLK_FILE), "clk", clocks, "clocks");
}
#undef CLK_BANNER
#define CLK_BANNER
Test(pnt_files, a_clock_file_is_as_it_was)
{
    static const char without[] = CLK_FILE;
#undef CLK_BANNER
#define CLK_BANNER LABEL("U//REL TO USA, JPN                                          ", "COMMENT")
    expect_file(without, "clk", "gnssclock", CLK_FILE);
}

#define CLOCK "{\"clock\":\"G01\",\"dataType\":\"AS\",\"timeSystem\":\"GPS\",\"points\":["

Test(pnt_files, a_clock_that_has_no_place_is_refused_by_its_field)
{
    static const struct {
        const char *record, *where;
    } cases[] = {
        {"{}", "clock"},
        {"{\"clock\":\"TENLETTERS\"}", "clock"},
        {"{\"clock\":\"G\\n1\"}", "clock"},
        {"{\"clock\":\"G01\"}", "dataType"},
        {"{\"clock\":\"G01\",\"dataType\":\"AS\"}", "timeSystem"},
        {CLOCK "]}", "points"},
        {CLOCK "{\"bias\":1}]}", "points[0]"},
        {CLOCK AT("00") "}]}", "points[0]"},
        {CLOCK AT("00") ",\"bias\":1,\"rate\":1}]}", "points[0]"},
        {CLOCK AT("00") ",\"bias\":1.234567890123456789}]}", "points[0]"},
        {CLOCK AT("00") ",\"bias\":1}," AT("00") ",\"bias\":1}]}", "points[1]"},
        {CLOCK AT("00") ",\"bias\":1}],\"comments\":[\"a\\nb\"]}", "comments"},
        {CLOCK AT("00") ",\"bias\":1}],\"references\":[{\"number\":\"1\"}]}", "references"},
        {CLOCK AT("00") ",\"bias\":1}],\"stationNumber\":\"x\"}", "station"},
        {CLOCK AT("00") ",\"bias\":1}],\"codeBiases\":[{\"system\":\"GPS\",\"source\":\"x\"}]}", "codeBiases"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused("clk", "gnssclock", cases[i].record, cases[i].where);
}

Test(pnt_files, clocks_of_one_file_say_the_same_of_it)
{
    static const struct step steps[] = {
        {CLOCK AT("00") ",\"bias\":1}," AT("15") ",\"bias\":1}]}", ""},
        {"{\"clock\":\"G02\",\"dataType\":\"AS\",\"timeSystem\":\"UTC\",\"points\":[" AT("00") ",\"bias\":1}]}",
         "timeSystem"},
        {CLOCK AT("15") ",\"bias\":2}]}", "start"},
        {CLOCK AT("00") ",\"bias\":1}],\"codeBiases\":[{\"system\":\"G\",\"source\":\"x\"}]}", "codeBiases"},
        {CLOCK AT("30") ",\"bias\":2.5e-9}]}", ""},
        {"{\"clock\":\"STATION00\",\"dataType\":\"AR\",\"timeSystem\":\"GPS\",\"points\":[" AT("00") ",\"bias\":1}]}",
         ""},
    };
    cr_expect_eq(expect_steps("clk", "gnssclock", steps, sizeof steps / sizeof *steps), 7 + 4);
}

Test(pnt_files, samples_of_clocks_come_back)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[16];
    size_t n = samples_of("clk", arena, samples, 16);
    for (size_t i = 0; i < n; i++)
        expect_round(samples[i].text, "clk", clocks, samples[i].path);
}

static const char *rinex_form(struct str text)
{
    size_t at = 0;
    while (at < text.n && text.p[at] == ' ')
        at++;
    return at < text.n && text.p[at] == '2' ? "rinex2" : at < text.n && text.p[at] == '3' ? "rinex3" : "rinex";
}

Test(pnt_files, samples_of_navigation_messages_come_back)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[16];
    size_t n = samples_of("rinex", arena, samples, 16);
    for (size_t i = 0; i < n; i++)
        expect_round(samples[i].text, rinex_form(samples[i].text), navigation, samples[i].path);
}

Test(pnt_files, samples_of_almanacs_come_back)
{
    static const char *const types[] = {"almanac", NULL};
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct sample samples[16];
    size_t n = samples_of("almanac", arena, samples, 16);
    for (size_t i = 0; i < n; i++)
        expect_round(samples[i].text, "yuma", types, samples[i].path);
}
