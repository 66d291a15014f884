/* Files behind records: written in pieces before their record, read in pieces behind it. */
#include "internal.h"
#include "memory.h"
#include "record_find.h"

#define FILE_PIECE 262144          /* bytes that are written and read at a time */
#define FILE_UNCLAIMED INSTANT_DAY /* a record that came with a file is there long before */

/* --- writing --- */

static int add_head(struct pg *c, const struct record_type *type, struct uuid id, instant t,
                    const struct new_file *file, instant now, bool *ret_new, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *added = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_str(&args, str_of(type->name));
    pg_arg_instant(&args, t);
    pg_arg_str(&args, file->name);
    pg_arg_i64(&args, (int64_t)file->bytes.n);
    pg_arg_instant(&args, now);
    int error = pg_exec(c,
                        "INSERT INTO record_file (record, type, t, name, size, written_at)"
                        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (record) DO NOTHING",
                        &args, &added, fault);
    if (!error)
        *ret_new = pg_affected(added) > 0;
    return error;
}

/* What is there already was written with all its pieces. It may wait for its record a day more. */
static int renew_head(struct pg *c, struct uuid id, instant now, struct fault *fault)
{
    PG_RESULT_CLEANUP struct pg_result *renewed = NULL;
    struct pg_args args = {0};
    pg_arg_uuid(&args, id);
    pg_arg_instant(&args, now);
    int error = pg_exec(c, "UPDATE record_file SET written_at = $2 WHERE record = $1", &args, &renewed, fault);
    if (!error && !pg_affected(renewed))
        return fault_set(fault, ERR_UNAVAILABLE, "", "the file has just been dropped");
    return error;
}

static int keep_pieces(struct pg *c, struct uuid id, struct str bytes, struct fault *fault)
{
    int error = 0;
    for (size_t at = 0; !error && at < bytes.n; at += FILE_PIECE) {
        struct pg_args args = {0};
        pg_arg_uuid(&args, id);
        pg_arg_i32(&args, (int32_t)(at / FILE_PIECE));
        pg_arg_bytes(&args, bytes.p + at, bytes.n - at < FILE_PIECE ? bytes.n - at : FILE_PIECE);
        error = pg_exec(c, "INSERT INTO record_file_piece (record, n, bytes) VALUES ($1, $2, $3)", &args, NULL, fault);
    }
    return error;
}

int store_file_keep(struct store *s, const struct record_type *type, struct uuid id, instant t,
                    const struct new_file *file, struct fault *fault)
{
    PG_CLEANUP struct pg *c = NULL;
    bool is_new = false;
    int error = pg_take(s->files, &c, fault);
    if (!error)
        error = pg_begin(c, fault);
    if (!error)
        error = add_head(c, type, id, t, file, clock_now(s->clock), &is_new, fault);
    if (!error)
        error = is_new ? keep_pieces(c, id, file->bytes, fault) : renew_head(c, id, clock_now(s->clock), fault);
    return error ? error : pg_commit(c, fault);
}

int files_retire(struct pg *c, instant now, struct fault *fault)
{
    struct pg_args args = {0};
    pg_arg_instant(&args, instant_add(now, -FILE_UNCLAIMED));
    return pg_exec(c, "SELECT record_file_retire($1)", &args, NULL, fault);
}

/* --- reading --- */

struct store_file {
    struct store *s;
    struct registry *registry;
    struct arena *arena;
    struct reading reading; /* its text in arena */
    const struct record_type *type;
    struct uuid id;
    struct receipt receipt;
    int64_t size, given;
};

static int nothing(struct fault *fault)
{
    return fault_set(fault, ERR_NOT_FOUND, "", "no such record");
}

/* What each statement selects first; its file is looked at for a record that the reader sees, and for no other. */
static void begin_statement(struct sql *ret)
{
    sql_z(ret, "SELECT " RECORD_HEAD ", ''");
}

