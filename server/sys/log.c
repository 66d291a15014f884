#include "log.h"
#include "buf.h"
#include "memory.h"

#include <stdarg.h>
#include <time.h>
#include <unistd.h>

struct log {
    enum log_format format;
    _Atomic int least;
    int fd;
};

static const char *const level_names[] = {"debug", "info", "warning", "error"};

struct log *log_new(enum log_format format, enum error_level least, int fd)
{
    struct log *l = memory_zeroed(sizeof *l);
    l->format = format;
    l->least = (int)least;
    l->fd = fd;
    return l;
}

void log_free(struct log *l)
{
    free(l);
}

void log_set_level(struct log *l, enum error_level least)
{
    l->least = (int)least;
}

static void add_pair(const struct log *l, struct buf *b, const char *key, const char *value)
{
    struct str v = str_of(value ? value : "");
    if (l->format == LOG_JSON) {
        buf_char(b, ',');
        buf_json_str(b, str_of(key));
        buf_char(b, ':');
    } else {
        buf_printf(b, " %s=", key);
    }
    buf_json_str(b, v);
}

/* The system's clock, not the injected one: operators correlate log lines with other machines. */
static void begin_line(const struct log *l, struct buf *b, enum error_level level, const char *event)
{
    struct timespec ts;
    char now[INSTANT_TEXT + 1];
    clock_gettime(CLOCK_REALTIME, &ts);
    instant_text((instant)ts.tv_sec * INSTANT_SECOND + ts.tv_nsec / 1000, now);
    if (l->format == LOG_JSON)
        buf_printf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", now, level_names[level], event);
    else
        buf_printf(b, "%s %s %s", now, level_names[level], event);
}

void log_event(struct log *l, enum error_level level, const char *event, ...)
{
    if (!l || (int)level < l->least)
        return;
    BUF_CLEANUP struct buf b = {0};
    begin_line(l, &b, level, event);
    va_list args;
    va_start(args, event);
    for (const char *key = va_arg(args, const char *); key; key = va_arg(args, const char *))
        add_pair(l, &b, key, va_arg(args, const char *));
    va_end(args);
    buf_z(&b, l->format == LOG_JSON ? "}\n" : "\n");
    if (write(l->fd, b.p, b.n) < 0)
        return; /* nowhere left to complain */
}

void log_fault(struct log *l, const char *event, const struct fault *f)
{
    log_event(l, error_log_level((int)f->code), event, "code", error_name((int)f->code), "where", f->where, "detail",
              f->detail, NULL);
}
