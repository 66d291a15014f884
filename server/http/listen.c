/* The listening socket and the thread that accepts. libmicrohttpd could do both, but it cannot be told to stop
 * accepting without a race between the caller and its threads that ends the process (MHD_quiesce_daemon with a pool of
 * threads). */
#include "http_internal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTEN_BACKLOG 1024
#define SHORTAGE_MILLISECONDS 100

static int bad_address(const struct http_config *c, const char *why, struct fault *f)
{
    return fault_set(f, ERR_BAD_CONFIG, "server.address", "%s port %u: %s", c->address, c->port, why);
}

static int bind_to(const struct http_config *c, const struct addrinfo *a, int *ret, struct fault *f)
{
    int on = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return bad_address(c, strerror(errno), f);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 || listen(fd, LISTEN_BACKLOG) != 0) {
        int rc = bad_address(c, strerror(errno), f);
        close(fd);
        return rc;
    }
    *ret = fd;
    return 0;
}

static unsigned bound_port(int fd)
{
    struct sockaddr_storage a = {0};
    socklen_t n = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &n) != 0)
        return 0;
    in_port_t port;
    memcpy(&port,
           (const char *)&a + (a.ss_family == AF_INET6 ? offsetof(struct sockaddr_in6, sin6_port)
                                                       : offsetof(struct sockaddr_in, sin_port)),
           sizeof port);
    return ntohs(port);
}

int listener_open(struct http_server *s, struct fault *f)
{
    const struct http_config *c = &s->config;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
    struct addrinfo *found;
    char port[12];
    snprintf(port, sizeof port, "%u", c->port);
    if (getaddrinfo(c->address, port, &hints, &found) != 0)
        return bad_address(c, "expected a numeric IPv4 or IPv6 address", f);
    int rc = bind_to(c, found, &s->listener.fd, f);
    freeaddrinfo(found);
    if (!rc)
        s->listener.port = bound_port(s->listener.fd);
    return rc;
}

/* Nonblocking: one of several poll results may be stale. True unless the system is short of something. */
static bool accept_one(struct http_server *s)
{
    struct sockaddr_storage from;
    socklen_t n = sizeof from;
    int fd = accept4(s->listener.fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        MHD_add_connection(s->daemon, fd, (struct sockaddr *)&from, n); /* closes fd on failure */
        return true;
    }
    return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
}

/* With no file left the listener stays readable: look again a little later, and say so once. */
static void *accept_all(void *arg)
{
    struct http_server *s = arg;
    struct pollfd both[] = {{.fd = s->listener.stop, .events = POLLIN}, {.fd = s->listener.fd, .events = POLLIN}};
    bool short_before = false;
    while (poll(both, 2, -1) < 0 || !both[0].revents) {
        bool shortage = !accept_one(s);
        if (shortage && !short_before)
            log_event(s->log, ERROR_LEVEL_WARNING, "http.cannot_accept", "reason", "no files or memory", NULL);
        if (shortage)
            poll(both, 1, SHORTAGE_MILLISECONDS);
        short_before = shortage;
    }
    return NULL;
}

bool listener_start(struct http_server *s)
{
    s->listener.stop = eventfd(0, EFD_CLOEXEC);
    s->listener.accepting = s->listener.stop >= 0 && pthread_create(&s->listener.thread, NULL, accept_all, s) == 0;
    return s->listener.accepting;
}

/* The kernel refuses from here on, and resets what it had accepted for us. */
void listener_stop(struct http_server *s)
{
    if (s->listener.accepting) {
        eventfd_write(s->listener.stop, 1);
        pthread_join(s->listener.thread, NULL);
        s->listener.accepting = false;
    }
    if (s->listener.stop >= 0)
        close(s->listener.stop);
    if (s->listener.fd >= 0)
        close(s->listener.fd);
    s->listener.fd = s->listener.stop = -1;
}
