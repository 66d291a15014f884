/* Grants on stored records: batch by batch, across restarts, and beside what else moves records to other labels. */
#include "fixture.h"

#include "memory.h"

#include <stdio.h>

#define TYPE "eoobservation"
#define URI(partner, role) "spiffe://" partner ".example/" role "/a"
#define JPN URI("jpn", "operator")
#define FDO URI("usa", "fdo")
#define MANY 2300 /* more than two batches */

static const struct record_type *type(void)
{
    return record_type_find(str_of(TYPE));
}

/* n records of USA with this marking and object, under `grant` if there is one; their ids belong to the caller. */
static struct uuid *post(struct fixture *f, int n, const char *marking, int object, struct str grant, int *ret_error)
{
    BUF_CLEANUP struct buf json = {0};
    static int serial;
    for (int i = 0; i < n; i++)
        buf_printf(&json,
                   "%c{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"test\",\"obTime\":"
                   "\"2026-06-%02dT12:00:00Z\",\"satNo\":%d,\"descriptor\":\"%d\"}",
                   i ? ',' : '[', marking, 1 + i % 28, object, serial++);
    buf_z(&json, "]");
    buf_char(&json, '\0');
    struct fixture_post *p = fixture_post_prepare(f, TYPE, "USA", json.p);
    for (int i = 0; grant.n && i < n; i++) {
        p->post.records[i].grants = &grant;
        p->post.records[i].n_grants = 1;
    }
    fixture_post_start(p);
    fixture_post_wait(p);
    *ret_error = p->error ? p->error : p->post.records[0].outcome;
    struct uuid *ids = memory_alloc((size_t)n * sizeof *ids);
    for (int i = 0; i < n; i++)
        ids[i] = p->post.records[i].id;
    fixture_post_free(p);
    return ids;
}

static struct uuid *must_post(struct fixture *f, int n, int object, struct str grant)
{
    int error;
    struct uuid *ids = post(f, n, "S", object, grant, &error);
    MUST(!error);
    return ids;
}

static void reload(struct fixture *f)
{
    struct fault fault;
    registry_unref(f->registry);
    MUST(store_policy_load(f->store, &f->registry, &fault) == 0);
}

static int64_t counted(struct fixture *f, const char *uri, int object)
{
    char text[96];
    snprintf(text, sizeof text, "obTime=>2000-01-01T00:00:00Z&satNo=%d", object);
    return fixture_count(f, TYPE, uri, text);
}

/* --- asking and granting --- */

static struct uuid ask_as(struct fixture *f, const char *partner, const char *principal, int object)
{
    char scope[96];
    struct fault fault;
    struct uuid id;
    snprintf(scope, sizeof scope, "{\"type\":\"" TYPE "\",\"object\":\"%d\"}", object);
    const struct release_ask ask = {.principal = str_of(principal),
                                    .partner = str_of(partner),
                                    .request_id = STR("r"),
                                    .owner = STR("USA"),
                                    .type = type(),
                                    .scope = str_of(scope),
                                    .purpose = STR("a test"),
                                    .view = STR(""),
                                    .until = FIXTURE_NOW + 100 * INSTANT_DAY,
                                    .due = FIXTURE_NOW + INSTANT_DAY,
                                    .now = FIXTURE_NOW};
    MUST(store_request_ask(f->store, &ask, &id, &fault) == 0);
    return id;
}

static struct uuid ask(struct fixture *f, int object)
{
    return ask_as(f, "JPN", JPN, object);
}

static struct release_decision decision(struct uuid request)
{
    return (struct release_decision){.request = request,
                                     .owner = STR("USA"),
                                     .principal = STR(FDO),
                                     .request_id = STR("r"),
                                     .view = STR(""),
                                     .until = INSTANT_MIN,
                                     .reason = STR("over"),
                                     .now = FIXTURE_NOW};
}

