/* KVN: 502.0-B-3 section 7; XML: 505.0-B-3; JSON: as ndm_table.c reads it. The layout of a notation is the grammar's.
 */
#include "memory.h"
#include "ndm.h"
#include "ndm_check.h"

/* 505.0-B-3, section 4.3: each outermost element has it. */
#define SCHEMA                                                                                                         \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "                                                         \
    "xsi:noNamespaceSchemaLocation=\"https://sanaregistry.org/r/ndmxml_unqualified/ndmxml-3.0.0-master-3.0.xsd\""

struct piece {
    size_t row, at;
};

struct ndm_writer {
    enum ndm_notation notation;
    struct buf *out;
    struct buf held;                   /* values of the block that is open, until its comments are all known */
    struct piece pieces[NDM_ROWS_MAX]; /* of held, if the block's rows may come in any order */
    size_t pieces_n;
    size_t in_line;  /* values of a triangle's present line */
    size_t length;   /* of that line */
    size_t messages; /* JSON: that are in the array */
};

struct ndm_writer *ndm_writer_new(enum ndm_notation notation, struct buf *out)
{
    struct ndm_writer *w = memory_zeroed(sizeof *w);
    w->notation = notation;
    w->out = out;
    return w;
}

void ndm_writer_free(struct ndm_writer *w)
{
    if (!w)
        return;
    buf_free(&w->held);
    free(w);
}

/* Where the value goes that is about to be held. */
static void begin_piece(struct ndm_writer *w, const struct ndm_event *e)
{
    if (!e->block->any_order || w->pieces_n == NDM_ROWS_MAX)
        return;
    size_t row = (size_t)(e->row - e->block->rows), i = w->pieces_n++;
    for (; i && w->pieces[i - 1].row > row; i--)
        w->pieces[i] = w->pieces[i - 1];
    w->pieces[i] = (struct piece){row, w->held.n};
}

/* A piece goes up to where the next one begins in held. */
static size_t end_of(const struct ndm_writer *w, size_t at)
{
    size_t end = w->held.n;
    for (size_t i = 0; i < w->pieces_n; i++)
        if (w->pieces[i].at > at && w->pieces[i].at < end)
            end = w->pieces[i].at;
    return end;
}

static void release(struct ndm_writer *w)
{
    for (size_t i = 0; i < w->pieces_n; i++)
        buf_add(w->out, w->held.p + w->pieces[i].at, end_of(w, w->pieces[i].at) - w->pieces[i].at);
    if (!w->pieces_n)
        buf_str(w->out, buf_view(&w->held));
    w->pieces_n = 0;
    buf_clear(&w->held);
}

/* --- keyword = value --- */

static void kvn_delimiter(struct ndm_writer *w, const struct ndm_event *e, const char *suffix)
{
    if (!e->block->delimiter)
        return;
    buf_z(w->out, e->block->delimiter);
    buf_z(w->out, suffix);
}

static void kvn_triangle(struct ndm_writer *w, const struct ndm_event *e)
{
    if ((size_t)(e->row - e->block->rows) == e->block->triangle)
        w->in_line = w->length = 0;
    buf_str(&w->held, e->text);
    bool last = w->in_line == w->length;
    buf_char(&w->held, last ? '\n' : ' ');
    w->length += last;
    w->in_line = last ? 0 : w->in_line + 1;
}

static void kvn_value(struct ndm_writer *w, const struct ndm_event *e)
{
    if (e->block->layout == LAYOUT_TRIANGLE && e->row - e->block->rows >= e->block->triangle) {
        kvn_triangle(w, e);
        return;
    }
    buf_str(&w->held, e->keyword);
    buf_z(&w->held, " = ");
    buf_str(&w->held, e->text);
    if (e->unit.p) {
        buf_z(&w->held, " [");
        buf_str(&w->held, e->unit);
        buf_char(&w->held, ']');
    }
    buf_char(&w->held, '\n');
}

static void kvn_set(struct ndm_writer *w, const struct ndm_event *e)
{
    if (e->block->layout == LAYOUT_TIMED) {
        buf_z(w->out, e->row->keyword);
        buf_z(w->out, " = ");
    }
    for (size_t i = 0; i < e->count; i++) {
        buf_str(w->out, e->values[i]);
        buf_char(w->out, i + 1 < e->count ? ' ' : '\n');
    }
}

