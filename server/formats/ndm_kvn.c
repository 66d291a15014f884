/* Keyword = value notation: 502.0-B-3 section 7.4, 503.0-B-2 section 4, 508.0-B-1 section 6.3. */
#include "ndm_check.h"
#include "ndm_read.h"
#include "utf8.h"

/* At a character of the present line. */
static void locate(struct ndm_reader *r, struct str line, const char *at)
{
    struct ndm_walk *w = &r->walk;
    w->line = r->input.line;
    w->column = at ? (size_t)(at - line.p) + 1 : 0;
    /* The line is taken already, and its end with it if it has one. */
    w->offset = at && !r->input.window ? (long)(at - (r->input.text.p - r->input.taken)) : -1;
}

static bool is_keyword(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_')
            return false;
    }
    return s.n > 0;
}

static bool ends_in(struct str s, const char *suffix)
{
    size_t n = strlen(suffix);
    return s.n > n && memcmp(s.p + s.n - n, suffix, n) == 0;
}

/* --- a message begins --- */

static int begin(struct ndm_reader *r, struct str keyword, struct str value, struct fault *fault)
{
    const struct ndm_grammar *g = ndm_grammar_of_keyword(keyword);
    if (!g)
        return ndm_walk_fault(&r->walk, fault, "%.*s: expected a message that is known: CCSDS_OEM_VERS and the like",
                              STR_ARG(keyword));
    int error = r->walk.grammar ? ndm_walk_end(&r->walk, fault) : 0;
    return error ? error : ndm_walk_begin(&r->walk, g, value, fault);
}

/* --- lines --- */

static int take_observation(struct ndm_reader *r, struct str line, struct str keyword, struct str value,
                            struct fault *fault)
{
    const struct ndm_block *b;
    const struct ndm_row *row;
    size_t n;
    int error = ndm_walk_observed(&r->walk, keyword, &b, &row, fault);
    if (error)
        return error;
    locate(r, line, value.n ? value.p : line.p);
    if (!ndm_split(value, r->fields, &n) || n != 2)
        return ndm_walk_fault(&r->walk, fault, "%s: expected a time and a value", row->keyword);
    return ndm_walk_set(&r->walk, b, row, r->fields, n, fault);
}

/* Whether keywords stand before observations here. */
static bool observing(const struct ndm_reader *r)
{
    const struct ndm_block *b = ndm_walk_block(&r->walk);
    const struct ndm_grammar *g = r->walk.grammar;
    for (size_t i = 0; b && i < g->count; i++)
        if (g->blocks[i].layout == LAYOUT_TIMED && &g->blocks[g->blocks[i].parent] == b)
            return true;
    return false;
}

static int take_assignment(struct ndm_reader *r, struct str line, struct str text, const char *equal,
                           struct fault *fault)
{
    struct str keyword = ndm_trim((struct str){text.p, (size_t)(equal - text.p)});
    struct str value = ndm_trim((struct str){equal + 1, text.n - (size_t)(equal + 1 - text.p)});
    if (!is_keyword(keyword))
        return ndm_walk_fault(&r->walk, fault, "expected KEYWORD = value");
    if (!utf8_valid(line) || memchr(line.p, 0, line.n))
        return ndm_walk_fault(&r->walk, fault, "%.*s: expected text in UTF-8", STR_ARG(keyword));
    if (keyword.n > 6 && memcmp(keyword.p, "CCSDS_", 6) == 0 && ends_in(keyword, "_VERS"))
        return begin(r, keyword, value, fault);
    if (!r->walk.grammar)
        return ndm_walk_fault(&r->walk, fault, "%.*s: expected CCSDS_OEM_VERS or the like before it", STR_ARG(keyword));
    if (observing(r))
        return take_observation(r, line, keyword, value, fault);
    if (value.n)
        locate(r, line, value.p);
    return ndm_walk_value(&r->walk, keyword, value, (struct str){0}, fault);
}

