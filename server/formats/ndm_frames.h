/* What records call the frames of messages. Inside formats/ only. */
#pragma once
#include "str.h"

struct ndm_frame {
    const char *of_states, *of_covariances; /* NULL: a record has no such frame */
};

bool ndm_center_is_earth(struct str name);
/* NULL: a record has it for neither. */
const struct ndm_frame *ndm_frame_find(struct str name);
/* What messages call the frame of a record; NULL: they have none of that name. */
const char *ndm_frame_of_states(struct str frame);
const char *ndm_frame_of_covariances(struct str frame);