static void kvn_begin(struct ndm_writer *w, const struct ndm_event *e)
{
    if (e->block->grammar->version_keyword && e->block->parent < 0) {
        buf_z(w->out, e->block->grammar->version_keyword);
        buf_z(w->out, " = ");
        buf_str(w->out, e->text);
        buf_char(w->out, '\n');
    }
    kvn_delimiter(w, e, "_START\n");
}

static void kvn_comment(struct ndm_writer *w, const struct ndm_event *e)
{
    buf_z(w->out, e->text.n ? "COMMENT " : "COMMENT");
    buf_str(w->out, e->text);
    buf_char(w->out, '\n');
}

static void write_kvn(struct ndm_writer *w, const struct ndm_event *e)
{
    switch (e->what) {
    case NDM_BEGIN: kvn_begin(w, e); break;
    case NDM_COMMENT: kvn_comment(w, e); break;
    case NDM_VALUE: kvn_value(w, e); break;
    case NDM_SET: kvn_set(w, e); break;
    case NDM_FINISH: kvn_delimiter(w, e, "_STOP\n"); break;
    }
}

/* --- XML --- */

static void xml_text(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '<': buf_z(out, "&lt;"); break;
        case '>': buf_z(out, "&gt;"); break;
        case '&': buf_z(out, "&amp;"); break;
        case '"': buf_z(out, "&quot;"); break;
        default: buf_char(out, s.p[i]);
        }
}

static void xml_element(struct buf *out, const char *name, struct str text)
{
    buf_char(out, '<');
    buf_z(out, name);
    buf_char(out, '>');
    xml_text(out, text);
    buf_z(out, "</");
    buf_z(out, name);
    buf_z(out, ">\n");
}

static void xml_user(struct buf *out, const struct ndm_event *e)
{
    size_t prefix = strlen(e->row->keyword);
    buf_z(out, "<USER_DEFINED parameter=\"");
    xml_text(out, (struct str){e->keyword.p + prefix, e->keyword.n - prefix});
    buf_z(out, "\">");
    xml_text(out, e->text);
    buf_z(out, "</USER_DEFINED>\n");
}

static struct str unit_of(const struct ndm_event *e)
{
    const char *unit = e->row->unit;
    if (e->unit.p || !unit || !e->block->grammar->units_in_xml)
        return e->unit;
    return (struct str){unit, strcspn(unit, "|")};
}

static void xml_value(struct buf *out, const struct ndm_event *e)
{
    struct str unit = unit_of(e);
    if (e->row->kind == NDM_USER) {
        xml_user(out, e);
        return;
    }
    if (!unit.p) {
        xml_element(out, e->row->keyword, e->text);
        return;
    }
    buf_char(out, '<');
    buf_z(out, e->row->keyword);
    buf_z(out, " units=\"");
    xml_text(out, unit);
    buf_z(out, "\">");
    xml_text(out, e->text);
    buf_z(out, "</");
    buf_z(out, e->row->keyword);
    buf_z(out, ">\n");
}

static void xml_line(struct buf *out, const struct ndm_event *e)
{
    buf_char(out, '<');
    buf_z(out, e->block->name);
    buf_char(out, '>');
    for (size_t i = 0; i < e->count; i++) {
        buf_z(out, i ? " " : "");
        xml_text(out, e->values[i]);
    }
    buf_z(out, "</");
    buf_z(out, e->block->name);
    buf_z(out, ">\n");
}

static void xml_tag(struct buf *out, const char *opening, const char *name)
{
    buf_z(out, opening);
    buf_z(out, name);
    buf_z(out, ">\n");
}

static void xml_set(struct buf *out, const struct ndm_event *e)
{
    if (e->block->layout == LAYOUT_LINE) {
        xml_line(out, e);
        return;
    }
    xml_tag(out, "<", e->block->name);
    for (size_t i = 0; i < e->count; i++)
        xml_element(out, i && e->row ? e->row->keyword : e->block->rows[i].keyword, e->values[i]);
    xml_tag(out, "</", e->block->name);
}

