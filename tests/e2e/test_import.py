"""POST /v1/import: files of any known format, alone or in an archive, to records of whatever types they hold."""
import datetime
import io
import json
import urllib.parse
import zipfile

import pytest

import messages
from coalition import changed, coalition, entry, restriction
from elements import element_set
from harness import day_zero
from test_http import Lock
from test_operation import waiting

QUERY = {"classificationMarking": "U", "dataMode": "TEST", "source": "import"}
LATE = (day_zero() + datetime.timedelta(days=2 * 366)).strftime("%y%j.00000000")  # too late for a record


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def cdm(change):
    """Without the comment in front, by which nobody could tell what it is."""
    return messages.cdm(change).split("\n", 1)[1]


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return out.getvalue()


def send(client, body, headers=None, **more):
    query = {name: value for name, value in dict(QUERY, **more).items() if value is not None}
    return client.post("/v1/import", body, dict({"Content-Type": "application/octet-stream"}, **headers or {}), query)


def sets(first, n, epoch="26143.50000000"):
    return "".join(element_set(f"{first + i:05}", epoch) for i in range(n))


def broken(number):
    """A set whose second line has another checksum."""
    text = element_set(f"{number:05}").rstrip("\n")
    return text[:-1] + str((int(text[-1]) + 1) % 10) + "\n"


def held(client, first, last):
    return client.count("elset", epoch=">1990-01-01", satNo=f"{first}..{last}")


# --- what becomes of a file ---

def test_file_becomes_records_told_of_one_by_one(node):
    text = "\n".join([element_set("00101"), "# a comment", element_set("00102", name="0 VANGUARD")])
    answer = send(node, text, origin="18 SDS", tags="a,b", filename="today.tle").ok(201).json()
    assert answer["format"] == "tle" and answer["leftOut"] == [] and (answer["stored"], answer["refused"]) == (2, 0)
    assert [{n: v for n, v in r.items() if n != "id"} for r in answer["results"]] == [
        {"index": 0, "type": "elset", "line": 1}, {"index": 1, "type": "elset", "line": 5}]
    records = [node.get(f"/v1/elset/{r['id']}").ok().json() for r in answer["results"]]
    expected = {"classificationMarking": "U", "dataMode": "TEST", "source": "import", "origin": "18 SDS", "tags": ["a", "b"]}
    for record, number in zip(records, (101, 102)):
        assert {name: record[name] for name in expected} == expected and record["satNo"] == number
    # The same again is the same.
    assert send(node, text, origin="18 SDS", tags="a,b", filename="today.tle").ok(201).json() == answer


def test_archive_of_several_formats_is_stored_as_one(node):
    files = [("tle/", ""), ("tle/one.tle", sets(201, 2)), ("cdm.txt", cdm([(0, "MESSAGE_ID", "archive")]))]
    answer = send(node, packed(files)).ok(201).json()
    assert answer["format"] == "zip"
    assert [(r["index"], r["file"], r["type"], r["line"]) for r in answer["results"]] == [
        (0, "tle/one.tle", "elset", 1), (1, "tle/one.tle", "elset", 3), (2, "cdm.txt", "conjunction", 1)]
    for r in answer["results"]:
        assert node.get(f"/v1/{r['type']}/{r['id']}").ok().json()["source"] == "import"


def test_one_bad_item_refuses_all(node):
    fault = send(node, sets(301, 2) + broken(303)).problem(422, "INVALID_RECORD")
    assert fault["where"] == "line 6, column 69" and "checksum" in fault["detail"], fault
    # Read well, but no record: the line of the item.
    late = sets(301, 1) + element_set("00302", LATE)
    assert send(node, late).problem(422, "INVALID_RECORD")["where"] == "line 3, epoch"
    files = [("a.tle", sets(304, 2)), ("b.txt", cdm([(1, "X", "east")]))]
    fault = send(node, packed(files)).problem(422, "INVALID_RECORD")
    assert fault["where"].startswith("b.txt, line ") and "X: expected a number" in fault["detail"], fault
    assert held(node, 301, 309) == 0


def test_partial_keeps_what_is_good(node):
    text = sets(401, 1) + broken(402) + sets(403, 1) + element_set("00404", LATE)
    answer = send(node, text, partial="true").ok(201).json()
    assert (answer["stored"], answer["refused"]) == (2, 2)
    assert [(r["index"], r.get("line"), "id" in r) for r in answer["results"]] == [(0, 1, True), (1, 3, False), (2, 5, True), (3, 7, False)]
    errors = [r["error"] for r in answer["results"] if "error" in r]
    assert [(e["status"], e["where"]) for e in errors] == [(422, "line 4, column 69"), (422, "line 7, epoch")]
    assert held(node, 401, 409) == 2


