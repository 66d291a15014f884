/* The rows of an H3 cell: of the part type, and, with EMBEDDED defined, inside of the set as it is posted. Included
 * where rows stand. */
/* clang-format off */
    {FLOAT("altMean"), UNIT("km"), TEXT("Mean altitude of the observations in the cell")},
    {FLOAT("altSigma"), UNIT("km"), AT_LEAST_ZERO, TEXT("Standard deviation of the altitude of the observations")},
    {FLOAT("anomScoreInterference"), RANGE(0, 1),
     TEXT("Share of the observations that interference has probably made anomalous")},
    {FLOAT("anomScoreSpoofing"), RANGE(0, 1),
     TEXT("Share of the observations that spoofing has probably made anomalous")},
    {STRING("cellId"), REQUIRED, RANGE(1, 16), TEXT("H3 index of the cell, hexadecimal")},
    {FLOAT("changeScore"), UNIT("%"), TEXT("Change of what was observed in the cell")},
    COMMON_CLASSIFICATION_MARKING,
#ifndef EMBEDDED
    COMMON_CLIENT_ID,
#endif
    {INT("coverage"), AT_LEAST_ZERO, TEXT("How many observations there are in the cell")},
    COMMON_DATA_MODE,
#ifdef EMBEDDED
    {STRING("id"), TEXT("Identifier of the cell, as the poster gives it")},
#endif
    {STRING("idH3Geo"), TEXT("Identifier of the set the cell belongs to")},
    COMMON_ORIGIN,
    {FLOAT("rpmMax"), TEXT("Greatest received power in the cell, as the receivers' monitors tell it")},
    {FLOAT("rpmMean"), TEXT("Mean received power in the cell")},
    {FLOAT("rpmMedian"), TEXT("Median of the received power in the cell")},
    {FLOAT("rpmMin"), TEXT("Least received power in the cell")},
    {FLOAT("rpmSigma"), AT_LEAST_ZERO, TEXT("Standard deviation of the received power in the cell")},
    COMMON_SOURCE,
    /* clang-format on */
