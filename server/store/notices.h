/* What a partner is told without having asked. */
#pragma once
#include "internal.h"

#define NOTICE_NO_LABEL (-1)

struct notice {
    struct str partner; /* who is told */
    struct str sender;  /* partner whose act it tells of, "" for nobody's: may see what became of it */
    const char *kind;   /* grant, proposal, recall, request, review, warning */
    bool officers;      /* for disclosure officers and auditors only */
    const struct record_type
        *type; /* NULL: no record; who may not see the record is not told (but of a recall, below) */
    struct uuid record;
    instant t; /* of the record */
    /* A recall is told to those who were sent the record, and to those who could see it, if they had looked. */
    int32_t label; /* NOTICE_NO_LABEL: no recall */
    const struct str *principals;
    size_t n_principals;
    int64_t age;     /* recall: as below */
    struct str body; /* JSON object; seen by every reader of the notice */
};

/* Within the caller's transaction, on a connection of relto_policy or relto_ingest. Positions are drawn under a row
 * lock for each partner, held until the commit: what others wait for comes before. */
int store_notice_add(struct pg *c, instant at, const struct notice *notices, size_t n, struct fault *fault);

/* "acknowledged":null or {"at","by"}, from two columns. */
void notice_acknowledged_write(const struct pg_result *rows, int i, int column, struct buf *out);

/* The reader's partner's notices by position, as store_notices has them, in arena; {NULL, 0} for one that is not shown.
 * Positions ascend. */
int notice_texts(struct store *s, const struct reading *reading, bool officer, const int64_t *positions, size_t n,
                 struct arena *arena, struct str *ret, struct fault *fault);

/* --- recipients.c --- */
/* One record that is being taken back, or that was derived from it. */
struct recalled {
    const struct record_type *type;
    struct uuid id;
    instant t;
    int64_t seq;
    const struct label_row *label; /* before */
    int64_t age;                   /* seconds that it has been here; -1 if it is under embargo or has expired */
    const struct subject *then;    /* derived: as it will be; who may read that is not told. NULL: the record itself */
};
/* Who was sent these, by the disclosures so far. */
struct recipients;
struct recipients *recipients_new(const struct recalled *what, size_t n, const struct reading *reading,
                                  struct arena *arena);
/* Takes in what was written since the last call: before the transaction, on any connection of relto_policy. */
int recipients_collect(struct recipients *r, struct pg *c, struct fault *fault);
/* Within the recall's transaction: no disclosure is written from here until its end; collects the rest and writes the
 * notices. */
int recipients_tell(struct recipients *r, struct pg *c, const struct reading *reading, struct fault *fault);

/* Records that were read before their recall was committed and disclosed after it: one disclosure's part of them. */
struct late_disclosure {
    const struct reading *reading;
    const struct record_type *type;
    const struct disclosed *parts;
    size_t n_parts;
};
/* Writes the notices that the recalls of the last hour could not; on a connection of relto_ingest. */
int recipients_tell_late(struct pg *c, instant at, const struct late_disclosure *v, size_t n, struct fault *fault);
