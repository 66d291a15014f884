#include "loopback.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <gnutls/gnutls.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- the world --- */

const char *world_path(const struct world *w, const char *file)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", w->folder, file);
    return path;
}

void world_set_clock(struct world *w, time_t now)
{
    char text[INSTANT_TEXT + 1];
    FILE *f = fopen(world_path(w, "clock"), "w");
    fprintf(f, "%s\n", instant_text((instant)now * INSTANT_SECOND, text));
    fclose(f);
}

void world_revoke(struct world *w, const char *domain, const struct authority *by, X509 *const *revoked)
{
    char file[100];
    time_t to = TEST_NOW + TEST_DAY;
    snprintf(file, sizeof file, "trust/%s/crl.pem", domain);
    write_crls(world_path(w, file), crl_make(by, revoked, TEST_NOW - TEST_DAY, &to), NULL);
}

static void add_partner(struct world *w, const char *domain, struct authority *a)
{
    char file[100];
    *a = authority_make(domain, NULL);
    snprintf(file, sizeof file, "trust/%s", domain);
    mkdir(world_path(w, file), 0700);
    snprintf(file, sizeof file, "trust/%s/ca.pem", domain);
    write_certificates(world_path(w, file), a->certificate, NULL);
    world_revoke(w, domain, a, NULL);
}

static const char *keep(struct world *w, int i, const char *file)
{
    snprintf(w->paths[i], sizeof w->paths[i], "%s/%s", w->folder, file);
    return w->paths[i];
}

void world_make(struct world *w)
{
    signal(SIGPIPE, SIG_IGN);
    *w = (struct world){.folder = "/tmp/relto-tls-XXXXXX"};
    cr_assert(mkdtemp(w->folder));
    mkdir(world_path(w, "trust"), 0700);
    w->exchange = authority_make("exchange", NULL);
    w->server = certificate_make(&w->exchange, NULL, &(struct oddity){.san = "DNS:localhost", .eku = "serverAuth"});
    write_certificates(world_path(w, "server.pem"), w->server.x509, NULL);
    write_key(world_path(w, "server.key"), w->server.key);
    add_partner(w, "usa.example", &w->usa);
    add_partner(w, "jpn.example", &w->jpn);
    world_set_clock(w, TEST_NOW);
    cr_assert_eq(clock_open(world_path(w, "clock"), &w->clock, NULL), 0);
    w->log_fd = memfd_create("log", 0);
    w->log = log_new(LOG_TEXT, ERROR_LEVEL_INFO, w->log_fd);
    w->config = (struct tls_config){
        keep(w, 0, "server.pem"), keep(w, 1, "server.key"), keep(w, 2, "trust"), 3600, w->clock, w->log};
}

void world_open(struct world *w)
{
    struct fault fault = {0};
    cr_assert_eq(tls_open(&w->config, &w->tls, &fault), 0, "%s: %s", fault.where, fault.detail);
}

void world_reload(struct world *w)
{
    struct fault fault = {0};
    cr_assert_eq(tls_reload(w->tls, &fault), 0, "%s: %s", fault.where, fault.detail);
}

