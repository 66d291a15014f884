/* An SP3 file. What is accepted is written, what was written reads back as itself, and it becomes JSON that is never
 * refused for its form. */
#include "sp3.h"
#include "record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool read_all(struct str text, struct arena *arena, struct buf *out, struct fault *fault)
{
    struct sp3_reader r;
    struct sp3_state s;
    size_t epochs = 0;
    int error = sp3_open(text, arena, &r, fault);
    if (!error)
        must(sp3_write_header(r.header, out, NULL) == 0);
    while (!error && !(error = sp3_next(&r, &s, fault))) {
        if (r.epochs != epochs)
            sp3_write_epoch(&s.epoch, out);
        epochs = r.epochs;
        must(sp3_write_state(r.header, &s, out, NULL) == 0);
    }
    if (error == SP3_END)
        sp3_write_end(out);
    return error == SP3_END;
}

static bool check_record(void *context, size_t line, struct str text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    (void)context, (void)line;
    struct record_scan *s =
        record_scan_new(record_type_find(STR("preciseephemeris")), text, false, &limits, INSTANT_1900, arena);
    int error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")};
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf once = {0}, twice = {0};
    struct fault fault = {0};
    if (!read_all((struct str){(const char *)data, size}, arena, &once, &fault)) {
        must(fault.code == ERR_INVALID_RECORD && fault.detail[0] && fault.offset <= (long)size);
        return 0;
    }
    must(read_all(buf_view(&once), arena, &twice, &fault));
    must(str_eq(buf_view(&once), buf_view(&twice)));
    must(sp3_records(buf_view(&once), &header, arena, &(struct record_sink){.take = check_record}, &fault) == 0);
    return 0;
}
