/* Labels and columns: RINEX 2.11 (W. Gurtner, L. Estey, 2007), tables A1 and A3; RINEX 3.05 (IGS and RTCM-SC104, 2020),
 * tables A2 and A5; RINEX 4.02 (2024), tables A2 and A7. */
#include "rinex.h"
#include "fortran.h"

#include <stdlib.h>

#define VERSION_FIRST 200
#define VERSION_LAST 402

struct label {
    const char *name;
    const char *kinds; /* of file */
    int first, last;   /* versions */
    bool needed, once;
    /* Kind (A: text, I: integer, D: number, X: whatever) and width of each field, ! behind what must be there. */
    const char *columns;
};

/* A label may stand here twice, for other versions or kinds. */
static const struct label labels[] = {
    {"RINEX VERSION / TYPE", "ONGH", 0, 999, true, true, "D9! X11 A1! X19 A1"},
    {"PGM / RUN BY / DATE", "ONGH", 0, 999, true, true, "A20 A20 A20"},
    {"COMMENT", "ONGH", 0, 999, false, false, "A60"},
    {"LEAP SECONDS", "ONGH", 0, 299, false, true, "I6!"},
    {"LEAP SECONDS", "ON", 300, 999, false, true, "I6! I6 I6 I6 A3"},
    {"ION ALPHA", "N", 0, 299, false, true, "X2 D12! D12! D12! D12!"},
    {"ION BETA", "N", 0, 299, false, true, "X2 D12! D12! D12! D12!"},
    {"DELTA-UTC: A0,A1,T,W", "N", 0, 299, false, true, "X3 D19! D19! I9! I9!"},
    {"CORR TO SYSTEM TIME", "G", 0, 299, false, true, "I6! I6! I6! X3 D19!"},
    {"D-UTC A0,A1,T,W,S,U", "H", 0, 299, false, false, "D19! D19! I7! I5! X1 A5 X1 I2"},
    {"IONOSPHERIC CORR", "N", 300, 399, false, false, "A4! X1 D12! D12! D12! D12 X1 A1 X1 I2"},
    {"TIME SYSTEM CORR", "N", 300, 399, false, false, "A4! X1 D17! D16! X1 I6 X1 I4 X1 A5 X1 I2"},
    {"MERGED FILE", "ON", 400, 999, false, true, "I9"},
    {"DOI", "ON", 400, 999, false, true, "A60"},
    {"LICENSE OF USE", "ON", 400, 999, false, false, "A60"},
    {"STATION INFORMATION", "ON", 400, 999, false, false, "A60"},
    {"MARKER NAME", "O", 0, 999, true, true, "A60"},
    {"MARKER NUMBER", "O", 0, 999, false, true, "A20"},
    {"MARKER TYPE", "O", 300, 999, false, true, "A20"},
    {"OBSERVER / AGENCY", "O", 0, 999, true, true, "A20 A40"},
    {"REC # / TYPE / VERS", "O", 0, 999, true, true, "A20 A20 A20"},
    {"ANT # / TYPE", "O", 0, 999, false, true, "A20 A20"},
    {"APPROX POSITION XYZ", "O", 0, 999, false, true, "D14! D14! D14!"},
    {"ANTENNA: DELTA H/E/N", "O", 0, 999, false, true, "D14! D14! D14!"},
    {"ANTENNA: DELTA X/Y/Z", "O", 300, 999, false, true, "D14! D14! D14!"},
    {"# / TYPES OF OBSERV", "O", 0, 299, true, false, "I6 X4 A2 X4 A2 X4 A2 X4 A2 X4 A2 X4 A2 X4 A2 X4 A2 X4 A2"},
    {"SYS / # / OBS TYPES", "O", 300, 999, true, false,
     "A1 X2 I3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3 X1 A3"},
    {"WAVELENGTH FACT L1/2", "O", 0, 299, false, false, "I6! I6 I6 A36"},
    {"SIGNAL STRENGTH UNIT", "O", 300, 999, false, true, "A20"},
    {"INTERVAL", "O", 0, 999, false, true, "D10!"},
    {"TIME OF FIRST OBS", "O", 0, 999, true, true, "I6! I6! I6! I6! I6! D13! X5 A3"},
    {"TIME OF LAST OBS", "O", 0, 999, false, true, "I6! I6! I6! I6! I6! D13! X5 A3"},
    {"RCV CLOCK OFFS APPL", "O", 0, 999, false, true, "I6"},
    {"# OF SATELLITES", "O", 0, 999, false, true, "I6!"},
};

