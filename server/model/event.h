/* Which event a record tells of (struct succession). */
#pragma once
#include "arena.h"
#include "digest.h"
#include "record_type.h"

struct event {
    struct uuid key; /* the same for all records of the event, and of others of these objects; all zero: of none */
    instant made;    /* then: when the record was made */
};

/* canonical: of a record of this type, posted by originator. */
struct event record_event(const struct record_type *type, struct str originator, struct str canonical,
                          struct arena *arena);
