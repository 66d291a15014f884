/* The query language: every operator on every field, and what is refused by name. */
#include "leaks.h"
#include "query.h"
#include "sample.h"

#include <criterion/criterion.h>

TestSuite(query, .fini = no_leaks);

/* name, value, name, value, …, NULL */
static size_t params_of(const char *const *texts, struct param *out)
{
    size_t n = 0;
    for (; texts[2 * n]; n++)
        out[n] = (struct param){str_of(texts[2 * n]), str_of(texts[2 * n + 1])};
    return n;
}

static const struct query *parsed(const char *type, const char *const *texts, struct arena *arena)
{
    struct param params[40];
    const struct query *q = NULL;
    struct fault fault = {0};
    int rc = query_parse(type_named(type), params, params_of(texts, params), QUERY_LIST, NOW, arena, &q, &fault);
    cr_assert_eq(rc, 0, "%s: %s", fault.where, fault.detail);
    return q;
}
#define PARSE(type, arena, ...) parsed(type, (const char *const[]){__VA_ARGS__, NULL}, arena)

static void expect_refused(const char *type, enum query_use use, const char *const *texts, const char *where)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct param params[40];
    const struct query *q = NULL;
    struct fault fault = {0};
    int rc = query_parse(type_named(type), params, params_of(texts, params), use, NOW, arena, &q, &fault);
    cr_assert_eq(rc, ERR_BAD_QUERY, "%s=%s was accepted", texts[0], texts[1]);
    cr_assert_str_eq(fault.where, where);
    cr_assert(strncmp(fault.detail, "expected ", 9) == 0, "%s", fault.detail);
    cr_assert_null(q);
}
/* gnssadvisory needs no time, so that the parameter at hand stands alone. */
#define REFUSE(name, value) expect_refused("gnssadvisory", QUERY_LIST, (const char *const[]){name, value, NULL}, name)

/* --- every operator on every field --- */

/* `form` with a and b in the places of A and B. */
static void fill_in(const char *form, const char *a, const char *b, struct buf *out)
{
    for (const char *p = form; *p; p++) {
        if (*p == 'A' || *p == 'B')
            buf_z(out, *p == 'A' ? a : b);
        else
            buf_char(out, *p);
    }
}

/* Texts of a value, and of another, as they stand in a query; and the canonical form of the first. */
struct texts {
    const char *a, *b, *canonical;
};

static struct texts texts_for(const struct field *f, bool id)
{
    static const struct texts of_kind[FIELD_ANY_KIND_COUNT] = {
        [FIELD_STRING] = {"alpha", "beta", "alpha"},
        [FIELD_INT] = {"17", "-3", "17"},
        [FIELD_FLOAT] = {"1.50", "-2e3", "1.50"},
        [FIELD_BOOL] = {"true", "false", "true"},
        [FIELD_TIME] = {"2026-05-04", "now", "2026-05-04T00:00:00.000000Z"},
    };
    if (id)
        return (struct texts){"03A1F2DD-3000-8bde-b1f2-f95639cc0246", "03a1f2dd-3000-8bde-b1f2-f95639cc0247",
                              "03a1f2dd-3000-8bde-b1f2-f95639cc0246"};
    if (f->kind == FIELD_ENUM)
        return (struct texts){f->values[0], f->values[1], f->values[0]};
    return of_kind[f->kind];
}

/* Of a field that the type wants a condition on. */
static struct param required_param(const struct record_type *type)
{
    const struct field *f = type->query_required ? field_find(type->fields, str_of(type->query_required)) : NULL;
    bool text = f && f->kind == FIELD_STRING;
    return (struct param){str_of(type->query_required ? type->query_required : ""), text ? STR("x") : STR("now")};
}

static void check_operator(const struct record_type *type, const struct field *f, bool server, const char *format,
                           enum query_op op, size_t n)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf value = {0};
    struct texts texts = texts_for(f, server && strcmp(f->name, "id") == 0);
    const struct query *q;
    struct fault fault = {0};
    fill_in(format, texts.a, texts.b, &value);
    struct param params[] = {{str_of(f->name), buf_view(&value)}, required_param(type)};
    bool needed = is_query_required(type, f);
    if (needed && (op == QUERY_NE || op == QUERY_LIKE))
        return;
    cr_assert_eq(query_parse(type, params, needed || !type->query_required ? 1 : 2, QUERY_LIST, NOW, arena, &q, &fault),
                 0, "%s.%s=%.*s: %s", type->name, f->name, STR_ARG(buf_view(&value)), fault.detail);
    const struct predicate *p = &q->predicates[0];
    cr_assert(p->field == f && p->server_field == server && p->op == op && p->n == n, "%s.%s", type->name, f->name);
    if (op != QUERY_LIKE)
        cr_assert(str_is(p->values[0].text, texts.canonical), "%.*s", STR_ARG(p->values[0].text));
}

