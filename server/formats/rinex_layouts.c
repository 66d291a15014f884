/* Where values stand: RINEX 3.05, appendix A, tables A8 to A18; RINEX 4.02, tables A9 to A35. Legacy messages of
 * version 2 (2.11, tables A4, A11, A16) have the same places. */
#include "rinex_nav.h"

#define SPARES_3 RINEX_SPARE_1, RINEX_SPARE_2, RINEX_SPARE_3
#define CLOCK RINEX_CLOCK_BIAS, RINEX_CLOCK_DRIFT, RINEX_CLOCK_DRIFT_RATE
/* Broadcast orbit 1 to 4, and 5 up to the rate of the inclination. */
#define ORBIT(first, third)                                                                                            \
    first, RINEX_CRS, RINEX_DELTA_N, RINEX_M0, RINEX_CUC, RINEX_E, RINEX_CUS, RINEX_SQRT_A, third, RINEX_CIC,          \
        RINEX_OMEGA0, RINEX_CIS, RINEX_I0, RINEX_CRC, RINEX_OMEGA, RINEX_OMEGA_DOT, RINEX_IDOT

static const unsigned char lnav[] = {
    CLOCK,
    ORBIT(RINEX_IODE, RINEX_TOE),
    RINEX_CODES_L2,
    RINEX_WEEK,
    RINEX_L2P_FLAG,
    RINEX_ACCURACY,
    RINEX_HEALTH,
    RINEX_TGD,
    RINEX_IODC,
    RINEX_TTM,
    RINEX_FIT_INTERVAL,
    RINEX_SPARE_1,
    RINEX_SPARE_2,
};

#define CNAV                                                                                                           \
    CLOCK, ORBIT(RINEX_A_DOT, RINEX_TOP), RINEX_DELTA_N_DOT, RINEX_URAI_NED0, RINEX_URAI_NED1, RINEX_URAI_ED,          \
        RINEX_HEALTH, RINEX_TGD, RINEX_URAI_NED2, RINEX_ISC_L1CA, RINEX_ISC_L2C, RINEX_ISC_L5I5, RINEX_ISC_L5Q5

static const unsigned char cnav[] = {CNAV, RINEX_TTM, RINEX_WN_OP, RINEX_STATUS_FLAGS, RINEX_SPARE_1};
static const unsigned char cnv2[] = {
    CNAV,      RINEX_ISC_L1CD, RINEX_ISC_L1CP,     RINEX_SPARE_1, RINEX_SPARE_2,
    RINEX_TTM, RINEX_WN_OP,    RINEX_STATUS_FLAGS, RINEX_SPARE_3,
};

static const unsigned char galileo[] = {
    CLOCK,
    ORBIT(RINEX_IODE, RINEX_TOE),
    RINEX_DATA_SOURCES,
    RINEX_WEEK,
    RINEX_SPARE_4,
    RINEX_ACCURACY,
    RINEX_HEALTH,
    RINEX_BGD_E5A,
    RINEX_BGD_E5B,
    RINEX_TTM,
    SPARES_3,
};

static const unsigned char fdma[] = {
    RINEX_CLOCK_BIAS,
    RINEX_FREQUENCY_BIAS,
    RINEX_FRAME_TIME,
    RINEX_X,
    RINEX_X_DOT,
    RINEX_X_DDOT,
    RINEX_HEALTH,
    RINEX_Y,
    RINEX_Y_DOT,
    RINEX_Y_DDOT,
    RINEX_FREQUENCY_NUMBER,
    RINEX_Z,
    RINEX_Z_DOT,
    RINEX_Z_DDOT,
    RINEX_AGE,
    RINEX_STATUS_FLAGS,
    RINEX_DELAY_DIFFERENCE,
    RINEX_URAI,
    RINEX_HEALTH_FLAGS,
};

#define CDMA(delay)                                                                                                    \
    RINEX_CLOCK_BIAS, RINEX_FREQUENCY_BIAS, RINEX_FRAME_TIME, RINEX_X, RINEX_X_DOT, RINEX_X_DDOT, RINEX_HEALTH,        \
        RINEX_Y, RINEX_Y_DOT, RINEX_Y_DDOT, RINEX_VALIDITY, RINEX_Z, RINEX_Z_DOT, RINEX_Z_DDOT, delay, RINEX_SAT_TYPE, \
        RINEX_SOURCE_FLAGS, RINEX_AGE_EPHEMERIS, RINEX_AGE_CLOCK, RINEX_ATTITUDE, RINEX_T_IN, RINEX_TAU1, RINEX_TAU2,  \
        RINEX_YAW, RINEX_YAW_SIGN, RINEX_YAW_RATE, RINEX_YAW_ACC, RINEX_YAW_RATE_MAX, RINEX_ANTENNA_X,                 \
        RINEX_ANTENNA_Y, RINEX_ANTENNA_Z, RINEX_ACCURACY_ORBIT, RINEX_ACCURACY_CLOCK, RINEX_SPARE_1, RINEX_TTM

