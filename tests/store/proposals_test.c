/* Proposals: what a change would do is told exactly, accepted as it was told, and then happens. */
#include "clock_file.h"
#include "harness.h"

#include "memory.h"

#include <jansson.h>
#include <unistd.h>

#define DAY(n) (INSTANT_1900 + 46000 * INSTANT_DAY + (n)*INSTANT_DAY) /* DAY(0): 2025-12-11 */
#define USA_FDO "spiffe://usa.example/fdo/one"
#define JPN_FDO "spiffe://jpn.example/fdo/one"

struct world {
    char *db;
    char clock_file[64];
    struct store *s;
    struct arena *arena;
    struct registry *reg; /* in force */
};

static void reload(struct world *w)
{
    struct fault fault;
    registry_unref(w->reg);
    w->reg = NULL;
    check_ok(store_policy_load(w->s, &w->reg, &fault), &fault, "registers are loaded");
}

static void world_open(struct world *w, const char *name, const char *agreements)
{
    struct fault fault;
    FREE_CLEANUP char *json = test_policy("all", agreements);
    *w = (struct world){.arena = arena_new()};
    snprintf(w->clock_file, sizeof w->clock_file, "/tmp/relto-clock.XXXXXX");
    close(mkstemp(w->clock_file));
    clock_file_set(w->clock_file, DAY(0));
    w->db = new_database(name, true);
    w->s = test_store(w->db, w->clock_file);
    check_ok(store_maintain(w->s, DAY(0), &fault), &fault, "partitions are there");
    w->reg = apply_policy(w->s, json);
}

static void world_close(struct world *w)
{
    registry_unref(w->reg);
    arena_free(w->arena);
    test_store_free(w->s);
    unlink(w->clock_file);
    free(w->db);
}

static struct proposal_actor actor(struct world *w, const char *partner, const char *principal)
{
    return (struct proposal_actor){.partner = str_of(partner),
                                   .principal = str_of(principal),
                                   .request_id = STR("r"),
                                   .fdo = strstr(principal, "/fdo/") != NULL,
                                   .now = clock_now(w->s->clock)};
}

/* One record of `owner` with this marking, ingested now; embargoed until then if it is not 0. */
static void post(struct world *w, const char *owner, const char *marking, instant embargo)
{
    static int serial;
    BUF_CLEANUP struct buf text = {0};
    char at[INSTANT_TEXT + 1], until[INSTANT_TEXT + 1];
    struct label_key key = {.originator = str_of(owner),
                            .type = STR("eoobservation"),
                            .data_mode = STR("REAL"),
                            .label = label_of(w->reg, owner, marking, w->arena),
                            .ingested_at = clock_now(w->s->clock)};
    struct fault fault;
    int32_t id = -1;
    check_ok(label_ensure(w->s->visibility, w->reg, &key, 1, &id, &fault), &fault, "a label");
    buf_printf(&text,
               "UPDATE sequencer SET seq = %d; INSERT INTO record (seq, id, type, label_id, t, originator, ingested_at,"
               " embargo_until, digest, body) VALUES (%d, gen_random_uuid(), 'eoobservation', %d, '2025-12-01', '%s',"
               " '%s', '%s', sha256(''), '{}')",
               serial + 1, serial + 1, (int)id, owner, instant_text(key.ingested_at, at),
               embargo ? instant_text(embargo, until) : "-infinity");
    buf_char(&text, '\0');
    serial++;
    check_sql(w->db, "relto_ingest", text.p, "");
}

static void post_some(struct world *w, const char *owner, const char *marking, int n)
{
    for (int i = 0; i < n; i++)
        post(w, owner, marking, 0);
}

static int64_t seen(struct world *w, const char *uri)
{
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct reading reading = {.registry = w->reg, .reader = reader_of(w->reg, uri), .now = clock_now(w->s->clock)};
    struct fault fault;
    int error = visible_read(w->s, &reading, "SELECT count(*) FROM record r", NULL, NULL, &r, &fault);
    check_ok(error, &fault, "a count");
    return error ? -1 : pg_i64(r, 0, 0);
}

