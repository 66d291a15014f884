/* Duty to warn: what is told when a record is stored under a warning, or when one that is stored comes under it. */
#pragma once
#include "registers.h"
#include "spread.h"

#define WARNING "warn/" /* how the ids of warnings begin, those of grants do not */

/* The parts of warn/OWNER/TYPE/PARTNER/OBJECT; false for the id of a grant. */
struct warning_id {
    struct str owner, type, partner, object;
};
bool warning_id_read(struct str id, struct warning_id *ret);
/* Whether the registers have a rule for it that trusts who has accepted the operator. */
bool warning_stands(const struct registry *reg, const struct warning_id *w);

/* Within the transaction that stores the records, on its connection. A notice to each operator, and one to the owner's
 * officers, who review what was released without them. */
int warnings_tell(struct pg *c, instant at, const struct new_record *const *v, size_t n, struct fault *fault);
/* How many of a record's grants are warnings. */
size_t warnings_count(const struct new_record *r);

/* Within the transaction that changes the registers: of operators that it makes known to a rule, stored records that
 * still matter at `now` are to be looked for. */
int warnings_begin(struct pg *c, const struct transition *t, instant now, struct fault *fault);
/* The warnings by the owner's rules that those operators come under. */
size_t warnings_opened(const struct transition *t, struct str owner, struct arena *arena, struct spreading **ret);
/* Within the transaction that puts them under the warning, on a connection of relto_policy: the same notices. */
struct record_place {
    struct uuid id;
    instant t;
};
int warnings_tell_stored(struct pg *c, instant at, const struct warning_id *w, const struct record_place *v, size_t n,
                         struct fault *fault);
