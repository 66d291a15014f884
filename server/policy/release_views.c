/* Tear lines: reduced versions of a record that its originator labels itself. */
#include "registry_data.h"

#include <stdio.h>

/* Each is read as if it were posted alone by the same poster for the same owners. */
static int read_release_view(const struct registry *reg, struct str poster, const struct wire_release_view *view,
                             const struct codes *owners, struct arena *arena, size_t at, const struct label **ret,
                             struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    struct wire_label alone = {
        .owners = *owners, .review_by = INSTANT_MAX, .embargo_until = INSTANT_MIN, .expires = INSTANT_MAX};
    struct fault inner = {0};
    if (registry_view(reg, view->view) < 0) {
        snprintf(where, sizeof where, "relto.releaseViews[%zu].view", at);
        return fault_set(fault, ERR_INVALID_LABEL, where, "`%.*s` is not a registered view", STR_ARG(view->view));
    }
    if (!label_parse(reg, poster, view->marking, &alone, arena, ret, NULL, &inner))
        return 0;
    snprintf(where, sizeof where, "relto.releaseViews[%zu].classificationMarking", at);
    return fault_set(fault, ERR_INVALID_LABEL, where, "`%.*s`: %s", STR_ARG(view->marking), inner.detail);
}

int label_add_release_views(const struct registry *reg, struct str poster, const struct wire_label *wire,
                            struct arena *arena, struct label *l, struct fault *fault)
{
    struct release_view *v = arena_array(arena, wire->n_release_views, sizeof *v);
    for (size_t i = 0; i < wire->n_release_views; i++) {
        v[i].view = wire->release_views[i].view;
        int error = read_release_view(reg, poster, &wire->release_views[i], &l->owners, arena, i, &v[i].label, fault);
        if (error)
            return error;
    }
    l->release_views = v;
    l->n_release_views = wire->n_release_views;
    return 0;
}
