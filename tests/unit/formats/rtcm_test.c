#include "leaks.h"
#include "rtcm.h"

#include <criterion/criterion.h>

TestSuite(rtcm, .fini = no_leaks);

/* Writes fields into a frame, as a sender does. */
struct sender {
    unsigned char bytes[3 + RTCM_PAYLOAD_MAX + 3];
    size_t bits;
};

static void put(struct sender *s, uint64_t v, int n)
{
    for (int i = n - 1; i >= 0; i--, s->bits++)
        s->bytes[3 + s->bits / 8] |= (unsigned char)((v >> i & 1) << (7 - s->bits % 8));
}

static void send_frame(struct sender *s, struct buf *out)
{
    size_t n = (s->bits + 7) / 8;
    s->bytes[0] = 0xd3;
    s->bytes[1] = (unsigned char)(n >> 8);
    s->bytes[2] = (unsigned char)n;
    uint32_t crc = rtcm_checksum((struct str){(char *)s->bytes, n + 3});
    for (int i = 0; i < 3; i++)
        s->bytes[3 + n + (size_t)i] = (unsigned char)(crc >> (16 - 8 * i));
    buf_add(out, s->bytes, n + 6);
    *s = (struct sender){0};
}

static void send_observation(struct buf *out, unsigned number, unsigned station, unsigned epoch)
{
    struct sender s = {0};
    put(&s, number, 12);
    put(&s, station, 12);
    put(&s, epoch, 30);
    put(&s, 0, 10);
    send_frame(&s, out);
}

static struct rtcm_frame only(const struct buf *b)
{
    struct rtcm_reader r = rtcm_reader(buf_view(b));
    struct rtcm_frame f, more;
    cr_assert(rtcm_next(&r, &f));
    cr_assert_not(rtcm_next(&r, &more));
    cr_assert_eq(r.passed_over, 0);
    return f;
}

/* Whose checksum was made by others: the example of RTCM 10403.1, section 4.2. */
Test(rtcm, the_standards_example)
{
    static const char frame[] =
        "\xd3\x00\x13\x3e\xd7\xd3\x02\x02\x98\x0e\xde\xef\x34\xb4\xbd\x62\xac\x09\x41\x98\x6f\x33"
        "\x36\x0b\x98";
    struct rtcm_reader r = rtcm_reader((struct str){frame, sizeof frame - 1});
    struct rtcm_frame f;
    cr_assert(rtcm_next(&r, &f));
    cr_assert_eq(f.number, 1005);
    cr_assert_eq(f.station, 2003);
    cr_assert_eq(f.clock, RTCM_NO_CLOCK);
    cr_assert_eq(f.payload.n, 19);
}

Test(rtcm, epochs_of_observations)
{
    static const struct {
        unsigned number, epoch;
        enum rtcm_clock clock;
        int64_t expected;
    } cases[] = {
        {1004, 604799999, RTCM_GPS_WEEK, 604799999}, {1077, 5000, RTCM_GPS_WEEK, 5000},
        {1097, 5000, RTCM_GALILEO_WEEK, 5000},       {1127, 5000, RTCM_BEIDOU_WEEK, 5000},
        {1117, 604800000, RTCM_NO_CLOCK, 0},         {1087, 6u << 27 | 86400999, RTCM_GLONASS_DAY, 86400999},
        {1087, 86401000, RTCM_NO_CLOCK, 0},          {1030, 5000, RTCM_NO_CLOCK, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf b = {0};
        send_observation(&b, cases[i].number, 7, cases[i].epoch);
        struct rtcm_frame f = only(&b);
        cr_expect_eq(f.clock, cases[i].clock, "case %zu", i);
        cr_expect_eq(f.epoch, cases[i].expected, "case %zu", i);
        cr_expect_eq(f.station, cases[i].number == 1030 ? -1 : 7, "case %zu", i);
    }
}

Test(rtcm, heads_of_corrections)
{
    static const struct {
        unsigned number, subtype;
        bool datum, igs_datum;
        int satellites;
    } cases[] = {
        {1057, 0, true, false, 31},   {1058, 0, false, false, 31},  {4076, 21, false, true, 31},
        {4076, 22, false, false, 31}, {4076, 103, false, true, 31}, {4076, 201, false, false, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        BUF_CLEANUP struct buf b = {0};
        struct sender s = {0};
        put(&s, cases[i].number, 12);
        if (cases[i].subtype) {
            put(&s, 1, 3);
            put(&s, cases[i].subtype, 8);
        }
        put(&s, 345600, 20);
        put(&s, 2, 4 + 1 + cases[i].datum);
        put(&s, 9, 4);
        put(&s, 258, 16);
        put(&s, 1, 4 + cases[i].igs_datum);
        put(&s, 31, 6);
        send_frame(&s, &b);
        struct rtcm_frame f = only(&b);
        cr_expect_eq(f.epoch, 345600000, "case %zu", i);
        cr_expect_eq(f.provider, 258, "case %zu", i);
        cr_expect_eq(f.satellites, cases[i].satellites, "case %zu: %d", i, f.satellites);
        cr_expect_eq(f.subtype, cases[i].subtype ? (int)cases[i].subtype : -1, "case %zu", i);
    }
}

Test(rtcm, what_is_no_frame_is_passed_over)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, "$GPGGA,\xd3*00\r\n");
    send_observation(&b, 1077, 1, 1000);
    size_t second = b.n;
    send_observation(&b, 1077, 1, 2000);
    b.p[second + 8] ^= 1;
    send_observation(&b, 1077, 1, 3000);
    buf_add(&b, "\xd3\x00", 2);
    struct rtcm_reader r = rtcm_reader(buf_view(&b));
    struct rtcm_frame f;
    cr_assert(rtcm_next(&r, &f));
    cr_assert_eq(f.epoch, 1000);
    cr_assert_eq(f.offset, 13);
    cr_assert(rtcm_next(&r, &f));
    cr_assert_eq(f.epoch, 3000);
    cr_assert_not(rtcm_next(&r, &f));
    cr_assert_eq(r.failures, 2, "a broken one and one that is cut: %zu", r.failures);
    cr_assert_eq(r.passed_over, 13 + 14 + 2, "%zu", r.passed_over);
}

