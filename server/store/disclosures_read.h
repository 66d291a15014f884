/* What owners are told of disclosures: one entry for each answer, owner and view, however many pieces it was sent in.
 */
#pragma once
#include "disclosures.h"

struct record_sought {
    struct str owner;
    const struct record_type *type;
    int64_t seq;
};
/* The columns below, ordered by entry, of the first disclosures after a position that may hold a record: which of them
 * do tell their seqs. Those of one entry are never parted; fewer than DISCLOSURES_BATCH are the last. */
int disclosures_of_record(struct store *s, const struct reading *reading, const struct record_sought *of, int64_t after,
                          struct pg_result **ret, struct fault *fault);
enum {
    DISCLOSED_ID, /* and _AT: of the entry */
    DISCLOSED_AT,
    DISCLOSED_PRINCIPAL,
    DISCLOSED_PARTNER,
    DISCLOSED_VIEW,
    DISCLOSED_SEQS,
    DISCLOSED_COMPLETED
};
#define DISCLOSURES_BATCH 200
/* How an answer ended. */
const char *disclosure_state(const struct pg_result *rows, int i, int completed);
