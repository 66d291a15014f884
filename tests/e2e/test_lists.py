"""What lists are asked for beside conditions: some members only, history, what is current, pages while records arrive."""
import datetime
import json
import random

import pytest

import schema
from coalition import ANY_TIME, agreement, changed, coalition, observation, withheld
from harness import iso

SOME = "satNo,epoch,source"


def elset(t, sat, **more):
    record = {"classificationMarking": "U", "dataMode": "TEST", "source": "s1", "epoch": iso(t), "meanMotion": 15.5}
    return dict(record, **({} if sat is None else {"satNo": sat}), **more)


def policy():
    """JPN sees an elset without its object; DEU sees times in steps of an hour."""
    def views(p):
        p["views"] = [{"code": "NOWHOSE", "title": "No objects", "types": {"elset": [{"drop": ["satNo"]}]}},
                      {"code": "HOURS", "title": "Hours", "types": {"elset": [{"time": {"field": "epoch", "seconds": 3600}}]}}]
        p["agreements"] = [agreement("USA-JPN", ["JPN", "USA"], views={"elset": "NOWHOSE"}),
                           agreement("USA-DEU", ["DEU", "USA"], views={"elset": "HOURS"}),
                           agreement("USA-FRA", ["FRA", "USA"])]
    return changed(coalition(), views)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("lists", policy=policy())


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture(scope="module")
def elsets(exchange, node):
    """Many of few objects, in no order, some for USA alone, some of no object; times differ within an hour."""
    roll, records = random.Random("elsets"), []
    for i in range(200):
        t = exchange.now.replace(minute=0, second=0, microsecond=0) - datetime.timedelta(hours=roll.randrange(6), seconds=roll.randrange(3600))
        more = {"source": roll.choice(["s1", "s2"]), "eccentricity": roll.random()}
        if roll.random() < 0.3:
            more.update({k: v for k, v in withheld("S//NF").items() if k in ("classificationMarking", "relto")})
        records.append(elset(t, roll.choice([None, *range(1, 12)]), **more))
    node.put_records("elset", records)
    return records


# --- columns ---

@pytest.mark.parametrize("kind", schema.type_names())
def test_columns_are_members_of_the_whole_record(exchange, kind):
    """Of every type, each member alone: as it stands in the whole record, with the marking; absent where it is absent."""
    roll = random.Random(f"columns {kind}")
    with exchange.client("USA", "node") as client:
        described = schema.Type(client.get("/v1/openapi.json").ok().json(), kind)
        record = described.record(roll, exchange.now, 0.6)
        identifier = client.put_record(kind, record)
        whole = client.get(f"/v1/{kind}/{identifier}").ok().json()
        assert len(whole) > 6
        need = {"id": identifier, **{p["name"]: ANY_TIME for p in parameters(client, kind) if p.get("required")}}
        names = sorted(whole) + [n for n in described.properties if n not in whole][:5]
        for name in names:
            want = {k: v for k, v in whole.items() if k in (name, "classificationMarking")}
            for path in (f"/v1/{kind}", f"/v1/{kind}/tuple", f"/udl/{kind}/history"):
                answer = client.get(path, dict(need, columns=name)).ok()
                assert answer.json() == [want] and answer.header("X-Unknown-Columns") is None
        listed = client.get(f"/v1/{kind}/tuple", dict(need, columns=",".join(names))).ok()
        assert json.dumps(listed.json()[0]) == json.dumps(whole)


def parameters(client, kind):
    return client.get("/v1/openapi.json").ok().json()["paths"][f"/v1/{kind}"]["get"]["parameters"]


def test_unknown_columns_are_passed_over_and_told(node):
    node.put_record("eoobservation", observation(source="unknown columns"))
    for more in ({}, {"source": "nobody"}, {"maxResults": 0}):
        for method in ("GET", "HEAD"):
            for path in ("/v1/eoobservation", "/udl/eoobservation/tuple"):
                query = {"obTime": ANY_TIME, "source": "unknown columns", "columns": "ra,nonsense,a:b"} | more
                answer = node.request(method, path, query=query).ok()
                assert answer.header("X-Unknown-Columns") == "nonsense, a?b"
                if method == "GET" and not more:
                    assert set(answer.json()[0]) == {"ra", "classificationMarking"}


def test_columns_need_names_and_a_tuple_columns(node):
    node.get("/v1/eoobservation", {"obTime": ANY_TIME, "columns": ""}).problem(400, "BAD_QUERY")
    for path in ("/v1/elset/tuple", "/udl/elset/current/tuple"):
        assert node.get(path, {"epoch": ANY_TIME}).problem(400, "BAD_QUERY")["where"] == "columns"
    assert node.get("/v1/eoobservation/tuple", {"columns": "id"}).problem(400, "BAD_QUERY")["where"] == "obTime"


def test_a_column_that_the_view_hides_is_absent(exchange, elsets):
    with exchange.client("JPN") as client:
        shown = client.get("/v1/elset/tuple", {"epoch": ANY_TIME, "columns": SOME}).ok().json()
        assert shown and {tuple(sorted(r)) for r in shown} == {("classificationMarking", "epoch", "source")}
    with exchange.client("FRA") as client:
        shown = client.get("/v1/elset/tuple", {"epoch": ANY_TIME, "columns": SOME}).ok().json()
        whole = client.list("elset", epoch=ANY_TIME)
        assert {r["classificationMarking"] for r in shown} == {r["classificationMarking"] for r in whole}
        assert any("satNo" in r for r in shown)


