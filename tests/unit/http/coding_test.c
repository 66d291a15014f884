/* Content codings: what a client's wishes lead to, what it can decode, and what is told of it. */
#include "coding.h"
#include "leaks.h"
#include "served.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define FROM 1024

static struct served s;

static void setup(void)
{
    served_init(&s);
    s.config.limits.coded_from = FROM;
    served_start(&s);
}

static void teardown(void)
{
    if (s.server)
        served_stop(&s);
    no_leaks();
}

TestSuite(coding, .init = setup, .fini = teardown, .timeout = 60);

/* --- what is asked for --- */

static const struct {
    const char *field;
    enum coding coding;
    bool plain, acceptable;
} wishes[] = {
    {"", CODING_IDENTITY, true, true},
    {"gzip", CODING_GZIP, true, true},
    {"GZip", CODING_GZIP, true, true},
    {"x-gzip", CODING_GZIP, true, true},
    {"zstd", CODING_ZSTD, true, true},
    {"gzip, deflate, br, zstd", CODING_ZSTD, true, true},
    {"zstd;q=0.5, gzip;q=0.8", CODING_GZIP, true, true},
    {"zstd; q=0.5 ,gzip; q=0.499", CODING_ZSTD, true, true},
    {"gzip;q=0.001", CODING_GZIP, true, true},
    {"gzip;q=0", CODING_IDENTITY, true, true},
    {"gzip;q=0.000, zstd;Q=1.000", CODING_ZSTD, true, true},
    {"br, deflate", CODING_IDENTITY, true, true},
    {"gzip;q=0.5, identity", CODING_IDENTITY, true, true},
    {"gzip;q=0.5, identity;q=0.5", CODING_GZIP, true, true},
    {"*", CODING_GZIP, true, true},
    {"*;q=0.1", CODING_GZIP, true, true},
    {"zstd, *;q=0", CODING_ZSTD, false, true},
    {"gzip;q=0, *", CODING_IDENTITY, true, true},
    {"gzip, identity;q=0", CODING_GZIP, false, true},
    {"identity;q=0", CODING_IDENTITY, false, false},
    {"identity;q=0, br", CODING_IDENTITY, false, false},
    {"*;q=0", CODING_IDENTITY, false, false},
    {"*;q=0, identity;q=0.2", CODING_IDENTITY, true, true},
    {"gzip;q=1.001, zstd;q=2, x-gzip;q=", CODING_IDENTITY, true, true}, /* no weights */
    {"gzip;q=0.1234", CODING_IDENTITY, true, true},
    {"gzip;q=a", CODING_IDENTITY, true, true},
    {"gzip;q=.5", CODING_IDENTITY, true, true},
    {",, ;q=1,gzip", CODING_GZIP, true, true},
    {"gzipped, zstandard", CODING_IDENTITY, true, true},
};

Test(coding_wishes, what_is_weighed_most)
{
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        enum coding coding;
        bool plain, acceptable = accept_coding(str_of(wishes[i].field), &coding, &plain);
        cr_expect_eq(coding, wishes[i].coding, "%s", wishes[i].field);
        cr_expect_eq(plain, wishes[i].plain, "%s", wishes[i].field);
        cr_expect_eq(acceptable, wishes[i].acceptable, "%s", wishes[i].field);
    }
}

/* --- a client --- */

static void ask_on(struct wire *w, const char *method, const char *target, const char *accepts)
{
    BUF_CLEANUP struct buf b = {0};
    buf_printf(&b, "%s %s HTTP/1.1\r\nHost: a\r\n", method, target);
    if (accepts)
        buf_printf(&b, "Accept-Encoding: %s\r\n", accepts);
    buf_z(&b, "\r\n");
    wire_send(w, buf_view(&b), 0);
}

static struct wire_answer ask(const char *method, const char *target, const char *accepts)
{
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, method, target, accepts);
    struct wire_answer a = wire_read(&w, strcmp(method, "HEAD") == 0);
    wire_close(&w);
    return a;
}