/* In force, and no stored record is under it yet. */
static struct str approve(struct fixture *f, int object, struct arena *arena)
{
    struct release_decision d = decision(ask(f, object));
    struct fault fault;
    struct str grant;
    MUST(store_request_approve(f->store, f->registry, &d, arena, &grant, &fault) == 0 && grant.n);
    reload(f);
    return grant;
}

static bool spread(struct fixture *f, struct str grant, unsigned batches)
{
    struct fault fault;
    bool done = false;
    MUST(store_grant_spread(f->store, f->registry, grant, batches, &done, &fault) == 0);
    return done;
}

static bool catch_up(struct fixture *f)
{
    struct fault fault;
    bool more = true;
    MUST(store_catch_up(f->store, 100, &more, &fault) == 0);
    return !more;
}

/* --- tests --- */

static void many_records_follow_in_batches(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    free(must_post(f, MANY, 1, STR("")));
    free(must_post(f, 10, 2, STR("")));
    int64_t rows = fixture_sql_i64(f, "SELECT count(*) FROM label");
    struct str grant = approve(f, 1, arena);
    MUST(counted(f, JPN, 1) == 0);
    MUST(!spread(f, grant, 1));
    int64_t some = counted(f, JPN, 1);
    MUST(some > 0 && some < MANY);
    fixture_reopen(f);
    MUST(counted(f, JPN, 1) == some); /* where it was left */
    MUST(catch_up(f) && counted(f, JPN, 1) == MANY && counted(f, JPN, 2) == 0);
    MUST(counted(f, URI("aus", "operator"), 1) == 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM grant_spread") == 0);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM label") == rows + 1); /* one row for all of them */
    MUST(spread(f, grant, 1) && catch_up(f));                           /* again: nothing to do */
}

/* Beside a recall, a relabel and another grant every record keeps what it is under. */
static void rows_of_their_own_stay_their_own(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    FREE_CLEANUP void *ids = must_post(f, 3, 3, STR(""));
    const struct uuid *id = ids;
    struct reading reading = fixture_reading(f, FDO);
    const struct label *label;
    struct marking_fault mf;
    struct fault fault;
    MUST(label_parse(f->registry, STR("USA"), STR("S//REL TO USA, GBR"), NULL, arena, &label, &mf, &fault) == 0);
    const struct relabelling to = {
        .label = label, .embargo_until = INSTANT_MIN, .expires = INSTANT_MAX, .wire = STR("{}")};
    MUST(store_relabel(f->store, &reading, type(), id[0], &to, NULL, &fault) == 0);
    MUST(store_recall(f->store, &reading, type(), id[1], STR("a mistake"), NULL, &fault) == 0);
    MUST(spread(f, approve(f, 3, arena), 1) && counted(f, JPN, 3) == 2 && counted(f, URI("gbr", "operator"), 3) == 1);
    reading = fixture_reading(f, FDO);
    MUST(store_relabel(f->store, &reading, type(), id[2], &to, NULL, &fault) == 0);
    MUST(counted(f, JPN, 3) == 2 && counted(f, URI("gbr", "operator"), 3) == 2);
    MUST(store_recall(f->store, &reading, type(), id[0], STR("a mistake"), NULL, &fault) == 0);
    MUST(counted(f, JPN, 3) == 1);
}

/* Whoever let the question through: the API refuses it before it comes here. */
static void nobody_decides_on_their_own(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct uuid ids[] = {ask_as(f, "USA", URI("usa", "operator"), 7), ask_as(f, "JPN", FDO, 7)};
    for (size_t i = 0; i < 2; i++) {
        struct release_decision d = decision(ids[i]);
        struct fault fault;
        struct str grant;
        MUST(store_request_approve(f->store, f->registry, &d, arena, &grant, &fault) == ERR_FORBIDDEN);
        MUST(store_request_deny(f->store, f->registry, &d, NULL, &fault) == ERR_FORBIDDEN);
    }
}

