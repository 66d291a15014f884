/* Finding a version of what lasts: by the entity's id, by its own, or by the id that its poster gave it. */
#include "read_rows.h"
#include "sql_query.h"

#define VERSION_COLUMNS "SELECT r.entity, r.id, r.label_id, r.digest, r.originator, r.client_id"
enum { VERSION_ENTITY, VERSION_ID, VERSION_LABEL, VERSION_DIGEST, VERSION_ORIGINATOR, VERSION_CLIENT_ID };

static int take(struct class *class, const struct pg_result *rows, struct arena *arena, struct found_version *ret,
                struct fault *fault)
{
    const struct release *release;
    if (!pg_rows(rows))
        return fault_set(fault, ERR_NOT_FOUND, "", "no such record");
    int error = class_release(class, pg_i32(rows, 0, VERSION_LABEL), &release, fault);
    if (error)
        return error;
    struct str digest = pg_str(rows, 0, VERSION_DIGEST);
    *ret = (struct found_version){.entity = pg_uuid(rows, 0, VERSION_ENTITY),
                                  .id = pg_uuid(rows, 0, VERSION_ID),
                                  .own = release->owned &&
                                         str_eq(pg_str(rows, 0, VERSION_ORIGINATOR), class_partner(class))};
    ret->client_id =
        pg_null(rows, 0, VERSION_CLIENT_ID) ? STR("") : arena_str(arena, pg_str(rows, 0, VERSION_CLIENT_ID));
    memcpy(ret->digest.bytes, digest.p, DIGEST_SIZE);
    return 0;
}

int store_version_find(struct store *s, const struct reading *reading, const struct record_type *type, struct uuid id,
                       struct arena *arena, struct found_version *ret, struct fault *fault)
{
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    CLASS_CLEANUP struct class *class = NULL;
    sql_z(&sql, VERSION_COLUMNS);
    sql_from(&sql, type);
    sql_version(&sql, id);
    int error = visible_read(s, reading, sql_text(&sql), &sql.args, &class, &rows, fault);
    return error ? error : take(class, rows, arena, ret, fault);
}

/* The column finds it; the predicate asks what the reader is shown. */
static void client_statement(struct sql *sql, const struct record_type *type, struct str client_id,
                             const struct sight *sight, struct str partner)
{
    const struct query_value value = {.text = client_id};
    const struct predicate shown = {
        .field = field_find(type->fields, STR("clientId")), .op = QUERY_EQ, .n = 1, .values = &value};
    const struct query q = {.type = type, .predicates = &shown, .n = 1};
    sql_z(sql, VERSION_COLUMNS);
    sql_from(sql, type);
    sql_newest(sql, type, 0);
    sql_z(sql, " AND r.client_id = ");
    sql_param(sql, client_id, "text");
    sql_predicates(sql, &q, sight);
    sql_z(sql, " ORDER BY r.originator = ");
    sql_param(sql, partner, "text");
    sql_z(sql, " DESC, r.seq DESC LIMIT 1");
}

int store_version_find_client(struct store *s, const struct reading *reading, const struct record_type *type,
                              struct str client_id, struct arena *arena, struct found_version *ret, struct fault *fault)
{
    SQL_CLEANUP struct sql sql = {.args = {.arena = arena}};
    PG_RESULT_CLEANUP struct pg_result *rows = NULL;
    CLASS_CLEANUP struct class *known = NULL;
    CLASS_CLEANUP struct class *class = NULL;
    struct sight sight;
    int error = class_ensure(s->visibility, reading->registry, reading->reader, reading->now, &known, fault);
    if (error)
        return error;
    class_sight(known, str_of(type->name), false, arena, &sight);
    client_statement(&sql, type, client_id, &sight, class_partner(known));
    error = visible_read_seen(s, reading, type, &sight, sql_text(&sql), &sql.args, &class, &rows, fault);
    return error ? error : take(class, rows, arena, ret, fault);
}
