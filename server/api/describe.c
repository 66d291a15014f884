/* GET /v1/{type}/queryhelp and /v1/openapi.json: both are made from the descriptors. */
#include "describe.h"
#include "answer_form.h"
#include "input.h"
#include "resources.h"

#include <strings.h>

static void reply_queryhelp(struct request *r, const struct record_type *type)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    if (query_check(r, &fault)) {
        reply_fault(r, &fault, NULL);
        return;
    }
    queryhelp_write(type, &b);
    reply_json_etag(r, buf_view(&b));
}

void record_queryhelp(struct request *r)
{
    const struct record_type *type = path_queried_type(r);
    if (type)
        reply_queryhelp(r, type);
}

/* Clients of the UDL know what is current of this type by a name of its own. */
void elset_current_queryhelp(struct request *r)
{
    reply_queryhelp(r, record_type_find(STR("elset")));
}

struct operation {
    const char *path, *method, *summary, *success, *parameter; /* parameters of the path, NULL if none */
    const char *body;                                          /* types of JSON, "text" or "file"; NULL if none */
    const char *query;                                         /* parameters of the query, NULL if none */
};

#define RAW_QUERY "classificationMarking,dataMode,msgId,msgType,origin,source,tags"
#define EPHEM_QUERY "category,classification,dataMode,ephemFormatType,hasMnvr,origin,satNo,source,tags,type"
#define IMPORT_QUERY "classificationMarking,dataMode,filename,format,messageMarking,origin,partial,received,source,tags"
#define TLE_QUERY "autoCreateSats,classificationMarking,control,dataMode,makeCurrent,origin,source,tags"

