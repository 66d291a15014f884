/* Messages that become one record each, by a table of what has fields there. Inside formats/ only. */
#pragma once
#include "ndm_fields.h"
#include "ndm_message.h"
#include "ndm_take.h"

#define NDM_FLAT_MOST (2 * 1024 * 1024) /* bytes of the message, as the record's field has them */

struct ndm_flat {
    struct ndm_fields fields;
    struct ndm_message kept;
};

void ndm_flat_begin(struct ndm_flat *f, const struct ndm_place *places, size_t n);
void ndm_flat_take(struct ndm_flat *f, const struct ndm_event *e, struct arena *arena);
/* Begins run->json with header, fields and the message itself; other members may follow, and the brace. */
int ndm_flat_write(struct ndm_flat *f, struct ndm_taking *t, const struct ndm_scale *scale);
/* TIME_SYSTEM is one that UTC follows from. */
int ndm_flat_scale(const struct ndm_flat *f, struct ndm_taking *t, struct ndm_scale *ret);
void ndm_flat_end(struct ndm_flat *f);
