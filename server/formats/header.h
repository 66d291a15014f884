/* What a message does not say of the records that it becomes, and its sender says beside it. */
#pragma once
#include "buf.h"

struct header {
    struct str marking; /* may be empty: it stands elsewhere */
    struct str data_mode, source;
    struct str origin; /* may be empty */
    struct str tags;   /* separated by commas; may be empty */
};

/* Who is told of the records that are made of a file. */
struct record_sink {
    /* A record and the line of the first of it that has a time; false to stop. */
    bool (*take)(void *context, size_t line, struct str record);
    /* What the file says and no record does; NULL: nobody wants to know. */
    void (*left_out)(void *context, size_t line, struct str what);
    void *context;
};

/* Begins an object of JSON with these members; others may follow, and the brace. */
void header_write(const struct header *h, struct buf *out);
