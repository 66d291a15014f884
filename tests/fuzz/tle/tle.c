/* Text with element sets. What is accepted becomes JSON that can be scanned, and a time that can be read. */
#include "tle.h"
#include "instant.h"
#include "record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* The record may be refused for what it says, as a mean anomaly of 999, but never for its form. */
static void check_record(const struct tle *t, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    instant epoch;
    must(instant_parse(t->values[TLE_EPOCH], &epoch));
    tle_elset(t, &header, &b);
    struct record_scan *s = record_scan_new(record_type_find(STR("elset")), buf_view(&b), false, &limits, epoch, arena);
    int error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
    must(error != 0 || record.t == epoch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str text = {(const char *)data, size};
    struct tle_reader reader = tle_reader(text, arena);
    struct tle t;
    struct fault fault;
    int error;
    while (!(error = tle_next(&reader, &t, &fault)))
        check_record(&t, arena);
    must(error == TLE_END || (error == ERR_INVALID_RECORD && fault.offset >= 0 && (size_t)fault.offset <= size));
    return 0;
}
