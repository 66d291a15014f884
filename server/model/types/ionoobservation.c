#include "rows.h"

/* Data over frequency, range, beam and what else an ionosonde steps through. */
#define DIMENSION_NAMES                                                                                                \
    {                                                                                                                  \
        STRING("dimensionName"), ARRAY, TEXT("Names of the dimensions of data")                                        \
    }
#define DIMENSIONS                                                                                                     \
    {                                                                                                                  \
        INT("dimensions"), ARRAY, AT_LEAST_ZERO, TEXT("Lengths of the dimensions of data")                             \
    }
#define NOTES                                                                                                          \
    {                                                                                                                  \
        STRING("notes"), TEXT("Notes on the data, such as its units")                                                  \
    }

static const struct field cube_rows[] = {
    {FLOAT("data"), DEPTH(7), TEXT("The values, by the dimensions")},
    DIMENSION_NAMES,
    DIMENSIONS,
    NOTES,
};
static const struct field_table cube_fields = TABLE(cube_rows);

static const struct field polarization_rows[] = {
    {ENUM("data"), DEPTH(7), VALUES("X", "O"), TEXT("Extraordinary (X) or ordinary (O) wave, by the dimensions")},
    DIMENSION_NAMES,
    DIMENSIONS,
    NOTES,
};
static const struct field_table polarization_fields = TABLE(polarization_rows);

static const struct field stokes_rows[] = {
    {FLOAT("data"), DEPTH(7), TEXT("The values, by the dimensions")},     DIMENSION_NAMES, DIMENSIONS, NOTES,
    {FLOAT("s"), ARRAY, TEXT("Normalised Stokes parameters 1, 2 and 3")},
};
static const struct field_table stokes_fields = TABLE(stokes_rows);

static const struct field trace_rows[] = {
    {FLOAT("data"), DEPTH(3), TEXT("The values, by the dimensions")},
    DIMENSION_NAMES,
    NOTES,
};
static const struct field_table trace_fields = TABLE(trace_rows);

static const struct field antenna_rows[] = {
    {FLOAT("data"), SENSOR_POSITION, MATRIX, UNIT("km"), TEXT("Positions of the antenna's elements: x, y, z each")},
    DIMENSION_NAMES,
    DIMENSIONS,
};
static const struct field_table antenna_fields = TABLE(antenna_rows);

static const struct field datum_rows[] = {
    {FLOAT("data"), ARRAY, TEXT("Values of a sparse collection")},
    NOTES,
};
static const struct field_table datum_fields = TABLE(datum_rows);

static const struct field attributes_rows[] = {
    {STRING("charName"), TEXT("Name of the characteristic: a field of the record")},
    {STRING("climateModelInputParams"), ARRAY, TEXT("Input parameters of the climate model")},
    {STRING("climateModelName"), TEXT("Name of the climate model")},
    {STRING("climateModelOptions"), ARRAY, TEXT("Options of the climate model")},
    {STRING("d"), TEXT("Descriptive letter of the URSI for the characteristic")},
    {FLOAT("lowerBound"), TEXT("Lower bound of the characteristic")},
    {STRING("q"), TEXT("Qualifying letter of the URSI for the characteristic")},
    {STRING("uncertaintyBoundType"), TEXT("What the bounds are: a percentile, or a standard deviation such as 1sigma")},
    {FLOAT("upperBound"), TEXT("Upper bound of the characteristic")},
    {STRING("ursiID"), TEXT("Identifier of the characteristic by the URSI")},
};
static const struct field_table attributes_fields = TABLE(attributes_rows);

static const struct field scaler_rows[] = {
    {INT("confidenceLevel"), TEXT("Level of confidence in the scaling")},
    {INT("confidenceScore"), TEXT("Score of confidence in the scaling")},
    {STRING("name"), TEXT("Name of who or what scaled the ionogram")},
    {STRING("organization"), TEXT("Organisation of the scaler")},
    {STRING("type"), TEXT("Kind of scaler: MANUAL, AUTOMATIC or UNKNOWN")},
    {FLOAT("version"), TEXT("Version of the scaler")},
};
static const struct field_table scaler_fields = TABLE(scaler_rows);

