/* An SP3 file. What is accepted is written, and what was written reads back as itself. */
#include "sp3.h"

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
