#include "parts.h"

#define EMBEDDED

static const struct field elset_rows[] = {
#include "elset_rows.h"
};

const struct field_table elset_part_fields =
    TABLE_PASSING(elset_rows, "effectiveFrom", "effectiveUntil", "idOnOrbit", "line1", "line2");

static const struct field state_rows[] = {
#include "statevector_rows.h"
};

const struct field_table state_part_fields = TABLE_PASSING(state_rows, "effectiveFrom", "effectiveUntil", "idOnOrbit");
