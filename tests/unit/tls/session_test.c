/* Session tickets, reloads and the passing of time on connections that are already open. */
#include "leaks.h"
#include "loopback.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#define ALICE "spiffe://usa.example/operator/alice"

static struct world world;
static struct certificate alice;

static void begin(void)
{
    world_make(&world);
    world_open(&world);
    alice = certificate_make(&world.usa, ALICE, &(struct oddity){.from_days = -9, .to_days = 5});
}

static void end(void)
{
    certificate_free(&alice);
    world_free(&world);
    no_leaks();
}

TestSuite(session, .init = begin, .fini = end);
TestSuite(reload, .init = begin, .fini = end);
TestSuite(concurrency, .init = begin, .fini = end);
TestSuite(opening, .init = begin, .fini = end);

static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

static void expect(struct connection *c, const char *answer)
{
    const char *got = connection_ask(c);
    cr_expect(strncmp(got, answer, strlen(answer)) == 0 && (*answer || !*got), "expected \"%s\", got \"%s\"\n%s",
              answer, got, world_log(&world));
}

static SSL_SESSION *get_ticket(int version)
{
    struct connection c;
    connection_open(&world, &(struct approach){.certificate = &alice, .version = version}, &c);
    expect(&c, "yes " ALICE);
    cr_assert(c.session && SSL_SESSION_has_ticket(c.session), "no ticket");
    SSL_SESSION *s = SSL_SESSION_dup(c.session);
    connection_close(&c);
    return s;
}

Test(session, certificate_request_names_no_authority)
{
    for (size_t i = 0; i < 2; i++) {
        struct connection c;
        connection_open(&world, &(struct approach){.certificate = &alice, .version = versions[i]}, &c);
        expect(&c, "yes");
        cr_expect_leq(sk_X509_NAME_num(SSL_get0_peer_CA_list(c.ssl)), 0);
        connection_close(&c);
    }
}

Test(session, old_protocols_are_refused)
{
    struct connection c;
    connection_open(&world, &(struct approach){.certificate = &alice, .version = TLS1_1_VERSION}, &c);
    expect(&c, "");
    connection_close(&c);
}

Test(session, ticket_lives_an_hour_at_most_and_allows_no_early_data)
{
    for (size_t i = 0; i < 2; i++) {
        SSL_SESSION *s = get_ticket(versions[i]);
        cr_expect_leq(SSL_SESSION_get_ticket_lifetime_hint(s), 3600);
        cr_expect_gt(SSL_SESSION_get_ticket_lifetime_hint(s), 0);
        cr_expect_eq(SSL_SESSION_get_max_early_data(s), 0);
        SSL_SESSION_free(s);
    }
}

Test(session, resumed_session_proves_the_same_identity)
{
    for (size_t i = 0; i < 2; i++) {
        SSL_SESSION *s = get_ticket(versions[i]);
        struct connection c;
        connection_open(&world, &(struct approach){.version = versions[i], .resume = s}, &c);
        expect(&c, "yes " ALICE " usa.example operator alice 2026-03-02T12:00:00.000000Z");
        cr_expect(SSL_session_reused(c.ssl));
        connection_close(&c);
        SSL_SESSION_free(s);
    }
}

Test(session, no_tickets_when_switched_off)
{
    tls_free(world.tls);
    world.config.ticket_seconds = 0;
    world_open(&world);
    for (size_t i = 0; i < 2; i++) {
        struct connection c;
        connection_open(&world, &(struct approach){.certificate = &alice, .version = versions[i]}, &c);
        expect(&c, "yes");
        cr_expect(!c.session || !SSL_SESSION_has_ticket(c.session));
        connection_close(&c);
    }
}

/* The list is read anew: the ticket is worth nothing, and the full handshake that follows is refused. */
Test(session, resumption_after_revocation_is_refused)
{
    for (size_t i = 0; i < 2; i++) {
        SSL_SESSION *s = get_ticket(versions[i]);
        world_revoke(&world, "usa.example", &world.usa, (X509 *const[]){alice.x509, NULL});
        world_reload(&world);
        struct connection c;
        connection_open(&world, &(struct approach){.certificate = &alice, .version = versions[i], .resume = s}, &c);
        expect(&c, "");
        cr_expect_eq(c.alert, SSL_AD_CERTIFICATE_REVOKED);
        connection_close(&c);
        SSL_SESSION_free(s);
        world_revoke(&world, "usa.example", &world.usa, NULL);
        world_reload(&world);
    }
}

