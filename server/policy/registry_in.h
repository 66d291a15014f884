/* Shared by the readers of a policy file's parts. Inside of policy/. */
#pragma once
#include "json_in.h"
#include "registry_data.h"

#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGIT "0123456789"

struct building {
    struct registry *reg;
    struct json_in *in;
    const struct node *root;
    instant now;
    registry_accepted *accepted;
    void *ctx;
};

bool text_only(struct str s, const char *allowed);
/* Identifiers of agreements and grants; record types and fields. */
bool name_id(struct str s);
bool name_type(struct str s);
bool name_type_or_all(struct str s);
#define AN_ID "an identifier: 1 to 64 of A-Z, a-z, 0-9, `-`, `_`, `.`"
#define A_TYPE "a record type: a-z, then a-z and 0-9"

/* One name, copied; fails with `expected` if it is not of the form. */
struct str in_name(struct building *b, const struct node *n, bool form(struct str), const char *expected);
/* The names of all items of a list, sorted, none twice. key NULL: the items are the names. */
struct codes in_names(struct building *b, const struct node *list, const char *key, size_t most, bool form(struct str),
                      const char *expected);
struct str in_text(struct building *b, const struct node *item, const char *key);
struct str in_text_or_empty(struct building *b, const struct node *item, const char *key);
/* The place of the item's name among those that in_names found; 0 on deviation. */
size_t in_number(const struct codes *known, const struct node *item, const char *key);
/* The number of the code at n; 0 on deviation. */
size_t in_refer(const struct node *n, const struct codes *known, const char *what);
struct set in_refer_all(const struct node *list, const struct codes *known, const char *what);
/* The number of the view named at n, 0 if absent (or on deviation). */
unsigned in_view(const struct building *b, const struct node *n);
/* … which must be defined for the type. */
unsigned in_view_of(const struct building *b, const struct node *n, size_t type);
/* {"USA": "S", …}: ranks by profile, NO_LEVEL where none is named. */
void in_levels(const struct registry *reg, const struct node *map, int8_t out[REGISTRY_PROFILES_MAX]);
unsigned in_modes(const struct node *list);

/* spiffe://<trust domain>/<role>/<name> */
bool principal_uri_split(struct str uri, struct str *ret_domain, struct str *ret_role);
void in_principals(struct building *b, const struct node *list);

/* agreement_index.c */
void index_agreements(struct registry *reg);

/* views.c */
void in_types(struct building *b, const struct node *root);
void in_views(struct building *b, const struct node *list);
void in_agreement_views(struct building *b, const struct node *map, struct agreement *a);

/* partner_rules.c. Markings of warnings are read when all else is (in_warning_labels). */
void in_partner_rules(struct building *b, const struct node *item, struct partner *p);
void in_warning_labels(struct building *b, const struct node *partners);

/* exceptions.c */
void in_operators(struct building *b, const struct node *list);
void in_grants(struct building *b, const struct node *list);

/* scheme_parse.c. The second after all profiles; list is theirs. */
void in_profile(struct building *b, const struct node *item, struct profile *p);
void in_number_caveats(struct building *b, const struct node *list);
