#include "problem.h"

static void member(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, ",\"%s\":", name);
    buf_json_str(out, str_of(text));
}

static bool shows_detail(const struct fault *f)
{
    return f->code != ERR_NOT_FOUND && error_status((int)f->code) < 500;
}

/* What clients of the Unified Data Library show of an error: this member alone, so it has the place, too. */
static void write_message(const struct fault *fault, const char *shown, struct buf *out)
{
    BUF_CLEANUP struct buf text = {0};
    if (shows_detail(fault) && fault->where[0])
        buf_printf(&text, "%s: ", fault->where);
    buf_z(&text, shown);
    buf_z(out, ",\"message\":");
    buf_json_str(out, buf_view(&text));
}

void problem_write(const struct fault *fault, const char *extra, struct buf *out)
{
    int code = (int)fault->code;
    const char *shown = shows_detail(fault) ? fault->detail : error_title(code);
    buf_printf(out, "{\"type\":\"urn:relto:error:%s\"", error_name(code));
    member(out, "title", error_title(code));
    buf_printf(out, ",\"status\":%d", error_status(code));
    member(out, "detail", shown);
    if (shows_detail(fault)) {
        if (fault->where[0])
            member(out, "where", fault->where);
        if (fault->offset >= 0)
            buf_printf(out, ",\"offset\":%ld", fault->offset);
        if (extra && *extra)
            buf_printf(out, ",%s", extra);
    }
    write_message(fault, shown, out);
    buf_char(out, '}');
}

bool problem_retries(const struct fault *fault)
{
    int status = error_status((int)fault->code);
    return status == 429 || status == 503;
}
