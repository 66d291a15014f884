/* Duty to warn: what is told when a record is stored under a warning. */
#pragma once
#include "internal.h"

/* Within the transaction that stores the records, on its connection. A notice to each operator, and one to the owner's
 * officers, who review what was released without them. */
struct warned {
    const struct record_type *type;
    const struct new_record *record;
};
int warnings_tell(struct pg *c, instant at, const struct warned *v, size_t n, struct fault *fault);
/* How many of a record's grants are warnings. */
size_t warnings_count(const struct new_record *r);
