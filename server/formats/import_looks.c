/* What a text is, told from its first lines. None of these reads more than LOOK bytes. */
#include "import_run.h"
#include "rtcm.h"

#define LOOK 8192
#define LINES_MAX 24 /* modified ITC has up to 16 lines in front of its first point */

struct look {
    struct str lines[LINES_MAX]; /* the first ones that are not empty, without blanks in front */
    size_t n;
};

static bool contains(struct str s, const char *word)
{
    return s.n && memmem(s.p, s.n, word, strlen(word));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct str beginning(struct str text)
{
    return (struct str){text.p, text.n < LOOK ? text.n : LOOK};
}

static char first_character(struct str text)
{
    text = beginning(text);
    for (size_t i = 0; i < text.n; i++)
        if (!memchr(" \t\r\n", text.p[i], 4))
            return text.p[i];
    return '\0';
}

static struct look look_at(struct str text)
{
    struct look look = {.n = 0};
    struct lines l = lines_of(beginning(text));
    struct str line;
    while (look.n < LINES_MAX && lines_next(&l, &line)) {
        while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
            line = (struct str){line.p + 1, line.n - 1};
        if (line.n)
            look.lines[look.n++] = line;
    }
    return look;
}

/* Digits up to a blank or the end; 0: there are others, or none. */
static size_t leading_digits(struct str s)
{
    size_t n = 0;
    while (n < s.n && is_digit(s.p[n]))
        n++;
    return n == s.n || s.p[n] == ' ' || s.p[n] == '\t' ? n : 0;
}

static struct str behind(struct str s, size_t n)
{
    while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
        n++;
    return (struct str){s.p + n, s.n - n};
}

bool looks_xml(struct str text)
{
    return first_character(text) == '<';
}

/* Objects, one or in an array; "[USB1] …" is the beginning of a log. */
bool looks_json(struct str text)
{
    text = str_trim(beginning(text));
    char first = first_character(text), second = text.n ? first_character((struct str){text.p + 1, text.n - 1}) : '\0';
    return (first == '[' && (second == '{' || second == ']')) || (first == '{' && (second == '"' || second == '}'));
}

/* Perhaps behind comments. */
bool looks_kvn(struct str text)
{
    struct look look = look_at(text);
    size_t i = 0;
    while (i < look.n && str_starts(look.lines[i], "COMMENT"))
        i++;
    return i < look.n && str_starts(look.lines[i], "CCSDS_") && memchr(look.lines[i].p, '=', look.lines[i].n);
}

bool looks_ndm(struct str text)
{
    return looks_xml(text) || looks_kvn(text);
}

/* Names of columns, perhaps in quotes. */
bool looks_csv(struct str text)
{
    struct look look = look_at(text);
    struct str line = look.n ? look.lines[0] : STR("");
    for (size_t i = 0; i < line.n; i++)
        if (!(line.p[i] >= 'A' && line.p[i] <= 'Z') && !is_digit(line.p[i]) && !memchr("_\",", line.p[i], 3))
            return false;
    return line.n && !is_digit(line.p[0]) && memchr(line.p, ',', line.n);
}

/* "#dP2026 …" */
bool looks_sp3(struct str text)
{
    struct str s = beginning(text);
    return s.n > 3 && s.p[0] == '#' && s.p[1] >= 'a' && s.p[1] <= 'd' && (s.p[2] == 'P' || s.p[2] == 'V') &&
           (is_digit(s.p[3]) || s.p[3] == ' ');
}

/* The first line is the version; files of clocks are C, with columns that 3.04 has wider. */
static bool looks_rinex_of(struct str text, bool clocks)
{
    struct lines l = lines_of(beginning(text));
    struct str line = {0};
    if (!lines_next(&l, &line) || !contains(line, "RINEX VERSION / TYPE"))
        return false;
    bool wide = line.n > 65 && line.p[60] == ' ' && line.p[65] == 'R';
    char kind = line.n > 21 ? line.p[wide ? 21 : 20] : ' ';
    return (kind == 'C') == clocks;
}

bool looks_clk(struct str text)
{
    return looks_rinex_of(text, true);
}

bool looks_rinex(struct str text)
{
    return looks_rinex_of(text, false);
}

bool looks_yuma(struct str text)
{
    struct look look = look_at(text);
    return look.n && look.lines[0].p[0] == '*' && contains(look.lines[0], "almanac");
}

/* The number of records and a title, then week and seconds alone in a line. */
bool looks_sem(struct str text)
{
    struct look look = look_at(text);
    if (look.n < 2)
        return false;
    size_t count = leading_digits(look.lines[0]), week = leading_digits(look.lines[1]);
    struct str seconds = behind(look.lines[1], week);
    return count && count <= 2 && week && week <= 4 && seconds.n && seconds.n <= 6 &&
           leading_digits(seconds) == seconds.n;
}

/* Perhaps behind a rule of dashes. */
bool looks_advisory(struct str text)
{
    static const char *const keys[] = {"NOTICE ADVISORY TO ", "NANU TYPE", "NAQU TYPE", "NAGU TYPE"};
    struct look look = look_at(text);
    for (size_t i = 0; i < look.n; i++)
        for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
            if (str_starts(look.lines[i], keys[k]))
                return true;
    return false;
}

/* A time of eleven or thirteen digits and six numbers. */
static bool is_point(struct str line)
{
    size_t digits = 0, words = 0;
    while (digits < line.n && is_digit(line.p[digits]))
        digits++;
    if ((digits != 11 && digits != 13) || (digits < line.n && !memchr(". \t", line.p[digits], 3)))
        return false;
    for (size_t i = 0; i < line.n; i++)
        words += line.p[i] != ' ' && line.p[i] != '\t' && (!i || line.p[i - 1] == ' ' || line.p[i - 1] == '\t');
    return words == 7;
}

bool looks_itc(struct str text)
{
    struct look look = look_at(text);
    for (size_t i = 0; i < look.n; i++)
        if (is_point(look.lines[i]))
            return true;
    return false;
}

/* A frame whose checksum is right. */
bool looks_rtcm(struct str text)
{
    struct rtcm_reader reader = rtcm_reader(beginning(text));
    struct rtcm_frame frame;
    return rtcm_next(&reader, &frame);
}

#define TLE_LINE 69

/* A line 1 or 2 of the right length, or both, one after the other, of another one: behind a name and comments. */
bool looks_tle(struct str text)
{
    struct look look = look_at(text);
    bool before = false;
    for (size_t i = 0, names = 0; i < look.n && names < 2; i++) {
        struct str line = look.lines[i];
        bool first = str_starts(line, "1 "), second = str_starts(line, "2 ");
        if (((first || second) && line.n == TLE_LINE) || (before && second))
            return true;
        names += line.p[0] != '#' && !first;
        before = first;
    }
    return false;
}

const char *looks_packed(struct str text)
{
    static const struct {
        const char *magic, *name;
    } packings[] = {
        {"\x1f\x8b", "gzip"},
        {"\x1f\x9d", "compress"},
        {"BZh", "bzip2"},
        {"\xfd"
         "7zXZ",
         "xz"},
        {"\x28\xb5\x2f\xfd", "zstd"},
        {"7z\xbc\xaf", "7-Zip"},
    };
    struct look look = look_at(text);
    for (size_t i = 0; i < sizeof packings / sizeof *packings; i++)
        if (str_starts(text, packings[i].magic))
            return packings[i].name;
    return look.n && contains(look.lines[0], "CRINEX VERS") ? "Hatanaka's compression" : NULL;
}
