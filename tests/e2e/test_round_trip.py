"""Files in, out and in again: what comes out the second time is what came out the first, and says what the file said."""
import collections
import csv
import io
import json
import os
import pathlib
import re
import xml.etree.ElementTree

import pytest

import ephemerides
import messages
import test_ndm
import test_pnt_files
from coalition import ANY_TIME
from elements import element_set

SHARED = pathlib.Path(os.environ.get("RELTO_SHARED", pathlib.Path(__file__).parents[3] / "shared" / "data"))
TIMES = {"navephemeris": "epoch", "timeoffset": "epoch", "gnssadvisory": "start", "preciseephemeris": "start", "gnssclock": "start", "almanac": "toa",
         "trackingdata": "start", "conjunction": "tca", "ephemerisset": "pointStartTime"}
# What an export says of itself: when it was made, and the marking of all and of each.
OF_THE_EXPORT = re.compile(r"""(?xm)
    ^COMMENT\ (UNCLASSIFIED|CLASSIFICATION:\ U)\n | ^CLASSIFICATION\ =\ U\n | ^<COMMENT>(UNCLASSIFIED|CLASSIFICATION:\ U)</COMMENT>\n
    | ^<CLASSIFICATION>U</CLASSIFICATION>\n | ^/\*\ UNCLASSIFIED\n | ^UNCLASSIFIED\ +COMMENT\n | ^.*PGM\ /\ RUN\ BY\ /\ DATE\n""")
# Of a file, what stands elsewhere or otherwise in another one of the same meaning: versions, counts, what is reserved and padding.
OTHERWISE = {
    "kvn": r"CLASSIFICATION|COMMENT CLASSIFICATION:|COMMENT UNCLASSIFIED$",
    "rinex": r".*(RINEX VERSION / TYPE|PGM / RUN BY / DATE|COMMENT|LEAP SECONDS|END OF HEADER)\s*$",
    "sp3": r"#|\+|/\* UNCLASSIFIED|/\*\s*$|[PV]...( +0\.0+){3} ",
    "clk": r".*(RINEX VERSION / TYPE|PGM / RUN BY / DATE|TYPES OF DATA|OF SOLN SATS|OF SOLN STA / TRF|PRN LIST|END OF HEADER)\s*$|UNCLASSIFIED",
    "tle": r"[^12]|.{,68}$",
    "sem": r".*CURRENT.AL3|.*RELTO",
}
OTHERWISE["yuma"] = OTHERWISE["advisory"] = OTHERWISE["sem"]
OTHERWISE["rinex3"] = OTHERWISE["rinex2"] = OTHERWISE["rinex"]


def leap_second(time_system="UTC"):
    return test_ndm.opm(time_system, "LEAPING").replace(test_ndm.at(37) + ".25", "2016-12-31T23:59:60.1234567890")


def tracking(time_system):
    text = test_ndm.tdm().replace("TIME_SYSTEM = UTC", f"TIME_SYSTEM = {time_system}\nCOMMENT of the path")
    return text.replace("1234.50", "1.2345000E+03").replace("META_STOP", "RANGE_MODULUS = 32768.00\nMETA_STOP").replace("DATA_START", "DATA_START\nCOMMENT of the data")


def mean_elements():
    return test_ndm.text(
        "CCSDS_OMM_VERS = 2.0", "COMMENT made for a test", *test_ndm.HEADER, "OBJECT_NAME = OSPREY 5", "OBJECT_ID = 1998-999A",
        "CENTER_NAME = EARTH", "REF_FRAME = TEME", "TIME_SYSTEM = UTC", "MEAN_ELEMENT_THEORY = SGP4", "COMMENT of the elements",
        "EPOCH = 2026-05-20T22:31:12.1234567", "MEAN_MOTION = 15.4911399300", "ECCENTRICITY = 0.0001333000", "INCLINATION = 51.6400",
        "RA_OF_ASC_NODE = 199.51210", "ARG_OF_PERICENTER = 133.95", "MEAN_ANOMALY = 226.1918", "EPHEMERIS_TYPE = 0",
        "CLASSIFICATION_TYPE = U", "NORAD_CAT_ID = 799501234", "ELEMENT_SET_NO = 999", "REV_AT_EPOCH = 1234", "BSTAR = -5.20310E-05",
        "MEAN_MOTION_DOT = -0.00012463", "MEAN_MOTION_DDOT = 0.0")


def advisory(number, day, date):
    return f"""\
NOTICE ADVISORY TO NAVSTAR USERS (NANU) {number}
SUBJ: SVN90 (PRN15) FORECAST OUTAGE JDAY {day}/0100 - JDAY {day}/1300
1.     NANU TYPE: FCSTDV
       NANU NUMBER: {number}
       NANU DTG: 101200Z MAY 2026
       REFERENCE NANU: N/A
       REF NANU DTG: N/A
       SVN: 90
       PRN: 15
       START JDAY: {day}
       START TIME ZULU: 0100
       START CALENDAR DATE: {date} MAY 2026
       STOP JDAY: {day}
       STOP TIME ZULU: 1300
       STOP CALENDAR DATE: {date} MAY 2026

2. CONDITION: the satellite is  moved.
"""


