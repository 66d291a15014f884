/* The writer: what is acknowledged is stored, once. */
#include "fixture.h"

#include "memory.h"

#include <stdio.h>

#define OBSERVATION                                                                                                    \
    "{\"classificationMarking\":\"%s\",\"dataMode\":\"TEST\",\"source\":\"test\",\"obTime\":\"2026-06-%02dT12:00:"     \
    "00Z\","                                                                                                           \
    "\"satNo\":%d,\"ra\":%d.5,\"declination\":-30.25%s%s}"

/* n observations, numbered from `first`. The text belongs to the caller. */
static char *observations(int first, int n, const char *marking, const char *relto)
{
    struct buf b = {0};
    buf_char(&b, '[');
    for (int i = first; i < first + n; i++) {
        if (i > first)
            buf_char(&b, ',');
        buf_printf(&b, OBSERVATION, marking, 1 + i % 28, 10000 + i, i % 360, *relto ? ",\"relto\":" : "", relto);
    }
    buf_z(&b, "]");
    buf_char(&b, '\0');
    return b.p;
}

static struct fixture_post *post(struct fixture *f, int first, int n)
{
    FREE_CLEANUP char *json = observations(first, n, "U", "");
    return fixture_post(f, "eoobservation", "USA", json);
}

static void a_retry_is_the_same_record(struct fixture *f)
{
    struct fixture_post *a = post(f, 0, 3), *b = post(f, 0, 3);
    MUST(!a->error && !b->error);
    for (size_t i = 0; i < 3; i++) {
        MUST(a->post.records[i].outcome == 0 && !a->post.records[i].existed);
        MUST(b->post.records[i].outcome == 0 && b->post.records[i].existed);
        MUST(memcmp(&a->post.records[i].id, &b->post.records[i].id, UUID_SIZE) == 0);
    }
    MUST(fixture_sql_i64(f, "SELECT count(*) FROM record") == 3);
    fixture_post_free(a);
    fixture_post_free(b);
}

int main(void)
{
    struct fixture f;
    fixture_open(&f);
    a_retry_is_the_same_record(&f);
    fixture_close(&f);
    puts("ok");
    return 0;
}
