/* Who waits for their feed, and the one connection that hears what happens (LISTEN). A notification names labels: only
 * those are woken who see one of them, and several notifications wake once. */
#include "feed.h"
#include "memory.h"

#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CHANNEL "relto_feed"
#define COALESCE (INSTANT_SECOND / 40) /* between two wake-ups of everybody concerned */
#define TICK INSTANT_SECOND            /* embargoes, delays and what else time brings */
#define LINGER (10 * INSTANT_SECOND)   /* how long the connection is kept when nobody waits */
#define FEEDS_IDLE 1000                /* remembered although nobody uses them */
#define NEWS_MOST 256                  /* labels in one wake-up; with more, everybody is woken */

struct feed_wait {
    struct feed_hub *hub;
    struct feed *feed;
    void (*wake)(void *ctx);
    void *ctx;
    bool woken;               /* since it was read the last time, */
    unsigned long long begun; /* when so many looks had begun */
    struct feed_wait *next, **self;
};

/* What has happened since the last wake-up. */
struct happened {
    bool all;
    int32_t labels[NEWS_MOST];
    size_t n;
    char partner[64]; /* who has a notice; "" for nobody */
};

struct feed_hub {
    struct store *s;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    struct feed *feeds;
    size_t n_feeds, n_idle;
    struct feed_wait *waits;
    bool stopping;
    int event; /* somebody waits, or it is to stop */
    /* of the thread */
    PGconn *conn;
    struct happened happened;
    int64_t woke, ticked, waited; /* monotonic */
    instant due;
};

/* --- feeds --- */

static struct feed *feed_new(struct str principal)
{
    struct feed *f = memory_zeroed(sizeof *f);
    f->principal = memory_alloc(principal.n + 1);
    memcpy(f->principal, principal.p, principal.n);
    f->principal[principal.n] = '\0';
    pthread_mutex_init(&f->lock, NULL);
    return f;
}

static void feed_free(struct feed *f)
{
    pthread_mutex_destroy(&f->lock);
    feed_state_free(f->state);
    arena_free(f->recent_arena);
    arena_free(f->seen_arena);
    free(f->principal);
    free(f);
}

/* With the lock held: makes room by one feed that nobody uses. */
static void drop_idle(struct feed_hub *hub)
{
    struct feed **at = &hub->feeds, **last = NULL;
    for (; *at; at = &(*at)->next)
        if (!(*at)->refs)
            last = at;
    if (hub->n_idle <= FEEDS_IDLE || !last)
        return;
    struct feed *gone = *last;
    *last = gone->next;
    hub->n_idle--;
    feed_free(gone);
}

struct feed *feed_take(struct feed_hub *hub, struct str principal)
{
    pthread_mutex_lock(&hub->lock);
    struct feed *f = hub->feeds;
    while (f && !str_is(principal, f->principal))
        f = f->next;
    if (!f) {
        f = feed_new(principal);
        f->next = hub->feeds;
        hub->feeds = f;
        hub->n_idle++;
    }
    hub->n_idle -= f->refs == 0;
    f->refs++;
    pthread_mutex_unlock(&hub->lock);
    return f;
}

void feed_give(struct feed_hub *hub, struct feed *feed)
{
    if (!feed)
        return;
    pthread_mutex_lock(&hub->lock);
    if (--feed->refs == 0) {
        hub->n_idle++;
        drop_idle(hub);
    }
    pthread_mutex_unlock(&hub->lock);
}

/* --- waiting --- */

