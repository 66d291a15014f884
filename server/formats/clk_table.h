/* The lines of RINEX clock files, for their reader and their writer. Inside formats/ only. */
#pragma once
#include "clk.h"
#include "fixed.h"

#define CLK_NARROW 60 /* columns in front of a label */
#define CLK_WIDE 65

struct clk_columns {
    struct fixed_column columns[CLK_LINE_VALUES];
    size_t n;
};

/* By enum clk_label: columns of the versions before 3.04, and of that one. */
extern const struct clk_row {
    const char *label;
    bool once, required;
    struct clk_columns narrow, wide;
} clk_rows[CLK_LABELS];

enum { CLK_DATA_TYPE, CLK_DATA_NAME, CLK_DATA_EPOCH, CLK_DATA_COUNT, CLK_DATA_FIRST, CLK_DATA_COLUMNS = 6 };
#define CLK_MORE 4 /* values in the line that continues one */
extern const struct fixed_column clk_data[2][CLK_DATA_COLUMNS], clk_more[2][CLK_MORE]; /* [1]: wide */
