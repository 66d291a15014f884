/* What the files about release requests share. */
#pragma once
#include "internal.h"

/* One line of a request's history, in the caller's transaction. */
struct release_act {
    struct uuid request;
    struct str owner; /* whose part; "" for what the asker does */
    struct str principal, request_id;
    const char *act;
    struct str detail; /* JSON */
    instant now;
};
int release_history_write(struct pg *c, const struct release_act *act, struct fault *fault);

struct uuid random_uuid(void);

/* Takes grants out of the registers that have been over for a day. */
int grants_retire(struct store *s, instant now, struct fault *fault);

/* --- pieces of JSON --- */
/* ,"view":…: null if none. */
void add_view(struct buf *out, struct str view);
