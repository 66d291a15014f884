/* Navigation messages of the CCSDS from records: the message that a record was made from, if it is shown, or one made
 * of the record's fields. Either goes through the reader, so that what is written is what the standard has.
 * CLASSIFICATION is the marking under which the record is sent, a comment where the message's version has no such
 * keyword. */
#include "export_rows.h"
#include "memory.h"
#include "ndm_grammar.h"
#include "ndm_of_record.h"
#include "ndm_take.h"
#include "omm_csv.h"

#include <stdio.h>
#include <stdlib.h>

struct ndm_file {
    unsigned variant;
    struct str type;
    struct buf body;
    size_t messages;
    struct ndm_writer *writer; /* JSON: of all of them */
    struct omm_csv csv;
};

static enum ndm_notation notation_of(unsigned variant)
{
    return variant == EXPORT_XML ? NDM_XML : variant == EXPORT_OMM_JSON ? NDM_JSON : NDM_KVN;
}

static void *begin(const struct export_format *format, struct str type, instant now)
{
    struct ndm_file *w = memory_zeroed(sizeof *w);
    w->variant = format->variant;
    w->type = type;
    w->writer = w->variant == EXPORT_OMM_JSON ? ndm_writer_new(NDM_JSON, &w->body) : NULL;
    (void)now;
    return w;
}

static void release(void *writer)
{
    struct ndm_file *w = writer;
    if (!w)
        return;
    ndm_writer_free(w->writer);
    omm_csv_free(&w->csv);
    buf_free(&w->body);
    free(w);
}

/* --- one message --- */

/* Posters may have sent anything: one message, of the type's kind. */
static int check(struct str text, const struct ndm_grammar *kind, struct fault *fault)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(text);
    struct ndm_event e;
    size_t messages = 0;
    bool others = false;
    int error;
    while (!(error = ndm_next(reader, &e, fault))) {
        messages += e.what == NDM_BEGIN && e.block->parent < 0;
        others = others || e.block->grammar != kind;
    }
    if (error == NDM_END)
        return messages == 1 && !others
                   ? 0
                   : fault_set(fault, ERR_INVALID_RECORD, "message", "expected one message, %s", kind->version_keyword);
    if (fault)
        snprintf(fault->where, sizeof fault->where, "message");
    return error;
}

struct copying {
    struct str marking, comment;
    struct str text; /* what stands in its place without being one; "" */
    int version;     /* times ten */
    bool marked;
};

static const struct ndm_row *classification_row(const struct copying *c, const struct ndm_block *header)
{
    for (size_t i = 0; i < header->count; i++)
        if (strcmp(header->rows[i].keyword, "CLASSIFICATION") == 0 && header->rows[i].since <= c->version)
            return &header->rows[i];
    return NULL;
}

typedef void (*piece_sink)(void *ctx, const struct ndm_event *e);

#define MARKING_COMMENT "CLASSIFICATION: "

/* What an export before this one said, which is said anew. Notes if it said the same, perhaps behind other comments,
 * where a file has one for all of them. */
static bool is_old_marking(struct copying *c, const struct ndm_event *e)
{
    bool header = strcmp(ndm_block_name(e->block), "header") == 0;
    if (e->what != NDM_COMMENT || !header)
        return e->what == NDM_VALUE && str_is(e->keyword, "CLASSIFICATION");
    bool same = str_ends(e->text, c->comment) && !classification_row(c, e->block);
    c->marked = c->marked || same;
    return !same && str_starts(e->text, MARKING_COMMENT);
}

static void tell_text(const struct copying *c, const struct ndm_event *e, piece_sink sink, void *ctx)
{
    BUF_CLEANUP struct buf text = {0};
    buf_z(&text, NDM_NO_MARKING);
    buf_str(&text, c->text);
    if (c->text.n)
        sink(ctx, &(struct ndm_event){.what = NDM_COMMENT, .block = e->block, .text = buf_view(&text)});
}

/* In its place among the header's values. */
static void tell_marking(struct copying *c, const struct ndm_event *e, piece_sink sink, void *ctx)
{
    const struct ndm_row *row = classification_row(c, e->block);
    bool header = strcmp(ndm_block_name(e->block), "header") == 0;
    if (c->marked || !header || (e->what != NDM_VALUE && e->what != NDM_FINISH) ||
        (row && e->what == NDM_VALUE && e->row < row))
        return;
    c->marked = true;
    tell_text(c, e, sink, ctx);
    sink(ctx, &(struct ndm_event){.what = row ? NDM_VALUE : NDM_COMMENT,
                                  .block = e->block,
                                  .row = row,
                                  .keyword = STR("CLASSIFICATION"),
                                  .text = row ? c->marking : c->comment});
}

/* Of the message as records keep it. */
static struct str classification_in(struct str message)
{
    static const char keyword[] = "\nCLASSIFICATION = ";
    const char *at = memmem(message.p, message.n, keyword, sizeof keyword - 1);
    const char *value = at ? at + sizeof keyword - 1 : NULL;
    const char *end = at ? memchr(value, '\n', (size_t)(message.p + message.n - value)) : NULL;
    return end ? (struct str){value, (size_t)(end - value)} : STR("");
}

struct marked {
    struct str by; /* as the record is sent */
    bool text;     /* what the message has for a marking is none */
};

