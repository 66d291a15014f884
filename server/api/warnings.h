/* Inside of api/: whom a record about to be posted warns. */
#pragma once
#include "arena.h"
#include "record.h"
#include "registry.h"

/* Adds ids `warn/OWNER/TYPE/PARTNER/OBJECT` to the ascending ids of grants: for each registered operator of an object
 * of the record, if one of the standing rules of its owner matches. Nobody is warned of a record that has other owners
 * besides.
 */
void warnings_add(const struct registry *reg, const struct label *label, const struct record_type *type,
                  const struct record *record, struct arena *arena, const struct str **grants, size_t *n);
