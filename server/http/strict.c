#include "strict.h"
#include "negotiate.h"

static int bad(struct fault *f, const char *where, const char *what)
{
    return fault_set(f, ERR_BAD_REQUEST, where, "%s", what);
}

static int request_line(const struct wire *w, struct fault *f)
{
    struct str method = str_of(w->method);
    if (!is_token(method) || w->target.p != w->method + method.n + 1)
        return bad(f, "request line", "expected a method and one space");
    if (w->version != w->target.p + w->target.n + 1)
        return bad(f, "request line", "expected a target without NUL and one space");
    /* A 1.0 client could not tell a body that was cut from a whole one. */
    if (strcmp(w->version, "HTTP/1.1") != 0)
        return bad(f, "request line", "expected HTTP/1.1");
    return 0;
}

int strict_layout(const struct wire *w, struct fault *fault)
{
    int rc = request_line(w, fault);
    if (rc)
        return rc;
    const char *line = w->version + strlen("HTTP/1.1") + 2;
    for (size_t i = 0; i < w->n_fields; i++) {
        const struct header_field *field = &w->fields[i];
        if (field->name.p != line || field->value.p <= line + field->name.n)
            return bad(fault, "header", "expected lines ended by CR LF, not folded, without NUL");
        line = field->value.p + field->value.n + 2;
    }
    if (line + 2 != w->method + w->size)
        return bad(fault, "header", "expected lines ended by CR LF, not folded, without NUL");
    return 0;
}

/* RFC 9110 section 5.5: of the control characters only the tab. Bytes above 0x7f are allowed and have no meaning here.
 */
static bool value_ok(struct str value)
{
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

const struct header_field *header_field_find(const struct header_field *fields, size_t n, const char *name,
                                             size_t *ret_n)
{
    const struct header_field *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (str_caseless(fields[i].name, name) && !count++)
            found = &fields[i];
    if (ret_n)
        *ret_n = count;
    return found;
}

/* RFC 9112 section 3.2: exactly one, of the characters of a uri-host and port. */
static int check_host(const struct header_field *fields, size_t n, struct fault *f)
{
    size_t count;
    const struct header_field *host = header_field_find(fields, n, "Host", &count);
    if (count != 1)
        return bad(f, "Host", "expected exactly one Host field");
    struct str value = str_trim_ows(host->value);
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        bool ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  memchr("-._~[]:%!$&'()*+,;=", c, 19);
        if (!ok)
            return bad(f, "Host", "expected a host and optional port");
    }
    return value.n ? 0 : bad(f, "Host", "expected a host and optional port");
}

static bool parse_length(struct str text, uint64_t *ret)
{
    uint64_t v = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c < '0' || c > '9' || __builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(c - '0'), &v))
            return false;
    }
    *ret = v;
    return text.n > 0;
}

/* RFC 9112 section 6.3. libmicrohttpd compares the raw value with "chunked" and would wait for ever for the end of a
 * body with any other transfer coding, so white space that the RFC allows around it is refused, too. */
static int check_framing(const struct header_field *fields, size_t n, struct framing *ret, struct fault *f)
{
    size_t n_length, n_coding;
    const struct header_field *length = header_field_find(fields, n, "Content-Length", &n_length);
    const struct header_field *coding = header_field_find(fields, n, "Transfer-Encoding", &n_coding);
    if (n_length > 1 || n_coding > 1 || (length && coding))
        return bad(f, "Content-Length", "expected one Content-Length or one Transfer-Encoding");
    if (coding && !str_caseless(coding->value, "chunked"))
        return bad(f, "Transfer-Encoding", "expected chunked and no other transfer coding");
    if (length && !parse_length(length->value, &ret->length))
        return bad(f, "Content-Length", "expected decimal digits");
    ret->has_length = length != NULL;
    ret->chunked = coding != NULL;
    return 0;
}

int strict_fields(const struct header_field *fields, size_t n, struct framing *ret, struct fault *fault)
{
    struct framing framing = {0};
    for (size_t i = 0; i < n; i++) {
        if (!is_token(fields[i].name))
            return bad(fault, "header", "expected a token as field name, directly followed by a colon");
        if (!value_ok(fields[i].value))
            return bad(fault, "header", "a control character in a field value");
    }
    int rc = check_host(fields, n, fault);
    if (!rc)
        rc = check_framing(fields, n, &framing, fault);
    if (rc)
        return rc;
    const struct header_field *expect = header_field_find(fields, n, "Expect", NULL);
    framing.expects_continue = expect && str_caseless(str_trim_ows(expect->value), "100-continue");
    *ret = framing;
    return 0;
}

/* [buffer, data) is empty in the middle of a chunk, and when the size line came in an earlier read. Else it holds what
 * followed the previous piece: CR LF, then "size[;extension]" CR LF; or the latter alone. */
bool strict_chunk(const char *buffer, const char *data)
{
    if (data <= buffer)
        return true;
    if (data - buffer < 3 || data[-1] != '\n' || data[-2] != '\r')
        return false;
    const char *before = memrchr(buffer, '\n', (size_t)(data - 2 - buffer));
    return !before || (before > buffer && before[-1] == '\r');
}
