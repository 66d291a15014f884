/* Times of navigation messages as records have them: UTC. Inside formats/ only. */
#pragma once
#include "instant.h"

/* A time system that UTC follows from. */
struct ndm_scale {
    int64_t behind_tai; /* in CIVIL_SECOND; of UTC itself and what is told by its offset from it: not used */
    bool atomic;
    int64_t ahead;    /* of UTC */
    bool barycentric; /* TDB: up to 1.7 ms about TT, known to 10 microseconds */
};

#define NDM_SCALES "UTC, TAI, GPS, TT or TDB"
bool ndm_scale_find(struct str name, struct ndm_scale *ret);
/* UT1, told by its seconds ahead of UTC: "-.357". */
bool ndm_scale_ut1(struct str ahead, struct ndm_scale *ret);

/* The microsecond of UTC in which a time lies; false: it is none, or not of the years that a record can have. */
bool ndm_instant(struct str text, const struct ndm_scale *scale, instant *ret);
/* Or seconds from epoch: "12.5". */
bool ndm_instant_or_offset(struct str text, const struct ndm_scale *scale, instant epoch, instant *ret);
