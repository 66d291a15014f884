/* Mean elements as JSON and CSV. */
#include "leaks.h"
#include "ndm_text.h"
#include "omm.h"

TestSuite(ndm_table, .fini = no_leaks);

#define SHORT                                                                                                          \
    "\"OBJECT_ID\":\"2026-001A\",\"EPOCH\":\"2026-05-20T22:31:12.123456\",\"MEAN_MOTION\":15.50,"                      \
    "\"ECCENTRICITY\":0.0007,\"INCLINATION\":51.6,\"RA_OF_ASC_NODE\":2,\"ARG_OF_PERICENTER\":3,\"MEAN_ANOMALY\":4,"    \
    "\"NORAD_CAT_ID\":799500123,\"BSTAR\":1.0e-4,\"MEAN_MOTION_DOT\":-1e-6,\"MEAN_MOTION_DDOT\":0"

static const char json[] =
    "[{\"CCSDS_OMM_VERS\":\"3.0\",\n\"COMMENT\":\"one\\ntwo\",\n\"ORIGINATOR\":\"A \\\"B\\\"\",\n"
    "\"DECAY_DATE\":null,\n\"OBJECT_NAME\":\"SAT 1\",\"PERIOD\":\"94.242\",\n" SHORT "},\n"
    "{\"OBJECT_NAME\":\"SAT 2\"," SHORT "}]\n";

static const char csv[] =
    "OBJECT_NAME,OBJECT_ID,EPOCH,MEAN_MOTION,ECCENTRICITY,INCLINATION,RA_OF_ASC_NODE,ARG_OF_PERICENTER,MEAN_ANOMALY,"
    "NORAD_CAT_ID,BSTAR,MEAN_MOTION_DOT,MEAN_MOTION_DDOT\r\n"
    "\"SAT, \"\"2\"\"\",2026-001A,2026-05-20T22:31:12.123456,15.50,0.0007,51.6,2,3,4,799500123,1.0e-4,-1e-6,0\r\n";

#define ELEMENTS                                                                                                       \
    "EPOCH = 2026-05-20T22:31:12.123456\nMEAN_MOTION = 15.50\nECCENTRICITY = 0.0007\nINCLINATION = 51.6\n"             \
    "RA_OF_ASC_NODE = 2\nARG_OF_PERICENTER = 3\nMEAN_ANOMALY = 4\nNORAD_CAT_ID = 799500123\nBSTAR = 1.0e-4\n"          \
    "MEAN_MOTION_DOT = -1e-6\nMEAN_MOTION_DDOT = 0\n"
#define COMMON                                                                                                         \
    "OBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = TEME\nTIME_SYSTEM = UTC\nMEAN_ELEMENT_THEORY = SGP4\n"

#define TEXT(array) ((struct str){(array), sizeof(array) - 1})

Test(ndm_table, objects_are_messages)
{
    static const char expected[] =
        "CCSDS_OMM_VERS = 3.0\nCOMMENT one\nCOMMENT two\nCREATION_DATE = \nORIGINATOR = A \"B\"\nOBJECT_NAME = SAT "
        "1\n" COMMON ELEMENTS "USER_DEFINED_PERIOD = 94.242\n"
        "CCSDS_OMM_VERS = 2.0\nCREATION_DATE = \nORIGINATOR = \nOBJECT_NAME = SAT 2\n" COMMON ELEMENTS;
    BUF_CLEANUP struct buf out = {0};
    converted(TEXT(json), NDM_KVN, &out);
    cr_assert(str_eq(buf_view(&out), TEXT(expected)), "%.*s", STR_ARG(buf_view(&out)));
}

Test(ndm_table, lines_are_messages)
{
    static const char expected[] = "CCSDS_OMM_VERS = 2.0\nCREATION_DATE = \nORIGINATOR = \n"
                                   "OBJECT_NAME = SAT, \"2\"\n" COMMON ELEMENTS;
    BUF_CLEANUP struct buf out = {0};
    converted(TEXT(csv), NDM_KVN, &out);
    cr_assert(str_eq(buf_view(&out), TEXT(expected)), "%.*s", STR_ARG(buf_view(&out)));
}

Test(ndm_table, what_is_written_reads_the_same)
{
    BUF_CLEANUP struct buf once = {0}, again = {0}, kvn = {0}, from_kvn = {0};
    converted(TEXT(json), NDM_JSON, &once);
    converted(buf_view(&once), NDM_JSON, &again);
    cr_assert(str_eq(buf_view(&once), buf_view(&again)), "%.*s", STR_ARG(buf_view(&once)));
    converted(buf_view(&once), NDM_KVN, &kvn);
    converted(TEXT(json), NDM_KVN, &from_kvn);
    cr_assert(str_eq(buf_view(&kvn), buf_view(&from_kvn)), "%.*s", STR_ARG(buf_view(&kvn)));
    buf_char(&once, '\0');
    cr_assert(strstr(once.p, "\"PERIOD\":\"94.242\"") && strstr(once.p, "\"COMMENT\":\"one\\ntwo\""), "%s", once.p);
}

