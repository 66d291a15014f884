#include "clk.h"
#include "clk_table.h"

static size_t width_of(const struct clk_header *h)
{
    return h->wide ? CLK_WIDE : CLK_NARROW;
}

static struct str part(struct str line, size_t from, size_t to)
{
    to = to < line.n ? to : line.n;
    return from < to ? (struct str){line.p + from, to - from} : (struct str){line.p + line.n, 0};
}

/* The next word of the rest. */
static size_t count_words(struct str text)
{
    size_t n = 0;
    while (str_take_word(&text).n)
        n++;
    return n;
}

/* What an integer of at most nine digits says; a negative one is none that anything is counted with. */
static size_t to_count(struct str text)
{
    size_t v = 0;
    if (text.n && text.p[0] == '-')
        return SIZE_MAX;
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '+')
            v = v * 10 + (size_t)(text.p[i] - '0');
    return v;
}

static int find_label(struct clk_reader *r, struct str line, enum clk_label *ret, struct fault *fault)
{
    struct str label = str_trim(part(line, width_of(&r->header), line.n));
    for (size_t i = 0; i < CLK_LABELS; i++)
        if (str_is(label, clk_rows[i].label)) {
            *ret = (enum clk_label)i;
            return 0;
        }
    size_t column = width_of(&r->header) < line.n ? width_of(&r->header) + 1 : line.n + 1;
    return line_fault(&r->lines, line, column, fault, "expected a label from column %zu on, as COMMENT, not \"%.*s\"",
                      width_of(&r->header) + 1, STR_ARG(label));
}

static const struct clk_line *find_line(const struct clk_header *h, enum clk_label label)
{
    for (size_t i = 0; i < h->n; i++)
        if (h->lines[i].label == label)
            return &h->lines[i];
    return NULL;
}

/* The line of the station in the standard's own example of version 3.04 (table A18) has the columns of the others. */
static bool has_wide_columns(const struct clk_header *h, enum clk_label label, struct str text)
{
    return h->wide && (label != CLK_STATION || text.n < 10 || text.p[9] == ' ');
}

static int read_line(struct clk_reader *r, struct str line, struct fault *fault)
{
    struct clk_header *h = &r->header;
    struct clk_line *out = &h->lines[h->n];
    int error = find_label(r, line, &out->label, fault);
    if (error)
        return error;
    const struct clk_row *row = &clk_rows[out->label];
    if (row->once && find_line(h, out->label))
        return line_fault(&r->lines, line, 1, fault, "expected %s once, not twice", row->label);
    out->text = part(line, 0, width_of(h));
    while (out->text.n && out->text.p[out->text.n - 1] == ' ')
        out->text.n--;
    h->n++;
    const struct clk_columns *c = has_wide_columns(h, out->label, out->text) ? &row->wide : &row->narrow;
    return fixed_read(&r->lines, out->text, c->columns, c->n, out->values, fault);
}

static int next_line(struct clk_reader *r, struct str before, struct str *ret, struct fault *fault)
{
    if (!lines_next(&r->lines, ret))
        return line_fault(&r->lines, before, 1, fault, "expected another line behind this one");
    if (!fixed_text(*ret))
        return line_fault(&r->lines, *ret, 1, fault, "expected printing characters of ASCII");
    return 0;
}

/* Where the first line's label stands tells the width. */
static int read_version(struct clk_reader *r, struct str *line, struct fault *fault)
{
    int error = next_line(r, (struct str){r->lines.text, 0}, line, fault);
    if (error)
        return error;
    r->header.wide = str_is(str_trim(part(*line, CLK_WIDE, line->n)), clk_rows[CLK_VERSION].label);
    error = read_line(r, *line, fault);
    if (error)
        return error;
    struct clk_line *first = r->header.lines;
    if (first->label != CLK_VERSION)
        return line_fault(&r->lines, *line, 1, fault, "expected RINEX VERSION / TYPE in the first line");
    struct str v = first->values[0];
    if (v.n != 4 || (v.p[0] != '2' && v.p[0] != '3') || (strncmp(v.p, "3.04", 4) == 0) != r->header.wide)
        return line_fault(&r->lines, *line, 1, fault,
                          "version: expected 2.00 to 3.02, or 3.04 with labels from column %d on", CLK_WIDE + 1);
    if (first->values[1].p[0] != 'C')
        return line_fault(&r->lines, *line, (size_t)(first->values[1].p - line->p) + 1, fault,
                          "file type: expected C, clock data");
    r->header.system = first->values[2].n ? first->values[2].p[0] : 'G';
    return 0;
}

static int read_lines(struct clk_reader *r, struct fault *fault)
{
    struct str line;
    int error = read_version(r, &line, fault);
    while (!error && r->header.lines[r->header.n - 1].label != CLK_END_OF_HEADER) {
        if (r->header.n == CLK_HEADER_MAX)
            return line_fault(&r->lines, line, 1, fault, "expected at most %d lines of header", CLK_HEADER_MAX);
        error = next_line(r, line, &line, fault);
        if (!error)
            error = read_line(r, line, fault);
    }
    return error;
}

