/* Which records others take the place of: versions of what lasts, and what tells of one event again. */
#include "sql_query.h"
#include "view.h"

/* seq + 0: the mark is no bound for an index. */
static void up_to(struct sql *s, int64_t mark)
{
    if (!mark)
        return;
    sql_z(s, " AND n.seq + 0 <= ");
    sql_i64(s, mark);
}

void sql_newest(struct sql *s, const struct record_type *type, int64_t mark)
{
    if (!type->versioned)
        return;
    buf_printf(&s->text, " AND NOT EXISTS (SELECT FROM record_%s n WHERE n.entity = r.entity AND n.seq > r.seq",
               type->name);
    up_to(s, mark);
    buf_char(&s->text, ')');
}

/* Whether a view shows whole of what event a record is. */
static bool shows_event(const struct view *v, const struct record_type *type)
{
    const struct succession *e = type->succession;
    const char *names[] = {type->time_field,   type->object_field, type->other_object_field,
                           e->object_names[0], e->object_names[1], e->made_field,
                           e->maker_field};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (view_field(v, field_find(type->fields, str_of(names[i])))->kind != SHOW_WHOLE)
            return false;
    return true;
}

/* `column` of r or n where the row's view shows its event, else NULL. */
static void shown_event(struct sql *s, const struct record_type *type, const struct sight *sight, const char *alias,
                        const char *column)
{
    buf_printf(&s->text, "(CASE get_byte((SELECT views FROM visible_now), %s.label_id) WHEN 0 THEN %s.%s", alias, alias,
               column);
    for (unsigned i = 1; i <= sight->most; i++)
        if (sight->views[i] && shows_event(sight->views[i], type))
            buf_printf(&s->text, " WHEN %u THEN %s.%s", i, alias, column);
    sql_z(s, " END)");
}

/* Comparing n's own column beside what is shown of it is for the index. */
static void no_follower(struct sql *s, const struct record_type *type, const struct sight *sight, int64_t mark,
                        const char *n_column, const char *r_column)
{
    buf_printf(&s->text, " AND NOT EXISTS (SELECT FROM record_%s n WHERE n.%s = ", type->name, n_column);
    shown_event(s, type, sight, "r", r_column);
    sql_z(s, " AND ");
    shown_event(s, type, sight, "n", n_column);
    sql_z(s, " IS NOT NULL");
    up_to(s, mark);
}

void sql_unfollowed(struct sql *s, const struct record_type *type, const struct sight *sight, int64_t mark)
{
    long long span = (long long)(type->succession->span / INSTANT_SECOND);
    no_follower(s, type, sight, mark, "supersedes", "id");
    sql_z(s, ")");
    no_follower(s, type, sight, mark, "event", "event");
    buf_printf(&s->text,
               " AND n.t BETWEEN r.t - interval '%lld seconds' AND r.t + interval '%lld seconds'"
               " AND (n.made, n.seq) > (r.made, r.seq))",
               span, span);
}
