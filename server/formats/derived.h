/* What the exchange works out of a record that is posted: its read-only fields (model/types/rows.h). */
#pragma once
#include "record.h"

/* The canonical text with them, in arena; as it is if they cannot be worked out. They are no part of what makes the
 * record's id. */
struct str record_with_derived(const struct record_type *type, struct str canonical, struct arena *arena);
