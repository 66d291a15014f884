"""GET /v1/onorbit/getSignature: the newest observation of each sort that a reader sees of an object it names."""
import datetime
import itertools
import uuid

import pytest

from coalition import agreement, changed, coalition, restriction
from harness import iso

OPEN, CLOSED = "U", "S//NF"
MINUTE = datetime.timedelta(minutes=1)
numbers = itertools.count(700_000_000)
SORTS = {"eoobservation": "eoObservation", "radarobservation": "radarObservation", "rfobservation": "rfObservation"}


@pytest.fixture(scope="module")
def exchange(new_exchange):
    """DEU sees objects without their numbers."""
    def change(policy):
        policy["views"] = [{"code": "NAMES", "title": "No numbers", "types": {"onorbit": [{"drop": ["satNo"]}]}}]
        policy["agreements"] = [agreement("USA-JPN", ["JPN", "USA"]), agreement("USA-DEU", ["DEU", "USA"], views={"onorbit": "NAMES"})]
    return new_exchange("main", policy=changed(coalition(), change))


@pytest.fixture
def usa(exchange):
    with exchange.client("USA", "node") as client:
        yield client


@pytest.fixture
def jpn(exchange):
    with exchange.client("JPN", "operator") as client:
        yield client


def labelled(body, marking):
    return dict(body, classificationMarking=marking, **({"relto": {"restriction": restriction()}} if marking == CLOSED else {}))


def put_object(node, number, marking=OPEN, name=None):
    body = {"dataMode": "TEST", "source": "e2e", "satNo": number, **({"id": name} if name else {})}
    return node.put_record("onorbit", labelled(body, marking))


def observe(exchange, node, kind, number, marking=OPEN, minutes=0):
    body = {"dataMode": "TEST", "source": "e2e", "obTime": iso(exchange.now + minutes * MINUTE), "satNo": number, "id": str(next(numbers))}
    if kind == "rfobservation":
        body["type"] = "RF"
    return node.put_record(kind, labelled(body, marking))


def signature(client, name, prefix="/v1"):
    return client.get(f"{prefix}/onorbit/getSignature", {"idOnOrbit": name}).ok()


def ids(client, name):
    return {member: record["id"] for member, record in signature(client, name).json().items()}


def test_the_newest_of_each_sort(exchange, usa, jpn):
    number = next(numbers)
    identifier = put_object(usa, number, name=f"THING-{number}")
    assert signature(jpn, identifier).body == b"{}"
    newest = {}
    for kind, member in SORTS.items():
        observe(exchange, usa, kind, number, minutes=-60)
        newest[member] = observe(exchange, usa, kind, number)
        observe(exchange, usa, kind, number, minutes=-120)
        observe(exchange, usa, kind, next(numbers))
        for name in (identifier, identifier.upper(), f"THING-{number}", str(number)):
            assert ids(jpn, name) == newest, name
    told = signature(jpn, identifier, "/udl")
    for kind, member in SORTS.items():
        assert told.json()[member] == jpn.get(f"/v1/{kind}/{newest[member]}").ok().json()


def test_hidden_is_missing(exchange, usa, jpn):
    number, other = next(numbers), next(numbers)
    shown = put_object(usa, number)
    hidden = put_object(usa, other, CLOSED, name=f"SECRET-{other}")
    seen = observe(exchange, usa, "eoobservation", number)
    before = signature(jpn, shown)
    for kind in SORTS:
        observe(exchange, usa, kind, number, CLOSED, minutes=5)
    after = signature(jpn, shown)
    assert after.body == before.body and ids(jpn, shown) == {"eoObservation": seen}
    assert after.header("X-Classification-Banner") == before.header("X-Classification-Banner")
    assert set(ids(usa, shown)) == set(SORTS.values())
    missing = jpn.get("/v1/onorbit/getSignature", {"idOnOrbit": str(uuid.uuid4())})
    assert missing.status == 404
    for name in (hidden, f"SECRET-{other}"):
        assert jpn.get("/v1/onorbit/getSignature", {"idOnOrbit": name}).body == missing.body
        assert usa.get("/v1/onorbit/getSignature", {"idOnOrbit": name}).ok().body == b"{}"


def test_a_hidden_version_does_not_name_another_object(exchange, usa, jpn):
    number, other = next(numbers), next(numbers)
    identifier = put_object(usa, number)
    old, new = (observe(exchange, usa, "eoobservation", n) for n in (number, other))
    usa.request("PUT", f"/v1/onorbit/{identifier}", labelled({"dataMode": "TEST", "source": "e2e", "satNo": other}, CLOSED)).ok()
    assert ids(jpn, identifier) == {"eoObservation": old} and ids(usa, identifier) == {"eoObservation": new}


def test_who_is_not_told_the_number_is_not_told_by_it(exchange, usa):
    number = next(numbers)
    identifier = put_object(usa, number)
    seen = observe(exchange, usa, "eoobservation", number)
    with exchange.client("DEU", "operator") as deu:
        assert signature(deu, identifier).body == b"{}"
        assert ids(deu, str(number)) == {"eoObservation": seen}


def test_what_is_sent_is_disclosed(exchange, usa, jpn):
    number = next(numbers)
    identifier = put_object(usa, number)
    records = {"onorbit": usa.get(f"/v1/onorbit/{identifier}").ok().json()["relto"]["version"]}

    def disclosed(kind):
        with exchange.client("USA", "fdo") as fdo:
            return fdo.get("/v1/disclosures", {"id": records[kind], "type": kind}).ok().body.count(b"jpn.example")
    signature(jpn, identifier)
    assert disclosed("onorbit") == 0, "nothing was sent"
    records["eoobservation"] = observe(exchange, usa, "eoobservation", number)
    records["rfobservation"] = observe(exchange, usa, "rfobservation", number)
    assert jpn.request("HEAD", f"/v1/onorbit/getSignature?idOnOrbit={identifier}").status == 200
    assert [disclosed(kind) for kind in records] == [0, 0, 0]
    signature(jpn, identifier)
    assert [disclosed(kind) for kind in records] == [1, 1, 1]
    signature(jpn, str(number))
    assert disclosed("eoobservation") == 2


def test_refusals(jpn):
    assert jpn.get("/v1/onorbit/getSignature").problem(400)["where"] == "idOnOrbit"
    assert jpn.get("/v1/onorbit/getSignature", {"idOnOrbit": "1", "x": "1"}).problem(400)["where"] == "x"
    assert jpn.get("/v1/onorbit/getSignature", {"idOnOrbit": "1000000000"}).problem(404)
    assert signature(jpn, "999999999").body == b"{}"
    assert jpn.get("/v1/onorbit/getSignature", {"idOnOrbit": "1", "maxResults": "5", "firstResult": "2"}).ok().body == b"{}"
