/* The log of disclosures: one thread commits what many readers wait for. */
#pragma once
#include "internal.h"

struct receipt {
    int64_t id;
    instant at;
};
/* A row of disclosure_end speaks of so many answers at most: whose is sought is looked for among so many ids. */
#define END_ANSWERS_MAX 2000

/* The records of one chunk that belong to one owner and are sent in one view. */
struct disclosed {
    struct str owner, view;       /* "full" for the whole record */
    const struct receipt *entry;  /* the owner's first disclosure of the same answer; NULL: this one */
    const struct str *agreements; /* each once */
    size_t n_agreements;
    int64_t *seqs;
    size_t n;
};

/* What the owners are told of an answer that goes in pieces: each piece is a disclosure, and each owner is told of all
 * of its own under its first. How others' records fall between them is nobody's business. */
struct account_entry {
    struct str owner;
    struct receipt first;
};

struct account {
    struct arena *arena;
    struct account_entry *v;
    size_t n, room;
};
/* NULL: the owner was told of none yet. */
const struct receipt *account_entry(const struct account *a, struct str owner);
/* A piece has been disclosed. */
void account_add(struct account *a, const struct disclosed *parts, size_t n, const struct receipt *receipt);
/* The answer ended. */
void account_close(struct store *s, struct account *a, bool completed);

/* One answer, or piece of one, on its way to the log. Without a record there is nothing to write: n > 0, and so is each
 * part's. */
struct disclosing {
    const struct reading *reading;
    const struct record_type *type;
    const struct disclosed *parts;
    size_t n;
    struct receipt *receipt;            /* set before done() unless there is an error */
    void (*done)(void *ctx, int error); /* from the log's thread, durable if error is 0: must not wait for anything */
    void *ctx;
};
/* From any thread. What they point to is the caller's and stays until done() of each, which may come before this
 * returns; n > 0 are taken together, for one commit. An error: none is taken, and no done() called. */
int disclose_later(struct store *s, const struct disclosing *v, size_t n, struct fault *fault);
/* The same for one; durable when this returns 0. */
int disclose(struct store *s, const struct reading *reading, const struct record_type *type,
             const struct disclosed *parts, size_t n, struct receipt *ret, struct fault *fault);
/* Written some time later, with others. */
void disclosure_close(struct store *s, const struct receipt *receipt, bool completed);
