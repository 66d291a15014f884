/* The daemon's only source of the present: injected, so that an exercise or a test can run at another date. */
#pragma once
#include "error.h"
#include "instant.h"

struct clock;

/* path NULL or "": the system's clock. Else a file whose first line is the present as ISO 8601 UTC text; it is read
 * anew at each call, so that a test moves time by replacing the file. */
int clock_open(const char *path, struct clock **ret, struct fault *fault);
void clock_free(struct clock *c);
/* UTC. When a clock file has become unreadable the last value read stands. Safe from any thread. */
instant clock_now(struct clock *c);
bool clock_is_simulated(const struct clock *c);
/* CLOCK_MONOTONIC in microseconds: for durations and deadlines only, never simulated. */
int64_t clock_monotonic(void);
