#include "fixture.h"

#include "clock_file.h"
#include "file.h"
#include "memory.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the cluster that is running, for who ends the program early. */
static char running[sizeof((struct fixture *)0)->dir];

static void stop_cluster(const char *dir)
{
    char command[512];
    snprintf(command, sizeof command, "%s/deploy/pg stop %s && rm -rf %s", RELTO_SOURCE, dir, dir);
    if (system(command))
        fprintf(stderr, "failed: %s\n", command);
}

static _Noreturn void end_failed(void)
{
    fflush(NULL);
    if (*running)
        stop_cluster(running);
    _exit(1);
}

_Noreturn void fixture_die(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: expected %s\n", file, line, what);
    end_failed();
}

static _Noreturn void die_fault(const char *what, const struct fault *fault)
{
    fprintf(stderr, "%s: %s %s: %s\n", what, error_name((int)fault->code), fault->where, fault->detail);
    end_failed();
}

/* Output of a command, without its last line end. */
static char *run(const char *command)
{
    struct buf out = {0};
    FILE *pipe = popen(command, "r");
    MUST(pipe);
    for (size_t n = 1; n; out.n += n)
        n = fread(buf_reserve(&out, 4096), 1, 4096, pipe);
    if (pclose(pipe)) {
        fprintf(stderr, "failed: %s\n", command);
        end_failed();
    }
    while (out.n && out.p[out.n - 1] == '\n')
        out.n--;
    buf_char(&out, '\0');
    return out.p;
}

static void store_start(struct fixture *f)
{
    struct fault fault;
    struct store_config config = {.conninfo = f->conninfo,
                                  .readers = 8,
                                  .statement_ms = 20000,
                                  .write_ms = f->write_ms,
                                  .connect_seconds = 5,
                                  .queued_records = f->queued_records,
                                  .labels_per_originator = f->labels_per_originator,
                                  .partitions_per_type = 50,
                                  .chunk_bytes = 65536,
                                  .look_records = f->look_records,
                                  .clock = f->clock,
                                  .log = f->log};
    if (store_open(&config, &f->store, &fault))
        die_fault("store_open", &fault);
}

static char *replace(const char *text, const char *from, const char *to)
{
    struct buf out = {0};
    const char *at = *from ? strstr(text, from) : NULL;
    MUST(at || !*from);
    size_t head = at ? (size_t)(at - text) : strlen(text);
    buf_add(&out, text, head);
    if (at) {
        buf_z(&out, to);
        buf_z(&out, at + strlen(from));
    }
    buf_char(&out, '\0');
    return out.p;
}

void fixture_apply(struct fixture *f, const char *from, const char *to)
{
    fixture_apply_two(f, from, to, "", "");
}

void fixture_apply_two(struct fixture *f, const char *from, const char *to, const char *and_from, const char *and_to)
{
    BUF_CLEANUP struct buf policy = {0};
    MUST(file_read(RELTO_SOURCE "/tests/store/policy.json", 1 << 20, &policy, NULL) == 0);
    buf_char(&policy, '\0');
    FREE_CLEANUP char *first = replace(policy.p, from, to);
    FREE_CLEANUP char *text = replace(first, and_from, and_to);
    BUF_CLEANUP struct buf diff = {0};
    struct registry *next = NULL;
    struct fault fault;
    if (registry_parse(str_of(text), 0, clock_now(f->clock), NULL, NULL, &next, &fault))
        die_fault("registry_parse", &fault);
    if (store_policy_apply(f->store, next, "test", sha256(str_of(text)), false, &diff, &fault))
        die_fault("store_policy_apply", &fault);
    registry_unref(next);
    registry_unref(f->registry);
    f->registry = NULL;
    if (store_policy_load(f->store, &f->registry, &fault))
        die_fault("store_policy_load", &fault);
}

void fixture_set_now(struct fixture *f, instant now)
{
    clock_file_set(f->clock_file, now);
}

void fixture_open(struct fixture *f)
{
    char command[512];
    struct fault fault;
    *f = (struct fixture){
        .queued_records = 20000, .labels_per_originator = 500, .write_ms = 600000, .look_records = 1000};
    snprintf(f->dir, sizeof f->dir, "/tmp/relto-store.XXXXXX");
    MUST(mkdtemp(f->dir) && chmod(f->dir, 0711) == 0);
    snprintf(running, sizeof running, "%s", f->dir);
    snprintf(command, sizeof command, "%s/tests/cluster %s", RELTO_SOURCE, f->dir);
    FREE_CLEANUP char *conninfo = run(command);
    snprintf(f->conninfo, sizeof f->conninfo, "%s", conninfo);
    snprintf(f->clock_file, sizeof f->clock_file, "%s/clock", f->dir);
    fixture_set_now(f, FIXTURE_NOW);
    if (clock_open(f->clock_file, &f->clock, &fault))
        die_fault("clock_open", &fault);
    f->log = log_new(LOG_TEXT, getenv("RELTO_TEST_LOG") ? ERROR_LEVEL_DEBUG : ERROR_LEVEL_ERROR, 2);
    if (store_migrate(f->conninfo, NULL, NULL, &fault))
        die_fault("store_migrate", &fault);
    store_start(f);
    fixture_apply(f, "", "");
    if (store_maintain(f->store, FIXTURE_NOW, &fault))
        die_fault("store_maintain", &fault);
    if (store_id_secret(f->store, f->id_secret, &fault))
        die_fault("store_id_secret", &fault);
}

