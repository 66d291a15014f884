#include "latency.h"

/* Values below LATENCY_SUB have a bucket each; above, the leading bits choose it. */
static unsigned bucket_of(uint64_t v)
{
    if (v < LATENCY_SUB)
        return (unsigned)v;
    unsigned shift = 63U - (unsigned)__builtin_clzll(v) - 6U; /* 6: LATENCY_SUB is 2^6 */
    unsigned b = (shift + 1) * LATENCY_SUB + (unsigned)(v >> shift) - LATENCY_SUB;
    return b < LATENCY_BUCKETS ? b : LATENCY_BUCKETS - 1;
}

static uint64_t top_of(unsigned bucket)
{
    if (bucket < LATENCY_SUB)
        return bucket;
    unsigned shift = bucket / LATENCY_SUB - 1;
    return (((uint64_t)bucket % LATENCY_SUB + LATENCY_SUB + 1) << shift) - 1;
}

void latency_add(struct latency *l, uint64_t microseconds)
{
    l->count[bucket_of(microseconds)]++;
    l->n++;
    if (microseconds > l->largest)
        l->largest = microseconds;
}

uint64_t latency_at(const struct latency *l, double fraction)
{
    uint64_t wanted = (uint64_t)(fraction * (double)l->n + 0.5), seen = 0;
    for (unsigned b = 0; b < LATENCY_BUCKETS && l->n; b++) {
        seen += l->count[b];
        if (seen >= wanted && seen)
            return top_of(b) < l->largest ? top_of(b) : l->largest;
    }
    return l->largest;
}
