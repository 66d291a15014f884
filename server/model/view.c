#include "view_data.h"

#include <stdio.h>

struct compiler {
    const struct record_type *type;
    struct arena *arena;
    struct fault *fault;
    struct view *view;
    struct view_level *top;
    size_t step;      /* index of the step that is read */
    const char *kind; /* its name, "" before it is known */
};

__attribute__((format(printf, 3, 4))) static int refuse(struct compiler *c, const char *member, const char *format, ...)
{
    char where[FAULT_WHERE_MAX], detail[FAULT_DETAIL_MAX];
    snprintf(where, sizeof where, "[%zu]%s%.32s%s%.64s", c->step, *c->kind ? "." : "", c->kind, *member ? "." : "",
             member);
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return fault_set(c->fault, ERR_BAD_POLICY, where, "%s", detail);
}

/* --- reading JSON --- */

#define JSON_DEPTH_MAX 8

static bool skip_value(struct json *j, struct str *ret)
{
    struct json_budget budget = {.depth = JSON_DEPTH_MAX};
    json_space(j);
    const char *from = j->p;
    if (!json_skip(j, &budget) || budget.refused)
        return false;
    *ret = (struct str){from, (size_t)(j->p - from)};
    return true;
}

static struct json json_of(struct str text)
{
    return (struct json){text.p, text.p, text.p + text.n, NULL};
}

/* The items of an array, at most `max` of them; false if the text is none or has more. */
static bool read_items(struct str text, struct str *items, size_t max, size_t *ret_n)
{
    struct json j = json_of(text);
    size_t n = 0;
    if (!json_take(&j, '['))
        return false;
    if (!json_take(&j, ']')) {
        do {
            if (n == max || !skip_value(&j, &items[n]))
                return false;
            n++;
        } while (json_take(&j, ','));
        if (!json_take(&j, ']'))
            return false;
    }
    json_space(&j);
    *ret_n = n;
    return j.p == j.end;
}

struct member {
    struct str name, value;
};
#define MEMBERS_MAX 8

/* The members of an object; false if the text is none or has more than MEMBERS_MAX. */
static bool read_members(struct str text, struct arena *arena, struct member *members, size_t *ret_n)
{
    struct json j = json_of(text);
    struct json_string name;
    size_t n = 0;
    if (!json_take(&j, '{'))
        return false;
    if (!json_take(&j, '}')) {
        do {
            if (n == MEMBERS_MAX || json_peek(&j) != '"' || !json_take_string(&j, &name) || name.refused ||
                !json_take(&j, ':') || !skip_value(&j, &members[n].value))
                return false;
            members[n++].name = json_text(&name, arena);
        } while (json_take(&j, ','));
        if (!json_take(&j, '}'))
            return false;
    }
    json_space(&j);
    *ret_n = n;
    return j.p == j.end;
}

static bool read_text(struct str text, struct arena *arena, struct str *ret)
{
    struct json j = json_of(text);
    struct json_string s;
    if (json_peek(&j) != '"' || !json_take_string(&j, &s) || s.refused)
        return false;
    *ret = json_text(&s, arena);
    return true;
}

/* An object's members by name, each once, none besides. Those whose name begins with '?' may be missing. */
static int take_members(struct compiler *c, struct str text, const char *const *names, size_t n, struct str *ret)
{
    struct member members[MEMBERS_MAX];
    size_t found = 0, k;
    if (!read_members(text, c->arena, members, &found))
        return refuse(c, "", "expected an object");
    for (size_t i = 0; i < n; i++)
        ret[i] = (struct str){NULL, 0};
    for (size_t i = 0; i < found; i++) {
        for (k = 0; k < n && !str_is(members[i].name, names[k] + (*names[k] == '?')); k++)
            ;
        if (k == n || ret[k].p)
            return refuse(c, arena_strz(c->arena, members[i].name), k == n ? "unknown member" : "given twice");
        ret[k] = members[i].value;
    }
    for (k = 0; k < n; k++)
        if (!ret[k].p && *names[k] != '?')
            return refuse(c, names[k], "missing");
    return 0;
}

static bool read_integer(struct str text, int64_t most, int64_t *ret)
{
    struct json_number n;
    int64_t v;
    if (!json_number_parse(text, &n) || !json_number_int64(&n, &v) || v < 1 || v > most)
        return false;
    *ret = v;
    return true;
}

/* --- the fields a step names --- */

/* A name means the field of the record and every field of that name in the records inside it: what is reduced outside
 * must not be found inside. */
struct target {
    const char *expected; /* what kind of field */
    bool (*fits)(const struct field *f);
    struct projection show;
    struct decimal_step step;
};

