#include "files.h"
#include "digest.h"
#include "records.h"

#define PARAMETERS 9

struct sending {
    struct client *c;
    const char *file;
    struct report *report;
    struct tally *tally;
    struct progress *progress;
    struct digest digest;
    bool whole; /* nothing of it was refused */
};

/* --- what is sent --- */

struct question {
    struct buf text[PARAMETERS];
    const char *query[PARAMETERS];
    size_t n;
};

static void ask_with(struct question *q, const char *name, const char *value)
{
    if (!value)
        return;
    struct buf *b = &q->text[q->n];
    buf_printf(b, "%s=%s", name, value);
    buf_char(b, '\0');
    q->query[q->n++] = b->p;
}

static void question_free(struct question *q)
{
    for (size_t i = 0; i < q->n; i++)
        buf_free(&q->text[i]);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void put_question(const struct sending *s, struct question *q)
{
    const char *const *value = s->c->options.value;
    ask_with(q, "classificationMarking", value[OPTION_MARKING]);
    ask_with(q, "dataMode", value[OPTION_MODE]);
    ask_with(q, "source", value[OPTION_SOURCE]);
    ask_with(q, "origin", value[OPTION_ORIGIN]);
    ask_with(q, "tags", value[OPTION_TAGS]);
    ask_with(q, "format", value[OPTION_FORMAT]);
    ask_with(q, "messageMarking", value[OPTION_MESSAGE_MARKING]);
    ask_with(q, "received", value[OPTION_RECEIVED]);
    ask_with(q, "filename", base_name(s->file));
    ask_with(q, "partial", value[OPTION_PARTIAL] ? "true" : NULL);
}

/* --- what is answered --- */

static size_t number_of(struct str object, const char *name)
{
    struct str value = member_of(object, name);
    size_t n = 0;
    for (size_t i = 0; i < value.n && is_decimal(value.p[i]); i++)
        n = n * 10 + (size_t)(value.p[i] - '0');
    return n;
}

/* "a.zip: b.tle:7", ended by NUL. */
static void place(const struct sending *s, struct str result, struct buf *out)
{
    BUF_CLEANUP struct buf within = {0};
    size_t line = number_of(result, "line");
    value_text(member_of(result, "file"), &within);
    buf_z(out, s->file);
    buf_z(out, within.n ? ": " : "");
    add_shown(out, buf_view(&within));
    if (line)
        buf_printf(out, ":%zu", line);
    buf_char(out, '\0');
}

/* "relto: a.tle:7: warning: ..." */
static void note(const char *at, const char *kind, struct str value)
{
    BUF_CLEANUP struct buf text = {0}, shown = {0};
    value_text(value, &text);
    add_shown(&shown, buf_view(&text));
    fprintf(stderr, "relto: %s: %s: %.*s\n", at, kind, STR_ARG(buf_view(&shown)));
}

static void tell_warnings(const char *at, struct str result)
{
    struct members warnings = elements_of(member_of(result, "warnings"));
    struct str warning;
    while (elements_next(&warnings, &warning))
        note(at, "warning", warning);
}

static void tell_result(struct sending *s, struct str result)
{
    BUF_CLEANUP struct buf id = {0}, type = {0}, at = {0};
    struct str error = member_of(result, "error");
    place(s, result, &at);
    size_t number = ++s->tally->read;
    if (s->c->options.value[OPTION_JSON])
        print_json(result);
    if (error.p) {
        s->tally->refused++;
        complain_problem(EX_DATAERR, at.p, error);
        return;
    }
    s->tally->accepted++;
    value_text(member_of(result, "id"), &id);
    value_text(member_of(result, "type"), &type);
    buf_char(&type, '\0');
    if (s->whole)
        report_add(s->report, number, type.p, &s->digest, buf_view(&id));
    if (!s->c->options.value[OPTION_JSON])
        printf("%.*s\n", STR_ARG(buf_view(&id)));
    tell_warnings(at.p, result);
}

static void tell_left_out(const struct sending *s, struct str answer)
{
    struct members list = elements_of(member_of(answer, "leftOut"));
    struct str one;
    while (elements_next(&list, &one)) {
        BUF_CLEANUP struct buf at = {0};
        place(s, one, &at);
        note(at.p, "left out", member_of(one, "what"));
    }
    if (number_of(answer, "leftOutMore"))
        fprintf(stderr, "relto: %s: left out: %zu more\n", s->file, number_of(answer, "leftOutMore"));
}

/* Of a very long file not all results are told, but all are counted. */
static int tell_answer(struct sending *s, struct str answer)
{
    struct str stored = member_of(answer, "stored"), result;
    struct members results = elements_of(member_of(answer, "results"));
    struct tally before = *s->tally;
    if (!stored.p)
        return complain(EX_PROTOCOL, "the exchange did not say what it stored");
    progress_end(s->progress);
    s->whole = !number_of(answer, "refused");
    while (elements_next(&results, &result))
        tell_result(s, result);
    s->tally->accepted = before.accepted + number_of(answer, "stored");
    s->tally->refused = before.refused + number_of(answer, "refused");
    s->tally->read = s->tally->accepted + s->tally->refused;
    tell_left_out(s, answer);
    return report_keep(s->report);
}

int import_file(struct client *c, const char *file, struct str text, struct report *report, struct tally *tally,
                struct progress *progress)
{
    struct sending s = {.c = c, .file = file, .report = report, .tally = tally, .progress = progress};
    const char *label = c->options.value[OPTION_LABEL];
    const struct str parts[] = {str_of(exchange_url(c->exchange)), STR("/v1/import"), str_of(label), text};
    struct question q = {0};
    struct str answer;
    s.digest = sha256_parts(parts, 4);
    if (report_has(report, &s.digest)) {
        tally->passed++;
        return 0;
    }
    put_question(&s, &q);
    const struct call call = {.path = "/v1/import",
                              .query = q.query,
                              .n_query = q.n,
                              .body = text,
                              .content_type = "application/octet-stream",
                              .label = label};
    long status = 0;
    int error = exchange_try(c->exchange, &call, &status, &answer);
    if (!error && status >= 400)
        error = complain_problem(exchange_exit(status), file, answer);
    else if (!error)
        error = tell_answer(&s, answer);
    question_free(&q);
    return error;
}
