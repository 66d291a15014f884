#include "clk_table.h"
#include "number.h"

/* The record of a clock grows while its file is read line by line. */
struct track {
    struct str type, name;
    struct buf points;  /* the elements of the array, without its brackets */
    size_t count, line; /* of the first point */
    bool started;       /* `last` is known, also when the points went into a record */
    struct civil first, last;
};

struct tracks {
    struct clk_reader reader;
    struct track *list;
    size_t n, next; /* `next`: where the clock of the next line stands in most files */
    const struct header *header;
    struct arena *arena; /* of one record: begun anew with each */
    const struct record_sink *sink;
};

static const char *const point_fields[CLK_VALUES] = {"bias",          "biasDeviation", "rate",
                                                     "rateDeviation", "acceleration",  "accelerationDeviation"};
static const char *const types[] = {"AR", "AS", "CR", "DR", "MS"};

/* What stands once in a header, and where a record has it. */
static const struct {
    enum clk_label label;
    unsigned char value;
    bool number;
    const char *field;
} said_once[] = {
    {CLK_VERSION, 0, false, "version"},
    {CLK_VERSION, 2, false, "system"},
    {CLK_PROGRAM, 0, false, "program"},
    {CLK_PROGRAM, 1, false, "runBy"},
    {CLK_PROGRAM, 2, false, "runDate"},
    {CLK_LEAP_SECONDS, 0, true, "leapSeconds"},
    {CLK_LEAP_SECONDS_GNSS, 0, true, "leapSecondsGnss"},
    {CLK_STATION, 0, false, "station"},
    {CLK_STATION, 1, false, "stationNumber"},
    {CLK_STATION_REFERENCE, 0, false, "stationReference"},
    {CLK_CENTER, 0, false, "analysisCenter"},
    {CLK_CENTER, 1, false, "analysisCenterName"},
    {CLK_SOLUTION_STATIONS, 1, false, "frame"},
};

/* What may stand several times: an array of objects, by the label's values. NULL: not told. */
static const struct list {
    enum clk_label label;
    const char *field;
    const char *members[CLK_LINE_VALUES];
    unsigned char numbers; /* from this value on */
} lists[] = {
    {CLK_DCBS, "codeBiases", {"system", "program", "source"}, CLK_LINE_VALUES},
    {CLK_PCVS, "phaseCenters", {"system", "program", "source"}, CLK_LINE_VALUES},
    {CLK_REFERENCE, "references", {"name", "number", "offset"}, 2},
};

static void add_number(struct tracks *t, const char *field, struct str value, struct buf *out)
{
    struct str number;
    if (value.n && number_json(value, t->arena, &number))
        buf_member_json(out, field, number);
}

static void add_value(struct tracks *t, const char *field, struct str value, bool number, struct buf *out)
{
    if (number)
        add_number(t, field, value, out);
    else if (value.n)
        buf_member_text(out, field, value);
}

static void add_said_once(struct tracks *t, struct buf *out)
{
    const struct clk_header *h = &t->reader.header;
    for (size_t i = 0; i < sizeof said_once / sizeof *said_once; i++)
        for (size_t k = 0; k < h->n; k++)
            if (h->lines[k].label == said_once[i].label)
                add_value(t, said_once[i].field, h->lines[k].values[said_once[i].value], said_once[i].number, out);
}

/* The span of the reference clocks that follow it. */
static void add_span(const struct clk_line *line, struct buf *out)
{
    static const char *const names[] = {"from", "until"};
    for (size_t i = 0; line && i < 2; i++) {
        BUF_CLEANUP struct buf iso = {0};
        struct civil time;
        if (!line->values[i + 1].n || !civil_read(line->values[i + 1], &time))
            continue;
        civil_write_iso(&time, &iso);
        buf_member_text(out, names[i], buf_view(&iso));
    }
}