/* Nothing is read anew, only time passes: the ticket is good, so the handshake is a resumed one, and it is refused. */
static void expect_resumption_refused(int version, int days, int alert, const char *reason)
{
    SSL_SESSION *s = get_ticket(version);
    struct connection c;
    world_set_clock(&world, TEST_NOW + (time_t)days * TEST_DAY);
    connection_open(&world, &(struct approach){.version = version, .resume = s}, &c);
    expect(&c, "");
    cr_expect(SSL_session_reused(c.ssl));
    cr_expect_eq(c.alert, alert, "alert %d", c.alert);
    cr_expect(strstr(world_log(&world), reason));
    connection_close(&c);
    SSL_SESSION_free(s);
    world_set_clock(&world, TEST_NOW);
}

Test(session, resumption_after_the_end_is_refused)
{
    for (size_t i = 0; i < 2; i++)
        expect_resumption_refused(versions[i], 1, SSL_AD_CERTIFICATE_UNKNOWN, "reason=\"revocation list stale\"");
    time_t to = TEST_NOW + 9 * TEST_DAY;
    write_crls(world_path(&world, "trust/usa.example/crl.pem"), crl_make(&world.usa, NULL, TEST_NOW - 1, &to), NULL);
    world_reload(&world);
    for (size_t i = 0; i < 2; i++)
        expect_resumption_refused(versions[i], 5, SSL_AD_CERTIFICATE_EXPIRED, "reason=\"certificate expired\"");
}

Test(session, time_ends_an_open_connection)
{
    struct connection c;
    time_t to = TEST_NOW + TEST_DAY;
    write_crls(world_path(&world, "trust/usa.example/crl.pem"),
               crl_make(&world.usa, NULL, TEST_NOW - 30 * TEST_DAY, &to), NULL);
    world_reload(&world);
    connection_open(&world, &(struct approach){.certificate = &alice}, &c);
    world_set_clock(&world, TEST_NOW + TEST_DAY - 1);
    expect(&c, "yes");
    world_set_clock(&world, TEST_NOW + TEST_DAY);
    expect(&c, "no 4 revocation list stale");
    world_set_clock(&world, TEST_NOW);
    expect(&c, "yes");
    world_set_clock(&world, TEST_NOW - 10 * TEST_DAY); /* and so does a clock that is set back */
    expect(&c, "no 4 certificate not yet valid");
    world_set_clock(&world, TEST_NOW);
    expect(&c, "yes");
    world_revoke(&world, "usa.example", &world.usa, NULL); /* this list is a day old */
    world_reload(&world);
    expect(&c, "yes");
    world_set_clock(&world, TEST_NOW - 2 * TEST_DAY);
    expect(&c, "no 4 revocation list not yet valid");
    world_set_clock(&world, TEST_NOW);
    expect(&c, "yes");
    connection_close(&c);
}

Test(reload, revocation_reaches_open_connections)
{
    struct certificate bob = certificate_make(&world.usa, "spiffe://usa.example/node/bob", NULL);
    struct connection a, b;
    connection_open(&world, &(struct approach){.certificate = &alice}, &a);
    connection_open(&world, &(struct approach){.certificate = &bob}, &b);
    expect(&a, "yes " ALICE);
    world_revoke(&world, "usa.example", &world.usa, (X509 *const[]){alice.x509, NULL});
    expect(&a, "yes " ALICE); /* not yet read */
    world_reload(&world);
    expect(&a, "no 4 certificate revoked");
    expect(&b, "yes spiffe://usa.example/node/bob");
    cr_expect(
        strstr(world_log(&world), "tls.refused reason=\"certificate revoked\" peer=\"203.0.113.7\" uri=\"" ALICE));
    connection_close(&a);
    connection_close(&b);
    certificate_free(&bob);
}

Test(reload, resumed_connections_are_judged_anew_too)
{
    SSL_SESSION *s = get_ticket(TLS1_3_VERSION);
    struct connection c;
    connection_open(&world, &(struct approach){.resume = s}, &c);
    expect(&c, "yes " ALICE);
    world_revoke(&world, "usa.example", &world.usa, (X509 *const[]){alice.x509, NULL});
    world_reload(&world);
    expect(&c, "no 4 certificate revoked");
    connection_close(&c);
    SSL_SESSION_free(s);
}

Test(reload, partner_without_a_folder_is_gone)
{
    struct connection c;
    connection_open(&world, &(struct approach){.certificate = &alice}, &c);
    expect(&c, "yes");
    char from[300];
    snprintf(from, sizeof from, "%s", world_path(&world, "trust/usa.example"));
    rename(from, world_path(&world, "trust/.usa.example"));
    world_reload(&world);
    expect(&c, "no 4 unknown trust domain");
    connection_close(&c);
}

static int presented(struct connection *c, const struct certificate *want)
{
    return X509_cmp(SSL_get0_peer_certificate(c->ssl), want->x509) == 0;
}