static bool is_number(const struct field *f)
{
    return f->kind == FIELD_FLOAT || f->kind == FIELD_INT;
}

static bool is_time(const struct field *f)
{
    return f->kind == FIELD_TIME;
}

static bool is_any(const struct field *f)
{
    (void)f;
    return true;
}

static int set_projection(struct compiler *c, struct view_level *level, size_t i, const struct target *t)
{
    const struct field *f = &level->table->fields[i];
    struct projection *p = &level->fields[i];
    if (!t->fits(f))
        return refuse(c, f->name, "expected %s", t->expected);
    if (f->kind == FIELD_INT && t->show.kind == SHOW_STEP && t->step.exponent < 0)
        return refuse(c, f->name, "expected a whole step for an integer");
    if (p->kind == SHOW_NOTHING && t->show.kind == SHOW_NOTHING)
        return 0;
    if (p->kind != SHOW_WHOLE)
        return refuse(c, f->name, "another step reduces this field: expected one");
    *p = t->show;
    level->steps[i] = t->step;
    return 0;
}

static int apply_name(struct compiler *c, struct view_level *level, struct str name, const struct target *t,
                      size_t *found)
{
    const struct field_table *table = level->table;
    const struct field *f = field_find(table, name);
    int error = f ? set_projection(c, level, (size_t)(f - table->fields), t) : 0;
    *found += f != NULL;
    for (size_t i = 0; !error && i < table->n; i++)
        if (level->inner[i])
            error = apply_name(c, (struct view_level *)(uintptr_t)level->inner[i], name, t, found);
    return error;
}

static int unknown_field(struct compiler *c, const char *member, struct str name)
{
    const struct field *nearest = field_nearest(c->type->fields, name);
    return refuse(c, member, "%.*s has no field %.*s%s%s", (int)strlen(c->type->name), c->type->name, (int)name.n,
                  name.p, nearest ? "; the nearest name is " : "", nearest ? nearest->name : "");
}

static int apply(struct compiler *c, const char *member, struct str text, const struct target *t)
{
    struct str name;
    size_t found = 0;
    if (!read_text(text, c->arena, &name))
        return refuse(c, member, "expected the name of a field");
    int error = apply_name(c, c->top, name, t, &found);
    return error || found ? error : unknown_field(c, member, name);
}

/* --- the steps --- */

/* What a record cannot be sent, ordered or decided on without. */
static bool may_be_dropped(const struct record_type *type, struct str name)
{
    return !str_is(name, "classificationMarking") && !str_is(name, "dataMode") &&
           !(type->time_field && str_is(name, type->time_field));
}

static int step_drop(struct compiler *c, struct str value)
{
    const struct target target = {"any field", is_any, {.kind = SHOW_NOTHING}, {0}};
    struct str names[VIEW_FIELDS_MAX], name;
    size_t n = 0;
    int error = 0;
    if (!read_items(value, names, VIEW_FIELDS_MAX, &n) || !n)
        return refuse(c, "", "expected an array of 1 to %d names of fields", VIEW_FIELDS_MAX);
    for (size_t i = 0; !error && i < n; i++) {
        if (read_text(names[i], c->arena, &name) && !may_be_dropped(c->type, name))
            return refuse(c, "", "%.*s cannot be dropped", STR_ARG(name));
        error = apply(c, "", names[i], &target);
    }
    return error;
}

static int step_round(struct compiler *c, struct str value)
{
    static const char *const names[] = {"field", "step"};
    struct target target = {"a number", is_number, {.kind = SHOW_STEP}, {0}};
    BUF_CLEANUP struct buf text = {0};
    struct json_number n;
    struct str v[2];
    int error = take_members(c, value, names, 2, v);
    if (error)
        return error;
    if (!json_number_parse(v[1], &n) || !decimal_step_read(&n, &target.step))
        return refuse(c, "step", "expected a number above 0 of at most 9 digits, from 1e-%d to 999999999e%d",
                      DECIMAL_EXPONENT_MAX, DECIMAL_EXPONENT_MAX);
    decimal_step_write(&target.step, &text);
    target.show.step = arena_str(c->arena, buf_view(&text));
    return apply(c, "field", v[0], &target);
}

static int step_digits(struct compiler *c, struct str value)
{
    static const char *const names[] = {"field", "digits"};
    struct target target = {"a number", is_number, {.kind = SHOW_DIGITS}, {0}};
    struct str v[2];
    int64_t digits;
    int error = take_members(c, value, names, 2, v);
    if (error)
        return error;
    if (!read_integer(v[1], VIEW_DIGITS_MAX, &digits))
        return refuse(c, "digits", "expected an integer from 1 to %d", VIEW_DIGITS_MAX);
    target.show.digits = (int)digits;
    return apply(c, "field", v[0], &target);
}