struct decoder {
    z_stream gzip;
    ZSTD_DStream *zstd;
    bool ended;
};

static void decoder_open(struct decoder *d, enum coding coding)
{
    *d = (struct decoder){0};
    if (coding == CODING_ZSTD)
        d->zstd = ZSTD_createDStream();
    else
        cr_assert_eq(inflateInit2(&d->gzip, 15 + 16), Z_OK);
}

static void decoder_close(struct decoder *d)
{
    if (d->zstd)
        ZSTD_freeDStream(d->zstd);
    else
        inflateEnd(&d->gzip);
}

static void gunzip(struct decoder *d, struct str bytes, struct buf *out)
{
    d->gzip.next_in = (Bytef *)(uintptr_t)bytes.p;
    d->gzip.avail_in = (uInt)bytes.n;
    int rc = Z_OK;
    while (rc == Z_OK) {
        d->gzip.next_out = (Bytef *)buf_reserve(out, 4096);
        d->gzip.avail_out = 4096;
        rc = inflate(&d->gzip, Z_SYNC_FLUSH);
        out->n += 4096 - d->gzip.avail_out;
    }
    d->ended = rc == Z_STREAM_END;
    cr_assert(rc == Z_STREAM_END || rc == Z_BUF_ERROR, "%d", rc);
    cr_assert_eq(d->gzip.avail_in, 0);
}

static void unzstd(struct decoder *d, struct str bytes, struct buf *out)
{
    ZSTD_inBuffer in = {bytes.p, bytes.n, 0};
    size_t left = 1, got = 1;
    while (left && (in.pos < in.size || got)) {
        ZSTD_outBuffer to = {buf_reserve(out, 4096), 4096, 0};
        left = ZSTD_decompressStream(d->zstd, &to, &in);
        cr_assert_not(ZSTD_isError(left), "%s", ZSTD_getErrorName(left));
        got = to.pos;
        out->n += got;
    }
    d->ended = left == 0;
    cr_assert_eq(in.pos, in.size);
}

static void decode(struct decoder *d, struct str bytes, struct buf *out)
{
    if (d->zstd)
        unzstd(d, bytes, out);
    else
        gunzip(d, bytes, out);
}

static void decode_whole(enum coding coding, struct str bytes, struct buf *out)
{
    struct decoder d;
    decoder_open(&d, coding);
    decode(&d, bytes, out);
    cr_expect(d.ended);
    decoder_close(&d);
}

static bool all_are(struct str bytes, char c)
{
    for (size_t i = 0; i < bytes.n; i++)
        if (bytes.p[i] != c)
            return false;
    return true;
}

static void expect_records(const struct wire_answer *a, enum coding coding, size_t n)
{
    BUF_CLEANUP struct buf plain = {0};
    cr_expect_eq(a->status, 200);
    cr_expect_str_eq(wire_field(a, "Content-Encoding"), coding ? coding_name(coding) : "");
    if (coding)
        decode_whole(coding, buf_view(&a->body), &plain);
    else
        buf_str(&plain, buf_view(&a->body));
    cr_expect_eq(plain.n, n);
    cr_expect(all_are(buf_view(&plain), 'r'));
}

/* --- whole answers --- */

Test(coding, long_answers_are_coded_and_short_ones_are_not)
{
    static const size_t sizes[] = {1, FROM - 1, FROM, 100000, 3000000};
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            char target[64];
            bool is_long = sizes[i] >= FROM;
            snprintf(target, sizeof target, "/v1/records?size=%zu", sizes[i]);
            struct wire_answer a = ask("GET", target, coding_name(c)), plain = ask("GET", target, NULL);
            expect_records(&a, is_long ? c : CODING_IDENTITY, sizes[i]);
            expect_records(&plain, CODING_IDENTITY, sizes[i]);
            cr_expect_str_eq(wire_field(&a, "Vary"), is_long ? "Accept-Encoding" : "");
            cr_expect_str_eq(wire_field(&plain, "Vary"), is_long ? "Accept-Encoding" : "");
            cr_expect_str_eq(wire_field(&a, "Content-Type"), "application/json");
            cr_expect(sizes[i] < 100000 || a.body.n < sizes[i] / 100, "%zu", a.body.n);
            wire_answer_free(&a);
            wire_answer_free(&plain);
        }
    while (atomic_load(&s.done_completed) < 20)
        sched_yield();
    cr_expect_eq(atomic_load(&s.done_broken), 0);
}

