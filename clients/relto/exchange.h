/* Speaking HTTPS with the exchange: one kept-alive connection, patience where the exchange asks for it. */
#pragma once
#include "buf.h"
#include "profile.h"

struct exchange;

struct call {
    const char *path;         /* below the URL of the exchange, escaped */
    const char *const *query; /* "name=value", not escaped */
    size_t n_query;
    struct str body;          /* p NULL: a GET */
    const char *content_type; /* of the body; NULL: JSON */
    const char *label;        /* Relto-Label, NULL if none */
    bool once;                /* not to be asked again after a connection that broke: it may have been done */
    /* Takes a good answer piece by piece; not 0 ends it with that status. NULL: it is kept whole. */
    int (*sink)(void *ctx, struct str piece);
    void *ctx;
};

#define ANSWER_MAX (256 << 20) /* bytes of an answer that is kept whole */

int exchange_open(const struct profile *profile, bool quiet, struct exchange **ret);
void exchange_close(struct exchange *x); /* accepts NULL */
/* 0, or an exit status after saying why. *ret: the answer, until the next call; untouched if there is a sink. */
int exchange_ask(struct exchange *x, const struct call *call, struct str *ret);
/* The same, but a refusal is answered instead of told: *ret_status is the HTTP status, *ret the answer or problem. */
int exchange_try(struct exchange *x, const struct call *call, long *ret_status, struct str *ret);
/* The exit status that stands for a refusal. */
int exchange_exit(long http_status);
/* Its URL, as it was given. */
const char *exchange_url(const struct exchange *x);
/* X-Classification-Banner of the last answer, and X-Left-Out with X-Left-Out-Ids; empty if it had none. */
struct str exchange_banner(const struct exchange *x);
struct str exchange_left_out(const struct exchange *x);
struct str exchange_left_out_ids(const struct exchange *x);
/* Appends a path segment, escaped. */
void path_add(struct buf *path, const char *segment);
