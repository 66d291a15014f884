/* Proposals in the database. */
#include "proposals.h"

/* --- proposals --- */

#define PROPOSAL_COLUMNS                                                                                               \
    "p.id, p.at, p.partner, p.principal, p.changes, p.digest, p.base, p.comment, p.needs, p.discreet, p.subjects,"     \
    " p.state, p.closed_at,"                                                                                           \
    " ARRAY(SELECT a.partner FROM proposal_acceptance a WHERE a.proposal = p.id ORDER BY a.partner)"

static struct str text(const struct pg_result *r, int row, int column, struct arena *arena)
{
    return arena_str(arena, pg_str(r, row, column));
}

static struct codes codes(const struct pg_result *r, int row, int column, struct arena *arena)
{
    struct str *v;
    size_t n = pg_strs(r, row, column, arena, &v);
    return (struct codes){n, v};
}

static struct digest digest(const struct pg_result *r, int row, int column)
{
    struct digest d;
    memcpy(d.bytes, pg_str(r, row, column).p, DIGEST_SIZE);
    return d;
}

static void read_row(const struct pg_result *r, int row, struct arena *arena, struct proposal_row *ret)
{
    *ret = (struct proposal_row){.p = {.id = pg_uuid(r, row, 0),
                                       .at = pg_instant(r, row, 1),
                                       .partner = text(r, row, 2, arena),
                                       .principal = text(r, row, 3, arena),
                                       .changes = text(r, row, 4, arena),
                                       .digest = digest(r, row, 5),
                                       .comment = text(r, row, 7, arena),
                                       .needs = codes(r, row, 8, arena),
                                       .state = text(r, row, 11, arena),
                                       .closed_at = pg_null(r, row, 12) ? INSTANT_MAX : pg_instant(r, row, 12),
                                       .accepted = codes(r, row, 13, arena)},
                                 .base = digest(r, row, 6),
                                 .discreet = codes(r, row, 9, arena),
                                 .subjects = codes(r, row, 10, arena)};
}

int proposal_read(struct pg *c, struct uuid id, struct str partner, bool lock, struct arena *arena,
                  struct proposal_row **ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, partner);
    int error = pg_exec(c,
                        lock ? "SELECT " PROPOSAL_COLUMNS " FROM proposal p WHERE p.id = $1 AND p.parties @> ARRAY[$2]"
                               " FOR UPDATE"
                             : "SELECT " PROPOSAL_COLUMNS " FROM proposal p WHERE p.id = $1 AND p.parties @> ARRAY[$2]",
                        &args, &r, fault);
    if (error)
        return error;
    *ret = NULL;
    if (pg_rows(r)) {
        *ret = arena_alloc(arena, sizeof **ret);
        read_row(r, 0, arena, *ret);
    }
    return 0;
}

int proposal_read_list(struct pg *c, struct str partner, const struct proposal_filter *filter, struct arena *arena,
                       struct proposal_row **ret, size_t *ret_n, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, partner);
    pg_arg_bool(&args, filter->open);
    pg_arg_bool(&args, filter->awaiting);
    pg_arg_i64(&args, PROPOSALS_LISTED_MAX);
    pg_arg_str(&args, filter->agreement);
    int error = pg_exec(
        c,
        "SELECT " PROPOSAL_COLUMNS " FROM proposal p WHERE p.parties @> ARRAY[$1]"
        " AND (NOT $2 OR p.state = 'open')"
        " AND (NOT $3 OR (p.needs @> ARRAY[$1] AND NOT EXISTS (SELECT FROM proposal_acceptance a"
        " WHERE a.proposal = p.id AND a.partner = $1)))"
        " AND ($5 = '' OR p.changes::jsonb @>"
        " jsonb_build_array(jsonb_build_object('kind', 'agreement', 'key', $5))) ORDER BY p.at DESC, p.id LIMIT $4",
        &args, &r, fault);
    if (error)
        return error;
    size_t n = (size_t)pg_rows(r);
    *ret = arena_array(arena, n, sizeof **ret);
    for (size_t i = 0; i < n; i++)
        read_row(r, (int)i, arena, &(*ret)[i]);
    *ret_n = n;
    return 0;
}

static void arg_codes(struct pg_args *args, const struct codes *c)
{
    pg_arg_strs(args, c->v, c->n);
}

