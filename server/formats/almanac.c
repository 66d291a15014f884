/* Both forms as ICD-GPS-870 has them (appendix of the almanac files; before 2010 ICD-GPS-240): a YUMA record is 14
 * lines "label: value" below a title, a SEM record 8 lines of one or three values. */
#include "almanac.h"
#include "fixed.h"

#include <stdio.h>

#define EXPECTED_MAX 96

/* What a value may be; of an integer the range too. */
static const struct {
    const char *name;
    bool integer;
    int min, max;
} values[ALMANAC_VALUES] = {
    [ALMANAC_PRN] = {"PRN", true, 1, 255},
    [ALMANAC_SVN] = {"SVN", true, 0, 255},
    [ALMANAC_URA] = {"average URA", true, 0, 15},
    [ALMANAC_HEALTH] = {"health", true, 0, 255},
    [ALMANAC_ECCENTRICITY] = {"eccentricity", false, 0, 0},
    [ALMANAC_TOA] = {"time of applicability", false, 0, 0},
    [ALMANAC_WEEK] = {"week", true, 0, 9999},
    [ALMANAC_INCLINATION] = {"inclination", false, 0, 0},
    [ALMANAC_RAAN_RATE] = {"rate of right ascension", false, 0, 0},
    [ALMANAC_SQRT_A] = {"square root of the semi-major axis", false, 0, 0},
    [ALMANAC_RAAN] = {"right ascension at the week's start", false, 0, 0},
    [ALMANAC_ARG_OF_PERIGEE] = {"argument of perigee", false, 0, 0},
    [ALMANAC_MEAN_ANOMALY] = {"mean anomaly", false, 0, 0},
    [ALMANAC_AF0] = {"af0", false, 0, 0},
    [ALMANAC_AF1] = {"af1", false, 0, 0},
    [ALMANAC_CONFIGURATION] = {"configuration", true, 0, 15},
};

/* Lines of a YUMA record in their order; the value starts in the column, from 0, that its sign would have. */
static const struct {
    enum almanac_value value;
    const char *label, *other; /* `other`: as some write it; NULL: nobody */
    unsigned char column;
} yuma_lines[] = {
    {ALMANAC_PRN, "ID", NULL, 28},
    {ALMANAC_HEALTH, "Health", NULL, 28},
    {ALMANAC_ECCENTRICITY, "Eccentricity", NULL, 27},
    {ALMANAC_TOA, "Time of Applicability(s)", NULL, 26},
    {ALMANAC_INCLINATION, "Orbital Inclination(rad)", NULL, 27},
    {ALMANAC_RAAN_RATE, "Rate of Right Ascen(r/s)", NULL, 27},
    {ALMANAC_SQRT_A, "SQRT(A)  (m 1/2)", NULL, 27},
    {ALMANAC_RAAN, "Right Ascen at Week(rad)", "Right Ascen at TOA(rad)", 27},
    {ALMANAC_ARG_OF_PERIGEE, "Argument of Perigee(rad)", NULL, 27},
    {ALMANAC_MEAN_ANOMALY, "Mean Anom(rad)", NULL, 27},
    {ALMANAC_AF0, "Af0(s)", NULL, 27},
    {ALMANAC_AF1, "Af1(s/s)", NULL, 27},
    {ALMANAC_WEEK, "week", NULL, 29},
};
#define YUMA_LINES (sizeof yuma_lines / sizeof *yuma_lines)

#define SEM_WIDTH 3
static const struct {
    unsigned char n;
    enum almanac_value values[SEM_WIDTH];
} sem_lines[] = {
    {1, {ALMANAC_PRN}},
    {1, {ALMANAC_SVN}},
    {1, {ALMANAC_URA}},
    {3, {ALMANAC_ECCENTRICITY, ALMANAC_INCLINATION, ALMANAC_RAAN_RATE}},
    {3, {ALMANAC_SQRT_A, ALMANAC_RAAN, ALMANAC_ARG_OF_PERIGEE}},
    {3, {ALMANAC_MEAN_ANOMALY, ALMANAC_AF0, ALMANAC_AF1}},
    {1, {ALMANAC_HEALTH}},
    {1, {ALMANAC_CONFIGURATION}},
};
#define SEM_LINES (sizeof sem_lines / sizeof *sem_lines)
#define SEM_TITLE_MAX 24

static size_t column_of(struct str line, struct str part)
{
    return part.p ? (size_t)(part.p - line.p) + 1 : line.n + 1;
}

