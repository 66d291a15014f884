/* What a descriptor must be for everything that is derived from it to work: a type added later is tested by these too.
 */
#include "leaks.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <float.h>

TestSuite(record_type, .fini = no_leaks);

#define PARTITIONS_MAX 50

static void check_table(const char *type, const struct field_table *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct field *f = &t->fields[i];
        cr_assert_eq(f->name_length, strlen(f->name), "%s.%s", type, f->name);
        cr_assert(i == 0 || strcmp(t->fields[i - 1].name, f->name) < 0, "%s: %s is out of order", type, f->name);
        cr_assert(f->description && *f->description, "%s.%s has no description", type, f->name);
        cr_assert(f->min <= f->max, "%s.%s: empty range", type, f->name);
        cr_assert_eq(f->kind == FIELD_ENUM, f->values != NULL, "%s.%s", type, f->name);
        cr_assert_eq(f->kind == FIELD_OBJECT, f->object != NULL, "%s.%s", type, f->name);
        cr_assert(!f->retells || (f->kind != FIELD_OBJECT && f->kind != FIELD_TIME), "%s.%s", type, f->name);
        cr_assert(!f->read_only || (f->retells && !f->required), "%s.%s: a reducing view would show it", type, f->name);
        cr_assert(!f->values || f->values[0], "%s.%s: no values", type, f->name);
        if (f->object)
            check_table(type, f->object);
    }
}

Test(record_type, tables_are_sound)
{
    for (size_t i = 0; i < record_type_count(); i++)
        check_table(record_type_at(i)->name, record_type_at(i)->fields);
    for (size_t i = 0; i < part_type_count(); i++)
        check_table(part_type_at(i)->type.name, part_type_at(i)->type.fields);
    check_table("server fields", server_fields());
}

static const struct field *field_named(const struct record_type *type, const char *name)
{
    const struct field *f = field_find(type->fields, str_of(name));
    cr_assert_not_null(f, "%s has no %s", type->name, name);
    return f;
}

Test(record_type, every_type_has_the_common_header)
{
    static const char *const required[] = {"classificationMarking", "dataMode", "source"};
    static const char *const optional[] = {"clientId", "origin"};
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        for (size_t k = 0; k < 3; k++)
            cr_assert(field_named(type, required[k])->required, "%s.%s", type->name, required[k]);
        for (size_t k = 0; k < 2; k++)
            cr_assert_not(field_named(type, optional[k])->required, "%s.%s", type->name, optional[k]);
        for (size_t k = 0; k < server_fields()->n; k++)
            cr_assert_null(field_find(type->fields, str_of(server_fields()->fields[k].name)));
    }
}

Test(record_type, time_and_object_are_fields_of_the_type)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        const struct field *time = record_type_time(type);
        cr_assert_eq(!time, !type->time_field, "%s", type->name);
        cr_assert(time || !type->retention, "%s: what has one time is kept or goes together", type->name);
        cr_assert(!time || (time->kind == FIELD_TIME && time->depth == 0 && time->required), "%s", type->name);
        if (!type->object_field)
            continue;
        const struct field *object = field_named(type, type->object_field);
        cr_assert(object->depth == 0 && (object->kind == FIELD_INT || object->kind == FIELD_STRING));
    }
}

/* What an element has, and is asked for by its parent's id; its poster's id is called as everywhere. */
Test(record_type, parts_are_elements_of_another_type)
{
    for (size_t i = 0; i < part_type_count(); i++) {
        const struct part_type *part = part_type_at(i);
        const struct field *list = field_named(part->parent, part->field);
        cr_assert(list->kind == FIELD_OBJECT && list->depth == 1);
        cr_assert_null(record_type_find(str_of(part->type.name)));
        cr_assert_eq(part_type_find(str_of(part->type.name)), part);
        cr_assert_str_eq(part->type.query_required, part->parent_field);
        cr_assert_eq(field_named(&part->type, part->parent_field)->kind, FIELD_STRING);
        cr_assert_eq(part->type.fields->n, list->object->n);
        for (size_t k = 0; k < list->object->n; k++) {
            const char *name = list->object->fields[k].name;
            field_named(&part->type, strcmp(name, "id") ? name : "clientId");
        }
        for (size_t k = 0; k < server_fields()->n; k++)
            cr_assert_null(field_find(part->type.fields, str_of(server_fields()->fields[k].name)));
    }
    cr_assert_null(part_type_find(STR("ephemerisset")));
}

Test(record_type, sensors_and_places_are_fields_of_the_type)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        const struct field *sensor = type->sensor_field ? field_named(type, type->sensor_field) : NULL;
        cr_assert(!sensor || (sensor->depth == 0 && sensor->kind == FIELD_STRING));
        cr_assert_eq(!type->latitude_field, !type->longitude_field, "%s", type->name);
        if (!type->latitude_field)
            continue;
        const struct field *latitude = field_named(type, type->latitude_field);
        const struct field *longitude = field_named(type, type->longitude_field);
        cr_assert(latitude->depth == 0 && latitude->kind == FIELD_FLOAT && latitude->max == 90);
        cr_assert(longitude->depth == 0 && longitude->kind == FIELD_FLOAT && longitude->max == 180);
    }
}

