/* Inside of api/: of messages that tell of one event again, which one each takes the place of. */
#pragma once
#include "input.h"

/* Of n records that are ready to be stored: those of an event, and that do not say it themselves, supersede the one
 * made last before them, stored or among the n. It is no part of what makes their ids, as it depends on what has
 * arrived. ERR_STALE as from any read. */
int records_follow(struct request *r, struct new_record *records, size_t n, struct arena *arena, struct fault *fault);
