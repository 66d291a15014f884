/* Inside of api/: answers that are worked out from records of several types, of which they cite some. */
#pragma once
#include "http.h"
#include "store.h"

#define LISTS_MAX 4

/* Read to their ends, each of them has disclosed something. */
struct lists {
    struct store_list *v[LISTS_MAX];
    size_t n;
    const struct receipt *receipt;
};

/* Of one data mode: an exercise must not be joined with what is real. */
int lists_check_mode(const struct query *q, struct fault *fault);
/* Gives all that the query selects to take(), in chunks, and discloses nothing. ERR_TOO_LARGE beyond `most`: a narrower
 * `where` is to be asked for. */
struct lists_look {
    const struct query *query;
    size_t most;
    const char *where;
    void (*take)(void *ctx, const struct stored_record *record);
    void *ctx;
};
int lists_look(struct request *r, const struct lists_look *look, struct fault *fault);
/* Discloses the records that are cited, of one type, at most QUERY_IN_MAX; none: nothing is done. ERR_STALE if one of
 * them was to be seen a moment ago and is not any more: the question is to be asked again. */
int lists_cite(struct request *r, struct lists *l, const struct record_type *type, const struct uuid *ids, size_t n,
               struct fault *fault);
/* Nothing of them was sent. */
void lists_close(struct lists *l);
/* Sends the bytes, which it takes over, under one banner, and closes the lists when that is done. At least one list. */
void lists_reply(struct request *r, struct lists *l, struct str banner, const char *content_type, struct buf *body);
