/* The tokens of JSON (RFC 8259), read in place. Inside model/ and formats/ only. */
#pragma once
#include "arena.h"
#include "str.h"
#include "utf8.h"
#include <stdint.h>

/* A cursor. When a reader returns false the text is not JSON: `p` is where, `expected` is what should have been there.
 */
struct json {
    const char *start, *p, *end;
    const char *expected;
};

struct json_string {
    struct str raw;      /* between the quotes, as it stands */
    size_t length;       /* bytes after unescaping */
    bool escaped;        /* raw and unescaped text differ */
    const char *refused; /* NULL, or why no text can hold it: U+0000, a lone surrogate */
};

#define JSON_NUMBER_MAX 128 /* characters; longer ones are refused */

struct json_number {
    struct str raw;
    bool integer; /* neither fraction nor exponent */
    bool negative, zero;
    uint64_t digits;  /* the first nineteen significant digits */
    int64_t exponent; /* value is digits * 10^exponent, exactly if `exact` */
    bool exact;
};

bool json_fail(struct json *j, const char *expected);

static inline void json_space(struct json *j)
{
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t'))
        j->p++;
}
/* The next byte after white space, '\0' at the end. */
static inline char json_peek(struct json *j)
{
    json_space(j);
    return j->p < j->end ? *j->p : '\0';
}
static inline bool json_take(struct json *j, char c)
{
    if (json_peek(j) != c || j->p == j->end)
        return false;
    j->p++;
    return true;
}

/* Each reads the token at the cursor, which stands on its first byte. */
bool json_take_string(struct json *j, struct json_string *ret);
bool json_number(struct json *j, struct json_number *ret);
bool json_literal(struct json *j, const char *literal);

/* What a value of any kind may hold, and whether it does. */
struct json_budget {
    size_t depth;           /* levels still free; more are an error */
    size_t elements;        /* values still free */
    size_t string;          /* bytes of one string */
    bool many, long_string; /* it has more elements, a longer string; reading went on */
    const char *refused;    /* of a string in it, see json_string */
};
bool json_skip(struct json *j, struct json_budget *budget);

/* The text of a string without `refused`. Lives in the arena if it differs from raw. */
struct str json_text(const struct json_string *s, struct arena *arena);
/* Reads all of text as a number, as the grammar has it. */
bool json_number_parse(struct str text, struct json_number *ret);
/* The nearest double; false if it is infinite, or zero while the number is not. */
bool json_number_double(const struct json_number *n, double *ret);
/* Whether json_number_double would succeed; quicker. */
bool json_number_finite(const struct json_number *n);
/* False if it does not fit or is not an integer. */
bool json_number_int64(const struct json_number *n, int64_t *ret);