bool rinex_is_system(char c)
{
    return c && strchr("GREJCIS", c);
}

static bool is_integer(struct str s)
{
    size_t i = s.n && (s.p[0] == '-' || s.p[0] == '+');
    bool digits = i < s.n;
    for (; i < s.n; i++)
        digits &= s.p[i] >= '0' && s.p[i] <= '9';
    return digits;
}

static bool fits(char kind, struct str value)
{
    if (kind == 'I')
        return is_integer(value);
    return kind != 'D' || fortran_is_number(value);
}

static const char *expected(char kind)
{
    return kind == 'I' ? "an integer" : kind == 'D' ? "a decimal number" : "text";
}

struct column {
    char kind;
    size_t from, width;
    bool needed;
};

static const char *next_column(const char *at, struct column *c)
{
    char *end;
    while (*at == ' ')
        at++;
    if (!*at)
        return NULL;
    c->kind = *at;
    c->from += c->width;
    c->width = strtoul(at + 1, &end, 10);
    c->needed = *end == '!';
    return end + c->needed;
}

static const struct label *label_find(const struct rinex_header *h, struct str name)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (str_is(name, labels[i].name) && strchr(labels[i].kinds, h->kind) && h->version >= labels[i].first &&
            h->version <= labels[i].last)
            return &labels[i];
    return NULL;
}

static int check_fields(const struct lines *l, struct str line, const struct label *label, struct fault *fault)
{
    struct column c = {0};
    for (const char *at = label->columns; (at = next_column(at, &c));) {
        struct str value = rinex_trim(str_slice(line, c.from, c.width));
        if (value.n ? !fits(c.kind, value) : c.needed)
            return line_fault(l, line, c.from + 1, fault, "%s: expected %s of at most %zu columns", label->name,
                              expected(c.kind), c.width);
    }
    return 0;
}

size_t rinex_fields(const struct rinex_header *h, const struct rinex_line *line, struct str ret[RINEX_FIELDS_MAX])
{
    const struct label *label = label_find(h, line->label);
    struct column c = {0};
    size_t n = 0;
    if (!label)
        return 0;
    for (const char *at = label->columns; (at = next_column(at, &c));)
        if (c.kind != 'X')
            ret[n++] = rinex_trim(str_slice(line->text, c.from, c.width));
    return n;
}

const struct rinex_line *rinex_line_find(const struct rinex_header *h, const char *label)
{
    for (size_t i = 0; i < h->n; i++)
        if (str_is(h->lines[i].label, label))
            return &h->lines[i];
    return NULL;
}

static int next_line(struct lines *l, struct str before, struct str *ret_line, struct rinex_line *ret,
                     struct fault *fault)
{
    struct str line;
    if (!lines_next(l, &line))
        return line_fault(l, before, 1, fault,
                          "expected another line of the header behind this one, the last of them "
                          "END OF HEADER");
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] < ' ' || line.p[i] > '~')
            return line_fault(l, line, i + 1, fault, "expected a printing character of ASCII");
    *ret = (struct rinex_line){rinex_trim(str_slice(line, RINEX_COLUMNS, line.n)), str_slice(line, 0, RINEX_COLUMNS),
                               l->number};
    while (ret->text.n && ret->text.p[ret->text.n - 1] == ' ')
        ret->text.n--;
    *ret_line = line;
    return 0;
}