static int step_time(struct compiler *c, struct str value)
{
    static const char *const names[] = {"field", "seconds"};
    struct target target = {"a time", is_time, {.kind = SHOW_TIME}, {0}};
    struct str v[2];
    int64_t seconds;
    int error = take_members(c, value, names, 2, v);
    if (error)
        return error;
    if (!read_integer(v[1], VIEW_SECONDS_MAX, &seconds))
        return refuse(c, "seconds", "expected an integer from 1 to %lld", (long long)VIEW_SECONDS_MAX);
    target.show.width = seconds * INSTANT_SECOND;
    if (target.show.width > c->view->created_width)
        c->view->created_width = target.show.width;
    return apply(c, "field", v[0], &target);
}

static int step_delay(struct compiler *c, struct str value)
{
    static const char *const names[] = {"seconds"};
    struct str v[1];
    int64_t seconds;
    int error = take_members(c, value, names, 1, v);
    if (error)
        return error;
    if (c->view->delay)
        return refuse(c, "", "given twice");
    if (!read_integer(v[0], VIEW_SECONDS_MAX, &seconds))
        return refuse(c, "seconds", "expected an integer from 1 to %lld", (long long)VIEW_SECONDS_MAX);
    c->view->delay = seconds * INSTANT_SECOND;
    return 0;
}

/* --- fields by what the descriptor says of them --- */

static bool is_covariance(const struct field *f)
{
    return f->covariance;
}

static bool is_sensor_position(const struct field *f)
{
    return f->sensor_position;
}

/* Every field of which `which` is true, except those that this step has just replaced. */
static int drop_which(struct compiler *c, struct view_level *level, bool (*which)(const struct field *f),
                      const struct view_region *except, size_t *found)
{
    const struct target target = {"any field", is_any, {.kind = SHOW_NOTHING}, {0}};
    int error = 0;
    for (size_t i = 0; !error && i < level->table->n; i++) {
        if (level->inner[i])
            error = drop_which(c, (struct view_level *)(uintptr_t)level->inner[i], which, except, found);
        if (error || !which(&level->table->fields[i]) || (except && level->fields[i].region == except))
            continue;
        error = set_projection(c, level, i, &target);
        ++*found;
    }
    return error;
}

static int step_covariance(struct compiler *c, struct str value)
{
    struct str word;
    size_t found = 0;
    if (!read_text(value, c->arena, &word) || !str_is(word, "drop"))
        return refuse(c, "", "expected \"drop\"");
    int error = drop_which(c, c->top, is_covariance, NULL, &found);
    return error || found ? error : refuse(c, "", "%s has no covariance", c->type->name);
}

/* --- regions --- */

static bool read_double(struct str text, double least, double most, double *ret)
{
    struct json_number n;
    double v;
    if (!json_number_parse(text, &n) || !json_number_double(&n, &v) || !(v >= least && v <= most))
        return false;
    *ret = v;
    return true;
}

/* As its author wrote it: a double's own digits are not. */
static struct str shortest(struct compiler *c, double v)
{
    return str_of(arena_printf(c->arena, "%.15g", v));
}

#define DEGREES_LATITUDE 90.0
#define DEGREES_LONGITUDE 180.0
#define ALTITUDE_MOST 1e6 /* km: past the Moon */

static int read_place(struct compiler *c, struct str text, struct view_area *ret, double *ret_latitude,
                      double *ret_longitude)
{
    struct str v[3];
    double latitude, longitude, altitude = 0;
    size_t n = 0;
    if (!read_items(text, v, 3, &n) || n < 2 || !read_double(v[0], -DEGREES_LATITUDE, DEGREES_LATITUDE, &latitude) ||
        !read_double(v[1], -DEGREES_LONGITUDE, DEGREES_LONGITUDE, &longitude) ||
        (n == 3 && !read_double(v[2], -ALTITUDE_MOST, ALTITUDE_MOST, &altitude)))
        return refuse(c, "regions", "at: expected [latitude, longitude] or [latitude, longitude, altitude]");
    ret->latitude = shortest(c, latitude);
    ret->longitude = shortest(c, longitude);
    ret->altitude = n == 3 ? shortest(c, altitude) : (struct str){NULL, 0};
    *ret_latitude = latitude;
    *ret_longitude = longitude;
    return 0;
}