int proposal_insert(struct pg *c, const struct proposal_row *row, const struct codes *parties, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct pg_args args = {.arena = arena};
    const struct proposal *p = &row->p;
    pg_arg_uuid(&args, p->id);
    pg_arg_instant(&args, p->at);
    pg_arg_str(&args, p->partner);
    pg_arg_str(&args, p->principal);
    pg_arg_str(&args, p->changes);
    pg_arg_bytes(&args, p->digest.bytes, DIGEST_SIZE);
    pg_arg_bytes(&args, row->base.bytes, DIGEST_SIZE);
    pg_arg_str(&args, p->comment);
    arg_codes(&args, &p->needs);
    arg_codes(&args, &row->discreet);
    arg_codes(&args, &row->subjects);
    arg_codes(&args, parties);
    pg_arg_str(&args, p->state);
    if (p->closed_at == INSTANT_MAX)
        pg_arg_null(&args, OID_TIMESTAMPTZ);
    else
        pg_arg_instant(&args, p->closed_at);
    return pg_exec(c,
                   "INSERT INTO proposal (id, at, partner, principal, changes, digest, base, comment, needs, discreet,"
                   " subjects, parties, state, closed_at)"
                   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
                   &args, NULL, fault);
}

int proposal_close_row(struct pg *c, struct uuid id, struct str state, instant now, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, state);
    pg_arg_instant(&args, now);
    return pg_exec(c, "UPDATE proposal SET state = $2, closed_at = $3 WHERE id = $1", &args, NULL, fault);
}

int proposal_judged(struct pg *c, struct uuid id, const struct judgement *j, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct pg_args args = {.arena = arena};
    pg_arg_uuid(&args, id);
    arg_codes(&args, &j->needs);
    arg_codes(&args, &j->discreet);
    arg_codes(&args, &j->subjects);
    arg_codes(&args, &j->parties);
    return pg_exec(c, "UPDATE proposal SET needs = $2, discreet = $3, subjects = $4, parties = $5 WHERE id = $1", &args,
                   NULL, fault);
}

int proposal_open_count(struct pg *c, struct str partner, int64_t *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, partner);
    int error = pg_exec(c, "SELECT count(*) FROM proposal WHERE partner = $1 AND state = 'open'", &args, &r, fault);
    if (!error)
        *ret = pg_i64(r, 0, 0);
    return error;
}

int proposal_act(struct pg *c, struct uuid id, const struct proposal_actor *actor, const char *act, struct str detail,
                 struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_instant(&args, actor->now);
    pg_arg_str(&args, actor->principal);
    pg_arg_str(&args, actor->request_id);
    pg_arg_str(&args, str_of(act));
    pg_arg_str(&args, detail);
    return pg_exec(c,
                   "INSERT INTO proposal_act (proposal, at, principal, request_id, act, detail)"
                   " VALUES ($1, $2, $3, $4, $5, $6)",
                   &args, NULL, fault);
}

int proposal_last_act(struct pg *c, struct uuid id, int64_t *ret, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    int error = pg_exec(c, "SELECT coalesce(max(id), 0) FROM proposal_act WHERE proposal = $1", &args, &r, fault);
    if (!error)
        *ret = pg_i64(r, 0, 0);
    return error;
}

/* --- dry runs that were shown --- */

int shown_write(struct pg *c, struct uuid id, const struct shown *shown, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, shown->partner);
    pg_arg_bytes(&args, shown->digest.bytes, DIGEST_SIZE);
    pg_arg_instant(&args, shown->at);
    pg_arg_i64(&args, shown->seq);
    return pg_exec(c,
                   "INSERT INTO proposal_report (proposal, partner, digest, at, seq) VALUES ($1, $2, $3, $4, $5)"
                   " ON CONFLICT (proposal, partner, digest) DO UPDATE SET at = excluded.at, seq = excluded.seq",
                   &args, NULL, fault);
}

int shown_read(struct pg *c, struct uuid id, struct str partner, struct digest d, struct shown *ret, bool *ret_found,
               struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, partner);
    pg_arg_bytes(&args, d.bytes, DIGEST_SIZE);
    int error = pg_exec(c, "SELECT at, seq FROM proposal_report WHERE proposal = $1 AND partner = $2 AND digest = $3",
                        &args, &r, fault);
    if (error)
        return error;
    *ret_found = pg_rows(r) == 1;
    if (*ret_found)
        *ret = (struct shown){partner, d, pg_instant(r, 0, 0), pg_i64(r, 0, 1)};
    return 0;
}

