/* One line per event on stderr, written by one write(2) so that lines of threads never mix.
 *
 *   2026-03-01T12:00:00.000000Z warning tls.refused reason="certificate revoked" peer="127.0.0.1"
 *
 * or as JSON: {"time":"…","level":"warning","event":"tls.refused","reason":"certificate revoked","peer":"127.0.0.1"}.
 * Never logged: record bodies, markings of hidden records, keys, SQL text of clients. */
#pragma once
#include "error.h"
#include "instant.h"

enum log_format { LOG_TEXT, LOG_JSON };

struct log; /* immutable after creation except for its level; safe from any thread */

struct log *log_new(enum log_format format, enum error_level least, int fd);
void log_free(struct log *l);
void log_set_level(struct log *l, enum error_level least);

/* Pairs of key (const char *) and value (const char *, NULL is written as ""), ended by NULL as key:
 *   log_event(l, ERROR_LEVEL_INFO, "http.started", "port", "8443", NULL); */
__attribute__((sentinel)) void log_event(struct log *l, enum error_level level, const char *event, ...);
/* The fault's code, where and detail under `event`, at the level errors.def gives the code. */
void log_fault(struct log *l, const char *event, const struct fault *f);
