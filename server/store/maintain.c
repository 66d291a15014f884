/* Partitions: made ahead of time and on demand, drained and dropped. All of it happens inside functions of the schema
 * that run as its owner; this file decides when. */
#include "feed.h"
#include "internal.h"
#include "memory.h"
#include "releases.h"

#include <pthread.h>
#include <stdio.h>

#define PARTITIONS_AHEAD 2 /* beyond the one that holds the present */
#define DRAIN_STEPS 64     /* at most, for one type in one round */
#define QUERY_LOG_KEPT (2 * 366 * INSTANT_DAY)
#define DISCLOSURES_KEPT (10 * 366 * INSTANT_DAY)

/* Ranges of t that are known to have a place, for each type. */
struct range {
    instant from, to;
};
struct known {
    struct range *ranges;
    size_t n, cap;
};
struct partitions {
    pthread_mutex_t lock;
    struct known *types; /* as record_type_at counts them */
};

/* --- what is known --- */

struct partitions *partitions_new(void)
{
    struct partitions *p = memory_zeroed(sizeof *p);
    p->types = memory_zeroed(record_type_count() * sizeof *p->types);
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void partitions_free(struct partitions *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < record_type_count(); i++)
        free(p->types[i].ranges);
    pthread_mutex_destroy(&p->lock);
    free(p->types);
    free(p);
}

void partitions_forget(struct store *s)
{
    pthread_mutex_lock(&s->partitions->lock);
    for (size_t i = 0; i < record_type_count(); i++)
        s->partitions->types[i].n = 0;
    pthread_mutex_unlock(&s->partitions->lock);
}

static struct known *known_of(struct partitions *p, const struct record_type *type)
{
    size_t i = 0;
    while (record_type_at(i) != type)
        i++;
    return &p->types[i];
}