static bool next_line(struct lines *l, struct str *ret)
{
    while (lines_next(l, ret))
        if (str_trim(*ret).n)
            return true;
    return false;
}

/* An unsigned integer of at most four digits within the range. */
static bool integer_within(struct str text, int min, int max)
{
    if (!fixed_integer(text) || text.n > 4 || text.p[0] == '-' || text.p[0] == '+')
        return false;
    int v = str_int(text);
    return v >= min && v <= max;
}

/* Seconds of the week: whole ones, whose point may be followed by zeros. */
static bool read_toa(struct str text, int64_t *ret)
{
    const char *point = memchr(text.p, '.', text.n);
    size_t whole = point ? (size_t)(point - text.p) : text.n;
    for (size_t i = whole + 1; i < text.n; i++)
        if (text.p[i] != '0')
            return false;
    if (!whole || whole > 6 || !fixed_integer((struct str){text.p, whole}) || text.p[0] == '-' || text.p[0] == '+')
        return false;
    *ret = str_int((struct str){text.p, whole});
    return *ret < 604800;
}

static bool value_fits(enum almanac_value v, struct str text)
{
    int64_t toa;
    if (v == ALMANAC_TOA)
        return read_toa(text, &toa);
    return values[v].integer ? integer_within(text, values[v].min, values[v].max) : fixed_number(text);
}

static const char *expected(enum almanac_value v, char text[EXPECTED_MAX])
{
    if (v == ALMANAC_TOA)
        return "whole seconds below 604800";
    if (!values[v].integer)
        return "a decimal number";
    snprintf(text, EXPECTED_MAX, "an integer from %d to %d", values[v].min, values[v].max);
    return text;
}

static int take_value(const struct lines *l, struct str line, enum almanac_value v, struct str text,
                      struct almanac *out, struct fault *fault)
{
    char what[EXPECTED_MAX];
    if (!text.n || !value_fits(v, text))
        return line_fault(l, line, column_of(line, text), fault, "%s: expected %s", values[v].name, expected(v, what));
    out->values[v] = text;
    return 0;
}

static char next_of_label(struct str *s)
{
    char c = ' ';
    while (s->n && (c == ' ' || c == '^')) {
        c = *s->p;
        *s = (struct str){s->p + 1, s->n - 1};
    }
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c == '^' ? ' ' : c;
}

/* Blanks, the ^ of a power and the case of letters count for nothing: "(m^1/2)" and "(R/s)" stand in files of old. */
static bool is_label(struct str s, const char *label)
{
    struct str wanted = str_of(label);
    while (wanted.n)
        if (next_of_label(&s) != next_of_label(&wanted))
            return false;
    return !s.n;
}

static int read_yuma_line(struct almanac_reader *r, struct str line, size_t i, struct almanac *out, struct fault *fault)
{
    const char *colon = memchr(line.p, ':', line.n);
    struct str label = str_trim((struct str){line.p, colon ? (size_t)(colon - line.p) : 0});
    if (!is_label(label, yuma_lines[i].label) && !(yuma_lines[i].other && is_label(label, yuma_lines[i].other)))
        return line_fault(&r->lines, line, 1, fault, "expected \"%s:\" and its value", yuma_lines[i].label);
    struct str text = str_trim((struct str){colon + 1, line.n - (size_t)(colon + 1 - line.p)});
    return take_value(&r->lines, line, yuma_lines[i].value, text, out, fault);
}

/* The number behind a word of the title. */
static struct str titled(struct str line, const char *word)
{
    const char *at = memmem(line.p, line.n, word, strlen(word));
    if (!at)
        return (struct str){0};
    struct str rest = str_trim((struct str){at + strlen(word), line.n - (size_t)(at - line.p) - strlen(word)});
    size_t n = 0;
    while (n < rest.n && n < 5 && rest.p[n] >= '0' && rest.p[n] <= '9')
        n++;
    return (struct str){rest.p, n};
}

static bool says(struct str line, const char *word, struct str value)
{
    struct str t = titled(line, word);
    return t.n && t.n < 5 && str_int(t) == str_int(value);
}

