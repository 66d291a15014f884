/* Groups of posts that are written side by side, by one daemon or by two: whoever sees a number sees every smaller one
 * that there will ever be. */
#include "fixture.h"

#include "memory.h"

#include <pthread.h>
#include <stdio.h>

#define MANY 300 /* records: so many are not kept waiting for another group */
#define WRITERS_WAIT "SELECT count(*) FROM pg_stat_activity WHERE usename = 'relto_ingest' AND wait_event_type = 'Lock'"
#define LOCKS_LEFT "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
#define DEADLOCKS "SELECT sum(deadlocks) FROM pg_stat_database"

static void add_observation(struct buf *b, int number)
{
    buf_printf(b,
               "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"source\":\"test\","
               "\"obTime\":\"2026-06-%02dT12:00:00Z\",\"satNo\":%d,\"ra\":%d.5,\"declination\":-30.25}",
               1 + number % 28, number, number % 360);
}

/* Observations `first` and so many behind it; a negative number goes backwards. */
static struct fixture_post *prepare(struct fixture *f, int first, int n)
{
    BUF_CLEANUP struct buf b = {0};
    int step = n < 0 ? -1 : 1;
    buf_char(&b, '[');
    for (int i = 0; i < n * step; i++) {
        buf_z(&b, i ? "," : "");
        add_observation(&b, first + i * step);
    }
    buf_z(&b, "]");
    buf_char(&b, '\0');
    return fixture_post_prepare(f, "eoobservation", "USA", b.p);
}

static struct fixture_post *start(struct fixture *f, int first, int n)
{
    struct fixture_post *p = prepare(f, first, n);
    fixture_post_start(p);
    return p;
}

static void finish(struct fixture_post *p)
{
    fixture_post_wait(p);
    MUST(!p->error);
    for (size_t i = 0; i < p->post.n; i++)
        MUST(!p->post.records[i].outcome);
    fixture_post_free(p);
}

/* Another daemon on the same database. */
static struct fixture open_another(const struct fixture *f)
{
    struct fixture other = *f;
    other.store = NULL;
    fixture_reopen(&other);
    return other;
}

static int64_t records(struct fixture *f)
{
    return fixture_sql_i64(f, "SELECT count(*) FROM record");
}

/* Numbers are drawn by one who is still at work, then by one who gives up, then by a post. */
static void a_post_waits_for_all_who_drew_before(struct fixture *f)
{
    int64_t before = records(f), seq = fixture_sql_i64(f, "SELECT seq FROM sequencer");
    struct fixture_lock *at_work = fixture_lock(f, "SELECT sequencer_draw(0, 7, false)");
    free(fixture_sql(f, "BEGIN; SELECT sequencer_draw(0, 7, false); ROLLBACK"));
    struct fixture_post *p = start(f, 20000, 3);
    fixture_until(f, WRITERS_WAIT, 1);
    MUST(!fixture_post_done(p) && records(f) == before && fixture_sql_i64(f, "SELECT seq FROM sequencer") == seq);
    fixture_unlock(at_work);
    finish(p);
    MUST(records(f) == before + 3 && fixture_sql_i64(f, "SELECT max(seq) - min(seq) FROM record WHERE object IN"
                                                        " ('20000', '20001', '20002')") == 2);
}

/* Two posts of the same daemon that begin at opposite ends of the same records. The first is held up at its first
 * record; a third one shows that the second, which has come before, has been passed over. */
static void the_same_records_are_not_written_side_by_side(struct fixture *f)
{
    int64_t before = records(f);
    struct fixture_post *sample = prepare(f, 21000, 1), *up, *down, *other;
    char id[UUID_TEXT];
    BUF_CLEANUP struct buf sql = {0};
    uuid_write(sample->post.records[0].id, id);
    buf_printf(&sql,
               "INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at, digest, body) VALUES"
               " (1, '%.*s', 'eoobservation', 0, '2026-06-01T12:00:00Z', 'USA', now(), sha256(''), '{}')",
               UUID_TEXT, id);
    buf_char(&sql, '\0');
    struct fixture_lock *lock = fixture_lock(f, sql.p);
    up = start(f, 21000, MANY);
    fixture_until(f, WRITERS_WAIT, 1);
    down = start(f, 21000 + MANY - 1, -MANY);
    other = start(f, 22000, MANY);
    fixture_until(f, WRITERS_WAIT, 2);
    fixture_unlock(lock);
    finish(other);
    finish(up);
    finish(down);
    fixture_post_free(sample);
    MUST(records(f) == before + 2 * MANY);
}

/* Two daemons may; PostgreSQL finds it out, and who loses begins again. */
static void two_daemons_that_write_the_same_both_succeed(struct fixture *f)
{
    struct fixture other = open_another(f);
    int64_t before = records(f);
    for (int i = 0; i < 8; i++) {
        struct fixture_post *up = start(f, 30000 + i * 1000, MANY),
                            *down = start(&other, 30000 + i * 1000 + MANY - 1, -MANY);
        finish(up);
        finish(down);
    }
    store_close(other.store);
    MUST(records(f) == before + 8 * MANY);
}

