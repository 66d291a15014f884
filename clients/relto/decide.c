/* evaluate, explain, request, recall: who would see what and why; asking for more; taking back. */
#include "client.h"
#include "listing.h"
#include "records.h"

#define VERDICT_COLUMNS "partner,permit,view,deniedBy,basis,agreement,effectiveMarking,validUntil"
#define REQUEST_COLUMNS "id,state,"

/* An array in the answer as a table. */
static int print_table(struct str array, const char *columns, const char *first)
{
    struct listing *l = listing_new(FORM_TABLE, columns, first, stdout, (struct progress){0});
    int error = listing_take(l, array);
    if (!error)
        error = listing_end(l, (struct str){0});
    listing_free(l);
    return error ? error : finish_output(stdout, "standard output");
}

/* --- bodies --- */

/* ,"name":value, or nothing if the option was not given; value is JSON already if `json`. */
static void add_member(struct buf *b, const char *name, const char *value, bool json)
{
    if (!value)
        return;
    if (!json) {
        buf_member_text(b, name, str_of(value));
        return;
    }
    buf_printf(b, ",\"%s\":", name);
    buf_z(b, value);
}

/* Members that add_member made, as an object. */
static struct str object_of(struct buf *b)
{
    if (b->n)
        *b->p = '{';
    else
        buf_char(b, '{');
    buf_char(b, '}');
    return buf_view(b);
}

/* --- verdicts --- */

static void print_line(struct buf *line)
{
    buf_char(line, '\n');
    fwrite(line->p, 1, line->n, stdout);
    buf_clear(line);
}

static void add_value(struct buf *line, struct str object, const char *name)
{
    BUF_CLEANUP struct buf text = {0};
    value_text(member_of(object, name), &text);
    add_shown(line, buf_view(&text));
}

static void print_gate(struct str gate)
{
    BUF_CLEANUP struct buf line = {0}, text = {0};
    struct members inputs = elements_of(member_of(gate, "inputs"));
    struct str input;
    buf_z(&line, str_is(member_of(gate, "passed"), "true") ? "  passed  " : "  failed  ");
    add_value(&line, gate, "gate");
    buf_z(&line, ": ");
    add_value(&line, gate, "rule");
    print_line(&line);
    while (elements_next(&inputs, &input)) {
        buf_z(&line, "            ");
        buf_clear(&text);
        value_text(input, &text);
        add_shown(&line, buf_view(&text));
        print_line(&line);
    }
}

static void print_gates(struct str partners)
{
    struct members all = elements_of(partners);
    struct str partner, gate;
    while (elements_next(&all, &partner)) {
        BUF_CLEANUP struct buf line = {0};
        struct members gates = elements_of(member_of(partner, "explanation"));
        buf_char(&line, '\n');
        add_value(&line, partner, "partner");
        print_line(&line);
        while (elements_next(&gates, &gate))
            print_gate(gate);
    }
}

static int print_verdicts(struct client *c, struct str answer)
{
    struct str partners = member_of(answer, "partners"), posting = member_of(answer, "posting");
    if (c->options.value[OPTION_JSON])
        return print_json(answer);
    int error = print_table(partners, VERDICT_COLUMNS, "");
    if (!error && c->options.value[OPTION_GATES])
        print_gates(partners);
    if (!error && str_is(member_of(posting, "accepted"), "false")) {
        BUF_CLEANUP struct buf line = {0};
        buf_z(&line, "It would not be accepted: ");
        add_value(&line, posting, "detail");
        print_line(&line);
    }
    return error ? error : finish_output(stdout, "standard output");
}

int run_evaluate(struct client *c, char **arguments, int n)
{
    const struct options *o = &c->options;
    BUF_CLEANUP struct buf body = {0};
    struct str answer;
    (void)n;
    if (!o->value[OPTION_TYPE] || !o->value[OPTION_MODE])
        return complain(EX_USAGE, "evaluate needs --type and --mode");
    add_member(&body, "classificationMarking", arguments[0], false);
    add_member(&body, "type", o->value[OPTION_TYPE], false);
    add_member(&body, "dataMode", o->value[OPTION_MODE], false);
    add_member(&body, "as", o->value[OPTION_AS], false);
    add_member(&body, "relto", o->value[OPTION_RELTO], true);
    add_member(&body, "explain", o->value[OPTION_GATES] ? "true" : NULL, true);
    const struct call call = {.path = "/v1/policy/evaluate", .body = object_of(&body)};
    int error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : print_verdicts(c, answer);
}