/* --- agreements as text --- */

#define AGREEMENT(id, providers, recipients, fallback, more)                                                           \
    "{\"id\":\"" id "\",\"title\":\"t\",\"reference\":\"r\",\"article\":\"1\",\"providers\":[" providers               \
    "],\"recipients\":[" recipients "],\"types\":[\"*\"],\"dataModes\":[\"REAL\"],\"highest\":{\"USA\":\"S\","         \
    "\"JPN\":\"S\"},\"default\":{" fallback "},\"equivalence\":[],\"from\":\"2020-01-01\",\"until\":null," more "}"
#define IN_FORCE "\"status\":\"inForce\",\"backfill\":\"all\""
#define CHANGE(id, agreement) "[{\"kind\":\"agreement\",\"key\":\"" id "\",\"entry\":" agreement "}]"
#define TO_AUS(backfill)                                                                                               \
    CHANGE("TO-AUS", AGREEMENT("TO-AUS", "\"USA\",\"JPN\"", "\"AUS\"", "\"USA\":\"U\",\"JPN\":\"C\"",                  \
                               "\"status\":\"inForce\",\"backfill\":\"" backfill "\""))

/* A proposal with what its actor was shown of it. */
struct seen_proposal {
    struct proposal p;
    struct dry_run report;
    struct digest shown;
    json_t *json;
};

static void look_closely(struct seen_proposal *s)
{
    BUF_CLEANUP struct buf text = {0};
    buf_printf(&text, "{%.*s}", (int)s->report.json.n, s->report.json.p ? s->report.json.p : "");
    json_decref(s->json);
    s->json = json_loadb(text.p, text.n, 0, NULL);
    const char *hex = json_string_value(json_object_get(s->json, "digest"));
    if (hex)
        check(hex_parse(str_of(hex), s->shown.bytes, DIGEST_SIZE), "a digest");
}

static void forget(struct seen_proposal *s)
{
    buf_free(&s->report.json);
    json_decref(s->json);
}
#define SEEN_CLEANUP __attribute__((cleanup(forget)))

static int propose(struct world *w, const char *partner, const char *uri, const char *changes, bool dry,
                   struct seen_proposal *ret, struct fault *fault)
{
    struct proposal_actor a = actor(w, partner, uri);
    int error = store_proposal_make(w->s, &a, str_of(changes), STR("why"), dry, w->arena, &ret->p, &ret->report, fault);
    if (!error)
        look_closely(ret);
    return error;
}

static int get(struct world *w, const char *partner, const char *uri, struct uuid id, struct seen_proposal *ret,
               struct fault *fault)
{
    struct proposal_actor a = actor(w, partner, uri);
    int error = store_proposal_get(w->s, &a, id, w->arena, &ret->p, &ret->report, fault);
    if (!error)
        look_closely(ret);
    return error;
}

static int accept(struct world *w, const char *partner, const char *uri, struct seen_proposal *s, struct fault *fault)
{
    struct proposal_actor a = actor(w, partner, uri);
    int error = store_proposal_accept(w->s, &a, s->p.id, s->p.digest, s->shown, w->arena, &s->p, &s->report, fault);
    if (error == ERR_CONFLICT)
        look_closely(s);
    return error;
}

/* "opens/closes/view/embargoed" of one partner in a report. */
static void check_told(const struct seen_proposal *s, const char *partner, const char *expected, const char *what)
{
    BUF_CLEANUP struct buf found = {0};
    size_t i, k;
    json_t *p, *label;
    json_array_foreach(json_object_get(s->json, "partners"), i, p)
    {
        json_int_t embargoed = 0;
        if (strcmp(json_string_value(json_object_get(p, "partner")), partner) != 0)
            continue;
        json_array_foreach(json_object_get(p, "labels"), k, label) embargoed +=
            json_integer_value(json_object_get(label, "later"));
        buf_printf(&found, "%lld/%lld/%lld/%lld", json_integer_value(json_object_get(p, "opens")),
                   json_integer_value(json_object_get(p, "closes")), json_integer_value(json_object_get(p, "view")),
                   embargoed);
    }
    buf_char(&found, '\0');
    check_text(found.p, expected, what);
}

