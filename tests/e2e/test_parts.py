"""Parts: records that are elements of one record of another type, asked for by its id and decided as it is."""
import csv
import datetime
import io
import json
import random
import re
import uuid

import pytest

import schema
from coalition import agreement, changed, coalition, restriction
from harness import ROOT, iso

PARTS = schema.part_names()
FIELD = {kind: schema.descriptor(kind, "field") for kind in PARTS}
PARENT_FIELD = {kind: schema.descriptor(kind, "parent_field") for kind in PARTS}
PARENT = {kind: re.search(r"\.parent = &record_type_(\w+)", (ROOT / f"server/model/types/{kind}.c").read_text())[1] for kind in PARTS}
HEAD = {"classificationMarking": "U", "dataMode": "TEST", "source": "parts"}
POINTS = [{"ts": "2026-06-01T00:00:00.000000Z", "xpos": 7000.50, "ypos": 1, "zpos": -2, "xvel": 0.1, "yvel": 7.5, "zvel": 1e-3, "id": "one"},
          {"ts": "2026-06-01T00:02:00.000000Z", "xpos": 7002, "ypos": 3, "zpos": -4, "xvel": 0.3, "yvel": 7.25, "zvel": 0, "cov": [1, 2.5]},
          {"ts": "2026-06-01T00:01:00.000000Z", "xpos": 7001, "ypos": 2, "zpos": -3, "xvel": 0.2, "yvel": 7.4, "zvel": 0, "origin": "Own 50%"}]


def ephemeris(points=None, **more):
    head = dict(HEAD, **{n: more[n] for n in HEAD if n in more})
    points = [dict(head, **p) for p in (POINTS if points is None else points)]
    return dict(head, category="ANALYST", type="ROUTINE", numPoints=len(points), pointStartTime="2026-06-01T00:00:00Z",
                pointEndTime="2026-06-01T00:02:00Z", ephemerisList=points, **{n: v for n, v in more.items() if n not in HEAD})


def policy():
    """JPN sees no heights, positions by the kilometre and times by the hour; DEU no points."""
    def views(p):
        p["views"] = [{"code": "FLAT", "title": "Flat", "types": {"ephemerisset": [
                          {"drop": ["zpos", "source"]}, {"round": {"field": "xpos", "step": 10}}, {"time": {"field": "ts", "seconds": 3600}}]}},
                      {"code": "NOPOINTS", "title": "No points", "types": {"ephemerisset": [{"drop": ["ephemerisList"]}]}}]
        p["agreements"] = [agreement("USA-JPN", ["JPN", "USA"], views={"ephemerisset": "FLAT"}),
                           agreement("USA-DEU", ["DEU", "USA"], views={"ephemerisset": "NOPOINTS"}),
                           agreement("USA-FRA", ["FRA", "USA"])]
    return changed(coalition(), views)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("parts", policy=policy())


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture(scope="module")
def points(node):
    return node.put_record("ephemerisset", ephemeris())


def ask(client, path="", **query):
    return client.get(f"/v1/ephemeris{path}", query).ok().json()


def count(client, **query):
    return int(client.get("/v1/ephemeris/count", query).ok().body)


def times(records):
    return [int(r["ts"][14:16]) for r in records]


# --- what is sent ---

