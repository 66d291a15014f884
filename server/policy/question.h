/* What the gates of one decision share. Inside of policy/. */
#pragma once
#include "registry_data.h"

/* The arguments, and what was found on the way. */
struct question {
    const struct registry *reg;
    const struct reader *reader;
    const struct subject *subject;
    const struct label *label;
    const struct label_resolved *l;
    const struct set *through; /* owners of whatever the record is asked for as a part of; NULL: it is no part */
    instant now, flips;        /* flips: the next instant at which anything looked at changes */
    int mode, type;            /* numbers, -1: no agreement or reader names it */
    bool owner, cleared, named;
    struct set granted; /* partners whose live grant the record is under */
    enum basis stated;  /* rel or display, if the label itself releases to the reader's partner */
    struct set allowed; /* views that the label just judged may be shown in */
    bool barred;        /* the label keeps the reader's partner out, whatever agreements or grants say */
};

/* Remembers that something changes at t. */
void flips_at(struct question *q, instant t);
/* from <= now < until; remembers both. */
bool live(struct question *q, instant from, instant until);

/* Fills in q->granted. */
void find_grants(struct question *q);
/* Whether f's agreements or grants let its information through in another partner's record (G7). */
bool third_party_agrees(struct question *q, unsigned f);
/* G2, G4 and G6, which hang together: for every owner one agreement must be in force, give the basis and, where the
 * reader's own clearance does not suffice, hold the equivalence. views: in, those that can be shown; out, those of them
 * that every owner allows. */
void gates_of_agreements(struct question *q, struct set *views, struct verdict *v);
/* The least reduced of views (not empty); among several the one that the first agreement gives. */
unsigned best_view(struct question *q, const struct set *views);
/* Names what the view is shown by: basis, agreement, article, grant. Returns the agreement's rank. */
unsigned cite(struct question *q, unsigned view, struct verdict *v);