/* The range found moves to the front: most records are of one time. */
static bool is_known(struct partitions *p, const struct record_type *type, instant t)
{
    bool found = false;
    pthread_mutex_lock(&p->lock);
    struct known *k = known_of(p, type);
    for (size_t i = 0; i < k->n && !found; i++) {
        struct range range = k->ranges[i];
        found = range.from <= t && t < range.to;
        if (found) {
            k->ranges[i] = k->ranges[0];
            k->ranges[0] = range;
        }
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void learn(struct partitions *p, const struct record_type *type, struct range range)
{
    pthread_mutex_lock(&p->lock);
    struct known *k = known_of(p, type);
    if (k->n == k->cap) {
        k->cap = k->cap ? 2 * k->cap : 16;
        k->ranges = memory_resize(k->ranges, k->cap * sizeof *k->ranges);
    }
    k->ranges[k->n++] = range;
    pthread_mutex_unlock(&p->lock);
}

/* --- on demand --- */

static int ask(struct pg *c, const struct record_type *type, instant t, unsigned most, struct range *ret,
               struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_str(&args, str_of(type->name));
    pg_arg_instant(&args, t);
    pg_arg_i32(&args, most > INT32_MAX ? INT32_MAX : (int32_t)most);
    int error = pg_exec(c, "SELECT lower, upper FROM record_partition_ensure($1, $2, $3)", &args, &r, fault);
    if (error)
        return error;
    if (pg_null(r, 0, 0)) { /* the default partition, which takes any time: remembered in steps of the usual width */
        instant from = instant_floor(t, type->partition_width);
        *ret = (struct range){from, instant_add(from, type->partition_width)};
    } else {
        *ret = (struct range){pg_instant(r, 0, 0), pg_instant(r, 0, 1)};
    }
    return 0;
}

int partition_ensure(struct store *s, struct pg *c, const struct record_type *type, instant t, struct fault *fault)
{
    struct range range;
    if (is_known(s->partitions, type, t))
        return 0;
    int error = ask(c, type, t, s->partitions_per_type, &range, fault);
    if (!error)
        learn(s->partitions, type, range);
    return error;
}

/* --- at start and every hour --- */

/* sql: a function of the type's name that makes indexes. */
static int ensure_indexes(struct pg *c, const struct record_type *type, const char *sql, struct fault *fault)
{
    struct pg_args name = {0};
    pg_arg_str(&name, str_of(type->name));
    return pg_exec(c, sql, &name, NULL, fault);
}

static int ensure_type(struct pg *c, const struct record_type *type, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, str_of(type->name));
    pg_arg_i64(&args, type->partition_width);
    int error = pg_exec(c, "SELECT record_type_ensure($1, $2)", &args, NULL, fault);
    if (!error && type->versioned)
        error = ensure_indexes(c, type, "SELECT record_type_versions($1)", fault);
    if (!error && type->succession)
        error = ensure_indexes(c, type, "SELECT record_type_events($1)", fault);
    if (!error && type->query_required && strcmp(type->query_required, "createdAt") == 0)
        error = ensure_indexes(c, type, "SELECT record_type_acceptance($1)", fault);
    return error;
}

/* These are not counted against the limit: present records never have to share the default partition with old ones. */
static int ensure_ahead(struct pg *c, const struct record_type *type, instant now, struct fault *fault)
{
    int error = 0;
    for (int i = 0; !error && i <= PARTITIONS_AHEAD; i++) {
        struct range range;
        error = ask(c, type, instant_add(now, i * type->partition_width), INT32_MAX, &range, fault);
    }
    return error;
}

/* Runs a function of (type, x) that returns a number or NULL. */
static int step(struct pg *c, const char *sql, struct pg_args *args, int64_t *ret, bool *ret_null, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_exec(c, sql, args, &r, fault);
    if (error)
        return error;
    *ret_null = pg_null(r, 0, 0);
    *ret = *ret_null ? 0 : pg_i64(r, 0, 0);
    return 0;
}

static int retire(struct store *s, struct pg *c, const struct record_type *type, instant now, struct fault *fault)
{
    bool none = type->retention == 0;
    while (!none) {
        struct pg_args args = {0};
        int64_t dropped;
        pg_arg_str(&args, str_of(type->name));
        pg_arg_instant(&args, instant_add(now, -type->retention));
        int error = step(c, "SELECT record_retention_step($1, $2)", &args, &dropped, &none, fault);
        if (error)
            return error;
        if (!none) {
            char count[24];
            snprintf(count, sizeof count, "%lld", (long long)dropped);
            log_event(s->log, ERROR_LEVEL_INFO, "store.retention", "type", type->name, "records", count, NULL);
        }
    }
    return 0;
}

/* Rows of the default partition get partitions of their own, oldest first, as far as the type may have more. */
static int drain(struct store *s, struct pg *c, const struct record_type *type, struct fault *fault)
{
    int64_t before = INT64_MAX, left = INT64_MAX - 1;
    for (int i = 0; i < DRAIN_STEPS && left && left < before; i++) {
        struct pg_args args = {0};
        bool none;
        before = left;
        pg_arg_str(&args, str_of(type->name));
        pg_arg_i32(&args, s->partitions_per_type > INT32_MAX ? INT32_MAX : (int32_t)s->partitions_per_type);
        int error = step(c, "SELECT record_default_drain($1, $2)", &args, &left, &none, fault);
        if (error)
            return error;
    }
    return 0;
}

/* What waits for a lock gives way to the readers and is tried again in an hour. */
static int tolerate(struct store *s, int error, const struct fault *fault)
{
    if (error != ERR_UNAVAILABLE)
        return error;
    log_fault(s->log, "store.maintenance_postponed", fault);
    return 0;
}

/* For the choice of plans. */
static int count_partitions(struct store *s, struct pg *c, const struct record_type *type, struct fault *fault)
{
    struct pg_args args = {0};
    int64_t n = 0;
    bool none;
    pg_arg_str(&args, str_of(type->name));
    int error = step(c, "SELECT count(*) FROM record_partition WHERE type = $1", &args, &n, &none, fault);
    if (!error)
        visibility_partitions(s->visibility, str_of(type->name), n);
    return error;
}

static int maintain_type(struct store *s, struct pg *c, const struct record_type *type, instant now,
                         struct fault *fault)
{
    int error = ensure_type(c, type, fault);
    if (!error)
        error = ensure_ahead(c, type, now, fault);
    if (!error)
        error = tolerate(s, retire(s, c, type, now, fault), fault);
    if (!error)
        error = tolerate(s, drain(s, c, type, fault), fault);
    if (!error)
        error = count_partitions(s, c, type, fault);
    return error;
}

static int log_retire(struct pg *c, const char *log, instant before, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_str(&args, str_of(log));
    pg_arg_instant(&args, before);
    return pg_exec(c, "SELECT log_retention($1, $2)", &args, NULL, fault);
}

static int maintain_logs(struct store *s, struct pg *c, instant now, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_instant(&args, now);
    int error = pg_exec(c, "SELECT log_partitions_ensure($1)", &args, NULL, fault);
    if (!error)
        error = log_retire(c, "query_log", instant_add(now, -QUERY_LOG_KEPT), fault);
    if (!error)
        error = log_retire(c, "disclosure_end", instant_add(now, -DISCLOSURES_KEPT), fault);
    if (!error)
        error = log_retire(c, "disclosure", instant_add(now, -DISCLOSURES_KEPT), fault);
    return tolerate(s, error, fault);
}

static int count_default_rows(struct store *s, struct pg *c, struct fault *fault)
{
    struct pg_args args = {0};
    int64_t rows = 0;
    bool none;
    int error = step(c, "SELECT record_default_rows()", &args, &rows, &none, fault);
    if (!error)
        atomic_store(&s->counters.default_partition_rows, (uint64_t)rows);
    return error;
}

int store_maintain(struct store *s, instant now, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct fault local;
    if (!fault)
        fault = &local;
    int error = pg_take(s->policy, &c, fault);
    for (size_t i = 0; !error && i < record_type_count(); i++)
        error = maintain_type(s, c, record_type_at(i), now, fault);
    partitions_forget(s);
    if (!error)
        error = maintain_logs(s, c, now, fault);
    if (!error)
        error = tolerate(s, feed_retire(c, now, fault), fault);
    if (!error)
        error = exports_retire(c, now, fault);
    if (!error)
        error = tolerate(s, files_retire(c, now, fault), fault);
    if (!error)
        error = count_default_rows(s, c, fault);
    if (!error)
        error = visibility_save(s->visibility, fault);
    return error ? error : grants_retire(s, now, fault);
}
