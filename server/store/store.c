#include "ahead.h"
#include "feed.h"
#include "internal.h"
#include "memory.h"
#include "pages.h"

#define INGEST_CONNECTIONS 6 /* two writers of records, two of the disclosure log */
#define POLICY_CONNECTIONS 4
#define FEED_CONNECTIONS 4
#define FILE_CONNECTIONS 4
#define TAKE_MS 5000 /* waiting for a connection */
/* Lists that read ahead at the same time, and chunks that are held for them; further ones do without. */
#define AHEAD_THREADS 4
#define AHEAD_CHUNKS 8

static int start_ahead(struct store *s, struct fault *fault)
{
    s->ahead = ahead_start(AHEAD_THREADS, AHEAD_CHUNKS);
    return s->ahead ? 0 : fault_set(fault, ERR_INTERNAL, "", "no thread for reading ahead");
}

static struct pg_pool *open_pool(const struct store_config *config, enum pg_role role, unsigned connections,
                                 unsigned ms)
{
    struct pg_config pool = {.conninfo = config->conninfo,
                             .role = role,
                             .connections = connections,
                             .statement_ms = ms,
                             .connect_seconds = config->connect_seconds,
                             .take_ms = TAKE_MS,
                             .log = config->log};
    return pg_pool_new(&pool);
}

int store_open(const struct store_config *config, struct store **ret, struct fault *fault)
{
    struct store *s = memory_zeroed(sizeof *s);
    s->clock = config->clock;
    s->log = config->log;
    s->conninfo = memory_strdup(config->conninfo);
    s->queued_records = config->queued_records;
    s->partitions_per_type = config->partitions_per_type;
    s->chunk_bytes = config->chunk_bytes;
    s->look_records = config->look_records;
    s->ingest = open_pool(config, PG_INGEST, INGEST_CONNECTIONS, config->write_ms);
    s->readers = open_pool(config, PG_READER, config->readers, config->statement_ms);
    s->policy = open_pool(config, PG_POLICY, POLICY_CONNECTIONS, config->write_ms);
    s->files = open_pool(config, PG_INGEST, FILE_CONNECTIONS, config->write_ms);
    s->feeds = open_pool(config, PG_INGEST, FEED_CONNECTIONS, config->write_ms);
    s->followers = open_pool(config, PG_READER, 1, config->statement_ms);
    s->visibility = visibility_new(s->policy, config->labels_per_originator, config->log);
    s->partitions = partitions_new();
    s->pages = pages_new();
    int error = start_ahead(s, fault);
    if (!error)
        error = writer_start(s, &s->writer, fault);
    if (!error)
        error = disclosures_start(s, &s->disclosures, fault);
    if (!error)
        error = lanes_start(s, config->connect_seconds, &s->lanes, fault);
    if (!error)
        error = feed_hub_start(s, &s->feed_hub, fault);
    if (error) {
        store_close(s);
        return error;
    }
    *ret = s;
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    feed_hub_stop(s->feed_hub);
    writer_stop(s->writer);
    lanes_stop(s->lanes);
    disclosures_stop(s->disclosures);
    ahead_stop(s->ahead);
    if (visibility_save(s->visibility, NULL) != 0)
        log_event(s->log, ERROR_LEVEL_INFO, "store.estimates_lost", NULL);
    pages_free(s->pages);
    partitions_free(s->partitions);
    visibility_free(s->visibility);
    pg_pool_free(s->ingest);
    pg_pool_free(s->readers);
    pg_pool_free(s->policy);
    pg_pool_free(s->files);
    pg_pool_free(s->feeds);
    pg_pool_free(s->followers);
    free(s->conninfo);
    free(s);
}

static int ping(struct pg_pool *pool, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    int error = pg_take(pool, &c, fault);
    return error ? error : pg_exec(c, "SELECT 1", NULL, NULL, fault);
}

int store_ping(struct store *s, struct fault *fault)
{
    int error = ping(s->readers, fault);
    if (!error)
        error = ping(s->ingest, fault);
    return error ? error : ping(s->policy, fault);
}

int store_epoch(struct store *s, int64_t *ret, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_take(s->readers, &c, fault);
    if (!error)
        error = pg_exec(c, "SELECT epoch FROM policy_state", NULL, &r, fault);
    if (!error)
        *ret = pg_i64(r, 0, 0);
    return error;
}

/* --- the secret behind record ids --- */

static int offer_secret(struct pg *c, struct fault *fault)
{
    uint8_t fresh[32];
    struct pg_args args = {0};
    random_bytes(fresh, sizeof fresh);
    pg_arg_bytes(&args, fresh, sizeof fresh);
    return pg_exec(c, "INSERT INTO secret (name, value) VALUES ('record-id', $1) ON CONFLICT (name) DO NOTHING", &args,
                   NULL, fault);
}

int store_id_secret(struct store *s, uint8_t ret[32], struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    int error = pg_take(s->ingest, &c, fault);
    if (!error)
        error = offer_secret(c, fault);
    if (!error)
        error = pg_exec(c, "SELECT value FROM secret WHERE name = 'record-id'", NULL, &r, fault);
    if (error)
        return error;
    struct str value = pg_str(r, 0, 0);
    if (value.n != 32)
        return fault_set(fault, ERR_BAD_SCHEMA, "secret", "%zu bytes, expected 32", value.n);
    memcpy(ret, value.p, 32);
    return 0;
}

void store_counters(struct store *s, struct store_counters *ret)
{
    *ret = (struct store_counters){.posted = atomic_load(&s->counters.posted),
                                   .duplicates = atomic_load(&s->counters.duplicates),
                                   .groups = atomic_load(&s->counters.groups),
                                   .disclosures = atomic_load(&s->counters.disclosures),
                                   .queued_records = atomic_load(&s->counters.queued_records),
                                   .reads = atomic_load(&s->counters.reads),
                                   .stale_reads = atomic_load(&s->counters.stale_reads),
                                   .default_partition_rows = atomic_load(&s->counters.default_partition_rows)};
}
