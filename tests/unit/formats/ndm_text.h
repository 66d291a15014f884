/* Navigation messages in tests: read and written again. */
#pragma once
#include "memory.h"
#include "ndm.h"

#include <criterion/criterion.h>

/* What reading ended with; out has what was read by then. */
static inline int convert(struct ndm_reader *r, enum ndm_notation notation, struct buf *out, struct fault *fault)
{
    NDM_WRITER_CLEANUP struct ndm_writer *w = ndm_writer_new(notation, out);
    struct ndm_event e;
    int error;
    while (!(error = ndm_next(r, &e, fault)))
        ndm_write(w, &e);
    ndm_writer_end(w);
    return error;
}

static inline void converted(struct str text, enum ndm_notation notation, struct buf *out)
{
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(text);
    struct fault fault = {0};
    cr_assert_eq(convert(r, notation, out, &fault), NDM_END, "%s: %s", fault.where, fault.detail);
}

/* text with the first `from` replaced by `to`. */
static inline void replaced(struct str text, const char *from, const char *to, struct buf *out)
{
    const char *at = memmem(text.p, text.n, from, strlen(from));
    cr_assert(at, "%s", from);
    buf_add(out, text.p, (size_t)(at - text.p));
    buf_z(out, to);
    buf_z(out, at + strlen(from));
}

struct refusal {
    const char *from, *to;
    const char *where;  /* NULL: whatever it is */
    const char *detail; /* part of it */
};

static inline void refused(struct str text, const struct refusal *c)
{
    BUF_CLEANUP struct buf changed = {0}, out = {0};
    replaced(text, c->from, c->to, &changed);
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&changed));
    struct fault fault = {0};
    cr_assert_eq(convert(r, NDM_KVN, &out, &fault), ERR_INVALID_RECORD, "%s -> %s", c->from, c->to);
    cr_assert(strstr(fault.detail, c->detail), "%s -> %s: %s: %s", c->from, c->to, fault.where, fault.detail);
    cr_assert(!c->where || !strcmp(fault.where, c->where), "%s -> %s: %s", c->from, c->to, fault.where);
}
