/* PostgreSQL: typed functions, no general-purpose query. The only user of libpq.
 *
 * Threads: every function may be called from any thread; a function that reads takes a connection of the reader pool
 * for its round trip and gives it back. SQL error text stays in here: it goes to the log, callers see
 * ERR_UNAVAILABLE, ERR_SLOW_QUERY or ERR_INTERNAL. */
#pragma once
#include "decide.h"
#include "digest.h"
#include "error.h"
#include "event.h"
#include "query.h"
#include "receipt.h"
#include "record.h"

struct store;
struct clock;
struct log;

struct store_config {
    const char *conninfo;  /* host, dbname …; the user is added: relto_ingest, relto_reader, relto_policy */
    unsigned readers;      /* connections for reading, opened when first needed */
    unsigned statement_ms; /* statement_timeout of reads */
    unsigned write_ms;     /* of everything else; a write that it ends is refused with ERR_UNAVAILABLE */
    unsigned connect_seconds;
    unsigned queued_records; /* waiting to be written; above: ERR_UNAVAILABLE */
    unsigned labels_per_originator;
    unsigned partitions_per_type; /* above, records go to the type's default partition */
    size_t chunk_bytes;           /* of record bodies read at a time for a long list */
    int64_t look_records;         /* that one look for a feed passes over */
    struct clock *clock;
    struct log *log;
};

int store_open(const struct store_config *config, struct store **ret, struct fault *fault);
/* Writes out what is queued. Accepts NULL. */
void store_close(struct store *s);
/* One round trip on each role; for /readyz. */
int store_ping(struct store *s, struct fault *fault);

/* --- schema --- */
/* As relto_owner: applies what is missing, each migration in one transaction under an advisory lock. progress(ctx,
 * text) is called per migration. Refuses a database whose hash chain is not a prefix of ours. */
int store_migrate(const char *conninfo, void (*progress)(void *ctx, const char *text), void *ctx, struct fault *fault);
/* ERR_BAD_SCHEMA unless the chain is exactly ours. */
int store_check_schema(struct store *s, struct fault *fault);
/* Makes every registered type known to the database, partitions ahead of time, drops what retention ends, drains
 * default partitions; takes grants that are over out of the registers. Called at start and then hourly. */
int store_maintain(struct store *s, instant now, struct fault *fault);
/* The node's secret for record ids, made at the first call and kept in the database (readable by relto_ingest only). */
int store_id_secret(struct store *s, uint8_t ret[32], struct fault *fault);

/* --- policy --- */
/* The registers in force with their epoch; an empty register has epoch 0. */
int store_policy_load(struct store *s, struct registry **ret, struct fault *fault);
/* The epoch now in force, one round trip: for routes that decide without reading records. */
int store_epoch(struct store *s, int64_t *ret, struct fault *fault);
/* Replaces the registers by `next` (all entries) in one transaction, moves the epoch and records actor, file digest and
 * diff in the audit log. diff gets one line per entry: "+ agreement CSPO-2026", "- …", "~ …" with the members that
 * change. dry_run: only the diff. */
int store_policy_apply(struct store *s, const struct registry *next, const char *actor, struct digest file,
                       bool dry_run, struct buf *diff, struct fault *fault);

/* What replacing the registers by `next` would open and close: a line for each partner and label, with how many
 * records. ERR_STALE if the registers change meanwhile. */
int store_policy_impact(struct store *s, const struct registry *next, struct buf *out, struct fault *fault);

/* One entry of the registers as registry_entries gives it; json {NULL,0} or empty: the entry is removed. */
struct registry_edit {
    struct str kind, key, json;
};
struct digest registry_edits_digest(const struct registry_edit *edits, size_t n);
/* Changes single entries of the registers in force, in one transaction; the registers that come of it are checked
 * whole, with registry_check_change. Moves the epoch, and records actor, registry_edits_digest and diff in the audit
 * log; edits that change nothing do nothing. ERR_INVALID_CHANGE if they are refused; ERR_STALE if expected_epoch is not
 * negative and not the epoch in force. Visible with the next request; api_reload_registers takes it in. */
int store_registry_edit(struct store *s, const struct registry_edit *edits, size_t n, struct str actor,
                        int64_t expected_epoch, struct fault *fault);

