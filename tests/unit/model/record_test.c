/* One record: every field of every type from the right and the wrong side; canonical form. */
#include "leaks.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>

TestSuite(record, .fini = no_leaks);

static void expect_accepted(const struct place *place, struct str value)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf body = {0};
    struct record r;
    struct fault fault = {0};
    sample_record(place, value, &body);
    int rc = scan_one(place->type, buf_view(&body), arena, &r, &fault);
    cr_assert_eq(rc, 0, "%s = %.*s: %s %s", place_name(place, arena), STR_ARG(value), fault.where, fault.detail);
    cr_assert(str_eq(r.canonical, buf_view(&body)), "%s: %.*s", place_name(place, arena), STR_ARG(r.canonical));
}

/* Refused at the field itself, or at the item `inside` of it ("[0]"). */
static void expect_refused(const struct place *place, struct str value, const char *inside)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf body = {0};
    struct record r = {.index = 77};
    struct fault fault = {0};
    sample_record(place, value, &body);
    int rc = scan_one(place->type, buf_view(&body), arena, &r, &fault);
    cr_assert_eq(rc, ERR_INVALID_RECORD, "%s = %.*s was accepted", place_name(place, arena), STR_ARG(value));
    const char *where = arena_printf(arena, "%s.%s%s", place->path, place->field->name, inside);
    cr_assert_str_eq(fault.where, where);
    cr_assert(strncmp(fault.detail, "expected ", 9) == 0, "%s", fault.detail);
    cr_assert_eq(r.index, 77, "the record was touched");
}

static void check_valid(const struct place *place)
{
    BUF_CLEANUP struct buf value = {0};
    sample_value(place->field, place->field->depth, &value);
    expect_accepted(place, buf_view(&value));
}

Test(record, every_field_takes_its_own_kind)
{
    each_field(check_valid);
}

static bool takes(const struct field *f, enum field_kind kind)
{
    return f->kind == kind || (f->kind == FIELD_FLOAT && kind == FIELD_INT) ||
           (kind == FIELD_STRING && (f->kind == FIELD_STRING || f->kind == FIELD_TIME || f->kind == FIELD_ENUM));
}

static void check_wrong_kinds(const struct place *place)
{
    static const struct {
        struct str value;
        enum field_kind kind;
    } values[] = {{{"\"x\"", 3}, FIELD_STRING}, {{"0", 1}, FIELD_INT},     {{"0.5", 3}, FIELD_FLOAT},
                  {{"true", 4}, FIELD_BOOL},    {{"{}", 2}, FIELD_OBJECT}, {{"null", 4}, FIELD_ANY_KIND_COUNT}};
    const struct field *f = place->field;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (f->depth != 0 || !takes(f, values[i].kind))
            expect_refused(place, values[i].value, "");
    }
    if (f->depth == 0)
        expect_refused(place, STR("[]"), "");
    if (f->depth == 1)
        expect_refused(place, STR("[[]]"), "[0]");
    if (f->depth > 1)
        expect_refused(place, STR("[[],null]"), "[1]");
}

Test(record, every_field_refuses_other_kinds_by_its_path)
{
    each_field(check_wrong_kinds);
}

static void check_value_not_of_the_kind(const struct place *place)
{
    static const char *const wrong[FIELD_ANY_KIND_COUNT][5] = {
        [FIELD_STRING] = {"\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\ud800\\u0041\""},
        [FIELD_INT] = {"1.0", "1e2", "-0", "9223372036854775808", "-9223372036854775809"},
        [FIELD_FLOAT] = {"1e309", "1e-400", "1e99999999999999999999999", "1234567890123456789e295"},
        [FIELD_TIME] = {"\"yesterday\"", "\"2026-02-30\"", "\"2026-01-01T25:00:00Z\"", "\"\"",
                        "\"2026-01-01T00:00:00.0000001Z\""},
        [FIELD_ENUM] = {"\"\"", "\"REALLY\"", "\"real\""},
    };
    if (place->field->depth != 0)
        return;
    for (size_t i = 0; i < 5 && wrong[place->field->kind][i]; i++)
        expect_refused(place, str_of(wrong[place->field->kind][i]), "");
}

