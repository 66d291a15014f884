/* STANAG 4774: what is read, what is refused and where, and that a label survives the way out and in. */
#include "fixture.h"
#include "random_world.h"
#include "stanag4774.h"

#include <criterion/criterion.h>
#include <stdio.h>

SUITE(stanag4774, COALITION);

#define NS "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
#define CREATED "<CreationDateTime>2026-01-31T12:00:00Z</CreationDateTime>"
#define ORIGINATOR(information)                                                                                        \
    "<originatorConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" information                        \
    "</ConfidentialityInformation>" CREATED "</originatorConfidentialityLabel>"
#define USA_S "<PolicyIdentifier>USA</PolicyIdentifier><Classification>SECRET</Classification>"
#define CATEGORY(type, tag, values) "<Category Type=\"" type "\" TagName=\"" tag "\">" values "</Category>"
#define VALUE(v) "<GenericValue>" v "</GenericValue>"

static int read_as(const char *poster, const char *xml, const struct label **l, struct fault *fault)
{
    return stanag4774_read(reg, str_of(poster), str_of(xml), "relto.confidentialityLabel", arena, l, NULL, fault);
}

static const char *portion_of(const struct label *l)
{
    BUF_CLEANUP struct buf out = {0};
    label_portion(reg, l, &out);
    return arena_strz(arena, buf_view(&out));
}

static const char *json_of(const struct label *l)
{
    BUF_CLEANUP struct buf out = {0};
    label_write(l, &out);
    return arena_strz(arena, buf_view(&out));
}

