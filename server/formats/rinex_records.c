#include "rinex_records.h"
#include "civil.h"
#include "number.h"

#include <stdio.h>
#include <stdlib.h>

#define WEEK INT64_C(604800)
#define GPS_START INT64_C(315964800)  /* 1980-01-06 */
#define BDT_START INT64_C(1136073600) /* 2006-01-01 */
#define TOE_FAR INT64_C(86400)        /* seconds between clock and orbit; they are some hours apart at most */

static const struct rinex_system systems[] = {
    {'G', "GPS", "GPS"},    {'R', "GLONASS", "UTC"}, {'E', "GALILEO", "GPS"}, {'J', "QZSS", "GPS"},
    {'C', "BEIDOU", "BDT"}, {'I', "NAVIC", "GPS"},   {'S', "SBAS", "GPS"},
};

const struct rinex_system *rinex_system_find(char letter)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (systems[i].letter == letter)
            return &systems[i];
    return NULL;
}

const char *rinex_record_type(const struct rinex_nav *m)
{
    return m->layout->class == RINEX_STO ? "timeoffset" : "navephemeris";
}

/* The whole seconds in a number that is less than a few weeks. */
static bool seconds_of(struct str number, struct arena *arena, int64_t *ret)
{
    struct str moved;
    if (!number.n || !number_shift(number, 0, arena, &moved) || moved.n > 32)
        return false;
    *ret = strtoll(arena_strz(arena, moved), NULL, 10);
    return true;
}

static void add_warnings(const struct rinex_nav *m, int64_t clock, struct arena *arena, struct buf *out)
{
    int64_t week, toe, start = m->system == 'C' ? BDT_START : GPS_START;
    if (!seconds_of(m->values[RINEX_WEEK], arena, &week) || !seconds_of(m->values[RINEX_TOE], arena, &toe) ||
        week > 9999 || week < 0 || llabs(toe) > WEEK)
        return;
    int64_t apart = start + week * WEEK + toe - clock;
    if (llabs(apart) > TOE_FAR)
        buf_printf(out, ",\"warnings\":[\"week and toe are %lld s from the time of the clock\"]", (long long)apart);
}

static void add_texts(const struct rinex_nav *m, struct buf *out)
{
    static const char *const names[] = {"offset", "sbas", "utc"};
    struct str texts[] = {m->offset, m->sbas, m->utc};
    if (m->layout->class != RINEX_STO)
        buf_member_text(out, "messageClass", str_of(rinex_class_name(m->layout->class)));
    for (size_t i = 0; i < 3; i++)
        if (texts[i].n)
            buf_member_text(out, names[i], texts[i]);
}

static void add_coefficients(const struct rinex_nav *m, struct buf *out)
{
    buf_member_text(out, "ionModel", str_of(m->layout->model));
    buf_z(out, ",\"ionCoefficients\":[");
    for (size_t i = 0; i < RINEX_ION_VALUES && m->values[RINEX_ION_FIRST + i].n; i++)
        buf_printf(out, "%s%.*s", i ? "," : "", STR_ARG(m->values[RINEX_ION_FIRST + i]));
    buf_char(out, ']');
}

int rinex_record(const struct rinex_nav *m, const struct header *header, struct str kept, struct arena *arena,
                 struct buf *out, struct fault *fault)
{
    struct civil epoch;
    enum time_scale scale;
    const struct rinex_system *system = rinex_system_find(m->system);
    char where[32];
    snprintf(where, sizeof where, "line %zu", m->line);
    if (!civil_read_iso(m->epoch, &epoch) || !time_scale_find(str_of(system->scale), &scale))
        return fault_set(fault, ERR_INVALID_RECORD, where, "expected a year from %d to %d", CIVIL_YEAR_FIRST,
                         CIVIL_YEAR_LAST);
    header_write(header, out);
    buf_member_instant(out, "epoch", time_scale_utc(scale, epoch.ticks));
    buf_member_text(out, "epochText", m->epoch);
    buf_member_text(out, "timeSystem", str_of(system->scale));
    buf_member_text(out, "constellation", str_of(system->constellation));
    buf_member_text(out, "satellite", m->satellite);
    buf_member_text(out, "messageType", m->type);
    add_texts(m, out);
    for (enum rinex_value v = 0; v < RINEX_ION_FIRST; v++)
        if (m->values[v].n)
            buf_printf(out, ",\"%s\":%.*s", rinex_value_name(v), STR_ARG(m->values[v]));
    if (m->layout->class == RINEX_ION)
        add_coefficients(m, out);
    if (kept.n)
        buf_member_json(out, "header", kept);
    add_warnings(m, epoch.ticks / CIVIL_SECOND, arena, out);
    buf_char(out, '}');
    return 0;
}
