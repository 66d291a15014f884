/* What orbit ephemeris messages say, piece by piece, as an ephemeris. Inside formats/ only. */
#pragma once
#include "ephemeris.h"
#include "ndm.h"
#include "ndm_time.h"

#define OEM_MESSAGE_MOST (8 * 1024 * 1024) /* bytes, as the record's field has them */

struct oem {
    struct arena *arena;
    struct ephemeris *e;
    const struct ndm_event *event;
    struct buf comments;
    size_t messages, segments;
    size_t segment_from; /* its first point */
    struct str *covariance;
    size_t covariances; /* numbers of it */
    instant covariance_at;
    struct str covariance_frame;
    /* One segment alone, in any time system that UTC follows from and in any frame: what a record has no name for is
     * passed over. */
    bool alone;
    struct ndm_scale scale;
    bool frame_unknown, covariance_unknown;
    size_t covariances_left; /* without a place */
};

/* The piece at m->event. */
int oem_take(struct oem *m, struct fault *fault);
