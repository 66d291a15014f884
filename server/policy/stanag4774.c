/* STANAG 4774 in and out. References: ADatP-4774 Edition A Version 1, Appendix 1 (syntax) and 2 (NATO policy). */
#include "stanag4774.h"
#include "marking.h"
#include "utf8.h"

#include <libxml/parser.h>
#include <stdarg.h>
#include <stdio.h>

#define NAMESPACE "urn:nato:stanag:4774:confidentialitymetadatalabel:1:0"
#define VALUE_MAX 128 /* bytes of a category's value */

enum type { RESTRICTIVE, PERMISSIVE, INFORMATIVE, TYPE_COUNT };
static const char *const type_names[TYPE_COUNT] = {"RESTRICTIVE", "PERMISSIVE", "INFORMATIVE"};

enum tag {
    TAG_RELEASABLE,
    TAG_ONLY,
    TAG_DISPLAY,
    TAG_NOT_RELEASABLE,
    TAG_CAVEATS,
    TAG_CONTROLS,
    TAG_FGI,
    TAG_OWNERS,
    TAG_JOINT,
    TAG_PUBLIC,
    TAG_CONTEXT,
    TAG_COUNT
};

/* Categories that this program knows. Restrictive and permissive ones that it does not know are refused, as nobody
 * could hold a reader to them; informative ones are kept with the label and mean nothing here. */
static const struct {
    const char *name;
    enum type type;
} tags[TAG_COUNT] = {
    [TAG_RELEASABLE] = {"Releasable To", PERMISSIVE},
    [TAG_ONLY] = {"Only", PERMISSIVE}, /* NATO's EYES ONLY (Appendix 2) */
    [TAG_DISPLAY] = {"Display Only", PERMISSIVE},
    [TAG_NOT_RELEASABLE] = {"Not Releasable To", RESTRICTIVE},
    [TAG_CAVEATS] = {"Additional Sensitivity", RESTRICTIVE},
    [TAG_CONTROLS] = {"Dissemination Controls", RESTRICTIVE},
    [TAG_FGI] = {"Foreign Government Information", RESTRICTIVE},
    [TAG_OWNERS] = {"Owner", INFORMATIVE},
    [TAG_JOINT] = {"Joint Owner", INFORMATIVE},
    [TAG_PUBLIC] = {"Public Release", INFORMATIVE},
    [TAG_CONTEXT] = {"Context", PERMISSIVE}, /* NATO's: the policy once more */
};

struct list {
    struct str v[LABEL_CODES_MAX];
    size_t n;
};

struct reading {
    const struct registry *reg;
    struct str poster;
    const struct codes *owners; /* whose it is if the label does not say; NULL: see owners_of */
    const char *where;
    struct arena *arena;
    struct fault *fault;
    int error;
    enum stanag4774_kind kind;
    int profile, level;
    struct list lists[TAG_COUNT];
    bool seen[TAG_COUNT];
};

/* As much of a name or value as a message has room for. */
#define SHOWN_MAX 64
#define SHOWN(s) STR_ARG(utf8_prefix((s), SHOWN_MAX))

__attribute__((format(printf, 3, 4))) static void refuse(struct reading *r, const xmlNode *at, const char *format, ...)
{
    if (r->error)
        return;
    char text[FAULT_DETAIL_MAX / 2];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct str name = str_of(at && at->name ? (const char *)at->name : "label");
    r->error = fault_set(r->fault, ERR_INVALID_LABEL, r->where, "line %ld, %.*s: %s", at ? xmlGetLineNo(at) : 1L,
                         SHOWN(name), text);
}

/* --- text → tree --- */

static int line_of(struct str xml, size_t at)
{
    int line = 1;
    for (size_t i = 0; i < at; i++)
        line += xml.p[i] == '\n';
    return line;
}

/* What the parser is not even asked about: a DOCTYPE, and with it every entity and everything external, and bytes that
 * could make it guess another encoding than UTF-8. */
