/* Clock offsets of satellites and receivers in RINEX clock files (Ray and Gurtner, "RINEX Extensions to Handle Clock
 * Information", versions 2.00 to 3.04): in and out, line by line. */
#pragma once
#include "arena.h"
#include "civil.h"
#include "error.h"
#include "header.h"
#include "lines.h"

enum clk_label {
    CLK_VERSION,
    CLK_PROGRAM,
    CLK_COMMENT,
    CLK_OBSERVATIONS,
    CLK_TIME_SYSTEM,
    CLK_LEAP_SECONDS,
    CLK_LEAP_SECONDS_GNSS,
    CLK_DCBS,
    CLK_PCVS,
    CLK_TYPES,
    CLK_STATION,
    CLK_STATION_REFERENCE,
    CLK_CENTER,
    CLK_REFERENCE_COUNT,
    CLK_REFERENCE,
    CLK_SOLUTION_STATIONS,
    CLK_SOLUTION_STATION,
    CLK_SOLUTION_SATELLITES,
    CLK_SATELLITES,
    CLK_END_OF_HEADER,
    CLK_LABELS
};

#define CLK_LINE_VALUES 5

struct clk_line {
    enum clk_label label;
    struct str text;                    /* in front of the label, without blanks at its end */
    struct str values[CLK_LINE_VALUES]; /* in the order of the label's columns */
};

#define CLK_HEADER_MAX 5000 /* lines */

struct clk_header {
    bool wide; /* version 3.04: 65 columns in front of the label, names of nine characters */
    char system;
    enum time_scale scale;
    struct str time_system; /* "GPS": the file's, or that of its satellites */
    struct str types;       /* "AR", "AS" and so on, with blanks between them */
    size_t n;
    struct clk_line *lines;
};

#define CLK_VALUES 6
/* A clock at an epoch: bias in s, its deviation, rate in s/s, its deviation, acceleration in s/s^2, its deviation. */
struct clk_data {
    struct str type, name;
    struct civil epoch;
    size_t line; /* where it starts, from 1 */
    size_t n;    /* values that are there, 1 to CLK_VALUES */
    struct str values[CLK_VALUES];
};

struct clk_reader {
    struct lines lines;
    struct clk_header header;
    int64_t last; /* ticks of the epoch before */
};

/* Slices of the text; the lines of the header in the arena. ERR_INVALID_RECORD from here on: fault->where is line and
 * column, the detail names the value and what was expected. */
int clk_open(struct str text, struct arena *arena, struct clk_reader *ret, struct fault *fault);
/* Whether this line of the header says how many stations or reference clocks follow, and none do: headers of IGS and
 * JAXA have been cut so. */
bool clk_lists_nothing(const struct clk_header *h, size_t line);
enum { CLK_END = -1 };
/* 0 with the next clock at an epoch, CLK_END behind the last. Epochs do not descend. */
int clk_next(struct clk_reader *reader, struct clk_data *ret, struct fault *fault);

/* The header as its lines stand; a value that does not fit its columns is refused: fault->where is its name. */
void clk_write_header(const struct clk_header *header, struct buf *out);
/* A line of the header; values in the order of the label's columns. */
int clk_write_line(bool wide, enum clk_label label, const struct str *values, struct buf *out, struct fault *fault);
int clk_write_data(const struct clk_header *header, const struct clk_data *data, struct buf *out, struct fault *fault);

#define CLK_RECORD_POINTS_MAX 2880 /* more of a clock go on in another record */
#define CLK_CLOCKS_MAX 5000        /* different ones in a file */
/* All of text as records, each of one clock. */
int clk_records(struct str text, const struct header *header, struct arena *arena, const struct record_sink *sink,
                struct fault *fault);
