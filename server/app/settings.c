#include "settings.h"
#include "memory.h"
#include "str.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>

enum kind { KIND_TEXT, KIND_COUNT };

struct row {
    const char *section, *key;
    enum kind kind;
    size_t offset;
    const char *text;
    int64_t count, least, most;
    const char *unit, *help;
};

static const struct row rows[] = {
#define TEXT(section, key, standard, help)                                                                             \
    {#section, #key, KIND_TEXT, offsetof(struct settings, section##_##key), standard, 0, 0, 0, "", help},
#define COUNT(section, key, standard, least, most, unit, help)                                                         \
    {#section, #key, KIND_COUNT, offsetof(struct settings, section##_##key), NULL, standard, least, most, unit, help},
#include "settings.def"
#undef TEXT
#undef COUNT
};
#define ROWS (sizeof rows / sizeof rows[0])

static char **text_at(struct settings *s, const struct row *r)
{
    return (char **)(void *)((char *)s + r->offset);
}

static int64_t *count_at(struct settings *s, const struct row *r)
{
    return (int64_t *)(void *)((char *)s + r->offset);
}

static bool same(const struct settings *a, const struct settings *b, const struct row *r)
{
    const char *at_a = (const char *)a + r->offset, *at_b = (const char *)b + r->offset;
    if (r->kind == KIND_COUNT)
        return !memcmp(at_a, at_b, sizeof(int64_t));
    return !strcmp(*(char *const *)(const void *)at_a, *(char *const *)(const void *)at_b);
}

void settings_compare(const struct settings *a, const struct settings *b, void (*changed)(void *ctx, const char *name),
                      void *ctx)
{
    for (size_t i = 0; i < ROWS; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.%s", rows[i].section, rows[i].key);
        if (!same(a, b, &rows[i]))
            changed(ctx, name);
    }
}

static const struct row *find(const char *section, const char *key)
{
    for (size_t i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].section, section) && !strcmp(rows[i].key, key))
            return &rows[i];
    return NULL;
}

static int set_count(struct settings *s, const struct row *r, const char *value, const char *where, struct fault *fault)
{
    char *end;
    errno = 0;
    long long v = strtoll(value, &end, 10);
    if (errno || end == value || *end || v < r->least || v > r->most)
        return fault_set(fault, ERR_BAD_CONFIG, where, "%s.%s = \"%s\": expected a whole number from %lld to %lld%s%s",
                         r->section, r->key, value, (long long)r->least, (long long)r->most, *r->unit ? " " : "",
                         r->unit);
    *count_at(s, r) = v;
    return 0;
}

static int set(struct settings *s, const struct row *r, const char *value, const char *where, struct fault *fault)
{
    if (r->kind == KIND_COUNT)
        return set_count(s, r, value, where, fault);
    free(*text_at(s, r));
    *text_at(s, r) = memory_strdup(value);
    return 0;
}

struct loading {
    struct settings *settings;
    struct fault first; /* code ERR_NONE: no fault yet */
    bool seen[ROWS];
};

/* inih's callback: 0 marks the line as faulty. inih goes on to the end, so only the first fault is kept; ini_parse
 * returns its line. */
static int on_entry(void *user, const char *section, const char *key, const char *value)
{
    struct loading *l = user;
    struct fault fault = {0};
    const struct row *r = find(section, key);
    int error = 0;
    if (!r)
        error = fault_set(&fault, ERR_BAD_CONFIG, "", "[%s] %s: no such setting; see reltod --help", section, key);
    else if (l->seen[r - rows])
        error = fault_set(&fault, ERR_BAD_CONFIG, "", "%s.%s is set twice", section, key);
    else
        error = set(l->settings, r, value, "", &fault);
    if (r)
        l->seen[r - rows] = true;
    if (error && !l->first.code)
        l->first = fault;
    return !error;
}

static int read_file(const char *path, struct settings *s, struct fault *fault)
{
    struct loading l = {.settings = s};
    int line = ini_parse(path, on_entry, &l);
    char where[FAULT_WHERE_MAX];
    snprintf(where, sizeof where, "%s:%d", path, line);
    if (line == -1)
        return fault_set(fault, ERR_BAD_CONFIG, path, "cannot open: %s", strerror(errno));
    if (line && l.first.code)
        return fault_set(fault, ERR_BAD_CONFIG, where, "%s", l.first.detail);
    if (line)
        return fault_set(fault, ERR_BAD_CONFIG, where, "expected [section] or key = value");
    return 0;
}