static void check_operators(const struct record_type *type, const struct field *f, bool server)
{
    static const struct {
        const char *format;
        enum query_op op;
        size_t n;
    } operators[] = {{"A", QUERY_EQ, 1},         {"~A", QUERY_NE, 1},    {">A", QUERY_GE, 1},
                     {">=A", QUERY_GE, 1},       {"<A", QUERY_LE, 1},    {"<=A", QUERY_LE, 1},
                     {"A..B", QUERY_BETWEEN, 2}, {"A,B,A", QUERY_IN, 3}, {"*lph*", QUERY_LIKE, 1},
                     {"lph*", QUERY_LIKE, 1},    {"*lph", QUERY_LIKE, 1}};
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        check_operator(type, f, server, operators[i].format, operators[i].op, operators[i].n);
}

Test(query, every_operator_on_every_field)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        for (size_t k = 0; k < type->fields->n; k++)
            if (type->fields->fields[k].kind != FIELD_OBJECT)
                check_operators(type, &type->fields->fields[k], false);
        for (size_t k = 0; k < server_fields()->n; k++)
            check_operators(type, &server_fields()->fields[k], true);
    }
}

static void check_wrong_value(const struct record_type *type, const struct field *f, bool server)
{
    static const char *const wrong[FIELD_ANY_KIND_COUNT][6] = {
        [FIELD_STRING] = {"\xff", "a\\"},
        [FIELD_INT] = {"x", "1.0", "1e2", "-0", "9223372036854775808", "+1"},
        [FIELD_FLOAT] = {"x", "1e309", "1e-400", ".5", "0x1", "nan"},
        [FIELD_BOOL] = {"1", "TRUE", "yes"},
        [FIELD_TIME] = {"x", "2026-02-30", "now-", "now-5", "now-5 years", "now-9999999999 days"},
        [FIELD_ENUM] = {"x", "REALLY", "real"},
        [FIELD_OBJECT] = {"x", "{}", "~x"},
    };
    static const char *const forms[] = {"A", "~A", ">A", "B,A", "B..A"};
    struct texts good = texts_for(f, server && strcmp(f->name, "id") == 0);
    for (size_t i = 0; i < 6 && wrong[f->kind][i]; i++)
        for (size_t k = 0; k < 5; k++) {
            BUF_CLEANUP struct buf text = {0};
            fill_in(forms[k], wrong[f->kind][i], good.b ? good.b : "x", &text);
            buf_char(&text, '\0');
            expect_refused(type->name, QUERY_LIST, (const char *const[]){f->name, text.p, NULL}, f->name);
        }
    expect_refused(type->name, QUERY_LIST, (const char *const[]){f->name, "", NULL}, f->name);
    if (server && strcmp(f->name, "id") == 0)
        expect_refused(type->name, QUERY_LIST, (const char *const[]){"id", "mine", NULL}, "id");
}

Test(query, every_field_refuses_what_it_cannot_be_compared_with)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        for (size_t k = 0; k < type->fields->n; k++)
            check_wrong_value(type, &type->fields->fields[k], false);
        for (size_t k = 0; k < server_fields()->n; k++)
            check_wrong_value(type, &server_fields()->fields[k], true);
    }
}

/* --- values --- */

static void expect_time(const char *value, const char *want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query_value *v = PARSE("gnssadvisory", arena, "start", value)->predicates[0].values;
    char text[INSTANT_TEXT + 1];
    cr_assert(str_is(v->text, want), "%s: %.*s", value, STR_ARG(v->text));
    cr_assert_str_eq(instant_text(v->time, text), want);
}

