/* A RINEX clock file. What is accepted is written, and what was written reads back as itself. */
#include "clk.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf once = {0}, twice = {0};
    struct fault fault = {0};
    if (!read_all((struct str){(const char *)data, size}, arena, &once, &fault)) {
        must(fault.code == ERR_INVALID_RECORD && fault.detail[0] && fault.offset <= (long)size);
        return 0;
    }
    must(read_all(buf_view(&once), arena, &twice, &fault));
    must(str_eq(buf_view(&once), buf_view(&twice)));
    return 0;
}
