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

void ndm_message_free(struct ndm_message *m)
{
    ndm_writer_free(m->writer);
    m->writer = NULL;
    buf_free(&m->text);
}

struct str ndm_message_end(struct ndm_message *m, struct arena *arena)
{
    struct str text = arena_str(arena, buf_view(&m->text));
    ndm_message_free(m);
    return text;
}