static int read_environment(struct settings *s, struct fault *fault)
{
    for (size_t i = 0; i < ROWS; i++) {
        char name[64];
        int n = snprintf(name, sizeof name, "RELTO_%s_%s", rows[i].section, rows[i].key);
        for (int c = 0; c < n; c++)
            name[c] = (char)toupper((unsigned char)name[c]);
        const char *value = getenv(name);
        int error = value ? set(s, &rows[i], value, name, fault) : 0;
        if (error)
            return error;
    }
    return 0;
}

static int one_of(const char *setting, const char *value, const char *const *choices, struct fault *fault)
{
    for (; *choices; choices++)
        if (!strcmp(*choices, value))
            return 0;
    return fault_set(fault, ERR_BAD_CONFIG, setting, "\"%s\" is not among its choices; see reltod --help", value);
}

static int required(const char *setting, const char *value, struct fault *fault)
{
    return *value ? 0 : fault_set(fault, ERR_BAD_CONFIG, setting, "has no default and must be set");
}

static int check(const struct settings *s, struct fault *fault)
{
    static const char *const formats[] = {"text", "json", NULL};
    static const char *const levels[] = {"debug", "info", "warning", "error", NULL};
    static const char *const loopback[] = {"127.0.0.1", "::1", NULL};
    int error = one_of("log.format", s->log_format, formats, fault);
    if (!error)
        error = one_of("log.level", s->log_level, levels, fault);
    if (!error)
        error = one_of("admin.address", s->admin_address, loopback, fault);
    if (!error)
        error = required("tls.certificate", s->tls_certificate, fault);
    if (!error)
        error = required("tls.key", s->tls_key, fault);
    if (!error)
        error = required("tls.trust_dir", s->tls_trust_dir, fault);
    if (!error)
        error = required("database.conninfo", s->database_conninfo, fault);
    return error;
}

static struct settings *defaults(void)
{
    struct settings *s = memory_zeroed(sizeof *s);
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].kind == KIND_TEXT)
            *text_at(s, &rows[i]) = memory_strdup(rows[i].text);
        else
            *count_at(s, &rows[i]) = rows[i].count;
    }
    return s;
}

int settings_load(const char *path, struct settings **ret, struct fault *fault)
{
    struct settings *s = defaults();
    int error = read_file(path, s, fault);
    if (!error)
        error = read_environment(s, fault);
    if (!error)
        error = check(s, fault);
    if (error)
        settings_free(s);
    else
        *ret = s;
    return error;
}

void settings_free(struct settings *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].kind == KIND_TEXT)
            free(*text_at(s, &rows[i]));
    free(s);
}

bool setting_is_live(const char *name)
{
    static const char *const live[] = {"log.level",
                                       "limits.depth",
                                       "limits.elements",
                                       "limits.string",
                                       "limits.imports",
                                       "limits.import_records",
                                       "limits.import_kept",
                                       "limits.records_per_request",
                                       "limits.archive_files",
                                       "limits.archive_bytes",
                                       "limits.archive_ratio",
                                       "policy.embargo_without_reason"};
    for (size_t i = 0; i < sizeof live / sizeof live[0]; i++)
        if (!strcmp(live[i], name))
            return true;
    return false;
}

static void describe_row(const struct row *r, struct buf *out)
{
    char name[64];
    snprintf(name, sizeof name, "%s.%s", r->section, r->key);
    buf_printf(out, "%c %-24s %s", setting_is_live(name) ? '*' : ' ', r->key, r->help);
    if (r->kind == KIND_COUNT)
        buf_printf(out, " (%lld to %lld%s%s, default %lld)\n", (long long)r->least, (long long)r->most,
                   *r->unit ? " " : "", r->unit, (long long)r->count);
    else if (*r->text)
        buf_printf(out, " (default %s)\n", r->text);
    else
        buf_z(out, "\n");
}

void settings_describe(struct buf *out)
{
    const char *section = "";
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(section, rows[i].section))
            buf_printf(out, "[%s]\n", rows[i].section);
        section = rows[i].section;
        describe_row(&rows[i], out);
    }
}
