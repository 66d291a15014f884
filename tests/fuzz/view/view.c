/* A view's steps and a body. Input: one byte that chooses the type, the steps as JSON up to a line end, then a body.
 * What a compiled view leaves of an accepted record has no field the record does not have, and is left as it is by the
 * same view; every view lies within itself and within the whole record. */
#include "view.h"
#include "record.h"

#include <stdlib.h>

#define NOW INT64_C(1780315200) * INSTANT_SECOND /* 2026-06-01T12:00:00Z */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static const struct record_limits limits = {RECORD_DEPTH_MAX, RECORD_ELEMENTS_MAX, RECORD_STRING_MAX};
static const struct str own_marking = {NULL, 0};

/* Members of canonical text are named once at each place: a name is in `shown` no more often than in `whole`. */
static size_t count_name(struct str text, const struct field *f)
{
    BUF_CLEANUP struct buf name = {0};
    size_t n = 0;
    buf_printf(&name, "\"%s\":", f->name);
    for (size_t i = 0; i + name.n <= text.n; i++)
        n += memcmp(text.p + i, name.p, name.n) == 0;
    return n;
}

static void check_names(const struct field_table *table, struct str whole, struct str shown)
{
    for (size_t i = 0; i < table->n; i++) {
        must(count_name(shown, &table->fields[i]) <= count_name(whole, &table->fields[i]));
        if (table->fields[i].object)
            check_names(table->fields[i].object, whole, shown);
    }
}

static void check_view(const struct record_type *type, const struct view *v, struct str body, struct arena *arena)
{
    BUF_CLEANUP struct buf once = {0}, twice = {0};
    struct record r;
    struct record_scan *s = record_scan_new(type, body, false, &limits, NOW, arena);
    if (record_scan_next(s, &r, NULL) != 0)
        return;
    must(view_project(v, r.canonical, own_marking, &once));
    must(view_project(v, buf_view(&once), own_marking, &twice));
    must(str_eq(buf_view(&once), buf_view(&twice)));
    check_names(type->fields, r.canonical, buf_view(&once));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    const struct view *v, *whole;
    struct fault fault;
    if (!size)
        return 0;
    const struct record_type *type = record_type_at(data[0] % record_type_count());
    const char *steps = (const char *)data + 1, *end = (const char *)data + size;
    const char *line = memchr(steps, '\n', size - 1);
    struct str body = line ? (struct str){line + 1, (size_t)(end - line - 1)} : STR("{}");
    int rc = view_compile(type, (struct str){steps, (size_t)((line ? line : end) - steps)}, arena, &v, &fault);
    must(rc == 0 || rc == ERR_BAD_POLICY);
    if (rc)
        return 0;
    must(view_compile(type, STR("[]"), arena, &whole, NULL) == 0);
    must(view_within(v, v) && view_within(v, whole));
    view_project(v, body, own_marking, &out); /* whatever it is */
    check_view(type, v, body, arena);
    return 0;
}
