#include "sp3_of_record.h"
#include "fixed.h"
#include "number.h"
#include "sp3_fields.h"

#include <stdlib.h>

#define PICOSECONDS_SHIFT 4 /* from km/s to dm/s and from us/s to 10^-4 us/s */
#define STATE_DECIMALS 6
#define JULIAN_1970 40587
#define DAY_1980 3657 /* 1980-01-06 */

const struct sp3_common sp3_common[] = {
    {SP3_DATA_USED, "dataUsed", -1},        {SP3_COORDINATES, "coordinateSystem", -1},
    {SP3_ORBIT_TYPE, "orbitType", -1},      {SP3_AGENCY, "agency", -1},
    {SP3_TIME_SYSTEM, "timeSystem", -1},    {SP3_INTERVAL, "interval", 8},
    {SP3_BASE_POSITION, "positionBase", 7}, {SP3_BASE_CLOCK, "clockBase", 9},
};
const size_t sp3_common_count = sizeof sp3_common / sizeof *sp3_common;

static int refuse(const char *field, struct fault *fault, const char *expected)
{
    return fault_set(fault, ERR_INVALID_RECORD, field, "expected %s", expected);
}

/* The number, its point moved, with at least so many digits behind it. */
static bool with_decimals(struct str text, int shift, int decimals, struct arena *arena, struct str *ret)
{
    struct str moved;
    if (!number_shift(text, shift, arena, &moved))
        return false;
    const char *point = memchr(moved.p, '.', moved.n);
    int has = point ? (int)(moved.p + moved.n - point - 1) : 0;
    *ret = str_of(arena_printf(arena, "%.*s%s%.*s", STR_ARG(moved), point ? "" : ".",
                               has < decimals ? decimals - has : 0, "000000000"));
    return true;
}

static int take_common(const struct member *list, size_t n, struct arena *arena, struct sp3_source *s,
                       struct fault *fault)
{
    for (size_t i = 0; i < sp3_common_count; i++) {
        const struct sp3_common *c = &sp3_common[i];
        struct str v = member_value(list, n, c->field, arena);
        if (!v.n && (c->value == SP3_COORDINATES || c->value == SP3_TIME_SYSTEM))
            return refuse(c->field, fault, "a value, which SP3 cannot do without");
        if (v.n && (c->decimals < 0 ? !fixed_text(v) : !with_decimals(v, 0, c->decimals, arena, &v)))
            return refuse(c->field, fault, "printing characters of ASCII, or a number");
        if (!v.n && (c->value == SP3_BASE_POSITION || c->value == SP3_BASE_CLOCK))
            v = c->value == SP3_BASE_POSITION ? STR("0.0000000") : STR("0.000000000");
        s->header.values[c->value] = v;
    }
    return 0;
}

static int take_comments(const struct member *list, size_t n, struct arena *arena, struct sp3_source *s,
                         struct fault *fault)
{
    const struct str *lines;
    s->comments = member_value(list, n, "comments", arena);
    if (!s->comments.n)
        return 0;
    if (!elements_of(s->comments, arena, &lines, &s->comment_count) || s->comment_count > SP3_COMMENTS_MAX)
        return refuse("comments", fault, "lines of text");
    for (size_t i = 0; i < s->comment_count; i++) {
        struct member m = {STR("c"), lines[i]};
        s->comment[i] = member_value(&m, 1, "c", arena);
        if (!fixed_text(s->comment[i]))
            return refuse("comments", fault, "printing characters of ASCII");
    }
    return 0;
}

static int take_satellite(const struct member *list, size_t n, struct arena *arena, struct sp3_source *s,
                          struct fault *fault)
{
    struct str id = member_value(list, n, "satellite", arena);
    s->accuracy = member_value(list, n, "accuracy", arena);
    s->file_type = member_value(list, n, "fileType", arena);
    s->satellite = id;
    if (id.n != 3 || id.p[0] < 'A' || id.p[0] > 'Z' || !is_decimal(id.p[1]) || !is_decimal(id.p[2]))
        return refuse("satellite", fault, "a letter and two digits, as G01");
    if (s->accuracy.n > 3 || (s->accuracy.n && !fixed_integer(s->accuracy)))
        return refuse("accuracy", fault, "an integer of at most three columns");
    if (s->file_type.n > 2 || !fixed_text(s->file_type))
        return refuse("fileType", fault, "at most two printing characters of ASCII");
    return 0;
}