void fixture_reopen(struct fixture *f)
{
    store_close(f->store);
    store_start(f);
}

void fixture_close(struct fixture *f)
{
    store_close(f->store);
    registry_unref(f->registry);
    log_free(f->log);
    clock_free(f->clock);
    stop_cluster(f->dir);
    *running = '\0';
}

const struct reader *fixture_reader(const struct fixture *f, const char *uri)
{
    const struct principal *p = registry_principal(f->registry, str_of(uri));
    MUST(p);
    return principal_reader(p);
}

struct reading fixture_reading(const struct fixture *f, const char *uri)
{
    return (struct reading){.registry = f->registry,
                            .reader = fixture_reader(f, uri),
                            .principal = str_of(uri),
                            .route = STR("GET /v1/test"),
                            .request_id = STR("test"),
                            .now = clock_now(f->clock),
                            .disclose = true};
}

char *fixture_sql(const struct fixture *f, const char *sql)
{
    BUF_CLEANUP struct buf command = {0};
    char path[] = "/tmp/relto-sql.XXXXXX";
    int fd = mkstemp(path);
    MUST(fd >= 0 && write(fd, sql, strlen(sql)) == (ssize_t)strlen(sql) && close(fd) == 0);
    buf_printf(&command, "%s/deploy/pg psql %s -v ON_ERROR_STOP=1 -qAtf - < %s", RELTO_SOURCE, f->dir, path);
    buf_char(&command, '\0');
    char *out = run(command.p);
    unlink(path);
    return out;
}

int64_t fixture_sql_i64(const struct fixture *f, const char *sql)
{
    FREE_CLEANUP char *text = fixture_sql(f, sql);
    return strtoll(text, NULL, 10);
}

void fixture_until(const struct fixture *f, const char *sql, int64_t want)
{
    while (fixture_sql_i64(f, sql) < want)
        ;
}

struct fixture_lock {
    FILE *psql;
};

struct fixture_lock *fixture_lock(const struct fixture *f, const char *sql)
{
    struct fixture_lock *l = memory_zeroed(sizeof *l);
    char command[512];
    snprintf(command, sizeof command, "%s/deploy/pg psql %s -v ON_ERROR_STOP=1 -qAt > /dev/null", RELTO_SOURCE, f->dir);
    l->psql = popen(command, "w");
    MUST(l->psql);
    fprintf(l->psql, "SET application_name = 'holder'; BEGIN; %s; SET application_name = 'holding';\n", sql);
    fflush(l->psql);
    fixture_until(f, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holding'", 1);
    return l;
}

void fixture_unlock(struct fixture_lock *l)
{
    MUST(pclose(l->psql) == 0); /* end of input: psql leaves, its transaction ends */
    free(l);
}

/* --- posting --- */

struct waiting {
    pthread_mutex_t mutex;
    pthread_cond_t wake;
};
static struct waiting waiting = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};

static void on_done(void *ctx, int error)
{
    struct fixture_post *p = ctx;
    pthread_mutex_lock(&waiting.mutex);
    p->error = error;
    p->done = true;
    pthread_cond_broadcast(&waiting.wake);
    pthread_mutex_unlock(&waiting.mutex);
}

void fixture_post_wait(struct fixture_post *p)
{
    pthread_mutex_lock(&waiting.mutex);
    while (!p->done)
        pthread_cond_wait(&waiting.wake, &waiting.mutex);
    pthread_mutex_unlock(&waiting.mutex);
}

bool fixture_post_done(struct fixture_post *p)
{
    pthread_mutex_lock(&waiting.mutex);
    bool done = p->done;
    pthread_mutex_unlock(&waiting.mutex);
    return done;
}

static void take_wire(struct new_record *r, const struct wire_label *w, struct arena *arena)
{
    BUF_CLEANUP struct buf wire = {0};
    wire_label_write(w, &wire);
    r->wire = arena_str(arena, buf_view(&wire));
    r->embargo_until = w->embargo_until;
    r->expires = w->expires;
    struct uuid *derived = arena_array(arena, w->derived_from.n, sizeof *derived);
    for (size_t i = 0; i < w->derived_from.n; i++)
        MUST(uuid_parse(w->derived_from.v[i], &derived[i]));
    r->derived_from = derived;
    r->n_derived = w->derived_from.n;
    if (w->supersedes.n)
        MUST(uuid_parse(w->supersedes, &r->supersedes));
}