/* The next line of a lower triangle. */
static int take_triangle(struct ndm_reader *r, const struct ndm_block *b, size_t n, struct fault *fault)
{
    const struct ndm_open *o = &r->walk.stack[r->walk.depth - 1];
    size_t at = o->row > b->triangle ? o->row : b->triangle, length = 1, line_at = b->triangle;
    while (line_at < at)
        line_at += length++;
    if (at >= b->count)
        return ndm_walk_fault(&r->walk, fault, "expected no line more of this matrix");
    if (n != length)
        return ndm_walk_fault(&r->walk, fault, "%s: expected %zu values in this line of the matrix, found %zu",
                              b->rows[at].keyword, length, n);
    for (size_t i = 0; i < n; i++) {
        int error = ndm_walk_value(&r->walk, str_of(b->rows[at + i].keyword), r->fields[i], (struct str){0}, fault);
        if (error)
            return error;
    }
    return 0;
}

/* What is no number or time is refused with its block, which also keeps it text. */
static int take_data(struct ndm_reader *r, struct str line, struct str text, struct fault *fault)
{
    const struct ndm_block *b = ndm_walk_block(&r->walk);
    size_t n;
    if (!b)
        return ndm_walk_fault(&r->walk, fault, "expected CCSDS_OEM_VERS or the like, = and the version");
    if (!ndm_split(text, r->fields, &n))
        return ndm_walk_fault(&r->walk, fault, "expected at most %d values in a line", NDM_FIELDS_MAX);
    if (b->layout == LAYOUT_TRIANGLE)
        return take_triangle(r, b, n, fault);
    int error = ndm_walk_line(&r->walk, &b, fault);
    if (error)
        return error;
    if (b->layout == LAYOUT_LINE && (!utf8_valid(line) || memchr(line.p, 0, line.n)))
        return ndm_walk_fault(&r->walk, fault, "expected text in UTF-8");
    return ndm_walk_set(&r->walk, b, NULL, r->fields, n, fault);
}

static bool take_delimiter(struct ndm_reader *r, struct str text, struct fault *fault, int *ret)
{
    const struct ndm_block *b;
    if (memchr(text.p, ' ', text.n) || !is_keyword(text) || !r->walk.grammar)
        return false;
    if (ends_in(text, "_START"))
        *ret = ndm_walk_open(&r->walk, (struct str){text.p, text.n - 6}, &b, fault);
    else if (ends_in(text, "_STOP"))
        *ret = ndm_walk_close(&r->walk, (struct str){text.p, text.n - 5}, fault);
    else
        return false;
    return true;
}

static bool is_comment(struct str text, struct str *ret)
{
    static const char word[] = "COMMENT";
    size_t n = sizeof word - 1;
    if (text.n < n || memcmp(text.p, word, n) != 0 || (text.n > n && (unsigned char)text.p[n] > ' '))
        return false;
    *ret = ndm_trim((struct str){text.p + n, text.n - n});
    return true;
}

static int take_line(struct ndm_reader *r, struct str line, struct str text, struct fault *fault)
{
    char first = text.p[0];
    struct str comment;
    int error;
    if ((unsigned)first - '0' < 10 || first == '-' || first == '+' || first == '.')
        return take_data(r, line, text, fault);
    if (is_comment(text, &comment)) {
        if (!utf8_valid(comment) || memchr(line.p, 0, line.n))
            return ndm_walk_fault(&r->walk, fault, "COMMENT: expected text in UTF-8");
        return ndm_walk_comment(&r->walk, comment, fault);
    }
    const char *equal = memchr(text.p, '=', text.n);
    if (equal)
        return take_assignment(r, line, text, equal, fault);
    if (take_delimiter(r, text, fault, &error))
        return error;
    return ndm_walk_fault(&r->walk, fault, "expected KEYWORD = value");
}

/* --- the end --- */

static int no_line(struct ndm_reader *r, struct str line, struct fault *fault)
{
    if (r->input.failed)
        return fault_set(fault, ERR_INTERNAL, "", "the source of a message failed");
    if (line.n) {
        locate(r, line, line.p);
        return ndm_walk_fault(&r->walk, fault, "expected a line of at most %d bytes", NDM_LINE_MAX);
    }
    locate(r, line, NULL);
    if (!r->walk.grammar)
        return ndm_walk_fault(&r->walk, fault, "expected CCSDS_OEM_VERS or the like, = and the version");
    int error = ndm_walk_end(&r->walk, fault);
    return error ? error : NDM_END;
}

int ndm_kvn_step(struct ndm_reader *r, struct fault *fault)
{
    struct str line, text;
    do {
        if (!ndm_input_line(&r->input, &line))
            return no_line(r, line, fault);
        text = ndm_trim(line);
    } while (!text.n);
    locate(r, line, text.p);
    return take_line(r, line, text, fault);
}
