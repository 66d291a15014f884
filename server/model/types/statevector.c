#include "rows.h"

static const struct field statevector_rows[] = {
#include "statevector_rows.h"
};

static const struct field_table statevector_fields =
    TABLE_PASSING(statevector_rows, "effectiveFrom", "effectiveUntil", "idOnOrbit", "onOrbit");

const struct record_type record_type_statevector = {
    .name = "statevector",
    .filedrop = "udl-sv",
    .description = "Position and velocity of an object in space, with what is known about their making",
    .fields = &statevector_fields,
    .time_field = "epoch",
    .query_required = "epoch",
    .id_field = "idStateVector",
    .object_field = "satNo",
    .current = true,
    KEPT_FOR_EVER,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
