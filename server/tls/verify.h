/* Is this client's chain good, now? The one place that answers it; OpenSSL only, no connection in sight. */
#pragma once
#include "tls.h"
#include "trust.h"

#include <openssl/x509.h>

#define TLS_CHAIN_MOST 8 /* certificates that a client may send */

enum refusal { REFUSED_BAD, REFUSED_PURPOSE, REFUSED_AUTHORITY, REFUSED_TIME, REFUSED_REVOKED, REFUSED_NO_CRL };

struct verdict {
    const char *reason; /* NULL: accepted, and identity is filled in; else static text for the log */
    enum refusal refusal;
    struct tls_identity identity; /* valid_until included */
    instant valid_from;           /* the verdict holds from here until identity.valid_until */
    char uri[TLS_URI_MAX];        /* what the certificate claims, for the log; "" when it claims nothing */
};

/* chain: the client's certificates, its own first. own: the exchange's certificate. */
struct verdict chain_verify(const struct trust *trust, X509 *own, STACK_OF(X509) * chain, instant now);
