/* A navigation message. What is accepted is accepted again when it was written, and written the same then. */
#include "ndm.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static int convert(struct str text, struct buf *out)
{
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(text);
    NDM_WRITER_CLEANUP struct ndm_writer *w = ndm_writer_new(NDM_KVN, out);
    struct ndm_event e;
    struct fault fault;
    int error;
    while (!(error = ndm_next(r, &e, &fault)))
        ndm_write(w, &e);
    must(error == NDM_END || (error == ERR_INVALID_RECORD && fault.offset <= (long)text.n));
    return error;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    BUF_CLEANUP struct buf once = {0}, twice = {0};
    if (convert((struct str){(const char *)data, size}, &once) != NDM_END)
        return 0;
    must(convert(buf_view(&once), &twice) == NDM_END);
    must(str_eq(buf_view(&once), buf_view(&twice)));
    return 0;
}
