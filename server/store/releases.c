#include "releases.h"

int release_history_write(struct pg *c, const struct release_act *act, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, act->request);
    pg_arg_str(&args, act->owner);
    pg_arg_instant(&args, act->now);
    pg_arg_str(&args, act->principal);
    pg_arg_str(&args, act->request_id);
    pg_arg_str(&args, str_of(act->act));
    pg_arg_str(&args, act->detail);
    return pg_exec(c,
                   "INSERT INTO release_history (request, owner, at, principal, request_id, act, detail)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                   &args, NULL, fault);
}

/* Version 4 (RFC 9562 §5.4): nobody can guess another's request. */
struct uuid random_uuid(void)
{
    struct uuid u;
    random_bytes(u.bytes, sizeof u.bytes);
    u.bytes[6] = (uint8_t)((u.bytes[6] & 0x0f) | 0x40);
    u.bytes[8] = (uint8_t)((u.bytes[8] & 0x3f) | 0x80);
    return u;
}

void add_view(struct buf *out, struct str view)
{
    if (view.n)
        buf_member_text(out, "view", view);
    else
        buf_z(out, ",\"view\":null");
}
