/* How fast binary COPY is, over several connections at once, in commits of so many rows.
 *
 *   copy CONNINFO TABLE FILE CONNECTIONS ROWS
 *
 * FILE is what COPY … TO … (FORMAT binary) wrote. Connections take turns with its rows. Prints one line of JSON. */
#include "buf.h"
#include "memory.h"

#include <endian.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define CONNECTIONS_MAX 16
/* Signature, flags, length of the extension: https://www.postgresql.org/docs/15/sql-copy.html, "File Header" */
#define HEADER 19

struct piece {
    size_t at, n;
};

struct work {
    struct str file;
    struct piece *pieces;
    size_t n_pieces, rows;
    char command[128];
    size_t connections;
};

struct worker {
    const struct work *work;
    PGconn *db;
    size_t first;
    bool failed;
};

static uint16_t be16(const char *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return be16toh(v);
}

static uint32_t be32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return be32toh(v);
}

/* Where the tuple at `at` ends; 0 at the trailer or where the file is cut. */
static size_t tuple_end(struct str file, size_t at)
{
    if (at + 2 > file.n || be16(file.p + at) == UINT16_MAX)
        return 0;
    unsigned fields = be16(file.p + at);
    at += 2;
    while (fields-- && at + 4 <= file.n) {
        uint32_t n = be32(file.p + at);
        at += 4 + (n == UINT32_MAX ? 0 : n);
    }
    return at <= file.n ? at : 0;
}

static void cut(struct work *w, size_t rows_each)
{
    size_t at = HEADER + be32(w->file.p + HEADER - 4), room = 0;
    for (size_t end; (end = tuple_end(w->file, at)); at = end, w->rows++) {
        if (w->rows % rows_each == 0) {
            if (w->n_pieces == room)
                w->pieces = memory_resize(w->pieces, (room = room * 2 + 64) * sizeof *w->pieces);
            w->pieces[w->n_pieces++] = (struct piece){at, 0};
        }
        w->pieces[w->n_pieces - 1].n = end - w->pieces[w->n_pieces - 1].at;
    }
}

static bool copy_piece(const struct work *w, PGconn *db, struct piece p)
{
    static const char trailer[] = {'\xff', '\xff'};
    PGresult *begun = PQexec(db, w->command);
    bool ok = PQresultStatus(begun) == PGRES_COPY_IN && PQputCopyData(db, w->file.p, HEADER) == 1 &&
              PQputCopyData(db, w->file.p + p.at, (int)p.n) == 1 && PQputCopyData(db, trailer, 2) == 1 &&
              PQputCopyEnd(db, NULL) == 1;
    PQclear(begun);
    for (PGresult *r; (r = PQgetResult(db));) {
        ok = ok && PQresultStatus(r) == PGRES_COMMAND_OK;
        PQclear(r);
    }
    if (!ok)
        fprintf(stderr, "copy: %s", PQerrorMessage(db));
    return ok;
}

static void *copy_all(void *arg)
{
    struct worker *me = arg;
    const struct work *w = me->work;
    for (size_t i = me->first; i < w->n_pieces && !me->failed; i += w->connections)
        me->failed = !copy_piece(w, me->db, w->pieces[i]);
    return NULL;
}

static bool read_file(const char *path, struct buf *ret)
{
    FILE *f = fopen(path, "rb");
    size_t n = 1;
    while (f && n) {
        n = fread(buf_reserve(ret, 1 << 20), 1, 1 << 20, f);
        ret->n += n;
    }
    return f && fclose(f) == 0 && ret->n > HEADER;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool run(struct work *w, const char *conninfo)
{
    struct worker workers[CONNECTIONS_MAX];
    pthread_t threads[CONNECTIONS_MAX];
    bool ok = true;
    for (size_t i = 0; i < w->connections; i++) {
        workers[i] = (struct worker){w, PQconnectdb(conninfo), i, false};
        ok = ok && PQstatus(workers[i].db) == CONNECTION_OK;
    }
    double began = seconds();
    for (size_t i = 0; ok && i < w->connections; i++)
        ok = pthread_create(&threads[i], NULL, copy_all, &workers[i]) == 0;
    for (size_t i = 0; ok && i < w->connections; i++)
        ok = pthread_join(threads[i], NULL) == 0 && !workers[i].failed;
    double took = seconds() - began;
    for (size_t i = 0; i < w->connections; i++)
        PQfinish(workers[i].db);
    if (ok)
        printf("{\"records\":%zu,\"seconds\":%.3f,\"records_per_second\":%.1f}\n", w->rows, took,
               (double)w->rows / took);
    return ok;
}

int main(int argc, char **argv)
{
    BUF_CLEANUP struct buf file = {0};
    struct work w = {0};
    if (argc == 6 && read_file(argv[3], &file)) {
        w.file = buf_view(&file);
        w.connections = strtoul(argv[4], NULL, 10);
        snprintf(w.command, sizeof w.command, "COPY %s FROM STDIN (FORMAT binary)", argv[2]);
        cut(&w, strtoul(argv[5], NULL, 10));
    }
    if (!w.rows || !w.connections || w.connections > CONNECTIONS_MAX) {
        fputs("usage: copy CONNINFO TABLE FILE CONNECTIONS ROWS\n", stderr);
        return 2;
    }
    bool ok = run(&w, argv[1]);
    free(w.pieces);
    return ok ? 0 : 1;
}
