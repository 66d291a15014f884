/* The log of disclosures: one thread commits what many readers wait for. */
#pragma once
#include "internal.h"

struct receipt {
    int64_t id;
    instant at;
};

/* The records of one chunk that belong to one owner and are sent in one view. */
struct disclosed {
    struct str owner, view;       /* "full" for the whole record */
    const struct str *agreements; /* each once */
    size_t n_agreements;
    int64_t *seqs;
    size_t n;
};

/* Durable when this returns 0. Everything is the caller's. Without a record there is nothing to write: parts n > 0. */
int disclose(struct store *s, const struct reading *reading, const struct record_type *type,
             const struct disclosed *parts, size_t n, struct receipt *ret, struct fault *fault);
/* Written some time later, with others. */
void disclosure_close(struct store *s, const struct receipt *receipt, bool completed);
