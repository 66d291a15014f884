#include "ndm_frames.h"

#include <stddef.h>

/* What a record has one name for and messages several stands first as it is written. */
static const struct {
    const char *name;
    struct ndm_frame frame;
} frames[] = {
    {"EME2000", {"J2000", "J2000"}}, {"GCRF", {"GCRF", "GCRF"}}, {"J2000", {"J2000", "J2000"}},
    {"TEME", {"TEME", "TEME"}},      {"RTN", {NULL, "UVW"}},     {"RSW", {NULL, "UVW"}},
    {"ITRF", {"ITRF", "ECR/ECEF"}},
};
#define FRAMES (sizeof frames / sizeof *frames)

bool ndm_center_is_earth(struct str name)
{
    return str_is(name, "EARTH") || str_is(name, "Earth");
}

const struct ndm_frame *ndm_frame_find(struct str name)
{
    if (str_starts(name, "ITRF")) /* ITRF2000, ITRF-97, … */
        name = STR("ITRF");
    for (size_t i = 0; i < FRAMES; i++)
        if (str_is(name, frames[i].name))
            return &frames[i].frame;
    return NULL;
}

const char *ndm_frame_of_states(struct str frame)
{
    for (size_t i = 0; i < FRAMES; i++)
        if (frames[i].frame.of_states && str_is(frame, frames[i].frame.of_states))
            return frames[i].name;
    return NULL;
}

const char *ndm_frame_of_covariances(struct str frame)
{
    for (size_t i = 0; i < FRAMES; i++)
        if (str_is(frame, frames[i].frame.of_covariances))
            return frames[i].name;
    return NULL;
}
