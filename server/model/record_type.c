#include "record_type.h"

#define RECORD_TYPE(name) extern const struct record_type record_type_##name;
#define PART_TYPE(name) extern const struct part_type part_type_##name;
#include "types.def"
#undef RECORD_TYPE
#undef PART_TYPE

static const struct record_type *const types[] = {
#define RECORD_TYPE(name) &record_type_##name,
#define PART_TYPE(name)
#include "types.def"
#undef RECORD_TYPE
#undef PART_TYPE
};

static const struct part_type *const parts[] = {
#define RECORD_TYPE(name)
#define PART_TYPE(name) &part_type_##name,
#include "types.def"
#undef RECORD_TYPE
#undef PART_TYPE
    NULL};

size_t record_type_count(void)
{
    return sizeof types / sizeof *types;
}

const struct record_type *record_type_at(size_t i)
{
    return types[i];
}

const struct record_type *record_type_find(struct str name)
{
    for (size_t i = 0; i < record_type_count(); i++)
        if (str_is(name, types[i]->name))
            return types[i];
    return NULL;
}

const struct record_type *record_type_dropped(struct str filedrop)
{
    for (size_t i = 0; i < record_type_count(); i++)
        if (types[i]->filedrop && str_is(filedrop, types[i]->filedrop))
            return types[i];
    return NULL;
}

size_t part_type_count(void)
{
    return sizeof parts / sizeof *parts - 1;
}

const struct part_type *part_type_at(size_t i)
{
    return parts[i];
}

const struct part_type *part_type_find(struct str name)
{
    for (size_t i = 0; i < part_type_count(); i++)
        if (str_is(name, parts[i]->type.name))
            return parts[i];
    return NULL;
}

const struct record_type *queried_type_find(struct str name)
{
    const struct part_type *part = part_type_find(name);
    return part ? &part->type : record_type_find(name);
}

const struct field *record_type_time(const struct record_type *type)
{
    return type->time_field ? field_find(type->fields, str_of(type->time_field)) : NULL;
}

const struct field *field_find(const struct field_table *t, struct str name)
{
    size_t low = 0, high = t->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct field *f = &t->fields[middle];
        int c = str_cmp(name, (struct str){f->name, f->name_length});
        if (!c)
            return f;
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

#define NEAREST_NAME_MAX 40 /* longer than any name of a field, and short enough to try them all */

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Levenshtein's distance without regard to case, one row at a time. b has at most NEAREST_NAME_MAX bytes. */
static size_t name_distance(struct str a, struct str b)
{
    size_t row[NEAREST_NAME_MAX + 1];
    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 0; i < a.n; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.n; j++) {
            size_t best = diagonal + (lower(a.p[i]) != lower(b.p[j]));
            diagonal = row[j + 1];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j + 1] = best < diagonal + 1 ? best : diagonal + 1;
        }
    }
    return row[b.n];
}

const struct field *field_nearest(const struct field_table *t, struct str name)
{
    const struct field *nearest = NULL;
    size_t least = name.n / 3 + 1; /* more than a third of the letters wrong is another word */
    if (name.n > NEAREST_NAME_MAX)
        return NULL;
    for (size_t i = 0; i < t->n; i++) {
        struct str other = {t->fields[i].name, t->fields[i].name_length};
        size_t longer =
            other.n > name.n ? other.n - name.n : name.n - other.n; /* the least there can be between them */
        size_t distance = longer < least ? name_distance(other, name) : least;
        if (distance >= least)
            continue;
        least = distance;
        nearest = &t->fields[i];
    }
    return nearest;
}
