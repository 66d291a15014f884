/* How far one look goes. Row-level security makes a look pass over what its reader may not see; that is bounded by
 * rows, hidden or not, and the look after it goes on where it stopped. */
#include "feed.h"

#define NEAR (10 * INSTANT_SECOND) /* what was posted since is passed over without asking how much it is */

enum { W_SEQ, W_HISTORY, W_NOTICES, W_AGAIN, W_DUE_AT, W_DUE_SEQ };

#define WINDOW                                                                                                         \
    "SELECT feed_window($1, $8), feed_window($2, $8), feed_notice_window($3, $4, $8),"                                 \
    " feed_notice_window($3, $5, $8), d.at, d.seq"                                                                     \
    " FROM (SELECT 1) one LEFT JOIN feed_due_window($6, $7, $9, $8) d ON true"

static int64_t number(const struct pg_result *r, int column)
{
    return pg_null(r, 0, column) ? INT64_MAX : pg_i64(r, 0, column);
}

static int exec_one(struct store *s, const char *sql, const struct pg_args *args, struct pg_result **ret,
                    struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->feeds, &c, fault);
    return error ? error : pg_exec(c, sql, args, ret, fault);
}

int feed_window(struct store *s, const struct feed_state *state, struct str partner, instant now, bool far,
                struct feed_window *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    *ret = (struct feed_window){INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INSTANT_MAX, INT64_MAX};
    if (!far && now - state->mark < NEAR && now - state->due_at < NEAR)
        return 0;
    pg_arg_i64(&args, state->mark);
    pg_arg_i64(&args, state->history);
    pg_arg_str(&args, partner);
    pg_arg_i64(&args, state->notices);
    pg_arg_i64(&args, state->notices_again);
    pg_arg_instant(&args, state->due_at);
    pg_arg_i64(&args, state->due_seq);
    pg_arg_i64(&args, s->look_records);
    pg_arg_instant(&args, now);
    int error = exec_one(s, WINDOW, &args, &r, fault);
    if (error)
        return error;
    *ret = (struct feed_window){number(r, W_SEQ),
                                number(r, W_HISTORY),
                                number(r, W_NOTICES),
                                number(r, W_AGAIN),
                                pg_null(r, 0, W_DUE_AT) ? INSTANT_MAX : pg_instant(r, 0, W_DUE_AT),
                                number(r, W_DUE_SEQ)};
    return 0;
}

int feed_window_behind(struct store *s, int64_t after, int64_t *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_i64(&args, after);
    pg_arg_i64(&args, s->look_records);
    int error = exec_one(s, "SELECT feed_window($1, $2)", &args, &r, fault);
    if (!error)
        *ret = number(r, 0);
    return error;
}
