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

/* What can be written is read as the same; a number with other digits than its columns are for cannot. */
static void check_written(const struct tle *t, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0}, twice = {0};
    struct tle again;
    if (tle_write(t, arena, &b, NULL))
        return;
    struct tle_reader reader = tle_reader(buf_view(&b), arena);
    must(tle_next(&reader, &again, NULL) == 0);
    must(tle_write(&again, arena, &twice, NULL) == 0);
    must(str_eq(buf_view(&b), buf_view(&twice)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str text = {(const char *)data, size};
    struct tle_reader reader = tle_reader(text, arena);
    struct tle t;
    struct fault fault;
    int error;
    while (!(error = tle_next(&reader, &t, &fault))) {
        check_record(&t, arena);
        check_written(&t, arena);
    }
    must(error == TLE_END || (error == ERR_INVALID_RECORD && fault.offset >= 0 && (size_t)fault.offset <= size));
    return 0;
}
