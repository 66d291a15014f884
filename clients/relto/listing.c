#include "listing.h"
#include "client.h"
#include "memory.h"
#include "records.h"
#include "utf8.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct column {
    char *name;
    size_t width; /* characters of the widest value */
};

struct listing {
    enum form form;
    FILE *out, *spool; /* spool: the records, until the columns and their widths are known */
    struct progress progress;
    struct records records;
    struct column *columns;
    size_t n_columns, n, shown; /* shown: of the columns, those that fit */
    bool fixed;
    struct buf text, cell, line;
};

/* --- columns --- */

static void add_column(struct listing *l, struct str name)
{
    l->columns = memory_resize(l->columns, (l->n_columns + 1) * sizeof *l->columns);
    char *copy = memory_zeroed(name.n + 1);
    memcpy(copy, name.p, name.n);
    l->columns[l->n_columns++] = (struct column){copy, utf8_valid(name) ? utf8_characters(name) : name.n};
}

static void add_columns(struct listing *l, const char *names)
{
    for (size_t n; names && *names; names += n + (names[n] == ',')) {
        n = strcspn(names, ",");
        if (n)
            add_column(l, (struct str){names, n});
    }
}

static bool has_column(const struct listing *l, struct str name)
{
    for (size_t i = 0; i < l->n_columns; i++)
        if (str_is(name, l->columns[i].name))
            return true;
    return false;
}

static bool nested(struct str value)
{
    return value.n && (*value.p == '{' || *value.p == '[');
}

static void find_columns(struct listing *l, struct str record)
{
    struct members m = members_of(record);
    struct str name, value;
    while (members_next(&m, &name, &value)) {
        struct str plain = {name.p + 1, name.n > 1 ? name.n - 2 : 0};
        if (!(l->form == FORM_TABLE && nested(value)) && !has_column(l, plain))
            add_column(l, plain);
    }
}

/* The value that stands in a column, "" if the record has none: beside the record's own members, what relto says of it.
 */
static struct str cell_of(struct listing *l, struct str record, const char *name)
{
    struct str value = member_of(record, name);
    if (!value.p && l->form == FORM_TABLE)
        value = member_of(member_of(record, "relto"), name);
    buf_clear(&l->text);
    buf_clear(&l->cell);
    if (value.p && !str_is(value, "null"))
        value_text(value, &l->text);
    if (l->form != FORM_TABLE)
        return buf_view(&l->text);
    add_shown(&l->cell, buf_view(&l->text));
    return buf_view(&l->cell);
}

static void measure(struct listing *l, struct str record)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        size_t width = utf8_characters(cell_of(l, record, l->columns[i].name));
        if (width > l->columns[i].width)
            l->columns[i].width = width;
    }
}

/* --- rows --- */

static void end_line(struct listing *l)
{
    buf_z(&l->line, l->form == FORM_CSV ? "\r\n" : "\n");
    fwrite(l->line.p, 1, l->line.n, l->out);
    buf_clear(&l->line);
}

static void add_csv(struct buf *b, struct str text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n && !quoted; i++)
        quoted = strchr(",\"\r\n", text.p[i]) != NULL;
    if (!quoted) {
        buf_str(b, text);
        return;
    }
    buf_char(b, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_char(b, '"');
        buf_char(b, text.p[i]);
    }
    buf_char(b, '"');
}

static void add_cell(struct listing *l, size_t i, struct str text)
{
    if (l->form == FORM_CSV) {
        if (i)
            buf_char(&l->line, ',');
        add_csv(&l->line, text);
        return;
    }
    if (i)
        buf_z(&l->line, "  ");
    buf_str(&l->line, text);
    for (size_t n = utf8_characters(text); i + 1 < l->shown && n < l->columns[i].width; n++)
        buf_char(&l->line, ' ');
}

static int print_row(void *ctx, struct str record, size_t line)
{
    struct listing *l = ctx;
    (void)line;
    for (size_t i = 0; i < l->shown; i++)
        add_cell(l, i, cell_of(l, record, l->columns[i].name));
    end_line(l);
    return 0;
}

