#include "view_data.h"

/* Everything here errs towards false: what is not proved is not within. */

static bool same_areas(const struct view_region *a, const struct view_region *b)
{
    if (a->latitude != b->latitude || a->longitude != b->longitude || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct view_area *x = &a->areas[i], *y = &b->areas[i];
        if (x->south != y->south || x->north != y->north || x->west != y->west || x->east != y->east ||
            !str_eq(x->latitude, y->latitude) || !str_eq(x->longitude, y->longitude) ||
            !str_eq(x->altitude, y->altitude))
            return false;
    }
    return true;
}

static enum projection_kind shown(const struct view_level *level, const struct field *f)
{
    return level->fields[f - level->table->fields].kind;
}

/* The area follows from latitude and longitude, and from nothing less. */
static bool region_within(const struct view_region *r, const struct view_level *wide, size_t i)
{
    const struct projection *w = &wide->fields[i];
    if (w->kind == SHOW_REGION)
        return same_areas(r, w->region);
    return w->kind != SHOW_NOTHING && shown(wide, r->latitude) == SHOW_WHOLE && shown(wide, r->longitude) == SHOW_WHOLE;
}

static bool field_within(const struct view_level *narrow, const struct view_level *wide, size_t i)
{
    const struct projection *n = &narrow->fields[i], *w = &wide->fields[i];
    if (n->kind == SHOW_NOTHING)
        return true;
    if (n->kind == SHOW_REGION)
        return region_within(n->region, wide, i);
    if (w->kind == SHOW_WHOLE)
        return true;
    if (n->kind != w->kind)
        return false;
    switch (n->kind) {
    case SHOW_STEP: return decimal_step_multiple(&narrow->steps[i], &wide->steps[i]);
    case SHOW_DIGITS: return n->digits <= w->digits;
    case SHOW_TIME: return n->width % w->width == 0;
    default: return false;
    }
}

static bool level_within(const struct view_level *narrow, const struct view_level *wide)
{
    for (size_t i = 0; i < narrow->table->n; i++) {
        if (!field_within(narrow, wide, i))
            return false;
        if (narrow->inner[i] && narrow->fields[i].kind == SHOW_WHOLE && !level_within(narrow->inner[i], wide->inner[i]))
            return false;
    }
    return true;
}

/* A multiple of the wider view's; what is not coarsened at all tells everything. */
static bool created_within(int64_t narrow, int64_t wide)
{
    return !wide || (narrow && narrow % wide == 0);
}

bool view_within(const struct view *narrow, const struct view *wide)
{
    return narrow->type == wide->type && narrow->delay >= wide->delay &&
           created_within(narrow->created_width, wide->created_width) && level_within(narrow->top, wide->top);
}
