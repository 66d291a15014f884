#include "rows.h"

static const struct field rows[] = {
    {TIME("createdAt"), TEXT("When the exchange accepted the record")},
    {STRING("createdBy"), TEXT("Code of the partner that posted the record")},
    {STRING("id"), TEXT("Identifier of the record in this exchange, a UUID")},
    {STRING("origNetwork"), TEXT("Network the record was posted to: RELTO")},
};

const struct field_table *server_fields(void)
{
    static const struct field_table table = TABLE(rows);
    return &table;
}

bool record_passed_over(const struct field_table *t, struct str name)
{
    static const char *const everywhere[] = {"createdAt", "createdBy", "origNetwork", "sourceDL",
                                             "updatedAt", "updatedBy", NULL};
    const char *const *of[] = {everywhere, t->passed_over};
    const struct field *f = field_find(t, name);
    if (f && f->read_only)
        return true;
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; of[k] && of[k][i]; i++)
            if (str_is(name, of[k][i]))
                return true;
    return false;
}

struct field id_field_of(const struct record_type *type)
{
    struct field f = *field_find(server_fields(), STR("id"));
    f.name = type->id_field;
    f.name_length = strlen(f.name);
    return f;
}
