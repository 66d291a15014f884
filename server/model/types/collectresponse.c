#include "rows.h"

static const struct field collectresponse_rows[] = {
    {TIME("actualEndTime"), TEXT("End of the collection or contact as it took place")},
    {TIME("actualStartTime"), TEXT("Start of the collection or contact as it took place")},
    {TIME("altEndTime"), TEXT("End proposed instead")},
    {TIME("altStartTime"), TEXT("Start proposed instead")},
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {STRING("errCode"), TEXT("Code of the error")},
    {STRING("externalId"), TEXT("Identifier of the response in another system")},
    {STRING("idPlan"), TEXT("Identifier of the plan the request belongs to")},
    {STRING("idRequest"), REQUIRED, TEXT("Identifier of the request this responds to")},
    COMMON_ID_SENSOR,
    {STRING("notes"), TEXT("Remarks")},
    COMMON_ORIG_OBJECT_ID,
    COMMON_ORIG_SENSOR_ID,
    COMMON_ORIGIN,
    {INT("satNo"), RANGE(0, 999999999), TEXT("Catalogue number of the object")},
    COMMON_SOURCE,
    {STRING("srcIds"), ARRAY, TEXT("Identifiers of the records the collection led to")},
    {STRING("srcTyps"), ARRAY, TEXT("Kinds of these records")},
    {STRING("status"), TEXT("Status of the request: ACCEPTED, CANCELLED, COLLECTED, COMPLETED, DELIVERED, FAILED, "
                            "PROPOSED, REJECTED, SCHEDULED and others")},
    COMMON_TAGS,
    {STRING("taskId"), TEXT("Identifier of the task")},
};

static const struct field_table collectresponse_fields = TABLE_PASSING(collectresponse_rows, "idOnOrbit", "onOrbit");

/* Asked for by when it was posted. */
const struct record_type record_type_collectresponse = {
    .name = "collectresponse",
    .description = "Answer to a request for a collection",
    .fields = &collectresponse_fields,
    .filedrop = "udl-collectresponse",
    .query_required = "createdAt",
    .object_field = "satNo",
    .sensor_field = "idSensor",
    WITHOUT_TIME,
};
