/* A file of navigation messages. What is accepted and written is read again, and written the same. */
#include "rinex_nav.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void check_fault(int error, const struct fault *fault, size_t size)
{
    must(error == RINEX_END || (error == ERR_INVALID_RECORD && fault->offset >= 0 && (size_t)fault->offset <= size));
}

/* What could not be written, for a number with too many digits, is left out. */
static int write_again(struct str text, struct arena *arena, struct buf *out)
{
    struct rinex_nav_reader r;
    struct rinex_nav m;
    struct fault fault = {.offset = -1};
    int error = rinex_nav_open(text, arena, &r, &fault);
    if (!error)
        rinex_header_write(&r.header, out);
    while (!error && !(error = rinex_nav_next(&r, &m, &fault)))
        rinex_nav_write(&r.header, &m, out, NULL);
    check_fault(error, &fault, text.n);
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf once = {0}, twice = {0};
    if (write_again((struct str){(const char *)data, size}, arena, &once) != RINEX_END)
        return 0;
    must(write_again(buf_view(&once), arena, &twice) == RINEX_END);
    must(str_eq(buf_view(&once), buf_view(&twice)));
    return 0;
}
