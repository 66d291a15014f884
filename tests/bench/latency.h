/* Latencies in buckets whose width grows with the value: never off by more than 1/64, in constant memory. */
#pragma once
#include <stdint.h>

#define LATENCY_SUB 64 /* buckets of each power of two */
#define LATENCY_BUCKETS (LATENCY_SUB * 40)

struct latency {
    uint64_t count[LATENCY_BUCKETS];
    uint64_t n, largest; /* microseconds */
};

void latency_add(struct latency *l, uint64_t microseconds);
/* The value that `fraction` (0 to 1) of all are not above; 0 when there is none. */
uint64_t latency_at(const struct latency *l, double fraction);