/* --- the story of one agreement --- */

static void test_widening(void)
{
    struct world w;
    struct fault fault;
    SEEN_CLEANUP struct seen_proposal usa = {0}, jpn = {0}, again = {0};
    world_open(&w, "widening", "");
    post_some(&w, "USA", "U", 2);
    post_some(&w, "JPN", "C", 3);
    post_some(&w, "JPN", "S", 5); /* above the default */
    post(&w, "JPN", "C", DAY(30));
    check_ok(propose(&w, "USA", USA_FDO, TO_AUS("all"), true, &again, &fault), &fault, "a dry run");
    check_sql(w.db, "relto_policy", "SELECT count(*) FROM proposal", "0");
    check_ok(propose(&w, "USA", USA_FDO, TO_AUS("all"), false, &usa, &fault), &fault, "an agreement is proposed");
    check(json_equal(json_object_get(usa.json, "partners"), json_object_get(again.json, "partners")),
          "and tells what the dry run told");
    check(str_is(usa.p.state, "open") && usa.p.needs.n == 2, "it waits for both providers");
    check_told(&usa, "AUS", "2/0/0/0", "USA is told of its own records");
    check_told(&usa, "JPN", "", "nothing changes for JPN");
    check_i64(seen(&w, "spiffe://aus.example/node/one"), 0, "nothing is open yet");
    check_ok(get(&w, "JPN", JPN_FDO, usa.p.id, &jpn, &fault), &fault, "JPN looks at it");
    check_told(&jpn, "AUS", "3/0/0/1", "and is told of its own, the embargoed one apart");
    check_ok(accept(&w, "USA", USA_FDO, &usa, &fault), &fault, "USA accepts");
    check(str_is(usa.p.state, "open") && usa.p.accepted.n == 1, "which is not enough");
    check_ok(accept(&w, "JPN", JPN_FDO, &jpn, &fault), &fault, "JPN accepts");
    check(str_is(jpn.p.state, "applied"), "which is");
    reload(&w);
    check_i64(seen(&w, "spiffe://aus.example/node/one"), 5, "what was told is open");
    check_i64(accept(&w, "JPN", JPN_FDO, &jpn, &fault), ERR_CONFLICT, "it is accepted once");
    check_sql(w.db, "relto_policy", "SELECT string_agg(act || ' ' || principal, ', ' ORDER BY id) FROM proposal_act",
              "propose " USA_FDO ", accept " USA_FDO ", accept " JPN_FDO ", apply " JPN_FDO);
    check_sql(w.db, "relto_policy",
              "SELECT a.actor, a.file_digest = p.digest FROM policy_audit a, proposal p ORDER BY epoch DESC LIMIT 1",
              JPN_FDO "|t");
    world_close(&w);
}

