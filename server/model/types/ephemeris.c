#include "rows.h"

extern const struct record_type record_type_ephemerisset;

static const struct field ephemeris_rows[] = {
#include "ephemeris_rows.h"
};

static const struct field_table ephemeris_fields = TABLE(ephemeris_rows);

const struct part_type part_type_ephemeris = {
    .type =
        {
            .name = "ephemeris",
            .description = "Points of an ephemeris, one by one",
            .fields = &ephemeris_fields,
            .time_field = "ts",
            .query_required = "esId",
        },
    .parent = &record_type_ephemerisset,
    .field = "ephemerisList",
    .parent_field = "esId",
};
