/* The structured form of a marking. Source: IC Markings System Register and Manual (31 Dec 2016); STANAG 4774. */
#pragma once
#include "arena.h"
#include "buf.h"
#include "error.h"
#include "instant.h"

struct registry; /* registry.h */
struct label_resolved;

enum release_mode { RELEASE_NONE, RELEASE_REL, RELEASE_NOFORN, RELEASE_PUBLIC };

/* Without repetition, in a canonical order: that of a marking in a label (the owner first, then partners A-Z, then
 * communities A-Z; caveats as their profile lists them), that of bytes in a wire label. */
struct codes {
    size_t n;
    const struct str *v;
};

bool codes_has(const struct codes *c, struct str s);
/* In whatever order they are. */
bool codes_same(const struct codes *a, const struct codes *b);

struct label;

/* A reduced version of the record that its originator labelled itself: a tear line. */
struct release_view {
    struct str view;
    const struct label *label; /* same owners as the record, no release views of its own */
};

/* Immutable. All text lives in the arena it was made in. Codes are those of the register the label was parsed under. */
struct label {
    struct str policy;      /* national profile: "USA", "NATO" */
    struct str level;       /* portion code in that profile: "S" */
    struct codes owners;    /* at least one partner */
    bool joint;             /* JOINT: all owners own together */
    enum release_mode mode; /* NONE: no dissemination marking at all, so rel, display and except are empty */
    struct codes rel;       /* partners and communities of REL TO */
    struct codes display;   /* DISPLAY ONLY */
    struct codes except;    /* partners kept out whatever rel says */
    bool relido, orcon;
    struct codes caveats;  /* controls a reader must hold; with each the one it is a compartment of */
    struct codes controls; /* controls that go with the record and are demanded of nobody: FOUO, LIMDIS */
    struct codes fgi;      /* partners whose information it contains; the code "FGI" stands for a concealed source */
    const struct release_view *release_views; /* by view's code */
    size_t n_release_views;
    const struct label_resolved *resolved; /* codes as numbers of the register it was made under; decide() works without
                                              (NULL) or with those of another register too, but slower; NULL in a
                                              changed copy */
};

struct wire_release_view {
    struct str view, marking;
};

/* What a poster says beside the marking: the wire member `relto` of a record, or the header Relto-Label. */
struct wire_label {
    struct codes owners; /* empty: the poster */
    struct str reason, authority;
    instant review_by;     /* INSTANT_MAX when there is no restriction */
    bool restricted;       /* a restriction was given */
    instant embargo_until; /* INSTANT_MIN: none */
    instant expires;       /* INSTANT_MAX: never */
    bool public;
    const struct wire_release_view *release_views; /* by view's code */
    size_t n_release_views;
    struct str confidentiality_label; /* STANAG 4774, as posted; "" if none */
    struct str supersedes;            /* id of a record, "" if none */
    struct codes derived_from;        /* ids of records, at most WIRE_DERIVED_MAX */
    bool sent;                        /* by an exchange, which tells the owners of every record */
};

#define MARKING_MAX 512    /* bytes of marking text */
#define LABEL_CODES_MAX 64 /* codes in any one list */
#define WIRE_DERIVED_MAX 16
#define RELEASE_VIEWS_MAX 8

/* Where and why a marking was refused. */
struct marking_fault {
    size_t offset;        /* byte in the marking */
    char rule[16];        /* "ISM-ID-00033", or "RELTO-n" for rules of this program, listed in README.md */
    char detail[256];     /* what was found and what was expected */
    char suggestion[160]; /* canonical spelling, "" if there is none */
};

/* Reads portion or banner form, with or without the portion's parentheses, in the national profile of `poster`.
 * Without an owner prefix the label's owner is `poster` (wire->owners overrides). wire may be NULL.
 * The grammar and its rules stand in README.md. ERR_INVALID_MARKING with *mf (may be NULL), ERR_INVALID_LABEL
 * (fault->where names the member, as `relto.owners`). Release views are read in the profile of `poster` too; one whose
 * marking is wrong is ERR_INVALID_LABEL. */
int label_parse(const struct registry *reg, struct str poster, struct str marking, const struct wire_label *wire,
                struct arena *arena, const struct label **ret, struct marking_fault *mf, struct fault *fault);

/* A portion of a document whose banner is known (may be NULL): `REL`, `EYES` and the owners of `//JOINT S` stand for
 * the banner's. */
int label_parse_portion(const struct registry *reg, struct str poster, struct str marking, const struct label *banner,
                        const struct wire_label *wire, struct arena *arena, const struct label **ret,
                        struct marking_fault *mf, struct fault *fault);

/* Whether the label says everything that free text says by words which markings are made of in any profile: levels that
 * not everybody is cleared for, control markings. Lists of codes are not read: their control is never said. False: with
 * the first word that it does not say. */
bool label_says(const struct registry *reg, const struct label *label, struct str text, struct str *ret_word);

#define MARKING_CHANGES_MAX 64
/* What is written otherwise in the canonical text, and by which rule. */
struct marking_change {
    size_t offset; /* byte in the marking that was given */
    char rule[16], detail[256];
};
struct marking_changes {
    size_t n;
    struct marking_change v[MARKING_CHANGES_MAX];
};
/* As label_parse_portion, but a marking that is refused only for how it is written, its meaning being beyond doubt, is
 * read too. *changes tells every difference to label_text(), beyond MARKING_CHANGES_MAX the first ones; it is empty
 * exactly when there is none. */
int label_normalise(const struct registry *reg, struct str poster, struct str marking, const struct label *banner,
                    const struct wire_label *wire, struct arena *arena, const struct label **ret,
                    struct marking_changes *changes, struct marking_fault *mf, struct fault *fault);

/* The JSON of member `relto` or header Relto-Label. What an exchange sends in it about the release is passed over,
 * other members are refused. `where` prefixes fault->where. */
int wire_label_parse(struct str json, const char *where, struct arena *arena, const struct wire_label **ret,
                     struct fault *fault);
/* The canonical JSON of what was given: sorted members, times in fixed width; equal inputs give equal bytes. Part of
 * the record's digest. */
void wire_label_write(const struct wire_label *w, struct buf *out);

/* The canonical label: one JSON object with fixed member order, the key of the label dictionary. */
void label_write(const struct label *l, struct buf *out);
/* Reads what label_write wrote. Codes that reg does not know (any more) are kept: G1 denies such a label. */
int label_read(const struct registry *reg, struct str json, struct arena *arena, const struct label **ret,
               struct fault *fault);
/* Portion text without parentheses, as it stands in classificationMarking; and banner text. */
void label_portion(const struct registry *reg, const struct label *l, struct buf *out);
void label_banner(const struct registry *reg, const struct label *l, struct buf *out);
/* The same text for one poster: it names the owners where the poster's own text would mean the poster. What label_parse
 * makes of it for that poster is l again, if l came from its text. */
void label_text(const struct registry *reg, const struct label *l, struct str poster, bool banner, struct buf *out);
