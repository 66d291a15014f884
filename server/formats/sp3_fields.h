/* Where a record has what SP3 says of a point, for both ways. Inside formats/ only. */
#pragma once
#include "sp3.h"

/* Numbers, by line P and by line V. */
static const struct {
    enum sp3_value value;
    const char *position, *velocity;
} sp3_deviations[] = {
    {SP3_X_DEVIATION, "xDeviation", "xVelDeviation"},
    {SP3_Y_DEVIATION, "yDeviation", "yVelDeviation"},
    {SP3_Z_DEVIATION, "zDeviation", "zVelDeviation"},
    {SP3_CLOCK_DEVIATION, "clockDeviation", "clockRateDeviation"},
};
#define SP3_DEVIATIONS (sizeof sp3_deviations / sizeof *sp3_deviations)

static const struct {
    enum sp3_value value;
    const char *field, *letter;
} sp3_flags[] = {
    {SP3_CLOCK_EVENT, "clockEvent", "E"},
    {SP3_CLOCK_PREDICTED, "clockPredicted", "P"},
    {SP3_MANEUVER, "maneuver", "M"},
    {SP3_ORBIT_PREDICTED, "orbitPredicted", "P"},
};
#define SP3_FLAGS (sizeof sp3_flags / sizeof *sp3_flags)

static const char *const sp3_covariance_fields[SP3_COVARIANCE_VALUES] = {
    [SP3_SIGMA_X] = "x", [SP3_SIGMA_Y] = "y", [SP3_SIGMA_Z] = "z", [SP3_SIGMA_CLOCK] = "clock", [SP3_XY] = "xy",
    [SP3_XZ] = "xz",     [SP3_XC] = "xClock", [SP3_YZ] = "yz",     [SP3_YC] = "yClock",         [SP3_ZC] = "zClock",
};
