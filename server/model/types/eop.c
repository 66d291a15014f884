#include "rows.h"

#define ISSUED_OR_PREDICTED "I", "P"

static const struct field eop_rows[] = {
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {FLOAT("dEpsilon"), UNIT("mas"), TEXT("Offset in obliquity from the IAU 1980 theory of nutation, Bulletin A")},
    {FLOAT("dEpsilonB"), UNIT("mas"), TEXT("Offset in obliquity from the IAU 1980 theory of nutation, Bulletin B")},
    {FLOAT("dEpsilonUnc"), UNIT("mas"), AT_LEAST_ZERO, TEXT("Uncertainty of dEpsilon")},
    {FLOAT("dPSI"), UNIT("mas"), TEXT("Offset in longitude from the IAU 1980 theory of nutation, Bulletin A")},
    {FLOAT("dPSIB"), UNIT("mas"), TEXT("Offset in longitude from the IAU 1980 theory of nutation, Bulletin B")},
    {FLOAT("dPSIUnc"), UNIT("mas"), AT_LEAST_ZERO, TEXT("Uncertainty of dPSI")},
    {FLOAT("dX"), UNIT("mas"), TEXT("Offset of the celestial pole in x from the IAU 2000A theory, Bulletin A")},
    {FLOAT("dXB"), UNIT("mas"), TEXT("Offset of the celestial pole in x from the IAU 2000A theory, Bulletin B")},
    {FLOAT("dXUnc"), UNIT("mas"), AT_LEAST_ZERO, TEXT("Uncertainty of dX")},
    {FLOAT("dY"), UNIT("mas"), TEXT("Offset of the celestial pole in y from the IAU 2000A theory, Bulletin A")},
    {FLOAT("dYB"), UNIT("mas"), TEXT("Offset of the celestial pole in y from the IAU 2000A theory, Bulletin B")},
    {FLOAT("dYUnc"), UNIT("mas"), AT_LEAST_ZERO, TEXT("Uncertainty of dY")},
    COMMON_DATA_MODE,
    {TIME("eopDate"), REQUIRED, TEXT("Time that the parameters are for")},
    {FLOAT("lod"), UNIT("ms"), TEXT("Length of day: how much longer than 86,400 s it is, Bulletin A")},
    {FLOAT("lodUnc"), UNIT("s"), AT_LEAST_ZERO, TEXT("Uncertainty of lod, in seconds where lod is in milliseconds")},
    {ENUM("nutationState"), VALUES(ISSUED_OR_PREDICTED),
     TEXT("Whether dPSI and dEpsilon are issued (I) or predicted (P)")},
    COMMON_ORIGIN,
    {ENUM("polarMotionState"), VALUES(ISSUED_OR_PREDICTED),
     TEXT("Whether the polar motion is issued (I) or predicted (P)")},
    {FLOAT("polarMotionX"), UNIT("arcsec"), TEXT("Polar motion in x, Bulletin A")},
    {FLOAT("polarMotionXB"), UNIT("arcsec"), TEXT("Polar motion in x, Bulletin B")},
    {FLOAT("polarMotionXUnc"), UNIT("arcsec"), AT_LEAST_ZERO, TEXT("Uncertainty of polarMotionX")},
    {FLOAT("polarMotionY"), UNIT("arcsec"), TEXT("Polar motion in y, Bulletin A")},
    {FLOAT("polarMotionYB"), UNIT("arcsec"), TEXT("Polar motion in y, Bulletin B")},
    {FLOAT("polarMotionYUnc"), UNIT("arcsec"), AT_LEAST_ZERO, TEXT("Uncertainty of polarMotionY")},
    {STRING("precessionNutationStd"), TEXT("IAU theory of precession and nutation that was used, such as IAU1980")},
    COMMON_RAW_FILE_URI,
    COMMON_SOURCE,
    {FLOAT("ut1UTC"), UNIT("s"), TEXT("UT1 minus UTC, Bulletin A")},
    {FLOAT("ut1UTCB"), UNIT("s"), TEXT("UT1 minus UTC, Bulletin B")},
    {ENUM("ut1UTCState"), VALUES(ISSUED_OR_PREDICTED), TEXT("Whether ut1UTC is issued (I) or predicted (P)")},
    {FLOAT("ut1UTCUnc"), UNIT("s"), AT_LEAST_ZERO, TEXT("Uncertainty of ut1UTC")},
};

static const struct field_table eop_fields = TABLE(eop_rows);

#define EOP_SERIES_START (-INT64_C(2922) * INSTANT_DAY) /* 1962-01-01: where the series of the IERS begins */

/* Old orbits are only read with them. Predictions reach a year ahead. */
const struct record_type record_type_eop = {
    .name = "eop",
    .description = "Earth orientation parameters of one day, as the IERS publishes them in its Bulletins A and B",
    .fields = &eop_fields,
    .versioned = true,
    .time_field = "eopDate",
    .query_required = "eopDate",
    KEPT_FOR_EVER,
    .earliest = EOP_SERIES_START,
    .furthest_ahead = 732 * INSTANT_DAY,
};
