/* The commands that do one thing and end: migrate, policy apply, --check-config. */
#include "command.h"
#include "clock.h"
#include "file.h"
#include "memory.h"
#include "store.h"
#include "tls.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

int report(const struct fault *fault)
{
    fprintf(stderr, "reltod: %s%s%s\n", fault->where, *fault->where ? ": " : "", fault->detail);
    return EXIT_FAILED;
}

enum error_level log_level(const struct settings *s)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    for (int i = 0; i < 4; i++)
        if (!strcmp(names[i], s->log_level))
            return (enum error_level)i;
    return ERROR_LEVEL_INFO;
}

struct log *make_log(const struct settings *s)
{
    return log_new(strcmp(s->log_format, "json") ? LOG_TEXT : LOG_JSON, log_level(s), STDERR_FILENO);
}

struct store_config make_store_config(const struct settings *s, struct clock *clock, struct log *log)
{
    return (struct store_config){
        .conninfo = s->database_conninfo,
        .readers = (unsigned)s->database_readers,
        .statement_ms = (unsigned)s->database_statement_ms,
        .write_ms = (unsigned)s->database_write_ms,
        .connect_seconds = (unsigned)s->database_connect_seconds,
        .queued_records = (unsigned)s->limits_queued_records,
        .labels_per_originator = (unsigned)s->limits_labels_per_originator,
        .partitions_per_type = (unsigned)s->limits_partitions_per_type,
        .chunk_bytes = (size_t)s->limits_chunk_bytes,
        .look_records = (int64_t)s->limits_look_records,
        .clock = clock,
        .log = log,
    };
}

struct tls_config make_tls_config(const struct settings *s, struct clock *clock, struct log *log)
{
    return (struct tls_config){
        .certificate = s->tls_certificate,
        .key = s->tls_key,
        .trust_dir = s->tls_trust_dir,
        .ticket_seconds = (int)s->tls_ticket_seconds,
        .clock = clock,
        .log = log,
    };
}

/* Clock, log and store for one command. */
struct session {
    struct log *log;
    struct clock *clock;
    struct store *store;
};

static void session_end(struct session *c)
{
    store_close(c->store);
    clock_free(c->clock);
    log_free(c->log);
}

static int session_begin(const struct settings *s, struct session *c, struct fault *fault)
{
    c->log = make_log(s);
    int error = clock_open(s->clock_file, &c->clock, fault);
    if (error)
        return error;
    struct store_config config = make_store_config(s, c->clock, c->log);
    error = store_open(&config, &c->store, fault);
    return error ? error : store_check_schema(c->store, fault);
}

int command_check_config(const struct settings *s)
{
    struct fault fault;
    struct clock *clock = NULL;
    struct tls *tls = NULL;
    struct log *log = make_log(s);
    int error = clock_open(s->clock_file, &clock, &fault);
    if (!error) {
        struct tls_config config = make_tls_config(s, clock, log);
        error = tls_open(&config, &tls, &fault);
    }
    tls_free(tls);
    clock_free(clock);
    log_free(log);
    if (error)
        return report(&fault);
    puts("configuration is valid");
    return EXIT_OK;
}

static void print_progress(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
    fflush(stdout);
}

int command_migrate(const struct settings *s)
{
    struct fault fault;
    if (store_migrate(s->database_conninfo, print_progress, NULL, &fault))
        return report(&fault);
    puts("schema is up to date");
    return EXIT_OK;
}

static const char *actor_name(const char *given)
{
    const char *sudo = getenv("SUDO_USER");
    const struct passwd *user = getpwuid(getuid());
    if (given)
        return given;
    return sudo ? sudo : user ? user->pw_name : "unknown";
}

static int apply(struct session *c, struct str text, bool dry_run, const char *actor, struct buf *diff,
                 struct fault *fault)
{
    struct registry *next = NULL;
    int error = registry_parse(text, 0, clock_now(c->clock), NULL, NULL, &next, fault);
    if (!error)
        error = store_policy_apply(c->store, next, actor, sha256(text), dry_run, diff, fault);
    if (!error && dry_run)
        error = store_policy_impact(c->store, next, diff, fault);
    registry_unref(next);
    return error;
}

int command_policy_apply(const struct settings *s, const char *file, bool dry_run, const char *actor)
{
    struct fault fault;
    struct session c = {0};
    BUF_CLEANUP struct buf text = {0}, diff = {0};
    int error = file_read(file, POLICY_FILE_MAX, &text, &fault);
    if (!error)
        error = session_begin(s, &c, &fault);
    if (!error)
        error = apply(&c, buf_view(&text), dry_run, actor_name(actor), &diff, &fault);
    session_end(&c);
    if (error)
        return report(&fault);
    if (diff.n) /* an empty buffer has no memory */
        fwrite(diff.p, 1, diff.n, stdout);
    puts(dry_run ? "nothing was changed (dry run)" : diff.n ? "policy applied" : "policy unchanged");
    return EXIT_OK;
}
