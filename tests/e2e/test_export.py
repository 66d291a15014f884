"""Records in the forms that readers' tools take: ?format= and Accept."""
import csv
import io

import pytest

from coalition import ANY_TIME, changed, coalition, entry, restriction
from elements import element_set

RECORDS_MAX, BYTES_MAX = 40, 40000


def policy():
    def terms(p):
        p["views"] = [{"code": "LESS", "title": "Less", "types": {"elset": [{"drop": ["bStar"]}, {"drop": ["origObjectId"]}],
                                                                         "eoobservation": [{"drop": ["mag"]}, {"drop": ["raUnc"]}]}}]
        entry(p, "agreements", id="CSPO-2024")["views"] = {"elset": "LESS", "eoobservation": "LESS"}
    return changed(coalition(), terms)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=policy(), settings={"limits.export_records": RECORDS_MAX, "limits.export_bytes": BYTES_MAX})


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def post(client, text, source, marking="U"):
    query = {"classificationMarking": marking, "dataMode": "TEST", "source": source}
    return client.post("/v1/elset/createBulkFromTLE", text, {"Content-Type": "text/plain"}, query).ok(201).json()


def listed(client, source, path="", expect=200, accept=None, **more):
    headers = {"Accept": accept} if accept else {}
    query = {"source": source, **({} if path else {"epoch": ANY_TIME}), **more}
    return client.get(f"/v1/elset{path}", query, **headers)


NAMES = ["0 ISS (ZARYA)", "0 SECOND", "0 THIRD"]


def sets(n=3, named=True):
    return [element_set(f"{i + 11:05}", f"26{143 + i}.50000000", NAMES[i % 3] if named else None) for i in range(n)]


@pytest.mark.parametrize("form", ["kvn", "xml", "omm-json", "omm-csv"])
def test_messages_of_elements_do_not_repeat_them_as_lines(node, form):
    """What the exchange has worked out of a set is no field of its sender's."""
    post(node, element_set("00077"), "no lines")
    assert "line1" in listed(node, "no lines").ok().json()[0]
    body = listed(node, "no lines", format=form).ok().body.decode()
    assert "2026-05-23T12:00:00" in body and "LINE1" not in body and "USER_DEFINED" not in body


def test_element_sets_come_back_as_they_were(node):
    post(node, "".join(sets()), "as they were")
    answer = listed(node, "as they were", format="3le", sort="epoch,ASC").ok()
    assert answer.body.decode() == "".join(sets()) and answer.header("Content-Type") == "text/vnd.3le"
    assert answer.header("X-Classification-Banner") == "UNCLASSIFIED" and answer.header("X-Left-Out") is None
    two = listed(node, "as they were", format="tle", sort="epoch,ASC").ok()
    assert two.body.decode() == "".join(sets(named=False))
    for path in ("/history", "/current"):
        again = node.get(f"/v1/elset{path}", {"source": "as they were", "format": "tle", "epoch": ANY_TIME, "sort": "epoch,ASC"}).ok()
        assert again.body == two.body
    record = listed(node, "as they were", format="json", maxResults=1).ok().json()[0]
    one = node.get(f"/v1/elset/{record['id']}", {"format": "tle"}).ok()
    assert one.body.decode() == sets(named=False)[2] and one.header("X-Classification-Banner") == "UNCLASSIFIED"
    head = node.request("HEAD", f"/v1/elset/{record['id']}", query={"format": "tle"}).ok()
    assert head.header("Content-Length") == str(len(one.body)) and head.header("Content-Type") == "text/vnd.tle"
    assert node.request("HEAD", "/v1/elset", query={"epoch": ANY_TIME, "format": "tle"}).ok().header("Content-Type") == "text/vnd.tle"


def test_what_is_sent_is_on_record(exchange, node):
    post(node, sets()[0], "on record")
    with exchange.client("JPN", "node") as client:
        assert listed(client, "on record", format="tle").ok().body
    record = listed(node, "on record").ok().json()[0]
    with exchange.client("USA", "fdo") as client:
        told = client.get(f"/v1/elset/{record['id']}/recipients").ok().json()["recipients"]
    states = [r["state"] for r in told if r["partner"] == "JPN"]
    assert len(states) == 1 and states[0] in ("completed", "unknown")  # that it ended is written a moment later