static void print_head(struct listing *l)
{
    for (size_t i = 0; i < l->shown; i++)
        add_cell(l, i, str_of(l->columns[i].name));
    end_line(l);
}

/* Only what fits on a terminal; columns that were asked for are shown in any case. */
static void fit(struct listing *l)
{
    struct winsize w = {0};
    size_t used = 0;
    l->shown = l->n_columns;
    if (l->form != FORM_TABLE || l->fixed || !isatty(fileno(l->out)) || ioctl(fileno(l->out), TIOCGWINSZ, &w) ||
        !w.ws_col)
        return;
    for (l->shown = 0; l->shown < l->n_columns; l->shown++) {
        used += l->columns[l->shown].width + 2;
        if (l->shown && used > w.ws_col)
            return;
    }
}

/* --- taking --- */

static int take_record(void *ctx, struct str record, size_t line)
{
    struct listing *l = ctx;
    (void)line;
    l->n++;
    progress_show(&l->progress, l->n);
    if (l->form == FORM_JSON)
        fputs(l->n > 1 ? ",\n" : "[", l->out);
    if (l->spool && !l->fixed)
        find_columns(l, record);
    if (l->form == FORM_TABLE)
        measure(l, record);
    FILE *to = l->spool ? l->spool : l->out;
    fwrite(record.p, 1, record.n, to);
    if (l->form != FORM_JSON)
        fputc('\n', to);
    return ferror(to) ? complain(EX_IOERR, "cannot write: %s", strerror(errno)) : 0;
}

struct listing *listing_new(enum form form, const char *columns, const char *first, FILE *out, struct progress progress)
{
    struct listing *l = memory_zeroed(sizeof *l);
    *l = (struct listing){.form = form, .out = out, .progress = progress, .fixed = columns != NULL};
    if (form == FORM_CSV || form == FORM_TABLE)
        l->spool = tmpfile();
    add_columns(l, columns ? columns : first);
    return l;
}

static int broken(const struct listing *l)
{
    return complain(EX_PROTOCOL, "the answer cannot be read: expected %s", l->records.expected);
}

int listing_take(void *listing, struct str piece)
{
    struct listing *l = listing;
    if ((l->form == FORM_CSV || l->form == FORM_TABLE) && !l->spool)
        return complain(EX_CANTCREAT, "no temporary file: %s", strerror(errno));
    int error = records_feed(&l->records, piece, take_record, l);
    return error == RECORDS_BAD ? broken(l) : error;
}

static int print_spooled(struct listing *l)
{
    struct records again = {0};
    char piece[65536];
    size_t n;
    rewind(l->spool);
    while ((n = fread(piece, 1, sizeof piece, l->spool)) > 0)
        records_feed(&again, (struct str){piece, n}, print_row, l);
    records_free(&again);
    return ferror(l->spool) ? complain(EX_IOERR, "temporary file: %s", strerror(errno)) : 0;
}

int listing_end(struct listing *l, struct str banner)
{
    int error = 0;
    progress_end(&l->progress);
    if (!records_complete(&l->records))
        return broken(l);
    if (l->form == FORM_JSON)
        fputs(l->n ? "]\n" : "[]\n", l->out);
    if (!l->spool)
        return 0;
    fit(l);
    if (l->form == FORM_TABLE && banner.n)
        fprintf(l->out, "%.*s\n", STR_ARG(banner));
    if (l->n || l->fixed)
        print_head(l);
    error = print_spooled(l);
    if (l->form == FORM_TABLE && banner.n)
        fprintf(l->out, "%.*s\n", STR_ARG(banner));
    return error;
}

size_t listing_count(const struct listing *l)
{
    return l->n;
}

void listing_free(struct listing *l)
{
    if (!l)
        return;
    progress_end(&l->progress);
    if (l->spool)
        fclose(l->spool);
    for (size_t i = 0; i < l->n_columns; i++)
        free(l->columns[i].name);
    free(l->columns);
    records_free(&l->records);
    buf_free(&l->text);
    buf_free(&l->cell);
    buf_free(&l->line);
    free(l);
}
