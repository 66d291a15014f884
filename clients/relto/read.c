/* whoami, get, query, count, export: what the exchange shows. */
#include "client.h"
#include "listing.h"
#include "memory.h"
#include "records.h"

#include <errno.h>

/* The members that a table of records begins with. */
#define FIRST_COLUMNS "id,effectiveMarking"

static int show(struct client *c, struct str object)
{
    return c->options.value[OPTION_JSON] ? print_json(object) : print_members(object);
}

int run_whoami(struct client *c, char **arguments, int n)
{
    const struct call call = {.path = "/v1/whoami"};
    struct str answer;
    (void)arguments;
    (void)n;
    int error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : show(c, answer);
}

static void type_path(struct buf *path, const char *type, const char *id, const char *rest)
{
    buf_z(path, "/v1");
    path_add(path, type);
    if (id)
        path_add(path, id);
    buf_z(path, rest);
    buf_char(path, '\0');
}

int run_get(struct client *c, char **arguments, int n)
{
    BUF_CLEANUP struct buf path = {0};
    struct str answer;
    (void)n;
    type_path(&path, arguments[0], arguments[1], "");
    const struct call call = {.path = path.p};
    int error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : show(c, answer);
}

static int check_predicates(char **arguments, int n)
{
    for (int i = 1; i < n; i++)
        if (!strchr(arguments[i], '='))
            return complain(EX_USAGE, "%s: expected FIELD=VALUE", arguments[i]);
    return 0;
}

static struct call question(const struct buf *path, char **arguments, int n)
{
    return (struct call){.path = path->p, .query = (const char *const *)(arguments + 1), .n_query = (size_t)n - 1};
}

int run_count(struct client *c, char **arguments, int n)
{
    BUF_CLEANUP struct buf path = {0};
    struct str answer;
    type_path(&path, arguments[0], NULL, "/count");
    const struct call call = question(&path, arguments, n);
    int error = check_predicates(arguments, n);
    if (!error)
        error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : print_json(answer);
}

/* Asks for records and lists them; out is not closed. */
static int list(struct client *c, char **arguments, int n, enum form form, FILE *out)
{
    BUF_CLEANUP struct buf path = {0};
    type_path(&path, arguments[0], NULL, "");
    struct call call = question(&path, arguments, n);
    int error = check_predicates(arguments, n);
    if (error)
        return error;
    struct listing *l = listing_new(form, c->options.value[OPTION_COLUMNS], form == FORM_TABLE ? FIRST_COLUMNS : "",
                                    out, progress_of("received", c->options.value[OPTION_QUIET] != NULL));
    call.sink = listing_take;
    call.ctx = l;
    error = exchange_ask(c->exchange, &call, NULL);
    if (!error)
        error = listing_end(l, exchange_banner(c->exchange));
    listing_free(l);
    return error;
}

int run_query(struct client *c, char **arguments, int n)
{
    int error = list(c, arguments, n, c->options.value[OPTION_JSON] ? FORM_JSON : FORM_TABLE, stdout);
    return error ? error : finish_output(stdout, "standard output");
}

/* False: the exchange has to make it. */
static bool own_form(const char *text, enum form *ret)
{
    static const char *const names[] = {[FORM_NDJSON] = "ndjson", [FORM_JSON] = "json", [FORM_CSV] = "csv"};
    for (int i = 0; i < 3; i++)
        if (!text || !strcmp(text, names[i])) {
            *ret = (enum form)i;
            return true;
        }
    return false;
}

static int write_piece(void *ctx, struct str piece)
{
    FILE *out = ctx;
    bool written = fwrite(piece.p, 1, piece.n, out) == piece.n;
    return written ? 0 : complain(EX_IOERR, "cannot write: %s", strerror(errno));
}

static void tell_left_out(const struct client *c)
{
    struct str n = exchange_left_out(c->exchange), ids = exchange_left_out_ids(c->exchange);
    if (n.n)
        fprintf(stderr, "relto: left out, as %s cannot express them: %.*s%s%.*s\n", c->options.value[OPTION_FORMAT],
                STR_ARG(n), ids.n ? ": " : "", STR_ARG(ids));
}

/* In a form that the exchange makes; out is not closed. */
static int fetch(struct client *c, char **arguments, int n, FILE *out)
{
    BUF_CLEANUP struct buf path = {0}, format = {0};
    const char **query = memory_zeroed((size_t)(n + 2) * sizeof *query);
    size_t n_query = 0;
    int error = check_predicates(arguments, n);
    type_path(&path, arguments[0], NULL, "");
    buf_printf(&format, "format=%s", c->options.value[OPTION_FORMAT]);
    buf_char(&format, '\0');
    for (int i = 1; i < n; i++)
        query[n_query++] = arguments[i];
    query[n_query++] = format.p;
    if (c->options.value[OPTION_PARTIAL])
        query[n_query++] = "partial=true";
    const struct call call = {.path = path.p, .query = query, .n_query = n_query, .sink = write_piece, .ctx = out};
    if (!error)
        error = exchange_ask(c->exchange, &call, NULL);
    if (!error)
        tell_left_out(c);
    free(query);
    return error;
}

static int check_export(const struct client *c, bool own, enum form form)
{
    if (c->options.value[OPTION_COLUMNS] && !(own && form == FORM_CSV))
        return complain(EX_USAGE, "--columns is for csv");
    return own && c->options.value[OPTION_PARTIAL] ? complain(EX_USAGE, "--partial is for formats of other tools") : 0;
}

int run_export(struct client *c, char **arguments, int n)
{
    struct output out;
    enum form form = FORM_NDJSON;
    bool own = own_form(c->options.value[OPTION_FORMAT], &form);
    int error = check_export(c, own, form);
    if (!error)
        error = output_open(&out, c->options.value[OPTION_OUTPUT]);
    if (error)
        return error;
    return output_close(&out, own ? list(c, arguments, n, form, out.file) : fetch(c, arguments, n, out.file));
}
