/* Encoding of what a feed holds. Pure. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "instant.h"

#include <stdint.h>

/* A record by its place in its table, or a notice by its number. */
struct feed_entry {
    struct str type; /* "": a notice */
    int64_t seq;
    instant t; /* 0 for a notice */
};

/* Differences to the entry before, the first one of each call and the first of another type in full: what several calls
 * wrote may be joined. */
void entries_encode(const struct feed_entry *entries, size_t n, struct buf *out);
/* False if the bytes cannot be what entries_encode wrote. Types point into the bytes. */
bool entries_decode(struct str bytes, struct arena *arena, struct feed_entry **ret, size_t *ret_n);
