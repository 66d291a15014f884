/* XML of navigation messages: 505.0-B-3. libxml2 is asked for nothing but well-formed elements in UTF-8: what could
 * make it do more (document types, entities, other encodings, the network) is refused before or switched off. */
#include "ndm_check.h"
#include "ndm_read.h"
#include "utf8.h"

#include <libxml/xmlreader.h>

#define TEXT_MAX 3900     /* bytes of a text, so that it fits into a line of the other notation */
#define PARAMETER_MAX 100 /* of the name of a value of the sender's own */

enum guard { GUARD_TEXT, GUARD_LESS, GUARD_BANG };

struct ndm_xml {
    xmlTextReader *reader;
    struct ndm_reader *of;
    enum guard guard;
    bool declared; /* a document type or the like was found, and reading ended there */
    bool combined; /* inside <ndm> */
    bool some;     /* a message has begun */
    bool syntax;
    char syntax_text[160];
    struct buf text;    /* of the elements that are taken now */
    struct buf keyword; /* of a value of the sender's own */
    struct buf unit;
};

/* --- bytes --- */

/* False at the first byte of what is not asked for: <! but of a comment or CDATA, and NUL. */
static bool harmless(struct ndm_xml *x, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!p[i] || (x->guard == GUARD_BANG && p[i] != '-' && p[i] != '['))
            return false;
        x->guard = p[i] == '<' ? GUARD_LESS : x->guard == GUARD_LESS && p[i] == '!' ? GUARD_BANG : GUARD_TEXT;
    }
    return true;
}

static int pull(void *context, char *into, int room)
{
    struct ndm_xml *x = context;
    long n = x->declared || room <= 0 ? 0 : ndm_input_take(&x->of->input, into, (size_t)room);
    if (n > 0 && !harmless(x, into, (size_t)n)) {
        x->declared = true;
        return -1;
    }
    return (int)n;
}

static void keep_syntax(void *context, xmlErrorPtr error)
{
    struct ndm_xml *x = context;
    struct str text = ndm_trim(str_of(error && error->message ? error->message : "cannot be read"));
    if (x->syntax)
        return;
    text = utf8_valid(text) ? utf8_prefix(text, sizeof x->syntax_text - 1) : STR("its bytes are not UTF-8");
    memcpy(x->syntax_text, text.p, text.n);
    x->syntax_text[text.n] = '\0';
    x->syntax = true;
}

struct ndm_xml *ndm_xml_new(struct ndm_reader *of)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
    struct ndm_xml *x = memory_zeroed(sizeof *x);
    x->of = of;
    x->reader = xmlReaderForIO(pull, NULL, x, NULL, "UTF-8", options);
    if (!x->reader)
        memory_exhausted(sizeof *x);
    xmlTextReaderSetStructuredErrorHandler(x->reader, keep_syntax, x);
    return x;
}

void ndm_xml_free(struct ndm_xml *x)
{
    if (!x)
        return;
    xmlFreeTextReader(x->reader);
    buf_free(&x->text);
    buf_free(&x->keyword);
    buf_free(&x->unit);
    free(x);
}

/* --- nodes --- */

static struct ndm_walk *walk_of(struct ndm_xml *x)
{
    return &x->of->walk;
}

static struct str name_of(struct ndm_xml *x)
{
    return str_of((const char *)xmlTextReaderConstLocalName(x->reader));
}

/* Of an element: an unsigned short is all that a node has for it. */
static size_t line_of(struct ndm_xml *x)
{
    long line = xmlGetLineNo(xmlTextReaderCurrentNode(x->reader));
    return line > 0 && line < 65535 ? (size_t)line : (size_t)xmlTextReaderGetParserLineNumber(x->reader);
}

static int no_node(struct ndm_xml *x, struct fault *fault)
{
    struct ndm_walk *w = walk_of(x);
    w->line = (size_t)xmlTextReaderGetParserLineNumber(x->reader);
    if (x->declared)
        return ndm_walk_fault(w, fault, "expected no document type, no entity and no byte 0");
    if (x->of->input.failed)
        return fault_set(fault, ERR_INTERNAL, "", "the source of a message failed");
    return ndm_walk_fault(w, fault, "expected well-formed XML: %s", x->syntax ? x->syntax_text : "it ends too early");
}

