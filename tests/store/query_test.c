/* Operators and sorts on the fields of every type, against an evaluation that knows nothing of SQL: it works on the
 * values the records were made from. Then the same under registers by which two thirds of the records are seen in two
 * views with every kind of step: the evaluation works on what is shown of the values.
 *
 * Every field of every type is asked for by one operator or sort, drawn. By all of them: what has a place of its own in
 * the table, in every type, and LIKENESS_SWEEPS fields of all that are asked for alike: of one kind, as deep in arrays,
 * shown in the same ways. RELTO_SEED draws others.
 *
 * What the model says of the same queries on records in memory (match.h) is compared, too: on the records as they are
 * sent. */
#include "fixture.h"

#include "match.h"
#include "memory.h"
#include "view.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>

#define RECORDS 24
#define ELEMENTS_MAX 4
#define POOL_MAX 8
#define FIELDS_MAX 256
#define LIKENESS_SWEEPS 3
#define DEPTHS 8

/* --- values --- */

/* A field of one record: no element if it is absent; several if it is an array or a matrix. */
struct cell {
    bool present;
    size_t n;
    struct str text[ELEMENTS_MAX];
};

/* How often fields have been asked for by all operators: by kind, depth, and what each view does to them. */
typedef unsigned sweeps[FIELD_ANY_KIND_COUNT][DEPTHS][SHOW_REGION + 1][SHOW_REGION + 1];

struct world {
    struct fixture *f;
    uint32_t roll;
    sweeps *swept;
    struct arena *arena;
    const struct record_type *type;
    struct str pools[FIELDS_MAX][POOL_MAX]; /* values the field accepts, canonical text */
    size_t pool_n[FIELDS_MAX];
    struct cell cells[RECORDS][FIELDS_MAX];
    struct cell server[RECORDS][4];
    struct uuid ids[RECORDS];
    instant t[RECORDS];
    size_t queries;
    const struct view *views[3]; /* NULL: the whole record */
    bool shown;                  /* in the views */
    struct str sent[RECORDS];    /* newest first, with what the exchange adds */
    size_t of_sent[RECORDS];     /* the record's number */
};

static const struct view *view_of_record(const struct world *w, size_t record)
{
    return w->views[record % 3];
}

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t x = a * 2654435761u ^ b * 2246822519u ^ c * 3266489917u;
    x ^= x >> 15;
    x *= 2246822519u;
    return x ^ x >> 13;
}

static unsigned draw(struct world *w, unsigned n)
{
    return (w->roll = mix(w->roll, n, 4)) % n;
}

