#include "clk_of_record.h"
#include "fixed.h"
#include "fortran.h"

#define DECIMALS 12
#define WIDTH 19 /* columns of a number */
#define SECOND_DECIMALS 6
#define NAME_MAX 9 /* columns of version 3.04 */

const char *const clk_common_fields[CLK_COMMON] = {
    [CLK_SAYS_TIME_SYSTEM] = "timeSystem",
    [CLK_SAYS_LEAP_SECONDS] = "leapSeconds",
    [CLK_SAYS_LEAP_SECONDS_GNSS] = "leapSecondsGnss",
    [CLK_SAYS_CENTER] = "analysisCenter",
    [CLK_SAYS_CENTER_NAME] = "analysisCenterName",
    [CLK_SAYS_FRAME] = "frame",
    [CLK_SAYS_STATION] = "station",
    [CLK_SAYS_STATION_NUMBER] = "stationNumber",
    [CLK_SAYS_STATION_REFERENCE] = "stationReference",
    [CLK_SAYS_CODE_BIASES] = "codeBiases",
    [CLK_SAYS_PHASE_CENTERS] = "phaseCenters",
    [CLK_SAYS_OBSERVATIONS] = "observationTypes",
};

static int refuse(const char *field, struct fault *fault, const char *expected)
{
    return fault_set(fault, ERR_INVALID_RECORD, field, "expected %s", expected);
}

static bool is_array(struct str value)
{
    return value.n && value.p[0] == '[';
}

static int take_text(const struct member *list, size_t n, const char *field, struct arena *arena, struct str *ret,
                     struct fault *fault)
{
    *ret = member_value(list, n, field, arena);
    if (is_array(*ret) || fixed_text(*ret))
        return 0;
    return refuse(field, fault, "printing characters of ASCII");
}

static int take_texts(const struct member *list, size_t n, struct arena *arena, struct clk_source *s,
                      struct fault *fault)
{
    const struct {
        const char *field;
        struct str *to;
    } texts[] = {
        {"clock", &s->name},
        {"dataType", &s->type},
        {"version", &s->version},
        {"system", &s->system},
        {"comments", &s->comments},
        {"references", &s->references},
        {"program", &s->made[CLK_MADE_BY_PROGRAM]},
        {"runBy", &s->made[CLK_MADE_BY_WHOM]},
        {"runDate", &s->made[CLK_MADE_WHEN]},
        {"receiverNumber", &s->receiver.number},
        {"receiverX", &s->receiver.x},
        {"receiverY", &s->receiver.y},
        {"receiverZ", &s->receiver.z},
    };
    int error = 0;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !error; i++)
        error = take_text(list, n, texts[i].field, arena, texts[i].to, fault);
    for (size_t i = 0; i < CLK_COMMON && !error; i++)
        error = take_text(list, n, clk_common_fields[i], arena, &s->common[i], fault);
    return error;
}

int clk_source_of_record(const struct member *list, size_t n, struct arena *arena, struct clk_source *ret,
                         struct fault *fault)
{
    enum time_scale scale;
    int error = take_texts(list, n, arena, ret, fault);
    if (error)
        return error;
    if (!ret->name.n || ret->name.n > NAME_MAX || str_trim(ret->name).n != ret->name.n)
        return refuse("clock", fault, "a name of at most nine columns");
    if (ret->type.n != 2)
        return refuse("dataType", fault, "a type of two letters");
    if (!time_scale_find(ret->common[CLK_SAYS_TIME_SYSTEM], &scale))
        return refuse("timeSystem", fault, "a time system");
    if (!elements_of(member_value(list, n, "points", arena), arena, &ret->points, &ret->n) || !ret->n)
        return refuse("points", fault, "points");
    return 0;
}

