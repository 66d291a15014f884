/* Stored records and the grants they are put under. */
#pragma once
#include "internal.h"
#include "registry.h"

/* A grant or a warning that stored records of one owner and type will be put under. */
struct spreading {
    struct str id, owner, type;
    const struct grant_entry *grant; /* NULL: a warning */
};
/* How many records are not under it yet, as reg has the grant or the rules: (label_id, part, delay, shown, later), as
 * label_records has them. */
int spread_records(struct pg *c, const struct registry *reg, const struct spreading *of, const int32_t *delays,
                   size_t n, instant at, struct pg_result **ret, struct fault *fault);