static void prepare_record(struct fixture_post *p, const struct record *in, struct str secret, struct new_record *r)
{
    struct fault fault;
    struct marking_fault mf;
    const struct wire_label *wire = NULL;
    struct str originator = p->post.originator;
    *r = (struct new_record){.type = p->type,
                             .t = in->t,
                             .object = in->object,
                             .body = in->canonical,
                             .data_mode = in->data_mode,
                             .embargo_until = INSTANT_MIN,
                             .expires = INSTANT_MAX,
                             .wire = STR("")};
    if (in->relto.p && wire_label_parse(in->relto, "relto", p->arena, &wire, &fault))
        die_fault("wire_label_parse", &fault);
    if (label_parse(p->f->registry, originator, in->marking, wire, p->arena, &r->label, &mf, &fault))
        die_fault("label_parse", &fault);
    if (wire)
        take_wire(r, wire, p->arena);
    r->digest = record_digest(p->type, originator, in, r->wire);
    r->id = record_id(p->type, secret, in->t, &r->digest);
    if (p->type->versioned) {
        r->entity = record_entity(p->type, secret, in->t, &r->digest);
        r->client_id = in->client_id;
    }
}

static void scan(struct fixture_post *p, struct str body)
{
    static const struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record_scan *s = record_scan_new(p->type, body, true, &limits, clock_now(p->f->clock), p->arena);
    struct fault fault;
    struct record in;
    size_t room = 0;
    int error;
    while ((error = record_scan_next(s, &in, &fault)) == 0) {
        if (p->post.n == room) {
            room = room ? 2 * room : 16;
            struct new_record *grown = arena_array(p->arena, room, sizeof *grown);
            if (p->post.n)
                memcpy(grown, p->post.records, p->post.n * sizeof *grown);
            p->post.records = grown;
        }
        prepare_record(p, &in, (struct str){(const char *)p->f->id_secret, 32}, &p->post.records[p->post.n++]);
    }
    if (error != RECORD_SCAN_END)
        die_fault("record_scan_next", &fault);
}

struct fixture_post *fixture_post_prepare(struct fixture *f, const char *type, const char *originator, const char *json)
{
    struct fixture_post *p = memory_zeroed(sizeof *p);
    char uri[128];
    p->f = f;
    p->arena = arena_new();
    snprintf(uri, sizeof uri, "spiffe://%s.example/node/a", originator);
    for (char *c = uri; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 'a' - 'A') : *c;
    p->type = record_type_find(str_of(type));
    p->post = (struct post){.registry = f->registry,
                            .originator = arena_str(p->arena, str_of(originator)),
                            .poster = fixture_reader(f, uri),
                            .done = on_done,
                            .ctx = p};
    MUST(p->type);
    scan(p, arena_str(p->arena, str_of(json)));
    return p;
}

void fixture_post_start(struct fixture_post *p)
{
    struct fault fault;
    int error = store_post(p->f->store, &p->post, &fault);
    if (error)
        on_done(p, error);
}

struct fixture_post *fixture_post(struct fixture *f, const char *type, const char *originator, const char *json)
{
    struct fixture_post *p = fixture_post_prepare(f, type, originator, json);
    fixture_post_start(p);
    fixture_post_wait(p);
    return p;
}

void fixture_post_free(struct fixture_post *p)
{
    arena_free(p->arena);
    free(p);
}

const struct query *fixture_query(const struct fixture *f, const char *type, const char *text, struct arena *arena)
{
    const struct record_type *t = record_type_find(str_of(type));
    struct param params[16];
    size_t n = 0;
    MUST(t);
    for (char *rest = arena_strz(arena, str_of(text)), *pair; (pair = strtok_r(rest, "&", &rest));) {
        char *equals = strchr(pair, '=');
        MUST(equals && n < 16);
        params[n++] = (struct param){{pair, (size_t)(equals - pair)}, str_of(equals + 1)};
    }
    const struct query *q;
    struct fault fault;
    if (query_parse(t, params, n, QUERY_LIST, clock_now(f->clock), arena, &q, &fault))
        die_fault("query_parse", &fault);
    return q;
}

int64_t fixture_count(struct fixture *f, const char *type, const char *uri, const char *text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct reading reading = fixture_reading(f, uri);
    struct fault fault;
    int64_t n;
    if (store_count(f->store, &reading, fixture_query(f, type, text, arena), &n, &fault))
        die_fault("store_count", &fault);
    return n;
}