static void check_bytes(struct reading *r, struct str xml)
{
    if (!xml.n || xml.n > STANAG4774_MAX || xml.p[0] != '<') {
        refuse(r, NULL, "expected an XML document of 1 to %d bytes that begins with `<`", STANAG4774_MAX);
        return;
    }
    for (size_t i = 0; i < xml.n && !r->error; i++) {
        unsigned char c = (unsigned char)xml.p[i];
        struct str rest = {xml.p + i, xml.n - i};
        bool markup = rest.n >= 2 && rest.p[0] == '<' && rest.p[1] == '!';
        bool harmless = (rest.n >= 4 && !memcmp(rest.p, "<!--", 4)) || (rest.n >= 9 && !memcmp(rest.p, "<![CDATA[", 9));
        if ((c < ' ' && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
            refuse(r, NULL, "a control character in line %d", line_of(xml, i));
        else if (markup && !harmless)
            refuse(r, NULL, "line %d: a document type or entity declaration is not allowed", line_of(xml, i));
    }
}

static void check_declaration(struct reading *r, const xmlDoc *doc)
{
    struct str encoding = str_of((const char *)doc->encoding);
    if (encoding.n && strcasecmp(encoding.p, "UTF-8") != 0 && strcasecmp(encoding.p, "US-ASCII") != 0)
        refuse(r, NULL, "the text is UTF-8, yet the document says encoding `%.32s`", encoding.p);
}

static void refuse_syntax(struct reading *r, xmlParserCtxt *ctxt)
{
    const xmlError *e = xmlCtxtGetLastError(ctxt);
    struct str text = str_of(e && e->message ? e->message : "cannot be read");
    while (text.n && text.p[text.n - 1] == '\n')
        text.n--;
    if (!utf8_valid(text))
        text = STR("its bytes are not UTF-8");
    r->error = fault_set(r->fault, ERR_INVALID_LABEL, r->where, "line %d: not well-formed XML: %.*s", e ? e->line : 1,
                         STR_ARG(utf8_prefix(text, 200)));
}

/* Entities are not replaced, nothing external is loaded, nothing is printed. The caller frees the result. */
static xmlDoc *parse(struct reading *r, struct str xml)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    check_bytes(r, xml);
    xmlParserCtxt *ctxt = r->error ? NULL : xmlNewParserCtxt();
    if (!ctxt) {
        refuse(r, NULL, "cannot be read");
        return NULL;
    }
    xmlDoc *doc = xmlCtxtReadMemory(ctxt, xml.p, (int)xml.n, NULL, NULL, options);
    if (!doc)
        refuse_syntax(r, ctxt);
    else
        check_declaration(r, doc);
    xmlFreeParserCtxt(ctxt);
    return doc;
}

/* --- elements --- */

static bool is_element(const xmlNode *n, const char *name)
{
    return n->type == XML_ELEMENT_NODE && n->ns && str_is(str_of((const char *)n->ns->href), NAMESPACE) &&
           str_is(str_of((const char *)n->name), name);
}

/* The next element from n on; between elements stand comments and white space only. */
static const xmlNode *next_element(struct reading *r, const xmlNode *n)
{
    for (; n && !r->error; n = n->next) {
        if (n->type == XML_ELEMENT_NODE)
            return n;
        if (n->type != XML_COMMENT_NODE && !xmlIsBlankNode(n))
            refuse(r, n->parent, "expected elements and nothing between them");
    }
    return NULL;
}

/* Takes the element called so off the sequence. */
static const xmlNode *take(struct reading *r, const xmlNode *parent, const xmlNode **at, const char *name,
                           bool required)
{
    const xmlNode *n = *at;
    if (r->error)
        return NULL;
    if (n && is_element(n, name)) {
        *at = next_element(r, n->next);
        return n;
    }
    if (required && n)
        refuse(r, n, "expected %s of " NAMESPACE " here", name);
    else if (required)
        refuse(r, parent, "expected %s in it", name);
    return NULL;
}

static void end_of(struct reading *r, const xmlNode *at, const char *hint)
{
    if (at)
        refuse(r, at, "not expected here%s", hint);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* White space collapsed (xs:token). */
static struct str collapsed(struct arena *arena, struct str s)
{
    char *out = arena_strz(arena, s);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool gap = is_space(s.p[i]);
        if (!gap)
            out[n++] = s.p[i];
        else if (n && out[n - 1] != ' ')
            out[n++] = ' ';
    }
    while (n && out[n - 1] == ' ')
        n--;
    return (struct str){out, n};
}

/* The text of an element that holds nothing else, 1 to VALUE_MAX bytes. */
static struct str text_of(struct reading *r, const xmlNode *n)
{
    BUF_CLEANUP struct buf text = {0};
    for (const xmlNode *child = n ? n->children : NULL; child && !r->error; child = child->next) {
        if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE)
            buf_z(&text, (const char *)child->content);
        else if (child->type != XML_COMMENT_NODE)
            refuse(r, n, "expected text and nothing else");
    }
    struct str s = r->error || !n ? STR("") : collapsed(r->arena, buf_view(&text));
    if (n && !r->error && (!s.n || s.n > VALUE_MAX))
        refuse(r, n, "expected 1 to %d bytes of text", VALUE_MAX);
    return s;
}