/* By whom it is answered: a worker, another thread, the thread that carries the connection. */
Test(coding, whoever_answers)
{
    BUF_CLEANUP struct buf body = {0}, post = {0}, plain = {0};
    for (int i = 0; i < 500; i++)
        buf_printf(&body, "%d,", i * i);
    buf_printf(&post,
               "POST /v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n"
               "Content-Length: %zu\r\n\r\n",
               body.n);
    buf_str(&post, buf_view(&body));
    struct wire w = wire_open(http_port(s.server));
    wire_send(&w, buf_view(&post), 0);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, 201);
    cr_expect_str_eq(wire_field(&a, "X-Echo"), "yes");
    decode_whole(CODING_GZIP, buf_view(&a.body), &plain);
    cr_expect(str_eq(buf_view(&plain), buf_view(&body)));
    wire_answer_free(&a);
    ask_on(&w, "GET", "/v1/held", "zstd, identity;q=0");
    served_answer_held(&s, 200);
    a = wire_read(&w, false);
    buf_clear(&plain);
    decode_whole(CODING_ZSTD, buf_view(&a.body), &plain);
    cr_expect(str_is(buf_view(&plain), "held"));
    wire_answer_free(&a);
    wire_close(&w);
}

Test(coding, decoders_of_whole_bodies_find_the_length_in_front)
{
    struct wire_answer a = ask("GET", "/v1/records?size=50000", "zstd");
    static char to[50000];
    cr_expect_eq(ZSTD_getFrameContentSize(a.body.p, a.body.n), sizeof to);
    cr_expect_eq(ZSTD_decompress(to, sizeof to, a.body.p, a.body.n), sizeof to);
    wire_answer_free(&a);
}

static void expect_uncoded(const char *method, const char *target, const char *accepted, int status)
{
    struct wire_answer a = ask(method, target, accepted);
    cr_expect_eq(a.status, status);
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "");
    wire_answer_free(&a);
}

Test(coding, who_takes_no_plain_answer_gets_short_ones_coded_or_none)
{
    BUF_CLEANUP struct buf plain = {0};
    struct wire_answer a = ask("GET", "/v1/items/literal", "gzip, identity;q=0");
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "gzip");
    decode_whole(CODING_GZIP, buf_view(&a.body), &plain);
    cr_expect(str_is(buf_view(&plain), "literal"));
    wire_answer_free(&a);
    expect_uncoded("GET", "/v1/items/literal", "br, identity;q=0", 406);
    expect_uncoded("DELETE", "/v1/empty", "gzip, identity;q=0", 204);
}

Test(coding, problems_are_not_coded)
{
    struct wire_answer a = ask("GET", "/v1/no/such/path", "gzip, identity;q=0");
    cr_expect_eq(a.status, 404);
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "");
    cr_expect_str_eq(wire_field(&a, "Vary"), "");
    cr_expect(strstr(a.body.p, "NOT_FOUND"));
    wire_answer_free(&a);
    expect_uncoded("GET", "/v1/records?size=3000&bare=1", "gzip", 500);            /* without a receipt */
    expect_uncoded("GET", "/v1/source?pieces=2&size=2000&fail_at=2", "gzip", 500); /* the first piece */
}