static void test_narrowing(void)
{
    struct world w;
    struct fault fault;
    SEEN_CLEANUP struct seen_proposal s = {0};
    world_open(&w, "narrowing", "");
    post_some(&w, "USA", "U", 2);
    check_i64(seen(&w, "spiffe://jpn.example/node/one"), 2, "JPN sees");
#define HALF(more)                                                                                                     \
    CHANGE("USA-JPN", AGREEMENT("USA-JPN", "\"JPN\",\"USA\"", "\"JPN\",\"USA\"", "\"USA\":\"U\",\"JPN\":\"C\"",        \
                                "\"backfill\":\"all\"," more))
    check_ok(propose(&w, "USA", USA_FDO,
                     "[{\"kind\":\"agreement\",\"key\":\"USA-JPN\",\"entry\":{\"id\":\"USA-JPN\",\"title\":\"t\","
                     "\"reference\":\"r\",\"article\":\"1\",\"providers\":[\"JPN\",\"USA\"],\"recipients\":[\"JPN\","
                     "\"USA\"],\"types\":[\"*\"],\"dataModes\":[\"REAL\",\"TEST\"],\"highest\":{\"USA\":\"S\",\"JPN\":"
                     "\"S\"},\"default\":{\"USA\":\"U\",\"JPN\":\"C\"},\"equivalence\":[],\"from\":\"2020-01-01\","
                     "\"until\":null,\"status\":\"suspended\",\"backfill\":\"all\"}}]",
                     false, &s, &fault),
             &fault, "USA suspends");
    check(str_is(s.p.state, "applied"), "which is in force at once");
    check_told(&s, "JPN", "0/2/0/0", "and tells what closes");
    reload(&w);
    check_i64(seen(&w, "spiffe://jpn.example/node/one"), 0, "as it does");
    world_close(&w);
}

/* --- binding --- */

static void test_binding(void)
{
    struct world w;
    struct fault fault;
    SEEN_CLEANUP struct seen_proposal usa = {0}, jpn = {0};
    world_open(&w, "binding", "");
    post_some(&w, "USA", "U", 2);
    check_ok(propose(&w, "USA", USA_FDO, TO_AUS("all"), false, &usa, &fault), &fault, "proposed");
    struct seen_proposal other = {.p = usa.p, .shown = usa.shown};
    other.p.digest.bytes[0] ^= 1;
    check_i64(accept(&w, "USA", USA_FDO, &other, &fault), ERR_CONFLICT, "another digest");
    forget(&other);
    other = (struct seen_proposal){.p = usa.p, .shown = usa.shown};
    other.shown.bytes[0] ^= 1;
    check_i64(accept(&w, "USA", USA_FDO, &other, &fault), ERR_CONFLICT, "a dry run that nobody was shown");
    check(memcmp(&other.shown, &usa.shown, sizeof usa.shown) == 0, "the answer shows the one there is");
    forget(&other);
    other = (struct seen_proposal){.p = usa.p, .shown = usa.shown};
    check_i64(accept(&w, "JPN", JPN_FDO, &other, &fault), ERR_CONFLICT, "one that another partner was shown");
    forget(&other);
    check_i64(accept(&w, "AUS", "spiffe://aus.example/fdo/one", &usa, &fault), ERR_FORBIDDEN, "a recipient");
    check_i64(accept(&w, "USA", "spiffe://usa.example/admin/one", &usa, &fault), ERR_FORBIDDEN, "another role");
    post_some(&w, "USA", "U", 1);
    check_ok(accept(&w, "USA", USA_FDO, &usa, &fault), &fault, "what is posted since does not matter");
    check_ok(get(&w, "USA", USA_FDO, usa.p.id, &usa, &fault), &fault, "but is told when asked again");
    check_told(&usa, "AUS", "3/0/0/0", "one more");
    check_sql(w.db, "relto_owner",
              "SET relto.maintenance = on; DELETE FROM record WHERE seq = (SELECT max(seq) FROM record);"
              " SELECT count(*) FROM record",
              "2");
    check_i64(accept(&w, "USA", USA_FDO, &usa, &fault), ERR_CONFLICT, "what is gone since does");
    check_told(&usa, "AUS", "2/0/0/0", "and the answer tells");
    check_ok(get(&w, "JPN", JPN_FDO, usa.p.id, &jpn, &fault), &fault, "JPN looks");
    clock_file_set(w.clock_file, DAY(0) + DRY_RUN_GOOD + 1);
    check_i64(accept(&w, "JPN", JPN_FDO, &jpn, &fault), ERR_CONFLICT, "too late");
    clock_file_set(w.clock_file, DAY(0) + 2 * DRY_RUN_GOOD + 1);
    check_ok(accept(&w, "JPN", JPN_FDO, &jpn, &fault), &fault, "just in time, as it was shown again then");
    check(str_is(jpn.p.state, "applied"), "and it is in force");
    world_close(&w);
}

