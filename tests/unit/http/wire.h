/* A client that sends exactly the bytes it is given. */
#pragma once
#include "buf.h"

struct ssl_st;
struct ssl_ctx_st;

struct wire {
    int fd;
    struct ssl_st *tls; /* NULL: plain */
    struct buf in;      /* received and not yet taken */
    bool ended;         /* the server closed the connection */
};

struct wire_answer {
    int status; /* 0: the connection ended before a whole answer */
    struct buf header, body;
};

struct wire wire_open(unsigned port);
/* Over TLS; a refused handshake is an ended connection. */
struct wire wire_open_tls(unsigned port, struct ssl_ctx_st *context);
/* Whether the kernel refuses connections to the port. */
bool wire_refused(unsigned port);
void wire_close(struct wire *w);
/* step: so many bytes at a time, each in its own segment; 0: all at once. A connection reset is no failure here. */
void wire_send(struct wire *w, struct str bytes, size_t step);
/* The next answer; head: it has no body whatever its header says. Interim answers (1xx) count as answers. */
struct wire_answer wire_read(struct wire *w, bool head);
void wire_answer_free(struct wire_answer *a);
/* An answer in chunks as it comes: its header, then chunk by chunk, each replacing *ret, terminated. False for the last
 * one, or if the connection ends. */
struct wire_answer wire_read_header(struct wire *w);
bool wire_read_chunk(struct wire *w, struct buf *ret);
/* Waits for the end of the connection; false if bytes come instead. */
bool wire_ends(struct wire *w);
/* The value of the only such field, terminated, until the next call; "" if there is none, "twice" if there are more. */
const char *wire_field(const struct wire_answer *a, const char *name);
