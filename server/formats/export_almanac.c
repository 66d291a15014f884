/* Almanacs in the forms YUMA and SEM, which have no comments: neither banner nor marking has a place in them. */
#include "almanac.h"
#include "export_rows.h"
#include "memory.h"

#include <stdlib.h>

struct almanac_writer {
    enum almanac_form form;
    struct arena *arena;
    struct almanac *list;
    size_t n, room;
};

static void *begin(const struct export_format *format, struct str type, instant now)
{
    struct almanac_writer *w = memory_zeroed(sizeof *w);
    w->form = (enum almanac_form)format->variant;
    w->arena = arena_new();
    (void)type;
    (void)now;
    return w;
}

/* Both forms have a satellite once; SEM says once what all of them must say. */
static int check_together(const struct almanac_writer *w, const struct almanac *a, struct fault *fault)
{
    static const struct {
        enum almanac_value value;
        const char *field;
    } common[] = {{ALMANAC_WEEK, "week"}, {ALMANAC_TOA, "timeOfWeek"}};
    for (size_t i = 0; i < w->n; i++)
        if (str_eq(w->list[i].values[ALMANAC_PRN], a->values[ALMANAC_PRN]))
            return fault_set(fault, ERR_INVALID_RECORD, "prn",
                             "expected a satellite once, not twice: a file has one almanac of it");
    for (size_t i = 0; w->form == ALMANAC_SEM && w->n && i < 2; i++)
        if (!str_eq(w->list[0].values[common[i].value], a->values[common[i].value]))
            return fault_set(fault, ERR_INVALID_RECORD, common[i].field,
                             "expected that of the record before: a file of SEM has one for all");
    if (w->form == ALMANAC_SEM && w->n == ALMANAC_RECORDS_MAX)
        return fault_set(fault, ERR_INVALID_RECORD, "", "a file of SEM has at most %d satellites", ALMANAC_RECORDS_MAX);
    return 0;
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    struct almanac_writer *w = writer;
    BUF_CLEANUP struct buf text = {0};
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct almanac a;
    int error = almanac_of_record(w->form, members, n, arena, &a, fault);
    if (!error)
        error = check_together(w, &a, fault);
    if (!error)
        error = almanac_write(w->form, &a, 1, (struct str){0}, &text, fault);
    if (error)
        return error;
    if (w->n == w->room) {
        w->room = w->room ? 2 * w->room : 32;
        w->list = memory_resize(w->list, w->room * sizeof *w->list);
    }
    for (size_t i = 0; i < ALMANAC_VALUES; i++)
        if (a.values[i].n)
            a.values[i] = arena_str(w->arena, a.values[i]);
    w->list[w->n++] = a;
    return 0;
}

static int compare(const void *a, const void *b)
{
    const struct almanac *x = a, *y = b;
    int p = str_int(x->values[ALMANAC_PRN]), q = str_int(y->values[ALMANAC_PRN]);
    return (p > q) - (p < q);
}

static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    struct almanac_writer *w = writer;
    (void)banner;
    if (!w->n)
        return 0;
    qsort(w->list, w->n, sizeof *w->list, compare);
    return almanac_write(w->form, w->list, w->n, STR("RELTO"), out, fault);
}

static void release(void *writer)
{
    struct almanac_writer *w = writer;
    if (!w)
        return;
    arena_free(w->arena);
    free(w->list);
    free(w);
}

const struct export_writer export_almanac = {begin, add, end, release};
