#include "parts.h"

#define EMBEDDED

static const struct field elset_rows[] = {
#include "elset_rows.h"
};

const struct field_table elset_part_fields =
    TABLE_PASSING(elset_rows, "effectiveFrom", "effectiveUntil", "idOnOrbit", "line1", "line2");

static const struct field state_rows[] = {
#include "statevector_rows.h"
};

const struct field_table state_part_fields = TABLE_PASSING(state_rows, "effectiveFrom", "effectiveUntil", "idOnOrbit");

static const struct field onorbit_rows[] = {
#include "onorbit_rows.h"
};

static const struct field_table onorbit_fields = TABLE_PASSING(
    onorbit_rows, "antennas", "batteries", "entityCollection", "onorbitDetails", "solarArrays", "thrusters");

static const struct field location_rows[] = {
    {FLOAT("altitude"), SENSOR_POSITION, UNIT("km"), TEXT("Altitude of the place above the WGS-84 ellipsoid")},
    COMMON_CLASSIFICATION_MARKING,
    {STRING("countryCode"), TEXT("Country of the place, code")},
    COMMON_DATA_MODE,
    {STRING("idLocation"), TEXT("Identifier of the place")},
    {FLOAT("lat"), SENSOR_POSITION, UNIT("deg"), RANGE(-90, 90), TEXT("Latitude of the place, positive north")},
    {FLOAT("lon"), SENSOR_POSITION, UNIT("deg"), RANGE(-180, 180), TEXT("Longitude of the place, positive east")},
    {STRING("name"), REQUIRED, RANGE(1, 256), TEXT("Name of the place")},
    COMMON_ORIGIN,
    COMMON_SOURCE,
};

static const struct field_table location_fields = TABLE(location_rows);

static const struct field entity_part_rows[] = {
    COMMON_CLASSIFICATION_MARKING,
    {STRING("countryCode"), TEXT("Country of the entity, code")},
    COMMON_DATA_MODE,
    {STRING("idEntity"), TEXT("Identifier of the entity")},
    {STRING("idLocation"), TEXT("Identifier of the place of the entity, if it has a fixed one")},
    {STRING("idOnOrbit"), TEXT("Identifier of the object the entity is part of, if it is in orbit")},
    {STRING("idOperatingUnit"), TEXT("Identifier of the unit that operates the entity")},
    {OBJECT("location", location_fields), TEXT("Place of the entity")},
    {STRING("name"), REQUIRED, RANGE(1, 256), TEXT("Name of the entity")},
    {OBJECT("onOrbit", onorbit_fields), TEXT("Object in orbit that the entity is part of")},
    COMMON_ORIGIN,
    {ENUM("ownerType"), VALUES("Commercial", "Government", "Academic", "Consortium", "Other"),
     TEXT("Kind of organisation that owns the entity")},
    COMMON_SOURCE,
    {BOOL("taskable"), TEXT("The entity takes tasks")},
    {STRING("terrestrialId"), TEXT("Identifier of the entity on the ground")},
    {ENUM("type"), REQUIRED,
     VALUES("AIRCRAFT", "BUS", "COMM", "IR", "LASEREMITTER", "NAVIGATION", "ONORBIT", "RFEMITTER", "SCIENTIFIC",
            "SENSOR", "SITE", "VESSEL"),
     TEXT("Kind of entity")},
    {STRING("urls"), ARRAY, TEXT("Where more about the entity can be found")},
};

const struct field_table entity_part_fields =
    TABLE_PASSING(entity_part_rows, "operatingUnit", "rfBands", "statusCollection");