Test(stanag4774, what_is_read)
{
    static const struct {
        const char *poster, *xml, *portion;
    } cases[] = {
        {"USA", ORIGINATOR(USA_S), "S"},
        {"USA", ORIGINATOR("<PolicyIdentifier>usa</PolicyIdentifier><Classification>s</Classification>"), "S"},
        {"USA", ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", VALUE("JPN") VALUE("USA"))),
         "S//REL TO USA, JPN"},
        {"USA", ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable to", VALUE("usa") VALUE("NATO"))),
         "S//REL TO USA, NATO"},
        {"USA", ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "ReleasableTo", VALUE("USA") VALUE(" GBR\n"))),
         "S//REL TO USA, GBR"},
        {"USA", ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Only", VALUE("USA") VALUE("GBR"))), "S//REL TO USA, GBR"},
        {"USA", ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Additional Sensitivity", VALUE("TK") VALUE("SI"))),
         "S//SI/TK"},
        {"USA", ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Dissemination Controls", VALUE("NOFORN") VALUE("ORCON"))),
         "S//OC/NF"},
        {"USA", ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Foreign Government Information", VALUE("DEU"))),
         "S//FGI DEU"},
        {"USA", ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Display Only", VALUE("JPN"))), "S//DISPLAY ONLY JPN"},
        {"USA", ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Joint Owner", VALUE("GBR") VALUE("USA"))),
         "//JOINT S USA GBR"},
        {"GBR", ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Owner", VALUE("GBR"))), "S"},
        /* What is informative and not known here is kept with the label and means nothing. */
        {"USA", ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Administrative", VALUE("LOGISTICS"))), "S"},
        {"USA", ORIGINATOR(USA_S "<!-- why -->" CATEGORY("INFORMATIVE", "Remark", "")), "S"},
        /* NATO's policy, its levels spelled as in markings and as in labels, its context, its OID. */
        {"GBR",
         ORIGINATOR("<PolicyIdentifier URI=\"urn:oid:1.3.26.1.3.1\">NATO</PolicyIdentifier>"
                    "<Classification>SECRET</Classification>" CATEGORY("PERMISSIVE", "Context", VALUE("NATO"))),
         "//NS"},
        {"GBR", ORIGINATOR("<PolicyIdentifier>NATO</PolicyIdentifier><Classification>NATO RESTRICTED</Classification>"),
         "//NATO NR"},
        {"GBR", ORIGINATOR("<PolicyIdentifier>NATO</PolicyIdentifier><Classification>TOP SECRET</Classification>"),
         "//CTS"},
        {"GBR",
         ORIGINATOR("<PolicyIdentifier>NATO</PolicyIdentifier><Classification>COSMIC TOP SECRET</Classification>"),
         "//CTS"},
        {"USA", ORIGINATOR("<PolicyIdentifier>DEU</PolicyIdentifier><Classification>VS-VERTRAULICH</Classification>"),
         "C"},
        /* As others write it: a prefix, a declaration, indentation, an originator, a review, CDATA, character
           references. */
        {"USA",
         "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
         "<s4774:originatorConfidentialityLabel xmlns:s4774=\"" NS
         "\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
         " xsi:schemaLocation=\"" NS " label.xsd\" Id=\"l1\" ReviewDateTime=\"2031-01-01T00:00:00Z\">\n"
         "  <s4774:ConfidentialityInformation>\n"
         "    <s4774:PolicyIdentifier URI=\"urn:oid:2.16.840.1.101.2.1.3\"> USA </s4774:PolicyIdentifier>\n"
         "    <s4774:Classification>TOP\n SECRET</s4774:Classification>\n"
         "    <s4774:PrivacyMark>CLEAR EYES</s4774:PrivacyMark>\n"
         "    <s4774:Category TagName=\"Releasable To\" Type=\"PERMISSIVE\" URI=\"urn:oid:2.16.840.1.101.2.1.8.3\">\n"
         "      <s4774:GenericValue>USA</s4774:GenericValue>\n"
         "      <s4774:GenericValue><![CDATA[GBR]]></s4774:GenericValue>\n"
         "      <s4774:GenericValue>&#65;US</s4774:GenericValue>\n"
         "    </s4774:Category>\n"
         "  </s4774:ConfidentialityInformation>\n"
         "  <s4774:OriginatorID IDType=\"rfc822Name\">a@b.example</s4774:OriginatorID>\n"
         "  <s4774:CreationDateTime>2026-01-31T12:00:00.123+01:00</s4774:CreationDateTime>\n"
         "</s4774:originatorConfidentialityLabel>\n",
         "TS//REL TO USA, AUS, GBR"},
        {"USA",
         "<ConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" USA_S
         "</ConfidentialityInformation>" CREATED "</ConfidentialityLabel>",
         "S"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l;
        struct fault fault = {0};
        cr_assert(!read_as(cases[i].poster, cases[i].xml, &l, &fault), "%s: %s", cases[i].xml, fault.detail);
        cr_expect_str_eq(portion_of(l), cases[i].portion, "%s: %s", cases[i].xml, portion_of(l));
    }
}

static const struct {
    const char *xml, *detail;
} refused[] = {
    {"", "1 to 16384 bytes"},
    {"{}", "begins with `<`"},
    {" " ORIGINATOR(USA_S), "begins with `<`"},
    {"\xEF\xBB\xBF" ORIGINATOR(USA_S), "begins with `<`"},
    {"<a>\n<b></a>", "line 2: not well-formed XML: "},
    {"<a/>", "line 1, a: expected originatorConfidentialityLabel"},
    {"<originatorConfidentialityLabel/>",
     "expected originatorConfidentialityLabel or alternativeConfidentialityLabel of " NS},
    {"<OriginatorConfidentialityLabel xmlns=\"" NS "\"/>", "expected originatorConfidentialityLabel"},
    {"<originatorConfidentialityLabel xmlns=\"urn:nato:stanag:4774:confidentialitymetadatalabel:2:0\"/>",
     "expected originator"},
    {"<originatorConfidentialityLabel xmlns=\"" NS "\"/>", "expected ConfidentialityInformation in it"},
    /* Document types, entities and everything external are refused before the parser sees them. */
    {"<!DOCTYPE a [<!ENTITY e \"x\">]>\n" ORIGINATOR(USA_S), "line 1: a document type"},
    {"<?xml version=\"1.0\"?>\n<!DOCTYPE a SYSTEM \"http://x.example/a.dtd\">\n" ORIGINATOR(USA_S),
     "line 2: a document type"},
    {ORIGINATOR("<PolicyIdentifier>&usa;</PolicyIdentifier>"), "not well-formed XML: Entity 'usa' not defined"},
    {"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" ORIGINATOR(USA_S), "encoding `ISO-8859-1`"},
    {"<?xml version=\"1.0\" encoding=\"UTF-7\"?>" ORIGINATOR(USA_S), "encoding"},
    {"<?go?>" ORIGINATOR(USA_S), NULL}, /* before the root: harmless */
    {ORIGINATOR("<?go?>" USA_S), "ConfidentialityInformation: expected elements and nothing between them"},
    {ORIGINATOR("\x01" USA_S), "a control character in line 1"},
    {ORIGINATOR("\xC3\x28" USA_S), "not well-formed XML"},
    /* The elements, their order, their text. */
    {ORIGINATOR(""), "ConfidentialityInformation: expected PolicyIdentifier in it"},
    {ORIGINATOR("<Classification>SECRET</Classification>"), "Classification: expected PolicyIdentifier"},
    {ORIGINATOR("<PolicyIdentifier>USA</PolicyIdentifier>"),
     "ConfidentialityInformation: expected Classification in it"},
    {ORIGINATOR("<PolicyIdentifier/><Classification>SECRET</Classification>"),
     "PolicyIdentifier: expected 1 to 128 bytes"},
    {ORIGINATOR("<PolicyIdentifier>XXX</PolicyIdentifier><Classification>SECRET</Classification>"),
     "`XXX` is not a registered marking policy"},
    {ORIGINATOR("<PolicyIdentifier URI=\"http://usa\">USA</PolicyIdentifier><Classification>S</Classification>"),
     "expected attribute URI to be a URN"},
    {ORIGINATOR("<PolicyIdentifier>USA</PolicyIdentifier><Classification>GEHEIM</Classification>"),
     "Classification: `GEHEIM` is not a level of USA"},
    {ORIGINATOR("<PolicyIdentifier>USA</PolicyIdentifier><Classification URI=\"urn:oid:1.2\">S</Classification>"),
     "unknown attribute `URI`"},
    {ORIGINATOR("<PolicyIdentifier><b>USA</b></PolicyIdentifier><Classification>S</Classification>"),
     "expected text and nothing else"},
    {ORIGINATOR("S" USA_S), "expected elements and nothing between them"},
    {ORIGINATOR(USA_S USA_S), "PolicyIdentifier: not expected here: expected a Category"},
    {ORIGINATOR(USA_S "<x:y xmlns:x=\"urn:x\"/>"), "y: not expected here"},
    {"<originatorConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" USA_S
     "</ConfidentialityInformation></originatorConfidentialityLabel>",
     "expected CreationDateTime in it"},
    {"<originatorConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" USA_S
     "</ConfidentialityInformation><CreationDateTime>2026-01-31</CreationDateTime></"
     "originatorConfidentialityLabel>",
     "CreationDateTime: expected CreationDateTime to be a date and time"},
    {"<originatorConfidentialityLabel xmlns=\"" NS "\" ReviewDateTime=\"soon\"><ConfidentialityInformation>" USA_S
     "</ConfidentialityInformation>" CREATED "</originatorConfidentialityLabel>",
     "expected ReviewDateTime to be"},
    {"<originatorConfidentialityLabel xmlns=\"" NS "\" Review=\"soon\"><ConfidentialityInformation>" USA_S
     "</ConfidentialityInformation>" CREATED "</originatorConfidentialityLabel>",
     "unknown attribute `Review`"},
    {"<originatorConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" USA_S
     "</ConfidentialityInformation>" CREATED "<SuccessionHandling/></originatorConfidentialityLabel>",
     "SuccessionHandling: not expected here: a label that follows"},
    {"<originatorConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" USA_S
     "</ConfidentialityInformation><OriginatorID IDType=\"name\">x</OriginatorID>" CREATED
     "</originatorConfidentialityLabel>",
     "OriginatorID: expected attribute IDType"},
    /* Categories. */
    {ORIGINATOR(USA_S "<Category TagName=\"Only\">" VALUE("USA") "</Category>"), "Category: expected attribute Type"},
    {ORIGINATOR(USA_S CATEGORY("permissive", "Only", VALUE("USA"))),
     "expected attribute Type to be RESTRICTIVE, PERMISSIVE or INFORMATIVE"},
    {ORIGINATOR(USA_S "<Category Type=\"INFORMATIVE\"/>"), "expected attribute TagName"},
    {ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Special", VALUE("X"))), "no RESTRICTIVE category `Special` is known"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Special", VALUE("X"))), "no PERMISSIVE category `Special` is known"},
    {ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Releasable To", VALUE("USA"))),
     "Releasable To is a category of Type PERMISSIVE"},
    {ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Releasable To", VALUE("USA"))),
     "Releasable To is a category of Type PERMISSIVE"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", VALUE("USA"))
                    CATEGORY("PERMISSIVE", "ReleasableTo", VALUE("JPN"))),
     "Releasable To occurs twice"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", "")), "expected at least one GenericValue"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", VALUE("USA") VALUE("XXX"))),
     "GenericValue: `XXX` of Releasable To: expected the code of a registered partner or community"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", VALUE("USA") VALUE("usa"))),
     "`usa` of Releasable To occurs twice"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", "<CategoryValue>USA</CategoryValue>")),
     "CategoryValue: not expected here: expected GenericValue"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", "<IntegerValue>840</IntegerValue>")),
     "IntegerValue: not expected here"},
    {ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Additional Sensitivity", VALUE("KOKI"))),
     "`KOKI` of Additional Sensitivity: expected a caveat of the policy"},
    {ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Dissemination Controls", VALUE("REL"))),
     "expected NOFORN, ORCON, RELIDO or"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Context", VALUE("NATO"))), "any other context is not known"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Only", VALUE("USA"))
                    CATEGORY("PERMISSIVE", "Releasable To", VALUE("USA"))),
     "the same list"},
    {ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Owner", VALUE("USA"))
                    CATEGORY("INFORMATIVE", "Joint Owner", VALUE("USA"))),
     "exclude each other"},
    /* The rules of markings. */
    {ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Dissemination Controls", VALUE("NOFORN"))
                    CATEGORY("PERMISSIVE", "Releasable To", VALUE("USA") VALUE("JPN"))),
     "ISM-ID-00033"},
    {ORIGINATOR(USA_S CATEGORY("RESTRICTIVE", "Dissemination Controls", VALUE("RELIDO"))
                    CATEGORY("PERMISSIVE", "Display Only", VALUE("JPN"))),
     "ISM-ID-00169"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", VALUE("JPN") VALUE("GBR"))), "ISM-ID-00041"},
    {ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", VALUE("USA"))), "RELTO-14"},
    {ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Joint Owner", VALUE("USA"))), "RELTO-12"},
    {ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Public Release", VALUE("PUBLIC"))),
     "public is only what is unclassified"},
};

Test(stanag4774, what_is_refused_and_where)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct label *l;
        struct fault fault = {0};
        int error = read_as("USA", refused[i].xml, &l, &fault);
        if (!refused[i].detail) {
            cr_expect(!error, "%s: %s", refused[i].xml, fault.detail);
            continue;
        }
        cr_expect_eq(error, ERR_INVALID_LABEL, "%s was read", refused[i].xml);
        cr_expect_str_eq(fault.where, "relto.confidentialityLabel");
        cr_expect(strstr(fault.detail, refused[i].detail), "%s: %s", refused[i].xml, fault.detail);
    }
}