/* An error between drawing's lock and its end. */
static void what_fails_holds_up_nobody(struct fixture *f)
{
    struct fixture_post *p = prepare(f, 40000, 3);
    free(fixture_sql(f, "SELECT setval('record_clock', 9007199254740990)"));
    fixture_post_start(p);
    fixture_post_wait(p);
    MUST(p->error == ERR_INTERNAL && fixture_sql_i64(f, LOCKS_LEFT) == 0);
    free(fixture_sql(f, "SELECT setval('record_clock', seq) FROM sequencer"));
    fixture_post_free(p);
    finish(start(f, 40000, 3));
}

/* --- all at once --- */

#define POSTERS 6
#define POSTS_EACH 12

/* Each look is a statement of its own, with its own snapshot. */
#define LOOK_ON                                                                                                        \
    "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM stop) LOOP"                                                             \
    " INSERT INTO seen SELECT s.seq, (SELECT count(*) FROM record), (SELECT count(*) FROM record_moved),"              \
    " greatest((SELECT max(r.seq) FROM record r), (SELECT max(m.seq) FROM record_moved m)) FROM sequencer s;"          \
    " END LOOP; END $$"
#define GIVE_UP                                                                                                        \
    "DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM stop) LOOP"                                                             \
    " BEGIN PERFORM sequencer_draw(0, 5, false); RAISE EXCEPTION 'given up'; EXCEPTION WHEN raise_exception THEN END;" \
    " PERFORM pg_sleep(random() / 100); END LOOP; END $$"
#define MOVE                                                                                                           \
    "SET ROLE relto_owner; DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM stop) LOOP"                                       \
    " PERFORM record_moved_add('{a,b}', '{now,now}', '{1,2}', '{0,0}'), record_moved_add('{c}', '{now}', '{3}', "      \
    "'{0}');"                                                                                                          \
    " COMMIT; END LOOP; END $$"
/* What was seen at some number has grown by nothing since. */
#define WRONG                                                                                                          \
    "SELECT count(*) FROM seen s WHERE s.top > s.mark OR s.records <> (SELECT count(*) FROM record r WHERE r.seq <="   \
    " s.mark) OR s.moves <> (SELECT count(*) FROM record_moved m WHERE m.seq <= s.mark)"

struct session {
    struct fixture *f;
    const char *sql;
    pthread_t thread;
};

static void *run_session(void *ctx)
{
    struct session *s = ctx;
    free(fixture_sql(s->f, s->sql));
    return NULL;
}

struct poster {
    struct fixture *f;
    int number;
    int lost; /* posts that were not acknowledged */
    pthread_t thread;
};

static void *run_poster(void *ctx)
{
    struct poster *p = ctx;
    for (int i = 0; i < POSTS_EACH; i++) {
        struct fixture_post *post = start(p->f, 100000 + p->number * 10000 + i * 500, i % 3 ? MANY : 1);
        fixture_post_wait(post);
        MUST(!post->error || post->error == ERR_UNAVAILABLE);
        p->lost += post->error != 0;
        fixture_post_free(post);
    }
    return NULL;
}

static void run_posters(struct fixture *f, struct fixture *other, const char *disturb)
{
    struct poster posters[POSTERS];
    int lost = 0;
    for (int i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.f = i % 2 ? other : f, .number = i};
        MUST(pthread_create(&posters[i].thread, NULL, run_poster, &posters[i]) == 0);
    }
    for (int i = 0; i < 10; i++)
        free(fixture_sql(f, disturb));
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(posters[i].thread, NULL);
        lost += posters[i].lost;
    }
    MUST(lost < POSTERS * POSTS_EACH);
}

static void whoever_sees_a_number_sees_all_below(struct fixture *f)
{
    struct fixture other = open_another(f);
    struct session sessions[] = {{f, LOOK_ON, 0}, {f, GIVE_UP, 0}, {f, MOVE, 0}};
    free(fixture_sql(f, "CREATE TABLE seen (mark bigint, records bigint, moves bigint, top bigint);"
                        " CREATE TABLE stop (); GRANT SELECT ON stop TO relto_owner"));
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++)
        MUST(pthread_create(&sessions[i].thread, NULL, run_session, &sessions[i]) == 0);
    run_posters(f, &other,
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'relto_ingest'"
                " AND random() < 0.5");
    free(fixture_sql(f, "INSERT INTO stop DEFAULT VALUES"));
    for (size_t i = 0; i < sizeof sessions / sizeof *sessions; i++)
        pthread_join(sessions[i].thread, NULL);
    MUST(fixture_sql_i64(f, "SELECT count(DISTINCT mark) FROM seen") > 3);
    MUST(fixture_sql_i64(f, WRONG) == 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) - count(DISTINCT seq) FROM record") == 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM record r JOIN record_moved m USING (seq)") == 0);
    store_close(other.store);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    finish(start(&f, 10000, 1));
    a_post_waits_for_all_who_drew_before(&f);
    the_same_records_are_not_written_side_by_side(&f);
    fixture_reopen(&f); /* sessions tell of deadlocks when they end */
    MUST(fixture_sql_i64(&f, DEADLOCKS) == 0);
    free(fixture_sql(&f, "ALTER SYSTEM SET deadlock_timeout = '20ms'; "));
    free(fixture_sql(&f, "SELECT pg_reload_conf()"));
    two_daemons_that_write_the_same_both_succeed(&f);
    what_fails_holds_up_nobody(&f);
    whoever_sees_a_number_sees_all_below(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
