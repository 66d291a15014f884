#include "checks.h"
#include "checks_found.h"
#include "ndm_frames.h"

#include <math.h>
#include <stdio.h>

#define PI 3.14159265358979323846
#define EARTH_RADIUS 6378.135 /* km; with the next one, those of SGP4 (WGS-72) */
#define EARTH_GM 398600.8     /* km^3/s^2 */
#define DAY 86400.0           /* s */
#define WEEK 604800.0         /* s */
/* Semi-major axes of navigation satellites: GLONASS has the least, of 25,500 km; a geostationary one 42,200 km. */
#define NAVIGATION_LEAST 20000.0
#define NAVIGATION_MOST 45000.0

/* --- element sets --- */

/* The four digits in front of a dash; {NULL, 0}: there are none. */
static struct str year_of(struct str text)
{
    return text.n > 4 && text.p[4] == '-' && str_digits_at(text, 0) == 4 ? str_slice(text, 0, 4) : (struct str){0};
}

/* "1998-067A" was launched in 1998. */
static void check_launch(struct findings *f, const struct object *o)
{
    struct str epoch = object_text(o, "epoch"), designator = object_text(o, "internationalDesignator");
    struct str year = year_of(epoch), launched = year_of(designator);
    if (year.n && str_cmp(launched, year) > 0)
        found(f, "EPOCH %.*s is before the launch of %.*s", STR_ARG(epoch), STR_ARG(designator));
}

static void check_elset(struct findings *f, const struct object *o)
{
    struct printed motion = object_number(o, "meanMotion"), e = object_number(o, "eccentricity");
    check_launch(f, o);
    if (e.there && e.value >= 1)
        found(f, "ECCENTRICITY %.10g: no orbit that returns, which mean elements are of", e.value);
    if (motion.there && !(motion.value > 0))
        found(f, "MEAN_MOTION %.10g: expected more than 0", motion.value);
    if (!motion.there || !e.there || !(motion.value > 0) || e.value >= 1)
        return;
    double rate = motion.value * 2 * PI / DAY;
    double perigee = cbrt(EARTH_GM / (rate * rate)) * (1 - e.value) - EARTH_RADIUS;
    if (perigee < 0)
        found(f, "MEAN_MOTION %.10g and ECCENTRICITY %.10g: the perigee is %.0f km below the ground", motion.value,
              e.value, -perigee);
}

/* --- states --- */

static void check_numbers(struct findings *f, const char *name, const struct object *o, const char *field)
{
    double lower[COVARIANCE_VALUES_MAX];
    size_t n = object_numbers(o, field, lower, COVARIANCE_VALUES_MAX);
    if (n)
        check_covariance(f, name, lower, n);
}

/* Covariances that the message itself has are looked at there. */
static void check_state(struct findings *f, const struct object *o)
{
    if (!object_text(o, "message").n)
        check_numbers(f, "covariance", o, "cov");
}

static bool within_earth(const struct object *o, const char *const names[3])
{
    double sum = 0;
    for (size_t i = 0; i < 3; i++) {
        struct printed p = object_number(o, names[i]);
        if (!p.there)
            return false;
        sum += p.value * p.value;
    }
    return sum < 6350.0 * 6350.0; /* km, at a pole */
}

struct ephemeris {
    bool earth, covariances;
};

static void check_point(struct findings *f, const struct object *point, void *context)
{
    static const char *const position[] = {"xpos", "ypos", "zpos"};
    const struct ephemeris *e = context;
    struct str at = object_text(point, "ts");
    char name[64];
    if (e->covariances) {
        snprintf(name, sizeof name, "covariance at %.*s", STR_ARG(at));
        check_numbers(f, name, point, "cov");
    }
    if (e->earth && within_earth(point, position))
        found(f, "the point at %.*s is within the Earth", STR_ARG(at));
}

static void check_ephemeris(struct findings *f, const struct object *o)
{
    struct str centre = object_text(o, "centBody");
    struct ephemeris e = {!centre.n || ndm_center_is_earth(centre), !object_text(o, "message").n};
    object_each(o, "ephemerisList", check_point, &e, f);
}

/* --- navigation satellites --- */

static void check_second(struct findings *f, const struct object *o, const char *field)
{
    struct printed p = object_number(o, field);
    if (p.there && (p.value < 0 || p.value > WEEK))
        found(f, "%s %.10g is no second of a week", field, p.value);
}

