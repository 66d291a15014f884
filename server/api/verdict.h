/* Inside of api/: verdicts as they are told. */
#pragma once
#include "caller.h"

/* What is asked of the gate, and who is told. */
struct inquiry {
    const struct registry *registry;
    const struct subject *subject;
    instant now;
    struct str told; /* partner: learns of the agreements that it is a party of, and of no other's principals */
    instant posted;  /* when the record came, or would */
    bool explained;  /* with rule and inputs of each gate */
    bool as_shown;   /* a stored record's own times are told as the view shows them */
};

void text_member(struct buf *b, const char *name, struct str value);
/* Label, portion and banner as members. */
void label_members(const struct registry *reg, const struct label *label, struct buf *b);
/* One reader's verdict as an object. */
void verdict_write(const struct inquiry *q, const struct reader *reader, struct buf *b);
/* An array: of each partner that has principals, or of `as` alone ({NULL,0}: all), the verdict of the one that comes
 * furthest; who that is, is not told. */
void verdicts_write(const struct inquiry *q, struct str as, struct buf *b);