static void copy(struct str text, const struct marked *marked, piece_sink sink, void *ctx)
{
    NDM_READER_CLEANUP struct ndm_reader *reader = ndm_reader_of(text);
    BUF_CLEANUP struct buf comment = {0};
    buf_printf(&comment, MARKING_COMMENT "%.*s", STR_ARG(marked->by));
    struct copying c = {
        .marking = marked->by, .comment = buf_view(&comment), .text = marked->text ? classification_in(text) : STR("")};
    struct ndm_event e;
    while (!ndm_next(reader, &e, NULL)) {
        if (e.what == NDM_BEGIN && e.block->parent < 0 && e.text.n == 3)
            c.version = (e.text.p[0] - '0') * 10 + (e.text.p[2] - '0');
        tell_marking(&c, &e, sink, ctx);
        if (!is_old_marking(&c, &e))
            sink(ctx, &e);
    }
}

static void write_piece(void *ctx, const struct ndm_event *e)
{
    ndm_write(ctx, e);
}

static void csv_piece(void *ctx, const struct ndm_event *e)
{
    omm_csv_take(ctx, e);
}

static void write_message(struct ndm_file *w, struct str text, const struct marked *marking)
{
    NDM_WRITER_CLEANUP struct ndm_writer *own = NULL;
    if (w->variant == EXPORT_OMM_CSV) {
        copy(text, marking, csv_piece, &w->csv);
        return;
    }
    if (!w->writer)
        own = ndm_writer_new(notation_of(w->variant), &w->body);
    copy(text, marking, write_piece, w->writer ? w->writer : own);
}

static int add(void *writer, const struct member *members, size_t n, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf made = {0};
    struct ndm_file *w = writer;
    const struct ndm_grammar *kind = ndm_of_type(w->type);
    struct str text = member_value(members, n, "message", arena);
    int error = text.n ? 0 : ndm_of_record(w->type, members, n, arena, &made, fault);
    if (!text.n)
        text = buf_view(&made);
    if (!error)
        error = check(text, kind, fault);
    if (error)
        return error;
    struct str warnings = member_value(members, n, "warnings", arena);
    struct marked marked = {export_marking(members, n, arena),
                            warnings.n && memmem(warnings.p, warnings.n, "\"" NDM_NO_MARKING, sizeof NDM_NO_MARKING)};
    write_message(w, text, &marked);
    w->messages++;
    return 0;
}

/* --- the file --- */

static void comment(enum ndm_notation notation, struct str text, struct buf *out)
{
    NDM_WRITER_CLEANUP struct ndm_writer *writer = ndm_writer_new(notation, out);
    if (text.n)
        ndm_write(writer, &(struct ndm_event){.what = NDM_COMMENT, .block = ndm_combined.blocks, .text = text});
}

/* Behind the first occurrence, where comments of the first header stand. A message that was exported before may have it
 * there. */
static void end_alone(const struct ndm_file *w, const char *behind, struct str banner, struct buf *out)
{
    BUF_CLEANUP struct buf told = {0};
    const char *at = w->body.n ? memmem(w->body.p, w->body.n, behind, strlen(behind)) : NULL;
    size_t head = at ? (size_t)(at - w->body.p) + strlen(behind) : 0;
    struct str rest = {w->body.p + head, w->body.n - head};
    comment(notation_of(w->variant), banner, &told);
    buf_add(out, w->body.p, head);
    if (!str_eq(str_slice(rest, 0, told.n), buf_view(&told)))
        buf_str(out, buf_view(&told));
    buf_str(out, rest);
}

/* 505.0-B-3, section 4.10. */
static void end_combined(const struct ndm_file *w, struct str banner, struct buf *out)
{
    BUF_CLEANUP struct buf whole = {0};
    NDM_WRITER_CLEANUP struct ndm_writer *writer = ndm_writer_new(NDM_XML, &whole);
    const char *declared = memchr(w->body.p, '\n', w->body.n); /* the declaration of the first message */
    size_t skip = (size_t)(declared - w->body.p) + 1;
    ndm_write(writer, &(struct ndm_event){.what = NDM_BEGIN, .block = ndm_combined.blocks});
    if (banner.n)
        ndm_write(writer, &(struct ndm_event){.what = NDM_COMMENT, .block = ndm_combined.blocks, .text = banner});
    buf_add(&whole, w->body.p + skip, w->body.n - skip);
    ndm_write(writer, &(struct ndm_event){.what = NDM_FINISH, .block = ndm_combined.blocks});
    buf_str(out, buf_view(&whole));
}

static int end(void *writer, struct str banner, struct buf *out, struct fault *fault)
{
    struct ndm_file *w = writer;
    (void)fault;
    switch (w->variant) {
    case EXPORT_OMM_JSON:
        ndm_writer_end(w->writer);
        buf_str(out, buf_view(&w->body));
        break;
    case EXPORT_OMM_CSV: omm_csv_write(&w->csv, out); break;
    case EXPORT_XML:
        if (w->messages == 1)
            end_alone(w, "<header>\n", banner, out);
        else if (w->messages)
            end_combined(w, banner, out);
        break;
    default:
        if (w->messages)
            end_alone(w, "\n", banner, out);
    }
    return 0;
}

const struct export_writer export_ndm = {begin, add, end, release};
