"""Secure messaging: the feed by record type, as clients of the Unified Data Library read it."""
import pytest

from coalition import observation
from test_feed import ALONE, NEWS, SHARED, changes, ids, latest, put, radar

PREFIXES = ["", "/v1"]
NEXT = "KAFKA_NEXT_OFFSET"


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main")


@pytest.fixture(scope="module")
def gbr(exchange):
    with exchange.client("GBR") as client:
        yield client


def messages(client, topic, offset, prefix="", **query):
    """One page, and the offset to go on with."""
    answer = client.get(f"{prefix}/sm/getMessages/{topic}/{offset}", query).ok()
    assert answer.header("Content-Type").startswith("application/json")
    return answer.json(), int(answer.header(NEXT))


def consume(client, topic, offset, **query):
    """As a consumer does: until there is nothing."""
    found = []
    while True:
        page, after = messages(client, topic, offset, **query)
        if not page:
            assert after == offset
            return found, offset
        assert after > offset
        found, offset = found + page, after


def offset_of(client, topic="eoobservation"):
    answer = client.get(f"/sm/getLatestOffset/{topic}").ok()
    assert answer.header("Content-Type").startswith("text/plain")
    return int(answer.body)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_record_type_is_a_topic(jpn, prefix):
    paths = jpn.get("/v1/openapi.json").ok().json()["paths"]
    types = sorted({p.split("/")[2] for p in paths if p.startswith("/v1/") and p.endswith("/createBulk")})
    topics = jpn.get(f"{prefix}/sm/listTopics").ok().json()
    assert [t["topic"] for t in topics] == types
    for topic in topics:
        assert jpn.get(f"{prefix}/sm/describeTopic/{topic['topic']}").ok().json() == topic
        assert topic["description"] and topic["udlOpenAPISchema"] == topic["topic"]
        assert (topic["minPos"], topic["maxPos"]) == (0, latest(jpn))


def test_a_consumer_gets_what_the_feed_tells_of_its_type(usa, jpn, gbr):
    start, others = offset_of(jpn), offset_of(gbr)
    assert start == latest(jpn)
    posted = [put(usa, ALONE if i % 2 else SHARED) for i in range(7)]
    element = usa.put_record("radarobservation", radar(SHARED))
    posted.append(put(usa))
    for page in (1, 3, 1000):
        found, after = consume(jpn, "eoobservation", start, maxResults=page)
        assert [r["id"] for r in found] == posted
        assert changes(jpn, after, type="eoobservation")["changes"] == []
    assert found == [jpn.get(f"/v1/eoobservation/{i}").ok().json() for i in posted]
    assert [r["id"] for r in consume(jpn, "radarobservation", start)[0]] == [element]
    assert [r["id"] for r in consume(gbr, "eoobservation", others)[0]] == posted[0:7:2] + posted[7:]
    assert [r["id"] for r in consume(gbr, "eoobservation", 0)[0]][-5:] == posted[0:7:2] + posted[7:]


def test_no_more_than_asked_for_and_never_more_than_a_thousand(usa, jpn):
    start = offset_of(jpn)
    posted = usa.put_records("eoobservation", [observation(SHARED) for _ in range(1001)])
    found, _ = consume(jpn, "eoobservation", start, maxResults=1000)
    assert [r["id"] for r in found] == posted
    assert len(messages(jpn, "eoobservation", start, maxResults=10)[0]) == 10
    assert messages(jpn, "eoobservation", start, maxResults=0) == ([], start)
    jpn.get(f"/sm/getMessages/eoobservation/{start}", {"maxResults": 1001}).problem(400)


def test_what_was_sent_is_disclosed(usa, exchange, gbr):
    start = offset_of(gbr)
    identifier = put(usa)
    assert [r["id"] for r in messages(gbr, "eoobservation", start)[0]] == [identifier]
    with exchange.client("USA", "auditor") as auditor:
        told = auditor.get(f"/v1/eoobservation/{identifier}/recipients").ok().json()
    assert "GBR" in str(told)


def test_a_record_that_is_recalled_is_not_sent_again(usa, exchange, jpn):
    start = offset_of(jpn)
    gone, kept = put(usa), put(usa)
    assert len(messages(jpn, "eoobservation", start)[0]) == 2
    with exchange.client("USA", "fdo") as officer:
        officer.post(f"/v1/eoobservation/{gone}/recall", {"reason": "wrong sensor"}).ok(204)
    assert [r["id"] for r in messages(jpn, "eoobservation", start)[0]] == [kept]


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_is_refused(jpn, prefix):
    end = offset_of(jpn)
    for path in ("describeTopic/nosuch", "getLatestOffset/nosuch", "getMessages/nosuch/0", "getMessages/eoobservation", "nosuch"):
        jpn.get(f"{prefix}/sm/{path}").problem(404)
    for offset in (end + 1, NEWS - 1, 1 << 53, -1, "x", "1.5", "latest"):
        jpn.get(f"{prefix}/sm/getMessages/eoobservation/{offset}").problem(400)
    jpn.get(f"{prefix}/sm/listTopics", {"x": 1}).problem(400)
    assert jpn.request("HEAD", f"{prefix}/sm/getMessages/eoobservation/0").ok().body == b""
