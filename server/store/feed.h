/* The feed inside of the store: what a principal's feed knows, how it looks for more, and who waits for it.
 *
 * A feed is a durable list of entries, numbered by themselves. Whatever its principal comes to see is written down
 * once, and positions are places in that list: they tell of nothing that the principal did not see. */
#pragma once
#include "entries.h"
#include "internal.h"

#include <pthread.h>
#include <stdatomic.h>

/* What was visible when the feed began is numbered from 1 on, when somebody asks for it; what came after it, from here
 * on. Both are below 2^53. */
#define FEED_NEWS (INT64_C(1) << 40)

#define FEED_LOOK_ROWS 2000 /* of each kind that one look finds; how many it passes over: limits.look_records */

/* Up to where a label's records are in the feed, if not up to the mark. */
struct behind {
    int32_t label;
    int64_t through;
};

/* A row of feed_reader; everything in arena. */
struct feed_state {
    struct arena *arena;
    int64_t version, begun, history, mark;
    instant due_at;
    int64_t due_seq;
    int64_t notices_begun, notices, notices_again;
    struct str bits, waits;
    int32_t *delays; /* seconds */
    size_t n_delays;
    int32_t labels;
    struct behind *behind;
    size_t n_behind;
    int64_t last_history, last;
    int64_t told_history; /* position of the last notice of history that is an entry; 0: none */
};

/* A run of entries that are written together. */
struct feed_run {
    char source; /* as feed_entry has it */
    const struct feed_entry *entries;
    size_t n;
    int64_t position; /* of the first */
};

#define FEED_RECENT 1024 /* entries remembered, so that followers need not read them again */

/* One principal's feed in this process. `lock` is held through a look: two readers of one principal follow each other.
 * Other processes may write to the same feed: the version of the row decides. */
struct feed {
    char *principal;
    unsigned refs; /* under the hub's lock */
    struct feed *next;
    pthread_mutex_t lock;
    struct feed_state *state; /* NULL: to be loaded */
    bool settled;             /* the last look left nothing behind */
    atomic_ullong begun;      /* looks; read without the lock */
    unsigned long long done;  /* the last that came to its end, by that number */
    int64_t tail;             /* where the last run of source 'm' begins, if it may grow; 0: none */
    int64_t tail_n;
    struct arena *recent_arena;
    struct feed_entry *recent; /* the entries before state->last */
    size_t n_recent;
    /* As of the last look, for waking; under the hub's lock. */
    struct arena *seen_arena; /* NULL: not known */
    struct str seen_bits, seen_partner;
    int32_t seen_labels;
    instant seen_until; /* when what is visible may change by itself */
    bool seen_waits;
    int64_t looks_at; /* monotonic: when news are not enough any more */
    int64_t followed; /* the end of the feed if that look came to the present, and what it saw does not wait; else 0 */
    bool called;      /* something else than news has happened since it began */
    enum feed_concern {
        FEED_NOT_CONCERNED,
        FEED_HAS_NEWS,
        FEED_HAS_MORE
    } concern; /* while the waits are gone through */
};

/* --- feed_state.c --- */
void feed_state_free(struct feed_state *state); /* accepts NULL */
/* A copy to be changed, with room for `more` labels behind. */
struct feed_state *feed_state_copy(const struct feed_state *from, size_t more);
int32_t feed_delay(const struct feed_state *state, int32_t label); /* seconds; 0 for none */
bool feed_sees(struct str bits, int32_t label);
/* With the feed's lock held: what was written last, so that followers need not read it; and nothing any more. */
void feed_remember(struct feed *feed, const struct feed_run *runs, size_t n);
void feed_forget(struct feed *feed);
/* NULL in *ret if there is no such feed yet. */
int feed_load(struct store *s, struct str principal, struct feed_state **ret, struct fault *fault);
int feed_create(struct store *s, struct str principal, const struct feed_state *state, struct fault *fault);
enum { FEED_OVERTAKEN = -1 }; /* another process was faster */
/* Writes what differs from `old` and the runs, in one transaction that is durable as soon as any later one is. */
int feed_save(struct store *s, struct str principal, const struct feed_state *old, const struct feed_state *next,
              const struct feed_run *runs, size_t n, struct fault *fault);
/* Where news behind the last entry are written down: where the last run begins, if it may grow by them. */
int64_t feed_news_position(const struct feed *feed);
/* News of a feed whose lock is held and whose state is there. */
struct feed_growth {
    struct feed *feed;
    const struct feed_entry *entries;
    size_t n;
    int64_t mark;
    bool saved;
};
/* Writes down the news of several feeds, in one transaction like feed_save's, and adds them to the feeds' states. Those
 * that are not `saved` were overtaken. After an error nothing is known of any. */
int feed_save_news(struct store *s, struct feed_growth *v, size_t n, struct fault *fault);
/* Leaves out of the entries, which are all records or all notices, those that the feed has. */
int feed_leave_known(struct store *s, struct str principal, struct feed_entry *entries, size_t *n, struct fault *fault);
/* The entries behind *after, at most `most`, in arena; *after moves up to the first one over what retention has
 * dropped, or to `last` if nothing is left before it. */
int feed_entries(struct store *s, struct str principal, int64_t *after, int64_t last, size_t most, struct arena *arena,
                 struct feed_entry **ret, size_t *ret_n, struct fault *fault);
/* Drops what was of records that retention has dropped, and moves that every feed has seen; c is relto_policy's. */
int feed_retire(struct pg *c, instant now, struct fault *fault);

