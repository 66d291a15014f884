/* What a message does not say of the records that it becomes, and its sender says beside it. */
#pragma once
#include "buf.h"

struct header {
    struct str marking; /* may be empty: it stands elsewhere */
    struct str data_mode, source;
    struct str origin; /* may be empty */
    struct str tags;   /* separated by commas; may be empty */
};

/* Begins an object of JSON with these members; others may follow, and the brace. */
void header_write(const struct header *h, struct buf *out);