static size_t characters(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

static bool fits(const struct field *f, struct str text)
{
    double v = f->kind == FIELD_STRING ? (double)characters(text) : strtod(text.p, NULL);
    return !field_limited(f) || (v >= f->min && v <= f->max);
}

static const char *const strings[] = {"alpha", "ALPHA beta",        "be%ta", "be_ta", "a\\b\"c",
                                      "",      "zeta \xe6\x97\xa5", NULL};
static const char *const integers[] = {"0", "5", "10", "-7", "100", "9000000000000000000", NULL};
static const char *const floats[] = {"0", "-0.0", "0.5", "1E1", "10", "2.50", "-7.25", "100.125", NULL};
static const char *const bools[] = {"false", "true", NULL};
static const char *const times[] = {"2026-06-03T00:00:00.000000Z", "2026-06-03T00:00:00.000001Z",
                                    "2026-06-30T23:59:59.999999Z", "2026-05-01T12:00:00.000000Z", NULL};

static void fill_pool(struct world *w, size_t field)
{
    const struct field *f = &w->type->fields->fields[field];
    static const char *const marking[] = {"U", NULL};
    const char *const *from[FIELD_ANY_KIND_COUNT] = {strings, integers, floats, bools, times, f->values, NULL};
    const char *const *pool = str_is(str_of(f->name), "classificationMarking") ? marking : from[f->kind];
    w->pool_n[field] = 0;
    for (size_t i = 0; pool && pool[i] && w->pool_n[field] < POOL_MAX; i++)
        if (f->kind == FIELD_ENUM || f->kind == FIELD_BOOL || f->kind == FIELD_TIME || fits(f, str_of(pool[i])))
            w->pools[field][w->pool_n[field]++] = str_of(pool[i]);
    if (!w->pool_n[field] && f->kind == FIELD_STRING) /* shorter than all of them */
        w->pools[field][w->pool_n[field]++] = STR("z");
    if (!w->pool_n[field] && f->kind == FIELD_FLOAT) /* a range that no usual value is in */
        w->pools[field][w->pool_n[field]++] = str_of(arena_printf(w->arena, "%.3f", (f->min + f->max) / 2));
    MUST(w->pool_n[field] || f->kind == FIELD_OBJECT);
}

/* Whether records are posted with values of it. */
static bool has_values(const struct field *f)
{
    return f->kind != FIELD_OBJECT && !f->read_only;
}

static void fill_cell(struct world *w, size_t record, size_t field)
{
    const struct field *f = &w->type->fields->fields[field];
    struct cell *c = &w->cells[record][field];
    if (str_is(str_of(f->name), "classificationMarking")) {
        *c = (struct cell){.present = true, .n = 1, .text = {record % 3 == 2 ? STR("U//REL TO AUS, USA") : STR("U")}};
        return;
    }
    uint32_t dice = mix((uint32_t)record, (uint32_t)field, 1);
    *c = (struct cell){.present = has_values(f) && (f->required || dice % 4 != 0)};
    size_t n = f->depth == 0 ? 1 : f->depth > 1 ? 4 : dice / 4 % (ELEMENTS_MAX + 1);
    for (size_t i = 0; c->present && i < n; i++)
        c->text[c->n++] = w->pools[field][mix((uint32_t)record, (uint32_t)field, 2 + (uint32_t)i) % w->pool_n[field]];
}

/* --- records --- */

static void write_one(const struct field *f, struct str text, struct buf *out)
{
    bool quoted = f->kind == FIELD_STRING || f->kind == FIELD_TIME || f->kind == FIELD_ENUM;
    if (quoted)
        buf_json_str(out, text);
    else
        buf_str(out, text);
}

static void write_run(const struct field *f, const struct cell *c, size_t from, size_t to, struct buf *out)
{
    buf_char(out, '[');
    for (size_t i = from; i < to; i++) {
        if (i > from)
            buf_char(out, ',');
        write_one(f, c->text[i], out);
    }
    buf_char(out, ']');
}

/* What is inside of objects is not queried: a list of them that must be there is empty. */
static void write_cell(const struct field *f, const struct cell *c, struct buf *out)
{
    if (f->kind == FIELD_OBJECT) {
        buf_z(out, "[]");
    } else if (f->depth == 0) {
        write_one(f, c->text[0], out);
    } else if (f->depth == 1) {
        write_run(f, c, 0, c->n, out);
    } else {
        for (int level = 1; level < f->depth; level++)
            buf_char(out, '[');
        write_run(f, c, 0, 2, out);
        buf_char(out, ',');
        write_run(f, c, 2, 4, out);
        for (int level = 1; level < f->depth; level++)
            buf_char(out, ']');
    }
}

static void write_record(const struct world *w, size_t record, struct buf *out)
{
    buf_char(out, '{');
    for (size_t i = 0; i < w->type->fields->n; i++) {
        const struct field *f = &w->type->fields->fields[i];
        bool objects = f->kind == FIELD_OBJECT && f->required && f->depth == 1;
        if (!w->cells[record][i].present && !objects)
            continue;
        const char *name = str_is(str_of(f->name), "clientId") ? "id" : f->name;
        buf_printf(out, "%s\"%s\":", out->p[out->n - 1] == '{' ? "" : ",", name);
        write_cell(f, &w->cells[record][i], out);
    }
    buf_char(out, '}');
}

static struct cell one(struct world *w, struct str text)
{
    return (struct cell){.present = true, .n = 1, .text = {arena_str(w->arena, text)}};
}

/* Each third of the records is another partner's; every other one comes an hour and some later. USA sees Japan's by
 * default, Australia's by their marking. */
static const char *const owners[] = {"USA", "JPN", "AUS"};

static void post_record(struct world *w, size_t record)
{
    char id[UUID_TEXT], at[INSTANT_TEXT + 1];
    BUF_CLEANUP struct buf b = {0};
    const char *owner = owners[record % 3];
    instant now = FIXTURE_NOW + (record % 2 ? INSTANT_HOUR + 1234567 : 0);
    fixture_set_now(w->f, now);
    buf_char(&b, '[');
    write_record(w, record, &b);
    buf_z(&b, "]");
    buf_char(&b, '\0');
    struct fixture_post *p = fixture_post(w->f, w->type->name, owner, b.p);
    MUST(!p->error && !p->post.records[0].outcome && !p->post.records[0].existed);
    w->ids[record] = p->post.records[0].id;
    w->t[record] = p->post.records[0].t;
    uuid_write(w->type->versioned ? p->post.records[0].entity : w->ids[record], id);
    fixture_post_free(p);
    w->server[record][0] = one(w, str_of(instant_text(now, at)));
    w->server[record][1] = one(w, str_of(owner));
    w->server[record][2] = one(w, (struct str){id, UUID_TEXT});
    w->server[record][3] = one(w, STR("RELTO"));
}

/* --- the naive evaluation --- */

static int compare(enum field_kind kind, struct str a, struct str b)
{
    if (kind == FIELD_INT) {
        int64_t x = strtoll(a.p, NULL, 10), y = strtoll(b.p, NULL, 10);
        return (x > y) - (x < y);
    }
    if (kind == FIELD_FLOAT) {
        double x = strtod(a.p, NULL), y = strtod(b.p, NULL);
        return (x > y) - (x < y);
    }
    return str_cmp(a, b); /* false < true, fixed-width times, text by bytes */
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

static bool same_letters(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return false;
    return true;
}

static bool like(const struct predicate *p, struct str text)
{
    struct str part = p->values[0].text;
    for (size_t at = 0; at + part.n <= text.n; at++)
        if (same_letters(text.p + at, part.p, part.n) && (p->like_open_start || at == 0) &&
            (p->like_open_end || at + part.n == text.n))
            return true;
    return false;
}

static bool element_matches(const struct predicate *p, enum query_op op, struct str text)
{
    enum field_kind kind = p->field->kind;
    bool any = false;
    switch (op) {
    case QUERY_LIKE: return like(p, text);
    case QUERY_GE: return compare(kind, text, p->values[0].text) >= 0;
    case QUERY_LE: return compare(kind, text, p->values[0].text) <= 0;
    case QUERY_BETWEEN:
        return compare(kind, text, p->values[0].text) >= 0 && compare(kind, text, p->values[1].text) <= 0;
    default:
        for (size_t i = 0; i < p->n; i++)
            any = any || compare(kind, text, p->values[i].text) == 0;
        return any;
    }
}

static bool matches(const struct predicate *p, const struct cell *c)
{
    bool any = false;
    if (!c->present)
        return false;
    for (size_t i = 0; i < c->n; i++)
        any = any || element_matches(p, p->op == QUERY_NE ? QUERY_EQ : p->op, c->text[i]);
    return p->op == QUERY_NE ? !any : any;
}

/* --- asking --- */

static const struct cell *cell_of(const struct world *w, size_t record, const struct field *f, bool server)
{
    const struct field_table *t = server ? server_fields() : w->type->fields;
    size_t i = (size_t)(f - t->fields);
    return server ? &w->server[record][i] : &w->cells[record][i];
}

static struct reading reading_of(const struct world *w)
{
    struct reading reading = fixture_reading(w->f, "spiffe://usa.example/operator/a");
    reading.disclose = false;
    return reading;
}

static struct str sent_as(struct world *w, const struct stored_record *record)
{
    BUF_CLEANUP struct buf b = {0};
    char id[UUID_TEXT], at[INSTANT_TEXT + 1];
    uuid_write(w->type->versioned ? record->entity : record->id, id);
    buf_printf(&b, "{\"createdAt\":\"%s\",\"createdBy\":\"%.*s\",\"id\":\"%.*s\",\"origNetwork\":\"RELTO\"",
               instant_text(record->ingested_at, at), STR_ARG(record->originator), UUID_TEXT, id);
    buf_char(&b, ',');
    buf_add(&b, record->body.p + 1, record->body.n - 1);
    return arena_str(w->arena, buf_view(&b));
}

/* Ids in the order of the answer; ret_sent may be NULL. */
static size_t ask_sent(struct world *w, const struct query *q, struct uuid *ids, struct str *ret_sent)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = reading_of(w);
    const struct stored_record *records;
    const struct receipt *receipt;
    struct store_list *l;
    struct fault fault;
    size_t n = 0, chunk;
    MUST(store_list_open(w->f->store, &reading, q, &l, &fault) == 0);
    for (int error; (error = store_list_next(l, arena, &records, &chunk, &receipt, &fault)) != STORE_LIST_END;) {
        MUST(!error && n + chunk <= RECORDS);
        for (size_t i = 0; i < chunk; i++) {
            if (ret_sent)
                ret_sent[n] = sent_as(w, &records[i]);
            ids[n++] = records[i].id;
        }
    }
    store_list_close(l, true);
    return n;
}

static size_t ask(struct world *w, const struct query *q, struct uuid *ids)
{
    return ask_sent(w, q, ids, NULL);
}

static void describe(const struct world *w, const struct query *q)
{
    fprintf(stderr, "%s:", w->type->name);
    for (size_t i = 0; i < q->n; i++) {
        fprintf(stderr, " %s op %d", q->predicates[i].field->name, (int)q->predicates[i].op);
        for (size_t k = 0; k < q->predicates[i].n; k++)
            fprintf(stderr, " [%.*s]", STR_ARG(q->predicates[i].values[k].text));
    }
    fprintf(stderr, "%s%s\n", q->sort ? " sort " : "", q->sort ? q->sort->name : "");
}

static size_t find_id(const struct uuid *ids, size_t n, const struct uuid *id)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(&ids[i], id, sizeof *id) == 0)
            return i;
    return n;
}

