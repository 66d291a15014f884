/* Records back to the messages that they came from. */
#include "civil.h"
#include "fixed.h"
#include "json.h"
#include "rinex_records.h"

#define RINEX_TEXT_MAX 18 /* columns */

struct source {
    const struct member *list;
    size_t n;
    struct arena *arena;
};

static struct str value_of(const struct source *s, const char *field)
{
    return member_value(s->list, s->n, field, s->arena);
}

static int refuse(const char *field, struct fault *fault, const char *expected)
{
    return fault_set(fault, ERR_INVALID_RECORD, field, "expected %s", expected);
}

/* The letter alone where the message is one of its constellation. */
static int take_satellite(const struct source *s, struct rinex_nav *m, struct fault *fault)
{
    struct str id = value_of(s, "satellite");
    const struct rinex_system *system = id.n ? rinex_system_find(id.p[0]) : NULL;
    bool numbered = id.n == 3 && is_decimal(id.p[1]) && is_decimal(id.p[2]);
    if (!system || (!numbered && id.n != 1))
        return refuse("satellite", fault, "a satellite as in RINEX, G07");
    if (!str_is(value_of(s, "constellation"), system->constellation))
        return refuse("constellation", fault, "that of the satellite");
    m->system = system->letter;
    m->satellite = id;
    return 0;
}

static enum rinex_class class_of(const struct source *s)
{
    struct str name = value_of(s, "messageClass");
    enum rinex_class class = RINEX_EPH;
    if (!name.n)
        return RINEX_STO;
    while (class < RINEX_CLASSES && !str_is(name, rinex_class_name(class)))
        class ++;
    return class;
}

static int take_layout(const struct source *s, struct rinex_nav *m, struct fault *fault)
{
    enum rinex_class class = class_of(s);
    struct str model = value_of(s, "ionModel");
    static const char *const subtypes[] = {"", "KLOB", "NEQN"};
    m->type = value_of(s, "messageType");
    for (size_t i = 0; i < sizeof subtypes / sizeof *subtypes && class < RINEX_CLASSES; i++) {
        const struct rinex_layout *l = rinex_layout_find(class, m->system, m->type, str_of(subtypes[i]));
        if (l && (class != RINEX_ION || str_is(model, l->model))) {
            m->layout = l;
            return 0;
        }
    }
    return refuse("messageType", fault, "a message of its class that the system sends, with the model it has");
}

/* Without epochText, which views hide that reduce anything else, what epoch says is the same time. */
static int take_epoch(const struct source *s, struct rinex_nav *m, struct fault *fault)
{
    struct str text = value_of(s, "epochText");
    struct civil time;
    enum time_scale scale;
    instant utc;
    char iso[INSTANT_TEXT];
    size_t used = INSTANT_TEXT - 1;
    if (text.n && civil_read_iso(text, &time)) {
        m->epoch = text;
        return 0;
    }
    text = value_of(s, "epoch");
    if (!text.n || !instant_parse(text, &utc) || !time_scale_find(str_of(rinex_system_find(m->system)->scale), &scale))
        return refuse("epoch", fault, "a time");
    instant_write(time_scale_of_utc(scale, utc), iso);
    while (iso[used - 1] == '0')
        used--;
    m->epoch = arena_str(s->arena, (struct str){iso, used - (iso[used - 1] == '.')});
    return 0;
}

static int take_value(const struct source *s, enum rinex_value v, struct rinex_nav *m, struct fault *fault)
{
    const char *field = rinex_value_name(v);
    struct str text = value_of(s, field);
    struct json_number number;
    if (!text.n)
        return rinex_value_needed(v) ? refuse(field, fault, "a value, which the message cannot do without") : 0;
    if (!json_number_parse(text, &number) || (rinex_value_whole(v) && !number.integer))
        return refuse(field, fault, "a number");
    m->values[v] = text;
    return 0;
}

static int take_coefficients(const struct source *s, struct rinex_nav *m, struct fault *fault)
{
    const struct str *list;
    struct json_number number;
    size_t n, places = 0;
    for (size_t i = 0; i < m->layout->n; i++)
        places += m->layout->slots[i] != RINEX_BLANK;
    if (!elements_of(value_of(s, "ionCoefficients"), s->arena, &list, &n) || !n || n > places)
        return refuse("ionCoefficients", fault, "the coefficients of the model");
    for (size_t i = 0; i < n; i++) {
        if (!json_number_parse(list[i], &number))
            return refuse("ionCoefficients", fault, "numbers");
        m->values[RINEX_ION_FIRST + i] = list[i];
    }
    return 0;
}

static int take_values(const struct source *s, struct rinex_nav *m, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; i < m->layout->n && !error; i++)
        if (m->layout->slots[i] != RINEX_BLANK)
            error = take_value(s, m->layout->slots[i], m, fault);
    return error;
}

static int take_offset(const struct source *s, struct rinex_nav *m, struct fault *fault)
{
    static const char *const names[] = {"offset", "sbas", "utc"};
    struct str *const texts[] = {&m->offset, &m->sbas, &m->utc};
    for (size_t i = 0; i < 3; i++) {
        *texts[i] = value_of(s, names[i]);
        if (texts[i]->n > RINEX_TEXT_MAX || !fixed_text(*texts[i]))
            return refuse(names[i], fault, "at most 18 printing characters of ASCII");
    }
    return m->offset.n ? 0 : refuse("offset", fault, "between which times it is, as GPUT");
}

int rinex_of_record(const struct member *list, size_t n, struct arena *arena, struct rinex_nav *ret,
                    struct fault *fault)
{
    struct source s = {list, n, arena};
    struct rinex_nav m = {0};
    int error = take_satellite(&s, &m, fault);
    if (!error)
        error = take_layout(&s, &m, fault);
    if (!error && m.satellite.n == 1 && (m.layout->class == RINEX_EPH || m.layout->class == RINEX_EOP))
        error = refuse("satellite", fault, "a satellite as in RINEX, G07");
    if (!error)
        error = take_epoch(&s, &m, fault);
    if (!error)
        error = m.layout->class == RINEX_ION ? take_coefficients(&s, &m, fault) : take_values(&s, &m, fault);
    if (!error && m.layout->class == RINEX_STO)
        error = take_offset(&s, &m, fault);
    if (!error)
        *ret = m;
    return error;
}
