/* What libmicrohttpd lets through is refused with 400 and the connection closed; what clients really send is not. */
#include "leaks.h"
#include "served.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct served s;

static void setup(void)
{
    served_init(&s);
    served_start(&s);
}

static void teardown(void)
{
    served_stop(&s);
    no_leaks();
}

TestSuite(strict, .init = setup, .fini = teardown, .timeout = 60);

#define JSON "Content-Type: application/json\r\n"
#define HOST "Host: exchange\r\n"
#define GET(target) "GET " target " HTTP/1.1\r\n"
#define POST "POST /v1/echo HTTP/1.1\r\n"
#define FOLLOW GET("/v1/items/next") HOST "\r\n"

struct bytes {
    const char *name;
    struct str bytes;
};
#define BYTES(name, text)                                                                                              \
    {                                                                                                                  \
        name,                                                                                                          \
        {                                                                                                              \
            text, sizeof(text) - 1                                                                                     \
        }                                                                                                              \
    }

/* Each is one request that must not be answered with anything but 400, followed by a good one that must not be answered
 * at all. */
static const struct bytes hostile[] = {
    BYTES("length and coding", POST HOST JSON "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    BYTES("coding and length", POST HOST JSON "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    BYTES("two lengths", POST HOST JSON "Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456"),
    BYTES("the same length twice", POST HOST JSON "Content-Length: 5\r\nContent-Length: 5\r\n\r\n12345"),
    BYTES("list of lengths", POST HOST JSON "Content-Length: 5, 5\r\n\r\n12345"),
    BYTES("signed length", POST HOST JSON "Content-Length: +5\r\n\r\n12345"),
    BYTES("hexadecimal length", POST HOST JSON "Content-Length: 0x5\r\n\r\n12345"),
    BYTES("empty length", POST HOST JSON "Content-Length:\r\n\r\n"),
    BYTES("space before the colon", POST HOST JSON "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
    BYTES("tab before the colon", POST HOST JSON "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n"),
    BYTES("two codings", POST HOST JSON "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    BYTES("chunked twice", POST HOST JSON "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    BYTES("identity coding", POST HOST JSON "Transfer-Encoding: identity\r\n\r\n"),
    BYTES("chunked with a parameter", POST HOST JSON "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n"),
    BYTES("chunked in quotes", POST HOST JSON "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    BYTES("chunked and a space", POST HOST JSON "Transfer-Encoding: chunked \r\n\r\n0\r\n\r\n"),
    BYTES("chunked after vertical tab", POST HOST JSON "Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n"),
    BYTES("bare LF everywhere", "GET /v1/items/a HTTP/1.1\nHost: exchange\n\n"),
    BYTES("bare LF after the request line", "GET /v1/items/a HTTP/1.1\n" HOST "\r\n"),
    BYTES("bare LF after a field", GET("/v1/items/a") "Host: exchange\nX: y\r\n\r\n"),
    BYTES("bare LF after the last field", GET("/v1/items/a") "Host: exchange\n\r\n"),
    BYTES("bare LF as empty line", GET("/v1/items/a") HOST "\n"),
    BYTES("bare CR in a value", GET("/v1/items/a") HOST "X: a\rb\r\n\r\n"),
    BYTES("bare CR as line end", GET("/v1/items/a") HOST "X: a\rY: b\r\n\r\n"),
    BYTES("two CR", GET("/v1/items/a") HOST "X: a\r\r\n\r\n"),
    BYTES("bare LF after a chunk size", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n5\n12345\r\n0\r\n\r\n"),
    BYTES("bare LF after a longer size", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n00005\n12345\r\n0\r\n\r\n"),
    BYTES("bare LF after a second size",
          POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\nb\r\n0\r\n\r\n"),
    BYTES("bare LF after a chunk", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\n2\r\nab\r\n0\r\n\r\n"),
    BYTES("no chunk size", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    BYTES("trailer fields", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n"),
    BYTES("NUL in a value", GET("/v1/items/a") HOST "X: a\0b\r\n\r\n"),
    BYTES("NUL at the end of a value", GET("/v1/items/a") HOST "X: a\0\r\n\r\n"),
    BYTES("NUL in a name", GET("/v1/items/a") HOST "X\0Y: a\r\n\r\n"),
    BYTES("NUL in the target", GET("/v1/items/a\0b") HOST "\r\n"),
    BYTES("NUL in the query", GET("/v1/items/a?b=\0c") HOST "\r\n"),
    BYTES("NUL in the method", "GE\0T /v1/items/a HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("NUL as method", "\0GET /v1/items/a HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("NUL as empty line", GET("/v1/items/a") HOST "\0\r\n\r\n"),
    BYTES("NUL before more fields", GET("/v1/items/a") HOST "\0X: y\r\n\r\n"),
    BYTES("no Host", GET("/v1/items/a") "\r\n"),
    BYTES("two Hosts", GET("/v1/items/a") HOST HOST "\r\n"),
    BYTES("two different Hosts", GET("/v1/items/a") HOST "HOST: other\r\n\r\n"),
    BYTES("empty Host", GET("/v1/items/a") "Host:\r\n\r\n"),
    BYTES("Host with a path", GET("/v1/items/a") "Host: a/b\r\n\r\n"),
    BYTES("Host with a user", GET("/v1/items/a") "Host: a@b\r\n\r\n"),
    BYTES("folded line", GET("/v1/items/a") HOST "X: a\r\n b\r\n\r\n"),
    BYTES("folded line with a tab", GET("/v1/items/a") HOST "X: a\r\n\tb\r\n\r\n"),
    BYTES("folded first line", GET("/v1/items/a") " X: a\r\n" HOST "\r\n"),
    BYTES("folded last line", GET("/v1/items/a") "Host: exchange\r\n folded\r\n\r\n"),
    BYTES("line of a space", GET("/v1/items/a") HOST "X: a\r\n \r\n\r\n"),
    BYTES("name with a space", GET("/v1/items/a") HOST "X Y: a\r\n\r\n"),
    BYTES("name with brackets", GET("/v1/items/a") HOST "X(Y): a\r\n\r\n"),
    BYTES("name outside ASCII", GET("/v1/items/a") HOST "X\xc3\xa9: a\r\n\r\n"),
    BYTES("no name", GET("/v1/items/a") HOST ": a\r\n\r\n"),
    BYTES("no colon", GET("/v1/items/a") HOST "abc\r\n\r\n"),
    BYTES("DEL in a value", GET("/v1/items/a") HOST "X: a\x7f\r\n\r\n"),
    BYTES("ESC in a value", GET("/v1/items/a") HOST "X: a\x1b\r\n\r\n"),
    BYTES("%00", GET("/v1/items/a%00b") HOST "\r\n"),
    BYTES("%00 in the query", GET("/v1/items/a?x=%00") HOST "\r\n"),
    BYTES("%00 as a name", GET("/v1/items/a?%00=x") HOST "\r\n"),
    BYTES("escape of no digits", GET("/v1/items/a%zz") HOST "\r\n"),
    BYTES("escape of one digit", GET("/v1/items/a?x=%2") HOST "\r\n"),
    BYTES("lone %", GET("/v1/items/%") HOST "\r\n"),
    BYTES("escaped byte that is no UTF-8", GET("/v1/items/a%ff") HOST "\r\n"),
    BYTES("escaped overlong /", GET("/v1/items/a%c0%af") HOST "\r\n"),
    BYTES("escaped surrogate", GET("/v1/items/a?x=%ed%a0%80") HOST "\r\n"),
    BYTES("raw byte that is no UTF-8", GET("/v1/items/a?x=\xff") HOST "\r\n"),
    BYTES("cut UTF-8", GET("/v1/items/a?x=%c3&y=%a9") HOST "\r\n"),
    BYTES("fragment", GET("/v1/items/a#b") HOST "\r\n"),
    BYTES("space in the target", GET("/v1/items/a b") HOST "\r\n"),
    BYTES("tab in the target", GET("/v1/items/a\tb") HOST "\r\n"),
    BYTES("two spaces before the target", "GET  /v1/items/a HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("two spaces after the target", "GET /v1/items/a  HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("space after the version", "GET /v1/items/a HTTP/1.1 \r\n" HOST "\r\n"),
    BYTES("no version", "GET /v1/items/a\r\n" HOST "\r\n"),
    BYTES("HTTP/1.0", "GET /v1/items/a HTTP/1.0\r\n" HOST "\r\n"),
    BYTES("HTTP/1.2", "GET /v1/items/a HTTP/1.2\r\n" HOST "\r\n"),
    BYTES("lower case version", "GET /v1/items/a http/1.1\r\n" HOST "\r\n"),
    BYTES("method that is no token", "G(T /v1/items/a HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("target without a slash", GET("v1/items/a") HOST "\r\n"),
    BYTES("authority-form", "CONNECT exchange:443 HTTP/1.1\r\n" HOST "\r\n"),
};

static void expect_refusal(const struct bytes *b)
{
    struct wire w = wire_open(http_port(s.server));
    BUF_CLEANUP struct buf both = {0};
    buf_str(&both, b->bytes);
    buf_z(&both, FOLLOW);
    wire_send(&w, buf_view(&both), 0);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, 400, "%s: %d", b->name, a.status);
    cr_expect(strcmp(wire_field(&a, "Connection"), "close") == 0 || strcmp(wire_field(&a, "Connection"), "twice") == 0,
              "%s: Connection: %s", b->name, wire_field(&a, "Connection"));
    struct wire_answer next = wire_read(&w, false);
    cr_expect(next.status != 200 && next.status != 201, "%s: %s", b->name, next.body.p);
    cr_expect(w.ended, "%s: not closed", b->name);
    wire_answer_free(&a);
    wire_answer_free(&next);
    wire_close(&w);
}

Test(strict, hostile_requests_are_refused_and_the_connection_closed)
{
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++)
        expect_refusal(&hostile[i]);
    struct http_counters c;
    http_counters(s.server, &c);
    cr_expect_eq(c.status[2], 0, "%lu answers with success", (unsigned long)c.status[2]);
}

Test(strict, what_has_no_request_line_ends_the_connection)
{
    static const struct bytes none[] = {
        BYTES("tabs", "GET\t/v1/items/a\tHTTP/1.1\r\n" HOST "\r\n"),
        BYTES("TLS", "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n"),
    };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        struct wire w = wire_open(http_port(s.server));
        wire_send(&w, none[i].bytes, 0);
        cr_expect(wire_ends(&w));
        wire_close(&w);
    }
}

/* Each is one request that clients send. */
static const struct bytes legal[] = {
    BYTES("plain", GET("/v1/items/a") HOST "\r\n"),
    BYTES("curl", GET("/v1/items/a") "Host: 127.0.0.1:8443\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n"),
    BYTES("http.client", GET("/v1/items/a") "Host: localhost:8443\r\nAccept-Encoding: identity\r\n\r\n"),
    BYTES("undici", GET("/v1/items/a") "host: localhost:8443\r\nconnection: keep-alive\r\naccept: */*\r\n"
                                       "accept-language: *\r\nsec-fetch-mode: cors\r\nuser-agent: node\r\n"
                                       "accept-encoding: gzip, deflate\r\n\r\n"),
    BYTES("empty lines before", "\r\n\r\n" GET("/v1/items/a") HOST "\r\n"),
    BYTES("white space around values", GET("/v1/items/a") "Host:exchange\r\nX-Probe:\t a \t\r\nX-Empty:\r\n\r\n"),
    BYTES("bytes above ASCII in a value", GET("/v1/items/a") HOST "X-Probe: \xe9\xc3\xa9\r\n\r\n"),
    BYTES("a field twice", GET("/v1/items/a") HOST "X-Probe: a\r\nX-Probe: b\r\n\r\n"),
    BYTES("cookies", GET("/v1/items/a") HOST "Cookie: a=b; c=\"d e\"; f\r\nX-Probe: b\r\n\r\n"),
    BYTES("every kind of tchar", GET("/v1/items/a") HOST "!#$%&'*+-.^_`|~1aZ: b\r\n\r\n"),
    BYTES("IPv6 Host", GET("/v1/items/a") "Host: [::1]:8443\r\n\r\n"),
    BYTES("absolute-form", "GET https://exchange:8443/v1/items/a?x=1 HTTP/1.1\r\n" HOST "\r\n"),
    BYTES("operators unescaped", GET("/v1/items/a?t=>2026-01-01T00:00:00.000Z&n=*x*|~\"<>{}^`\\") HOST "\r\n"),
    BYTES("escapes", GET("/v1/items/a%20%C3%A9%2F?x=%3E2026+1%2B&%79=%e2%82%ac") HOST "\r\n"),
    BYTES("raw UTF-8", GET("/v1/items/\xc3\xa9?x=\xe2\x82\xac") HOST "\r\n"),
    BYTES("odd queries", GET("/v1/items/a?&&x&=y&z==") HOST "\r\n"),
    BYTES("question marks", GET("/v1/items/a?x=?") HOST "\r\n"),
    BYTES("empty query", GET("/v1/items/a?") HOST "\r\n"),
    BYTES("no body, but its length", GET("/v1/items/a") HOST "Content-Length: 0\r\n\r\n"),
    BYTES("body", POST HOST JSON "Content-Length: 5\r\n\r\n12345"),
    BYTES("body with line ends", POST HOST JSON "Content-Length: 9\r\n\r\n\n\n\0\0\r\n\r\n "),
    BYTES("empty body", POST HOST JSON "Content-Length: 0\r\n\r\n"),
    BYTES("charset", POST HOST "Content-Type: Application/JSON; Charset=UTF-8\r\nContent-Length: 2\r\n\r\n{}"),
    BYTES("chunks", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n3\r\nabc\r\n0\r\n\r\n"),
    BYTES("Chunked", POST HOST JSON "transfer-encoding: Chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"),
    BYTES("chunk extensions", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n5;a=\"b\"\r\n12345\r\n0;c\r\n\r\n"),
    BYTES("chunks with line ends",
          POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n"
                         "00003\r\n\n\n\n\r\n2\r\n\r\n\r\n4\r\n\n\r\n\n\r\nA\r\n\n23456789\n\r\n"
                         "0\r\n\r\n"),
    BYTES("no chunk but the last", POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
};

static int expected(const struct bytes *b)
{
    return memcmp(b->bytes.p, "POST", 4) == 0 ? 201 : 200;
}

static void expect_served(const struct bytes *b, size_t step)
{
    struct wire w = wire_open(http_port(s.server));
    wire_send(&w, b->bytes, step);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_eq(a.status, expected(b), "%s in steps of %zu: %d %s", b->name, step, a.status, a.body.p);
    wire_answer_free(&a);
    wire_send(&w, STR(FOLLOW), step);
    a = wire_read(&w, false);
    cr_expect_eq(a.status, 200, "after %s in steps of %zu: %d %s", b->name, step, a.status, a.body.p);
    wire_answer_free(&a);
    wire_close(&w);
}

Test(strict, what_clients_send_is_served_however_it_arrives)
{
    for (size_t i = 0; i < sizeof legal / sizeof *legal; i++)
        for (size_t step = 0; step < 4; step++)
            expect_served(&legal[i], step == 3 ? 17 : step);
}

/* Keep-alive and pipelining put requests at any place of the parser's buffer and let it grow. */
Test(strict, pipelined_requests_are_served_in_order)
{
    static const size_t steps[] = {0, 1, 7, 1000, 4096};
    BUF_CLEANUP struct buf all = {0};
    const size_t n = sizeof legal / sizeof *legal;
    for (size_t i = 0; i < 4 * n; i++) {
        buf_str(&all, legal[i % n].bytes);
        if (i % 3 == 0)
            buf_printf(&all, "GET /v1/items/%zu HTTP/1.1\r\nHost: a\r\nX-Pad: %0*d\r\n\r\n", i, (int)(i * 37), 0);
    }
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        struct wire w = wire_open(http_port(s.server));
        wire_send(&w, buf_view(&all), steps[k]);
        for (size_t i = 0; i < 4 * n; i++) {
            struct wire_answer a = wire_read(&w, false);
            cr_assert_eq(a.status, expected(&legal[i % n]), "%s: %d %s", legal[i % n].name, a.status, a.body.p);
            wire_answer_free(&a);
            if (i % 3)
                continue;
            char id[32];
            snprintf(id, sizeof id, "\"id\":\"%zu\"", i);
            a = wire_read(&w, false);
            cr_assert(a.status == 200 && strstr(a.body.p, id), "%d %s", a.status, a.body.p);
            wire_answer_free(&a);
        }
        wire_close(&w);
    }
}

Test(strict, bodies_arrive_unchanged_however_they_are_framed)
{
    BUF_CLEANUP struct buf body = {0}, sent = {0};
    for (size_t i = 0; i < 60000; i++)
        buf_char(&body, i * 31 % 97 < 9 ? "\r\n0\n\r;\0 a"[i * 31 % 97] : (char)(i % 251));
    for (size_t chunk = 1; chunk < 30000; chunk = chunk * 3 + 1) {
        buf_clear(&sent);
        buf_z(&sent, POST HOST JSON "Transfer-Encoding: chunked\r\n\r\n");
        for (size_t at = 0; at < body.n; at += chunk) {
            size_t n = body.n - at < chunk ? body.n - at : chunk;
            buf_printf(&sent, "%zx\r\n", n);
            buf_add(&sent, body.p + at, n);
            buf_z(&sent, "\r\n");
        }
        buf_z(&sent, "0\r\n\r\n");
        struct wire w = wire_open(http_port(s.server));
        wire_send(&w, buf_view(&sent), 1 + chunk / 2);
        struct wire_answer a = wire_read(&w, false);
        cr_assert_eq(a.status, 201, "chunks of %zu: %d %s", chunk, a.status, a.body.p);
        cr_assert(str_eq(buf_view(&a.body), buf_view(&body)), "chunks of %zu", chunk);
        wire_answer_free(&a);
        wire_close(&w);
    }
}

Test(strict, what_handlers_see_is_decoded)
{
    struct wire w = wire_open(http_port(s.server));
    wire_send(&w, STR(GET("/v1/items/a%2Fb%20+?x=1+2%2B&%C3%A9=&y") HOST "X-Probe:  v\t\r\n\r\n"), 0);
    struct wire_answer a = wire_read(&w, false);
    cr_expect_str_eq(a.body.p,
                     "{\"id\":\"a/b +\",\"method\":\"GET\",\"target\":\"/v1/items/a%2Fb%20+?x=1+2%2B&%C3%A9=&y\","
                     "\"probe\":\"v\",\"query\":[[\"x\",\"1 2+\"],[\"é\",\"\"],[\"y\",\"\"]]}");
    wire_answer_free(&a);
    wire_close(&w);
}