static void look_at_sent(struct world *w)
{
    struct uuid ids[RECORDS];
    const struct query all = {.type = w->type, .max_results = -1};
    MUST(ask_sent(w, &all, ids, w->sent) == RECORDS);
    for (size_t i = 0; i < RECORDS; i++)
        w->of_sent[i] = find_id(w->ids, RECORDS, &ids[i]);
}

/* The same by the model alone. */
static void check_in_memory(const struct world *w, const struct query *q, const struct uuid *ids, size_t n)
{
    for (size_t i = 0; i < RECORDS; i++) {
        bool found = find_id(ids, n, &w->ids[w->of_sent[i]]) < n;
        if (query_selects(q, w->sent[i]) != found) {
            describe(w, q);
            fprintf(stderr, "%.*s\n", STR_ARG(w->sent[i]));
        }
        MUST(query_selects(q, w->sent[i]) == found);
    }
}

/* But where the order of equals differs, which the model leaves as it is. */
static void check_order_in_memory(const struct world *w, const struct query *q, const struct uuid *ids)
{
    struct str objects[RECORDS];
    memcpy(objects, w->sent, sizeof objects);
    query_order(q, objects, RECORDS);
    for (size_t i = 0; i < RECORDS && !(q->sort_ascending && is_time_field(w->type, q->sort)); i++) {
        size_t at = 0;
        while (w->sent[at].p != objects[i].p)
            at++;
        if (memcmp(&w->ids[w->of_sent[at]], &ids[i], sizeof *ids) != 0)
            describe(w, q);
        MUST(memcmp(&w->ids[w->of_sent[at]], &ids[i], sizeof *ids) == 0);
    }
}

