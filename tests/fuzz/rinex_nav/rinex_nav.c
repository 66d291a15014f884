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

/* The record tells all of the message. */
static void check_back(const struct rinex_nav *m, struct str canonical, struct arena *arena)
{
    const struct member *members;
    struct rinex_nav back;
    size_t n;
    must(members_of(canonical, arena, &members, &n));
    must(rinex_of_record(members, n, arena, &back, NULL) == 0);
    must(back.layout == m->layout && str_eq(back.type, m->type) && str_eq(back.epoch, m->epoch));
    must(str_eq(back.satellite, m->satellite) && str_eq(back.offset, m->offset) && str_eq(back.utc, m->utc));
    for (size_t i = 0; i < RINEX_VALUES; i++)
        must(str_eq(back.values[i], m->values[i]));
}

static void check_record(const struct rinex_nav *m, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    if (rinex_record(m, &header, STR(""), arena, &b, &fault))
        return;
    struct record_scan *s = record_scan_new(record_type_find(str_of(rinex_record_type(m))), buf_view(&b), false,
                                            &limits, INSTANT_1900, arena);
    int error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
    if (!error)
        check_back(m, record.canonical, arena);
}

/* What is said in a header can be said there again, but with more digits than there are columns. */
static void check_corrections(const struct rinex_nav_reader *r, const struct rinex_nav *first, struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    struct rinex_corrections c;
    rinex_corrections_of(&r->header, first, arena, &c);
    must(c.n + c.left_n + c.kept_n < r->header.n + 1);
    for (size_t i = 0; i < c.n; i++) {
        check_record(&c.messages[i], arena);
        size_t before = out.n;
        if (rinex_correction_write(&r->header, &c.messages[i], &out, NULL))
            must(out.n == before);
    }
}

/* What could not be written, for a number with too many digits, is left out. */
static int write_again(struct str text, struct arena *arena, struct buf *out)
{
    struct rinex_nav_reader r;
    struct rinex_nav m;
    size_t some = 0;
    struct fault fault = {.offset = -1};
    int error = rinex_nav_open(text, arena, &r, &fault);
    if (!error)
        rinex_header_write(&r.header, out);
    while (!error && !(error = rinex_nav_next(&r, &m, &fault))) {
        rinex_nav_write(&r.header, &m, out, NULL);
        check_record(&m, arena);
        if (!some++)
            check_corrections(&r, &m, arena);
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
