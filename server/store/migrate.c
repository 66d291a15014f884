/* Roll-forward migrations. Each row of schema_migration holds the hash of its migration and of the row before it, so
 * that a database is ours only if all that was ever done to it is a prefix of what this program would do. */
#include "migrate.h"

#include "internal.h"
#include "memory.h"

#include <stdio.h>

static const char create_chain[] = "CREATE TABLE IF NOT EXISTS schema_migration ("
                                   " version int PRIMARY KEY,"
                                   " name text NOT NULL,"
                                   " chain bytea NOT NULL,"
                                   " applied_at timestamptz NOT NULL DEFAULT now())";

static struct digest chain_next(struct digest before, const struct migration *m)
{
    struct str parts[] = {{(const char *)before.bytes, DIGEST_SIZE}, str_of(m->name), {(const char *)m->sql, m->n}};
    return sha256_parts(parts, 3);
}

/* How many migrations the database has; *chain is the hash after them. ERR_BAD_SCHEMA if one is not ours. */
static int read_chain(struct pg *c, size_t *ret_applied, struct digest *chain, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_exec(c, "SELECT version, chain FROM schema_migration ORDER BY version", NULL, &r, fault);
    if (error)
        return error;
    size_t applied = (size_t)pg_rows(r);
    struct digest at = {0};
    for (size_t i = 0; i < applied; i++) {
        int32_t version = pg_i32(r, (int)i, 0);
        if (i >= migration_count)
            return fault_set(fault, ERR_BAD_SCHEMA, "", "the database has migration %d, this program knows only %zu",
                             (int)version, migration_count);
        at = chain_next(at, &migrations[i]);
        if (version != migrations[i].version ||
            !str_eq(pg_str(r, (int)i, 1), (struct str){(const char *)at.bytes, DIGEST_SIZE}))
            return fault_set(fault, ERR_BAD_SCHEMA, "", "migration %d of the database is not this program's %s",
                             (int)version, migrations[i].name);
    }
    *ret_applied = applied;
    *chain = at;
    return 0;
}

static int record_migration(struct pg *c, const struct migration *m, struct digest chain, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_i32(&args, m->version);
    pg_arg_str(&args, str_of(m->name));
    pg_arg_bytes(&args, chain.bytes, DIGEST_SIZE);
    return pg_exec(c, "INSERT INTO schema_migration (version, name, chain) VALUES ($1, $2, $3)", &args, NULL, fault);
}

static int apply(struct pg *c, const struct migration *m, struct fault *fault)
{
    char *sql = memory_alloc(m->n + 1);
    memcpy(sql, m->sql, m->n);
    sql[m->n] = '\0';
    int error = pg_simple(c, sql, NULL);
    free(sql);
    if (!error)
        return 0;
    const char *message = pg_message(c);
    return fault_set(fault, error == ERR_UNAVAILABLE ? ERR_UNAVAILABLE : ERR_BAD_SCHEMA, m->name, "%.*s",
                     (int)strcspn(message, "\n"), message);
}

/* The next migration, in one transaction under the lock; *ret_name is NULL if there is none left. */
static int step(struct pg *c, const char **ret_name, struct fault *fault)
{
    size_t applied;
    struct digest chain;
    const char *name = NULL;
    int error = pg_begin(c, fault);
    if (!error)
        error = pg_lock(c, LOCK_SCHEMA, false, fault);
    if (!error)
        error = pg_simple(c, create_chain, fault);
    if (!error)
        error = read_chain(c, &applied, &chain, fault);
    if (!error && applied < migration_count) {
        const struct migration *m = &migrations[applied];
        name = m->name;
        error = apply(c, m, fault);
        if (!error)
            error = record_migration(c, m, chain_next(chain, m), fault);
    }
    if (!error)
        error = pg_commit(c, fault);
    if (!error)
        *ret_name = name;
    return error;
}

static int migrate(struct pg_pool *pool, void (*progress)(void *ctx, const char *text), void *ctx, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(pool, &c, fault);
    while (!error) {
        const char *name = NULL;
        error = step(c, &name, fault);
        if (error || !name)
            break;
        if (progress)
            progress(ctx, name);
    }
    return error;
}

int store_migrate(const char *conninfo, void (*progress)(void *ctx, const char *text), void *ctx, struct fault *fault)
{
    struct pg_config config = {.conninfo = conninfo, .role = PG_OWNER, .connections = 1, .connect_seconds = 10};
    struct pg_pool *pool = pg_pool_new(&config);
    int error = migrate(pool, progress, ctx, fault);
    pg_pool_free(pool);
    return error;
}

int store_check_schema(struct store *s, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    size_t applied;
    struct digest chain;
    int error = pg_take(s->policy, &c, fault);
    if (error)
        return error;
    error = read_chain(c, &applied, &chain, fault);
    if (error == ERR_INTERNAL && str_is(str_of(pg_sqlstate(c)), "42P01")) /* undefined_table */
        return fault_set(fault, ERR_BAD_SCHEMA, "", "the database is empty: run reltod migrate");
    if (!error && applied < migration_count)
        return fault_set(fault, ERR_BAD_SCHEMA, "", "the database lacks migration %s: run reltod migrate",
                         migrations[applied].name);
    return error;
}
