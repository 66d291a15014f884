#include "parts.h"

#define EMBEDDED

static const struct field elset_rows[] = {
#include "elset_rows.h"
};

const struct field_table elset_part_fields = TABLE(elset_rows);

static const struct field state_rows[] = {
#include "statevector_rows.h"
};

const struct field_table state_part_fields = TABLE(state_rows);
