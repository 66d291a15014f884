#include "visibility_data.h"

#include "memory.h"

/* --- reading --- */

#define READ_TRIES 4

/* A statement on its way. */
struct seen_read {
    struct store *s;
    const struct reading *reading;
    const struct record_type *type;
    struct sight *sight; /* NULL: it does not depend on how the class sees records */
    const char *sql;
    const struct pg_args *args;
};

static int read_with(const struct seen_read *r, struct class *class, struct pg_result **ret,
                     enum pg_standing *ret_standing, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct pg_identity identity = {.class = class->id,
                                   .epoch = registry_epoch(r->reading->registry),
                                   .now = r->reading->now,
                                   .sight = r->sight ? &r->sight->stamp : NULL,
                                   .partner = class_partner(class),
                                   .principal = r->reading->principal};
    int error = pg_take(r->s->readers, &c, fault);
    if (!error)
        error = pg_read(c, &identity, r->sql, r->args, ret, ret_standing, fault);
    return error;
}

static bool same_sight(const struct sight *a, const struct sight *b)
{
    if (memcmp(a->views, b->views, sizeof a->views) != 0 || a->n_markings != b->n_markings)
        return false;
    for (size_t i = 0; i < a->n_markings; i++)
        if (a->markings[i].label != b->markings[i].label || !str_eq(a->markings[i].marking, b->markings[i].marking))
            return false;
    return true;
}

/* The class that the statement is to be read as. Labels of other types, or seen as others are already, change nothing
 * for it. */
static int class_for(const struct seen_read *r, struct class **ret, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    CLASS_CLEANUP struct class *class = NULL;
    struct sight now;
    int error =
        class_ensure(r->s->visibility, r->reading->registry, r->reading->reader, r->reading->now, &class, fault);
    if (error)
        return error;
    if (r->sight) {
        class_sight(class, str_of(r->type->name), r->sight->marked, arena, &now);
        if (!same_sight(&now, r->sight))
            return fault_set(fault, ERR_STALE, "", "records are seen in other views now");
        r->sight->stamp = now.stamp;
    }
    *ret = class_ref(class);
    return 0;
}

static int read_seen(const struct seen_read *r, struct class **ret_class, struct pg_result **ret, struct fault *fault)
{
    for (int tries = 0; tries < READ_TRIES; tries++) {
        CLASS_CLEANUP struct class *class = NULL;
        PG_RESULT_CLEANUP struct pg_result *result = NULL;
        enum pg_standing standing = PG_EPOCH_STALE;
        int error = class_for(r, &class, fault);
        if (!error)
            error = read_with(r, class, &result, &standing, fault);
        if (error)
            return error;
        atomic_fetch_add(&r->s->counters.reads, 1);
        if (standing == PG_IN_FORCE) {
            *ret = result;
            result = NULL;
            if (ret_class)
                *ret_class = class_ref(class);
            return 0;
        }
        atomic_fetch_add(&r->s->counters.stale_reads, 1);
        if (standing == PG_EPOCH_STALE)
            break;
        class_forget(r->s->visibility, class);
    }
    return fault_set(fault, ERR_STALE, "", "the registers have changed");
}

int visible_read(struct store *s, const struct reading *reading, const char *sql, const struct pg_args *args,
                 struct class **ret_class, struct pg_result **ret, struct fault *fault)
{
    const struct seen_read r = {.s = s, .reading = reading, .sql = sql, .args = args};
    return read_seen(&r, ret_class, ret, fault);
}

int visible_read_seen(struct store *s, const struct reading *reading, const struct record_type *type,
                      struct sight *sight, const char *sql, const struct pg_args *args, struct class **ret_class,
                      struct pg_result **ret, struct fault *fault)
{
    const struct seen_read r = {.s = s, .reading = reading, .type = type, .sight = sight, .sql = sql, .args = args};
    return read_seen(&r, ret_class, ret, fault);
}

/* --- life --- */

struct visibility *visibility_new(struct pg_pool *policy, unsigned labels_per_originator, struct log *log)
{
    struct visibility *v = memory_zeroed(sizeof *v);
    v->pool = policy;
    v->cap = labels_per_originator;
    v->log = log;
    v->arena = arena_new();
    pthread_mutex_init(&v->slow, NULL);
    pthread_mutex_init(&v->lock, NULL);
    return v;
}

void visibility_free(struct visibility *v)
{
    if (!v)
        return;
    drop_classes(v);
    set_unref(v->set);
    arena_free(v->arena);
    free(v->raws);
    free(v->by_key);
    free(v->classes);
    pthread_mutex_destroy(&v->slow);
    pthread_mutex_destroy(&v->lock);
    free(v);
}
