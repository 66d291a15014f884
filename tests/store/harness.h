/* Store tests are plain programs: each check is a line of the Test Anything Protocol. */
#pragma once
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>

/* --- checks --- */
__attribute__((format(printf, 2, 3))) void check(bool ok, const char *format, ...);
void check_i64(int64_t found, int64_t expected, const char *what);
void check_text(const char *found, const char *expected, const char *what);
void check_ok(int error, const struct fault *fault, const char *what);
/* To be returned from main: prints the plan. */
int checks_done(void);

/* --- databases --- */
/* A new database of this name, owned by relto_owner; its conninfo, to be freed. migrate: with our schema. */
char *new_database(const char *name, bool migrate);
/* What a statement gives to this user: the first row's columns joined by '|', "" without rows, "!42501" on an error.
 * Several statements are one transaction; the last one's result counts. To be freed. */
char *sql(const char *conninfo, const char *user, const char *text);
/* The statement's result is `expected`. */
void check_sql(const char *conninfo, const char *user, const char *text, const char *expected);

/* --- a store without its writer --- */
/* conninfo, pools, visibility, partitions and a clock that reads clock_path (NULL: the system's). */
struct store *test_store(const char *conninfo, const char *clock_path);
void test_store_free(struct store *s);

/* --- policy --- */
/* Partners USA, JPN, AUS with a node, operator, fdo and auditor each; agreement USA-JPN (default up to C for JPN's
 * labels, U for USA's) with this backfill, and what is given beside it ("": nothing). To be freed. */
char *test_policy(const char *backfill, const char *extra_agreement);
/* The first `from` in text, replaced. To be freed. */
char *replaced(const char *text, const char *from, const char *to);
struct registry *parse_policy(const char *json, int64_t epoch, instant now);
/* Applies, expects success, and loads. */
struct registry *apply_policy(struct store *s, const char *json);
const struct reader *reader_of(const struct registry *reg, const char *uri);
/* A label of `poster` from marking text. */
const struct label *label_of(const struct registry *reg, const char *poster, const char *marking, struct arena *arena);
