#include "lane.h"

#include "condition.h"
#include "memory.h"
#include "record_find.h"

#include <unistd.h>

/* While one lane reads, the next reads gather: another is woken only if there is work for it. More lanes than
 * processors would make groups smaller and nothing faster. */
#define LANES_MIN 2
#define LANES_MAX 8
#define LANE_WORTH 500       /* microseconds of reads that are worth a lane */
#define LANE_WAITING_MAX 256 /* reads in the queue: what is more waits for a worker, which sheds load */
#define LANE_STATEMENT_MS 50 /* what takes longer goes on by itself: others wait behind it */
#define LANE_GROUP_MAX 32    /* reads in one round trip */
#define LANE_TAKE_MS 1000    /* waiting for a connection: each lane has one */

struct lanes {
    struct store *store;
    struct pg_pool *pool;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    struct lane_read *first, **last;
    size_t waiting;
    unsigned idle, busy;
    uint64_t cost; /* of what waits and what is being read */
    bool woken;    /* an idle lane is on its way and takes what has come meanwhile */
    bool stopping;
    unsigned n;
    pthread_t threads[LANES_MAX];
};

/* --- the queue --- */

/* With the mutex held, after something has come or gone. */
static bool wants_lane(struct lanes *l)
{
    bool wants = l->first && l->idle && !l->woken && l->cost >= (uint64_t)l->busy * LANE_WORTH;
    l->woken = l->woken || wants;
    return wants;
}

bool lane_push(struct lanes *l, struct lane_read *read)
{
    pthread_mutex_lock(&l->mutex);
    bool room = !l->stopping && l->waiting < LANE_WAITING_MAX;
    if (room) {
        read->next = NULL;
        *l->last = read;
        l->last = &read->next;
        l->waiting++;
        l->cost += read->cost;
    }
    bool wake = room && wants_lane(l);
    pthread_mutex_unlock(&l->mutex);
    if (wake)
        pthread_cond_signal(&l->wake);
    return room;
}

/* One statement, and who asks it. */
struct lane_question {
    struct lane_group *group;
    struct lane_read *reads; /* several: of records, one each */
    struct sql sql;
};

/* What a lane reads in one round trip. */
struct lane_group {
    struct arena *arena; /* of its questions */
    struct lane_read *reads[LANE_GROUP_MAX];
    struct pg_question questions[LANE_GROUP_MAX];
    struct pg_inquiry inquiries[LANE_GROUP_MAX];
    struct disclosing disclosing[LANE_GROUP_MAX];
    size_t n, n_questions, n_inquiries, n_disclosing;
    uint64_t cost;
};
_Static_assert(LANE_GROUP_MAX <= PG_QUESTIONS_MAX, "a group is one round trip");

/* Blocks until there is something. False: all is answered and the store closes. */
static bool take_group(struct lanes *l, struct lane_group *g)
{
    pthread_mutex_lock(&l->mutex);
    l->busy -= g->n > 0;
    l->cost -= g->cost;
    g->n = g->n_questions = g->n_inquiries = g->n_disclosing = g->cost = 0;
    arena_reset(g->arena);
    l->idle++;
    while (!l->first && !l->stopping)
        pthread_cond_wait(&l->wake, &l->mutex);
    l->idle--;
    for (; l->first && g->n < LANE_GROUP_MAX; l->first = l->first->next) {
        g->cost += l->first->cost;
        g->reads[g->n++] = l->first;
    }
    if (!l->first)
        l->last = &l->first;
    l->waiting -= g->n;
    l->busy += g->n > 0;
    l->woken = false;
    bool wake = wants_lane(l);
    pthread_mutex_unlock(&l->mutex);
    if (wake)
        pthread_cond_signal(&l->wake);
    return g->n > 0;
}

/* --- a group --- */

static struct pg_identity identity_of(const struct lane_read *read)
{
    return (struct pg_identity){.class = class_id(read->class),
                                .epoch = registry_epoch(read->reading->registry),
                                .now = read->reading->now,
                                .partner = class_partner(read->class),
                                .principal = read->reading->principal};
}

/* A class is of one partner and one epoch. */
static bool same_identity(const struct lane_read *a, const struct lane_read *b)
{
    return a->class == b->class && str_eq(a->reading->principal, b->reading->principal);
}

static bool same_question(const struct lane_read *a, const struct lane_read *b)
{
    return !a->sql && !b->sql && a->type == b->type && same_identity(a, b) &&
           record_find_together(a->type, a->id, b->id);
}

static void ask_for_records(struct lane_question *q, size_t n)
{
    struct uuid *ids = arena_array(q->group->arena, n, sizeof *ids);
    n = 0;
    for (const struct lane_read *read = q->reads; read; read = read->next)
        ids[n++] = read->id;
    q->sql.args.arena = q->group->arena;
    record_find_statement(&q->sql, q->reads->type, ids, n);
}

/* To begin a statement costs many times what one record more does: those of a partition are one question. What is
 * taken leaves NULL. */
