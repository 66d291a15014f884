/* What files of RINEX become. */
#pragma once
#include "header.h"
#include "rinex_nav.h"
#include "rinex_obs.h"

/* "timeoffset" of class STO, "navephemeris" of the others. */
const char *rinex_record_type(const struct rinex_nav *m);
/* A record of that type, with a warning for what does not fit together. ERR_INVALID_RECORD: its time is out of the
 * range of records. */
int rinex_record(const struct rinex_nav *m, const struct header *header, struct arena *arena, struct buf *out,
                 struct fault *fault);

/* A file of observations as a record of type rinexobservation; filename may be empty. ERR_INVALID_RECORD: its times are
 * out of the range of records. */
int rinex_obs_record(const struct rinex_obs *o, const struct header *header, struct str filename, struct arena *arena,
                     struct buf *out, struct fault *fault);
/* Whether the record has a place for the lines of a label. */
bool rinex_obs_has_place(struct str label);
