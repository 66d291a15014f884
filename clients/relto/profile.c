#include "profile.h"
#include "client.h"
#include "memory.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *key, *variable;
    enum option option;
} rows[PROFILE_COUNT] = {
    [PROFILE_URL] = {"url", "RELTO_URL", OPTION_URL},
    [PROFILE_CA] = {"ca", "RELTO_CA", OPTION_CA},
    [PROFILE_CERT] = {"cert", "RELTO_CERT", OPTION_CERT},
    [PROFILE_KEY] = {"key", "RELTO_KEY", OPTION_KEY},
};

#define SECTION_OF_ALL "default"

struct reading_config {
    struct profile *profile;
    const char *name;        /* the section that is wanted, NULL: only what is for all */
    bool found;              /* there is such a section */
    bool own[PROFILE_COUNT]; /* set by it: what is for all does not change it */
    char fault[200];
};

static void put(struct profile *p, int i, const char *value)
{
    free(p->value[i]);
    p->value[i] = value ? memory_strdup(value) : NULL;
}

/* inih's callback: 0 marks the line as faulty. */
static int on_entry(void *ctx, const char *section, const char *key, const char *value)
{
    struct reading_config *c = ctx;
    bool own = c->name && !strcmp(section, c->name);
    int i = 0;
    while (i < PROFILE_COUNT && strcmp(rows[i].key, key) != 0)
        i++;
    if (i == PROFILE_COUNT) {
        if (!*c->fault)
            snprintf(c->fault, sizeof c->fault, "no such key: %.80s; expected url, ca, cert or key", key);
        return 0;
    }
    c->found = c->found || own;
    if (own || (!strcmp(section, SECTION_OF_ALL) && !c->own[i]))
        put(c->profile, i, value);
    c->own[i] = c->own[i] || own;
    return 1;
}

static char *config_path(const struct options *o)
{
    const char *given = o->value[OPTION_CONFIG], *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char path[4096];
    if (given)
        return memory_strdup(given);
    if (base && *base)
        snprintf(path, sizeof path, "%s/relto/config", base);
    else
        snprintf(path, sizeof path, "%s/.config/relto/config", home ? home : "");
    return memory_strdup(path);
}

/* A file that is not there is none, unless it was asked for. */
static int read_config(const struct options *o, struct reading_config *c)
{
    FREE_CLEANUP char *path = config_path(o);
    int line = ini_parse(path, on_entry, c);
    if (line == -1 && (errno != ENOENT || o->value[OPTION_CONFIG]))
        return complain(EX_CONFIG, "%s: %s", path, strerror(errno));
    if (line > 0)
        return complain(EX_CONFIG, "%s:%d: %s", path, line, *c->fault ? c->fault : "expected [section] or key = value");
    return 0;
}

/* RELTO_<NAME>_<SUFFIX>, of upper case letters, digits and underscores. */
static const char *named_variable(const char *name, const char *suffix)
{
    char variable[200];
    snprintf(variable, sizeof variable, "RELTO_%.150s_%s", name, suffix);
    for (char *p = variable; *p; p++)
        *p = (char)(isalnum((unsigned char)*p) ? toupper((unsigned char)*p) : '_');
    return getenv(variable);
}

/* Of a name that is no section: the certificate that the environment has for it. */
static int read_named(struct profile *p, const char *name)
{
    const char *cert = named_variable(name, "CERT"), *key = named_variable(name, "KEY");
    if (!cert || !key)
        return complain(EX_CONFIG, "no profile %s: no such section, and no RELTO_..._CERT and _KEY of that name", name);
    put(p, PROFILE_CERT, cert);
    put(p, PROFILE_KEY, key);
    return 0;
}

static int check(const struct profile *p)
{
    for (int i = 0; i < PROFILE_COUNT; i++)
        if (!p->value[i] || !*p->value[i])
            return complain(EX_CONFIG, "no %s: give --%s, %s or a profile", rows[i].key, rows[i].key, rows[i].variable);
    if (strncmp(p->value[PROFILE_URL], "https://", 8) != 0)
        return complain(EX_CONFIG, "%s: expected https://host:port", p->value[PROFILE_URL]);
    return 0;
}

/* What is nearer to this one command counts: option, then profile that was asked for, environment, what is for all. */
int profile_read(const struct options *o, struct profile *ret)
{
    const char *named = o->value[OPTION_PROFILE] ? o->value[OPTION_PROFILE] : getenv("RELTO_PROFILE");
    struct reading_config c = {.profile = ret, .name = named && *named ? named : NULL};
    *ret = (struct profile){0};
    int error = read_config(o, &c);
    if (!error && c.name && !c.found)
        error = read_named(ret, c.name);
    for (int i = 0; i < PROFILE_COUNT && !error; i++) {
        bool by_profile = c.own[i] || (c.name && !c.found && (i == PROFILE_CERT || i == PROFILE_KEY));
        if (o->value[rows[i].option])
            put(ret, i, o->value[rows[i].option]);
        else if (getenv(rows[i].variable) && !by_profile)
            put(ret, i, getenv(rows[i].variable));
    }
    if (!error)
        error = options_number(o, OPTION_TIMEOUT, 1, 86400, 120, &ret->timeout);
    if (!error)
        error = options_number(o, OPTION_RETRIES, 0, 1000, 5, &ret->retries);
    return error ? error : check(ret);
}

void profile_free(struct profile *p)
{
    for (int i = 0; i < PROFILE_COUNT; i++)
        put(p, i, NULL);
}
