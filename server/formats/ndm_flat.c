#include "ndm_flat.h"

void ndm_flat_begin(struct ndm_flat *f, const struct ndm_place *places, size_t n)
{
    f->fields = (struct ndm_fields){.places = places, .n = n};
    ndm_message_begin(&f->kept);
}

void ndm_flat_take(struct ndm_flat *f, const struct ndm_event *e, struct arena *arena)
{
    ndm_message_take(&f->kept, e);
    if (e->what == NDM_VALUE)
        ndm_fields_take(&f->fields, e, arena);
}

int ndm_flat_scale(const struct ndm_flat *f, struct ndm_taking *t, struct ndm_scale *ret)
{
    struct str name = ndm_fields_get(&f->fields, "TIME_SYSTEM");
    return ndm_scale_find(name, ret)
               ? 0
               : ndm_fault(t->line, t->run->fault, "TIME_SYSTEM: %.*s: expected %s", STR_ARG(name), NDM_SCALES);
}

int ndm_flat_write(struct ndm_flat *f, struct ndm_taking *t, const struct ndm_scale *scale)
{
    struct header header = ndm_header(t);
    struct buf *out = &t->run->json;
    if (!header.origin.n)
        header.origin = ndm_fields_get(&f->fields, "ORIGINATOR");
    header_write(&header, out);
    buf_member_text(out, "message", ndm_message_end(&f->kept, t->run->item));
    return ndm_fields_write(&f->fields, scale, t->run->item, out, t->run->fault);
}

void ndm_flat_end(struct ndm_flat *f)
{
    ndm_message_free(&f->kept);
}