static struct str attribute_of(struct reading *r, const xmlNode *n, const char *name)
{
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        if (a->ns || !str_is(str_of((const char *)a->name), name))
            continue;
        xmlChar *text = xmlNodeListGetString(n->doc, a->children, 1);
        struct str copy = arena_str(r->arena, text ? str_of((const char *)text) : STR(""));
        xmlFree(text);
        return copy;
    }
    return (struct str){NULL, 0};
}

/* Attributes without a namespace are the standard's; others may stand anywhere (App. 1: any attribute, lax). */
static void check_attributes(struct reading *r, const xmlNode *n, const char *const *allowed)
{
    for (const xmlAttr *a = n ? n->properties : NULL; a && !r->error; a = a->next) {
        bool known = a->ns != NULL;
        for (const char *const *name = allowed; *name && !known; name++)
            known = str_is(str_of((const char *)a->name), *name);
        if (!known)
            refuse(r, n, "unknown attribute `%.*s`", SHOWN(str_of((const char *)a->name)));
    }
}

/* App. 1 table 5: a URI uses the urn scheme. What it says beside the name is not looked up. */
static void check_uri(struct reading *r, const xmlNode *n)
{
    static const char *const allowed[] = {"URI", NULL};
    check_attributes(r, n, allowed);
    struct str uri = n && !r->error ? attribute_of(r, n, "URI") : (struct str){NULL, 0};
    if (uri.p && (uri.n < 5 || strncasecmp(uri.p, "urn:", 4) != 0))
        refuse(r, n, "expected attribute URI to be a URN, as `urn:oid:1.3.26.1.3.1`");
}

static void check_time(struct reading *r, const xmlNode *n, const char *what, struct str text)
{
    instant t;
    if (!r->error && text.p && (text.n < sizeof "2026-01-01T00:00:00" - 1 || !instant_parse(text, &t)))
        refuse(r, n, "expected %s to be a date and time, as 2026-01-31T12:00:00Z", what);
}

/* --- policy and classification --- */

