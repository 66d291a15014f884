#include "record.h"

/* Behind a string of canonical JSON that begins at i. */
static size_t skip_string(struct str json, size_t i)
{
    for (i++; json.p[i] != '"'; i++)
        i += json.p[i] == '\\';
    return i + 1;
}

/* Behind a member of the object: the comma or brace that ends it. */
static size_t skip_member(struct str json, size_t i)
{
    size_t depth = 0;
    while (depth || (json.p[i] != ',' && json.p[i] != '}')) {
        if (json.p[i] == '"') {
            i = skip_string(json, i);
            continue;
        }
        depth += json.p[i] == '{' || json.p[i] == '[';
        depth -= json.p[i] == '}' || json.p[i] == ']';
        i++;
    }
    return i;
}

static void add_member(struct buf *b, struct str member)
{
    if (b->n > 1)
        buf_char(b, ',');
    buf_str(b, member);
}

static void add_text(struct buf *b, struct str name, struct str text)
{
    if (!text.n)
        return;
    add_member(b, STR(""));
    buf_json_str(b, name);
    buf_char(b, ':');
    buf_json_str(b, text);
}

/* Members are in the order of their names. */
struct str record_with_text(struct str canonical, struct str name, struct str text, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    bool placed = false;
    buf_char(&b, '{');
    for (size_t i = 1, end; canonical.p[i - 1] != '}' && i < canonical.n; i = end + 1) {
        end = skip_member(canonical, i);
        struct str of = {canonical.p + i + 1, end > i ? skip_string(canonical, i) - i - 2 : 0};
        int order = end > i ? str_cmp(of, name) : 1;
        if (!placed && order >= 0) {
            add_text(&b, name, text);
            placed = true;
        }
        if (order && end > i)
            add_member(&b, (struct str){canonical.p + i, end - i});
    }
    if (!placed)
        add_text(&b, name, text);
    buf_char(&b, '}');
    return arena_str(arena, buf_view(&b));
}