static const unsigned char l1oc[] = {CDMA(RINEX_TGD_L2OC)};
static const unsigned char l3oc[] = {CDMA(RINEX_TGD_L3OC)};

static const unsigned char d1d2[] = {
    CLOCK,          ORBIT(RINEX_AODE, RINEX_TOE),
    RINEX_SPARE_1,  RINEX_WEEK,
    RINEX_SPARE_2,  RINEX_ACCURACY,
    RINEX_HEALTH,   RINEX_TGD_B1B3,
    RINEX_TGD_B2B3, RINEX_TTM,
    RINEX_AODC,     RINEX_SPARE_3,
    RINEX_SPARE_4,
};

#define BDS_CNV                                                                                                        \
    CLOCK, ORBIT(RINEX_A_DOT, RINEX_TOE), RINEX_DELTA_N_DOT, RINEX_SAT_TYPE, RINEX_TOP, RINEX_SISAI_OE,                \
        RINEX_SISAI_OCB, RINEX_SISAI_OC1, RINEX_SISAI_OC2
#define BDS_END                                                                                                        \
    RINEX_TGD_B1CP, RINEX_TGD_B2AP, RINEX_SISMAI, RINEX_HEALTH, RINEX_INTEGRITY, RINEX_IODC, RINEX_TTM, RINEX_SPARE_2, \
        RINEX_SPARE_3, RINEX_IODE

static const unsigned char bds_cnv1[] = {BDS_CNV, RINEX_ISC_B1CD, RINEX_SPARE_1, BDS_END};
static const unsigned char bds_cnv2[] = {BDS_CNV, RINEX_SPARE_1, RINEX_ISC_B2AD, BDS_END};
static const unsigned char bds_cnv3[] = {
    BDS_CNV, RINEX_SISMAI, RINEX_HEALTH, RINEX_INTEGRITY, RINEX_TGD_B2BI, RINEX_TTM, SPARES_3,
};

static const unsigned char navic[] = {
    CLOCK,         ORBIT(RINEX_IODE, RINEX_TOE),
    RINEX_SPARE_4, RINEX_WEEK,
    RINEX_SPARE_5, RINEX_ACCURACY,
    RINEX_HEALTH,  RINEX_TGD,
    RINEX_SPARE_6, RINEX_TTM,
    SPARES_3,
};
static const unsigned char l1nv[] = {
    CLOCK,
    ORBIT(RINEX_A_DOT, RINEX_IODE),
    RINEX_DELTA_N_DOT,
    RINEX_SPARE_4,
    RINEX_RSF,
    RINEX_URAI,
    RINEX_HEALTH,
    RINEX_TGD,
    RINEX_TGD_L5S,
    RINEX_ISC_S,
    RINEX_ISC_L1D,
    RINEX_ISC_L1PS,
    RINEX_ISC_L1DS,
    RINEX_TTM,
    SPARES_3,
};

static const unsigned char sbas[] = {
    RINEX_CLOCK_BIAS, RINEX_FREQUENCY_BIAS, RINEX_TTM,      RINEX_X, RINEX_X_DOT, RINEX_X_DDOT, RINEX_HEALTH, RINEX_Y,
    RINEX_Y_DOT,      RINEX_Y_DDOT,         RINEX_ACCURACY, RINEX_Z, RINEX_Z_DOT, RINEX_Z_DDOT, RINEX_IODN,
};

static const unsigned char offset[] = {
    RINEX_BLANK, RINEX_BLANK, RINEX_BLANK, RINEX_TTM, RINEX_OFFSET_A0, RINEX_OFFSET_A1, RINEX_OFFSET_A2,
};
static const unsigned char orientation[] = {
    RINEX_XP,      RINEX_XP_DOT, RINEX_XP_DDOT, RINEX_BLANK,    RINEX_YP,        RINEX_YP_DOT,
    RINEX_YP_DDOT, RINEX_TTM,    RINEX_DUT1,    RINEX_DUT1_DOT, RINEX_DUT1_DDOT,
};

#define ION(i) (RINEX_ION_FIRST + (i))
#define ION_4(i) ION(i), ION(i + 1), ION(i + 2), ION(i + 3)
#define ION_8(i) ION_4(i), ION_4(i + 4)

static const unsigned char klobuchar[] = {ION_8(0), ION(8)}; /* the last: region, QZSS */
static const unsigned char nequick_g[] = {ION_4(0)};
static const unsigned char bdgim[] = {ION_8(0), ION(8)};
static const unsigned char klobuchar_n[] = {ION(0), RINEX_BLANK, RINEX_BLANK, ION_8(1), ION_4(9)};
static const unsigned char nequick_n[] = {ION(0), RINEX_BLANK, RINEX_BLANK, ION_8(1), ION_8(9), ION_8(17)};
static const unsigned char cdms[] = {ION(0), ION(1), ION(2)};