/* Two changes that open nothing each, and something together: who accepted the one is asked again after the other. */
static void test_lapse(void)
{
#define ASIA                                                                                                           \
    "[{\"kind\":\"community\",\"key\":\"ASIA\",\"entry\":{\"code\":\"ASIA\",\"name\":\"Asia\"}},"                      \
    "{\"kind\":\"membership\",\"key\":\"ASIA/USA\",\"entry\":{\"community\":\"ASIA\",\"partner\":\"USA\",\"from\":"    \
    "null,\"until\":null,\"backfill\":\"all\"}}]"
#define JOIN                                                                                                           \
    "[{\"kind\":\"membership\",\"key\":\"ASIA/AUS\",\"entry\":{\"community\":\"ASIA\",\"partner\":\"AUS\",\"from\":"   \
    "null,\"until\":null,\"backfill\":\"all\"}}]"
#define USA_TO_AUS CHANGE("USA-AUS", AGREEMENT("USA-AUS", "\"USA\",\"JPN\"", "\"AUS\"", "", IN_FORCE))
    struct world w;
    struct fault fault;
    SEEN_CLEANUP struct seen_proposal asia = {0}, terms = {0}, join = {0}, jpn = {0};
    world_open(&w, "lapse", "");
    check_ok(propose(&w, "USA", USA_FDO, ASIA, false, &asia, &fault), &fault, "a community of USA alone");
    check_ok(accept(&w, "USA", USA_FDO, &asia, &fault), &fault, "is accepted");
    check(str_is(asia.p.state, "open"), "but JPN, which releases to USA, is asked too");
    check_ok(get(&w, "JPN", JPN_FDO, asia.p.id, &asia, &fault), &fault, "it looks");
    check_ok(accept(&w, "JPN", JPN_FDO, &asia, &fault), &fault, "and accepts");
    reload(&w);
    post_some(&w, "USA", "S//REL TO USA, ASIA", 4);
    check_ok(propose(&w, "USA", USA_FDO, USA_TO_AUS, false, &terms, &fault), &fault, "terms that release by name only");
    check_told(&terms, "AUS", "", "open nothing");
    check_ok(accept(&w, "USA", USA_FDO, &terms, &fault), &fault, "and are accepted by USA");
    check_ok(propose(&w, "USA", USA_FDO, JOIN, false, &join, &fault), &fault, "AUS is to join");
    check_told(&join, "AUS", "", "which opens nothing without terms");
    check_ok(accept(&w, "USA", USA_FDO, &join, &fault), &fault, "USA accepts");
    check_ok(get(&w, "AUS", "spiffe://aus.example/fdo/one", join.p.id, &join, &fault), &fault, "AUS looks");
    check_ok(accept(&w, "AUS", "spiffe://aus.example/fdo/one", &join, &fault), &fault, "and accepts");
    check(str_is(join.p.state, "applied"), "AUS is a member");
    check_ok(get(&w, "JPN", JPN_FDO, terms.p.id, &jpn, &fault), &fault, "JPN looks at the terms");
    check_ok(accept(&w, "JPN", JPN_FDO, &jpn, &fault), &fault, "and accepts them");
    check(str_is(jpn.p.state, "open"), "but USA is asked again");
    check(jpn.p.accepted.n == 1 && str_is(jpn.p.accepted.v[0], "JPN"),
          "as its acceptance rests on what no longer holds");
    reload(&w);
    check_i64(seen(&w, "spiffe://aus.example/node/one"), 0, "nothing has opened");
    check_ok(get(&w, "USA", USA_FDO, terms.p.id, &terms, &fault), &fault, "USA looks again");
    check_told(&terms, "AUS", "4/0/0/0", "and sees what would open now");
    check_ok(accept(&w, "USA", USA_FDO, &terms, &fault), &fault, "which it accepts");
    reload(&w);
    check_i64(seen(&w, "spiffe://aus.example/node/one"), 4, "then it opens");
    world_close(&w);
}

