/* A posted body. Input: one byte that chooses type, form and limits, then the body.
 * What is accepted must read again, from its canonical form, as the same record with the same id. */
#include "record.h"

#include <stdlib.h>

#define NOW INT64_C(1780315200) * INSTANT_SECOND /* 2026-06-01T12:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static const struct record_limits wide = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX},
                                  narrow = {4, 40, 32};

static void check_again(const struct record_type *type, const struct record *r, struct arena *arena)
{
    struct record again;
    struct fault fault;
    struct record_scan *s = record_scan_new(type, r->canonical, false, &wide, NOW, arena);
    must(record_scan_next(s, &again, &fault) == 0);
    must(str_eq(again.canonical, r->canonical) && again.t == r->t && !again.relto.p);
    must(str_eq(again.marking, r->marking) && str_eq(again.data_mode, r->data_mode));
    must(str_eq(again.source, r->source) && str_eq(again.object, r->object));
    must(str_eq(again.client_id, r->client_id));
    struct digest first = record_digest(type, STR("USA"), r, STR("")),
                  second = record_digest(type, STR("USA"), &again, STR(""));
    struct uuid a = record_id(type, STR("k"), r->t, &first), b = record_id(type, STR("k"), again.t, &second);
    must(memcmp(a.bytes, b.bytes, UUID_SIZE) == 0);
    instant from, to;
    must(record_id_partition(type, a, &from, &to) && from <= r->t && r->t < to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    if (!size)
        return 0;
    const struct record_type *type = record_type_at((data[0] & 0x3f) % record_type_count());
    struct str body = {(const char *)data + 1, size - 1};
    const struct record_limits *limits = data[0] & 0x80 ? &narrow : &wide;
    struct record_scan *s = record_scan_new(type, body, data[0] & 0x40, limits, NOW, arena);
    struct record r;
    struct fault fault;
    for (int rc; (rc = record_scan_next(s, &r, &fault)) != RECORD_SCAN_END;) {
        must(rc == 0 || rc == ERR_INVALID_RECORD || rc == ERR_BAD_JSON);
        must(rc != ERR_BAD_JSON || (fault.offset >= 0 && (size_t)fault.offset <= body.n));
        if (!rc)
            check_again(type, &r, arena);
    }
    return 0;
}