/* A label of USA with `before`, then n times `each`, then `after` among its categories. */
static int read_many(const char *before, size_t n, const char *each, const char *after, struct fault *fault)
{
    BUF_CLEANUP struct buf xml = {0};
    const struct label *l;
    buf_z(&xml, "<originatorConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" USA_S);
    buf_z(&xml, before);
    for (size_t i = 0; i < n; i++)
        buf_z(&xml, each);
    buf_printf(&xml, "%s</ConfidentialityInformation>" CREATED "</originatorConfidentialityLabel>", after);
    return stanag4774_read(reg, STR("USA"), buf_view(&xml), "x", arena, &l, NULL, fault);
}

Test(stanag4774, limits)
{
    struct fault fault = {0};
    cr_expect(!read_many("", STANAG4774_CATEGORIES_MAX, "<Category Type=\"INFORMATIVE\" TagName=\"R\"/>", "", &fault),
              "%s", fault.detail);
    cr_expect(
        read_many("", STANAG4774_CATEGORIES_MAX + 1, "<Category Type=\"INFORMATIVE\" TagName=\"R\"/>", "", &fault));
    cr_expect(strstr(fault.detail, "more than 32 categories"), "%s", fault.detail);
    size_t frame = strlen(ORIGINATOR(USA_S "<!---->"));
    cr_expect(!read_many("<!--", STANAG4774_MAX - frame, "x", "-->", &fault), "%s", fault.detail);
    cr_expect(read_many("<!--", STANAG4774_MAX - frame + 1, "x", "-->", &fault));
    cr_expect(strstr(fault.detail, "16384"), "%s", fault.detail);
    cr_expect(read_many("", 2000, "<a>", "", &fault));
    cr_expect(strstr(fault.detail, "not well-formed"), "%s", fault.detail);
    cr_expect(!read_many("<PrivacyMark>", 128, "x", "</PrivacyMark>", &fault), "%s", fault.detail);
    cr_expect(read_many("<PrivacyMark>", 129, "x", "</PrivacyMark>", &fault));
    cr_expect(strstr(fault.detail, "1 to 128 bytes"), "%s", fault.detail);
}

