#include "number.h"
#include "sp3_fields.h"

/* The record of a satellite grows while its file is read epoch by epoch. */
struct track {
    struct buf points;  /* the elements of the array, without its brackets */
    size_t count, line; /* of the first point */
    struct civil first, last;
};

struct tracks {
    struct sp3_reader reader;
    struct track *list; /* by satellite of the header */
    enum time_scale scale;
    const struct header *header;
    struct arena *arena; /* of one record: begun anew with each */
    const struct record_sink *sink;
};

/* What a file says once, and a record has as text or as a number. */
static const struct {
    enum sp3_header_value value;
    const char *field;
    bool text;
} said_once[] = {
    {SP3_DATA_USED, "dataUsed", true},    {SP3_COORDINATES, "coordinateSystem", true},
    {SP3_ORBIT_TYPE, "orbitType", true},  {SP3_AGENCY, "agency", true},
    {SP3_FILE_TYPE, "fileType", true},    {SP3_TIME_SYSTEM, "timeSystem", true},
    {SP3_INTERVAL, "interval", false},    {SP3_BASE_POSITION, "positionBase", false},
    {SP3_BASE_CLOCK, "clockBase", false},
};
static const struct {
    char letter;
    const char *constellation;
} systems[] = {{'G', "GPS"},  {'R', "GLONASS"}, {'E', "GALILEO"}, {'C', "BEIDOU"},
               {'J', "QZSS"}, {'I', "NAVIC"},   {'S', "SBAS"}};

static void add_number(struct tracks *t, const char *field, struct str value, struct buf *out)
{
    struct str number;
    if (value.n && number_json(value, t->arena, &number))
        buf_member_json(out, field, number);
}

static bool only(struct str number, const char *characters)
{
    for (size_t i = 0; i < number.n; i++)
        if (!strchr(characters, number.p[i]))
            return false;
    return true;
}

/* Zeros stand for a position or velocity that is not known, nines or nothing for a clock. */
static bool knows_vector(const struct str *values)
{
    return !only(values[SP3_X], "-+0.") || !only(values[SP3_Y], "-+0.") || !only(values[SP3_Z], "-+0.");
}

static bool knows_clock(const struct str *values)
{
    struct str clock = values[SP3_CLOCK];
    return clock.n && (!str_starts(clock, "999999.") || !only(clock, "9."));
}

/* km and us; or dm/s and 10^-4 us/s, whose point moves by four places to km/s and us/s. */
static void add_vector(struct tracks *t, const struct str *values, bool velocity, struct buf *out)
{
    static const char *const names[2][4] = {{"x", "y", "z", "clock"}, {"xVel", "yVel", "zVel", "clockRate"}};
    bool known[] = {knows_vector(values), knows_vector(values), knows_vector(values), knows_clock(values)};
    for (size_t i = 0; i < 4; i++) {
        struct str number;
        if (known[i] && number_shift(values[SP3_X + i], velocity ? -4 : 0, t->arena, &number))
            buf_member_json(out, names[velocity][i], number);
    }
}

static void add_deviations(struct tracks *t, const struct str *values, bool velocity, struct buf *out)
{
    for (size_t i = 0; i < SP3_DEVIATIONS; i++)
        add_number(t, velocity ? sp3_deviations[i].velocity : sp3_deviations[i].position,
                   values[sp3_deviations[i].value], out);
}

static void add_covariance(struct tracks *t, const char *field, const struct str *values, struct buf *out)
{
    buf_printf(out, ",\"%s\":{", field);
    size_t start = out->n; /* where the first member's comma stands */
    for (size_t i = 0; i < SP3_COVARIANCE_VALUES; i++)
        add_number(t, sp3_covariance_fields[i], values[i], out);
    if (out->n > start)
        out->p[start] = ' ';
    buf_char(out, '}');
}

static void add_point(struct tracks *t, const struct sp3_state *s, struct buf *out)
{
    buf_z(out, "{\"epoch\":\"");
    civil_write_iso(&s->epoch, out);
    buf_char(out, '"');
    add_vector(t, s->position, false, out);
    add_deviations(t, s->position, false, out);
    for (size_t i = 0; i < SP3_FLAGS; i++)
        if (s->position[sp3_flags[i].value].n)
            buf_printf(out, ",\"%s\":true", sp3_flags[i].field);
    if (s->has_position_covariance)
        add_covariance(t, "positionCovariance", s->position_covariance, out);
    if (s->has_velocity) {
        add_vector(t, s->velocity, true, out);
        add_deviations(t, s->velocity, true, out);
    }
    if (s->has_velocity_covariance)
        add_covariance(t, "velocityCovariance", s->velocity_covariance, out);
    buf_char(out, '}');
}