OWN = {
    **{kind: make() for kind, (make, _) in test_ndm.MESSAGES.items() if kind != "conjunction"},
    "conjunction": messages.cdm().split("\n", 1)[1],
    "segments": ephemerides.oem(4, segments=2, covariances=(1, 3), accelerations=True),
    **{f"leap-{system}": leap_second(system) for system in ("UTC", "TAI")},
    **{f"tracking-{system}": tracking(system) for system in ("UTC", "TAI", "GPS", "TT")},
    "messages": test_ndm.opm() + test_ndm.tdm() + test_ndm.rdm(),
    "mean-elements": mean_elements(),
    "sets": element_set("T0002", "26143.50000000", "0 FIRST") + element_set("25544", "08366.99999999", "SECOND") + element_set("00005"),
    "advisories": advisory("2026031", 143, 23) + "\n" + advisory("2026032", 144, 24),
    **test_pnt_files.FILES,
}


def ours(body):
    """As those who post it here would mark it."""
    return re.sub(rb"(CLASSIFICATION(?: *= *|>))(SBU|CUI)", rb"\1U", body)


OWN["leap-TAI"] = OWN["leap-TAI"].replace("23:59:60", "23:59:59")
FILES = {**{f"own {name}": text.encode() for name, text in OWN.items()},
         **{f"{path.parent.name}/{path.name}": ours(path.read_bytes()) for path in sorted(SHARED.glob("*/*"))}}
CASES = [*FILES, *([] if SHARED.is_dir() else [pytest.param("", marks=pytest.mark.skip(f"no samples: {SHARED}"))])]


def post(client, body, source):
    return client.post("/v1/import", body, {"Content-Type": "application/octet-stream"},
                       {"classificationMarking": "U", "dataMode": "TEST", "source": source})


def send(client, body, source):
    return post(client, body, source).ok(201).json()


def ask(client, kind, form, source, **more):
    return client.get(f"/v1/{kind}", {TIMES.get(kind, "epoch"): ANY_TIME, "source": source, "format": form, **more})


def forms(client, kind):
    """Those that are files of others: every one that the exchange has for the type."""
    told = ask(client, kind, "nonsense", "x").problem(400)["detail"]
    return [form for form in told.rsplit(": ", 1)[1].split(", ") if form not in ("json", "csv")]


def units(text, form):
    """Its messages, sets or records, in an order of their own: records of one time come in that of their ids."""
    starts = {"kvn": "CCSDS_", "xml": "<[a-z]+ [^>]*id=", "omm-json": "{", "tle": "1 ", "3le": "0 ", "advisory": "NOTICE "}
    text = OF_THE_EXPORT.sub("", text).replace(" CLASSIFICATION: U", "")
    if form == "omm-csv":
        return sorted(sorted(row.items()) for row in csv.DictReader(io.StringIO(text)))
    if form not in starts:
        return text
    parts = re.split(f"(?m)^(?={starts[form]})", re.sub(r"(?m)^(<\?xml|<ndm|</ndm|\[|\]).*\n?", "", text))
    return sorted(part.rstrip(",\n") for part in parts)


def number(token):
    return float(token.replace("D", "E").replace("d", "e")) if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([DEde][-+]?\d+)?", token) else token


def apart(line, form):
    """Of fixed columns, which numbers may fill."""
    if form.startswith("rinex"):
        line = re.sub(r"(?<=[EDed][-+]\d\d)(?=[-+\d])", " ", line[:23] + " " + line[23:] if re.match(r"[A-Z]\d\d ", line) else line)
        line = re.sub(r"\.\s+(?=\d)", ".", line)
    if form == "tle":  # a zero's sign is no meaning; it counts in the checksum
        line = line[:68].replace(" 00000+0", " 00000-0")
    line = re.sub(r"\s*=\s*", " = ", line, count=1)
    return tuple(token if form == "kvn" else number(token) for token in line.split())


def elements(text):
    for e in xml.etree.ElementTree.fromstring(text).iter():
        value = " ".join((e.text or "").split())
        if not len(e) and value and e.tag not in ("CLASSIFICATION", "CREATION_DATE", "ORIGINATOR") and "CLASSIFI" not in value:
            yield e.tag, value if value[-1] == "0" else number(value), e.get("units")


