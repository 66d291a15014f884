#include "rows.h"

static const struct field onorbit_rows[] = {
#include "onorbit_rows.h"
};

static const struct field_table onorbit_fields = TABLE_PASSING(
    onorbit_rows, "antennas", "batteries", "entityCollection", "onorbitDetails", "solarArrays", "thrusters");

const struct record_type record_type_onorbit = {
    .name = "onorbit",
    .description = "Object in orbit, as a catalogue names it",
    .fields = &onorbit_fields,
    .id_field = "idOnOrbit",
    .versioned = true,
    .object_field = "satNo",
    WITHOUT_TIME,
};
