/* When somebody has to look again at a restriction: rows of `review`, one for each owner of a record. */
#pragma once
#include "internal.h"

struct reviews {
    size_t n;
    struct uuid *record;
    struct str *owner, *type;
    instant *t, *review_by;
};

void reviews_new(struct reviews *v, size_t room, struct arena *arena);
void reviews_add(struct reviews *v, struct uuid record, struct str type, instant t, const struct codes *owners,
                 instant review_by);
int reviews_insert(struct pg *c, const struct reviews *v, struct arena *arena, struct fault *fault);
/* Takes away what stands for the record. Under the policy role. */
int reviews_delete(struct pg *c, struct uuid record, struct fault *fault);
