/* Every refusal of a client certificate, seen by the client as an alert in the handshake and by the log with its
 * reason. */
#include "leaks.h"
#include "loopback.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define ALICE "spiffe://usa.example/operator/alice"

static struct world world;

static void begin(void)
{
    world_make(&world);
    world_open(&world);
}

static void end(void)
{
    world_free(&world);
    no_leaks();
}

TestSuite(refusal, .init = begin, .fini = end);
TestSuite(acceptance, .init = begin, .fini = end);

static void expect_refused(const struct approach *a, int alert, const char *line)
{
    struct connection c;
    connection_open(&world, a, &c);
    const char *got = connection_ask(&c);
    cr_expect_str_eq(got, "", "%s: the server answered: %s", line, got);
    cr_expect_eq(c.alert, alert, "%s: alert %d, expected %d", line, c.alert, alert);
    connection_close(&c);
    cr_expect(strstr(world_log(&world), line), "no line with %s in the log:\n%s", line, world_log(&world));
}

static void expect_accepted(const struct approach *a, const char *identity)
{
    struct connection c;
    connection_open(&world, a, &c);
    const char *got = connection_ask(&c);
    cr_expect(strncmp(got, identity, strlen(identity)) == 0, "%s: got \"%s\", alert %d\n%s", identity, got, c.alert,
              world_log(&world));
    connection_close(&c);
}

/* Makes such a certificate, tries it under TLS 1.3 and 1.2, and expects the alert and the line. */
static void refuse(const struct authority *by, const char *uri, const struct oddity *odd, int alert, const char *line)
{
    struct certificate c = certificate_make(by, uri, odd);
    expect_refused(&(struct approach){.certificate = &c}, alert, line);
    expect_refused(&(struct approach){.certificate = &c, .version = TLS1_2_VERSION}, alert, line);
    certificate_free(&c);
}

Test(acceptance, identity_of_a_good_certificate)
{
    struct certificate c = certificate_make(&world.usa, ALICE, NULL);
    const char *want = "yes " ALICE " usa.example operator alice 2026-03-02T12:00:00.000000Z"; /* the CRL's end */
    expect_accepted(&(struct approach){.certificate = &c}, want);
    expect_accepted(&(struct approach){.certificate = &c, .version = TLS1_2_VERSION}, want);
    cr_expect_not(strstr(world_log(&world), "tls.refused"));
    certificate_free(&c);
}

Test(acceptance, other_names_beside_the_uri_do_not_matter)
{
    struct certificate c =
        certificate_make(&world.usa, NULL, &(struct oddity){.san = "DNS:a.example,URI:" ALICE ",email:a@a.example"});
    expect_accepted(&(struct approach){.certificate = &c}, "yes " ALICE " ");
    certificate_free(&c);
}

Test(acceptance, valid_until_is_the_earliest_end)
{
    struct certificate c = certificate_make(&world.usa, ALICE, &(struct oddity){.from_days = -9, .to_days = 3});
    time_t to = TEST_NOW + 9 * TEST_DAY;
    write_crls(world_path(&world, "trust/usa.example/crl.pem"), crl_make(&world.usa, NULL, TEST_NOW - 1, &to), NULL);
    world_reload(&world);
    expect_accepted(&(struct approach){.certificate = &c},
                    "yes " ALICE " usa.example operator alice 2026-03-04T12:00:00.000000Z");
    certificate_free(&c);
}

Test(acceptance, clients_with_both_purposes)
{
    struct certificate c = certificate_make(&world.usa, ALICE, &(struct oddity){.eku = "serverAuth,clientAuth"});
    expect_accepted(&(struct approach){.certificate = &c}, "yes " ALICE " ");
    certificate_free(&c);
}

Test(refusal, no_certificate)
{
    expect_refused(&(struct approach){0}, SSL_AD_CERTIFICATE_REQUIRED,
                   "reason=\"no certificate\" peer=\"203.0.113.7\"");
    expect_refused(&(struct approach){.version = TLS1_2_VERSION}, SSL_AD_HANDSHAKE_FAILURE,
                   "reason=\"no certificate\"");
}

Test(refusal, unknown_authority)
{
    struct authority stranger = authority_make("usa.example", NULL);
    refuse(&stranger, ALICE, NULL, SSL_AD_UNKNOWN_CA,
           "warning tls.refused reason=\"unknown authority\" peer=\"203.0.113.7\" uri=\"" ALICE "\"\n");
    authority_free(&stranger);
}

