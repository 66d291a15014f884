/* Answers that are made of several lists: /v1/pnt/status, /v1/pnt/interference, /v1/onorbit/getSignature. */
#include "lists.h"

#include "input.h"
#include "memory.h"

#include <stdlib.h>

/* ---- what is looked at ---- */

int lists_check_mode(const struct query *q, struct fault *fault)
{
    for (size_t i = 0; i < q->n; i++)
        if (!strcmp(q->predicates[i].field->name, "dataMode") && q->predicates[i].op != QUERY_EQ)
            return fault_set(fault, ERR_BAD_QUERY, "dataMode", "expected one data mode");
    return 0;
}

static int too_many(const struct lists_look *look, struct fault *fault)
{
    return fault_set(fault, ERR_TOO_LARGE, look->where, "more than %zu records of type %s: expected less to look at",
                     look->most, look->query->type->name);
}

int lists_look(struct request *r, const struct lists_look *look, struct fault *fault)
{
    ARENA_CLEANUP struct arena *chunk = arena_new();
    struct reading reading = caller_reading(r, false);
    const struct stored_record *records;
    const struct receipt *none;
    struct store_list *list;
    size_t n, total = 0;
    int error = store_list_open(api_of(r)->config.store, &reading, look->query, &list, fault);
    if (error)
        return error;
    while (!error && !(error = store_list_next(list, chunk, &records, &n, &none, fault))) {
        total += n;
        if (total > look->most)
            error = too_many(look, fault);
        for (size_t i = 0; i < n && !error; i++)
            look->take(look->ctx, &records[i]);
        arena_reset(chunk);
    }
    store_list_close(list, true);
    return error == STORE_LIST_END ? 0 : error;
}

/* ---- citing ---- */

static const struct query *query_ids(struct request *r, const struct record_type *type, const struct uuid *ids,
                                     size_t n)
{
    struct arena *arena = request_arena(r);
    struct query_value *values = arena_array(arena, n, sizeof *values);
    struct predicate *among = arena_alloc(arena, sizeof *among);
    struct query *q = arena_alloc(arena, sizeof *q);
    for (size_t i = 0; i < n; i++) {
        char *text = arena_alloc(arena, UUID_TEXT + 1);
        uuid_write(ids[i], text);
        values[i].text = (struct str){text, UUID_TEXT};
    }
    *among = (struct predicate){.field = field_find(server_fields(), STR("id")),
                                .server_field = true,
                                .op = QUERY_IN,
                                .n = n,
                                .values = values};
    *q = (struct query){.type = type, .predicates = among, .n = 1, .max_results = -1};
    return q;
}

int lists_cite(struct request *r, struct lists *l, const struct record_type *type, const struct uuid *ids, size_t n,
               struct fault *fault)
{
    ARENA_CLEANUP struct arena *chunk = arena_new();
    struct reading reading = caller_reading(r, true);
    const struct stored_record *records;
    struct store_list *list;
    size_t got, total = 0;
    if (!n)
        return 0;
    int error = store_list_open(api_of(r)->config.store, &reading, query_ids(r, type, ids, n), &list, fault);
    if (error)
        return error;
    l->v[l->n++] = list;
    while (!(error = store_list_next(list, chunk, &records, &got, &l->receipt, fault))) {
        total += got;
        store_list_drop(list);
        arena_reset(chunk);
    }
    if (error != STORE_LIST_END)
        return error;
    return total == n ? 0 : fault_set(fault, ERR_STALE, "", "a record has gone meanwhile");
}

/* ---- sending ---- */

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

void lists_reply(struct request *r, struct lists *l, struct str banner, const char *content_type, struct buf *body)
{
    struct lists *kept = memory_zeroed(sizeof *kept);
    *kept = *l;
    l->n = 0;
    reply_banner(r, banner);
    reply_records(r, 200, content_type, body, kept->receipt, sent, kept);
}
