#include "header.h"

static void add_tags(struct str tags, struct buf *out)
{
    buf_z(out, ",\"tags\":[");
    for (size_t at = 0; at <= tags.n;) {
        const char *comma = at < tags.n ? memchr(tags.p + at, ',', tags.n - at) : NULL;
        size_t n = comma ? (size_t)(comma - tags.p) - at : tags.n - at;
        if (at)
            buf_char(out, ',');
        buf_json_str(out, (struct str){tags.p + at, n});
        at += n + 1;
    }
    buf_char(out, ']');
}

void header_write(const struct header *h, struct buf *out)
{
    buf_char(out, '{');
    if (h->marking.n) {
        buf_z(out, "\"classificationMarking\":");
        buf_json_str(out, h->marking);
        buf_char(out, ',');
    }
    buf_z(out, "\"dataMode\":");
    buf_json_str(out, h->data_mode);
    buf_member_text(out, "source", h->source);
    if (h->origin.n)
        buf_member_text(out, "origin", h->origin);
    if (h->tags.n)
        add_tags(h->tags, out);
}
