/* Condition variables that wait for a while: on the monotonic clock, which nobody sets. */
#pragma once
#include "instant.h"

#include <pthread.h>
#include <time.h>

static inline void condition_init(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

/* The deadline for pthread_cond_timedwait. */
static inline struct timespec condition_deadline(int64_t microseconds)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    int64_t t = (int64_t)ts.tv_sec * INSTANT_SECOND + ts.tv_nsec / 1000 + microseconds;
    return (struct timespec){t / INSTANT_SECOND, t % INSTANT_SECOND * 1000};
}
