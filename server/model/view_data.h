/* What view*.c share: a compiled view. Inside model/ only. */
#pragma once
#include "decimal.h"
#include "view.h"

/* What is shown of the fields of one table; of an embedded one in `inner`. */
struct view_level {
    const struct field_table *table;
    struct projection *fields;       /* as many as the table has */
    struct decimal_step *steps;      /* of SHOW_STEP */
    const struct view_level **inner; /* of FIELD_OBJECT, else NULL */
};

struct view {
    const struct record_type *type;
    const struct view_level *top;
    int64_t delay, created_width;
};

bool view_area_holds(const struct view_area *a, double latitude, double longitude);