/* What is not derived from a record type; operations of one path stand together. */
static const struct operation operations[] = {
    {"/filedrop/cdms", "post", "A conjunction data message in keyword = value notation, or a ZIP archive of such",
     "202", NULL, "file", "classification,dataMode,filename,source,tags"},
    {"/filedrop/ephem", "post", "An ephemeris: ModITC, or an orbit ephemeris message", "202", NULL, "text",
     EPHEM_QUERY},
    {"/filedrop/udl-gnssrawif", "post",
     "A ZIP archive, alone or as the part `file` of a form: a record (.json) and the file it describes (.hdf5)", "202",
     NULL, "file", NULL},
    {"/filedrop/{drop}", "post", "Records of one type, an array or one, for feeds: taken or refused as a whole", "202",
     "drop", "object,array", NULL},
    {"/sm/describeTopic/{topic}", "get", "One topic of secure messaging", "200", "topic", NULL,
     "firstResult,maxResults"},
    {"/sm/getLatestOffset/{topic}", "get", "The position at which what comes next will be found", "200", "topic", NULL,
     "firstResult,maxResults"},
    {"/sm/getMessages/{topic}/{offset}", "get",
     "Records of a type behind a position of the feed, each once; KAFKA_NEXT_OFFSET says where to go on", "200",
     "topic,offset", NULL, "firstResult,maxResults"},
    {"/sm/listTopics", "get", "Record types as topics of secure messaging", "200", NULL, NULL,
     "firstResult,maxResults"},
    {"/udl/currentelset/queryhelp", "get", "The same as of elset", "200", NULL, NULL, NULL},
    {"/udl/elset/createBulkFromTLE", "post", "Element sets of two or three lines", "201", NULL, "text", TLE_QUERY},
    {"/udl/notification/createRaw", "post", "A message as it stands, of any kind that is text", "201", NULL, "file",
     RAW_QUERY},
    {"/udl/onorbit/getSignature", "get", "The newest observation of each sort of an object", "200", NULL, NULL,
     "firstResult,idOnOrbit,maxResults"},
    {"/v1/agreements", "get", "Agreements the caller is a party of", "200", NULL, NULL, NULL},
    {"/v1/agreements", "post", "Proposes an agreement, or its next version", "201", NULL, "object", "dryRun"},
    {"/v1/agreements/{code}", "get", "One agreement with its drafts, or one of its versions", "200", "code", NULL,
     "version"},
    {"/v1/agreements/{code}/resume", "post", "Proposes that it be in force again", "201", "code", "object", "dryRun"},
    {"/v1/agreements/{code}/suspend", "post", "Suspends it", "201", "code", "object", "dryRun"},
    {"/v1/agreements/{code}/terminate", "post", "Ends it", "201", "code", "object", "dryRun"},
    {"/v1/changes", "get", "What the caller came to see behind a position, each once; waits for something if asked to",
     "200", NULL, NULL, "after,maxResults,type,wait"},
    {"/v1/communities", "get", "Communities and their members with dates", "200", NULL, NULL, NULL},
    {"/v1/communities/{code}", "get", "One community", "200", "code", NULL, NULL},
    {"/v1/disclosures", "get", "Who was sent which records of the caller's partner", "200", NULL, NULL,
     "after,firstRecord,from,id,maxResults,type,until"},
    {"/v1/elset/createBulkFromTLE", "post", "Element sets of two or three lines", "201", NULL, "text", TLE_QUERY},
    {"/v1/notification/createRaw", "post", "A message as it stands, of any kind that is text", "201", NULL, "file",
     RAW_QUERY},
    {"/v1/onorbit/getSignature", "get", "The newest observation of each sort of an object", "200", NULL, NULL,
     "firstResult,idOnOrbit,maxResults"},
    {"/v1/filedrop/cdms", "post", "A conjunction data message in keyword = value notation, or a ZIP archive of such",
     "202", NULL, "file", "classification,dataMode,filename,source,tags"},
    {"/v1/filedrop/ephem", "post", "An ephemeris: ModITC, or an orbit ephemeris message", "202", NULL, "text",
     EPHEM_QUERY},
    {"/v1/filedrop/udl-gnssrawif", "post",
     "A ZIP archive, alone or as the part `file` of a form: a record (.json) and the file it describes (.hdf5)", "202",
     NULL, "file", NULL},
    {"/v1/filedrop/{drop}", "post", "Records of one type, an array or one, for feeds: taken or refused as a whole",
     "202", "drop", "object,array", NULL},
    {"/v1/exports", "get", "What the caller has asked for to fetch later", "200", NULL, NULL, NULL},
    {"/v1/exports/{id}", "get", "One of them", "200", "id", NULL, NULL},
    {"/v1/exports/{id}/file", "get",
     "Its records, of those that were there when it was asked for, as far as the caller may see them now", "200", "id",
     NULL, NULL},
    {"/v1/grants", "get", "Grants that the caller's partner has given or received", "200", NULL, NULL, NULL},
    {"/v1/grants/{code}", "get", "One grant", "200", "code", NULL, NULL},
    {"/v1/grants/{code}/withdraw", "post", "Close a grant of the caller's partner at once", "204", "code", "object",
     "dryRun"},
    {"/v1/import", "post",
     "A file of a known format (CCSDS messages, TLE, RINEX, SP3, almanacs, advisories, …), or a ZIP archive of such, "
     "to "
     "records; all or nothing unless partial",
     "201", NULL, "file", IMPORT_QUERY},
    {"/v1/markings/normalise", "post",
     "Marking text to its canonical spelling, with what was changed and by which rule", "200", NULL, "object", NULL},
    {"/v1/markings/parse", "post", "Marking text to label, portion and banner", "200", NULL, "object", NULL},
    {"/v1/markings/rollup", "post", "Portions to a banner, and what each of them narrowed", "200", NULL, "object",
     NULL},
    {"/v1/metrics/sharing", "get", "What became of the caller's partner's own records, by type and partner", "200",
     NULL, NULL, "from,to"},
    {"/v1/notices", "get", "What the caller's partner is told: recalls, grants, requests, reviews, warnings, proposals",
     "200", NULL, NULL, "after,kind,maxResults,open"},
    {"/v1/notices/{id}/acknowledge", "post", "That a notice has been read", "204", "id", "object", NULL},
    {"/v1/objects", "get", "Objects the caller's partner operates, and registrations it has accepted or may accept",
     "200", NULL, NULL, NULL},
    {"/v1/objects", "post", "Register an object as operated by the caller's partner", "201", NULL, "object", NULL},
    {"/v1/objects/{object}/{partner}/accept", "post",
     "By a disclosure officer of a keeper of a catalogue, or of an originator of the object's elements; counts for the "
     "rules to warn of that partner, and for those that name it",
     "204", "object,partner", "object", "dryRun"},
    {"/v1/objects/{object}/{partner}/reject", "post", "End a registration, accepted or not", "204", "object,partner",
     "object", "dryRun"},
    {"/v1/partners", "get", "Partners", "200", NULL, NULL, NULL},
    {"/v1/partners/{code}", "get", "One partner", "200", "code", NULL, NULL},
    {"/v1/pnt/interference", "get",
     "Where and when navigation is interfered with, as GeoJSON, by cell of the H3 grid: reports, sets of cells and "
     "observed signals that the caller may see, which it cites",
     "200", NULL, NULL, "bbox,dataMode,from,resolution,to"},
    {"/v1/pnt/status", "get",
     "Satellites that are unusable or forecast to be, by the advisories, almanacs and ephemerides that the caller may "
     "see, which it "
     "cites",
     "200", NULL, NULL, "at,constellation,dataMode"},
    {"/v1/policy/evaluate", "post", "Who could see a record posted like this, and why", "200", NULL, "object,array",
     NULL},
    {"/v1/proposals", "get", "Changes of the registers that concern the caller's partner", "200", NULL, NULL,
     "agreement,awaiting,open"},
    {"/v1/proposals", "post", "Proposes a change of the registers; what narrows is in force at once", "201", NULL,
     "object", "dryRun"},
    {"/v1/proposals/{id}", "get", "One proposal, with what it opens and closes of the caller's own", "200", "id", NULL,
     NULL},
    {"/v1/proposals/{id}/accept", "post", "Accepts it as its dry run showed it", "200", "id", "object", "dryRun"},
    {"/v1/proposals/{id}/reject", "post", "Rejects it", "200", "id", "object", NULL},
    {"/v1/proposals/{id}/withdraw", "post", "Takes it back", "200", "id", "object", NULL},
    {"/v1/queue", "get",
     "What waits for the caller as a disclosure officer. A warning's `released` names whom the standing rule means; "
     "whether a gate withholds it is told by /{id}/explain?as=",
     "200", NULL, NULL, "after,kind,maxResults"},
    {"/v1/queue/requests/{id}", "get", "One release request and its history", "200", "id", NULL, NULL},
    {"/v1/queue/requests/{id}/approve", "post", "Release what is asked for, with conditions", "200", "id", "object",
     "dryRun"},
    {"/v1/queue/requests/{id}/deny", "post", "Refuse it, and say so or not", "204", "id", "object", "dryRun"},
    {"/v1/reasons", "get", "Registered reasons for withholding", "200", NULL, NULL, NULL},
    {"/v1/reasons/{code}", "get", "One reason", "200", "code", NULL, NULL},
    {"/v1/release-requests", "get", "What the caller's partner has asked others to release", "200", NULL, NULL,
     "after,maxResults"},
    {"/v1/release-requests", "post", "Ask for the release of a record or of a scope", "201", NULL, "object", NULL},
    {"/v1/release-requests/{id}", "get", "One request", "200", "id", NULL, NULL},
    {"/v1/release-requests/{id}/withdraw", "post", "Withdraw a request", "204", "id", "object", NULL},
    {"/v1/sm/describeTopic/{topic}", "get", "One topic of secure messaging", "200", "topic", NULL,
     "firstResult,maxResults"},
    {"/v1/sm/getLatestOffset/{topic}", "get", "The position at which what comes next will be found", "200", "topic",
     NULL, "firstResult,maxResults"},
    {"/v1/sm/getMessages/{topic}/{offset}", "get",
     "Records of a type behind a position of the feed, each once; KAFKA_NEXT_OFFSET says where to go on", "200",
     "topic,offset", NULL, "firstResult,maxResults"},
    {"/v1/sm/listTopics", "get", "Record types as topics of secure messaging", "200", NULL, NULL,
     "firstResult,maxResults"},
    {"/v1/stream", "get", "The same as server-sent events, without an end", "200", NULL, NULL, "after,type"},
    {"/v1/views", "get", "Views: reductions of records that agreements and labels name", "200", NULL, NULL, NULL},
    {"/v1/views/{code}", "get", "One view with its steps for each record type", "200", "code", NULL, NULL},
    {"/v1/whoami", "get", "The caller as the register knows it", "200", NULL, NULL, NULL},
};

