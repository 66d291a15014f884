#include "clock.h"
#include "file.h"
#include "leaks.h"
#include "log.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static char path[] = "/tmp/relto-sys-XXXXXX";

static void begin(void)
{
    int fd = mkstemp(path);
    cr_assert(fd >= 0);
    close(fd);
}

static void end(void)
{
    unlink(path);
    no_leaks();
}

TestSuite(clock, .init = begin, .fini = end);
TestSuite(file, .init = begin, .fini = end);
TestSuite(log, .fini = no_leaks);

static void put(const char *text)
{
    FILE *f = fopen(path, "w");
    fputs(text, f);
    fclose(f);
}

static instant realtime(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (instant)t.tv_sec * INSTANT_SECOND + t.tv_nsec / 1000;
}

Test(clock, without_a_file_it_is_the_systems)
{
    static const char *const none[] = {NULL, ""};
    for (size_t i = 0; i < 2; i++) {
        struct clock *c;
        cr_assert_eq(clock_open(none[i], &c, NULL), 0);
        instant before = realtime(), now = clock_now(c);
        cr_assert_geq(now, before);
        cr_assert_leq(now, realtime());
        cr_assert_not(clock_is_simulated(c));
        clock_free(c);
    }
    clock_free(NULL);
}

Test(clock, follows_its_file)
{
    struct clock *c;
    put("2026-03-01T12:00:00Z\n");
    cr_assert_eq(clock_open(path, &c, NULL), 0);
    cr_assert(clock_is_simulated(c));
    cr_assert_eq(clock_now(c), INT64_C(1772366400) * INSTANT_SECOND);
    put("2026-03-02");
    cr_assert_eq(clock_now(c), INT64_C(1772409600) * INSTANT_SECOND);
    put("half a ti");
    cr_assert_eq(clock_now(c), INT64_C(1772409600) * INSTANT_SECOND, "a file that is being written must not move time");
    unlink(path);
    cr_assert_eq(clock_now(c), INT64_C(1772409600) * INSTANT_SECOND);
    clock_free(c);
}

Test(clock, unreadable_file_is_refused_at_the_start)
{
    struct clock *c = NULL;
    struct fault fault;
    put("yesterday\n");
    cr_assert_eq(clock_open(path, &c, &fault), ERR_BAD_CONFIG);
    cr_assert_str_eq(fault.where, "clock.file");
    cr_assert_eq(clock_open("/nowhere/clock", &c, &fault), ERR_BAD_CONFIG);
    cr_assert_null(c);
}

Test(clock, durations_do_not_follow_the_file)
{
    int64_t before = clock_monotonic();
    cr_assert_geq(clock_monotonic(), before);
}

Test(file, whole_file_is_appended)
{
    BUF_CLEANUP struct buf b = {0};
    buf_z(&b, "before ");
    put("content");
    cr_assert_eq(file_read(path, 7, &b, NULL), 0);
    cr_assert(str_is(buf_view(&b), "before content"));
    put("");
    cr_assert_eq(file_read(path, 7, &b, NULL), 0);
    cr_assert(str_is(buf_view(&b), "before content"));
}

Test(file, larger_than_a_step)
{
    BUF_CLEANUP struct buf b = {0};
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 100000; i++)
        fputc('a' + i % 26, f);
    fclose(f);
    cr_assert_eq(file_read(path, 100000, &b, NULL), 0);
    cr_assert_eq(b.n, 100000);
    for (int i = 0; i < 100000; i++)
        cr_assert_eq(b.p[i], 'a' + i % 26);
}

Test(file, limit_and_missing_file_are_named)
{
    BUF_CLEANUP struct buf b = {0};
    struct fault fault;
    put("content");
    cr_assert_eq(file_read(path, 6, &b, &fault), ERR_IO);
    cr_assert_str_eq(fault.where, path);
    cr_assert(strstr(fault.detail, "6 bytes"));
    cr_assert_eq(file_read("/nowhere/file", 6, &b, &fault), ERR_IO);
    cr_assert(strstr(fault.detail, "No such file"));
    cr_assert_eq(file_read("/", 6, &b, &fault), ERR_IO);
}

static const char *logged(int fd)
{
    static char text[65536];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

Test(log, text_lines)
{
    int fd = memfd_create("log", 0);
    struct log *l = log_new(LOG_TEXT, ERROR_LEVEL_INFO, fd);
    log_event(l, ERROR_LEVEL_WARNING, "a.b", "key", "va\"l\nue", "none", NULL, NULL);
    const char *text = logged(fd);
    cr_assert_str_eq(text + INSTANT_TEXT, " warning a.b key=\"va\\\"l\\nue\" none=\"\"\n");
    instant t;
    cr_assert(instant_parse((struct str){text, INSTANT_TEXT}, &t));
    log_free(l);
    log_free(NULL);
    close(fd);
}

Test(log, json_lines)
{
    int fd = memfd_create("log", 0);
    struct log *l = log_new(LOG_JSON, ERROR_LEVEL_INFO, fd);
    log_event(l, ERROR_LEVEL_ERROR, "a.b", "key", "va\"lue", NULL);
    const char *text = logged(fd);
    cr_assert(strncmp(text, "{\"time\":\"", 9) == 0);
    cr_assert_str_eq(text + 9 + INSTANT_TEXT, "\",\"level\":\"error\",\"event\":\"a.b\",\"key\":\"va\\\"lue\"}\n");
    log_free(l);
    close(fd);
}

Test(log, quieter_than_its_level_is_left_out)
{
    int fd = memfd_create("log", 0);
    struct log *l = log_new(LOG_TEXT, ERROR_LEVEL_WARNING, fd);
    log_event(l, ERROR_LEVEL_INFO, "info", NULL);
    log_event(l, ERROR_LEVEL_WARNING, "warning", NULL);
    log_event(NULL, ERROR_LEVEL_ERROR, "nowhere", NULL);
    cr_assert(strstr(logged(fd), " warning warning\n"));
    cr_assert_not(strstr(logged(fd), "info"));
    log_set_level(l, ERROR_LEVEL_DEBUG);
    log_event(l, ERROR_LEVEL_DEBUG, "spoken", NULL);
    cr_assert(strstr(logged(fd), " debug spoken\n"));
    log_free(l);
    close(fd);
}

Test(log, faults_have_the_level_of_their_code)
{
    int fd = memfd_create("log", 0);
    struct log *l = log_new(LOG_TEXT, ERROR_LEVEL_INFO, fd);
    struct fault f;
    fault_set(&f, ERR_TLS, "tls.key", "no key");
    log_fault(l, "tls.reload", &f);
    cr_assert(strstr(logged(fd), " error tls.reload code=\"TLS\" where=\"tls.key\" detail=\"no key\"\n"));
    log_free(l);
    close(fd);
}

static void *many_lines(void *arg)
{
    for (int i = 0; i < 200; i++)
        log_event(arg, ERROR_LEVEL_INFO, "line", "text", "0123456789012345678901234567890123456789", NULL);
    return NULL;
}

/* Lines of threads that write at the same time are whole. */
Test(log, lines_never_mix)
{
    pthread_t threads[4];
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    struct log *l = log_new(LOG_TEXT, ERROR_LEVEL_INFO, ends[1]);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, many_lines, l);
    FILE *in = fdopen(ends[0], "r");
    char line[300];
    for (int i = 0; i < 800; i++) {
        cr_assert_not_null(fgets(line, sizeof line, in));
        cr_assert_str_eq(line + INSTANT_TEXT, " info line text=\"0123456789012345678901234567890123456789\"\n");
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    fclose(in);
    close(ends[1]);
    log_free(l);
}
