/* tail: what one comes to see, as it comes, from a position on that a file keeps. */
#include "client.h"
#include "output.h"
#include "records.h"

#include <errno.h>
#include <time.h>

#define WAIT "wait=60" /* seconds the exchange holds an answer until there is something */
#define PAUSE_MAX 60

struct tail {
    struct client *c;
    struct buf position;
    bool waits; /* all that was there has been shown */
    long left;  /* changes still to show, 0: any number */
};

static int read_position(struct tail *t)
{
    const struct options *o = &t->c->options;
    const char *path = o->value[OPTION_POSITION], *after = o->value[OPTION_AFTER];
    char line[64] = "";
    FILE *file = path ? fopen(path, "r") : NULL;
    if (path && !file && errno != ENOENT)
        return complain(EX_NOINPUT, "%s: %s", path, strerror(errno));
    if (file) {
        bool good = fgets(line, sizeof line, file) != NULL;
        fclose(file);
        line[strcspn(line, "\n")] = '\0';
        if (!good || !*line || line[strspn(line, "0123456789")])
            return complain(EX_DATAERR, "%s: expected a position, as tail keeps it there", path);
    }
    buf_z(&t->position, *line ? line : after ? after : "latest");
    return 0;
}

/* Only behind what was written: what breaks off is shown again, never left out. */
static int keep_position(struct tail *t, struct str position)
{
    const char *path = t->c->options.value[OPTION_POSITION];
    BUF_CLEANUP struct buf line = {0};
    int error = finish_output(stdout, "standard output");
    bool moved = !str_eq(position, buf_view(&t->position));
    buf_clear(&t->position);
    buf_str(&t->position, position);
    buf_str(&line, position);
    buf_char(&line, '\n');
    return !error && path && moved ? file_replace(path, buf_view(&line)) : error;
}

static void add_column(struct buf *line, struct str value, size_t width)
{
    BUF_CLEANUP struct buf text = {0};
    size_t from = line->n;
    value_text(value, &text);
    add_shown(line, buf_view(&text));
    do
        buf_char(line, ' ');
    while (line->n - from < width);
}

static void show_line(struct str change)
{
    BUF_CLEANUP struct buf line = {0};
    struct str record = member_of(change, "record"), notice = member_of(change, "notice");
    struct str body = record.p ? record : notice;
    add_column(&line, member_of(change, "position"), 16);
    add_column(&line, record.p ? member_of(change, "type") : STR("\"notice\""), 20);
    add_column(&line, member_of(body, "id"), 38);
    if (record.p)
        add_column(&line, member_of(member_of(body, "relto"), "effectiveMarking"), 0);
    else
        add_column(&line, member_of(body, "kind"), 0);
    line.p[line.n - 1] = '\n';
    fwrite(line.p, 1, line.n, stdout);
}

static int show_page(struct tail *t, struct str answer)
{
    struct members changes = elements_of(member_of(answer, "changes"));
    struct str change, position = member_of(answer, "position");
    bool ended = false;
    if (!position.n)
        return complain(EX_PROTOCOL, "the answer has no position");
    while (!ended && elements_next(&changes, &change)) {
        if (t->c->options.value[OPTION_JSON])
            printf("%.*s\n", STR_ARG(change));
        else
            show_line(change);
        ended = t->left && !--t->left;
        position = ended ? member_of(change, "position") : position;
    }
    t->waits = !str_is(member_of(answer, "more"), "true");
    int error = keep_position(t, position);
    return error ? error : ended ? -1 : 0;
}

static int ask(struct tail *t)
{
    const char *type = t->c->options.value[OPTION_TYPE];
    BUF_CLEANUP struct buf after = {0}, of_type = {0};
    const char *query[3];
    struct str answer;
    size_t n = 0;
    buf_printf(&after, "after=%.*s", STR_ARG(buf_view(&t->position)));
    buf_char(&after, '\0');
    query[n++] = after.p;
    if (type) {
        buf_printf(&of_type, "type=%s", type);
        buf_char(&of_type, '\0');
        query[n++] = of_type.p;
    }
    if (t->waits)
        query[n++] = WAIT;
    const struct call call = {.path = "/v1/changes", .query = query, .n_query = n};
    int error = exchange_ask(t->c->exchange, &call, &answer);
    return error ? error : show_page(t, answer);
}

/* Somebody who follows goes on when the exchange is back. */
static void pause_before(long *seconds)
{
    struct timespec left = {.tv_sec = *seconds};
    *seconds = *seconds * 2 < PAUSE_MAX ? *seconds * 2 : PAUSE_MAX;
    while (nanosleep(&left, &left))
        ;
}

int run_tail(struct client *c, char **arguments, int n)
{
    struct tail t = {.c = c};
    bool once = c->options.value[OPTION_ONCE] != NULL;
    long seconds = 1;
    int error = options_number(&c->options, OPTION_LIMIT, 1, 1000000000, 0, &t.left);
    if (n)
        c->options.value[OPTION_TYPE] = arguments[0];
    if (!error)
        error = read_position(&t);
    while (!error && !(once && t.waits)) {
        error = ask(&t);
        bool passing = error == EX_TEMPFAIL || error == EX_UNAVAILABLE;
        if (!passing) {
            seconds = 1;
        } else if (!once) {
            pause_before(&seconds);
            error = 0;
        }
    }
    buf_free(&t.position);
    return error < 0 ? 0 : error;
}
