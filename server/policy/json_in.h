/* Reading JSON that must be exactly so: the first deviation is kept with its JSON path and everything after it reads as
 * empty, so that callers check once at the end. Inside of policy/. */
#pragma once
#include "arena.h"
#include "error.h"
#include "instant.h"

#include <jansson.h>
#include <stdint.h>

struct json_in {
    struct fault *fault;
    enum error_code code; /* what a deviation is called */
    const char *root;     /* how paths begin: "$", "relto" */
    int error;            /* 0 until the first deviation */
};

/* A value and the way to it. Lives on the stack of the functions that walk down. */
struct node {
    struct json_in *in;
    const json_t *v; /* NULL: absent (or null) */
    const struct node *up;
    const char *key; /* NULL: item `index` of an array, or the root */
    size_t index;
};

/* The caller frees *ret with json_decref. ERR_BAD_JSON names line and column. Duplicate members and \u0000 are errors.
 */
int json_in_parse(struct json_in *in, struct str text, enum error_code malformed, json_t **ret);
struct node node_root(struct json_in *in, const json_t *v);

__attribute__((format(printf, 2, 3))) void node_fail(const struct node *n, const char *format, ...);
bool node_given(const struct node *n);

/* members: NULL-terminated; any other member is refused. */
void node_object(const struct node *n, const char *const *members);
/* An object whose member names the caller checks. */
size_t node_map(const struct node *n);
struct node node_member(const struct node *n, const char *key);
/* 0 items if absent. */
size_t node_array(const struct node *n, size_t most);
struct node node_item(const struct node *n, size_t i);

/* 1 to `most` bytes, no control characters. Borrowed from the JSON value. "" on deviation. */
struct str node_text(const struct node *n, size_t most);
/* 1 to `most` bytes of any text: lines of it, where its own reader looks at the characters. Borrowed. */
struct str node_document(const struct node *n, size_t most);
/* As node_text, but absent is "". */
struct str node_text_or_empty(const struct node *n, size_t most);
bool node_bool(const struct node *n, bool absent);
int64_t node_int(const struct node *n, int64_t least, int64_t most);
instant node_instant(const struct node *n, instant absent);
