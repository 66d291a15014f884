#include "notices.h"

#include "sql_query.h"

/* --- writing --- */

/* A position is a clock of microseconds below 2^53 that only goes forward, each partner's its own. */
#define ADD_NOTICES                                                                                                    \
    "WITH u AS (SELECT *, row_number() OVER (PARTITION BY partner ORDER BY n) AS k"                                    \
    " FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) WITH ORDINALITY"                                      \
    " AS u (partner, sender, kind, officers, type, record, t, label, principals, body, age, n)),"                      \
    " p AS (INSERT INTO notice_position AS q (partner, position, drawn)"                                               \
    " SELECT partner, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + count(*), count(*)"                  \
    " FROM u GROUP BY partner ORDER BY partner ON CONFLICT (partner) DO UPDATE"                                        \
    " SET position = greatest(q.position + excluded.drawn, excluded.position), drawn = excluded.drawn"                 \
    " RETURNING partner, position, drawn)"                                                                             \
    " INSERT INTO notice (partner, position, at, sender, kind, officers, type, record, t, label_id, principals, body," \
    " age) SELECT u.partner, p.position - p.drawn + u.k, $1, u.sender, u.kind, u.officers, u.type,"                    \
    " CASE WHEN u.type <> '' THEN u.record END, CASE WHEN u.type <> '' THEN u.t END,"                                  \
    " CASE WHEN u.label >= 0 THEN u.label END, u.principals::text[], u.body, u.age FROM u JOIN p USING (partner)"

struct notice_columns {
    struct str *partner, *sender, *kind, *type, *principals, *body;
    bool *officers;
    struct uuid *record;
    instant *t;
    int32_t *label;
    int64_t *age;
};

static void columns_new(struct notice_columns *c, size_t n, struct arena *a)
{
    struct str **texts[] = {&c->partner, &c->sender, &c->kind, &c->type, &c->principals, &c->body};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_array(a, n, sizeof(struct str));
    c->officers = arena_array(a, n, sizeof *c->officers);
    c->record = arena_array(a, n, sizeof *c->record);
    c->t = arena_array(a, n, sizeof *c->t);
    c->label = arena_array(a, n, sizeof *c->label);
    c->age = arena_array(a, n, sizeof *c->age);
}

static void columns_fill(struct notice_columns *c, size_t i, const struct notice *in, struct arena *arena)
{
    BUF_CLEANUP struct buf principals = {0};
    sql_array_text(in->principals, in->n_principals, &principals);
    c->partner[i] = in->partner;
    c->sender[i] = in->sender;
    c->kind[i] = str_of(in->kind);
    c->officers[i] = in->officers;
    c->type[i] = in->type ? str_of(in->type->name) : STR("");
    c->record[i] = in->record;
    c->t[i] = in->t;
    c->label[i] = in->label;
    c->principals[i] = arena_str(arena, buf_view(&principals));
    c->body[i] = in->body;
    c->age[i] = in->age;
}

int store_notice_add(struct pg *c, instant at, const struct notice *notices, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct notice_columns k;
    struct pg_args args = {.arena = arena};
    if (!n)
        return 0;
    columns_new(&k, n, arena);
    for (size_t i = 0; i < n; i++)
        columns_fill(&k, i, &notices[i], arena);
    pg_arg_instant(&args, at);
    pg_arg_strs(&args, k.partner, n);
    pg_arg_strs(&args, k.sender, n);
    pg_arg_strs(&args, k.kind, n);
    pg_arg_bools(&args, k.officers, n);
    pg_arg_strs(&args, k.type, n);
    pg_arg_uuids(&args, k.record, n);
    pg_arg_instants(&args, k.t, n);
    pg_arg_i32s(&args, k.label, n);
    pg_arg_strs(&args, k.principals, n);
    pg_arg_strs(&args, k.body, n);
    pg_arg_i64s(&args, k.age, n);
    return pg_exec(c, ADD_NOTICES, &args, NULL, fault);
}

/* --- reading --- */

#define NOTICE_COLUMNS "SELECT n.position, n.at, n.kind, n.type, n.record, n.body, n.acknowledged_at, n.acknowledged_by"
enum { N_POSITION, N_AT, N_KIND, N_TYPE, N_RECORD, N_BODY, N_ACKNOWLEDGED_AT };

static void add_record(struct buf *out, const struct pg_result *rows, int i)
{
    if (pg_null(rows, i, N_RECORD))
        return;
    buf_z(out, ",\"record\":{\"type\":");
    buf_json_str(out, pg_str(rows, i, N_TYPE));
    buf_z(out, ",\"id\":\"");
    buf_uuid(out, pg_uuid(rows, i, N_RECORD));
    buf_z(out, "\"}");
}

