/* Parts (struct part_type): records that are the elements of an array in another type's record. */
#pragma once
#include "arena.h"
#include "record_type.h"

/* The parts in a parent's canonical body, in their order: of each its members but the parent's id, each behind a comma.
 * The poster's `id` is called clientId, as in records. False if body is no JSON object. */
bool part_members(const struct part_type *part, struct str body, struct arena *arena, const struct str **ret,
                  size_t *ret_n);
