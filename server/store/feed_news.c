/* What was posted last, found once for all who follow: keys only, which each reader's own read under row-level security
 * then asks for. */
#include "feed.h"
#include "memory.h"

#include <stdlib.h>

#define NEWS_ROWS 2000 /* as feed_news() in schema/ has it: with so many there may be more */
#define NEWS_KEPT 8192

enum { N_THROUGH, N_SEQ, N_TYPE, N_T, N_LABEL };

#define NEWS                                                                                                           \
    "SELECT s.seq, n.seq, n.type, n.t, n.label_id FROM sequencer s LEFT JOIN feed_news($1) n ON true ORDER BY n.seq"

static void add_row(struct feed_news_row **rows, size_t *n, size_t *room, const struct feed_news_row *row)
{
    if (*n == *room) {
        *room = *room ? 2 * *room : 256;
        *rows = memory_resize(*rows, *room * sizeof **rows);
    }
    (*rows)[(*n)++] = *row;
}

static void take_row(struct feed_news *news, const struct pg_result *r, int i)
{
    bool moved = pg_null(r, i, N_T);
    const struct feed_news_row row = {.seq = pg_i64(r, i, N_SEQ),
                                      .t = moved ? 0 : pg_instant(r, i, N_T),
                                      .type = record_type_find(pg_str(r, i, N_TYPE)),
                                      .label = pg_i32(r, i, N_LABEL)};
    if (moved)
        add_row(&news->moved, &news->n_moved, &news->moved_room, &row);
    else
        add_row(&news->posted, &news->n_posted, &news->posted_room, &row);
}

/* The last `keep` of them; what is before is looked for by who needs it. */
static void drop_old(struct feed_news *news, size_t keep)
{
    size_t gone = news->n_posted > keep ? news->n_posted - keep : 0, old = 0;
    if (gone)
        news->from = news->posted[gone - 1].seq;
    while (old < news->n_moved && news->moved[old].seq <= news->from)
        old++;
    if (gone)
        memmove(news->posted, news->posted + gone, keep * sizeof *news->posted);
    if (old)
        memmove(news->moved, news->moved + old, (news->n_moved - old) * sizeof *news->moved);
    news->n_posted -= gone;
    news->n_moved -= old;
}

static void take_rows(struct feed_news *news, const struct pg_result *r)
{
    int n = pg_rows(r);
    int64_t through = pg_i64(r, 0, N_THROUGH);
    if (!news->through || n >= NEWS_ROWS) {
        news->from = through;
        news->n_posted = news->n_moved = 0;
    } else {
        for (int i = 0; i < n && !pg_null(r, i, N_SEQ); i++)
            take_row(news, r, i);
    }
    news->through = through;
    if (news->n_posted > NEWS_KEPT)
        drop_old(news, NEWS_KEPT / 2);
}

int feed_news_refresh(struct store *s, struct feed_news *news, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    PG_RESULT_CLEANUP struct pg_result *r = NULL;
    struct pg_args args = {0};
    pg_arg_i64(&args, news->through ? news->through : INT64_MAX);
    int error = pg_take(s->feeds, &c, fault);
    if (!error)
        error = pg_exec(c, NEWS, &args, &r, fault);
    if (!error)
        take_rows(news, r);
    return error;
}

void feed_news_free(struct feed_news *news)
{
    free(news->posted);
    free(news->moved);
}