Test(ndm_table, names_of_keywords_keep_their_prefix)
{
    BUF_CLEANUP struct buf changed = {0}, out = {0};
    replaced(TEXT(json), "\"PERIOD\"", "\"USER_DEFINED_EPOCH\"", &changed);
    converted(buf_view(&changed), NDM_JSON, &out);
    buf_char(&out, '\0');
    cr_assert(strstr(out.p, "\"USER_DEFINED_EPOCH\":\"94.242\""), "%s", out.p);
}

Test(ndm_table, other_messages_have_no_such_form)
{
    static const char opm[] = "CCSDS_OPM_VERS = 2.0\nCREATION_DATE = 2026-05-20T22:31:12\nORIGINATOR = TEST\n"
                              "OBJECT_NAME = SAT\nOBJECT_ID = 2026-001A\nCENTER_NAME = EARTH\nREF_FRAME = TOD\n"
                              "TIME_SYSTEM = UTC\nEPOCH = 2026-05-20T22:31:12\nX = 1\nY = 2\nZ = 3\nX_DOT = 4\n"
                              "Y_DOT = 5\nZ_DOT = 6\n";
    BUF_CLEANUP struct buf out = {0};
    converted(TEXT(opm), NDM_JSON, &out);
    cr_assert(str_eq(buf_view(&out), STR("[]\n")));
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(TEXT(opm));
    struct ndm_event e;
    struct fault fault;
    cr_assert_eq(ndm_next(r, &e, &fault), 0);
    cr_assert(!ndm_has(NDM_JSON, e.block) && ndm_has(NDM_KVN, e.block) && ndm_has(NDM_XML, e.block));
}

Test(ndm_table, what_has_no_place_is_refused)
{
    static const struct refusal objects[] = {
        {"\"OBJECT_NAME\":\"SAT 1\",", "", NULL, "OBJECT_NAME: expected before this"},
        {"\"MEAN_MOTION\":15.50,", "\"MEAN_MOTION\":\"fast\",", "line 6", "MEAN_MOTION: expected a number"},
        {"\"PERIOD\":\"94.242\"", "\"PERIOD\":{}", NULL, "expected"},
        {"\"PERIOD\":\"94.242\"", "\"PERIOD\":true", NULL, "expected"},
        {"\"PERIOD\":\"94.242\"", "\"PERIOD\":\"9\\n4\"", "line 5", "PERIOD: expected text in one line"},
        {"\"PERIOD\"", "\"period\"", "line 5", "expected names of A to Z"},
        {"\"PERIOD\"", "\"OBJECT_NAME\"", "line 5", "OBJECT_NAME: expected once"},
        {"\"CCSDS_OMM_VERS\":\"3.0\"", "\"CCSDS_OMM_VERS\":\"1.0\"", NULL, "CCSDS_OMM_VERS: expected 2.0|3.0"},
        {"},\n", "};\n", "line 6", "expected , or ]"},
        {"}]\n", "}", NULL, "expected , or ]"},
        {"}]\n", "}]\n1", "line 8", "expected nothing behind"},
        {"}]\n", "]\n", NULL, "expected an object"},
        {"},\n{", "},\n[", "line 7", "expected an object"},
    };
    static const struct refusal lines[] = {
        {",OBJECT_ID", ",object id", "line 1", "expected at most"},
        {",-1e-6,0", ",-1e-6", "line 2", "expected 13 values"},
        {",-1e-6,0", ",-1e-6,0,0", "line 2", "expected 13 values"},
        {"\"\"2\"\"\"", "\"\"2\"\"", "line 2", "expected a comma behind a quote"},
        {",15.50,", ",,", "line 2", "SEMI_MAJOR_AXIS: expected either it or MEAN_MOTION"},
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
        refused(TEXT(json), &objects[i]);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        refused(TEXT(csv), &lines[i]);
}

Test(ndm_table, objects_are_bounded)
{
    enum { MOST = 48 * 1024 };
    for (int more = 0; more < 2; more++) {
        BUF_CLEANUP struct buf text = {0}, out = {0};
        buf_z(&text, "{\"OBJECT_NAME\":\"SAT 2\"," SHORT);
        while (text.n < (size_t)MOST - 1 + (size_t)more)
            buf_char(&text, ' ');
        buf_char(&text, '}');
        NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&text));
        struct fault fault = {0};
        cr_assert_eq(convert(r, NDM_KVN, &out, &fault), more ? ERR_INVALID_RECORD : NDM_END, "%s", fault.detail);
    }
}

