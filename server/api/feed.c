/* GET /v1/changes, /v1/stream: what the caller came to see, from a position on; asked again and again, or as
 * server-sent events. */
#include "feed_reply.h"

#include "clock.h"
#include "input.h"
#include "log.h"
#include "memory.h"
#include "render.h"
#include "resources.h"

#include <stdio.h>

#define CHANGES_DEFAULT 100
#define CHANGES_MAX 10000
#define STREAM_CHANGES 256 /* in one piece */
#define WAIT_MAX 60        /* seconds */

/* One who reads a feed; lives until its answer is sent. */
struct following {
    struct request *r;
    struct api *api;
    struct feed_query query;
    struct feed_wait *wait; /* NULL: does not wait */
    int64_t deadline;       /* monotonic: of the wait, or of the silence */
    int64_t heartbeat;
    struct arena *arena; /* of one page; NULL while it waits */
    struct feed_page page;
    bool open;  /* the page's disclosures are not closed yet */
    bool ended; /* the page was the last one there was */
    bool begun;
};

static void close_page(struct following *f, bool completed)
{
    if (f->open)
        store_feed_sent(f->api->config.store, &f->page, completed);
    f->open = false;
}

static void following_done(void *ctx, bool completed)
{
    struct following *f = ctx;
    close_page(f, completed);
    store_feed_unwait(f->wait);
    arena_free(f->arena);
    free(f);
}

static void wake(void *ctx)
{
    request_wake(ctx);
}

static struct following *following_new(struct request *r, const struct feed_query *query, bool waits)
{
    struct following *f = memory_zeroed(sizeof *f);
    *f = (struct following){.r = r, .api = api_of(r), .query = *query};
    if (waits)
        f->wait = store_feed_wait(f->api->config.store, principal_uri(caller_of(r)->principal), wake, r);
    return f;
}

/* --- a page --- */

static int read_step(struct request *r, void *ctx, struct fault *fault)
{
    struct following *f = ctx;
    struct reading reading = caller_reading(r, true);
    f->query.officer = caller_is_officer(r);
    f->query.wait = f->wait;
    if (f->arena)
        arena_reset(f->arena);
    else
        f->arena = arena_new();
    int error = store_feed_read(f->api->config.store, &reading, &f->query, f->arena, &f->page, fault);
    f->open = !error;
    return error;
}

/* Behind this the position can be told: what carries no record is logged like any question, and waited for. */
static int read_page(struct following *f, struct fault *fault)
{
    close_page(f, true);
    int error = with_fresh_registers(f->r, read_step, f, fault);
    f->ended = !error && f->page.n && !f->page.more;
    if (!error && f->page.n && !f->page.n_receipts)
        error = log_query(f->r, 200, true, fault);
    return error;
}

/* Who goes on where its last page ended need not look first. */
static bool follows_on(struct following *f)
{
    struct reading reading = caller_reading(f->r, true);
    f->query.wait = f->wait;
    f->query.officer = caller_is_officer(f->r);
    return store_feed_follow(f->wait, &reading, &f->query, true);
}

/* It waits, at the cost of little memory. */
static void rest(struct following *f)
{
    request_wake_at(f->r, f->deadline);
    arena_free(f->arena);
    f->arena = NULL;
}

/* Its next page may be made while it waits. */
static void park(struct following *f)
{
    struct reading reading = caller_reading(f->r, true);
    store_feed_follow(f->wait, &reading, &f->query, false);
    rest(f);
}

static void add_change(const struct feed_change *c, struct buf *out)
{
    buf_printf(out, "{\"position\":%lld,\"kind\":\"%s\",", (long long)c->position, c->type ? "record" : "notice");
    if (c->type) {
        buf_printf(out, "\"type\":\"%s\",\"record\":", c->type->name);
        render_record(c->type, c->record, out);
    } else {
        buf_z(out, "\"notice\":");
        buf_str(out, c->notice);
    }
    buf_char(out, '}');
}

static void add_page(const struct feed_page *page, struct buf *out)
{
    buf_printf(out, "{\"position\":%lld,\"more\":%s,\"changes\":[", (long long)page->position,
               page->more ? "true" : "false");
    for (size_t i = 0; i < page->n; i++) {
        if (i)
            buf_char(out, ',');
        add_change(&page->changes[i], out);
    }
    buf_z(out, "]}");
}

/* --- asking again and again --- */