static bool same_text(struct str a, struct str b)
{
    return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static void read_policy(struct reading *r, const xmlNode *n)
{
    struct str name = text_of(r, n);
    check_uri(r, n);
    r->profile = -1;
    for (size_t i = 0; i < r->reg->policies.n && !r->error; i++)
        if (same_text(r->reg->policies.v[i], name))
            r->profile = (int)i;
    if (r->profile < 0)
        refuse(r, n, "`%.*s` is not a registered marking policy", SHOWN(name));
}

/* NATO's levels carry the name of the policy, or COSMIC, in markings and not in labels (App. 2). */
static bool same_level(const struct profile *p, const struct level *l, struct str text)
{
    static const struct str cosmic = {"COSMIC", 6};
    const char *gap = memchr(l->banner.p, ' ', l->banner.n);
    if (same_text(l->portion, text) || same_text(l->banner, text))
        return true;
    struct str first = {l->banner.p, gap ? (size_t)(gap - l->banner.p) : 0};
    struct str rest = {l->banner.p + first.n + 1, gap ? l->banner.n - first.n - 1 : 0};
    return gap && (same_text(first, p->policy) || same_text(first, cosmic)) && same_text(rest, text);
}

static void read_classification(struct reading *r, const xmlNode *n)
{
    static const char *const allowed[] = {NULL};
    struct str text = text_of(r, n);
    const struct profile *p = r->error ? NULL : &r->reg->profiles[r->profile];
    check_attributes(r, n, allowed);
    for (r->level = 0; !r->error && r->level < p->n_levels; r->level++)
        if (same_level(p, &p->levels[r->level], text))
            return;
    if (p)
        refuse(r, n, "`%.*s` is not a level of %.*s", SHOWN(text), STR_ARG(p->policy));
}

/* --- categories --- */

/* Names are compared without case and spaces: the wild has `Releasable To`, `Releasable to` and `ReleasableTo`. */
static bool same_name(struct str name, const char *tag)
{
    size_t i = 0;
    for (; *tag; tag++) {
        while (i < name.n && name.p[i] == ' ')
            i++;
        if (*tag != ' ' && (i == name.n || strncasecmp(&name.p[i++], tag, 1) != 0))
            return false;
    }
    return i == name.n;
}

static enum tag tag_of(struct str name)
{
    enum tag tag = 0;
    while (tag < TAG_COUNT && !same_name(name, tags[tag].name))
        tag++;
    return tag;
}

static enum type type_of(struct reading *r, const xmlNode *n)
{
    struct str text = attribute_of(r, n, "Type");
    enum type type = 0;
    while (type < TYPE_COUNT && !str_is(text, type_names[type]))
        type++;
    if (type == TYPE_COUNT)
        refuse(r, n, "expected attribute Type to be RESTRICTIVE, PERMISSIVE or INFORMATIVE");
    return type;
}

static bool is_party(const struct registry *reg, struct str s)
{
    return registry_has_partner(reg, s) || codes_find(&reg->community_codes, s) >= 0;
}

static bool release_control(struct str v)
{
    return str_is(v, "NOFORN") || str_is(v, "ORCON") || str_is(v, "RELIDO");
}

/* NULL if the value is one of the tag's; else what was expected. */
static const char *wrong_value(const struct reading *r, enum tag tag, struct str v)
{
    const struct profile *p = &r->reg->profiles[r->profile];
    switch (tag) {
    case TAG_RELEASABLE:
    case TAG_ONLY:
    case TAG_DISPLAY: return is_party(r->reg, v) ? NULL : "the code of a registered partner or community";
    case TAG_FGI:
        return str_is(v, "FGI") || is_party(r->reg, v) ? NULL : "the code of a registered partner or community, or FGI";
    case TAG_CAVEATS: return profile_demands(p, v) ? NULL : "a caveat of the policy";
    case TAG_CONTROLS:
        return release_control(v) || profile_carries(p, v) ? NULL : "NOFORN, ORCON, RELIDO or a control of the policy";
    case TAG_PUBLIC: return str_is(v, "PUBLIC") ? NULL : "PUBLIC";
    case TAG_CONTEXT: return str_eq(v, p->policy) ? NULL : "the policy's own name: any other context is not known";
    default: return registry_has_partner(r->reg, v) ? NULL : "the code of a registered partner";
    }
}

static void keep_value(struct reading *r, const xmlNode *n, enum tag tag, struct str value)
{
    struct list *list = &r->lists[tag];
    char *upper = arena_strz(r->arena, value);
    for (size_t i = 0; i < value.n; i++)
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - 'a' + 'A');
    struct str v = {upper, value.n};
    const char *expected = wrong_value(r, tag, v);
    if (expected)
        refuse(r, n, "`%.*s` of %s: expected %s", SHOWN(value), tags[tag].name, expected);
    else if (codes_has(&(struct codes){list->n, list->v}, v))
        refuse(r, n, "`%.*s` of %s occurs twice", SHOWN(value), tags[tag].name);
    else if (list->n == LABEL_CODES_MAX)
        refuse(r, n, "more than %d values", LABEL_CODES_MAX);
    else
        list->v[list->n++] = v;
}

