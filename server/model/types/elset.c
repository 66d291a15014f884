#include "rows.h"

static const struct field elset_rows[] = {
#include "elset_rows.h"
};

static const struct field_table elset_fields =
    TABLE_PASSING(elset_rows, "effectiveFrom", "effectiveUntil", "idOnOrbit", "onOrbit");

const struct record_type record_type_elset = {
    .name = "elset",
    .filedrop = "udl-elset",
    .description = "Mean orbital elements of an object in space",
    .fields = &elset_fields,
    .time_field = "epoch",
    .query_required = "epoch",
    .id_field = "idElset",
    .object_field = "satNo",
    .current = true,
    KEPT_FOR_EVER,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
