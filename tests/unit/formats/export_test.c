#include "export.h"
#include "leaks.h"
#include "ndm_text.h"
#include "record.h"
#include "tle.h"

#include <criterion/criterion.h>

TestSuite(export, .fini = no_leaks);

#define NOW INT64_C(1795500000000000)

/* Of the first record that cannot be expressed: its fault; else what end says. */
static int export_all(const char *format, const char *type, const char *const *records, const char *banner,
                      struct buf *out, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct export_format *f = export_format_find(str_of(format), str_of(type));
    cr_assert_not_null(f, "%s of %s", format, type);
    void *w = f->writer->begin(f, str_of(type), NOW);
    int error = 0;
    for (; *records && !error; records++) {
        const struct member *members;
        size_t n;
        cr_assert(members_of(str_of(*records), arena, &members, &n), "%s", *records);
        error = f->writer->add(w, members, n, fault);
    }
    if (!error)
        error = f->writer->end(w, str_of(banner), out, fault);
    f->writer->release(w);
    return error;
}

static void expect(const char *format, const char *type, const char *const *records, const char *expected)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    cr_assert_eq(export_all(format, type, records, "U//REL TO USA, JPN", &b, &fault), 0, "%s: %s", fault.where,
                 fault.detail);
    cr_assert(str_is(buf_view(&b), expected), "%.*s", STR_ARG(buf_view(&b)));
}

static void expect_refused(const char *format, const char *type, const char *record, const char *where)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    cr_assert_eq(export_all(format, type, (const char *[]){record, NULL}, "", &b, &fault), ERR_INVALID_RECORD, "%s",
                 record);
    cr_assert_str_eq(fault.where, where, "%s: %s", fault.where, fault.detail);
    cr_assert_eq(b.n, 0);
}

Test(export, advisories_are_the_texts_that_came)
{
    expect(
        "advisory", "gnssadvisory",
        (const char *[]){
            "{\"number\":\"2022005\",\"text\":\"NOTICE ADVISORY TO NAVSTAR USERS (NANU) 2022005\\r\\n  x\"}",
            "{\"number\":\"2022004\",\"text\":\"NOTICE ADVISORY TO NAVSTAR USERS (NANU) 2022004\\n\"}", NULL},
        "NOTICE ADVISORY TO NAVSTAR USERS (NANU) 2022005\r\n  x\n\nNOTICE ADVISORY TO NAVSTAR USERS (NANU) 2022004\n");
    expect_refused("advisory", "gnssadvisory", "{\"number\":\"2022005\"}", "text");
}

Test(export, each_row_names_types_that_exist_and_is_found)
{
    for (size_t i = 0; i < export_format_count(); i++) {
        const struct export_format *f = export_format_at(i);
        size_t types = 0;
        for (size_t t = 0; t < record_type_count(); t++) {
            struct str type = str_of(record_type_at(t)->name);
            if (!export_has(f, type))
                continue;
            types++;
            cr_assert_eq(export_format_find(str_of(f->name), type), f, "%s of %s stands twice", f->name,
                         record_type_at(t)->name);
        }
        size_t named = 1;
        for (const char *p = f->types; *p; p++)
            named += *p == '|';
        cr_assert_eq(types, named, "%s: %s", f->name, f->types);
    }
    cr_assert_null(export_format_find(STR("tle"), STR("conjunction")));
    cr_assert_null(export_format_find(STR("tl"), STR("elset")));
    cr_assert_not(export_has(export_format_find(STR("tle"), STR("elset")), STR("else")));
}

/* --- element sets in lines --- */

#define LINE_1 "1 25544U 98067A   26143.50000000 -.00012463  00000-0 -52031-2 0  9992\n"
#define LINE_2 "2 25544  51.6400 199.5121 0001333 133.9522 226.1918 15.49113993 12345\n"

/* The record that import makes of the set. */
static const char *elset_of(const char *text, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    struct header header = {STR("U"), STR("TEST"), STR("test"), STR(""), STR("")};
    struct tle_reader reader = tle_reader(str_of(text), arena);
    struct tle t;
    struct fault fault = {0};
    cr_assert_eq(tle_next(&reader, &t, &fault), 0, "%s: %s", fault.where, fault.detail);
    tle_elset(&t, &header, &b);
    return arena_strz(arena, buf_view(&b));
}

