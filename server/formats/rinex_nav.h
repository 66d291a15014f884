/* Navigation messages of RINEX 2 to 4. */
#pragma once
#include "rinex.h"

enum rinex_class { RINEX_EPH, RINEX_STO, RINEX_EOP, RINEX_ION, RINEX_CLASSES };

/* V(NAME, name in a record, kind, whether a message that has a place for it must have it). NUMBER: as it stands, WHOLE:
 * an integer, which RINEX writes like a number. */
#define RINEX_VALUES_OF(V)                                                                                             \
    V(CLOCK_BIAS, "clockBias", NUMBER, true)                                                                           \
    V(CLOCK_DRIFT, "clockDrift", NUMBER, true)                                                                         \
    V(CLOCK_DRIFT_RATE, "clockDriftRate", NUMBER, true)                                                                \
    V(IODE, "iode", WHOLE, false)                                                                                      \
    V(IODC, "iodc", WHOLE, false)                                                                                      \
    V(CRS, "crs", NUMBER, true)                                                                                        \
    V(DELTA_N, "deltaN", NUMBER, true)                                                                                 \
    V(M0, "m0", NUMBER, true)                                                                                          \
    V(CUC, "cuc", NUMBER, true)                                                                                        \
    V(E, "eccentricity", NUMBER, true)                                                                                 \
    V(CUS, "cus", NUMBER, true)                                                                                        \
    V(SQRT_A, "sqrtA", NUMBER, true)                                                                                   \
    V(TOE, "toe", NUMBER, true)                                                                                        \
    V(CIC, "cic", NUMBER, true)                                                                                        \
    V(OMEGA0, "omega0", NUMBER, true)                                                                                  \
    V(CIS, "cis", NUMBER, true)                                                                                        \
    V(I0, "i0", NUMBER, true)                                                                                          \
    V(CRC, "crc", NUMBER, true)                                                                                        \
    V(OMEGA, "omega", NUMBER, true)                                                                                    \
    V(OMEGA_DOT, "omegaDot", NUMBER, true)                                                                             \
    V(IDOT, "idot", NUMBER, true)                                                                                      \
    V(CODES_L2, "codesOnL2", WHOLE, false)                                                                             \
    V(WEEK, "week", WHOLE, true)                                                                                       \
    V(L2P_FLAG, "l2PFlag", WHOLE, false)                                                                               \
    V(ACCURACY, "accuracy", NUMBER, false)                                                                             \
    V(HEALTH, "health", WHOLE, false)                                                                                  \
    V(TGD, "tgd", NUMBER, false)                                                                                       \
    V(TTM, "transmissionTime", NUMBER, false)                                                                          \
    V(FIT_INTERVAL, "fitInterval", NUMBER, false)                                                                      \
    V(A_DOT, "aDot", NUMBER, true)                                                                                     \
    V(DELTA_N_DOT, "deltaNDot", NUMBER, true)                                                                          \
    V(TOP, "top", NUMBER, false)                                                                                       \
    V(URAI, "urai", WHOLE, false)                                                                                      \
    V(URAI_NED0, "uraiNed0", WHOLE, false)                                                                             \
    V(URAI_NED1, "uraiNed1", WHOLE, false)                                                                             \
    V(URAI_NED2, "uraiNed2", WHOLE, false)                                                                             \
    V(URAI_ED, "uraiEd", WHOLE, false)                                                                                 \
    V(ISC_L1CA, "iscL1CA", NUMBER, false)                                                                              \
    V(ISC_L2C, "iscL2C", NUMBER, false)                                                                                \
    V(ISC_L5I5, "iscL5I5", NUMBER, false)                                                                              \
    V(ISC_L5Q5, "iscL5Q5", NUMBER, false)                                                                              \
    V(ISC_L1CD, "iscL1Cd", NUMBER, false)                                                                              \
    V(ISC_L1CP, "iscL1Cp", NUMBER, false)                                                                              \
    V(WN_OP, "weekOp", WHOLE, false)                                                                                   \
    V(STATUS_FLAGS, "statusFlags", WHOLE, false)                                                                       \
    V(DATA_SOURCES, "dataSources", WHOLE, false)                                                                       \
    V(BGD_E5A, "bgdE5aE1", NUMBER, false)                                                                              \
    V(BGD_E5B, "bgdE5bE1", NUMBER, false)                                                                              \
    V(AODE, "aode", WHOLE, false)                                                                                      \
    V(AODC, "aodc", WHOLE, false)                                                                                      \
    V(TGD_B1B3, "tgdB1B3", NUMBER, false)                                                                              \
    V(TGD_B2B3, "tgdB2B3", NUMBER, false)                                                                              \
    V(SAT_TYPE, "satType", WHOLE, false)                                                                               \
    V(SISAI_OE, "sisaiOe", WHOLE, false)                                                                               \
    V(SISAI_OCB, "sisaiOcb", WHOLE, false)                                                                             \
    V(SISAI_OC1, "sisaiOc1", WHOLE, false)                                                                             \
    V(SISAI_OC2, "sisaiOc2", WHOLE, false)                                                                             \
    V(SISMAI, "sismai", WHOLE, false)                                                                                  \
    V(INTEGRITY, "integrityFlags", WHOLE, false)                                                                       \
    V(ISC_B1CD, "iscB1Cd", NUMBER, false)                                                                              \
    V(ISC_B2AD, "iscB2ad", NUMBER, false)                                                                              \
    V(TGD_B1CP, "tgdB1Cp", NUMBER, false)                                                                              \
    V(TGD_B2AP, "tgdB2ap", NUMBER, false)                                                                              \
    V(TGD_B2BI, "tgdB2bI", NUMBER, false)                                                                              \
    V(RSF, "referenceSignal", WHOLE, false)                                                                            \
    V(TGD_L5S, "tgdL5S", NUMBER, false)                                                                                \
    V(ISC_S, "iscS", NUMBER, false)                                                                                    \
    V(ISC_L1D, "iscL1D", NUMBER, false)                                                                                \
    V(ISC_L1PS, "iscL1PS", NUMBER, false)                                                                              \
    V(ISC_L1DS, "iscL1DS", NUMBER, false)                                                                              \
    V(FREQUENCY_BIAS, "frequencyBias", NUMBER, true)                                                                   \
    V(FRAME_TIME, "frameTime", NUMBER, false)                                                                          \
    V(X, "x", NUMBER, true)                                                                                            \
    V(X_DOT, "xDot", NUMBER, true)                                                                                     \
    V(X_DDOT, "xDDot", NUMBER, true)                                                                                   \
    V(Y, "y", NUMBER, true)                                                                                            \
    V(Y_DOT, "yDot", NUMBER, true)                                                                                     \
    V(Y_DDOT, "yDDot", NUMBER, true)                                                                                   \
    V(Z, "z", NUMBER, true)                                                                                            \
    V(Z_DOT, "zDot", NUMBER, true)                                                                                     \
    V(Z_DDOT, "zDDot", NUMBER, true)                                                                                   \
    V(FREQUENCY_NUMBER, "frequencyNumber", WHOLE, true)                                                                \
    V(AGE, "age", NUMBER, false)                                                                                       \
    V(DELAY_DIFFERENCE, "groupDelayDifference", NUMBER, false)                                                         \
    V(HEALTH_FLAGS, "healthFlags", WHOLE, false)                                                                       \
    V(VALIDITY, "validity", WHOLE, false)                                                                              \
    V(TGD_L2OC, "tgdL2OCp", NUMBER, false)                                                                             \
    V(TGD_L3OC, "tgdL3OCp", NUMBER, false)                                                                             \
    V(SOURCE_FLAGS, "sourceFlags", WHOLE, false)                                                                       \
    V(AGE_EPHEMERIS, "ageOfEphemeris", NUMBER, false)                                                                  \
    V(AGE_CLOCK, "ageOfClock", NUMBER, false)                                                                          \
    V(ATTITUDE, "attitudeFlag", WHOLE, false)                                                                          \
    V(T_IN, "tIn", NUMBER, false)                                                                                      \
    V(TAU1, "tau1", NUMBER, false)                                                                                     \
    V(TAU2, "tau2", NUMBER, false)                                                                                     \
    V(YAW, "yaw", NUMBER, false)                                                                                       \
    V(YAW_SIGN, "yawSign", WHOLE, false)                                                                               \
    V(YAW_RATE, "yawRate", NUMBER, false)                                                                              \
    V(YAW_ACC, "yawAcceleration", NUMBER, false)                                                                       \
    V(YAW_RATE_MAX, "yawRateMax", NUMBER, false)                                                                       \
    V(ANTENNA_X, "antennaX", NUMBER, false)                                                                            \
    V(ANTENNA_Y, "antennaY", NUMBER, false)                                                                            \
    V(ANTENNA_Z, "antennaZ", NUMBER, false)                                                                            \
    V(ACCURACY_ORBIT, "accuracyOrbit", NUMBER, false)                                                                  \
    V(ACCURACY_CLOCK, "accuracyClock", NUMBER, false)                                                                  \
    V(IODN, "iodn", WHOLE, false)                                                                                      \
    V(OFFSET_A0, "a0", NUMBER, true)                                                                                   \
    V(OFFSET_A1, "a1", NUMBER, true)                                                                                   \
    V(OFFSET_A2, "a2", NUMBER, false)                                                                                  \
    V(XP, "xPole", NUMBER, true)                                                                                       \
    V(XP_DOT, "xPoleRate", NUMBER, true)                                                                               \
    V(XP_DDOT, "xPoleAcceleration", NUMBER, false)                                                                     \
    V(YP, "yPole", NUMBER, true)                                                                                       \
    V(YP_DOT, "yPoleRate", NUMBER, true)                                                                               \
    V(YP_DDOT, "yPoleAcceleration", NUMBER, false)                                                                     \
    V(DUT1, "dut1", NUMBER, true)                                                                                      \
    V(DUT1_DOT, "dut1Rate", NUMBER, true)                                                                              \
    V(DUT1_DDOT, "dut1Acceleration", NUMBER, false)                                                                    \
    V(SPARE_1, "spare1", NUMBER, false)                                                                                \
    V(SPARE_2, "spare2", NUMBER, false)                                                                                \
    V(SPARE_3, "spare3", NUMBER, false)                                                                                \
    V(SPARE_4, "spare4", NUMBER, false)                                                                                \
    V(SPARE_5, "spare5", NUMBER, false)                                                                                \
    V(SPARE_6, "spare6", NUMBER, false)

