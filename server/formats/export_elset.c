/* Sets of elements in lines. They have no comments: neither banner nor marking has a place in them. */
#include "export_rows.h"
#include "memory.h"
#include "tle.h"

#include <stdlib.h>

struct lines_writer {
    struct buf text;
    bool named;
};

static void *begin(const struct export_format *format, struct str type, instant now)
{
    struct lines_writer *w = memory_zeroed(sizeof *w);
    w->named = format->variant == EXPORT_THREE_LINES;
    (void)type;
    (void)now;
    return w;
}

/* Without a name of its own an object is called by what else it is known as, so that each set has as many lines. */
static struct str name_of(const struct tle *t)
{
    if (t->values[TLE_NAME].n)
        return t->values[TLE_NAME];
    return t->values[TLE_DESIGNATOR].n ? t->values[TLE_DESIGNATOR] : t->values[TLE_SATELLITE];
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct lines_writer *w = writer;
    struct tle t;
    int error = tle_of_elset(members, n, arena, &t, fault);
    if (error)
        return error;
    t.values[TLE_NAME] = w->named ? name_of(&t) : (struct str){0};
    return tle_write(&t, arena, &w->text, fault);
}

static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    struct lines_writer *w = writer;
    (void)banner;
    (void)fault;
    buf_str(out, buf_view(&w->text));
    return 0;
}

static void release(void *writer)
{
    struct lines_writer *w = writer;
    if (w)
        buf_free(&w->text);
    free(w);
}

const struct export_writer export_elset_lines = {begin, add, end, release};