static void add_question(struct lane_group *g, size_t at, struct pg_inquiry *inquiry)
{
    const struct lane_read *first = g->reads[at];
    struct lane_question *q = arena_alloc(g->arena, sizeof *q);
    struct lane_read **end = &q->reads;
    size_t n = 0;
    for (size_t i = at; i < g->n; i++) {
        struct lane_read *read = g->reads[i];
        if (i != at && !(read && same_question(first, read)))
            continue;
        if (read->reading->now > inquiry->identity.now)
            inquiry->identity.now = read->reading->now;
        *end = read;
        end = &read->next;
        g->reads[i] = NULL;
        n++;
    }
    *end = NULL;
    q->group = g;
    if (!first->sql)
        ask_for_records(q, n);
    g->questions[g->n_questions++] = (struct pg_question){first->sql ? first->sql : sql_text(&q->sql),
                                                          first->sql ? first->args : &q->sql.args, first->sight, q};
    inquiry->n++;
}

/* What the reads from `at` on have in common with it goes behind one identity, at the latest of their times: the class
 * holds at each of them, and so it does between. */
static void add_inquiry(struct lane_group *g, size_t at)
{
    const struct lane_read *first = g->reads[at];
    struct pg_inquiry *inquiry = &g->inquiries[g->n_inquiries++];
    *inquiry = (struct pg_inquiry){.identity = identity_of(first), .questions = &g->questions[g->n_questions]};
    for (size_t i = at; i < g->n; i++)
        if (g->reads[i] && same_identity(first, g->reads[i]))
            add_question(g, i, inquiry);
}

static int row_of(const struct lane_read *read, const struct pg_result *rows)
{
    for (int i = 0; i < pg_rows(rows); i++) {
        struct uuid id = pg_uuid(rows, i, COLUMN_ID);
        if (memcmp(id.bytes, read->id.bytes, sizeof id.bytes) == 0)
            return i;
    }
    return -1;
}

static void take(void *ctx, struct pg_result *rows)
{
    struct lane_question *q = ctx;
    PG_RESULT_CLEANUP struct pg_result *answer = rows;
    struct lane_group *g = q->group;
    for (struct lane_read *read = q->reads, *next; read; read = next) {
        int row = answer && !read->sql ? row_of(read, answer) : -1;
        next = read->next;
        /* from here on it may be gone */
        g->n_disclosing += read->take(read->ctx, answer, row, &g->disclosing[g->n_disclosing]);
    }
    sql_free(&q->sql);
}

static void read_group(struct lanes *l, struct lane_group *g)
{
    PG_CLEANUP struct pg *c = NULL;
    for (size_t i = 0; i < g->n; i++)
        if (g->reads[i])
            add_inquiry(g, i);
    if (pg_take(l->pool, &c, NULL) == 0)
        pg_read_all(c, g->inquiries, g->n_inquiries, take);
    else
        for (size_t i = 0; i < g->n_questions; i++)
            take(g->questions[i].ctx, NULL);
    atomic_fetch_add(&l->store->counters.reads, g->n);
}

static void disclose_group(struct lanes *l, const struct lane_group *g)
{
    int error = g->n_disclosing ? disclose_later(l->store, g->disclosing, g->n_disclosing, NULL) : 0;
    for (size_t i = 0; error && i < g->n_disclosing; i++)
        g->disclosing[i].done(g->disclosing[i].ctx, error);
}

static void *run(void *ctx)
{
    struct lanes *l = ctx;
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct lane_group group = {.arena = arena};
    while (take_group(l, &group)) {
        read_group(l, &group);
        disclose_group(l, &group);
    }
    return NULL;
}

/* --- life --- */

static unsigned lanes_wanted(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < LANES_MIN)
        return LANES_MIN;
    return processors > LANES_MAX ? LANES_MAX : (unsigned)processors;
}

int lanes_start(struct store *s, unsigned connect_seconds, struct lanes **ret, struct fault *fault)
{
    struct lanes *l = memory_zeroed(sizeof *l);
    unsigned wanted = lanes_wanted();
    l->store = s;
    l->last = &l->first;
    /* Silent: whatever fails is repeated by a worker, which tells. */
    l->pool = pg_pool_new(&(struct pg_config){.conninfo = s->conninfo,
                                              .role = PG_READER,
                                              .connections = wanted,
                                              .statement_ms = LANE_STATEMENT_MS,
                                              .connect_seconds = connect_seconds,
                                              .take_ms = LANE_TAKE_MS});
    pthread_mutex_init(&l->mutex, NULL);
    condition_init(&l->wake);
    while (l->n < wanted && pthread_create(&l->threads[l->n], NULL, run, l) == 0)
        l->n++;
    if (l->n < wanted) {
        lanes_stop(l);
        return fault_set(fault, ERR_INTERNAL, "", "no thread for reads");
    }
    *ret = l;
    return 0;
}

void lanes_stop(struct lanes *l)
{
    if (!l)
        return;
    pthread_mutex_lock(&l->mutex);
    l->stopping = true;
    pthread_cond_broadcast(&l->wake);
    pthread_mutex_unlock(&l->mutex);
    for (unsigned i = 0; i < l->n; i++)
        pthread_join(l->threads[i], NULL);
    pg_pool_free(l->pool);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->mutex);
    free(l);
}