Test(coding, it_can_be_turned_off)
{
    served_stop(&s);
    s.config.limits.coded_from = 0;
    served_start(&s);
    struct wire_answer a = ask("GET", "/v1/records?size=3000", "gzip, zstd");
    expect_records(&a, CODING_IDENTITY, 3000);
    cr_expect_str_eq(wire_field(&a, "Vary"), "");
    wire_answer_free(&a);
    a = ask("GET", "/v1/source?pieces=3&size=2000", "gzip");
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "");
    cr_expect_eq(a.body.n, 6000);
    wire_answer_free(&a);
    a = ask("GET", "/v1/records?size=3000", "gzip, identity;q=0");
    cr_expect_eq(a.status, 406);
    wire_answer_free(&a);
}

/* --- answers without their body --- */

/* RFC 9110 sections 8.6 and 8.8.3: neither the length nor the strong tag is that of what GET would send. */
Test(coding, head_and_not_modified_are_those_of_the_coded_answer)
{
    struct wire_answer a = ask("HEAD", "/v1/head?status=200&length=5000", "gzip");
    cr_expect_eq(a.status, 200);
    cr_expect_str_eq(wire_field(&a, "ETag"), "W/\"tag\"");
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "gzip");
    cr_expect_str_eq(wire_field(&a, "Content-Length"), "");
    cr_expect_str_eq(wire_field(&a, "Vary"), "Accept-Encoding");
    wire_answer_free(&a);
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "HEAD", "/v1/head?status=200&length=100", "gzip");
    a = wire_read(&w, true);
    cr_expect_str_eq(wire_field(&a, "ETag"), "\"tag\"");
    cr_expect_str_eq(wire_field(&a, "Content-Length"), "100");
    wire_answer_free(&a);
    ask_on(&w, "GET", "/v1/head?status=304&length=5000", "gzip");
    a = wire_read(&w, false);
    cr_expect_eq(a.status, 304);
    cr_expect_str_eq(wire_field(&a, "ETag"), "W/\"tag\"");
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "");
    cr_expect_str_eq(wire_field(&a, "Content-Length"), "");
    cr_expect_str_eq(wire_field(&a, "Vary"), "Accept-Encoding");
    wire_answer_free(&a);
    wire_close(&w);
}

/* --- pieces --- */

Test(coding, each_piece_can_be_decoded_when_it_comes)
{
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++) {
        BUF_CLEANUP struct buf chunk = {0}, plain = {0};
        struct decoder d;
        decoder_open(&d, c);
        struct wire w = wire_open(http_port(s.server));
        ask_on(&w, "GET", "/v1/feed?last=3", coding_name(c));
        for (size_t i = 0; i < 3; i++) { /* the next is made when this one was read */
            char want[16];
            served_publish(&s);
            struct wire_answer a = i ? (struct wire_answer){0} : wire_read_header(&w);
            cr_expect(i || strcmp(wire_field(&a, "Content-Encoding"), coding_name(c)) == 0);
            cr_assert(wire_read_chunk(&w, &chunk));
            buf_clear(&plain);
            decode(&d, buf_view(&chunk), &plain);
            snprintf(want, sizeof want, "item %zu\n", i);
            cr_expect(str_is(buf_view(&plain), want), "%.*s", (int)plain.n, plain.p);
            cr_expect_eq(d.ended, i == 2);
            wire_answer_free(&a);
        }
        decoder_close(&d);
        wire_close(&w);
        served_stop(&s);
        setup();
    }
}

Test(coding, a_long_source_becomes_one_body)
{
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++) {
        BUF_CLEANUP struct buf plain = {0};
        struct wire w = wire_open(http_port(s.server));
        ask_on(&w, "GET", "/v1/source?pieces=50&size=100000", coding_name(c));
        ask_on(&w, "GET", "/v1/items/literal", coding_name(c));
        struct wire_answer a = wire_read(&w, false), next = wire_read(&w, false);
        cr_expect_str_eq(wire_field(&a, "Content-Encoding"), coding_name(c));
        cr_expect_str_eq(wire_field(&a, "Transfer-Encoding"), "chunked");
        decode_whole(c, buf_view(&a.body), &plain);
        cr_expect_eq(plain.n, 5000000);
        cr_expect(all_are(buf_view(&plain), 'p'));
        cr_expect_str_eq(next.body.p, "literal");
        wire_answer_free(&a);
        wire_answer_free(&next);
        wire_close(&w);
    }
}

