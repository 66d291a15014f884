#include "civil.h"
#include "rtcm.h"

#define DAY_MS INT64_C(86400000)
#define WEEK_MS (7 * DAY_MS)
#define SUNDAY_MS (3 * DAY_MS)           /* 1970-01-04: weeks of all systems begin on Sundays */
#define MOSCOW_MS (3 * INT64_C(3600000)) /* GLONASS time is ahead of UTC */
#define TICKS_MS (CIVIL_SECOND / 1000)

static const struct {
    const char *name;
    enum time_scale scale;
    int64_t period, start; /* of periods, from 1970-01-01 */
} clocks[] = {
    [RTCM_GPS_WEEK] = {"GPS week", SCALE_GPS, WEEK_MS, SUNDAY_MS},
    [RTCM_GALILEO_WEEK] = {"Galileo week", SCALE_GPS, WEEK_MS, SUNDAY_MS},
    [RTCM_BEIDOU_WEEK] = {"BeiDou week", SCALE_BDT, WEEK_MS, SUNDAY_MS},
    [RTCM_NAVIC_WEEK] = {"NavIC week", SCALE_GPS, WEEK_MS, SUNDAY_MS},
    [RTCM_GLONASS_DAY] = {"GLONASS day", SCALE_UTC, DAY_MS, -MOSCOW_MS},
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* In the week or day in which it is nearest to `near`. */
static instant epoch_utc(enum rtcm_clock clock, int64_t epoch, instant near)
{
    int64_t period = clocks[clock].period, wanted = near / (INSTANT_SECOND / 1000);
    int64_t in_first = clocks[clock].start + epoch;
    int64_t passed = floor_div(wanted - in_first + period / 2, period);
    return time_scale_utc(clocks[clock].scale, (in_first + passed * period) * TICKS_MS);
}

/* The earliest first epoch of all kinds; without any, the day. */
static instant start_of(const struct rtcm_index *index, instant near)
{
    instant start = INSTANT_MAX;
    for (size_t i = 0; i < index->n; i++) {
        const struct rtcm_kind *k = &index->kinds[i];
        instant t = k->clock ? epoch_utc(k->clock, k->first, near) : INSTANT_MAX;
        start = t < start && t >= INSTANT_1900 ? t : start;
    }
    return start < INSTANT_MAX ? start : instant_floor(near, INSTANT_DAY);
}

static void write_kind(const struct rtcm_kind *k, struct buf *out)
{
    buf_printf(out, "{\"count\":%zu", k->count);
    if (k->number >= 0)
        buf_printf(out, ",\"message\":%d", k->number);
    if (k->subtype >= 0)
        buf_printf(out, ",\"subtype\":%d", k->subtype);
    if (k->clock)
        buf_printf(out, ",\"clock\":\"%s\",\"epochs\":%zu,\"firstEpoch\":%lld,\"lastEpoch\":%lld",
                   clocks[k->clock].name, k->epochs, (long long)k->first, (long long)k->last);
    buf_char(out, '}');
}

void rtcm_record(const struct rtcm_index *index, const struct header *header, struct str filename, instant near,
                 struct buf *out)
{
    header_write(header, out);
    if (filename.n)
        buf_member_text(out, "filename", filename);
    buf_member_instant(out, "ts", start_of(index, near));
    buf_printf(out, ",\"bytes\":%zu,\"bytesPassedOver\":%zu,\"frames\":%zu,\"failures\":%zu,\"messages\":[",
               index->bytes, index->passed_over, index->frames, index->failures);
    for (size_t i = 0; i < index->n; i++) {
        if (i)
            buf_char(out, ',');
        write_kind(&index->kinds[i], out);
    }
    buf_z(out, "]}");
}
