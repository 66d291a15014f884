/* Codes and sets of small integers that stand for them. Inside of policy/. */
#pragma once
#include "label.h"

#include <stdint.h>

#define SET_BITS 256

struct set {
    uint64_t w[SET_BITS / 64];
};

static inline bool set_has(const struct set *s, unsigned i)
{
    return s->w[i / 64] >> (i % 64) & 1;
}

static inline void set_add(struct set *s, unsigned i)
{
    s->w[i / 64] |= UINT64_C(1) << (i % 64);
}

static inline bool set_empty(const struct set *s)
{
    return !(s->w[0] | s->w[1] | s->w[2] | s->w[3]);
}

static inline bool set_meets(const struct set *a, const struct set *b)
{
    return (a->w[0] & b->w[0]) | (a->w[1] & b->w[1]) | (a->w[2] & b->w[2]) | (a->w[3] & b->w[3]);
}

static inline void set_join(struct set *s, const struct set *other)
{
    for (unsigned i = 0; i < SET_BITS / 64; i++)
        s->w[i] |= other->w[i];
}

/* Leaves in s only what is in the other, too. */
static inline void set_meet(struct set *s, const struct set *other)
{
    for (unsigned i = 0; i < SET_BITS / 64; i++)
        s->w[i] &= other->w[i];
}

static inline bool set_within(const struct set *part, const struct set *whole)
{
    return !((part->w[0] & ~whole->w[0]) | (part->w[1] & ~whole->w[1]) | (part->w[2] & ~whole->w[2]) |
             (part->w[3] & ~whole->w[3]));
}

/* The least member ≥ from, or -1: for (int i = set_next(s, 0); i >= 0; i = set_next(s, i + 1)). */
static inline int set_next(const struct set *s, int from)
{
    for (unsigned i = (unsigned)from; i < SET_BITS; i = (i / 64 + 1) * 64) {
        uint64_t rest = s->w[i / 64] >> (i % 64);
        if (rest)
            return (int)i + __builtin_ctzll(rest);
    }
    return -1;
}

/* [A-Z][A-Z0-9]{1,11}: partners and communities. */
bool code_valid(struct str s);
/* Words of marking grammar, which must not be a partner's, a community's or a caveat's code. */
bool code_reserved(struct str s);

/* Position in codes sorted by str_cmp, or -1. */
int codes_find(const struct codes *c, struct str s);
bool codes_within(const struct codes *part, const struct codes *whole);
/* Sorts v in place. False if one occurs twice; *ret_twice is one of them. */
bool codes_sort(struct str *v, size_t n, struct str *ret_twice);
void codes_write_json(const struct codes *c, struct buf *out); /* ["A","B"] */