/* --- proposals --- */
#define PROPOSAL_CHANGES_MAX 64   /* in one proposal */
#define PROPOSAL_COMMENT_MAX 1024 /* bytes */
#define PROPOSALS_OPEN_MAX 1000   /* of one partner; above: ERR_TOO_MANY */
#define PROPOSALS_LISTED_MAX 1000 /* the newest, in a list */
#define DRY_RUN_GOOD INSTANT_HOUR /* how long what a dry run showed can be accepted */

/* Who acts. */
struct proposal_actor {
    struct str partner, principal, request_id;
    bool fdo;
    instant now;
};

struct proposal {
    struct uuid id;                         /* all zero: a dry run */
    struct str state;                       /* "open", "applied", "rejected", "withdrawn" */
    struct str partner, principal, comment; /* principal: "" for other partners */
    struct str changes;                     /* canonical JSON: [{"kind","key","entry"}, …] */
    struct digest digest;                   /* registry_edits_digest of the changes: what is accepted */
    instant at, closed_at;                  /* closed_at: INSTANT_MAX while it is open */
    struct codes needs, accepted;           /* partners, as far as the actor may know */
    bool stale;                             /* open, but what it changes has changed since: it can only be withdrawn */
};

/* What it opens and closes of the actor's own labels, as JSON members without braces: "asOf", "effective", "partners",
 * "digest". Empty for a proposal that is closed or stale. */
struct dry_run {
    struct buf json;
};

/* changes: a JSON array of {"kind","key","entry"}, entry null to remove; an agreement without version gets its next
 * one. Narrows: is in force when this returns. Widens: waits for acceptances. Neither with dry_run. ERR_FORBIDDEN,
 * ERR_INVALID_CHANGE, ERR_TOO_MANY. */
int store_proposal_make(struct store *s, const struct proposal_actor *actor, struct str changes, struct str comment,
                        bool dry_run, struct arena *arena, struct proposal *ret, struct dry_run *report,
                        struct fault *fault);
/* ERR_NOT_FOUND unless the actor's partner is a party. What an FDO is shown here it can accept. */
int store_proposal_get(struct store *s, const struct proposal_actor *actor, struct uuid id, struct arena *arena,
                       struct proposal *ret, struct dry_run *report, struct fault *fault);
struct proposal_filter {
    bool open, awaiting;  /* those that are open; that wait for the actor's partner */
    struct str agreement; /* those that change this agreement; "" for all */
};
/* Newest first, without dry runs, at most PROPOSALS_LISTED_MAX. */
int store_proposal_list(struct store *s, const struct proposal_actor *actor, const struct proposal_filter *filter,
                        struct arena *arena, const struct proposal **ret, size_t *ret_n, struct fault *fault);
/* Accepts exactly this proposal as this dry run showed it. The last acceptance needed puts it in force. ERR_CONFLICT,
 * with *report as things are now, if the proposal is another, closed or stale, or the dry run would come out
 * differently or is too old. ERR_FORBIDDEN if the partner's acceptance is not needed. */
int store_proposal_accept(struct store *s, const struct proposal_actor *actor, struct uuid id, struct digest digest,
                          struct digest shown, struct arena *arena, struct proposal *ret, struct dry_run *report,
                          struct fault *fault);
/* Rejected by a partner whose acceptance is needed, withdrawn by the one that proposed. */
int store_proposal_close(struct store *s, const struct proposal_actor *actor, struct uuid id, bool withdraw,
                         struct str reason, struct arena *arena, struct proposal *ret, struct fault *fault);
/* A version of an agreement, in force now or before, as it last stood; {NULL, 0} if there is none. */
int store_agreement_version(struct store *s, struct str id, int64_t version, struct arena *arena, struct str *ret,
                            struct fault *fault);

