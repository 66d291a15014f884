#include "leaks.h"
#include "sample.h"

#include <criterion/criterion.h>

TestSuite(record_id, .fini = no_leaks);

static struct uuid id_under(const struct record_type *type, const char *secret, const char *originator,
                            const struct record *r, const char *label)
{
    struct digest content = record_digest(type, str_of(originator), r, str_of(label));
    return record_id(type, str_of(secret), r->t, &content);
}

static struct uuid id_of(const struct record_type *type, const char *body, const char *secret, const char *originator,
                         const char *label)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault = {0};
    cr_assert_eq(scan_one(type, str_of(body), arena, &r, &fault), 0, "%s: %s %s", body, fault.where, fault.detail);
    return id_under(type, secret, originator, &r, label);
}

static bool same(struct uuid a, struct uuid b)
{
    return memcmp(a.bytes, b.bytes, UUID_SIZE) == 0;
}

#define BODY                                                                                                           \
    "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04T03:02:01Z\",\"source\":\"s\"}"

Test(record_id, known_value)
{
    /* Digests computed with Python's hashlib and hmac. 2026-05-04 lies in the span of 731 days
     * that starts 46053 days after 1900-01-01: 0x39e6da44c00 ms. */
    char text[UUID_TEXT];
    uuid_write(id_of(type_named("elset"), BODY, "secret", "USA", ""), text);
    cr_assert(str_eq((struct str){text, UUID_TEXT}, STR("039e6da4-4c00-84c1-b6db-900c569e8f28")), "%.36s", text);
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    struct fault fault;
    scan_one(type_named("elset"), STR(BODY), arena, &r, &fault);
    struct digest d = record_digest(type_named("elset"), STR("USA"), &r, STR("{}"));
    char hex[DIGEST_HEX];
    hex_write(d.bytes, DIGEST_SIZE, hex);
    cr_assert(
        str_eq((struct str){hex, DIGEST_HEX}, STR("356158a459f155c07d3889c7be9b6d8e92d386a8c3f8253bf4802ac823d82868")),
        "%.64s", hex);
}

Test(record_id, key_order_white_space_and_spelling_do_not_change_it)
{
    const struct record_type *type = type_named("elset");
    struct uuid id = id_of(type, BODY, "k", "USA", "");
    static const char *const again[] = {
        " { \"source\" : \"s\" "
        ",\n\"epoch\":\"2026-05-04T03:02:01Z\",\"dataMode\":\"REAL\",\"classificationMarking\":\"U\"}",
        "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04T05:02:01.000+02:00\",\"source\":"
        "\"s\"}",
        "{\"classificationMarking\":\"\\u0055\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04T03:02:01Z\","
        "\"s\\u006furce\":\"s\"}",
        "{\"relto\":{\"public\":true},\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04T03:"
        "02:01Z\","
        "\"source\":\"s\"}", /* the wire label counts as it is given to record_id */
    };
    for (size_t i = 0; i < sizeof again / sizeof *again; i++)
        cr_assert(same(id_of(type, again[i], "k", "USA", ""), id), "%s", again[i]);
}

Test(record_id, everything_that_counts_changes_it)
{
    const struct record_type *type = type_named("elset");
    struct uuid id = id_of(type, BODY, "k", "USA", "");
    cr_assert(same(id_of(type, BODY, "k", "USA", ""), id));
    cr_assert_not(same(id_of(type, BODY, "K", "USA", ""), id), "secret");
    cr_assert_not(same(id_of(type, BODY, "k", "JPN", ""), id), "originator");
    cr_assert_not(same(id_of(type, BODY, "k", "USA", "{}"), id), "wire label");
    cr_assert_not(same(id_of(type_named("statevector"), BODY, "k", "USA", ""), id), "type");
    static const char *const others[] = {
        "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04T03:02:01Z\",\"source\":\"t\"}",
        "{\"classificationMarking\":\"U\",\"dataMode\":\"TEST\",\"epoch\":\"2026-05-04T03:02:01Z\",\"source\":\"s\"}",
        "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04T03:02:01.000001Z\",\"source\":"
        "\"s\"}",
        "{\"classificationMarking\":\"U\",\"dataMode\":\"REAL\",\"epoch\":\"2026-05-04T03:02:01Z\",\"source\":\"s\","
        "\"id\":\"1\"}",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_assert_not(same(id_of(type, others[i], "k", "USA", ""), id), "%s", others[i]);
}

static void check_canonical_is_its_own(const struct place *place)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf body = {0}, value = {0};
    struct record first, second;
    struct fault fault;
    sample_value(place->field, place->field->depth, &value);
    sample_record(place, buf_view(&value), &body);
    cr_assert_eq(scan_one(place->type, buf_view(&body), arena, &first, &fault), 0);
    cr_assert_eq(scan_one(place->type, first.canonical, arena, &second, &fault), 0);
    cr_assert(str_eq(first.canonical, second.canonical));
    struct uuid a = id_under(place->type, "k", "USA", &first, "");
    cr_assert(same(a, id_under(place->type, "k", "USA", &second, "")));
}

Test(record_id, canonical_form_read_again_is_the_same_record)
{
    each_field(check_canonical_is_its_own);
}