Test(export, element_sets_come_back_as_they_were)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *named = elset_of("0 ISS (ZARYA)\n" LINE_1 LINE_2, arena), *other = elset_of(LINE_1 LINE_2, arena);
    cr_assert(strstr(named, "\"internationalDesignator\":\"1998-067A\""), "%s", named);
    expect("tle", "elset", (const char *[]){named, other, NULL}, LINE_1 LINE_2 LINE_1 LINE_2);
    expect("3le", "elset", (const char *[]){named, other, NULL},
           "0 ISS (ZARYA)\n" LINE_1 LINE_2 "0 98067A\n" LINE_1 LINE_2);
    expect("tle", "elset", (const char *[]){NULL}, "");
}

/* As a view may hide it, or as others send it. */
Test(export, what_an_element_set_cannot_say_is_refused_by_its_field)
{
    static const char *const needed[] = {"satNo",        "epoch",       "meanMotionDot", "meanMotionDDot",
                                         "bStar",        "inclination", "raan",          "eccentricity",
                                         "argOfPerigee", "meanAnomaly", "meanMotion"};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *whole = elset_of(LINE_1 LINE_2, arena);
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        char *without = arena_strz(arena, str_of(whole));
        char *at = strstr(without, arena_printf(arena, "\"%s\"", needed[i]));
        cr_assert_not_null(at, "%s", needed[i]);
        at[1] = 'x';
        expect_refused("tle", "elset", without, needed[i]);
    }
    char *large = arena_strz(arena, str_of(whole));
    memcpy(strstr(large, "25544"), "99e44", 5);
    expect_refused("tle", "elset", large, "satNo");
    char *name = arena_printf(arena, "%.*s,\"origObjectId\":\"\u00e9\"}",
                              (int)(strstr(whole, ",\"origObjectId") - whole), whole);
    expect_refused("3le", "elset", name, "origObjectId");
}

/* --- navigation messages --- */

#define SENT_AS "\"relto\":{\"effectiveMarking\":\"U//REL TO USA, JPN\"}"
#define OMM_FIELDS                                                                                                     \
    "{\"createdAt\":\"2026-05-20T01:02:03.000000Z\",\"createdBy\":\"USA\",\"classificationMarking\":\"U\"," SENT_AS    \
    ",\"origObjectId\":\"SAT 1\",\"internationalDesignator\":\"2026-001A\",\"epoch\":\"2026-05-20T22:31:12.123456Z\"," \
    "\"meanMotion\":15.50,\"eccentricity\":0.0007,\"inclination\":51.6,\"raan\":2,\"argOfPerigee\":3,"                 \
    "\"meanAnomaly\":4,\"satNo\":799500123,\"bStar\":0.00010,\"meanMotionDot\":-0.000001,\"meanMotionDDot\":0"
#define OMM_LINES                                                                                                      \
    "OBJECT_NAME = SAT 1\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = TEME\nTIME_SYSTEM = UTC\n"           \
    "MEAN_ELEMENT_THEORY = SGP4\nEPOCH = 2026-05-20T22:31:12.123456\nMEAN_MOTION = 15.50\nECCENTRICITY = 0.0007\n"     \
    "INCLINATION = 51.6\nRA_OF_ASC_NODE = 2\nARG_OF_PERICENTER = 3\nMEAN_ANOMALY = 4\nNORAD_CAT_ID = 799500123\n"      \
    "BSTAR = 0.00010\nMEAN_MOTION_DOT = -0.000001\nMEAN_MOTION_DDOT = 0\n"
#define OMM_KVN(comment)                                                                                               \
    "CCSDS_OMM_VERS = 3.0\n" comment "CLASSIFICATION = U//REL TO USA, JPN\n"                                           \
    "CREATION_DATE = 2026-05-20T01:02:03.000000\nORIGINATOR = USA\n" OMM_LINES

/* With the message that the record was made from: what its fields say counts for nothing then. */
static const char *with_message(const char *text, struct arena *arena)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, "{\"classificationMarking\":\"U//FOUO\",\"message\":");
    buf_json_str(&b, str_of(text));
    buf_char(&b, '}');
    return arena_strz(arena, buf_view(&b));
}

