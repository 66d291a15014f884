#include "list_banner.h"

#include "memory.h"
#include "reach.h"

void list_banner_free(struct list_banner *b)
{
    free(b->known);
    free(b->labels);
}

/* False if it is known already. */
static bool add_label(struct list_banner *b, int32_t label)
{
    size_t byte = (size_t)label / 8;
    uint8_t bit = (uint8_t)(1U << (label % 8));
    if (byte >= b->bytes) {
        size_t bytes = 2 * byte + 64;
        b->known = memory_resize(b->known, bytes);
        memset(b->known + b->bytes, 0, bytes - b->bytes);
        b->bytes = bytes;
    }
    if (b->known[byte] & bit)
        return false;
    b->known[byte] |= bit;
    if (b->n == b->room) {
        b->room = b->room ? 2 * b->room : 32;
        b->labels = memory_resize(b->labels, b->room * sizeof *b->labels);
    }
    b->labels[b->n++] = label;
    return true;
}

static int text_of(const struct list_banner *b, struct class *class, struct str *ret, struct fault *fault)
{
    const struct release *release;
    int error = 0;
    for (size_t i = 0; i < b->n && !error; i++)
        error = class_release(class, b->labels[i], &release, fault);
    return error ? error : class_banner(class, b->labels, b->n, b->arena, ret, fault);
}

int list_banner_take(struct list_banner *b, struct class *class, const struct records *records, struct fault *fault)
{
    size_t before = b->n;
    struct str text;
    for (size_t i = 0; i < records->n; i++)
        add_label(b, records->sources[i].release->row->id);
    if (!b->told || b->n == before)
        return 0;
    int error = text_of(b, class, &text, fault);
    if (!error && !str_eq(text, b->text))
        error = fault_set(fault, ERR_STALE, "", "a record was relabelled beyond the banner of the list");
    return error;
}

void list_banner_join(struct list_banner *b, const struct list_banner *more)
{
    for (size_t i = 0; i < more->n; i++)
        add_label(b, more->labels[i]);
}

int list_banner_whole(struct list_banner *b, struct class *class, const struct records *records, struct fault *fault)
{
    int error = list_banner_take(b, class, records, fault);
    return error ? error : text_of(b, class, &b->text, fault);
}

/* --- what is still to come --- */

/* With more labels than this one pass over the partitions is cheaper than so many probes of an index. */
#define PROBED_LABELS_MAX 1000

static void conditions(struct sql *s, const struct list_rest *rest)
{
    sql_from(s, rest->type);
    if (rest->where)
        buf_str(&s->text, buf_view(&rest->where->text));
    sql_z(s, " AND r.seq + 0 <= "); /* as the list has it */
    sql_i64(s, rest->mark);
}

/* LIMIT keeps the probe a probe: as EXISTS it could become a join with the whole table. What it looks at is under
 * row-level security: a label that only hidden records have is not found. Of those that were met already nothing is
 * asked. */
static void statement(struct sql *s, const struct list_banner *b, const struct list_rest *rest, struct class *class)
{
    size_t labels;
    class_share(class, str_of(rest->type->name), &labels);
    if (labels > PROBED_LABELS_MAX) {
        sql_z(s, "SELECT DISTINCT r.label_id");
        conditions(s, rest);
        return;
    }
    sql_z(s, "SELECT l.id FROM ");
    reach_labels(class, rest->type, NULL, s);
    sql_z(s, " CROSS JOIN LATERAL (SELECT 1");
    conditions(s, rest);
    sql_z(s, " AND r.label_id = l.id LIMIT 1) r");
    pg_arg_i32s(&s->args, b->labels, b->n);
    buf_printf(&s->text, " WHERE l.id <> ALL ($%d)", s->args.n);
}

static int find_labels(struct list_banner *b, struct store *s, const struct reading *reading,
                       const struct list_rest *rest, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    SQL_CLEANUP struct sql sql = {.args = rest->where ? rest->where->args : (struct pg_args){0}};
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    int error = class_ensure(s->visibility, reading->registry, reading->reader, reading->now, &class, fault);
    if (error)
        return error;
    sql.args.arena = arena;
    statement(&sql, b, rest, class);
    error = visible_read_seen(s, reading, rest->type, rest->sight, sql_text(&sql), &sql.args, NULL, &rows, fault);
    for (int i = 0; !error && i < pg_rows(rows); i++)
        add_label(b, pg_i32(rows, i, 0));
    return error;
}

int list_banner_tell(struct list_banner *b, struct store *s, const struct reading *reading,
                     const struct list_rest *rest, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    int error = rest->whole ? 0 : find_labels(b, s, reading, rest, fault);
    if (!error)
        error = class_ensure(s->visibility, reading->registry, reading->reader, reading->now, &class, fault);
    if (!error)
        error = text_of(b, class, &b->text, fault);
    b->told = !error;
    return error;
}