static void nudge(struct feed_hub *hub)
{
    uint64_t one = 1;
    while (write(hub->event, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

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
        nudge(hub);
    return w;
}

void store_feed_unwait(struct feed_wait *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->hub->lock);
    *w->self = w->next;
    if (w->next)
        w->next->self = w->self;
    pthread_mutex_unlock(&w->hub->lock);
    feed_give(w->hub, w->feed);
    free(w);
}

/* --- waking --- */

/* With the lock held. */
static void wake(struct feed_wait *w)
{
    w->begun = atomic_load(&w->feed->begun);
    w->woken = true;
    w->wake(w->ctx);
}

unsigned long long feed_asked(struct feed *feed, struct feed_wait *wait)
{
    unsigned long long begun = atomic_load(&feed->begun);
    if (!wait)
        return begun;
    pthread_mutex_lock(&wait->hub->lock);
    if (wait->woken)
        begun = wait->begun;
    wait->woken = false;
    pthread_mutex_unlock(&wait->hub->lock);
    return begun;
}

static void wake_feed(struct feed_hub *hub, const struct feed *feed)
{
    for (struct feed_wait *w = hub->waits; w; w = w->next)
        if (w->feed == feed)
            wake(w);
}

/* What happened between a look and this was compared with what the feed saw before the look. */
void feed_hub_seen(struct feed_hub *hub, struct feed *feed, const struct feed_state *state, struct str partner,
                   instant valid_until)
{
    pthread_mutex_lock(&hub->lock);
    bool same = feed->seen_arena && str_eq(feed->seen_bits, state->bits) && str_eq(feed->seen_partner, partner);
    if (!same) {
        arena_free(feed->seen_arena);
        feed->seen_arena = arena_new();
        feed->seen_bits = arena_str(feed->seen_arena, state->bits);
        feed->seen_partner = arena_str(feed->seen_arena, partner);
    }
    feed->seen_labels = state->labels;
    feed->seen_until = valid_until;
    feed->seen_waits = state->n_delays != 0;
    if (!same)
        wake_feed(hub, feed);
    pthread_mutex_unlock(&hub->lock);
}

static bool concerns(const struct happened *h, const struct feed *feed)
{
    if (h->all || !feed->seen_arena || (h->partner[0] && str_is(feed->seen_partner, h->partner)))
        return true;
    for (size_t i = 0; i < h->n; i++)
        if (h->labels[i] >= feed->seen_labels || feed_sees(feed->seen_bits, h->labels[i]))
            return true;
    return false;
}

static void wake_concerned(struct feed_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    for (struct feed_wait *w = hub->waits; w; w = w->next)
        if (concerns(&hub->happened, w->feed))
            wake(w);
    pthread_mutex_unlock(&hub->lock);
    hub->happened = (struct happened){0};
    hub->woke = clock_monotonic();
}

/* --- what happens --- */

static bool any(const struct happened *h)
{
    return h->all || h->n || h->partner[0];
}

static void add_label(struct happened *h, int32_t label)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->labels[i] == label)
            return;
    if (h->n == NEWS_MOST)
        h->all = true;
    else
        h->labels[h->n++] = label;
}

static void add_partner(struct happened *h, const char *partner)
{
    if (strlen(partner) >= sizeof h->partner || (h->partner[0] && strcmp(h->partner, partner) != 0))
        h->all = true;
    else
        snprintf(h->partner, sizeof h->partner, "%s", partner);
}

/* Labels separated by commas, "n" and a partner, or anything else: then it may concern everybody. */
static void add_payload(struct happened *h, const char *text)
{
    char *end;
    if (*text == 'n') {
        add_partner(h, text + 1);
        return;
    }
    do {
        long label = strtol(text, &end, 10);
        if (end == text || label < 0 || label > INT32_MAX || (*end && *end != ',')) {
            h->all = true;
            return;
        }
        add_label(h, (int32_t)label);
        text = end + 1;
    } while (*end);
}

/* Embargoes that have ended since the last time. */
static void look_at_embargoes(struct feed_hub *hub, instant now)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    struct fault fault;
    instant from = hub->due < now ? hub->due : now;
    pg_arg_instant(&args, from);
    pg_arg_instant(&args, now);
    if (pg_take(hub->s->feeds, &c, &fault) || pg_exec(c, "SELECT label_id FROM feed_due($1, $2)", &args, &r, &fault))
        return;
    for (int i = 0; i < pg_rows(r); i++)
        add_label(&hub->happened, pg_i32(r, i, 0));
    hub->due = now;
}

static void wake_by_time(struct feed_hub *hub, instant now)
{
    pthread_mutex_lock(&hub->lock);
    for (struct feed_wait *w = hub->waits; w; w = w->next)
        if (w->feed->seen_waits || w->feed->seen_until <= now)
            wake(w);
    pthread_mutex_unlock(&hub->lock);
}

