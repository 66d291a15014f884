#include "target.h"
#include "utf8.h"

#include <strings.h>

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct decoding {
    struct arena *arena;
    struct str raw; /* the whole target, for offsets in faults */
    bool plus;      /* '+' is a space: query only (application/x-www-form-urlencoded) */
    struct fault *fault;
};

static int bad_at(const struct decoding *d, const char *at, const char *what)
{
    fault_set(d->fault, ERR_BAD_REQUEST, "request target", "%s", what);
    if (d->fault)
        d->fault->offset = (long)(at - d->raw.p);
    return ERR_BAD_REQUEST;
}

static int decode_escape(const struct decoding *d, struct str text, size_t at, char *ret)
{
    int high = at + 2 < text.n ? hex_value(text.p[at + 1]) : -1;
    int low = at + 2 < text.n ? hex_value(text.p[at + 2]) : -1;
    if (high < 0 || low < 0)
        return bad_at(d, text.p + at, "expected two hexadecimal digits after %");
    if (high == 0 && low == 0)
        return bad_at(d, text.p + at, "%00 is not accepted");
    *ret = (char)(high << 4 | low);
    return 0;
}

static int decode(const struct decoding *d, struct str text, struct str *ret)
{
    char *out = arena_alloc(d->arena, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%') {
            int rc = decode_escape(d, text, i, &c);
            if (rc)
                return rc;
            i += 2;
        } else if (c == '+' && d->plus) {
            c = ' ';
        }
        out[n++] = c;
    }
    if (!utf8_valid((struct str){out, n}))
        return bad_at(d, text.p, "expected UTF-8");
    *ret = (struct str){out, n};
    return 0;
}

/* The part of *rest before `separator`; *rest is moved behind it. False when nothing is left. */
static bool next_part(struct str *rest, char separator, struct str *ret)
{
    if (!rest->p)
        return false;
    const char *end = memchr(rest->p, separator, rest->n);
    size_t n = end ? (size_t)(end - rest->p) : rest->n;
    *ret = (struct str){rest->p, n};
    *rest = end ? (struct str){end + 1, rest->n - n - 1} : (struct str){NULL, 0};
    return true;
}

static int parse_path(struct decoding *d, struct str path, struct target *t)
{
    struct str rest = {path.p + 1, path.n - 1}, part;
    d->plus = false;
    while (next_part(&rest, '/', &part)) {
        struct str decoded;
        int rc = decode(d, part, &decoded);
        if (rc)
            return rc;
        if (t->n_segments < TARGET_SEGMENTS_MAX)
            t->segments[t->n_segments] = decoded;
        if (t->n_segments <= TARGET_SEGMENTS_MAX)
            t->n_segments++;
    }
    return 0;
}

static size_t count_params(struct str query)
{
    size_t n = 1;
    for (size_t i = 0; i < query.n; i++)
        n += query.p[i] == '&';
    return n;
}

static int parse_param(const struct decoding *d, struct str part, struct query_param *ret)
{
    struct str name, rest = part, value = {"", 0};
    next_part(&rest, '=', &name);
    int rc = decode(d, name, &ret->name);
    if (rc)
        return rc;
    if (rest.p)
        value = rest;
    return decode(d, value, &ret->value);
}

static int parse_query(struct decoding *d, struct str query, unsigned most, struct target *t)
{
    struct str rest = query, part;
    size_t n = count_params(query);
    if (n > most)
        return fault_set(d->fault, ERR_BAD_QUERY, "query", "%zu parameters, at most %u are accepted", n, most);
    d->plus = true;
    t->query = arena_array(d->arena, n, sizeof *t->query);
    while (next_part(&rest, '&', &part)) {
        if (part.n == 0)
            continue;
        int rc = parse_param(d, part, &t->query[t->n_query]);
        if (rc)
            return rc;
        t->n_query++;
    }
    return 0;
}

/* Printable ASCII but '#', and bytes of UTF-8, which decode() checks: clients send operators like > and | unescaped. */
static int check_bytes(const struct decoding *d)
{
    for (size_t i = 0; i < d->raw.n; i++) {
        unsigned char c = (unsigned char)d->raw.p[i];
        if (c <= 0x20 || c == 0x7f || c == '#')
            return bad_at(d, d->raw.p + i, "a byte that must be percent-encoded");
    }
    return 0;
}

/* RFC 9112 section 3.2.2: a server must accept the absolute-form, too. */
static struct str without_authority(struct str raw)
{
    static const struct str schemes[] = {{"http://", 7}, {"https://", 8}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        struct str s = schemes[i];
        if (raw.n < s.n || strncasecmp(raw.p, s.p, s.n) != 0)
            continue;
        for (size_t at = s.n; at < raw.n; at++)
            if (raw.p[at] == '/' || raw.p[at] == '?')
                return (struct str){raw.p + at, raw.n - at};
        return STR("/");
    }
    return raw;
}

int target_parse(struct arena *a, struct str raw, unsigned most_params, struct target *ret, struct fault *fault)
{
    struct decoding d = {.arena = a, .raw = raw, .fault = fault};
    struct target t = {0};
    struct str rest = without_authority(raw), path;
    int rc = check_bytes(&d);
    if (rc)
        return rc;
    if (!str_is(raw, "*")) {
        next_part(&rest, '?', &path);
        if (path.n == 0 || path.p[0] != '/')
            return bad_at(&d, raw.p, "expected a path that starts with /");
        rc = parse_path(&d, path, &t);
        if (!rc && rest.n)
            rc = parse_query(&d, rest, most_params, &t);
    }
    if (!rc)
        *ret = t;
    return rc;
}
