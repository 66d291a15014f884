#include "ndm_read.h"

struct str ndm_trim(struct str s)
{
    while (s.n && (unsigned char)s.p[0] <= ' ')
        s = (struct str){s.p + 1, s.n - 1};
    while (s.n && (unsigned char)s.p[s.n - 1] <= ' ')
        s.n--;
    return s;
}

bool ndm_split(struct str s, struct str *fields, size_t *ret)
{
    const char *p = s.p, *end = s.p + s.n;
    size_t n = 0;
    for (;;) {
        while (p < end && (unsigned char)*p <= ' ')
            p++;
        if (p == end)
            break;
        if (n == NDM_FIELDS_MAX)
            return false;
        const char *from = p;
        while (p < end && (unsigned char)*p > ' ')
            p++;
        fields[n++] = (struct str){from, (size_t)(p - from)};
    }
    *ret = n;
    return true;
}

static struct ndm_reader *reader_new(struct ndm_input input)
{
    struct ndm_reader *r = memory_zeroed(sizeof *r);
    r->input = input;
    r->walk.notation = NDM_KVN;
    r->walk.offset = -1;
    return r;
}

struct ndm_reader *ndm_reader_new(struct ndm_source source)
{
    return reader_new(ndm_input_from(source));
}

struct ndm_reader *ndm_reader_of(struct str text)
{
    return reader_new(ndm_input_of(text));
}

void ndm_reader_free(struct ndm_reader *r)
{
    if (!r)
        return;
    ndm_walk_free(&r->walk);
    ndm_input_free(&r->input);
    free(r);
}

int ndm_next(struct ndm_reader *r, struct ndm_event *ret, struct fault *fault)
{
    while (!ndm_walk_take(&r->walk, ret)) {
        int error = r->ended ? NDM_END : ndm_kvn_step(r, fault);
        if (error == NDM_END && !r->ended) {
            r->ended = true; /* what the end itself told comes first */
            continue;
        }
        if (error)
            return error;
    }
    return 0;
}