static int next_elset(struct ndm_reader *r, struct arena *arena, struct buf *out, struct fault *fault)
{
    struct header header = {STR("U"), STR("TEST"), STR("x"), STR(""), STR("")};
    struct omm m;
    int error = omm_next(r, arena, &m, fault);
    buf_clear(out);
    if (!error) {
        omm_elset(&m, &header, out);
        buf_char(out, '\0');
    }
    return error;
}

Test(ndm_table, messages_become_element_sets)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(TEXT(json));
    struct fault fault = {0};
    cr_assert_eq(next_elset(r, arena, &out, &fault), 0, "%s", fault.detail);
    cr_assert(strstr(out.p, "\"origObjectId\":\"SAT "
                            "1\",\"internationalDesignator\":\"2026-001A\",\"epoch\":\"2026-05-20T22:31:12.123456Z\","
                            "\"meanMotion\":15.50,\"eccentricity\":0.0007,\"inclination\":51.6,\"raan\":2,"
                            "\"argOfPerigee\":3,\"meanAnomaly\":4,\"satNo\":799500123,\"bStar\":0.00010,"
                            "\"meanMotionDot\":-0.000001,\"meanMotionDDot\":0,"
                            "\"message\":\"CCSDS_OMM_VERS = 3.0\\nCOMMENT one\\n"),
              "%s", out.p);
    cr_assert_eq(next_elset(r, arena, &out, &fault), 0);
    cr_assert(strstr(out.p, "\"origObjectId\":\"SAT 2\""), "%s", out.p);
    cr_assert_not(strstr(out.p, "COMMENT"), "%s", out.p);
    cr_assert_eq(next_elset(r, arena, &out, &fault), NDM_END);
}

/* What the record cannot say is in its message. */
Test(ndm_table, elements_that_say_more_keep_their_message)
{
    static const struct {
        const char *from, *to, *kept; /* NULL: nothing */
    } cases[] = {
        {"SAT 2", "SAT 3", NULL},
        {".123456\"", ".123456Z\"", NULL},
        {".123456\"", ".1234567Z\"", "EPOCH = 2026-05-20T22:31:12.1234567Z\\n"},
        {"\"OBJECT_NAME\"", "\"MEAN_ELEMENT_THEORY\":\"SGP4-XP\",\"OBJECT_NAME\"", "THEORY = SGP4-XP\\n"},
        {"\"OBJECT_NAME\"", "\"ORIGINATOR\":\"NOBODY\",\"OBJECT_NAME\"", "ORIGINATOR = NOBODY\\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf changed = {0}, out = {0};
        struct fault fault = {0};
        replaced(TEXT("{\"OBJECT_NAME\":\"SAT 2\"," SHORT "}"), cases[i].from, cases[i].to, &changed);
        NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&changed));
        cr_assert_eq(next_elset(r, arena, &out, &fault), 0, "%s: %s", cases[i].to, fault.detail);
        const char *message = strstr(out.p, "\"message\"");
        cr_assert(cases[i].kept ? message && strstr(message, cases[i].kept) : !message, "%s: %s", cases[i].to, out.p);
    }
}

Test(ndm_table, elements_that_an_element_set_would_not_mean_are_refused)
{
    static const struct refusal cases[] = {
        {"\"PERIOD\":\"94.242\"", "\"REF_FRAME\":\"GCRF\"", NULL, "REF_FRAME: expected TEME"},
        {"\"PERIOD\":\"94.242\"", "\"TIME_SYSTEM\":\"TAI\"", NULL, "TIME_SYSTEM: expected UTC"},
        {"\"PERIOD\":\"94.242\"", "\"CENTER_NAME\":\"MARS\"", NULL, "CENTER_NAME: expected EARTH"},
        {"\"PERIOD\":\"94.242\"", "\"MEAN_ELEMENT_THEORY\":\"DSST\"", NULL, "MEAN_ELEMENT_THEORY: expected SGP"},
        {"2026-05-20T22:31:12.123456\"", "1826-05-20T22:31:12\"", NULL, "EPOCH: expected a time of years 1900"},
        {"1.0e-4", "1.0e-400", NULL, "BSTAR: expected a number whose point"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf changed = {0}, out = {0};
        struct fault fault = {0};
        replaced(TEXT(json), cases[i].from, cases[i].to, &changed);
        NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&changed));
        cr_assert_eq(next_elset(r, arena, &out, &fault), ERR_INVALID_RECORD, "%s", cases[i].to);
        cr_assert(strstr(fault.detail, cases[i].detail), "%s: %s", cases[i].to, fault.detail);
    }
}