/* What a proposal changes has changed: it is not accepted any more. */
static void test_stale(void)
{
    struct world w;
    struct fault fault;
    SEEN_CLEANUP struct seen_proposal a = {0}, b = {0};
    world_open(&w, "stale", "");
#define ONE_TO_AUS(level) CHANGE("TO-AUS", AGREEMENT("TO-AUS", "\"USA\"", "\"AUS\"", "\"USA\":\"" level "\"", IN_FORCE))
    check_ok(propose(&w, "USA", USA_FDO, ONE_TO_AUS("U"), false, &a, &fault), &fault, "one draft");
    check_ok(propose(&w, "USA", USA_FDO, ONE_TO_AUS("C"), false, &b, &fault), &fault, "another of the same");
    check_ok(accept(&w, "USA", USA_FDO, &a, &fault), &fault, "the one is accepted");
    check_i64(accept(&w, "USA", USA_FDO, &b, &fault), ERR_CONFLICT, "the other is not any more");
    check_ok(get(&w, "USA", USA_FDO, b.p.id, &b, &fault), &fault, "it can still be looked at");
    check(b.p.stale && str_is(b.p.state, "open"), "and is said to be stale");
    struct proposal_actor usa = actor(&w, "USA", USA_FDO), aus = actor(&w, "AUS", "spiffe://aus.example/fdo/one");
    struct proposal p;
    check_i64(store_proposal_close(w.s, &aus, b.p.id, true, STR(""), w.arena, &p, &fault), ERR_FORBIDDEN,
              "a recipient does not withdraw it");
    check_i64(store_proposal_close(w.s, &aus, b.p.id, false, STR(""), w.arena, &p, &fault), ERR_FORBIDDEN,
              "nor reject it");
    check_ok(store_proposal_close(w.s, &usa, b.p.id, true, STR("old"), w.arena, &p, &fault), &fault, "USA does");
    check_i64(store_proposal_close(w.s, &usa, b.p.id, true, STR("old"), w.arena, &p, &fault), ERR_CONFLICT, "once");
    struct proposal_actor jpn = actor(&w, "JPN", JPN_FDO);
    check_i64(store_proposal_get(w.s, &jpn, b.p.id, w.arena, &p, &b.report, &fault), ERR_NOT_FOUND,
              "a stranger does not know of it");
    const struct proposal *list;
    size_t n;
    check_ok(
        store_proposal_list(w.s, &usa, &(struct proposal_filter){.agreement = STR("")}, w.arena, &list, &n, &fault),
        &fault, "all of USA's");
    check_i64((int64_t)n, 2, "are two");
    check_ok(store_proposal_list(w.s, &usa, &(struct proposal_filter){true, true, STR("")}, w.arena, &list, &n, &fault),
             &fault, "those that wait for it");
    check_i64((int64_t)n, 0, "are none");
    world_close(&w);
}

/* --- backfill --- */