/* --- writing --- */
struct new_record {
    const struct record_type *type;
    struct uuid id;
    struct uuid entity;   /* that it is a version of, of a type with versions; all zero: none */
    struct str client_id; /* of a type with versions, "" if none */
    struct event event;   /* that it tells of */
    struct digest digest;
    instant t;
    struct str object; /* "" if none */
    struct str body;   /* canonical */
    struct str wire;   /* canonical wire label, "" if none */
    instant embargo_until, expires;
    const struct label *label;
    const struct str *grants; /* ids of the grants and warnings of the post's registers that it is under, ascending */
    size_t n_grants;
    const instant *review_by; /* of its restriction; NULL: none */
    struct str data_mode;
    const struct uuid *derived_from; /* resolved by the store under the poster's own view */
    size_t n_derived;
    struct uuid supersedes; /* all zero: none; must be a record the originator owns */
    bool follows;           /* supersedes was found by the exchange itself: it need not be looked at again */
    /* Filled in by the store before done(): */
    int outcome; /* 0 stored or already there; ERR_ID_MISMATCH, ERR_INVALID_RECORD (derived_from or
                    supersedes names nothing the poster may use), ERR_TOO_MANY (label cap) */
    bool existed;
};

/* A record that is not stored yet, in what is told of its event. */
struct event_place {
    struct event event;
    instant t;
    struct uuid before;  /* filled in: the one made last before it, of those that the reader sees and its partner owns;
                            left as it is if there is none */
    instant before_made; /* then */
};
struct reading;
/* For n records of one type with succession. */
int store_events_before(struct store *s, const struct reading *reading, const struct record_type *type,
                        struct event_place *places, size_t n, struct fault *fault);

/* One request: its records are committed together or not at all, in a transaction shared with other requests. */
struct post {
    const struct registry *registry; /* held until done() */
    struct str originator;
    const struct reader *poster;
    struct new_record *records; /* perhaps of several types */
    size_t n;
    bool partial;                       /* store those that can be stored */
    void (*done)(void *ctx, int error); /* 0 (look at outcomes), ERR_STALE, ERR_UNAVAILABLE, ERR_INTERNAL; called on a
                                           writer thread after commit */
    void *ctx;
};
/* Queues; done() is called exactly once if 0 is returned. Everything stays valid until done(). */
int store_post(struct store *s, struct post *p, struct fault *fault);

/* --- reading --- */
/* Under what a read is answered: the caller's snapshot and reader. ERR_STALE from any read means that the database's
 * epoch is another than registry_epoch(registry): take the new registers and ask again. */
struct reading {
    const struct registry *registry;
    const struct reader *reader;
    struct str principal; /* URI: who is told, for the disclosure */
    struct str route, request_id;
    instant now;
    bool disclose; /* false: nothing will be sent (HEAD, 304): no disclosure is written, *ret_receipt is NULL,
                      and the caller logs a query event instead */
};

struct stored_record {
    struct uuid id;
    struct uuid entity;     /* that it is a version of, which is the id clients know; all zero: of none */
    instant t, ingested_at; /* as the view shows them */
    int64_t time_width;     /* microseconds: the exchange's other times are shown in such steps; 0: as they are */
    struct str originator;
    struct str body;        /* canonical client fields, in the view */
    struct str wire;        /* canonical wire label, "" if none */
    struct str alternative; /* beside the originator's STANAG 4774 label: XML of the effective one; "" if it is the same
                               or if there is none */
    struct str release; /* JSON members for the answer's `relto` that follow from label and reader, made once per label
                           and class: "originator":…,"owners":[…],"effectiveMarking":…,"agreement":… */
    bool owned;         /* the reader's partner is among the owners */
    bool whole;         /* the reader is sent all of it, under its own marking */
    struct str banner;  /* by store_get: of this record alone (policy/rollup.h), in the reader's scheme */
};

/* One visible record with its receipt (already durable). ERR_NOT_FOUND if hidden or missing, by the same statement. */
int store_get(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
              struct arena *arena, struct stored_record *ret, const struct receipt **ret_receipt, struct fault *fault);

/* A read that occupies no thread: its functions are called on the store's own, and must not wait for anything. */
struct store_later {
    /* At most once: what will be sent of the records, whose text lives as long as the call. Nothing is disclosed yet.
     */
    void (*make)(void *ctx, const struct stored_record *records, size_t n, struct str banner);
    /* Once, with the durable receipt; or with an error: nothing may be sent then, and the read is to be asked for in
     * the ordinary way, which makes the answer. But ERR_NOT_FOUND is an answer: no such record, or an empty list. */
    void (*done)(void *ctx, int error, const struct receipt *receipt);
    void *ctx;
};
/* store_get with `disclose`, later: true if it was taken; it needs the reader's class in memory and room in the queue.
 * What `reading` points to, and arena, live until done(), which may come before this returns. */
