/* A navigation message. What is accepted is accepted again when it was written, and written the same then; what becomes
 * element sets is never refused for its form. */
#include "omm.h"
#include "record.h"

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

static void read_elements(struct str text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(text);
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    struct omm m;
    while (!omm_next(r, arena, &m, &fault)) {
        BUF_CLEANUP struct buf b = {0};
        omm_elset(&m, &header, &b);
        struct record_scan *s =
            record_scan_new(record_type_find(STR("elset")), buf_view(&b), false, &limits, INSTANT_1900, arena);
        int error = record_scan_next(s, &record, &fault);
        must(error == 0 || error == ERR_INVALID_RECORD);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_elements((struct str){(const char *)data, size});
    BUF_CLEANUP struct buf once = {0}, twice = {0};
    if (convert((struct str){(const char *)data, size}, &once) != NDM_END)
        return 0;
    must(convert(buf_view(&once), &twice) == NDM_END);
    must(str_eq(buf_view(&once), buf_view(&twice)));
    return 0;
}
