#include "queue_proposals.h"

#include <stdlib.h>

static int position_order(const struct queue_position *a, const struct queue_position *b)
{
    int c = (a->at > b->at) - (a->at < b->at);
    return c ? c : memcmp(&a->id, &b->id, sizeof a->id);
}

static struct queue_position position_of(const struct proposal *p)
{
    return (struct queue_position){p->at, p->id};
}

static int oldest_first(const void *a, const void *b)
{
    const struct queue_position x = position_of(a), y = position_of(b);
    return position_order(&x, &y);
}

static void write_item(const struct proposal *p, bool first, struct buf *out)
{
    buf_printf(out, "%s{\"kind\":\"proposal\",\"id\":\"", first ? "" : ",");
    buf_uuid(out, p->id);
    buf_z(out, "\",\"at\":\"");
    buf_instant(out, p->at);
    buf_z(out, "\",\"partner\":");
    buf_json_str(out, p->partner);
    buf_z(out, ",\"comment\":");
    buf_json_str(out, p->comment);
    buf_char(out, '}');
}

int queue_proposals(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                    size_t *ret_n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct proposal_actor actor = {.partner = reader_partner(reading->reader),
                                         .principal = reading->principal,
                                         .request_id = reading->request_id,
                                         .fdo = true,
                                         .now = reading->now};
    const struct proposal *listed;
    size_t n, written = 0;
    const struct proposal_filter waiting = {.open = true, .awaiting = true, .agreement = STR("")};
    int error = store_proposal_list(s, &actor, &waiting, arena, &listed, &n, fault);
    if (error)
        return error;
    struct proposal *sorted = arena_array(arena, n, sizeof *sorted);
    if (n) {
        memcpy(sorted, listed, n * sizeof *sorted);
        qsort(sorted, n, sizeof *sorted, oldest_first);
    }
    const struct queue_position after = page->after;
    for (size_t i = 0; i < n && (int64_t)written < page->limit; i++) {
        const struct queue_position at = position_of(&sorted[i]);
        if (position_order(&at, &after) <= 0)
            continue;
        write_item(&sorted[i], !written++, out);
        page->after = at;
    }
    *ret_n = written;
    return 0;
}
