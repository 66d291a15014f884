/* store_list_later: a list that is one short chunk, read by a lane. */
#include "lane.h"
#include "list_data.h"

struct list_later {
    struct lane_read read;
    struct store_list *list;
    struct arena *arena; /* of this structure, and of what is only good for one read */
    struct sql sql;
    size_t asked;
    unsigned cost;
    struct disclosed *parts;
    size_t n_parts;
    struct store_later later;
};

static void end_list(void *ctx, int error)
{
    struct list_later *v = ctx;
    struct store_list *l = v->list;
    sql_free(&v->sql);
    if (!error)
        account_add(&l->account, v->parts, v->n_parts, &l->receipt);
    v->later.done(v->later.ctx, error, error ? NULL : &l->receipt);
}

static bool take_list(void *ctx, struct pg_result *rows, int row, struct disclosing *ret)
{
    struct list_later *v = ctx;
    struct store_list *l = v->list;
    struct chunk chunk = {.class = l->class, .rows = rows, .asked = v->asked}; /* class and rows: not its own */
    struct records records;
    (void)row;
    int error = rows ? list_quick_take(l, &chunk, v->arena, &records) : (int)ERR_SLOW_QUERY;
    if (!rows)
        class_lists_slowly(l->class);
    if (error) {
        end_list(v, error);
        return false;
    }
    v->n_parts = records_disclosed(&records, NULL, records.n, &l->account, v->arena, &v->parts);
    v->later.make(v->later.ctx, records.v, records.n, l->banner.text);
    *ret = (struct disclosing){&l->reading, l->type, v->parts, v->n_parts, &l->receipt, end_list, v};
    return true;
}

static bool push(struct list_later *v)
{
    struct store_list *l = v->list;
    v->asked = list_quick_statement(l, &v->sql);
    v->read = (struct lane_read){.reading = &l->reading,
                                 .class = l->class,
                                 .sight = &l->sight.stamp,
                                 .sql = sql_text(&v->sql),
                                 .args = &v->sql.args,
                                 .cost = v->cost,
                                 .take = take_list,
                                 .ctx = v};
    return lane_push(l->s->lanes, &v->read);
}

bool store_list_later(struct store *s, const struct reading *reading, const struct query *query, struct arena *arena,
                      const struct store_later *later, struct store_list **ret)
{
    CLASS_CLEANUP struct class *class = class_known(s->visibility, reading->registry, reading->reader, reading->now);
    if (!class || class_lists_were_slow(class))
        return false;
    struct list_later *v = arena_alloc(arena, sizeof *v);
    struct store_list *l = list_new(s, reading, query, class_ref(class));
    *v = (struct list_later){.list = l, .arena = arena, .later = *later};
    *ret = l;
    if (list_is_quick(l, &v->cost) && push(v))
        return true;
    sql_free(&v->sql);
    store_list_close(l, false);
    *ret = NULL;
    return false;
}
