/* Entries of an advisory: ICD-GPS-240, section 3, and ICD-GPS-870, section 10.3 (NANU; NAQU are written alike); Galileo
 * OS SDD, annex C.2 (NAGU). Behind the entries stands text for people, which is kept but not read. */
#include "advisory.h"
#include "instant.h"
#include "utf8.h"

#include <stdio.h>

static const struct advisory_series all_series[] = {
    {"NANU", "NAVSTAR", "GPS", "GPSOC"},
    {"NAQU", "QZSS", "QZSS", "QSS"},
    {"NAGU", "GALILEO", "GALILEO", "GSC"},
};

enum kind {
    KIND_TEXT,
    KIND_NUMBER,    /* 2022014 */
    KIND_REFERENCE, /* one or several of them */
    KIND_INTEGER,
    KIND_VEHICLE,  /* 36 or E36 */
    KIND_GROUP,    /* 262232Z JAN 2022 */
    KIND_CALENDAR, /* 2026-05-08 09:20, or the day alone */
    KIND_DATE,     /* 26 JAN 2022 */
    KIND_DAY,      /* of the year: 026 */
    KIND_CLOCK,    /* 2140 */
};

/* Parts of times, behind the values. */
enum piece { START_DATE = ADVISORY_VALUES, START_DAY, START_CLOCK, STOP_DATE, STOP_DAY, STOP_CLOCK, ENTRIES };

/* A star stands for the name of the series. */
static const struct row {
    const char *key;
    int entry;
    enum kind kind;
} rows[] = {
    {"SUBJ", ADVISORY_SUBJECT, KIND_TEXT},
    {"* SUBJECT", ADVISORY_SUBJECT, KIND_TEXT},
    {"* TYPE", ADVISORY_TYPE, KIND_TEXT},
    {"* NUMBER", ADVISORY_NUMBER, KIND_NUMBER},
    {"* DTG", ADVISORY_ISSUED, KIND_GROUP},
    {"DATE GENERATED (UTC)", ADVISORY_ISSUED, KIND_CALENDAR},
    {"REFERENCE *", ADVISORY_REFERENCE, KIND_REFERENCE},
    {"* REFERENCED TO", ADVISORY_REFERENCE, KIND_REFERENCE},
    {"REF * DTG", ADVISORY_REFERENCE_ISSUED, KIND_GROUP},
    {"SATELLITE AFFECTED", ADVISORY_SATELLITE, KIND_TEXT},
    {"SVN", ADVISORY_SVN, KIND_INTEGER},
    {"PRN", ADVISORY_PRN, KIND_INTEGER},
    {"SPACE VEHICLE ID", ADVISORY_PRN, KIND_VEHICLE},
    {"SIGNAL(S) AFFECTED", ADVISORY_SIGNALS, KIND_TEXT},
    {"START DATE EVENT (UTC)", ADVISORY_START, KIND_CALENDAR},
    {"END DATE EVENT (UTC)", ADVISORY_STOP, KIND_CALENDAR},
    {"START CALENDAR DATE", START_DATE, KIND_DATE},
    {"START JDAY", START_DAY, KIND_DAY},
    {"START TIME ZULU", START_CLOCK, KIND_CLOCK},
    {"UNUSABLE START CALENDAR DATE", START_DATE, KIND_DATE},
    {"UNUSABLE START JDAY", START_DAY, KIND_DAY},
    {"UNUSABLE START TIME ZULU", START_CLOCK, KIND_CLOCK},
    {"LAUNCH CALENDAR DATE", START_DATE, KIND_DATE},
    {"LAUNCH JDAY", START_DAY, KIND_DAY},
    {"LAUNCH TIME ZULU", START_CLOCK, KIND_CLOCK},
    {"STOP CALENDAR DATE", STOP_DATE, KIND_DATE},
    {"STOP JDAY", STOP_DAY, KIND_DAY},
    {"STOP TIME ZULU", STOP_CLOCK, KIND_CLOCK},
};

/* ---- values ---- */

static bool has_digits(struct str s, size_t n)
{
    return s.n == n && str_is_digits(s);
}

