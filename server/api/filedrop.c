/* POST /filedrop/udl-NAME: records as an array or one alone, for feeds that want no answer but that they were taken.
 * They are checked and durable before the answer like those of createBulk. */
#include "posting.h"
#include "resources.h"

static char first_character(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!memchr(" \t\r\n", s.p[i], 4))
            return s.p[i];
    return '\0';
}

void filedrop_records(struct request *r)
{
    struct fault fault;
    const struct record_type *type = record_type_dropped(request_path_param(r, "drop"));
    int error = type ? query_check(r, &fault) : not_found(&fault);
    if (error) {
        reply_fault(r, &fault, NULL);
        return;
    }
    struct str body = request_body(r);
    post_incoming(
        r, &(struct incoming){.type = type, .json = body, .array = first_character(body) == '[', .dropped = true});
}
