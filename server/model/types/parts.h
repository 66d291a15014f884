/* Tables of the objects that records of several types hold. */
#pragma once
#include "rows.h"

extern const struct field_table elset_part_fields;  /* an element set */
extern const struct field_table state_part_fields;  /* a state vector */
extern const struct field_table entity_part_fields; /* what a sensor, a site and the like is part of */