Test(record, every_field_refuses_what_its_kind_cannot_hold)
{
    each_field(check_value_not_of_the_kind);
}

static void number(struct buf *out, const struct field *f, double v)
{
    buf_clear(out);
    buf_printf(out, f->kind == FIELD_INT ? "%.0f" : "%.17g", v);
}

static void check_number_range(const struct place *place)
{
    const struct field *f = place->field;
    BUF_CLEANUP struct buf value = {0};
    bool integer = f->kind == FIELD_INT;
    if ((!integer && f->kind != FIELD_FLOAT) || !field_limited(f) || f->depth != 0)
        return;
    number(&value, f, f->min);
    expect_accepted(place, buf_view(&value));
    number(&value, f, integer ? f->min - 1 : nextafter(f->min, -INFINITY));
    if (f->min != 0 || integer) /* the number just below 0 is no double */
        expect_refused(place, buf_view(&value), "");
    else
        expect_refused(place, STR("-0.0000000001"), "");
    if (f->max >= DBL_MAX)
        return;
    number(&value, f, f->max);
    expect_accepted(place, buf_view(&value));
    number(&value, f, integer ? f->max + 1 : nextafter(f->max, INFINITY));
    expect_refused(place, buf_view(&value), "");
}

Test(record, numbers_keep_within_both_ends_of_their_range)
{
    each_field(check_number_range);
}

static void text_of(struct buf *out, size_t characters)
{
    buf_clear(out);
    buf_char(out, '"');
    for (size_t i = 0; i < characters; i++)
        buf_z(out, "é"); /* two bytes: it is characters that count */
    buf_char(out, '"');
}

/* The sample's parts, which have to repeat the marking, have their own. */
static bool repeated_in_parts(const struct place *place)
{
    bool parts = false;
    for (size_t i = 0; i < place->table->n; i++)
        parts |= place->table->fields[i].required && place->table->fields[i].kind == FIELD_OBJECT;
    return parts && !strcmp(place->field->name, "classificationMarking");
}

static void check_text_range(const struct place *place)
{
    const struct field *f = place->field;
    BUF_CLEANUP struct buf value = {0};
    if (f->kind != FIELD_STRING || !field_limited(f) || f->depth != 0 || place->outer || repeated_in_parts(place))
        return;
    text_of(&value, (size_t)f->min);
    expect_accepted(place, buf_view(&value));
    text_of(&value, (size_t)f->min - 1);
    expect_refused(place, buf_view(&value), "");
    text_of(&value, (size_t)f->max);
    expect_accepted(place, buf_view(&value));
    text_of(&value, (size_t)f->max + 1);
    expect_refused(place, buf_view(&value), "");
}

Test(record, text_keeps_within_both_ends_of_its_length)
{
    each_field(check_text_range);
}

static void check_required(const struct place *place)
{
    if (place->field->required)
        expect_refused(place, STR(""), "");
}

Test(record, nothing_required_may_be_missing)
{
    each_field(check_required);
}

Test(record, integers_reach_both_ends_of_64_bits)
{
    const struct record_type *type = type_named("eoobservation");
    struct place place = {type, field_find(type->fields, STR("eoobservationDetails")), NULL, NULL,
                          "$.eoobservationDetails"};
    place.table = place.outer->object;
    place.field = field_find(place.table, STR("pixelMax"));
    expect_accepted(&place, STR("9223372036854775807"));
    expect_accepted(&place, STR("-9223372036854775808"));
    expect_accepted(&place, STR("0"));
    expect_refused(&place, STR("10000000000000000000000000000"), "");
}

#define EO_HEAD "\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"obTime\":\"2026-05-04\",\"source\":\"s\""

