/* Encoding of what the disclosure log keeps. Pure. */
#pragma once
#include "arena.h"
#include "buf.h"

#include <stdint.h>

/* A set of record sequence numbers (all >= 0) as ascending deltas, LEB128. */
void seqs_encode(int64_t *seqs, size_t n, struct buf *out); /* sorts seqs in place; duplicates are kept once */
/* False if the bytes are not exactly what seqs_encode writes or hold more than `most` numbers. */
bool seqs_decode(struct str bytes, size_t most, struct arena *arena, int64_t **ret, size_t *ret_n);
/* Whether the set holds a number, without making room for it; false also if the bytes are not readable to that point.
 */
bool seqs_hold(struct str bytes, int64_t seq);
