/* The rows of an object in orbit: of the type, and, with EMBEDDED defined, of the entities that are part of one.
 * Included where rows stand. */
/* clang-format off */
    {STRING("altName"), TEXT("Another name of the object")},
    {ENUM("category"),
     VALUES("Unknown", "On-Orbit", "Decayed", "Cataloged Without State", "Launch Nominal", "Analyst Satellite",
            "Cislunar", "Lunar", "Hyperbolic", "Heliocentric", "Interplanetary", "Lagrangian", "Docked"),
     TEXT("State of the object in the catalogue")},
    COMMON_CLASSIFICATION_MARKING,
#ifndef EMBEDDED
    COMMON_CLIENT_ID,
#endif
    {STRING("commonName"), TEXT("Common name of the object")},
    {STRING("constellation"), TEXT("Constellation the object belongs to")},
    {STRING("countryCode"), TEXT("Country or organisation the object belongs to, code")},
    COMMON_DATA_MODE,
    {TIME("decayDate"), TEXT("Date of decay")},
#ifdef EMBEDDED
    {STRING("idOnOrbit"), TEXT("Identifier of the object")},
#endif
    {STRING("intlDes"), TEXT("International designator: year of the launch, number of the launch, piece")},
    {TIME("launchDate"), TEXT("Date of launch")},
    {STRING("launchSiteId"), TEXT("Identifier of the launch site")},
    {INT("lifetimeYears"), UNIT("a"), AT_LEAST_ZERO, TEXT("Expected lifetime")},
    {STRING("missionNumber"), TEXT("Mission number of the object")},
    {ENUM("objectType"), VALUES("ROCKET BODY", "DEBRIS", "PAYLOAD", "PLATFORM", "MANNED", "UNKNOWN"),
     TEXT("Kind of object")},
    COMMON_ORIGIN,
    {INT("satNo"), REQUIRED, RANGE(0, 999999999), TEXT("Catalogue number of the object")},
    COMMON_SOURCE,
    /* clang-format on */