/* A fault of the whole header: it stands at its end. */
#define HEADER_FAULT(r_, fault_, ...)                                                                                  \
    line_fault(&(r_)->lines, (r_)->header.lines[(r_)->header.n - 1].text, 1, (fault_), __VA_ARGS__)

static int check_required(struct clk_reader *r, struct fault *fault)
{
    for (size_t i = 0; i < CLK_LABELS; i++)
        if (clk_rows[i].required && !find_line(&r->header, (enum clk_label)i))
            return HEADER_FAULT(r, fault, "expected %s in the header", clk_rows[i].label);
    return 0;
}

/* Lines of one label, or the words in them. */
static size_t count_of(const struct clk_header *h, enum clk_label label, bool words)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        if (h->lines[i].label == label)
            n += words ? count_words(h->lines[i].text) : 1;
    return n;
}

bool clk_lists_nothing(const struct clk_header *h, size_t line)
{
    enum clk_label label = h->lines[line].label;
    if (label == CLK_SOLUTION_STATIONS)
        return !count_of(h, CLK_SOLUTION_STATION, false);
    return label == CLK_REFERENCE_COUNT && h->lines[line + 1].label != CLK_REFERENCE;
}

static int check_count(struct clk_reader *r, enum clk_label said, size_t found, struct fault *fault)
{
    const struct clk_line *line = find_line(&r->header, said);
    if (line && !clk_lists_nothing(&r->header, (size_t)(line - r->header.lines)) && to_count(line->values[0]) != found)
        return HEADER_FAULT(r, fault, "%s: expected %.*s of them, not %zu", clk_rows[said].label,
                            STR_ARG(line->values[0]), found);
    return 0;
}

/* Each # OF CLK REF is followed by as many of ANALYSIS CLK REF, or by none. */
static int check_references(struct clk_reader *r, struct fault *fault)
{
    const struct clk_header *h = &r->header;
    size_t said = 0, found = 0;
    for (size_t i = 0; i < h->n; i++) {
        bool count = h->lines[i].label == CLK_REFERENCE_COUNT;
        if ((count || i + 1 == h->n) && found && found != said)
            return HEADER_FAULT(r, fault, "# OF CLK REF: expected %zu of them, not %zu", said, found);
        if (count)
            said = to_count(h->lines[i].values[0]);
        found = count ? 0 : found + (h->lines[i].label == CLK_REFERENCE);
    }
    return 0;
}

static int check_counts(struct clk_reader *r, struct fault *fault)
{
    const struct clk_header *h = &r->header;
    int error = check_count(r, CLK_TYPES, count_words(h->types), fault);
    if (!error)
        error = check_count(r, CLK_SOLUTION_STATIONS, count_of(h, CLK_SOLUTION_STATION, false), fault);
    if (!error)
        error = check_count(r, CLK_SOLUTION_SATELLITES, count_of(h, CLK_SATELLITES, true), fault);
    return error ? error : check_references(r, fault);
}

/* The time of a system's own satellites, where the file does not name one. */
static struct str own_time(char system)
{
    static const struct {
        char system;
        const char *name;
    } own[] = {{'G', "GPS"}, {'S', "GPS"}, {'R', "GLO"}, {'E', "GAL"}, {'C', "BDT"}, {'J', "QZS"}, {'I', "IRN"}};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i].system == system)
            return str_of(own[i].name);
    return (struct str){0};
}

static int take_time_system(struct clk_reader *r, struct fault *fault)
{
    struct clk_header *h = &r->header;
    const struct clk_line *line = find_line(h, CLK_TIME_SYSTEM);
    h->time_system = line ? line->values[0] : own_time(h->system);
    if (!time_scale_find(h->time_system, &h->scale))
        return HEADER_FAULT(r, fault, "TIME SYSTEM ID: expected GPS, GAL, QZS, BDT, IRN, TAI, UTC or GLO");
    return 0;
}

/* At most so many are read before END OF HEADER, or before one too many. */
static size_t header_lines(struct str text)
{
    const char *end =
        memmem(text.p, text.n, clk_rows[CLK_END_OF_HEADER].label, strlen(clk_rows[CLK_END_OF_HEADER].label));
    size_t n = 1;
    for (const char *p = text.p; p < (end ? end : text.p + text.n) && n < CLK_HEADER_MAX; p++)
        n += *p == '\n';
    return n;
}

int clk_open(struct str text, struct arena *arena, struct clk_reader *ret, struct fault *fault)
{
    struct clk_reader r = {.lines = lines_of(text), .last = INT64_MIN};
    r.header.lines = arena_array(arena, header_lines(text), sizeof *r.header.lines);
    int error = read_lines(&r, fault);
    if (!error)
        error = check_required(&r, fault);
    if (error)
        return error;
    r.header.types = find_line(&r.header, CLK_TYPES)->values[1];
    error = check_counts(&r, fault);
    if (!error)
        error = take_time_system(&r, fault);
    if (!error)
        *ret = r;
    return error;
}

