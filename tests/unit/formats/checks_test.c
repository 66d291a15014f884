#include "checks.h"
#include "leaks.h"
#include "record_type.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(checks, .fini = no_leaks);

/* A record's warnings: the elements of the array; "" for none. */
static char *warned(const char *type, const char *members)
{
    static char out[8192];
    BUF_CLEANUP struct buf json = {0};
    ARENA_CLEANUP struct arena *arena = arena_new();
    buf_printf(&json, "{\"classificationMarking\":\"U\"%s}", members);
    size_t before = json.n;
    checks_add(type, &json, arena);
    buf_char(&json, '\0');
    const char *at = strstr(json.p, "\"warnings\":[");
    snprintf(out, sizeof out, "%s", at ? at + 12 : "");
    if (at)
        out[strlen(out) - 2] = '\0'; /* ]} */
    cr_assert(at || json.n == before + 1, "untouched");
    return out;
}

static void expect(const char *type, const char *members, const char *wanted)
{
    const char *got = warned(type, members);
    cr_expect(*wanted ? strstr(got, wanted) != NULL : !*got, "%s %s\n  wanted %s\n  got    %s", type, members, wanted,
              got);
}

/* --- covariances --- */

static void expect_covariance(const char *lower, const char *wanted)
{
    char members[1024];
    snprintf(members, sizeof members, ",\"cov\":[%s]", lower);
    expect("statevector", members, wanted);
}