Test(record_id, points_into_the_partition_of_its_record)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        static const int64_t shifts[] = {0, -1, 1};
        for (size_t k = 0; k < 3; k++) {
            instant from = 0, to = 0, start = instant_floor(NOW, type->partition_width);
            struct record r = {.canonical = STR("{}"), .t = start + shifts[k]};
            struct uuid id = id_under(type, "k", "USA", &r, "");
            cr_assert(record_id_partition(type, id, &from, &to));
            cr_assert(from <= r.t && r.t < to && to - from == type->partition_width);
            cr_assert_eq(from, instant_floor(r.t, type->partition_width));
            cr_assert_eq(id.bytes[6] >> 4, 8);
            cr_assert_eq(id.bytes[8] >> 6, 2);
        }
    }
}

Test(record_id, what_is_no_id_of_the_type_points_nowhere)
{
    const struct record_type *type = type_named("elset");
    instant from = 5, to = 6;
    struct uuid id = id_of(type, BODY, "k", "USA", ""), other = id;
    cr_assert(record_id_partition(type, id, &from, &to));
    other.bytes[6] = (uint8_t)((id.bytes[6] & 0x0f) | 0x40);
    cr_assert_not(record_id_partition(type, other, &from, &to), "version 4");
    other = id;
    other.bytes[8] ^= 0xc0;
    cr_assert_not(record_id_partition(type, other, &from, &to), "another variant");
    other = id;
    other.bytes[5] ^= 1;
    cr_assert_not(record_id_partition(type, other, &from, &to), "between two partitions");
    uint64_t ms = (uint64_t)(type->partition_width / 1000 * 4200);
    for (int i = 5; i >= 0; i--, ms >>= 8)
        other.bytes[i] = (uint8_t)(ms & 0xff);
    cr_assert_not(record_id_partition(type, other, &from, &to), "after the year 9999");
}

/* --- what lasts --- */

static const struct digest content = {{1}}, other_content = {{2}};

static struct uuid entity_of(const char *secret, const struct digest *of)
{
    return record_entity(type_named("eop"), str_of(secret), NOW, of);
}

Test(record_id, an_entity_is_known_by_its_first_content_and_is_no_record)
{
    struct uuid entity = entity_of("key", &content);
    instant from, to;
    cr_expect(same(entity, entity_of("key", &content)));
    cr_expect_not(same(entity, entity_of("key", &other_content)));
    cr_expect_not(same(entity, entity_of("other", &content)));
    cr_expect_not(same(entity, record_id(type_named("eop"), STR("key"), NOW, &content)));
    cr_assert(record_id_partition(type_named("eop"), entity, &from, &to));
    cr_expect(from <= NOW && NOW < to);
}

Test(record_id, a_version_is_known_by_what_it_follows_too)
{
    struct uuid entity = entity_of("key", &content), other = entity_of("key", &other_content);
    struct digest v = record_version(entity, other, &content), again = record_version(entity, other, &content);
    const struct digest others[] = {record_version(other, entity, &content), record_version(entity, entity, &content),
                                    record_version(entity, other, &other_content), content};
    cr_expect_eq(memcmp(&v, &again, sizeof v), 0);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        cr_expect_neq(memcmp(&v, &others[i], sizeof v), 0, "%zu", i);
}

/* --- another name given by the poster --- */

static void expect_client_id(const char *canonical, const char *name, const char *wanted)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str found = record_with_text(str_of(canonical), STR("clientId"), str_of(name), arena);
    cr_expect(str_is(found, wanted), "%s: %.*s", canonical, STR_ARG(found));
}

Test(record_id, the_posters_name_stands_in_its_place)
{
    expect_client_id("{}", "a", "{\"clientId\":\"a\"}");
    expect_client_id("{}", "", "{}");
    expect_client_id("{\"b\":1}", "a", "{\"b\":1,\"clientId\":\"a\"}");
    expect_client_id("{\"d\":1}", "a", "{\"clientId\":\"a\",\"d\":1}");
    expect_client_id("{\"b\":1,\"d\":1}", "a", "{\"b\":1,\"clientId\":\"a\",\"d\":1}");
    expect_client_id("{\"b\":1,\"clientId\":\"x\",\"d\":1}", "a", "{\"b\":1,\"clientId\":\"a\",\"d\":1}");
    expect_client_id("{\"b\":1,\"clientId\":\"x\",\"d\":1}", "", "{\"b\":1,\"d\":1}");
    expect_client_id("{\"clientId\":\"x\"}", "", "{}");
    expect_client_id("{\"clientId\":\"x\"}", "say \"a\"", "{\"clientId\":\"say \\\"a\\\"\"}");
    expect_client_id("{\"a\":\"},{\\\"\",\"b\":[{\"c\":[1,\"]\"]},2],\"clientId\":\"x,y\"}", "n",
                     "{\"a\":\"},{\\\"\",\"b\":[{\"c\":[1,\"]\"]},2],\"clientId\":\"n\"}");
    expect_client_id("{\"a\":{\"clientId\":\"inner\"},\"d\":true}", "", "{\"a\":{\"clientId\":\"inner\"},\"d\":true}");
    expect_client_id("{\"a\":{\"clientId\":\"inner\"},\"d\":true}", "n",
                     "{\"a\":{\"clientId\":\"inner\"},\"clientId\":\"n\",\"d\":true}");
}
