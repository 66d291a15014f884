/* Inside of api/: what an answer of several lists is sent against. */
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

/* Nothing of them was sent. */
void lists_close(struct lists *l);
/* Sends the bytes, which it takes over, under one banner, and closes the lists when that is done. At least one list. */
void lists_reply(struct request *r, struct lists *l, struct str banner, struct buf *body);