/* "******** Week 866 almanac for PRN-01 ********" must be of the record below it. */
static int check_title(const struct lines *l, struct str title, const struct almanac *a, struct fault *fault)
{
    if (!says(title, "Week ", a->values[ALMANAC_WEEK]))
        return line_fault(l, title, 1, fault, "expected \"Week %.*s\" above a record of that week",
                          STR_ARG(a->values[ALMANAC_WEEK]));
    if (!says(title, "PRN-", a->values[ALMANAC_PRN]))
        return line_fault(l, title, 1, fault, "expected \"PRN-%.*s\" above a record of that ID",
                          STR_ARG(a->values[ALMANAC_PRN]));
    return 0;
}

static int following(struct almanac_reader *r, struct str before, struct str *ret, struct fault *fault)
{
    if (next_line(&r->lines, ret))
        return 0;
    return line_fault(&r->lines, before, 1, fault, "expected another line of the record behind this one");
}

static int read_yuma(struct almanac_reader *r, struct str title, struct almanac *out, struct fault *fault)
{
    struct lines at_title = r->lines;
    struct str line = title;
    if (title.p[0] != '*')
        return line_fault(&r->lines, title, 1, fault, "expected a title as \"******** Week 866 almanac for PRN-01\"");
    int error = 0;
    for (size_t i = 0; i < YUMA_LINES && !error; i++) {
        error = following(r, line, &line, fault);
        if (!error)
            error = read_yuma_line(r, line, i, out, fault);
    }
    return error ? error : check_title(&at_title, title, out, fault);
}

/* The next word of the rest. */
static int read_words(const struct lines *l, struct str line, const enum almanac_value *kinds, size_t n,
                      struct almanac *out, struct fault *fault)
{
    struct str rest = line;
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = take_value(l, line, kinds[i], str_take_word(&rest), out, fault);
    if (!error && str_trim(rest).n)
        error = line_fault(l, line, column_of(line, str_trim(rest)), fault, "expected no more than %zu values", n);
    return error;
}

static int read_sem(struct almanac_reader *r, struct str line, struct almanac *out, struct fault *fault)
{
    int error = 0;
    out->values[ALMANAC_WEEK] = r->week;
    out->values[ALMANAC_TOA] = r->toa;
    for (size_t i = 0; i < SEM_LINES && !error; i++) {
        if (i)
            error = following(r, line, &line, fault);
        if (!error)
            error = read_words(&r->lines, line, sem_lines[i].values, sem_lines[i].n, out, fault);
    }
    return error;
}

/* How many records and the title; then week and time of applicability of all. */
static int open_sem(struct almanac_reader *r, struct fault *fault)
{
    static const enum almanac_value kinds[] = {ALMANAC_WEEK, ALMANAC_TOA};
    struct str line = {r->lines.text, 0};
    struct almanac common = {0};
    if (!next_line(&r->lines, &line))
        return line_fault(&r->lines, line, 1, fault, "expected the number of records and a title");
    struct str rest = line, count = str_take_word(&rest);
    r->title = str_trim(rest);
    if (!integer_within(count, 0, ALMANAC_RECORDS_MAX) || r->title.n > SEM_TITLE_MAX || !fixed_text(r->title))
        return line_fault(&r->lines, line, 1, fault,
                          "expected the number of records, at most %d, and a title of at most %d characters",
                          ALMANAC_RECORDS_MAX, SEM_TITLE_MAX);
    r->announced = (size_t)str_int(count);
    int error = following(r, line, &line, fault);
    if (!error)
        error = read_words(&r->lines, line, kinds, 2, &common, fault);
    r->week = common.values[ALMANAC_WEEK];
    r->toa = common.values[ALMANAC_TOA];
    return error;
}

int almanac_open(enum almanac_form form, struct str text, struct almanac_reader *ret, struct fault *fault)
{
    struct almanac_reader r = {.lines = lines_of(text), .form = form};
    int error = form == ALMANAC_SEM ? open_sem(&r, fault) : 0;
    if (!error)
        *ret = r;
    return error;
}

static int at_end(const struct almanac_reader *r, struct fault *fault)
{
    struct str end = {r->lines.rest.p ? r->lines.rest.p : r->lines.text, 0};
    if (r->form == ALMANAC_SEM && r->read != r->announced)
        return line_fault(&r->lines, end, 1, fault, "expected %zu records, as line 1 says, not %zu", r->announced,
                          r->read);
    return ALMANAC_END;
}

static int check_once(struct almanac_reader *r, struct str line, int prn, struct fault *fault)
{
    if (r->seen[prn])
        return line_fault(&r->lines, line, 1, fault, "expected one record of PRN %d, not two", prn);
    r->seen[prn] = 1;
    r->read++;
    return 0;
}

