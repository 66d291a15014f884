"""Navigation messages of the CCSDS: what becomes of them, that they are kept whole, and that a view which reduces a record keeps them back."""
import datetime
import xml.sax.saxutils

import pytest

import ephemerides
import messages
from coalition import ANY_TIME, changed, coalition, entry
from harness import day_zero

QUERY = {"classificationMarking": "U", "dataMode": "TEST", "source": "ndm"}
HEADER = ["CREATION_DATE = 2026-05-20T22:31:12", "ORIGINATOR = JAXA"]
AXES = ("X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")


def at(seconds):
    return (day_zero() + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def text(*lines):
    return "\n".join(lines) + "\n"


def opm(time_system="UTC", name="OSPREY 5", marking=None):
    return text("CCSDS_OPM_VERS = 3.0", *([f"CLASSIFICATION = {marking}"] if marking else []), *HEADER, f"OBJECT_NAME = {name}",
                "OBJECT_ID = 1998-999A", "CENTER_NAME = EARTH", "REF_FRAME = ITRF2000", f"TIME_SYSTEM = {time_system}",
                "COMMENT of the state", f"EPOCH = {at(37)}.25", *(f"{axis} = {n}.50 [{'km/s' if '_' in axis else 'km'}]"
                                                                  for n, axis in enumerate(AXES, 1)), "MASS = 3000.0 [kg]")


def tdm():
    return text("CCSDS_TDM_VERS = 2.0", *HEADER, "META_START", "TIME_SYSTEM = UTC", "PARTICIPANT_1 = DSS-55", "PARTICIPANT_2 = OSPREY 5",
                "MODE = SEQUENTIAL", "PATH = 1,2,1", "RANGE_UNITS = km", "META_STOP", "DATA_START", f"RANGE = {at(0)} 1234.50",
                f"RANGE = {at(60)} 1234.60", "DATA_STOP")


def rdm():
    return text("CCSDS_RDM_VERS = 1.0", *HEADER, "MESSAGE_ID = 7", "OBJECT_NAME = OSPREY 5", "INTERNATIONAL_DESIGNATOR = 1998-999A",
                "CATALOG_NAME = SATCAT", "OBJECT_DESIGNATOR = 25544", "CONTROLLED_REENTRY = NO", "CENTER_NAME = EARTH", "TIME_SYSTEM = UTC",
                f"EPOCH_TZERO = {at(0)}", "ORBIT_LIFETIME = 23.0 [d]", "REENTRY_ALTITUDE = 150.0 [km]", "IMPACT_REF_FRAME = ITRF-97",
                "NOMINAL_IMPACT_LON = -20.50 [deg]", "NOMINAL_IMPACT_LAT = 40.0 [deg]")


def ocm():
    return text("CCSDS_OCM_VERS = 3.0", *HEADER, "META_START", "OBJECT_NAME = OSPREY 5", "TIME_SYSTEM = UTC", f"EPOCH_TZERO = {at(0)}",
                "META_STOP", "TRAJ_START", "CENTER_NAME = EARTH", "TRAJ_REF_FRAME = GCRF", "TRAJ_TYPE = CARTPV", "0.0 1 2 3 4 5 6",
                "60.5 7000.50 2 3 4 5 6", "TRAJ_STOP")


MESSAGES = {
    "statevector": (opm, {"origObjectId": "OSPREY 5", "xpos": 1.5, "zvel": 6.5, "referenceFrame": "ITRF", "mass": 3000}),
    "trackingdata": (tdm, {"receiver": "DSS-55", "target": "OSPREY 5", "numObservations": 2, "rangeUnits": "km"}),
    "reentry": (rdm, {"satNo": 25544, "nominalImpactLongitude": -20.5, "orbitLifetime": 23}),
    "orbitcomprehensive": (ocm, {"blocks": ["traj"], "numStates": 2, "xpos": 7000.5, "referenceFrame": "GCRF"}),
    "ephemerisset": (lambda: ephemerides.oem(3, accelerations=True), {"numPoints": 3, "origObjectId": "1996-046A", "hasAccel": True}),
    "conjunction": (messages.cdm, {"missDistance": 715, "satNo1": 5}),
}


def send(client, body, **more):
    query = {name: value for name, value in dict(QUERY, **more).items() if value is not None}
    return client.post("/v1/import", body, {"Content-Type": "application/octet-stream"}, query)


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


# --- what becomes of a message ---

@pytest.mark.parametrize("kind", MESSAGES)
def test_message_becomes_a_record_that_keeps_it(node, kind):
    make, expected = MESSAGES[kind]
    body = make()
    (result,) = send(node, body, format="ndm").ok(201).json()["results"]
    assert result["type"] == kind
    record = node.get(f"/v1/{kind}/{result['id']}").ok().json()
    assert {name: record[name] for name in expected} == expected
    kept = record["message"].split("\n")
    assert {line.replace(" ", "") for line in body.split("\n")} == {line.replace(" ", "") for line in kept}
    assert send(node, body, format="ndm").ok(201).json()["results"][0]["id"] == result["id"]
    assert send(node, record["message"], format="kvn").ok(201).json()["results"][0]["id"] == result["id"]


def test_times_are_told_in_utc_and_kept_as_they_stand(node):
    (result,) = send(node, opm("TAI", "TAI 1")).ok(201).json()["results"]
    record = node.get(f"/v1/statevector/{result['id']}").ok().json()
    assert record["epoch"] == at(0) + ".250000Z" and f"\nTIME_SYSTEM = TAI\nCOMMENT of the state\nEPOCH = {at(37)}.25\n" in record["message"]
    fault = send(node, opm("TCB")).problem(422, "INVALID_RECORD")
    assert fault["detail"].startswith("TIME_SYSTEM: TCB: expected UTC, TAI, GPS, TT or TDB") and "line 1" in fault["where"]


def test_messages_one_after_the_other_are_refused_apart(node):
    body = opm(name="FIRST") + opm("TCB") + tdm() + rdm()
    send(node, body).problem(422, "INVALID_RECORD")
    results = send(node, body, partial="true").ok(201).json()["results"]
    assert [r.get("type") for r in results if "id" in r] == ["statevector", "trackingdata", "reentry"]
    assert [r["line"] for r in results if "error" in r] == [opm().count("\n") + 1]


def test_combined_messages_are_records_of_their_types(node):
    def segment(tag, meta, data):
        inside = "".join(f"<{k}>{xml.sax.saxutils.escape(v)}</{k}>" for k, v in meta)
        return (f'<{tag} id="CCSDS_{tag.upper()}_VERS" version="2.0"><header><CREATION_DATE>2026-05-20T22:31:12</CREATION_DATE>'
                f"<ORIGINATOR>JAXA</ORIGINATOR></header><body><segment><metadata>{inside}</metadata><data>{data}</data>"
                f"</segment></body></{tag}>")

    meta = [("OBJECT_NAME", "A & B"), ("OBJECT_ID", "1998-999A"), ("CENTER_NAME", "EARTH"), ("REF_FRAME", "GCRF"), ("TIME_SYSTEM", "UTC")]
    state = "".join(f"<{axis}>{n}</{axis}>" for n, axis in enumerate(AXES, 1))
    body = "<ndm>" + segment("opm", meta, f"<stateVector><EPOCH>{at(5)}</EPOCH>{state}</stateVector>") + segment(
        "oem", meta + [("START_TIME", at(0)), ("STOP_TIME", at(60))],
        "".join(f"<stateVector><EPOCH>{at(t)}</EPOCH>{state}</stateVector>" for t in (0, 60))) + "</ndm>"
    results = send(node, body).ok(201).json()["results"]
    assert [r["type"] for r in results] == ["statevector", "ephemerisset"]
    assert "OBJECT_NAME = A & B\n" in node.get(f"/v1/statevector/{results[0]['id']}").ok().json()["message"]


def test_long_ephemeris_goes_on_in_another_record(node):
    week = 10081
    body = ephemerides.oem(week + 1) + "COVARIANCE_START\n"
    for n in range(week + 1):
        time = ephemerides.ordinal(day_zero() + datetime.timedelta(minutes=n))
        lines = (" ".join(ephemerides.covariance()[i * (i + 1) // 2:(i + 1) * (i + 2) // 2]) for i in range(6))
        body += text(f"EPOCH = {time}", "COV_REF_FRAME = RTN", *lines)
    body += "COVARIANCE_STOP\n"
    results = send(node, body).ok(201).json()["results"]
    sets = [node.get(f"/v1/ephemerisset/{r['id']}").ok().json() for r in results]
    assert [s["numPoints"] for s in sets] == [week, 1]
    points = [line for s in sets for line in s["message"].split("\n") if line[:2] == "20"]
    assert points == [line for line in body.split("\n") if line[:2] == "20"]
    assert [sum("cov" in p for p in s["ephemerisList"]) for s in sets] == [week, 1]
    assert [s["message"].count("COV_REF_FRAME") for s in sets] == [week, 1]


# --- markings ---

def test_marking_of_a_message(node):
    (result,) = send(node, opm(name="MARKED", marking="U"), classificationMarking=None).ok(201).json()["results"]
    assert node.get(f"/v1/statevector/{result['id']}").ok().json()["classificationMarking"] == "U"
    send(node, opm(name="MARKED", marking="U"), classificationMarking="U").ok(201)
    fault = send(node, opm(marking="S//REL TO USA, JPN"), classificationMarking="U").problem(422, "INVALID_MARKING")
    assert "S//REL TO USA, JPN" in fault["detail"]
    send(node, opm(), classificationMarking=None).problem(400)


PROPRIETARY = "UNCLASSIFIED, Operator-proprietary Data; Secondary distribution not permitted"


def test_text_in_place_of_a_marking_is_refused_unless_the_poster_says_so(exchange, node):
    """It is told, kept and handed on; the marking is that of the query."""
    body = opm(name="TEXT", marking=PROPRIETARY)
    assert "messageMarking=text" in send(node, body).problem(422, "INVALID_MARKING")["detail"]
    send(node, body, classificationMarking=None).problem(422, "INVALID_MARKING")
    assert send(node, body, classificationMarking=None, messageMarking="text").problem(400, "BAD_QUERY")["where"] == "classificationMarking"
    assert send(node, body, messageMarking="ignore").problem(400, "BAD_QUERY")["where"] == "messageMarking"
    (result,) = send(node, body, messageMarking="text", classificationMarking="U//REL TO USA, JPN").ok(201).json()["results"]
    assert result["warnings"][0] == f"CLASSIFICATION is no marking: {PROPRIETARY}"
    record = node.get(f"/v1/statevector/{result['id']}").ok().json()
    assert record["classificationMarking"] == "U//REL TO USA, JPN" and record["warnings"] == result["warnings"]
    assert f"\nCLASSIFICATION = {PROPRIETARY}\n" in record["message"]
    with exchange.client("JPN", "operator") as reader:
        for form in ("kvn", "xml"):
            made = reader.get(f"/v1/statevector/{result['id']}", {"format": form}).ok().body.decode()
            assert f"CLASSIFICATION is no marking: {PROPRIETARY}" in made and made.count(PROPRIETARY) == 1
            assert "U//REL TO USA, JPN" in made


@pytest.mark.parametrize("marking, text, word", [("U", "SECRET, proprietary", "SECRET"), ("U", "SBU for USA, NOFORN", "NOFORN"),
                                                 ("S//REL TO USA, JPN", "TOP SECRET (draft)", "TOP SECRET")])
def test_text_does_not_say_less_than_it_says(node, marking, text, word):
    """A word of markings stays one, whatever stands around it."""
    body = opm(name="WORDS", marking=text)
    for more in ({}, {"messageMarking": "text"}):
        assert f"word {word} " in send(node, body, classificationMarking=marking, **more).problem(422, "INVALID_MARKING")["detail"]


def test_marking_that_can_be_read_is_never_text(node):
    body = opm(name="MARKED", marking="S//REL TO USA, JPN")
    fault = send(node, body, classificationMarking="U", messageMarking="text").problem(422, "INVALID_MARKING")
    assert "expected the same" in fault["detail"]
    answer = send(node, body + opm(name="TEXT 2", marking=PROPRIETARY) + opm(name="WORDS 2", marking="SECRET, ours"),
                  messageMarking="text", partial="true").ok(201).json()
    assert ["error" in r for r in answer["results"]] == [True, False, True]


# --- what a view keeps back ---

DROPPED = {"statevector": "mass", "trackingdata": "rangeUnits", "reentry": "orbitLifetime", "orbitcomprehensive": "xpos",
           "ephemerisset": "hasAccel", "conjunction": "missDistance"}


@pytest.fixture(scope="module")
def reduced(new_exchange):
    def change(policy):
        policy["views"] = [{"code": "LESS", "title": "Less", "types": {k: [{"drop": [f]}] for k, f in DROPPED.items()}}]
        terms = entry(policy, "agreements", id="USA-JPN-2026")
        terms["views"] = dict.fromkeys(DROPPED, "LESS")
    return new_exchange("reduced", policy=changed(coalition(), change))


@pytest.mark.parametrize("kind", DROPPED)
def test_view_that_reduces_a_record_keeps_its_message_back(reduced, kind):
    with reduced.client("JPN", "node") as client:
        (result,) = send(client, MESSAGES[kind][0](), format="ndm").ok(201).json()["results"]
        whole = client.get(f"/v1/{kind}/{result['id']}").ok().json()
    with reduced.client("USA", "operator") as reader:
        record = reader.get(f"/v1/{kind}/{result['id']}").ok().json()
        asked = {reduced_time(kind): ANY_TIME, "id": result["id"]}
        assert whole["message"] and "message" not in record and DROPPED[kind] in whole and DROPPED[kind] not in record
        assert set(whole) - set(record) <= {"message", DROPPED[kind], "warnings"}
        assert reader.list(kind, **asked) == [record]
        assert reader.count(kind, message="*a*", **asked) == reader.count(kind, message="~b", **asked) == 0
        assert reader.list(f"{kind}/tuple", columns="message", **asked) == [{"classificationMarking": "U"}]


@pytest.mark.parametrize("kind, left", [("statevector", "REF_FRAME = ITRF\n"), ("ephemerisset", "\nOBJECT_ID = 1996-046A\n")])
def test_message_of_a_reduced_record_is_made_of_what_the_view_shows(reduced, kind, left):
    with reduced.client("JPN", "node") as client:
        (result,) = send(client, MESSAGES[kind][0](), format="ndm").ok(201).json()["results"]
    with reduced.client("USA", "operator") as reader:
        made = reader.get(f"/v1/{kind}/{result['id']}", {"format": "kvn"}).ok().body.decode()
        listed = reader.get(f"/v1/{kind}", {"format": "kvn", "id": result["id"], reduced_time(kind): ANY_TIME}).ok().body.decode()
    assert left in made and listed == made and "MASS" not in made and "[km]" not in made
    with reduced.client("JPN", "node") as client:
        (again,) = send(client, made, format="kvn", source="made", classificationMarking=None).ok(201).json()["results"]
        whole, fields = (client.get(f"/v1/{kind}/{r['id']}").ok().json() for r in (result, again))
    differ = {"id", "idStateVector", "message", "classificationMarking", "source", "createdAt", "relto", "comments", "mass", "ephemerisList"}
    assert {k: v for k, v in whole.items() if k not in differ} == {k: v for k, v in fields.items() if k not in differ}
    assert len(whole.get("ephemerisList", [])) == len(fields.get("ephemerisList", []))


def test_view_that_hides_what_a_message_must_have(reduced):
    with reduced.client("JPN", "node") as client:
        (result,) = send(client, messages.cdm(), format="ndm").ok(201).json()["results"]
    with reduced.client("USA", "operator") as reader:
        fault = reader.get(f"/v1/conjunction/{result['id']}", {"format": "kvn"}).problem(422, "INVALID_RECORD")
    assert "missDistance" in fault["where"]


def reduced_time(kind):
    return {"trackingdata": "start", "conjunction": "tca", "ephemerisset": "pointStartTime"}.get(kind, "epoch")
