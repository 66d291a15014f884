/* One who waits for a feed: woken to look for itself, or followed by rounds that make its pages. */
#include "feed.h"
#include "memory.h"

#define HEARD (1 * INSTANT_SECOND) /* who follows for longer and reads again wants to know, and looks */
/* A page that waited longer for a worker to take it is read again: the registers may be others by now. */
#define PAGE_FRESH (INSTANT_SECOND / 2)

/* --- waiting --- */

struct feed_wait *store_feed_wait(struct store *s, struct str principal, void (*wake)(void *ctx), void *ctx)
{
    struct feed_hub *hub = s->feed_hub;
    struct feed_wait *w = memory_zeroed(sizeof *w);
    *w = (struct feed_wait){.hub = hub, .feed = feed_take(hub, principal), .wake = wake, .ctx = ctx};
    pthread_mutex_lock(&hub->lock);
    bool first = !hub->waits;
    w->next = hub->waits;
    w->self = &hub->waits;
    if (w->next)
        w->next->self = &w->next;
    hub->waits = w;
    pthread_mutex_unlock(&hub->lock);
    if (first)
        feed_hub_nudge(hub);
    return w;
}

static void wait_free(struct feed_wait *w)
{
    if (w->standing == FEED_READY)
        store_feed_sent(w->hub->s, &w->page, false);
    feed_give(w->hub, w->feed);
    registry_unref(w->registry);
    arena_free(w->arena);
    free(w->request_id);
    free(w);
}

void store_feed_unwait(struct feed_wait *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->hub->lock);
    *w->self = w->next;
    if (w->next)
        w->next->self = w->self;
    bool served = w->standing == FEED_SERVED;
    if (served)
        w->standing = FEED_LEFT;
    pthread_mutex_unlock(&w->hub->lock);
    if (!served)
        wait_free(w);
}

static void wake(struct feed_wait *w)
{
    w->begun = atomic_load(&w->feed->begun);
    w->woken = true;
    w->wake(w->ctx);
}

void feed_wait_wake(struct feed_wait *w)
{
    w->for_more = true;
    wake(w);
}

void feed_wait_news(struct feed_wait *w)
{
    if (w->standing == FEED_READS) {
        wake(w);
        return;
    }
    w->due = true;
    w->hub->due = w->hub->due || w->standing == FEED_FOLLOWS;
}

unsigned long long feed_asked(struct feed *feed, struct feed_wait *wait)
{
    unsigned long long begun = atomic_load(&feed->begun);
    if (!wait)
        return begun;
    pthread_mutex_lock(&wait->hub->lock);
    if (wait->woken)
        begun = wait->begun;
    wait->woken = wait->for_more = false;
    pthread_mutex_unlock(&wait->hub->lock);
    return begun;
}

/* --- following --- */

/* Nobody needs the last page while it waits. */
static void drop_arena(struct feed_wait *w)
{
    arena_free(w->arena);
    w->arena = NULL;
}

static void remember_reading(struct feed_wait *w, const struct reading *reading, const struct feed_query *query)
{
    registry_unref(w->registry);
    w->registry = registry_ref(reading->registry);
    if (!w->request_id) {
        w->request_id = memory_alloc(reading->request_id.n + 1);
        memcpy(w->request_id, reading->request_id.p, reading->request_id.n);
        w->request_id[reading->request_id.n] = '\0';
    }
    w->reading = *reading;
    w->reading.principal = str_of(w->feed->principal);
    w->reading.request_id = str_of(w->request_id);
    w->query = *query;
    drop_arena(w);
}

/* With the hub's lock held. */
static void follow(struct feed_wait *w, const struct reading *reading, const struct feed_query *query)
{
    remember_reading(w, reading, query);
    w->standing = FEED_FOLLOWS;
    w->woken = false;
    w->followed_at = clock_monotonic();
    w->hub->due = w->hub->due || w->due;
}

bool store_feed_follow(struct feed_wait *w, const struct reading *reading, const struct feed_query *query, bool look)
{
    struct feed_hub *hub = w->hub;
    pthread_mutex_lock(&hub->lock);
    bool reads = w->standing == FEED_READS || w->standing == FEED_TAKEN;
    look = look && w->standing == FEED_READS; /* else what came since is remembered */
    bool due = w->due || look, called = look ? w->for_more : w->woken;
    bool follows = !called && !query->type && feed_followed(hub, w->feed, query->after);
    w->due = due;
    if (reads && follows) {
        follow(w, reading, query);
    } else if (reads) {
        w->standing = FEED_READS;
        w->due = false;
        if (due && !look)
            wake(w);
    }
    bool nudges = reads && follows && due;
    pthread_mutex_unlock(&hub->lock);
    if (nudges)
        feed_hub_nudge(hub);
    return follows || !reads;
}

bool feed_wait_page(struct feed_wait *w, const struct feed_query *query, struct feed_page *ret)
{
    struct feed_page stale = {0};
    pthread_mutex_lock(&w->hub->lock);
    bool heard = !w->woken && (w->standing == FEED_TAKEN ||
                               (w->standing == FEED_FOLLOWS && clock_monotonic() - w->followed_at < HEARD));
    bool made = w->standing == FEED_READY, ready = made && clock_monotonic() - w->made_at < PAGE_FRESH;
    if (ready) {
        *ret = w->page;
        w->standing = FEED_TAKEN;
    } else if (heard || w->standing == FEED_SERVED) {
        *ret = (struct feed_page){.position = query->after, .banner = STR("")};
        ready = true;
    } else { /* it looks, and finds what it was to be told of */
        if (made)
            stale = w->page;
        w->standing = FEED_READS;
        w->due = false;
    }
    pthread_mutex_unlock(&w->hub->lock);
    store_feed_sent(w->hub->s, &stale, false);
    return ready;
}

/* The turn lived in the arena: it is over. */
static void serve(struct feed_wait *w, enum feed_standing standing)
{
    w->standing = w->woken && standing == FEED_FOLLOWS ? FEED_READS : standing;
    w->made_at = clock_monotonic();
    if (w->standing != FEED_READY)
        drop_arena(w);
    if (w->standing == FEED_FOLLOWS)
        w->hub->due = w->hub->due || w->due;
    else if (standing == FEED_READY && !w->woken)
        w->wake(w->ctx);
    else
        feed_wait_wake(w);
}

void feed_wait_served(struct feed_wait *w, enum feed_standing standing)
{
    pthread_mutex_lock(&w->hub->lock);
    bool left = w->standing == FEED_LEFT;
    if (!left)
        serve(w, standing);
    else
        w->standing = standing; /* nobody takes a page that is ready */
    pthread_mutex_unlock(&w->hub->lock);
    if (left)
        wait_free(w);
}
