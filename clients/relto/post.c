/* post, import: records from files or standard input, in pieces that may be sent again without harm. */
#include "client.h"
#include "digest.h"
#include "files.h"
#include "memory.h"
#include "records.h"

#include <errno.h>
#include <jansson.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PIECE_BYTES (4 << 20) /* of one request, unless one record is longer */
#define READ_BYTES 65536
#define INPUT_MAX (1 << 30) /* bytes of a file that comes on standard input */

struct item {
    size_t number, line; /* of the input; of its file */
    struct digest digest;
};

struct posting {
    struct client *c;
    const char *file; /* for messages */
    bool import;
    struct buf type; /* of the piece, ended by NUL */
    struct buf body;
    struct item *items; /* room for `most` */
    size_t n, most;
    struct report *report;
    struct tally tally;
    struct progress progress;
};

/* --- answers --- */

static void tell_accepted(struct posting *p, const struct item *item, struct str id)
{
    BUF_CLEANUP struct buf text = {0};
    value_text(id, &text);
    p->tally.accepted++;
    report_add(p->report, item->number, p->type.p, &item->digest, buf_view(&text));
    if (p->c->options.value[OPTION_JSON])
        printf("{\"record\":%zu,\"id\":%.*s}\n", item->number, STR_ARG(id));
    else
        printf("%.*s\n", STR_ARG(buf_view(&text)));
}

static void tell_refused(struct posting *p, const struct item *item, struct str error)
{
    char what[300];
    p->tally.refused++;
    progress_end(&p->progress);
    if (p->c->options.value[OPTION_JSON])
        printf("{\"record\":%zu,\"line\":%zu,\"error\":%.*s}\n", item->number, item->line, STR_ARG(error));
    snprintf(what, sizeof what, "%.200s:%zu: record %zu", p->file, item->line, item->number);
    complain_problem(EX_DATAERR, what, error);
}

/* {"results":[{"index":0,"id":"..."},{"index":1,"error":{...}}]}: one for each that was sent, in their order. */
static int tell_results(struct posting *p, struct str answer)
{
    struct members results = elements_of(member_of(answer, "results"));
    struct str result;
    size_t i = 0;
    for (; i < p->n && elements_next(&results, &result); i++) {
        struct str id = member_of(result, "id"), error = member_of(result, "error");
        if (id.p)
            tell_accepted(p, &p->items[i], id);
        else
            tell_refused(p, &p->items[i], error);
    }
    if (i < p->n)
        return complain(EX_PROTOCOL, "the exchange answered for %zu of %zu records", i, p->n);
    return report_keep(p->report);
}

static int send_piece(struct posting *p)
{
    static const char *const query[] = {"partial=true"};
    BUF_CLEANUP struct buf path = {0};
    struct str answer;
    if (!p->n)
        return 0;
    buf_char(&p->body, ']');
    buf_z(&path, "/v1");
    path_add(&path, p->type.p);
    buf_z(&path, "/createBulk");
    buf_char(&path, '\0');
    const struct call call = {.path = path.p,
                              .query = query,
                              .n_query = 1,
                              .body = buf_view(&p->body),
                              .label = p->c->options.value[OPTION_LABEL]};
    int error = exchange_ask(p->c->exchange, &call, &answer);
    if (!error)
        error = tell_results(p, answer);
    buf_clear(&p->body);
    p->n = 0;
    progress_show(&p->progress, p->tally.accepted + p->tally.refused + p->tally.passed);
    return error;
}

/* --- records --- */

static bool well_formed(struct posting *p, struct str record, const struct item *item)
{
    json_error_t why;
    json_t *read = json_loadb(record.p, record.n, JSON_DECODE_INT_AS_REAL, &why);
    json_decref(read);
    if (read)
        return true;
    p->tally.refused++;
    progress_end(&p->progress);
    complain(EX_DATAERR, "%s:%zu: record %zu is not JSON: %s", p->file, item->line, item->number, why.text);
    return false;
}

/* What `tail --json` writes says itself of which type it is. */
static int find_type(struct posting *p, struct str *record, struct buf *type)
{
    const char *given = p->c->options.value[OPTION_TYPE];
    struct str own = member_of(*record, "record"), named = member_of(*record, "type");
    if (p->import && own.n && *own.p == '{' && named.n && *named.p == '"') {
        value_text(named, type);
        *record = own;
    } else if (given) {
        buf_z(type, given);
    } else {
        return complain(EX_USAGE, "of which type are the records? give --type%s",
                        p->import ? ", or --format of the file" : "");
    }
    buf_char(type, '\0');
    return 0;
}

static int add_to_piece(struct posting *p, struct str record, const struct str type, struct item *item)
{
    int error = 0;
    bool full = p->n == p->most || p->body.n + record.n > PIECE_BYTES;
    if (p->n && (full || !str_eq(type, buf_view(&p->type))))
        error = send_piece(p);
    if (error)
        return error;
    buf_clear(&p->type);
    buf_str(&p->type, type);
    buf_char(&p->body, p->n ? ',' : '[');
    buf_str(&p->body, record);
    p->items[p->n++] = *item;
    return 0;
}

