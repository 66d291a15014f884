#include "ndm_pieces.h"
#include "epoch.h"
#include "memory.h"

void ndm_pieces_begin(struct ndm_pieces *p)
{
    *p = (struct ndm_pieces){.arena = arena_new()};
    ndm_message_begin(&p->data);
}

void ndm_pieces_end(struct ndm_pieces *p)
{
    ndm_message_free(&p->data);
    buf_free(&p->head);
    arena_free(p->arena);
    free(p->metadata);
    *p = (struct ndm_pieces){0};
}

static void keep(struct ndm_pieces *p, const struct ndm_event *e)
{
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 64;
        p->metadata = memory_resize(p->metadata, p->room * sizeof *p->metadata);
    }
    struct ndm_event copy = *e;
    copy.keyword = arena_str(p->arena, e->keyword);
    copy.text = arena_str(p->arena, e->text);
    if (e->unit.p)
        copy.unit = arena_str(p->arena, e->unit);
    p->metadata[p->count++] = copy;
}

static void begin_segment(struct ndm_pieces *p)
{
    arena_reset(p->arena);
    p->count = 0;
    p->open = (struct ndm_event){0};
    buf_clear(&p->data.text);
}

void ndm_pieces_take(struct ndm_pieces *p, const struct ndm_event *e)
{
    const char *block = ndm_block_name(e->block);
    if (e->what == NDM_BEGIN && !strcmp(block, "segment"))
        begin_segment(p);
    p->in_metadata = p->in_metadata || (e->what == NDM_BEGIN && !strcmp(block, "metadata"));
    if (p->in_metadata)
        keep(p, e);
    else
        ndm_message_take(&p->data, e);
    if (e->what == NDM_BEGIN && !strcmp(block, "data"))
        p->open = *e;
    if (e->what == NDM_FINISH && !strcmp(block, "header")) {
        buf_str(&p->head, buf_view(&p->data.text));
        buf_clear(&p->data.text);
    }
    if (e->what == NDM_FINISH && !strcmp(block, "metadata"))
        p->in_metadata = false;
    if (e->what == NDM_FINISH && !strcmp(block, "data"))
        p->open = (struct ndm_event){0};
}

size_t ndm_pieces_size(const struct ndm_pieces *p)
{
    size_t n = p->head.n + p->data.text.n;
    for (size_t i = 0; i < p->count; i++)
        n += p->metadata[i].keyword.n + p->metadata[i].text.n + p->metadata[i].unit.n + 16;
    return n;
}

struct str ndm_pieces_value(const struct ndm_pieces *p, const char *keyword)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->metadata[i].what == NDM_VALUE && str_is(p->metadata[i].keyword, keyword))
            return p->metadata[i].text;
    return STR("");
}

static bool within(struct str t, struct str start, struct str stop)
{
    struct epoch at, from, to;
    return epoch_read(t, &at) && epoch_read(start, &from) && epoch_read(stop, &to) && epoch_cmp(from, at) <= 0 &&
           epoch_cmp(at, to) <= 0;
}

static void write_metadata(const struct ndm_pieces *p, struct str start, struct str stop, struct buf *out)
{
    NDM_WRITER_CLEANUP struct ndm_writer *w = ndm_writer_new(NDM_KVN, out);
    for (size_t i = 0; i < p->count; i++) {
        struct ndm_event e = p->metadata[i];
        bool usable = str_is(e.keyword, "USEABLE_START_TIME") || str_is(e.keyword, "USEABLE_STOP_TIME");
        if (start.p && e.what == NDM_VALUE && usable && !within(e.text, start, stop))
            continue;
        if (start.p && e.what == NDM_VALUE && str_is(e.keyword, "START_TIME"))
            e.text = start;
        if (start.p && e.what == NDM_VALUE && str_is(e.keyword, "STOP_TIME"))
            e.text = stop;
        ndm_write(w, &e);
    }
}

/* A block of data that is open ends in this piece and begins again in the next one. */
static void turn(struct ndm_pieces *p, enum ndm_what what)
{
    if (p->open.block)
        ndm_message_take(&p->data, &(struct ndm_event){.what = what, .block = p->open.block});
}

struct str ndm_pieces_cut(struct ndm_pieces *p, struct str start, struct str stop, struct arena *arena)
{
    BUF_CLEANUP struct buf out = {0};
    turn(p, NDM_FINISH);
    buf_str(&out, buf_view(&p->head));
    write_metadata(p, start, stop, &out);
    buf_str(&out, buf_view(&p->data.text));
    buf_clear(&p->data.text);
    turn(p, NDM_BEGIN);
    return arena_str(arena, buf_view(&out));
}
