/* The bytes of a connection's records between GnuTLS and the socket, with as few calls of the kernel as it goes. GnuTLS
 * asks for a record's first five bytes and then for the rest; libmicrohttpd sends header and body of an answer as
 * records of their own. */
#include "transport.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define AHEAD 4096 /* bytes: what is asked for more is received where it is wanted */
#define PIECES_MOST 16

static bool is_full(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

/* --- sending --- */

static size_t size_of(const giovec_t *pieces, size_t n)
{
    size_t size = 0;
    for (size_t i = 0; i < n; i++)
        size += pieces[i].iov_len;
    return size;
}

/* What is held goes first. Of the pieces, how much was taken: none if not even what is held was. */
static ssize_t send_all(struct transport *t, const giovec_t *pieces, size_t n, bool more)
{
    struct iovec all[PIECES_MOST + 1] = {{t->held.p, t->held.n}};
    size_t held = t->held.n;
    n = n < PIECES_MOST ? n : PIECES_MOST;
    for (size_t i = 0; i < n; i++)
        all[i + 1] = (struct iovec){pieces[i].iov_base, pieces[i].iov_len};
    struct msghdr message = {.msg_iov = all + !held, .msg_iovlen = n + (held != 0)};
    ssize_t sent = sendmsg(t->fd, &message, MSG_NOSIGNAL | (more ? MSG_MORE : 0));
    if (sent < 0)
        return sent;
    if ((size_t)sent >= held) {
        buf_free(&t->held);
        return sent - (ssize_t)held;
    }
    t->held.n -= (size_t)sent;
    memmove(t->held.p, t->held.p + sent, t->held.n);
    return 0;
}

static void tell_full(struct transport *t, bool full)
{
    if (full == t->is_full)
        return;
    int why = errno;
    t->is_full = full;
    t->full(t->ctx, full);
    errno = why;
}

static ssize_t hold(struct transport *t, const giovec_t *pieces, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_add(&t->held, pieces[i].iov_base, pieces[i].iov_len);
    return (ssize_t)t->held.n;
}

static ssize_t push(gnutls_transport_ptr_t ptr, const giovec_t *pieces, int count)
{
    struct transport *t = ptr;
    size_t n = (size_t)count, size = size_of(pieces, n);
    bool more = t->records > 1 || t->goes_on, first = t->first;
    t->first = false;
    if (first && more && size <= AHEAD) {
        t->records--;
        return hold(t, pieces, n);
    }
    ssize_t taken = send_all(t, pieces, n, more);
    if (taken == 0)
        errno = EAGAIN;
    tell_full(t, taken < (ssize_t)size); /* GnuTLS, too, then waits to be asked again */
    if (taken <= 0)
        return -1;
    if (taken == (ssize_t)size && t->records)
        t->records--;
    return taken;
}

/* An answer that broke off: what is held is not for longer than until somebody looks for something to read. */
static void let_go(struct transport *t)
{
    t->records = 0;
    t->goes_on = false;
    if (t->held.n)
        send_all(t, NULL, 0, false);
}

/* --- receiving --- */

static size_t take_ahead(struct transport *t, void *to, size_t most)
{
    size_t left = t->ahead.n - t->taken, n = left < most ? left : most;
    memcpy(to, t->ahead.p + t->taken, n);
    t->taken += n;
    if (t->taken == t->ahead.n)
        buf_free(&t->ahead);
    return n;
}

/* Ahead of what is asked for; the rest is kept in as much memory as it needs, which is none for who is silent. */
static ssize_t receive(struct transport *t, void *to, size_t most)
{
    char ahead[AHEAD];
    if (most >= sizeof ahead)
        return recv(t->fd, to, most, 0);
    ssize_t n = recv(t->fd, ahead, sizeof ahead, 0);
    if (n <= (ssize_t)most) {
        if (n > 0)
            memcpy(to, ahead, (size_t)n);
        return n;
    }
    memcpy(to, ahead, most);
    buf_add(&t->ahead, ahead + most, (size_t)n - most);
    t->taken = 0;
    return (ssize_t)most;
}

static ssize_t pull(gnutls_transport_ptr_t ptr, void *to, size_t most)
{
    struct transport *t = ptr;
    if (t->ahead.n)
        return (ssize_t)take_ahead(t, to, most);
    if (t->held.n)
        let_go(t);
    ssize_t n = receive(t, to, most);
    int why = errno;
    if (n < 0 && is_full(why) && !t->finished)
        t->starved(t->ctx);
    errno = why;
    return n;
}

/* --- its life --- */

void transport_attach(struct transport *t, gnutls_session_t session)
{
    t->fd = gnutls_transport_get_int(session);
    gnutls_transport_set_ptr(session, t);
    gnutls_transport_set_pull_function(session, pull);
    gnutls_transport_set_vec_push_function(session, push);
}

void transport_expect(struct transport *t, size_t body)
{
    t->records = body ? 1 + (unsigned)((body - 1) / RECORD_MOST) + 1 : 0;
    t->first = true;
    t->goes_on = false;
}

void transport_free(struct transport *t)
{
    buf_free(&t->held);
    buf_free(&t->ahead);
}
