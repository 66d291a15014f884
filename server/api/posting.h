/* Inside of api/: records that a handler has made of what was sent, posted as if they had been sent so. */
#pragma once
#include "input.h"

struct incoming {
    const struct record_type *type;
    struct str json; /* lives as long as the request */
    bool array;      /* of records, else one */
    bool dropped;    /* answered 202 without a body, else as createBulk is */
    /* Of a body that was no JSON: the line of each record, which is told of refused ones. NULL: none. */
    const size_t *lines;
    /* Or, of an archive, the file of each record. */
    const char *const *files;
    /* What the one record came with, kept and read with it; NULL: nothing. It is part of what makes the record's id. */
    const struct new_file *file;
};

/* Answers, perhaps later. The query has been checked. */
void post_incoming(struct request *r, const struct incoming *in);
