#include "output.h"
#include "client.h"
#include "memory.h"
#include "records.h"
#include "utf8.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <time.h>
#include <unistd.h>

#define PROGRESS_MS 200

int complain(int status, const char *format, ...)
{
    va_list arguments;
    fputs("relto: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return status;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

int complain_problem(int status, const char *what, struct str problem)
{
    BUF_CLEANUP struct buf b = {0};
    json_t *told = json_loadb(problem.p, problem.n, 0, NULL);
    const char *detail = text_of(told, "detail"), *where = text_of(told, "where"), *type = text_of(told, "type");
    const char *code = strrchr(type, ':');
    buf_printf(&b, "%s%s%s%s%s%s%s", what, *what ? ": " : "", where, *where ? ": " : "",
               *detail ? detail : "refused without a reason", code ? " - " : "", code ? code + 1 : "");
    json_decref(told);
    BUF_CLEANUP struct buf shown = {0};
    add_shown(&shown, buf_view(&b));
    return complain(status, "%.*s", STR_ARG(buf_view(&shown)));
}

int finish_output(FILE *out, const char *name)
{
    if (fflush(out) || ferror(out))
        return complain(EX_IOERR, "%s: %s", name, strerror(errno));
    return 0;
}

int print_json(struct str json)
{
    fwrite(json.p, 1, json.n, stdout);
    putchar('\n');
    return finish_output(stdout, "standard output");
}

/* --- text --- */

void add_shown(struct buf *b, struct str text)
{
    const char *p = text.p, *end = text.p + text.n;
    while (p < end) {
        size_t n = utf8_sequence(p, end);
        bool control = !n || (unsigned char)*p < 0x20 || *p == 0x7f ||
                       (n == 2 && (unsigned char)p[0] == 0xc2 && (unsigned char)p[1] < 0xa0);
        if (control)
            buf_char(b, '?');
        else
            buf_add(b, p, n);
        p += n ? n : 1;
    }
}

int print_members(struct str object)
{
    struct members m = members_of(object);
    struct str name, value;
    BUF_CLEANUP struct buf text = {0}, line = {0};
    while (members_next(&m, &name, &value)) {
        buf_clear(&text);
        buf_clear(&line);
        value_text(name, &text);
        add_shown(&line, buf_view(&text));
        do
            buf_char(&line, ' ');
        while (line.n < 24);
        buf_clear(&text);
        value_text(value, &text);
        add_shown(&line, buf_view(&text));
        buf_char(&line, '\n');
        fwrite(line.p, 1, line.n, stdout);
    }
    return finish_output(stdout, "standard output");
}

/* --- files --- */

int output_open(struct output *o, const char *path)
{
    BUF_CLEANUP struct buf part = {0};
    *o = (struct output){.path = path, .file = stdout};
    if (!path)
        return 0;
    buf_printf(&part, "%s.part", path);
    buf_char(&part, '\0');
    o->part = memory_strdup(part.p);
    o->file = fopen(o->part, "w");
    if (o->file)
        return 0;
    complain(EX_CANTCREAT, "%s: %s", o->part, strerror(errno));
    free(o->part);
    return EX_CANTCREAT;
}

int output_close(struct output *o, int error)
{
    if (!o->path)
        return error ? error : finish_output(stdout, "standard output");
    if (!error)
        error = finish_output(o->file, o->part);
    if (!error && fsync(fileno(o->file)))
        error = complain(EX_IOERR, "%s: %s", o->part, strerror(errno));
    fclose(o->file);
    if (!error && rename(o->part, o->path))
        error = complain(EX_CANTCREAT, "%s: %s", o->path, strerror(errno));
    if (error)
        unlink(o->part);
    free(o->part);
    return error;
}

int file_replace(const char *path, struct str text)
{
    struct output o;
    int error = output_open(&o, path);
    if (error)
        return error;
    fwrite(text.p, 1, text.n, o.file);
    return output_close(&o, 0);
}

/* --- progress --- */

struct progress progress_of(const char *what, bool quiet)
{
    return (struct progress){.what = what, .on = !quiet && isatty(STDERR_FILENO)};
}

void progress_show(struct progress *p, size_t n)
{
    struct timespec t;
    if (!p->on)
        return;
    clock_gettime(CLOCK_MONOTONIC, &t);
    long long now = (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    if (now - p->shown < PROGRESS_MS)
        return;
    p->shown = now;
    fprintf(stderr, "\r%zu records %s\033[K", n, p->what);
    fflush(stderr);
}

void progress_end(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = 0;
}
