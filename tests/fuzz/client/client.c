/* JSON text as the client cuts it apart: however it arrives the records are the same, and of what jansson reads the
 * members are those that it finds. */
#include "records.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static int keep(void *ctx, struct str record, size_t line)
{
    struct buf *all = ctx;
    must(record.n >= 2 && *record.p == '{' && line > 0);
    buf_str(all, record);
    buf_printf(all, "%zu\n", line);
    return 0;
}

/* What came of it, with the line and the reason where it ended. */
static void cut(struct str text, size_t width, struct buf *out)
{
    struct records r = {0};
    int error = 0;
    for (size_t i = 0; i < text.n && !error; i += width) {
        struct str piece = {text.p + i, text.n - i < width ? text.n - i : width};
        error = records_feed(&r, piece, keep, out);
    }
    buf_printf(out, "%d %zu %d", error, error ? r.line : 0, records_complete(&r));
    records_free(&r);
}

static void check_value(struct str raw, const json_t *read)
{
    BUF_CLEANUP struct buf text = {0};
    value_text(raw, &text);
    if (json_is_string(read))
        must(str_eq(buf_view(&text), (struct str){json_string_value(read), json_string_length(read)}));
    struct members elements = elements_of(raw);
    struct str element;
    size_t n = 0;
    while (elements_next(&elements, &element))
        n++;
    if (json_is_array(read))
        must(n == json_array_size(read));
}

static void check_object(struct str object)
{
    json_t *read = json_loadb(object.p, object.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    struct members m = members_of(object);
    struct str name, value;
    size_t n = 0;
    for (; members_next(&m, &name, &value); n++) {
        BUF_CLEANUP struct buf key = {0};
        value_text(name, &key);
        must(value.p >= object.p && value.p + value.n <= object.p + object.n);
        const json_t *member = json_object_getn(read, key.n ? key.p : "", key.n);
        if (json_is_object(read))
            must(member != NULL);
        if (member)
            check_value(value, member);
    }
    if (json_is_object(read))
        must(n == json_object_size(read));
    json_decref(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str text = {(const char *)data, n};
    BUF_CLEANUP struct buf whole = {0}, pieces = {0};
    cut(text, n ? n : 1, &whole);
    cut(text, n ? data[0] % 7 + 1 : 1, &pieces);
    must(str_eq(buf_view(&whole), buf_view(&pieces)));
    check_object(text);
    check_value(text, NULL);
    return 0;
}
