/* The media type up to the first line end, then the body. What is found lies within the body, in its order. */
#include "multipart.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static bool within(struct str inner, struct str outer)
{
    return !inner.n || (inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n);
}

static void read_parts(struct str type, struct str body)
{
    char delimiter[MULTIPART_DELIMITER_MAX];
    struct multipart m;
    struct part part;
    struct fault fault;
    size_t n = 0;
    const char *behind = body.p;
    int error = multipart_open(type, body, delimiter, &m, &fault);
    while (!error && !(error = multipart_next(&m, &part, &fault))) {
        must(within(part.name, body) && within(part.filename, body) && within(part.content, body));
        must(part.content.p > behind && n++ < MULTIPART_PARTS_MAX);
        behind = part.content.p + part.content.n;
    }
    must(error == MULTIPART_END || error == ERR_BAD_REQUEST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data, *end = size ? memchr(text, '\n', size) : NULL;
    size_t n = end ? (size_t)(end - text) : size, at = end ? n + 1 : size;
    struct str body = {size ? text + at : "", size - at};
    read_parts((struct str){size ? text : "", n}, body);
    return 0;
}