@pytest.mark.parametrize("kind", PARTS)
def test_parts_are_the_elements(exchange, node, kind):
    """Of each type: the elements in order, with the parent's id and its label."""
    parent, roll = PARENT[kind], random.Random(kind)
    described = schema.Type(node.get("/v1/openapi.json").ok().json(), parent)
    record = described.record(roll, exchange.now, 0.5, source="whole", origin="elsewhere")
    element = described.resolve(described.properties[FIELD[kind]]["items"])
    record[FIELD[kind]] = [described.object(element, roll, exchange.now, share) for share in (0, 0.5, 1)]
    described.fix(record)
    identifier = node.put_record(parent, record)
    whole = node.get(f"/v1/{parent}/{identifier}").ok().json()
    told = {n: whole[n] for n in ("createdAt", "createdBy", "origNetwork", "relto")}
    want = []
    for part in whole[FIELD[kind]]:
        if "id" in part:
            part["clientId"] = part.pop("id")
        want.append(dict(part, **told, **{PARENT_FIELD[kind]: identifier}))
    if "ts" in want[0]:
        want.sort(key=lambda p: p["ts"], reverse=True)
    for path in (f"/v1/{kind}", f"/udl/{kind}", f"/udl/{kind}/history"):
        answer = node.get(path, {PARENT_FIELD[kind]: identifier.upper()}).ok()
        assert answer.json() == want
        assert answer.header("X-Classification-Banner") == node.get(f"/v1/{parent}/{identifier}").header("X-Classification-Banner")
    for path in ("count", "history/count"):
        assert node.get(f"/v1/{kind}/{path}", {PARENT_FIELD[kind]: identifier}).ok().body == b"3"


def test_digits_are_kept(node):
    text = re.sub(r'"zpos": -2', '"zpos": -2.50E0', json.dumps(ephemeris(source="digits")))
    identifier = node.post("/v1/ephemerisset", text).ok(201).json()["id"]
    assert b'"zpos":-2.50E0' in node.get("/v1/ephemeris", {"esId": identifier}).ok().body


def test_a_record_without_parts_has_none(node):
    record = ephemeris(source="empty")
    del record["ephemerisList"]
    for identifier in (node.put_record("ephemerisset", record), node.put_record("ephemerisset", ephemeris([]))):
        assert ask(node, esId=identifier) == [] and count(node, esId=identifier) == 0


# --- what is asked ---

QUERIES = {"xpos=7001": [1], "xpos=~7001": [2, 0], "xpos=>7001": [2, 1], "xpos=<7001": [1, 0], "xpos=7000.25..7001": [1, 0],
           "xpos=7000.500,7002": [2, 0], "cov=2.50": [2], "cov=~2.5": [], "cov=*2.5*": [2], "origin=own*": [1], "origin=~x": [1],
           "origin=Own 50%": [1], "ts=2026-06-01T00:01:00Z": [1], "ts=>2026-06-01T00:01:00.000001Z": [2], "clientId=one": [0],
           "clientId=~one": [], "dataMode=TEST": [2, 1, 0], "createdBy=USA": [2, 1, 0], "createdBy=~USA": [], "source=parts&xpos=<7000.5": [0],
           "xaccel=~1": [], "sort=xpos": [0, 1, 2], "sort=xpos,DESC": [2, 1, 0], "sort=clientId": [0, 2, 1], "sort=ts": [0, 1, 2],
           "sort=ts,DESC": [2, 1, 0], "maxResults=2": [2, 1], "maxResults=2&firstResult=1": [1, 0], "firstResult=3": [], "maxResults=0": []}


@pytest.mark.parametrize("query", QUERIES)
def test_queries(node, points, query):
    asked = dict(part.split("=", 1) for part in query.split("&"))
    assert times(ask(node, esId=points, **asked)) == QUERIES[query]
    if not {"sort", "maxResults", "firstResult"} & set(asked):
        assert count(node, esId=points, **asked) == len(QUERIES[query])


def test_columns(node, points):
    answer = node.get("/v1/ephemeris/tuple", {"esId": points, "columns": "ts,nonsense,esId"}).ok()
    assert answer.json()[0] == {"esId": points, "classificationMarking": "U", "ts": POINTS[1]["ts"]}
    assert answer.header("X-Unknown-Columns") == "nonsense"
    assert node.get("/v1/ephemeris/tuple", {"esId": points}).problem(400)["where"] == "columns"


