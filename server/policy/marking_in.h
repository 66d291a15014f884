/* Reading marking text: what the readers of its parts share. Inside of policy/. */
#pragma once
#include "marking.h"

struct list {
    struct str v[LABEL_CODES_MAX];
    const char *at[LABEL_CODES_MAX]; /* where each stands */
    size_t n;
};

/* Something that rules may speak of. */
struct present {
    struct str name;
    const char *at;
};

struct marking {
    const struct registry *reg;
    const struct label *within;     /* of the document that this is a portion of, NULL if it is none */
    struct str poster, given, text; /* without parentheses; text in capital letters */
    size_t cut;                     /* bytes before text in what was given */
    struct arena *arena;
    struct marking_fault *mf;
    struct marking_changes *changes; /* NULL: nobody asks */
    bool faulted, hopeless;

    const struct profile *profile;
    int level;
    struct str level_at, level_spelling;   /* where the level stands, and the spelling of the table that it is */
    bool joint, foreign, prefixed, banner; /* foreign: after a leading `//`; prefixed: which names owners */
    const struct control *last;            /* control read last */
    const char *at[EFFECT_COUNT];          /* where it is said first, NULL if it is not */
    struct list owners, caveats, controls, fgi, rel, display;
    bool fgi_concealed;
    struct present *present;
    size_t n_present;
};

/* CLEAR: what is meant is beyond doubt; reading goes on, so that the canonical spelling can be suggested. */
#define CLEAR true
#define UNCLEAR false
__attribute__((format(printf, 5, 6))) void marking_refuse(struct marking *m, bool clear, const char *at,
                                                          const char *rule, const char *format, ...);
/* A spelling that is read and not written: no fault, but a change for those who ask for changes. */
void marking_respelled(struct marking *m, const char *at, struct str written, struct str canonical);

struct str str_drop(struct str s, size_t n);
bool str_begins(struct str s, const char *with);
/* Takes the next piece off *rest, which separators divide; false after the last one. "a/" has two pieces. */
bool take_piece(struct str *rest, const char *separator, struct str *ret);
struct str marking_trim(struct marking *m, struct str s);
bool partner_known(const struct marking *m, struct str code);
bool party_known(const struct marking *m, struct str code);
/* Codes between any of the separators; the first one is the right one among equals. */
void read_codes(struct marking *m, struct str rest, const struct str *separators, size_t n, struct list *list,
                bool known(const struct marking *, struct str), const char *what);
void list_keep(struct marking *m, struct list *list, struct str code, const char *at);
void marking_present(struct marking *m, struct str name, const char *at);

/* Takes what lies between two `//` and reads it. */
void read_block(struct marking *m, struct str block);
/* A control that a shorthand stands for. */
void read_shorthand_control(struct marking *m, const struct control *c, const char *at);
void check_marking_rules(struct marking *m);
