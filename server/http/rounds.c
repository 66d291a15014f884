/* libmicrohttpd 0.9.75 takes events in rounds of 128 (MAX_EVENTS). After a round that was full it asks for more before
 * it serves any of them, and waits as long as it would with nothing to do: 128 connections whose requests come together
 * are left alone until something else happens, for ever if nobody else is there. A round with room left has no second
 * one. So the executable's epoll_wait, which the library finds before the C library's, never fills the room it is
 * given. */
#include <stddef.h>
#include <sys/epoll.h>

int epoll_wait(int epoll, struct epoll_event *events, int most, int milliseconds)
{
    return epoll_pwait(epoll, events, most > 1 ? most - 1 : most, milliseconds, NULL);
}