/* What clients of the UDL ask for of what they post. */
#define POST_QUERY "convertPosVel,convertToJ2K,dupeCheck"

/* Of what every record type has, behind its name. */
static const struct {
    const char *path, *method, *query;
} record_queries[] = {
    {"", "POST", POST_QUERY},
    {"/createBulk", "POST", POST_QUERY ",partial"},
    {"/getFile/{id}", "GET", "firstResult,maxResults"},
    {"/{id}", "GET", "firstResult,format,maxResults"},
    {"/{id}/explain", "GET", "as"},
    {"/{id}/recall", "POST", "dryRun"},
    {"/{id}/recipients", "GET", "after,maxResults"},
    {"/{id}/relabel", "POST", "dryRun"},
    {"/{id}/review", "POST", "dryRun"},
    {"/{id}/withhold", "POST", "dryRun"},
};

static const char *record_query(const char *method, const char *path)
{
    for (size_t i = 0; i < sizeof record_queries / sizeof *record_queries; i++)
        if (!strcmp(path, record_queries[i].path) && !strcmp(method, record_queries[i].method))
            return record_queries[i].query;
    return "";
}

const char *described_query(const struct route *route)
{
    static const char type[] = "/{type}";
    const char *rest = strstr(route->path, type);
    if (rest)
        return record_query(route->method, rest + sizeof type - 1);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (!strcmp(route->path, operations[i].path) && !strcasecmp(route->method, operations[i].method))
            return operations[i].query ? operations[i].query : "";
    return "";
}

bool described(const char *names, struct str name)
{
    for (size_t n; *names; names += n + (names[n] == ',')) {
        n = strcspn(names, ",");
        if (str_eq(name, (struct str){names, n}))
            return true;
    }
    return false;
}