/* Counted from the earliest record to the furthest ahead in 2040 for what is kept for ever. */
Test(record_type, partitions_stay_few)
{
    instant later = 0;
    instant_parse(STR("2040-01-01"), &later);
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        int64_t span = (type->retention ? type->retention : later - type->earliest) + type->furthest_ahead;
        cr_assert_leq(span / type->partition_width + 2, PARTITIONS_MAX, "%s", type->name);
        cr_assert_gt(type->furthest_ahead, 0);
        cr_assert_geq(type->earliest, INSTANT_1900);
        cr_assert_eq(type->partition_width % INSTANT_DAY, 0, "%s", type->name);
    }
}

Test(record_type, is_found_by_its_name_only)
{
    for (size_t i = 0; i < record_type_count(); i++)
        cr_assert_eq(record_type_find(str_of(record_type_at(i)->name)), record_type_at(i));
    cr_assert_null(record_type_find(STR("")));
    cr_assert_null(record_type_find(STR("elsets")));
    cr_assert_null(record_type_find(STR("Elset")));
    cr_assert_null(record_type_find((struct str){"elset\0", 6}));
}

Test(record_type, the_types_of_the_udl_surface_have_their_times)
{
    static const struct {
        const char *type, *time;
    } udl[] = {{"eoobservation", "obTime"},
               {"radarobservation", "obTime"},
               {"elset", "epoch"},
               {"statevector", "epoch"},
               {"conjunction", "tca"},
               {"gnssobservationset", "ts"},
               {"emireport", "reportTime"},
               {"rfobservation", "obTime"},
               {"diffofarrival", "obTime"},
               {"obscorrelation", "msgTs"},
               {"maneuver", "eventStartTime"},
               {"collectrequest", "startTime"},
               {"emittergeolocation", "startTime"},
               {"eop", "eopDate"},
               {"gnssrawif", "startTime"},
               {"h3geo", "startTime"},
               {"onboardnavigation", "startTime"},
               {"spaceenvobservation", "obTime"},
               {"taiutc", "adjustmentDate"},
               {"ionoobservation", "startTimeUTC"}};
    for (size_t i = 0; i < sizeof udl / sizeof *udl; i++) {
        cr_assert_str_eq(type_named(udl[i].type)->time_field, udl[i].time);
        cr_assert_str_eq(type_named(udl[i].type)->query_required, udl[i].time);
    }
    static const char *const without[] = {"notification", "collectresponse"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++) {
        cr_assert_null(type_named(without[i])->time_field);
        cr_assert_str_eq(type_named(without[i])->query_required, "createdAt");
    }
    static const char *const lasting[] = {"navigation", "onorbit", "sensor", "site"};
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++) {
        cr_assert_null(type_named(lasting[i])->time_field);
        cr_assert_null(type_named(lasting[i])->query_required);
        cr_assert(type_named(lasting[i])->versioned);
    }
}

Test(record_type, fields_are_found_and_misspelt_ones_suggested)
{
    const struct field_table *t = type_named("eoobservation")->fields;
    for (size_t i = 0; i < t->n; i++)
        cr_assert_eq(field_find(t, str_of(t->fields[i].name)), &t->fields[i]);
    cr_assert_null(field_find(t, STR("decl")));
    cr_assert_null(field_find(t, STR("declinationX")));
    cr_assert_str_eq(field_nearest(t, STR("declinaton"))->name, "declination");
    cr_assert_str_eq(field_nearest(t, STR("OBTIME"))->name, "obTime");
    cr_assert_null(field_nearest(t, STR("somethingElseEntirely")));
    cr_assert_null(field_nearest(t, STR("")));
}

static void expect_text(const struct field *f, int depth, const char *want)
{
    BUF_CLEANUP struct buf b = {0};
    field_expected(f, depth, &b);
    cr_assert(str_is(buf_view(&b), want), "got %.*s", STR_ARG(buf_view(&b)));
}

Test(record_type, what_is_expected_is_said_in_words)
{
    const struct record_type *eo = type_named("eoobservation");
    expect_text(field_named(eo, "ra"), 0, "a number from 0 to 360");
    expect_text(field_named(eo, "raUnc"), 0, "a number of at least 0");
    expect_text(field_named(eo, "satNo"), 0, "an integer from 0 to 999999999");
    expect_text(field_named(eo, "tags"), 1, "an array, each item a string of 1 to 32 characters");
    expect_text(field_named(eo, "dataMode"), 0, "one of REAL, TEST, SIMULATED, EXERCISE");
    expect_text(field_named(eo, "uct"), 0, "true or false");
}
