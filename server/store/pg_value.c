/* Parameters into and columns out of PostgreSQL's binary formats. */
#include "pg.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

/* pg_type.dat */
enum {
    OID_BOOL = 16,
    OID_BOOLS = 1000,
    OID_BYTEAS = 1001,
    OID_TEXTS = 1009,
    OID_INT8S = 1016,
    OID_TIMESTAMPTZS = 1185,
    OID_UUIDS = 2951
};

/* --- parameters --- */

static void add(struct pg_args *a, unsigned oid, const char *value, size_t n, int format)
{
    if (a->n == PG_ARGS_MAX)
        abort(); /* statements are ours: none has so many */
    a->types[a->n] = oid;
    a->values[a->n] = value;
    a->lengths[a->n] = (int)n;
    a->formats[a->n++] = format;
}

/* Binary; copied into the structure. */
static void add_scalar(struct pg_args *a, unsigned oid, const void *bytes, size_t n)
{
    if (a->n == PG_ARGS_MAX)
        abort();
    memcpy(a->scalars[a->n], bytes, n);
    add(a, oid, a->scalars[a->n], n, 1);
}

/* array_recv: what stands before the elements, and before each its length. */
#define ARRAY_HEADER 20
#define ELEMENT_HEADER 4

static void add_number(struct pg_args *a, unsigned oid, struct buf *b)
{
    add_scalar(a, oid, b->p, b->n);
    buf_free(b);
}

/* Room in the arena for n elements of so many bytes together: written once and where libpq takes it from. */
static struct buf array_room(struct pg_args *a, size_t n, size_t bytes)
{
    size_t room = ARRAY_HEADER + ELEMENT_HEADER * n + bytes;
    return (struct buf){.p = arena_alloc(a->arena, room), .cap = room};
}

static void add_array(struct pg_args *a, unsigned oid, const struct buf *b)
{
    add(a, oid, b->p, b->n, 1);
}

void pg_arg_null(struct pg_args *a, unsigned oid)
{
    add(a, oid, NULL, 0, 0);
}

void pg_arg_z(struct pg_args *a, const char *text)
{
    add(a, 0, text, 0, 0);
}

void pg_arg_str(struct pg_args *a, struct str s)
{
    add(a, OID_TEXT, s.n ? s.p : "", s.n, 1);
}

void pg_arg_bytes(struct pg_args *a, const void *p, size_t n)
{
    add(a, OID_BYTEA, n ? p : "", n, 1);
}

void pg_arg_bool(struct pg_args *a, bool v)
{
    add(a, OID_BOOL, v ? "\1" : "\0", 1, 1);
}

void pg_arg_i32(struct pg_args *a, int32_t v)
{
    struct buf b = {0};
    binary_u32(&b, (uint32_t)v);
    add_number(a, OID_INT4, &b);
}

void pg_arg_i64(struct pg_args *a, int64_t v)
{
    struct buf b = {0};
    binary_i64(&b, v);
    add_number(a, OID_INT8, &b);
}

void pg_arg_instant(struct pg_args *a, instant t)
{
    struct buf b = {0};
    binary_i64(&b, binary_from_instant(t));
    add_number(a, OID_TIMESTAMPTZ, &b);
}

void pg_arg_uuid(struct pg_args *a, struct uuid u)
{
    add_scalar(a, OID_UUID, u.bytes, sizeof u.bytes);
}

void pg_arg_i32s(struct pg_args *a, const int32_t *v, size_t n)
{
    struct buf b = array_room(a, n, n * sizeof *v);
    binary_array(&b, OID_INT4, n);
    for (size_t i = 0; i < n; i++)
        binary_element_i32(&b, v[i]);
    add_array(a, OID_INT4_ARRAY, &b);
}

void pg_arg_i64s(struct pg_args *a, const int64_t *v, size_t n)
{
    struct buf b = array_room(a, n, n * sizeof *v);
    binary_array(&b, OID_INT8, n);
    for (size_t i = 0; i < n; i++)
        binary_element_i64(&b, v[i]);
    add_array(a, OID_INT8S, &b);
}

static void add_strs(struct pg_args *a, unsigned array, unsigned element, const struct str *v, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += v[i].n;
    struct buf b = array_room(a, n, bytes);
    binary_array(&b, element, n);
    for (size_t i = 0; i < n; i++)
        binary_element(&b, v[i].n ? v[i].p : "", v[i].n);
    add_array(a, array, &b);
}

void pg_arg_strs(struct pg_args *a, const struct str *v, size_t n)
{
    add_strs(a, OID_TEXTS, OID_TEXT, v, n);
}

