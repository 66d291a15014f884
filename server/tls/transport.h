/* Between a GnuTLS session and its socket. */
#pragma once
#include "buf.h"

#include <gnutls/gnutls.h>

#define RECORD_MOST 16384 /* bytes of plain text: RFC 8446 section 5.1 */

struct transport {
    int fd;
    struct buf held;            /* records that leave with those behind them */
    unsigned records;           /* of the present answer, still to come; more of them if they are smaller */
    bool first;                 /* the next is the first of them */
    bool goes_on;               /* beyond `records` */
    struct buf ahead;           /* received and not yet asked for */
    size_t taken;               /* of it */
    bool finished;              /* nothing of the handshake is read any more */
    bool is_full;               /* the kernel did not take all that it was last given */
    void (*starved)(void *ctx); /* the handshake finds nothing to read */
    void (*full)(void *ctx, bool full);
    void *ctx;
};

/* Takes over the session's socket. t->starved, t->full and t->ctx are set. */
void transport_attach(struct transport *t, gnutls_session_t session);
/* What is sent next is the header of an answer, and then at once a body of so many bytes; 0: none. */
void transport_expect(struct transport *t, size_t body);
void transport_free(struct transport *t);
