#include "visibility_data.h"

#include "memory.h"

/* --- reading --- */

#define READ_TRIES 4

static int read_with(struct store *s, const struct reading *reading, struct class *class, const char *sql,
                     const struct pg_args *args, struct pg_result **ret, enum pg_standing *ret_standing,
                     struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    struct pg_identity identity = {class->id, registry_epoch(reading->registry), reading->now, class_partner(class),
                                   reading->principal};
    int error = pg_take(s->readers, &c, fault);
    if (!error)
        error = pg_read(c, &identity, sql, args, ret, ret_standing, fault);
    return error;
}

int visible_read(struct store *s, const struct reading *reading, const char *sql, const struct pg_args *args,
                 struct class **ret_class, struct pg_result **ret, struct fault *fault)
{
    for (int tries = 0; tries < READ_TRIES; tries++) {
        CLASS_CLEANUP struct class *class = NULL;
        PG_RESULT_CLEANUP struct pg_result *result = NULL;
        enum pg_standing standing = PG_EPOCH_STALE;
        int error = class_ensure(s->visibility, reading->registry, reading->reader, reading->now, &class, fault);
        if (!error)
            error = read_with(s, reading, class, sql, args, &result, &standing, fault);
        if (error)
            return error;
        atomic_fetch_add(&s->counters.reads, 1);
        if (standing == PG_IN_FORCE) {
            *ret = result;
            result = NULL;
            if (ret_class)
                *ret_class = class_ref(class);
            return 0;
        }
        atomic_fetch_add(&s->counters.stale_reads, 1);
        if (standing == PG_EPOCH_STALE)
            break;
        class_forget(s->visibility, class);
    }
    return fault_set(fault, ERR_STALE, "", "the registers have changed");
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