static void add_element(struct tracks *t, const struct list *list, const struct clk_line *line,
                        const struct clk_line *span, struct buf *out)
{
    buf_char(out, '{');
    size_t start = out->n; /* where the first member's comma stands */
    for (size_t i = 0; i < CLK_LINE_VALUES && list->members[i]; i++)
        add_value(t, list->members[i], line->values[i], i >= list->numbers, out);
    if (list->label == CLK_REFERENCE)
        add_span(span, out);
    if (out->n > start)
        out->p[start] = ' ';
    buf_char(out, '}');
}

static void add_list(struct tracks *t, const struct list *list, struct buf *out)
{
    const struct clk_header *h = &t->reader.header;
    const struct clk_line *span = NULL;
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (h->lines[i].label == CLK_REFERENCE_COUNT)
            span = &h->lines[i];
        if (h->lines[i].label != list->label)
            continue;
        buf_printf(out, n++ ? "," : ",\"%s\":[", list->field);
        add_element(t, list, &h->lines[i], span, out);
    }
    if (n)
        buf_char(out, ']');
}

/* Lines of a label as they stand. */
static void add_texts(struct tracks *t, enum clk_label label, const char *field, struct buf *out)
{
    const struct clk_header *h = &t->reader.header;
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++) {
        if (h->lines[i].label != label)
            continue;
        buf_printf(out, n++ ? "," : ",\"%s\":[", field);
        buf_json_str(out, h->lines[i].text);
    }
    if (n)
        buf_char(out, ']');
}

/* Where the solution has the receiver whose clock it is. */
static void add_receiver(struct tracks *t, const struct track *track, struct buf *out)
{
    static const char *const names[] = {"receiverX", "receiverY", "receiverZ"};
    const struct clk_header *h = &t->reader.header;
    for (size_t i = 0; i < h->n; i++) {
        if (h->lines[i].label != CLK_SOLUTION_STATION || !str_eq(h->lines[i].values[0], track->name))
            continue;
        add_value(t, "receiverNumber", h->lines[i].values[1], false, out);
        for (size_t k = 0; k < 3; k++)
            add_number(t, names[k], h->lines[i].values[k + 2], out);
        return;
    }
}

static void add_constellation(const struct track *track, struct buf *out)
{
    static const struct {
        char letter;
        const char *constellation;
    } systems[] = {{'G', "GPS"},  {'R', "GLONASS"}, {'E', "GALILEO"}, {'C', "BEIDOU"},
                   {'J', "QZSS"}, {'I', "NAVIC"},   {'S', "SBAS"}};
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (str_is(track->type, "AS") && systems[i].letter == track->name.p[0])
            buf_member_text(out, "constellation", str_of(systems[i].constellation));
}

/* The record of what was read of a clock so far; false if the sink wants no more. */
static bool emit(struct tracks *t, struct track *track)
{
    BUF_CLEANUP struct buf out = {0};
    const struct clk_header *h = &t->reader.header;
    if (!track->count)
        return true;
    header_write(t->header, &out);
    buf_member_text(&out, "clock", track->name);
    buf_member_text(&out, "dataType", track->type);
    add_constellation(track, &out);
    buf_member_text(&out, "timeSystem", h->time_system);
    buf_member_instant(&out, "start", time_scale_utc(h->scale, track->first.ticks));
    buf_member_instant(&out, "stop", time_scale_utc(h->scale, track->last.ticks));
    add_said_once(t, &out);
    add_receiver(t, track, &out);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        add_list(t, &lists[i], &out);
    add_texts(t, CLK_COMMENT, "comments", &out);
    add_texts(t, CLK_OBSERVATIONS, "observationTypes", &out);
    buf_printf(&out, ",\"points\":[%.*s]}", STR_ARG(buf_view(&track->points)));
    arena_reset(t->arena);
    track->count = 0;
    buf_clear(&track->points);
    return t->sink->take(t->sink->context, track->line, buf_view(&out));
}

static bool is_track(const struct track *track, const struct clk_data *d)
{
    return str_eq(track->name, d->name) && str_eq(track->type, d->type);
}

