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