/* "G01", also where an old file has "  1" or "G 1". */
static void add_satellite(struct str id, struct buf *out)
{
    char name[] = {id.p[0] == ' ' || (id.p[0] >= '0' && id.p[0] <= '9') ? 'G' : id.p[0], id.p[1] == ' ' ? '0' : id.p[1],
                   id.p[2]};
    buf_member_text(out, "satellite", (struct str){name, sizeof name});
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (systems[i].letter == name[0])
            buf_member_text(out, "constellation", str_of(systems[i].constellation));
}

static void add_header(struct tracks *t, size_t satellite, struct buf *out)
{
    const struct sp3_header *h = t->reader.header;
    for (size_t i = 0; i < sizeof said_once / sizeof *said_once; i++) {
        struct str v = h->values[said_once[i].value];
        if (said_once[i].text && v.n)
            buf_member_text(out, said_once[i].field, v);
        else if (!said_once[i].text)
            add_number(t, said_once[i].field, v, out);
    }
    buf_member_text(out, "version", (struct str){&h->version, 1});
    add_number(t, "accuracy", h->accuracies[satellite], out);
    for (size_t i = 0; i < h->comment_count; i++) {
        buf_z(out, i ? "," : ",\"comments\":[");
        buf_json_str(out, h->comments[i]);
    }
    if (h->comment_count)
        buf_char(out, ']');
}

/* The record of what is known of a satellite so far; false if the sink wants no more. */
static bool emit(struct tracks *t, size_t satellite)
{
    BUF_CLEANUP struct buf out = {0};
    struct track *track = &t->list[satellite];
    if (!track->count)
        return true;
    header_write(t->header, &out);
    add_satellite(t->reader.header->satellites[satellite], &out);
    buf_member_instant(&out, "start", time_scale_utc(t->scale, track->first.ticks));
    buf_member_instant(&out, "stop", time_scale_utc(t->scale, track->last.ticks));
    add_header(t, satellite, &out);
    buf_printf(&out, ",\"points\":[%.*s]}", STR_ARG(buf_view(&track->points)));
    arena_reset(t->arena);
    track->count = 0;
    buf_clear(&track->points);
    return t->sink->take(t->sink->context, track->line, buf_view(&out));
}

static bool take_state(struct tracks *t, const struct sp3_state *s)
{
    struct track *track = &t->list[s->satellite];
    if (!knows_vector(s->position) && !knows_clock(s->position))
        return true;
    if (track->count)
        buf_char(&track->points, ',');
    else {
        track->first = s->epoch;
        track->line = s->line;
    }
    track->last = s->epoch;
    track->count++;
    add_point(t, s, &track->points);
    return track->count < SP3_RECORD_POINTS_MAX || emit(t, s->satellite);
}

static int read_states(struct tracks *t, struct fault *fault)
{
    struct sp3_state s;
    int error;
    while (!(error = sp3_next(&t->reader, &s, fault)))
        if (!take_state(t, &s))
            return 0;
    for (size_t i = 0; i < t->reader.header->satellite_count && error == SP3_END; i++)
        if (!emit(t, i))
            break;
    return error == SP3_END ? 0 : error;
}

#define SATELLITES_LINE 3
#define SATELLITES_A_LINE 17

/* Satellites that the header has and no point. */
static void tell_left_out(const struct tracks *t)
{
    const struct sp3_header *h = t->reader.header;
    for (size_t i = 0; i < h->satellite_count && t->sink->left_out; i++)
        if (!t->list[i].line)
            t->sink->left_out(
                t->sink->context, SATELLITES_LINE + i / SATELLITES_A_LINE,
                str_of(arena_printf(t->arena, "%.*s: nothing is known of it", STR_ARG(h->satellites[i]))));
}

int sp3_records(struct str text, const struct header *header, struct arena *arena, const struct record_sink *sink,
                struct fault *fault)
{
    ARENA_CLEANUP struct arena *own = arena_new();
    struct tracks t = {.header = header, .arena = own, .sink = sink};
    int error = sp3_open(text, arena, &t.reader, fault);
    if (error)
        return error;
    time_scale_find(t.reader.header->values[SP3_TIME_SYSTEM], &t.scale);
    t.list = arena_array(arena, t.reader.header->satellite_count, sizeof *t.list);
    error = read_states(&t, fault);
    if (!error)
        tell_left_out(&t);
    for (size_t i = 0; i < t.reader.header->satellite_count; i++)
        buf_free(&t.list[i].points);
    return error;
}