@pytest.mark.parametrize("kind", PARTS)
def test_one_parent_is_needed(node, points, kind):
    name = PARENT_FIELD[kind]
    for query in ({}, {name: f"~{points}"}, {name: f">{points}"}, {name: f"{points},{uuid.uuid4()}"}, {name: "*a*"}):
        for path in ("", "/count", "/history", "/history/aodr"):
            assert node.get(f"/v1/{kind}{path}", query).problem(400)["where"] == name
    assert node.get(f"/v1/{kind}", {name: points, "nonsense": "1"}).problem(400)["where"] == "nonsense"


@pytest.mark.parametrize("kind", PARTS)
def test_descriptions(node, kind):
    document = node.get("/v1/openapi.json").ok().json()
    for prefix in ("v1", "udl"):
        found = {p for p in document["paths"] if p.startswith(f"/{prefix}/{kind}/") or p == f"/{prefix}/{kind}"}
        assert found == {f"/{prefix}/{kind}{rest}" for rest in ("", "/count", "/history", "/history/aodr", "/history/count", "/queryhelp", "/tuple")}
        assert all(set(document["paths"][p]) == {"get"} for p in found)
    told = node.get(f"/v1/{kind}/queryhelp").ok().json()
    assert [p["name"] for p in told["parameters"] if p["required"]] == [PARENT_FIELD[kind]] and told["aodrSupported"] is True
    assert set(document["components"]["schemas"][kind]["properties"]) <= {p["name"] for p in told["parameters"]} | {"relto"}
    assert node.post(f"/v1/{kind}", {}).problem(405) and node.post(f"/v1/{kind}/createBulk", []).problem(404)
    for path in (uuid.uuid4(), "current"):
        node.get(f"/v1/{kind}/{path}").problem(404)


# --- who is told ---

def test_hidden_is_missing(exchange, node):
    hidden = node.put_record("ephemerisset", ephemeris(classificationMarking="S//NF", relto={"restriction": restriction()}))
    asked = [hidden, str(uuid.uuid4()), "x"]
    with exchange.client("FRA") as other:
        for path in ("", "/tuple", "/history", "/count"):
            answers = [other.get(f"/v1/ephemeris{path}", {"esId": i, "columns": "ts"} if path != "/count" else {"esId": i}) for i in asked]
            assert {a.body for a in answers} == {b"0" if path == "/count" else b"[]"}
            seen = [sorted((n, v) for n, v in a.headers if n.lower() not in ("date", "x-request-id")) for a in answers]
            assert seen[0] == seen[1] == seen[2]
    assert len(ask(node, esId=hidden)) == 3


def test_what_a_view_hides_matches_nothing(exchange, points):
    with exchange.client("JPN") as jpn:
        shown = ask(jpn, esId=points)
        assert len(shown) == 3 and all("zpos" not in r and "source" not in r and r["relto"]["view"] == "FLAT" for r in shown)
        assert {r["xpos"] for r in shown} == {7000} and {r["ts"] for r in shown} == {POINTS[0]["ts"]}
        whole = jpn.get(f"/v1/ephemerisset/{points}").ok().json()
        assert [r["ypos"] for r in shown] == [p["ypos"] for p in whole["ephemerisList"]]  # what is hidden orders nothing
        for query in ({"zpos": "-3"}, {"zpos": "~5"}, {"zpos": "<0"}, {"xpos": ">7001"}, {"source": "parts"}, {"ts": ">2026-06-01T00:00:01Z"}):
            assert ask(jpn, esId=points, **query) == [] and count(jpn, esId=points, **query) == 0
        assert [r["ypos"] for r in ask(jpn, esId=points, sort="zpos")] == [r["ypos"] for r in shown]
        assert ask(jpn, esId=points, columns="zpos")[0] == {"classificationMarking": shown[0]["classificationMarking"]}
    with exchange.client("DEU") as deu:
        assert deu.sees("ephemerisset", points) and ask(deu, esId=points) == []


