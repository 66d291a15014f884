/* Stored records and the grants they are put under. */
#pragma once
#include "registry.h"
#include "internal.h"

/* How many records of the grant's scope are not under it yet: (label_id, part, delay, shown, later), as label_records
 * has them. */
int grant_records(struct pg *c, const struct grant_entry *grant, const int32_t *delays, size_t n, instant at,
                  struct pg_result **ret, struct fault *fault);
