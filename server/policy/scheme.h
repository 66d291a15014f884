/* A national marking scheme: which control markings there are, how each is spelled, in which blocks and order they
 * stand, and what they demand of each other. Tables of the policy file; nothing here knows a country. Inside of
 * policy/. */
#pragma once
#include "arena.h"
#include "codes.h"

/* Limits of one profile. */
#define SPELLING_MAX 64 /* bytes of a spelling */
#define SPELLING_ALIASES_MAX 16
#define RULE_MAX 15 /* bytes of a rule's name */
#define SCHEME_BLOCKS_MAX 16
#define SCHEME_CONTROLS_MAX 256
#define SCHEME_COMPARTMENTS_MAX 64 /* of one control */
#define SCHEME_RULES_MAX 128
#define SCHEME_SHORTHANDS_MAX 32

/* What a control does to a label. */
enum effect {
    EFFECT_DEMANDED, /* a caveat: the reader must hold it */
    EFFECT_CARRIED,  /* goes with the label, and is a dissemination marking: nothing is released by default */
    EFFECT_NOTED,    /* goes with the label */
    EFFECT_ORCON,
    EFFECT_NOFORN,
    EFFECT_REL,
    EFFECT_RELIDO,
    EFFECT_DISPLAY,
    EFFECT_EYES, /* `USA/GBR EYES ONLY`: read, written as REL TO */
    EFFECT_FGI,
    EFFECT_COUNT
};
const char *effect_name(enum effect e);
bool effect_parse(struct str s, enum effect *ret);

/* What a free name may look like; most 0: there are none. */
enum form_of { FORM_LETTERS, FORM_DIGITS, FORM_BOTH, FORM_WORDS };
struct form {
    uint8_t least, most; /* bytes */
    enum form_of of;     /* WORDS: letters, digits and single spaces */
};
bool form_fits(const struct form *f, struct str s);
const char *form_text(const struct form *f, char out[64]);

struct spellings {
    struct str portion, banner;
    const struct str *aliases;
    size_t n_aliases;
};

/* SI-G ABCD: G is a compartment of SI, ABCD a sub-compartment of it. */
struct compartment {
    struct spellings spelled;
    bool alone; /* stands without a sub-compartment */
    struct form sub;
};

struct control {
    struct spellings spelled;
    enum effect effect;
    bool orcon, noforn; /* says so too: OC-USGOV, SBU-NF */
    struct str plain;   /* what stands in a banner that says NOFORN itself: SBU for SBU-NF; "": the same */
    bool alone;         /* stands without a compartment */
    uint8_t block;
    const struct str *separators; /* of a list; the first is written, the others are read too */
    size_t n_separators;
    struct form program;                    /* SAR-BP/GB: names behind `SAR-`, each with compartments of its own */
    struct str many;                        /* the program that stands in a banner for more than it can name; or "" */
    const struct compartment *compartments; /* those with a name known in advance */
    size_t n_compartments;
    struct form open, sub; /* any other compartment, and its sub-compartments */
};

struct block {
    struct str name;
    struct str order_rule; /* what a wrong order in it is called */
    size_t most;           /* controls or programs; 0: any number */
};

/* If one of `when` stands in a marking: only these levels, at least one of `needs`, none of `excludes`, none of
 * `supersedes`, which in a roll-up give way to it. Names are those of blocks and controls, `SI-G` of a compartment,
 * `HCS-P *` of anything below, and JOINT. */
struct marking_rule {
    struct str rule, why;
    struct codes when, needs, excludes, supersedes;
    bool limited;
    uint32_t levels; /* bit per rank */
};

/* `CTS-B`: a level and a control in one word. */
struct shorthand {
    struct str text;
    int level;
    const struct control *control;
};

struct scheme {
    const struct block *blocks;
    size_t n_blocks;
    const struct control *controls; /* in the order of a marking */
    size_t n_controls;
    const struct marking_rule *rules;
    size_t n_rules;
    const struct shorthand *shorthands;
    size_t n_shorthands;
    struct str separator; /* between the controls of one block; "" where each stands for itself, between `//` */
    bool joint_sorted;    /* JOINT lists its owners A-Z, else the lead first */
};

/* s is in capital letters, the spelling perhaps not. */
bool spelled_as(struct str s, struct str spelling);
/* The spelling of `of` that s is, or NULL. */
const struct str *spelled_which(const struct spellings *of, struct str s);

/* How a piece of a marking begins. */
struct match {
    const struct control *control;
    struct str spelling; /* as it stands in the table */
    struct str rest;     /* behind the spelling and its ` ` or `-`; {NULL,0} if nothing is */
    bool below;          /* the rest is compartments or programs, not a list */
};
/* False if no control begins so. */
bool scheme_match(const struct scheme *s, struct str piece, struct match *ret);
/* The first control with this effect, or NULL. */
const struct control *scheme_effect(const struct scheme *s, enum effect effect);

/* A control as it stands in a label: `SI`, `SI-G`, `SI-G ABCD`, `SAR-BP-J12`. Empty parts are not there. */
struct pieces {
    const struct control *control;
    struct str program, compartment, sub;
};
/* False if the scheme has no such control. */
bool scheme_parts(const struct scheme *s, struct str text, struct pieces *ret);
/* The order of a marking. */
int pieces_order(const struct pieces *a, const struct pieces *b);
/* Puts the controls of a label in the order of a marking, each once; those the scheme does not have are left out.
 * Returns how many are left. */
size_t scheme_sort(const struct scheme *s, struct str *v, size_t n);
/* What a control of a label gives way to where all of these stand together, RD-SG 14 for FRD-SG 14 beside RD; "" if it
 * just goes; itself if nothing supersedes it. Text that did not exist before is in the arena. */
struct str scheme_superseded(const struct scheme *s, const struct codes *all, struct str text, struct arena *arena);
/* Sorted controls of a banner: where a block would hold more programs than it may, one name stands for them all, and so
 * where that name is among them. Returns how many are left. */
size_t scheme_fold(const struct scheme *s, struct str *v, size_t n, struct arena *arena);
/* Whether a rule keeps this control out of what carries `name`. */
bool scheme_excludes(const struct scheme *s, struct str name, struct str control);
/* Whether a rule lets this control stand at the level. */
bool scheme_allows(const struct scheme *s, struct str control, int level);
/* Whether a name that stands in a marking is meant by a rule's. */
bool rule_names(struct str rule_name, struct str name);
/* What must stand in a label beside `text`, the part above it: `SI-G` for `SI-G ABCD`. False if nothing. */
bool scheme_above(const struct scheme *s, struct str text, struct str *ret);
/* The compartment with this portion code, or NULL. */
const struct compartment *control_compartment(const struct control *c, struct str portion);
