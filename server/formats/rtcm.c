/* Frames: RTCM 10403.3, section 4. Heads of messages: section 3.5; IGS SSR v1.00, sections 5 and 6. */
#include "rtcm.h"

#include <stdio.h>

#define PREAMBLE 0xd3
#define HEAD 3     /* bytes before the payload */
#define CHECKSUM 3 /* and behind it */
#define IGS 4076

#define WEEK_MS INT64_C(604800000)
#define DAY_MS INT64_C(86401000) /* with a leap second */

enum layout { STATION, STATION_EPOCH, STATION_DAY_EPOCH, CORRECTIONS, IGS_CORRECTIONS };

static const struct row {
    int first, last;
    enum layout layout;
    enum rtcm_clock clock;
    int bits; /* of the epoch */
} rows[] = {
    {1001, 1004, STATION_EPOCH, RTCM_GPS_WEEK, 30},
    {1005, 1008, STATION, RTCM_NO_CLOCK, 0},
    {1009, 1012, STATION_EPOCH, RTCM_GLONASS_DAY, 27},
    {1013, 1013, STATION, RTCM_NO_CLOCK, 0},
    {1033, 1033, STATION, RTCM_NO_CLOCK, 0},
    {1057, 1062, CORRECTIONS, RTCM_GPS_WEEK, 20},
    {1063, 1068, CORRECTIONS, RTCM_GLONASS_DAY, 17},
    {1071, 1077, STATION_EPOCH, RTCM_GPS_WEEK, 30},
    {1081, 1087, STATION_DAY_EPOCH, RTCM_GLONASS_DAY, 27},
    {1091, 1097, STATION_EPOCH, RTCM_GALILEO_WEEK, 30},
    {1101, 1107, STATION_EPOCH, RTCM_GPS_WEEK, 30}, /* SBAS and QZSS count with GPS */
    {1111, 1117, STATION_EPOCH, RTCM_GPS_WEEK, 30},
    {1121, 1127, STATION_EPOCH, RTCM_BEIDOU_WEEK, 30},
    {1131, 1137, STATION_EPOCH, RTCM_NAVIC_WEEK, 30},
    {1230, 1230, STATION, RTCM_NO_CLOCK, 0},
    {IGS, IGS, IGS_CORRECTIONS, RTCM_GPS_WEEK, 20},
};

uint32_t rtcm_checksum(struct str bytes)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        crc ^= (uint32_t)(unsigned char)bytes.p[i] << 16;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x800000 ? (crc << 1) ^ 0x1864cfb : crc << 1;
    }
    return crc & 0xffffff;
}

/* ---- fields ---- */

/* Once a field is beyond the end, all others are too. */
struct bits {
    struct str text;
    size_t at;
    bool ended;
};

static int64_t take(struct bits *b, int n)
{
    int64_t v = 0;
    if (b->ended || b->at + (size_t)n > b->text.n * 8) {
        b->ended = true;
        return -1;
    }
    for (int i = 0; i < n; i++, b->at++)
        v = v << 1 | ((unsigned char)b->text.p[b->at / 8] >> (7 - b->at % 8) & 1);
    return v;
}

static void take_epoch(struct bits *b, const struct row *row, int scale, struct rtcm_frame *out)
{
    int64_t epoch = take(b, row->bits) * scale;
    if (b->ended || epoch >= (row->clock == RTCM_GLONASS_DAY ? DAY_MS : WEEK_MS))
        return;
    out->clock = row->clock;
    out->epoch = epoch;
}

/* Update interval, multiple messages, [reference datum], issue, provider, solution, [reference of IGS], satellites. */
static void take_corrections(struct bits *b, bool datum, bool igs_datum, struct rtcm_frame *out)
{
    take(b, 4 + 1 + datum + 4);
    out->provider = (int)take(b, 16);
    take(b, 4 + igs_datum);
    out->satellites = (int)take(b, 6);
}

/* Of orbits the head has a bit more; the combined corrections of clock and orbit too. */
static bool has_datum(int number)
{
    return number == 1057 || number == 1060 || number == 1063 || number == 1066;
}

/* Twenty subtypes a system: 1 orbits, 2 clocks, 3 both, 4 fast clocks, 5 code biases, 6 phase biases, 7 accuracy.
 * Ionosphere (201) has no satellites. */
static void take_igs(struct bits *b, const struct row *row, struct rtcm_frame *out)
{
    take(b, 3);
    out->subtype = (int)take(b, 8);
    take_epoch(b, row, 1000, out);
    take_corrections(b, false, out->subtype % 20 == 1 || out->subtype % 20 == 3, out);
    if (out->subtype >= 200)
        out->satellites = -1;
}

