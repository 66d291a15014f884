/* Policy files: whatever is accepted comes apart into entries, which join to a file that is accepted and has them
 * again. */
#include "decide.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_entries(const struct registry *reg)
{
    const struct register_entry *a, *b;
    struct registry *again;
    BUF_CLEANUP struct buf file = {0};
    size_t n = registry_entries(reg, &a);
    registry_join(a, n, &file);
    must(registry_parse(buf_view(&file), 1, 0, NULL, NULL, &again, NULL) == 0);
    must(registry_entries(again, &b) == n);
    for (size_t i = 0; i < n; i++)
        must(str_eq(a[i].kind, b[i].kind) && str_eq(a[i].key, b[i].key) && str_eq(a[i].json, b[i].json));
    must(registry_check_change(reg, again, NULL) == 0);
    must(registry_narrows(reg, again));
    registry_unref(again);
}

static void check_readers(const struct registry *reg, struct arena *arena)
{
    const struct principal *const *all;
    size_t n = registry_principals(reg, &all);
    for (size_t i = 0; i < n; i++) {
        BUF_CLEANUP struct buf one = {0}, two = {0};
        reader_write(principal_reader(all[i]), &one);
        const struct reader *r = reader_read(reg, buf_view(&one), arena);
        must(r != NULL);
        reader_write(r, &two);
        must(str_eq(buf_view(&one), buf_view(&two)));
        must(registry_principal(reg, principal_uri(all[i])) == all[i]);
    }
}

static void check_rendering(const struct registry *reg)
{
    static const char *const kinds[] = {"partner", "community", "agreement", "reason", "view"};
    const struct register_entry *entries;
    size_t n = registry_entries(reg, &entries);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t i = 0; i < n; i++) {
            BUF_CLEANUP struct buf out = {0};
            bool shown = registry_render(reg, kinds[k], entries[i].key, STR("USA"), &out);
            must(shown || !str_is(entries[i].kind, kinds[k]) || k == 2);
        }
    }
}

/* Every reader about a record of every owner and type, under every grant. */
static void check_decisions(const struct registry *reg, struct arena *arena)
{
    const struct principal *const *all;
    const struct view_entry *views;
    const struct grant_entry *grants;
    size_t n = registry_principals(reg, &all), n_views = registry_views(reg, &views),
           n_grants = registry_grants(reg, &grants);
    struct str *ids = arena_array(arena, n_grants, sizeof *ids);
    for (size_t i = 0; i < n_grants; i++)
        ids[i] = grants[i].id;
    for (size_t i = 0; i < n; i++) {
        struct str owner = principal_partner(all[n - 1 - i]);
        const struct label label = {.policy = STR("USA"), .level = STR("U"), .owners = {1, &owner}};
        const struct subject s = {.label = &label,
                                  .originator = owner,
                                  .type = n_views ? views[0].types[0].type : STR("elset"),
                                  .data_mode = STR("REAL"),
                                  .embargo_until = INSTANT_MIN,
                                  .expires = INSTANT_MAX,
                                  .grants = ids,
                                  .n_grants = n_grants};
        struct verdict v;
        decide(reg, principal_reader(all[i]), &s, 0, &v);
        must(v.view <= n_views && (v.permit || !v.view));
        must(v.view == 0 || str_eq(views[v.view - 1].code, v.view_code));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct registry *reg;
    const instant *boundaries;
    if (registry_parse((struct str){(const char *)data, n}, 1, 0, NULL, NULL, &reg, NULL))
        return 0;
    ARENA_CLEANUP struct arena *arena = arena_new();
    check_entries(reg);
    check_readers(reg, arena);
    check_rendering(reg);
    check_decisions(reg, arena);
    size_t count = registry_boundaries(reg, &boundaries);
    for (size_t i = 1; i < count; i++)
        must(boundaries[i - 1] < boundaries[i]);
    registry_unref(reg);
    return 0;
}
