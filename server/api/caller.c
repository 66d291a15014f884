#include "caller.h"
#include "capability.h"
#include "clock.h"
#include "log.h"
#include "memory.h"

int api_new(const struct api_config *config, struct api **ret, struct fault *fault)
{
    struct api *a = memory_zeroed(sizeof *a);
    a->config = *config;
    pthread_mutex_init(&a->lock, NULL);
    int error = store_id_secret(config->store, a->id_secret, fault);
    if (!error)
        error = store_policy_load(config->store, &a->registry, fault);
    if (error)
        api_free(a);
    else
        *ret = a;
    return error;
}

void api_free(struct api *a)
{
    if (!a)
        return;
    registry_unref(a->registry);
    pthread_mutex_destroy(&a->lock);
    explicit_bzero(a->id_secret, sizeof a->id_secret);
    free(a);
}

void api_observe(struct api *a, struct http_server *exchange)
{
    a->exchange = exchange;
}

struct api *api_of(const struct request *r)
{
    return request_app(r);
}

instant api_now(const struct api *a)
{
    return clock_now(a->config.clock);
}

void api_set_limits(struct api *a, const struct api_limits *limits)
{
    pthread_mutex_lock(&a->lock);
    a->config.limits = *limits;
    pthread_mutex_unlock(&a->lock);
}

struct api_limits api_limits(struct api *a)
{
    pthread_mutex_lock(&a->lock);
    struct api_limits limits = a->config.limits;
    pthread_mutex_unlock(&a->lock);
    return limits;
}

static struct registry *current_registers(struct api *a)
{
    pthread_mutex_lock(&a->lock);
    struct registry *held = registry_ref(a->registry);
    pthread_mutex_unlock(&a->lock);
    return held;
}

/* An older load that finishes late must not replace a newer one. */
static void install(struct api *a, struct registry *next)
{
    struct registry *old = next;
    pthread_mutex_lock(&a->lock);
    if (registry_epoch(next) >= registry_epoch(a->registry)) {
        old = a->registry;
        a->registry = next;
    }
    pthread_mutex_unlock(&a->lock);
    registry_unref(old);
}

int api_reload_registers(struct api *a, struct fault *fault)
{
    struct registry *next;
    int error = store_policy_load(a->config.store, &next, fault);
    if (!error)
        install(a, next);
    return error;
}

static void caller_free(void *user)
{
    struct caller *c = user;
    registry_unref(c->registry);
    free(c);
}

const struct caller *caller_of(const struct request *r)
{
    return request_user(r);
}

struct str caller_partner(const struct request *r)
{
    return principal_partner(caller_of(r)->principal);
}

/* What its role may, and what an fdo of its partner has left to it. */
static bool may(const struct registry *reg, const struct principal *p, enum capability capability, instant now)
{
    return role_may(principal_role(p), capability) ||
           (capability == CAP_DECIDE && registry_delegated(reg, (struct str){NULL, 0}, principal_uri(p), now));
}

/* An inactive principal and an unregistered one are told the same. Who may not use the route is still the caller, for
 * the query log. */
static int resolve(struct request *r, unsigned capability, struct fault *fault)
{
    struct registry *registry = current_registers(api_of(r));
    const struct principal *p = registry_principal(registry, str_of(request_identity(r)));
    if (!p || !principal_active(p)) {
        registry_unref(registry);
        return fault_set(fault, ERR_FORBIDDEN, "",
                         "this certificate's identity is not registered as an active principal");
    }
    const struct caller *before = caller_of(r);
    struct caller *c = memory_zeroed(sizeof *c);
    *c = (struct caller){registry, p, principal_reader(p), before && before->found_nothing};
    request_set_user(r, c, caller_free);
    if (may(registry, p, (enum capability)capability, api_now(api_of(r))))
        return 0;
    return fault_set(fault, ERR_FORBIDDEN, "", "role %s may not use this route", role_name(principal_role(p)));
}

/* Routes that read records learn in their own round trip whether the registers moved; the others ask here. */
static bool asks_the_store_itself(unsigned capability)
{
    return capability == CAP_READ || capability == CAP_POST;
}

