/* The rows of a point of an ephemeris: of the part type, and, with EMBEDDED defined, inside of the set as it is posted.
 * Included where rows stand. */
/* clang-format off */
    COMMON_CLASSIFICATION_MARKING,
#ifndef EMBEDDED
    COMMON_CLIENT_ID,
#endif
    {FLOAT("cov"), COVARIANCE, ARRAY, UNIT("km, s"),
     TEXT("Covariance, lower triangle row by row, in units of kilometres and seconds")},
    COMMON_DATA_MODE,
    {STRING("esId"), TEXT("Identifier of the ephemeris set the point belongs to")},
#ifdef EMBEDDED
    {STRING("id"), TEXT("Identifier of the point, as the poster gives it")},
#endif
    {STRING("idOnOrbit"), TEXT("Identifier of the object")},
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIGIN,
    COMMON_SOURCE,
    {TIME("ts"), REQUIRED, TEXT("Time of the point")},
    {FLOAT("xaccel"), UNIT("km/s^2"), TEXT("Acceleration, X")},
    {FLOAT("xpos"), REQUIRED, UNIT("km"), TEXT("Position, X")},
    {FLOAT("xvel"), REQUIRED, UNIT("km/s"), TEXT("Velocity of the object, X, J2000")},
    {FLOAT("yaccel"), UNIT("km/s^2"), TEXT("Acceleration, Y")},
    {FLOAT("ypos"), REQUIRED, UNIT("km"), TEXT("Position, Y")},
    {FLOAT("yvel"), REQUIRED, UNIT("km/s"), TEXT("Velocity of the object, Y, J2000")},
    {FLOAT("zaccel"), UNIT("km/s^2"), TEXT("Acceleration, Z")},
    {FLOAT("zpos"), REQUIRED, UNIT("km"), TEXT("Position, Z")},
    {FLOAT("zvel"), REQUIRED, UNIT("km/s"), TEXT("Velocity of the object, Z, J2000")},
    /* clang-format on */
