/* Requests whose body has nothing to send yet. They cost no thread: their connections stay suspended until somebody
 * wakes them, their time comes, the peer goes or the server stops. One thread looks after all of them. */
#include "http_internal.h"
#include "memory.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_AT_ONCE 64
#define NOT_PARKED SIZE_MAX

void parking_init(struct parking *p)
{
    pthread_mutex_init(&p->lock, NULL);
    p->peers = p->timer = p->stop = -1;
    p->armed = INT64_MAX;
}

static void close_one(int fd)
{
    if (fd >= 0)
        close(fd);
}

void parking_destroy(struct http_server *s)
{
    struct parking *p = &s->parking;
    close_one(s->suspended.handshakes);
    close_one(p->peers);
    close_one(p->timer);
    close_one(p->stop);
    free(p->heap);
    pthread_mutex_destroy(&p->lock);
}

/* --- a heap: whose time comes first stands first; who waits for a call only stands behind --- */

static void put(struct parking *p, size_t at, struct request *r)
{
    p->heap[at] = r;
    r->parked = at;
}

static void rise(struct parking *p, size_t at, struct request *r)
{
    while (at && p->heap[(at - 1) / 2]->wake_at > r->wake_at) {
        put(p, at, p->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(p, at, r);
}

static void sink(struct parking *p, size_t at, struct request *r)
{
    for (size_t child; (child = 2 * at + 1) < p->n; at = child) {
        if (child + 1 < p->n && p->heap[child + 1]->wake_at < p->heap[child]->wake_at)
            child++;
        if (p->heap[child]->wake_at >= r->wake_at)
            break;
        put(p, at, p->heap[child]);
    }
    put(p, at, r);
}

static void heap_add(struct parking *p, struct request *r)
{
    if (p->n == p->room) {
        p->room = p->room ? 2 * p->room : 64;
        p->heap = memory_resize(p->heap, p->room * sizeof *p->heap);
    }
    rise(p, p->n++, r);
}

static void heap_remove(struct parking *p, struct request *r)
{
    size_t at = r->parked;
    struct request *last = p->heap[--p->n];
    r->parked = NOT_PARKED;
    if (last == r)
        return;
    if (at && p->heap[(at - 1) / 2]->wake_at > last->wake_at)
        rise(p, at, last);
    else
        sink(p, at, last);
}

/* --- parking and waking: with parking.lock held where the name says so --- */

static void arm_locked(struct parking *p, int64_t at)
{
    if (at >= p->armed)
        return;
    int64_t microseconds = at > 0 ? at : 1; /* 0 would disarm it */
    struct itimerspec t = {.it_value = {microseconds / INSTANT_SECOND, microseconds % INSTANT_SECOND * 1000}};
    p->armed = at;
    timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &t, NULL);
}

/* Nobody is parked any more when the workers stop: the job is always taken. */
static void unpark_locked(struct request *r)
{
    struct http_server *s = r->server;
    heap_remove(&s->parking, r);
    epoll_ctl(s->parking.peers, EPOLL_CTL_DEL, r->connection->fd, NULL);
    work_push(s->work, &r->job, false);
}

void request_wake(struct request *r)
{
    struct parking *p = &r->server->parking;
    pthread_mutex_lock(&p->lock);
    r->woken = true;
    if (r->parked != NOT_PARKED)
        unpark_locked(r);
    pthread_mutex_unlock(&p->lock);
}

void request_wake_at(struct request *r, int64_t monotonic)
{
    r->wake_at = monotonic;
}

bool request_drains(const struct request *r)
{
    return atomic_load(&r->server->draining);
}

void request_parking_init(struct request *r)
{
    r->parked = NOT_PARKED;
    r->wake_at = INT64_MAX;
}

void request_unwoken(struct request *r)
{
    struct parking *p = &r->server->parking;
    pthread_mutex_lock(&p->lock);
    r->woken = false;
    r->wake_at = INT64_MAX;
    pthread_mutex_unlock(&p->lock);
}

static int park_locked(struct request *r)
{
    struct http_server *s = r->server;
    struct epoll_event gone = {.events = EPOLLRDHUP, .data.ptr = r};
    if (r->woken || atomic_load(&s->draining))
        return 0;
    if (epoll_ctl(s->parking.peers, EPOLL_CTL_ADD, r->connection->fd, &gone) != 0)
        return ERR_UNAVAILABLE;
    buf_free(&r->answer.body); /* the piece before: memory that nobody needs while it waits */
    heap_add(&s->parking, r);
    arm_locked(&s->parking, r->wake_at);
    return BODY_LATER;
}

int request_park(struct request *r)
{
    struct parking *p = &r->server->parking;
    pthread_mutex_lock(&p->lock);
    int rc = park_locked(r);
    pthread_mutex_unlock(&p->lock);
    return rc;
}

void parking_wake_all(struct http_server *s)
{
    struct parking *p = &s->parking;
    pthread_mutex_lock(&p->lock);
    while (p->n)
        unpark_locked(p->heap[p->n - 1]);
    pthread_mutex_unlock(&p->lock);
}

/* --- the thread --- */

static void wake_due_locked(struct parking *p)
{
    uint64_t expirations;
    if (read(p->timer, &expirations, sizeof expirations) != (ssize_t)sizeof expirations)
        return;
    p->armed = INT64_MAX;
    for (int64_t now = clock_monotonic(); p->n && p->heap[0]->wake_at <= now;)
        unpark_locked(p->heap[0]);
    if (p->n)
        arm_locked(p, p->heap[0]->wake_at);
}

/* What epoll tells under the lock is of requests that are parked now: who is unparked was taken out under it. */
static void attend(struct parking *p)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    pthread_mutex_lock(&p->lock);
    int n = epoll_wait(p->peers, events, EVENTS_AT_ONCE, 0);
    for (int i = 0; i < n; i++)
        if (events[i].data.ptr)
            unpark_locked(events[i].data.ptr);
    wake_due_locked(p);
    pthread_mutex_unlock(&p->lock);
}

static void *attend_all(void *arg)
{
    struct http_server *s = arg;
    struct pollfd all[] = {{.fd = s->parking.stop, .events = POLLIN},
                           {.fd = s->parking.peers, .events = POLLIN},
                           {.fd = s->suspended.handshakes, .events = POLLIN}};
    while (poll(all, 3, -1) < 0 || !all[0].revents) {
        if (all[1].revents)
            attend(&s->parking);
        if (all[2].revents)
            starved_attend(s);
    }
    return NULL;
}

bool parking_start(struct http_server *s)
{
    struct parking *p = &s->parking;
    struct epoll_event due = {.events = EPOLLIN};
    p->peers = epoll_create1(EPOLL_CLOEXEC);
    p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    p->stop = eventfd(0, EFD_CLOEXEC);
    s->suspended.handshakes = epoll_create1(EPOLL_CLOEXEC);
    p->attended = p->stop >= 0 && s->suspended.handshakes >= 0 &&
                  epoll_ctl(p->peers, EPOLL_CTL_ADD, p->timer, &due) == 0 &&
                  pthread_create(&p->thread, NULL, attend_all, s) == 0;
    return p->attended;
}

void parking_stop(struct http_server *s)
{
    struct parking *p = &s->parking;
    if (!p->attended)
        return;
    parking_wake_all(s);
    eventfd_write(p->stop, 1);
    pthread_join(p->thread, NULL);
    p->attended = false;
}
