#include "export.h"
#include "almanac.h"
#include "export_rows.h"

#define MESSAGES "conjunction|elset|ephemerisset|orbitcomprehensive|reentry|statevector|trackingdata"

/* Names and what they write. A type stands once with a name. */
static const struct export_format formats[] = {
    {"tle", "text/vnd.tle", "elset", &export_elset_lines, EXPORT_TWO_LINES},
    {"3le", "text/vnd.3le", "elset", &export_elset_lines, EXPORT_THREE_LINES},
    {"kvn", "application/vnd.ccsds.ndm+kvn", MESSAGES, &export_ndm, EXPORT_KVN},
    {"xml", "application/xml", MESSAGES, &export_ndm, EXPORT_XML},
    {"kvn", "application/vnd.ccsds.ndm+kvn", "eoobservation|radarobservation", &export_tdm, EXPORT_KVN},
    {"xml", "application/xml", "eoobservation|radarobservation", &export_tdm, EXPORT_XML},
    {"omm-json", "application/vnd.ccsds.omm+json", "elset", &export_ndm, EXPORT_OMM_JSON},
    {"omm-csv", "application/vnd.ccsds.omm+csv", "elset", &export_ndm, EXPORT_OMM_CSV},
    {"rinex", "application/vnd.rinex", "navephemeris|timeoffset", &export_rinex, EXPORT_RINEX_4},
    {"rinex3", "application/vnd.rinex3", "navephemeris|timeoffset", &export_rinex, EXPORT_RINEX_3},
    {"rinex2", "application/vnd.rinex2", "navephemeris|timeoffset", &export_rinex, EXPORT_RINEX_2},
    {"sp3", "application/vnd.sp3", "preciseephemeris", &export_sp3, 0},
    {"clk", "application/vnd.rinex-clock", "gnssclock", &export_clk, 0},
    {"yuma", "text/vnd.yuma", "almanac", &export_almanac, ALMANAC_YUMA},
    {"sem", "text/vnd.sem", "almanac", &export_almanac, ALMANAC_SEM},
    {"advisory", "text/vnd.gnss-advisory", "gnssadvisory", &export_advisory, 0},
};
#define FORMATS (sizeof formats / sizeof *formats)

size_t export_format_count(void)
{
    return FORMATS;
}

const struct export_format *export_format_at(size_t i)
{
    return &formats[i];
}

bool export_has(const struct export_format *format, struct str type)
{
    for (const char *at = format->types; *at; at += *at == '|') {
        size_t n = strcspn(at, "|");
        if (str_eq(type, (struct str){at, n}))
            return true;
        at += n;
    }
    return false;
}

const struct export_format *export_format_find(struct str name, struct str type)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (str_is(name, formats[i].name) && export_has(&formats[i], type))
            return &formats[i];
    return NULL;
}

struct str export_marking(const struct member *members, size_t n, struct arena *arena)
{
    struct str about = member_value(members, n, "relto", arena), effective = {0};
    const struct member *list;
    size_t count;
    if (about.n && members_of(about, arena, &list, &count))
        effective = member_value(list, count, "effectiveMarking", arena);
    return effective.n ? effective : member_value(members, n, "classificationMarking", arena);
}

int export_lacks(const char *field, const char *format, struct fault *fault)
{
    return fault_set(fault, ERR_INVALID_RECORD, field, "expected a value, which %s cannot do without", format);
}
