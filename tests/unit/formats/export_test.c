#include "export.h"
#include "leaks.h"
#include "record.h"
#include "tle.h"

#include <criterion/criterion.h>

TestSuite(export, .fini = no_leaks);

#define NOW INT64_C(1795500000000000)

/* Of the first record that cannot be expressed: its fault; else what end says. */
static int export_all(const char *format, const char *type, const char *const *records, const char *banner,
                      struct buf *out, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct export_format *f = export_format_find(str_of(format), str_of(type));
    cr_assert_not_null(f, "%s of %s", format, type);
    void *w = f->writer->begin(f, str_of(type), NOW);
    int error = 0;
    for (; *records && !error; records++) {
        const struct member *members;
        size_t n;
        cr_assert(members_of(str_of(*records), arena, &members, &n), "%s", *records);
        error = f->writer->add(w, members, n, fault);
    }
    if (!error)
        error = f->writer->end(w, str_of(banner), out, fault);
    f->writer->release(w);
    return error;
}

static void expect(const char *format, const char *type, const char *const *records, const char *expected)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    cr_assert_eq(export_all(format, type, records, "U//REL TO USA, JPN", &b, &fault), 0, "%s: %s", fault.where,
                 fault.detail);
    cr_assert(str_is(buf_view(&b), expected), "%.*s", STR_ARG(buf_view(&b)));
}

static void expect_refused(const char *format, const char *type, const char *record, const char *where)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    cr_assert_eq(export_all(format, type, (const char *[]){record, NULL}, "", &b, &fault), ERR_INVALID_RECORD, "%s",
                 record);
    cr_assert_str_eq(fault.where, where, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(b.n, 0);
}

Test(export, each_row_names_types_that_exist_and_is_found)
{
    for (size_t i = 0; i < export_format_count(); i++) {
        const struct export_format *f = export_format_at(i);
        size_t types = 0;
        for (size_t t = 0; t < record_type_count(); t++) {
            struct str type = str_of(record_type_at(t)->name);
            if (!export_has(f, type))
                continue;
            types++;
            cr_assert_eq(export_format_find(str_of(f->name), type), f, "%s of %s stands twice", f->name,
                         record_type_at(t)->name);
        }
        size_t named = 1;
        for (const char *p = f->types; *p; p++)
            named += *p == '|';
        cr_assert_eq(types, named, "%s: %s", f->name, f->types);
    }
    cr_assert_null(export_format_find(STR("tle"), STR("conjunction")));
    cr_assert_null(export_format_find(STR("tl"), STR("elset")));
    cr_assert_not(export_has(export_format_find(STR("tle"), STR("elset")), STR("else")));
}

/* --- element sets in lines --- */

#define LINE_1 "1 25544U 98067A   26143.50000000 -.00012463  00000-0 -52031-2 0  9992\n"
#define LINE_2 "2 25544  51.6400 199.5121 0001333 133.9522 226.1918 15.49113993 12345\n"

/* The record that import makes of the set. */
static const char *elset_of(const char *text, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("test"), STR(""), STR("")};
    struct tle_reader reader = tle_reader(str_of(text), arena);
    struct tle t;
    struct fault fault = {0};
    cr_assert_eq(tle_next(&reader, &t, &fault), 0, "%s: %s", fault.where, fault.detail);
    tle_elset(&t, &header, &b);
    return arena_strz(arena, buf_view(&b));
}

Test(export, element_sets_come_back_as_they_were)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *named = elset_of("0 ISS (ZARYA)\n" LINE_1 LINE_2, arena), *other = elset_of(LINE_1 LINE_2, arena);
    cr_assert(strstr(named, "\"internationalDesignator\":\"1998-067A\""), "%s", named);
    expect("tle", "elset", (const char *[]){named, other, NULL}, LINE_1 LINE_2 LINE_1 LINE_2);
    expect("3le", "elset", (const char *[]){named, other, NULL},
           "0 ISS (ZARYA)\n" LINE_1 LINE_2 "0 98067A\n" LINE_1 LINE_2);
    expect("tle", "elset", (const char *[]){NULL}, "");
}

/* As a view may hide it, or as others send it. */
Test(export, what_an_element_set_cannot_say_is_refused_by_its_field)
{
    static const char *const needed[] = {"satNo",        "epoch",       "meanMotionDot", "meanMotionDDot",
                                         "bStar",        "inclination", "raan",          "eccentricity",
                                         "argOfPerigee", "meanAnomaly", "meanMotion"};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *whole = elset_of(LINE_1 LINE_2, arena);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        char *without = arena_strz(arena, str_of(whole));
        char *at = strstr(without, arena_printf(arena, "\"%s\"", needed[i]));
        cr_assert_not_null(at, "%s", needed[i]);
        at[1] = 'x';
        expect_refused("tle", "elset", without, needed[i]);
    }
    char *large = arena_strz(arena, str_of(whole));
    memcpy(strstr(large, "25544"), "99e44", 5);
    expect_refused("tle", "elset", large, "satNo");
    char *name = arena_printf(arena, "%.*s,\"origObjectId\":\"\u00e9\"}",
                              (int)(strstr(whole, ",\"origObjectId") - whole), whole);
    expect_refused("3le", "elset", name, "origObjectId");
}