/* A name means the same wherever it stands. */
static const struct {
    const char *name, *schema, *description;
} parameters[] = {
    {"after", "\"type\":[\"integer\",\"string\"]", "Goes on behind this position"},
    {"agreement", "\"type\":\"string\"", "Those that change this agreement"},
    {"as", "\"type\":\"string\"", "For this principal or partner: by an owner's disclosure officer or auditor"},
    {"at", "\"type\":\"string\",\"format\":\"date-time\"", "At this time; without it now"},
    {"autoCreateSats", "\"type\":\"boolean\"", "Accepted and passed over"},
    {"awaiting", "\"type\":\"boolean\"", "Those that wait for the caller's partner"},
    {"bbox", "\"type\":\"string\"", "Within west,south,east,north in degrees; needed"},
    {"category", "\"type\":\"string\"", "Who made the ephemeris; needed"},
    {"classification", "\"type\":\"string\"", "Marking of each record; needed"},
    {"classificationMarking", "\"type\":\"string\"", "Marking of each record"},
    {"constellation", "\"type\":\"string\"", "Of this constellation, such as GPS; of several with commas"},
    {"control", "\"type\":\"string\"",
     "Without classificationMarking: a dissemination control behind the marking that is assumed"},
    {"convertPosVel", "\"type\":\"boolean\"", "Refused if true: what is posted is kept as it is"},
    {"convertToJ2K", "\"type\":\"boolean\"", "Refused if true: what is posted is kept as it is"},
    {"dataMode", "\"type\":\"string\"", "Data mode of each record; needed where records are sent, else REAL"},
    {"dryRun", "\"type\":\"boolean\"",
     "Nothing is done: the answer is which labels of the caller's partner would open, close or be seen otherwise, for "
     "whom, and how many records that is"},
    {"dupeCheck", "\"type\":\"boolean\"", "Accepted and passed over: what is there already is never there twice"},
    {"ephemFormatType", "\"type\":\"string\",\"enum\":[\"ModITC\",\"OEM\"]", "What the body is; needed"},
    {"filename", "\"type\":\"string\"", "Name of the file"},
    {"firstRecord", "\"type\":\"integer\",\"minimum\":0",
     "How many records of each entry to pass over: an entry lists 10000 at most"},
    {"firstResult", "\"type\":\"integer\",\"minimum\":0", "Of a list: how many to pass over; else without effect"},
    {"format", "\"type\":\"string\"",
     "Format of what is sent or asked for; without it each file that is sent is looked at"},
    {"from", "\"type\":\"string\",\"format\":\"date-time\"", "Not before"},
    {"hasMnvr", "\"type\":\"boolean\"", "Whether manoeuvres are part of the ephemeris; needed"},
    {"id", "\"type\":\"string\",\"format\":\"uuid\"", "Of one record; type is needed, too"},
    {"kind", "\"type\":\"string\"", "Of this kind only"},
    {"makeCurrent", "\"type\":\"boolean\"", "Accepted and passed over: what is current is worked out at each read"},
    {"maxResults", "\"type\":\"integer\",\"minimum\":0", "At most so many"},
    {"messageMarking", "\"type\":\"string\",\"enum\":[\"text\"]",
     "What a message has in CLASSIFICATION and is no marking counts as text: it is kept with the record and told among "
     "its "
     "warnings, and classificationMarking, which is needed then, is the only marking. It is refused if it has a word "
     "of "
     "markings, as a level or a control, that classificationMarking does not say as well"},
    {"msgId", "\"type\":\"string\"", "The sender's own identifier of the message; the record says it as clientId"},
    {"msgType", "\"type\":\"string\"", "Kind of message, as the source names it; needed"},
    {"notification", "\"type\":\"string\"", "Refused: the exchange sends no messages"},
    {"open", "\"type\":\"boolean\"", "Those that are open only"},
    {"origin", "\"type\":\"string\"", "Origin of each record"},
    {"outputDelimiter", "\"type\":\"string\"", "Between the columns of a CSV: one of , ; : | or tab"},
    {"outputFormat", "\"type\":\"string\",\"enum\":[\"JSON\",\"CSV\"]", "JSON unless it is CSV"},
    {"partial", "\"type\":\"boolean\"", "Takes what is good and tells what is not"},
    {"received", "\"type\":\"string\",\"format\":\"date-time\"",
     "When the file was received, if not just now: a week or day that it does not tell is the one nearest to this"},
    {"resolution", "\"type\":\"integer\",\"minimum\":0,\"maximum\":15", "Of the cells of the H3 grid; without it 4"},
    {"satNo", "\"type\":\"integer\",\"minimum\":0,\"maximum\":999999999", "Catalogue number of the object; needed"},
    {"source", "\"type\":\"string\"", "Source of each record; needed"},
    {"tags", "\"type\":\"string\"", "Tags of each record, separated by commas"},
    {"to", "\"type\":\"string\",\"format\":\"date-time\"", "Before"},
    {"type", "\"type\":\"string\"", "Of this record type; of an ephemeris: its kind"},
    {"until", "\"type\":\"string\",\"format\":\"date-time\"", "Before"},
    {"version", "\"type\":\"integer\",\"minimum\":1", "This version, in force now or before"},
    {"wait", "\"type\":\"integer\",\"minimum\":0,\"maximum\":60", "Seconds to wait for something to tell"},
};

static void add_query_parameter(size_t i, struct buf *b)
{
    buf_printf(b, "{\"name\":\"%s\",\"in\":\"query\",\"schema\":{%s},\"description\":\"%s\"}", parameters[i].name,
               parameters[i].schema, parameters[i].description);
}

/* With a comma behind each. */
static void add_query(const char *names, struct buf *b)
{
    for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
        if (!described(names, str_of(parameters[i].name)))
            continue;
        add_query_parameter(i, b);
        buf_char(b, ',');
    }
}

