#include "rows.h"

extern const struct record_type record_type_h3geo;

static const struct field h3geohexcell_rows[] = {
#include "h3geohexcell_rows.h"
};

static const struct field_table h3geohexcell_fields = TABLE(h3geohexcell_rows);

const struct part_type part_type_h3geohexcell = {
    .type =
        {
            .name = "h3geohexcell",
            .description = "Cells of the H3 grid, one by one",
            .fields = &h3geohexcell_fields,
            .query_required = "idH3Geo",
        },
    .parent = &record_type_h3geo,
    .field = "cells",
    .parent_field = "idH3Geo",
};
