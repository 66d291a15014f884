#include "advisory_records.h"

static const struct {
    enum advisory_value value;
    const char *field;
    bool number;
} members[] = {
    {ADVISORY_ISSUED, "issued", false},
    {ADVISORY_TYPE, "messageType", false},
    {ADVISORY_NUMBER, "number", false},
    {ADVISORY_PRN, "prn", true},
    {ADVISORY_REFERENCE, "referenceNumber", false},
    {ADVISORY_REFERENCE_ISSUED, "referenceIssued", false},
    {ADVISORY_SATELLITE, "satellite", false},
    {ADVISORY_SIGNALS, "signals", false},
    {ADVISORY_STOP, "stop", false},
    {ADVISORY_SUBJECT, "subject", false},
    {ADVISORY_SVN, "svn", true},
};

/* Messages to all users name no time at all: they stand at the start of the year in their number. */
static void add_start(const struct advisory *a, struct buf *out)
{
    struct str start = a->values[ADVISORY_START];
    if (!start.n)
        start = a->values[ADVISORY_ISSUED];
    if (start.n)
        buf_member_text(out, "start", start);
    else
        buf_printf(out, ",\"start\":\"%.4s-01-01T00:00:00.000000Z\"", a->values[ADVISORY_NUMBER].p);
}

/* "GSAT0219" is space vehicle 219. */
static void add_vehicle(const struct advisory *a, struct buf *out)
{
    struct str name = a->values[ADVISORY_SATELLITE];
    int svn = 0;
    if (a->values[ADVISORY_SVN].n || name.n != 8 || memcmp(name.p, "GSAT", 4) != 0)
        return;
    for (size_t i = 4; i < name.n; i++) {
        if (name.p[i] < '0' || name.p[i] > '9')
            return;
        svn = svn * 10 + (name.p[i] - '0');
    }
    buf_printf(out, ",\"svn\":%d", svn);
}

/* What stands before the type of a NAQU. */
static void add_service(const struct advisory *a, struct buf *out)
{
    struct str type = a->values[ADVISORY_TYPE];
    const char *line = strcmp(a->series->name, "NAQU") == 0 ? memrchr(type.p, '_', type.n) : NULL;
    if (line && line > type.p && !a->values[ADVISORY_SIGNALS].n)
        buf_member_text(out, "signals", (struct str){type.p, (size_t)(line - type.p)});
}

void advisory_record(const struct advisory *a, const struct header *header, struct buf *out)
{
    header_write(header, out);
    buf_member_text(out, "constellation", str_of(a->series->constellation));
    buf_member_text(out, "issuer", str_of(a->series->issuer));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct str v = a->values[members[i].value];
        if (v.n && members[i].number)
            buf_member_json(out, members[i].field, v);
        else if (v.n)
            buf_member_text(out, members[i].field, v);
    }
    add_start(a, out);
    add_vehicle(a, out);
    add_service(a, out);
    if (a->kind)
        buf_member_text(out, "status", str_of(a->kind->status));
    buf_member_text(out, "text", a->text);
    buf_char(out, '}');
}