static int changes_next(void *ctx, struct buf *out, const struct receipt **ret_receipt)
{
    struct following *f = ctx;
    struct fault fault;
    int error = read_page(f, &fault);
    if (!error && !f->page.n && !f->page.more && !request_drains(f->r) && clock_monotonic() < f->deadline) {
        park(f);
        return BODY_LATER;
    }
    if (!error && !f->page.n)
        error = log_query(f->r, 200, true, &fault);
    if (error) {
        log_fault(f->api->config.log, "feed.cut", &fault);
        return error;
    }
    if (f->page.banner.n)
        reply_banner(f->r, f->page.banner);
    add_page(&f->page, out);
    *ret_receipt = f->page.receipt;
    return BODY_END;
}

/* What is there at once is an answer with a length. That there is nothing is told at an even time; how long a look
 * passed over what is hidden shows where that takes longer than one step. */
static void reply_page(struct following *f, void (*write)(const struct feed_page *page, struct buf *out))
{
    BUF_CLEANUP struct buf body = {0};
    struct fault fault;
    store_feed_unwait(f->wait);
    f->wait = NULL;
    int error = f->page.n ? 0 : log_query(f->r, 200, true, &fault);
    if (error) {
        reply_fault(f->r, &fault, NULL);
        following_done(f, false);
        return;
    }
    write(&f->page, &body);
    if (f->page.n_receipts) {
        reply_banner(f->r, f->page.banner);
        reply_records(f->r, 200, "application/json", &body, f->page.receipt, following_done, f);
        return;
    }
    if (!f->page.n)
        request_even_out(f->r);
    reply_json(f->r, 200, buf_view(&body));
    following_done(f, true);
}

static int read_after(struct request *r, struct feed_query *query, struct fault *fault)
{
    if (str_is(query_text(r, "after"), "latest")) {
        query->after = FEED_LATEST;
        return 0;
    }
    return query_number(r, "after", FEED_POSITION_MAX, &query->after, fault);
}

static int read_type(struct request *r, struct feed_query *query, struct fault *fault)
{
    struct str text = query_text(r, "type");
    if (!text.p)
        return 0;
    query->type = record_type_find(text);
    return query->type ? 0 : fault_set(fault, ERR_BAD_QUERY, "type", "no such record type");
}

static int read_changes_query(struct request *r, struct feed_query *query, int64_t *wait, struct fault *fault)
{
    int64_t limit = CHANGES_DEFAULT;
    int error = query_check(r, fault);
    if (!error)
        error = read_after(r, query, fault);
    if (!error)
        error = query_number(r, "maxResults", CHANGES_MAX, &limit, fault);
    if (!error && !limit)
        error = fault_set(fault, ERR_BAD_QUERY, "maxResults", "expected a number from 1 on");
    if (!error)
        error = query_number(r, "wait", WAIT_MAX, wait, fault);
    if (!error)
        error = read_type(r, query, fault);
    query->limit = (size_t)limit;
    return error;
}

static bool answered_head(struct request *r, const char *content_type)
{
    struct fault fault;
    if (!str_is(request_method(r), "HEAD"))
        return false;
    if (log_query(r, 200, true, &fault))
        reply_fault(r, &fault, NULL);
    else
        reply_head(r, 200, content_type, LENGTH_UNKNOWN);
    return true;
}

#define EMPTY_READS_MAX 16

void feed_reply(struct request *r, const struct feed_query *query,
                void (*write)(const struct feed_page *page, struct buf *out), const char *position_header)
{
    struct fault fault;
    char position[24];
    if (answered_head(r, "application/json"))
        return;
    struct following *f = following_new(r, query, false);
    int error = read_page(f, &fault);
    for (int i = 1; !error && query->limit && i < EMPTY_READS_MAX && !f->page.n && f->page.more; i++) {
        f->query.after = f->page.position;
        error = read_page(f, &fault);
    }
    if (error) {
        reply_fault(r, &fault, NULL);
        following_done(f, false);
        return;
    }
    snprintf(position, sizeof position, "%lld", (long long)f->page.position);
    reply_header(r, position_header, position);
    reply_page(f, write);
}

