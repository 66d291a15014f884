/* One reading of all certificate files: what a handshake needs, immutable and counted. The peers that began under it
 * keep it alive; the next reading replaces it for new ones. */
#pragma once
#include "tls.h"
#include "trust.h"
#include "verdicts.h"

#include <gnutls/gnutls.h>

struct generation {
    _Atomic unsigned references;
    uint64_t number;
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t ticket_key; /* of this generation alone: a ticket from before a reload means a full handshake */
    X509 *own;
    struct trust *trust;
    struct verdicts *verdicts;           /* by `trust` and `own`; has a lock of its own */
    struct buf certificate_pem, key_pem; /* terminated */
};

/* With one reference. */
int generation_load(const struct tls_config *config, uint64_t number, struct generation **ret, struct fault *fault);
void generation_unref(struct generation *g); /* accepts NULL */