/* A boundary that comes later splits the rows under a grant like all others, and the grant stays. */
static void generations_keep_their_grants(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct register_entry *entries;
    struct registry_edit edit = {.kind = STR("agreement"), .key = STR("USA-JPN-2026")};
    struct fault fault;
    fixture_set_now(f, FIXTURE_NOW);
    struct str grant = approve(f, 4, arena);
    free(must_post(f, 1, 4, grant));
    fixture_set_now(f, FIXTURE_NOW + 2 * INSTANT_HOUR);
    free(must_post(f, 1, 4, grant));
    MUST(counted(f, JPN, 4) == 2);
    size_t n = registry_entries(f->registry, &entries);
    for (size_t i = 0; i < n; i++)
        if (str_eq(entries[i].kind, edit.kind) && str_eq(entries[i].key, edit.key))
            edit.json = arena_str(arena, entries[i].json);
    char *at = strstr(edit.json.p, "\"backfill\":\"all\"");
    MUST(at);
    edit.json = str_of(arena_printf(arena, "%.*s\"backfill\":\"2026-07-01T13:00:00Z\"%s", (int)(at - edit.json.p),
                                    edit.json.p, at + strlen("\"backfill\":\"all\"")));
    fixture_set_now(f, FIXTURE_NOW + 3 * INSTANT_HOUR);
    MUST(store_registry_edit(f->store, &edit, 1, STR("test"), -1, &fault) == 0);
    reload(f);
    MUST(counted(f, JPN, 4) == 1); /* the later one: it lies behind the boundary, and is still under the grant */
    MUST(fixture_sql_i64(f, "SELECT count(DISTINCT since) FROM label WHERE grants <> '{}' AND id IN"
                            " (SELECT label_id FROM record WHERE object = '4')") == 2);
}

/* Whoever posts is not refused because a disclosure officer has given grants. */
static void rows_under_grants_are_not_counted(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    int error;
    struct str grant = approve(f, 5, arena);
    f->labels_per_originator = (unsigned)fixture_sql_i64(
        f, "SELECT count(*) FROM label WHERE originator = 'USA' AND record IS NULL AND grants = '{}' AND since ="
           " (SELECT max(since) FROM label)");
    fixture_reopen(f);
    free(post(f, 1, "S", 5, grant, &error));
    MUST(!error && counted(f, JPN, 5) == 1);
    free(post(f, 1, "TS", 6, STR(""), &error)); /* no grant: a label like any other */
    MUST(error == ERR_TOO_MANY);
}

/* It is looked at first, each time. */
static void a_grant_that_fails_holds_up_no_other(struct fixture *f)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct fault fault;
    bool more;
    MUST(catch_up(f)); /* what others have left */
    free(must_post(f, 1, 7, STR("")));
    free(must_post(f, 1, 8, STR("")));
    approve(f, 7, arena);
    approve(f, 8, arena);
    free(fixture_sql(f, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no'';"
                        " END'"));
    free(fixture_sql(f, "DO $$ BEGIN EXECUTE format('CREATE TRIGGER refuse BEFORE UPDATE OR DELETE ON grant_spread"
                        " FOR EACH ROW WHEN (OLD.grant_id = %L) EXECUTE FUNCTION refuse()',"
                        " (SELECT min(grant_id) FROM grant_spread)); END $$"));
    MUST(store_catch_up(f->store, 100, &more, &fault) == ERR_INTERNAL && fault.code == ERR_INTERNAL);
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM grant_spread") == 1);
    MUST(counted(f, JPN, 7) + counted(f, JPN, 8) == 1);
    free(fixture_sql(f, "DROP FUNCTION refuse() CASCADE"));
    MUST(catch_up(f) && counted(f, JPN, 7) == 1 && counted(f, JPN, 8) == 1);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    many_records_follow_in_batches(&f);
    rows_of_their_own_stay_their_own(&f);
    nobody_decides_on_their_own(&f);
    generations_keep_their_grants(&f);
    a_grant_that_fails_holds_up_no_other(&f);
    rows_under_grants_are_not_counted(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