void feed_changes(struct request *r)
{
    struct feed_query query = {0};
    int64_t wait = 0;
    struct fault fault;
    int error = read_changes_query(r, &query, &wait, &fault);
    if (!error && answered_head(r, "application/json"))
        return;
    struct following *f = error ? NULL : following_new(r, &query, wait > 0);
    bool follows = !error && wait && follows_on(f);
    if (!error && !follows)
        error = read_page(f, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        if (f)
            following_done(f, false);
        return;
    }
    if (!follows && (!wait || f->page.n || f->page.more)) {
        reply_page(f, add_page);
        return;
    }
    if (!follows)
        f->query.after = f->page.position; /* of "latest" */
    f->deadline = clock_monotonic() + wait * INSTANT_SECOND;
    reply_source(r, 200, "application/json",
                 &(struct body_source){.next = changes_next, .done = following_done, .ctx = f, .waits = true});
}

/* --- server-sent events (HTML Living Standard, section 9.2) --- */

static void add_event(const struct feed_change *c, struct buf *out)
{
    buf_printf(out, "id: %lld\nevent: %s\ndata: ", (long long)c->position, c->type ? "record" : "notice");
    add_change(c, out);
    buf_z(out, "\n\n");
}

/* A comment: that there is nothing, but somebody. */
static int beat(struct following *f, struct buf *out)
{
    buf_z(out, f->begun ? ":\n\n" : ": events follow\n\n");
    f->begun = true;
    f->deadline = clock_monotonic() + f->heartbeat;
    return 0;
}

static int stream_page(struct following *f, struct buf *out, const struct receipt **ret_receipt)
{
    for (size_t i = 0; i < f->page.n; i++)
        add_event(&f->page.changes[i], out);
    *ret_receipt = f->page.receipt;
    f->deadline = clock_monotonic() + f->heartbeat;
    return request_drains(f->r) ? BODY_END : 0;
}

/* Behind a page that ended the feed: a busy one would look again and again and never find nothing. */
static bool goes_on(struct following *f)
{
    if (!f->ended || request_drains(f->r))
        return false;
    close_page(f, true);
    f->ended = false;
    if (!follows_on(f))
        return false;
    rest(f);
    return true;
}

static int stream_next(void *ctx, struct buf *out, const struct receipt **ret_receipt)
{
    struct following *f = ctx;
    struct fault fault;
    if (!f->begun)
        return beat(f, out);
    if (goes_on(f))
        return BODY_LATER;
    int error = read_page(f, &fault);
    if (error) {
        log_fault(f->api->config.log, "feed.cut", &fault);
        return error;
    }
    f->query.after = f->page.position;
    if (f->page.n)
        return stream_page(f, out, ret_receipt);
    if (f->page.more)
        return 0;
    if (request_drains(f->r))
        return BODY_END;
    if (clock_monotonic() >= f->deadline)
        return beat(f, out);
    park(f);
    return BODY_LATER;
}

/* A client that has lost the connection says where it was. */
static int read_last_event(struct request *r, struct feed_query *query, struct fault *fault)
{
    struct str text = request_header(r, "Last-Event-ID");
    if (text.n && !read_digits(text, FEED_POSITION_MAX, &query->after))
        return fault_set(fault, ERR_BAD_QUERY, "Last-Event-ID", "expected a position");
    return 0;
}

static int read_stream_query(struct request *r, struct feed_query *query, struct fault *fault)
{
    int error = query_check(r, fault);
    if (!error)
        error = read_after(r, query, fault);
    if (!error)
        error = read_last_event(r, query, fault);
    if (!error)
        error = read_type(r, query, fault);
    query->limit = STREAM_CHANGES;
    return error;
}

/* A position that is none is told as an answer; "latest" is where the stream begins. */
static int find_start(struct following *f, struct fault *fault)
{
    struct feed_query query = f->query;
    f->query.limit = query.after == FEED_LATEST ? query.limit : 0;
    int error = with_fresh_registers(f->r, read_step, f, fault);
    f->query.limit = query.limit;
    if (!error && query.after == FEED_LATEST)
        f->query.after = f->page.position;
    return error ? error : log_query(f->r, 200, true, fault);
}

void feed_stream(struct request *r)
{
    struct feed_query query = {0};
    struct fault fault;
    int error = read_stream_query(r, &query, &fault);
    if (!error && answered_head(r, "text/event-stream"))
        return;
    struct following *f = error ? NULL : following_new(r, &query, true);
    if (!error)
        error = find_start(f, &fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        if (f)
            following_done(f, false);
        return;
    }
    f->heartbeat = api_limits(f->api).heartbeat;
    reply_source(r, 200, "text/event-stream",
                 &(struct body_source){.next = stream_next, .done = following_done, .ctx = f, .waits = true});
}