/* --- profiles of the electron density --- */

#define CHI                                                                                                            \
    {                                                                                                                  \
        FLOAT("chi"), UNIT("km"), TEXT("Thickness of the flat part about the peak")                                    \
    }
#define PEAK_HEIGHT_F2                                                                                                 \
    {                                                                                                                  \
        FLOAT("hmF2"), UNIT("km"), TEXT("Height of the peak of the F2 layer")                                          \
    }
#define PEAK_DENSITY_F2                                                                                                \
    {                                                                                                                  \
        FLOAT("nmF2"), UNIT("cm^-3"), TEXT("Density at the peak of the F2 layer")                                      \
    }
#define SCALE_HEIGHT_F2                                                                                                \
    {                                                                                                                  \
        FLOAT("scaleF2"), UNIT("km"), TEXT("Scale height of the F2 layer at its peak")                                 \
    }

static const struct field iri_rows[] = {
    {FLOAT("b0"), TEXT("Parameter B0 of the shape of the F2 layer")},
    {FLOAT("b1"), TEXT("Parameter B1 of the shape of the F2 layer")},
    CHI,
    {FLOAT("d1"), TEXT("Parameter D1 of the shape of the F1 layer")},
    {STRING("description"), TEXT("Which implementation of the International Reference Ionosphere")},
    {FLOAT("fp1"), TEXT("Parameter FP1 of the shape of the D layer")},
    {FLOAT("fp2"), TEXT("Parameter FP2 of the shape of the D layer")},
    {FLOAT("fp30"), TEXT("Parameter FP30 of the shape of the D layer")},
    {FLOAT("fp3U"), TEXT("Parameter FP3U of the shape of the D layer")},
    {FLOAT("hValTop"), UNIT("km"), TEXT("Height of the top of the valley")},
    {FLOAT("ha"), UNIT("km"), TEXT("Height at which the D layer begins")},
    {FLOAT("hdx"), UNIT("km"), TEXT("Height of the transition at the top of the D layer")},
    {FLOAT("hmD"), UNIT("km"), TEXT("Height of the peak of the D layer")},
    {FLOAT("hmE"), UNIT("km"), TEXT("Height of the peak of the E layer")},
    {FLOAT("hmF1"), UNIT("km"), TEXT("Height of the peak of the F1 layer")},
    PEAK_HEIGHT_F2,
    {FLOAT("hz"), UNIT("km"), TEXT("Height HZ of the layer between F1 and the valley")},
    {FLOAT("nValB"), UNIT("cm^-3"), TEXT("Depth of the valley")},
    {FLOAT("nmD"), UNIT("cm^-3"), TEXT("Density at the peak of the D layer")},
    {FLOAT("nmE"), UNIT("cm^-3"), TEXT("Density at the peak of the E layer")},
    {FLOAT("nmF1"), UNIT("cm^-3"), TEXT("Density at the peak of the F1 layer")},
    PEAK_DENSITY_F2,
};
static const struct field_table iri_fields = TABLE(iri_rows);

static const struct field parabolic_item_rows[] = {
    {FLOAT("f"), UNIT("MHz"), TEXT("Plasma frequency at the peak")},
    {STRING("layer"), TEXT("Layer: E, F1 or F2")},
    {FLOAT("y"), UNIT("km"), TEXT("Half thickness of the layer")},
    {FLOAT("z"), UNIT("km"), TEXT("Height of the peak")},
};
static const struct field_table parabolic_item_fields = TABLE(parabolic_item_rows);

static const struct field parabolic_rows[] = {
    {STRING("description"), TEXT("How the segments were computed")},
    {OBJECT("parabolicItems", parabolic_item_fields), ARRAY, TEXT("The layers E, F1 and F2 as parabolic segments")},
};
static const struct field_table parabolic_fields = TABLE(parabolic_rows);