bool store_get_later(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                     struct arena *arena, const struct store_later *later);

/* A version of what lasts. */
struct found_version {
    struct uuid entity, id;
    struct digest digest; /* of what was posted */
    struct str client_id; /* that the poster gave it, "" if none; in the arena */
    bool own;             /* the reader's partner posted it and is among its owners */
};
/* Of a type with versions, by the entity's id the newest that the reader sees, by a version's own id that one.
 * ERR_NOT_FOUND if hidden or missing. */
int store_version_find(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                       struct arena *arena, struct found_version *ret, struct fault *fault);
/* The same by the id that a poster gave it, if the reader is shown that: the reader's own partner's first, then the
 * newest. */
int store_version_find_client(struct store *s, const struct reading *reading, const struct record_type *type,
                              struct str client_id, struct arena *arena, struct found_version *ret,
                              struct fault *fault);

struct store_list;
int store_list_open(struct store *s, const struct reading *reading, const struct query *query, struct store_list **ret,
                    struct fault *fault);
/* The same of what was there when an export was asked for (mark), as far as it is still there for the reader. */
int store_list_open_export(struct store *s, const struct reading *reading, const struct query *query, int64_t mark,
                           struct store_list **ret, struct fault *fault);
enum { STORE_LIST_END = -1 };
/* The next chunk (at least one record) with its durable receipt, or STORE_LIST_END. Text lives in arena or in the list,
 * until the next call or store_list_drop. ERR_STALE after the first chunk: the registers have changed, and the answer
 * must be cut so that it does not look complete. */
int store_list_next(struct store_list *l, struct arena *arena, const struct stored_record **ret, size_t *ret_n,
                    const struct receipt **ret_receipt, struct fault *fault);
/* The text of the chunk last returned is not needed any more: gives its memory back before the next call. */
void store_list_drop(struct store_list *l);
/* True if the chunk last returned was the last one, known without another query. */
bool store_list_at_end(const struct store_list *l);
/* The banner of the whole list (policy/rollup.h), between its first chunk and the second, in the reader's scheme. While
 * more chunks are to come it is the roll-up of every label of the type that the reader sees a record of: never less
 * restrictive than the list; a later chunk that does not fit is ERR_STALE. Text in arena. */
int store_list_banner(struct store_list *l, struct arena *arena, struct str *ret, struct fault *fault);
/* The banner of one answer of several lists of one reader, n at least 1, each read to its end: of all they gave. */
int store_lists_banner(struct store_list *const *lists, size_t n, struct arena *arena, struct str *ret,
                       struct fault *fault);
/* A list that is likely to be short and quick, later: true if it was taken, as by store_get_later. All of it comes in
 * one call of make(), at least one record. *ret is to be closed by the caller, who has it before make() is called. */
bool store_list_later(struct store *s, const struct reading *reading, const struct query *query, struct arena *arena,
                      const struct store_later *later, struct store_list **ret);
/* Closes the disclosure as completed or aborted (asynchronously; one never closed is "unknown"). Accepts NULL. */
void store_list_close(struct store_list *l, bool completed);
void store_receipt_close(struct store *s, const struct receipt *receipt, bool completed); /* for store_get */

int store_count(struct store *s, const struct reading *reading, const struct query *query, int64_t *ret,
                struct fault *fault);

/* --- files behind records --- */
struct new_file {
    struct str name, bytes;
};
/* Before the record is posted: keeps what came with it, durable when this returns 0. Waits for PostgreSQL. Who keeps
 * the same again changes nothing; what has no record a day later is dropped. */
int store_file_keep(struct store *s, const struct record_type *type, struct uuid id, instant t,
                    const struct new_file *file, struct fault *fault);

