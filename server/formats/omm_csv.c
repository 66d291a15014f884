#include "omm_csv.h"
#include "ndm_grammar.h"
#include "ndm_read.h"

#define VERSION_KEYWORD "CCSDS_OMM_VERS"

static const char *const usual[] = {
    "OBJECT_NAME",    "OBJECT_ID",         "EPOCH",        "MEAN_MOTION",     "ECCENTRICITY",        "INCLINATION",
    "RA_OF_ASC_NODE", "ARG_OF_PERICENTER", "MEAN_ANOMALY", "EPHEMERIS_TYPE",  "CLASSIFICATION_TYPE", "NORAD_CAT_ID",
    "ELEMENT_SET_NO", "REV_AT_EPOCH",      "BSTAR",        "MEAN_MOTION_DOT", "MEAN_MOTION_DDOT",
};

struct cell {
    struct cell *next;
    size_t column;
    struct str text;
};

struct omm_csv_line {
    struct omm_csv_line *next;
    struct cell *cells;
};

static void start(struct omm_csv *c)
{
    c->arena = arena_new();
    for (; c->columns < sizeof usual / sizeof *usual; c->columns++) {
        c->names[c->columns] = str_of(usual[c->columns]);
        c->needed[c->columns] = true;
    }
}

static size_t column_of(struct omm_csv *c, struct str name)
{
    size_t i = 0;
    while (i < c->columns && !str_eq(c->names[i], name))
        i++;
    if (i == c->columns && i < OMM_CSV_COLUMNS_MAX)
        c->names[c->columns++] = arena_str(c->arena, name);
    return i;
}

static void add_line(struct omm_csv *c)
{
    struct omm_csv_line *line = arena_alloc(c->arena, sizeof *line);
    if (c->last)
        c->last->next = line;
    else
        c->first = line;
    c->last = line;
}

/* What a message means that has no such column. */
static bool goes_without_saying(struct str name, struct str text)
{
    const char *meant = str_is(name, VERSION_KEYWORD) ? "2.0" : ndm_table_meant(name);
    return !text.n || (meant && str_is(text, meant));
}

static void add_cell(struct omm_csv *c, struct str name, struct str text)
{
    size_t column = column_of(c, name);
    if (column == OMM_CSV_COLUMNS_MAX)
        return;
    for (struct cell *other = c->last->cells; other; other = other->next)
        if (other->column == column) { /* comments: a line cannot be cut */
            other->text = str_of(arena_printf(c->arena, "%.*s %.*s", STR_ARG(other->text), STR_ARG(text)));
            return;
        }
    struct cell *cell = arena_alloc(c->arena, sizeof *cell);
    *cell = (struct cell){c->last->cells, column, arena_str(c->arena, text)};
    c->last->cells = cell;
    c->needed[column] = c->needed[column] || !goes_without_saying(name, text);
}

void omm_csv_take(struct omm_csv *c, const struct ndm_event *e)
{
    if (!c->arena)
        start(c);
    if (e->what == NDM_BEGIN && e->block->parent < 0) {
        add_line(c);
        add_cell(c, STR(VERSION_KEYWORD), e->text);
    }
    if (e->what == NDM_VALUE)
        add_cell(c, e->keyword, e->text);
    if (e->what == NDM_COMMENT)
        add_cell(c, STR("COMMENT"), e->text);
}

/* RFC 4180, section 2. */
static void add_text(struct str text, struct buf *out)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++)
        quoted = quoted || text.p[i] == ',' || text.p[i] == '"';
    for (size_t i = 0; i < text.n; i++) {
        if (quoted && !i)
            buf_char(out, '"');
        if (text.p[i] == '"')
            buf_char(out, '"');
        buf_char(out, text.p[i]);
    }
    if (quoted)
        buf_char(out, '"');
}

static struct str cell_text(const struct omm_csv_line *line, size_t column)
{
    for (const struct cell *c = line->cells; c; c = c->next)
        if (c->column == column)
            return c->text;
    return (struct str){0};
}

static void write_line(const struct omm_csv *c, const struct omm_csv_line *line, struct buf *out)
{
    for (size_t i = 0; i < c->columns; i++) {
        if (!c->needed[i])
            continue;
        if (i)
            buf_char(out, ',');
        add_text(line ? cell_text(line, i) : c->names[i], out);
    }
    buf_z(out, "\r\n");
}

void omm_csv_write(const struct omm_csv *c, struct buf *out)
{
    if (!c->first)
        return;
    write_line(c, NULL, out);
    for (const struct omm_csv_line *line = c->first; line; line = line->next)
        write_line(c, line, out);
}

void omm_csv_free(struct omm_csv *c)
{
    arena_free(c->arena);
}
