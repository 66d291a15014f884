/* The partners' authorities and revocation lists: one store a trust domain, read once, then immutable. */
#pragma once
#include "error.h"
#include "instant.h"
#include "log.h"
#include "str.h"

#include <openssl/x509.h>

struct trust;

/* Reads DIR/<trust domain>/{ca,crl}.pem. What is wrong with one partner's files closes that partner only and is logged
 * as tls.partner_closed; the fault is for a directory that cannot be read at all. */
int trust_load(const char *directory, instant now, struct log *log, struct trust **ret, struct fault *fault);
void trust_free(struct trust *t); /* accepts NULL */

size_t trust_count(const struct trust *t);
/* The store that may vouch for the trust domain; NULL if the domain is unknown or has no usable authority. */
X509_STORE *trust_store(const struct trust *t, const char *trust_domain);
/* Narrows [*from, *until) to the span around now in which no revocation list of the domain begins or ends. */
void trust_span(const struct trust *t, const char *trust_domain, instant now, instant *from, instant *until);

/* INSTANT_MIN for a time that cannot be read. */
instant instant_of_asn1(const ASN1_TIME *time);