#define RINEX_ION_VALUES 25 /* NeQuick-N: an issue and eight values for each of three regions */

enum rinex_value {
#define V(name, field, kind, needed) RINEX_##name,
    RINEX_VALUES_OF(V)
#undef V
        RINEX_ION_FIRST, /* coefficients of the model of the ionosphere, in their order */
    RINEX_VALUES = RINEX_ION_FIRST + RINEX_ION_VALUES,
    RINEX_BLANK = 255, /* nothing stands there */
};

/* Where the values of one kind of message stand. */
struct rinex_layout {
    enum rinex_class class;
    const char *systems;        /* letters of those that send it */
    const char *types;          /* separated by blanks: "LNAV CNVX" */
    const char *subtype;        /* of class ION: "KLOB"; NULL: none */
    const char *model;          /* of class ION: "KLOBUCHAR" */
    const unsigned char *slots; /* enum rinex_value: three in the first line, four in each other one */
    size_t n;
    size_t needed_lines; /* without those that older versions do not have */
};

struct rinex_nav {
    const struct rinex_layout *layout;
    char system;
    struct str satellite; /* "G01"; of class STO perhaps "E" */
    struct str type;      /* "LNAV" */
    struct str epoch;     /* "2022-10-05T02:00:00", of the clock; in the system's time, GLONASS and SBAS: UTC and GPS */
    struct str offset, sbas, utc;    /* class STO: "GPUT", "EGNOS", "UTC(USNO)" */
    struct str values[RINEX_VALUES]; /* numbers as JSON has them; {NULL, 0}: blank */
    size_t line;                     /* where it starts, from 1 */
};

