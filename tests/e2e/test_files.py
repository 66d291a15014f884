"""What comes as a file or as text: element sets, drops of records."""
import datetime
import io
import json
import random
import zipfile

import pytest

import schema
from coalition import observation
from elements import checked, element_set
from harness import day_zero
from messages import cdm

DROPS = {"collectrequest": "udl-collectrequest", "collectresponse": "udl-collectresponse", "conjunction": "udl-conjunction",
         "diffofarrival": "udl-diffofarrival", "elset": "udl-elset", "emireport": "udl-emireport",
         "emittergeolocation": "udl-emittergeolocation", "eoobservation": "udl-eo", "ephemerisset": "udl-ephset",
         "gnssobservationset": "udl-gnssobset", "h3geo": "udl-h3geo", "ionoobservation": "udl-ionoobs",
         "maneuver": "udl-maneuver", "obscorrelation": "udl-obscorrelation", "onboardnavigation": "udl-onboardnavigation",
         "radarobservation": "udl-radar", "rfobservation": "udl-rf", "spaceenvobservation": "udl-spaceenvobs",
         "statevector": "udl-sv"}
TLE = {"dataMode": "TEST", "source": "Bluestaq", "makeCurrent": "false"}
MARKED = dict(TLE, classificationMarking="U")


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def send(client, text, query=TLE, prefix="/udl", media="text/plain"):
    body = json.dumps(text) if media == "application/json" else text
    return client.post(f"{prefix}/elset/createBulkFromTLE", body, {"Content-Type": media}, query)


# --- element sets ---

@pytest.mark.parametrize("media", ["text/plain", "text/plain; charset=utf-8", "application/json"])
def test_element_sets_become_records(node, media):
    number = {"text/plain": "A0001", "application/json": "    7"}.get(media, "Z9999")
    text = element_set(number, "26143.25000001") + element_set(number, "26143.25000002", name="0 VANGUARD 1").replace("\n", "\r\n")
    answer = send(node, text, dict(TLE, origin="18 SDS", tags="a,b"), media=media).ok(201)
    assert answer.header("X-Assumed-Marking") == "U"
    first, second = [node.get(f"/v1/elset/{i}").ok().json() for i in answer.json()["ids"]]
    expected = {"satNo": {"A0001": 100001, "    7": 7}.get(number, 339999), "epoch": "2026-05-23T06:00:00.000864Z",
                "inclination": 51.64, "raan": 199.5121, "eccentricity": 0.0001333, "argOfPerigee": 133.9522, "meanAnomaly": 226.1918,
                "meanMotion": 15.49113993, "meanMotionDot": -0.00012463, "meanMotionDDot": 0, "bStar": -0.0052031, "revNo": 1234,
                "ephemType": 0, "origObjectId": "98067A", "source": "Bluestaq", "origin": "18 SDS", "tags": ["a", "b"],
                "dataMode": "TEST", "classificationMarking": "U"}
    assert {name: first[name] for name in expected} == expected
    assert second["epoch"] == "2026-05-23T06:00:00.001728Z" and second["origObjectId"] == "VANGUARD 1"
    assert send(node, text, dict(TLE, origin="18 SDS", tags="a,b"), media=media).ok(201).json() == answer.json()


def lines_of(record):
    return [record.get(name) for name in ("line1", "line2")]


