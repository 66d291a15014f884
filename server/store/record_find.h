/* One record by its id. */
#pragma once
#include "read_rows.h"

/* Columns behind RECORD_COLUMNS. */
enum { FOUND_EMBARGO = COLUMN_COUNT, FOUND_EXPIRES };

/* One row, or ERR_NOT_FOUND: hidden and missing are the same statement with the same result. */
int record_find(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                struct class **ret_class, struct pg_result **ret, struct fault *fault);
