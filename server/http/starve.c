/* Handshakes that wait for the client. libmicrohttpd 0.9.75 takes a socket on which anything came during its handshake
 * for readable until the handshake is over, and asks it again and again without a pause: a client that sends one byte
 * and falls silent would cost a whole processor. So the connection is suspended whenever the handshake finds nothing to
 * read, and resumed when the kernel has something. */
#include "http_internal.h"

#include <sys/epoll.h>

#define EVENTS_AT_ONCE 64

static void list_locked(struct http_server *s, struct connection *c)
{
    c->starved_previous = NULL;
    c->starved_next = s->suspended.starved;
    if (c->starved_next)
        c->starved_next->starved_previous = c;
    s->suspended.starved = c;
}

static void resume_locked(struct http_server *s, struct connection *c)
{
    if (c->starved_previous)
        c->starved_previous->starved_next = c->starved_next;
    else
        s->suspended.starved = c->starved_next;
    if (c->starved_next)
        c->starved_next->starved_previous = c->starved_previous;
    epoll_ctl(s->suspended.handshakes, EPOLL_CTL_DEL, c->fd, NULL);
    MHD_resume_connection(c->mhd);
}

/* What comes between the look and this is reported at once: the events are of a level. Where the kernel has no room for
 * one more, the handshake goes on as the library has it. */
void connection_starved(void *ctx)
{
    struct connection *c = ctx;
    struct http_server *s = c->server;
    struct epoll_event more = {.events = EPOLLIN | EPOLLRDHUP, .data.ptr = c};
    pthread_mutex_lock(&s->suspended.lock);
    if (!s->suspended.closed && epoll_ctl(s->suspended.handshakes, EPOLL_CTL_ADD, c->fd, &more) == 0) {
        MHD_suspend_connection(c->mhd);
        list_locked(s, c);
    }
    pthread_mutex_unlock(&s->suspended.lock);
}

void starved_attend(struct http_server *s)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    pthread_mutex_lock(&s->suspended.lock);
    int n = epoll_wait(s->suspended.handshakes, events, EVENTS_AT_ONCE, 0);
    for (int i = 0; i < n; i++)
        resume_locked(s, events[i].data.ptr);
    pthread_mutex_unlock(&s->suspended.lock);
}

void starved_resume_all_locked(struct http_server *s)
{
    while (s->suspended.starved)
        resume_locked(s, s->suspended.starved);
}
