/* How many bytes of answers may be in memory: what would make more waits until others have left. Without that, handlers
 * that are faster than the threads that send fill the memory with answers that nobody gets any sooner.
 *
 * An answer counts from before it is made, when its length is guessed, until it has left or its peer's kernel takes no
 * more: so what counts goes away as fast as we send, and a peer that does not read holds up nobody. Only TLS tells of
 * the kernel; the answers of a plain listener fit into it. */
#include "http_internal.h"

/* What a read counts as until its answer is there. */
#define ANSWER_GUESS ((size_t)64 * 1024)

void room_init(struct http_server *s)
{
    struct room *m = &s->room;
    pthread_mutex_init(&m->lock, NULL);
    m->last = &m->first;
    m->most = s->config.limits.answers;
}

void room_destroy(struct http_server *s)
{
    pthread_mutex_destroy(&s->room.lock);
}

static bool has_room(const struct room *m)
{
    return !m->most || m->bytes < m->most;
}

static void count_locked(struct room *m, struct request *r, size_t bytes)
{
    m->bytes += bytes - r->counted;
    r->counted = bytes;
}

static struct request *next_locked(struct room *m)
{
    struct request *r = (struct request *)m->first;
    if (!r || !has_room(m))
        return NULL;
    m->first = r->job.next;
    if (!m->first)
        m->last = &m->first;
    m->n_waiting--;
    count_locked(m, r, ANSWER_GUESS);
    return r;
}

/* Those that have room now go to the workers. With the lock held: whoever is out of the queue when room_end comes is
 * with the workers, who stop only after that. */
static void let_in_locked(struct http_server *s)
{
    for (struct request *r; (r = next_locked(&s->room));)
        work_push(s->work, &r->job, r->job.admitted);
}

bool room_take(struct request *r)
{
    struct room *m = &r->server->room;
    pthread_mutex_lock(&m->lock);
    bool room = has_room(m);
    if (room)
        count_locked(m, r, ANSWER_GUESS);
    pthread_mutex_unlock(&m->lock);
    return room;
}

/* Without the piece that it has sent: who waits holds nothing. */
static void wait_locked(struct room *m, struct request *r, bool admitted)
{
    buf_free(&r->answer.body);
    r->answer.sent = 0;
    r->job.next = NULL;
    r->job.admitted = admitted;
    *m->last = &r->job;
    m->last = &r->job.next;
    m->n_waiting++;
}

bool room_await(struct request *r, bool admitted)
{
    struct room *m = &r->server->room;
    pthread_mutex_lock(&m->lock);
    bool waits = !has_room(m);
    if (waits)
        wait_locked(m, r, admitted);
    else
        count_locked(m, r, ANSWER_GUESS);
    pthread_mutex_unlock(&m->lock);
    return waits;
}

void room_count(struct request *r, size_t bytes)
{
    struct room *m = &r->server->room;
    if (r->counted == bytes)
        return;
    pthread_mutex_lock(&m->lock);
    count_locked(m, r, bytes);
    let_in_locked(r->server);
    pthread_mutex_unlock(&m->lock);
}

void room_counters(struct http_server *s, struct http_counters *ret)
{
    pthread_mutex_lock(&s->room.lock);
    ret->answer_bytes = s->room.bytes;
    ret->delayed = s->room.n_waiting;
    pthread_mutex_unlock(&s->room.lock);
}

void room_end(struct http_server *s)
{
    pthread_mutex_lock(&s->room.lock);
    s->room.most = 0;
    let_in_locked(s);
    pthread_mutex_unlock(&s->room.lock);
}