def test_only_what_is_sent_is_disclosed(exchange, node):
    identifier = node.put_record("ephemerisset", ephemeris(source="disclosed"))
    with exchange.client("FRA") as fra, exchange.client("USA", "auditor") as auditor:
        def sent():
            return auditor.get("/v1/disclosures", {"type": "ephemerisset", "id": identifier}).ok().body.count(b"fra.example")

        fra.get("/v1/ephemeris/count", {"esId": identifier}).ok()
        assert ask(fra, esId=identifier, xpos="1") == [] and ask(fra, esId=identifier, maxResults="0") == []
        fra.request("HEAD", f"/v1/ephemeris?esId={identifier}").ok()
        assert sent() == 0
        assert len(ask(fra, esId=identifier, maxResults="1")) == 1
        assert sent() == 1


@pytest.mark.parametrize("form", ["JSON", "CSV"])
def test_an_export_is_the_list_at_that_time(exchange, node, form):
    identifier = node.put_record("ephemerisset", ephemeris(source=f"exported {form}"))
    hidden = node.put_record("ephemerisset", ephemeris(source=f"exported {form}", classificationMarking="S//NF", relto={"restriction": restriction()}))
    with exchange.client("FRA") as fra, exchange.client("USA", "fdo") as fdo:
        def export(name, **more):
            query = {"esId": name, "sort": "xpos,DESC", "maxResults": 2, "outputFormat": form, **more}
            return fra.get("/udl/ephemeris/history/aodr", query).ok(202).json()["url"]

        def sent():
            return fdo.get("/v1/disclosures", {"type": "ephemerisset", "id": identifier}).ok().body.count(b"fra.example")

        url, none, narrow = export(identifier), export(hidden), export(identifier, columns="ypos,xpos")
        assert sent() == 0, "asking is no disclosure"
        listed = ask(fra, esId=identifier, sort="xpos,DESC", maxResults=2)
        whole, nothing = fra.get(url).ok(), fra.get(none).ok()
        assert sent() == 2 and whole.header("X-Classification-Banner") == fra.get(f"/v1/ephemerisset/{identifier}").header("X-Classification-Banner")
        if form == "JSON":
            assert whole.json() == listed and nothing.body == b"[]"
            assert [set(r) for r in fra.get(narrow).ok().json()] == [{"classificationMarking", "xpos", "ypos"}] * 2
        else:
            rows = list(csv.DictReader(io.StringIO(whole.body.decode(), newline="")))
            assert [(r["xpos"], r["ts"]) for r in rows] == [("7002", listed[0]["ts"]), ("7001", listed[1]["ts"])]
            assert nothing.body == whole.body.split(b"\r\n")[0] + b"\r\n"
            assert fra.get(narrow).ok().body == b"classificationMarking,xpos,ypos\r\n" + b"U,7002,3\r\nU,7001,2\r\n"
        fdo.post(f"/v1/ephemerisset/{identifier}/recall", {"reason": "wrong"}).ok(204)
        assert fra.get(url).ok().body == nothing.body


def test_what_is_taken_back_is_gone(exchange, node):
    identifier = node.put_record("ephemerisset", ephemeris(source="recalled"))
    with exchange.client("FRA") as fra, exchange.client("USA", "fdo") as fdo:
        assert len(ask(fra, esId=identifier)) == 3
        fdo.post(f"/v1/ephemerisset/{identifier}/recall", {"reason": "wrong"}).ok(204)
        assert ask(fra, esId=identifier) == [] and count(fra, esId=identifier) == 0


def test_embargo_counts(exchange, node):
    t = exchange.now + datetime.timedelta(hours=1)
    identifier = node.put_record("ephemerisset", ephemeris(source="embargo", relto={"embargoUntil": iso(t)}))
    with exchange.client("FRA") as fra:
        assert ask(fra, esId=identifier) == []
        exchange.set_clock(t)
        assert len(ask(fra, esId=identifier)) == 3
