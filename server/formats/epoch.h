/* Times of CCSDS messages (301.0-B-4, ASCII time codes A and B) in whatever scale the message is, to 10^-18 s. */
#pragma once
#include "str.h"
#include <stdint.h>

struct epoch {
    int64_t second;    /* counted so that second 60 of a day's last minute lies before the next day */
    uint64_t fraction; /* of a second, in 10^-18 */
};

/* YYYY-MM-DDThh:mm:ss[.d…][Z] or YYYY-DDDThh:mm:ss[.d…][Z], years 1 to 9999, at most 18 digits behind the point; second
 * 60 only in the last minute of a day. False if not so. */
bool epoch_read(struct str text, struct epoch *ret);
static inline int epoch_cmp(struct epoch a, struct epoch b)
{
    if (a.second != b.second)
        return a.second < b.second ? -1 : 1;
    return (a.fraction > b.fraction) - (a.fraction < b.fraction);
}