#define SLOTS(table) table, sizeof(table), 1 + (sizeof(table)) / 4

static const struct rinex_layout layouts[] = {
    {RINEX_EPH, "GJ", "LNAV", NULL, NULL, SLOTS(lnav)},
    {RINEX_EPH, "GJ", "CNAV", NULL, NULL, SLOTS(cnav)},
    {RINEX_EPH, "GJ", "CNV2", NULL, NULL, SLOTS(cnv2)},
    {RINEX_EPH, "E", "INAV FNAV", NULL, NULL, SLOTS(galileo)},
    {RINEX_EPH, "R", "FDMA", NULL, NULL, fdma, sizeof fdma, 4},
    {RINEX_EPH, "R", "L1OC", NULL, NULL, SLOTS(l1oc)},
    {RINEX_EPH, "R", "L3OC", NULL, NULL, SLOTS(l3oc)},
    {RINEX_EPH, "C", "D1 D2", NULL, NULL, SLOTS(d1d2)},
    {RINEX_EPH, "C", "CNV1", NULL, NULL, SLOTS(bds_cnv1)},
    {RINEX_EPH, "C", "CNV2", NULL, NULL, SLOTS(bds_cnv2)},
    {RINEX_EPH, "C", "CNV3", NULL, NULL, SLOTS(bds_cnv3)},
    {RINEX_EPH, "I", "LNAV", NULL, NULL, SLOTS(navic)},
    {RINEX_EPH, "I", "L1NV", NULL, NULL, SLOTS(l1nv)},
    {RINEX_EPH, "S", "SBAS", NULL, NULL, SLOTS(sbas)},
    {RINEX_STO, "GREJCIS", "LNAV CNVX IFNV FDMA D1D2 SBAS L1NV LXOC LEG", NULL, NULL, SLOTS(offset)},
    {RINEX_EOP, "GJCIR", "LNAV CNVX L1NV LXOC", NULL, NULL, SLOTS(orientation)},
    {RINEX_ION, "GJI", "LNAV", NULL, "KLOBUCHAR", SLOTS(klobuchar)},
    {RINEX_ION, "GJ", "CNVX", NULL, "KLOBUCHAR", SLOTS(klobuchar)},
    {RINEX_ION, "C", "D1D2", NULL, "KLOBUCHAR", SLOTS(klobuchar)},
    {RINEX_ION, "E", "IFNV", NULL, "NEQUICK-G", SLOTS(nequick_g)},
    {RINEX_ION, "C", "CNVX", NULL, "BDGIM", SLOTS(bdgim)},
    {RINEX_ION, "I", "L1NV", "KLOB", "KLOBUCHAR-N", SLOTS(klobuchar_n)},
    {RINEX_ION, "I", "L1NV", "NEQN", "NEQUICK-N", SLOTS(nequick_n)},
    {RINEX_ION, "R", "LXOC", NULL, "CDMS", SLOTS(cdms)},
};

static const struct {
    const char *name;
    bool whole, needed;
} values[] = {
#define NUMBER false
#define WHOLE true
#define V(name, field, kind, needed) {field, kind, needed},
    RINEX_VALUES_OF(V)
#undef V
};

static bool has_word(const char *words, struct str word)
{
    for (const char *at = words; *at; at += *at == ' ') {
        size_t n = strcspn(at, " ");
        if (str_eq(word, (struct str){at, n}))
            return true;
        at += n;
    }
    return false;
}

const struct rinex_layout *rinex_layout_find(enum rinex_class class, char system, struct str type, struct str subtype)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
        if (layouts[i].class == class && strchr(layouts[i].systems, system) && has_word(layouts[i].types, type) &&
            str_eq(subtype, str_of(layouts[i].subtype)))
            return &layouts[i];
    return NULL;
}

const struct rinex_layout *rinex_layout_at(size_t i)
{
    return i < sizeof layouts / sizeof *layouts ? &layouts[i] : NULL;
}

const char *rinex_class_name(enum rinex_class class)
{
    static const char *const names[RINEX_CLASSES] = {"EPH", "STO", "EOP", "ION"};
    return names[class];
}

const char *rinex_value_name(enum rinex_value v)
{
    return v < RINEX_ION_FIRST ? values[v].name : NULL;
}

bool rinex_value_whole(enum rinex_value v)
{
    return v < RINEX_ION_FIRST && values[v].whole;
}

bool rinex_value_needed(enum rinex_value v)
{
    return v < RINEX_ION_FIRST && values[v].needed;
}
