/* One transaction of the disclosure log. */
#pragma once
#include "disclosures.h"

enum log_kind { LOG_DISCLOSURE, LOG_END, LOG_QUERY };

struct log_entry {
    enum log_kind kind;
    struct log_entry *next;
    /* Somebody waits for it: then all it points to is the waiter's. NULL: nobody does, and it owns its text. */
    void (*done)(void *ctx, int error);
    void *ctx;
    struct disclosing disclosing; /* LOG_DISCLOSURE */
    /* LOG_END */
    struct receipt receipt;
    bool completed;
    /* LOG_QUERY */
    struct query_event event;
    instant at;
    struct arena *arena;
};

/* Rows that the entry is written in: a disclosure has one for each owner and view. */
static inline size_t log_rows(const struct log_entry *e)
{
    return e->kind == LOG_DISCLOSURE ? e->disclosing.n : 1;
}

/* Writes them all, n > 0, or none, and gives the disclosures their receipts. */
int log_write(struct store *s, const struct log_entry *entries, struct fault *fault);
