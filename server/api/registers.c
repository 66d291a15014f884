/* GET /v1/partners, /communities, /agreements, /grants, /reasons, /views and one of each; /v1/whoami. */
#include "input.h"
#include "resources.h"

/* The path's last literal segment names the register. */
static const char *register_kind(const struct request *r)
{
    static const struct {
        const char *path, *kind;
    } kinds[] = {{"/v1/partners", "partner"}, {"/v1/communities", "community"}, {"/v1/agreements", "agreement"},
                 {"/v1/reasons", "reason"},   {"/v1/grants", "grant"},          {"/v1/views", "view"}};
    const char *path = request_route(r)->path;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strncmp(path, kinds[i].path, strlen(kinds[i].path)))
            return kinds[i].kind;
    return "";
}

static void reply_register(struct request *r, struct str key)
{
    struct fault fault;
    BUF_CLEANUP struct buf b = {0};
    int error = query_check(r, &fault);
    if (!error && !registry_render(caller_of(r)->registry, register_kind(r), key, caller_partner(r), &b))
        error = not_found(&fault);
    if (error)
        reply_fault(r, &fault, NULL);
    else
        reply_json_etag(r, buf_view(&b));
}

void register_list(struct request *r)
{
    reply_register(r, (struct str){NULL, 0});
}

void register_get(struct request *r)
{
    reply_register(r, request_path_param(r, "code"));
}

void whoami(struct request *r)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    if (query_check(r, &fault)) {
        reply_fault(r, &fault, NULL);
        return;
    }
    principal_write(caller_of(r)->principal, &b);
    reply_json_etag(r, buf_view(&b));
}