def members(text):
    """Numbers stand with or without quotes; of a comment each line counts."""
    told = json.loads(text, parse_float=str, parse_int=str)
    for message in told if isinstance(told, list) else [told]:
        for name, value in message.items():
            yield from ((name.removeprefix("USER_DEFINED_"), line) for line in (value or "").split("\n") if line and line != "CLASSIFICATION: U")


def said(texts, form):
    """What stands in files, line by line or element by element: of messages by every digit."""
    if form in ("xml", "omm-json"):
        return {one for text in texts for one in (elements if form == "xml" else members)(text)}
    return {apart(line, form) for text in texts for line in text.splitlines() if line.strip() and not re.match(OTHERWISE[form], line)}


def goes_round(client, name, body):
    """What a form cannot express is refused by its field, or told as left out."""
    results = send(client, body, name)["results"]
    for kind, form in [(kind, form) for kind in {r["type"] for r in results} for form in forms(client, kind)]:
        if (answer := ask(client, kind, form, name)).status != 200:
            assert answer.problem(422, "INVALID_RECORD")["where"]
            answer = ask(client, kind, form, name, partial="true").ok()
            assert int(answer.header("X-Left-Out")) > 0
        if not answer.body:
            continue
        send(client, answer.body, f"{form} of {name}")
        again = ask(client, kind, form, f"{form} of {name}").ok().body.decode()
        assert units(again, form) == units(answer.body.decode(), form), form
        # One record's file is the same to the byte: it grows by no banner. CSV has one comment for all of a message's.
        assert len(results) > 1 or form == "omm-csv" or again == answer.body.decode()
        if form == "xml":
            # All that is in one notation is in the other; units, which conjunctions in XML cannot do without, may be added.
            kvn = [re.sub(r" \[.*\]$", "", ask(client, kind, "kvn", source).ok().body.decode(), flags=re.M) for source in (name, f"xml of {name}")]
            assert units(kvn[0], "kvn") == units(kvn[1], "kvn")


@pytest.mark.parametrize("name", CASES)
def test_second_export_is_the_first(usa, name):
    goes_round(usa, name, FILES[name])


CORPORA = pathlib.Path(__file__).parents[1] / "fuzz"


@pytest.mark.parametrize("harness", ["advisory", "almanac", "cdm", "clk", "ephemeris", "import", "ndm", "rinex_nav", "sp3", "tle"])
def test_inputs_of_harnesses_go_round(usa, harness):
    """Those that are taken."""
    taken = 0
    for path in sorted((CORPORA / harness / "corpus").iterdir()):
        name, body = f"{harness} {path.name}", path.read_bytes()
        if post(usa, body, name).status == 201:
            goes_round(usa, name, body)
            taken += 1
    assert taken


def form_of(told, text):
    """The name in which what was read is written again."""
    if told == "rinex":
        return {"2": "rinex2", "3": "rinex3", "4": "rinex"}[text[5]]
    return {"<": "xml", "[": "omm-json", "{": "omm-json"}.get(text[0], "kvn") if told in ("ndm", "json") else told


@pytest.mark.parametrize("name", CASES)
def test_export_says_what_the_file_said(usa, name):
    text = FILES[name].decode().replace("\r", "")
    answer = send(usa, FILES[name], f"said {name}")
    form, kinds = form_of(answer["format"], text), {r["type"] for r in answer["results"]}
    files = [ask(usa, kind, form, f"said {name}").ok().body.decode() for kind in kinds if form in forms(usa, kind)]
    lines = text.split("\n")
    for left in answer["leftOut"]:  # of a header a line, by its label
        if lines[left["line"] - 1].rstrip().endswith(left["what"]):
            lines[left["line"] - 1] = ""
    if files:
        assert said(["\n".join(lines)], form) == said(files, form)


def test_what_no_record_says_is_told(usa):
    """Of satellites and stations that a header has and its file knows nothing of."""
    sp3 = test_pnt_files.SP3.replace(" -11044.805800 -10475.672350  21929.418200", "      0.000000      0.000000      0.000000").replace(
        " -11044.805810 -10475.672350  21929.418200", "      0.000000      0.000000      0.000000").replace("   189.163300", "999999.999999")
    answer = send(usa, sp3, "nothing known")
    assert answer["leftOut"] == [{"line": 3, "what": "G01: nothing is known of it"}] and len(answer["results"]) == 1
    line, clk = test_pnt_files.line, test_pnt_files.CLK
    lists = (line("     1    IGS14", "# OF SOLN STA / TRF") + line("ABCD 10001M001            4000000000  1000000000  5000000000", "SOLN STA NAME / NUM")
             + line("     3", "# OF SOLN SATS") + line("G01 G02 G24", "PRN LIST"))
    answer = send(usa, clk.replace(test_pnt_files.END, lists + test_pnt_files.END), "nothing known")
    assert [(left["line"], left["what"]) for left in answer["leftOut"]] == [(7, "SOLN STA NAME / NUM"), (9, "PRN LIST")]
