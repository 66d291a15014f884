/* The decision: pure, no I/O, no clock, no allocation. Everything it depends on is an argument.
 *
 * Gates as in ARCHITECTURE.md ("The gate"): G0 identity, G1 label, G2 clearance, G3 caveats, G4 basis, G5 time,
 * G6 agreement, G7 onward. Every gate is evaluated and reported, also after one has denied. */
#pragma once
#include "registry.h"

enum gate {
    GATE_IDENTITY,
    GATE_LABEL,
    GATE_CLEARANCE,
    GATE_CAVEATS,
    GATE_BASIS,
    GATE_TIME,
    GATE_AGREEMENT,
    GATE_ONWARD,
    GATE_COUNT
};
enum basis {
    BASIS_NOTHING,
    BASIS_OWNER,
    BASIS_PUBLIC,
    BASIS_REL,
    BASIS_GRANT,
    BASIS_DISPLAY,
    BASIS_DEFAULT,
    BASIS_WARN /* duty to warn: an operator of an affected object, by the owner's standing rule */
};
const char *gate_name(enum gate g);   /* "G0 identity" … */
const char *basis_name(enum basis b); /* "owner", "rel", … */
/* What a reader on this basis is bound to: "no-retain" for display; NULL for none. */
const char *basis_obligation(enum basis b);

/* What of a principal the decision reads. Principals with equal readers form a class and see the same records. */
struct reader;
const struct reader *principal_reader(const struct principal *p);
/* Canonical JSON; equal readers give equal bytes. */
void reader_write(const struct reader *r, struct buf *out);
/* A reader from what reader_write wrote, resolved in this registry; NULL if it no longer can be (unknown partner …). */
const struct reader *reader_read(const struct registry *reg, struct str json, struct arena *arena);
struct str reader_partner(const struct reader *r);

/* One record, as far as the decision sees it. */
struct subject {
    const struct label *label;
    struct str originator, type, data_mode;
    instant ingested_at;            /* or the boundary at or before it: see registry_boundaries */
    instant embargo_until, expires; /* INSTANT_MIN, INSTANT_MAX when not set */
    bool recalled;
    const struct str *grants; /* ids of the grants and warnings it is under; what the registers do not know (any more)
                                 counts for nothing */
    size_t n_grants;
    const struct subject *const *parts; /* what it was derived from: each part must be permitted too (G7) */
    size_t n_parts;
};

struct verdict {
    bool permit;
    bool gates[GATE_COUNT]; /* true: passed */
    enum gate denied_by;    /* GATE_COUNT if permit, else the gate to name: the first that failed in the order G0, G1,
                               G6, G4, G2, G3, G5, G7, as no basis stands without an agreement and no equivalence
                               without a basis */
    enum basis basis;       /* strongest basis found; nothing unless G4 and G6 pass */
    bool time_exempt;       /* an owner's fdo or auditor: embargo, expiry and recall do not hide it */
    struct str agreement;   /* id of the agreement that decides, "" for owner, public and warn */
    struct str article;     /* of that agreement, "" if it names none */
    struct str grant;       /* id of the grant or warning that decides, else "" */
    unsigned view;          /* what of the record is shown: a view's number, 0 for all of it */
    struct str view_code;   /* its code, "" for all */
    bool release_view;      /* the view is one of the record's own release views */
    bool no_onward;         /* the grant that decides is not to be passed on */
    const struct label *shown; /* whose marking the reader is sent: the record's, or that of its release view or of the
                                  warning */
    bool narrow;               /* several agreements, or parts, decide together: what holds for this reader's partner
                                  need not hold for the agreement's other recipients */
    instant valid_until;       /* next instant at which any input flips; INSTANT_MAX if none does */
};

void decide(const struct registry *reg, const struct reader *reader, const struct subject *subject, instant now,
            struct verdict *ret);

/* True if a principal of some partner that owns none of it could read the subject at `now`. */
bool readable_abroad(const struct registry *reg, const struct subject *subject, instant now);

/* The marking a permitted reader is sent beside the original, e.g. `S//REL TO JPN, USA` for what was released by
 * default under an agreement; the original's text for every other basis. The label lives as long as arena and `label`.
 */
const struct label *effective_label(const struct registry *reg, const struct label *label, const struct reader *reader,
                                    const struct verdict *v, struct arena *arena);
void effective_marking(const struct registry *reg, const struct label *label, const struct reader *reader,
                       const struct verdict *v, struct buf *out);
