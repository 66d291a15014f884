/* An almanac of YUMA or, if the first byte is S, of SEM. What is accepted is written and reads back the same, and
 * becomes JSON that is never refused for its form. */
#include "almanac.h"
#include "record.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LIST_MAX 300

static void must(bool ok)
{
    if (!ok)
        abort();
}

static size_t read_all(enum almanac_form form, struct str text, struct almanac *list, struct str *ret_title)
{
    struct almanac_reader r;
    struct fault fault = {0};
    size_t n = 0;
    int error = almanac_open(form, text, &r, &fault);
    while (!error && !(error = almanac_next(&r, &list[n], &fault)))
        must(++n < LIST_MAX);
    must(error == ALMANAC_END ||
         (error == ERR_INVALID_RECORD && fault.offset >= 0 && (size_t)fault.offset <= text.n && fault.detail[0]));
    *ret_title = r.title;
    return error == ALMANAC_END ? n : 0;
}

static void check_written(enum almanac_form form, const struct almanac *list, size_t n, struct str title)
{
    static struct almanac again[LIST_MAX];
    BUF_CLEANUP struct buf out = {0};
    struct str title_again;
    must(almanac_write(form, list, n, title, &out, NULL) == 0);
    must(read_all(form, buf_view(&out), again, &title_again) == n && str_eq(title, title_again));
    for (size_t i = 0; i < n; i++)
        for (size_t v = 0; v < ALMANAC_VALUES; v++)
            must(str_eq(list[i].values[v], again[i].values[v]));
}

static void check_record(enum almanac_form form, const struct almanac *a, struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    struct header header = {STR("U"), STR("TEST"), STR("fuzz"), STR(""), STR("a,b")};
    struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
    struct record record;
    struct fault fault;
    instant near = INT64_C(1763600000) * INSTANT_SECOND;
    if (almanac_record(form, a, near, &header, arena, &out, &fault))
        return;
    struct record_scan *s =
        record_scan_new(record_type_find(STR("almanac")), buf_view(&out), false, &limits, near, arena);
    int error = record_scan_next(s, &record, &fault);
    must(error == 0 || error == ERR_INVALID_RECORD);
    struct almanac back;
    BUF_CLEANUP struct buf written = {0};
    const struct member *members;
    size_t count;
    must(members_of(buf_view(&out), arena, &members, &count));
    must(almanac_of_record(form, members, count, arena, &back, &fault) == 0);
    must(almanac_write(form, &back, 1, STR("BACK"), &written, &fault) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct almanac list[LIST_MAX];
    enum almanac_form form = size && data[0] == 'S' ? ALMANAC_SEM : ALMANAC_YUMA;
    size_t skip = form == ALMANAC_SEM;
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct str title = {0};
    size_t n = read_all(form, (struct str){(const char *)data + skip, size - skip}, list, &title);
    if (n)
        check_written(form, list, n, title);
    for (size_t i = 0; i < n; i++)
        check_record(form, &list[i], arena);
    return 0;
}
