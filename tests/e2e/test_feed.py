"""The feed: what a principal came to see, each once, from any position on."""
import datetime
import threading

import pytest

import coalition
from coalition import agreement, entry, observation, withheld
from harness import iso, principal_id

SHARED = "S//REL TO USA, GBR, JPN"
ALONE = "S//REL TO USA, JPN"
NEWS = 1 << 40  # where the numbers of what came after a feed's beginning begin


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", settings={"limits.heartbeat_seconds": 1})


@pytest.fixture(scope="module")
def usa(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture(scope="module")
def jpn(exchange):
    with exchange.client("JPN") as client:
        yield client


@pytest.fixture(scope="module")
def gbr(exchange):
    with exchange.client("GBR") as client:
        yield client


def changes(client, after=0, **query):
    return client.get("/v1/changes", dict(query, after=after)).ok().json()


def latest(client):
    answer = changes(client, "latest")
    assert answer["changes"] == [] and answer["position"] >= NEWS
    return answer["position"]


def follow(client, after=0, **query):
    """Everything behind a position, and the position to go on with."""
    found = []
    while True:
        answer = changes(client, after, **query)
        positions = [c["position"] for c in answer["changes"]]
        assert positions == sorted(set(positions)) and all(after < p <= answer["position"] for p in positions)
        assert answer["changes"] or answer["more"] or answer["position"] == after or "type" in query
        found, after = found + answer["changes"], answer["position"]
        if not answer["more"]:
            return found, after


def ids(found):
    return [c["record"]["id"] for c in found if c["kind"] == "record"]


def put(client, marking=SHARED, **more):
    return client.put_record("eoobservation", observation(marking, **more))


def radar(marking):
    record = observation(marking)
    return {k: record[k] for k in ("classificationMarking", "dataMode", "source", "obTime", "satNo")}


# --- order and positions ---

def test_records_come_in_the_order_of_posting_as_a_get_shows_them(usa, jpn):
    start = latest(jpn)
    posted = [put(usa) for _ in range(5)]
    found, end = follow(jpn, start)
    assert ids(found) == posted
    for c in found:
        assert set(c) == {"position", "kind", "type", "record"} and c["type"] == "eoobservation"
        assert c["record"] == jpn.get(f"/v1/eoobservation/{c['record']['id']}").ok().json()
    assert changes(jpn, end) == {"position": end, "more": False, "changes": []}
    assert [c["position"] for c in found] == list(range(start + 1, start + 6))


def test_every_position_can_be_resumed(usa, jpn):
    start = latest(jpn)
    posted = [put(usa) for _ in range(7)]
    found, end = follow(jpn, start)
    for c, rest in zip(found, range(1, 8)):
        assert ids(follow(jpn, c["position"])[0]) == posted[rest:]
        assert ids(follow(jpn, c["position"], maxResults=1)[0]) == posted[rest:]
    assert ids(follow(jpn, start, maxResults=2)[0]) == posted and end == found[-1]["position"]


def test_the_beginning_holds_what_was_there(new_exchange):
    exchange = new_exchange("history")
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn, exchange.client("JPN", "node") as other:
        early = [put(usa) for _ in range(4)]
        usa.put_record("eoobservation", observation("S//REL TO USA, GBR"))
        start = latest(jpn)
        later = [put(usa) for _ in range(3)]
        assert ids(follow(jpn, start)[0]) == later
        assert ids(follow(jpn)[0]) == early + later
        assert ids(follow(jpn, maxResults=1)[0]) == early + later
        assert sorted(ids(follow(other)[0])) == sorted(early + later)
        again, _ = follow(jpn)
        assert again == follow(jpn, maxResults=3)[0]


def test_positions_tell_nothing_of_what_is_hidden(usa, jpn, gbr):
    start, other = latest(jpn), latest(gbr)
    for i in range(6):
        put(usa, ALONE if i % 2 else SHARED)
    assert [c["position"] - start for c in follow(jpn, start)[0]] == [1, 2, 3, 4, 5, 6]
    assert [c["position"] - other for c in follow(gbr, other)[0]] == [1, 2, 3]
    end = latest(gbr)
    put(usa, ALONE)
    assert changes(gbr, end) == {"position": end, "more": False, "changes": []} and latest(gbr) == end


def test_one_type(usa, jpn):
    start = latest(jpn)
    put(usa)
    element = usa.put_record("radarobservation", radar(SHARED))
    put(usa)
    assert ids(follow(jpn, start, type="radarobservation")[0]) == [element]
    assert len(ids(follow(jpn, start)[0])) == 3
    jpn.get("/v1/changes", {"type": "nosuch"}).problem(400)


def test_what_is_no_position_is_refused(jpn, exchange):
    end = latest(jpn)
    for after in (end + 1, NEWS - 1, 1 << 53, -1, "x", "", "1.5"):
        jpn.get("/v1/changes", {"after": after}).problem(400)
    for query in ({"wait": 61}, {"wait": -1}, {"maxResults": 0}, {"maxResults": 10001}, {"before": 1}, {"sort": "x"}):
        jpn.get("/v1/changes", query).problem(400)
    assert jpn.request("HEAD", "/v1/changes").ok().body == b""
    with exchange.client("JPN") as client:
        client.get("/v1/stream", {"after": end + 1}).problem(400)
        client.get("/v1/stream", {}, Last_Event_ID="x").problem(400)
        client.get("/v1/stream", {"wait": 1}).problem(400)
