/* One transaction that stores many posts. */
#pragma once
#include "internal.h"

/* A post on its way. closed: no longer to be stored; its error or its records' outcomes stand. */
struct write_item {
    struct post *post;
    int error; /* for done() */
    bool closed;
};

enum write_result {
    WRITE_OK,    /* committed: what is not closed is stored */
    WRITE_AGAIN, /* rolled back; an item was closed, or the cause is passing: the same call may succeed */
    WRITE_LOST,  /* the connection is gone, perhaps after the commit. Ids come from content: storing again is safe */
    WRITE_BAD,   /* PostgreSQL refused something of this group: each item is to be tried alone */
    WRITE_STUCK, /* PostgreSQL refuses everything just now (disk full, shutting down), or a statement took longer than
                    write_ms */
};

enum write_result write_group(struct store *s, struct write_item *items, size_t n);
