/* Two-line element sets and records of type elset. */
#include "tle.h"

/* Where a record has what a set says. OR_NOTHING: the columns may be left blank. */
enum need { NEEDED, OR_NOTHING };
static const struct place {
    enum tle_value value;
    const char *field;
    bool text;
    enum need need;
} places[] = {
    {TLE_SATELLITE, "satNo", false, NEEDED},
    {TLE_CLASSIFICATION, "classificationType", true, OR_NOTHING},
    {TLE_DESIGNATOR, "internationalDesignator", true, OR_NOTHING},
    {TLE_EPOCH, "epoch", true, NEEDED},
    {TLE_MEAN_MOTION_DOT, "meanMotionDot", false, NEEDED},
    {TLE_MEAN_MOTION_DDOT, "meanMotionDDot", false, NEEDED},
    {TLE_BSTAR, "bStar", false, NEEDED},
    {TLE_EPHEMERIS_TYPE, "ephemType", false, OR_NOTHING},
    {TLE_ELEMENT_SET, "elementSetNo", false, OR_NOTHING},
    {TLE_INCLINATION, "inclination", false, NEEDED},
    {TLE_RAAN, "raan", false, NEEDED},
    {TLE_ECCENTRICITY, "eccentricity", false, NEEDED},
    {TLE_ARG_OF_PERIGEE, "argOfPerigee", false, NEEDED},
    {TLE_MEAN_ANOMALY, "meanAnomaly", false, NEEDED},
    {TLE_MEAN_MOTION, "meanMotion", false, NEEDED},
    {TLE_REVOLUTION, "revNo", false, OR_NOTHING},
};
#define PLACES (sizeof places / sizeof *places)
#define NAME_FIELD "origObjectId"

const char *tle_field(enum tle_value value)
{
    for (size_t i = 0; i < PLACES; i++)
        if (places[i].value == value)
            return places[i].field;
    return NAME_FIELD;
}

/* Two digits of the year, three of the launch, and letters. */
static bool is_designator(struct str s)
{
    bool ok = s.n >= 6 && s.n <= 8 && str_digits_at(s, 0) == 5;
    for (size_t i = 5; i < s.n && ok; i++)
        ok = s.p[i] >= 'A' && s.p[i] <= 'Z';
    return ok;
}

struct str designator_long(struct str text, struct arena *arena)
{
    if (!is_designator(text))
        return text;
    char *out = arena_alloc(arena, text.n + 3);
    memcpy(out, memcmp(text.p, "57", 2) < 0 ? "20" : "19", 2);
    memcpy(out + 2, text.p, 2);
    out[4] = '-';
    memcpy(out + 5, text.p + 2, text.n - 2);
    return (struct str){out, text.n + 3};
}

struct str designator_short(struct str text, struct arena *arena)
{
    if (text.n < 8 || text.p[4] != '-')
        return text;
    struct str made = str_of(arena_printf(arena, "%.2s%.*s", text.p + 2, (int)text.n - 5, text.p + 5));
    return str_eq(designator_long(made, arena), text) ? made : text;
}

void tle_elset(const struct tle *t, const struct header *header, struct buf *out)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    header_write(header, out);
    for (size_t i = 0; i < PLACES; i++) {
        struct str v = t->values[places[i].value];
        if (places[i].value == TLE_DESIGNATOR)
            v = designator_long(v, arena);
        if (v.n && places[i].text)
            buf_member_text(out, places[i].field, v);
        else if (v.n)
            buf_member_json(out, places[i].field, v);
    }
    struct str named = t->values[TLE_NAME].n ? t->values[TLE_NAME] : t->values[TLE_DESIGNATOR];
    if (named.n)
        buf_member_text(out, NAME_FIELD, named);
    buf_char(out, '}');
}

int tle_of_elset(const struct member *members, size_t n, struct arena *arena, struct tle *ret, struct fault *fault)
{
    struct tle t = {0};
    for (size_t i = 0; i < PLACES; i++) {
        struct str v = member_value(members, n, places[i].field, arena);
        if (!v.n && places[i].need == NEEDED)
            return fault_set(fault, ERR_INVALID_RECORD, places[i].field,
                             "expected a value, which an element set cannot do without");
        t.values[places[i].value] = v;
    }
    struct str name = member_value(members, n, NAME_FIELD, arena);
    bool named = name.n && !is_designator(name);
    t.values[TLE_NAME] = named ? name : (struct str){0};
    if (name.n && !named && !t.values[TLE_DESIGNATOR].n)
        t.values[TLE_DESIGNATOR] = name;
    t.values[TLE_DESIGNATOR] = designator_short(t.values[TLE_DESIGNATOR], arena);
    *ret = t;
    return 0;
}