static void read_head(struct rtcm_frame *f)
{
    struct bits b = {.text = f->payload};
    f->number = (int)take(&b, 12);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        if (f->number < row->first || f->number > row->last)
            continue;
        if (row->layout == IGS_CORRECTIONS) {
            take_igs(&b, row, f);
        } else if (row->layout == CORRECTIONS) {
            take_epoch(&b, row, 1000, f);
            take_corrections(&b, has_datum(f->number), false, f);
        } else {
            f->station = (int)take(&b, 12);
            if (row->layout == STATION_DAY_EPOCH)
                take(&b, 3);
            if (row->clock)
                take_epoch(&b, row, 1, f);
        }
    }
}

/* ---- frames ---- */

/* Its length with head and checksum; 0: none begins here. */
static size_t frame_at(struct str text, size_t at, bool *ret_failed)
{
    const unsigned char *p = (const unsigned char *)text.p + at;
    size_t left = text.n - at;
    if (*p != PREAMBLE || (left > 1 && p[1] & 0xfc))
        return 0;
    *ret_failed = true;
    size_t n = left < HEAD ? 0 : (size_t)(p[1] & 3) << 8 | p[2];
    if (left < HEAD + n + CHECKSUM)
        return 0;
    const unsigned char *sum = p + HEAD + n;
    uint32_t expected = (uint32_t)sum[0] << 16 | (uint32_t)sum[1] << 8 | sum[2];
    *ret_failed = rtcm_checksum((struct str){text.p + at, HEAD + n}) != expected;
    return *ret_failed ? 0 : HEAD + n + CHECKSUM;
}

bool rtcm_next(struct rtcm_reader *r, struct rtcm_frame *ret)
{
    for (; r->at < r->text.n && r->failures <= r->frames + RTCM_FAILURES_MAX; r->at++, r->passed_over++) {
        bool failed = false;
        size_t n = frame_at(r->text, r->at, &failed);
        r->failures += failed;
        if (!n)
            continue;
        *ret = (struct rtcm_frame){.offset = r->at,
                                   .payload = {r->text.p + r->at + HEAD, n - HEAD - CHECKSUM},
                                   .subtype = -1,
                                   .station = -1,
                                   .provider = -1,
                                   .satellites = -1};
        read_head(ret);
        r->frames++;
        r->at += n;
        return true;
    }
    return false;
}

/* ---- index ---- */

static int compare(const struct rtcm_kind *k, const struct rtcm_frame *f)
{
    return k->number != f->number ? (k->number > f->number) - (k->number < f->number)
                                  : (k->subtype > f->subtype) - (k->subtype < f->subtype);
}

/* Where it is, or is to be. */
static size_t find_kind(const struct rtcm_index *index, const struct rtcm_frame *f)
{
    size_t from = 0, to = index->n;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (compare(&index->kinds[middle], f) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool count_frame(struct rtcm_index *index, const struct rtcm_frame *f)
{
    size_t at = find_kind(index, f);
    struct rtcm_kind *k = &index->kinds[at];
    if (at == index->n || compare(k, f)) {
        if (index->n == RTCM_KINDS_MAX)
            return false;
        memmove(k + 1, k, (index->n - at) * sizeof *k);
        *k = (struct rtcm_kind){.number = f->number, .subtype = f->subtype};
        index->n++;
    }
    k->count++;
    if (!f->clock)
        return true;
    if (!k->clock)
        k->first = f->epoch;
    k->epochs += !k->clock || k->last != f->epoch;
    k->clock = f->clock;
    k->last = f->epoch;
    return true;
}

static int too_many(size_t at, int most, const char *what, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "byte %zu", at);
    return fault_set(fault, ERR_INVALID_RECORD, where, "more than %d %s", most, what);
}

int rtcm_read(struct str text, struct arena *arena, struct rtcm_index *ret, struct fault *fault)
{
    struct rtcm_reader r = rtcm_reader(text);
    struct rtcm_index index = {.kinds = arena_array(arena, RTCM_KINDS_MAX, sizeof *index.kinds)};
    struct rtcm_frame f;
    while (rtcm_next(&r, &f))
        if (!count_frame(&index, &f))
            return too_many(f.offset, RTCM_KINDS_MAX, "different messages", fault);
    if (r.failures > r.frames + RTCM_FAILURES_MAX)
        return too_many(r.at, RTCM_FAILURES_MAX, "beginnings of frames with another checksum", fault);
    if (!r.frames)
        return fault_set(fault, ERR_INVALID_RECORD, "byte 0",
                         "expected frames of RTCM 3: none of %zu that begin like one has the right checksum",
                         r.failures);
    index.bytes = text.n;
    index.frames = r.frames;
    index.failures = r.failures;
    index.passed_over = r.passed_over;
    *ret = index;
    return 0;
}
