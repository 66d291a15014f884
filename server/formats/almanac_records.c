#include "almanac.h"
#include "civil.h"
#include "number.h"

/* The systems whose satellites have almanacs in these forms, by PRN. */
static const struct {
    int first, last;
    const char *constellation;
} systems[] = {{1, 63, "GPS"}, {120, 158, "SBAS"}, {183, 202, "QZSS"}};

/* Where a record has what stands in a file. */
static const struct {
    enum almanac_value value;
    const char *field;
} members[] = {
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

static int to_int(struct str digits)
{
    int v = 0;
    for (size_t i = 0; i < digits.n && digits.p[i] != '.'; i++)
        v = v * 10 + (digits.p[i] - '0');
    return v;
}

static const char *constellation_of(int prn)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (prn >= systems[i].first && prn <= systems[i].last)
            return systems[i].constellation;
    return NULL;
}

int almanac_record(enum almanac_form form, const struct almanac *a, instant near, const struct header *header,
                   struct arena *arena, struct buf *out, struct fault *fault)
{
    int prn = to_int(a->values[ALMANAC_PRN]);
    const char *constellation = constellation_of(prn);
    if (!constellation)
        return fault_set(fault, ERR_INVALID_RECORD, "PRN", "expected one of GPS, SBAS or QZSS, not %d", prn);
    header_write(header, out);
    buf_member_text(out, "constellation", str_of(constellation));
    buf_member_text(out, "angleUnit", str_of(form == ALMANAC_SEM ? "semicircle" : "rad"));
    buf_member_instant(out, "toa", gps_week_utc(to_int(a->values[ALMANAC_WEEK]), to_int(a->values[ALMANAC_TOA]), near));
    buf_printf(out, ",\"timeOfWeek\":%d", to_int(a->values[ALMANAC_TOA]));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct str v = a->values[members[i].value], number;
        bool offset = form == ALMANAC_SEM && members[i].value == ALMANAC_INCLINATION;
        if (v.n && number_json(v, arena, &number))
            buf_printf(out, ",\"%s\":%.*s", offset ? "inclinationOffset" : members[i].field, STR_ARG(number));
    }
    buf_char(out, '}');
    return 0;
}
