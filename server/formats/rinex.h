/* What files of RINEX 2 to 4 begin with: lines of 60 columns and a label behind them. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "error.h"
#include "lines.h"

#define RINEX_HEADER_LINES_MAX 10000 /* a table of slots or phase shifts takes hundreds */
#define RINEX_COLUMNS 60             /* in front of the label */

struct rinex_line {
    struct str label, text; /* without blanks behind it */
    size_t number;          /* in the file, from 1 */
};

struct rinex_header {
    int version; /* 211: 2.11 */
    char kind;   /* O: observations, N: navigation, and in version 2 G: of GLONASS, H: of geostationary satellites */
    char system; /* G R E J C I S, or M: several */
    struct rinex_line *lines; /* all but the last; their texts are slices of the file */
    size_t n;
};

#define RINEX_FIELDS_MAX 16

/* Without the blanks at both ends; {NULL, 0} of what is blank. */
static inline struct str rinex_trim(struct str s)
{
    s = str_trim(s);
    return s.n ? s : (struct str){0};
}

/* Up to and including END OF HEADER; what stands behind is for the caller. A label that is not known is kept as it is.
 * ERR_INVALID_RECORD: fault->where is line and column, the detail names the label and what was expected. */
int rinex_header_read(struct lines *lines, struct arena *arena, struct rinex_header *ret, struct fault *fault);
/* The fields of a line, trimmed, {NULL, 0} where blank; their number. 0 if the label is not known. */
size_t rinex_fields(const struct rinex_header *h, const struct rinex_line *line, struct str ret[RINEX_FIELDS_MAX]);
/* Writes the lines, with END OF HEADER. */
void rinex_header_write(const struct rinex_header *h, struct buf *out);
void rinex_line_write(const struct rinex_line *line, struct buf *out);
/* An array of texts in JSON, each a line as it stands; nothing of none. */
void rinex_lines_write(const struct rinex_line *const *lines, size_t n, struct buf *out);
bool rinex_label_once(struct str label); /* files of version 4 have at most one line of it */
/* The first of that label; NULL: none. */
const struct rinex_line *rinex_line_find(const struct rinex_header *h, const char *label);
bool rinex_is_system(char c); /* one of G R E J C I S */
/* "2022-10-05T02:00:00.0" of a year, month, day, hour, minute and of seconds with or without a point, as they stand in
 * their columns. A year of two digits lies from 1980 to 2079. Second 60 only at 23:59. False: there is no such time. */
bool rinex_time(const struct str parts[6], struct arena *arena, struct str *ret);