Test(checks, covariances_are_positive_semi_definite)
{
    static const char *const cases[][2] = {
        {"1,0,1,0,0,1", ""},
        {"0,0,0,0,0,0", ""},
        {"4,2,1", ""},         /* its correlation is 1 */
        {"4,2.0000001,1", ""}, /* as far as digits go */
        {"4,2.001,1", "covariance is not positive semi-definite"},
        {"4,-2.001,1", "covariance is not positive semi-definite"},
        {"1,0.9,1,-0.9,0.9,1", "not positive semi-definite"}, /* each pair is fine */
        {"1,0.9,1,0.9,0.9,1", ""},
        {"1e-20,0,1e20", ""},
        {"1,0,-1e-9", "covariance: variance 2 is negative"},
        {"1,0.1,0", "covariance: variance 2 is 0, its covariances are not"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_covariance(cases[i][0], cases[i][1]);
}

Test(checks, covariances_of_points_tell_their_time)
{
    expect("ephemerisset", ",\"ephemerisList\":[{\"ts\":\"A\",\"cov\":[1]},{\"ts\":\"B\",\"cov\":[-1]},{\"ts\":\"C\"}]",
           "\"covariance at B: variance 1 is negative\"");
    expect("preciseephemeris", ",\"points\":[{\"epoch\":\"E\",\"positionCovariance\":{\"xy\":10000000}}]", "");
    expect("preciseephemeris", ",\"points\":[{\"epoch\":\"E\",\"velocityCovariance\":{\"xy\":10001000}}]",
           "correlation of the velocity at E is not positive semi-definite");
}

#define OCM(ordering, line)                                                                                            \
    ",\"message\":\"CCSDS_OCM_VERS = 3.0\\nCREATION_DATE = 2026-01-01T00:00:00\\nORIGINATOR = T\\nMETA_START\\n"       \
    "TIME_SYSTEM = UTC\\nEPOCH_TZERO = 2026-01-01T00:00:00\\nMETA_STOP\\nCOV_START\\nCOV_REF_FRAME = RTN\\n"           \
    "COV_TYPE = CARTP\\nCOV_ORDERING = " ordering "\\n" line "\\nCOV_STOP\\n\""

Test(checks, covariances_in_messages_are_found)
{
    static const char *const cases[][3] = {
        {"LTM", "0 1 2 1 0 0 1", "covariance at 0 is not"},
        {"LTM", "0 1 0.5 1 0 0 1", ""},
        {"UTM", "0 1 0 0 1 2 1", "covariance at 0 is not"},
        {"UTM", "0 1 0 0 1 0.5 1", ""},
        {"FULL", "0 1 2 0 2 1 0 0 0 1", "covariance at 0 is not"},
        {"FULL", "0 1 0 0 0 1 0 0 0 1", ""},
        {"LTMWCC", "0 4 0.9 0.9 1 1 0.9 0 0 1", ""},
        {"UTMWCC", "0 4 2.1 0 0.5 1 0 0 0 1", "covariance at 0 is not"},
        {"LTM", "0 1 2 3 4", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char members[1024];
        snprintf(members, sizeof members, OCM("%s", "%s"), cases[i][0], cases[i][1]);
        expect("conjunction", members, cases[i][2]);
    }
}

/* --- conjunctions --- */

#define STATE(n, x, v) ",\"stateVector" n "\":{\"referenceFrame\":\"J2000\",\"xpos\":" x ",\"xvel\":0.000000," v "}"
#define FIRST STATE("1", "7000.000000", "\"ypos\":0.000000,\"zpos\":0.000000,\"yvel\":7.500000,\"zvel\":0.000000")
/* 300 m above, 400 m to the side, passing at 10 km/s across. */
#define SECOND STATE("2", "7000.300000", "\"ypos\":0.000000,\"zpos\":0.400000,\"yvel\":1.500000,\"zvel\":8.000000")
#define STATES FIRST SECOND
#define DISTANCES ",\"missDistance\":500,\"relPosR\":300.0,\"relPosT\":0.0,\"relPosN\":400.0"
#define SPEEDS ",\"relVelMag\":10000,\"relVelR\":0.0,\"relVelT\":-6000.0,\"relVelN\":8000.0"

Test(checks, conjunctions_say_their_distance_once)
{
    static const char *const cases[][2] = {
        {STATES DISTANCES SPEEDS, ""},
        {DISTANCES, ""},
        {",\"missDistance\":501,\"relPosR\":300.0,\"relPosT\":0.0,\"relPosN\":400.0", ""}, /* rounded or cut */
        {",\"missDistance\":504,\"relPosR\":300.0,\"relPosT\":0.0,\"relPosN\":400.0",
         "MISS_DISTANCE is 504, but RELATIVE_POSITION makes 500"},
        {",\"missDistance\":500.9,\"relPosR\":300.0,\"relPosT\":0.0,\"relPosN\":400.0", "MISS_DISTANCE is 500.9"},
        {",\"relVelMag\":10100,\"relVelR\":0.0,\"relVelT\":-6000.0,\"relVelN\":8000.0",
         "RELATIVE_SPEED is 10100, but RELATIVE_VELOCITY makes 10000"},
        {STATES ",\"missDistance\":600", "MISS_DISTANCE is 600, but the distance of the two states makes 500"},
        {STATES ",\"missDistance\":507", ""}, /* half a millisecond of the way */
        {STATES ",\"relVelMag\":9000", "RELATIVE_SPEED is 9000, but the difference of the two velocities makes 10000"},
        {STATES ",\"relPosR\":-300.0,\"relPosT\":0.0,\"relPosN\":400.0",
         "RELATIVE_POSITION_R is -300, but the two states make 300"},
        {STATES ",\"relPosR\":300.0,\"relPosT\":400.0,\"relPosN\":0.0", "RELATIVE_POSITION_T is 400"},
        {STATES ",\"relVelR\":0.0,\"relVelT\":6000.0,\"relVelN\":8000.0", "RELATIVE_VELOCITY_T is 6000"},
        {FIRST ",\"missDistance\":600", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect("conjunction", cases[i][0], cases[i][1]);
}

#define TCA ",\"tca\":\"2026-05-23T12:00:00.000000Z\""

Test(checks, closest_approach_is_within_what_was_screened)
{
    static const char *const cases[][2] = {
        {TCA ",\"screenEntryTime\":\"2026-05-23T12:00:00.000000Z\",\"screenExitTime\":\"2026-05-23T12:00:00.000000Z\"",
         ""},
        {TCA ",\"screenEntryTime\":\"2026-05-23T12:00:00.000001Z\"",
         "TCA 2026-05-23T12:00:00.000000Z is before START_SCREEN_PERIOD 2026-05-23T12:00:00.000001Z"},
        {TCA ",\"screenExitTime\":\"2026-05-23T11:00:00.000000Z\"", "is after STOP_SCREEN_PERIOD"},
        {TCA ",\"volEntryTime\":\"2026-05-24T11:00:00.000000Z\"", "is before SCREEN_ENTRY_TIME"},
        {TCA ",\"volExitTime\":\"2026-05-22T11:00:00.000000Z\"", "is after SCREEN_EXIT_TIME"},
        {TCA ",\"volEntryTime\":\"2026-05-24T11:00:00.000000Z\",\"volExitTime\":\"2026-05-23T13:00:00.000000Z\"",
         "SCREEN_ENTRY_TIME 2026-05-24T11:00:00.000000Z is after SCREEN_EXIT_TIME"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect("conjunction", cases[i][0], cases[i][1]);
}

/* --- elements and orbits --- */

Test(checks, elements_are_of_an_orbit)
{
    static const char *const cases[][3] = {
        {"elset", ",\"meanMotion\":15.5,\"eccentricity\":0.0001", ""},
        {"elset", ",\"meanMotion\":15.5,\"eccentricity\":0.1", "the perigee is 263 km below the ground"},
        {"elset", ",\"meanMotion\":18,\"eccentricity\":0", "km below the ground"},
        {"elset", ",\"meanMotion\":0,\"eccentricity\":0", "MEAN_MOTION 0: expected more than 0"},
        {"elset", ",\"meanMotion\":1,\"eccentricity\":1", "ECCENTRICITY 1: no orbit that returns"},
        {"elset", ",\"epoch\":\"2024-12-31T23:59:59\",\"internationalDesignator\":\"2025-001A\"",
         "is before the launch of 2025-001A"},
        {"elset", ",\"epoch\":\"2025-01-01T00:00:00\",\"internationalDesignator\":\"2025-001A\"", ""},
        {"ephemerisset", ",\"ephemerisList\":[{\"ts\":\"A\",\"xpos\":6000,\"ypos\":1,\"zpos\":1}]",
         "the point at A is within the Earth"},
        {"ephemerisset",
         ",\"centBody\":\"MOON\",\"ephemerisList\":[{\"ts\":\"A\",\"xpos\":1738,\"ypos\":1,\"zpos\":1}]", ""},
        {"navephemeris", ",\"sqrtA\":5153.6,\"toe\":604800,\"top\":0", ""},
        {"navephemeris", ",\"sqrtA\":4000", "sqrtA 4000: a semi-major axis of 16000 km"},
        {"navephemeris", ",\"sqrtA\":7000", "sqrtA 7000"},
        {"navephemeris", ",\"toe\":604801", "toe 604801 is no second of a week"},
        {"navephemeris", ",\"top\":-1", "top -1 is no second of a week"},
        {"navephemeris", ",\"x\":10000,\"y\":20000,\"z\":12000", ""},
        {"navephemeris", ",\"x\":1000,\"y\":2000,\"z\":1200", "a distance of 2538 km"},
        {"preciseephemeris", ",\"positionBase\":1.25,\"points\":[{\"epoch\":\"E\",\"xDeviation\":3}]", ""},
        {"preciseephemeris", ",\"points\":[{\"epoch\":\"E\",\"xDeviation\":3},{\"epoch\":\"F\",\"xDeviation\":3}]",
         "the point at E has exponents"},
        {"preciseephemeris", ",\"points\":[{\"epoch\":\"E\",\"x\":100,\"y\":0,\"z\":0}]", "within the Earth"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(cases[i][0], cases[i][1], cases[i][2]);
}

/* --- telling --- */

Test(checks, what_a_reader_found_stays_in_front)
{
    expect("navephemeris", ",\"warnings\":[\"a\",\"b]\"],\"toe\":-1", "\"a\",\"b]\",\"toe -1 is no second of a week\"");
    expect("navephemeris", ",\"toe\":-1,\"warnings\":[\"a\"],\"week\":7", "\"a\",\"toe -1");
    cr_expect_str_eq(warned("navephemeris", ",\"warnings\":[\"a\"]"), "\"a\"");
}

Test(checks, many_findings_are_counted)
{
    for (int n = CHECKS_TOLD_MAX - 2; n < CHECKS_TOLD_MAX + 3; n++) {
        BUF_CLEANUP struct buf members = {0};
        char more[32];
        for (int i = 0; i < n; i++)
            buf_printf(&members, "%s{\"ts\":\"A\",\"cov\":[-1]}", i ? "," : ",\"ephemerisList\":[");
        buf_z(&members, "]");
        buf_char(&members, '\0');
        snprintf(more, sizeof more, "\"and %d more\"", n - CHECKS_TOLD_MAX + 1);
        cr_expect_eq(strstr(warned("ephemerisset", members.p), more) != NULL, n >= CHECKS_TOLD_MAX, "%d", n);
    }
}

Test(checks, types_without_a_place_are_left_alone)
{
    for (size_t i = 0; i < record_type_count(); i++)
        if (!field_find(record_type_at(i)->fields, STR("warnings")))
            expect(record_type_at(i)->name, ",\"cov\":[-1]", "");
    expect("nothing", ",\"cov\":[-1]", "");
}