static void check_navigation(struct findings *f, const struct object *o)
{
    static const char *const names[] = {"x", "y", "z"};
    struct printed root = object_number(o, "sqrtA"), p[3];
    double axis = root.value * root.value / 1000, sum = 0;
    bool there = true;
    check_second(f, o, "toe");
    check_second(f, o, "top");
    if (root.there && (axis < NAVIGATION_LEAST || axis > NAVIGATION_MOST))
        found(f, "sqrtA %.10g: a semi-major axis of %.0f km", root.value, axis);
    for (size_t i = 0; i < 3; i++) {
        p[i] = object_number(o, names[i]);
        there = there && p[i].there;
        sum += p[i].value * p[i].value;
    }
    if (there && (sqrt(sum) < NAVIGATION_LEAST || sqrt(sum) > NAVIGATION_MOST))
        found(f, "x, y and z: a distance of %.0f km from the centre of the Earth", sqrt(sum));
}

#define CORRELATION_ONE 1e7 /* in SP3 */

/* The standard deviations need not be known. */
static void check_correlations(struct findings *f, const char *name, const struct object *o)
{
    static const char *const fields[] = {NULL, "xy", NULL, "xz", "yz", NULL, "xClock", "yClock", "zClock", NULL};
    double lower[sizeof fields / sizeof *fields];
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        lower[i] = fields[i] ? object_number(o, fields[i]).value / CORRELATION_ONE : 1;
    check_covariance(f, name, lower, sizeof fields / sizeof *fields);
}

struct orbit {
    bool no_base, no_base_told;
};

static void check_sp3_point(struct findings *f, const struct object *point, void *context)
{
    static const char *const position[] = {"x", "y", "z"};
    static const struct {
        const char *field, *of;
    } covariances[] = {{"positionCovariance", "position"}, {"velocityCovariance", "velocity"}};
    struct orbit *orbit = context;
    struct str at = object_text(point, "epoch");
    char name[96];
    if (within_earth(point, position))
        found(f, "the point at %.*s is within the Earth", STR_ARG(at));
    if (orbit->no_base && !orbit->no_base_told && object_text(point, "xDeviation").n) {
        found(f, "the point at %.*s has exponents of deviations, but the header has no base", STR_ARG(at));
        orbit->no_base_told = true;
    }
    for (size_t i = 0; i < 2; i++) {
        struct object covariance = object_of(object_text(point, covariances[i].field), point->arena);
        if (!covariance.n)
            continue;
        snprintf(name, sizeof name, "correlation of the %s at %.*s", covariances[i].of, STR_ARG(at));
        check_correlations(f, name, &covariance);
    }
}

static void check_orbit(struct findings *f, const struct object *o)
{
    struct orbit orbit = {.no_base = !(object_number(o, "positionBase").value > 0)};
    object_each(o, "points", check_sp3_point, &orbit, f);
}

/* --- all --- */

/* Types without a row have nothing to be checked. NULL: only their message has. */
static const struct check {
    const char *type;
    void (*check)(struct findings *f, const struct object *o);
} checks[] = {
    {"conjunction", check_conjunction},
    {"elset", check_elset},
    {"ephemerisset", check_ephemeris},
    {"navephemeris", check_navigation},
    {"orbitcomprehensive", NULL},
    {"preciseephemeris", check_orbit},
    {"reentry", NULL},
    {"statevector", check_state},
    {"trackingdata", NULL},
};

static const struct check *find(const char *type)
{
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (strcmp(checks[i].type, type) == 0)
            return &checks[i];
    return NULL;
}

/* Behind what the reader has found already. */
static void put(struct buf *json, struct str before, struct str texts, struct arena *arena)
{
    if (!before.n) {
        json->n--; /* the brace */
        buf_printf(json, ",\"warnings\":[%.*s]}", STR_ARG(texts));
        return;
    }
    const char *bracket = before.p + before.n - 1;
    struct str rest = arena_str(arena, (struct str){bracket, (size_t)(json->p + json->n - bracket)});
    json->n -= rest.n;
    buf_char(json, ',');
    buf_str(json, texts);
    buf_str(json, rest);
}

static void run(const struct check *check, const struct object *o, struct buf *json)
{
    struct findings f = {.arena = o->arena};
    struct str message = object_text(o, "message");
    if (check->check)
        check->check(&f, o);
    if (message.n)
        check_message(&f, message);
    if (f.n >= CHECKS_TOLD_MAX)
        buf_printf(&f.texts, ",\"and %zu more\"", f.n - CHECKS_TOLD_MAX + 1);
    if (f.n)
        put(json, object_text(o, "warnings"), buf_view(&f.texts), o->arena);
    buf_free(&f.texts);
}

void checks_add(const char *type, struct buf *json, struct arena *arena)
{
    const struct check *check = find(type);
    if (!check)
        return;
    struct object o = object_of(buf_view(json), arena);
    run(check, &o, json);
}

void checks_add_elset(const struct member *values, size_t n, struct buf *json, struct arena *arena)
{
    run(find("elset"), &(struct object){values, n, arena}, json);
}