struct rinex_nav_reader {
    struct lines lines;
    struct arena *arena;
    struct rinex_header header;
};

/* Reads the header. ERR_INVALID_RECORD from here on: fault->where is line and column, the detail names the value and
 * what was expected. */
int rinex_nav_open(struct str text, struct arena *arena, struct rinex_nav_reader *ret, struct fault *fault);
enum { RINEX_END = -1 };
/* 0 with the next message, in the reader's arena, which may be reset in between if it is another one than that of the
 * header; RINEX_END after the last. */
int rinex_nav_next(struct rinex_nav_reader *reader, struct rinex_nav *ret, struct fault *fault);

/* Appends a message as files with this header have it. ERR_INVALID_RECORD, and nothing appended, if they have no place
 * for it or for one of its values; fault->where is satellite and type. */
int rinex_nav_write(const struct rinex_header *h, const struct rinex_nav *m, struct buf *out, struct fault *fault);

/* NULL: no such message. subtype may be empty. */
const struct rinex_layout *rinex_layout_find(enum rinex_class class, char system, struct str type, struct str subtype);
/* The i-th of all; NULL behind the last. */
const struct rinex_layout *rinex_layout_at(size_t i);
const char *rinex_class_name(enum rinex_class class); /* "EPH" */
/* Its name in a record; NULL for the coefficients of class ION, which stand in an array. */
const char *rinex_value_name(enum rinex_value v);
bool rinex_value_whole(enum rinex_value v);
bool rinex_value_needed(enum rinex_value v);