/* The place shown lies in the area it stands for and in none before: what is projected twice is projected once. */
static int check_place(struct compiler *c, const struct view_area *areas, size_t n, double latitude, double longitude)
{
    for (size_t i = 0; i <= n; i++)
        if (view_area_holds(&areas[i], latitude, longitude))
            return i == n ? 0 : refuse(c, "regions", "at: expected a place in no region before this one");
    return refuse(c, "regions", "at: expected a place in the region");
}

enum { AREA_NAME, AREA_SOUTH, AREA_NORTH, AREA_WEST, AREA_EAST, AREA_AT, AREA_MEMBERS };

/* The area at areas[n]; those before it are read. */
static int read_area(struct compiler *c, struct str text, struct view_area *areas, size_t n)
{
    struct view_area *ret = &areas[n];
    double latitude = 0, longitude = 0;
    static const char *const names[] = {"name", "south", "north", "west", "east", "at"};
    struct str v[AREA_MEMBERS], name;
    int error = take_members(c, text, names, AREA_MEMBERS, v);
    if (error)
        return error;
    if (!read_text(v[AREA_NAME], c->arena, &name) || !name.n || name.n > VIEW_NAME_MAX)
        return refuse(c, "regions", "name: expected a string of 1 to %d bytes", VIEW_NAME_MAX);
    if (!read_double(v[AREA_SOUTH], -DEGREES_LATITUDE, DEGREES_LATITUDE, &ret->south) ||
        !read_double(v[AREA_NORTH], -DEGREES_LATITUDE, DEGREES_LATITUDE, &ret->north) || ret->south > ret->north ||
        !read_double(v[AREA_WEST], -DEGREES_LONGITUDE, DEGREES_LONGITUDE, &ret->west) ||
        !read_double(v[AREA_EAST], -DEGREES_LONGITUDE, DEGREES_LONGITUDE, &ret->east))
        return refuse(c, "regions", "%.*s: expected south and north from -90 to 90, west and east from -180 to 180",
                      STR_ARG(name));
    error = read_place(c, v[AREA_AT], ret, &latitude, &longitude);
    return error ? error : check_place(c, areas, n, latitude, longitude);
}

static int read_areas(struct compiler *c, struct str text, struct view_region *region)
{
    struct str items[VIEW_AREAS_MAX];
    size_t n = 0;
    int error = 0;
    if (!read_items(text, items, VIEW_AREAS_MAX, &n) || !n)
        return refuse(c, "regions", "expected an array of 1 to %d regions", VIEW_AREAS_MAX);
    struct view_area *areas = arena_array(c->arena, n, sizeof *areas);
    for (size_t i = 0; !error && i < n; i++) {
        error = read_area(c, items[i], areas, i);
        if (!error && region->altitude && !areas[i].altitude.p)
            error = refuse(c, "regions", "at: expected an altitude, as the step replaces one");
    }
    region->areas = areas;
    region->n = n;
    return error;
}

static bool is_coordinate(const struct field *f)
{
    return f->kind == FIELD_FLOAT && f->depth == 0;
}

/* The names are the record's own: a position inside of a part of it is not told by another name. */
static int region_field(struct compiler *c, const char *member, struct str text, const struct field **ret)
{
    struct str name;
    if (!text.p)
        return 0;
    if (!read_text(text, c->arena, &name))
        return refuse(c, member, "expected the name of a field");
    *ret = field_find(c->type->fields, name);
    if (!*ret)
        return unknown_field(c, member, name);
    return is_coordinate(*ret) ? 0 : refuse(c, member, "expected a field that holds one number");
}

enum { REGION_LATITUDE, REGION_LONGITUDE, REGION_ALTITUDE, REGION_AREAS, REGION_MEMBERS };

/* Fields of that name in the records inside this one: which area they lie in is not asked, they go. */
static int drop_inside(struct compiler *c, const struct view_level *level, const struct field *f)
{
    const struct target target = {"any field", is_any, {.kind = SHOW_NOTHING}, {0}};
    size_t found = 0;
    int error = 0;
    for (size_t i = 0; f && !error && i < level->table->n; i++)
        if (level->inner[i])
            error = apply_name(c, (struct view_level *)(uintptr_t)level->inner[i],
                               (struct str){f->name, f->name_length}, &target, &found);
    return error;
}

static int set_region(struct compiler *c, const struct field *f, const struct view_region *region)
{
    const struct target target = {
        "a field that holds one number", is_coordinate, {.kind = SHOW_REGION, .region = region}, {0}};
    if (!f)
        return 0;
    int error = set_projection(c, c->top, (size_t)(f - c->type->fields->fields), &target);
    return error ? error : drop_inside(c, c->top, f);
}