Test(query, times_relative_to_now)
{
    expect_time("now", "2026-06-01T12:00:00.000000Z");
    expect_time(">now-30 minutes", "2026-06-01T11:30:00.000000Z");
    expect_time(">now-7 days", "2026-05-25T12:00:00.000000Z");
    expect_time(">now-1 hours", "2026-06-01T11:00:00.000000Z");
    expect_time(">now-90 seconds", "2026-06-01T11:58:30.000000Z");
    expect_time("<now+1 day", "2026-06-02T12:00:00.000000Z");
    expect_time("< now - 2 weeks ", "2026-05-18T12:00:00.000000Z");
    expect_time("now-999999999 seconds", "1994-09-23T10:13:21.000000Z");
    expect_time("2026-05-04T03:02:01.5+02:00", "2026-05-04T01:02:01.500000Z");
    REFUSE("start", "now-999999999 weeks");
    REFUSE("start", "now-976019858 weeks"); /* near now again if 64 bits wrapped round */
    REFUSE("start", "now-0000000001 days"); /* at most nine digits */
    REFUSE("start", "now-588888888888883858888888888888888888 weeks");
    REFUSE("start", "now- days");
    REFUSE("start", "now-999999999 hours");
}

Test(query, values_are_typed)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q = PARSE("eoobservation", arena, "obTime", "2026-01-01..now", "satNo", "-7, 8 ,9", "ra",
                                  "<=12.50", "uct", "false");
    cr_assert_eq(q->n, 4);
    cr_assert_lt(q->predicates[0].values[0].time, q->predicates[0].values[1].time);
    cr_assert_eq(q->predicates[1].values[0].integer, -7);
    cr_assert_eq(q->predicates[1].values[2].integer, 9);
    cr_assert(str_is(q->predicates[1].values[1].text, "8"));
    cr_assert_eq(q->predicates[2].values[0].number, 12.5);
    cr_assert(str_is(q->predicates[2].values[0].text, "12.50"));
    cr_assert_not(q->predicates[3].values[0].boolean);
}

static void expect_number(const char *value, double want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q = PARSE("eoobservation", arena, "mag", value, "obTime", "now");
    cr_assert_eq(q->predicates[0].values[0].number, want, "%s: %a", value, q->predicates[0].values[0].number);
}

Test(query, numbers_are_the_nearest_doubles)
{
    expect_number("0.1000000000000000055", 0.1000000000000000055);
    expect_number("9007199254740993", 9007199254740993.0);
    expect_number("-0.30000000000000004", -0.30000000000000004);
    expect_number("123456789012345678901234567890", 123456789012345678901234567890.0);
    expect_number("1000000000000000000000e-21", 1.0);
    expect_number("1.00000000000000000001e22", 1e22);
    expect_number("8.5e22", 8.5e22);
    expect_number("706151680334106163e-10", 706151680334106163e-10);
    expect_number("612881964597562642e12", 612881964597562642e12);
    expect_number("4.9e-324", 4.9e-324);
    expect_number("1.7976931348623157e308", 1.7976931348623157e308);
    expect_number("-0.0", 0.0);
    expect_number("0e999", 0.0);
}

static void expect_text(const char *value, enum query_op op, size_t at, const char *want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q = PARSE("gnssadvisory", arena, "text", value);
    cr_assert_eq(q->predicates[0].op, op, "%s", value);
    cr_assert(str_is(q->predicates[0].values[at].text, want), "%.*s", STR_ARG(q->predicates[0].values[at].text));
}

Test(query, marks_in_text)
{
    expect_text("S//REL TO USA, JPN", QUERY_IN, 1, " JPN");
    expect_text("S//REL TO USA\\, JPN", QUERY_EQ, 0, "S//REL TO USA, JPN");
    expect_text("*REL TO USA, JPN*", QUERY_LIKE, 0, "REL TO USA, JPN");
    expect_text("*a..b*", QUERY_LIKE, 0, "a..b");
    expect_text("/x/\\../y", QUERY_EQ, 0, "/x/../y");
    expect_text("\\~a", QUERY_EQ, 0, "~a");
    expect_text("\\>a", QUERY_EQ, 0, ">a");
    expect_text("~>a", QUERY_NE, 0, ">a");
    expect_text("~a,b", QUERY_NE, 0, "a,b");
    expect_text("\\*a\\*", QUERY_EQ, 0, "*a*");
    expect_text("a\\\\*", QUERY_LIKE, 0, "a\\");
    expect_text("a*b", QUERY_EQ, 0, "a*b");
    expect_text("a%b_c", QUERY_EQ, 0, "a%b_c");
    expect_text("a\\\\,b", QUERY_IN, 0, "a\\");
    expect_text(" a ", QUERY_EQ, 0, " a ");
    expect_text("日本", QUERY_EQ, 0, "日本");
    REFUSE("text", "*");
    REFUSE("text", "**");
    REFUSE("text", "*\xff*");
    REFUSE("text", "*a\\");
    REFUSE("text", "a,");
    REFUSE("text", ",a");
    REFUSE("text", "a..");
    REFUSE("text", "..a");
    REFUSE("text", "~");
    REFUSE("text", ">");
    REFUSE("text", ">=");
}