static bool is_announced(struct str types, struct str type)
{
    for (struct str word; (word = str_take_word(&types)).n;)
        if (str_eq(word, type))
            return true;
    return false;
}

static int check_data(struct clk_reader *r, struct str line, const struct clk_data *d, size_t count,
                      struct fault *fault)
{
    if (!is_announced(r->header.types, d->type))
        return line_fault(&r->lines, line, 1, fault, "type of data: expected one of # / TYPES OF DATA, %.*s",
                          STR_ARG(r->header.types));
    if (d->epoch.ticks < r->last)
        return line_fault(&r->lines, line, (size_t)clk_data[r->header.wide][CLK_DATA_EPOCH].first, fault,
                          "epoch: expected none before that of the line above");
    if (count < 1 || count > CLK_VALUES)
        return line_fault(&r->lines, line, (size_t)clk_data[r->header.wide][CLK_DATA_COUNT].first, fault,
                          "number of values: expected 1 to %d", CLK_VALUES);
    return 0;
}

static int read_more(struct clk_reader *r, struct str before, struct str *values, struct fault *fault)
{
    struct str line;
    int error = next_line(r, before, &line, fault);
    return error ? error : fixed_read(&r->lines, line, clk_more[r->header.wide], CLK_MORE, values, fault);
}

/* A line of one value may have its deviation behind it all the same: MIT counts clocks so. */
static int read_data(struct clk_reader *r, struct str line, struct clk_data *d, struct fault *fault)
{
    struct str values[CLK_DATA_COLUMNS] = {0};
    int error = fixed_read(&r->lines, line, clk_data[r->header.wide], CLK_DATA_COLUMNS, values, fault);
    if (error)
        return error;
    size_t count = to_count(values[CLK_DATA_COUNT]);
    d->type = values[CLK_DATA_TYPE];
    d->name = values[CLK_DATA_NAME];
    civil_read(values[CLK_DATA_EPOCH], &d->epoch);
    memcpy(d->values, values + CLK_DATA_FIRST, 2 * sizeof *d->values);
    error = check_data(r, line, d, count, fault);
    if (!error && count > 2)
        error = read_more(r, line, d->values + 2, fault);
    while (d->n < CLK_VALUES && d->values[d->n].n)
        d->n++;
    bool gap = false;
    for (size_t i = d->n; i < CLK_VALUES; i++)
        gap = gap || d->values[i].n;
    if (!error && (d->n < count || d->n > count + (count == 1) || gap))
        error = line_fault(&r->lines, line, 1, fault, "expected %zu values, as the line says", count);
    return error;
}

int clk_next(struct clk_reader *reader, struct clk_data *ret, struct fault *fault)
{
    struct str line = {0};
    struct clk_data d = {0};
    while (!line.n)
        if (!lines_next(&reader->lines, &line))
            return CLK_END;
    if (!fixed_text(line))
        return line_fault(&reader->lines, line, 1, fault, "expected printing characters of ASCII");
    d.line = reader->lines.number;
    int error = read_data(reader, line, &d, fault);
    if (error)
        return error;
    reader->last = d.epoch.ticks;
    *ret = d;
    return 0;
}

void clk_write_header(const struct clk_header *header, struct buf *out)
{
    for (size_t i = 0; i < header->n; i++)
        buf_printf(out, "%-*.*s%s\n", (int)width_of(header), STR_ARG(header->lines[i].text),
                   clk_rows[header->lines[i].label].label);
}

int clk_write_line(bool wide, enum clk_label label, const struct str *values, struct buf *out, struct fault *fault)
{
    const struct clk_columns *c = wide ? &clk_rows[label].wide : &clk_rows[label].narrow;
    size_t before = out->n;
    int error = fixed_write(STR(""), c->columns, c->n, values, out, fault);
    if (error)
        return error;
    out->n--; /* the end of the line */
    buf_printf(out, "%*s%s\n", (int)((wide ? CLK_WIDE : CLK_NARROW) - (out->n - before)), "", clk_rows[label].label);
    return 0;
}

int clk_write_data(const struct clk_header *header, const struct clk_data *data, struct buf *out, struct fault *fault)
{
    BUF_CLEANUP struct buf epoch = {0};
    char count[] = {(char)('0' + data->n)};
    civil_write(&data->epoch, 9, true, &epoch);
    struct str values[CLK_DATA_COLUMNS] = {
        [CLK_DATA_TYPE] = data->type,  [CLK_DATA_NAME] = data->name,       [CLK_DATA_EPOCH] = buf_view(&epoch),
        [CLK_DATA_COUNT] = {count, 1}, [CLK_DATA_FIRST] = data->values[0], [CLK_DATA_FIRST + 1] = data->values[1],
    };
    int error = fixed_write(STR(""), clk_data[header->wide], CLK_DATA_COLUMNS, values, out, fault);
    if (!error && data->n > 2)
        error = fixed_write(STR(""), clk_more[header->wide], CLK_MORE, data->values + 2, out, fault);
    return error;
}
