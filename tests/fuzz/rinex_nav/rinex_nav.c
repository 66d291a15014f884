/* A file of navigation messages. What is accepted and written is read again, and written the same; its records may be
 * refused for what they say, but never for their form. */
#include "record.h"
#include "rinex_records.h"

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

static void check_record(const struct rinex_nav *m, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    if (rinex_record(m, &header, arena, &b, &fault))
        return;
    struct record_scan *s = record_scan_new(record_type_find(str_of(rinex_record_type(m))), buf_view(&b), false,
                                            &limits, INSTANT_1900, arena);
    int error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
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
    while (!error && !(error = rinex_nav_next(&r, &m, &fault))) {
        rinex_nav_write(&r.header, &m, out, NULL);
        check_record(&m, arena);
    }
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
