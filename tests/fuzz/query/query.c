/* A query. Input: one byte that chooses type and route, then lines `name=value`.
 * What is accepted is typed: its canonical text reads again as the same value. */
#include "query.h"

#include <stdlib.h>

#define NOW INT64_C(1780315200) * INSTANT_SECOND /* 2026-06-01T12:00:00Z */
#define PARAMS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static size_t split(struct str text, struct param *out)
{
    size_t n = 0;
    while (text.n && n < PARAMS_MAX) {
        const char *end = memchr(text.p, '\n', text.n);
        struct str line = {text.p, end ? (size_t)(end - text.p) : text.n};
        const char *equal = line.n ? memchr(line.p, '=', line.n) : NULL;
        size_t name = equal ? (size_t)(equal - line.p) : line.n, value = equal ? line.n - name - 1 : 0;
        out[n++] = (struct param){{line.p, name}, {line.p + line.n - value, value}};
        size_t used = line.n + (end != NULL);
        text = (struct str){text.p + used, text.n - used};
    }
    return n;
}

/* Values of kinds whose canonical text holds no mark of the language. */
static void check_again(const struct query *q, const struct predicate *p, const struct query_value *v)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *again;
    const char *required = q->type->query_required;
    const struct field *f = required ? field_find(q->type->fields, str_of(required)) : NULL;
    struct str wanted = f && f->kind == FIELD_STRING ? STR("x") : STR("now");
    struct param params[] = {{str_of(p->field->name), v->text}, {str_of(required ? required : ""), wanted}};
    size_t n = !required || str_eq(params[0].name, params[1].name) ? 1 : 2;
    must(query_parse(q->type, params, n, QUERY_COUNT, NOW, arena, &again, NULL) == 0);
    const struct query_value *w = again->predicates[0].values;
    must(again->predicates[0].op == QUERY_EQ && str_eq(w->text, v->text));
    must(w->integer == v->integer && w->time == v->time && w->boolean == v->boolean);
}

static void check_predicate(const struct query *q, const struct predicate *p)
{
    must(p->n == (p->op == QUERY_BETWEEN ? 2 : p->op == QUERY_IN ? p->n : 1) && p->n >= 1 && p->n <= QUERY_IN_MAX);
    must(p->op == QUERY_LIKE ? p->like_open_start || p->like_open_end : !p->like_open_start && !p->like_open_end);
    for (size_t i = 0; i < p->n; i++) {
        must(p->values[i].text.n > 0 && !memchr(p->values[i].text.p, 0, p->values[i].text.n));
        if (p->op != QUERY_LIKE && p->field->kind != FIELD_STRING && p->field->kind != FIELD_ENUM)
            check_again(q, p, &p->values[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct param params[PARAMS_MAX];
    const struct query *q;
    struct fault fault;
    if (!size)
        return 0;
    const struct record_type *type = record_type_at((data[0] & 0x7f) % record_type_count());
    size_t n = split((struct str){(const char *)data + 1, size - 1}, params);
    if (query_parse(type, params, n, data[0] & 0x80 ? QUERY_COUNT : QUERY_LIST, NOW, arena, &q, &fault))
        return 0;
    must(q->n <= QUERY_PREDICATES_MAX && q->max_results <= QUERY_RESULTS_MAX && q->first_result >= 0);
    for (size_t i = 0; i < q->n; i++)
        check_predicate(q, &q->predicates[i]);
    return 0;
}