static void record_path(struct buf *path, char **record, const char *rest)
{
    buf_z(path, "/v1");
    path_add(path, record[0]);
    path_add(path, record[1]);
    buf_z(path, rest);
    buf_char(path, '\0');
}

int run_explain(struct client *c, char **arguments, int n)
{
    BUF_CLEANUP struct buf path = {0}, as = {0};
    struct str answer;
    const char *query[1];
    (void)n;
    record_path(&path, arguments, "/explain");
    struct call call = {.path = path.p, .query = query};
    if (c->options.value[OPTION_AS]) {
        buf_printf(&as, "as=%s", c->options.value[OPTION_AS]);
        buf_char(&as, '\0');
        query[call.n_query++] = as.p;
    }
    int error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : print_verdicts(c, answer);
}

/* --- release requests --- */

static int print_answer(struct client *c, struct str answer)
{
    if (!answer.n)
        return 0;
    return c->options.value[OPTION_JSON] ? print_json(answer) : print_members(answer);
}

static int ask_release(struct client *c)
{
    const struct options *o = &c->options;
    BUF_CLEANUP struct buf body = {0}, what = {0};
    struct str answer;
    bool one = o->value[OPTION_ID] != NULL;
    if (!o->value[OPTION_TYPE] || !o->value[OPTION_PURPOSE] || !o->value[OPTION_UNTIL])
        return complain(EX_USAGE, "request ask needs --type, --purpose and --until");
    if (one == (o->value[OPTION_OWNER] != NULL) || (one && o->value[OPTION_OBJECT]))
        return complain(EX_USAGE, "request ask needs either --id, or --owner and perhaps --object");
    add_member(&what, "type", o->value[OPTION_TYPE], false);
    add_member(&what, "id", o->value[OPTION_ID], false);
    add_member(&what, "object", o->value[OPTION_OBJECT], false);
    object_of(&what);
    buf_char(&what, '\0');
    add_member(&body, one ? "record" : "scope", what.p, true);
    add_member(&body, "owner", o->value[OPTION_OWNER], false);
    add_member(&body, "purpose", o->value[OPTION_PURPOSE], false);
    add_member(&body, "view", o->value[OPTION_VIEW], false);
    add_member(&body, "until", o->value[OPTION_UNTIL], false);
    const struct call call = {.path = "/v1/release-requests", .body = object_of(&body), .once = true};
    int error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : print_answer(c, answer);
}

static int list_requests(struct client *c)
{
    const struct call call = {.path = "/v1/release-requests"};
    struct str answer;
    int error = exchange_ask(c->exchange, &call, &answer);
    if (error || c->options.value[OPTION_JSON])
        return error ? error : print_json(answer);
    return print_table(answer, c->options.value[OPTION_COLUMNS], REQUEST_COLUMNS);
}

static int one_request(struct client *c, const char *id, const char *rest, const char *body)
{
    BUF_CLEANUP struct buf path = {0};
    struct str answer;
    buf_z(&path, "/v1/release-requests");
    path_add(&path, id);
    buf_z(&path, rest);
    buf_char(&path, '\0');
    const struct call call = {.path = path.p, .body = str_of(body), .once = body != NULL};
    int error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : print_answer(c, answer);
}

int run_request(struct client *c, char **arguments, int n)
{
    if (n == 1 && !strcmp(arguments[0], "ask"))
        return ask_release(c);
    if (n == 1 && !strcmp(arguments[0], "list"))
        return list_requests(c);
    if (n == 2 && !strcmp(arguments[0], "show"))
        return one_request(c, arguments[1], "", NULL);
    if (n == 2 && !strcmp(arguments[0], "withdraw"))
        return one_request(c, arguments[1], "/withdraw", "{}");
    return complain(EX_USAGE, "expected request ask, list, show ID or withdraw ID");
}

/* --- recall --- */

int run_recall(struct client *c, char **arguments, int n)
{
    static const char *const dry[] = {"dryRun=true"};
    BUF_CLEANUP struct buf path = {0}, body = {0};
    struct str answer;
    (void)n;
    if (!c->options.value[OPTION_REASON])
        return complain(EX_USAGE, "recall needs --reason");
    record_path(&path, arguments, "/recall");
    add_member(&body, "reason", c->options.value[OPTION_REASON], false);
    const struct call call = {
        .path = path.p, .query = dry, .n_query = c->options.value[OPTION_DRY_RUN] ? 1 : 0, .body = object_of(&body)};
    int error = exchange_ask(c->exchange, &call, &answer);
    return error ? error : print_answer(c, answer);
}
