/* What advisories say together: forecast, extension, cancellation and summary of one outage are joined by number. */
#pragma once
#include "advisory.h"
#include "instant.h"

struct notice {
    struct str originator;                                  /* who says so: nobody takes back what another has told */
    struct str constellation, number, reference, satellite; /* may be empty */
    int64_t prn, svn;                                       /* -1: not told */
    enum advisory_effect effect;
    instant start, stop; /* INSTANT_MAX: until further notice */
    bool replaced;       /* set by outages_settle */
};

/* Which are replaced or cancelled by another of them, and at the latest when each ends: stop is made smaller. */
void outages_settle(struct notice *notices, size_t n, struct arena *arena);

enum outage { OUTAGE_NONE, OUTAGE_FORECAST, OUTAGE_NOW };
enum outage outage_at(const struct notice *n, instant at);
