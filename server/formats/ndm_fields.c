#include "ndm_fields.h"
#include "number.h"

#include <stdio.h>

int ndm_fault(size_t line, struct fault *fault, const char *format, ...)
{
    char where[FAULT_WHERE_MAX], detail[FAULT_DETAIL_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    snprintf(where, sizeof where, "line %zu", line);
    return fault_set(fault, ERR_INVALID_RECORD, where, "%s", detail);
}

int ndm_number_json(struct str keyword, struct str text, size_t line, struct arena *arena, struct str *ret,
                    struct fault *fault)
{
    if (number_json(text, arena, ret))
        return 0;
    return ndm_fault(line, fault, "%.*s: %.*s: expected a number", STR_ARG(keyword), STR_ARG(text));
}

bool ndm_fields_take(struct ndm_fields *f, const struct ndm_event *e, struct arena *arena)
{
    const char *block = ndm_block_name(e->block);
    for (size_t i = 0; i < f->n; i++)
        if (str_is(e->keyword, f->places[i].keyword) && strcmp(block, f->places[i].block) == 0) {
            if (!f->values[i].text.p)
                f->values[i] = (struct ndm_value){arena_str(arena, e->text), e->line};
            return true;
        }
    return false;
}

struct str ndm_fields_get(const struct ndm_fields *f, const char *keyword)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->places[i].keyword, keyword) == 0 && f->values[i].text.p)
            return f->values[i].text;
    return STR("");
}

static int write_time(const struct ndm_fields *f, size_t i, const struct ndm_scale *scale, struct buf *out,
                      struct fault *fault)
{
    const struct ndm_place *p = &f->places[i];
    const struct ndm_value *v = &f->values[i];
    bool offset = p->as == AS_TIME_OR_OFFSET;
    instant t;
    if (!(offset ? ndm_instant_or_offset(v->text, scale, f->epoch, &t) : ndm_instant(v->text, scale, &t)))
        return ndm_fault(v->line, fault, "%s: %.*s: expected a time of years 1900 to 9999", p->keyword,
                         STR_ARG(v->text));
    buf_member_instant(out, p->field, t);
    return 0;
}

static int write_value(const struct ndm_fields *f, size_t i, const struct ndm_scale *scale, struct arena *arena,
                       struct buf *out, struct fault *fault)
{
    const struct ndm_place *p = &f->places[i];
    const struct ndm_value *v = &f->values[i];
    static const struct ndm_scale utc = {0};
    struct str number;
    switch (p->as) {
    case AS_TIME:
    case AS_TIME_OR_OFFSET: return write_time(f, i, scale, out, fault);
    case AS_UTC: return write_time(f, i, &utc, out, fault);
    case AS_NUMBER:
        if (ndm_number_json(str_of(p->keyword), v->text, v->line, arena, &number, fault))
            return ERR_INVALID_RECORD;
        buf_printf(out, ",\"%s\":%.*s", p->field, STR_ARG(number));
        return 0;
    case AS_TEXT:
    case AS_ITEM: buf_member_text(out, p->field, v->text); return 0;
    }
    return 0;
}

/* From the i-th on, those of one array. */
static size_t write_items(const struct ndm_fields *f, size_t i, struct buf *out)
{
    const char *field = f->places[i].field;
    bool any = false;
    for (; i < f->n && f->places[i].as == AS_ITEM && strcmp(f->places[i].field, field) == 0; i++) {
        if (!f->values[i].text.p)
            continue;
        if (any)
            buf_char(out, ',');
        else
            buf_printf(out, ",\"%s\":[", field);
        buf_json_str(out, f->values[i].text);
        any = true;
    }
    buf_z(out, any ? "]" : "");
    return i;
}

int ndm_fields_write(const struct ndm_fields *f, const struct ndm_scale *scale, struct arena *arena, struct buf *out,
                     struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; !error && i < f->n; i++) {
        if (f->places[i].as == AS_ITEM)
            i = write_items(f, i, out) - 1;
        else if (f->places[i].field && f->values[i].text.n)
            error = write_value(f, i, scale, arena, out, fault);
    }
    return error;
}

void ndm_write_sat_no(struct str catalogue, struct str designator, struct buf *out)
{
    while (designator.n > 1 && designator.p[0] == '0')
        designator = (struct str){designator.p + 1, designator.n - 1};
    if (str_is(catalogue, "SATCAT") && str_is_digits(designator) && designator.n < 10)
        buf_printf(out, ",\"satNo\":%.*s", STR_ARG(designator));
}