static void expect_fault(const char *members, const char *where, const char *detail)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault = {0};
    const char *body = arena_printf(arena, "{" EO_HEAD "%s}", members);
    cr_assert_eq(scan_one(type_named("eoobservation"), str_of(body), arena, &r, &fault), ERR_INVALID_RECORD, "%s",
                 body);
    cr_assert_str_eq(fault.where, where);
    cr_assert_str_eq(fault.detail, detail);
}

Test(record, refusals_say_where_and_what_was_expected)
{
    expect_fault(",\"ra\":400", "$.ra", "expected a number from 0 to 360, found 400");
    expect_fault(",\"ra\":\"1\"", "$.ra", "expected a number from 0 to 360, found a string");
    expect_fault(",\"satNo\":null", "$.satNo", "expected an integer from 0 to 999999999, found null");
    expect_fault(",\"tags\":[\"a\",5]", "$.tags[1]", "expected a string of 1 to 32 characters, found a number");
    expect_fault(",\"tags\":\"a\"", "$.tags",
                 "expected an array, each item a string of 1 to 32 characters, found a string");
    expect_fault(",\"uct\":{}", "$.uct", "expected true or false, found an object");
    expect_fault(",\"declinaton\":1", "$.declinaton",
                 "expected a field of eoobservation; the nearest name is declination");
    expect_fault(",\"nonsense\":1", "$.nonsense", "expected a field of eoobservation");
    expect_fault(",\"source\":\"t\"", "$.source", "expected each member once");
    expect_fault(",\"s\\u006furce\":\"t\"", "$.source", "expected each member once");
    expect_fault(",\"clientId\":\"a\",\"clientId\":\"a\"", "$.clientId", "expected each member once");
    expect_fault(",\"relto\":{},\"relto\":{}", "$.relto", "expected each member once");
    expect_fault(",\"eoobservationDetails\":{\"imageCorners\":[[1,2],[3,\"x\"]]}",
                 "$.eoobservationDetails.imageCorners[1][1]", "expected a number, found a string");
    expect_fault(",\"eoobservationDetails\":{\"relto\":{}}", "$.eoobservationDetails.relto",
                 "expected a field of eoobservation");
    expect_fault(",\"eoobservationDetails\":{\"id\":\"a\"}", "$.eoobservationDetails.id",
                 "expected a field of eoobservation");
}

/* --- what a part says of its marking --- */

Test(record, a_part_repeats_the_marking_and_the_mode_of_its_record)
{
    expect_fault(",\"eoobservationDetails\":{\"classificationMarking\":\"S//NF\"}",
                 "$.eoobservationDetails.classificationMarking", "expected the record's own classificationMarking");
    expect_fault(",\"eoobservationDetails\":{\"dataMode\":\"TEST\"}", "$.eoobservationDetails.dataMode",
                 "expected the record's own dataMode");
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault;
    static const char before[] = "{\"eoobservationDetails\":{\"classificationMarking\":\"S//NF\"}," EO_HEAD "}";
    cr_assert_eq(scan_one(type_named("eoobservation"), str_of(before), arena, &r, &fault), ERR_INVALID_RECORD,
                 "the part came before the marking");
    static const char same[] = "{\"eoobservationDetails\":{\"classificationMarking\":\"\\u0055\"}," EO_HEAD "}";
    cr_assert_eq(scan_one(type_named("eoobservation"), str_of(same), arena, &r, &fault), 0);
}

/* --- canonical form --- */

static void expect_canonical(const char *body, const char *want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault = {0};
    cr_assert_eq(scan_one(type_named("gnssobservationset"), str_of(body), arena, &r, &fault), 0, "%s %s", fault.where,
                 fault.detail);
    cr_assert(str_is(r.canonical, want), "%.*s", STR_ARG(r.canonical));
}