/* "     3.04": the number times 100. */
static int version_of(struct str text)
{
    int v = 0, decimals = -1;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.' && decimals < 0)
            decimals = 0;
        else if (text.p[i] < '0' || text.p[i] > '9' || decimals == 2 || v > VERSION_LAST)
            return 0;
        else {
            v = v * 10 + (text.p[i] - '0');
            decimals += decimals >= 0;
        }
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 2; i++)
        v *= 10;
    return v;
}

/* In version 2 the kind of file tells the system; a file of observations without one is of GPS. */
static char system_of(const struct rinex_header *h, char given)
{
    if (h->kind == 'G')
        return 'R';
    if (h->kind == 'H')
        return 'S';
    return given || h->version >= 300 ? given : 'G';
}

static int read_version(struct lines *l, struct str line, const struct rinex_line *first, struct rinex_header *h,
                        struct fault *fault)
{
    if (!str_is(first->label, "RINEX VERSION / TYPE"))
        return line_fault(l, line, RINEX_COLUMNS + 1, fault, "expected RINEX VERSION / TYPE in the first line");
    h->version = version_of(rinex_trim(str_slice(line, 0, 9)));
    if (h->version < VERSION_FIRST || h->version > VERSION_LAST)
        return line_fault(l, line, 1, fault, "RINEX VERSION / TYPE: expected a version from 2.00 to 4.02");
    struct str kind = str_slice(line, 20, 1), system = rinex_trim(str_slice(line, 40, 1));
    h->kind = kind.n ? kind.p[0] : ' ';
    if (!strchr(h->version < 300 ? "ONGH" : "ON", h->kind))
        return line_fault(l, line, 21, fault, "RINEX VERSION / TYPE: expected O or N%s",
                          h->version < 300 ? ", G or H" : "");
    h->system = system_of(h, system.n ? system.p[0] : '\0');
    if (h->system != 'M' && !rinex_is_system(h->system))
        return line_fault(l, line, 41, fault, "RINEX VERSION / TYPE: expected a system, one of G R E J C I S and M");
    if (h->version < 300 && h->kind == 'N' && !strchr("GM", h->system)) /* some have called theirs 2.12 */
        return line_fault(l, line, 41, fault,
                          "RINEX VERSION / TYPE: expected GPS: version 2 has no navigation messages of this system");
    return 0;
}

static int check_line(const struct lines *l, struct str line, const struct rinex_line *read,
                      const struct rinex_header *h, struct fault *fault)
{
    const struct label *label = label_find(h, read->label);
    if (!read->label.n)
        return line_fault(l, line, RINEX_COLUMNS + 1, fault, "expected a label");
    if (!label)
        return 0; /* "treated as though it were a comment": 2.11, section 6.9 */
    const struct rinex_line *before = label->once ? rinex_line_find(h, label->name) : NULL;
    if (before)
        return line_fault(l, line, RINEX_COLUMNS + 1, fault, "%s: stands in line %zu already", label->name,
                          before->number);
    return check_fields(l, line, label, fault);
}

static int check_complete(const struct lines *l, struct str line, const struct rinex_header *h, struct fault *fault)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (labels[i].needed && label_find(h, str_of(labels[i].name)) == &labels[i] &&
            !rinex_line_find(h, labels[i].name))
            return line_fault(l, line, 1, fault, "expected %s in the header", labels[i].name);
    return 0;
}

/* How many lines there may be, for one allocation. */
static size_t count_lines(struct lines l)
{
    struct str line;
    size_t n = 0;
    while (n < RINEX_HEADER_LINES_MAX && lines_next(&l, &line)) {
        if (str_is(rinex_trim(str_slice(line, RINEX_COLUMNS, line.n)), "END OF HEADER"))
            break;
        n++;
    }
    return n;
}

