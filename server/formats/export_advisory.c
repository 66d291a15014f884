/* Advisories as their issuers wrote them, in the order in which they are given. */
#include "export_rows.h"
#include "memory.h"

#include <stdlib.h>

static void *begin(const struct export_format *format, struct str type, instant now)
{
    (void)format;
    (void)type;
    (void)now;
    return memory_zeroed(sizeof(struct buf));
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct buf *out = writer;
    struct str text = member_value(members, n, "text", arena);
    if (!text.n)
        return export_lacks("text", "an advisory", fault);
    if (out->n)
        buf_char(out, '\n');
    buf_str(out, text);
    if (text.p[text.n - 1] != '\n')
        buf_char(out, '\n');
    return 0;
}

/* Text for people has no comments, so that the banner has no place. */
static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    (void)banner;
    (void)fault;
    buf_str(out, buf_view(writer));
    return 0;
}

static void release(void *writer)
{
    if (writer)
        buf_free(writer);
    free(writer);
}

const struct export_writer export_advisory = {begin, add, end, release};
