/* What a registry holds, resolved to small integers: partners, communities, profiles, caveats and record types are
 * numbered by their position in sorted order. Inside of policy/. */
#pragma once
#include "codes.h"
#include "decide.h"
#include "digest.h"
#include "scheme.h"

#include <stdatomic.h>

_Static_assert(REGISTRY_CODES_MAX <= SET_BITS, "a set must hold every code");

#define NO_LEVEL (-1)

enum data_mode { MODE_REAL, MODE_TEST, MODE_EXERCISE, MODE_SIMULATED, MODE_COUNT };
const char *data_mode_name(enum data_mode m);
/* -1 if there is no such mode. */
int data_mode_parse(struct str s);

struct level {
    struct str portion, banner;
    struct spellings spelled; /* these two, and what else is read for them */
};

struct profile {
    struct str policy;
    struct level levels[PROFILE_LEVELS_MAX]; /* rank is the position */
    int n_levels;
    int open;    /* everybody is cleared up to this rank */
    bool input;  /* its levels are read without a prefix, whatever the poster's own profile is (CUI, TLP) */
    bool simple; /* it lists caveats, no blocks */
    struct scheme scheme;
    struct str tables;     /* the members that make the scheme, as JSON */
    struct codes caveats;  /* of a simple one, in the order in which a marking lists them */
    struct set caveat_set; /* numbers in registry.caveats of those it demands */
};

/* Whether this is a caveat of the profile that a reader must hold; `SI-G ABCD` as well as `SI`. */
bool profile_demands(const struct profile *p, struct str caveat);
/* Whether this control goes with a label of the profile and is demanded of nobody. */
bool profile_carries(const struct profile *p, struct str control);

/* -1 if the profile has none such. */
int profile_level(const struct profile *p, struct str portion);
/* Any spelling; s may be in capital letters where the spelling is not. */
int profile_level_spelled(const struct profile *p, struct str s);

enum backfill { BACKFILL_NONE, BACKFILL_ALL, BACKFILL_FROM };

struct term {
    instant from, until;
    enum backfill backfill;
    instant backfill_from;
    instant opening; /* releases what was ingested at or after this */
};

struct membership {
    uint16_t community, partner;
    struct term term;
};

/* May act as an FDO of the partner until then. */
struct delegate {
    struct str from, to;
    instant until;
};

struct partner {
    struct str code, name, trust_domain;
    int profile;
    struct set authorises;
    struct partner_rules rules;
    const struct delegate *delegates; /* by from, to */
    size_t n_delegates;
    const struct warning *warnings; /* by type, field */
    size_t n_warnings;
    const struct membership *const *memberships;
    size_t n_memberships;
    const struct agreement *const *received; /* those it is a recipient of, by id, in force or not */
    size_t n_received;
};

struct community {
    struct str code, name;
    const struct membership *members; /* by partner */
    size_t n_members;
    bool states_rollup; /* the entry says whom it stands for in a banner (rollup.h); else the Manual does */
    struct set rollup;
};

struct equivalence {
    int profile, level, as_profile, as_level;
};

enum agreement_status { AGREEMENT_IN_FORCE, AGREEMENT_SUSPENDED, AGREEMENT_TERMINATED };

#define PRECEDENCE_DEFAULT 100
#define REQUEST_HOURS_DEFAULT 72

/* What of the registers a warning is. `entry` is what others are shown of it. */
struct warning {
    const struct warning_rule *entry;
    int type;
    unsigned view;
    const struct label *label; /* of `marking` */
};

struct agreement {
    struct str id, title, reference, article, purpose;
    int64_t version, precedence;
    bool third_party_forbidden;
    const uint8_t *views;   /* by type, as `views` names them */
    struct set views_named; /* types that it names */
    unsigned any_view;      /* "*", 0: none */
    struct set shows;       /* types of which something is shown: all but those that "*" leaves undefined */
    struct set providers, recipients, types;
    bool all_types;
    unsigned modes;                                                           /* bit per data mode */
    int8_t highest[REGISTRY_PROFILES_MAX], by_default[REGISTRY_PROFILES_MAX]; /* rank, or NO_LEVEL */
    const struct equivalence *equivalences;
    size_t n_equivalences;
    enum agreement_status status;
    struct term term;
    uint16_t rank; /* place in the order of precedence, id */
};

/* What of an agreement is looked at first. */
struct ranked {
    instant opening, from, until;
    const struct agreement *agreement;
};

/* Rows of `words` words, a bit per agreement in force, by rank. agreement_index.c */
struct agreement_index {
    size_t words;
    const struct ranked *ranked;
    const uint64_t *provided, *received;   /* by partner */
    const uint64_t *shown;                 /* by type + 1, 0: one that no entry of the registers names */
    const uint64_t *whole;                 /* likewise: those that show the full record */
    const uint64_t *in_mode;               /* by data mode */
    const uint64_t *at_level, *by_default; /* by profile * PROFILE_LEVELS_MAX + level */
    const uint64_t *third;                 /* one row: those that count for other partners' records, too */
};

/* The numbers of a grant_entry. */
struct grant {
    const struct grant_entry *entry;
    uint16_t owner, recipient;
    unsigned view;
};

struct reason {
    struct str code, title;
    int64_t max_review_days;
};

/* Of which register something resolved is. Equal for registers with equal entries, as these number codes alike. */
struct registry_mark {
    uint64_t w[2];
};