static int take_record(void *ctx, struct str record, size_t line)
{
    struct posting *p = ctx;
    struct item item = {.number = ++p->tally.read, .line = line};
    const char *label = p->c->options.value[OPTION_LABEL];
    BUF_CLEANUP struct buf type = {0};
    if (!well_formed(p, record, &item))
        return 0;
    int error = find_type(p, &record, &type);
    if (error)
        return error;
    const struct str parts[] = {str_of(exchange_url(p->c->exchange)), buf_view(&type), str_of(label ? label : ""),
                                record};
    item.digest = sha256_parts(parts, 4);
    if (report_has(p->report, &item.digest)) {
        p->tally.passed++;
        return 0;
    }
    return add_to_piece(p, record, buf_view(&type), &item);
}

/* --- files --- */

/* Whether text is JSON by its first character. */
static bool is_json(struct str text)
{
    size_t i = 0;
    while (i < text.n && strchr(" \t\r\n", text.p[i]))
        i++;
    return i == text.n || text.p[i] == '{' || text.p[i] == '[';
}

static int post_json(struct posting *p, FILE *in, char *piece, size_t n)
{
    struct records r = {0};
    int error = 0;
    for (; n && !error; n = fread(piece, 1, READ_BYTES, in))
        error = records_feed(&r, (struct str){piece, n}, take_record, p);
    if (error == RECORDS_BAD || (!error && !records_complete(&r))) {
        int sent = send_piece(p); /* what came before is good */
        error = complain(EX_DATAERR, "%s:%zu: expected %s", p->file, r.line + 1, r.expected);
        error = sent ? sent : error;
    }
    records_free(&r);
    return error;
}

/* A pipe cannot be mapped. */
static int read_whole(struct posting *p, FILE *in, struct str begun, struct buf *text)
{
    size_t n;
    buf_str(text, begun);
    while (text->n <= INPUT_MAX && (n = fread(buf_reserve(text, READ_BYTES), 1, READ_BYTES, in)) > 0)
        text->n += n;
    return text->n > INPUT_MAX ? complain(EX_DATAERR, "%s: more than %d bytes", p->file, INPUT_MAX) : 0;
}

static int send_file(struct posting *p, struct str text)
{
    int error = send_piece(p);
    return error ? error : import_file(p->c, p->file, text, p->report, &p->tally, &p->progress);
}

static int post_whole(struct posting *p, FILE *in, struct str begun)
{
    BUF_CLEANUP struct buf text = {0};
    struct stat about;
    void *map = MAP_FAILED;
    if (in != stdin && fstat(fileno(in), &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0)
        map = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fileno(in), 0);
    if (map == MAP_FAILED) {
        int error = read_whole(p, in, begun, &text);
        return error ? error : send_file(p, buf_view(&text));
    }
    int error = send_file(p, (struct str){map, (size_t)about.st_size});
    munmap(map, (size_t)about.st_size);
    return error;
}

static int post_stream(struct posting *p, FILE *in)
{
    char piece[READ_BYTES];
    size_t n = fread(piece, 1, sizeof piece, in);
    const struct str begun = {piece, n};
    bool as_file = p->import && (p->c->options.value[OPTION_FORMAT] || !is_json(begun));
    int error = as_file ? post_whole(p, in, begun) : post_json(p, in, piece, n);
    if (!error)
        error = send_piece(p);
    return !error && ferror(in) ? complain(EX_IOERR, "%s: %s", p->file, strerror(errno)) : error;
}

static int post_file(struct posting *p, const char *path)
{
    bool standard = !strcmp(path, "-");
    FILE *in = standard ? stdin : fopen(path, "r");
    if (!in)
        return complain(EX_NOINPUT, "%s: %s", path, strerror(errno));
    p->file = standard ? "standard input" : path;
    int error = post_stream(p, in);
    if (!standard)
        fclose(in);
    return error;
}

static int sum_up(struct posting *p, int error)
{
    progress_end(&p->progress);
    if (p->progress.on || p->tally.refused || error)
        fprintf(stderr, "relto: %zu accepted, %zu refused, %zu passed over\n", p->tally.accepted, p->tally.refused,
                p->tally.passed);
    int kept = report_close(p->report);
    int written = finish_output(stdout, "standard output");
    error = error ? error : kept ? kept : written;
    return error ? error : p->tally.refused ? EX_DATAERR : 0;
}

static int post_all(struct client *c, bool import, char **files, int n)
{
    struct posting p = {.c = c, .import = import};
    long most;
    int error = options_number(&c->options, OPTION_BATCH, 1, 1000000, 1000, &most);
    if (!error)
        error = report_open(c->options.value[OPTION_REPORT], &p.report);
    if (error)
        return error;
    p.most = (size_t)most;
    p.items = memory_zeroed(p.most * sizeof *p.items);
    p.progress = progress_of("sent", c->options.value[OPTION_QUIET] != NULL);
    if (!n)
        error = post_file(&p, "-");
    for (int i = 0; i < n && !error; i++)
        error = post_file(&p, files[i]);
    error = sum_up(&p, error);
    buf_free(&p.type);
    buf_free(&p.body);
    free(p.items);
    return error;
}

int run_post(struct client *c, char **arguments, int n)
{
    if (c->options.value[OPTION_TYPE])
        return complain(EX_USAGE, "the type stands behind post");
    c->options.value[OPTION_TYPE] = arguments[0];
    return post_all(c, false, arguments + 1, n - 1);
}

int run_import(struct client *c, char **arguments, int n)
{
    return post_all(c, true, arguments, n);
}
