/* Mean elements as tables: an array of objects in JSON (or one object), or lines in CSV with their names in the first
 * one, as Space-Track and CelesTrak hand them around. 502.0-B-3 has no such form; the names are its keywords.
 *
 * CelesTrak leaves out what is the same for all of its messages. Names that are no keywords are the sender's own
 * values. */
#include "json.h"
#include "ndm_check.h"
#include "ndm_read.h"
#include "utf8.h"

#define OBJECT_MAX ((size_t)48 * 1024) /* bytes; less than a reader has at once */
#define NAME_MAX_BYTES 100
#define TEXT_MAX 3900 /* bytes of a text, so that it fits into a line of keyword = value */

struct pair {
    struct str name, text;
    size_t line;
    bool taken;
};

struct ndm_table {
    struct arena *arena; /* of one message */
    struct pair pairs[NDM_ROWS_MAX];
    size_t count;
    struct str names[NDM_ROWS_MAX]; /* CSV: the columns */
    size_t columns;
    struct arena *names_arena;
    bool begun, array, ended;
};

static const struct {
    const char *keyword, *text;
} left_out[] = {
    {"CREATION_DATE", ""}, {"ORIGINATOR", ""},     {"CENTER_NAME", "EARTH"},
    {"REF_FRAME", "TEME"}, {"TIME_SYSTEM", "UTC"}, {"MEAN_ELEMENT_THEORY", "SGP4"},
};

const char *ndm_table_meant(struct str keyword)
{
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (str_is(keyword, left_out[i].keyword))
            return left_out[i].text;
    return NULL;
}

struct ndm_table *ndm_table_new(void)
{
    struct ndm_table *t = memory_zeroed(sizeof *t);
    t->arena = arena_new();
    t->names_arena = arena_new();
    return t;
}

void ndm_table_free(struct ndm_table *t)
{
    if (!t)
        return;
    arena_free(t->arena);
    arena_free(t->names_arena);
    free(t);
}

/* --- a message of pairs --- */

static struct pair *find_pair(struct ndm_table *t, const struct ndm_row *row)
{
    for (size_t i = 0; i < t->count; i++)
        if (!t->pairs[i].taken && str_is(t->pairs[i].name, row->keyword))
            return &t->pairs[i];
    return NULL;
}

static struct str take_pair(struct ndm_table *t, const char *name)
{
    struct pair *p = find_pair(t, &(struct ndm_row){.keyword = name});
    if (!p)
        return (struct str){0};
    p->taken = true;
    return p->text;
}

static int take_comments(struct ndm_reader *r, struct str text, struct fault *fault)
{
    int error = 0;
    while (text.n && !error) {
        const char *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n, used = n + (end != NULL);
        if (n > TEXT_MAX)
            return ndm_walk_fault(&r->walk, fault, "COMMENT: expected lines of at most %d bytes", TEXT_MAX);
        error = ndm_walk_comment(&r->walk, ndm_trim((struct str){text.p, n}), fault);
        text = (struct str){text.p + used, text.n - used};
    }
    return error;
}

static int take_row(struct ndm_reader *r, const struct ndm_row *row, struct fault *fault)
{
    struct pair *p = find_pair(r->table, row);
    struct str text = p ? p->text : (struct str){0};
    if (p) {
        p->taken = true;
        r->walk.line = p->line;
    }
    bool known = p != NULL;
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out && !text.n; i++)
        if (strcmp(row->keyword, left_out[i].keyword) == 0) {
            text = str_of(left_out[i].text);
            known = true;
        }
    if (!known || (!text.n && row->presence != MUST))
        return 0;
    return ndm_walk_value(&r->walk, str_of(row->keyword), text, (struct str){0}, fault);
}

static bool is_name(struct str s)
{
    bool ok = s.n && s.n <= NAME_MAX_BYTES;
    for (size_t i = 0; i < s.n && ok; i++)
        ok = (s.p[i] >= 'A' && s.p[i] <= 'Z') || (s.p[i] >= '0' && s.p[i] <= '9') || s.p[i] == '_';
    return ok;
}

/* What no row of the grammar has. */
static int take_own(struct ndm_reader *r, struct pair *p, struct fault *fault)
{
    static const char prefix[] = "USER_DEFINED_";
    struct str name = p->name;
    if (!p->text.n)
        return 0;
    r->walk.line = p->line;
    if (!is_name(name))
        return ndm_walk_fault(&r->walk, fault, "expected names of A to Z, 0 to 9 and _, of at most %d bytes",
                              NAME_MAX_BYTES);
    if (name.n < sizeof prefix || memcmp(name.p, prefix, sizeof prefix - 1) != 0)
        name = str_of(arena_printf(r->table->arena, "%s%.*s", prefix, STR_ARG(name)));
    return ndm_walk_value(&r->walk, name, p->text, (struct str){0}, fault);
}

