/* A conjunction data message. What is accepted becomes JSON that is never refused for its form. */
#include "cdm.h"
#include "record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct cdm *message = arena_alloc(arena, sizeof *message);
    struct record record;
    struct fault fault;
    int error = cdm_read((struct str){(const char *)data, size}, arena, message, &fault);
    must(error == 0 || (error == ERR_INVALID_RECORD && fault.offset <= (long)size));
    if (error)
        return 0;
    cdm_conjunction(message, &header, &b);
    struct record_scan *s =
        record_scan_new(record_type_find(STR("conjunction")), buf_view(&b), false, &limits, INSTANT_1900, arena);
    error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
    return 0;
}