static void read_values(struct reading *r, const xmlNode *category, enum tag tag)
{
    static const char *const allowed[] = {NULL};
    const xmlNode *at = next_element(r, category->children), *n;
    while ((n = take(r, category, &at, "GenericValue", false)) && !r->error) {
        struct str value = text_of(r, n);
        check_attributes(r, n, allowed);
        if (!r->error && tag < TAG_COUNT)
            keep_value(r, n, tag, value);
    }
    end_of(r, at, ": expected GenericValue, which alone shall be used (App. 1 table 8)");
    if (tag < TAG_COUNT && !r->error && !r->lists[tag].n)
        refuse(r, category, "expected at least one GenericValue");
}

static void read_category(struct reading *r, const xmlNode *n)
{
    static const char *const allowed[] = {"Type", "TagName", "URI", NULL};
    check_attributes(r, n, allowed);
    struct str name = collapsed(r->arena, attribute_of(r, n, "TagName"));
    enum type type = type_of(r, n);
    enum tag tag = tag_of(name);
    if (r->error)
        return;
    if (!name.n)
        refuse(r, n, "expected attribute TagName");
    else if (tag == TAG_COUNT && type != INFORMATIVE)
        refuse(r, n, "no %s category `%.*s` is known", type_names[type], SHOWN(name));
    else if (tag < TAG_COUNT && type != tags[tag].type)
        refuse(r, n, "%s is a category of Type %s", tags[tag].name, type_names[tags[tag].type]);
    else if (tag < TAG_COUNT && r->seen[tag])
        refuse(r, n, "the category %s occurs twice", tags[tag].name);
    if (tag < TAG_COUNT)
        r->seen[tag] = true;
    read_values(r, n, tag);
}

/* --- the label's elements --- */

static void read_information(struct reading *r, const xmlNode *information)
{
    static const char *const allowed[] = {NULL};
    const xmlNode *at = r->error ? NULL : next_element(r, information->children), *n;
    int categories = 0;
    check_attributes(r, information, allowed);
    read_policy(r, take(r, information, &at, "PolicyIdentifier", true));
    read_classification(r, take(r, information, &at, "Classification", true));
    if ((n = take(r, information, &at, "PrivacyMark", false)))
        text_of(r, n);
    while ((n = take(r, information, &at, "Category", false)) && !r->error) {
        if (categories++ == STANAG4774_CATEGORIES_MAX)
            refuse(r, n, "more than %d categories", STANAG4774_CATEGORIES_MAX);
        read_category(r, n);
    }
    end_of(r, r->error ? NULL : at, ": expected a Category or the end of ConfidentialityInformation");
}

/* App. 1 table 9. Who made the label does not decide whose it is. */
static void read_originator(struct reading *r, const xmlNode *n)
{
    static const char *const allowed[] = {"IDType", NULL};
    static const char *const types[] = {"rfc822Name", "dNSName",     "directoryName",     "uniformResourceIdentifier",
                                        "iPAddress",  "x400Address", "userPrincipalName", "jID"};
    bool known = false;
    if (!n)
        return;
    check_attributes(r, n, allowed);
    struct str type = attribute_of(r, n, "IDType");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        known = known || str_is(type, types[i]);
    if (!known)
        refuse(r, n, "expected attribute IDType, one of rfc822Name, dNSName, uniformResourceIdentifier …");
    text_of(r, n);
}

static void read_root(struct reading *r, const xmlNode *root)
{
    static const char *const allowed[] = {"Id", "ReviewDateTime", NULL};
    bool alternative = is_element(root, "alternativeConfidentialityLabel");
    r->kind = alternative ? STANAG4774_ALTERNATIVE : STANAG4774_ORIGINATOR;
    if (!alternative && !is_element(root, "originatorConfidentialityLabel") &&
        !is_element(root, "ConfidentialityLabel"))
        refuse(r, root, "expected originatorConfidentialityLabel or alternativeConfidentialityLabel of " NAMESPACE);
    check_attributes(r, root, allowed);
    check_time(r, root, "ReviewDateTime", r->error ? STR("") : attribute_of(r, root, "ReviewDateTime"));
    const xmlNode *at = r->error ? NULL : next_element(r, root->children), *n;
    read_information(r, take(r, root, &at, "ConfidentialityInformation", true));
    read_originator(r, take(r, root, &at, "OriginatorID", false));
    n = take(r, root, &at, "CreationDateTime", true);
    check_time(r, n, "CreationDateTime", text_of(r, n));
    end_of(r, r->error ? NULL : at, ": a label that follows later is posted later, by relabel");
}

