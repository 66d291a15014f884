/* Types of advisories: ICD-GPS-240, section 3 and ICD-GPS-870, section 10.1; Galileo OS SDD, annex C (also of obsolete
 * ones, which archives hold). */
#include "advisory.h"

#define START (1u << ADVISORY_START)
#define STOP (1u << ADVISORY_STOP)
#define REFERENCE (1u << ADVISORY_REFERENCE)

/* NAQU have these with the service in front: L6_UNUNOREF. */
static const struct advisory_kind navstar[] = {
    {"FCSTDV", "FORECAST", ADVISORY_OUTAGE, START | STOP},
    {"FCSTMX", "FORECAST", ADVISORY_OUTAGE, START | STOP},
    {"FCSTUUFN", "FORECAST", ADVISORY_OUTAGE, START},
    {"FCSTRESCD", "FORECAST", ADVISORY_OUTAGE, START | STOP | REFERENCE},
    {"FCSTEXTD", "EXTENDED", ADVISORY_OUTAGE, START | REFERENCE},
    {"FCSTSUMM", "RESOLVED", ADVISORY_OUTAGE, START | STOP | REFERENCE},
    {"FCSTCANC", "CANCELLED", ADVISORY_CANCELS, REFERENCE},
    {"UNUSUFN", "ACTIVE", ADVISORY_OUTAGE, START},
    {"UNUSABLE", "RESOLVED", ADVISORY_OUTAGE, START | STOP | REFERENCE},
    {"UNUNOREF", "RESOLVED", ADVISORY_OUTAGE, START | STOP},
    {"USABINIT", "USABLE", ADVISORY_ENDS, START},
    {"LAUNCH", "LAUNCHED", ADVISORY_OUTAGE, START},
    {"DECOM", "DECOMMISSIONED", ADVISORY_OUTAGE, START},
    {"GENERAL", "INFORMATION", ADVISORY_TELLS, 0},
    {"LEAPSEC", "INFORMATION", ADVISORY_TELLS, 0},
};

static const struct advisory_kind galileo[] = {
    {"PLN_OUTAGE", "FORECAST", ADVISORY_OUTAGE, START | STOP},
    {"PLN_MANV", "FORECAST", ADVISORY_OUTAGE, START | STOP},
    {"RESCH", "FORECAST", ADVISORY_OUTAGE, START | REFERENCE},
    {"EXTNS", "EXTENDED", ADVISORY_OUTAGE, START | REFERENCE},
    {"CANCEL", "CANCELLED", ADVISORY_CANCELS, REFERENCE},
    {"UNP_UNUFN", "ACTIVE", ADVISORY_OUTAGE, START},
    {"UNP_SHTRCVR", "RESOLVED", ADVISORY_OUTAGE, START | STOP},
    {"DECOMMSNG", "DECOMMISSIONED", ADVISORY_OUTAGE, START},
    {"USABLE", "USABLE", ADVISORY_ENDS, START},
    {"USABINIT", "USABLE", ADVISORY_ENDS, START},
    {"AVAILABLE", "USABLE", ADVISORY_ENDS, START},
    {"AVAILINIT", "USABLE", ADVISORY_ENDS, START},
    {"GENERAL", "INFORMATION", ADVISORY_TELLS, 0},
};

/* "L6_UNUNOREF" is UNUNOREF of L6, "GENERAL (HAS CANCEL)" is GENERAL. */
static struct str bare_type(bool service, struct str type)
{
    const char *line = service ? memrchr(type.p, '_', type.n) : NULL;
    if (line)
        type = (struct str){line + 1, (size_t)(type.p + type.n - line - 1)};
    for (size_t i = 0; i < type.n; i++)
        if (type.p[i] == ' ' || type.p[i] == '(')
            return (struct str){type.p, i};
    return type;
}

const struct advisory_kind *advisory_kind_find(struct str name, struct str type)
{
    bool eu = str_is(name, "NAGU");
    const struct advisory_kind *kinds = eu ? galileo : navstar;
    size_t n = eu ? sizeof galileo / sizeof *galileo : sizeof navstar / sizeof *navstar;
    struct str bare = type.n ? bare_type(str_is(name, "NAQU"), type) : type;
    for (size_t i = 0; i < n; i++)
        if (str_is(bare, kinds[i].type))
            return &kinds[i];
    return NULL;
}

/* Whoever posts a record itself may tell a type of its own. */
static enum advisory_effect effect_of_status(struct str status)
{
    static const struct {
        const char *status;
        enum advisory_effect effect;
    } rows[] = {
        {"ACTIVE", ADVISORY_OUTAGE},   {"CANCELLED", ADVISORY_CANCELS}, {"DECOMMISSIONED", ADVISORY_OUTAGE},
        {"EXTENDED", ADVISORY_OUTAGE}, {"FORECAST", ADVISORY_OUTAGE},   {"LAUNCHED", ADVISORY_OUTAGE},
        {"RESOLVED", ADVISORY_OUTAGE}, {"USABLE", ADVISORY_ENDS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_is(status, rows[i].status))
            return rows[i].effect;
    return ADVISORY_TELLS;
}

enum advisory_effect advisory_effect_of(struct str constellation, struct str type, struct str status)
{
    static const struct {
        const char *constellation, *series;
    } rows[] = {{"GPS", "NANU"}, {"QZSS", "NAQU"}, {"GALILEO", "NAGU"}};
    const struct advisory_kind *k = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows && !k; i++)
        if (!constellation.n || str_is(constellation, rows[i].constellation))
            k = advisory_kind_find(str_of(rows[i].series), type);
    return k ? k->effect : effect_of_status(status);
}
