/* Single entries of the registers: changed together or not at all, audited, only as one who knew the registers. */
#include "harness.h"

#include "memory.h"

#define EDIT(kind, key, json)                                                                                          \
    (struct registry_edit)                                                                                             \
    {                                                                                                                  \
        STR(kind), STR(key), STR(json)                                                                                 \
    }
#define JPN_FDO "spiffe://jpn.example/fdo/one"
#define PARTNER_KOR                                                                                                    \
    "{\"code\":\"KOR\",\"name\":\"Korea\",\"policy\":\"JPN\",\"trustDomain\":\"kor.example\",\"authorises\":[]}"

static struct registry *load(struct store *s)
{
    struct registry *reg = NULL;
    struct fault fault;
    check_ok(store_policy_load(s, &reg, &fault), &fault, "registers are loaded");
    return reg;
}

static int edit(struct store *s, const struct registry_edit *edits, size_t n, int64_t epoch, struct fault *fault)
{
    return store_registry_edit(s, edits, n, STR(JPN_FDO), epoch, fault);
}

static void check_refused(struct store *s, const struct registry_edit *edits, size_t n, enum error_code code,
                          const char *what)
{
    struct fault fault;
    struct registry *before = load(s), *after = NULL;
    check_i64(edit(s, edits, n, -1, &fault), code, what);
    check_i64(fault.code, code, "and the fault says the same");
    after = load(s);
    check_i64(registry_epoch(after), registry_epoch(before), "nothing has moved");
    registry_unref(before);
    registry_unref(after);
}

static void test_edit(struct store *s, const char *db)
{
    struct fault fault;
    const struct registry_edit add[] = {EDIT("partner", "KOR", PARTNER_KOR),
                                        EDIT("community", "ASIA", " {\"code\":\"ASIA\", \"name\":\"Asia\"} "),
                                        EDIT("membership", "ASIA/KOR",
                                             "{\"community\":\"ASIA\",\"partner\":\"KOR\",\"from\":null,\"until\":null,"
                                             "\"backfill\":\"none\"}")};
    check_ok(edit(s, add, 3, 1, &fault), &fault, "three entries that need each other are added");
    struct registry *reg = load(s);
    check_i64(registry_epoch(reg), 2, "the epoch moves once");
    check(registry_has_partner(reg, STR("KOR")), "the partner is there");
    registry_unref(reg);
    check_sql(db, "relto_policy", "SELECT json FROM register_entry WHERE kind = 'community'",
              "{\"code\":\"ASIA\",\"name\":\"Asia\"}");
    check_sql(db, "relto_policy", "SELECT actor, diff FROM policy_audit WHERE epoch = 2",
              JPN_FDO "|+ community ASIA\n+ membership ASIA/KOR\n+ partner KOR\n");
    struct digest d = registry_edits_digest(add, 3);
    char hex[DIGEST_HEX + 1] = {0};
    hex_write(d.bytes, DIGEST_SIZE, hex);
    check_sql(db, "relto_policy", "SELECT encode(file_digest, 'hex') FROM policy_audit WHERE epoch = 2", hex);
    check_ok(edit(s, add, 3, -1, &fault), &fault, "the same again");
    check_sql(db, "relto_policy", "SELECT epoch, (SELECT count(*) FROM policy_audit) FROM policy_state", "2|2");
    const struct registry_edit leave[] = {EDIT("membership", "ASIA/KOR", ""), EDIT("community", "ASIA", "")};
    check_ok(edit(s, leave, 2, -1, &fault), &fault, "entries are removed");
    check_sql(db, "relto_policy", "SELECT diff FROM policy_audit WHERE epoch = 3",
              "- community ASIA\n- membership ASIA/KOR\n");
    check_sql(db, "relto_policy", "SELECT count(*) FROM register_entry WHERE kind IN ('community', 'membership')", "0");
}

static void test_refusals(struct store *s)
{
    struct fault fault;
    const struct registry_edit twice[] = {EDIT("partner", "KOR", ""), EDIT("partner", "KOR", PARTNER_KOR)};
    check_refused(s, twice, 2, ERR_INVALID_CHANGE, "one entry changed twice");
    check_refused(s, &EDIT("partner", "XXA", ""), 1, ERR_INVALID_CHANGE, "an entry that is not there removed");
    check_refused(s, &EDIT("partner", "JPN", ""), 1, ERR_INVALID_CHANGE, "an entry that others need removed");
    check_refused(s, &EDIT("partner", "XXA", PARTNER_KOR), 1, ERR_INVALID_CHANGE, "a key that is another entry's");
    check_refused(s, &EDIT("colour", "RED", "{}"), 1, ERR_INVALID_CHANGE, "an unknown kind");
    check_refused(s, &EDIT("reason", "A", "{\"code\":\"A\",\"title\":\"a\",\"maxReviewDays\":1},{}"), 1,
                  ERR_INVALID_CHANGE, "two objects for one");
    check_refused(s, &EDIT("reason", "A", "{\"code\":\"A\",\"code\":\"A\",\"title\":\"a\",\"maxReviewDays\":1}"), 1,
                  ERR_INVALID_CHANGE, "a member twice");
    check_refused(
        s, &EDIT("membership", "NOWHERE/JPN", "{\"community\":\"NOWHERE\",\"partner\":\"JPN\",\"backfill\":\"all\"}"),
        1, ERR_INVALID_CHANGE, "a member of a community that is none");
    check_i64(edit(s, &EDIT("reason", "A", "{\"code\":\"A\",\"title\":\"a\",\"maxReviewDays\":1}"), 1, 1, &fault),
              ERR_STALE, "an edit made under other registers");
}

/* What widens against its stated backfill is refused here as in a file. */
static void test_backfill(struct store *s)
{
#define TERMS(level)                                                                                                   \
    "{\"id\":\"USA-JPN\",\"title\":\"t\",\"reference\":\"r\",\"article\":\"1\",\"providers\":[\"JPN\",\"USA\"],"       \
    "\"recipients\":[\"JPN\",\"USA\"],\"types\":[\"*\"],\"dataModes\":[\"REAL\",\"TEST\"],\"highest\":{\"USA\":\"S\"," \
    "\"JPN\":\"S\"},\"default\":{\"USA\":\"" level "\",\"JPN\":\"C\"},\"equivalence\":[],\"from\":\"2020-01-01\","     \
    "\"until\":null,\"status\":\"inForce\",\"backfill\":\"none\"}"
    struct fault fault;
    check_ok(edit(s, &EDIT("agreement", "USA-JPN", TERMS("U")), 1, -1, &fault), &fault, "the agreement states none");
    check_refused(s, &EDIT("agreement", "USA-JPN", TERMS("S")), 1, ERR_INVALID_CHANGE, "and is not made wider");
}

int main(void)
{
    FREE_CLEANUP char *json = test_policy("all", ""), *db = new_database("edits", true);
    struct store *s = test_store(db, NULL);
    registry_unref(apply_policy(s, json));
    test_edit(s, db);
    test_refusals(s);
    test_backfill(s);
    test_store_free(s);
    return checks_done();
}
