/* An ephemeris in either form, as its first character says: I, O. What is accepted becomes JSON that is never refused
 * for its form. */
#include "ephemeris.h"
#include "record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_points(const struct ephemeris *e)
{
    must(e->n > 0);
    for (size_t i = 1; i < e->n; i++)
        must(e->points[i].t >= e->points[i - 1].t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct ephemeris_header header = {.record = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")},
                                      .category = STR("ANALYST"),
                                      .type = STR("ROUTINE"),
                                      .sat_no = STR("5")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct ephemeris e;
    struct record record;
    struct fault fault;
    if (!size)
        return 0;
    struct str text = {(const char *)data + 1, size - 1};
    int error = (*data == 'I' ? itc_read : oem_read)(text, arena, &e, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
    if (error)
        return 0;
    check_points(&e);
    ephemeris_set(&e, &header, &b);
    struct record_scan *s =
        record_scan_new(record_type_find(STR("ephemerisset")), buf_view(&b), false, &limits, INSTANT_1900, arena);
    error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD || error == ERR_BAD_JSON);
    return 0;
}