static void check_query(struct world *w, const struct query *q)
{
    struct uuid ids[RECORDS];
    struct reading reading = reading_of(w);
    struct fault fault;
    size_t n = ask(w, q, ids), want = 0;
    int64_t count = -1;
    bool same = true;
    for (size_t r = 0; r < RECORDS; r++) {
        bool match = true;
        for (size_t i = 0; i < q->n; i++)
            match = match &&
                    matches(&q->predicates[i], cell_of(w, r, q->predicates[i].field, q->predicates[i].server_field));
        want += match;
        same = same && match == (find_id(ids, n, &w->ids[r]) < n);
    }
    MUST(store_count(w->f->store, &reading, q, &count, &fault) == 0);
    if (!same || n != want || count != (int64_t)want)
        describe(w, q);
    MUST(same && n == want && count == (int64_t)want);
    check_in_memory(w, q, ids, n);
    w->queries++;
}

/* --- queries on one field --- */

static const struct cell *some_value(const struct world *w, const struct field *f, bool server, uint32_t seed)
{
    for (uint32_t i = 0;; i++) {
        const struct cell *c = cell_of(w, mix(seed, i, 77) % RECORDS, f, server);
        if (c->n)
            return c;
        MUST(i < 1000);
    }
}

static struct query_value value_of(const struct field *f, struct str text)
{
    struct query_value v = {.text = text};
    MUST(f->kind != FIELD_TIME || instant_parse(text, &v.time));
    return v;
}