Test(record, canonical_form_is_sorted_without_white_space)
{
    expect_canonical(
        " { \"ts\" : \"2026-05-04T05:02:01+02:00\" ,\n\t\"source\":\"s\",\"gnssObservationList\" : [ { "
        "\"ob\":[ 1.50, -0.0 ,1E2, 0.1000000000000000055 ], \"gnssSatId\" : \"G07\" } , { } ] ,\r\n"
        "\"dataMode\":\"REAL\",\"classificationMarking\":\"U\", \"id\" : \"mine\", \"tags\":[ ] } ",
        "{\"classificationMarking\":\"U\",\"clientId\":\"mine\",\"dataMode\":\"REAL\","
        "\"gnssObservationList\":[{\"gnssSatId\":\"G07\",\"ob\":[1.50,-0.0,1E2,0.1000000000000000055]},{}],"
        "\"source\":\"s\",\"tags\":[],\"ts\":\"2026-05-04T03:02:01.000000Z\"}");
}

Test(record, escapes_have_one_spelling)
{
    expect_canonical(
        "{\"classificationMarking\":\"U\",\"dataMode\":\"\\u0052EAL\",\"ts\":\"2026-05-04\",\"source\":"
        "\"\\/\\u00e9\\ud83d\\ude00\\u0001\\u001F\\n\\u000a\\\"\\\\\\u0022\\b\\f\\r\\t\\u007f\\u20ac\"}",
        "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"source\":"
        "\"/é😀\\u0001\\u001f\\n\\n\\\"\\\\\\\"\\b\\f\\r\\t\x7f€\",\"ts\":\"2026-05-04T00:00:00.000000Z\"}");
}

Test(record, its_parts_are_told_as_plain_text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault;
    static const char body[] =
        " {\"classificationMarking\":\"S//REL TO USA, "
        "JPN\",\"dataMode\":\"TEST\",\"obTime\":\"2026-05-04T03:02:01.5Z\","
        "\"source\":\"a\\\"b\\u00e9\",\"satNo\":25544,\"id\":\"x\\u0041\",\"relto\": {\"owners\": [\"USA\"] } }";
    cr_assert_eq(scan_one(type_named("eoobservation"), str_of(body), arena, &r, &fault), 0);
    cr_assert(str_is(r.marking, "S//REL TO USA, JPN"));
    cr_assert(str_is(r.data_mode, "TEST"));
    cr_assert(str_is(r.source, "a\"bé"));
    cr_assert(str_is(r.client_id, "xA"));
    cr_assert(str_is(r.object, "25544"));
    cr_assert(str_is(r.relto, "{\"owners\": [\"USA\"] }"));
    instant t;
    instant_parse(STR("2026-05-04T03:02:01.500000Z"), &t);
    cr_assert_eq(r.t, t);
    cr_assert_eq(r.offset, 1);
    cr_assert_eq(r.index, 0);
}

Test(record, what_was_not_sent_is_told_as_such)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault;
    cr_assert_eq(scan_one(type_named("eoobservation"), STR("{" EO_HEAD "}"), arena, &r, &fault), 0);
    cr_assert_null(r.relto.p);
    cr_assert_eq(r.object.n, 0);
    cr_assert_eq(r.client_id.n, 0);
}

static void scan_record_at(const struct record_type *type, instant t, int want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf body = {0}, time = {0};
    struct record r;
    struct fault fault = {0};
    buf_char(&time, '"');
    buf_instant(&time, t);
    buf_char(&time, '"');
    struct place place = {type, NULL, type->fields, record_type_time(type), "$"};
    sample_record(&place, buf_view(&time), &body);
    cr_assert_eq(scan_one(type, buf_view(&body), arena, &r, &fault), want, "%s %.*s", type->name,
                 STR_ARG(buf_view(&time)));
    cr_assert(!want || str_is(str_of(fault.where + 2), type->time_field), "%s", fault.where);
}

Test(record, its_time_keeps_within_the_limits_of_the_type)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        if (!type->time_field)
            continue;
        instant first = type->retention ? NOW - type->retention : type->earliest;
        scan_record_at(type, first, 0);
        scan_record_at(type, first - 1, ERR_INVALID_RECORD);
        scan_record_at(type, NOW + type->furthest_ahead, 0);
        scan_record_at(type, NOW + type->furthest_ahead + 1, ERR_INVALID_RECORD);
    }
}