struct store_file;
struct stored_file {
    struct str name, banner; /* in arena */
    int64_t size;
};
/* The file behind a record that the reader is sent all of; with `disclose` the record's disclosure is durable when this
 * returns 0. ERR_NOT_FOUND if the record is hidden, missing, shown in a view or has no file. */
int store_file_open(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                    struct arena *arena, struct stored_file *ret_about, struct store_file **ret, struct fault *fault);
enum { STORE_FILE_END = -1 };
/* Appends the next piece, as far as the reader may still see it, or STORE_FILE_END. ERR_NOT_FOUND, ERR_STALE: no
 * longer, and the answer must be cut. */
int store_file_next(struct store_file *f, struct buf *out, const struct receipt **ret_receipt, struct fault *fault);
/* Closes the disclosure as completed or aborted. Accepts NULL. */
void store_file_close(struct store_file *f, bool completed);

/* --- exports --- */
#define EXPORTS_MAX 32 /* of one principal that can still be fetched; above: ERR_TOO_MANY */

struct stored_export {
    struct uuid id; /* given by the store */
    const struct record_type *type;
    const struct str *names, *values; /* the query's parameters */
    size_t n;
    bool csv;
    char delimiter;
    int64_t mark; /* by the store: nothing above was there; never told */
    instant asked_at, expires;
};
/* Fills in what the store gives; text in arena. */
int store_export_add(struct store *s, struct str principal, struct stored_export *export, struct arena *arena,
                     struct fault *fault);
/* Of the principal that can still be fetched, newest first; id: NULL, or only that one. */
int store_exports(struct store *s, struct str principal, const struct uuid *id, instant now, struct arena *arena,
                  struct stored_export **ret, size_t *ret_n, struct fault *fault);

/* --- spills --- */
/* By an fdo of an owner; anything else is ERR_NOT_FOUND by the same statement. Effective with the next request. With a
 * report nothing is done: it is what would be. */
int store_recall(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                 struct str reason, struct dry_run *report, struct fault *fault);
struct relabelling {
    const struct label *label;
    instant embargo_until, expires;
    struct str wire;
    const instant *review_by; /* of its restriction; NULL: none */
};
/* All versions of the entity that the reader's partner owns, seen or not, of a type without versions the record: for an
 * owner's fdo, and for a node whose partner posted it. ERR_NOT_FOUND for everybody else. */
int store_retire(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                 struct str reason, struct fault *fault);
int store_relabel(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                  const struct relabelling *to, struct dry_run *report, struct fault *fault);
/* Another wire label with another review_by, and everything else as it was. */
int store_review(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                 struct str wire, instant review_by, struct dry_run *report, struct fault *fault);
/* The label and times of one record the reader may see, without what it was derived from: for relabel. */
int store_subject(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                  struct arena *arena, struct subject *ret, struct fault *fault);

struct examined {
    const struct subject *subject; /* as the decision sees it: its own times, and what it was derived from */
    bool owned;                    /* the reader's partner is an owner */
    instant posted_at;
    struct str banner;   /* of an answer with the record, as store_get has it */
    struct str warnings; /* to an owner: the field of that name, as it stands; {NULL, 0}: none */
};
/* Calls use(ctx, what, fault) for one record the reader may see; what is gone afterwards. Returns what use returned;
 * ERR_NOT_FOUND if hidden or missing, by the same statement as store_get. */
int store_examine(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                  int (*use)(void *ctx, const struct examined *what, struct fault *fault), void *ctx,
                  struct fault *fault);

/* --- release requests --- */
#define RELEASE_REQUESTS_MAX 1000 /* of one partner that are not due yet, withdrawn or not; above: ERR_TOO_MANY */
#define RELEASE_PAGE_MAX 1000     /* requests or entries of a queue in one answer */

/* What a partner asks for: a record, or a scope of one owner. */
struct release_ask {
    struct str principal, partner, request_id;
    struct str owner; /* of a record it may be "": whoever owns it */
    const struct record_type *type;
    bool by_record;
    struct uuid record;
    struct str scope; /* canonical JSON as a grant has it */
    struct str purpose, view;
    instant until, due, now;
};
/* The same rows, and so the same answers, whether the record exists, is hidden from the asker, or is not. */
int store_request_ask(struct store *s, const struct release_ask *ask, struct uuid *ret_id, struct fault *fault);

