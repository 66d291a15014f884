#include "verify.h"
#include "memory.h"
#include "spiffe.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#define DEPTH_MOST 4     /* authorities above the client's certificate */
#define SECURITY_LEVEL 2 /* 112 bits: RSA from 2048, no SHA-1 (SSL_CTX_set_security_level(3)) */

static struct verdict refused(struct verdict v, enum refusal refusal, const char *reason)
{
    v.refusal = refusal;
    v.reason = reason;
    return v;
}

/* Alerts tell a stranger nothing of who our partners are: an unknown domain looks like an unknown authority. */
static struct verdict refused_by_chain(struct verdict v, int error)
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return refused(v, REFUSED_AUTHORITY, "unknown authority");
    case X509_V_ERR_CERT_HAS_EXPIRED: return refused(v, REFUSED_TIME, "certificate expired");
    case X509_V_ERR_CERT_NOT_YET_VALID: return refused(v, REFUSED_TIME, "certificate not yet valid");
    case X509_V_ERR_CERT_REVOKED: return refused(v, REFUSED_REVOKED, "certificate revoked");
    case X509_V_ERR_UNABLE_TO_GET_CRL: return refused(v, REFUSED_NO_CRL, "revocation list missing");
    case X509_V_ERR_CRL_HAS_EXPIRED: return refused(v, REFUSED_NO_CRL, "revocation list stale");
    case X509_V_ERR_CRL_NOT_YET_VALID: return refused(v, REFUSED_NO_CRL, "revocation list not yet valid");
    case X509_V_ERR_INVALID_PURPOSE: return refused(v, REFUSED_PURPOSE, "wrong purpose: not a client certificate");
    default: return refused(v, REFUSED_BAD, X509_verify_cert_error_string(error));
    }
}

static void span_of_chain(struct verdict *v, const STACK_OF(X509) * chain)
{
    for (int i = 0; i < sk_X509_num(chain); i++) {
        instant from = instant_of_asn1(X509_get0_notBefore(sk_X509_value(chain, i)));
        instant until = instant_of_asn1(X509_get0_notAfter(sk_X509_value(chain, i)));
        if (from > v->valid_from)
            v->valid_from = from;
        if (until < v->identity.valid_until)
            v->identity.valid_until = until;
    }
}

static void set_rules(X509_STORE_CTX *ctx, instant now)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_purpose(rules, X509_PURPOSE_SSL_CLIENT);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_VERIFY_PARAM_set_depth(rules, DEPTH_MOST);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    X509_VERIFY_PARAM_set_time(rules, (time_t)(instant_floor(now, INSTANT_SECOND) / INSTANT_SECOND));
}

/* OpenSSL looks at signatures last: what it found before may be true of a certificate that anybody made. */
static bool signed_throughout(const STACK_OF(X509) * chain)
{
    int n = sk_X509_num(chain);
    for (int i = 0; i < n; i++) {
        const X509 *issuer = sk_X509_value(chain, i + 1 < n ? i + 1 : i);
        if (X509_verify(sk_X509_value(chain, i), X509_get0_pubkey(issuer)) != 1)
            return false;
    }
    return n > 0;
}

static struct verdict check_chain(struct verdict v, X509_STORE *store, STACK_OF(X509) * chain, instant now)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (!ctx || X509_STORE_CTX_init(ctx, store, sk_X509_value(chain, 0), chain) != 1)
        memory_exhausted(sizeof v);
    set_rules(ctx, now);
    if (X509_verify_cert(ctx) == 1)
        span_of_chain(&v, X509_STORE_CTX_get0_chain(ctx));
    else
        v = refused_by_chain(v, X509_STORE_CTX_get_error(ctx));
    if (v.reason && !signed_throughout(X509_STORE_CTX_get0_chain(ctx)))
        v.refusal = REFUSED_AUTHORITY; /* the log has the reason, the stranger does not */
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    return v;
}

/* OpenSSL takes a certificate without extended key usage as good for every purpose; here it must say what it is for. */
static bool is_for_clients(X509 *leaf)
{
    bool says = (X509_get_extension_flags(leaf) & EXFLAG_XKUSAGE) != 0;
    return says && (X509_get_extended_key_usage(leaf) & XKU_SSL_CLIENT) != 0 && X509_check_ca(leaf) == 0;
}

/* By key, so that a certificate from another authority for our key is no other client either. */
static bool is_own(X509 *leaf, X509 *own)
{
    return EVP_PKEY_eq(X509_get0_pubkey(leaf), X509_get0_pubkey(own)) == 1;
}

struct verdict chain_verify(const struct trust *trust, X509 *own, STACK_OF(X509) * chain, instant now)
{
    struct verdict v = {.valid_from = INSTANT_MIN, .identity = {.valid_until = INSTANT_MAX}};
    if (sk_X509_num(chain) < 1)
        return refused(v, REFUSED_BAD, "no certificate");
    X509 *leaf = sk_X509_value(chain, 0);
    const char *bad_identity = spiffe_of(leaf, &v.identity, v.uri);
    if (is_own(leaf, own))
        return refused(v, REFUSED_BAD, "the exchange's own certificate");
    if (bad_identity)
        return refused(v, REFUSED_BAD, bad_identity);
    if (!is_for_clients(leaf))
        return refused(v, REFUSED_PURPOSE, "wrong purpose: not a client certificate");
    X509_STORE *store = trust_store(trust, v.identity.trust_domain);
    if (!store)
        return refused(v, REFUSED_AUTHORITY, "unknown trust domain");
    trust_span(trust, v.identity.trust_domain, now, &v.valid_from, &v.identity.valid_until);
    return check_chain(v, store, chain, now);
}