@pytest.mark.parametrize("accept, expected", [
    (None, "application/json"), ("*/*", "application/json"), ("text/csv", "text/csv"), ("text/vnd.tle", "text/vnd.tle"),
    ("text/vnd.tle;q=0.5, application/json;q=0.4", "text/vnd.tle"), ("text/vnd.tle;q=0.5, application/json", "application/json"),
    ("text/vnd.tle, */*", "text/vnd.tle"), ("text/csv, text/vnd.tle;q=0.9", "text/csv"), ("TEXT/VND.3LE", "text/vnd.3le"),
    ("text/plain", "application/json"), ("application/*", "application/json"), ("text/csv;q=0, */*", "application/json"),
])
def test_accept(node, accept, expected):
    post(node, sets()[0], "accept")
    one = listed(node, "accept", accept=accept).ok()
    assert one.header("Content-Type").split(";")[0] == expected
    identifier = listed(node, "accept").ok().json()[0]["id"]
    headers = {"Accept": accept} if accept else {}
    assert node.get(f"/v1/elset/{identifier}", **headers).ok().header("Content-Type").split(";")[0] == expected


@pytest.mark.parametrize("path, query", [("/v1/elset", {"epoch": ANY_TIME}), ("/v1/elset/history", {"epoch": ANY_TIME}),
                                         ("/v1/elset/tuple", {"epoch": ANY_TIME, "columns": "epoch"}), ("/v1/elset/count", {"epoch": ANY_TIME}),
                                         ("/v1/conjunction", {"tca": ANY_TIME})])
def test_what_is_not_taken(node, path, query):
    node.get(path, query, Accept="text/vnd.rtklib").problem(406, "NOT_ACCEPTABLE")
    if "tuple" in path or "count" in path or "conjunction" in path:
        node.get(path, query, Accept="text/vnd.tle").problem(406, "NOT_ACCEPTABLE")
        assert node.get(path, dict(query, format="tle")).problem(400, "BAD_QUERY")["where"] == "format"


def test_format_wins(node):
    assert listed(node, "accept", accept="text/csv", format="tle").ok().header("Content-Type") == "text/vnd.tle"


@pytest.mark.parametrize("query", [{"format": "nonsense"}, {"format": "TLE"}, {"format": ""}])
def test_formats_that_are_not_there(node, query):
    fault = listed(node, "x", **query).problem(400, "BAD_QUERY")
    assert fault["where"] == "format" and "json, csv, tle, 3le" in fault["detail"]


def test_parameters_that_do_not_belong(node):
    assert listed(node, "x", format="tle", columns="epoch").problem(400, "BAD_QUERY")["where"] == "columns"
    assert listed(node, "x", format="tle", partial="perhaps").problem(400, "BAD_QUERY")["where"] == "partial"
    assert listed(node, "x", format="csv", partial="true").problem(400, "BAD_QUERY")["where"] == "partial"
    node.get("/v1/elset?epoch=%3E2000-01-01&format=tle&format=json").problem(400, "BAD_QUERY")


def test_csv(node):
    post(node, "".join(sets()), "csv")
    answer = listed(node, "csv", format="csv", sort="epoch,ASC").ok()
    rows = list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))
    records = listed(node, "csv", sort="epoch,ASC").ok().json()
    assert [r["id"] for r in rows] == [r["id"] for r in records] and [r["satNo"] for r in rows] == ["11", "12", "13"]
    assert answer.header("X-Classification-Banner") == "UNCLASSIFIED"
    one = node.get(f"/v1/elset/{records[0]['id']}", {"format": "csv"}).ok()
    assert list(csv.DictReader(io.StringIO(one.body.decode(), newline=""))) == rows[:1]
    some = listed(node, "csv", format="csv", columns="satNo").ok().body.decode().splitlines()
    assert some[0] == "classificationMarking,satNo" and len(some) == 4