Test(query, ends_of_a_pattern)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct predicate *p = PARSE("gnssadvisory", arena, "text", "*a*")->predicates;
    cr_assert(p->like_open_start && p->like_open_end);
    p = PARSE("gnssadvisory", arena, "text", "*a")->predicates;
    cr_assert(p->like_open_start && !p->like_open_end);
    p = PARSE("gnssadvisory", arena, "text", "a*")->predicates;
    cr_assert(!p->like_open_start && p->like_open_end);
    p = PARSE("gnssadvisory", arena, "text", "*a\\*")->predicates;
    cr_assert(p->like_open_start && !p->like_open_end && str_is(p->values[0].text, "a*"));
}

Test(query, a_zero_byte_is_no_text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q = NULL;
    struct param equal = {STR("text"), {"a\0b", 3}}, like = {STR("text"), {"*\0*", 3}},
                 name = {{"te\0xt", 5}, STR("a")};
    const struct record_type *type = type_named("gnssadvisory");
    struct fault fault;
    cr_assert_eq(query_parse(type, &equal, 1, QUERY_LIST, NOW, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert_eq(query_parse(type, &like, 1, QUERY_LIST, NOW, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert_eq(query_parse(type, &name, 1, QUERY_LIST, NOW, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert_str_eq(fault.where, "parameter");
}

/* --- sort and paging --- */

Test(query, nothing_asked_is_everything_newest_first)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q = NULL;
    cr_assert_eq(query_parse(type_named("gnssadvisory"), NULL, 0, QUERY_LIST, NOW, arena, &q, NULL), 0);
    cr_assert(q->n == 0 && q->sort == NULL && q->max_results == -1 && q->first_result == 0);
    cr_assert_eq(q->type, type_named("gnssadvisory"));
}

Test(query, sort_and_paging)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q = PARSE("gnssadvisory", arena, "sort", "prn,DESC", "maxResults", "1", "firstResult", "0");
    cr_assert(str_is(STR("prn"), q->sort->name) && !q->sort_ascending && !q->sort_server_field);
    cr_assert(q->max_results == 1 && q->first_result == 0);
    q = PARSE("gnssadvisory", arena, "sort", "createdAt", "maxResults", "1000000000", "firstResult", "1000000000");
    cr_assert(str_is(STR("createdAt"), q->sort->name) && q->sort_ascending && q->sort_server_field);
    cr_assert(q->max_results == QUERY_RESULTS_MAX && q->first_result == QUERY_RESULTS_MAX);
    q = PARSE("gnssadvisory", arena, "sort", "start, asc");
    cr_assert(str_is(STR("start"), q->sort->name) && q->sort_ascending);
    q = PARSE("gnssadvisory", arena, "sort", "start,DESC");
    cr_assert_null(q->sort, "the order there is without asking");
    static const char *const bad[][2] = {
        {"sort", ""},          {"sort", "nonsense"},         {"sort", "prn,UP"},
        {"sort", "prn,"},      {"sort", "prn,svn"},          {"sort", "tags"},
        {"sort", "prn DESC"},  {"sort", "prn,DESC,svn"},     {"maxResults", "-1"},
        {"maxResults", "x"},   {"maxResults", "1000000001"}, {"maxResults", "1.0"},
        {"maxResults", ""},    {"firstResult", ""},          {"firstResult", "-1"},
        {"firstResult", " 1"}, {"firstResult", "1e1"},       {"firstResult", "1000000001"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        REFUSE(bad[i][0], bad[i][1]);
    expect_refused("conjunction", QUERY_LIST, (const char *const[]){"sort", "stateVector1", "tca", "now", NULL},
                   "sort");
}

Test(query, a_count_has_neither_order_nor_columns_and_is_not_paged)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct param paging[] = {{STR("maxResults"), STR("x")}, {STR("firstResult"), STR("7")}};
    const struct query *q = NULL;
    struct fault fault = {0};
    expect_refused("gnssadvisory", QUERY_COUNT, (const char *const[]){"sort", "prn", NULL}, "sort");
    expect_refused("gnssadvisory", QUERY_COUNT, (const char *const[]){"columns", "prn", NULL}, "columns");
    cr_assert_eq(query_parse(type_named("gnssadvisory"), paging, 2, QUERY_COUNT, NOW, arena, &q, &fault), 0);
    cr_assert(q->max_results == -1 && q->first_result == 0);
}

/* --- columns --- */

static void expect_columns(const char *value, const char *names, const char *unknown)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf found = {0};
    const struct query *q = PARSE("eoobservation", arena, "obTime", "now", "columns", value);
    for (size_t i = 0; i < q->columns->n; i++)
        buf_printf(&found, "%.*s ", STR_ARG(q->columns->names[i]));
    cr_assert(str_is(buf_view(&found), names), "%s: %.*s", value, STR_ARG(buf_view(&found)));
    cr_assert(str_is(q->columns->unknown, unknown), "%s: %.*s", value, STR_ARG(q->columns->unknown));
}

Test(query, columns_are_the_fields_that_the_type_has)
{
    expect_columns("satNo", "classificationMarking satNo ", "");
    expect_columns("ra, satNo,ra ,classificationMarking", "classificationMarking ra satNo ", "");
    expect_columns("relto,id,createdAt", "classificationMarking createdAt id relto ", "");
    expect_columns("nonsense,ra,,other", "classificationMarking ra ", "nonsense, other");
    expect_columns("a\r\nX-Evil: 1\xff", "classificationMarking ", "a??X-Evil??1?");
    expect_columns(",", "classificationMarking ", "");
}

Test(query, unknown_columns_are_told_within_a_limit)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf names = {0};
    for (size_t i = 0; i < COLUMNS_UNKNOWN_MAX; i++)
        buf_z(&names, "none,");
    buf_char(&names, '\0');
    const struct query *q = PARSE("eoobservation", arena, "obTime", "now", "columns", names.p);
    cr_assert(q->columns->unknown.n <= COLUMNS_UNKNOWN_MAX && q->columns->unknown.n > COLUMNS_UNKNOWN_MAX - 6);
    REFUSE("columns", "");
}

Test(query, a_tuple_needs_columns_and_a_current_record_no_time)
{
    expect_refused("elset", QUERY_TUPLE, (const char *const[]){"epoch", "now", NULL}, "columns");
    expect_refused("elset", QUERY_CURRENT_TUPLE, (const char *const[]){NULL}, "columns");
    expect_refused("elset", QUERY_TUPLE, (const char *const[]){"columns", "epoch", NULL}, "epoch");
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct query *q = NULL;
    struct fault fault = {0};
    cr_assert_eq(query_parse(type_named("elset"), NULL, 0, QUERY_CURRENT, NOW, arena, &q, &fault), 0);
    cr_assert(q->current && !q->columns);
}

static void expect_picked(const char *object, const char *columns, const char *want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf picked = {0};
    const struct query_columns *c = columns_read(type_named("eoobservation"), str_of(columns), arena);
    cr_assert_eq(columns_pick(c, str_of(object), &picked), want != NULL, "%s", object);
    cr_assert(str_is(buf_view(&picked), want ? want : ""), "%.*s", STR_ARG(buf_view(&picked)));
}

Test(query, columns_pick_members_as_they_stand)
{
    static const char whole[] = "{\"id\":\"x\",\"relto\":{\"ra\":1},\"classificationMarking\":\"U\",\"ra\":1.50,"
                                "\"tags\":[\"a,b\",\"}\"]}";
    expect_picked(whole, "ra", "{\"classificationMarking\":\"U\",\"ra\":1.50}");
    expect_picked(whole, "tags,id", "{\"id\":\"x\",\"classificationMarking\":\"U\",\"tags\":[\"a,b\",\"}\"]}");
    expect_picked(whole, "mag", "{\"classificationMarking\":\"U\"}");
    expect_picked("{\"ra\":1}", "mag", "{}");
    expect_picked("{\"ra\":1", "ra", NULL);
    expect_picked("[1]", "ra", NULL);
    expect_picked("{\"ra\":}", "ra", NULL);
}

/* --- the whole --- */

static void expect_detail(const char *name, const char *value, const char *want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct param params[] = {{str_of(name), str_of(value)}, {STR("obTime"), STR("now")}};
    const struct query *q = NULL;
    struct fault fault = {0};
    cr_assert_eq(query_parse(type_named("eoobservation"), params, 2, QUERY_LIST, NOW, arena, &q, &fault),
                 ERR_BAD_QUERY);
    cr_assert_str_eq(fault.detail, want);
}

Test(query, refusals_say_what_was_expected)
{
    expect_detail("id", "mine", "expected a UUID, found mine");
    expect_detail("satNo", "1,x", "expected an integer of 64 bits, found x");
    expect_detail("ra", "1..", "expected a number, found nothing");
    expect_detail("uct", "yes", "expected true or false, found yes");
    expect_detail("dataMode", "real", "expected one of REAL, TEST, SIMULATED, EXERCISE, found real");
    expect_detail("createdAt", ">soon",
                  "expected a time such as 2026-01-31T12:00:00.000000Z or now-30 minutes, found soon");
    expect_detail("source", "\xff",
                  "expected text in valid UTF-8, with a character behind each backslash, found bytes "
                  "that are not text");
    expect_detail(
        "declinaton", "1",
        "expected a field of eoobservation, sort, columns, maxResults or firstResult; the nearest name is declination");
    expect_detail(
        "createdat", "1",
        "expected a field of eoobservation, sort, columns, maxResults or firstResult; the nearest name is createdAt");
}

Test(query, names_that_are_refused)
{
    REFUSE("nonsense", "1");
    REFUSE("PRN", "1");
    REFUSE("", "1");
    REFUSE("relto", "1");
    expect_refused("gnssadvisory", QUERY_LIST, (const char *const[]){"\xff", "1", NULL}, "parameter");
    expect_refused("gnssadvisory", QUERY_LIST, (const char *const[]){"prn", "1", "svn", "2", "prn", "3", NULL}, "prn");
    expect_refused("gnssadvisory", QUERY_LIST, (const char *const[]){"sort", "prn", "sort", "prn", NULL}, "sort");
    expect_refused("conjunction", QUERY_LIST, (const char *const[]){"stateVector1", "x", "tca", "now", NULL},
                   "stateVector1");
}

Test(query, a_field_must_be_bounded_where_the_type_says_so)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        static const char *const unbounded[] = {"~now", "*2026*"};
        for (size_t k = 0; type->query_required && k < 2; k++)
            expect_refused(type->name, QUERY_LIST, (const char *const[]){type->query_required, unbounded[k], NULL},
                           type->query_required);
        if (type->query_required)
            expect_refused(type->name, true, (const char *const[]){"source", "x", NULL}, type->query_required);
        else
            PARSE(type->name, arena, "source", "x");
    }
}

static int list_of(size_t values, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    const struct query *q = NULL;
    for (size_t i = 0; i < values; i++)
        buf_z(&b, i ? ",1" : "1");
    struct param p = {STR("prn"), buf_view(&b)};
    return query_parse(type_named("gnssadvisory"), &p, 1, QUERY_LIST, NOW, arena, &q, fault);
}

Test(query, limit_of_a_list)
{
    struct fault fault;
    cr_assert_eq(list_of(QUERY_IN_MAX, &fault), 0);
    cr_assert_eq(list_of(QUERY_IN_MAX + 1, &fault), ERR_BAD_QUERY);
    cr_assert_str_eq(fault.where, "prn");
}

Test(query, limit_of_a_value)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    static char text[QUERY_VALUE_MAX + 1];
    struct param p = {STR("text"), {memset(text, 'x', sizeof text), QUERY_VALUE_MAX}};
    const struct query *q = NULL;
    struct fault fault;
    cr_assert_eq(query_parse(type_named("gnssadvisory"), &p, 1, QUERY_LIST, NOW, arena, &q, &fault), 0);
    p.value.n++;
    cr_assert_eq(query_parse(type_named("gnssadvisory"), &p, 1, QUERY_LIST, NOW, arena, &q, &fault), ERR_BAD_QUERY);
}

Test(query, limit_of_conditions)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct param params[QUERY_PREDICATES_MAX + 1];
    const struct record_type *type = type_named("statevector");
    const struct query *q = NULL;
    struct fault fault;
    size_t n = 0;
    params[n++] = (struct param){STR("epoch"), STR("now")};
    for (size_t i = 0; n <= QUERY_PREDICATES_MAX; i++)
        if (type->fields->fields[i].kind == FIELD_FLOAT)
            params[n++] = (struct param){str_of(type->fields->fields[i].name), STR("1")};
    cr_assert_eq(query_parse(type, params, n - 1, QUERY_LIST, NOW, arena, &q, &fault), 0);
    cr_assert_eq(q->n, QUERY_PREDICATES_MAX);
    cr_assert_eq(query_parse(type, params, n, QUERY_LIST, NOW, arena, &q, &fault), ERR_BAD_QUERY);
    cr_assert(str_eq(params[n - 1].name, str_of(fault.where)));
}