/* --- from what was read to the label --- */

static struct codes list_of(struct reading *r, enum tag tag)
{
    struct str *v = arena_array(r->arena, r->lists[tag].n, sizeof *v), twice;
    memcpy(v, r->lists[tag].v, r->lists[tag].n * sizeof *v);
    codes_sort(v, r->lists[tag].n, &twice);
    return (struct codes){r->lists[tag].n, v};
}

static bool says(const struct reading *r, enum tag tag, const char *value)
{
    return codes_has(&(struct codes){r->lists[tag].n, r->lists[tag].v}, str_of(value));
}

/* A policy that is the poster's national one is read as the poster's own, another partner's as that partner's. */
static struct codes owners_of(struct reading *r)
{
    if (r->seen[TAG_JOINT] || r->seen[TAG_OWNERS])
        return list_of(r, r->seen[TAG_JOINT] ? TAG_JOINT : TAG_OWNERS);
    if (r->owners)
        return *r->owners;
    int poster = codes_find(&r->reg->partner_codes, r->poster);
    bool own = poster >= 0 && r->reg->partners[poster].profile == r->profile;
    struct str policy = r->reg->policies.v[r->profile], *v = arena_array(r->arena, 1, sizeof *v);
    v[0] = arena_str(r->arena, !own && registry_has_partner(r->reg, policy) ? policy : r->poster);
    return (struct codes){1, v};
}

static enum release_mode mode_of(const struct reading *r)
{
    if (says(r, TAG_CONTROLS, "NOFORN"))
        return RELEASE_NOFORN;
    if (r->seen[TAG_RELEASABLE] || r->seen[TAG_ONLY] || r->seen[TAG_DISPLAY] || r->seen[TAG_NOT_RELEASABLE] ||
        says(r, TAG_CONTROLS, "RELIDO"))
        return RELEASE_REL;
    return r->seen[TAG_PUBLIC] ? RELEASE_PUBLIC : RELEASE_NONE;
}

/* Pairs of categories that leave open what is meant. What excludes each other as marking is the marking's rule. */
static void check_pairs(struct reading *r, const xmlNode *root)
{
    if (r->seen[TAG_RELEASABLE] && r->seen[TAG_ONLY])
        refuse(r, root, "Only and Releasable To are the same list: expected one of them");
    if (r->seen[TAG_OWNERS] && r->seen[TAG_JOINT])
        refuse(r, root, "Owner and Joint Owner exclude each other");
    if (r->seen[TAG_PUBLIC] && mode_of(r) != RELEASE_PUBLIC)
        refuse(r, root, "Public Release excludes every other release category");
    if (says(r, TAG_CONTROLS, "NOFORN") && (r->seen[TAG_RELEASABLE] || r->seen[TAG_ONLY] || r->seen[TAG_DISPLAY] ||
                                            r->seen[TAG_NOT_RELEASABLE] || says(r, TAG_CONTROLS, "RELIDO")))
        refuse(r, root, "NOFORN excludes every other release category (ISM-ID-00033, ISM-ID-00169)");
}

/* The policy's own among the dissemination controls. */
static struct codes carried_of(const struct reading *r)
{
    const struct list *list = &r->lists[TAG_CONTROLS];
    struct str *v = arena_array(r->arena, list->n, sizeof *v);
    size_t n = 0;
    for (size_t i = 0; i < list->n; i++)
        if (!release_control(list->v[i]))
            v[n++] = list->v[i];
    return (struct codes){n, v};
}