Test(coding, a_source_of_one_piece_is_coded_if_it_is_long)
{
    static char to[5000];
    struct wire_answer one = ask("GET", "/v1/source?pieces=1&size=5000", "zstd");
    cr_expect_str_neq(wire_field(&one, "Content-Length"), "");
    cr_expect_eq(ZSTD_decompress(to, sizeof to, one.body.p, one.body.n), sizeof to);
    wire_answer_free(&one);
    struct wire_answer a = ask("GET", "/v1/source?pieces=1&size=100", "gzip");
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "");
    cr_expect_eq(a.body.n, 100);
    wire_answer_free(&a);
}

Test(coding, a_broken_source_is_a_broken_body)
{
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++) {
        BUF_CLEANUP struct buf plain = {0};
        struct decoder d;
        struct wire w = wire_open(http_port(s.server));
        ask_on(&w, "GET", "/v1/source?pieces=5&size=1000&fail_at=2", coding_name(c));
        struct wire_answer a = wire_read(&w, false);
        cr_expect_eq(a.status, 0, "a whole answer");
        decoder_open(&d, c);
        decode(&d, buf_view(&a.body), &plain);
        cr_expect_not(d.ended);
        cr_expect_eq(plain.n, 3000);
        decoder_close(&d);
        wire_answer_free(&a);
        wire_close(&w);
    }
}

Test(coding, an_event_stream_is_sent_as_it_is)
{
    BUF_CLEANUP struct buf chunk = {0};
    struct wire w = wire_open(http_port(s.server));
    ask_on(&w, "GET", "/v1/feed?last=2&events=1", "gzip, identity;q=0");
    served_publish(&s);
    struct wire_answer a = wire_read_header(&w);
    cr_expect_str_eq(wire_field(&a, "Content-Encoding"), "");
    cr_expect_str_eq(wire_field(&a, "Vary"), "");
    cr_assert(wire_read_chunk(&w, &chunk));
    cr_expect_str_eq(chunk.p, "item 0\n");
    wire_answer_free(&a);
    wire_close(&w);
}

/* --- what the line shows --- */

/* The length of an answer goes up and down by any number of bytes, whole answers and pieces alike. */
Test(coding, lengths_are_noisy_to_the_byte)
{
    struct coders *all = coders_new();
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++) {
        bool seen[128] = {0};
        size_t distinct = 0, least = SIZE_MAX;
        for (int i = 0; i < 20000; i++) {
            BUF_CLEANUP struct buf out = {0};
            struct coder *coder = coder_take(all, c, 8);
            coder_add(coder, STR("the same"), true, &out);
            coder_give(all, coder);
            least = out.n < least ? out.n : least;
            cr_assert_lt(out.n, 8 + 20 + 128 + 64);
            distinct += !seen[out.n % 128];
            seen[out.n % 128] = true;
        }
        cr_expect_eq(distinct, 128, "%s: %zu", coding_name(c), distinct);
    }
    coders_free(all);
}

Test(coding, every_length_of_noise_can_be_decoded)
{
    struct coders *all = coders_new();
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++)
        for (int i = 0; i < 2000; i++) {
            BUF_CLEANUP struct buf out = {0}, plain = {0};
            struct coder *coder = coder_take(all, c, SIZE_MAX);
            coder_add(coder, STR("one "), false, &out);
            coder_add(coder, STR(""), false, &out);
            coder_add(coder, STR("and the other one"), true, &out);
            coder_give(all, coder);
            decode_whole(c, buf_view(&out), &plain);
            cr_assert(str_is(buf_view(&plain), "one and the other one"));
        }
    coders_free(all);
}