/* 0, NDM_END behind the last node, or an error. */
static int next_node(struct ndm_xml *x, struct fault *fault)
{
    int more = xmlTextReaderRead(x->reader);
    if (x->declared || x->of->input.failed || more < 0)
        return no_node(x, fault);
    walk_of(x)->line = line_of(x);
    return more ? 0 : NDM_END;
}

static bool is_text(int type)
{
    return type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA || type == XML_READER_TYPE_WHITESPACE ||
           type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE;
}

static bool is_passed_over(int type)
{
    return type == XML_READER_TYPE_COMMENT || type == XML_READER_TYPE_PROCESSING_INSTRUCTION ||
           type == XML_READER_TYPE_XML_DECLARATION;
}

/* A text has one line here: its ends of lines become blanks. */
static int add_text(struct ndm_xml *x, struct fault *fault)
{
    struct str s = str_of((const char *)xmlTextReaderConstValue(x->reader));
    if (x->text.n + s.n > (size_t)TEXT_MAX * NDM_FIELDS_MAX)
        return ndm_walk_fault(walk_of(x), fault, "expected a text of at most %d bytes", TEXT_MAX);
    for (size_t i = 0; i < s.n; i++)
        buf_char(&x->text, s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == '\t' ? ' ' : s.p[i]);
    return 0;
}

/* All of the present element's text, behind what x->text has already. The element ends with it. */
static int read_text(struct ndm_xml *x, size_t *ret_at, size_t *ret_n, struct fault *fault)
{
    size_t from = x->text.n, line = walk_of(x)->line;
    int error = 0;
    for (bool more = !xmlTextReaderIsEmptyElement(x->reader); more && !error;) {
        error = next_node(x, fault);
        int type = error ? XML_READER_TYPE_NONE : xmlTextReaderNodeType(x->reader);
        more = type != XML_READER_TYPE_END_ELEMENT;
        if (!error && is_text(type))
            error = add_text(x, fault);
        else if (!error && more && !is_passed_over(type))
            error = ndm_walk_fault(walk_of(x), fault, "expected text only");
    }
    walk_of(x)->line = line;
    if (error)
        return error == NDM_END ? no_node(x, fault) : error;
    struct str s = ndm_trim((struct str){x->text.p + from, x->text.n - from});
    *ret_at = s.n ? (size_t)(s.p - x->text.p) : from;
    *ret_n = s.n;
    if (s.n > TEXT_MAX)
        return ndm_walk_fault(walk_of(x), fault, "expected a text of at most %d bytes", TEXT_MAX);
    return 0;
}

static struct str text_at(const struct ndm_xml *x, size_t at, size_t n)
{
    return (struct str){x->text.p + at, n};
}

/* {NULL, 0}: there is none. */
static struct str attribute(struct ndm_xml *x, const char *name, struct buf *into)
{
    xmlChar *value = xmlTextReaderGetAttribute(x->reader, (const xmlChar *)name);
    if (!value)
        return (struct str){0};
    buf_clear(into);
    buf_z(into, (const char *)value);
    xmlFree(value);
    buf_reserve(into, 1); /* so that an empty one is one as well */
    return buf_view(into);
}

/* --- elements --- */

static int take_comment(struct ndm_xml *x, struct fault *fault)
{
    size_t at, n;
    int error = read_text(x, &at, &n, fault);
    return error ? error : ndm_walk_comment(walk_of(x), text_at(x, at, n), fault);
}

/* The keyword of the other notation. */
static int user_keyword(struct ndm_xml *x, struct str *ret, struct fault *fault)
{
    struct str parameter = attribute(x, "parameter", &x->unit);
    if (!parameter.n || parameter.n > PARAMETER_MAX)
        return ndm_walk_fault(walk_of(x), fault, "USER_DEFINED: expected a parameter of 1 to %d bytes", PARAMETER_MAX);
    for (size_t i = 0; i < parameter.n; i++) {
        char c = parameter.p[i];
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_')
            return ndm_walk_fault(walk_of(x), fault, "USER_DEFINED: expected a parameter of A to Z, 0 to 9 and _");
    }
    buf_clear(&x->keyword);
    buf_z(&x->keyword, "USER_DEFINED_");
    buf_str(&x->keyword, parameter);
    *ret = buf_view(&x->keyword);
    return 0;
}

