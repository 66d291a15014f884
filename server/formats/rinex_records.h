/* What navigation messages of RINEX become. */
#pragma once
#include "header.h"
#include "rinex_nav.h"

/* "timeoffset" of class STO, "navephemeris" of the others. */
const char *rinex_record_type(const struct rinex_nav *m);
/* A record of that type, with a warning for what does not fit together. ERR_INVALID_RECORD: its time is out of the
 * range of records. */
int rinex_record(const struct rinex_nav *m, const struct header *header, struct arena *arena, struct buf *out,
                 struct fault *fault);