static void check_operator(struct world *w, const struct field *f, bool server, enum query_op op, uint32_t seed)
{
    struct query_value values[3];
    for (uint32_t i = 0; i < 3; i++)
        values[i] = value_of(f, some_value(w, f, server, seed * 3 + i)->text[0]);
    if (op == QUERY_BETWEEN && compare(f->kind, values[0].text, values[1].text) > 0) {
        struct query_value swap = values[0];
        values[0] = values[1];
        values[1] = swap;
    }
    size_t n = op == QUERY_IN ? 3 : op == QUERY_BETWEEN ? 2 : 1;
    struct predicate p = {.field = f, .server_field = server, .op = op, .n = n, .values = values};
    check_query(w, &(struct query){.type = w->type, .predicates = &p, .n = 1, .max_results = -1});
}

static struct str part_of(struct str text, size_t from, size_t to)
{
    return text.n < 2 ? text : (struct str){text.p + from * text.n / 4, to * text.n / 4 - from * text.n / 4};
}

static void check_likes(struct world *w, const struct field *f, bool server, uint32_t seed)
{
    struct str text = some_value(w, f, server, seed)->text[0],
               parts[] = {part_of(text, 0, 2), part_of(text, 2, 4), STR("%")};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!parts[i].n || (parts[i].n < text.n && ((unsigned char)parts[i].p[0] & 0xc0) == 0x80) ||
            ((unsigned char)parts[i].p[parts[i].n - 1] & 0x80))
            continue; /* no text by itself */
        struct query_value value = {.text = parts[i]};
        for (int open = 1; open < 4; open++) {
            struct predicate p = {.field = f,
                                  .server_field = server,
                                  .op = QUERY_LIKE,
                                  .n = 1,
                                  .values = &value,
                                  .like_open_start = open & 1,
                                  .like_open_end = open & 2};
            check_query(w, &(struct query){.type = w->type, .predicates = &p, .n = 1, .max_results = -1});
        }
    }
}

/* Fields that are columns, together with one that is not. */
static void check_pairs(struct world *w)
{
    for (uint32_t i = 0; i < 30; i++) {
        struct predicate p[2];
        struct query_value values[2];
        for (uint32_t k = 0; k < 2; k++) {
            const struct field *f;
            do
                f = &w->type->fields->fields[mix(i, k, 3) % w->type->fields->n];
            while (!has_values(f) && ++i);
            values[k] = value_of(f, some_value(w, f, false, i + k)->text[0]);
            p[k] = (struct predicate){.field = f, .op = k ? QUERY_LE : QUERY_NE, .n = 1, .values = &values[k]};
        }
        check_query(w, &(struct query){.type = w->type, .predicates = p, .n = 2, .max_results = -1});
    }
}

/* --- sorts --- */

static bool before(const struct world *w, const struct query *q, size_t a, size_t b)
{
    const struct cell *x = cell_of(w, a, q->sort, q->sort_server_field),
                      *y = cell_of(w, b, q->sort, q->sort_server_field);
    int order = x->present && y->present ? compare(q->sort->kind, x->text[0], y->text[0]) : 0;
    if (x->present != y->present)
        return x->present;
    if (order)
        return q->sort_ascending ? order < 0 : order > 0;
    bool time = !q->sort_server_field && is_time_field(w->type, q->sort);
    int newest = (w->t[a] > w->t[b]) - (w->t[a] < w->t[b]);
    newest = newest ? newest : memcmp(&w->ids[a], &w->ids[b], UUID_SIZE);
    return time && q->sort_ascending ? newest < 0 : newest > 0;
}