static int take_value(struct ndm_xml *x, struct str name, struct fault *fault)
{
    struct str keyword = {0}, unit = {0};
    size_t at, n;
    int error = 0;
    if (str_is(name, "USER_DEFINED")) {
        error = user_keyword(x, &keyword, fault);
    } else {
        buf_clear(&x->keyword);
        buf_str(&x->keyword, name);
        keyword = buf_view(&x->keyword);
        unit = attribute(x, "units", &x->unit);
    }
    if (!error)
        error = read_text(x, &at, &n, fault);
    return error ? error : ndm_walk_value(walk_of(x), keyword, text_at(x, at, n), unit, fault);
}

/* Values of an element that becomes one piece: where they are in x->text, as that may move. */
struct taking {
    size_t at[NDM_FIELDS_MAX], n[NDM_FIELDS_MAX], count;
    const struct ndm_row *row;
};

static const struct ndm_row *row_of(const struct ndm_block *b, struct str name, size_t from)
{
    for (size_t i = from; i < b->count; i++)
        if (ndm_row_is(&b->rows[i], name))
            return &b->rows[i];
    return NULL;
}

static int take_field(struct ndm_xml *x, const struct ndm_block *b, struct taking *t, struct fault *fault)
{
    struct ndm_walk *w = walk_of(x);
    struct str name = name_of(x);
    size_t most = b->layout == LAYOUT_TIMED ? 2 : b->count;
    if (t->count >= most)
        return ndm_walk_fault(w, fault, "%.*s: expected the end of the %s", STR_ARG(name), b->name);
    const struct ndm_row *row = b->layout == LAYOUT_TIMED && t->count ? row_of(b, name, 1) : &b->rows[t->count];
    if (!row || !ndm_row_is(row, name))
        return ndm_walk_fault(w, fault, "%.*s: expected %s in the %s", STR_ARG(name),
                              row ? row->keyword : "something that is observed", b->name);
    struct str unit = attribute(x, "units", &x->unit);
    if (unit.p && (!row->unit || !ndm_listed(row->unit, unit)))
        return ndm_walk_fault(w, fault, "%s: expected %s%s", row->keyword, row->unit ? "the unit " : "no unit",
                              row->unit ? row->unit : "");
    int error = read_text(x, &t->at[t->count], &t->n[t->count], fault);
    t->count++;
    t->row = row;
    return error;
}

static int take_fields(struct ndm_xml *x, const struct ndm_block *b, struct taking *t, struct fault *fault)
{
    int error = 0;
    for (bool more = !xmlTextReaderIsEmptyElement(x->reader); more && !error;) {
        error = next_node(x, fault);
        int type = error ? XML_READER_TYPE_NONE : xmlTextReaderNodeType(x->reader);
        more = type != XML_READER_TYPE_END_ELEMENT;
        if (!error && type == XML_READER_TYPE_ELEMENT)
            error = take_field(x, b, t, fault);
        else if (!error && more && !is_passed_over(type) && type != XML_READER_TYPE_SIGNIFICANT_WHITESPACE &&
                 type != XML_READER_TYPE_WHITESPACE)
            error = ndm_walk_fault(walk_of(x), fault, "%s: expected elements only", b->name);
    }
    return error == NDM_END ? no_node(x, fault) : error;
}