static inline bool mark_equal(struct registry_mark a, struct registry_mark b)
{
    return a.w[0] == b.w[0] && a.w[1] == b.w[1];
}

struct reader {
    struct registry_mark mark;
    struct str code;
    uint16_t partner;
    bool active, display;
    bool exempt; /* fdo or auditor */
    unsigned modes;
    struct set caveats;
    int8_t clearances[REGISTRY_PROFILES_MAX];
    struct str members; /* all but `exempt` as JSON members: equal readers have equal text */
};

struct principal {
    struct str uri;
    enum role role;
    const struct reader *reader;
};

struct registry {
    struct registry *self; /* what registry_ref returns for a const registry */
    atomic_size_t *references;
    struct arena *arena;
    int64_t epoch;
    struct registry_mark mark;
    struct codes policies, partner_codes, community_codes, caveats, types, view_codes;
    const struct view_entry *views; /* by code; their numbers are one more */
    const struct set *view_reduces; /* by place, as declared: places of wider ones */
    const struct set *view_within;  /* by view's number: those it shows no more than */
    const struct set *view_below;   /* … those that show no more than it */
    const struct set *type_views;   /* by type: the views defined for it, 0 (full) among them */
    const struct warning_rule *warnings;
    size_t n_warnings;
    const struct operator_entry *operators;
    size_t n_operators;
    const struct grant *grants; /* by id, as grant_entries */
    const struct grant_entry *grant_entries;
    size_t n_grants;
    struct profile *profiles;
    struct partner *partners;
    struct community *communities;
    struct agreement *agreements; /* by id */
    size_t n_agreements;
    struct agreement_index index;
    struct reason *reasons; /* by code */
    size_t n_reasons;
    const struct principal *const *principals; /* by URI */
    size_t n_principals;
    struct reader *const *readers; /* the distinct ones */
    size_t n_readers;
    const instant *boundaries;
    size_t n_boundaries;
    const struct register_entry *entries;
    size_t n_entries;
};

/* The number of the view that the agreement shows of the type (-1: one that no entry of the registers names); -1 if it
 * shows nothing of it. */
int agreement_view(const struct agreement *a, int type);
const char *agreement_status_name(enum agreement_status s);
/* registry_change.c: whether next lets through more than old, each by the names of its own register. */
bool levels_wider(const int8_t *old, const int8_t *next, const struct registry *old_reg,
                  const struct registry *next_reg);
bool names_wider(const struct set *old, const struct codes *old_names, const struct set *next,
                 const struct codes *next_names);
/* What of the new terms lets through more than the old ones, or NULL. */
const char *agreement_wider(const struct registry *old_reg, const struct agreement *old,
                            const struct registry *next_reg, const struct agreement *next);
/* Codes of views, "" for the full record. False if there is no such view. */
bool view_code_within(const struct registry *reg, struct str narrow, struct str wide);
/* NULL if it is no member. */
const struct membership *find_member(const struct registry *reg, struct str community, struct str partner);
const struct agreement *registry_agreement(const struct registry *reg, struct str id);
const struct reason *registry_reason(const struct registry *reg, struct str code);

/* Pieces of JSON: a member with its name. */
void out_text(struct buf *out, const char *name, struct str s);
void out_set(struct buf *out, const char *name, const struct set *set, const struct codes *names);
void out_levels(struct buf *out, const char *name, const struct registry *reg, const int8_t *levels);
void out_modes(struct buf *out, unsigned modes); /* "dataModes" */
void out_time(struct buf *out, const char *name, instant t);
void out_number(struct buf *out, const char *name, double v); /* the fewest digits that read back as the same */
void out_optional_text(struct buf *out, const char *name, struct str s); /* ",…", nothing if it is empty */
/* Entries, or members (with a comma before) that differ from what absence means. */
void out_principal(const struct principal *p, struct buf *out);
void out_view(const struct registry *reg, size_t at, struct buf *out);
void out_operator(const struct operator_entry *o, struct buf *out);
void out_grant(const struct grant_entry *g, struct buf *out);
void out_partner_rules(const struct partner *p, struct buf *out);
void out_agreement_views(const struct registry *reg, const struct agreement *a, struct buf *out);

void registry_make_entries(struct registry *reg);

/* A label's codes as numbers. Sets hold partners' numbers unless named otherwise. */
struct label_resolved {
    struct registry_mark mark;
    bool valid;  /* G1 */
    int profile; /* -1: unknown */
    int level;   /* rank, -1: unknown */
    bool open;   /* everybody is cleared for it */
    struct set owners, rel, rel_communities, display, display_communities, except, caveats, fgi;
    bool told; /* valid, but for an owner that is no partner */
    bool owner_unknown, caveat_unknown, fgi_unknown, fgi_concealed;
    bool caveat_unheld; /* it has one that nobody in the registers holds */
};
void label_resolve_into(const struct registry *reg, const struct label *l, struct label_resolved *ret);
/* l with its codes and those of its release views resolved in reg; allocated in arena. */
const struct label *label_resolve(const struct registry *reg, const struct label *l, struct arena *arena);
/* Reads what the wire says of release views into l. */
int label_add_release_views(const struct registry *reg, struct str poster, const struct wire_label *wire,
                            struct arena *arena, struct label *l, struct fault *fault);
