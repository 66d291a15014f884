/* PostgreSQL's binary formats, as far as the store sends and receives them: integers, timestamptz, uuid, text, bytea
 * and one-dimensional arrays. Source: the types' send and receive functions, backend/utils/adt. */
#pragma once
#include "buf.h"
#include "digest.h"
#include "instant.h"

/* pg_type.dat */
enum {
    OID_BYTEA = 17,
    OID_INT8 = 20,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_INT4_ARRAY = 1007,
    OID_TIMESTAMPTZ = 1184,
    OID_UUID = 2950
};

void binary_u32(struct buf *b, uint32_t v);
void binary_i64(struct buf *b, int64_t v);
/* timestamptz: microseconds since 2000-01-01; both ends are the infinities. */
int64_t binary_from_instant(instant t);
instant binary_to_instant(int64_t v);

/* A one-dimensional array: header for n elements, then n times one of the elements. */
void binary_array(struct buf *b, uint32_t element_oid, size_t n);
void binary_element(struct buf *b, const void *bytes, size_t n);
void binary_element_i32(struct buf *b, int32_t v);
void binary_element_i64(struct buf *b, int64_t v);
void binary_element_instant(struct buf *b, instant t);

/* From a column of a binary result (PQgetvalue). */
int32_t binary_read_i32(const char *p);
int64_t binary_read_i64(const char *p);
instant binary_read_instant(const char *p);
struct uuid binary_read_uuid(const char *p);
