"""Messages in keyword = value notation, written for the tests."""

AXES = ["R", "T", "N", "RDOT", "TDOT", "NDOT"]


def object_of(number, designator, catalogue):
    state = {"X": "2570.097065 [km]", "Y": "2244.654904 [km]", "Z": "6281.497978 [km]", "X_DOT": "4.418769571 [km/s]",
             "Y_DOT": "4.833547743 [km/s]", "Z_DOT": "-3.526774282 [km/s]"}
    fields = {"OBJECT": f"OBJECT{number}", "OBJECT_DESIGNATOR": designator, "CATALOG_NAME": catalogue,
              "OBJECT_NAME": f"SATELLITE {number}", "INTERNATIONAL_DESIGNATOR": "1997-030E", "EPHEMERIS_NAME": "NONE",
              "COVARIANCE_METHOD": "CALCULATED", "MANEUVERABLE": "YES", "REF_FRAME": "EME2000",
              "SOLAR_RAD_PRESSURE": "YES", "AREA_PC": "5.2 [m**2]", **state}
    for i, a in enumerate(AXES):
        for j, b in enumerate(AXES[:i + 1]):
            fields[f"C{a}_{b}"] = f"{i + 1}.{j}20E+01"
    return fields


def cdm(change=None):
    head = {"CCSDS_CDM_VERS": "1.0", "CREATION_DATE": "2026-05-20T22:31:12.000", "ORIGINATOR": "CARA",
            "MESSAGE_ID": "201113719185", "TCA": "2026-143T22:37:52.618", "MISS_DISTANCE": "715 [m]",
            "RELATIVE_SPEED": "14762 [m/s]", "COLLISION_PROBABILITY": "4.835E-05"}
    parts = [head, object_of(1, "00005", "SATCAT"), object_of(2, "X-30337", "OTHER")]
    for part, name, value in change or []:
        parts[part][name] = value
    lines = ["COMMENT the first", *(f"{k:29} = {v}" for part in parts for k, v in part.items() if v is not None)]
    return "\n".join(lines) + "\n"