static void tick(struct feed_hub *hub)
{
    instant now = clock_now(hub->s->clock);
    hub->ticked = clock_monotonic();
    look_at_embargoes(hub, now);
    wake_by_time(hub, now);
}

/* --- the connection --- */

static void hang_up(struct feed_hub *hub)
{
    PQfinish(hub->conn);
    hub->conn = NULL;
}

/* Whatever happened before is not known: everybody looks again. */
static void listen_now(struct feed_hub *hub)
{
    const char *const keys[] = {"dbname", "user", "application_name", "connect_timeout", NULL};
    const char *const values[] = {hub->s->conninfo, "relto_reader", "reltod feed", "5", NULL};
    hub->conn = PQconnectdbParams(keys, values, 1);
    PGresult *r = PQexec(hub->conn, "LISTEN " CHANNEL);
    bool listens = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    if (!listens) {
        hang_up(hub);
        return;
    }
    hub->due = clock_now(hub->s->clock);
    hub->happened.all = true;
}

static void hear(struct feed_hub *hub)
{
    if (!PQconsumeInput(hub->conn)) {
        hang_up(hub);
        return;
    }
    for (PGnotify *n; (n = PQnotifies(hub->conn)) != NULL; PQfreemem(n))
        add_payload(&hub->happened, n->extra);
}

static void await(struct feed_hub *hub, int64_t microseconds)
{
    struct pollfd fds[] = {{.fd = hub->event, .events = POLLIN},
                           {.fd = hub->conn ? PQsocket(hub->conn) : -1, .events = POLLIN}};
    uint64_t events;
    poll(fds, 2, (int)((microseconds + 999) / 1000));
    if (fds[0].revents && read(hub->event, &events, sizeof events) < 0)
        return;
}

/* False if it is to stop. */
static bool anybody(struct feed_hub *hub, bool *ret_waits)
{
    pthread_mutex_lock(&hub->lock);
    bool goes_on = !hub->stopping;
    *ret_waits = hub->waits != NULL;
    pthread_mutex_unlock(&hub->lock);
    return goes_on;
}

/* What has happened is told at once, and then not more often than each COALESCE. */
static int64_t serve(struct feed_hub *hub)
{
    int64_t now = clock_monotonic();
    if (!hub->conn)
        listen_now(hub);
    if (hub->conn)
        hear(hub);
    if (now - hub->ticked >= TICK)
        tick(hub);
    int64_t rest = hub->woke + COALESCE - now;
    if (any(&hub->happened) && rest > 0)
        return rest;
    if (any(&hub->happened))
        wake_concerned(hub);
    return TICK;
}

static void *run(void *ctx)
{
    struct feed_hub *hub = ctx;
    for (bool waits; anybody(hub, &waits);) {
        int64_t now = clock_monotonic();
        hub->waited = waits ? now : hub->waited;
        if (!waits && hub->conn && now - hub->waited >= LINGER)
            hang_up(hub);
        if (waits || hub->conn)
            await(hub, serve(hub));
        else
            await(hub, LINGER);
    }
    PQfinish(hub->conn);
    return NULL;
}

/* --- life --- */

int feed_hub_start(struct store *s, struct feed_hub **ret, struct fault *fault)
{
    struct feed_hub *hub = memory_zeroed(sizeof *hub);
    hub->s = s;
    hub->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&hub->lock, NULL);
    if (hub->event < 0 || pthread_create(&hub->thread, NULL, run, hub) != 0) {
        pthread_mutex_destroy(&hub->lock);
        if (hub->event >= 0)
            close(hub->event);
        free(hub);
        return fault_set(fault, ERR_INTERNAL, "", "no thread for the feed");
    }
    *ret = hub;
    return 0;
}

void feed_hub_stop(struct feed_hub *hub)
{
    if (!hub)
        return;
    pthread_mutex_lock(&hub->lock);
    hub->stopping = true;
    pthread_mutex_unlock(&hub->lock);
    nudge(hub);
    pthread_join(hub->thread, NULL);
    for (struct feed *f = hub->feeds, *next; f; f = next) {
        next = f->next;
        feed_free(f);
    }
    pthread_mutex_destroy(&hub->lock);
    close(hub->event);
    free(hub);
}
