/* The commands of reltod. Each returns the process's exit code. */
#pragma once
#include "log.h"
#include "settings.h"

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

int command_serve(const char *config_path);
int command_migrate(const struct settings *s);
int command_check_config(const struct settings *s);
int command_policy_apply(const struct settings *s, const char *file, bool dry_run, const char *actor);

/* "reltod: where: detail" on stderr; returns EXIT_FAILED. */
int report(const struct fault *fault);

/* What the commands make of the settings. */
struct log *make_log(const struct settings *s);
enum error_level log_level(const struct settings *s);
struct clock;
struct store_config;
struct tls_config;
struct store_config make_store_config(const struct settings *s, struct clock *clock, struct log *log);
struct tls_config make_tls_config(const struct settings *s, struct clock *clock, struct log *log);