static void add_answers(struct buf *b, const char *success, const char *content)
{
    buf_printf(b,
               "\"responses\":{\"%s\":{\"description\":\"Success\"%s},\"default\":{\"$ref\":"
               "\"#/components/responses/Problem\"}}",
               success, content);
}

/* Of an operation with these parameters: what is done otherwise than with 200 has another answer to a dry run. */
static void add_answers_to(struct buf *b, const char *query, const char *success, const char *content)
{
    bool tried = described(query, STR("dryRun")) && strcmp(success, "200");
    add_answers(b, success, content);
    if (!tried)
        return;
    b->n--; /* the brace */
    buf_z(b, ",\"200\":{\"$ref\":\"#/components/responses/DryRun\"}}");
}

/* Names are separated by commas. */
static void add_parameters(const char *path, const char *query, struct buf *b)
{
    buf_z(b, "\"parameters\":[");
    for (size_t n; *path; path += n + (path[n] == ',')) {
        n = strcspn(path, ",");
        buf_printf(b, "{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}},", (int)n,
                   path);
    }
    add_query(query, b);
    b->n--; /* the last comma */
    buf_z(b, "],");
}

/* An object or, where the operation takes several at once, an array of them. */
static void add_body(const char *types, struct buf *b)
{
    if (!strcmp(types, "file")) {
        buf_z(b, "\"requestBody\":{\"required\":true,\"content\":{\"*/*\":{}}},");
        return;
    }
    if (!strcmp(types, "text")) {
        buf_z(b, "\"requestBody\":{\"required\":true,\"content\":{\"text/plain\":{\"schema\":{\"type\":\"string\"}},"
                 "\"application/json\":{\"schema\":{\"type\":\"string\"}}}},");
        return;
    }
    buf_z(b, "\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":");
    buf_z(b, strchr(types, ',') ? "[\"object\",\"array\"]" : "\"object\"");
    buf_z(b, "}}}},");
}

static bool has_body(const char *success)
{
    return strcmp(success, "202") && strcmp(success, "204");
}

static const char *content_of(const struct operation *o)
{
    if (!has_body(o->success))
        return "";
    return strcmp(o->path, "/v1/pnt/interference") ? ",\"content\":{\"application/json\":{\"schema\":{}}}"
                                                   : ",\"content\":{\"application/geo+json\":{\"schema\":{}}}";
}

static void add_operation(const struct operation *o, struct buf *b)
{
    buf_printf(b, "\"%s\":{\"summary\":\"%s\",", o->method, o->summary);
    if (o->parameter || o->query)
        add_parameters(o->parameter ? o->parameter : "", o->query ? o->query : "", b);
    if (o->body)
        add_body(o->body, b);
    add_answers_to(b, o->query ? o->query : "", o->success, content_of(o));
    buf_char(b, '}');
}

static void add_operations(struct buf *b)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        bool same_path = i && strcmp(operations[i].path, operations[i - 1].path) == 0;
        if (same_path)
            buf_char(b, ',');
        else
            buf_printf(b, "%s\"%s\":{", i ? "}," : "", operations[i].path);
        add_operation(&operations[i], b);
    }
    buf_char(b, '}');
}

#define ID_PARAMETER                                                                                                   \
    "{\"name\":\"id\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\",\"format\":\"uuid\"}}"

#define PASSED_OVER                                                                                                    \
    "{\"name\":\"firstResult\",\"in\":\"query\",\"schema\":{},\"description\":\"Passed over\"},"                       \
    "{\"name\":\"maxResults\",\"in\":\"query\",\"schema\":{},\"description\":\"Passed over\"}"

#define BANNER_HEADERS                                                                                                 \
    "\"headers\":{\"X-Classification-Banner\":{\"description\":\"Roll-up of the effective markings in the "            \
    "answer; absent without records\",\"schema\":{\"type\":\"string\"}}},"

#define LIST_HEADERS                                                                                                   \
    "\"headers\":{\"X-Classification-Banner\":{\"description\":\"Roll-up of the effective markings in the "            \
    "answer; absent without records\",\"schema\":{\"type\":\"string\"}},\"X-Unknown-Columns\":{\"description\":"       \
    "\"Names in columns that the type does not have, passed over\",\"schema\":{\"type\":\"string\"}},\"X-Left-Out\":{" \
    "\"description\":\"How many records a file lacks, as its format cannot express them\",\"schema\":{\"type\":"       \
    "\"integer\"}},\"X-Left-Out-Ids\":{\"description\":\"The first of them\",\"schema\":{\"type\":\"string\"}}},"

#define ANY_JSON "\"content\":{\"application/json\":{\"schema\":{}}}"

