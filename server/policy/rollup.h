/* Portions rolled up into a banner (IC Markings System Register and Manual, 31 Dec 2016; ISM-ID numbers are rules of
 * ODNI's ISM.XML). Text for people: nothing here is asked when access is decided. The rules stand in README.md. */
#pragma once
#include "registry.h"

#define ROLLUP_PORTIONS_MAX 512

/* What a portion does to the banner. A portion without any effect could be left out. */
enum rollup_effect {
    ROLLUP_LEVEL,    /* it has the banner's level */
    ROLLUP_CAVEATS,  /* the banner carries its caveats */
    ROLLUP_ORCON,    /* ORCON */
    ROLLUP_FGI,      /* it names others' information, or is it */
    ROLLUP_SCHEME,   /* what the banner's scheme cannot say of it makes the banner NOFORN */
    ROLLUP_NOFORN,   /* NOFORN */
    ROLLUP_UNMARKED, /* classified without a release marking, beside marked portions */
    ROLLUP_REL,      /* its REL TO leaves out whom another portion names */
    ROLLUP_DISPLAY,  /* its REL TO and DISPLAY ONLY together leave out whom another portion names */
    ROLLUP_RELIDO,   /* it lacks the RELIDO that another portion has */
    ROLLUP_EFFECTS
};
const char *rollup_effect_name(enum rollup_effect e); /* "level" … */
const char *rollup_effect_rule(enum rollup_effect e); /* where it is written: "ISM-ID-00318", "Manual: …" */

/* The banner of n ≥ 1 portions in a document of `author`, a registered partner, as a label in arena that is valid
 * wherever the portions are. ret_effects (n of them, a bit per effect) may be NULL. */
void rollup(const struct registry *reg, struct str author, const struct label *const *portions, size_t n,
            struct arena *arena, const struct label **ret, unsigned *ret_effects);

/* A banner that somebody stated, against the one that the portions give. */
enum rollup_relation { ROLLUP_SAME, ROLLUP_NARROWER, ROLLUP_WIDER };
/* *ret_why says what differs, "" if nothing does. Narrower takes a compilation reason (ISM-ID-00318, 00320); wider is
 * never right. */
enum rollup_relation rollup_compare(const struct registry *reg, const struct label *stated, const struct label *rolled,
                                    const char **ret_why);