Test(rtcm, an_index_counts)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0}, out = {0};
    struct header header = {.marking = STR("U"), .data_mode = STR("TEST"), .source = STR("unit")};
    struct rtcm_index index;
    struct fault fault = {0};
    instant near;
    cr_assert(instant_parse(STR("2026-05-19T12:00:00Z"), &near));
    send_observation(&b, 1097, 1, 1000);
    send_observation(&b, 1077, 1, 1000);
    send_observation(&b, 1077, 2, 1000);
    send_observation(&b, 1077, 1, 2000);
    send_frame(&(struct sender){0}, &b);
    cr_assert_eq(rtcm_read(buf_view(&b), arena, &index, &fault), 0, "%s", fault.detail);
    rtcm_record(&index, &header, STR("a.rtcm3"), near, &out);
    buf_char(&out, 0);
    cr_assert_str_eq(
        out.p, "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"unit\",\"filename\":\"a.rtcm3\","
               "\"ts\":\"2026-05-16T23:59:43.000000Z\",\"bytes\":62,\"bytesPassedOver\":0,\"frames\":5,"
               "\"failures\":0,\"messages\":[{\"count\":1},{\"count\":3,\"message\":1077,\"clock\":\"GPS week\","
               "\"epochs\":2,\"firstEpoch\":1000,\"lastEpoch\":2000},{\"count\":1,\"message\":1097,"
               "\"clock\":\"Galileo week\",\"epochs\":1,\"firstEpoch\":1000,\"lastEpoch\":1000}]}");
    cr_assert_eq(rtcm_read(STR("$GPGGA\r\n"), arena, &index, &fault), ERR_INVALID_RECORD);
}

/* GLONASS time is three hours ahead of UTC; the week of GPS begins on a Sunday, 18 s before that of UTC. */
Test(rtcm, a_stream_is_of_the_week_that_is_nearest)
{
    static const struct {
        unsigned message, epoch;
        const char *near, *expected;
    } cases[] = {
        {1077, 1000, "2026-05-20T11:59:42Z", "2026-05-16T23:59:43.000000Z"},
        {1077, 1000, "2026-05-20T12:00:02Z", "2026-05-23T23:59:43.000000Z"},
        {1077, 604799000, "2026-05-17T00:00:00Z", "2026-05-16T23:59:41.000000Z"},
        {1127, 0, "2026-05-17T00:00:00Z", "2026-05-16T23:59:56.000000Z"},
        {1087, 3 * 3600000, "2026-05-17T01:00:00Z", "2026-05-17T00:00:00.000000Z"},
        {1087, 0, "2026-05-17T01:00:00Z", "2026-05-16T21:00:00.000000Z"},
        {1005, 0, "2026-05-17T01:02:03Z", "2026-05-17T00:00:00.000000Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf b = {0}, out = {0};
        struct header header = {.marking = STR("U")};
        struct rtcm_index index;
        instant near;
        instant_parse(str_of(cases[i].near), &near);
        send_observation(&b, cases[i].message, 1, cases[i].epoch);
        cr_assert_eq(rtcm_read(buf_view(&b), arena, &index, NULL), 0);
        rtcm_record(&index, &header, STR(""), near, &out);
        buf_char(&out, 0);
        cr_assert_not_null(strstr(out.p, cases[i].expected), "%s: %s", cases[i].expected, out.p);
    }
}

Test(rtcm, an_index_is_bounded)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct rtcm_index index;
    struct fault fault = {0};
    for (unsigned i = 0; i < RTCM_KINDS_MAX; i++)
        send_observation(&b, RTCM_KINDS_MAX - i, 1, 0);
    cr_assert_eq(rtcm_read(buf_view(&b), arena, &index, &fault), 0, "%s", fault.detail);
    cr_assert_eq(index.n, RTCM_KINDS_MAX);
    send_observation(&b, RTCM_KINDS_MAX + 1, 1, 0);
    cr_assert_eq(rtcm_read(buf_view(&b), arena, &index, &fault), ERR_INVALID_RECORD);
}

/* Each beginning of a frame costs a checksum of what it would be. */
Test(rtcm, failures_are_bounded)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct rtcm_index index;
    struct fault fault = {0};
    send_observation(&b, 1077, 1, 0);
    for (size_t i = 0; i < RTCM_FAILURES_MAX + 1; i++)
        buf_add(&b, "\xd3\x00\x01xxxx", 7);
    cr_assert_eq(rtcm_read(buf_view(&b), arena, &index, &fault), 0, "%s", fault.detail);
    cr_assert_eq(index.failures, RTCM_FAILURES_MAX + 1);
    buf_add(&b, "\xd3\x00\x01xxxx", 7);
    cr_assert_eq(rtcm_read(buf_view(&b), arena, &index, &fault), ERR_INVALID_RECORD);
    cr_assert_not_null(strstr(fault.detail, "more than 10000 beginnings"), "%s", fault.detail);
}
