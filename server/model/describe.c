#include "record_type.h"

#include <float.h>

static void range_write(const struct field *f, struct buf *out)
{
    if (!field_limited(f))
        return;
    if (f->max >= DBL_MAX)
        buf_printf(out, " of at least %.15g", f->min);
    else
        buf_printf(out, " from %.15g to %.15g", f->min, f->max);
}

static void values_write(const struct field *f, struct buf *out)
{
    buf_z(out, "one of ");
    for (size_t i = 0; f->values[i]; i++)
        buf_printf(out, "%s%s", i ? ", " : "", f->values[i]);
}

static void one_expected(const struct field *f, struct buf *out)
{
    switch (f->kind) {
    case FIELD_STRING:
        buf_z(out, "a string");
        if (field_limited(f))
            buf_printf(out, " of %.15g to %.15g characters", f->min, f->max);
        break;
    case FIELD_INT:
        buf_z(out, "an integer");
        range_write(f, out);
        break;
    case FIELD_FLOAT:
        buf_z(out, "a number");
        range_write(f, out);
        break;
    case FIELD_ENUM: values_write(f, out); break;
    case FIELD_BOOL: buf_z(out, "true or false"); break;
    case FIELD_TIME: buf_z(out, "a time such as 2026-01-31T12:00:00.000000Z"); break;
    case FIELD_OBJECT:
    case FIELD_ANY_KIND_COUNT: buf_z(out, "an object"); break;
    }
}

void field_expected(const struct field *f, int depth, struct buf *out)
{
    for (int level = 0; level < depth; level++)
        buf_z(out, "an array, each item ");
    one_expected(f, out);
}
