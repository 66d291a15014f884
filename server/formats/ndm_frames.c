#include "ndm_frames.h"

#include <stddef.h>

const struct ndm_frame *ndm_frame_find(struct str name)
{
    static const struct {
        const char *name;
        struct ndm_frame frame;
    } frames[] = {
        {"EME2000", {"J2000", "J2000"}}, {"GCRF", {"GCRF", "GCRF"}}, {"J2000", {"J2000", "J2000"}},
        {"TEME", {"TEME", "TEME"}},      {"RSW", {NULL, "UVW"}},     {"RTN", {NULL, "UVW"}},
    };
    static const struct ndm_frame itrf = {"ITRF", "ECR/ECEF"}; /* ITRF2000, ITRF-97, … */
    if (name.n >= 4 && memcmp(name.p, "ITRF", 4) == 0)
        return &itrf;
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++)
        if (str_is(name, frames[i].name))
            return &frames[i].frame;
    return NULL;
}