static int has_moved(struct api *a, int64_t epoch, bool *ret, struct fault *fault)
{
    int64_t now;
    int error = store_epoch(a->config.store, &now, fault);
    if (!error)
        *ret = now != epoch;
    return error;
}

static int catch_up(struct api *a, struct fault *fault)
{
    struct registry *held = current_registers(a);
    int64_t mine = registry_epoch(held);
    bool moved;
    registry_unref(held);
    int error = has_moved(a, mine, &moved, fault);
    return error || !moved ? error : api_reload_registers(a, fault);
}

int api_release_counters(struct api *a, struct release_counters *ret, struct fault *fault)
{
    int error = catch_up(a, fault);
    if (error)
        return error;
    struct registry *held = current_registers(a);
    error = store_release_counters(a->config.store, held, api_now(a), ret, fault);
    registry_unref(held);
    return error;
}

int api_authorise(struct request *r, unsigned capability, struct fault *fault)
{
    int error = asks_the_store_itself(capability) ? resolve(r, capability, fault) : (int)ERR_FORBIDDEN;
    if (error != ERR_FORBIDDEN)
        return error;
    error = catch_up(api_of(r), fault); /* a refusal, too, stands only under the registers in force */
    return error ? error : resolve(r, capability, fault);
}

bool caller_is_known(struct request *r)
{
    struct fault fault;
    return resolve(r, request_route(r)->capability, &fault) == 0;
}

void caller_found_nothing(struct request *r)
{
    struct caller *c = request_user(r);
    c->found_nothing = true;
}

int caller_refresh(struct request *r, struct fault *fault)
{
    int error = api_reload_registers(api_of(r), fault);
    return error ? error : resolve(r, request_route(r)->capability, fault);
}

int caller_catch_up(struct request *r, bool *ret_moved, struct fault *fault)
{
    int error = has_moved(api_of(r), registry_epoch(caller_of(r)->registry), ret_moved, fault);
    return error || !*ret_moved ? error : caller_refresh(r, fault);
}

/* Who decides for the partner, by role or by delegation, and who audits it. */
bool caller_is_officer(const struct request *r)
{
    const struct caller *c = caller_of(r);
    enum role role = principal_role(c->principal);
    return role == ROLE_FDO || role == ROLE_AUDITOR ||
           registry_delegated(c->registry, (struct str){NULL, 0}, principal_uri(c->principal), api_now(api_of(r)));
}

struct reading caller_reading(struct request *r, bool disclose)
{
    const struct caller *c = caller_of(r);
    return (struct reading){
        .registry = c->registry,
        .reader = c->reader,
        .principal = principal_uri(c->principal),
        .route = str_of(request_route(r)->path),
        .request_id = str_of(request_id(r)),
        .now = api_now(api_of(r)),
        .disclose = disclose,
    };
}

int with_fresh_registers(struct request *r, int (*step)(struct request *r, void *ctx, struct fault *fault), void *ctx,
                         struct fault *fault)
{
    int error = ERR_STALE;
    for (int i = 0; i < STALE_TRIES && error == ERR_STALE; i++) {
        error = i ? caller_refresh(r, fault) : 0;
        if (!error)
            error = step(r, ctx, fault);
    }
    return error;
}

static struct query_event event_of(struct request *r, int status)
{
    const struct caller *c = caller_of(r);
    const char *uri = request_identity(r);
    return (struct query_event){
        .principal = c ? principal_uri(c->principal) : str_of(uri ? uri : ""),
        .partner = c ? principal_partner(c->principal) : STR(""),
        .method = request_method(r),
        .route = str_of(request_route(r) ? request_route(r)->path : ""),
        .target = request_target(r),
        .request_id = str_of(request_id(r)),
        .status = status,
    };
}

int log_query(struct request *r, int status, bool wait, struct fault *fault)
{
    struct query_event e = event_of(r, status);
    return store_log_query(api_of(r)->config.store, &e, wait, fault);
}

/* Refusals of a known identity are on record too; they need not wait for the disk. */
void api_answered(struct request *r, int status)
{
    struct fault fault;
    if (status >= 400 && request_identity(r) && log_query(r, status, false, &fault))
        log_fault(api_of(r)->config.log, "audit.query_log", &fault);
}
