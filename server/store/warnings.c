#include "warnings.h"

#include "notices.h"
#include "releases.h"

#define WARNING "warn/"

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

static size_t behind_slash(struct str s, size_t at)
{
    while (at > 0 && s.p[at - 1] != '/')
        at--;
    return at;
}

/* The fourth part of warn/OWNER/TYPE/PARTNER/OBJECT. */
static struct str operator_of(struct str id)
{
    size_t end = behind_slash(id, id.n) - 1, at = behind_slash(id, end);
    return (struct str){id.p + at, end - at};
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
static size_t add_notices(const struct warned *w, struct str id, struct arena *arena, struct notice *out)
{
    struct str owner = w->record->label->owners.v[0], partner = operator_of(id);
    out[0] = (struct notice){.partner = partner,
                             .sender = owner,
                             .kind = "warning",
                             .type = w->type,
                             .record = w->record->id,
                             .t = w->record->t,
                             .label = NOTICE_NO_LABEL,
                             .body = body("originator", owner, arena)};
    out[1] = out[0];
    out[1].partner = owner;
    out[1].sender = STR("");
    out[1].officers = true;
    out[1].body = body("operator", partner, arena);
    return 2;
}

int warnings_tell(struct pg *c, instant at, const struct warned *v, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    size_t count = 0, added = 0;
    for (size_t i = 0; i < n; i++)
        count += warnings_count(v[i].record);
    struct notice *notices = arena_array(arena, 2 * count, sizeof *notices);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < v[i].record->n_grants; k++)
            if (is_warning(v[i].record->grants[k]) && !told_already(v[i].record, k))
                added += add_notices(&v[i], v[i].record->grants[k], arena, &notices[added]);
    return store_notice_add(c, at, notices, added, fault);
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