static void gather(struct reading *r, struct label *l)
{
    const struct profile *p = &r->reg->profiles[r->profile];
    *l = (struct label){
        .policy = arena_str(r->arena, p->policy),
        .level = arena_str(r->arena, p->levels[r->level].portion),
        .owners = owners_of(r),
        .joint = r->seen[TAG_JOINT],
        .mode = mode_of(r),
        .rel = list_of(r, r->seen[TAG_ONLY] ? TAG_ONLY : TAG_RELEASABLE),
        .display = list_of(r, TAG_DISPLAY),
        .except = list_of(r, TAG_NOT_RELEASABLE),
        .relido = says(r, TAG_CONTROLS, "RELIDO"),
        .orcon = says(r, TAG_CONTROLS, "ORCON"),
        .caveats = list_of(r, TAG_CAVEATS),
        .controls = carried_of(r),
        .fgi = list_of(r, TAG_FGI),
    };
}

/* A partner in whose name the policy's markings are read without a prefix; {NULL,0} for a policy that is nobody's. */
static struct str reader_of(const struct reading *r)
{
    for (size_t i = 0; i < r->reg->partner_codes.n; i++)
        if (r->reg->partners[i].profile == r->profile)
            return r->reg->partner_codes.v[i];
    return (struct str){NULL, 0};
}

/* Every rule of markings holds for labels too: the label is written as marking and read back in its own scheme, which
 * also brings its lists into their order. `except` is the one thing that a marking cannot say. */
static void settle(struct reading *r, const xmlNode *root, const struct label *said, const struct label **ret)
{
    BUF_CLEANUP struct buf text = {0};
    struct fault inner = {0};
    struct marking_fault mf = {0};
    struct wire_label wire = {.owners = said->owners,
                              .review_by = INSTANT_MAX,
                              .embargo_until = INSTANT_MIN,
                              .expires = INSTANT_MAX,
                              .public = said->mode == RELEASE_PUBLIC};
    const struct label *read;
    struct str reader = reader_of(r);
    marking_write(r->reg, said, false, reader.p ? PREFIX_NONE : PREFIX_NEEDED, &text);
    if (label_parse(r->reg, reader.p ? reader : said->owners.v[0], buf_view(&text), &wire, r->arena, &read, &mf,
                    &inner)) {
        refuse(r, root, "says `%.*s`: %s%s%.160s", (int)text.n, text.p, mf.rule, *mf.rule ? ": " : "", inner.detail);
        return;
    }
    struct label l = *read;
    l.except = said->except;
    if (said->except.n)
        l.mode = RELEASE_REL;
    *ret = label_resolve(r->reg, &l, r->arena);
}

static int read_label(struct reading *r, struct str xml, const struct label **ret)
{
    struct label said;
    const struct label *settled = NULL;
    xmlDoc *doc = parse(r, xml);
    const xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    if (!r->error && root)
        read_root(r, root);
    if (!r->error)
        check_pairs(r, root);
    if (!r->error) {
        gather(r, &said);
        settle(r, root, &said, &settled);
    }
    xmlFreeDoc(doc);
    if (!r->error)
        *ret = settled;
    return r->error;
}

int stanag4774_read(const struct registry *reg, struct str poster, struct str xml, const char *where,
                    struct arena *arena, const struct label **ret, enum stanag4774_kind *ret_kind, struct fault *fault)
{
    struct reading r = {.reg = reg, .poster = poster, .where = where, .arena = arena, .fault = fault};
    int error = read_label(&r, xml, ret);
    if (!error && ret_kind)
        *ret_kind = r.kind;
    return error;
}

/* --- out --- */

static void add_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        switch (s.p[i]) {
        case '&': buf_z(out, "&amp;"); break;
        case '<': buf_z(out, "&lt;"); break;
        case '>': buf_z(out, "&gt;"); break;
        default: buf_char(out, s.p[i]);
        }
    }
}

static void add_element(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, "<slab:%s>", name);
    add_escaped(out, text);
    buf_printf(out, "</slab:%s>", name);
}

static void add_category(struct buf *out, enum tag tag, const struct codes *values)
{
    if (!values->n)
        return;
    buf_printf(out, "<slab:Category Type=\"%s\" TagName=\"%s\">", type_names[tags[tag].type], tags[tag].name);
    for (size_t i = 0; i < values->n; i++)
        add_element(out, "GenericValue", values->v[i]);
    buf_z(out, "</slab:Category>");
}

