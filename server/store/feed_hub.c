/* The feeds that are followed, and the one connection that hears what happens (LISTEN). A notification names labels:
 * only those who see one of them are concerned, and several notifications are told as one. */
#include "digest.h"
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
/* Who is served news looks for everything else as often as that, called or not; when exactly is drawn, or all who began
 * to follow at once, as after a start, would look at once again and again and hold up each other's news. */
#define LOOK_LEAST (INSTANT_SECOND + INSTANT_SECOND / 2)
#define LOOK_MORE INSTANT_SECOND
#define LINGER (10 * INSTANT_SECOND) /* how long the connection is kept when nobody waits */
#define FEEDS_IDLE 1000              /* remembered although nobody uses them */
#define NEWS_MOST 256                /* labels in one wake-up; with more, everybody is woken */

/* What has happened since the last wake-up. */
struct happened {
    bool all;
    int32_t labels[NEWS_MOST];
    size_t n;
    char partner[64]; /* who has a notice; "" for nobody */
};

struct feed_ear {
    PGconn *conn;
    struct happened news;         /* records that were posted, or moved to another label */
    struct happened more;         /* whatever else: who is concerned looks for itself */
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

void feed_hub_nudge(struct feed_hub *hub)
{
    uint64_t one = 1;
    while (write(hub->event, &one, sizeof one) < 0 && errno == EINTR)
        ;
}

/* --- waking --- */

static void wake_feed(struct feed_hub *hub, const struct feed *feed)
{
    for (struct feed_wait *w = hub->waits; w; w = w->next)
        if (w->feed == feed)
            feed_wait_wake(w);
}

bool feed_followed(const struct feed_hub *hub, const struct feed *feed, int64_t end)
{
    return hub->listens && feed->followed && feed->followed == end && clock_monotonic() < feed->looks_at &&
           clock_now(hub->s->clock) < feed->seen_until;
}

/* What happens from here on may be more than it finds. */
void feed_hub_looks(struct feed_hub *hub, struct feed *feed)
{
    pthread_mutex_lock(&hub->lock);
    feed->followed = 0;
    feed->called = false;
    pthread_mutex_unlock(&hub->lock);
}

void feed_hub_grown(struct feed_hub *hub, struct feed *feed)
{
    pthread_mutex_lock(&hub->lock);
    if (feed->followed)
        feed->followed = feed->state->last;
    pthread_mutex_unlock(&hub->lock);
}

static int64_t draw_pause(void)
{
    uint32_t drawn;
    random_bytes(&drawn, sizeof drawn);
    return LOOK_LEAST + (int64_t)(drawn % LOOK_MORE);
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
    feed->looks_at = clock_monotonic() + draw_pause();
    feed->followed = same && feed->settled && !feed->called && !state->n_behind && !state->n_delays ? state->last : 0;
    if (!same)
        wake_feed(hub, feed);
    pthread_mutex_unlock(&hub->lock);
}

static bool any(const struct happened *h)
{
    return h->all || h->n || h->partner[0];
}

static bool concerns(const struct happened *h, const struct feed *feed)
{
    if (!any(h))
        return false;
    if (h->all || !feed->seen_arena || (h->partner[0] && str_is(feed->seen_partner, h->partner)))
        return true;
    for (size_t i = 0; i < h->n; i++)
        if (h->labels[i] >= feed->seen_labels || feed_sees(feed->seen_bits, h->labels[i]))
            return true;
    return false;
}

static void find_concerned(struct feed_hub *hub)
{
    const struct feed_ear *ear = hub->ear;
    for (struct feed *f = hub->feeds; f; f = f->next) {
        f->concern = concerns(&ear->more, f)   ? FEED_HAS_MORE
                     : concerns(&ear->news, f) ? FEED_HAS_NEWS
                                               : FEED_NOT_CONCERNED;
        f->called = f->called || f->concern == FEED_HAS_MORE;
    }
}

static void wake_concerned(struct feed_hub *hub)
{
    struct feed_ear *ear = hub->ear;
    pthread_mutex_lock(&hub->lock);
    find_concerned(hub);
    for (struct feed_wait *w = hub->waits; w; w = w->next)
        if (w->feed->concern == FEED_HAS_MORE)
            feed_wait_wake(w);
        else if (w->feed->concern == FEED_HAS_NEWS)
            feed_wait_news(w);
    hub->listens = ear->conn != NULL;
    pthread_mutex_unlock(&hub->lock);
    ear->news = ear->more = (struct happened){0};
}

/* --- what happens --- */

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

/* Labels of records separated by commas, or "*" for too many; "n" and a partner; or anything else, which may concern
 * everybody. */
static void add_payload(struct feed_ear *ear, const char *text)
{
    char *end;
    if (*text == 'n') {
        add_partner(&ear->more, text + 1);
        return;
    }
    if (strcmp(text, "*") == 0) {
        ear->news.all = true;
        return;
    }
    do {
        long label = strtol(text, &end, 10);
        if (end == text || label < 0 || label > INT32_MAX || (*end && *end != ',')) {
            ear->more.all = true;
            return;
        }
        add_label(&ear->news, (int32_t)label);
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
    instant from = hub->ear->due < now ? hub->ear->due : now;
    pg_arg_instant(&args, from);
    pg_arg_instant(&args, now);
    if (pg_take(hub->s->feeds, &c, &fault) || pg_exec(c, "SELECT label_id FROM feed_due($1, $2)", &args, &r, &fault))
        return;
    for (int i = 0; i < pg_rows(r); i++)
        add_label(&hub->ear->more, pg_i32(r, i, 0));
    hub->ear->due = now;
}

static void wake_by_time(struct feed_hub *hub, instant now)
{
    pthread_mutex_lock(&hub->lock);
    for (struct feed_wait *w = hub->waits; w; w = w->next)
        if (w->feed->seen_waits || w->feed->seen_until <= now)
            feed_wait_wake(w);
    pthread_mutex_unlock(&hub->lock);
}

static void tick(struct feed_hub *hub)
{
    instant now = clock_now(hub->s->clock);
    hub->ear->ticked = clock_monotonic();
    look_at_embargoes(hub, now);
    wake_by_time(hub, now);
}

/* --- the connection --- */

static void hang_up(struct feed_hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    hub->listens = false;
    pthread_mutex_unlock(&hub->lock);
    PQfinish(hub->ear->conn);
    hub->ear->conn = NULL;
}

/* Whatever happened before is not known: everybody looks again. */
static void listen_now(struct feed_hub *hub)
{
    const char *const keys[] = {"dbname", "user", "application_name", "connect_timeout", NULL};
    const char *const values[] = {hub->s->conninfo, "relto_reader", "reltod feed", "5", NULL};
    struct feed_ear *ear = hub->ear;
    ear->conn = PQconnectdbParams(keys, values, 1);
    PGresult *r = PQexec(ear->conn, "LISTEN " CHANNEL);
    bool listens = PQresultStatus(r) == PGRES_COMMAND_OK;
    PQclear(r);
    if (!listens) {
        hang_up(hub);
        return;
    }
    struct fault fault;
    ear->due = clock_now(hub->s->clock);
    ear->more.all = true;
    hub->news.through = 0; /* who looks from here on stands where these begin, or behind */
    if (feed_news_refresh(hub->s, &hub->news, &fault))
        hang_up(hub);
}

static void hear(struct feed_hub *hub)
{
    if (!PQconsumeInput(hub->ear->conn)) {
        hang_up(hub);
        return;
    }
    for (PGnotify *n; (n = PQnotifies(hub->ear->conn)) != NULL; PQfreemem(n))
        add_payload(hub->ear, n->extra);
}

/* Until something happens; with `rests`, only what somebody who waits has to say. */
static void await(const struct feed_hub *hub, int64_t microseconds, bool rests)
{
    struct pollfd fds[] = {{.fd = hub->event, .events = POLLIN},
                           {.fd = hub->ear->conn && !rests ? PQsocket(hub->ear->conn) : -1, .events = POLLIN}};
    uint64_t events;
    poll(fds, 2, (int)((microseconds + 999) / 1000));
    if (fds[0].revents && read(hub->event, &events, sizeof events) < 0)
        return;
}

/* False if it is to stop. */
static bool anybody(struct feed_hub *hub, bool *ret_waits, bool *ret_due)
{
    pthread_mutex_lock(&hub->lock);
    bool goes_on = !hub->stopping;
    *ret_waits = hub->waits != NULL;
    *ret_due = hub->due;
    pthread_mutex_unlock(&hub->lock);
    return goes_on;
}

/* What has happened is told at once, and then not more often than each COALESCE. */
static void serve(struct feed_hub *hub, bool due)
{
    struct feed_ear *ear = hub->ear;
    int64_t now = clock_monotonic();
    if (!ear->conn)
        listen_now(hub);
    if (ear->conn)
        hear(hub);
    if (now - ear->ticked >= TICK)
        tick(hub);
    bool happened = any(&ear->news) || any(&ear->more);
    int64_t rest = ear->woke + COALESCE - now;
    if (!happened && !due) {
        await(hub, TICK, false);
        return;
    }
    if (rest > 0) {
        await(hub, rest, true);
        return;
    }
    ear->woke = now;
    if (happened)
        wake_concerned(hub);
    while (feed_round(hub))
        ;
}

static void *run(void *ctx)
{
    struct feed_hub *hub = ctx;
    struct feed_ear *ear = hub->ear;
    for (bool waits, due; anybody(hub, &waits, &due);) {
        int64_t now = clock_monotonic();
        ear->waited = waits ? now : ear->waited;
        if (!waits && ear->conn && now - ear->waited >= LINGER)
            hang_up(hub);
        if (waits || ear->conn)
            serve(hub, due);
        else
            await(hub, LINGER, false);
    }
    PQfinish(ear->conn);
    return NULL;
}

/* --- life --- */

static void hub_free(struct feed_hub *hub)
{
    for (struct feed *f = hub->feeds, *next; f; f = next) {
        next = f->next;
        feed_free(f);
    }
    feed_news_free(&hub->news);
    pthread_cond_destroy(&hub->served);
    pthread_mutex_destroy(&hub->lock);
    if (hub->event >= 0)
        close(hub->event);
    free(hub->ear);
    free(hub);
}

int feed_hub_start(struct store *s, struct feed_hub **ret, struct fault *fault)
{
    struct feed_hub *hub = memory_zeroed(sizeof *hub);
    hub->s = s;
    hub->ear = memory_zeroed(sizeof *hub->ear);
    hub->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&hub->lock, NULL);
    pthread_cond_init(&hub->served, NULL);
    if (hub->event < 0 || pthread_create(&hub->thread, NULL, run, hub) != 0) {
        hub_free(hub);
        return fault_set(fault, ERR_INTERNAL, "", "no thread for the feed");
    }
    *ret = hub;
    return 0;
}

/* Pages that are on their way to the disclosure log come back from it. */
void feed_hub_stop(struct feed_hub *hub)
{
    if (!hub)
        return;
    pthread_mutex_lock(&hub->lock);
    hub->stopping = true;
    pthread_mutex_unlock(&hub->lock);
    feed_hub_nudge(hub);
    pthread_join(hub->thread, NULL);
    pthread_mutex_lock(&hub->lock);
    while (hub->serving)
        pthread_cond_wait(&hub->served, &hub->lock);
    pthread_mutex_unlock(&hub->lock);
    hub_free(hub);
}
