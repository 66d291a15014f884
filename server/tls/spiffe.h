/* SPIFFE identities: the text, and the one URI of a certificate that carries it. */
#pragma once
#include "str.h"
#include "tls.h"

#include <openssl/x509.h>

/* spiffe://<trust domain>/<role>/<name> as in SPIFFE-ID sections 2.1 to 2.4, with a path of exactly two segments. Fills
 * uri, trust_domain, role and name; false (and *ret untouched) for anything else. */
bool spiffe_parse(struct str uri, struct tls_identity *ret);

/* The certificate's identity. NULL when there is exactly one URI among its subject alternative names and it is a SPIFFE
 * identity (X.509-SVID section 2); else the reason. *ret_uri gets the first URI, terminated and cut to fit, also when
 * it is not good, for the log; "" when there is none. */
const char *spiffe_of(X509 *certificate, struct tls_identity *ret, char ret_uri[TLS_URI_MAX]);