Test(export, mean_elements_are_made_of_fields)
{
    expect("kvn", "elset", (const char *[]){OMM_FIELDS "}", OMM_FIELDS "}", NULL},
           OMM_KVN("COMMENT U//REL TO USA, JPN\n") OMM_KVN(""));
    expect("omm-csv", "elset", (const char *[]){OMM_FIELDS "}", NULL},
           "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,"
           "MEAN_ANOMALY,EPHEMERIS_TYPE,CLASSIFICATION_TYPE,NORAD_CAT_ID,ELEMENT_SET_NO,REV_AT_EPOCH,BSTAR,"
           "MEAN_MOTION_DOT,MEAN_MOTION_DDOT,CCSDS_OMM_VERS,CLASSIFICATION,CREATION_DATE,ORIGINATOR\r\n"
           "SAT 1,2026-001A,2026-05-20T22:31:12.123456,15.50,0.0007,51.6,2,3,4,,,799500123,,,0.00010,-0.000001,0,3.0,"
           "\"U//REL TO USA, JPN\",2026-05-20T01:02:03.000000,USA\r\n");
    expect("omm-json", "elset", (const char *[]){NULL}, "[]\n");
    expect("kvn", "elset", (const char *[]){NULL}, "");
    expect("xml", "elset", (const char *[]){NULL}, "");
}

/* Each form is read as the same message. */
Test(export, each_form_of_mean_elements_says_the_same)
{
    static const char *const forms[] = {"kvn", "xml", "omm-json", "omm-csv"};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const char *own = with_message("CCSDS_OMM_VERS = 2.0\nCOMMENT of, two\nCREATION_DATE = 2026-05-20T01:02:03\n"
                                   "ORIGINATOR = \"A\"\n" OMM_LINES "USER_DEFINED_FRAMES = a, b\n",
                                   arena);
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        BUF_CLEANUP struct buf file = {0}, read = {0};
        struct fault fault = {0};
        cr_assert_eq(export_all(forms[i], "elset", (const char *[]){own, OMM_FIELDS "}", NULL}, "", &file, &fault), 0,
                     "%s: %s", fault.where, fault.detail);
        converted(buf_view(&file), NDM_KVN, &read);
        const char *text = arena_strz(arena, buf_view(&read));
        cr_assert(strstr(text, "USER_DEFINED_FRAMES = a, b\n"), "%s: %s", forms[i], text);
        cr_assert(strstr(text, "COMMENT of, two"), "%s: %s", forms[i], text);
        cr_assert(strstr(text, "CLASSIFICATION: U//FOUO"), "%s: %s", forms[i], text);
        cr_assert(strstr(text, OMM_KVN("")), "%s: %s", forms[i], text);
    }
}

Test(export, one_message_stands_alone_in_xml_and_several_are_combined)
{
    BUF_CLEANUP struct buf one = {0}, two = {0};
    struct fault fault;
    ARENA_CLEANUP struct arena *arena = arena_new();
    cr_assert_eq(export_all("xml", "elset", (const char *[]){OMM_FIELDS "}", NULL}, "TOP", &one, &fault), 0);
    cr_assert_eq(
        export_all("xml", "elset", (const char *[]){OMM_FIELDS "}", OMM_FIELDS "}", NULL}, "TOP", &two, &fault), 0);
    const char *alone = arena_strz(arena, buf_view(&one)), *both = arena_strz(arena, buf_view(&two));
    cr_assert(strstr(alone, "<header>\n<COMMENT>TOP</COMMENT>\n<CLASSIFICATION>") && !strstr(alone, "<ndm"), "%s",
              alone);
    cr_assert(strstr(both, "<ndm ") && strstr(both, ">\n<COMMENT>TOP</COMMENT>\n<omm "), "%s", both);
    cr_assert_eq(strstr(strstr(both, "<?xml") + 1, "<?xml"), NULL);
}

#define CDM_STATE(n)                                                                                                   \
    "\"stateVector" n "\":{\"origObjectId\":\"SATELLITE " n "\",\"covMethod\":\"CALCULATED\","                         \
    "\"referenceFrame\":\"J2000\",\"solarRadPress\":true,\"xpos\":1,\"ypos\":2,\"zpos\":3,\"xvel\":4,\"yvel\":5,"      \
    "\"zvel\":6,\"covReferenceFrame\":\"UVW\",\"cov\":[0.00001020,2e-6,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,"   \
    "20,"                                                                                                              \
    "0.000021]}"
