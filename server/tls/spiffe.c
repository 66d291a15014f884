#include "spiffe.h"

#include <openssl/x509v3.h>
#include <stdio.h>

static bool is_alnum(char c, bool upper)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (upper && c >= 'A' && c <= 'Z');
}

/* Letters, digits, '.', '-' and '_'; upper case in paths only (SPIFFE-ID 2.1, 2.2). Segments "." and ".." are forbidden
 * there; a trust domain also names a folder, so both are refused in it too. */
static bool good_part(struct str s, bool upper)
{
    if (s.n == 0 || s.n >= TLS_NAME_MAX || str_is(s, ".") || str_is(s, ".."))
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!is_alnum(s.p[i], upper) && s.p[i] != '.' && s.p[i] != '-' && s.p[i] != '_')
            return false;
    return true;
}

/* Cuts *rest at the first '/', which is dropped; all of it when there is none. */
static struct str take_part(struct str *rest)
{
    const char *slash = rest->n ? memchr(rest->p, '/', rest->n) : NULL;
    struct str part = {rest->p, slash ? (size_t)(slash - rest->p) : rest->n};
    size_t used = part.n + (slash != NULL);
    *rest = (struct str){rest->p + used, rest->n - used};
    return part;
}

static void copy(char *to, struct str s)
{
    memcpy(to, s.p, s.n);
    to[s.n] = '\0';
}

bool spiffe_parse(struct str uri, struct tls_identity *ret)
{
    static const struct str scheme = {"spiffe://", 9};
    if (uri.n >= TLS_URI_MAX || uri.n < scheme.n || memcmp(uri.p, scheme.p, scheme.n) != 0)
        return false;
    struct str rest = {uri.p + scheme.n, uri.n - scheme.n};
    struct str domain = take_part(&rest), role = take_part(&rest);
    if (!good_part(domain, false) || !good_part(role, true) || !good_part(rest, true))
        return false;
    copy(ret->uri, uri);
    copy(ret->trust_domain, domain);
    copy(ret->role, role);
    copy(ret->name, rest);
    return true;
}

static struct str uri_text(const GENERAL_NAME *name)
{
    const ASN1_IA5STRING *s = name->d.uniformResourceIdentifier;
    return (struct str){(const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
}

const char *spiffe_of(X509 *certificate, struct tls_identity *ret, char ret_uri[TLS_URI_MAX])
{
    int found = -1, uris = 0;
    struct str uri = {0};
    ret_uri[0] = '\0';
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, &found, NULL);
    if (!names)
        return found == -1 ? "no identity in the certificate" : "malformed alternative names";
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_URI && uris++ == 0)
            uri = uri_text(name);
    }
    snprintf(ret_uri, TLS_URI_MAX, "%.*s", STR_ARG(uri));
    bool good = uris == 1 && spiffe_parse(uri, ret);
    GENERAL_NAMES_free(names);
    if (uris != 1)
        return uris ? "several identities in the certificate" : "no identity in the certificate";
    return good ? NULL : "malformed SPIFFE identity";
}
