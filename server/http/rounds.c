/* What libmicrohttpd 0.9.75 finds instead of the C library's: the executable's own come first.
 *
 * It takes events in rounds of 128 (MAX_EVENTS). After a round that was full it asks for more before it serves any of
 * them, and waits as long as it would with nothing to do: 128 connections whose requests come together are left alone
 * until something else happens, for ever if nobody else is there. A round with room left has no second one. So
 * epoll_wait never fills the room it is given.
 *
 * It corks each connection before a header and pushes what is in it after a body: a call of the kernel for each answer,
 * and an own packet for the header of a longer one. Told that a socket knows no such options it leaves it alone; that
 * little is not sent late is seen to when a connection is accepted (listen.c), that much is sent together when it is
 * encrypted (tls/transport.c). Its threads are those that have called epoll_wait. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Thread_local bool carries;

int epoll_wait(int epoll, struct epoll_event *events, int most, int milliseconds)
{
    carries = true;
    return epoll_pwait(epoll, events, most > 1 ? most - 1 : most, milliseconds, NULL);
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t n)
{
    if (carries && level == IPPROTO_TCP && (option == TCP_CORK || option == TCP_NODELAY)) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return (int)syscall(SYS_setsockopt, fd, level, option, value, n);
}