def test_partial_goes_on_behind_a_file_that_cannot_be_read(node):
    files = [("a.txt", "nothing that is known"), ("b.txt", cdm([(1, "X", "east")])), ("in.zip", packed([("c.tle", sets(411, 1))])),
             ("d.tle", sets(412, 1))]
    answer = send(node, packed(files), partial="true").ok(201).json()
    assert [(r["file"], "id" in r) for r in answer["results"]] == [("a.txt", False), ("b.txt", False), ("in.zip", False), ("d.tle", True)]
    assert [r["error"]["where"].split(",")[0] for r in answer["results"][:3]] == ["a.txt", "b.txt", "in.zip"]
    assert "an archive within an archive" in answer["results"][2]["error"]["detail"]
    assert held(node, 411, 419) == 1


def test_archive_within_an_archive_is_refused(node):
    fault = send(node, packed([("a.tle", sets(421, 1)), ("in.zip", packed([("c.tle", sets(422, 1))]))])).problem(422, "INVALID_RECORD")
    assert fault["where"] == "in.zip" and held(node, 421, 429) == 0


# --- what is indexed ---

OBSERVATIONS = """     3.05           OBSERVATION DATA    G: GPS              RINEX VERSION / TYPE
relto               tests               20260523 120000 UTC PGM / RUN BY / DATE
STATION A                                                   MARKER NAME
nobody              nowhere                                 OBSERVER / AGENCY
1                   KIND                1.0                 REC # / TYPE / VERS
  4123456.7890  -123456.7890  4765432.1000                  APPROX POSITION XYZ
G    2 C1C L1C                                              SYS / # / OBS TYPES
G L1C  0.00000                                              SYS / PHASE SHIFT
  2026     5    23    12     0    0.0000000     GPS         TIME OF FIRST OBS
                                                            END OF HEADER
> 2026 05 23 12 00 00.0000000  0  2
G01  20000000.123 7 105000000.456 8
G07  21000000.123 7 106000000.456 8
> 2026 05 23 12 00 30.0000000  0  1
G01  20000000.123 7 105000000.456 8
"""
# The example of RTCM 10403.1, section 4.2: an antenna's position.
ANTENNA = bytes.fromhex("d300133ed7d30202980edeef34b4bd62ac0941986f33360b98")


def crc24q(message):
    crc = 0
    for byte in message:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    return crc


def frame(number, epoch):
    """A head of observations: number, station 7, milliseconds of the week."""
    payload = (number << 52 | 7 << 40 | epoch << 10).to_bytes(8, "big")
    message = b"\xd3\x00" + bytes([len(payload)]) + payload
    return message + crc24q(message).to_bytes(3, "big")


def only(node, answer):
    assert len(answer["results"]) == 1
    return node.get(f"/v1/{answer['results'][0]['type']}/{answer['results'][0]['id']}").ok().json()


def test_file_of_observations_is_indexed(node):
    answer = send(node, OBSERVATIONS, filename="stat.26o").ok(201).json()
    assert answer["format"] == "rinex" and answer["leftOut"] == []
    record = only(node, answer)
    expected = {"markerName": "STATION A", "filename": "stat.26o", "epochs": 2, "start": "2026-05-23T11:59:42.000000Z",
                "stop": "2026-05-23T12:00:12.000000Z", "approxX": 4123456.789, "version": "3.05", "timeSystem": "GPS",
                "satellites": [{"satellite": "G01", "epochs": 2}, {"satellite": "G07", "epochs": 1}],
                "observationTypes": [{"system": "G", "codes": ["C1C", "L1C"]}],
                "header": [OBSERVATIONS.splitlines()[7]]}
    assert {name: record[name] for name in expected} == expected
    assert node.count("rinexobservation", start="2026-05-23..2026-05-24", markerName="STATION A") == 1


def test_stream_is_indexed_in_the_week_it_was_received(node):
    stream = b"$GPGGA,,,,,,0\r\n" + frame(1077, 3_600_000) + ANTENNA + frame(1077, 3_601_000) + frame(1077, 0)[:-1] + b"x"
    answer = send(node, stream, received="2026-05-19T00:00:00Z").ok(201).json()
    assert answer["format"] == "rtcm" and "line" not in answer["results"][0]
    record = only(node, answer)
    assert (record["frames"], record["failures"], record["ts"]) == (3, 1, "2026-05-17T00:59:42.000000Z")
    assert record["messages"] == [{"count": 1, "message": 1005}, {
        "count": 2, "message": 1077, "clock": "GPS week", "epochs": 2, "firstEpoch": 3600000, "lastEpoch": 3601000}]
    # The same some days later, and of another week.
    assert send(node, stream, received="2026-05-20T11:00:00Z").ok(201).json() == answer
    other = send(node, stream, received="2026-05-12T00:00:00Z").ok(201).json()
    assert only(node, other)["ts"] == "2026-05-10T00:59:42.000000Z"