/* In what other forms than JSON: into the array of parameters, and into the object of contents. */
static void add_form_parameters(const struct record_type *type, bool listed, struct buf *b)
{
    bool files = false;
    buf_z(b, "{\"name\":\"format\",\"in\":\"query\",\"schema\":{\"type\":\"string\",\"enum\":[\"");
    answer_forms_write(type, "\",\"", b);
    buf_z(b, "\"]},\"description\":\"In this form; Accept may name its media type instead. But for json and csv the "
             "answer is "
             "a file, whole or refused\"}");
    for (size_t i = 0; i < export_format_count(); i++)
        files = files || export_has(export_format_at(i), str_of(type->name));
    if (listed && files)
        buf_z(b,
              ",{\"name\":\"partial\",\"in\":\"query\",\"schema\":{\"type\":\"boolean\"},\"description\":\"Of a file: "
              "leaves out what its format cannot express, and tells so in X-Left-Out\"}");
}

static void add_form_contents(const struct record_type *type, struct buf *b)
{
    buf_z(b, ",\"" CSV_MEDIA_TYPE "\":{}");
    for (size_t i = 0; i < export_format_count(); i++) {
        const struct export_format *f = export_format_at(i);
        if (export_has(f, str_of(type->name)))
            buf_printf(b, ",\"%s\":{}", f->media_type);
    }
}

static void add_list_parameters(const struct record_type *type, enum query_use use, struct buf *b)
{
    openapi_parameters_write(type, use, b);
    if (use == QUERY_TUPLE || use == QUERY_CURRENT_TUPLE)
        return;
    b->n--; /* the bracket */
    buf_char(b, ',');
    add_form_parameters(type, true, b);
    buf_char(b, ']');
}

/* Left open for what else the path takes. */
static void add_list(const char *prefix, const char *name, const struct record_type *type, struct buf *b)
{
    buf_printf(b, "\"%s/%s\":{\"get\":{\"summary\":\"Records the caller may see\",\"parameters\":", prefix, name);
    add_list_parameters(type, QUERY_LIST, b);
    buf_printf(b,
               ",\"responses\":{\"200\":{\"description\":\"Records\"," LIST_HEADERS
               "\"content\":{\"application/json\":{\"schema\":"
               "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/%s\"}}}",
               name);
    add_form_contents(type, b);
    buf_z(b, "}},\"default\":{\"$ref\":\"#/components/responses/Problem\"}}}");
}

static void add_collection(const char *prefix, const char *name, const struct record_type *type, struct buf *b)
{
    add_list(prefix, name, type, b);
    buf_char(b, ',');
    buf_z(b, "\"post\":{\"summary\":\"Post one record\",\"parameters\":[");
    add_query(record_query("POST", ""), b);
    b->n--; /* the last comma */
    buf_printf(b,
               "],\"requestBody\":{\"required\":true,\"content\":"
               "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}},",
               name);
    add_answers(b, "201", ",\"content\":{\"application/json\":{\"schema\":{}}}");
    buf_z(b, "}},");
}

/* The other routes that answer with a list. */
static void add_lists(const char *prefix, const char *name, const struct record_type *type, struct buf *b)
{
    static const struct {
        const char *path, *summary;
        enum query_use use;
    } lists[] = {
        {"current", "The newest record of each object, of those the caller may see", QUERY_CURRENT},
        {"current/tuple", "The same with only some of their members", QUERY_CURRENT_TUPLE},
        {"history", "Records the caller may see, with those that newer ones have taken the place of", QUERY_LIST},
        {"tuple", "Records the caller may see with only some of their members", QUERY_TUPLE},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if ((lists[i].use == QUERY_CURRENT || lists[i].use == QUERY_CURRENT_TUPLE) && !type->current)
            continue;
        bool follow = lists[i].use == QUERY_CURRENT && type->succession;
        buf_printf(
            b, "\"%s/%s/%s\":{\"get\":{\"summary\":\"%s\",\"parameters\":", prefix, name, lists[i].path,
            follow ? "Records the caller may see but for those that a later one of the same event takes the place of"
                   : lists[i].summary);
        add_list_parameters(type, lists[i].use, b);
        buf_z(b, ",\"responses\":{\"200\":{\"description\":\"Records\"," LIST_HEADERS
                 "\"content\":{\"application/json\":{\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"object\"}}}");
        if (lists[i].use == QUERY_LIST || lists[i].use == QUERY_CURRENT)
            add_form_contents(type, b);
        buf_z(b, "}},\"default\":{\"$ref\":\"#/components/responses/Problem\"}}}},");
    }
}

/* What a list takes, and in what form it is to be fetched. */
static void add_aodr(const char *prefix, const char *name, const struct record_type *type, struct buf *b)
{
    buf_printf(
        b, "\"%s/%s/history/aodr\":{\"get\":{\"summary\":\"Asks for a history, to be fetched later\",\"parameters\":",
        prefix, name);
    openapi_parameters_write(type, QUERY_LIST, b);
    b->n--; /* the bracket */
    buf_char(b, ',');
    add_query("notification,outputDelimiter,outputFormat", b);
    b->n--; /* the last comma */
    buf_z(b, "],");
    add_answers(
        b, "202",
        ",\"headers\":{\"Location\":{\"description\":\"The export\",\"schema\":{\"type\":\"string\"}}}," ANY_JSON);
    buf_z(b, "}},");
}

