#include "json.h"

#include <math.h>
#include <stdlib.h>

bool json_fail(struct json *j, const char *expected)
{
    j->expected = expected;
    return false;
}

/* --- strings --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits after \u; -1 if they are not there. */
static long hex4(const char *p, const char *end)
{
    long v = 0;
    if (end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(p[i]);
        if (digit < 0)
            return -1;
        v = v << 4 | digit;
    }
    return v;
}

static bool high_surrogate(long c)
{
    return c >= 0xd800 && c < 0xdc00;
}

static bool low_surrogate(long c)
{
    return c >= 0xdc00 && c < 0xe000;
}

static size_t utf8_length(long c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

static void utf8_put(char *out, long c)
{
    size_t n = utf8_length(c);
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[n] | c);
}

struct escape {
    long character; /* -1: not an escape of the grammar */
    size_t n;       /* bytes it takes, the backslash included */
    bool lone;      /* half of a surrogate pair without the other */
};

static struct escape read_unicode(const char *p, const char *end)
{
    long c = hex4(p + 2, end);
    if (c < 0)
        return (struct escape){.character = -1};
    if (low_surrogate(c))
        return (struct escape){c, 6, true};
    if (!high_surrogate(c))
        return (struct escape){c, 6, false};
    long low = end - p >= 12 && p[6] == '\\' && p[7] == 'u' ? hex4(p + 8, end) : -1;
    if (!low_surrogate(low))
        return (struct escape){c, 6, true};
    return (struct escape){0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00), 12, false};
}

/* The escape sequence at p, which stands on its backslash (RFC 8259 section 7). */
static struct escape read_escape(const char *p, const char *end)
{
    if (end - p < 2)
        return (struct escape){.character = -1};
    switch (p[1]) {
    case '"':
    case '\\':
    case '/': return (struct escape){p[1], 2, false};
    case 'b': return (struct escape){'\b', 2, false};
    case 'f': return (struct escape){'\f', 2, false};
    case 'n': return (struct escape){'\n', 2, false};
    case 'r': return (struct escape){'\r', 2, false};
    case 't': return (struct escape){'\t', 2, false};
    case 'u': return read_unicode(p, end);
    default: return (struct escape){.character = -1};
    }
}

static bool string_escape(struct json *j, struct json_string *s)
{
    struct escape e = read_escape(j->p, j->end);
    if (e.character < 0)
        return json_fail(j, "an escape sequence of JSON");
    if (e.lone)
        s->refused = "a character, not half of a surrogate pair";
    if (e.character == 0)
        s->refused = "text without \\u0000";
    s->escaped = true;
    s->length += e.lone ? 0 : utf8_length(e.character);
    j->p += e.n;
    return true;
}