static const struct field segment_rows[] = {
    {FLOAT("a"), TEXT("Coefficient A")},
    {FLOAT("b"), TEXT("Coefficient B")},
    {FLOAT("c"), TEXT("Coefficient C")},
    {FLOAT("error"), TEXT("Error of the best fit")},
    {INT("index"), TEXT("Number of the segment, from 1")},
    {FLOAT("rb"), UNIT("km"), TEXT("Distance from the Earth's centre at which the segment begins")},
    {FLOAT("re"), UNIT("km"), TEXT("Distance from the Earth's centre at which the segment ends")},
};
static const struct field_table segment_fields = TABLE(segment_rows);

static const struct field quasi_parabolic_rows[] = {
    {STRING("description"), TEXT("How the segments were computed")},
    {FLOAT("earthRadius"), UNIT("km"), TEXT("Radius of the Earth that was used")},
    {OBJECT("quasiParabolicSegments", segment_fields), ARRAY, TEXT("The segments")},
};
static const struct field_table quasi_parabolic_fields = TABLE(quasi_parabolic_rows);

static const struct field chebyshev_rows[] = {
    {FLOAT("coeffs"), ARRAY, TEXT("The coefficients")},
    {FLOAT("error"), TEXT("Error of the best fit")},
    {FLOAT("fstart"), UNIT("MHz"), TEXT("Frequency at which the layer begins")},
    {FLOAT("fstop"), UNIT("MHz"), TEXT("Frequency at which the layer ends")},
    {STRING("layer"), TEXT("Layer of the ionosphere's plasma")},
    {INT("n"), TEXT("How many coefficients there are")},
    {FLOAT("peakheight"), UNIT("km"), TEXT("Height of the peak of the layer")},
    {FLOAT("zhalfNm"), UNIT("km"), TEXT("Height at which the density is half of the peak's")},
};
static const struct field_table chebyshev_fields = TABLE(chebyshev_rows);

static const struct field shifted_chebyshev_rows[] = {
    {STRING("description"), TEXT("How the coefficients were computed")},
    {OBJECT("shiftedChebyshevs", chebyshev_fields), ARRAY,
     TEXT("Up to 3 groups of coefficients for the layers E, F1 and the bottom of F2, or up to 6 for bounds of the "
          "height")},
};
static const struct field_table shifted_chebyshev_fields = TABLE(shifted_chebyshev_rows);

static const struct field chapman_rows[] = {
    CHI,
    {STRING("description"), TEXT("How the parameters were computed")},
    PEAK_HEIGHT_F2,
    PEAK_DENSITY_F2,
    SCALE_HEIGHT_F2,
};
static const struct field_table chapman_fields = TABLE(chapman_rows);

static const struct field vary_chap_rows[] = {
    {FLOAT("alpha"), TEXT("Parameter alpha of the profile's shape")},
    {FLOAT("beta"), TEXT("Parameter beta of the profile's shape")},
    CHI,
    {STRING("description"), TEXT("How the parameters were computed")},
    PEAK_HEIGHT_F2,
    {FLOAT("ht"), UNIT("km"), TEXT("Height of the transition")},
    PEAK_DENSITY_F2,
    SCALE_HEIGHT_F2,
};
static const struct field_table vary_chap_fields = TABLE(vary_chap_rows);

static const struct field profile_rows[] = {
    {OBJECT("iri", iri_fields), TEXT("Coefficients of the International Reference Ionosphere")},
    {OBJECT("parabolic", parabolic_fields), TEXT("The layers as parabolic segments")},
    {OBJECT("quasiParabolic", quasi_parabolic_fields), TEXT("The profile as quasi-parabolic segments")},
    {OBJECT("shiftedChebyshev", shifted_chebyshev_fields), TEXT("The profile as shifted Chebyshev polynomials")},
    {OBJECT("topsideExtensionChapmanConst", chapman_fields), TEXT("Topside: Chapman layer of constant scale height")},
    {OBJECT("topsideExtensionVaryChap", vary_chap_fields), TEXT("Topside: Chapman layer of varying scale height")},
    {FLOAT("valleyModelCoeffs"), ARRAY, TEXT("Coefficients of the model of the valley")},
    {STRING("valleyModelDescription"), TEXT("The model of the valley and its parameters")},
};
static const struct field_table profile_fields = TABLE(profile_rows);