static int tell_message(struct ndm_reader *r, struct fault *fault)
{
    struct ndm_table *t = r->table;
    const struct ndm_grammar *g = &ndm_omm;
    struct str version = take_pair(t, g->version_keyword);
    int error = ndm_walk_begin(&r->walk, g, version.n ? version : STR("2.0"), fault);
    if (!error)
        error = take_comments(r, take_pair(t, "COMMENT"), fault);
    for (size_t b = 0; b < g->count && !error; b++)
        for (size_t i = 0; i < g->blocks[b].count && !error; i++)
            error = take_row(r, &g->blocks[b].rows[i], fault);
    for (size_t i = 0; i < t->count && !error; i++)
        if (!t->pairs[i].taken)
            error = take_own(r, &t->pairs[i], fault);
    return error ? error : ndm_walk_end(&r->walk, fault);
}

/* A text of one line, or of several if it is a comment. */
static int add_pair(struct ndm_reader *r, struct str name, struct str text, struct fault *fault)
{
    struct ndm_table *t = r->table;
    bool comment = str_is(name, "COMMENT");
    if (t->count == NDM_ROWS_MAX)
        return ndm_walk_fault(&r->walk, fault, "expected at most %d values in a message", NDM_ROWS_MAX);
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->pairs[i].name, name))
            return ndm_walk_fault(&r->walk, fault, "%.*s: expected once", STR_ARG(utf8_prefix(name, NAME_MAX_BYTES)));
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' && !(comment && text.p[i] == '\n'))
            return ndm_walk_fault(&r->walk, fault, "%.*s: expected text in one line",
                                  STR_ARG(utf8_prefix(name, NAME_MAX_BYTES)));
    if (text.n > TEXT_MAX && !comment)
        return ndm_walk_fault(&r->walk, fault, "%.*s: expected at most %d bytes",
                              STR_ARG(utf8_prefix(name, NAME_MAX_BYTES)), TEXT_MAX);
    t->pairs[t->count++] = (struct pair){name, ndm_trim(text), r->walk.line, false};
    return 0;
}

/* --- JSON --- */

static char next_byte(struct ndm_reader *r)
{
    return ndm_input_first(&r->input);
}

/* Bytes of the object that the input stands on; 0: it has no end. */
static size_t object_length(struct ndm_reader *r)
{
    bool quoted = false, escaped = false;
    for (size_t i = 0; i < OBJECT_MAX && (i < r->input.text.n || ndm_input_more(&r->input)); i++) {
        char c = r->input.text.p[i];
        if (escaped || !quoted)
            quoted = escaped ? quoted : c == '"';
        else if (c == '"')
            quoted = false;
        escaped = !escaped && quoted && c == '\\';
        if (c == '}' && !quoted)
            return i + 1;
    }
    return 0;
}

static int json_fault(struct ndm_reader *r, const struct json *j, struct fault *fault)
{
    return ndm_walk_fault(&r->walk, fault, "expected %s", j->expected ? j->expected : "a name and a text or number");
}

/* {NULL, 0}: null. */
static bool read_json_text(struct json *j, struct arena *arena, struct str *ret)
{
    struct json_string s;
    struct json_number n;
    char c = json_peek(j);
    *ret = (struct str){0};
    if (c == 'n')
        return json_literal(j, "null");
    if (c != '"') {
        bool ok = json_number(j, &n);
        *ret = n.raw;
        return ok;
    }
    if (!json_take_string(j, &s) || s.refused)
        return false;
    *ret = json_text(&s, arena);
    return true;
}

static int read_object(struct ndm_reader *r, struct json *j, struct fault *fault)
{
    const char *counted = j->p;
    int error = 0;
    for (bool more = json_take(j, '{') && json_peek(j) != '}'; more && !error; more = json_take(j, ',')) {
        struct json_string name;
        struct str text;
        json_space(j);
        for (; counted < j->p; counted++)
            r->walk.line += *counted == '\n';
        if (json_peek(j) != '"' || !json_take_string(j, &name) || name.refused || name.escaped || !json_take(j, ':') ||
            !read_json_text(j, r->table->arena, &text))
            return json_fault(r, j, fault);
        error = text.p ? add_pair(r, name.raw, text, fault) : 0;
    }
    if (error)
        return error;
    return json_take(j, '}') && j->p == j->end ? 0 : json_fault(r, j, fault);
}

