/* Replays decisions.txt: every line is a situation and the verdict it must lead to.
 *
 * usage: decisions REGISTER TABLE [--write]     --write puts the present verdicts into the table, to be looked at in a
 * diff
 *
 * READER reads POSTER "MARKING" [OPTION…] -> VERDICT          the reader is the last part of a principal's id
 * options: type=elset mode=REAL at=2026-06-01 ingested=(at) embargo= expires= recalled grant=ID relto='JSON'
 * (first) { POSTER "MARKING" [OPTION…] } (a part it was derived from) policy= level= owners= rel= display= except=
 * caveats= fgi= orcon public: the label, changed to what no marking says
 * verdict: permit BASIS [AGREEMENT] [(article N)] [by GRANT [kept]] [in VIEW [labelled]] | deny CAUSE (every gate that
 * failed); [exempt] [narrow] [until T] [as MARKING]     kept: not to be passed on; labelled: a release view */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

#define ACCEPTED "2026-02-01"
#define PARTS_MAX 4
#define GRANTS_MAX 4

struct reading {
    const struct registry *reg;
    struct arena *arena;
    struct str rest; /* of the line */
    size_t line;
};

struct situation {
    struct subject subject;
    struct str grants[GRANTS_MAX];
    const struct subject *parts[PARTS_MAX];
    instant at;
};

static void die(const struct reading *r, const char *what)
{
    fprintf(stderr, "line %zu: %s at `%.*s`\n", r->line, what, STR_ARG(r->rest));
    exit(2);
}

/* The next word; a quoted part of it may hold spaces, the quotes are dropped. */
static struct str word(struct reading *r)
{
    while (r->rest.n && *r->rest.p == ' ')
        r->rest = (struct str){r->rest.p + 1, r->rest.n - 1};
    char *out = arena_alloc(r->arena, r->rest.n + 1), quote = 0;
    size_t n = 0, used = 0;
    for (; used < r->rest.n && (quote || r->rest.p[used] != ' '); used++) {
        char c = r->rest.p[used];
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
        else
            out[n++] = c;
    }
    r->rest = (struct str){r->rest.p + used, r->rest.n - used};
    return (struct str){out, n};
}

static bool option(struct str w, const char *name, struct str *ret)
{
    size_t n = strlen(name);
    if (w.n < n || memcmp(w.p, name, n) != 0)
        return false;
    *ret = (struct str){w.p + n, w.n - n};
    return true;
}

static instant time_of(struct reading *r, struct str s)
{
    instant t;
    if (!instant_parse(s, &t))
        die(r, "not an instant");
    return t;
}

static struct situation *read_subject(struct reading *r, const char *end, const instant *default_at);

static bool read_option(struct reading *r, struct situation *s, struct str w)
{
    struct str v;
    if (option(w, "type=", &s->subject.type) || option(w, "mode=", &s->subject.data_mode))
        return true;
    if (option(w, "at=", &v))
        s->at = s->subject.ingested_at = time_of(r, v);
    else if (option(w, "ingested=", &v))
        s->subject.ingested_at = time_of(r, v);
    else if (option(w, "embargo=", &v))
        s->subject.embargo_until = time_of(r, v);
    else if (option(w, "expires=", &v))
        s->subject.expires = time_of(r, v);
    else if (option(w, "grant=", &v) && s->subject.n_grants < GRANTS_MAX)
        s->grants[s->subject.n_grants++] = v;
    else if (str_is(w, "recalled"))
        s->subject.recalled = true;
    else if (str_is(w, "{") && s->subject.n_parts < PARTS_MAX)
        s->parts[s->subject.n_parts++] = &read_subject(r, "}", &s->at)->subject;
    else
        return false;
    return true;
}

static const struct label *parse_label(struct reading *r, struct str poster, struct str marking, struct str wire_json)
{
    const struct label *l;
    const struct wire_label *wire = NULL;
    struct marking_fault mf;
    struct fault fault = {0};
    if (wire_json.p && wire_label_parse(wire_json, "relto", r->arena, &wire, &fault))
        die(r, fault.detail);
    if (label_parse(r->reg, poster, marking, wire, r->arena, &l, &mf, &fault))
        die(r, fault.detail);
    return l;
}

static struct codes list_of(struct reading *r, struct str s)
{
    struct str *v = arena_array(r->arena, s.n + 1, sizeof *v);
    size_t n = 0;
    for (size_t from = 0, i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] != ',')
            continue;
        v[n++] = (struct str){s.p + from, i - from};
        from = i + 1;
    }
    return (struct codes){n, v};
}

static bool change_label(struct reading *r, struct label *l, struct str w)
{
    struct str v = {0};
    l->resolved = NULL;
    if (option(w, "policy=", &l->policy) || option(w, "level=", &l->level))
        return true;
    if (option(w, "owners=", &v))
        l->owners = list_of(r, v);
    else if (option(w, "rel=", &v))
        l->rel = list_of(r, v);
    else if (option(w, "display=", &v))
        l->display = list_of(r, v);
    else if (option(w, "except=", &v))
        l->except = list_of(r, v);
    else if (option(w, "caveats=", &v))
        l->caveats = list_of(r, v);
    else if (option(w, "fgi=", &v))
        l->fgi = list_of(r, v);
    else if (str_is(w, "orcon"))
        l->orcon = true;
    else if (str_is(w, "public"))
        l->mode = RELEASE_PUBLIC;
    else
        return false;
    return true;
}