int sp3_source_of_record(const struct member *list, size_t n, struct arena *arena, struct sp3_source *ret,
                         struct fault *fault)
{
    struct str version = member_value(list, n, "version", arena);
    int error = take_satellite(list, n, arena, ret, fault);
    if (!error)
        error = take_common(list, n, arena, ret, fault);
    if (!error)
        error = take_comments(list, n, arena, ret, fault);
    if (error)
        return error;
    ret->header.version = version.n == 1 ? version.p[0] : 'd';
    if (!elements_of(member_value(list, n, "points", arena), arena, &ret->points, &ret->n) || !ret->n)
        return refuse("points", fault, "points");
    return 0;
}

void sp3_unknown(struct str values[SP3_STATE_VALUES])
{
    values[SP3_X] = values[SP3_Y] = values[SP3_Z] = STR("0.000000");
    values[SP3_CLOCK] = STR("999999.999999");
}

struct point {
    const struct member *list;
    size_t n;
    struct arena *arena;
};

/* All three coordinates or none of them, and the clock. */
static int take_vector(const struct point *p, bool velocity, struct str *values, bool *ret_has, struct fault *fault)
{
    static const char *const names[2][4] = {{"x", "y", "z", "clock"}, {"xVel", "yVel", "zVel", "clockRate"}};
    size_t known = 0;
    sp3_unknown(values);
    for (size_t i = 0; i < 4; i++) {
        struct str v = member_value(p->list, p->n, names[velocity][i], p->arena);
        if (v.n && !with_decimals(v, velocity ? PICOSECONDS_SHIFT : 0, STATE_DECIMALS, p->arena, &values[SP3_X + i]))
            return refuse(names[velocity][i], fault, "a number");
        known += i < 3 && v.n;
        *ret_has |= v.n > 0;
    }
    return known % 3 ? refuse(names[velocity][0], fault, "three coordinates or none") : 0;
}

static void take_deviations(const struct point *p, bool velocity, struct str *values, bool *ret_has)
{
    for (size_t i = 0; i < SP3_DEVIATIONS; i++) {
        struct str v =
            member_value(p->list, p->n, velocity ? sp3_deviations[i].velocity : sp3_deviations[i].position, p->arena);
        values[sp3_deviations[i].value] = v;
        *ret_has |= v.n > 0;
    }
}

static void take_flags(const struct point *p, struct str *values)
{
    for (size_t i = 0; i < SP3_FLAGS; i++)
        if (str_is(member_value(p->list, p->n, sp3_flags[i].field, p->arena), "true"))
            values[sp3_flags[i].value] = str_of(sp3_flags[i].letter);
}

static void take_covariance(const struct point *p, const char *field, struct str *values, bool *ret_has)
{
    struct str object = member_value(p->list, p->n, field, p->arena);
    const struct member *list;
    size_t n;
    if (!object.n || !members_of(object, p->arena, &list, &n))
        return;
    for (size_t i = 0; i < SP3_COVARIANCE_VALUES; i++)
        values[i] = member_value(list, n, sp3_covariance_fields[i], p->arena);
    *ret_has = true;
}

/* An exponent means nothing without its base. */
static int check_bases(const struct sp3_source *s, const struct sp3_state *state, struct fault *fault)
{
    static const struct {
        enum sp3_value value;
        enum sp3_header_value base;
        const char *field;
    } bases[] = {
        {SP3_X_DEVIATION, SP3_BASE_POSITION, "positionBase"},
        {SP3_Y_DEVIATION, SP3_BASE_POSITION, "positionBase"},
        {SP3_Z_DEVIATION, SP3_BASE_POSITION, "positionBase"},
        {SP3_CLOCK_DEVIATION, SP3_BASE_CLOCK, "clockBase"},
    };
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
        if ((state->position[bases[i].value].n || state->velocity[bases[i].value].n) &&
            strtod(s->header.values[bases[i].base].p, NULL) <= 0)
            return refuse(bases[i].field, fault, "the base of a deviation");
    return 0;
}

