#include "ndm_message.h"

void ndm_message_begin(struct ndm_message *m)
{
    m->text = (struct buf){0};
    m->writer = ndm_writer_new(NDM_KVN, &m->text);
}

void ndm_message_take(struct ndm_message *m, const struct ndm_event *e)
{
    ndm_write(m->writer, e);
}

struct str ndm_message_end(struct ndm_message *m, struct arena *arena)
{
    struct str text = arena_str(arena, buf_view(&m->text));
    ndm_writer_free(m->writer);
    buf_free(&m->text);
    return text;
}