int shown_before(struct pg *c, struct uuid id, int64_t epoch, struct arena *arena, struct shown **ret, size_t *ret_n,
                 struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_i64(&args, epoch);
    int error = pg_exec(c,
                        "SELECT a.partner, a.report, s.at, s.seq FROM proposal_acceptance a JOIN proposal_report s"
                        " ON s.proposal = a.proposal AND s.partner = a.partner AND s.digest = a.report"
                        " WHERE a.proposal = $1 AND a.epoch <> $2 ORDER BY a.partner",
                        &args, &r, fault);
    if (error)
        return error;
    size_t n = (size_t)pg_rows(r);
    *ret = arena_array(arena, n, sizeof **ret);
    for (size_t i = 0; i < n; i++) {
        int row = (int)i;
        (*ret)[i] = (struct shown){text(r, row, 0, arena), digest(r, row, 1), pg_instant(r, row, 2), pg_i64(r, row, 3)};
    }
    *ret_n = n;
    return 0;
}

/* --- acceptances --- */

int acceptance_write(struct pg *c, struct uuid id, const struct proposal_actor *actor, struct digest report,
                     int64_t epoch, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, actor->partner);
    pg_arg_instant(&args, actor->now);
    pg_arg_bytes(&args, report.bytes, DIGEST_SIZE);
    pg_arg_i64(&args, epoch);
    return pg_exec(c,
                   "INSERT INTO proposal_acceptance (proposal, partner, at, report, epoch) VALUES ($1, $2, $3, $4, $5)"
                   " ON CONFLICT (proposal, partner) DO UPDATE SET at = excluded.at, report = excluded.report,"
                   " epoch = excluded.epoch",
                   &args, NULL, fault);
}

int acceptance_delete(struct pg *c, struct uuid id, struct str partner, struct digest report, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, partner);
    pg_arg_bytes(&args, report.bytes, DIGEST_SIZE);
    return pg_exec(c, "DELETE FROM proposal_acceptance WHERE proposal = $1 AND partner = $2 AND report = $3", &args,
                   NULL, fault);
}

int acceptance_forget(struct pg *c, struct uuid id, struct str partner, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, partner);
    return pg_exec(c, "DELETE FROM proposal_acceptance WHERE proposal = $1 AND partner = $2", &args, NULL, fault);
}

int acceptors_read(struct pg *c, struct uuid id, struct str partner, struct arena *arena, struct acceptor **ret,
                   size_t *ret_n, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, partner);
    int error = pg_exec(c,
                        "SELECT principal, decode(detail, 'hex') FROM proposal_act WHERE proposal = $1"
                        " AND act = 'accept' AND id > (SELECT coalesce(max(l.id), 0) FROM proposal_act l"
                        " WHERE l.proposal = $1 AND l.act = 'lapse' AND l.detail = $2) ORDER BY id",
                        &args, &r, fault);
    if (error)
        return error;
    size_t n = (size_t)pg_rows(r);
    *ret = arena_array(arena, n, sizeof **ret);
    for (size_t i = 0; i < n; i++)
        (*ret)[i] = (struct acceptor){text(r, (int)i, 0, arena), digest(r, (int)i, 1)};
    *ret_n = n;
    return 0;
}

int acceptances_confirm(struct pg *c, struct uuid id, int64_t epoch, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_i64(&args, epoch);
    return pg_exec(c, "UPDATE proposal_acceptance SET epoch = $2 WHERE proposal = $1 AND epoch <> $2", &args, NULL,
                   fault);
}

/* --- what agreements said --- */

int store_agreement_version(struct store *s, struct str id, int64_t version, struct arena *arena, struct str *ret,
                            struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, id);
    pg_arg_i64(&args, version);
    int error = pg_take(s->policy, &c, fault);
    if (!error)
        error =
            pg_exec(c, "SELECT json FROM agreement_version WHERE id = $1 AND version = $2 ORDER BY epoch DESC LIMIT 1",
                    &args, &r, fault);
    if (!error)
        *ret = pg_rows(r) ? text(r, 0, 0, arena) : (struct str){NULL, 0};
    return error;
}
