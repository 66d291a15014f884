/* A borrowed run of bytes: never owned, not NUL-terminated unless a caller says so. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){(literal), sizeof(literal) - 1})

/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *z)
{
    return str_eq(a, str_of(z));
}

/* Byte order; a proper prefix sorts first. */
static inline int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* Without the blanks at both ends. */
static inline struct str str_trim(struct str s)
{
    while (s.n && s.p[0] == ' ')
        s = (struct str){s.p + 1, s.n - 1};
    while (s.n && s.p[s.n - 1] == ' ')
        s.n--;
    return s;
}

/* Without the blanks and tabs at both ends (OWS, RFC 9110 section 5.6.3). */
static inline struct str str_trim_ows(struct str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
        s = (struct str){s.p + 1, s.n - 1};
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static inline bool str_starts(struct str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && memcmp(s.p, with, n) == 0;
}

static inline bool str_ends(struct str s, struct str with)
{
    return s.n >= with.n && (!with.n || memcmp(s.p + s.n - with.n, with.p, with.n) == 0);
}

/* The word at the front, up to a blank, which is cut off *rest; "" behind the last. */
static inline struct str str_take_word(struct str *rest)
{
    *rest = str_trim(*rest);
    const char *blank = rest->n ? memchr(rest->p, ' ', rest->n) : NULL;
    struct str word = {rest->p, blank ? (size_t)(blank - rest->p) : rest->n};
    *rest = (struct str){rest->p + word.n, rest->n - word.n};
    return word;
}

/* At most n bytes from there on, as far as there are any; {NULL, 0} behind the end. */
static inline struct str str_slice(struct str s, size_t from, size_t n)
{
    if (from >= s.n)
        return (struct str){0};
    return (struct str){s.p + from, n < s.n - from ? n : s.n - from};
}

static inline bool is_decimal(char c)
{
    return c >= '0' && c <= '9';
}

/* How many decimal digits stand there. */
static inline size_t str_digits_at(struct str s, size_t from)
{
    size_t n = 0;
    while (from + n < s.n && is_decimal(s.p[from + n]))
        n++;
    return n;
}

/* At least one digit, and nothing else. */
static inline bool str_is_digits(struct str s)
{
    return s.n && str_digits_at(s, 0) == s.n;
}

/* What the digits say: at most nine of them. */
static inline int str_int(struct str digits)
{
    int v = 0;
    for (size_t i = 0; i < digits.n; i++)
        v = v * 10 + (digits.p[i] - '0');
    return v;
}
