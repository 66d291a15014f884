/* Inside of api/: what an owner's disclosure officer does to one record. */
#pragma once
#include "input.h"

struct release {
    const struct record_type *type;
    struct uuid id;
    struct str reason;             /* recall */
    struct str marking, wire_json; /* relabel */
    const char *extra;             /* of the answer's problem */
    struct trial trial;
};

/* Role and body; whoever is no fdo gets the answer of a missing record. */
int open_release(struct request *r, const char *const *allowed, struct release *release, json_t **ret_body,
                 struct fault *fault);
/* For with_fresh_registers; ctx: struct release with marking and wire_json. */
int relabel_step(struct request *r, void *ctx, struct fault *fault);