/* The row of the record by its id, if there is one that the reader is sent all of. */
static int read_whole(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                      struct sql *sql, struct class **ret_class, struct pg_result **ret, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    const struct release *release;
    record_find_where(sql, type, id);
    int error = visible_read(s, reading, sql_text(sql), &sql->args, &class, &row, fault);
    if (!error && !pg_rows(row))
        return nothing(fault);
    if (!error)
        error = class_release(class, pg_i32(row, 0, COLUMN_LABEL), &release, fault);
    if (error)
        return error;
    if (!release->whole || pg_null(row, 0, COLUMN_COUNT))
        return nothing(fault);
    *ret_class = class;
    *ret = row;
    class = NULL;
    row = NULL;
    return 0;
}

static struct store_file *file_new(struct store *s, const struct reading *reading, const struct record_type *type,
                                   struct uuid id)
{
    struct store_file *f = memory_zeroed(sizeof *f);
    *f = (struct store_file){.s = s, .arena = arena_new(), .reading = *reading, .type = type, .id = id};
    f->registry = registry_ref(reading->registry);
    f->reading.registry = f->registry;
    f->reading.principal = arena_str(f->arena, reading->principal);
    f->reading.route = arena_str(f->arena, reading->route);
    f->reading.request_id = arena_str(f->arena, reading->request_id);
    return f;
}

static void file_free(struct store_file *f)
{
    registry_unref(f->registry);
    arena_free(f->arena);
    free(f);
}

static int find_file(struct store_file *f, struct arena *arena, struct stored_file *ret, struct fault *fault)
{
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    struct records record;
    begin_statement(&sql);
    sql_z(&sql, ", (SELECT f.size FROM record_file f WHERE f.record = r.id),"
                " (SELECT f.name FROM record_file f WHERE f.record = r.id)");
    int error = read_whole(f->s, &f->reading, f->type, f->id, &sql, &class, &row, fault);
    if (!error)
        error = read_one(class, row, 0, arena, &record, fault);
    if (!error)
        error = records_banner(class, &record, arena, &ret->banner, fault);
    if (!error && f->reading.disclose)
        error = disclose_records(f->s, &f->reading, f->type, &record, NULL, &f->receipt, fault);
    if (error)
        return error;
    ret->size = f->size = pg_i64(row, 0, COLUMN_COUNT);
    ret->name = arena_str(arena, pg_str(row, 0, COLUMN_COUNT + 1));
    return 0;
}

int store_file_open(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                    struct arena *arena, struct stored_file *ret_about, struct store_file **ret, struct fault *fault)
{
    struct store_file *f = file_new(s, reading, type, id);
    struct stored_file about;
    int error = find_file(f, arena, &about, fault);
    if (error) {
        file_free(f);
        return error;
    }
    *ret_about = about;
    *ret = f;
    return 0;
}

int store_file_next(struct store_file *f, struct buf *out, const struct receipt **ret_receipt, struct fault *fault)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    CLASS_CLEANUP struct class *class = NULL;
    PG_RESULT_CLEANUP struct pg_result *row = NULL;
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    if (f->given == f->size)
        return STORE_FILE_END;
    f->reading.now = clock_now(f->s->clock);
    begin_statement(&sql);
    sql_z(&sql, ", (SELECT p.bytes FROM record_file_piece p WHERE p.record = r.id AND p.n = ");
    sql_i64(&sql, f->given / FILE_PIECE);
    sql_z(&sql, ")");
    int error = read_whole(f->s, &f->reading, f->type, f->id, &sql, &class, &row, fault);
    if (error)
        return error;
    struct str piece = pg_str(row, 0, COLUMN_COUNT);
    buf_str(out, piece);
    f->given += (int64_t)piece.n;
    *ret_receipt = &f->receipt;
    return 0;
}

void store_file_close(struct store_file *f, bool completed)
{
    if (!f)
        return;
    if (f->reading.disclose)
        disclosure_close(f->s, &f->receipt, completed);
    file_free(f);
}