# --- what the request says ---

@pytest.mark.parametrize("name", ["dataMode", "source"])
def test_what_is_needed(node, name):
    assert send(node, element_set(), **{name: None}).problem(400, "BAD_QUERY")["where"] == name


def test_query_is_checked(node):
    fault = send(node, element_set(), format="tla").problem(400, "BAD_QUERY")
    assert fault["where"] == "format" and "tle" in fault["detail"] and "sp3" in fault["detail"]
    assert send(node, element_set(), nonsense="1").problem(400, "BAD_QUERY")["where"] == "nonsense"
    assert send(node, element_set(), partial="maybe").problem(400, "BAD_QUERY")["where"] == "partial"
    for received in ("yesterday", "2999-01-01T00:00:00Z"):
        assert send(node, element_set(), received=received).problem(400, "BAD_QUERY")["where"] == "received"
    assert send(node, element_set(), dataMode="LIVE").problem(422, "INVALID_RECORD")["where"] == "line 1, dataMode"
    assert send(node, element_set("00501"), format="tle").ok(201).json()["format"] == "tle"
    assert send(node, element_set(), format="sp3").problem(422, "INVALID_RECORD")["where"].startswith("line 1")


@pytest.mark.parametrize("partial", [None, "true"])
def test_what_is_no_file(node, partial):
    for body in (b"", b"nothing that is known", b"PK\x03\x04rest", b"\xff\xfe\x00\x01"):
        send(node, body, partial=partial).problem(422, "INVALID_RECORD")


# --- markings ---

def test_marking_of_all(node):
    one = send(node, element_set("00601"), classificationMarking="S//REL TO USA, JPN").ok(201).json()["results"][0]
    assert node.get(f"/v1/elset/{one['id']}").ok().json()["classificationMarking"] == "S//REL TO USA, JPN"
    fault = send(node, sets(602, 2), classificationMarking="SECRETLY").problem(422, "INVALID_MARKING")
    assert fault["where"] == "line 1, classificationMarking" and "rule" in fault
    # Neither the message nor the query says it.
    for partial in (None, "true"):
        fault = send(node, sets(602, 2), classificationMarking=None, partial=partial).problem(400, "BAD_QUERY")
        assert fault["where"] == "classificationMarking" and "in the query" in fault["detail"] and "in the message" in fault["detail"]
    assert held(node, 602, 609) == 0


def test_letter_of_a_set_is_said_by_its_marking(node):
    secret = element_set("00611", classification="S")
    for marking in ("U", "C//REL TO USA, JPN"):
        fault = send(node, secret, classificationMarking=marking).problem(422, "INVALID_MARKING")
        assert fault["where"] == "line 1, classificationType" and "classified S" in fault["detail"]
    posted = {"classificationMarking": "U", "dataMode": "TEST", "source": "import", "epoch": "2026-05-23T12:00:00.000000Z", "satNo": 611}
    fault = node.post("/v1/elset", dict(posted, classificationType="S")).problem(422, "INVALID_MARKING")
    assert fault["where"] == "$.classificationType"
    assert held(node, 611, 611) == 0
    for letter, marking in (("S", "S//REL TO USA, JPN"), ("C", "S//REL TO USA, JPN"), ("U", "S//REL TO USA, JPN"), ("U", "U")):
        send(node, element_set("00611", classification=letter), classificationMarking=marking).ok(201)
    assert held(node, 611, 611) == 4


def test_label_in_the_header_holds_for_all(exchange, node):
    """Withholding needs a reason, for what comes in a file as for what is posted."""
    assert send(node, sets(611, 2), classificationMarking="S//NF").problem(422, "NEEDS_REASON")["where"].startswith("line 1")
    label = {"Relto-Label": json.dumps({"restriction": restriction()})}
    ids = [r["id"] for r in send(node, sets(611, 2), label, classificationMarking="S//NF").ok(201).json()["results"]]
    with exchange.client("USA", "operator") as own, exchange.client("JPN", "operator") as other:
        for identifier in ids:
            assert own.sees("elset", identifier) and not other.sees("elset", identifier)
    answer = send(node, sets(613, 2), classificationMarking="S//NF", partial="true").ok(201).json()
    assert [r["error"]["type"].rsplit(":", 1)[1] for r in answer["results"]] == ["NEEDS_REASON"] * 2


def test_records_are_shown_as_posted_ones(exchange, node):
    """Of one marking with two types: each type under its own label, so that each is released by its own agreements."""
    answer = send(node, packed([("a", sets(621, 1)), ("b", cdm([(0, "MESSAGE_ID", "shown")]))])).ok(201).json()
    with exchange.client("JPN", "operator") as reader:
        for r in answer["results"]:
            posted = {"elset": {"epoch": "2026-05-23T12:00:00Z", "satNo": 622}, "conjunction": {"tca": "2026-05-23T22:37:52.618Z"}}[r["type"]]
            other = node.put_record(r["type"], dict(posted, classificationMarking="U", dataMode="TEST", source="posted"))
            assert reader.sees(r["type"], r["id"]) == reader.sees(r["type"], other)


