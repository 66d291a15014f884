/* Inside of api/: under which grants a record is that is being posted. */
#pragma once
#include "caller.h"

/* Grants of the registers that have not ended and whose scope is of this type. */
struct grant_scopes;
struct grant_scopes *grant_scopes_new(const struct registry *reg, const struct record_type *type, instant now,
                                      struct arena *arena);
/* Ids of those that the record is in the scope of, ascending. */
size_t grant_scopes_match(const struct grant_scopes *scopes, const struct record *record, const struct label *label,
                          struct arena *arena, const struct str **ret);
