/* The columns of SP3, for its reader and its writer. Inside formats/ only. */
#pragma once
#include "fixed.h"
#include "sp3.h"

#define SP3_LINE_SATELLITES 17 /* in a line, from column 10 in three columns each */
#define SP3_LINES_MIN 5        /* of satellites and of accuracies */
#define SP3_COMMENTS_MIN 4
#define SP3_FIRST_SATELLITE 10

/* In SP3_START, SP3_EPOCHS and so on; columns of the standard's tables. */
static const struct fixed_column sp3_line_1[] = {
    {SP3_START, 4, 31, FIXED_TIME, false, "start"},
    {SP3_EPOCHS, 33, 39, FIXED_INTEGER, false, "number of epochs"},
    {SP3_DATA_USED, 41, 45, FIXED_LABEL, true, "data used"},
    {SP3_COORDINATES, 47, 51, FIXED_LABEL, false, "coordinate system"},
    {SP3_ORBIT_TYPE, 53, 55, FIXED_LABEL, true, "orbit type"},
    {SP3_AGENCY, 57, 60, FIXED_LABEL, true, "agency"},
};
static const struct fixed_column sp3_line_2[] = {
    {SP3_WEEK, 4, 7, FIXED_INTEGER, false, "GPS week"},
    {SP3_WEEK_SECONDS, 9, 23, FIXED_NUMBER, false, "seconds of the week"},
    {SP3_INTERVAL, 25, 38, FIXED_NUMBER, false, "interval of the epochs"},
    {SP3_MJD, 40, 44, FIXED_INTEGER, false, "modified Julian day"},
    {SP3_DAY_FRACTION, 46, 60, FIXED_NUMBER, false, "fraction of the day"},
};
static const struct fixed_column sp3_line_c[] = {
    {SP3_FILE_TYPE, 4, 5, FIXED_TEXT, false, "file type"},
    {SP3_TIME_SYSTEM, 10, 12, FIXED_TEXT, false, "time system"},
};
static const struct fixed_column sp3_line_f[] = {
    {SP3_BASE_POSITION, 4, 13, FIXED_NUMBER, false, "base of position deviations"},
    {SP3_BASE_CLOCK, 15, 26, FIXED_NUMBER, false, "base of clock deviations"},
};
#define SP3_MORE_C 14 /* columns from which the first %c and %f have no meaning yet */
#define SP3_MORE_F 28

/* Lines P and V, behind the satellite. Versions a and b end with column 60; where satellites are ranged by laser only,
 * lines end before the clock. */
static const struct fixed_column sp3_line_state[] = {
    {SP3_X, 5, 18, FIXED_NUMBER, false, "X"},
    {SP3_Y, 19, 32, FIXED_NUMBER, false, "Y"},
    {SP3_Z, 33, 46, FIXED_NUMBER, false, "Z"},
    {SP3_CLOCK, 47, 60, FIXED_NUMBER, true, "clock"},
    {SP3_X_DEVIATION, 62, 63, FIXED_INTEGER, true, "deviation of X"},
    {SP3_Y_DEVIATION, 65, 66, FIXED_INTEGER, true, "deviation of Y"},
    {SP3_Z_DEVIATION, 68, 69, FIXED_INTEGER, true, "deviation of Z"},
    {SP3_CLOCK_DEVIATION, 71, 73, FIXED_INTEGER, true, "deviation of the clock"},
    {SP3_CLOCK_EVENT, 75, 75, FIXED_TEXT, true, "clock event flag"},
    {SP3_CLOCK_PREDICTED, 76, 76, FIXED_TEXT, true, "clock prediction flag"},
    {SP3_MANEUVER, 79, 79, FIXED_TEXT, true, "manoeuvre flag"},
    {SP3_ORBIT_PREDICTED, 80, 80, FIXED_TEXT, true, "orbit prediction flag"},
};
#define SP3_STATE_COLUMNS(version) ((version) < 'c' ? 4 : sizeof sp3_line_state / sizeof *sp3_line_state)

/* Lines EP and EV. */
static const struct fixed_column sp3_line_covariance[] = {
    {SP3_SIGMA_X, 5, 8, FIXED_INTEGER, true, "deviation of X"},
    {SP3_SIGMA_Y, 10, 13, FIXED_INTEGER, true, "deviation of Y"},
    {SP3_SIGMA_Z, 15, 18, FIXED_INTEGER, true, "deviation of Z"},
    {SP3_SIGMA_CLOCK, 20, 26, FIXED_INTEGER, true, "deviation of the clock"},
    {SP3_XY, 28, 35, FIXED_INTEGER, true, "correlation of X and Y"},
    {SP3_XZ, 37, 44, FIXED_INTEGER, true, "correlation of X and Z"},
    {SP3_XC, 46, 53, FIXED_INTEGER, true, "correlation of X and the clock"},
    {SP3_YZ, 55, 62, FIXED_INTEGER, true, "correlation of Y and Z"},
    {SP3_YC, 64, 71, FIXED_INTEGER, true, "correlation of Y and the clock"},
    {SP3_ZC, 73, 80, FIXED_INTEGER, true, "correlation of Z and the clock"},
};

#define SP3_COLUMNS(table) (table), sizeof(table) / sizeof *(table)