def test_element_sets_are_told_as_lines(exchange, node):
    """However they come, if two lines can say all of them; to be asked for, and never taken from a poster."""
    texts = [element_set("25544", "26143.25000003", classification="S"), element_set("A0001", "26143.25000004")]
    ids = send(node, "".join(texts), dict(MARKED, source="as lines", classificationMarking="S//REL TO USA, JPN")).ok(201).json()["ids"]
    lines = [t.splitlines() for t in texts]
    records = [node.get(f"/v1/elset/{i}").ok().json() for i in ids]
    assert [lines_of(r) for r in records] == lines
    asked = {"epoch": ">2026-01-01", "source": "as lines", "sort": "epoch,ASC"}
    assert [lines_of(r) for r in node.list("elset", **asked)] == lines
    assert [lines_of(r) for r in node.list("elset/tuple", columns="line1,line2", **asked)] == lines
    assert node.ids("elset", epoch=">2026-01-01", line1=lines[1][0]) == ids[1:]
    sent = {name: value for name, value in records[0].items() if name not in schema.READ_OVER + ["id", "idElset", "relto"]}
    again = dict(sent, source="posted", line1="1 nonsense", line2=["nonsense"])
    posted = [node.put_record("elset", r) for r in (again, {n: v for n, v in again.items() if n not in ("line1", "line2")})]
    assert posted[0] == posted[1] and lines_of(node.get(f"/v1/elset/{posted[0]}").ok().json()) == lines[0]
    as_sent = node.get(f"/v1/elset/{ids[0]}").ok()
    assert node.post("/v1/elset", as_sent.body.decode()).ok(201).json()["id"] == ids[0]
    assert node.get(f"/v1/elset/{ids[0]}").ok().body == as_sent.body


@pytest.mark.parametrize("more", [{"satNo": 340000}, {"inclination": 51.64001}, {"bStar": None}, {"internationalDesignator": "a\nb"},
                                  {"epoch": "2026-05-23T06:00:00.000865Z"}, {"classificationType": "é"}])
def test_what_two_lines_cannot_say_is_not_told_as_lines(node, more):
    record = {"classificationMarking": "U", "dataMode": "TEST", "source": "no lines", "epoch": "2026-05-23T06:00:00.000864Z", "satNo": 5,
              "meanMotionDot": 0, "meanMotionDDot": 0, "bStar": 0, "inclination": 51.64, "raan": 0, "eccentricity": 0, "argOfPerigee": 0,
              "meanAnomaly": 0, "meanMotion": 15}
    whole = node.get("/v1/elset/" + node.put_record("elset", record)).ok().json()
    assert [len(line) for line in lines_of(whole)] == [69, 69]
    other = node.put_record("elset", {n: v for n, v in dict(record, **more).items() if v is not None})
    assert lines_of(node.get(f"/v1/elset/{other}").ok().json()) == [None, None]


def test_digits_are_kept(node):
    identifier = send(node, element_set("00011")).ok(201).json()["ids"][0]
    body = node.get(f"/v1/elset/{identifier}").ok().body
    for text in (b'"bStar":-0.0052031', b'"meanMotionDot":-0.00012463', b'"inclination":51.6400', b'"eccentricity":0.0001333'):
        assert text in body