void pg_arg_byteas(struct pg_args *a, const struct str *v, size_t n)
{
    add_strs(a, OID_BYTEAS, OID_BYTEA, v, n);
}

void pg_arg_bools(struct pg_args *a, const bool *v, size_t n)
{
    struct buf b = array_room(a, n, n);
    binary_array(&b, OID_BOOL, n);
    for (size_t i = 0; i < n; i++)
        binary_element(&b, v[i] ? "\1" : "\0", 1);
    add_array(a, OID_BOOLS, &b);
}

void pg_arg_instants(struct pg_args *a, const instant *v, size_t n)
{
    struct buf b = array_room(a, n, n * sizeof(int64_t));
    binary_array(&b, OID_TIMESTAMPTZ, n);
    for (size_t i = 0; i < n; i++)
        binary_element_instant(&b, v[i]);
    add_array(a, OID_TIMESTAMPTZS, &b);
}

void pg_arg_uuids(struct pg_args *a, const struct uuid *v, size_t n)
{
    struct buf b = array_room(a, n, n * UUID_SIZE);
    binary_array(&b, OID_UUID, n);
    for (size_t i = 0; i < n; i++)
        binary_element(&b, v[i].bytes, sizeof v[i].bytes);
    add_array(a, OID_UUIDS, &b);
}

/* --- results --- */

static const PGresult *pq(const struct pg_result *r)
{
    return (const PGresult *)r;
}

void pg_result_free(struct pg_result *r)
{
    PQclear((PGresult *)r);
}

int pg_rows(const struct pg_result *r)
{
    return PQntuples(pq(r));
}

int64_t pg_affected(struct pg_result *r)
{
    return strtoll(PQcmdTuples((PGresult *)r), NULL, 10);
}

bool pg_null(const struct pg_result *r, int row, int column)
{
    return PQgetisnull(pq(r), row, column);
}

/* The bytes of a column of this type (0: any); anything else is a mistake of the program's. */
static const char *value(const struct pg_result *r, int row, int column, unsigned oid)
{
    if (PQgetisnull(pq(r), row, column) || (oid && PQftype(pq(r), column) != oid)) { /* what is not there is NULL */
        fprintf(stderr, "store: column %d of a result is not of type %u\n", column, oid);
        abort();
    }
    return PQgetvalue(pq(r), row, column);
}

int32_t pg_i32(const struct pg_result *r, int row, int column)
{
    return binary_read_i32(value(r, row, column, OID_INT4));
}

int64_t pg_i64(const struct pg_result *r, int row, int column)
{
    return binary_read_i64(value(r, row, column, OID_INT8));
}

bool pg_bool(const struct pg_result *r, int row, int column)
{
    return value(r, row, column, OID_BOOL)[0] != 0;
}

instant pg_instant(const struct pg_result *r, int row, int column)
{
    return binary_read_instant(value(r, row, column, OID_TIMESTAMPTZ));
}

struct uuid pg_uuid(const struct pg_result *r, int row, int column)
{
    return binary_read_uuid(value(r, row, column, OID_UUID));
}

struct str pg_str(const struct pg_result *r, int row, int column)
{
    const char *p = value(r, row, column, 0);
    return (struct str){p, (size_t)PQgetlength(pq(r), row, column)};
}

/* Header of 20 bytes, then length and value of each element (array_send). An empty array has a header of 12 only. */
size_t pg_i32s(const struct pg_result *r, int row, int column, struct arena *arena, int32_t **ret)
{
    const char *p = value(r, row, column, OID_INT4_ARRAY);
    size_t n = binary_read_i32(p) == 0 ? 0 : (size_t)binary_read_i32(p + 12);
    *ret = arena_array(arena, n, sizeof **ret);
    for (size_t i = 0; i < n; i++)
        (*ret)[i] = binary_read_i32(p + 20 + 8 * i + 4);
    return n;
}

size_t pg_strs(const struct pg_result *r, int row, int column, struct arena *arena, struct str **ret)
{
    const char *p = value(r, row, column, OID_TEXTS);
    size_t n = binary_read_i32(p) == 0 ? 0 : (size_t)binary_read_i32(p + 12);
    *ret = arena_array(arena, n, sizeof **ret);
    p += 20;
    for (size_t i = 0; i < n; i++) {
        size_t length = (size_t)binary_read_i32(p);
        (*ret)[i] = arena_str(arena, (struct str){p + 4, length});
        p += 4 + length;
    }
    return n;
}