/* --- feed_window.c --- */
/* Where a look stops, so that what it passes over is bounded, hidden or not; INT64_MAX: at the present. */
struct feed_window {
    int64_t seq, history, notices, again;
    instant due_at;
    int64_t due_seq;
};
/* A feed that has just looked is not held up: `far` says that it has not. */
int feed_window(struct store *s, const struct feed_state *state, struct str partner, instant now, bool far,
                struct feed_window *ret, struct fault *fault);
/* The same for records of labels behind. */
int feed_window_behind(struct store *s, int64_t after, int64_t *ret, struct fault *fault);

/* --- feed_look.c --- */
struct feed_looking {
    struct store *s;
    struct feed *feed;
    const struct reading *reading;
    bool officer;
};
/* With the feed's lock held: sees that the feed's state is there. */
int feed_open(const struct feed_looking *l, struct fault *fault);
/* One look for what has become visible; with `history`, also for older records, if nothing newer is left behind. */
int feed_look(const struct feed_looking *l, bool history, struct fault *fault);

/* --- feed_news.c --- */
struct feed_news_row {
    int64_t seq;
    instant t;
    const struct record_type *type; /* NULL: not one that this daemon knows */
    int32_t label;
};
/* What was posted, and moved to another label, last: all records with from < seq <= through, hidden or not, each list
 * in order. From here followers are told which keys to ask row-level security for, and nothing else. */
struct feed_news {
    int64_t from, through;
    struct feed_news_row *posted, *moved;
    size_t n_posted, n_moved, posted_room, moved_room;
};
/* Takes in what was committed since, or begins anew if that is too much. */
int feed_news_refresh(struct store *s, struct feed_news *news, struct fault *fault);
void feed_news_free(struct feed_news *news);

/* --- feed_wait.c --- */
/* Who waits and stands at the end of its feed need not look for itself: it follows, and a round (feed_round.c) makes
 * its page. */
enum feed_standing {
    FEED_READS,   /* or waits to be woken for it */
    FEED_FOLLOWS, /* waits for a page */
    FEED_SERVED,  /* a page is being made */
    FEED_READY,   /* it is there */
    FEED_TAKEN,   /* and was taken: what happens until it follows again is remembered */
    FEED_LEFT     /* nobody waits any more, and the round frees it */
};

/* Guarded by the hub's lock; what a page is made of belongs to the round while FEED_SERVED. */
struct feed_wait {
    struct feed_hub *hub;
    struct feed *feed;
    void (*wake)(void *ctx);
    void *ctx;
    bool woken;               /* since it was read the last time, */
    bool for_more;            /* not only for news, */
    unsigned long long begun; /* when so many looks had begun */
    struct feed_wait *next, **self;
    enum feed_standing standing;
    bool due; /* there may be something for it */
    int64_t followed_at;
    int64_t made_at;           /* FEED_READY: since when */
    struct registry *registry; /* a reference, held while the rest is needed */
    struct reading reading;
    char *request_id;
    struct feed_query query;
    struct arena *arena; /* of the page */
    struct feed_page page;
};

/* With the hub's lock held: its reader is to look for itself; there is news that concerns it. */
void feed_wait_wake(struct feed_wait *w);
void feed_wait_news(struct feed_wait *w);
/* How it stands after FEED_SERVED: FEED_READY with a page; FEED_FOLLOWS, there was nothing; FEED_READS, it is to look
 * for itself. */
void feed_wait_served(struct feed_wait *w, enum feed_standing standing);
/* True if the read is answered from what a round has made, or by that there is nothing. */
bool feed_wait_page(struct feed_wait *w, const struct feed_query *query, struct feed_page *ret);

/* --- feed_round.c --- */
/* Makes pages for up to FEED_ROUND of those who follow and are due; false if there was none. */
#define FEED_ROUND 64
bool feed_round(struct feed_hub *hub);

/* --- feed_hub.c --- */
struct feed_hub {
    struct store *s;
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    struct feed *feeds;
    size_t n_feeds, n_idle;
    struct feed_wait *waits;
    bool stopping;
    bool listens;          /* hears all that happens, and has told everybody who waited before */
    bool due;              /* somebody who follows is */
    size_t serving;        /* pages on their way to the disclosure log */
    pthread_cond_t served; /* none is */
    int event;             /* somebody waits, or is due, or it is to stop */
    /* of the thread */
    struct feed_news news;
    struct feed_ear *ear;
};
int feed_hub_start(struct store *s, struct feed_hub **ret, struct fault *fault);
void feed_hub_stop(struct feed_hub *hub); /* accepts NULL */
struct feed *feed_take(struct feed_hub *hub, struct str principal);
void feed_give(struct feed_hub *hub, struct feed *feed); /* accepts NULL */
/* Looks begun before the one who asks now was called to: a later one found what it was called for. `wait` may be NULL.
 */
unsigned long long feed_asked(struct feed *feed, struct feed_wait *wait);
void feed_hub_nudge(struct feed_hub *hub);
/* With the hub's lock held: whether news are all that can have come behind the end of the feed. */
bool feed_followed(const struct feed_hub *hub, const struct feed *feed, int64_t end);
/* A look begins; a round has moved the feed's end. */
void feed_hub_looks(struct feed_hub *hub, struct feed *feed);
void feed_hub_grown(struct feed_hub *hub, struct feed *feed);
/* What a look found out of whom to wake this feed's waiters for. */
void feed_hub_seen(struct feed_hub *hub, struct feed *feed, const struct feed_state *state, struct str partner,
                   instant valid_until);
