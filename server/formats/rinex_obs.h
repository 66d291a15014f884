/* Observation files of RINEX 2 to 4: the header, and what of it there is. */
#pragma once
#include "rinex.h"

#define RINEX_SYSTEMS 7         /* G R E J C I S */
#define RINEX_NUMBERS 100       /* of satellites in a system */
#define RINEX_OBS_TYPES_MAX 999 /* of a system: three digits */

struct rinex_obs {
    struct rinex_header header;
    size_t types[RINEX_SYSTEMS]; /* kinds of observations; of version 2 the same for all */
    struct str first,
        last; /* "2022-10-05T02:00:00.0000000", in the time system of TIME OF FIRST OBS; no epoch: empty */
    size_t epochs, events;
    size_t seen[RINEX_SYSTEMS][RINEX_NUMBERS]; /* epochs with each satellite */
};

/* All of the file. ERR_INVALID_RECORD: fault->where is line and column, the detail tells what was expected. */
int rinex_obs_read(struct str text, struct arena *arena, struct rinex_obs *ret, struct fault *fault);