struct release_filter {
    struct str partner; /* who asked */
    bool by_id, by_after;
    struct uuid id, after;
    int64_t limit; /* at most RELEASE_PAGE_MAX */
    instant now;
};
/* Appends JSON objects, separated by commas, oldest first; a refusal shows only if its officer said so, and else as a
 * request that nobody answered. *ret_n: how many. */
int store_requests(struct store *s, const struct registry *reg, const struct release_filter *filter, struct buf *out,
                   size_t *ret_n, struct fault *fault);
/* By the asking partner, of what still shows as open: else ERR_CONFLICT. who: principal, partner, request_id, now, and
 * why as purpose. */
int store_request_withdraw(struct store *s, const struct release_ask *who, struct uuid id, struct fault *fault);

/* A disclosure officer's decision, or its delegate's. */
struct release_decision {
    struct uuid request;
    struct str owner, principal, request_id;
    bool view_given; /* else as was asked */
    struct str view; /* "": as the agreement says */
    instant until;   /* INSTANT_MIN: as was asked */
    bool onward;
    struct str reason; /* of a refusal */
    bool tell;
    instant now;
};
/* Opens with the next request once as many persons have approved as the owner's register entry asks for; *ret_grant is
 * the grant's id then, in arena, else "". ERR_NOT_FOUND: no open request to this owner; ERR_CONFLICT: the same person
 * again, or one acting for another who has approved; ERR_FORBIDDEN: the asker itself; ERR_INVALID_CHANGE: the grant
 * does not fit the registers; ERR_STALE. */
int store_request_approve(struct store *s, const struct registry *reg, const struct release_decision *d,
                          struct arena *arena, struct str *ret_grant, struct fault *fault);
/* What the grant would open; *ret_granted: this approval is the last that is needed. */
int store_request_try(struct store *s, const struct registry *reg, const struct release_decision *d, bool *ret_granted,
                      struct dry_run *report, struct fault *fault);
/* With a report nothing is done, here and below. */
int store_request_deny(struct store *s, const struct registry *reg, const struct release_decision *d,
                       struct dry_run *report, struct fault *fault);
/* Closes with the next request. d: owner, principal, request_id, reason, now. ERR_NOT_FOUND unless a grant of this
 * owner. */
int store_grant_withdraw(struct store *s, const struct registry *reg, const struct release_decision *d,
                         struct str grant, struct dry_run *report, struct fault *fault);
/* Puts stored records under the grant, as many as `batches` batches hold; the rest is left to store_catch_up.
 * *ret_done: none is left. Where it was interrupted it goes on. */
int store_grant_spread(struct store *s, const struct registry *reg, struct str grant, unsigned batches, bool *ret_done,
                       struct fault *fault);
/* The same for every grant and warning that was interrupted or had too many records. *ret_more: something is left. */
int store_catch_up(struct store *s, unsigned batches, bool *ret_more, struct fault *fault);

/* --- what waits for an owner's disclosure officers --- */
/* Tells them of requests that have come, and of requests and reviews that are overdue; each once. */
int store_remind(struct store *s, instant now, struct fault *fault);
struct queue_position {
    instant at;
    struct uuid id;
};
struct queue_page {
    struct queue_position after; /* all zero and INSTANT_MIN: from the beginning */
    int64_t limit;               /* at most RELEASE_PAGE_MAX */
};
/* Each appends JSON objects, separated by commas, and moves the page's position behind the last one. *ret_n: how many.
 */
int store_queue_requests(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                         size_t *ret_n, struct fault *fault);
/* Restrictions whose date has come or comes within REVIEW_SOON. */
#define REVIEW_SOON (7 * INSTANT_DAY)
int store_queue_reviews(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                        size_t *ret_n, struct fault *fault);
/* Records without a dissemination marking that no other partner may read. */
int store_queue_unmarked(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                         size_t *ret_n, struct fault *fault);
/* Releases by duty to warn that no officer has looked at; looked at is what store_notice_acknowledge acknowledges. The
 * position's instant is the notice's. `released` tells whom the standing rule meant when the record was put under it:
 * an embargo, a recall or what is inside of it (G7) may keep it from that operator, which explain tells. */
