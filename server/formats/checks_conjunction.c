/* What a conjunction data message says twice (508.0-B-1, section 3): the distance by itself, by its parts, and by the
 * two states; when it is nearest, and between what. */
#include "checks_found.h"

#include <math.h>

/* Of numbers that say the same the last printed digits may differ, as one may be cut and the other rounded. */
#define STEPS 2
/* The states may be of the time that is printed, in milliseconds, and the distances of the one that was found. */
#define TIME_STEP 1e-3
/* Relative velocities may be told as seen in a frame that turns with the orbit: rad/s, of the lowest orbit. */
#define ORBIT_RATE 1.3e-3
/* T and N may be made with the velocity that is seen from the Earth as it turns: up to so many radians from the others.
 * The standard's own example is by half of that. */
#define AXES_APART 0.07

struct vector {
    bool there;
    double v[3];
    double step; /* the largest of its numbers' */
};

static struct vector vector_of(const struct object *o, const char *const names[3], double scale)
{
    struct vector r = {.there = true};
    for (size_t i = 0; i < 3; i++) {
        struct printed p = object_number(o, names[i]);
        r.there = r.there && p.there;
        r.v[i] = p.value * scale;
        r.step = fmax(r.step, p.step * scale);
    }
    return r;
}

static double dot(const double *a, const double *b)
{
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static double length(const double *a)
{
    return sqrt(dot(a, a));
}

static void cross(const double *a, const double *b, double *ret)
{
    for (size_t i = 0; i < 3; i++)
        ret[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
}

static struct vector difference(struct vector a, struct vector b)
{
    struct vector d = {.there = a.there && b.there, .step = fmax(a.step, b.step) * 2};
    for (size_t i = 0; i < 3; i++)
        d.v[i] = b.v[i] - a.v[i];
    return d;
}

static void check_length(struct findings *f, const char *name, struct printed told, const char *parts, struct vector v,
                         double slack)
{
    if (!told.there || !v.there || fabs(told.value - length(v.v)) <= STEPS * (told.step + 2 * v.step) + slack)
        return;
    found(f, "%s is %.10g, but %s makes %.10g", name, told.value, parts, length(v.v));
}

/* R along the first position, N across the orbit. */
static bool turn(struct vector position, struct vector velocity, struct vector *d)
{
    double r[3], n[3], t[3], turned[3];
    double along = length(position.v);
    cross(position.v, velocity.v, n);
    double across = length(n);
    if (!(along > 0) || !(across > 0))
        return false;
    for (size_t i = 0; i < 3; i++) {
        r[i] = position.v[i] / along;
        n[i] /= across;
    }
    cross(n, r, t);
    turned[0] = dot(d->v, r);
    turned[1] = dot(d->v, t);
    turned[2] = dot(d->v, n);
    for (size_t i = 0; i < 3; i++)
        d->v[i] = turned[i];
    return true;
}

static void check_parts(struct findings *f, const char *name, struct vector told, struct vector made, double slack)
{
    static const char axes[] = "RTN";
    for (size_t i = 0; i < 3 && told.there && made.there; i++)
        if (fabs(told.v[i] - made.v[i]) > STEPS * (told.step + made.step) + slack)
            found(f, "%s_%c is %.10g, but the two states make %.10g", name, axes[i], told.v[i], made.v[i]);
}

struct told {
    struct printed distance, speed;
    struct vector position, velocity;
};

static void check_states(struct findings *f, const struct object *record, const struct told *told)
{
    static const char *const positions[] = {"xpos", "ypos", "zpos"}, *const velocities[] = {"xvel", "yvel", "zvel"};
    struct object one = object_of(object_text(record, "stateVector1"), record->arena);
    struct object other = object_of(object_text(record, "stateVector2"), record->arena);
    struct str frame = object_text(&one, "referenceFrame");
    struct vector r = vector_of(&one, positions, 1e3), v = vector_of(&one, velocities, 1e3);
    struct vector apart = difference(r, vector_of(&other, positions, 1e3));
    struct vector passing = difference(v, vector_of(&other, velocities, 1e3));
    if (!apart.there || !passing.there || !str_eq(frame, object_text(&other, "referenceFrame")))
        return;
    double moved = length(passing.v) * TIME_STEP, turning = length(apart.v) * ORBIT_RATE;
    check_length(f, "MISS_DISTANCE", told->distance, "the distance of the two states", apart, moved);
    check_length(f, "RELATIVE_SPEED", told->speed, "the difference of the two velocities", passing, turning);
    if (!turn(r, v, &apart) || !turn(r, v, &passing))
        return;
    check_parts(f, "RELATIVE_POSITION", told->position, apart, moved + AXES_APART * length(apart.v));
    check_parts(f, "RELATIVE_VELOCITY", told->velocity, passing, turning + AXES_APART * length(passing.v));
}

/* Times of records have one width, so that their order is that of their text. */
static bool later(struct str a, struct str b)
{
    return a.n && a.n == b.n && memcmp(a.p, b.p, a.n) > 0;
}

static void check_span(struct findings *f, const struct object *record, const char *from, const char *from_keyword,
                       const char *to, const char *to_keyword)
{
    struct str tca = object_text(record, "tca"), start = object_text(record, from), stop = object_text(record, to);
    if (later(start, tca))
        found(f, "TCA %.*s is before %s %.*s", STR_ARG(tca), from_keyword, STR_ARG(start));
    if (later(tca, stop))
        found(f, "TCA %.*s is after %s %.*s", STR_ARG(tca), to_keyword, STR_ARG(stop));
    if (later(start, stop))
        found(f, "%s %.*s is after %s %.*s", from_keyword, STR_ARG(start), to_keyword, STR_ARG(stop));
}

void check_conjunction(struct findings *f, const struct object *record)
{
    static const char *const position[] = {"relPosR", "relPosT", "relPosN"}, *const velocity[] = {"relVelR", "relVelT",
                                                                                                  "relVelN"};
    const struct told told = {object_number(record, "missDistance"), object_number(record, "relVelMag"),
                              vector_of(record, position, 1), vector_of(record, velocity, 1)};
    check_length(f, "MISS_DISTANCE", told.distance, "RELATIVE_POSITION", told.position, 0);
    check_length(f, "RELATIVE_SPEED", told.speed, "RELATIVE_VELOCITY", told.velocity, 0);
    check_states(f, record, &told);
    check_span(f, record, "screenEntryTime", "START_SCREEN_PERIOD", "screenExitTime", "STOP_SCREEN_PERIOD");
    check_span(f, record, "volEntryTime", "SCREEN_ENTRY_TIME", "volExitTime", "SCREEN_EXIT_TIME");
}