Test(refusal, outside_its_dates)
{
    refuse(&world.usa, ALICE, &(struct oddity){.from_days = -9, .to_days = -1}, SSL_AD_CERTIFICATE_EXPIRED,
           "reason=\"certificate expired\"");
    refuse(&world.usa, ALICE, &(struct oddity){.from_days = 1}, SSL_AD_CERTIFICATE_EXPIRED,
           "reason=\"certificate not yet valid\"");
}

Test(refusal, revoked)
{
    struct certificate good = certificate_make(&world.usa, ALICE, NULL),
                       bad = certificate_make(&world.usa, ALICE, NULL);
    world_revoke(&world, "usa.example", &world.usa, (X509 *const[]){bad.x509, NULL});
    world_reload(&world);
    expect_accepted(&(struct approach){.certificate = &good}, "yes");
    expect_refused(&(struct approach){.certificate = &bad}, SSL_AD_CERTIFICATE_REVOKED,
                   "reason=\"certificate revoked\" peer=\"203.0.113.7\" uri=\"" ALICE "\"");
    certificate_free(&good);
    certificate_free(&bad);
}

Test(refusal, wrong_purpose)
{
    static const char line[] = "reason=\"wrong purpose: not a client certificate\"";
    refuse(&world.usa, ALICE, &(struct oddity){.eku = "serverAuth"}, SSL_AD_UNSUPPORTED_CERTIFICATE, line);
    refuse(&world.usa, ALICE, &(struct oddity){.eku = ""}, SSL_AD_UNSUPPORTED_CERTIFICATE, line);
    refuse(&world.usa, ALICE, &(struct oddity){.eku = "anyExtendedKeyUsage"}, SSL_AD_UNSUPPORTED_CERTIFICATE, line);
    refuse(&world.usa, ALICE, &(struct oddity){.is_authority = 1}, SSL_AD_UNSUPPORTED_CERTIFICATE, line);
}

/* Its key may not sign handshakes, which GnuTLS would refuse without a word to log or client. */
Test(refusal, an_authority_itself)
{
    struct certificate c = {world.usa.key, world.usa.certificate};
    expect_refused(&(struct approach){.certificate = &c}, SSL_AD_BAD_CERTIFICATE,
                   "reason=\"no identity in the certificate\"");
    expect_refused(&(struct approach){.certificate = &c, .version = TLS1_2_VERSION}, SSL_AD_BAD_CERTIFICATE, "reason=");
}

Test(refusal, no_identity_or_several)
{
    refuse(&world.usa, NULL, &(struct oddity){.san = ""}, SSL_AD_BAD_CERTIFICATE,
           "reason=\"no identity in the certificate\" peer=\"203.0.113.7\"\n");
    refuse(&world.usa, NULL, &(struct oddity){.san = "DNS:usa.example"}, SSL_AD_BAD_CERTIFICATE,
           "reason=\"no identity in the certificate\"");
    refuse(&world.usa, NULL, &(struct oddity){.san = "URI:" ALICE ",URI:spiffe://usa.example/fdo/bob"},
           SSL_AD_BAD_CERTIFICATE, "reason=\"several identities in the certificate\"");
    refuse(&world.usa, NULL, &(struct oddity){.san = "URI:" ALICE ",URI:" ALICE}, SSL_AD_BAD_CERTIFICATE,
           "reason=\"several identities in the certificate\"");
}

Test(refusal, malformed_identity)
{
    static const char *const uris[] = {
        "https://usa.example/operator/alice",
        "spiffe://USA.example/operator/alice",
        "SPIFFE://usa.example/operator/alice",
        "spiffe://usa.example/operator",
        "spiffe://usa.example/operator/alice/",
        "spiffe://usa.example//alice",
        "spiffe://usa.example/../alice",
        "spiffe://usa.example/operator/..",
        "spiffe://usa.example:1/operator/alice",
        "spiffe://x@usa.example/operator/a",
        "spiffe://usa.example/operator/a?b=c",
        "spiffe://usa.example/operator/a%20b",
        "spiffe:///operator/alice",
        "spiffe://../operator/alice",
        "spiffe://usa.example/operator/alice/x",
        "spiffe://usa.example",
        "spiffe://usa.example/operator/",
        "usa.example",
    };
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        char line[300];
        snprintf(line, sizeof line, "reason=\"malformed SPIFFE identity\" peer=\"203.0.113.7\" uri=\"%s\"", uris[i]);
        refuse(&world.usa, uris[i], NULL, SSL_AD_BAD_CERTIFICATE, line);
    }
}

