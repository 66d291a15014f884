/* GET /sm/…: the feed as the Unified Data Library's secure messaging has it. A topic is a record type, an offset a
 * position of /v1/changes: both are the same list. Source: UDL surface, section 2. */
#include "feed_reply.h"
#include "input.h"
#include "render.h"
#include "resources.h"

#include <stdio.h>

#define MESSAGES_MAX 1000

/* --- where the caller's feed ends --- */

static int end_step(struct request *r, void *ctx, struct fault *fault)
{
    int64_t *end = ctx;
    struct reading reading = caller_reading(r, true);
    struct feed_query query = {.after = FEED_LATEST, .officer = caller_is_officer(r), .limit = 1};
    struct feed_page page;
    int error = store_feed_read(api_of(r)->config.store, &reading, &query, request_arena(r), &page, fault);
    if (!error)
        *end = page.position;
    return error;
}

/* The question is on record before the position is told. */
static int find_end(struct request *r, int64_t *ret, struct fault *fault)
{
    int error = with_fresh_registers(r, end_step, ret, fault);
    return error ? error : log_query(r, 200, true, fault);
}

/* --- topics --- */

static const struct record_type *path_topic(struct request *r, struct fault *fault)
{
    const struct record_type *type = record_type_find(request_path_param(r, "topic"));
    if (!type)
        fault_set(fault, ERR_NOT_FOUND, "", "no such topic");
    return type;
}

/* One type's numbers differ from another's only in that some positions are not theirs. */
static void add_topic(const struct record_type *type, int64_t end, struct buf *out)
{
    buf_printf(out, "{\"topic\":\"%s\",\"description\":", type->name);
    buf_json_str(out, str_of(type->description));
    buf_printf(out, ",\"minPos\":0,\"maxPos\":%lld,\"udlOpenAPISchema\":\"%s\"}", (long long)end, type->name);
}

void sm_topics(struct request *r)
{
    BUF_CLEANUP struct buf out = {0};
    struct fault fault;
    int64_t end;
    int error = query_check(r, &fault);
    if (!error)
        error = find_end(r, &end, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    for (size_t i = 0; i < record_type_count(); i++) {
        buf_char(&out, i ? ',' : '[');
        add_topic(record_type_at(i), end, &out);
    }
    buf_char(&out, ']');
    reply_json(r, 200, buf_view(&out));
}

/* The path's topic and where the feed ends; NULL after it has answered. */
static const struct record_type *topic_and_end(struct request *r, int64_t *ret_end)
{
    struct fault fault;
    const struct record_type *type = path_topic(r, &fault);
    int error = type ? query_check(r, &fault) : ERR_NOT_FOUND;
    if (!error)
        error = find_end(r, ret_end, &fault);
    if (error)
        reply_fault(r, &fault, NULL);
    return error ? NULL : type;
}

void sm_topic(struct request *r)
{
    BUF_CLEANUP struct buf out = {0};
    int64_t end;
    const struct record_type *type = topic_and_end(r, &end);
    if (!type)
        return;
    add_topic(type, end, &out);
    reply_json(r, 200, buf_view(&out));
}

void sm_latest_offset(struct request *r)
{
    char text[24];
    int64_t end;
    if (!topic_and_end(r, &end))
        return;
    snprintf(text, sizeof text, "%lld", (long long)end);
    reply_text(r, 200, "text/plain", str_of(text));
}

/* --- messages --- */

static void add_messages(const struct feed_page *page, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = 0; i < page->n; i++) {
        if (i)
            buf_char(out, ',');
        render_record(page->changes[i].type, page->changes[i].record, out);
    }
    buf_char(out, ']');
}

void sm_messages(struct request *r)
{
    struct feed_query query = {0};
    struct fault fault;
    int64_t limit = MESSAGES_MAX;
    query.type = path_topic(r, &fault);
    int error = query.type ? query_check(r, &fault) : ERR_NOT_FOUND;
    if (!error && !read_digits(request_path_param(r, "offset"), FEED_POSITION_MAX, &query.after))
        error = fault_set(&fault, ERR_BAD_QUERY, "offset", "expected a position: digits");
    if (!error)
        error = query_number(r, "maxResults", MESSAGES_MAX, &limit, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    query.limit = (size_t)limit;
    feed_reply(r, &query, add_messages, "KAFKA_NEXT_OFFSET");
}
