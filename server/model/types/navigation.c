#include "parts.h"

static const struct field navigation_rows[] = {
    COMMON_CLASSIFICATION_MARKING,
    COMMON_CLIENT_ID,
    COMMON_DATA_MODE,
    {STRING("description"), TEXT("Description of the navigation entity")},
    {OBJECT("entity", entity_part_fields), TEXT("What it is part of")},
    {STRING("idEntity"), TEXT("Identifier of the entity it is part of")},
    {STRING("name"), REQUIRED, RANGE(1, 256), TEXT("Name of the navigation entity")},
    COMMON_ORIGIN,
    COMMON_SOURCE,
};

static const struct field_table navigation_fields = TABLE(navigation_rows);

const struct record_type record_type_navigation = {
    .name = "navigation",
    .description = "Navigation entity: what it is and where it stands",
    .fields = &navigation_fields,
    .versioned = true,
    WITHOUT_TIME,
};