static struct str part(struct str s, size_t from, size_t n)
{
    return from + n <= s.n ? (struct str){s.p + from, n} : (struct str){0};
}

static bool read_text(struct str text, struct arena *arena, struct str *ret)
{
    *ret = arena_str(arena, text);
    return true;
}

static bool read_number(struct str text, struct arena *arena, struct str *ret)
{
    return has_digits(text, 7) && read_text(text, arena, ret);
}

/* Numbers with commas, blanks, AND or nothing between them become numbers with a comma and a blank. */
static bool read_reference(struct str text, struct arena *arena, struct str *ret)
{
    char *out = arena_alloc(arena, text.n * 2 + 2);
    size_t n = 0;
    for (size_t at = 0; at < text.n;) {
        if (has_digits(part(text, at, 7), 7)) {
            n += (size_t)sprintf(out + n, "%s%.7s", n ? ", " : "", text.p + at);
            at += 7;
        } else if (str_starts((struct str){text.p + at, text.n - at}, "AND")) {
            at += 3;
        } else if (memchr(" ,;&", text.p[at], 4)) {
            at++;
        } else {
            return false;
        }
    }
    *ret = (struct str){out, n};
    return n > 0;
}

static bool read_integer(struct str text, struct arena *arena, struct str *ret)
{
    if (text.n > 9 || !str_is_digits(text))
        return false;
    *ret = str_of(arena_printf(arena, "%d", str_int(text)));
    return true;
}

static bool read_vehicle(struct str text, struct arena *arena, struct str *ret)
{
    bool letter = text.n && text.p[0] == 'E';
    return read_integer((struct str){text.p + letter, text.n - letter}, arena, ret);
}

static bool write_time(struct str day, struct str clock, struct arena *arena, struct str *ret)
{
    instant t;
    char *out = arena_alloc(arena, INSTANT_TEXT);
    if (!instant_parse(str_of(arena_printf(arena, "%.*sT%.*s:%.*s", STR_ARG(day), STR_ARG(part(clock, 0, 2)),
                                           STR_ARG(part(clock, clock.n - 2, 2)))),
                       &t))
        return false;
    instant_write(t, out);
    *ret = (struct str){out, INSTANT_TEXT};
    return true;
}

/* "26 JAN 2022" as "2022-01-26". */
static bool iso_day(struct str day, struct str month_year, struct arena *arena, struct str *ret)
{
    static const char months[] = "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC";
    struct str month = part(month_year, 0, 3), year = part(month_year, 4, 4);
    if (month_year.n != 8 || month_year.p[3] != ' ' || !has_digits(year, 4) || !has_digits(day, 2))
        return false;
    for (int i = 0; i < 12; i++)
        if (!memcmp(months + 3 * i, month.p, 3)) {
            *ret = str_of(arena_printf(arena, "%.4s-%02d-%.2s", year.p, i + 1, day.p));
            return true;
        }
    return false;
}

static bool read_group(struct str text, struct arena *arena, struct str *ret)
{
    struct str clock = part(text, 2, 4), day;
    return text.n == 16 && text.p[6] == 'Z' && text.p[7] == ' ' && has_digits(clock, 4) &&
           iso_day(part(text, 0, 2), part(text, 8, 8), arena, &day) && write_time(day, clock, arena, ret);
}

static bool read_date(struct str text, struct arena *arena, struct str *ret)
{
    struct str day;
    return text.n == 11 && text.p[2] == ' ' && iso_day(part(text, 0, 2), part(text, 3, 8), arena, &day) &&
           write_time(day, STR("0000"), arena, ret);
}

static bool read_calendar(struct str text, struct arena *arena, struct str *ret)
{
    if (text.n == 10)
        return write_time(text, STR("0000"), arena, ret);
    return text.n == 16 && text.p[10] == ' ' && text.p[13] == ':' &&
           write_time(part(text, 0, 10), part(text, 11, 5), arena, ret);
}

static bool read_day(struct str text, struct arena *arena, struct str *ret)
{
    int day = has_digits(text, 3) ? str_int(text) : 0;
    return day >= 1 && day <= 366 && read_text(text, arena, ret);
}

