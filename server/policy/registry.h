/* The registers: profiles, partners, communities, agreements, reason codes, principals. An immutable,
 * reference-counted snapshot of one policy epoch; reading it takes no lock. */
#pragma once
#include "label.h"

#include <stdint.h>

struct principal;

/* Limits of a policy file; the format is described in README.md. */
#define POLICY_FILE_MAX ((size_t)32 * 1024 * 1024) /* bytes */
#define REGISTRY_PROFILES_MAX 32
#define PROFILE_LEVELS_MAX 16
#define REGISTRY_CODES_MAX 256 /* partners; communities; distinct caveats; distinct record types of agreements */
#define REGISTRY_AGREEMENTS_MAX 4096
#define REGISTRY_EQUIVALENCES_MAX 256 /* in one agreement */
#define REGISTRY_REASONS_MAX 1024
#define REGISTRY_PRINCIPALS_MAX 65536
#define REGISTRY_TEXT_MAX 512 /* bytes of a name, title or reference */
#define REVIEW_DAYS_MAX 36525

/* json: a whole policy file ("relto": "policy/1"). Checked whole; fault->where is the JSON path of the first error.
 * accepted(ctx, kind, key) gives the instant an entry of kind "agreement" (key id) or "membership" (key
 * "COMMUNITY/PARTNER") was first accepted, for `"backfill": "none"`; NULL means all were accepted at `now`.
 * The caller owns one reference. */
typedef instant registry_accepted(void *ctx, const char *kind, struct str key);
int registry_parse(struct str json, int64_t epoch, instant now, registry_accepted *accepted, void *ctx,
                   struct registry **ret, struct fault *fault);
struct registry *registry_ref(const struct registry *reg);
void registry_unref(struct registry *reg); /* accepts NULL */
int64_t registry_epoch(const struct registry *reg);

/* The file again, canonical and split into entries, for storing and for diffs. kind: "profile", "partner", "community",
 * "membership", "agreement", "reason", "principal"; entries ordered by (kind, key). */
struct register_entry {
    struct str kind, key, json;
};
size_t registry_entries(const struct registry *reg, const struct register_entry **ret);
/* A policy file from entries, the inverse of registry_entries. */
void registry_join(const struct register_entry *entries, size_t n, struct buf *out);
/* A change of terms in place that would open records posted before now although its backfill says otherwise is refused
 * with ERR_BAD_POLICY: wider terms need an agreement of their own, or a stated backfill. old may be NULL. */
int registry_check_change(const struct registry *old, const struct registry *next, struct fault *fault);

/* Instants at which what is visible depends on when a record was posted (agreements' and memberships' backfill),
 * ascending, without repetition. Two records posted between the same two are alike for decide(). */
size_t registry_boundaries(const struct registry *reg, const instant **ret);

/* NULL if not registered. */
const struct principal *registry_principal(const struct registry *reg, struct str uri);
size_t registry_principals(const struct registry *reg, const struct principal *const **ret);

enum role { ROLE_NODE, ROLE_OPERATOR, ROLE_FDO, ROLE_AUDITOR, ROLE_ADMIN, ROLE_COUNT };
const char *role_name(enum role r);
bool role_parse(struct str s, enum role *ret);

struct str principal_uri(const struct principal *p);
struct str principal_partner(const struct principal *p);
enum role principal_role(const struct principal *p);
bool principal_active(const struct principal *p);
/* {"id","partner","role","active","clearances","caveats","dataModes","display"}: for whoami. */
void principal_write(const struct principal *p, struct buf *out);

bool registry_has_partner(const struct registry *reg, struct str code);
bool registry_has_reason(const struct registry *reg, struct str code);
/* Public view of one register as JSON array or of one entry as object; an agreement only to its parties.
 * kind: "partner", "community", "agreement", "reason". key {NULL,0}: all. False if there is no such entry (or it is not
 * the reader's business: the two are the same). */
bool registry_render(const struct registry *reg, const char *kind, struct str key, struct str reader_partner,
                     struct buf *out);