/* Records of days 1, 3 and 5 under one label: the report divides them as the change will. */
static void test_backfill(void)
{
    struct world w;
    struct fault fault;
    world_open(&w, "divided", "");
    for (int day = 1; day <= 5; day += 2) {
        clock_file_set(w.clock_file, DAY(day));
        post_some(&w, "JPN", "U", day);
    }
    clock_file_set(w.clock_file, DAY(6));
    static const char *const backfills[] = {"none", "2025-12-16T00:00:00Z", "2025-12-14T00:00:00Z", "all"};
    const char *told[] = {"", "5/0/0/0", "8/0/0/0", "1/0/0/0"}; /* the last after the third was done */
    for (int i = 0; i < 4; i++) {
        SEEN_CLEANUP struct seen_proposal s = {0};
        BUF_CLEANUP struct buf change = {0};
        buf_printf(&change,
                   "[{\"kind\":\"agreement\",\"key\":\"A%d\",\"entry\":{\"id\":\"A%d\",\"title\":\"t\",\"providers\":["
                   "\"JPN\"],\"recipients\":[\"AUS\"],\"types\":[\"*\"],\"dataModes\":[\"REAL\"],\"highest\":{\"JPN\":"
                   "\"S\"},\"default\":{\"JPN\":\"U\"},\"status\":\"inForce\",\"backfill\":\"%s\"}}]",
                   i, i, backfills[i]);
        buf_char(&change, '\0');
        check_ok(propose(&w, "JPN", JPN_FDO, change.p, true, &s, &fault), &fault, "a backfill tried");
        check_told(&s, "AUS", told[i], backfills[i]);
        buf_clear(&s.report.json);
        if (i == 2) {
            check_ok(propose(&w, "JPN", JPN_FDO, change.p, false, &s, &fault), &fault, "proposed");
            check_ok(accept(&w, "JPN", JPN_FDO, &s, &fault), &fault, "accepted");
            reload(&w);
            check_i64(seen(&w, "spiffe://aus.example/node/one"), 8, "as told");
        }
    }
    world_close(&w);
}

/* --- what was agreed before --- */

static void check_version(struct world *w, int64_t version, const char *title)
{
    struct fault fault;
    struct str json = {0};
    check_ok(store_agreement_version(w->s, STR("TO-AUS"), version, w->arena, &json, &fault), &fault, "a version");
    json_auto_t *v = json.p ? json_loadb(json.p, json.n, 0, NULL) : NULL;
    const char *found = json_string_value(json_object_get(v, "title"));
    check_text(found ? found : "", title, "with its title");
}

static void test_versions(void)
{
    struct world w;
    struct fault fault;
    SEEN_CLEANUP struct seen_proposal a = {0}, b = {0}, c = {0};
    world_open(&w, "versions", "");
    check_ok(propose(&w, "USA", USA_FDO, ONE_TO_AUS("C"), false, &a, &fault), &fault, "a first version");
    check_version(&w, 1, "");
    check_ok(accept(&w, "USA", USA_FDO, &a, &fault), &fault, "accepted");
    check_version(&w, 1, "t");
    const char *second =
        CHANGE("TO-AUS", "{\"id\":\"TO-AUS\",\"title\":\"second\",\"reference\":\"r\",\"article\":"
                         "\"1\",\"providers\":[\"USA\"],\"recipients\":[\"AUS\"],\"types\":[\"*\"],"
                         "\"dataModes\":[\"REAL\"],\"highest\":{\"USA\":\"S\"},\"default\":{\"USA\":"
                         "\"U\"},\"from\":\"2020-01-01\",\"status\":\"inForce\",\"backfill\":\"all\"}");
    FREE_CLEANUP char *stated = replaced(second, "\"title\"", "\"version\":3,\"title\"");
    check_i64(propose(&w, "USA", USA_FDO, stated, false, &c, &fault), ERR_INVALID_CHANGE, "a version left out");
    check_ok(propose(&w, "USA", USA_FDO, second, false, &b, &fault), &fault, "the second version");
    if (str_is(b.p.state, "open"))
        check_ok(accept(&w, "USA", USA_FDO, &b, &fault), &fault, "accepted");
    check_version(&w, 1, "t");
    check_version(&w, 2, "second");
    check_version(&w, 3, "");
    world_close(&w);
}

int main(void)
{
    test_widening();
    test_narrowing();
    test_binding();
    test_lapse();
    test_stale();
    test_backfill();
    test_versions();
    return checks_done();
}
