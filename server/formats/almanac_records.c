#include "almanac.h"
#include "civil.h"
#include "fixed.h"
#include "members.h"
#include "number.h"

/* The systems whose satellites have almanacs in these forms, by PRN. */
static const struct {
    int first, last;
    const char *constellation;
} systems[] = {{1, 63, "GPS"}, {120, 158, "SBAS"}, {183, 202, "QZSS"}};

/* Where a record has what stands in a file. SEM has an inclination less 0.3 semicircles. */
static const struct place {
    enum almanac_value value;
    const char *field;
} places[] = {
    {ALMANAC_PRN, "prn"},
    {ALMANAC_SVN, "svn"},
    {ALMANAC_URA, "averageUra"},
    {ALMANAC_HEALTH, "health"},
    {ALMANAC_ECCENTRICITY, "eccentricity"},
    {ALMANAC_WEEK, "week"},
    {ALMANAC_INCLINATION, "inclination"},
    {ALMANAC_RAAN_RATE, "raanRate"},
    {ALMANAC_SQRT_A, "sqrtSemiMajorAxis"},
    {ALMANAC_RAAN, "raan"},
    {ALMANAC_ARG_OF_PERIGEE, "argOfPerigee"},
    {ALMANAC_MEAN_ANOMALY, "meanAnomaly"},
    {ALMANAC_AF0, "af0"},
    {ALMANAC_AF1, "af1"},
    {ALMANAC_CONFIGURATION, "configuration"},
};

/* Of seconds of a week, which YUMA writes with a fraction of zeros. */
static int whole(struct str number)
{
    return str_int((struct str){number.p, str_digits_at(number, 0)});
}

static const char *constellation_of(int prn)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (prn >= systems[i].first && prn <= systems[i].last)
            return systems[i].constellation;
    return NULL;
}

static const char *unit_of(enum almanac_form form)
{
    return form == ALMANAC_SEM ? "semicircle" : "rad";
}

static const char *field_of(const struct place *p, enum almanac_form form)
{
    return form == ALMANAC_SEM && p->value == ALMANAC_INCLINATION ? "inclinationOffset" : p->field;
}

int almanac_record(enum almanac_form form, const struct almanac *a, instant near, const struct header *header,
                   struct arena *arena, struct buf *out, struct fault *fault)
{
    int prn = str_int(a->values[ALMANAC_PRN]);
    const char *constellation = constellation_of(prn);
    if (!constellation)
        return fault_set(fault, ERR_INVALID_RECORD, "PRN", "expected one of GPS, SBAS or QZSS, not %d", prn);
    header_write(header, out);
    buf_member_text(out, "constellation", str_of(constellation));
    buf_member_text(out, "angleUnit", str_of(unit_of(form)));
    buf_member_instant(out, "toa", gps_week_utc(str_int(a->values[ALMANAC_WEEK]), whole(a->values[ALMANAC_TOA]), near));
    buf_printf(out, ",\"timeOfWeek\":%d", whole(a->values[ALMANAC_TOA]));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct str v = a->values[places[i].value], number;
        if (v.n && number_json(v, arena, &number))
            buf_member_json(out, field_of(&places[i], form), number);
    }
    buf_char(out, '}');
    return 0;
}

/* Two digits of the PRN, three of the health and four behind the point of the time, as YUMA writes them. */
static struct str as_written(enum almanac_form form, enum almanac_value value, struct str text, struct arena *arena)
{
    int digits = value == ALMANAC_PRN ? 2 : value == ALMANAC_HEALTH ? 3 : 0;
    if (form != ALMANAC_YUMA || !fixed_integer(text) || text.p[0] == '-')
        return text;
    if (value == ALMANAC_TOA)
        return str_of(arena_printf(arena, "%.*s.0000", STR_ARG(text)));
    return digits && text.n <= 9 ? str_of(arena_printf(arena, "%0*d", digits, str_int(text))) : text;
}

static const struct place time_of_week = {ALMANAC_TOA, "timeOfWeek"};

/* The second of the week that toa is: views that hide anything hide what tells it again. */
static struct str week_second(const struct member *list, size_t n, struct arena *arena)
{
    struct str text = member_value(list, n, "toa", arena);
    instant toa;
    if (!text.n || !instant_parse(text, &toa) || toa % INSTANT_SECOND)
        return (struct str){0};
    return str_of(arena_printf(arena, "%d", gps_week_second(toa)));
}

/* Whether the form has the value; YUMA has neither of these. */
static bool form_has(enum almanac_form form, enum almanac_value value)
{
    return form == ALMANAC_SEM || (value != ALMANAC_SVN && value != ALMANAC_URA && value != ALMANAC_CONFIGURATION);
}

static int take_member(enum almanac_form form, const struct place *p, const struct member *list, size_t n,
                       struct arena *arena, struct almanac *out, struct fault *fault)
{
    const char *field = field_of(p, form);
    struct str v = member_value(list, n, field, arena);
    if (!form_has(form, p->value))
        return 0;
    if (!v.n && p->value == ALMANAC_TOA)
        v = week_second(list, n, arena);
    if (!v.n)
        return fault_set(fault, ERR_INVALID_RECORD, field, "expected a value, which %s cannot do without",
                         form == ALMANAC_SEM ? "SEM" : "YUMA");
    out->values[p->value] = as_written(form, p->value, v, arena);
    return 0;
}

int almanac_of_record(enum almanac_form form, const struct member *members, size_t n, struct arena *arena,
                      struct almanac *ret, struct fault *fault)
{
    struct almanac a = {0};
    if (!str_is(member_value(members, n, "angleUnit", arena), unit_of(form)))
        return fault_set(fault, ERR_INVALID_RECORD, "angleUnit", "expected %s, the unit of the form", unit_of(form));
    int error = take_member(form, &time_of_week, members, n, arena, &a, fault);
    for (size_t i = 0; i < sizeof places / sizeof *places && !error; i++)
        error = take_member(form, &places[i], members, n, arena, &a, fault);
    if (!error)
        *ret = a;
    return error;
}
