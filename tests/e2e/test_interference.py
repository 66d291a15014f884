"""GET /v1/pnt/interference: reports, cells and signals that the reader may see, joined by cell and time."""
import copy
import datetime
import itertools

import pytest

import coalition
from coalition import entry, restriction
from harness import iso

HOUR = datetime.timedelta(hours=1)
serial = itertools.count(1)
NICOSIA, CELL = (35.17, 33.36), "842da45ffffffff"
FINE = ["852da443fffffff", "852da453fffffff"]  # in that cell


@pytest.fixture(scope="module")
def exchange(new_exchange):
    def with_views():
        policy = copy.deepcopy(coalition.coalition())
        policy["views"] = [{"code": "NOWHERE", "title": "No places", "types": {"emireport": [{"drop": ["lat", "lon"]}]}},
                           {"code": "ENDLESS", "title": "No ends", "types": {"h3geo": [{"drop": ["endTime"]}]}}]
        entry(policy, "agreements", id="USA-JPN-2026")["views"] = {"emireport": "NOWHERE", "h3geo": "ENDLESS"}
        return policy
    return new_exchange("main", policy=with_views())


@pytest.fixture
def usa(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture
def fra(exchange):
    with exchange.client("FRA", "operator") as client:
        yield client


@pytest.fixture
def place():
    """Each test has its own, a few degrees from the others'."""
    return 10.0, -170.0 + 5 * next(serial)


def hours(exchange, n):
    return iso(exchange.now + n * HOUR)


def report(exchange, place, start=-5, stop=-4, marking="U", **more):
    record = {"classificationMarking": marking, "dataMode": "REAL", "source": "e2e", "reportId": str(next(serial)), "reportTime": hours(exchange, -3),
              "startTime": hours(exchange, start), "reportType": "GPS", "isr": False, "requestAssist": False, "lat": place[0], "lon": place[1]}
    if stop is not None:
        record["endTime"] = hours(exchange, stop)
    return dict(record, **more)


def cells(exchange, scores, start=-5, stop=-4, marking="U", **more):
    """scores: {cell: (interference, spoofing)}"""
    common = {"classificationMarking": marking, "dataMode": "REAL", "source": "e2e"}
    told = [dict(common, cellId=c, **{n: s for n, s in zip(("anomScoreInterference", "anomScoreSpoofing"), two) if s is not None}) for c, two in scores.items()]
    return dict(common, cells=told, numCells=len(told), startTime=hours(exchange, start), endTime=hours(exchange, stop), **more)


def signal(exchange, place, at=-4.5, kind="RFI", marking="U", **more):
    return dict({"classificationMarking": marking, "dataMode": "REAL", "source": "e2e", "obTime": hours(exchange, at), "type": kind,
                 "senlat": place[0], "senlon": place[1], "taskId": str(next(serial))}, **more)


def secret(record):
    return dict(record, classificationMarking="S//NF", relto={"restriction": restriction()},
                **({"cells": [dict(c, classificationMarking="S//NF") for c in record["cells"]]} if "cells" in record else {}))


def question(exchange, place, size=0.5, since=-24, until=0, **more):
    box = (place[1] - size, place[0] - size, place[1] + size, place[0] + size)
    return dict({"bbox": ",".join(f"{v:.6f}" for v in box), "from": hours(exchange, since), "to": hours(exchange, until)}, **more)


def ask(client, query):
    answer = client.get("/v1/pnt/interference", query).ok()
    assert answer.header("Content-Type") == "application/geo+json"
    told = answer.json()
    assert told["type"] == "FeatureCollection"
    return told["features"]


def cited(features):
    return [[s["record"]["id"] for s in f["properties"]["sightings"]] for f in features]


def whole(client, query):
    """All of an answer but what varies by itself."""
    answer = client.get("/v1/pnt/interference", query).ok()
    return sorted((k.lower(), v) for k, v in answer.headers if k.lower() not in ("date", "x-request-id")), answer.body


def test_what_an_answer_tells(exchange, usa, fra):
    said = report(exchange, NICOSIA, emiType="JAMMING", gpsFreq="L1", frequency=1575.420, status="INITIAL")
    grid = cells(exchange, {FINE[0]: (0.25, None), FINE[1]: (0.50, 0.1), "852da457fffffff": (0, 0)}, -4.5, -3.5, type="ADS-B")
    heard = signal(exchange, NICOSIA, -4.25, jamBands=["L1"], marking="C//REL TO USA, FRA", relto={"restriction": restriction()})
    ids = [usa.put_record(kind, r) for kind, r in (("emireport", said), ("h3geo", grid), ("rfobservation", heard))]
    query = question(exchange, NICOSIA)
    answer = fra.get("/v1/pnt/interference", query).ok()
    assert answer.header("X-Classification-Banner") == "CONFIDENTIAL//REL TO USA, FRA"
    told = answer.json()
    assert {n: told[n] for n in ("type", "dataMode", "from", "to")} == {
        "type": "FeatureCollection", "dataMode": "REAL", "from": query["from"], "to": query["to"]}
    feature, = told["features"]
    ring, = feature["geometry"]["coordinates"]
    assert feature["geometry"]["type"] == "Polygon" and ring[0] == ring[-1] and len(ring) == 7
    assert min(p[0] for p in ring) < NICOSIA[1] < max(p[0] for p in ring) and min(p[1] for p in ring) < NICOSIA[0] < max(p[1] for p in ring)
    assert feature["properties"] == {
        "cell": CELL, "resolution": 4, "start": said["startTime"], "stop": grid["endTime"], "interference": 0.5, "spoofing": 0.1,
        "records": {"emireport": 1, "h3geo": 1, "rfobservation": 1}, "sightings": [
            {"record": {"type": "emireport", "id": ids[0]}, "start": said["startTime"], "stop": said["endTime"], "reportType": "GPS", "status": "INITIAL",
             "emiType": "JAMMING", "gpsFreq": "L1", "frequency": 1575.42, "lat": NICOSIA[0], "lon": NICOSIA[1]},
            {"record": {"type": "h3geo", "id": ids[1]}, "start": grid["startTime"], "stop": grid["endTime"], "type": "ADS-B", "cells": 2,
             "anomScoreInterference": 0.5, "anomScoreSpoofing": 0.1},
            {"record": {"type": "rfobservation", "id": ids[2]}, "start": heard["obTime"], "type": "RFI", "jamBands": ["L1"],
             "senlat": NICOSIA[0], "senlon": NICOSIA[1]}]}
    fine = ask(fra, dict(query, resolution=5))
    assert {f["properties"]["cell"] for f in fine} == set(FINE)
    assert all(f["properties"]["resolution"] == 5 for f in fine)


def test_in_a_cell_times_apart_are_told_apart(exchange, usa, fra, place):
    ids = [usa.put_record("emireport", report(exchange, place, start, stop)) for start, stop in [(-10, -9), (-8, -7), (-5.99, -5), (-2, None)]]
    assert cited(ask(fra, question(exchange, place))) == [ids[:2], [ids[2]], [ids[3]]]
    assert cited(ask(fra, question(exchange, place, since=-9, until=-6))) == [[ids[1]]]
    assert cited(ask(fra, question(exchange, place, since=-5.5, until=-2))) == [[ids[2]]]
    assert cited(ask(fra, question(exchange, place, since=-2, until=1))) == [[ids[3]]]
    ongoing = usa.put_record("emireport", report(exchange, place, -30, None))  # still reported three hours ago
    assert cited(ask(fra, question(exchange, place, since=-4, until=-3.5))) == [[ongoing]]


def test_only_the_box(exchange, usa, fra, place):
    inside = usa.put_record("emireport", report(exchange, place))
    usa.put_record("emireport", report(exchange, (place[0] + 0.6, place[1])))
    usa.put_record("rfobservation", signal(exchange, (place[0], place[1] - 0.6)))
    assert cited(ask(fra, question(exchange, place))) == [[inside]]
    assert len(ask(fra, question(exchange, place, size=1))) == 3


def test_across_the_antimeridian(exchange, usa, fra):
    ids = {usa.put_record("emireport", report(exchange, (-17.0, lon))) for lon in (179.9, -179.9)}
    grid = usa.put_record("h3geo", cells(exchange, {"819b7ffffffffff": (1, 0)}))
    query = dict(question(exchange, (-17, 0)), bbox="179,-18,-179,-16")
    told = ask(fra, query)
    assert {i for f in cited(told) for i in f} == ids | {grid}
    wide, = (f for f in told if f["properties"]["cell"] == "819b7ffffffffff")
    assert wide["geometry"]["type"] == "MultiPolygon" and wide["properties"]["resolution"] == 1
    assert all(-180 <= lon <= 180 for part in wide["geometry"]["coordinates"] for lon, _ in part[0])


def test_what_tells_of_none_is_passed_over(exchange, usa, fra, place):
    usa.put_record("rfobservation", signal(exchange, place, kind="PSD"))
    usa.put_record("emireport", report(exchange, place, dataMode="TEST"))
    cell = ask(fra, question(exchange, place, dataMode="TEST"))[0]["properties"]["cell"]
    usa.put_record("h3geo", cells(exchange, {cell: (0, None), "no cell": (1, 1)}))
    usa.put_record("emireport", {n: v for n, v in report(exchange, place).items() if n not in ("lat", "lon")})
    assert ask(fra, question(exchange, place)) == []
    heard = usa.put_record("rfobservation", signal(exchange, place, kind="PSD", jamToSigRatios=[20]))
    assert cited(ask(fra, question(exchange, place))) == [[heard]]
    spoofed = usa.put_record("rfobservation", signal(exchange, place, kind="SPOOF"))
    assert sorted(cited(ask(fra, question(exchange, place)))[0]) == sorted([heard, spoofed])


def test_hidden_records_change_nothing(exchange, usa, fra, place):
    query = question(exchange, place)
    before = whole(fra, query)
    usa.put_record("emireport", secret(report(exchange, place)))
    assert whole(fra, query) == before
    seen = usa.put_record("emireport", report(exchange, place))
    before = whole(fra, query)
    usa.put_record("emireport", secret(report(exchange, place, -4, -1)))
    usa.put_record("rfobservation", secret(signal(exchange, place)))
    usa.put_record("h3geo", secret(cells(exchange, {ask(fra, query)[0]["properties"]["cell"]: (1, 1)})))
    assert whole(fra, query) == before
    with exchange.client("USA", "operator") as owner, exchange.client("USA", "fdo") as fdo:
        feature, = ask(owner, query)
        assert feature["properties"]["records"] == {"emireport": 3, "h3geo": 1, "rfobservation": 1}
        fdo.post(f"/v1/emireport/{seen}/recall", {"reason": "x"}).ok(204)
    assert ask(fra, query) == []


def test_a_view_hides_places_and_times(exchange, usa, place):
    query = question(exchange, place)
    usa.put_record("emireport", report(exchange, place))
    with exchange.client("JPN", "operator") as jpn, exchange.client("FRA", "operator") as fra:
        cell = ask(fra, query)[0]["properties"]["cell"]
        assert ask(jpn, query) == []
        grid = usa.put_record("h3geo", cells(exchange, {cell: (None, 0.75)}))
        feature, = ask(jpn, query)
        assert cited([feature]) == [[grid]] and feature["properties"]["stop"] == feature["properties"]["start"]
        assert ask(jpn, dict(query, **{"from": hours(exchange, -4.5)})) == []
        assert grid in cited(ask(fra, dict(query, **{"from": hours(exchange, -4.5)})))[0]


def test_what_is_cited_is_disclosed_and_nothing_else(exchange, usa, place):
    told, other = (usa.put_record("emireport", report(exchange, (place[0], place[1] + lon))) for lon in (0, 1))
    query = question(exchange, place)
    with exchange.client("DEU", "operator") as deu, exchange.client("USA", "fdo") as fdo:
        target = "/v1/pnt/interference?" + "&".join(f"{n}={v}" for n, v in query.items())
        assert deu.request("HEAD", target).status == 200

        def disclosed(identifier):
            return fdo.get("/v1/disclosures", {"id": identifier, "type": "emireport"}).ok().body.count(b"deu.example")
        assert disclosed(told) == 0
        assert cited(ask(deu, query)) == [[told]]
        assert disclosed(told) == 1
        assert disclosed(other) == 0


def test_an_exercise_is_not_joined_with_what_is_real(exchange, usa, fra, place):
    real, played = (usa.put_record("emireport", report(exchange, place, dataMode=mode)) for mode in ("REAL", "EXERCISE"))
    assert cited(ask(fra, question(exchange, place))) == [[real]]
    assert cited(ask(fra, question(exchange, place, dataMode="EXERCISE"))) == [[played]]


@pytest.mark.parametrize("change, where", [
    ({"bbox": None}, "bbox"), ({"from": None}, "from"), ({"to": None}, "to"), ({"bbox": "1,2,3"}, "bbox"), ({"bbox": "1,5,2,4"}, "bbox"),
    ({"bbox": "181,1,1,1"}, "bbox"), ({"from": "yesterday"}, "from"), ({"from": "2026-01-02", "to": "2026-01-02"}, "to"),
    ({"from": "2026-01-01", "to": "2026-02-01T00:00:01Z"}, "to"), ({"from": "1900-01-31", "to": "1900-02-01"}, "from"), ({"resolution": "16"}, "resolution"),
    ({"dataMode": "WAR"}, "dataMode"), ({"dataMode": "~REAL"}, "dataMode"), ({"dataMode": "REAL,TEST"}, "dataMode"), ({"lat": "1"}, "lat")])
def test_bad_questions(exchange, fra, place, change, where):
    query = dict(question(exchange, place), **change)
    query = {n: v for n, v in query.items() if v is not None}
    assert fra.get("/v1/pnt/interference", query).problem(400)["where"] == where


def test_the_longest_time(exchange, fra, place):
    assert ask(fra, dict(question(exchange, place), **{"from": "2026-01-01", "to": "2026-02-01"})) == []


def test_an_answer_is_bounded(new_exchange):
    exchange = new_exchange("many", policy=coalition.coalition())
    with exchange.client("USA", "node") as usa, exchange.client("FRA", "operator") as fra:
        def put(n):
            usa.put_records("rfobservation", [signal(exchange, (1, 1)) for _ in range(n)])
        query = question(exchange, (1, 1))
        put(1000)
        feature, = ask(fra, query)
        assert feature["properties"]["records"]["rfobservation"] == 1000
        put(1)
        assert "rfobservation" in fra.get("/v1/pnt/interference", query).problem(413)["detail"]
        assert ask(fra, dict(query, dataMode="TEST")) == []