#define CDM_FIELDS                                                                                                     \
    "{\"id\":\"x\",\"createdAt\":\"2026-05-20T01:02:03.000000Z\",\"createdBy\":\"USA\",\"classificationMarking\":"     \
    "\"U\","                                                                                                           \
    "\"tca\":\"2026-05-23T22:37:52.618000Z\",\"missDistance\":715,\"satNo1\":5,\"origIdOnOrbit2\":\"X-1\"," CDM_STATE( \
        "1") "," CDM_STATE("2")

Test(export, conjunctions_are_made_of_fields)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault = {0};
    ARENA_CLEANUP struct arena *arena = arena_new();
    cr_assert_eq(
        export_all("kvn", "conjunction", (const char *[]){CDM_FIELDS ",\"comments\":\"a\\nb\"}", NULL}, "", &b, &fault),
        0, "%s: %s", fault.where, fault.detail);
    static const char *const lines[] = {
        "CCSDS_CDM_VERS = 1.0\nCOMMENT a\nCOMMENT b\nCREATION_DATE = 2026-05-20T01:02:03.000000\nORIGINATOR = USA\n"
        "MESSAGE_ID = x\nCLASSIFICATION = U\nTCA = 2026-05-23T22:37:52.618000\nMISS_DISTANCE = 715\n"
        "OBJECT = OBJECT1\nOBJECT_DESIGNATOR = 5\nCATALOG_NAME = SATCAT\nOBJECT_NAME = SATELLITE 1\n",
        "OBJECT = OBJECT2\nOBJECT_DESIGNATOR = X-1\nCATALOG_NAME = UNKNOWN\nOBJECT_NAME = SATELLITE 2\n",
        "REF_FRAME = EME2000\nSOLAR_RAD_PRESSURE = YES\nX = 1\n",
        "Z_DOT = 6\nCR_R = 10.20\nCT_R = 2\nCT_T = 3000000\n",
        "CNDOT_NDOT = 21\nOBJECT = OBJECT2\n",
    };
    const char *text = arena_strz(arena, buf_view(&b));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert(strstr(text, lines[i]), "%s\n%s", lines[i], text);
}

static void expect_without(const char *format, const char *type, const char *whole, const char *field,
                           const char *where)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    char *without = arena_strz(arena, str_of(whole));
    char *at = strstr(without, arena_printf(arena, "\"%s\"", field));
    cr_assert_not_null(at, "%s", field);
    at[1] = '_';
    expect_refused(format, type, without, where);
}

/* As a view may have reduced it: then its own message is not shown either. */
Test(export, what_a_message_cannot_do_without_is_refused_by_its_field)
{
    expect_without("kvn", "conjunction", CDM_FIELDS "}", "missDistance", "missDistance");
    expect_without("xml", "conjunction", CDM_FIELDS "}", "cov", "stateVector1.cov");
    expect_without("kvn", "conjunction", CDM_FIELDS "}", "stateVector2", "stateVector2");
    expect_without("kvn", "elset", OMM_FIELDS "}", "inclination", "inclination");
    expect_without("omm-csv", "elset", OMM_FIELDS "}", "meanAnomaly", "meanAnomaly");
    expect_without("omm-json", "elset", OMM_FIELDS "}", "meanMotion", "meanMotion");
    expect_refused("kvn", "reentry", "{\"satNo\":5}", "message");
}

Test(export, nothing_gets_into_a_message_by_a_text)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    expect_refused("kvn", "elset", OMM_FIELDS ",\"classificationType\":\"U\\nNORAD_CAT_ID = 1\"}",
                   "classificationType");
    expect_refused("kvn", "elset", with_message("nonsense", arena), "message");
    expect_refused("kvn", "elset", with_message("CCSDS_OMM_VERS = 3.0\n", arena), "message");
    expect_refused("kvn", "statevector", with_message(OMM_KVN(""), arena), "message");
    expect_refused("kvn", "elset", with_message(OMM_KVN("") OMM_KVN(""), arena), "message");
}

/* The poster's own marking is not that under which the record is sent. */
Test(export, the_marking_in_a_message_is_that_of_the_record)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    cr_assert_eq(export_all("kvn", "elset", (const char *[]){with_message(OMM_KVN(""), arena), NULL}, "", &b, &fault),
                 0);
    const char *text = arena_strz(arena, buf_view(&b));
    cr_assert(strstr(text, "CLASSIFICATION = U//FOUO\n") && !strstr(text, "REL TO"), "%s", text);
}
