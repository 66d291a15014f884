/* A conjunction holds the state vectors of both objects. */
#pragma once
#include "record_type.h"

extern const struct field_table statevector_fields;