int store_queue_warnings(struct store *s, const struct reading *reading, struct queue_page *page, struct buf *out,
                         size_t *ret_n, struct fault *fault);
/* One request to the reader's partner with all that was done about it. ERR_NOT_FOUND. */
int store_queue_request(struct store *s, const struct reading *reading, struct uuid id, struct buf *out,
                        struct fault *fault);

/* For the operator's gauges, of all owners together. */
struct release_counters {
    int64_t open_requests, overdue_requests, overdue_reviews, pending_grants;
    int64_t unmarked_held; /* about */
};
int store_release_counters(struct store *s, const struct registry *reg, instant now, struct release_counters *ret,
                           struct fault *fault);

/* --- the record of disclosures --- */
struct disclosure_filter {
    struct str owner; /* the asking partner: always set */
    instant from, until;
    bool by_record;
    struct uuid record;
    const struct record_type *type;
    int64_t after; /* position: entries with a greater id */
    int64_t limit;
    int64_t first_record; /* of each entry: so many are passed over */
};
#define DISCLOSURE_RECORDS_MAX 10000 /* listed of one entry */
/* A JSON array, an entry for each answer that was sent and each view in it, by when the first of the owner's records
 * went:
 * {"id","at","principal","partner","type","count","records":[ids],"view":"full","agreements":[…],
 * "state":"completed|aborted|unknown"}. Only records of owner are counted, and of these the ones that the reader may
 * see are listed, in the order they were posted. The state is that of the whole answer; an entry that is unknown may be
 * on its way, and grow. A long account may end before `limit`, or go beyond it by the views of one answer: it goes on
 * with `after`. */
int store_disclosures(struct store *s, const struct reading *reading, const struct disclosure_filter *filter,
                      struct buf *out, struct fault *fault);

/* {"record":{"type","id"},"originator","recipients":[{"id","at","principal","partner","view","state"}],
 * "recallNotices":[{"partner","at","acknowledged":null|{"at","by"}}]}: every sending of one record, oldest first, by
 * the disclosures of the asking owner. For an owner's fdo and auditor; anything else is ERR_NOT_FOUND by the same
 * statement. */
int store_recipients(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                     int64_t after, int64_t limit, struct buf *out, struct fault *fault);

/* Of records that the reader's partner owns, posted in [from, to), as far as the reader may see them; per type and
 * partner. {"types":[{"type","posted","recalled","partners":[{"partner","posted","public","byDefault","byMarking",
 * "byDisplay","byGrant","byWarning","withheld":{REASON:n},"notReleased","secondsToAvailability"}]}],
 * "requests":[{"partner","asked","answered","secondsToAnswer"}]}; seconds are medians, null if there is nothing. Of
 * what a partner does not own posted is the sum of the others; who may read is judged now, embargo and expiry apart; a
 * view's delay is not in the seconds. */
int store_sharing(struct store *s, const struct reading *reading, instant from, instant to, struct buf *out,
                  struct fault *fault);

/* --- notices --- */
struct notice_filter {
    bool officer;    /* the reader is a disclosure officer or an auditor */
    bool open;       /* only what nobody has acknowledged */
    struct str kind; /* "": all */
    int64_t after, limit;
};
/* A JSON array, oldest first: {"id","at","kind","record":{"type","id"},"body","acknowledged":null|{"at","by"}}. Only
 * notices to the reader's partner, and of those that name a record only what the reader may know of. */
int store_notices(struct store *s, const struct reading *reading, const struct notice_filter *filter, struct buf *out,
                  struct fault *fault);
/* For the partner; once is enough. ERR_NOT_FOUND if the reader is not shown such a notice. */
int store_notice_acknowledge(struct store *s, const struct reading *reading, bool officer, int64_t position,
                             struct fault *fault);