def test_nothing(node):
    answer = listed(node, "nobody", format="tle").ok()
    assert answer.body == b"" and answer.header("X-Classification-Banner") is None
    node.get("/v1/elset/00000000-0000-8000-8000-000000000000", {"format": "tle"}).problem(404, "NOT_FOUND")


def elset(source, **more):
    return {"classificationMarking": "U", "dataMode": "TEST", "source": source, "epoch": "2026-05-23T12:00:00Z", "satNo": 5, **more}


def test_what_cannot_be_expressed_refuses_the_file(node):
    post(node, "".join(sets()), "refused")
    lacking = node.put_record("elset", elset("refused", epoch="2026-05-22T12:00:00Z"))
    fault = listed(node, "refused", format="tle").problem(422, "INVALID_RECORD")
    assert fault["where"] == "meanMotionDot" and fault["id"] == lacking
    assert node.get(f"/v1/elset/{lacking}", {"format": "tle"}).problem(422, "INVALID_RECORD")["where"] == "meanMotionDot"
    answer = listed(node, "refused", format="tle", partial="true", sort="epoch,ASC").ok()
    assert answer.body.decode() == "".join(sets(named=False))
    assert (answer.header("X-Left-Out"), answer.header("X-Left-Out-Ids")) == ("1", lacking)
    more = [node.put_record("elset", elset("refused", satNo=799500000 + i, epoch=f"2026-05-{10 + i % 10}T0{i // 10}:00:00Z"))
            for i in range(20)]
    answer = listed(node, "refused", format="tle", partial="true").ok()
    assert answer.header("X-Left-Out") == "21" and len(answer.header("X-Left-Out-Ids").split(", ")) == 16
    assert set(answer.header("X-Left-Out-Ids").split(", ")) < {lacking, *more}


def test_as_many_as_the_limits_say(node):
    post(node, "".join(sets(RECORDS_MAX)), "limit")
    assert listed(node, "limit", format="tle").ok().body.count(b"\n") == 2 * RECORDS_MAX
    post(node, element_set("99999", "26142.00000000"), "limit")
    assert str(RECORDS_MAX) in listed(node, "limit", format="tle").problem(413, "TOO_MUCH")["detail"]
    assert listed(node, "limit", format="tle", maxResults=RECORDS_MAX).ok().body.count(b"\n") == 2 * RECORDS_MAX
    long = [node.put_record("elset", elset("long", descriptor="x" * 19000, epoch=f"2026-05-0{i + 1}T00:00:00Z")) for i in range(3)]
    assert len(long) == 3 and str(BYTES_MAX) in listed(node, "long", format="tle", partial="true").problem(413, "TOO_MUCH")["detail"]
    assert listed(node, "long", format="tle", partial="true", maxResults=2).ok().header("X-Left-Out") == "2"


def test_what_a_view_hides_is_in_no_file(exchange, node):
    """It is missing, as if the poster had not said it."""
    post(node, sets()[0], "view", marking="U//REL TO USA, AUS")
    with exchange.client("AUS", "node") as client:
        record = listed(client, "view").ok().json()[0]
        assert "bStar" not in record and "origObjectId" not in record
        assert listed(client, "view", format="tle").problem(422, "INVALID_RECORD")["where"] == "bStar"
        answer = listed(client, "view", format="csv").ok().body
        assert b"ZARYA" not in answer and b"0.0052031" not in answer