static void check_sort(struct world *w, const struct field *f, bool server, bool ascending)
{
    struct query q = {
        .type = w->type, .sort = f, .sort_server_field = server, .sort_ascending = ascending, .max_results = -1};
    struct uuid ids[RECORDS];
    size_t n = ask(w, &q, ids), last = RECORDS;
    if (n != RECORDS)
        describe(w, &q);
    MUST(n == RECORDS);
    for (size_t i = 0; i < n; i++) {
        size_t r = find_id(w->ids, RECORDS, &ids[i]);
        if (last < RECORDS && !before(w, &q, last, r)) {
            describe(w, &q);
            MUST(before(w, &q, last, r));
        }
        last = r;
    }
    check_order_in_memory(w, &q, ids);
    w->queries++;
}

/* --- views --- */

/* Two views of every type: each treats a field in its own way, by the field's place in the table. */
static void write_step(const struct record_type *type, size_t i, size_t view, struct buf *out, struct buf *dropped)
{
    const struct field *f = &type->fields->fields[i];
    bool kept = str_is(str_of(f->name), "classificationMarking") || str_is(str_of(f->name), "dataMode") ||
                f->kind == FIELD_OBJECT || strstr(f->name, "lat") || strstr(f->name, "lon") || f->sensor_position;
    bool number = f->kind == FIELD_INT || f->kind == FIELD_FLOAT;
    size_t dice = (i + view) % 4;
    if (is_time_field(type, f))
        buf_printf(out, ",{\"time\":{\"field\":\"%s\",\"seconds\":%d}}", f->name, view ? 7 * 86400 : 3600);
    else if (kept || dice == 3)
        return;
    else if (number && dice < 2)
        buf_printf(
            out, dice ? ",{\"digits\":{\"field\":\"%s\",\"digits\":1}}" : ",{\"round\":{\"field\":\"%s\",\"step\":5}}",
            f->name);
    else if (f->kind == FIELD_TIME && dice < 2)
        buf_printf(out, ",{\"time\":{\"field\":\"%s\",\"seconds\":86400}}", f->name);
    else
        buf_printf(dropped, ",\"%s\"", f->name);
}

#define AREAS                                                                                                          \
    "\"regions\":[{\"name\":\"A\",\"south\":0,\"north\":5,\"west\":-180,\"east\":5,\"at\":[2.5,-1]},"                  \
    "{\"name\":\"B\",\"south\":-90,\"north\":90,\"west\":10,\"east\":-5,\"at\":[-50.25,170]}]"

static void write_view(const struct record_type *type, size_t view, struct buf *out)
{
    const struct field_table *t = type->fields;
    BUF_CLEANUP struct buf dropped = {0};
    buf_printf(out, "[{\"delay\":{\"seconds\":%d}}", view ? 1 : 60);
    for (size_t i = 0; i < t->n; i++)
        write_step(type, i, view, out, &dropped);
    if (dropped.n)
        buf_printf(out, ",{\"drop\":[%.*s]}", (int)dropped.n - 1, dropped.p + 1);
    for (size_t i = 0; view && i < 2; i++) {
        static const char *const latitudes[] = {"lat", "senlat"}, *const longitudes[] = {"lon", "senlon"};
        if (field_find(t, str_of(latitudes[i])))
            buf_printf(out, ",{\"region\":{\"latitude\":\"%s\",\"longitude\":\"%s\"," AREAS "}}", latitudes[i],
                       longitudes[i]);
    }
    buf_char(out, ']');
}