static bool read_clock(struct str text, struct arena *arena, struct str *ret)
{
    int clock = has_digits(text, 4) ? str_int(text) : -1;
    return clock >= 0 && clock <= 2400 && clock % 100 < 60 && read_text(text, arena, ret);
}

static const struct {
    bool (*read)(struct str text, struct arena *arena, struct str *ret);
    const char *expected;
} kinds[] = {
    [KIND_TEXT] = {read_text, "text"},
    [KIND_NUMBER] = {read_number, "the year and three digits, as 2022014"},
    [KIND_REFERENCE] = {read_reference, "numbers of advisories, as 2022014, or N/A"},
    [KIND_INTEGER] = {read_integer, "digits, or N/A"},
    [KIND_VEHICLE] = {read_vehicle, "digits, perhaps behind an E, or N/A"},
    [KIND_GROUP] = {read_group, "a time as 262232Z JAN 2022, or N/A"},
    [KIND_CALENDAR] = {read_calendar, "a time as 2026-05-08 09:20, or N/A"},
    [KIND_DATE] = {read_date, "a day as 26 JAN 2022, or N/A"},
    [KIND_DAY] = {read_day, "a day of the year as 026, UFN or N/A"},
    [KIND_CLOCK] = {read_clock, "hours and minutes as 2140, or N/A"},
};

/* ---- entries ---- */

struct entry {
    struct str value; /* {NULL, 0}: none */
    struct str line;  /* {NULL, 0}: the entry is missing */
    size_t number;    /* of that line */
};

struct draft {
    struct advisory_reader *reader;
    const struct advisory_series *series;
    struct str header; /* its first line */
    size_t header_number;
    bool ended; /* of the entries; text for people follows */
    struct entry entries[ENTRIES];
};

__attribute__((format(printf, 5, 6))) static int fault_at(const struct draft *d, struct str line, size_t number,
                                                          struct fault *fault, const char *format, ...)
{
    char detail[FAULT_DETAIL_MAX];
    struct lines at = d->reader->lines;
    at.number = number;
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    return line_fault(&at, line, 1, fault, "%s", detail);
}

static int entry_fault(const struct draft *d, int entry, struct fault *fault, const char *detail)
{
    const struct entry *e = &d->entries[entry];
    return e->line.p ? fault_at(d, e->line, e->number, fault, "%s", detail)
                     : fault_at(d, d->header, d->header_number, fault, "%s", detail);
}

static bool is_key(const struct draft *d, const char *key, struct str text)
{
    const char *star = strchr(key, '*');
    size_t before = star ? (size_t)(star - key) : strlen(key), name = star ? strlen(d->series->name) : 0;
    const char *after = star ? star + 1 : "";
    return text.n == before + name + strlen(after) && !memcmp(text.p, key, before) &&
           !memcmp(text.p + before, d->series->name, name) && !memcmp(text.p + before + name, after, strlen(after));
}

static const struct row *find_row(const struct draft *d, struct str key)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (is_key(d, rows[i].key, key))
            return &rows[i];
    return NULL;
}

static bool says_nothing(struct str value)
{
    static const char *const words[] = {"", "N/A", "NA", "UFN", "UNTIL FURTHER NOTICE"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_is(value, words[i]))
            return true;
    return false;
}

static int read_entry(struct draft *d, const struct row *row, struct str value, struct str line, struct fault *fault)
{
    struct entry *e = &d->entries[row->entry];
    size_t number = d->reader->lines.number;
    if (e->line.p && e->number != d->header_number)
        return fault_at(d, line, number, fault, "expected this entry once: it stands in line %zu", e->number);
    struct str before = e->value;
    e->line = line;
    e->number = number;
    if (says_nothing(value))
        return 0;
    if (!kinds[row->kind].read(value, d->reader->arena, &e->value))
        return fault_at(d, line, number, fault, "expected %s", kinds[row->kind].expected);
    if (before.p && !str_eq(before, e->value))
        return fault_at(d, line, number, fault, "expected %.*s, as in the first line", STR_ARG(before));
    return 0;
}

/* Sections are numbered; the first holds the entries. */
static struct str without_number(struct str text)
{
    return str_starts(text, "1.") ? str_trim_ows((struct str){text.p + 2, text.n - 2}) : text;
}