BAD = {
    "checksum": (lambda t: t[:68] + str((int(t[68]) + 1) % 10) + t[69:], 1, 69, "checksum"),
    "letter": (lambda t: element_set("I0001"), 1, 3, "satellite number"),
    "day 366": (lambda t: element_set(epoch="26366.00000000"), 1, 19, "epoch"),
    "day 0": (lambda t: element_set(epoch="26000.00000000"), 1, 19, "epoch"),
    "inclination": (lambda t: element_set(inclination=" 51.64x0"), 2, 9, "inclination"),
    "another satellite": (lambda t: t.split("\n")[0] + "\n" + element_set("00005").split("\n")[1], 2, 3, "25544"),
    "no line 2": (lambda t: t.split("\n")[0], 1, 1, "another line"),
    "line 2 first": (lambda t: t.split("\n")[1], 1, 1, "line 1"),
    "short": (lambda t: t.split("\n")[0][:60] + "\n" + t.split("\n")[1], 1, 61, "69"),
    "not blank": (lambda t: checked(t[:32] + "7" + t[33:68]) + t[69:], 1, 33, "blank"),
    "long name": (lambda t: "N" * 25 + "\n" + t, 1, 1, "24"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_sets_are_refused_whole(node, case):
    spoil, line, column, word = BAD[case]
    good = element_set("60006", "26144.00000000")
    fault = send(node, good + spoil(element_set())).problem(422, "INVALID_RECORD")
    assert fault["where"] == f"line {line + 2}, column {column}" and word in fault["detail"], fault
    assert node.count("elset", epoch=">1990-01-01", satNo="60006") == 0


def test_what_a_record_cannot_hold_names_the_line(node):
    late = day_zero() + datetime.timedelta(days=2 * 366)
    epoch = late.strftime("%y%j.00000000")
    fault = send(node, element_set() + element_set(epoch=epoch)).problem(422, "INVALID_RECORD")
    assert fault["where"] == "line 3, epoch"
    fault = send(node, element_set(), dict(TLE, dataMode="LIVE")).problem(422, "INVALID_RECORD")
    assert fault["where"] == "line 1, dataMode"


def test_marking_of_element_sets(node):
    assert "classificationMarking" in send(node, element_set(), prefix="/v1").problem(400, "BAD_QUERY")["where"]
    answer = send(node, element_set("00021"), MARKED, "/v1").ok(201)
    assert answer.header("X-Assumed-Marking") is None
    # What says that it is classified is not assumed to be unclassified.
    fault = send(node, element_set() + element_set(classification="S")).problem(422, "INVALID_MARKING")
    assert fault["where"] == "line 3"
    marked = send(node, element_set("00022", classification="S"), dict(TLE, classificationMarking="S//REL TO USA, GBR")).ok(201)
    record = node.get(f"/v1/elset/{marked.json()['ids'][0]}").ok().json()
    assert record["classificationMarking"] == "S//REL TO USA, GBR"
    # A dissemination control is kept or refused, never dropped.
    controlled = send(node, element_set("00023"), dict(TLE, control="REL TO USA, GBR")).ok(201)
    assert controlled.header("X-Assumed-Marking") == "U//REL TO USA, GBR"
    record = node.get(f"/v1/elset/{controlled.json()['ids'][0]}").ok().json()
    assert record["classificationMarking"] == "U//REL TO USA, GBR"
    assert send(node, element_set(), dict(TLE, control="NONSENSE")).problem(422, "INVALID_MARKING")["where"].startswith("line 1")
    send(node, element_set(), dict(MARKED, control="NOFORN")).problem(400, "BAD_QUERY")


@pytest.mark.parametrize("name", ["dataMode", "source"])
def test_needed_parameters_are_named(node, name):
    assert send(node, element_set(), {n: v for n, v in TLE.items() if n != name}).problem(400, "BAD_QUERY")["where"] == name


@pytest.mark.parametrize("media, body, status", [
    ("text/plain", b"\xff\xfe", 400), ("text/plain", "", 400), ("application/json", "[]", 400), ("application/json", "{", 400),
    ("application/json", '"no sets"', 422), ("application/xml", element_set(), 415)])
def test_bodies_that_are_no_element_sets(node, media, body, status):
    node.post("/udl/elset/createBulkFromTLE", body, {"Content-Type": media}, TLE).problem(status)


def test_no_more_sets_than_records_in_a_request(new_exchange):
    exchange = new_exchange("few", {"limits.records_per_request": 3})
    with exchange.client("USA", "node") as client:
        send(client, "".join(element_set(f"{n:05}") for n in range(1, 4))).ok(201)
        send(client, "".join(element_set(f"{n:05}") for n in range(11, 15))).problem(413, "TOO_LARGE")


# --- drops ---

@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize("kind", sorted(DROPS))
def test_dropped_records_are_those_of_a_post(node, kind, prefix):
    described = schema.Type(node.get("/v1/openapi.json").ok().json(), kind)
    records = [described.record(random.Random(f"{kind} {prefix} {n}"), day_zero(), origin=f"drop{prefix} {n}",
                                classificationMarking="U") for n in range(3)]
    answer = node.post(f"{prefix}/filedrop/{DROPS[kind]}", records[:2]).ok(202)
    assert answer.body == b"" and answer.header("Content-Type") is None
    ids = answer.header("X-Record-Ids").split(", ")
    assert ids == node.put_records(kind, records[:2])
    one = node.post(f"{prefix}/filedrop/{DROPS[kind]}", records[2]).ok(202)
    assert one.header("X-Record-Ids") == node.put_record(kind, records[2])


def test_drop_is_taken_whole_or_not(node):
    good = observation(descriptor="whole")
    fault = node.post("/filedrop/udl-eo", [good, dict(good, nonsense=1)]).problem(422, "INVALID_RECORD")
    assert fault["where"] == "$[1].nonsense"
    node.post("/filedrop/udl-eo", []).ok(202)
    node.post("/filedrop/udl-eo", "7").problem(422)
    assert node.count("eoobservation", obTime=">1990-01-01", descriptor="whole") == 0
    node.post("/filedrop/udl-nothing", [good]).problem(404)
    many = node.post("/filedrop/udl-eo", [observation(descriptor=f"many {n}") for n in range(17)]).ok(202)
    assert many.header("X-Record-Ids") is None
    assert node.count("eoobservation", obTime=">1990-01-01", descriptor="many*") == 17


# --- messages ---

CDM = {"classification": "U", "dataMode": "TEST", "filename": "a.cdm", "source": "CARA", "tags": "x"}


def test_message_is_not_marked_otherwise_than_it_says(node):
    def marked(text):
        return cdm().replace("\nTCA ", f"\nCLASSIFICATION = {text}\nTCA ", 1)
    for text, status in (("UNCLASSIFIED", 202), ("S//REL TO USA, JPN", 422), ("secret, ours", 422), ("ours; not for sale", 202)):
        answer = node.post("/filedrop/cdms", marked(text), {"Content-Type": "application/zip"}, CDM)
        assert answer.status == status and (status == 202 or answer.problem(422, "INVALID_MARKING")["where"] == "CLASSIFICATION")
    many = packed([("a.cdm", marked("UNCLASSIFIED")), ("b.cdm", marked("S//NF"))])
    assert drop(node, many).problem(422, "INVALID_MARKING")["where"] == "b.cdm, CLASSIFICATION"


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_message_becomes_a_conjunction(node, prefix):
    answer = node.post(f"{prefix}/filedrop/cdms", cdm(), {"Content-Type": "application/zip"}, CDM).ok(202)
    assert answer.body == b"" and answer.header("Content-Type") is None
    record = node.get(f"/v1/conjunction/{answer.header('X-Record-Ids')}").ok().json()
    expected = {"tca": "2026-05-23T22:37:52.618000Z", "missDistance": 715, "relVelMag": 14762, "collisionProb": 4.835e-05,
                "originator": "CARA", "messageId": "201113719185", "satNo1": 5, "origIdOnOrbit1": "00005",
                "origIdOnOrbit2": "X-30337", "comments": "the first", "source": "CARA", "tags": ["x"]}
    assert {name: record[name] for name in expected} == expected and "satNo2" not in record
    assert record["message"].startswith("CCSDS_CDM_VERS = 1.0\nCOMMENT the first\nCREATION_DATE = 2026-05-20T22:31:12.000\n")
    assert "MISS_DISTANCE = 715 [m]\n" in record["message"] and "CT_R = 2.020E+01\n" in record["message"]
    state = record["stateVector1"]
    expected = {"epoch": record["tca"], "xpos": 2570.097065, "zvel": -3.526774282, "referenceFrame": "J2000", "area": 5.2,
                "covReferenceFrame": "UVW", "covMethod": "CALCULATED", "solarRadPress": True}
    assert {name: state[name] for name in expected} == expected
    # From square metres to square kilometres, row by row.
    assert state["cov"] == [pytest.approx((i + 1 + (j * 100 + 20) / 1000) * 1e-5)
                            for i in range(6) for j in range(i + 1)]


WRONG = {
    "unknown keyword": ([(0, "MISS", "1")], "MISS"),
    "unit": ([(0, "MISS_DISTANCE", "715 [km]")], "[m]"),
    "number": ([(1, "X", "east")], "X: expected a number"),
    "time": ([(0, "TCA", "2026-366T00:00:00")], "TCA: expected a time"),
    "flag": ([(2, "SOLAR_RAD_PRESSURE", "MAYBE")], "YES|NO"),
    "missing": ([(2, "CNDOT_NDOT", None)], "CNDOT_NDOT: expected before this, in the covarianceMatrix"),
    "missing in the message": ([(0, "MESSAGE_ID", None)], "MESSAGE_ID: expected before this, in the header"),
    "frame": ([(1, "REF_FRAME", "TEME")], "EME2000"),
    "third object": ([(2, "OBJECT", "OBJECT3")], "OBJECT2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_messages_are_refused(node, case):
    change, word = WRONG[case]
    fault = node.post("/filedrop/cdms", cdm(change), {"Content-Type": "application/zip"}, CDM).problem(422, "INVALID_RECORD")
    assert fault["where"].startswith("line ") and word in fault["detail"], fault


def test_what_is_no_message_is_refused(node):
    for body, status in ((b"PK\x03\x04rest", 422), (b"", 422), (b"\xff = 1", 422), (b"no message", 422), (b"X" * 1025, 422)):
        node.post("/filedrop/cdms", body, {"Content-Type": "application/zip"}, CDM).problem(status)
    for name in ("classification", "dataMode", "source"):
        missing = {n: v for n, v in CDM.items() if n != name}
        assert node.post("/filedrop/cdms", cdm(), {"Content-Type": "application/zip"}, missing).problem(400)["where"] == name


# --- any text ---

RAW = {"classificationMarking": "U", "dataMode": "TEST", "source": "Bluestaq", "msgType": "NOTAM", "origin": "THIRD", "tags": "a,b",
       "msgId": "M-1"}


@pytest.mark.parametrize("prefix", ["/v1", "/udl"])
@pytest.mark.parametrize("media", ["text/plain", "text/xml", "application/json"])
def test_raw_message_is_kept_as_it_stands(node, prefix, media):
    text = '{"a": 1.50,\r\n "é\\"": "<x/>"}\t\n'
    headers = {"Content-Type": media}
    answer = node.post(f"{prefix}/notification/createRaw", text.encode(), headers, dict(RAW, origin=f"{prefix} {media}")).ok(201)
    record = node.get(f"/v1/notification/{answer.json()['id']}").ok().json()
    expected = {"msgBody": text, "msgType": "NOTAM", "clientId": "M-1", "tags": ["a", "b"], "source": "Bluestaq", "origin": f"{prefix} {media}"}
    assert {name: record[name] for name in expected} == expected


@pytest.mark.parametrize("name", ["classificationMarking", "dataMode", "msgType", "source"])
def test_raw_message_needs(node, name):
    query = {n: v for n, v in RAW.items() if n != name}
    assert node.post("/udl/notification/createRaw", "text", {"Content-Type": "text/plain"}, query).problem(400, "BAD_QUERY")["where"] == name


def test_raw_message_has_bounds(node):
    def post(body, status, **more):
        return node.post("/udl/notification/createRaw", body, {"Content-Type": "text/plain"}, dict(RAW, **more)).status == status

    assert post("x" * 1048576, 201) and post("x" * 1048577, 422)
    assert post("", 400) and post(b"\xff", 400) and post("a\0b", 422) and post("x", 422, dataMode="LIVE")
    assert post("x", 422, classificationMarking="SECRETLY") and post("x", 400, nonsense="1")


# --- archives ---

def packed(files, method=zipfile.ZIP_DEFLATED):
    """files: (name, bytes or text); a folder's name ends with a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def drop(client, body, query=CDM, path="/filedrop/cdms"):
    return client.post(path, body, {"Content-Type": "application/zip"}, query)


def messages(*numbers):
    return [(f"day/{n}.cdm", cdm([(0, "MESSAGE_ID", f"packed {n}")])) for n in numbers]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archive_of_messages(node, method):
    answer = drop(node, packed([("day/", "")] + messages(method, method + 1), method)).ok(202)
    assert answer.body == b"" and answer.header("Content-Type") is None
    records = [node.get(f"/v1/conjunction/{i}").ok().json() for i in answer.header("X-Record-Ids").split(", ")]
    assert [r["messageId"] for r in records] == [f"packed {method}", f"packed {method + 1}"]
    # A message is the same record, however it came.
    alone = drop(node, cdm([(0, "MESSAGE_ID", f"packed {method}")])).ok(202)
    assert alone.header("X-Record-Ids") == records[0]["id"]


def test_archive_is_taken_whole_or_not(node):
    wrong = cdm([(0, "MESSAGE_ID", "packed wrong"), (0, "TCA", "soon")])
    fault = drop(node, packed(messages("good") + [("b.cdm", wrong)])).problem(422, "INVALID_RECORD")
    assert fault["where"].startswith("b.cdm, line ") and "TCA" in fault["detail"]
    # What a record cannot hold names the file, too.
    fault = drop(node, packed(messages("good") + [("b.cdm", cdm([(0, "TCA", "2150-05-23T22:37:52.618")]))])).problem(422)
    assert fault["where"] == "b.cdm, tca"
    assert node.count("conjunction", tca=">1990-01-01", messageId="packed good") == 0


def spoiled(body, old, new):
    assert old in body
    return body.replace(old, new)


BROKEN = {
    "empty": (lambda: packed([]), "body", "empty"),
    "only a folder": (lambda: packed([("day/", "")]), "body", "empty"),
    "cut": (lambda: packed(messages(1))[:-30], "body", "damaged"),
    "changed": (lambda: spoiled(packed(messages(1), zipfile.ZIP_STORED), b"MISS_DISTANCE", b"MISS_DISTENCE"), "day/1.cdm", "damaged"),
    "packed otherwise": (lambda: packed(messages(1), zipfile.ZIP_BZIP2), "day/1.cdm", "deflated"),
    "encrypted": (lambda: packed(messages(1)).replace(b"PK\x01\x02\x14\x03\x14\0\0", b"PK\x01\x02\x14\x03\x14\0\x01")
                  .replace(b"PK\x03\x04\x14\0\0", b"PK\x03\x04\x14\0\x01"), "day/1.cdm", "encrypted"),
    "an archive inside": (lambda: packed([("b.zip", packed(messages(1)))]), "b.zip, line 1, column 1", ""),
    "a name with a line end": (lambda: packed([("a\nb", "?")]), "file 1, line 1, column 1", ""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_archive_that_cannot_be_read(node, case):
    make, where, word = BROKEN[case]
    fault = drop(node, make()).problem(422, "INVALID_RECORD")
    assert fault["where"] == where and word in fault["detail"], fault


def test_archive_has_bounds(new_exchange):
    two = messages(1, 2)
    size = sum(len(text) for _, text in two)
    exchange = new_exchange("archives", {"limits.archive_files": 2, "limits.archive_bytes": size, "limits.archive_ratio": 20})
    with exchange.client("USA", "node") as client:
        drop(client, packed(two, zipfile.ZIP_STORED)).ok(202)
        fault = drop(client, packed([*two, ("c/", "")], zipfile.ZIP_STORED)).problem(413, "TOO_LARGE")
        assert fault["where"] == "body" and "2 files" in fault["detail"]
        longer = [two[0], (two[1][0], two[1][1] + "\n")]
        fault = drop(client, packed(longer, zipfile.ZIP_STORED)).problem(413, "TOO_LARGE")
        assert fault["where"] == "day/2.cdm" and str(size) in fault["detail"]
        # A kilobyte that becomes hundreds: refused for what it would become, whatever it says.
        drop(client, packed([("a", " " * (size - 1))])).problem(413, "TOO_LARGE")
