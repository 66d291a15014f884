/* The label dictionary's rows in the database. */
#pragma once
#include "visibility.h"

/* What makes a row distinct. record: of a row of one record's own; NULL: shared. */
struct digest label_digest(const struct label_row *row, const struct uuid *record);
/* Within policy apply, under LOCK_POLICY and LOCK_LABELS: records posted at or after `since` get rows of their own
 * generation. */
int labels_split(struct pg *c, instant since, struct fault *fault);
