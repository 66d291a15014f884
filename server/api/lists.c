/* Answers that are made of several lists: /v1/pnt/status, /v1/onorbit/getSignature. */
#include "lists.h"

#include "input.h"
#include "memory.h"

#include <stdlib.h>

static void close_all(struct lists *l, bool completed)
{
    for (size_t i = 0; i < l->n; i++)
        store_list_close(l->v[i], completed);
    l->n = 0;
}

void lists_close(struct lists *l)
{
    close_all(l, false);
}

static void sent(void *ctx, bool completed)
{
    close_all(ctx, completed);
    free(ctx);
}

void lists_reply(struct request *r, struct lists *l, struct str banner, struct buf *body)
{
    struct lists *kept = memory_zeroed(sizeof *kept);
    *kept = *l;
    l->n = 0;
    reply_banner(r, banner);
    reply_records(r, 200, "application/json", body, kept->receipt, sent, kept);
}