static int json_step(struct ndm_reader *r, struct fault *fault)
{
    struct ndm_table *t = r->table;
    char c = next_byte(r);
    r->walk.line = r->input.line + 1;
    if (!t->begun && c == '[') {
        t->begun = t->array = true;
        ndm_input_skip(&r->input, 1);
        return next_byte(r) == ']' ? ndm_walk_fault(&r->walk, fault, "expected an object") : 0;
    }
    if (t->ended)
        return c ? ndm_walk_fault(&r->walk, fault, "expected nothing behind the last message") : NDM_END;
    size_t n = c == '{' ? object_length(r) : 0;
    if (!n)
        return ndm_walk_fault(&r->walk, fault, "expected an object of at most %zu bytes", OBJECT_MAX);
    struct json j = {.start = r->input.text.p, .p = r->input.text.p, .end = r->input.text.p + n};
    arena_reset(t->arena);
    t->count = 0;
    int error = read_object(r, &j, fault);
    if (!error)
        error = tell_message(r, fault);
    if (error)
        return error;
    r->skip = n; /* the pieces that were told lie there */
    return 0;
}

/* What stands behind an object. */
static int json_next(struct ndm_reader *r, struct fault *fault)
{
    struct ndm_table *t = r->table;
    for (size_t i = 0; i < r->skip; i++)
        r->input.line += r->input.text.p[i] == '\n';
    ndm_input_skip(&r->input, r->skip);
    r->skip = 0;
    char c = t->array ? next_byte(r) : ']';
    r->walk.line = r->input.line + 1;
    if (c != ',' && c != ']')
        return ndm_walk_fault(&r->walk, fault, "expected , or ] behind an object");
    if (t->array)
        ndm_input_skip(&r->input, 1);
    t->ended = c == ']';
    return 0;
}

int ndm_json_step(struct ndm_reader *r, struct fault *fault)
{
    int error = r->skip ? json_next(r, fault) : 0;
    return error ? error : json_step(r, fault);
}

/* --- CSV --- */

/* The next value of a line; quotes are taken off (RFC 4180). */
static bool next_cell(struct str *rest, struct arena *arena, struct str *ret)
{
    const char *comma;
    if (rest->n && rest->p[0] == '"') {
        char *out = arena_alloc(arena, rest->n);
        size_t n = 0, i = 1;
        for (; i < rest->n && (rest->p[i] != '"' || (i + 1 < rest->n && rest->p[i + 1] == '"')); i++) {
            out[n++] = rest->p[i];
            i += rest->p[i] == '"';
        }
        if (i == rest->n || (i + 1 < rest->n && rest->p[i + 1] != ','))
            return false;
        comma = i + 1 < rest->n ? rest->p + i + 1 : NULL;
        *ret = (struct str){out, n};
    } else {
        comma = rest->n ? memchr(rest->p, ',', rest->n) : NULL;
        *ret = (struct str){rest->p, comma ? (size_t)(comma - rest->p) : rest->n};
    }
    *rest = comma ? (struct str){comma + 1, rest->n - (size_t)(comma + 1 - rest->p)} : (struct str){0};
    return true;
}

static int csv_head(struct ndm_reader *r, struct str line, struct fault *fault)
{
    struct ndm_table *t = r->table;
    struct str rest = line, name;
    while (rest.p) {
        if (t->columns == NDM_ROWS_MAX || !next_cell(&rest, t->names_arena, &name) || !is_name(ndm_trim(name)))
            return ndm_walk_fault(&r->walk, fault, "expected at most %d names with commas between them", NDM_ROWS_MAX);
        t->names[t->columns++] = arena_str(t->names_arena, ndm_trim(name));
    }
    return 0;
}

static int csv_line(struct ndm_reader *r, struct str line, struct fault *fault)
{
    struct ndm_table *t = r->table;
    struct str rest = line, text;
    int error = 0;
    size_t i = 0;
    arena_reset(t->arena);
    t->count = 0;
    for (; rest.p && i < t->columns && !error; i++)
        error = next_cell(&rest, t->arena, &text) ? add_pair(r, t->names[i], text, fault)
                                                  : ndm_walk_fault(&r->walk, fault, "expected a comma behind a quote");
    if (error)
        return error;
    if (i != t->columns || rest.p)
        return ndm_walk_fault(&r->walk, fault, "expected %zu values", t->columns);
    return tell_message(r, fault);
}

int ndm_csv_step(struct ndm_reader *r, struct fault *fault)
{
    struct str line;
    do {
        bool some = ndm_input_line(&r->input, &line);
        r->walk.line = r->input.line;
        if (!some && r->input.failed)
            return fault_set(fault, ERR_INTERNAL, "", "the source of a message failed");
        if (!some && !line.n)
            return r->table->ended ? NDM_END : ndm_walk_fault(&r->walk, fault, "expected a line of values");
        if (!some)
            return ndm_walk_fault(&r->walk, fault, "expected a line of at most %d bytes", NDM_LINE_MAX);
        line = ndm_trim(line);
    } while (!line.n);
    if (!utf8_valid(line) || memchr(line.p, 0, line.n))
        return ndm_walk_fault(&r->walk, fault, "expected text in UTF-8");
    if (!r->table->columns)
        return csv_head(r, line, fault);
    r->table->ended = true; /* may be */
    return csv_line(r, line, fault);
}