/* Japan's agreement shows the first view, the one with Australia the second. */
static void apply_views(struct fixture *f)
{
    static const char *const codes[] = {"FIRST", "SECOND"};
    BUF_CLEANUP struct buf cspo = {0}, views = {0};
    buf_z(&views, "\"communities\": [], \"views\": [");
    for (size_t v = 0; v < 2; v++) {
        buf_printf(&views, "%s{\"code\":\"%s\",\"title\":\"%s\",\"types\":{", v ? "," : "", codes[v], codes[v]);
        for (size_t i = 0; i < record_type_count(); i++) {
            buf_printf(&views, "%s\"%s\":", i ? "," : "", record_type_at(i)->name);
            write_view(record_type_at(i), v, &views);
        }
        buf_z(&views, "}}");
    }
    buf_z(&views, "], \"agreements\": [{\"views\": {\"*\": \"SECOND\"}, ");
    buf_char(&views, '\0');
    fixture_apply_two(f, "\"communities\": [],\n \"agreements\": [\n  {", views.p, "{\"id\": \"USA-JPN-2026\",",
                      "{\"views\": {\"*\": \"FIRST\"}, \"id\": \"USA-JPN-2026\",");
}

/* Once both views have waited. */
static void compile_views(struct world *w)
{
    for (size_t v = 0; v < 2; v++) {
        BUF_CLEANUP struct buf steps = {0};
        write_view(w->type, v, &steps);
        MUST(view_compile(w->type, arena_str(w->arena, buf_view(&steps)), w->arena, &w->views[v + 1], NULL) == 0);
    }
}

static struct str cut(struct str text, size_t front, size_t back)
{
    return (struct str){text.p + front, text.n - front - back};
}

/* What is shown of one value: by itself, or with the coordinates that decide about it. */
static bool show_value(struct world *w, size_t record, const struct field *f, struct str value, struct str *ret)
{
    BUF_CLEANUP struct buf body = {0}, shown = {0};
    const struct projection *p = view_field(view_of_record(w, record), f);
    const struct field *fields[] = {f, p->region ? p->region->latitude : NULL, p->region ? p->region->longitude : NULL};
    struct str values[3] = {value};
    bool array = f->depth != 0, quotes = f->kind == FIELD_TIME;
    for (size_t i = 1; p->region && i < 3; i++) {
        const struct cell *c = &w->cells[record][fields[i] - w->type->fields->fields];
        values[i] = c->present && fields[i] != f ? c->text[0] : (struct str){NULL, 0};
    }
    for (size_t i = 0; i < 3; i++)
        if (values[i].p)
            buf_printf(&body, "%c\"%s\":%s%s%.*s%s%s", body.n ? ',' : '{', fields[i]->name, array ? "[" : "",
                       quotes ? "\"" : "", STR_ARG(values[i]), quotes ? "\"" : "", array ? "]" : "");
    buf_char(&body, '}');
    MUST(view_project(view_of_record(w, record), buf_view(&body), (struct str){NULL, 0}, &shown));
    buf_char(&shown, '\0');
    char *at = strstr(shown.p, arena_printf(w->arena, "\"%s\":", f->name));
    if (!at)
        return false;
    at += strlen(f->name) + 3;
    struct str text = {at, strcspn(at, quotes ? "}" : ",]}")};
    if (array && quotes)
        text = cut(text, 1, 1);
    else if (array)
        text = (struct str){at + 1, strcspn(at + 1, "]")};
    *ret = arena_str(w->arena, quotes ? cut(text, 1, 1) : text);
    return true;
}

static void show_cell(struct world *w, size_t record, size_t field, struct cell *out)
{
    const struct field *f = &w->type->fields->fields[field];
    const struct projection *p = view_field(view_of_record(w, record), f);
    *out = w->cells[record][field];
    if (p->kind == SHOW_WHOLE || !out->present)
        return;
    out->present = p->kind != SHOW_NOTHING;
    for (size_t i = 0; out->present && i < out->n; i++)
        out->present = show_value(w, record, f, out->text[i], &out->text[i]);
    if (!out->present)
        out->n = 0;
}

static instant floor_to(instant t, int64_t width)
{
    return width ? instant_floor(t, width) : t;
}

/* From here on the world is as USA is shown it. */
static void show_world(struct world *w)
{
    for (size_t r = 0; r < RECORDS; r++) {
        const struct view *v = view_of_record(w, r);
        struct cell shown[FIELDS_MAX];
        instant created;
        char at[INSTANT_TEXT + 1];
        if (!v)
            continue;
        for (size_t i = 0; i < w->type->fields->n; i++)
            show_cell(w, r, i, &shown[i]);
        memcpy(w->cells[r], shown, sizeof shown);
        MUST(instant_parse(w->server[r][0].text[0], &created));
        w->server[r][0] = one(w, str_of(instant_text(floor_to(created, view_created_width(v)), at)));
        w->t[r] = floor_to(w->t[r], view_time_width(v));
    }
    w->shown = true;
}

