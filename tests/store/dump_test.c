/* The schema that the migrations make is the one in schema/schema.dump, and schema/verify/ agrees with it.
 * RELTO_UPDATE=1 rewrites the dump: for the author of a migration, who then reads the difference. */
#include "harness.h"

#include "file.h"
#include "memory.h"
#include "migrate.h"

#define DUMP_FILE RELTO_SOURCE "/schema/schema.dump"

/* A command's output; ends the program if it fails. */
static void output_of(const char *command, struct buf *out)
{
    char chunk[4096];
    size_t n;
    FILE *f = popen(command, "r");
    while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(out, chunk, n);
    if (!f || pclose(f) != 0) {
        fprintf(stderr, "%s failed\n", command);
        abort();
    }
}

/* pg_dump's text without comments, settings, blank lines and the random words of \restrict. */
static void essence(const struct buf *dump, struct buf *out)
{
    static const char *const dropped[] = {"--",         "SET ",         "SELECT pg_catalog.set_config",
                                          "\\restrict", "\\unrestrict", "\n"};
    for (const char *at = dump->p, *end = dump->p + dump->n; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t n = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        bool drop = false;
        for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
            drop = drop || (n >= strlen(dropped[i]) && memcmp(at, dropped[i], strlen(dropped[i])) == 0);
        if (!drop)
            buf_add(out, at, n);
        at += n;
    }
}

static void write_dump(const struct buf *text)
{
    FILE *f = fopen(DUMP_FILE, "w");
    if (!f || fwrite(text->p, 1, text->n, f) != text->n || fclose(f) != 0) {
        perror(DUMP_FILE);
        abort();
    }
}

/* The line they first differ in. */
static void tell_difference(struct str expected, struct str found)
{
    size_t i = 0;
    while (i < expected.n && i < found.n && expected.p[i] == found.p[i])
        i++;
    while (i > 0 && expected.p[i - 1] != '\n')
        i--;
    printf("# expected %.*s\n# found    %.*s\n", (int)strcspn(expected.p + i, "\n"), expected.p + i,
           (int)strcspn(found.p + i, "\n"), found.p + i);
}

static void test_dump(const char *db)
{
    BUF_CLEANUP struct buf command = {0}, dump = {0}, found = {0}, expected = {0};
    struct fault fault;
    buf_printf(&command, "/usr/lib/postgresql/15/bin/pg_dump --schema-only -U postgres -d '%s'", db);
    buf_char(&command, '\0');
    output_of(command.p, &dump);
    essence(&dump, &found);
    if (getenv("RELTO_UPDATE"))
        write_dump(&found);
    check_ok(file_read(DUMP_FILE, 1 << 22, &expected, &fault), &fault, "schema.dump is there");
    bool same = str_eq(buf_view(&expected), buf_view(&found));
    buf_char(&expected, '\0');
    buf_char(&found, '\0');
    check(same, "the migrations make what schema.dump says");
    if (!same)
        tell_difference(buf_view(&expected), buf_view(&found));
}

static void test_verify(const char *db)
{
    for (size_t i = 0; i < migration_count; i++) {
        char path[4096];
        BUF_CLEANUP struct buf text = {0};
        struct fault fault;
        snprintf(path, sizeof path, RELTO_SOURCE "/schema/verify/%04d.sql", migrations[i].version);
        check_ok(file_read(path, 1 << 20, &text, &fault), &fault, "a migration has its verify script");
        buf_char(&text, '\0');
        char *result = sql(db, "relto_owner", text.p);
        check_text(result, "", path + strlen(RELTO_SOURCE) + 1);
        free(result);
    }
}

int main(void)
{
    char *db = new_database("dump", true);
    test_dump(db);
    test_verify(db);
    free(db);
    return checks_done();
}
