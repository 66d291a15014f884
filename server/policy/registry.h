/* The registers: profiles, views, partners, communities, agreements, reason codes, principals, operators, grants. An
 * immutable, reference-counted snapshot of one policy epoch; reading it takes no lock. */
#pragma once
#include "digest.h"
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
#define REGISTRY_VIEWS_MAX 255    /* their numbers fit a byte; 0 is the full record */
#define VIEW_STEPS_MAX 64         /* of one type in one view */
#define VIEW_STEPS_TEXT_MAX 65536 /* bytes of their canonical JSON */
#define REGISTRY_OPERATORS_MAX 65536
#define REGISTRY_GRANTS_MAX 16384
#define PARTNER_DELEGATES_MAX 256
#define PARTNER_WARNINGS_MAX 64
#define PRECEDENCE_MAX 1000
#define REQUEST_HOURS_MAX 8760
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
 * "membership", "agreement", "reason", "principal", "view", "operator" (key "OBJECT/PARTNER/ACCEPTOR"), "grant";
 * entries ordered by (kind, key). */
struct register_entry {
    struct str kind, key, json;
};
size_t registry_entries(const struct registry *reg, const struct register_entry **ret);
/* A policy file from entries, the inverse of registry_entries. */
void registry_join(const struct register_entry *entries, size_t n, struct buf *out);
/* A change of terms in place that would open records posted before now although its backfill says otherwise is refused
 * with ERR_BAD_POLICY: wider terms need an agreement of their own, or a stated backfill. old may be NULL. */
int registry_check_change(const struct registry *old, const struct registry *next, struct fault *fault);

/* What it cannot know is what a view shows: of one type, the views that agreements with "backfill": "none" showed it in
 * and show it in, by their numbers in either register, which are for the caller to compare. */
struct view_change {
    unsigned before, after; /* > 0 */
};
size_t registry_view_changes(const struct registry *old, const struct registry *next, struct str type,
                             struct arena *arena, const struct view_change **ret);

/* Whether the change can only close: what is not known to narrow counts as widening. */
bool registry_narrows(const struct registry *old, const struct registry *next);

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

/* --- views --- */

struct view_type {
    struct str type, steps; /* steps: a canonical JSON array of objects */
};
struct view_entry {
    struct str code, title;
    const struct view_type *types; /* by type */
    size_t n_types;
};
/* By code. A view's number is its place + 1; 0 is the full record. */
size_t registry_views(const struct registry *reg, const struct view_entry **ret);
/* The number of a view's code, -1 if there is none. */
int registry_view(const struct registry *reg, struct str code);
/* Whether `narrow` is declared to show no more than `wide`: reflexive, transitive, everything is within 0. */
bool registry_view_within(const struct registry *reg, unsigned narrow, unsigned wide);

/* --- what exceptions rest on --- */

/* A permission that was given for one record or for a scope. Which stored records it is for is found by who stores
 * them; decide() reads the ids in struct subject. */
struct grant_entry {
    struct str id, owner, recipient;
    struct str view; /* instead of the agreement's; "": the whole record */
    instant from, until;
    bool onward; /* the recipient may pass it on */
    /* The scope: one record, or everything of the type that meets all that is given. */
    struct str type, object, sensor; /* "": any */
    struct uuid record;              /* all zero: none */
    bool has_region;
    double south, north, west, east; /* degrees */
    instant scope_from, scope_to;    /* from <= time of the record < to */
};
size_t registry_grants(const struct registry *reg, const struct grant_entry **ret);  /* by id */
const struct grant_entry *registry_grant(const struct registry *reg, struct str id); /* NULL if there is none */

/* The form of an object's number or name, and of a sensor's, in the registers. */
#define OBJECT_MAX 64 /* bytes */
#define AN_OBJECT "1 to 64 of A-Z, a-z, 0-9, space and `-_.+#()`"
bool name_object(struct str s);

/* Who operates an object, accepted by a catalogue's keeper or an originator of its elements: an entry for each who has.
 */
struct operator_entry {
    struct str object, partner, accepted_by;
};
size_t registry_operators(const struct registry *reg, const struct operator_entry **ret); /* by object, then partner */
/* The entries of an object; of one partner, or of all ("" ). */
size_t registry_operates(const struct registry *reg, struct str object, struct str partner,
                         const struct operator_entry **ret);

/* A partner's standing permission to warn the operator of an affected object. One id `warn/OWNER/TYPE/PARTNER/OBJECT`
 * stands for all rules of an owner and a type, which thus share view, marking and catalogues. */
struct warning_rule {
    struct str owner, type, field, view, marking;
    struct codes catalogues; /* partners beside the owner whose word counts for who operates what */
    bool above;              /* the field is above the threshold, else below */
    double threshold;
};
size_t registry_warnings(const struct registry *reg, const struct warning_rule **ret); /* by owner, type, field */
/* Whether the rule reaches this operator: accepted by the owner itself or by a catalogue that the rule names. */
bool warning_trusts(const struct warning_rule *rule, const struct operator_entry *o);

struct partner_rules {
    int64_t max_review_days; /* of its own restrictions, beside the reason's */
    int64_t request_hours;   /* within which it answers a release request */
    int approvals;           /* persons a release needs: 1 or 2 */
    bool catalogue;          /* keeps a catalogue: may accept operators */
};
/* False if there is no such partner. */
bool registry_partner_rules(const struct registry *reg, struct str partner, struct partner_rules *ret);
/* Whether `to` may act as an FDO of its partner at `now` by delegation of `from`, a registered and active FDO; of any
 * if from is {NULL, 0}. */
bool registry_delegated(const struct registry *reg, struct str from, struct str to, instant now);
/* Whether these two count as two persons: neither acts for the other, nor both for the same third. */
bool registry_independent(const struct registry *reg, struct str one, struct str other, instant now);

bool registry_has_partner(const struct registry *reg, struct str code);
/* Public view of one register as JSON array or of one entry as object; an agreement only to its parties.
 * kind: "partner", "community", "agreement", "reason", "view"; "grant" (to its owner and recipient). key {NULL,0}: all.
 * False if there is no such entry (or it is not the reader's business: the two are the same). */
bool registry_render(const struct registry *reg, const char *kind, struct str key, struct str reader_partner,
                     struct buf *out);