void notice_acknowledged_write(const struct pg_result *rows, int i, int column, struct buf *out)
{
    if (pg_null(rows, i, column)) {
        buf_z(out, "\"acknowledged\":null");
        return;
    }
    buf_z(out, "\"acknowledged\":{\"at\":\"");
    buf_instant(out, pg_instant(rows, i, column));
    buf_z(out, "\",\"by\":");
    buf_json_str(out, pg_str(rows, i, column + 1));
    buf_char(out, '}');
}

static void add_notice(struct buf *out, const struct pg_result *rows, int i)
{
    buf_printf(out, "{\"id\":%lld,\"at\":\"", (long long)pg_i64(rows, i, N_POSITION));
    buf_instant(out, pg_instant(rows, i, N_AT));
    buf_z(out, "\",\"kind\":");
    buf_json_str(out, pg_str(rows, i, N_KIND));
    add_record(out, rows, i);
    buf_z(out, ",\"body\":");
    buf_str(out, pg_str(rows, i, N_BODY));
    buf_char(out, ',');
    notice_acknowledged_write(rows, i, N_ACKNOWLEDGED_AT, out);
    buf_char(out, '}');
}

/* What the row-level security lets through is the reader's partner's, and what it has sent itself. */
static void own_notices(struct sql *s, const struct reading *reading, bool officer)
{
    sql_z(s, " FROM notice n WHERE n.partner = ");
    sql_param(s, reader_partner(reading->reader), "text");
    if (!officer)
        sql_z(s, " AND NOT n.officers");
}

int store_notices(struct store *s, const struct reading *reading, const struct notice_filter *filter, struct buf *out,
                  struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    sql_z(&sql, NOTICE_COLUMNS);
    own_notices(&sql, reading, filter->officer);
    sql_z(&sql, " AND n.position > ");
    sql_i64(&sql, filter->after);
    if (filter->kind.n) {
        sql_z(&sql, " AND n.kind = ");
        sql_param(&sql, filter->kind, "text");
    }
    if (filter->open)
        sql_z(&sql, " AND n.acknowledged_at IS NULL");
    sql_z(&sql, " ORDER BY n.position LIMIT ");
    sql_i64(&sql, filter->limit);
    int error = visible_read(s, reading, sql_text(&sql), &sql.args, NULL, &rows, fault);
    if (error)
        return error;
    buf_char(out, '[');
    for (int i = 0; i < pg_rows(rows); i++) {
        if (i)
            buf_char(out, ',');
        add_notice(out, rows, i);
    }
    buf_char(out, ']');
    return 0;
}

int notice_texts(struct store *s, const struct reading *reading, bool officer, const int64_t *positions, size_t n,
                 struct arena *arena, struct str *ret, struct fault *fault)
{
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    pg_arg_i64s(&sql.args, positions, n);
    sql_z(&sql, NOTICE_COLUMNS);
    own_notices(&sql, reading, officer);
    sql_z(&sql, " AND n.position = ANY ($1) ORDER BY n.position");
    int error = visible_read(s, reading, sql_text(&sql), &sql.args, NULL, &rows, fault);
    if (error)
        return error;
    for (size_t i = 0, row = 0; i < n; i++) {
        BUF_CLEANUP struct buf b = {0};
        ret[i] = (struct str){NULL, 0};
        if (row == (size_t)pg_rows(rows) || pg_i64(rows, (int)row, N_POSITION) != positions[i])
            continue;
        add_notice(&b, rows, (int)row++);
        ret[i] = arena_str(arena, buf_view(&b));
    }
    return 0;
}

/* --- acknowledging --- */

static int find_notice(struct store *s, const struct reading *reading, bool officer, int64_t position,
                       struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    sql_z(&sql, "SELECT n.position");
    own_notices(&sql, reading, officer);
    sql_z(&sql, " AND n.position = ");
    sql_i64(&sql, position);
    int error = visible_read(s, reading, sql_text(&sql), &sql.args, NULL, &rows, fault);
    if (!error && !pg_rows(rows))
        error = fault_set(fault, ERR_NOT_FOUND, "", "no such notice");
    return error;
}

/* The first acknowledgement stands. */
int store_notice_acknowledge(struct store *s, const struct reading *reading, bool officer, int64_t position,
                             struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct pg_args args = {0};
    int error = find_notice(s, reading, officer, position, fault);
    if (!error)
        error = pg_take(s->policy, &c, fault);
    if (error)
        return error;
    pg_arg_str(&args, reader_partner(reading->reader));
    pg_arg_i64(&args, position);
    pg_arg_instant(&args, reading->now);
    pg_arg_str(&args, reading->principal);
    return pg_exec(c,
                   "UPDATE notice SET acknowledged_at = $3, acknowledged_by = $4"
                   " WHERE partner = $1 AND position = $2 AND acknowledged_at IS NULL",
                   &args, NULL, fault);
}