static struct situation *read_subject(struct reading *r, const char *end, const instant *default_at)
{
    struct situation *s = arena_alloc(r->arena, sizeof *s);
    struct str poster = word(r), marking = word(r), w = word(r), wire = {0};
    s->at = *default_at;
    s->subject = (struct subject){.originator = poster,
                                  .type = STR("elset"),
                                  .data_mode = STR("REAL"),
                                  .ingested_at = s->at,
                                  .embargo_until = INSTANT_MIN,
                                  .expires = INSTANT_MAX,
                                  .grants = s->grants,
                                  .parts = s->parts};
    if (option(w, "relto=", &wire))
        w = word(r);
    struct label *l = arena_alloc(r->arena, sizeof *l);
    *l = *parse_label(r, poster, marking, wire);
    s->subject.label = l;
    for (; !str_is(w, end); w = word(r)) {
        if (!w.n)
            die(r, "line ends too early");
        if (!read_option(r, s, w) && !change_label(r, l, w))
            die(r, "unknown option before");
    }
    return s;
}

static const struct reader *find_reader(struct reading *r, struct str name)
{
    const struct principal *const *all;
    size_t n = registry_principals(r->reg, &all);
    for (size_t i = 0; i < n; i++) {
        struct str uri = principal_uri(all[i]);
        if (uri.n > name.n && uri.p[uri.n - name.n - 1] == '/' && !memcmp(uri.p + uri.n - name.n, name.p, name.n))
            return principal_reader(all[i]);
    }
    die(r, "no such reader before");
    return NULL;
}

static void write_verdict(const struct reading *r, const struct situation *s, const struct reader *reader,
                          const struct verdict *v, struct buf *out)
{
    BUF_CLEANUP struct buf given = {0}, effective = {0};
    char text[INSTANT_TEXT + 1];
    if (v->permit) {
        buf_printf(out, "permit %s", basis_name(v->basis));
        if (v->agreement.n)
            buf_printf(out, " %.*s", STR_ARG(v->agreement));
        if (v->article.n)
            buf_printf(out, " (article %.*s)", STR_ARG(v->article));
        if (v->grant.n)
            buf_printf(out, " by %.*s%s", STR_ARG(v->grant), v->no_onward ? " kept" : "");
        if (v->view_code.n)
            buf_printf(out, " in %.*s%s", STR_ARG(v->view_code), v->release_view ? " labelled" : "");
    } else {
        buf_printf(out, "deny %.2s (", gate_name(v->denied_by));
        for (int g = 0, first = 1; g < GATE_COUNT; g++) {
            if (v->gates[g])
                continue;
            buf_printf(out, "%s%.2s", first ? "" : " ", gate_name((enum gate)g));
            first = 0;
        }
        buf_char(out, ')');
    }
    if (v->time_exempt)
        buf_z(out, " exempt");
    if (v->narrow)
        buf_z(out, " narrow");
    if (v->valid_until != INSTANT_MAX) {
        instant_text(v->valid_until, text);
        buf_printf(out, " until %.*s", v->valid_until % INSTANT_DAY ? INSTANT_TEXT : 10, text);
    }
    label_portion(r->reg, s->subject.label, &given);
    effective_marking(r->reg, s->subject.label, reader, v, &effective);
    if (v->permit && !str_eq(buf_view(&given), buf_view(&effective)))
        buf_printf(out, " as %.*s", (int)effective.n, effective.p);
}

/* The line with the verdict that holds now. */
static void replay(struct reading *r, struct str line, struct buf *out)
{
    r->rest = line;
    if (!line.n || *line.p == '#') {
        buf_str(out, line);
        return;
    }
    struct verdict v;
    instant june = at("2026-06-01");
    const struct reader *reader = find_reader(r, word(r));
    if (!str_is(word(r), "reads"))
        die(r, "expected `reads` before");
    const struct situation *s = read_subject(r, "->", &june);
    decide(r->reg, reader, &s->subject, s->at, &v);
    buf_add(out, line.p, (size_t)(r->rest.p - line.p));
    buf_char(out, ' ');
    write_verdict(r, s, reader, &v, out);
}

static int check(const struct registry *reg, struct str table, struct buf *now)
{
    int wrong = 0;
    struct reading r = {.reg = reg};
    for (const char *p = table.p; *p; p = strchr(p, '\n') + 1) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        struct str line = {p, strcspn(p, "\n")};
        size_t before = now->n;
        r.arena = arena;
        r.line++;
        replay(&r, line, now);
        struct str got = {now->p + before, now->n - before};
        if (!str_eq(line, got)) {
            printf("line %zu:\n- %.*s\n+ %.*s\n", r.line, STR_ARG(line), STR_ARG(got));
            wrong++;
        }
        buf_char(now, '\n');
    }
    return wrong;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    struct registry *reg = registry_of_file(argv[1], at(ACCEPTED));
    struct str table = file_text(argv[2]);
    struct buf now = {0};
    int wrong = check(reg, table, &now);
    if (argc > 3 && !strcmp(argv[3], "--write")) {
        FILE *f = fopen(argv[2], "wb");
        if (!f || fwrite(now.p, 1, now.n, f) != now.n || fclose(f))
            return 2;
        wrong = 0;
    }
    buf_free(&now);
    free((void *)(uintptr_t)table.p);
    registry_unref(reg);
    return wrong ? 1 : 0;
}