def test_lines_of_a_set_go_with_what_a_view_hides(exchange, node):
    """They would say it again."""
    post(node, sets()[1], "reduced lines", marking="U//REL TO USA, AUS")
    whole = listed(node, "reduced lines").ok().json()[0]
    query = {"epoch": ANY_TIME, "source": "reduced lines"}
    with exchange.client("AUS", "node") as client:
        assert listed(client, "reduced lines").ok().json()[0].keys().isdisjoint({"line1", "line2"})
        assert client.list("elset/tuple", columns="line1,line2", **query) == [{"classificationMarking": "U//REL TO USA, AUS"}]
        for name in ("line1", "line2"):
            for asked in (whole[name], f"~{whole[name]}", "~x", f"*{whole[name][2:7]}*", ">0", "<9", "0..9", f"{whole[name]},x"):
                assert client.count("elset", **query, **{name: asked}) == 0
                assert (node.count("elset", **query, **{name: asked}) == 1) == (asked != f"~{whole[name]}")


def test_hidden_records_neither_show_nor_refuse(exchange, node):
    """One that could not be expressed would refuse the file, if it were looked at."""
    post(node, sets()[0], "hidden")
    hidden = node.put_record("elset", elset("hidden", epoch="2026-05-22T12:00:00Z", classificationMarking="S//NF",
                                            relto={"restriction": restriction()}))
    assert listed(node, "hidden", format="tle").problem(422, "INVALID_RECORD")["id"] == hidden
    with exchange.client("JPN", "node") as client:
        answer = listed(client, "hidden", format="tle", partial="true").ok()
        assert answer.body.decode() == sets(named=False)[0] and answer.header("X-Left-Out") is None
        missing = client.get(f"/v1/elset/{hidden}", {"format": "tle"}).problem(404, "NOT_FOUND")
        nothing = client.get("/v1/elset/00000000-0000-8000-8000-000000000000", {"format": "tle"}).problem(404, "NOT_FOUND")
        assert missing == nothing


def test_observations_are_one_tracking_data_message(exchange, node):
    """What a view hides is not in it, not even by its name."""
    for second in (30, 10, 20):
        node.put_record("eoobservation", {"classificationMarking": "U//REL TO USA, AUS", "dataMode": "TEST", "source": "tracked",
                                          "idSensor": "BOW-1", "satNo": 799500123, "obTime": f"2026-05-23T12:00:{second}Z",
                                          "ra": second + 0.5, "declination": -2, "referenceFrame": "J2000", "mag": 12, "raUnc": 0.1})
    asked = {"source": "tracked", "obTime": ANY_TIME, "format": "kvn"}
    lines = node.get("/v1/eoobservation", asked).ok().body.decode().splitlines()
    assert [line for line in lines if line.startswith("ANGLE_1")] == [f"ANGLE_1 = 2026-05-23T12:00:{t}.000000 {t}.5" for t in (10, 20, 30)]
    assert lines.count("META_START") == 1 and "PARTICIPANT_2 = 799500123" in lines and "COMMENT not told here: raUnc" in lines
    assert node.get("/v1/eoobservation", dict(asked, format="xml")).ok().header("Content-Type") == "application/xml"
    with exchange.client("AUS", "node") as client:
        reduced = client.get("/v1/eoobservation", asked).ok().body.decode()
        assert reduced.count("ANGLE_1") == 3 and "MAG" not in reduced and "raUnc" not in reduced


def test_parts_as_csv(node):
    answer = node.get("/v1/ephemeris", {"esId": "00000000-0000-8000-8000-000000000000", "format": "csv"}).ok()
    assert answer.header("Content-Type").startswith("text/csv") and b"xpos" in answer.body
    node.get("/v1/ephemeris", {"esId": "00000000-0000-8000-8000-000000000000"}, Accept="text/vnd.tle").problem(406, "NOT_ACCEPTABLE")


def test_openapi_names_the_formats(exchange, node):
    paths = node.get("/v1/openapi.json").ok().json()["paths"]
    for path in ("/v1/elset", "/v1/elset/history", "/v1/elset/current", "/v1/elset/{id}"):
        get = paths[path]["get"]
        formats = next(p for p in get["parameters"] if p["name"] == "format")["schema"]["enum"]
        assert formats[:4] == ["json", "csv", "tle", "3le"] and "text/vnd.tle" in get["responses"]["200"]["content"]
    assert not [p for p in paths["/v1/elset/tuple"]["get"]["parameters"] if p["name"] == "format"]