static bool ends_entries(struct str text)
{
    return str_starts(text, "2.") || str_starts(text, "EVENT DESCRIPTION") || str_starts(text, "***");
}

static int read_line(struct draft *d, struct str line, struct fault *fault)
{
    if (!utf8_valid(line) || memchr(line.p, 0, line.n))
        return line_fault(&d->reader->lines, line, 1, fault, "expected text in UTF-8");
    struct str text = without_number(str_trim_ows(line));
    d->ended = d->ended || ends_entries(text);
    const char *colon = d->ended || !text.n ? NULL : memchr(text.p, ':', text.n);
    if (!colon)
        return 0;
    size_t at = (size_t)(colon - text.p);
    const struct row *row = find_row(d, str_trim_ows((struct str){text.p, at}));
    struct str value = str_trim_ows((struct str){colon + 1, text.n - at - 1});
    return row ? read_entry(d, row, value, line, fault) : 0;
}

/* ---- the first line ---- */

#define HEADER "NOTICE ADVISORY TO "

/* Behind HEADER: "NAVSTAR USERS (NANU) 2022014", and of some the type. */
static int read_header(struct draft *d, struct str line, struct fault *fault)
{
    struct arena *arena = d->reader->arena;
    d->header = line;
    d->header_number = d->reader->lines.number;
    for (size_t i = 0; i < sizeof all_series / sizeof *all_series; i++) {
        const struct advisory_series *s = &all_series[i];
        const char *start = arena_printf(arena, HEADER "%s USERS (%s) ", s->users, s->name);
        if (!str_starts(line, start))
            continue;
        d->series = s;
        struct str rest = str_trim_ows((struct str){line.p + strlen(start), line.n - strlen(start)}),
                   number = part(rest, 0, 7);
        if (!has_digits(number, 7))
            return fault_at(d, line, d->header_number, fault, "expected %s", kinds[KIND_NUMBER].expected);
        d->entries[ADVISORY_NUMBER] = (struct entry){arena_str(arena, number), line, d->header_number};
        return read_line(d, (struct str){rest.p + 7, rest.n - 7}, fault);
    }
    return fault_at(d, line, d->header_number, fault,
                    "expected NAVSTAR USERS (NANU), QZSS USERS (NAQU) or GALILEO USERS (NAGU), and a number");
}

/* "2022014-------------" stands between advisories in collections. */
static bool is_rule(struct str line)
{
    line = str_trim_ows(line);
    size_t at = has_digits(part(line, 0, 7), 7) ? 7 : 0;
    for (; at < line.n; at++)
        if (line.p[at] != '-')
            return false;
    return true;
}

static int find_header(struct draft *d, struct fault *fault)
{
    struct str line;
    do {
        if (!lines_next(&d->reader->lines, &line))
            return ADVISORY_END;
    } while (is_rule(line));
    if (!str_starts(line, HEADER))
        return line_fault(&d->reader->lines, line, 1, fault, "expected " HEADER "NAVSTAR, QZSS or GALILEO USERS");
    return read_header(d, line, fault);
}

/* Up to the next advisory; the text ends with its last line that is neither empty nor a rule. */
static int read_body(struct draft *d, struct str *ret_text, struct fault *fault)
{
    struct lines *lines = &d->reader->lines, before;
    const char *end = d->header.p + d->header.n;
    struct str line;
    int error = 0;
    while (before = *lines, !error && lines_next(lines, &line)) {
        if (str_starts(line, HEADER)) {
            *lines = before;
            break;
        }
        if (!is_rule(line))
            end = line.p + line.n;
        if (end - d->header.p > ADVISORY_TEXT_MAX)
            return line_fault(lines, line, 1, fault, "expected an advisory of at most %d bytes", ADVISORY_TEXT_MAX);
        error = read_line(d, line, fault);
    }
    *ret_text = (struct str){d->header.p, (size_t)(end - d->header.p)};
    return error;
}

/* ---- what the entries say together ---- */

static instant entry_time(const struct entry *e)
{
    instant t = 0;
    instant_parse(e->value, &t);
    return t;
}