/* Printable ASCII but for quote and backslash: what most strings are made of. */
static const char *plain_run(const char *p, const char *end)
{
    while (p < end && (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return p;
}

bool json_take_string(struct json *j, struct json_string *ret)
{
    struct json_string s = {.raw = {j->p + 1, 0}};
    for (j->p++;;) {
        const char *run = plain_run(j->p, j->end);
        s.length += (size_t)(run - j->p);
        j->p = run;
        if (run == j->end)
            return json_fail(j, "the end of the string");
        if (*run == '"')
            break;
        if ((unsigned char)*run < 0x20)
            return json_fail(j, "an escape sequence instead of a control character");
        if (*run == '\\') {
            if (!string_escape(j, &s))
                return false;
            continue;
        }
        size_t n = utf8_sequence(run, j->end);
        if (!n)
            return json_fail(j, "valid UTF-8");
        s.length += n;
        j->p += n;
    }
    s.raw.n = (size_t)(j->p++ - s.raw.p);
    *ret = s;
    return true;
}

struct str json_text(const struct json_string *s, struct arena *arena)
{
    if (!s->escaped)
        return s->raw;
    char *text = arena_alloc(arena, s->length + 1), *to = text;
    for (const char *p = s->raw.p, *end = p + s->raw.n; p < end;) {
        if (*p != '\\') {
            *to++ = *p++;
            continue;
        }
        struct escape e = read_escape(p, end);
        utf8_put(to, e.character);
        to += utf8_length(e.character);
        p += e.n;
    }
    return (struct str){text, s->length};
}

/* --- numbers --- */

/* Digits that a uint64_t always holds. */
#define DIGITS_KEPT 19

struct number_reader {
    struct json_number n;
    int kept;
};

static void number_digit(struct number_reader *r, char c, bool fraction)
{
    if (r->kept == 0 && c == '0') {
        r->n.exponent -= fraction;
        return;
    }
    if (r->kept < DIGITS_KEPT) {
        r->n.digits = r->n.digits * 10 + (uint64_t)(c - '0');
        r->n.exponent -= fraction;
        r->kept++;
        return;
    }
    r->n.exponent += !fraction;
}

static bool is_digit(const struct json *j)
{
    return j->p < j->end && *j->p >= '0' && *j->p <= '9';
}

static bool number_digits(struct json *j, struct number_reader *r, bool fraction)
{
    if (!is_digit(j))
        return json_fail(j, "a digit");
    do
        number_digit(r, *j->p++, fraction);
    while (is_digit(j));
    return true;
}

static bool number_exponent(struct json *j, struct number_reader *r)
{
    int64_t exponent = 0;
    bool negative = j->p < j->end && *j->p == '-';
    if (negative || (j->p < j->end && *j->p == '+'))
        j->p++;
    if (!is_digit(j))
        return json_fail(j, "a digit");
    for (; is_digit(j); j->p++)
        if (exponent < 1000000) /* far outside of any double; keeps the sum from overflowing */
            exponent = exponent * 10 + (*j->p - '0');
    r->n.exponent += negative ? -exponent : exponent;
    return true;
}

bool json_number(struct json *j, struct json_number *ret)
{
    struct number_reader r = {.n = {.raw = {j->p, 0}, .integer = true}};
    r.n.negative = j->p < j->end && *j->p == '-';
    j->p += r.n.negative;
    if (j->p < j->end && *j->p == '0')
        j->p++;
    else if (!number_digits(j, &r, false))
        return false;
    if (j->p < j->end && *j->p == '.') {
        j->p++;
        r.n.integer = false;
        if (!number_digits(j, &r, true))
            return false;
    }
    if (j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
        j->p++;
        r.n.integer = false;
        if (!number_exponent(j, &r))
            return false;
    }
    r.n.zero = r.kept == 0;
    r.n.raw.n = (size_t)(j->p - r.n.raw.p);
    *ret = r.n;
    return true;
}

bool json_number_parse(struct str text, struct json_number *ret)
{
    struct json j = {text.p, text.p, text.p + text.n, NULL};
    struct json_number n;
    if (!text.n || text.n > JSON_NUMBER_MAX || !json_number(&j, &n) || j.p != j.end)
        return false;
    *ret = n;
    return true;
}

/* strtod follows LC_NUMERIC, which no program here sets: it is "C". */
static bool double_slow(const struct json_number *n, double *ret)
{
    char text[JSON_NUMBER_MAX + 1];
    if (n->raw.n > JSON_NUMBER_MAX)
        return false;
    memcpy(text, n->raw.p, n->raw.n);
    text[n->raw.n] = '\0';
    double v = strtod(text, NULL);
    if (isinf(v) || fpclassify(v) == FP_ZERO)
        return false;
    *ret = v;
    return true;
}

/* Where digits and power of ten are both exact as double, one rounding gives the nearest (W. D. Clinger, 1990). Where
 * digits were left out, those kept are above 2^53. */
bool json_number_double(const struct json_number *n, double *ret)
{
    static const double ten_to[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (n->zero) {
        *ret = 0;
        return true;
    }
    if (n->digits > UINT64_C(1) << 53 || n->exponent < -22 || n->exponent > 22)
        return double_slow(n, ret);
    double v = (double)n->digits;
    v = n->exponent < 0 ? v / ten_to[-n->exponent] : v * ten_to[n->exponent];
    *ret = n->negative ? -v : v;
    return true;
}

bool json_number_finite(const struct json_number *n)
{
    double v;
    bool surely = n->exponent > -300 && n->exponent + DIGITS_KEPT < 300 && n->raw.n <= JSON_NUMBER_MAX;
    return n->zero || surely || json_number_double(n, &v);
}

bool json_number_int64(const struct json_number *n, int64_t *ret)
{
    if (!n->integer || n->exponent > 0)
        return false;
    if (n->digits > (uint64_t)INT64_MAX + n->negative)
        return false;
    *ret = n->negative ? (int64_t)(0 - n->digits) : (int64_t)n->digits;
    return true;
}

/* --- any value --- */

bool json_literal(struct json *j, const char *literal)
{
    size_t n = strlen(literal);
    if ((size_t)(j->end - j->p) < n || memcmp(j->p, literal, n) != 0)
        return json_fail(j, "a JSON value");
    j->p += n;
    return true;
}

static bool skip_string(struct json *j, struct json_budget *budget)
{
    struct json_string s;
    if (!json_take_string(j, &s))
        return false;
    if (s.refused)
        budget->refused = s.refused;
    budget->long_string |= s.length > budget->string;
    return true;
}

static bool skip_member_name(struct json *j, struct json_budget *budget)
{
    if (json_peek(j) != '"')
        return json_fail(j, "a member's name");
    if (!skip_string(j, budget))
        return false;
    return json_take(j, ':') || json_fail(j, "':'");
}

static bool skip_container(struct json *j, struct json_budget *budget, bool object)
{
    char close = object ? '}' : ']';
    j->p++;
    if (json_take(j, close))
        return true;
    do {
        if (object && !skip_member_name(j, budget))
            return false;
        json_space(j);
        if (!json_skip(j, budget))
            return false;
    } while (json_take(j, ','));
    return json_take(j, close) || json_fail(j, object ? "',' or '}'" : "',' or ']'");
}

static bool skip_nested(struct json *j, struct json_budget *budget)
{
    if (!budget->depth)
        return json_fail(j, "fewer levels of nesting");
    budget->depth--;
    bool ok = skip_container(j, budget, *j->p == '{');
    budget->depth++;
    return ok;
}

bool json_skip(struct json *j, struct json_budget *budget)
{
    struct json_number number;
    budget->many |= budget->elements == 0;
    budget->elements -= !budget->many;
    switch (j->p < j->end ? *j->p : '\0') {
    case '{':
    case '[': return skip_nested(j, budget);
    case '"': return skip_string(j, budget);
    case 't': return json_literal(j, "true");
    case 'f': return json_literal(j, "false");
    case 'n': return json_literal(j, "null");
    }
    bool number_starts = is_digit(j) || (j->p < j->end && *j->p == '-');
    return number_starts ? json_number(j, &number) : json_fail(j, "a JSON value");
}