/* A role or name one character longer than the limit; at the limit it passes. */
Test(refusal, too_long_identity)
{
    char uri[TLS_URI_MAX + 64], want[TLS_URI_MAX + 80];
    snprintf(uri, sizeof uri, "spiffe://usa.example/node/%0*d", TLS_NAME_MAX - 1, 0);
    struct certificate c = certificate_make(&world.usa, uri, NULL);
    snprintf(want, sizeof want, "yes %s ", uri);
    expect_accepted(&(struct approach){.certificate = &c}, want);
    certificate_free(&c);
    snprintf(uri, sizeof uri, "spiffe://usa.example/node/%0*d", TLS_NAME_MAX, 0);
    refuse(&world.usa, uri, NULL, SSL_AD_BAD_CERTIFICATE, "reason=\"malformed SPIFFE identity\"");
}

Test(refusal, foreign_trust_domain)
{
    refuse(&world.usa, "spiffe://jpn.example/operator/alice", NULL, SSL_AD_UNKNOWN_CA,
           "reason=\"unknown authority\" peer=\"203.0.113.7\" uri=\"spiffe://jpn.example/operator/alice\"");
    refuse(&world.usa, "spiffe://aus.example/operator/alice", NULL, SSL_AD_UNKNOWN_CA,
           "reason=\"unknown trust domain\"");
}

/* USA's authority vouches for a stranger's; only USA's own identities may come that way. */
Test(refusal, cross_signed_chain)
{
    struct authority middle = authority_make("middle", &world.usa);
    X509 *const chain[] = {middle.certificate, NULL};
    time_t to = TEST_NOW + TEST_DAY;
    write_crls(world_path(&world, "trust/usa.example/crl.pem"), crl_make(&world.usa, NULL, TEST_NOW - 1, &to), NULL);
    struct certificate c = certificate_make(&middle, "spiffe://jpn.example/operator/alice", NULL);
    world_reload(&world);
    expect_refused(&(struct approach){.certificate = &c, .chain = chain}, SSL_AD_UNKNOWN_CA,
                   "reason=\"unknown authority\"");
    certificate_free(&c);
    authority_free(&middle);
}

Test(refusal, the_exchanges_own_certificate)
{
    expect_refused(&(struct approach){.certificate = &world.server}, SSL_AD_BAD_CERTIFICATE,
                   "reason=\"the exchange's own certificate\"");
    /* even when a partner's authority certified the exchange's key as a client of its own */
    struct certificate c = certificate_make(&world.usa, ALICE, NULL);
    write_certificates(world_path(&world, "server.pem"), c.x509, NULL);
    write_key(world_path(&world, "server.key"), c.key);
    world_reload(&world);
    expect_refused(&(struct approach){.certificate = &c}, SSL_AD_BAD_CERTIFICATE,
                   "own certificate\" peer=\"203.0.113.7\" uri=\"" ALICE "\"");
    certificate_free(&c);
}

Test(refusal, weak_keys)
{
    refuse(&world.usa, ALICE, &(struct oddity){.rsa_bits = 1024}, SSL_AD_UNKNOWN_CA, /* seen before its signature */
           "reason=\"EE certificate key too weak\"");
}

Test(refusal, too_many_certificates)
{
    struct certificate c = certificate_make(&world.usa, ALICE, NULL);
    X509 *u = world.usa.certificate;
    X509 *const seven[] = {u, u, u, u, u, u, u, NULL}, *const eight[] = {u, u, u, u, u, u, u, u, NULL};
    expect_accepted(&(struct approach){.certificate = &c, .chain = seven}, "yes");
    expect_refused(&(struct approach){.certificate = &c, .chain = eight}, SSL_AD_BAD_CERTIFICATE, "reason=");
    certificate_free(&c);
}