static int day_of_year(struct str time)
{
    char first[] = "YYYY-01-01";
    instant t, start;
    memcpy(first, time.p, 4);
    instant_parse(time, &t);
    instant_parse(str_of(first), &start);
    return (int)((t - start) / INSTANT_DAY) + 1;
}

/* Without a clock: the start of the day for a start, its end for an end. */
static int join_time(struct draft *d, int value, int date, const char *name, struct fault *fault)
{
    struct entry *day = &d->entries[date + 1], *clock = &d->entries[date + 2], *out = &d->entries[value];
    if (!out->line.p)
        *out = (struct entry){.line = d->entries[date].line, .number = d->entries[date].number};
    char detail[FAULT_DETAIL_MAX];
    if (!d->entries[date].value.n) {
        snprintf(detail, sizeof detail, "%s CALENDAR DATE: expected, as there is a day of the year", name);
        return day->value.n ? entry_fault(d, date + 1, fault, detail) : 0;
    }
    int expected = day_of_year(d->entries[date].value);
    if (day->value.n && str_int(day->value) != expected) {
        snprintf(detail, sizeof detail, "expected %03d, the day of %s CALENDAR DATE", expected, name);
        return entry_fault(d, date + 1, fault, detail);
    }
    instant t = entry_time(&d->entries[date]);
    if (clock->value.n)
        t += str_int(clock->value) / 100 * INSTANT_HOUR + str_int(clock->value) % 100 * INSTANT_MINUTE;
    else if (value == ADVISORY_STOP)
        t += INSTANT_DAY;
    if (t >= INSTANT_10000)
        return entry_fault(d, value, fault, "expected a time before the year 10000");
    char *text = arena_alloc(d->reader->arena, INSTANT_TEXT);
    instant_write(t, text);
    out->value = (struct str){text, INSTANT_TEXT};
    return 0;
}

static int check_needs(struct draft *d, unsigned needs, struct fault *fault)
{
    static const char *const names[ADVISORY_VALUES] = {
        [ADVISORY_NUMBER] = "the number", [ADVISORY_TYPE] = "the type", [ADVISORY_REFERENCE] = "the reference",
        [ADVISORY_START] = "the start",   [ADVISORY_STOP] = "the stop",
    };
    for (int i = 0; i < ADVISORY_VALUES; i++) {
        char detail[FAULT_DETAIL_MAX];
        if (!(needs >> i & 1) || d->entries[i].value.n)
            continue;
        snprintf(detail, sizeof detail, "%s: expected in an advisory of type %.*s", names[i],
                 STR_ARG(d->entries[ADVISORY_TYPE].value));
        return entry_fault(d, i, fault, detail);
    }
    return 0;
}

static int finish(struct draft *d, struct advisory *out, struct fault *fault)
{
    if (!d->entries[ADVISORY_TYPE].value.n)
        return entry_fault(d, ADVISORY_TYPE, fault, "expected an entry of the type");
    out->kind = advisory_kind_find(str_of(d->series->name), d->entries[ADVISORY_TYPE].value);
    int error = join_time(d, ADVISORY_START, START_DATE, "START", fault);
    if (!error)
        error = join_time(d, ADVISORY_STOP, STOP_DATE, "STOP", fault);
    if (!error)
        error = check_needs(d, out->kind ? out->kind->needs : 0, fault);
    const struct entry *start = &d->entries[ADVISORY_START], *stop = &d->entries[ADVISORY_STOP];
    if (!error && start->value.n && stop->value.n && entry_time(stop) < entry_time(start))
        error = entry_fault(d, ADVISORY_STOP, fault, "expected a stop that is not before the start");
    return error;
}

int advisory_next(struct advisory_reader *reader, struct advisory *ret, struct fault *fault)
{
    struct draft d = {.reader = reader};
    struct advisory a = {0};
    int error = find_header(&d, fault);
    if (!error)
        error = read_body(&d, &a.text, fault);
    if (!error)
        error = finish(&d, &a, fault);
    if (error)
        return error;
    a.series = d.series;
    a.line = d.header_number;
    for (int i = 0; i < ADVISORY_VALUES; i++)
        a.values[i] = d.entries[i].value;
    *ret = a;
    return 0;
}