static void add_controls(struct buf *out, const struct label *l)
{
    struct str v[3 + LABEL_CODES_MAX];
    struct codes controls = {0, v}, public = {l->mode == RELEASE_PUBLIC, &STR("PUBLIC")};
    if (l->mode == RELEASE_NOFORN)
        v[controls.n++] = STR("NOFORN");
    if (l->orcon)
        v[controls.n++] = STR("ORCON");
    if (l->relido)
        v[controls.n++] = STR("RELIDO");
    for (size_t i = 0; i < l->controls.n && i < LABEL_CODES_MAX; i++)
        v[controls.n++] = l->controls.v[i];
    add_category(out, TAG_CONTROLS, &controls);
    add_category(out, TAG_PUBLIC, &public);
}

static void add_classification(const struct registry *reg, const struct label *l, struct buf *out)
{
    int profile = codes_find(&reg->policies, l->policy);
    int level = profile < 0 ? NO_LEVEL : profile_level(&reg->profiles[profile], l->level);
    add_element(out, "PolicyIdentifier", l->policy);
    add_element(out, "Classification", level < 0 ? l->level : reg->profiles[profile].levels[level].banner);
}

void stanag4774_write(const struct registry *reg, const struct label *l, enum stanag4774_kind kind, instant created,
                      struct buf *out)
{
    const char *root = kind == STANAG4774_ALTERNATIVE ? "alternative" : "originator";
    buf_printf(out, "<slab:%sConfidentialityLabel xmlns:slab=\"" NAMESPACE "\"><slab:ConfidentialityInformation>",
               root);
    add_classification(reg, l, out);
    add_category(out, TAG_RELEASABLE, &l->rel);
    add_category(out, TAG_DISPLAY, &l->display);
    add_category(out, TAG_NOT_RELEASABLE, &l->except);
    add_category(out, TAG_CAVEATS, &l->caveats);
    add_controls(out, l);
    add_category(out, TAG_FGI, &l->fgi);
    add_category(out, l->joint ? TAG_JOINT : TAG_OWNERS, &l->owners);
    buf_z(out, "</slab:ConfidentialityInformation><slab:CreationDateTime>");
    buf_instant(out, created);
    buf_printf(out, "</slab:CreationDateTime></slab:%sConfidentialityLabel>", root);
}

/* --- beside a marking --- */

/* Release views are labels of their own, and whether something is public stands beside the marking: a label may leave
 * it out too. */
static bool same_label(const struct label *said, const struct label *marking)
{
    BUF_CLEANUP struct buf a = {0}, b = {0};
    struct label alone = *marking;
    alone.n_release_views = 0;
    if (alone.mode == RELEASE_PUBLIC && said->mode == RELEASE_NONE)
        alone.mode = RELEASE_NONE;
    label_write(said, &a);
    label_write(&alone, &b);
    return str_eq(buf_view(&a), buf_view(&b));
}

int stanag4774_agrees(const struct registry *reg, struct str xml, const char *where, const struct label *marking,
                      struct arena *arena, struct fault *fault)
{
    BUF_CLEANUP struct buf said = {0}, marked = {0};
    struct reading r = {.reg = reg, .owners = &marking->owners, .where = where, .arena = arena, .fault = fault};
    const struct label *l;
    int error = read_label(&r, xml, &l);
    if (error)
        return error;
    if (r.kind != STANAG4774_ORIGINATOR)
        return fault_set(fault, ERR_INVALID_LABEL, where, "expected the originator's label, not an alternative to it");
    if (same_label(l, marking))
        return 0;
    label_portion(reg, l, &said);
    label_portion(reg, marking, &marked);
    return fault_set(fault, ERR_INVALID_LABEL, where, "says `%.*s`%s, classificationMarking says `%.*s`", (int)said.n,
                     said.p, str_eq(buf_view(&said), buf_view(&marked)) ? " of other owners" : "", (int)marked.n,
                     marked.p);
}
