#include "warnings.h"

#include "notices.h"
#include "releases.h"

static bool is_warning(struct str id)
{
    return id.n > strlen(WARNING) && memcmp(id.p, WARNING, strlen(WARNING)) == 0;
}

size_t warnings_count(const struct new_record *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n_grants; i++)
        n += is_warning(r->grants[i]);
    return n;
}

/* Takes what stands before the next slash off the front. */
static struct str take_part(struct str *rest)
{
    const char *slash = memchr(rest->p, '/', rest->n);
    struct str part = {rest->p, slash ? (size_t)(slash - rest->p) : rest->n};
    size_t taken = part.n + (slash ? 1 : 0);
    *rest = (struct str){rest->p + taken, rest->n - taken};
    return part;
}

bool warning_id_read(struct str id, struct warning_id *ret)
{
    struct str rest = id;
    if (!is_warning(id))
        return false;
    take_part(&rest);
    ret->owner = take_part(&rest);
    ret->type = take_part(&rest);
    ret->partner = take_part(&rest);
    ret->object = rest;
    return true;
}

static struct str operator_of(struct str id)
{
    struct warning_id w = {0};
    warning_id_read(id, &w);
    return w.partner;
}

/* An operator of both objects is warned once: ids are in order, and thus those of one operator stand together. */
static bool told_already(const struct new_record *r, size_t i)
{
    return i > 0 && is_warning(r->grants[i - 1]) && str_eq(operator_of(r->grants[i - 1]), operator_of(r->grants[i]));
}

static struct str body(const char *name, struct str partner, struct arena *arena)
{
    return str_of(arena_printf(arena, "{\"%s\":\"%.*s\"}", name, STR_ARG(partner))); /* codes need no escape */
}

/* A notice is read by who sees its record: neither before an embargo ends nor after a recall. */
static size_t add_notices(const struct record_type *type, const struct record_place *r, struct str owner,
                          struct str partner, struct arena *arena, struct notice *out)
{
    out[0] = (struct notice){.partner = partner,
                             .sender = owner,
                             .kind = "warning",
                             .type = type,
                             .record = r->id,
                             .t = r->t,
                             .label = NOTICE_NO_LABEL,
                             .body = body("originator", owner, arena)};
    out[1] = out[0];
    out[1].partner = owner;
    out[1].sender = STR("");
    out[1].officers = true;
    out[1].body = body("operator", partner, arena);
    return 2;
}

static size_t tell_of(const struct new_record *r, size_t k, struct arena *arena, struct notice *out)
{
    const struct record_place place = {r->id, r->t};
    if (!is_warning(r->grants[k]) || told_already(r, k))
        return 0;
    return add_notices(r->type, &place, r->label->owners.v[0], operator_of(r->grants[k]), arena, out);
}

int warnings_tell(struct pg *c, instant at, const struct new_record *const *v, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    size_t count = 0, added = 0;
    for (size_t i = 0; i < n; i++)
        count += warnings_count(v[i]);
    struct notice *notices = arena_array(arena, 2 * count, sizeof *notices);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < v[i]->n_grants; k++)
            added += tell_of(v[i], k, arena, &notices[added]);
    return store_notice_add(c, at, notices, added, fault);
}

/* --- records that are stored already --- */

int warnings_tell_stored(struct pg *c, instant at, const struct warning_id *w, const struct record_place *v, size_t n,
                         struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct notice *notices = arena_array(arena, 2 * n, sizeof *notices);
    size_t added = 0;
    for (size_t i = 0; i < n; i++)
        added += add_notices(record_type_find(w->type), &v[i], w->owner, w->partner, arena, &notices[added]);
    return store_notice_add(c, at, notices, added, fault);
}

static bool trusted(const struct registry *reg, const struct warning_rule *rule, struct str partner, struct str object)
{
    const struct operator_entry *accepted;
    size_t n = registry_operates(reg, object, partner, &accepted);
    for (size_t i = 0; i < n; i++)
        if (warning_trusts(rule, &accepted[i]))
            return true;
    return false;
}

bool warning_stands(const struct registry *reg, const struct warning_id *w)
{
    const struct warning_rule *rules;
    size_t n = registry_warnings(reg, &rules);
    for (size_t i = 0; i < n; i++)
        if (str_eq(rules[i].owner, w->owner) && str_eq(rules[i].type, w->type))
            return trusted(reg, &rules[i], w->partner, w->object);
    return false;
}

/* Rules of one owner and type trust the same: each id is asked for once. */
static size_t opened_by(const struct transition *t, const struct operator_entry *o, struct arena *arena,
                        struct str *out)
{
    const struct warning_rule *rules;
    size_t n = registry_warnings(t->next, &rules), opened = 0;
    for (size_t i = 0; i < n; i++) {
        const struct warning_rule *rule = &rules[i];
        bool again = i > 0 && str_eq(rules[i - 1].owner, rule->owner) && str_eq(rules[i - 1].type, rule->type);
        if (again || str_eq(rule->owner, o->partner) || !warning_trusts(rule, o) ||
            trusted(t->old, rule, o->partner, o->object))
            continue;
        out[opened++] = str_of(arena_printf(arena, WARNING "%.*s/%.*s/%.*s/%.*s", STR_ARG(rule->owner),
                                            STR_ARG(rule->type), STR_ARG(o->partner), STR_ARG(o->object)));
    }
    return opened;
}

