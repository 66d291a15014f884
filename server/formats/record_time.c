#include "record_time.h"
#include "ndm_time.h"

bool record_time(struct str text, struct arena *arena, struct str *ret)
{
    static const struct ndm_scale utc = {0};
    instant t;
    char out[INSTANT_TEXT];
    if (!ndm_instant(text, &utc, &t))
        return false;
    instant_write(t, out);
    *ret = str_of(arena_printf(arena, "\"%.*s\"", INSTANT_TEXT, out));
    return true;
}

bool record_time_is_cut(struct str text)
{
    const char *point = text.n ? memchr(text.p, '.', text.n) : NULL;
    return point && text.p + text.n - point > (text.p[text.n - 1] == 'Z') + 7;
}
