#include "multipart.h"

#include <strings.h>

static bool begins(struct str s, const char *with)
{
    size_t n = strlen(with);
    return s.n >= n && strncasecmp(s.p, with, n) == 0;
}

static struct str from(struct str s, size_t at)
{
    return (struct str){s.p + at, s.n - at};
}

static struct str skip_blanks(struct str s)
{
    while (s.n && (*s.p == ' ' || *s.p == '\t'))
        s = from(s, 1);
    return s;
}

/* Where `what` begins in s; s.n if it does not. */
static size_t find(struct str s, struct str what)
{
    const char *at = s.n < what.n ? NULL : memmem(s.p, s.n, what.p, what.n);
    return at ? (size_t)(at - s.p) : s.n;
}

/* The value of a parameter, `; name=value` or `; name="value"`, between the quotes as it stands. */
static bool find_parameter(struct str field, const char *name, struct str *ret)
{
    size_t at;
    for (struct str rest = field; (at = find(rest, STR(";"))) < rest.n;) {
        rest = skip_blanks(from(rest, at + 1));
        if (!begins(rest, name) || rest.n == strlen(name) || rest.p[strlen(name)] != '=')
            continue;
        rest = from(rest, strlen(name) + 1);
        bool quoted = rest.n && *rest.p == '"';
        rest = from(rest, quoted);
        *ret = (struct str){rest.p, 0};
        while (ret->n < rest.n && !(quoted ? rest.p[ret->n] == '"' : memchr("; \t", rest.p[ret->n], 3) != NULL))
            ret->n++;
        return !quoted || ret->n < rest.n;
    }
    return false;
}

bool multipart_is(struct str content_type)
{
    return begins(content_type, "multipart/form-data");
}

static int bad(struct fault *fault, const char *expected)
{
    return fault_set(fault, ERR_BAD_REQUEST, "body", "no multipart/form-data: expected %s", expected);
}

int multipart_open(struct str content_type, struct str body, char delimiter[MULTIPART_DELIMITER_MAX],
                   struct multipart *ret, struct fault *fault)
{
    struct str boundary;
    if (!multipart_is(content_type) || !find_parameter(content_type, "boundary", &boundary) || !boundary.n ||
        boundary.n > MULTIPART_DELIMITER_MAX - 4)
        return fault_set(fault, ERR_BAD_REQUEST, "Content-Type",
                         "expected multipart/form-data; boundary=, of at most %d characters",
                         MULTIPART_DELIMITER_MAX - 4);
    memcpy(delimiter, "\r\n--", 4);
    memcpy(delimiter + 4, boundary.p, boundary.n);
    struct str whole = {delimiter, boundary.n + 4};
    /* The first one has no line end before it. */
    if (body.n < whole.n - 2 || memcmp(body.p, whole.p + 2, whole.n - 2) != 0)
        return bad(fault, "the boundary of Content-Type as its first line");
    *ret = (struct multipart){.delimiter = whole, .rest = from(body, whole.n - 2)};
    return 0;
}

/* A field of the part's header, without its name. */
static struct str find_field(struct str header, const char *name)
{
    while (header.n) {
        size_t end = find(header, STR("\r\n"));
        if (begins(header, name))
            return (struct str){header.p + strlen(name), end - strlen(name)};
        header = from(header, end == header.n ? end : end + 2);
    }
    return STR("");
}

static int read_header(struct str header, struct part *ret, struct fault *fault)
{
    struct str disposition = find_field(header, "Content-Disposition:");
    if (!begins(skip_blanks(disposition), "form-data") || !find_parameter(disposition, "name", &ret->name))
        return bad(fault, "Content-Disposition: form-data; name= in each part");
    if (!find_parameter(disposition, "filename", &ret->filename))
        ret->filename = STR("");
    return 0;
}

/* rest: behind a boundary. */
int multipart_next(struct multipart *m, struct part *ret, struct fault *fault)
{
    struct part part;
    if (begins(m->rest, "--"))
        return MULTIPART_END;
    struct str rest = skip_blanks(m->rest);
    if (!begins(rest, "\r\n"))
        return bad(fault, "a line end behind each boundary");
    if (m->parts++ == MULTIPART_PARTS_MAX)
        return fault_set(fault, ERR_BAD_REQUEST, "body", "more than %d parts", MULTIPART_PARTS_MAX);
    size_t blank =
        find((struct str){rest.p, rest.n < MULTIPART_HEADER_MAX ? rest.n : MULTIPART_HEADER_MAX}, STR("\r\n\r\n"));
    if (blank == rest.n || blank == MULTIPART_HEADER_MAX)
        return bad(fault, "an empty line behind the header of each part");
    int error = read_header((struct str){rest.p + 2, blank - (blank ? 2 : 0)}, &part, fault);
    if (error)
        return error;
    rest = from(rest, blank + 4);
    size_t end = find(rest, m->delimiter);
    if (end == rest.n)
        return bad(fault, "a boundary behind each part");
    part.content = (struct str){rest.p, end};
    m->rest = from(rest, end + m->delimiter.n);
    *ret = part;
    return 0;
}