int sp3_state_of_point(const struct sp3_source *s, size_t i, struct arena *arena, struct sp3_state *ret,
                       bool *ret_moves, struct fault *fault)
{
    struct point p = {.arena = arena};
    struct sp3_state state = {.has_velocity = true};
    bool has = false;
    if (!members_of(s->points[i], arena, &p.list, &p.n) ||
        !civil_read_iso(member_value(p.list, p.n, "epoch", arena), &state.epoch))
        return refuse("epoch", fault, "a time of the years 1900 to 2199");
    int error = take_vector(&p, false, state.position, &has, fault);
    if (!error)
        error = take_vector(&p, true, state.velocity, ret_moves, fault);
    if (error)
        return error;
    take_deviations(&p, false, state.position, &has);
    take_deviations(&p, true, state.velocity, ret_moves);
    take_flags(&p, state.position);
    take_covariance(&p, "positionCovariance", state.position_covariance, &state.has_position_covariance);
    take_covariance(&p, "velocityCovariance", state.velocity_covariance, &state.has_velocity_covariance);
    *ret_moves |= state.has_velocity_covariance;
    error = check_bases(s, &state, fault);
    if (!error)
        *ret = state;
    return error;
}

struct str sp3_seconds_text(int64_t ticks, struct arena *arena)
{
    return str_of(
        arena_printf(arena, "%lld.%08lld", (long long)(ticks / CIVIL_SECOND), (long long)(ticks % CIVIL_SECOND)));
}

/* "2001  8  8  0  0  0.00000000" */
static void write_time(int64_t ticks, struct buf *out)
{
    char iso[INSTANT_TEXT];
    int64_t day = ticks / CIVIL_DAY - (ticks % CIVIL_DAY < 0), rest = ticks - day * CIVIL_DAY;
    instant_write(day * INSTANT_DAY, iso);
    int64_t minutes = rest / (60 * CIVIL_SECOND), seconds = rest % (60 * CIVIL_SECOND);
    buf_printf(out, "%.4s %2d %2d %2d %2d %2d.%08lld", iso, str_int((struct str){iso + 5, 2}),
               str_int((struct str){iso + 8, 2}), (int)(minutes / 60), (int)(minutes % 60),
               (int)(seconds / CIVIL_SECOND), (long long)(seconds % CIVIL_SECOND));
}

void sp3_write_epoch_of(int64_t ticks, struct buf *out)
{
    buf_z(out, "*  ");
    write_time(ticks, out);
    buf_char(out, '\n');
}

void sp3_start_values(int64_t ticks, struct arena *arena, struct str values[SP3_HEADER_VALUES])
{
    BUF_CLEANUP struct buf start = {0};
    int64_t day = ticks / CIVIL_DAY - (ticks % CIVIL_DAY < 0), rest = ticks - day * CIVIL_DAY;
    int64_t since = day - DAY_1980, week = since / 7 - (since % 7 < 0);
    write_time(ticks, &start);
    values[SP3_START] = arena_str(arena, buf_view(&start));
    values[SP3_WEEK] = str_of(arena_printf(arena, "%lld", (long long)week));
    values[SP3_WEEK_SECONDS] = sp3_seconds_text((since - 7 * week) * CIVIL_DAY + rest, arena);
    values[SP3_MJD] = str_of(arena_printf(arena, "%lld", (long long)(day + JULIAN_1970)));
    values[SP3_DAY_FRACTION] = str_of(arena_printf(arena, "%.13f", (double)rest / (double)CIVIL_DAY));
}

void sp3_reserved_values(struct sp3_header *h)
{
    h->more_c = STR("ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc");
    h->more_f = STR(" 0.00000000000  0.000000000000000");
    h->spares[0] = STR(" cc cc ccc ccc cccc cccc cccc cccc ccccc ccccc ccccc ccccc");
    h->spares[1] = STR("  0.0000000  0.000000000  0.00000000000  0.000000000000000");
    h->spares[2] = h->spares[3] = STR("    0    0    0    0      0      0      0      0         0");
}