const char *world_log(struct world *w)
{
    static char text[65536];
    ssize_t n = pread(w->log_fd, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static int remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
    (void)s, (void)type, (void)at;
    return remove(path);
}

void world_free(struct world *w)
{
    tls_free(w->tls);
    log_free(w->log);
    clock_free(w->clock);
    close(w->log_fd);
    certificate_free(&w->server);
    authority_free(&w->exchange);
    authority_free(&w->usa);
    authority_free(&w->jpn);
    nftw(w->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- the server --- */

struct server {
    pthread_t thread;
    struct world *world;
    int fd;
};

static void answer(struct tls_peer *peer, gnutls_session_t session)
{
    char text[ANSWER_MAX], until[INSTANT_TEXT + 1];
    struct tls_identity id;
    struct fault fault;
    if (tls_peer_identity(peer, &id, &fault) == 0)
        snprintf(text, sizeof text, "yes %s %s %s %s %s", id.uri, id.trust_domain, id.role, id.name,
                 instant_text(id.valid_until, until));
    else
        snprintf(text, sizeof text, "no %d %s", (int)fault.code, fault.detail);
    gnutls_record_send(session, text, strlen(text));
}

/* The calls of libmicrohttpd: its own credentials first, no alerts, the session gone before the peer. */
static void *serve(void *arg)
{
    struct server *s = arg;
    char question;
    gnutls_session_t session;
    gnutls_certificate_credentials_t unused;
    gnutls_certificate_allocate_credentials(&unused);
    gnutls_init(&session, GNUTLS_SERVER);
    gnutls_set_default_priority(session);
    gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, unused);
    gnutls_session_set_ptr(session, (void *)-1);
    gnutls_transport_set_int(session, s->fd);
    struct tls_peer *peer = tls_peer_open(s->world->tls, session, "203.0.113.7");
    int e;
    while ((e = gnutls_handshake(session)) < 0 && !gnutls_error_is_fatal(e))
        ;
    while (e == 0 && gnutls_record_recv(session, &question, 1) == 1)
        answer(peer, session);
    gnutls_deinit(session);
    gnutls_certificate_free_credentials(unused);
    shutdown(s->fd, SHUT_RDWR);
    tls_peer_close(peer);
    return NULL;
}

/* --- the client --- */

static int connection_index(void)
{
    static int index = -1;
    return index >= 0 ? index : (index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL));
}

static void note_alert(const SSL *ssl, int where, int value)
{
    struct connection *c = SSL_get_ex_data(ssl, connection_index());
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL && c->alert < 0)
        c->alert = value & 0xff;
}

static int note_session(SSL *ssl, SSL_SESSION *session)
{
    struct connection *c = SSL_get_ex_data(ssl, connection_index());
    SSL_SESSION_free(c->session);
    c->session = session;
    return 1;
}

static SSL_CTX *client_context(const struct approach *a)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int version = a->version ? a->version : TLS1_3_VERSION;
    SSL_CTX_set_security_level(ctx, 0); /* the server must refuse what is weak, not we */
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(ctx, note_session);
    SSL_CTX_set_info_callback(ctx, note_alert);
    if (a->certificate) {
        cr_assert_eq(SSL_CTX_use_certificate(ctx, a->certificate->x509), 1);
        cr_assert_eq(SSL_CTX_use_PrivateKey(ctx, a->certificate->key), 1);
    }
    for (X509 *const *x = a->chain; x && *x; x++)
        SSL_CTX_add1_chain_cert(ctx, *x);
    return ctx;
}

void connection_open(struct world *w, const struct approach *a, struct connection *c)
{
    int fds[2];
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    struct server *s = calloc(1, sizeof *s);
    *s = (struct server){.world = w, .fd = fds[1]};
    *c = (struct connection){.ctx = client_context(a), .alert = -1, .server = s};
    cr_assert_eq(pthread_create(&s->thread, NULL, serve, s), 0);
    c->ssl = SSL_new(c->ctx);
    SSL_set_ex_data(c->ssl, connection_index(), c);
    SSL_set_fd(c->ssl, fds[0]);
    if (a->resume)
        SSL_set_session(c->ssl, a->resume);
    SSL_connect(c->ssl);
}

const char *connection_ask(struct connection *c)
{
    char *text = c->answer;
    int n = SSL_write(c->ssl, "?", 1) == 1 ? SSL_read(c->ssl, text, ANSWER_MAX - 1) : 0;
    if (n <= 0)
        SSL_read(c->ssl, text, 1); /* an alert may still wait behind a failed write */
    text[n > 0 ? n : 0] = '\0';
    return text;
}

void connection_close(struct connection *c)
{
    int fd = SSL_get_fd(c->ssl);
    SSL_free(c->ssl);
    shutdown(fd, SHUT_RDWR);
    pthread_join(c->server->thread, NULL);
    close(fd);
    close(c->server->fd);
    free(c->server);
    SSL_SESSION_free(c->session);
    SSL_CTX_free(c->ctx);
}