int rinex_header_read(struct lines *lines, struct arena *arena, struct rinex_header *ret, struct fault *fault)
{
    struct rinex_header h = {0};
    struct str line = {lines->text, 0};
    size_t most = count_lines(*lines);
    struct rinex_line read;
    h.lines = arena_array(arena, most + 1, sizeof *h.lines);
    for (;;) {
        int error = next_line(lines, line, &line, &read, fault);
        if (!error && !h.n)
            error = read_version(lines, line, &read, &h, fault);
        if (!error && str_is(read.label, "END OF HEADER"))
            error = check_complete(lines, line, &h, fault);
        else if (!error)
            error = check_line(lines, line, &read, &h, fault);
        if (error)
            return error;
        if (str_is(read.label, "END OF HEADER"))
            break;
        if (h.n == most)
            return line_fault(lines, line, 1, fault, "expected at most %d lines in the header", RINEX_HEADER_LINES_MAX);
        h.lines[h.n++] = read;
    }
    *ret = h;
    return 0;
}

bool rinex_label_once(struct str label)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (labels[i].last >= VERSION_LAST && str_is(label, labels[i].name))
            return labels[i].once;
    return false;
}

void rinex_line_write(const struct rinex_line *line, struct buf *out)
{
    buf_str(out, line->text);
    for (size_t i = line->text.n; i < RINEX_COLUMNS; i++)
        buf_char(out, ' ');
    buf_str(out, line->label);
    buf_char(out, '\n');
}

void rinex_lines_write(const struct rinex_line *const *lines, size_t n, struct buf *out)
{
    BUF_CLEANUP struct buf line = {0};
    for (size_t i = 0; i < n; i++) {
        buf_clear(&line);
        rinex_line_write(lines[i], &line);
        buf_char(out, i ? ',' : '[');
        buf_json_str(out, str_slice(buf_view(&line), 0, line.n - 1));
    }
    if (n)
        buf_char(out, ']');
}

void rinex_header_write(const struct rinex_header *h, struct buf *out)
{
    static const struct rinex_line end = {.label = {"END OF HEADER", 13}};
    for (size_t i = 0; i < h->n; i++)
        rinex_line_write(&h->lines[i], out);
    rinex_line_write(&end, out);
}

static bool part_of_time(struct str text, int most, int *ret)
{
    text = rinex_trim(text);
    int v = 0;
    if (!text.n || text.n > 4)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        v = v * 10 + (text.p[i] - '0');
    }
    *ret = v;
    return v <= most;
}

static int days_of(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* What stands behind the point, with it; "0" as ".0". */
static bool read_fraction(struct str text, struct str *ret)
{
    for (size_t i = 1; i < text.n; i++)
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
    *ret = text.n > 1 ? text : (struct str){0};
    return true;
}

bool rinex_time(const struct str parts[6], struct arena *arena, struct str *ret)
{
    struct str seconds = rinex_trim(parts[5]), fraction = {0};
    const char *point = seconds.n ? memchr(seconds.p, '.', seconds.n) : NULL;
    struct str whole = {seconds.p, point ? (size_t)(point - seconds.p) : seconds.n};
    int year, month, day, hour, minute, second;
    if (point && !read_fraction((struct str){point, seconds.n - whole.n}, &fraction))
        return false;
    if (!part_of_time(parts[0], 9999, &year) || !part_of_time(parts[1], 12, &month) ||
        !part_of_time(parts[2], 31, &day) || !part_of_time(parts[3], 23, &hour) ||
        !part_of_time(parts[4], 59, &minute) || !part_of_time(whole.n ? whole : STR("0"), 60, &second))
        return false;
    if (year < 100)
        year += year < 80 ? 2000 : 1900;
    if (year < 1900 || month < 1 || day < 1 || day > days_of(year, month) ||
        (second == 60 && (hour != 23 || minute != 59)))
        return false;
    *ret = str_of(arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%.*s", year, month, day, hour, minute, second,
                               STR_ARG(fraction)));
    return true;
}