/* One partner's revocation list is no good: its clients are refused, the other partner's are not. */
static void expect_closed(const char *at_load, const char *at_handshake)
{
    struct certificate c = certificate_make(&world.usa, ALICE, NULL);
    struct certificate j = certificate_make(&world.jpn, "spiffe://jpn.example/node/n", NULL);
    world_reload(&world);
    cr_expect(strstr(world_log(&world), at_load), "%s not in:\n%s", at_load, world_log(&world));
    expect_refused(&(struct approach){.certificate = &c}, SSL_AD_CERTIFICATE_UNKNOWN, at_handshake);
    expect_accepted(&(struct approach){.certificate = &j}, "yes spiffe://jpn.example/node/n jpn.example node n ");
    certificate_free(&c);
    certificate_free(&j);
}
#define CLOSED(reason) "tls.partner_closed trust_domain=\"usa.example\" reason=\"" reason

Test(refusal, crl_missing)
{
    remove(world_path(&world, "trust/usa.example/crl.pem"));
    expect_closed(CLOSED("cannot open: No such file"), "reason=\"revocation list missing\"");
}

Test(refusal, crl_damaged)
{
    FILE *f = fopen(world_path(&world, "trust/usa.example/crl.pem"), "a");
    fputs("-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", f);
    fclose(f);
    expect_closed(CLOSED("expected PEM revocation lists"), "reason=\"revocation list missing\"");
}

Test(refusal, crl_stale)
{
    time_t to = TEST_NOW;
    write_crls(world_path(&world, "trust/usa.example/crl.pem"), crl_make(&world.usa, NULL, TEST_NOW - TEST_DAY, &to),
               NULL);
    expect_closed(CLOSED("no current revocation list"), "reason=\"revocation list stale\"");
}

Test(refusal, crl_of_tomorrow)
{
    time_t to = TEST_NOW + 9 * TEST_DAY;
    write_crls(world_path(&world, "trust/usa.example/crl.pem"), crl_make(&world.usa, NULL, TEST_NOW + 60, &to), NULL);
    expect_closed(CLOSED("no current revocation list"), "reason=\"revocation list not yet valid\"");
}

Test(refusal, crl_without_an_end)
{
    write_crls(world_path(&world, "trust/usa.example/crl.pem"), crl_make(&world.usa, NULL, TEST_NOW - 1, NULL), NULL);
    expect_closed(CLOSED("no current revocation list"), "reason=\"revocation list missing\"");
}

Test(refusal, crl_of_another_authority)
{
    struct authority namesake = authority_make("usa.example", NULL);
    world_revoke(&world, "usa.example", &namesake, NULL);
    expect_closed(CLOSED("no current revocation list"), "reason=\"revocation list missing\"");
    authority_free(&namesake);
}

Test(refusal, partner_without_usable_authority)
{
    struct certificate c = certificate_make(&world.usa, ALICE, NULL);
    write_certificates(world_path(&world, "trust/usa.example/ca.pem"), world.usa.certificate, c.x509, NULL);
    world_reload(&world);
    cr_expect(strstr(world_log(&world), CLOSED("expected PEM certificates of authorities")));
    expect_refused(&(struct approach){.certificate = &c}, SSL_AD_UNKNOWN_CA, "reason=\"unknown trust domain\"");
    certificate_free(&c);
}

/* Authorities below a root: each needs a list of its own, and may itself be revoked. */
Test(refusal, authorities_in_the_chain)
{
    struct authority middle = authority_make("middle", &world.usa);
    struct certificate c = certificate_make(&middle, ALICE, NULL);
    X509 *const chain[] = {middle.certificate, NULL}, *const revoked[] = {middle.certificate, NULL};
    const struct approach a = {.certificate = &c, .chain = chain};
    const char *crl = "trust/usa.example/crl.pem";
    time_t to = TEST_NOW + TEST_DAY;
    expect_refused(&a, SSL_AD_CERTIFICATE_UNKNOWN, "reason=\"revocation list missing\"");
    write_certificates(world_path(&world, "trust/usa.example/ca.pem"), world.usa.certificate, middle.certificate, NULL);
    write_crls(world_path(&world, crl), crl_make(&world.usa, NULL, TEST_NOW - 1, &to),
               crl_make(&middle, NULL, TEST_NOW - 1, &to), NULL);
    world_reload(&world);
    expect_accepted(&a, "yes " ALICE " ");
    write_crls(world_path(&world, crl), crl_make(&world.usa, revoked, TEST_NOW - 1, &to),
               crl_make(&middle, NULL, TEST_NOW - 1, &to), NULL);
    world_reload(&world);
    expect_refused(&a, SSL_AD_CERTIFICATE_REVOKED, "reason=\"certificate revoked\"");
    certificate_free(&c);
    authority_free(&middle);
}
