/* What decisions would open and close, without making them. */
#pragma once
#include "impact.h"
#include "spread.h"
#include "visibility_data.h"

/* As the owner is shown it. */
void dry_run_write(const struct impact *im, struct str owner, instant now, struct dry_run *ret);
/* Of edits, one at least, of the registers in force, which are reg, else ERR_STALE: with the stored records that would
 * be put under grants or warnings of the owner that come with them. */
int dry_run_edits(struct store *s, const struct registry *reg, const struct registry_edit *edits, size_t n,
                  struct str owner, instant now, struct dry_run *ret, struct fault *fault);
/* Of a decision that opens and closes nothing. */
int dry_run_nothing(struct store *s, const struct registry *reg, struct str owner, instant now, struct dry_run *ret,
                    struct fault *fault);
