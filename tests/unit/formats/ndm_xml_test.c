/* XML of navigation messages: 505.0-B-3. */
#include "leaks.h"
#include "ndm_text.h"

TestSuite(ndm_xml, .fini = no_leaks);

#define SCHEMA                                                                                                         \
    "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" "                                                         \
    "xsi:noNamespaceSchemaLocation=\"https://sanaregistry.org/r/ndmxml_unqualified/ndmxml-3.0.0-master-3.0.xsd\""

static const char oem[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<oem " SCHEMA " id=\"CCSDS_OEM_VERS\" version=\"2.0\">\n"
    "<header>\n"
    "<COMMENT>a &lt; b &amp; c</COMMENT>\n"
    "<CREATION_DATE>2026-05-20T22:31:12</CREATION_DATE>\n"
    "<ORIGINATOR>TEST</ORIGINATOR>\n"
    "</header>\n"
    "<body>\n"
    "<segment>\n"
    "<metadata>\n"
    "<OBJECT_NAME>SAT 1</OBJECT_NAME>\n"
    "<OBJECT_ID>2026-001A</OBJECT_ID>\n"
    "<CENTER_NAME>EARTH</CENTER_NAME>\n"
    "<REF_FRAME>EME2000</REF_FRAME>\n"
    "<TIME_SYSTEM>UTC</TIME_SYSTEM>\n"
    "<START_TIME>2026-05-20T23:58:00</START_TIME>\n"
    "<STOP_TIME>2026-05-21T00:01:00</STOP_TIME>\n"
    "</metadata>\n"
    "<data>\n"
    "<COMMENT>of the data</COMMENT>\n"
    "<stateVector>\n"
    "<EPOCH>2026-05-20T23:58:00</EPOCH>\n"
    "<X>1.10</X>\n<Y>2</Y>\n<Z>3</Z>\n<X_DOT>4</X_DOT>\n<Y_DOT>5</Y_DOT>\n<Z_DOT>6</Z_DOT>\n"
    "</stateVector>\n"
    "<covarianceMatrix>\n"
    "<COMMENT>of the matrix</COMMENT>\n"
    "<EPOCH>2026-05-20T23:58:00</EPOCH>\n"
    "<COV_REF_FRAME>RTN</COV_REF_FRAME>\n"
    "<CX_X>1</CX_X>\n"
    "<CY_X>2</CY_X>\n<CY_Y>3</CY_Y>\n"
    "<CZ_X>4</CZ_X>\n<CZ_Y>5</CZ_Y>\n<CZ_Z>6</CZ_Z>\n"
    "<CX_DOT_X>7</CX_DOT_X>\n<CX_DOT_Y>8</CX_DOT_Y>\n<CX_DOT_Z>9</CX_DOT_Z>\n<CX_DOT_X_DOT>10</CX_DOT_X_DOT>\n"
    "<CY_DOT_X>11</CY_DOT_X>\n<CY_DOT_Y>12</CY_DOT_Y>\n<CY_DOT_Z>13</CY_DOT_Z>\n<CY_DOT_X_DOT>14</CY_DOT_X_DOT>\n"
    "<CY_DOT_Y_DOT>15</CY_DOT_Y_DOT>\n"
    "<CZ_DOT_X>16</CZ_DOT_X>\n<CZ_DOT_Y>17</CZ_DOT_Y>\n<CZ_DOT_Z>18</CZ_DOT_Z>\n<CZ_DOT_X_DOT>19</CZ_DOT_X_DOT>\n"
    "<CZ_DOT_Y_DOT>20</CZ_DOT_Y_DOT>\n<CZ_DOT_Z_DOT>21</CZ_DOT_Z_DOT>\n"
    "</covarianceMatrix>\n"
    "</data>\n"
    "</segment>\n"
    "</body>\n"
    "</oem>\n";

static const char opm[] = "<opm " SCHEMA " id=\"CCSDS_OPM_VERS\" version=\"3.0\">\n"
                          "<header>\n"
                          "<CREATION_DATE>2026-05-20T22:31:12</CREATION_DATE>\n"
                          "<ORIGINATOR>TEST</ORIGINATOR>\n"
                          "</header>\n"
                          "<body>\n"
                          "<segment>\n"
                          "<metadata>\n"
                          "<OBJECT_NAME>12 [A]</OBJECT_NAME>\n"
                          "<OBJECT_ID>2026-001A</OBJECT_ID>\n"
                          "<CENTER_NAME>EARTH</CENTER_NAME>\n"
                          "<REF_FRAME>TOD</REF_FRAME>\n"
                          "<TIME_SYSTEM>UTC</TIME_SYSTEM>\n"
                          "</metadata>\n"
                          "<data>\n"
                          "<stateVector>\n"
                          "<EPOCH>2026-05-20T22:31:12</EPOCH>\n"
                          "<X units=\"km\">1</X>\n<Y>2</Y>\n<Z>3</Z>\n<X_DOT>4</X_DOT>\n<Y_DOT>5</Y_DOT>\n"
                          "<Z_DOT>6</Z_DOT>\n"
                          "</stateVector>\n"
                          "<userDefinedParameters>\n"
                          "<USER_DEFINED parameter=\"EARTH_MODEL\">WGS &quot;84&quot;</USER_DEFINED>\n"
                          "<USER_DEFINED parameter=\"B\">x</USER_DEFINED>\n"
                          "</userDefinedParameters>\n"
                          "</data>\n"
                          "</segment>\n"
                          "</body>\n"
                          "</opm>\n";

#define TEXT(array) ((struct str){(array), sizeof(array) - 1})

Test(ndm_xml, what_is_read_is_written_again)
{
    BUF_CLEANUP struct buf out = {0}, whole = {0};
    converted(TEXT(oem), NDM_XML, &out);
    cr_assert(str_eq(buf_view(&out), TEXT(oem)), "%.*s", STR_ARG(buf_view(&out)));
    buf_printf(&whole, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ndm " SCHEMA ">\n%s%s</ndm>\n", opm,
               strchr(oem, '\n') + 1);
    buf_clear(&out);
    converted(buf_view(&whole), NDM_XML, &out);
    cr_assert(str_eq(buf_view(&out), buf_view(&whole)), "%.*s", STR_ARG(buf_view(&out)));
}

Test(ndm_xml, both_notations_say_the_same)
{
    static const struct str texts[] = {{oem, sizeof oem - 1}, {opm, sizeof opm - 1}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        BUF_CLEANUP struct buf first = {0}, kvn = {0}, second = {0};
        converted(texts[i], NDM_XML, &first);
        converted(texts[i], NDM_KVN, &kvn);
        converted(buf_view(&kvn), NDM_XML, &second);
        cr_assert(str_eq(buf_view(&first), buf_view(&second)), "%.*s", STR_ARG(buf_view(&kvn)));
    }
}

Test(ndm_xml, layout_and_other_markup_do_not_matter)
{
    BUF_CLEANUP struct buf changed = {0}, out = {0}, plain = {0};
    replaced(TEXT(opm), "<OBJECT_NAME>12 [A]</OBJECT_NAME>\n",
             "<!-- -->\n<OBJECT_NAME>\n  12<![CDATA[ [A]]]><?x?>\t\n</OBJECT_NAME   >", &changed);
    converted(buf_view(&changed), NDM_KVN, &out);
    converted(TEXT(opm), NDM_KVN, &plain);
    cr_assert(str_eq(buf_view(&out), buf_view(&plain)), "%.*s", STR_ARG(buf_view(&out)));
}

Test(ndm_xml, bytes_before_the_message_are_passed_over)
{
    BUF_CLEANUP struct buf marked = {0}, out = {0};
    buf_printf(&marked, "\xef\xbb\xbf\r\n %s", oem);
    converted(buf_view(&marked), NDM_XML, &out);
    cr_assert(str_eq(buf_view(&out), TEXT(oem)));
}

Test(ndm_xml, what_has_no_place_is_refused)
{
    static const struct refusal cases[] = {
        {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE oem>", NULL, "no document type"},
        {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE oem [<!ENTITY a \"b\">]>", NULL, "no document type"},
        {"<X>1.10</X>", "<X>&one;</X>", NULL, "well-formed"},
        {"</oem>", "", NULL, "well-formed"},
        {"<X>1.10</X>", "<X>1.10</Y>", NULL, "well-formed"},
        {"SAT 1", "SAT \xff", NULL, "well-formed"},
        {"<oem ", "<eom ", "line 2", "eom: expected a message"},
        {"id=\"CCSDS_OEM_VERS\"", "id=\"CCSDS_OPM_VERS\"", "line 2", "expected id=\"CCSDS_OEM_VERS\""},
        {"version=\"2.0\"", "version=\"2.1\"", "line 2", "CCSDS_OEM_VERS: expected 1.0|2.0|3.0"},
        {" version=\"2.0\"", "", "line 2", "CCSDS_OEM_VERS: expected 1.0|2.0|3.0"},
        {"<ORIGINATOR>TEST</ORIGINATOR>\n", "", "line 3", "ORIGINATOR: expected in the header"},
        {"<OBJECT_NAME>SAT 1</OBJECT_NAME>", "<OBJECT_NAME>SAT <b/></OBJECT_NAME>", "line 11", "expected text only"},
        {"<OBJECT_NAME>SAT 1</OBJECT_NAME>", "text", NULL, "expected elements only"},
        {"<OBJECT_NAME>SAT 1</OBJECT_NAME>", "<EPOCH>2026-05-20T22:31:12</EPOCH>", "line 11",
         "EPOCH: not expected here"},
        {"<OBJECT_NAME>SAT 1</OBJECT_NAME>", "<OBJECT_COLOUR>RED</OBJECT_COLOUR>", "line 11", "expected a keyword of"},
        {"<X>1.10</X>", "<X units=\"m\">1.10</X>", "line 23", "X: expected the unit km"},
        {"<X>1.10</X>", "<X>one</X>", "line 21", "X: expected a number"},
        {"<X>1.10</X>\n<Y>2</Y>", "<Y>2</Y>\n<X>1.10</X>", "line 23", "Y: expected X in the stateVector"},
        {"<Z_DOT>6</Z_DOT>\n", "", "line 21", "expected 7 or 10 values, found 6"},
        {"<CX_X>1</CX_X>\n", "", NULL, "CX_X: expected in the covarianceMatrix"},
        {"<stateVector>", "<stateVectors/><stateVector>", NULL, "stateVectors: not expected here"},
        {"<segment>\n", "<segment>\n<segment/>\n", NULL, "segment: not expected here"},
        {"<body>", "<body><metadata/>", NULL, "metadata: not expected here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refused(TEXT(oem), &cases[i]);
    static const struct refusal own[] = {
        {" parameter=\"B\"", "", NULL, "USER_DEFINED: expected a parameter"},
        {" parameter=\"B\"", " parameter=\"B = \"", NULL, "USER_DEFINED: expected a parameter"},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        refused(TEXT(opm), &own[i]);
}

Test(ndm_xml, other_encodings_are_refused)
{
    BUF_CLEANUP struct buf wide = {0}, out = {0}, declared = {0};
    for (size_t i = 0; i < sizeof oem - 1; i++)
        buf_add(&wide, (char[]){oem[i], 0}, 2);
    NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&wide));
    struct fault fault;
    cr_assert_eq(convert(r, NDM_KVN, &out, &fault), ERR_INVALID_RECORD);
    /* What is declared is not asked for: the text is UTF-8 or it is refused. */
    replaced(TEXT(oem), "UTF-8", "UTF-7", &declared);
    buf_clear(&out);
    converted(buf_view(&declared), NDM_XML, &out);
    cr_assert(str_eq(buf_view(&out), TEXT(oem)));
}

Test(ndm_xml, texts_are_bounded)
{
    enum { MOST = 3900 };
    for (int more = 0; more < 2; more++) {
        BUF_CLEANUP struct buf long_text = {0}, out = {0}, name = {0};
        for (int i = 0; i < MOST + more; i++)
            buf_char(&name, 'x');
        buf_char(&name, '\0');
        replaced(TEXT(oem), "SAT 1", name.p, &long_text);
        NDM_READER_CLEANUP struct ndm_reader *r = ndm_reader_of(buf_view(&long_text));
        struct fault fault;
        cr_assert_eq(convert(r, NDM_KVN, &out, &fault), more ? ERR_INVALID_RECORD : NDM_END);
    }
}