int almanac_next(struct almanac_reader *reader, struct almanac *ret, struct fault *fault)
{
    struct str line;
    struct almanac a = {0};
    if (!next_line(&reader->lines, &line))
        return at_end(reader, fault);
    a.line = reader->lines.number;
    if (!fixed_text(line))
        return line_fault(&reader->lines, line, 1, fault, "expected printing characters of ASCII");
    int error = reader->form == ALMANAC_SEM ? read_sem(reader, line, &a, fault) : read_yuma(reader, line, &a, fault);
    if (!error)
        error = check_once(reader, line, str_int(a.values[ALMANAC_PRN]), fault);
    if (!error)
        *ret = a;
    return error;
}

static int check_values(const struct almanac *a, const enum almanac_value *kinds, size_t n, struct fault *fault)
{
    char what[EXPECTED_MAX];
    for (size_t i = 0; i < n; i++) {
        enum almanac_value v = kinds[i];
        if (!a->values[v].n || !value_fits(v, a->values[v]))
            return fault_set(fault, ERR_INVALID_RECORD, values[v].name, "expected %s, not \"%.*s\"", expected(v, what),
                             STR_ARG(a->values[v]));
    }
    return 0;
}

static int write_yuma(const struct almanac *a, struct buf *out, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; i < YUMA_LINES && !error; i++)
        error = check_values(a, &yuma_lines[i].value, 1, fault);
    if (error)
        return error;
    buf_printf(out, "******** Week %d almanac for PRN-%02d ********\n", str_int(a->values[ALMANAC_WEEK]),
               str_int(a->values[ALMANAC_PRN]));
    for (size_t i = 0; i < YUMA_LINES; i++) {
        struct str v = a->values[yuma_lines[i].value];
        bool shift = v.p[0] != '-' && v.p[0] != '+' && !values[yuma_lines[i].value].integer;
        buf_printf(out, "%s:%*s%.*s\n", yuma_lines[i].label,
                   yuma_lines[i].column + shift - (int)strlen(yuma_lines[i].label) - 1, "", STR_ARG(v));
    }
    buf_char(out, '\n');
    return 0;
}

static int write_sem(const struct almanac *a, struct buf *out, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; i < SEM_LINES && !error; i++)
        error = check_values(a, sem_lines[i].values, sem_lines[i].n, fault);
    for (size_t i = 0; i < SEM_LINES && !error; i++) {
        for (size_t k = 0; k < sem_lines[i].n; k++) {
            struct str v = a->values[sem_lines[i].values[k]];
            bool sign = v.p[0] == '-' || v.p[0] == '+';
            buf_printf(out, "%s%s%.*s", k ? " " : "", sem_lines[i].n > 1 && !sign ? " " : "", STR_ARG(v));
        }
        buf_char(out, '\n');
    }
    if (!error)
        buf_char(out, '\n');
    return error;
}

static int start_sem(const struct almanac *list, size_t n, struct str title, struct buf *out, struct fault *fault)
{
    static const enum almanac_value common[] = {ALMANAC_WEEK, ALMANAC_TOA};
    if (!n || n > ALMANAC_RECORDS_MAX || title.n > SEM_TITLE_MAX)
        return fault_set(fault, ERR_INVALID_RECORD, "", "expected 1 to %d records and a title of at most %d characters",
                         ALMANAC_RECORDS_MAX, SEM_TITLE_MAX);
    int error = check_values(list, common, 2, fault);
    for (size_t i = 1; i < n && !error; i++)
        for (size_t k = 0; k < 2; k++)
            if (!str_eq(list[i].values[common[k]], list[0].values[common[k]]))
                error = fault_set(fault, ERR_INVALID_RECORD, values[common[k]].name,
                                  "expected the same in all records of one file");
    if (!error)
        buf_printf(out, "%zu  %.*s\n %.*s %.*s\n\n", n, STR_ARG(title), STR_ARG(list->values[ALMANAC_WEEK]),
                   STR_ARG(list->values[ALMANAC_TOA]));
    return error;
}

int almanac_write(enum almanac_form form, const struct almanac *list, size_t n, struct str title, struct buf *out,
                  struct fault *fault)
{
    int error = form == ALMANAC_SEM ? start_sem(list, n, title, out, fault) : 0;
    for (size_t i = 0; i < n && !error; i++)
        error = form == ALMANAC_SEM ? write_sem(&list[i], out, fault) : write_yuma(&list[i], out, fault);
    return error;
}