def test_columns_of_a_long_list(exchange, node):
    """More than one chunk, so that the list goes on after the request has ended."""
    node.put_records("eoobservation", [observation(source="long", descriptor="x" * 3000) for _ in range(2000)])
    shown = node.get("/v1/eoobservation", {"obTime": ANY_TIME, "source": "long", "columns": "id"}).ok().json()
    assert len({r["id"] for r in shown}) == 2000 and all(len(r) == 2 for r in shown)


def test_no_results_are_asked_for(node, elsets):
    for path in ("/v1/elset", "/udl/elset/history", "/v1/elset/current"):
        for first in (0, 3):
            answer = node.get(path, {"epoch": ANY_TIME, "maxResults": 0, "firstResult": first}).ok()
            assert answer.body == b"[]" and answer.header("X-Classification-Banner") is None


# --- history ---

def test_history_is_the_list_of_what_has_no_versions(node, elsets):
    for query in ({}, {"satNo": "3"}, {"sort": "eccentricity,DESC", "maxResults": 7, "firstResult": 5}):
        query = dict(query, epoch=ANY_TIME)
        assert node.get("/v1/elset/history", query).ok().body == node.get("/v1/elset", query).ok().body
    assert int(node.get("/udl/elset/history/count", {"epoch": ANY_TIME}).ok().body) == node.count("elset", epoch=ANY_TIME)
    node.get("/v1/elset/history").problem(400, "BAD_QUERY")
    node.get("/v1/elset/history/count").problem(400, "BAD_QUERY")


# --- what is current ---

def newest(records):
    """Of each object that a record shows, by what it shows."""
    found = {}
    for r in records:
        if "satNo" in r and (r["satNo"] not in found or (r["epoch"], r["id"]) > (found[r["satNo"]]["epoch"], found[r["satNo"]]["id"])):
            found[r["satNo"]] = r
    return found


@pytest.mark.parametrize("reader", ["USA", "JPN", "DEU", "FRA"])
@pytest.mark.parametrize("query", [{}, {"source": "s2"}, {"satNo": "1,2,5"}, {"eccentricity": "<0.5"}, {"epoch": ">now-4 hours"},
                                   {"satNo": "4"}, {"createdBy": "USA", "source": "~s2"}], ids=str)
def test_current_is_the_newest_of_each_object_among_what_is_seen(exchange, elsets, reader, query):
    with exchange.client(reader) as client:
        wanted = newest(client.list("elset", **{"epoch": ANY_TIME, **query}))
        assert bool(wanted) == (reader != "JPN")  # who sees no object sees none that is current
        got = client.get("/v1/elset/current", query).ok().json()
        assert {r["id"] for r in got} == {r["id"] for r in wanted.values()} and len(got) == len(wanted)
        keys = [(r["epoch"], r["id"]) for r in got]
        assert keys == sorted(keys, reverse=True)
        assert client.get("/udl/elset/current/tuple", dict(query, columns=SOME)).ok().json() == [
            {k: r[k] for k in (*SOME.split(","), "classificationMarking") if k in r} for r in got]


def test_what_is_current_is_sorted_and_paged(exchange, elsets):
    with exchange.client("FRA") as client:
        whole = client.get("/v1/elset/current", {"sort": "eccentricity,ASC"}).ok().json()
        values = [r["eccentricity"] for r in whole]
        assert len(values) > 6 and values == sorted(values)
        for sort in ({}, {"sort": "eccentricity,ASC"}, {"sort": "epoch,ASC"}):
            whole = [r["id"] for r in client.get("/v1/elset/current", sort).ok().json()]
            pages = [r["id"] for first in range(0, len(whole) + 3, 3) for r in client.get(
                "/v1/elset/current", dict(sort, maxResults=3, firstResult=first)).ok().json()]
            assert pages == whole


def test_other_types_have_nothing_current(node):
    for rest in ("current", "current/tuple?columns=id"):
        assert node.get(f"/v1/eoobservation/{rest}").problem(404)["detail"] == node.get("/v1/eoobservation/x").problem(404)["detail"]
    with_columns = node.get("/udl/statevector/current/tuple", {"columns": "epoch"}).ok()
    assert with_columns.json() == []


def test_queryhelp_of_what_is_current(node):
    assert node.get("/udl/currentelset/queryhelp").ok().body == node.get("/udl/elset/queryhelp").ok().body
    node.get("/udl/currentstatevector/queryhelp").problem(404)


# --- pages ---

@pytest.mark.parametrize("more", [{}, {"sort": "ra,DESC"}, {"sort": "obTime,ASC"}, {"sort": "createdAt,ASC"}, {"columns": "id"}], ids=str)
def test_pages_are_those_of_one_list_while_records_arrive(exchange, node, more):
    """As the pager of clients asks: from 0 on until a page is empty. What arrives meanwhile stands before, between, behind."""
    source = f"pager {more}"
    query = {"obTime": ANY_TIME, "source": source, "maxResults": 10} | more

    def some():
        return observation(t=exchange.now - datetime.timedelta(seconds=random.randrange(10**6)), source=source)

    node.put_records("eoobservation", [some() for _ in range(55)])
    before, seen = node.ids("eoobservation", **{k: v for k, v in query.items() if k != "maxResults"}), []
    while page := node.ids("eoobservation", firstResult=len(seen), **query):
        seen += page
        node.put_records("eoobservation", [some() for _ in range(7)])
    assert seen == before


def test_pages_without_a_size_end(node):
    node.put_records("eoobservation", [observation(source="no size") for _ in range(30)])
    seen = node.ids("eoobservation", obTime=ANY_TIME, source="no size")
    node.put_records("eoobservation", [observation(source="no size") for _ in range(5)])
    assert len(seen) == 30 and node.ids("eoobservation", obTime=ANY_TIME, source="no size", firstResult=30) == []
