/* Where the exchange is and as whom to speak: options, environment, ~/.config/relto/config. */
#pragma once
#include "options.h"

enum { PROFILE_URL, PROFILE_CA, PROFILE_CERT, PROFILE_KEY, PROFILE_COUNT };

struct profile {
    char *value[PROFILE_COUNT];
    long timeout, retries;
};

/* 0, or an exit status after saying why. profile_free in every case. */
int profile_read(const struct options *o, struct profile *ret);
void profile_free(struct profile *p);