Test(reload, new_server_certificate_leaves_open_connections_alone)
{
    struct certificate next =
        certificate_make(&world.exchange, NULL, &(struct oddity){.san = "DNS:localhost", .eku = "serverAuth"});
    const struct approach a = {.certificate = &alice};
    struct connection old, new;
    connection_open(&world, &a, &old);
    expect(&old, "yes");
    const char *first = tls_certificate_pem(world.tls);
    write_certificates(world_path(&world, "server.pem"), next.x509, NULL);
    write_key(world_path(&world, "server.key"), next.key);
    world_reload(&world);
    connection_open(&world, &a, &new);
    expect(&new, "yes");
    expect(&old, "yes");
    cr_expect(presented(&old, &world.server));
    cr_expect(presented(&new, &next));
    cr_expect_eq(first, tls_certificate_pem(world.tls));
    cr_expect(strstr(tls_key_pem(world.tls), "PRIVATE KEY"));
    connection_close(&old);
    connection_close(&new);
    certificate_free(&next);
}

static void expect_reload_fails(const char *where, const char *detail)
{
    struct fault fault = {0};
    struct connection c;
    cr_expect_eq(tls_reload(world.tls, &fault), ERR_TLS);
    cr_expect_str_eq(fault.where, where);
    cr_expect(strstr(fault.detail, detail), "%s", fault.detail);
    connection_open(&world, &(struct approach){.certificate = &alice}, &c);
    expect(&c, "yes");
    cr_expect(presented(&c, &world.server));
    connection_close(&c);
}

/* A renewal caught half way: the new certificate is there, its key not yet. */
Test(reload, failed_reload_keeps_the_old)
{
    struct certificate next = certificate_make(&world.exchange, NULL, &(struct oddity){.san = "DNS:localhost"});
    struct connection open;
    connection_open(&world, &(struct approach){.certificate = &alice}, &open);
    write_certificates(world_path(&world, "server.pem"), next.x509, NULL);
    expect_reload_fails("tls.key", "The certificate and the given key do not match");
    write_certificates(world_path(&world, "server.pem"), NULL);
    expect_reload_fails("tls.certificate", "expected a PEM certificate");
    remove(world_path(&world, "server.pem"));
    expect_reload_fails("tls.certificate", "No such file");
    write_certificates(world_path(&world, "server.pem"), world.server.x509, NULL);
    chmod(world_path(&world, "server.key"), 0640);
    expect_reload_fails("tls.key", "mode 0640");
    expect(&open, "yes");
    connection_close(&open);
    certificate_free(&next);
}

static void *connect_often(void *arg)
{
    long good = 0;
    for (int i = 0; i < 25; i++) {
        struct connection c;
        connection_open(&world, &(struct approach){.certificate = arg, .version = versions[i % 2]}, &c);
        for (int asked = 0; asked < 5; asked++)
            good += strncmp(connection_ask(&c), "yes " ALICE, sizeof ALICE + 3) == 0;
        connection_close(&c);
    }
    return (void *)good;
}

/* Old generations must neither go too early, which AddressSanitizer sees, nor stay, which the leak check sees. */
Test(concurrency, reloads_during_handshakes_and_requests)
{
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, connect_often, &alice);
    for (int i = 0; i < 100; i++)
        world_reload(&world);
    for (int i = 0; i < 3; i++) {
        void *good;
        pthread_join(threads[i], &good);
        cr_expect_eq((long)good, 125);
    }
}

static void expect_open_fails(int code, const char *where)
{
    struct tls *tls = NULL;
    struct fault fault = {0};
    cr_expect_eq(tls_open(&world.config, &tls, &fault), code);
    cr_expect_str_eq(fault.where, where);
    cr_expect_null(tls);
}

Test(opening, faults_name_the_setting)
{
    const struct tls_config good = world.config;
    world.config.ticket_seconds = 3601;
    expect_open_fails(ERR_BAD_CONFIG, "tls.ticket_seconds");
    world.config.ticket_seconds = -1;
    expect_open_fails(ERR_BAD_CONFIG, "tls.ticket_seconds");
    world.config = good;
    world.config.trust_dir = "/nowhere";
    expect_open_fails(ERR_TLS, "tls.trust_dir");
    world.config = good;
    world.config.key = "/nowhere";
    expect_open_fails(ERR_TLS, "tls.key");
    world.config = good;
    chmod(good.key, 0604);
    expect_open_fails(ERR_TLS, "tls.key");
    chmod(good.key, 0400);
    struct tls *tls = NULL;
    cr_expect_eq(tls_open(&world.config, &tls, NULL), 0);
    tls_free(tls);
    tls_free(NULL);
    tls_peer_close(NULL);
}