/* --- out and in --- */

static void round_trip(const char *poster, const struct label *l)
{
    BUF_CLEANUP struct buf xml = {0};
    const struct label *again = NULL;
    enum stanag4774_kind kind;
    struct fault fault = {0};
    for (int k = STANAG4774_ORIGINATOR; k <= STANAG4774_ALTERNATIVE; k++) {
        buf_clear(&xml);
        stanag4774_write(reg, l, (enum stanag4774_kind)k, at("2026-02-01T12:00:00.5Z"), &xml);
        cr_assert(!stanag4774_read(reg, str_of(poster), buf_view(&xml), "x", arena, &again, &kind, &fault), "%.*s: %s",
                  (int)xml.n, xml.p, fault.detail);
        cr_expect_eq((int)kind, k);
        cr_expect_str_eq(json_of(again), json_of(l), "%.*s", (int)xml.n, xml.p);
    }
}

Test(stanag4774, every_label_survives)
{
    static const struct {
        const char *poster, *text;
    } cases[] = {
        {"USA", "U"},
        {"USA", "TS//HCS/SI/TK//FGI DEU GBR//OC/NF"},
        {"USA", "S//FGI//OC/REL TO USA, JPN/DISPLAY ONLY NZL, NATO"},
        {"USA", "S//REL TO USA, GBR/RELIDO"},
        {"USA", "S//RELIDO"},
        {"USA", "S//OC"},
        {"USA", "//DEU S//REL TO DEU, USA"},
        {"USA", "//JOINT S USA GBR//REL TO USA, AUS, GBR"},
        {"USA", "//JOINT S AUS USA//REL TO AUS, FVEY"},
        {"USA", "//NS"},
        {"GBR", "//NATO NR//REL TO GBR, NATO"},
        {"GBR", "//CTS"},
        {"JPN", "S//KOKI//REL TO JPN, AUS, USA"},
        {"GBR", "S//NF"},
        {"USA", "//GBR S//DISPLAY ONLY JPN"},
        {"DEU", "R"},
        {"NZL", "S"},
    };
    static const char *const wires[] = {"{\"public\":true}", "{\"owners\":[\"GBR\",\"USA\"]}",
                                        "{\"owners\":[\"DEU\"]}"};
    const struct label *l;
    const struct wire_label *wire;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert(!label_parse(reg, str_of(cases[i].poster), str_of(cases[i].text), NULL, arena, &l, NULL, NULL), "%s",
                  cases[i].text);
        round_trip(cases[i].poster, l);
    }
    for (size_t i = 0; i < sizeof wires / sizeof *wires; i++) {
        cr_assert(!wire_label_parse(str_of(wires[i]), "relto", arena, &wire, NULL));
        cr_assert(!label_parse(reg, STR("USA"), STR("U"), wire, arena, &l, NULL, NULL));
        round_trip("USA", l);
    }
    static const char except[] =
        "{\"policy\":\"USA\",\"level\":\"S\",\"owners\":[\"USA\"],\"joint\":false,\"release\":{\"mode\":\"rel\","
        "\"rel\":[\"USA\",\"NATO\"],\"display\":[],\"except\":[\"DEU\"],\"relido\":false},\"orcon\":false,\"caveats\":["
        "],\"fgi\":[],\"releaseViews\":[]}";
    cr_assert(!label_read(reg, STR(except), arena, &l, NULL));
    round_trip("USA", l);
}

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Whatever marking text can be put together: what the parser takes survives. */
Test(stanag4774, random_labels_survive)
{
    static const char *const levels[] = {"U", "S", "TS", "//DEU R", "//JOINT S USA GBR", "//NS", "//GBR C"};
    static const char *const blocks[] = {"", "//SI", "//HCS/TK"}, *const fgi[] = {"", "//FGI", "//FGI AUS JPN"};
    static const char *const controls[] = {
        "", "//OC", "//NF", "//OC/NF", "//RELIDO", "//OC/RELIDO", "//DISPLAY ONLY JPN, NATO"};
    static const char *const to[] = {"", "REL TO USA, GBR, JPN", "REL TO USA, GBR, FVEY, NATO", "REL TO DEU, USA",
                                     "REL TO GBR, AUS"};
    struct random r = {4774};
    size_t tried = 0;
    for (int i = 0; i < 20000; i++) {
        char text[256];
        const char *list = to[random_below(&r, COUNT(to))], *control = controls[random_below(&r, COUNT(controls))];
        arena_reset(arena);
        snprintf(text, sizeof text, "%s%s%s%s%s%s", levels[random_below(&r, COUNT(levels))],
                 blocks[random_below(&r, COUNT(blocks))], fgi[random_below(&r, COUNT(fgi))], control,
                 !*list     ? ""
                 : *control ? "/"
                            : "//",
                 list);
        const struct label *l;
        if (label_parse(reg, STR("USA"), str_of(text), NULL, arena, &l, NULL, NULL))
            continue;
        round_trip("USA", l);
        tried++;
    }
    cr_expect_gt(tried, 2000UL);
}

