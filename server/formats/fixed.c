#include "fixed.h"
#include "civil.h"

#define FIXED_LINE_MAX 255 /* what a column's number can tell */

static size_t sign_at(struct str s, size_t from)
{
    return from < s.n && (s.p[from] == '-' || s.p[from] == '+');
}

bool fixed_integer(struct str text)
{
    size_t sign = sign_at(text, 0), n = str_digits_at(text, sign);
    return n && sign + n == text.n;
}

/* Fortran writes the exponent with E or D. */
static bool is_exponent(struct str text, size_t at)
{
    if (!memchr("eEdD", text.p[at], 4))
        return false;
    size_t sign = sign_at(text, at + 1), n = str_digits_at(text, at + 1 + sign);
    return n && n <= 3 && at + 1 + sign + n == text.n;
}

bool fixed_number(struct str text)
{
    size_t at = sign_at(text, 0), whole = str_digits_at(text, at), fraction = 0;
    at += whole;
    if (at < text.n && text.p[at] == '.') {
        fraction = str_digits_at(text, at + 1);
        at += 1 + fraction;
    }
    return whole + fraction && (at == text.n || is_exponent(text, at));
}

bool fixed_text(struct str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~')
            return false;
    return true;
}

static bool is_time(struct str text)
{
    struct civil time;
    return civil_read(text, &time);
}

static const struct {
    bool (*fits)(struct str text);
    const char *expected;
} kinds[] = {
    [FIXED_TEXT] = {fixed_text, "printing characters of ASCII"},
    [FIXED_LABEL] = {fixed_text, "printing characters of ASCII"},
    [FIXED_INTEGER] = {fixed_integer, "an integer"},
    [FIXED_NUMBER] = {fixed_number, "a decimal number"},
    [FIXED_TIME] = {is_time, "year, month, day, hour, minute and seconds of a time that exists"},
};

static int read_column(const struct lines *l, struct str line, const struct fixed_column *c, struct str *values,
                       struct fault *fault)
{
    size_t from = (size_t)c->first - 1, to = c->last < line.n ? c->last : line.n;
    while (from < to && line.p[from] == ' ')
        from++;
    while (to > from && line.p[to - 1] == ' ')
        to--;
    if (from >= to && c->optional) {
        values[c->value] = (struct str){0};
        return 0;
    }
    if (from >= to || !kinds[c->kind].fits((struct str){line.p + from, to - from}))
        return line_fault(l, line, c->first <= line.n ? c->first : line.n + 1, fault, "%s: expected %s up to column %d",
                          c->name, kinds[c->kind].expected, c->last);
    values[c->value] = (struct str){line.p + from, to - from};
    return 0;
}

static int check_blank(const struct lines *l, struct str line, size_t from, size_t to, struct fault *fault)
{
    for (size_t i = from; i < to && i < line.n; i++)
        if (line.p[i] != ' ')
            return line_fault(l, line, i + 1, fault, "expected a blank");
    return 0;
}

int fixed_read_first(const struct lines *l, struct str line, const struct fixed_column *columns, size_t n,
                     struct str *values, struct fault *fault)
{
    int error = 0;
    for (size_t i = 0; i < n && !error; i++) {
        if (i)
            error = check_blank(l, line, columns[i - 1].last, (size_t)columns[i].first - 1, fault);
        if (!error)
            error = read_column(l, line, &columns[i], values, fault);
    }
    return error;
}

int fixed_read(const struct lines *l, struct str line, const struct fixed_column *columns, size_t n, struct str *values,
               struct fault *fault)
{
    int error = fixed_read_first(l, line, columns, n, values, fault);
    return error ? error : check_blank(l, line, columns[n - 1].last, line.n, fault);
}

static int write_column(const struct fixed_column *c, struct str value, char *line, struct fault *fault)
{
    size_t width = (size_t)(c->last - c->first) + 1;
    if (!value.n && c->optional)
        return 0;
    if (!value.n || value.n > width || !kinds[c->kind].fits(value))
        return fault_set(fault, ERR_INVALID_RECORD, c->name, "expected %s in at most %zu columns, not \"%.*s\"",
                         kinds[c->kind].expected, width, STR_ARG(value));
    bool right = c->kind != FIXED_TEXT && c->kind != FIXED_TIME;
    memcpy(line + c->first - 1 + (right ? width - value.n : 0), value.p, value.n);
    return 0;
}

int fixed_write(struct str start, const struct fixed_column *columns, size_t n, const struct str *values,
                struct buf *out, struct fault *fault)
{
    char line[FIXED_LINE_MAX];
    int error = 0;
    memset(line, ' ', sizeof line);
    memcpy(line, start.p, start.n);
    for (size_t i = 0; i < n && !error; i++)
        error = write_column(&columns[i], values[columns[i].value], line, fault);
    size_t used = sizeof line;
    while (used && line[used - 1] == ' ')
        used--;
    if (!error) {
        buf_add(out, line, used);
        buf_char(out, '\n');
    }
    return error;
}
