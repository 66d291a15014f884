/* Advisories. What is accepted becomes JSON that is never refused for its form, and reads the same from its own text.
 */
#include "advisory_records.h"
#include "record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_again(const struct advisory *a, struct arena *arena)
{
    struct advisory_reader reader = advisory_reader(a->text, arena);
    struct advisory again;
    must(advisory_next(&reader, &again, NULL) == 0);
    must(str_eq(again.text, a->text) && again.kind == a->kind);
    for (int i = 0; i < ADVISORY_VALUES; i++)
        must(str_eq(again.values[i], a->values[i]));
    must(advisory_next(&reader, &again, NULL) == ADVISORY_END);
}

static void check_record(const struct advisory *a, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    advisory_record(a, &header, &b);
    struct record_scan *s =
        record_scan_new(record_type_find(STR("gnssadvisory")), buf_view(&b), false, &limits, INSTANT_1900, arena);
    int error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct advisory_reader reader = advisory_reader((struct str){(const char *)data, size}, arena);
    struct advisory a;
    struct fault fault;
    int error;
    while (!(error = advisory_next(&reader, &a, &fault))) {
        check_again(&a, arena);
        check_record(&a, arena);
    }
    must(error == ADVISORY_END || (error == ERR_INVALID_RECORD && fault.offset <= (long)size));
    return 0;
}
