/* One record by its id. */
#pragma once
#include "read_rows.h"
#include "sql_query.h"

/* Columns behind RECORD_COLUMNS. */
enum { FOUND_EMBARGO = COLUMN_COUNT, FOUND_EXPIRES };

/* Whether the ids name one partition, so that one statement finds both records. */
bool record_find_together(const struct record_type *type, struct uuid a, struct uuid b);
/* The statement for n ids that name one partition, into an empty *ret with an arena. */
void record_find_statement(struct sql *ret, const struct record_type *type, const struct uuid *ids, size_t n);
/* Appends from where one record comes and which it is. */
void record_find_where(struct sql *s, const struct record_type *type, struct uuid id);
/* One row, of a type with versions as sql_version has it, or ERR_NOT_FOUND: hidden and missing are the same statement
 * with the same result. */
int record_find(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                struct class **ret_class, struct pg_result **ret, struct fault *fault);
