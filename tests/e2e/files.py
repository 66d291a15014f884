"""For each type of records that come out of files a file of nothing else, and the forms that records can be asked for in."""
from elements import element_set
from test_import import OBSERVATIONS
from test_ndm import MESSAGES
from test_pnt_files import CLK, RINEX_2, RINEX_4, SEM, SP3

FILES = {
    "elset": element_set("00777", name="0 OSPREY 7"),
    **{kind: make().removeprefix("COMMENT the first\n") for kind, (make, _) in MESSAGES.items()},
    "navephemeris": RINEX_2,
    "timeoffset": RINEX_4[:RINEX_4.index("> EPH")] + RINEX_4[RINEX_4.index("> STO"):],
    "preciseephemeris": SP3,
    "gnssclock": CLK,
    "almanac": SEM,
    "rinexobservation": OBSERVATIONS,
}


def forms_of(document, kind):
    get = document["paths"][f"/v1/{kind}/{{id}}"]["get"]
    return next((p["schema"]["enum"] for p in get["parameters"] if p["name"] == "format"), [])


def media_of(document, kind):
    """What Accept may name."""
    return sorted(document["paths"][f"/v1/{kind}/{{id}}"]["get"]["responses"]["200"]["content"])
