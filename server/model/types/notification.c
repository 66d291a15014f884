#include "rows.h"

#define BODY_BYTES_MAX (1024 * 1024) /* UDL surface: a body of up to 1 MB */

static const struct field notification_rows[] = {
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {STRING("msgBody"), REQUIRED, BYTES_MAX(BODY_BYTES_MAX), TEXT("The message: text, XML, JSON")},
    {STRING("msgType"), REQUIRED, TEXT("Kind of message, as the source names it")},
    COMMON_ORIGIN,
    COMMON_SOURCE,
    COMMON_TAGS,
};

static const struct field_table notification_fields = TABLE(notification_rows);

/* Asked for by when it was posted. */
const struct record_type record_type_notification = {
    .name = "notification",
    .description = "Message of any kind from one to all who may read it",
    .fields = &notification_fields,
    .query_required = "createdAt",
    WITHOUT_TIME,
};