/* --- the feed: what a principal came to see, each once, numbered for it alone --- */
#define FEED_LATEST (-1)                            /* the present end */
#define FEED_POSITION_MAX INT64_C(9007199254740991) /* 2^53 - 1: exact in every client's JSON numbers */
struct feed_wait;
struct feed_query {
    struct feed_wait *wait;         /* what called for this read, if it was called: store_feed_wait. NULL: nothing */
    int64_t after;                  /* a position that was told, 0 for the beginning, or FEED_LATEST */
    const struct record_type *type; /* records of this type alone; NULL: everything */
    bool officer;                   /* as for notices */
    size_t limit;
};
struct feed_change {
    int64_t position;
    const struct record_type *type; /* NULL: a notice */
    const struct stored_record *record;
    struct str notice; /* JSON object, as store_notices has it */
};
struct feed_page {
    int64_t position; /* to go on with */
    bool more;        /* there may be more at once */
    const struct feed_change *changes;
    size_t n;
    struct str banner;               /* of its records; "" if there are none */
    const struct receipt **receipts; /* of its records, durable; one for each type */
    size_t n_receipts;
    const struct receipt *receipt; /* to send the page against; NULL if nothing is in it */
};
/* What follows a position, oldest first; everything in arena. What the principal may no longer see is left out.
 * Positions outlast a crash only once something was written durably after this returns: a disclosure, or the query log.
 * ERR_BAD_QUERY: no such position. ERR_STALE. */
int store_feed_read(struct store *s, const struct reading *reading, const struct feed_query *query, struct arena *arena,
                    struct feed_page *ret, struct fault *fault);
/* Closes a page's disclosures. */
void store_feed_sent(struct store *s, const struct feed_page *page, bool completed);
/* From here until store_feed_unwait wake(ctx) is called, from another thread, whenever the principal's feed may have
 * more: who waits first and then reads misses nothing. */
struct feed_wait *store_feed_wait(struct store *s, struct str principal, void (*wake)(void *ctx), void *ctx);
void store_feed_unwait(struct feed_wait *w); /* accepts NULL */
/* By who waits, has read to the end, query->after, and reads again only when it is woken or after a while: its next
 * page may be made for it, together with those of others, under these registers; wake(ctx) tells that it can be read.
 * With `look` it has not read, and there may be something already. False if it cannot be so: then it is woken to look
 * for itself, or looks now. Pages are good until the next call, or until it waits no more. */
bool store_feed_follow(struct feed_wait *w, const struct reading *reading, const struct feed_query *query, bool look);

/* --- objects and their operators --- */
#define OBJECT_CLAIMS_MAX 10000 /* of one partner, waiting to be accepted */
struct object_claim {
    struct str object, partner;
};
/* The reader's partner says that it operates an object. ERR_TOO_MANY beyond OBJECT_CLAIMS_MAX. */
int store_object_claim_add(struct store *s, const struct reading *reading, struct str object, struct fault *fault);
/* By object, then partner; of one partner, or of all ("" ). */
int store_object_claims(struct store *s, struct str partner, struct arena *arena, struct object_claim **ret,
                        size_t *ret_n, struct fault *fault);
/* Of an operator whose acceptance is in force: warns it of what is stored already and still matters, as many records as
 * `batches` batches hold; the rest is left to store_catch_up. */
int store_operator_warn(struct store *s, struct str object, struct str partner, unsigned batches, struct fault *fault);
/* What edits of operators (none: a registration that nobody has accepted) would open and close of the owner's, with
 * the stored records that would be warned of. ERR_STALE if reg is not in force. */
int store_operator_try(struct store *s, const struct registry *reg, const struct registry_edit *edits, size_t n,
                       struct str owner, instant now, struct dry_run *report, struct fault *fault);
int store_object_claim_drop(struct store *s, struct str object, struct str partner, bool *ret_found,
                            struct fault *fault);
/* Of which objects the reader's partner has originated elements that the reader sees. */
int store_object_known(struct store *s, const struct reading *reading, const struct str *objects, size_t n,
                       bool *ret_known, struct fault *fault);

/* Who asked for what, without content: counts, HEAD, 304, refusals. wait: returns after it is durable. */
struct query_event {
    struct str principal, partner, method, route, target, request_id;
    int status;
};
int store_log_query(struct store *s, const struct query_event *e, bool wait, struct fault *fault);

struct store_counters {
    uint64_t posted, duplicates, groups, disclosures, queued_records, reads, stale_reads, default_partition_rows;
};
void store_counters(struct store *s, struct store_counters *ret);