/* With six digits behind the point of its seconds. */
static bool with_microseconds(struct civil *time, struct arena *arena)
{
    const char *point = memchr(time->seconds.p, '.', time->seconds.n);
    size_t whole = point ? (size_t)(point - time->seconds.p) : time->seconds.n;
    struct str behind = str_slice(time->seconds, whole + 1, time->seconds.n);
    for (size_t i = SECOND_DECIMALS; i < behind.n; i++)
        if (behind.p[i] != '0')
            return false;
    time->seconds = str_of(arena_printf(arena, "%.*s.%.*s%.*s", (int)whole, time->seconds.p,
                                        (int)(behind.n < SECOND_DECIMALS ? behind.n : SECOND_DECIMALS), behind.p,
                                        (int)(behind.n < SECOND_DECIMALS ? SECOND_DECIMALS - behind.n : 0), "000000"));
    return true;
}

/* As it stands, if Fortran would read it so, or with one digit in front of the point. */
static bool number_text(struct str number, struct arena *arena, struct str *ret)
{
    BUF_CLEANUP struct buf text = {0};
    if (number.n <= WIDTH && fixed_number(number) && memchr(number.p, '.', number.n)) {
        *ret = number;
        return true;
    }
    if (!fortran_write(number, DECIMALS, 'E', &text))
        return false;
    *ret = str_trim(arena_str(arena, buf_view(&text)));
    return true;
}

static int take_values(const struct member *list, size_t n, struct arena *arena, struct clk_data *d,
                       struct fault *fault)
{
    static const char *const fields[CLK_VALUES] = {"bias",          "biasDeviation", "rate",
                                                   "rateDeviation", "acceleration",  "accelerationDeviation"};
    for (size_t i = 0; i < CLK_VALUES; i++) {
        struct str v = member_value(list, n, fields[i], arena);
        if (!v.n)
            continue;
        if (d->n != i)
            return refuse(fields[d->n], fault, "a value: those behind it cannot stand alone");
        if (!number_text(v, arena, &d->values[d->n++]))
            return refuse(fields[i], fault, "a number of at most 13 digits");
    }
    return d->n ? 0 : refuse("bias", fault, "a value, which a clock cannot do without");
}

int clk_data_of_point(const struct clk_source *s, size_t i, struct arena *arena, struct clk_data *ret,
                      struct fault *fault)
{
    struct clk_data d = {.type = s->type, .name = s->name};
    const struct member *list;
    size_t n;
    if (!members_of(s->points[i], arena, &list, &n) ||
        !civil_read_iso(member_value(list, n, "epoch", arena), &d.epoch) || !with_microseconds(&d.epoch, arena))
        return refuse("epoch", fault, "a time of the years 1900 to 2199, in microseconds at the finest");
    int error = take_values(list, n, arena, &d, fault);
    if (!error)
        *ret = d;
    return error;
}

void clk_correction_of(struct str object, struct arena *arena, struct str values[CLK_LINE_VALUES])
{
    static const char *const fields[] = {"system", "program", "source"};
    const struct member *list;
    size_t n;
    if (members_of(object, arena, &list, &n))
        for (size_t i = 0; i < 3; i++)
            values[i] = member_value(list, n, fields[i], arena);
}

static bool take_span(struct str text, struct arena *arena, struct str *ret)
{
    BUF_CLEANUP struct buf out = {0};
    struct civil time;
    if (!text.n)
        return true;
    if (!civil_read_iso(text, &time) || !with_microseconds(&time, arena))
        return false;
    civil_write(&time, 9, true, &out);
    *ret = arena_str(arena, buf_view(&out));
    return true;
}

int clk_reference_of(struct str object, struct arena *arena, struct clk_reference *ret, struct fault *fault)
{
    struct clk_reference r = {0};
    const struct member *list;
    size_t n;
    if (!members_of(object, arena, &list, &n))
        return refuse("references", fault, "objects");
    r.values[0] = member_value(list, n, "name", arena);
    r.values[1] = member_value(list, n, "number", arena);
    struct str offset = member_value(list, n, "offset", arena);
    if ((offset.n && !number_text(offset, arena, &r.values[2])) ||
        !take_span(member_value(list, n, "from", arena), arena, &r.span[1]) ||
        !take_span(member_value(list, n, "until", arena), arena, &r.span[2]))
        return refuse("references", fault, "times in microseconds and offsets of at most 13 digits");
    *ret = r;
    return 0;
}
