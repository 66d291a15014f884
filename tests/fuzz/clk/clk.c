/* A RINEX clock file. What is accepted is written, what was written reads back as itself, and it becomes JSON that is
 * never refused for its form. */
#include "clk.h"
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
    struct clk_reader r;
    struct clk_data d;
    int error = clk_open(text, arena, &r, fault);
    if (!error)
        clk_write_header(&r.header, out);
    while (!error && !(error = clk_next(&r, &d, fault)))
        must(clk_write_data(&r.header, &d, out, NULL) == 0);
    return error == CLK_END;
}

static bool check_record(void *context, size_t line, struct str text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    (void)context, (void)line;
    struct record_scan *s =
        record_scan_new(record_type_find(STR("gnssclock")), text, false, &limits, INSTANT_1900, arena);
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
    int error = clk_records(buf_view(&once), &header, arena, &(struct record_sink){.take = check_record}, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
    return 0;
}