Test(stanag4774, a_label_beside_a_marking_says_the_same)
{
    static const struct {
        const char *marking, *xml, *detail;
    } cases[] = {
        {"S", ORIGINATOR(USA_S), NULL},
        {"S//REL TO USA, JPN", ORIGINATOR(USA_S CATEGORY("PERMISSIVE", "Releasable To", VALUE("JPN") VALUE("USA"))),
         NULL},
        {"S//NF", ORIGINATOR(USA_S), "says `S`, classificationMarking says `S//NF`"},
        {"S", ORIGINATOR(USA_S CATEGORY("INFORMATIVE", "Owner", VALUE("GBR"))),
         "says `S` of other owners, classificationMarking says `S`"},
        {"S",
         "<alternativeConfidentialityLabel xmlns=\"" NS "\"><ConfidentialityInformation>" USA_S
         "</ConfidentialityInformation>" CREATED "</alternativeConfidentialityLabel>",
         "expected the originator's label"},
        {"S", "<a/>", "expected originatorConfidentialityLabel"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct label *l;
        struct fault fault = {0};
        cr_assert(!label_parse(reg, STR("USA"), str_of(cases[i].marking), NULL, arena, &l, NULL, NULL));
        int error = stanag4774_agrees(reg, str_of(cases[i].xml), "here", l, arena, &fault);
        cr_expect_eq(error, cases[i].detail ? ERR_INVALID_LABEL : 0, "%s: %s", cases[i].xml, fault.detail);
        cr_expect(!cases[i].detail || strstr(fault.detail, cases[i].detail), "%s: %s", cases[i].xml, fault.detail);
    }
}
