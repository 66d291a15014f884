/* What an owner's disclosure officers are told as time goes by: that a request has come, that an answer or a review is
 * overdue. Each once, and not in the transaction that asks: asking takes the same time whatever becomes of it. */
#include "notices.h"
#include "releases.h"

#define REMINDERS_AT_ONCE 1000 /* in one transaction */

/* Rows that another process is telling of are left to it. */
#define MARK_PARTS                                                                                                     \
    "WITH x AS (SELECT p.request, p.owner, p.due, q.partner FROM release_part p JOIN release_request q"                \
    " ON q.id = p.request WHERE p.state = 'open' AND p.owner <> '' AND q.until > $1 AND q.asked_at <= $1"              \
    " AND (p.announced_at IS NULL OR p.due <= $1 AND p.reminded_at IS NULL)"                                           \
    " ORDER BY p.due, p.request, p.owner LIMIT $2 FOR UPDATE OF p SKIP LOCKED)"                                        \
    " UPDATE release_part p SET announced_at = coalesce(p.announced_at, $1),"                                          \
    " reminded_at = CASE WHEN p.due <= $1 THEN $1 END FROM x WHERE p.request = x.request AND p.owner = x.owner"        \
    " RETURNING x.owner, x.request, x.partner, x.due"
enum { P_OWNER, P_REQUEST, P_PARTNER, P_DUE };

#define MARK_REVIEWS                                                                                                   \
    "WITH x AS (SELECT record, owner FROM review WHERE review_by <= $1 AND reminded_at IS NULL"                        \
    " ORDER BY review_by, record, owner LIMIT $2 FOR UPDATE SKIP LOCKED)"                                              \
    " UPDATE review v SET reminded_at = $1 FROM x WHERE v.record = x.record AND v.owner = x.owner"                     \
    " RETURNING v.owner, v.record, v.type, v.t, v.review_by"
enum { V_OWNER, V_RECORD, V_TYPE, V_T, V_DUE };

/* To nobody but the owner: who asked is not to learn whom it is told. */
static struct notice notice_to(struct str owner, const char *kind)
{
    return (struct notice){
        .partner = owner, .sender = STR(""), .kind = kind, .officers = true, .label = NOTICE_NO_LABEL};
}

static void add_due(struct buf *out, instant due, instant now)
{
    buf_member_instant(out, "due", due);
    buf_printf(out, ",\"overdue\":%s}", due <= now ? "true" : "false");
}

static struct notice of_part(const struct pg_result *r, int i, instant now, struct arena *arena)
{
    BUF_CLEANUP struct buf body = {0};
    struct notice n = notice_to(pg_str(r, i, P_OWNER), "request");
    buf_z(&body, "{\"state\":\"open\"");
    buf_member_uuid(&body, "request", pg_uuid(r, i, P_REQUEST));
    buf_member_text(&body, "partner", pg_str(r, i, P_PARTNER));
    add_due(&body, pg_instant(r, i, P_DUE), now);
    n.body = arena_str(arena, buf_view(&body));
    return n;
}

/* Read by officers who see the record: the row-level security of notices says so. */
static struct notice of_review(const struct pg_result *r, int i, instant now, struct arena *arena)
{
    BUF_CLEANUP struct buf body = {0};
    struct notice n = notice_to(pg_str(r, i, V_OWNER), "review");
    n.type = record_type_find(pg_str(r, i, V_TYPE));
    n.record = pg_uuid(r, i, V_RECORD);
    n.t = pg_instant(r, i, V_T);
    buf_z(&body, "{\"state\":\"withheld\"");
    add_due(&body, pg_instant(r, i, V_DUE), now);
    n.body = arena_str(arena, buf_view(&body));
    return n;
}

typedef struct notice make_notice(const struct pg_result *r, int i, instant now, struct arena *arena);

/* One transaction: what is marked is told. */
static int tell_some(struct pg *c, const char *mark, make_notice *make, instant now, int *ret_n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_instant(&args, now);
    pg_arg_i64(&args, REMINDERS_AT_ONCE);
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_exec(c, mark, &args, &r, fault);
    if (error)
        return error;
    size_t n = (size_t)pg_rows(r);
    struct notice *notices = arena_array(arena, n, sizeof *notices);
    for (size_t i = 0; i < n; i++)
        notices[i] = make(r, (int)i, now, arena);
    error = store_notice_add(c, now, notices, n, fault);
    if (!error)
        error = pg_commit(c, fault);
    if (!error)
        *ret_n = (int)n;
    return error;
}

static int tell_all(struct pg *c, const char *mark, make_notice *make, instant now, struct fault *fault)
{
    int error = 0, n = REMINDERS_AT_ONCE;
    while (!error && n == REMINDERS_AT_ONCE)
        error = tell_some(c, mark, make, now, &n, fault);
    return error;
}

int store_remind(struct store *s, instant now, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error = tell_all(c, MARK_PARTS, of_part, now, fault);
    return error ? error : tell_all(c, MARK_REVIEWS, of_review, now, fault);
}