static void add_counts(const char *prefix, const char *name, const struct record_type *type, struct buf *b)
{
    static const char *const counts[] = {"count", "history/count"};
    for (size_t i = 0; i < 2; i++) {
        buf_printf(b, "\"%s/%s/%s\":{\"get\":{\"summary\":\"How many the caller may see\",\"parameters\":", prefix,
                   name, counts[i]);
        openapi_parameters_write(type, QUERY_COUNT, b);
        buf_char(b, ',');
        add_answers(b, "200", ",\"content\":{\"text/plain\":{\"schema\":{\"type\":\"integer\"}}}");
        buf_z(b, "}},");
    }
}

static void add_bulk(const char *prefix, const char *name, struct buf *b)
{
    buf_printf(b,
               "\"%s/%s/createBulk\":{\"post\":{\"summary\":\"Post an array of records, all or nothing\","
               "\"parameters\":[",
               prefix, name);
    add_query(record_query("POST", "/createBulk"), b);
    b->n--; /* the last comma */
    buf_printf(b,
               "],\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"type\":\"array\","
               "\"items\":{\"$ref\":\"#/components/schemas/%s\"}}}}},",
               name);
    add_answers(b, "201", ",\"content\":{\"application/json\":{\"schema\":{}}}");
    buf_z(b, "}},");
}

static const char *item_query(const char *method, const char *act)
{
    BUF_CLEANUP struct buf path = {0};
    buf_printf(&path, "/{id}/%s", act);
    buf_char(&path, '\0');
    return record_query(method, path.p);
}

static void add_item_parameters(const char *method, const char *act, struct buf *b)
{
    buf_z(b, "\"parameters\":[" ID_PARAMETER ",");
    add_query(item_query(method, act), b);
    b->n--; /* the last comma */
    buf_z(b, "],");
}

static void add_queryhelp(const char *prefix, const char *name, struct buf *b)
{
    buf_printf(b, "\"%s/%s/queryhelp\":{\"get\":{\"summary\":\"Fields and how they are queried\",", prefix, name);
    add_answers(b, "200", ",\"content\":{\"application/json\":{\"schema\":{}}}");
    buf_z(b, "}},");
}

static void add_delete(const char *summary, struct buf *b)
{
    buf_printf(b, ",\"delete\":{\"summary\":\"%s\",\"parameters\":[" ID_PARAMETER "],", summary);
    add_answers(b, "204", "");
    buf_char(b, '}');
}

/* Operations of the path of one record, for what lasts. */
static void add_versions(const char *name, struct buf *b)
{
    buf_printf(
        b,
        ",\"put\":{\"summary\":\"Post the next version, by who posted the one before\",\"parameters\":[" ID_PARAMETER
        "],\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":"
        "{\"$ref\":\"#/components/schemas/%s\"}}}},",
        name);
    add_answers(b, "200", "," ANY_JSON);
    buf_char(b, '}');
    add_delete("Take back all versions: by a node of who posted them, or a disclosure officer of an owner", b);
}

static void add_item(const char *prefix, const char *name, const struct record_type *type, struct buf *b)
{
    buf_printf(b,
               "\"%s/%s/{id}\":{\"get\":{\"summary\":\"One record\",\"parameters\":[" ID_PARAMETER "," PASSED_OVER ",",
               prefix, name);
    add_form_parameters(type, false, b);
    buf_printf(b,
               "],\"responses\":{\"200\":{\"description\":\"The record\"," BANNER_HEADERS
               "\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}",
               name);
    add_form_contents(type, b);
    buf_z(b, "}},\"default\":{\"$ref\":\"#/components/responses/Problem\"}}}");
    if (type->versioned)
        add_versions(name, b);
    else if (type->deletable)
        add_delete("Take it back: by a node of who posted it, or a disclosure officer of an owner", b);
    buf_z(b, "},");
    static const char *const accounts[][3] = {
        {"explain",
         "Each gate with its rule and inputs: of what the caller may see; an owner's officers ask for others",
         "," BANNER_HEADERS ANY_JSON},
        {"recipients", "Of an owner's disclosure officer or auditor: who was sent it, when, in which view",
         "," ANY_JSON},
    };
    for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
        buf_printf(b, "\"%s/%s/{id}/%s\":{\"get\":{\"summary\":\"%s\",", prefix, name, accounts[i][0], accounts[i][1]);
        add_item_parameters("GET", accounts[i][0], b);
        add_answers(b, "200", accounts[i][2]);
        buf_z(b, "}},");
    }
    static const char *const releases[] = {"recall", "relabel", "review", "withhold"};
    for (size_t i = 0; i < sizeof releases / sizeof releases[0]; i++) {
        buf_printf(b, "\"%s/%s/{id}/%s\":{\"post\":{\"summary\":\"By a disclosure officer of an owner: %s\",", prefix,
                   name, releases[i], releases[i]);
        add_item_parameters("POST", releases[i], b);
        add_body("object", b);
        add_answers_to(b, item_query("POST", releases[i]), "204", "");
        buf_z(b, "}},");
    }
}

