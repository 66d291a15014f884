/* What the exchange's own HTTP layer can do when there is nothing to decide: the bytes of a file, over the same mutual
 * TLS.
 *
 *   static CERTIFICATE KEY TRUST_DIR LOOPS WORKERS FILE
 *
 * Prints its port and ends at the end of its input. /small has two bytes, /file the file's as JSON, by a worker. */
#include "http.h"
#include "log.h"
#include "tls.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void answer_small(struct request *r)
{
    reply_text(r, 200, "text/plain", STR("ok"));
}

static void answer_file(struct request *r)
{
    reply_text(r, 200, "application/json", buf_view(request_app(r)));
}

/* What needs nothing but memory is answered by the thread that carries the connection. */
static bool small_at_once(struct request *r)
{
    if (request_route(r)->handle != answer_small)
        return false;
    answer_small(r);
    return true;
}

static int nobody_is_refused(struct request *r, unsigned capability, struct fault *fault)
{
    (void)r;
    (void)capability;
    (void)fault;
    return 0;
}

static bool read_file(const char *path, struct buf *ret)
{
    FILE *f = fopen(path, "rb");
    size_t n = 1;
    while (f && n) {
        n = fread(buf_reserve(ret, 65536), 1, 65536, f);
        ret->n += n;
    }
    return f && fclose(f) == 0;
}

static int start(char **args, struct clock *clock, struct log *log, struct buf *file, struct tls **tls,
                 struct http_server **server, struct fault *fault)
{
    static const struct route routes[] = {{"GET", "/file", 1, BODY_NONE, 0, answer_file},
                                          {"GET", "/small", 1, BODY_NONE, 0, answer_small}};
    struct tls_config secure = {.certificate = args[0],
                                .key = args[1],
                                .trust_dir = args[2],
                                .ticket_seconds = 3600,
                                .clock = clock,
                                .log = log};
    int error = tls_open(&secure, tls, fault);
    /* The values of server/app/settings.def. */
    struct http_config config = {.address = "127.0.0.1",
                                 .loops = (unsigned)atoi(args[3]),
                                 .workers = (unsigned)atoi(args[4]),
                                 .limits = {.body = 1 << 20,
                                            .uri = 8192,
                                            .header = 16384,
                                            .query_params = 64,
                                            .connections = 4096,
                                            .connections_per_address = 1024,
                                            .requests_queued = 1024,
                                            .waiting = 1,
                                            .waiting_per_principal = 1,
                                            .request_seconds = 30,
                                            .handshake_seconds = 10,
                                            .idle_seconds = 60,
                                            .send_seconds = 60},
                                 .tls = *tls,
                                 .log = log,
                                 .routes = routes,
                                 .n_routes = 2,
                                 .app = file,
                                 .authorise = nobody_is_refused,
                                 .at_once = small_at_once};
    return error ? error : http_start(&config, server, fault);
}

int main(int argc, char **argv)
{
    BUF_CLEANUP struct buf file = {0};
    struct clock *clock = NULL;
    struct log *log = log_new(LOG_TEXT, ERROR_LEVEL_WARNING, 2);
    struct tls *tls = NULL;
    struct http_server *server = NULL;
    struct fault fault;
    char line[64];
    signal(SIGPIPE, SIG_IGN);
    if (argc != 7 || clock_open(NULL, &clock, &fault) || !read_file(argv[6], &file)) {
        fputs("usage: static CERTIFICATE KEY TRUST_DIR LOOPS WORKERS FILE\n", stderr);
        return 2;
    }
    int error = start(argv + 1, clock, log, &file, &tls, &server, &fault);
    if (error)
        fprintf(stderr, "static: %s: %s\n", fault.where, fault.detail);
    else {
        printf("%u\n", http_port(server));
        fflush(stdout);
        while (read(0, line, sizeof line) > 0)
            ;
    }
    http_stop(server);
    tls_free(tls);
    clock_free(clock);
    log_free(log);
    return error ? 1 : 0;
}