static void xml_begin(struct ndm_writer *w, const struct ndm_event *e)
{
    if (e->block->parent >= 0) {
        if (e->block->name)
            xml_tag(w->out, "<", e->block->name);
        return;
    }
    if (!w->out->n)
        buf_z(w->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    if (!e->block->grammar->version_keyword) {
        buf_printf(w->out, "<%s " SCHEMA ">\n", e->block->name);
        return;
    }
    buf_printf(w->out, "<%s " SCHEMA " id=\"%s\" version=\"", e->block->name, e->block->grammar->version_keyword);
    xml_text(w->out, e->text);
    buf_z(w->out, "\">\n");
}

static void write_xml(struct ndm_writer *w, const struct ndm_event *e)
{
    switch (e->what) {
    case NDM_BEGIN: xml_begin(w, e); break;
    case NDM_COMMENT: xml_element(w->out, "COMMENT", e->text); break;
    case NDM_VALUE: xml_value(&w->held, e); break;
    case NDM_SET: xml_set(w->out, e); break;
    case NDM_FINISH:
        if (e->block->name)
            xml_tag(w->out, "</", e->block->name);
        break;
    }
}

/* --- JSON --- */

bool ndm_has(enum ndm_notation notation, const struct ndm_block *outermost)
{
    return notation != NDM_JSON || outermost->grammar == &ndm_omm;
}

static void json_member(struct ndm_writer *w, struct str name, struct str value)
{
    buf_z(w->out, "\n\"");
    buf_str(w->out, name);
    buf_z(w->out, "\":");
    buf_json_str(w->out, value);
    buf_char(w->out, ',');
}

/* Without the prefix that a value of the sender's own has in the other notations, if nothing else has that name. */
static struct str json_name(const struct ndm_event *e)
{
    const struct ndm_grammar *g = e->block->grammar;
    size_t prefix = strlen(e->row->keyword);
    if (e->row->kind != NDM_USER)
        return e->keyword;
    struct str name = {e->keyword.p + prefix, e->keyword.n - prefix};
    bool taken = str_is(name, "COMMENT") || str_is(name, g->version_keyword);
    for (size_t b = 0; b < g->count; b++)
        for (size_t i = 0; i < g->blocks[b].count; i++)
            taken |= ndm_row_is(&g->blocks[b].rows[i], name);
    return taken ? e->keyword : name;
}

static void json_finish(struct ndm_writer *w)
{
    if (w->held.n)
        json_member(w, STR("COMMENT"), buf_view(&w->held));
    buf_clear(&w->held);
    w->out->n--; /* the comma */
    buf_z(w->out, "\n}");
}

static void write_json(struct ndm_writer *w, const struct ndm_event *e)
{
    bool outermost = e->block->parent < 0;
    if (!ndm_has(NDM_JSON, e->block))
        return;
    if (e->what == NDM_BEGIN && outermost) {
        buf_z(w->out, w->messages++ ? ",\n{" : "[\n{");
        json_member(w, str_of(e->block->grammar->version_keyword), e->text);
    }
    if (e->what == NDM_VALUE && e->text.n)
        json_member(w, json_name(e), e->text);
    if (e->what == NDM_COMMENT) {
        if (w->held.n)
            buf_char(&w->held, '\n');
        buf_str(&w->held, e->text);
    }
    if (e->what == NDM_FINISH && outermost)
        json_finish(w);
}

void ndm_writer_end(struct ndm_writer *w)
{
    if (w->notation == NDM_JSON)
        buf_z(w->out, w->messages ? "\n]\n" : "[]\n");
}

void ndm_write(struct ndm_writer *w, const struct ndm_event *e)
{
    if (w->notation == NDM_JSON) {
        write_json(w, e);
        return;
    }
    if (e->what != NDM_VALUE && e->what != NDM_COMMENT)
        release(w);
    if (e->what == NDM_VALUE)
        begin_piece(w, e);
    if (w->notation == NDM_XML)
        write_xml(w, e);
    else
        write_kvn(w, e);
}