static int begin_of(struct pg *c, const struct transition *t, const struct operator_entry *o, instant now,
                    struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct warning_rule *rules;
    struct pg_args args = {.arena = arena};
    struct str *ids = arena_array(arena, registry_warnings(t->next, &rules), sizeof *ids);
    size_t n = opened_by(t, o, arena, ids);
    if (!n)
        return 0;
    pg_arg_strs(&args, ids, n);
    pg_arg_instant(&args, now);
    return pg_exec(c,
                   "INSERT INTO grant_spread (grant_id, since) SELECT id, $2 FROM unnest($1) AS id"
                   " ON CONFLICT (grant_id) DO UPDATE SET t = DEFAULT, id = DEFAULT, since = excluded.since",
                   &args, NULL, fault);
}

static bool accepted_before(const struct registry *old, const struct operator_entry *o)
{
    const struct operator_entry *accepted;
    size_t n = registry_operates(old, o->object, o->partner, &accepted);
    for (size_t i = 0; i < n; i++)
        if (str_eq(accepted[i].accepted_by, o->accepted_by))
            return true;
    return false;
}

static size_t newly_accepted(const struct transition *t, struct arena *arena, const struct operator_entry ***ret)
{
    const struct operator_entry *all;
    size_t n = registry_operators(t->next, &all), found = 0;
    const struct operator_entry **v = arena_array(arena, n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        if (!accepted_before(t->old, &all[i]))
            v[found++] = &all[i];
    *ret = v;
    return found;
}

int warnings_begin(struct pg *c, const struct transition *t, instant now, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct operator_entry **accepted;
    size_t n = newly_accepted(t, arena, &accepted);
    int error = 0;
    for (size_t i = 0; !error && i < n; i++)
        error = begin_of(c, t, accepted[i], now, fault);
    return error;
}

size_t warnings_opened(const struct transition *t, struct str owner, struct arena *arena, struct spreading **ret)
{
    const struct operator_entry **accepted;
    const struct warning_rule *rules;
    size_t n = newly_accepted(t, arena, &accepted), n_rules = registry_warnings(t->next, &rules), found = 0;
    struct spreading *v = arena_array(arena, n * n_rules, sizeof *v);
    struct warning_id w;
    for (size_t i = 0; i < n; i++) {
        struct str *ids = arena_array(arena, n_rules, sizeof *ids);
        size_t opened = opened_by(t, accepted[i], arena, ids);
        for (size_t k = 0; k < opened; k++)
            if (warning_id_read(ids[k], &w) && str_eq(w.owner, owner))
                v[found++] = (struct spreading){.id = ids[k], .owner = w.owner, .type = w.type};
    }
    *ret = v;
    return found;
}

/* --- the owner's review --- */

enum { Q_POSITION, Q_AT, Q_TYPE, Q_RECORD, Q_BODY };

static int select_open(struct store *s, const struct reading *reading, const struct queue_page *page,
                       struct pg_result **ret, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, reader_partner(reading->reader));
    pg_arg_i64(&args, page->after.at);
    pg_arg_i64(&args, page->limit);
    return visible_read(s, reading,
                        "SELECT n.position, n.at, n.type, n.record, n.body FROM notice n WHERE n.partner = $1"
                        " AND n.kind = 'warning' AND n.officers AND n.acknowledged_at IS NULL AND n.position > $2"
                        " ORDER BY n.position LIMIT $3",
                        &args, NULL, ret, fault);
}

int store_queue_warnings(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                         size_t *ret_n, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct partner_rules rules = {0};
    int error = select_open(s, reading, page, &r, fault);
    if (error)
        return error;
    registry_partner_rules(reading->registry, reader_partner(reading->reader), &rules);
    for (int i = 0; i < pg_rows(r); i++) {
        instant due = instant_add(pg_instant(r, i, Q_AT), rules.request_hours * INSTANT_HOUR);
        buf_printf(out, "%s{\"kind\":\"warning\",\"notice\":%lld", i ? "," : "", (long long)pg_i64(r, i, Q_POSITION));
        buf_member_text(out, "type", pg_str(r, i, Q_TYPE));
        buf_member_uuid(out, "id", pg_uuid(r, i, Q_RECORD));
        buf_member_instant(out, "at", pg_instant(r, i, Q_AT));
        buf_member_instant(out, "due", due);
        buf_printf(out, ",\"overdue\":%s,\"released\":", due <= reading->now ? "true" : "false");
        buf_str(out, pg_str(r, i, Q_BODY));
        buf_char(out, '}');
        page->after = (struct queue_position){pg_i64(r, i, Q_POSITION), pg_uuid(r, i, Q_RECORD)};
    }
    *ret_n = (size_t)pg_rows(r);
    return 0;
}