/* A sensor's other coordinates would give away what the region hides: they go. */
static int step_region(struct compiler *c, struct str value)
{
    static const char *const names[] = {"latitude", "longitude", "?altitude", "regions"};
    struct view_region *region = arena_alloc(c->arena, sizeof *region);
    struct str v[REGION_MEMBERS];
    size_t found = 0;
    int error = take_members(c, value, names, REGION_MEMBERS, v);
    if (!error)
        error = region_field(c, "latitude", v[REGION_LATITUDE], &region->latitude);
    if (!error)
        error = region_field(c, "longitude", v[REGION_LONGITUDE], &region->longitude);
    if (!error)
        error = region_field(c, "altitude", v[REGION_ALTITUDE], &region->altitude);
    if (!error)
        error = read_areas(c, v[REGION_AREAS], region);
    if (!error)
        error = set_region(c, region->latitude, region);
    if (!error)
        error = set_region(c, region->longitude, region);
    if (!error)
        error = set_region(c, region->altitude, region);
    return error || !region->latitude->sensor_position ? error
                                                       : drop_which(c, c->top, is_sensor_position, region, &found);
}

/* --- all steps --- */

static const struct {
    const char *name;
    int (*read)(struct compiler *c, struct str value);
} kinds[] = {{"covariance", step_covariance}, {"delay", step_delay}, {"digits", step_digits}, {"drop", step_drop},
             {"region", step_region},         {"round", step_round}, {"time", step_time}};

static int read_step(struct compiler *c, struct str text)
{
    struct member members[MEMBERS_MAX];
    size_t n = 0;
    c->kind = "";
    if (!read_members(text, c->arena, members, &n) || n != 1)
        return refuse(c, "", "expected an object with one member that names what is done");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_is(members[0].name, kinds[i].name))
            continue;
        c->kind = kinds[i].name;
        return kinds[i].read(c, members[0].value);
    }
    return refuse(c, "", "expected covariance, delay, digits, drop, region, round or time");
}

/* --- what says again what others say --- */

static bool is_reduced(const struct view_level *level)
{
    for (size_t i = 0; i < level->table->n; i++)
        if (level->fields[i].kind != SHOW_WHOLE || (level->inner[i] && is_reduced(level->inner[i])))
            return true;
    return false;
}

/* Whatever steps name it: nobody can tell which of the fields that are reduced it says again. */
static void hide_retelling(struct view_level *level)
{
    for (size_t i = 0; i < level->table->n; i++) {
        if (level->table->fields[i].retells)
            level->fields[i] = (struct projection){.kind = SHOW_NOTHING};
        if (level->inner[i])
            hide_retelling((struct view_level *)(uintptr_t)level->inner[i]);
    }
}

static struct view_level *level_new(const struct field_table *table, struct arena *arena)
{
    struct view_level *level = arena_alloc(arena, sizeof *level);
    const struct view_level **inner = arena_array(arena, table->n, sizeof(struct view_level *));
    *level = (struct view_level){.table = table,
                                 .fields = arena_array(arena, table->n, sizeof *level->fields),
                                 .steps = arena_array(arena, table->n, sizeof *level->steps),
                                 .inner = inner};
    for (size_t i = 0; i < table->n; i++)
        inner[i] = table->fields[i].object ? level_new(table->fields[i].object, arena) : NULL;
    return level;
}

int view_compile(const struct record_type *type, struct str steps, struct arena *arena, const struct view **ret,
                 struct fault *fault)
{
    struct view *view = arena_alloc(arena, sizeof *view);
    struct compiler c = {
        .type = type, .arena = arena, .fault = fault, .view = view, .top = level_new(type->fields, arena), .kind = ""};
    struct str items[VIEW_STEPS_MAX];
    size_t n = 0;
    int error = 0;
    if (!read_items(steps, items, VIEW_STEPS_MAX, &n))
        return fault_set(fault, ERR_BAD_POLICY, "", "expected an array of at most %d steps", VIEW_STEPS_MAX);
    for (c.step = 0; !error && c.step < n; c.step++)
        error = read_step(&c, items[c.step]);
    if (error)
        return error;
    if (is_reduced(c.top))
        hide_retelling(c.top);
    view->type = type;
    view->top = c.top;
    *ret = view;
    return 0;
}

/* --- what a view is asked --- */

const struct projection *view_field(const struct view *v, const struct field *f)
{
    return &v->top->fields[f - v->type->fields->fields];
}

int64_t view_time_width(const struct view *v)
{
    const struct field *time = record_type_time(v->type);
    return time ? view_field(v, time)->width : 0;
}

int64_t view_delay(const struct view *v)
{
    return v->delay;
}

int64_t view_created_width(const struct view *v)
{
    return v->created_width;
}
