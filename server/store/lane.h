/* Reads that hold no thread and no connection while they wait: what is asked is queued, and a few lanes, each a thread
 * with a connection, put all that waits into one round trip. */
#pragma once
#include "disclosures.h"

/* One statement under row-level security, or one record by its id. All of it lives until take() is called. */
struct lane_read {
    const struct reading *reading;
    const struct class *class; /* that it is read as: found in memory */
    const char *sql;           /* NULL: the record */
    const struct pg_args *args;
    const int64_t *sight; /* that the statement was made for; NULL: it does not depend on it */
    const struct record_type *type;
    struct uuid id;
    unsigned cost; /* of PostgreSQL, microseconds, roughly */
    /* Once, on the lane's thread, which must not wait in it: with the rows of the statement, or those of record_find.h
     * among which the record is the one at `row` (-1: it was not found); or with NULL: nothing is known then, whatever
     * the reason, and the read is to be repeated by visible_read. True: *ret is to be disclosed, together with what
     * else the lane has read, and its done() will be called in any case. */
    bool (*take)(void *ctx, struct pg_result *rows, int row, struct disclosing *ret);
    void *ctx;
    /* The lane's. */
    struct lane_read *next;
};
/* False: too many wait, or the store closes. */
bool lane_push(struct lanes *l, struct lane_read *read);