/* A state, an observation or a line. */
static int take_set(struct ndm_xml *x, const struct ndm_block *b, struct fault *fault)
{
    struct ndm_walk *w = walk_of(x);
    struct taking t = {.count = 0};
    size_t at, n, line = w->line;
    int error;
    if (b->layout == LAYOUT_LINE) {
        error = read_text(x, &at, &n, fault);
        if (!error && !ndm_split(text_at(x, at, n), x->of->fields, &t.count))
            error = ndm_walk_fault(w, fault, "%s: expected at most %d values", b->name, NDM_FIELDS_MAX);
    } else {
        error = take_fields(x, b, &t, fault);
        for (size_t i = 0; i < t.count; i++)
            x->of->fields[i] = text_at(x, t.at[i], t.n[i]);
    }
    w->line = line;
    if (!error && b->layout == LAYOUT_TIMED && t.count != 2)
        error = ndm_walk_fault(w, fault, "%s: expected a time and what was observed", b->name);
    return error ? error : ndm_walk_set(w, b, b->layout == LAYOUT_TIMED ? t.row : NULL, x->of->fields, t.count, fault);
}

static int take_block(struct ndm_xml *x, struct str name, struct fault *fault)
{
    const struct ndm_block *b;
    int error = ndm_walk_open(walk_of(x), name, &b, fault);
    if (error)
        return error;
    if (b->layout > LAYOUT_TRIANGLE)
        return take_set(x, b, fault);
    return xmlTextReaderIsEmptyElement(x->reader) ? ndm_walk_close(walk_of(x), name, fault) : 0;
}

static int begin_message(struct ndm_xml *x, struct str name, struct fault *fault)
{
    const struct ndm_grammar *g = ndm_grammar_of_name(name);
    struct ndm_walk *w = walk_of(x);
    if (!g)
        return ndm_walk_fault(w, fault, "%.*s: expected a message that is known: oem and the like", STR_ARG(name));
    struct str id = attribute(x, "id", &x->unit);
    if (!str_is(id, g->version_keyword))
        return ndm_walk_fault(w, fault, "%s: expected id=\"%s\"", g->blocks[0].name, g->version_keyword);
    struct str version = attribute(x, "version", &x->text);
    x->some = true;
    int error = ndm_walk_begin(w, g, version, fault);
    if (!error && xmlTextReaderIsEmptyElement(x->reader))
        error = ndm_walk_close(w, name, fault);
    return error;
}

static int take_element(struct ndm_xml *x, struct fault *fault)
{
    struct str name = name_of(x);
    bool outside = !walk_of(x)->grammar;
    if (str_is(name, "COMMENT") && (!outside || x->combined))
        return take_comment(x, fault);
    if (outside && str_is(name, "ndm") && !x->combined && !xmlTextReaderIsEmptyElement(x->reader)) {
        x->combined = true;
        ndm_walk_tell(walk_of(x), &(struct ndm_event){.what = NDM_BEGIN, .block = ndm_combined.blocks});
        return 0;
    }
    if (outside && x->combined && str_is(name, "MESSAGE_ID"))
        return ndm_walk_fault(walk_of(x), fault, "MESSAGE_ID: expected in each of the messages");
    if (outside)
        return begin_message(x, name, fault);
    return name.n && name.p[0] >= 'a' && name.p[0] <= 'z' ? take_block(x, name, fault) : take_value(x, name, fault);
}

static int take_end(struct ndm_xml *x, struct fault *fault)
{
    if (walk_of(x)->grammar)
        return ndm_walk_close(walk_of(x), name_of(x), fault);
    if (walk_of(x)->comments_n || !x->some)
        return ndm_walk_fault(walk_of(x), fault, "ndm: expected a message before its end");
    ndm_walk_tell(walk_of(x), &(struct ndm_event){.what = NDM_FINISH, .block = ndm_combined.blocks});
    return 0;
}

int ndm_xml_step(struct ndm_reader *r, struct fault *fault)
{
    struct ndm_xml *x = r->xml;
    buf_clear(&x->text);
    int error = next_node(x, fault);
    if (error)
        return error;
    int type = xmlTextReaderNodeType(x->reader);
    if (type == XML_READER_TYPE_ELEMENT)
        return take_element(x, fault);
    if (type == XML_READER_TYPE_END_ELEMENT)
        return take_end(x, fault);
    if (is_passed_over(type) || type == XML_READER_TYPE_WHITESPACE || type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE)
        return 0;
    return ndm_walk_fault(walk_of(x), fault, "expected elements only");
}
