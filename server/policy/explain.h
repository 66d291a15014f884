/* The decision in words: for each gate its rule, whether it passed, and what of label and registers it looked at. Pure.
 */
#pragma once
#include "decide.h"

/* Whether a partner may be told of an agreement: one of its parties. False if there is no such agreement. */
bool explain_may_name(const struct registry *reg, struct str agreement, struct str partner);

/* A JSON array, one object a gate: {"gate","passed","rule","inputs":["…"]}. `v` is what decide() says of the others.
 * `told` is the partner that reads it: of others' principals it learns no clearance and no caveat beyond the gate's
 * result, and of agreements that it is no party of only whether there are any. time_width: the record's own times are
 * told as the start of their interval of so many microseconds, 0: as they are. */
void explain_gates(const struct registry *reg, const struct reader *reader, const struct subject *subject,
                   const struct verdict *v, instant now, struct str told, int64_t time_width, struct buf *out);
