#include "export.h"
#include "leaks.h"

#include <criterion/criterion.h>

TestSuite(rinex_retold, .fini = no_leaks);

#define NOW INT64_C(1780315200) * INSTANT_SECOND /* 2026-06-01T12:00:00Z */
#define VERSION "     4.02           NAVIGATION DATA     G: GPS              RINEX VERSION / TYPE\n"
#define MADE "relto                                   20260601 120000 UTC PGM / RUN BY / DATE\n"
#define BY(whom) "maker               " whom "            20210314 001500 UTC PGM / RUN BY / DATE\n"
#define WAS_BY(whom) "maker               " whom "            20210314 001500 UTC COMMENT\n"
#define REMARK "made for a test                                             COMMENT\n"
#define DOI "https://doi.org/10.1/x                                      DOI\n"
#define WAS_DOI "https://doi.org/10.1/x                                      COMMENT\n"
#define LEAP "    18                                                      LEAP SECONDS\n"
#define LEAP_LATER "    18    18  2185     7                                    LEAP SECONDS\n"
#define WAS_LEAP "    18                                                      COMMENT\n"
#define WAS_LEAP_LATER "    18    18  2185     7                                    COMMENT\n"
#define BANNER "U//REL TO USA, JPN                                          COMMENT\n"
#define END "                                                            END OF HEADER\n"
#define COLUMNS "                                                            "

/* An offset of 2022; header: its lines, each with its end. */
static int add_of(const struct export_format *f, void *writer, const char *type, const char *header,
                  struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf json = {0};
    const struct member *members;
    size_t n;
    buf_printf(&json,
               "{\"constellation\":\"GPS\",\"satellite\":\"G\",\"epoch\":\"2022-10-05T00:00:00.000000Z\","
               "\"offset\":\"GPUT\",\"messageType\":\"%s\",\"a0\":1,\"a1\":0",
               type);
    for (const char *at = header; *at; at = strchr(at, '\n') + 1) {
        buf_z(&json, at == header ? ",\"header\":[" : ",");
        buf_json_str(&json, (struct str){at, (size_t)(strchr(at, '\n') - at)});
    }
    buf_z(&json, *header ? "]}" : "}");
    cr_assert(members_of(buf_view(&json), arena, &members, &n));
    return f->writer->add(writer, members, n, fault);
}

static int add(const struct export_format *f, void *writer, const char *header, struct fault *fault)
{
    return add_of(f, writer, "LNAV", header, fault);
}

static void expect_header(const char *const *headers, const char *banner, const char *expected)
{
    BUF_CLEANUP struct buf out = {0};
    const struct export_format *f = export_format_find(STR("rinex"), STR("timeoffset"));
    void *w = f->writer->begin(f, STR("timeoffset"), NOW);
    struct fault fault = {0};
    for (; *headers; headers++)
        cr_assert_eq(add(f, w, *headers, &fault), 0, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(f->writer->end(w, str_of(banner), &out, &fault), 0);
    f->writer->release(w);
    buf_char(&out, '\0');
    const char *end = strstr(out.p, END);
    cr_assert(end && strncmp(out.p, VERSION, strlen(VERSION)) == 0, "%s", out.p);
    struct str header = {out.p + strlen(VERSION), (size_t)(end - out.p) - strlen(VERSION)};
    cr_expect(str_is(header, expected), "%.*s", STR_ARG(header));
}

Test(rinex_retold, lines_of_one_file_come_back_as_they_stood)
{
    expect_header((const char *[]){"", NULL}, "", MADE LEAP);
    expect_header((const char *[]){BY("somebody") DOI REMARK LEAP_LATER, "", NULL}, "",
                  BY("somebody") DOI REMARK LEAP_LATER);
    expect_header((const char *[]){BY("somebody") REMARK REMARK LEAP, BY("somebody") REMARK REMARK LEAP, NULL}, "",
                  BY("somebody") REMARK REMARK LEAP);
}

Test(rinex_retold, what_stands_once_and_differs_becomes_a_comment)
{
    expect_header((const char *[]){BY("somebody") LEAP_LATER, DOI REMARK LEAP BY("somebody"), NULL}, "",
                  BY("somebody") WAS_LEAP_LATER WAS_DOI REMARK WAS_LEAP LEAP);
    expect_header((const char *[]){BY("no-one  ") LEAP, BY("somebody") LEAP, NULL}, "",
                  MADE WAS_BY("no-one  ") WAS_BY("somebody") LEAP);
}

Test(rinex_retold, leap_seconds_are_those_of_the_messages)
{
    expect_header((const char *[]){"    17                                                      LEAP SECONDS\n", NULL},
                  "", MADE "    17                                                      COMMENT\n" LEAP);
}

Test(rinex_retold, the_banner_stands_once)
{
    expect_header((const char *[]){BY("somebody") LEAP, NULL}, "U//REL TO USA, JPN", BY("somebody") BANNER LEAP);
    expect_header((const char *[]){BY("somebody") BANNER LEAP, NULL}, "U//REL TO USA, JPN", BY("somebody") BANNER LEAP);
}

Test(rinex_retold, what_is_no_header_is_refused_and_leaves_nothing)
{
    static const char *const headers[] = {
        "no label\n",
        END,
        VERSION,
        COLUMNS "IONOSPHERIC CORR\n",
        "x                                                           LEAP SECONDS\n",
        DOI DOI,
        "\x01                                                           COMMENT\n",
    };
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        BUF_CLEANUP struct buf out = {0};
        const struct export_format *f = export_format_find(STR("rinex"), STR("timeoffset"));
        void *w = f->writer->begin(f, STR("timeoffset"), NOW);
        struct fault fault = {0};
        cr_expect_eq(add(f, w, headers[i], &fault), ERR_INVALID_RECORD, "%zu", i);
        cr_expect_str_eq(fault.where, "header", "%zu: %s", i, fault.detail);
        cr_expect_eq(f->writer->end(w, STR(""), &out, &fault), 0);
        cr_expect_eq(out.n, 0, "%zu", i);
        f->writer->release(w);
    }
}

Test(rinex_retold, a_record_that_is_refused_leaves_no_lines)
{
    BUF_CLEANUP struct buf out = {0};
    const struct export_format *f = export_format_find(STR("rinex3"), STR("timeoffset"));
    void *w = f->writer->begin(f, STR("timeoffset"), NOW);
    cr_assert_eq(add_of(f, w, "CNVX", BY("somebody") REMARK, NULL), ERR_INVALID_RECORD);
    cr_assert_eq(add(f, w, BY("no-one  "), NULL), 0);
    cr_assert_eq(f->writer->end(w, STR(""), &out, NULL), 0);
    f->writer->release(w);
    buf_char(&out, '\0');
    cr_expect(strstr(out.p, BY("no-one  ")) && !strstr(out.p, "COMMENT"), "%s", out.p);
}
