#include "settings.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
/* Criterion reports success although LeakSanitizer printed a leak: look for one ourselves. */
static void no_leaks(void)
{
    if (__lsan_do_recoverable_leak_check())
        abort();
}
TestSuite(settings, .fini = no_leaks);
#endif

#define REQUIRED "[tls]\ncertificate=c.pem\nkey=k.pem\ntrust_dir=t\n[database]\nconninfo=host=/x dbname=relto\n"

static int load(const char *text, struct settings **ret, struct fault *fault)
{
    char path[] = "/tmp/relto-settings-XXXXXX";
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    int error = settings_load(path, ret, fault);
    unlink(path);
    return error;
}

static struct settings *expect_valid(const char *text)
{
    struct settings *s = NULL;
    struct fault fault;
    int error = load(text, &s, &fault);
    cr_assert_eq(error, 0, "%s: %s", fault.where, fault.detail);
    return s;
}

static void expect_refused(const char *text, const char *where_ends, const char *detail_has)
{
    struct settings *s = NULL;
    struct fault fault = {0};
    cr_assert_eq(load(text, &s, &fault), ERR_BAD_CONFIG);
    size_t n = strlen(fault.where), m = strlen(where_ends);
    cr_assert(n >= m && !strcmp(fault.where + n - m, where_ends), "where is %s", fault.where);
    cr_assert(strstr(fault.detail, detail_has), "detail is %s", fault.detail);
    cr_assert_null(s);
}

Test(settings, defaults_stand_where_nothing_is_said)
{
    struct settings *s = expect_valid(REQUIRED);
    cr_assert_eq(s->server_port, 8443);
    cr_assert_str_eq(s->server_address, "127.0.0.1");
    cr_assert_str_eq(s->database_conninfo, "host=/x dbname=relto");
    cr_assert_eq(s->limits_body, 33554432);
    settings_free(s);
}

Test(settings, both_ends_of_a_range)
{
    settings_free(expect_valid(REQUIRED "[server]\nport=0\nworkers=1\n"));
    settings_free(expect_valid(REQUIRED "[server]\nport=65535\nworkers=256\n"));
    expect_refused("[server]\nport=65536\n" REQUIRED, ":2", "from 0 to 65535");
    expect_refused("[server]\nport=-1\n" REQUIRED, ":2", "server.port = \"-1\"");
    expect_refused("[server]\nworkers=0\n" REQUIRED, ":2", "from 1 to 256 threads");
}

Test(settings, a_number_is_nothing_but_a_number)
{
    expect_refused("[server]\nport=8443x\n" REQUIRED, ":2", "whole number");
    expect_refused("[server]\nport=\n" REQUIRED, ":2", "whole number");
    expect_refused("[server]\nport=99999999999999999999\n" REQUIRED, ":2", "whole number");
}

Test(settings, names_the_line)
{
    expect_refused(REQUIRED "[server]\n\nprot=1\n", ":9", "[server] prot: no such setting");
    expect_refused(REQUIRED "[server]\nport=1\nport=2\n", ":9", "server.port is set twice");
    expect_refused(REQUIRED "[server\n", ":7", "expected [section]");
}

Test(settings, the_first_fault_is_the_one_reported)
{
    expect_refused("[server]\nport=x\nprot=1\n" REQUIRED, ":2", "server.port");
}

Test(settings, choices)
{
    settings_free(expect_valid(REQUIRED "[log]\nformat=json\nlevel=debug\n[admin]\naddress=::1\n"));
    expect_refused(REQUIRED "[log]\nformat=xml\n", "log.format", "not among its choices");
    expect_refused(REQUIRED "[log]\nlevel=loud\n", "log.level", "not among its choices");
    expect_refused(REQUIRED "[admin]\naddress=0.0.0.0\n", "admin.address", "not among its choices");
}

Test(settings, what_has_no_default_must_be_set)
{
    expect_refused("[tls]\ncertificate=c\nkey=k\ntrust_dir=t\n", "database.conninfo", "must be set");
    expect_refused("[database]\nconninfo=x\n[tls]\ncertificate=c\nkey=k\n", "tls.trust_dir", "must be set");
}

Test(settings, the_environment_wins_over_the_file)
{
    setenv("RELTO_SERVER_PORT", "9000", 1);
    struct settings *s = expect_valid(REQUIRED "[server]\nport=1\n");
    cr_assert_eq(s->server_port, 9000);
    settings_free(s);
    setenv("RELTO_SERVER_PORT", "many", 1);
    expect_refused(REQUIRED, "RELTO_SERVER_PORT", "server.port = \"many\"");
}

Test(settings, a_missing_file_is_named)
{
    struct settings *s = NULL;
    struct fault fault;
    cr_assert_eq(settings_load("/nonexistent/reltod.conf", &s, &fault), ERR_BAD_CONFIG);
    cr_assert_str_eq(fault.where, "/nonexistent/reltod.conf");
    cr_assert(strstr(fault.detail, "cannot open"));
}

static void remember(void *ctx, const char *name)
{
    struct buf *b = ctx;
    buf_z(b, name);
    buf_char(b, ' ');
}

Test(settings, compare_names_what_differs)
{
    BUF_CLEANUP struct buf names = {0};
    struct settings *a = expect_valid(REQUIRED);
    struct settings *b = expect_valid(REQUIRED "[server]\nport=1\n[log]\nlevel=debug\n");
    settings_compare(a, b, remember, &names);
    cr_assert(str_eq(buf_view(&names), STR("server.port log.level ")));
    settings_free(a);
    settings_free(b);
}

Test(settings, every_setting_is_described)
{
    BUF_CLEANUP struct buf out = {0};
    settings_describe(&out);
    buf_char(&out, '\0');
#define TEXT(section, key, standard, help) cr_assert(strstr(out.p, " " #key " "), #key);
#define COUNT(section, key, standard, least, most, unit, help) cr_assert(strstr(out.p, " " #key " "), #key);
#include "settings.def"
#undef TEXT
#undef COUNT
}