/* --- all --- */

/* By its own column, or with a meaning that SQL knows. */
static bool has_own_place(const struct world *w, const struct field *f, bool server)
{
    struct str name = str_of(f->name);
    return server || is_time_field(w->type, f) || str_is(name, "classificationMarking") || str_is(name, "dataMode") ||
           (w->type->object_field && str_is(name, w->type->object_field));
}

static enum projection_kind shown_as(const struct world *w, size_t view, const struct field *f)
{
    return w->shown ? view_field(w->views[view], f)->kind : SHOW_WHOLE;
}

static bool to_be_swept(struct world *w, const struct field *f, bool server)
{
    MUST(f->depth < DEPTHS);
    return has_own_place(w, f, server) ||
           (*w->swept)[f->kind][f->depth][shown_as(w, 1, f)][shown_as(w, 2, f)]++ < LIKENESS_SWEEPS;
}

enum { ASK_LIKE = QUERY_IN + 1, ASK_SORT, ASK_SORT_ASCENDING, ASK_N };

static void check_way(struct world *w, const struct field *f, bool server, unsigned way)
{
    if (way <= QUERY_IN)
        check_operator(w, f, server, (enum query_op)way, way);
    else if (way == ASK_LIKE)
        check_likes(w, f, server, 5);
    else
        check_sort(w, f, server, way == ASK_SORT_ASCENDING);
}

static void check_field(struct world *w, const struct field *f, bool server)
{
    bool all = to_be_swept(w, f, server);
    unsigned ways = f->depth ? ASK_SORT : ASK_N, drawn = draw(w, ways);
    for (unsigned way = 0; way < ways; way++)
        if (all || way == drawn)
            check_way(w, f, server, way);
}

/* From a field that is drawn on, so that not the same ones are swept each time. */
static void check_everything(struct world *w)
{
    look_at_sent(w);
    for (int server = 0; server < 2; server++) {
        const struct field_table *t = server ? server_fields() : w->type->fields;
        size_t first = draw(w, (unsigned)t->n);
        for (size_t i = 0; i < t->n; i++) {
            const struct field *f = &t->fields[(first + i) % t->n];
            if (has_values(f))
                check_field(w, f, server);
        }
    }
    check_pairs(w);
}

static void check_type(struct fixture *f, const struct record_type *type, sweeps *swept, uint32_t *roll)
{
    struct world *w = memory_zeroed(sizeof *w);
    w->f = f;
    w->type = type;
    w->swept = swept;
    w->roll = *roll;
    w->arena = arena_new();
    MUST(type->fields->n <= FIELDS_MAX && server_fields()->n == 4);
    for (size_t i = 0; i < type->fields->n; i++)
        fill_pool(w, i);
    for (size_t r = 0; r < RECORDS; r++) {
        for (size_t i = 0; i < type->fields->n; i++)
            fill_cell(w, r, i);
        post_record(w, r);
    }
    fixture_set_now(f, FIXTURE_NOW + 2 * INSTANT_HOUR);
    check_everything(w);
    compile_views(w);
    show_world(w);
    apply_views(f);
    check_everything(w);
    fixture_apply(f, "", "");
    printf("%s: %zu queries\n", type->name, w->queries);
    *roll = w->roll;
    arena_free(w->arena);
    free(w);
}

int main(void)
{
    const char *seed = getenv("RELTO_SEED");
    uint32_t roll = seed ? (uint32_t)strtoul(seed, NULL, 10) : 5;
    sweeps *swept = memory_zeroed(sizeof *swept);
    struct fixture f;
    printf("RELTO_SEED=%u\n", (unsigned)roll);
    fixture_open(&f);
    for (size_t i = 0, n = record_type_count(), first = mix(roll, 0, 1) % n; i < n; i++)
        check_type(&f, record_type_at((first + i) % n), swept, &roll);
    fixture_close(&f);
    free(swept);
    puts("ok");
    return 0;
}