static void add_file(const char *prefix, const char *name, struct buf *b)
{
    buf_printf(
        b,
        "\"%s/%s/getFile/{id}\":{\"get\":{\"summary\":\"The file that a record came with, for who may see all of the "
        "record\",\"parameters\":[" ID_PARAMETER "," PASSED_OVER "],",
        prefix, name);
    add_answers(b, "200", "," BANNER_HEADERS "\"content\":{\"application/octet-stream\":{}}");
    buf_z(b, "}},");
}

static void add_part(const char *prefix, const struct record_type *type, struct buf *b)
{
    add_list(prefix, type->name, type, b);
    buf_z(b, "},");
    add_lists(prefix, type->name, type, b);
    add_aodr(prefix, type->name, type, b);
    add_counts(prefix, type->name, type, b);
    add_queryhelp(prefix, type->name, b);
}

static void add_paths(struct buf *b)
{
    static const char *const prefixes[] = {"/udl", "/v1"};
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++) {
            add_collection(prefixes[p], type->name, type, b);
            add_lists(prefixes[p], type->name, type, b);
            add_aodr(prefixes[p], type->name, type, b);
            add_bulk(prefixes[p], type->name, b);
            add_counts(prefixes[p], type->name, type, b);
            add_queryhelp(prefixes[p], type->name, b);
            add_item(prefixes[p], type->name, type, b);
            if (type->has_file)
                add_file(prefixes[p], type->name, b);
        }
    }
    for (size_t i = 0; i < part_type_count(); i++)
        for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++)
            add_part(prefixes[p], &part_type_at(i)->type, b);
    add_operations(b);
}

#define COUNT "{\"type\":\"integer\",\"minimum\":0}"
#define TEXT "{\"type\":\"string\"}"
#define TIME "{\"type\":\"string\",\"format\":\"date-time\"}"

/* As impact_report writes it. */
#define DRY_RUN_SCHEMA                                                                                                 \
    "\"dryRun\":{\"type\":\"object\",\"required\":[\"asOf\",\"effective\",\"partners\",\"digest\"],\"properties\":{"   \
    "\"asOf\":" TIME ",\"effective\":{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"},\"digest\":" TEXT       \
    ",\"partners\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"partner\":" TEXT               \
    ",\"opens\":" COUNT ",\"closes\":" COUNT ",\"view\":" COUNT                                                        \
    ",\"labels\":{\"type\":\"array\",\"items\":{\"type\":\"object\","                                                  \
    "\"properties\":{\"change\":{\"enum\":[\"opens\",\"closes\",\"view\"]},\"type\":" TEXT ",\"dataMode\":" TEXT       \
    ",\"classificationMarking\":" TEXT ",\"originator\":" TEXT ",\"from\":" TEXT ",\"to\":" TEXT ",\"records\":" COUNT \
    ",\"later\":" COUNT "}}}}}}}}"

static void add_components(struct buf *b)
{
    buf_z(
        b,
        "\"components\":{\"securitySchemes\":{\"clientCertificate\":{\"type\":\"mutualTLS\"}},\"responses\":"
        "{\"Problem\":{\"description\":\"RFC 9457 problem\",\"content\":{\"application/problem+json\":{\"schema\":"
        "{\"$ref\":\"#/components/schemas/problem\"}}}},\"DryRun\":{\"description\":\"What a dry run "
        "says\",\"content\":"
        "{\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"dryRun\"],\"properties\":{\"dryRun\":"
        "{\"$ref\":\"#/components/schemas/dryRun\"}}}}}}},\"schemas\":{" DRY_RUN_SCHEMA
        ",\"problem\":{\"type\":\"object\",\"properties\":"
        "{\"type\":{\"type\":\"string\"},\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},\"detail\":"
        "{\"type\":\"string\"},\"where\":{\"type\":\"string\"},\"offset\":{\"type\":\"integer\"},\"rule\":{\"type\":"
        "\"string\"},\"suggestion\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}");
    for (size_t i = 0; i < record_type_count(); i++) {
        buf_printf(b, ",\"%s\":", record_type_at(i)->name);
        openapi_schema_write(record_type_at(i), b);
    }
    for (size_t i = 0; i < part_type_count(); i++) {
        buf_printf(b, ",\"%s\":", part_type_at(i)->type.name);
        openapi_schema_write(&part_type_at(i)->type, b);
    }
    buf_z(b, "}}");
}

void openapi(struct request *r)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    if (query_check(r, &fault)) {
        reply_fault(r, &fault, NULL);
        return;
    }
    buf_z(
        &b,
        "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"relto\",\"version\":\"1\",\"description\":\"Exchange of SSA and "
        "PNT records between coalition partners. Long answers are sent in the content coding gzip or zstd to clients "
        "whose Accept-Encoding asks for it.\"},"
        "\"security\":[{\"clientCertificate\":[]}],\"paths\":{");
    add_paths(&b);
    buf_z(&b, "},");
    add_components(&b);
    buf_char(&b, '}');
    reply_json_etag(r, buf_view(&b));
}