/* --- the record --- */

static const struct field ionoobservation_rows[] = {
    {OBJECT("amplitude", cube_fields), TEXT("Amplitudes of the echoes")},
    {OBJECT("antennaElementPosition", antenna_fields), TEXT("Positions of the antenna's elements")},
    {ENUM("antennaElementPositionCoordinateSystem"),
     VALUES("J2000", "ECR/ECEF", "TEME", "GCRF", "WGS84 (GEODetic lat, long, alt)", "GEOCentric (lat, long, radii)"),
     TEXT("Coordinate system of antennaElementPosition")},
    {INT("artistFlags"), ARRAY, TEXT("Flags of the scaling program ARTIST")},
    {OBJECT("azimuth", cube_fields), TEXT("Azimuths of the echoes")},
    {FLOAT("b0"), UNIT("km"), TEXT("Thickness parameter of the International Reference Ionosphere")},
    {FLOAT("b1"), TEXT("Shape parameter of the International Reference Ionosphere")},
    {OBJECT("charAtts", attributes_fields), ARRAY, TEXT("More about the characteristics in the record")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    {FLOAT("d"), UNIT("km"), TEXT("Distance that mufd is for")},
    {FLOAT("d1"), TEXT("Shape parameter of the F1 layer, International Reference Ionosphere")},
    COMMON_DATA_MODE,
    {OBJECT("datum", datum_fields), TEXT("Values of a sparse collection")},
    {FLOAT("deltafoF2"), UNIT("MHz"), TEXT("How much foF2 was adjusted in the inversion of the profile")},
    {OBJECT("densityProfile", profile_fields), TEXT("Profile of the electron density")},
    {OBJECT("doppler", cube_fields), TEXT("Doppler shifts of the echoes")},
    {FLOAT("downE"), UNIT("km"), TEXT("How much the E trace was lowered to its leading edge")},
    {FLOAT("downEs"), UNIT("km"), TEXT("How much the Es trace was lowered to its leading edge")},
    {FLOAT("downF"), UNIT("km"), TEXT("How much the F trace was lowered to its leading edge")},
    {FLOAT("electronDensity"), ARRAY, UNIT("cm^-3"), TEXT("Electron densities, in the order of height")},
    {FLOAT("electronDensityUncertainty"), ARRAY, UNIT("cm^-3"), TEXT("Uncertainties of electronDensity")},
    {OBJECT("elevation", cube_fields), TEXT("Elevations of the echoes")},
    {FLOAT("fbEs"), UNIT("MHz"), TEXT("Blanketing frequency of the layer that foEs is from")},
    {FLOAT("fe"), UNIT("MHz"), TEXT("Spread of frequency beyond foE")},
    {FLOAT("ff"), UNIT("MHz"), TEXT("Spread of frequency between fxF2 and fxI")},
    {FLOAT("fhprimeF"), UNIT("MHz"), TEXT("Frequency at which hprimeF was measured")},
    {FLOAT("fhprimeF2"), UNIT("MHz"), TEXT("Frequency at which hprimeF2 was measured")},
    {FLOAT("fmin"), UNIT("MHz"), TEXT("Lowest frequency with echoes")},
    {FLOAT("fminE"), UNIT("MHz"), TEXT("Lowest frequency with echoes of the E layer")},
    {FLOAT("fminEs"), UNIT("MHz"), TEXT("Lowest frequency with echoes of the Es layer")},
    {FLOAT("fminF"), UNIT("MHz"), TEXT("Lowest frequency with echoes of the F layer")},
    {FLOAT("fmuf"), UNIT("MHz"), TEXT("Maximum usable frequency over the obliquity factor")},
    {FLOAT("foE"), UNIT("MHz"), TEXT("Critical frequency of the E layer, ordinary wave")},
    {FLOAT("foEa"), UNIT("MHz"), TEXT("Critical frequency of the auroral E layer at night")},
    {FLOAT("foEp"), UNIT("MHz"), TEXT("Predicted foE")},
    {FLOAT("foEs"), UNIT("MHz"), TEXT("Highest frequency with a mainly continuous Es trace, ordinary wave")},
    {FLOAT("foF1"), UNIT("MHz"), TEXT("Critical frequency of the F1 layer, ordinary wave")},
    {FLOAT("foF1p"), UNIT("MHz"), TEXT("Predicted foF1")},
    {FLOAT("foF2"), UNIT("MHz"), TEXT("Critical frequency of the F2 layer, ordinary wave")},
    {FLOAT("foF2p"), UNIT("MHz"), TEXT("Predicted foF2")},
    {FLOAT("foP"), UNIT("MHz"), TEXT("Highest critical frequency of a patch trace in the F region, ordinary wave")},
    {OBJECT("frequency", cube_fields), TEXT("Frequencies of the sounding")},
    {FLOAT("fxE"), UNIT("MHz"), TEXT("Critical frequency of the E layer, extraordinary wave")},
    {FLOAT("fxF1"), UNIT("MHz"), TEXT("Critical frequency of the F1 layer, extraordinary wave")},
    {FLOAT("fxF2"), UNIT("MHz"), TEXT("Critical frequency of the F2 layer, extraordinary wave")},
    {FLOAT("fxI"), UNIT("MHz"), TEXT("Highest frequency of the F trace")},
    {FLOAT("height"), ARRAY, UNIT("km"), TEXT("Heights of the profile above the station")},
    {FLOAT("hmE"), UNIT("km"), TEXT("True height of the peak of the E layer")},
    {FLOAT("hmF1"), UNIT("km"), TEXT("True height of the peak of the F1 layer")},
    {FLOAT("hmF2"), UNIT("km"), TEXT("True height of the peak of the F2 layer")},
    {FLOAT("hprimeE"), UNIT("km"), TEXT("Least virtual height of the trace of the E layer")},
    {FLOAT("hprimeEa"), UNIT("km"), TEXT("Least virtual height of the trace of the auroral E layer at night")},
    {FLOAT("hprimeEs"), UNIT("km"), TEXT("Least height of the trace that foEs is from")},
    {FLOAT("hprimeF"), UNIT("km"), TEXT("Least virtual height of the ordinary trace of the F layer as a whole")},
    {FLOAT("hprimeF1"), UNIT("km"), TEXT("Least virtual height where the trace is level in the F region")},
    {FLOAT("hprimeF2"), UNIT("km"),
     TEXT("Least virtual height of the ordinary trace of the highest stable stratification in the F region")},
    {FLOAT("hprimeP"), UNIT("km"), TEXT("Least virtual height of the trace that foP is from")},
    {FLOAT("hprimefMUF"), UNIT("km"), TEXT("Virtual height at fmuf")},
    COMMON_ID_SENSOR,
    {FLOAT("luf"), UNIT("MHz"), TEXT("Lowest usable frequency")},
    {FLOAT("md"), TEXT("mufd over foF2")},
    {FLOAT("mufd"), UNIT("MHz"), TEXT("Maximum usable frequency for the distance d")},
    {STRING("neProfileName"), TEXT("Algorithm that made the profile of the electron density")},
    {FLOAT("neProfileVersion"), TEXT("Version of that algorithm")},
    COMMON_ORIG_SENSOR_ID,
    COMMON_ORIGIN,
    {OBJECT("phase", cube_fields), TEXT("Phases of the echoes")},
    {FLOAT("plasmaFrequency"), ARRAY, UNIT("MHz"), TEXT("Plasma frequencies, in the order of height")},
    {FLOAT("plasmaFrequencyUncertainty"), ARRAY, UNIT("MHz"), TEXT("Uncertainties of plasmaFrequency")},
    {STRING("platformName"), TEXT("Where the equipment is")},
    {OBJECT("polarization", polarization_fields), TEXT("Polarisations of the echoes")},
    {OBJECT("power", cube_fields), TEXT("Powers of the echoes")},
    {FLOAT("qe"), UNIT("km"), TEXT("Mean spread of the E layer in range")},
    {FLOAT("qf"), UNIT("km"), TEXT("Mean spread of the F layer in range")},
    {OBJECT("range", cube_fields), TEXT("Ranges of the echoes")},
    {FLOAT("receiveCoordinates"), SENSOR_POSITION, MATRIX, UNIT("deg, km"),
     TEXT("Geodetic latitudes, longitudes and altitudes of the receiver")},
    {ENUM("receiveSensorType"), VALUES("Mobile", "Static"), TEXT("Whether the receiver moves")},
    {FLOAT("restrictedFrequency"), ARRAY, UNIT("MHz"), TEXT("Frequencies that may not be used")},
    {STRING("restrictedFrequencyNotes"), TEXT("Notes on restrictedFrequency")},
    {FLOAT("scaleHeightF2Peak"), UNIT("km"), TEXT("Effective scale height at hmF2 by Titheridge's method")},
    {OBJECT("scalerInfo", scaler_fields), TEXT("Who or what scaled the ionogram")},
    COMMON_SOURCE,
    {TIME("startTimeUTC"), REQUIRED, TEXT("Start of the sounding")},
    {STRING("stationId"), REQUIRED, TEXT("Code of the URSI for the station or stations")},
    {OBJECT("stokes", stokes_fields), TEXT("Stokes parameters of the echoes")},
    {STRING("system"), REQUIRED, TEXT("Kind of ionosonde or of collection")},
    {STRING("systemInfo"), REQUIRED, TEXT("Names of the settings")},
    {STRING("systemNotes"), TEXT("What the data is made of and for whom")},
    {FLOAT("tec"), UNIT("10^16 m^-2"), TEXT("Total electron content")},
    {FLOAT("tidAzimuth"), ARRAY, UNIT("deg"), TEXT("Azimuths of travelling disturbances, clockwise from true north")},
    {FLOAT("tidPeriods"), ARRAY, UNIT("s"), TEXT("Periods of travelling disturbances")},
    {FLOAT("tidPhaseSpeeds"), ARRAY, UNIT("m/s"), TEXT("Speeds of travelling disturbances")},
    {OBJECT("time", cube_fields), TEXT("Times of the echoes")},
    {OBJECT("traceGeneric", trace_fields), TEXT("Traces of the ionogram")},
    {FLOAT("transmitCoordinates"), SENSOR_POSITION, MATRIX, UNIT("deg, km"),
     TEXT("Geodetic latitudes, longitudes and altitudes of the transmitter")},
    {ENUM("transmitSensorType"), VALUES("Mobile", "Static"), TEXT("Whether the transmitter moves")},
    {STRING("typeEs"), TEXT("Shape of the Es trace")},
    {FLOAT("yE"), UNIT("km"), TEXT("Half thickness of the parabolic E layer")},
    {FLOAT("yF1"), UNIT("km"), TEXT("Half thickness of the parabolic F1 layer")},
    {FLOAT("yF2"), UNIT("km"), TEXT("Half thickness of the parabolic F2 layer")},
    {FLOAT("zhalfNm"), UNIT("km"), TEXT("True height at which the density is half of the F2 peak's")},
    {FLOAT("zmE"), UNIT("km"), TEXT("Height of the peak of the E layer")},
};

static const struct field_table ionoobservation_fields = TABLE(ionoobservation_rows);

/* Kept twenty years, near two cycles of solar activity, in half years: 41 partitions, and 3 ahead at most. */
const struct record_type record_type_ionoobservation = {
    .name = "ionoobservation",
    .filedrop = "udl-ionoobs",
    .description = "Sounding of the ionosphere: the ionogram, what was scaled from it and the density profile",
    .fields = &ionoobservation_fields,
    .time_field = "startTimeUTC",
    .query_required = "startTimeUTC",
    .sensor_field = "idSensor",
    .partition_width = 183 * INSTANT_DAY,
    .retention = 7305 * INSTANT_DAY,
    .earliest = RECORDS_SPACE_AGE,
    .furthest_ahead = 366 * INSTANT_DAY,
};
