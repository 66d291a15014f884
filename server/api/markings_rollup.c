/* POST /v1/markings/rollup: the banner of a document from its portions. Text for people, never asked for access. */
#include "input.h"
#include "label_input.h"
#include "resources.h"
#include "rollup.h"
#include "verdict.h"

#include <stdio.h>

#define COMPILATION_MAX 512 /* bytes of a compilation reason */

struct rolling {
    const struct label *portions[ROLLUP_PORTIONS_MAX];
    unsigned effects[ROLLUP_PORTIONS_MAX];
    size_t n;
    const struct label *stated; /* NULL: no banner was given */
    struct str compilation;     /* {NULL,0}: none */
    const struct label *rolled;
    enum rollup_relation relation;
    const char *differs;
    const char *extra;
};

static int read_portion(struct request *r, const json_t *text, size_t i, struct rolling *b, struct fault *fault)
{
    char where[FAULT_WHERE_MAX];
    struct admitted a;
    snprintf(where, sizeof where, "$.portions[%zu]", i);
    if (!json_is_string(text))
        return fault_set(fault, ERR_BAD_REQUEST, where, "expected a string");
    struct str marking = {json_string_value(text), json_string_length(text)};
    int error = label_input(r, marking, b->stated, (struct str){NULL, 0}, where, &a, &b->extra, fault);
    if (!error)
        b->portions[i] = a.label;
    else
        snprintf(fault->where, sizeof fault->where, "%s", where);
    return error;
}

static int read_portions(struct request *r, const json_t *body, struct rolling *b, struct fault *fault)
{
    const json_t *list = json_object_get(body, "portions");
    int error = 0;
    b->n = json_array_size(list);
    if (!b->n || b->n > ROLLUP_PORTIONS_MAX)
        return fault_set(fault, ERR_BAD_REQUEST, "$.portions", "expected an array of 1 to %d markings",
                         ROLLUP_PORTIONS_MAX);
    for (size_t i = 0; i < b->n && !error; i++)
        error = read_portion(r, json_array_get(list, i), i, b, fault);
    return error;
}

static int read_stated(struct request *r, const json_t *body, struct rolling *b, struct fault *fault)
{
    struct str banner;
    int error = member_text(body, "banner", false, &banner, fault);
    if (!error)
        error = member_text(body, "compilation", false, &b->compilation, fault);
    if (error)
        return error;
    if (b->compilation.p && (!b->compilation.n || b->compilation.n > COMPILATION_MAX))
        return fault_set(fault, ERR_BAD_REQUEST, "$.compilation",
                         "expected 1 to %d bytes: why the whole is more than "
                         "its parts",
                         COMPILATION_MAX);
    if (!banner.p)
        return b->compilation.p ? fault_set(fault, ERR_BAD_REQUEST, "$.compilation",
                                            "explains a banner that is narrower: expected `banner` beside it")
                                : 0;
    return banner_input(r, banner, &b->stated, &b->extra, fault);
}

static int check_stated(struct request *r, struct rolling *b, struct fault *fault)
{
    const struct registry *reg = caller_of(r)->registry;
    BUF_CLEANUP struct buf banner = {0};
    if (!b->stated)
        return 0;
    label_text(reg, b->rolled, caller_partner(r), true, &banner);
    b->relation = rollup_compare(reg, b->stated, b->rolled, &b->differs);
    if (b->relation == ROLLUP_WIDER) {
        b->extra = "\"rule\":\"ISM-ID-00318\"";
        return fault_set(fault, ERR_INVALID_MARKING, "$.banner",
                         "%s: less restrictive than its portions, which give %.*s", b->differs, (int)banner.n,
                         banner.p);
    }
    if (b->relation == ROLLUP_NARROWER && !b->compilation.p) {
        b->extra = "\"rule\":\"ISM-ID-00320\"";
        return fault_set(fault, ERR_INVALID_MARKING, "$.banner",
                         "%s: more restrictive than its portions, which give %.*s: expected `compilation`, the reason",
                         b->differs, (int)banner.n, banner.p);
    }
    if (b->relation == ROLLUP_SAME && b->compilation.p)
        return fault_set(fault, ERR_INVALID_MARKING, "$.compilation",
                         "the banner is what the portions give: no reason "
                         "is needed");
    return 0;
}

/* ---- the answer ---- */

/* As the author would write it: naming the owners where they are others. */
static void add_text(struct request *r, struct buf *b, const char *name, const struct label *l, bool banner)
{
    BUF_CLEANUP struct buf text = {0};
    label_text(caller_of(r)->registry, l, caller_partner(r), banner, &text);
    text_member(b, name, buf_view(&text));
}

static void add_effects(unsigned effects, struct buf *b)
{
    bool first = true;
    for (unsigned e = 0; e < ROLLUP_EFFECTS; e++) {
        if (!(effects >> e & 1))
            continue;
        buf_printf(b, "%s{\"what\":\"%s\",\"rule\":", first ? "" : ",", rollup_effect_name((enum rollup_effect)e));
        buf_json_str(b, str_of(rollup_effect_rule((enum rollup_effect)e)));
        buf_char(b, '}');
        first = false;
    }
}

static void add_portions(struct request *r, const struct rolling *b, struct buf *out)
{
    buf_z(out, ",\"portions\":[");
    for (size_t i = 0; i < b->n; i++) {
        buf_z(out, i ? ",{" : "{");
        add_text(r, out, "portion", b->portions[i], false);
        buf_z(out, ",\"narrows\":[");
        add_effects(b->effects[i], out);
        buf_z(out, "]}");
    }
    buf_char(out, ']');
}

static void add_stated(struct request *r, const struct rolling *b, struct buf *out)
{
    if (!b->stated)
        return;
    buf_z(out, ",\"stated\":{");
    add_text(r, out, "banner", b->stated, true);
    buf_printf(out, ",\"relation\":\"%s\"", b->relation == ROLLUP_SAME ? "same" : "narrower");
    if (b->compilation.p) {
        buf_z(out, ",\"compilation\":");
        buf_json_str(out, b->compilation);
    }
    buf_char(out, '}');
}

static void render(struct request *r, const struct rolling *b, struct buf *out)
{
    buf_char(out, '{');
    add_text(r, out, "banner", b->rolled, true);
    buf_char(out, ',');
    add_text(r, out, "portion", b->rolled, false);
    buf_z(out, ",\"label\":");
    label_write(b->rolled, out);
    add_portions(r, b, out);
    add_stated(r, b, out);
    buf_char(out, '}');
}

void markings_rollup(struct request *r)
{
    static const char *const allowed[] = {"portions", "banner", "compilation", NULL};
    const struct registry *reg = caller_of(r)->registry;
    struct rolling *b = arena_alloc(request_arena(r), sizeof *b);
    json_auto_t *body = NULL;
    struct fault fault;
    BUF_CLEANUP struct buf out = {0};
    int error = body_object(r, allowed, &body, &fault);
    if (!error)
        error = read_stated(r, body, b, &fault);
    if (!error)
        error = read_portions(r, body, b, &fault);
    if (!error) {
        rollup(reg, caller_partner(r), b->portions, b->n, request_arena(r), &b->rolled, b->effects);
        error = check_stated(r, b, &fault);
    }
    if (error) {
        reply_fault(r, &fault, b->extra);
        return;
    }
    render(r, b, &out);
    reply_json(r, 200, buf_view(&out));
}
