/* The rows of an element set: of the type, and, with EMBEDDED defined, of the parts of other records, which are no
 * records of their own and have no identifier from the poster. Included where rows stand. */
/* clang-format off */
    {FLOAT("agom"), UNIT("m^2/kg"), TEXT("Solar radiation pressure coefficient: reflectivity times area over mass")},
    {STRING("algorithm"), TEXT("Algorithm that made the record")},
    {FLOAT("apogee"), UNIT("km"), TEXT("Distance of the apogee from the centre of the Earth")},
    {FLOAT("argOfPerigee"), UNIT("deg"), RANGE(0, 360), TEXT("Argument of perigee")},
    {FLOAT("bStar"), UNIT("1/er"), TEXT("Drag term B* of SGP4, in inverse Earth radii")},
    {FLOAT("ballisticCoeff"), UNIT("m^2/kg"), TEXT("Ballistic coefficient: drag coefficient times area over mass")},
    COMMON_CLASSIFICATION_MARKING,
#ifndef EMBEDDED
    {STRING("classificationType"), TEXT("Classification of the set as it bears it: U, C, S; its marking says no less")},
    COMMON_CLIENT_ID,
#endif
    COMMON_DATA_MODE,
    COMMON_DESCRIPTOR,
    {FLOAT("eccentricity"), AT_LEAST_ZERO, TEXT("Eccentricity: below 1 an ellipse, 1 a parabola, above a hyperbola")},
#ifndef EMBEDDED
    {INT("elementSetNo"), AT_LEAST_ZERO, TEXT("Number of the set among those of the object")},
#endif
    {INT("ephemType"), TEXT("Ephemeris model: 0 SGP, 2 SGP4, 3 PPT3, 4 SGP4-XP, 6 special perturbations")},
    {TIME("epoch"), REQUIRED, TEXT("Epoch of the elements")},
#ifdef EMBEDDED
    {STRING("idElset"), TEXT("Identifier the poster gives the element set")},
#endif
    {STRING("idOrbitDetermination"), TEXT("Identifier of the orbit determination behind the record")},
    {FLOAT("inclination"), UNIT("deg"), RANGE(0, 180), TEXT("Inclination of the orbit to the equator")},
#ifndef EMBEDDED
    {STRING("internationalDesignator"), TEXT("International designator of the object, as 1998-067A")},
#endif
#ifndef EMBEDDED
    {STRING("line1"), READ_ONLY, RETELLS, TEXT("First line of the set, if two lines can say all of it")},
    {STRING("line2"), READ_ONLY, RETELLS, TEXT("Second line of the set")},
#endif
    {FLOAT("meanAnomaly"), UNIT("deg"), RANGE(0, 360), TEXT("Mean anomaly")},
    {FLOAT("meanMotion"), UNIT("rev/day"), AT_LEAST_ZERO, TEXT("Mean motion")},
    {FLOAT("meanMotionDDot"), UNIT("rev/day^3"), TEXT("Second derivative of the mean motion")},
    {FLOAT("meanMotionDot"), UNIT("rev/day^2"), TEXT("First derivative of the mean motion")},
#ifndef EMBEDDED
    COMMON_MESSAGE,
#endif
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIGIN,
    {FLOAT("perigee"), UNIT("km"), TEXT("Distance of the perigee from the centre of the Earth")},
    {FLOAT("period"), UNIT("min"), AT_LEAST_ZERO, TEXT("Orbital period")},
    {FLOAT("raan"), UNIT("deg"), RANGE(0, 360), TEXT("Right ascension of the ascending node")},
    COMMON_RAW_FILE_URI,
    {INT("revNo"), AT_LEAST_ZERO, TEXT("Revolution number at epoch")},
    {INT("satNo"), RANGE(0, 999999999), TEXT("Catalogue number of the object")},
    {FLOAT("semiMajorAxis"), UNIT("km"), TEXT("Semi-major axis")},
    COMMON_SOURCE,
    {STRING("sourcedData"), ARRAY, TEXT("Identifiers of the records this one was made from")},
    {ENUM("sourcedDataTypes"), ARRAY, VALUES("EO", "RADAR", "RF", "DOA", "ELSET", "SV"),
     TEXT("Kinds of the records this one was made from")},
    COMMON_TAGS,
    COMMON_TRANSACTION_ID,
    {BOOL("uct"), TEXT("The record belongs to an uncorrelated track or object")},
#ifndef EMBEDDED
    COMMON_WARNINGS,
#endif