# --- bounds ---

@pytest.fixture(scope="module")
def small(new_exchange):
    return new_exchange("small", {"limits.import_records": 5, "limits.import_kept": 4096, "limits.records_per_request": 2,
                                  "limits.archive_files": 2})


def test_no_more_records_than_are_stored_together(small):
    with small.client("USA", "node") as node:
        send(node, sets(1, 5)).ok(201)
        fault = send(node, sets(11, 6)).problem(413, "TOO_LARGE")
        assert fault["where"] == "line 11" and "5 records" in fault["detail"] and held(node, 11, 19) == 0
        fault = send(node, packed([("a", sets(11, 3)), ("b", sets(14, 3))])).problem(413, "TOO_LARGE")
        assert fault["where"] == "b, line 5" and held(node, 11, 19) == 0
        send(node, packed([("a", sets(11, 1)), ("b", sets(12, 1)), ("c", sets(13, 1))])).problem(413, "TOO_LARGE")
        long = ",".join(f"{n:032}" for n in range(90))
        # One record may be longer than what is kept of several.
        fault = send(node, sets(21, 1) + sets(22, 1), tags=long).problem(413, "TOO_LARGE")
        assert fault["where"] == "line 3" and "4096 bytes" in fault["detail"] and held(node, 21, 29) == 0
        send(node, sets(21, 1), tags=long).ok(201)


def test_partial_has_no_end(small):
    """All is stored; the answer tells of the first, and then of what was refused."""
    with small.client("USA", "node") as node:
        answer = send(node, sets(101, 6) + broken(107) + sets(108, 2), partial="true").ok(201).json()
        assert (answer["stored"], answer["refused"]) == (8, 1) and held(node, 101, 109) == 8
        assert [(r["index"], "id" in r) for r in answer["results"]] == [(0, True), (1, True), (2, True), (3, True), (4, True), (6, False)]
        bad = "".join(broken(n) for n in range(201, 206))
        assert send(node, bad + sets(211, 1), partial="true").ok(201).json()["refused"] == 5
        send(node, bad + broken(206) + sets(212, 1), partial="true").problem(413, "TOO_LARGE")


def test_long_file_is_taken_from_a_file(node):
    """Longer than what is kept in memory of a body."""
    text = sets(10001, 8000)
    assert len(text) > 1 << 20
    answer = send(node, text).ok(201).json()
    assert answer["stored"] == 8000 and held(node, 10001, 18000) == 8000
    assert [r["line"] for r in answer["results"]] == list(range(1, 16000, 2))


@pytest.mark.parametrize("settings, status", [({"limits.import_bytes": 1 << 20}, 413), ({"limits.import_spool": 1 << 20}, 503)])
def test_long_files_have_bounds(new_exchange, settings, status):
    exchange = new_exchange(f"long{status}", settings)
    with exchange.client("USA", "node") as node:
        send(node, sets(1, 100) + "# a comment\n" * 80000).ok(201)
        send(node, sets(1, 100) + "# a comment\n" * 90000).problem(status)


def test_as_many_at_once_as_the_limits_say(new_exchange):
    """One waits to be written, another to read what is of its event; a third finds no room, and has it when they are done."""
    exchange = new_exchange("turns", {"limits.imports": 2})
    with exchange.raw("USA", "node") as one, exchange.raw("USA", "node") as another, exchange.client("USA", "node") as node:
        with Lock(exchange):
            for raw, text in ((one, sets(1, 1)), (another, cdm([(0, "MESSAGE_ID", "turns")]))):
                raw.send(f"POST /v1/import?{urllib.parse.urlencode(QUERY)} HTTP/1.1\r\nHost: localhost\r\n"
                         f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n\r\n{text}")
            waiting(exchange, 2)
            refused = send(node, sets(2, 1))
            refused.problem(503, "UNAVAILABLE")
            assert refused.header("Retry-After")
        for raw in (one, another):
            raw.answer("POST").ok(201)
        send(node, sets(2, 1)).ok(201)


def test_registers_that_change_are_asked_again(exchange, new_exchange):
    """What a file's records are labelled with is of the registers in force when they are stored."""
    moved = new_exchange("moved")
    with moved.client("USA", "node") as node:
        send(node, element_set("00001")).ok(201)
        moved.apply(changed(coalition(), lambda p: entry(p, "agreements", id="USA-JPN-2026").update(version=2)))
        assert send(node, element_set("00002")).ok(201).json()["stored"] == 1