/* NULL: there are too many. */
static struct track *find_track(struct tracks *t, const struct clk_data *d)
{
    size_t i = t->next < t->n && is_track(&t->list[t->next], d) ? t->next : 0;
    while (i < t->n && !is_track(&t->list[i], d))
        i++;
    if (i == CLK_CLOCKS_MAX)
        return NULL;
    if (i == t->n)
        t->list[t->n++] = (struct track){.type = d->type, .name = d->name};
    t->next = i + 1 < t->n ? i + 1 : 0;
    return &t->list[i];
}

static void add_point(struct tracks *t, struct track *track, const struct clk_data *d)
{
    struct buf *out = &track->points;
    if (track->count++)
        buf_char(out, ',');
    else {
        track->first = d->epoch;
        track->line = d->line;
    }
    track->last = d->epoch;
    track->started = true;
    buf_z(out, "{\"epoch\":\"");
    civil_write_iso(&d->epoch, out);
    buf_char(out, '"');
    for (size_t i = 0; i < d->n; i++)
        add_number(t, point_fields[i], d->values[i], out);
    buf_char(out, '}');
}

static bool known_type(struct str type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_is(type, types[i]))
            return true;
    return false;
}

static int take_data(struct tracks *t, const struct clk_data *d, bool *ret_more, struct fault *fault)
{
    struct track *track = known_type(d->type) ? find_track(t, d) : NULL;
    if (!track)
        return line_fault(&t->reader.lines, (struct str){d->type.p, 0}, 1, fault,
                          "expected AR, AS, CR, DR or MS and at most %d different clocks", CLK_CLOCKS_MAX);
    if (track->started && d->epoch.ticks <= track->last.ticks)
        return line_fault(&t->reader.lines, (struct str){d->type.p, 0}, 1, fault,
                          "expected %.*s %.*s once at an epoch, not twice", STR_ARG(d->type), STR_ARG(d->name));
    add_point(t, track, d);
    *ret_more = track->count < CLK_RECORD_POINTS_MAX || emit(t, track);
    return 0;
}

static int read_data(struct tracks *t, struct fault *fault)
{
    struct clk_data d;
    bool more = true;
    int error = 0;
    while (more && !error && !(error = clk_next(&t->reader, &d, fault)))
        error = take_data(t, &d, &more, fault);
    for (size_t i = 0; i < t->n && error == CLK_END; i++)
        if (!emit(t, &t->list[i]))
            break;
    return error == CLK_END ? 0 : error;
}

static bool has_data(const struct tracks *t, struct str names)
{
    for (struct str name = str_take_word(&names); name.n; name = str_take_word(&names)) {
        size_t i = 0;
        while (i < t->n && !str_eq(t->list[i].name, name))
            i++;
        if (i == t->n)
            return false;
    }
    return true;
}

/* What the header says of stations and satellites of which there is no record. */
static void tell_left_out(const struct tracks *t)
{
    const struct clk_header *h = &t->reader.header;
    for (size_t i = 0; i < h->n && t->sink->left_out; i++) {
        enum clk_label label = h->lines[i].label;
        bool names = label == CLK_SOLUTION_STATION || label == CLK_SATELLITES;
        if (clk_lists_nothing(h, i) || (names && !has_data(t, h->lines[i].values[0])))
            t->sink->left_out(t->sink->context, i + 1, str_of(clk_rows[label].label));
    }
}

int clk_records(struct str text, const struct header *header, struct arena *arena, const struct record_sink *sink,
                struct fault *fault)
{
    ARENA_CLEANUP struct arena *own = arena_new();
    struct tracks t = {.header = header, .arena = own, .sink = sink};
    int error = clk_open(text, arena, &t.reader, fault);
    if (error)
        return error;
    t.list = arena_array(arena, CLK_CLOCKS_MAX, sizeof *t.list);
    error = read_data(&t, fault);
    if (!error)
        tell_left_out(&t);
    for (size_t i = 0; i < t.n; i++)
        buf_free(&t.list[i].points);
    return error;
}
