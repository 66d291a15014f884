/* The configuration file: one table (settings.def) of names, ranges, units and defaults. */
#pragma once
#include "buf.h"
#include "error.h"

#include <stdint.h>

struct settings {
#define TEXT(section, key, standard, help) char *section##_##key;
#define COUNT(section, key, standard, least, most, unit, help) int64_t section##_##key;
#include "settings.def"
#undef TEXT
#undef COUNT
};

/* Reads an INI file (UTF-8, `key = value`, `;` or `#` comments), then RELTO_<SECTION>_<KEY> from the environment, then
 * checks what settings need of one another. ERR_BAD_CONFIG: where is file:line, the variable or the setting. */
int settings_load(const char *path, struct settings **ret, struct fault *fault);
void settings_free(struct settings *s); /* accepts NULL */
/* Calls changed(ctx, "section.key") for each setting in which the two differ. */
void settings_compare(const struct settings *a, const struct settings *b, void (*changed)(void *ctx, const char *name),
                      void *ctx);
/* Whether a reload puts a change of "section.key" in force; the others wait for a restart. */
bool setting_is_live(const char *name);
/* The table for people: --help. */
void settings_describe(struct buf *out);
