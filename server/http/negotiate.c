#include "negotiate.h"

#include <strings.h>

#define WEIGHT_MOST ACCEPT_MOST
#define WEIGHT_LEAST 1
#define UNSAID (WEIGHT_MOST + 1)

bool str_caseless(struct str a, const char *z)
{
    return a.n == strlen(z) && strncasecmp(a.p, z, a.n) == 0;
}

static bool is_tchar(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
        return true;
    return c && memchr("!#$%&'*+-.^_`|~", c, 15) != NULL;
}

bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_tchar((unsigned char)s.p[i]))
            return false;
    return s.n > 0;
}

/* Cuts *rest at the next separator outside a quoted string; the part comes trimmed. False when nothing is left. */
static bool next_element(struct str *rest, char separator, struct str *ret)
{
    bool quoted = false;
    if (!rest->p)
        return false;
    for (size_t i = 0; i < rest->n; i++) {
        char c = rest->p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (c == separator && !quoted) {
            *ret = str_trim_ows((struct str){rest->p, i});
            *rest = (struct str){rest->p + i + 1, rest->n - i - 1};
            return true;
        }
    }
    *ret = str_trim_ows(*rest);
    *rest = (struct str){0};
    return true;
}

static bool ours(struct str range)
{
    static const char *const types[] = {
        "*/*",    "application/*", "application/json", "application/problem+json", "application/octet-stream",
        "text/*", "text/plain"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_caseless(range, types[i]))
            return true;
    return false;
}

/* "q=0", "q=0.0": not acceptable (RFC 9110 section 12.4.2). */
static bool excludes(struct str parameter)
{
    if (parameter.n < 3 || strncasecmp(parameter.p, "q=0", 3) != 0)
        return false;
    for (size_t i = 3; i < parameter.n; i++)
        if (parameter.p[i] != '.' && parameter.p[i] != '0')
            return false;
    return true;
}

static bool range_takes_ours(struct str element)
{
    struct str range, parameter;
    if (!next_element(&element, ';', &range) || !ours(range))
        return false;
    while (next_element(&element, ';', &parameter))
        if (excludes(parameter))
            return false;
    return true;
}

bool accept_takes_ours(struct str accept)
{
    struct str element;
    if (str_trim_ows(accept).n == 0)
        return true;
    while (next_element(&accept, ',', &element))
        if (range_takes_ours(element))
            return true;
    return false;
}

/* RFC 9110 section 12.4.2, in thousandths. What is no weight is none: then an answer that is not coded is right. */
static unsigned weight_of(struct str parameters)
{
    struct str q;
    if (!next_element(&parameters, ';', &q) || !q.n)
        return WEIGHT_MOST;
    if (q.n < 3 || q.n > 7 || strncasecmp(q.p, "q=", 2) != 0 || (q.n > 3 && q.p[3] != '.'))
        return 0;
    unsigned weight = 0, place = WEIGHT_MOST;
    for (size_t i = 2; i < q.n; i++) {
        if (i == 3)
            continue;
        if (q.p[i] < '0' || q.p[i] > '9')
            return 0;
        weight += (unsigned)(q.p[i] - '0') * place;
        place /= 10;
    }
    return weight <= WEIGHT_MOST ? weight : 0;
}

/* 2: the type itself, 1: all of its kind, 0: any type, -1: another. */
static int range_fits(struct str range, const char *type)
{
    size_t kind = strcspn(type, "/") + 1;
    if (str_caseless(range, type))
        return 2;
    if (range.n == kind + 1 && strncasecmp(range.p, type, kind) == 0 && range.p[kind] == '*')
        return 1;
    return str_caseless(range, "*/*") ? 0 : -1;
}

static unsigned range_weight(struct str parameters)
{
    struct str parameter;
    while (next_element(&parameters, ';', &parameter))
        if (parameter.n > 1 && strncasecmp(parameter.p, "q=", 2) == 0)
            return weight_of(parameter);
    return WEIGHT_MOST;
}

unsigned accept_weight(struct str accept, const char *type, bool *ret_named)
{
    struct str element, range;
    unsigned weight = str_trim_ows(accept).n ? 0 : WEIGHT_MOST;
    int best = -1;
    while (next_element(&accept, ',', &element)) {
        int fits = next_element(&element, ';', &range) ? range_fits(range, type) : -1;
        if (fits <= best)
            continue;
        best = fits;
        weight = range_weight(element);
    }
    *ret_named = best == 2;
    return weight;
}

struct weights {
    unsigned coding[CODING_COUNT], any; /* UNSAID if not named */
};

static void weigh(struct weights *w, struct str name, unsigned weight)
{
    if (str_caseless(name, "gzip") || str_caseless(name, "x-gzip"))
        w->coding[CODING_GZIP] = weight;
    else if (str_caseless(name, "zstd"))
        w->coding[CODING_ZSTD] = weight;
    else if (str_caseless(name, "identity"))
        w->coding[CODING_IDENTITY] = weight;
    else if (str_caseless(name, "*"))
        w->any = weight;
}

/* "*" is taken for gzip, which everybody has. Who says nothing of identity takes it, behind all that it names. */
static void weigh_unsaid(struct weights *w)
{
    bool any = w->any != UNSAID;
    if (w->coding[CODING_GZIP] == UNSAID)
        w->coding[CODING_GZIP] = any ? w->any : 0;
    if (w->coding[CODING_ZSTD] == UNSAID)
        w->coding[CODING_ZSTD] = 0;
    if (w->coding[CODING_IDENTITY] == UNSAID)
        w->coding[CODING_IDENTITY] = any && !w->any ? 0 : WEIGHT_LEAST;
}

bool accept_coding(struct str accept_encoding, enum coding *ret, bool *ret_plain)
{
    struct weights w = {.coding = {UNSAID, UNSAID, UNSAID}, .any = UNSAID};
    struct str element, name;
    while (next_element(&accept_encoding, ',', &element))
        if (next_element(&element, ';', &name))
            weigh(&w, name, weight_of(element));
    weigh_unsaid(&w);
    enum coding best = CODING_IDENTITY;
    for (enum coding c = CODING_GZIP; c < CODING_COUNT; c++)
        if (w.coding[c] && w.coding[c] >= w.coding[best])
            best = c;
    *ret = best;
    *ret_plain = w.coding[CODING_IDENTITY] > 0;
    return w.coding[best] > 0;
}

bool content_type_is(struct str content_type, const char *type)
{
    struct str part;
    if (!next_element(&content_type, ';', &part) || !str_caseless(part, type))
        return false;
    while (next_element(&content_type, ';', &part))
        if (!str_caseless(part, "charset=utf-8") && !str_caseless(part, "charset=\"utf-8\"") && part.n)
            return false;
    return true;
}
