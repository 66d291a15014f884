"""What lasts keeps one id through its versions: PUT, DELETE, and which version a reader is shown."""
import copy
import itertools
import threading
import uuid

import pytest

import schema
from coalition import changed, coalition, entry, observation, restriction
from queries import TIME_REQUIRED, look

OPEN, CLOSED = "S//REL TO USA, JPN", "S//NF"
KINDS = {"eop": "polarMotionX", "navigation": "description", "onorbit": "lifetimeYears", "sensor": "sensorNumber",  # a number of each
         "site": "maxRunwayLength", "taiutc": "multiplicationFactor"}
NEEDED = {"navigation": {"name": "n"}, "onorbit": {"satNo": 25544}, "sensor": {"sensorName": "n"}, "site": {"name": "n"},
          "taiutc": {"taiUTC": 37}}
SERIAL = itertools.count(1)
VIEW = {"code": "NAMELESS", "title": "Without the poster's own ids",
        "types": {"taiutc": [{"drop": ["clientId", "origin"]}]}}


def record(kind, number=1, marking=OPEN, **more):
    body = {"classificationMarking": marking, "dataMode": "TEST", "source": "e2e", "origin": "here", **NEEDED.get(kind, {}),
            KINDS[kind]: str(number) if kind == "navigation" else number}
    if kind in TIME_REQUIRED:
        body[TIME_REQUIRED[kind]] = "2019-01-01T00:00:00.000000Z"
    if marking == CLOSED:
        body["relto"] = {"restriction": restriction()}
    body.update(more)
    return body


def named(kind, *arguments, **more):
    name = f"THING-{next(SERIAL)}"
    return name, record(kind, *arguments, id=name, **more)


def put(client, kind, identifier, body, prefix="/v1"):
    answer = client.request("PUT", f"{prefix}/{kind}/{identifier}", body)
    return answer.ok().json()["id"]


def number(client, kind, identifier):
    answer = client.get(f"/v1/{kind}/{identifier}")
    return told(kind, answer.ok().json()) if answer.status == 200 else answer.problem(404) and None


def told(kind, shown):
    return int(shown[KINDS[kind]])


def test_all_that_lasts_is_here(usa):
    document = usa.get("/v1/openapi.json").ok().json()
    assert set(KINDS) == {k for k in schema.type_names() if schema.Type(document, k).lasting}


def everywhere(client, kind, identifier):
    """What each path shows of an entity, which must be one version or none."""
    one = number(client, kind, identifier)
    listed = client.list(kind, id=identifier, **look(kind))
    assert [told(kind, r) for r in listed] == ([] if one is None else [one])
    assert all(r["id"] == identifier for r in listed)
    among = client.list(kind, **look(kind))
    assert [told(kind, r) for r in among if r["id"] == identifier] == [told(kind, r) for r in listed]
    by_sort = client.list(kind, sort="origin", **look(kind))
    assert sorted(r["relto"]["version"] for r in by_sort) == sorted(r["relto"]["version"] for r in among)
    query = look(kind)
    assert client.count(kind, **query) == len(among) and client.count(kind, id=identifier, **query) == len(listed)
    if one is not None:
        assert client.count(kind, id=identifier, **query, **{KINDS[kind]: one}) == 1
    return one


@pytest.fixture(scope="module")
def exchange(new_exchange):
    def change(policy):
        policy["views"] = [copy.deepcopy(VIEW)]
        entry(policy, "agreements", id="CSPO-2024")["views"] = {"taiutc": "NAMELESS"}
    return new_exchange("main", policy=changed(coalition(), change))


@pytest.mark.parametrize("kind", KINDS)
def test_a_version_replaces_the_one_before(usa, jpn, kind):
    name, first = named(kind)
    identifier = usa.put_record(kind, first)
    assert usa.put_record(kind, first) == identifier  # a retry
    before = jpn.get(f"/v1/{kind}/{identifier}").ok().json()
    assert before["id"] == identifier != before["relto"]["version"] and before["clientId"] == name
    assert put(usa, kind, identifier, record(kind, 2, id=name)) == identifier
    assert put(usa, kind, identifier, record(kind, 2, id=name), "/udl") == identifier  # a retry: no version more
    for client in (usa, jpn):
        assert everywhere(client, kind, identifier) == 2
        query = dict(look(kind), id=identifier)
        assert client.count(kind, **query, **{KINDS[kind]: 1}) == 0  # a predicate asks what the newest one shows
    after = jpn.get(f"/v1/{kind}/{identifier}").ok().json()
    assert after["relto"]["version"] not in (before["relto"]["version"], identifier)
    assert jpn.get(f"/v1/{kind}/{before['relto']['version']}").ok().json() == before  # the old one by its own id
    assert put(usa, kind, identifier, first) == identifier  # back to what it was: a third version
    assert everywhere(jpn, kind, identifier) == 1
    assert usa.put_record(kind, first) == identifier


@pytest.mark.parametrize("kind", KINDS)
def test_what_its_poster_calls_it_stays(usa, jpn, kind):
    name, first = named(kind)
    identifier = usa.put_record(kind, first)
    body = record(kind, 2)
    put(usa, kind, name, body)                          # found by that name, which the body does not give again
    assert everywhere(jpn, kind, identifier) == 2 and number(jpn, kind, name) == 2
    put(usa, kind, identifier, dict(body, id=identifier, origin="there"))  # a client puts what it has read
    shown = jpn.get(f"/v1/{kind}/{name}").ok().json()
    assert shown["clientId"] == name and shown["id"] == identifier and shown["origin"] == "there"
    put(usa, kind, shown["relto"]["version"], dict(body, id=name + "-2"))  # by a version's id: follows the newest
    assert number(jpn, kind, name) is None and number(jpn, kind, name + "-2") == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_hidden_version_neither_shows_nor_shadows(exchange, usa, fdo, jpn, kind):
    name, first = named(kind)
    identifier = usa.put_record(kind, first)
    untouched = jpn.get(f"/v1/{kind}/{identifier}").ok()
    put(usa, kind, identifier, record(kind, 2, CLOSED, id="SECRET-" + name))
    assert everywhere(usa, kind, identifier) == 2 and everywhere(jpn, kind, identifier) == 1
    assert jpn.get(f"/v1/{kind}/{identifier}").ok().body == untouched.body
    assert jpn.get(f"/v1/{kind}/{identifier}").header("ETag") == untouched.header("ETag")
    hidden = usa.get(f"/v1/{kind}/{identifier}").ok().json()["relto"]["version"]
    assert jpn.get(f"/v1/{kind}/{hidden}").body == jpn.get(f"/v1/{kind}/{uuid.uuid4()}").body
    assert jpn.get(f"/v1/{kind}/SECRET-{name}").status == 404 == jpn.get(f"/v1/{kind}/nothing").status
    assert number(jpn, kind, name) == 1 and number(usa, kind, name) is None
    put(usa, kind, identifier, record(kind, 3, id=name))
    assert everywhere(jpn, kind, identifier) == 3
    fdo.post(f"/v1/{kind}/{identifier}/recall", {"reason": "wrong"}).ok(204)  # the newest version
    assert everywhere(jpn, kind, identifier) == 1 and everywhere(usa, kind, identifier) == 2


def test_what_a_view_hides_finds_nothing(exchange, usa):
    name, first = named("taiutc", marking="U")
    identifier = usa.put_record("taiutc", first)
    with exchange.client("DEU") as deu:
        assert "clientId" not in deu.get(f"/v1/taiutc/{identifier}").ok().json()
        assert deu.get(f"/v1/taiutc/{name}").status == 404
    assert number(usa, "taiutc", name) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_own_name_comes_first(exchange, usa, jpn, kind):
    name, first = named(kind)
    identifier = usa.put_record(kind, first)
    with exchange.client("JPN", "node") as node:
        other = node.put_record(kind, record(kind, 9, "S//REL TO JPN, USA", id=name))
    assert other != identifier
    assert number(usa, kind, name) == 1 and number(jpn, kind, name) == 9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_anothers_hidden_and_missing_are_the_same(exchange, usa, kind, method):
    shown, hidden = (usa.put_record(kind, named(kind, marking=m)[1]) for m in (OPEN, CLOSED))
    deleted = usa.put_record(kind, named(kind)[1])
    usa.request("DELETE", f"/v1/{kind}/{deleted}").ok(204)
    body = record(kind, 5) if method == "PUT" else None
    with exchange.client("JPN", "node") as node:
        answers = [node.request(method, f"/v1/{kind}/{i}", body)
                   for i in (shown, hidden, deleted, str(uuid.uuid4()), "nothing")]
    assert {a.status for a in answers} == {404} and len({a.body for a in answers}) == 1
    assert number(usa, kind, shown) == 1 and number(usa, kind, hidden) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_delete_takes_back_every_version(exchange, usa, fdo, jpn, kind):
    name, first = named(kind)
    identifier = usa.put_record(kind, first)
    put(usa, kind, identifier, record(kind, 2, id=name))
    put(usa, kind, identifier, record(kind, 3, CLOSED, id=name))
    with exchange.client("USA", "operator") as operator:
        operator.request("DELETE", f"/v1/{kind}/{identifier}").problem(404)
    assert everywhere(jpn, kind, identifier) == 2  # which JPN is sent
    answer = usa.request("DELETE", f"/v1/{kind}/{name}").ok(204)
    assert answer.body == b""
    for client in (usa, jpn):
        assert everywhere(client, kind, identifier) is None and number(client, kind, name) is None
    usa.request("PUT", f"/v1/{kind}/{identifier}", record(kind, 4)).problem(404)
    usa.request("DELETE", f"/v1/{kind}/{identifier}").problem(404)
    assert everywhere(fdo, kind, identifier) == 3  # as of whatever was taken back
    fdo.request("DELETE", f"/v1/{kind}/{identifier}").ok(204)
    with exchange.client("JPN", "fdo") as officer:
        told = [n for n in officer.get("/v1/notices").ok().json() if n["kind"] == "recall"]
    assert told and told[-1]["record"]["type"] == kind


@pytest.mark.parametrize("kind", KINDS)
def test_delete_takes_back_what_its_poster_does_not_see_yet(exchange, usa, jpn, kind):
    name, first = named(kind)
    identifier = usa.put_record(kind, first)
    later = "2200-01-01T00:00:00.000000Z"
    put(usa, kind, identifier, record(kind, 2, id=name, relto={"embargoUntil": later, "restriction": restriction()}))
    assert everywhere(usa, kind, identifier) == 1
    usa.request("DELETE", f"/v1/{kind}/{identifier}").ok(204)
    with exchange.client("USA", "fdo") as fdo:
        version = fdo.get(f"/v1/{kind}/{identifier}").ok().json()
        assert told(kind, version) == 2
        assert "recall" in fdo.get(f"/v1/{kind}/{identifier}/explain", {"as": "JPN"}).ok().body.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_officers_mean_the_newest_version(exchange, usa, fdo, jpn, kind):
    name, first = named(kind)
    identifier = usa.put_record(kind, first)
    number(jpn, kind, identifier)
    put(usa, kind, identifier, record(kind, 2, id=name))
    number(jpn, kind, identifier)
    version = usa.get(f"/v1/{kind}/{identifier}").ok().json()["relto"]["version"]
    for what in (identifier, version, name):
        sent = fdo.get(f"/v1/{kind}/{what}/recipients").ok().json()
        assert sent["record"]["id"] == version
    fdo.post(f"/v1/{kind}/{name}/relabel", {"classificationMarking": CLOSED, "relto": {
        "restriction": restriction()}}).ok(204)
    assert everywhere(jpn, kind, identifier) == 1 and everywhere(usa, kind, identifier) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_no_acknowledged_version_is_lost(exchange, usa, kind):
    identifier = usa.put_record(kind, named(kind)[1])
    versions = set()

    def write(numbers):
        with exchange.client("USA", "node") as node:
            for n in numbers:
                put(node, kind, identifier, record(kind, n))
                shown = node.get(f"/v1/{kind}/{identifier}").ok().json()
                versions.add((shown["relto"]["version"], told(kind, shown)))
    threads = [threading.Thread(target=write, args=(range(k, 40, 4),)) for k in range(10, 14)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for version, n in versions:
        assert number(usa, kind, version) == n
    query = dict(look(kind), id=identifier)
    assert usa.count(kind, **query) == 1


def test_the_feed_tells_each_version(exchange, usa, jpn):
    start = jpn.get("/v1/changes", {"after": "latest"}).ok().json()["position"]
    identifier = usa.put_record("eop", named("eop")[1])
    put(usa, "eop", identifier, record("eop", 2))
    put(usa, "eop", identifier, record("eop", 3, CLOSED))
    told = [c["record"] for c in jpn.get("/v1/changes", {"after": start}).ok().json()["changes"] if "record" in c]
    assert [(r["id"], r["polarMotionX"]) for r in told] == [(identifier, 1), (identifier, 2)]


def derived(marking=OPEN, **relto):
    return observation(marking, relto={"restriction": restriction(), **relto})


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_made_of_an_entity_is_made_of_the_version_that_is_seen(exchange, usa, fdo, jpn, kind):
    first = usa.put_record(kind, named(kind)[1])
    older = usa.get(f"/v1/{kind}/{first}").ok().json()["relto"]["version"]
    put(usa, kind, first, record(kind, 2))
    second = usa.put_record(kind, named(kind)[1])
    both, one = derived(derivedFrom=[first, second]), derived(derivedFrom=[older])
    made, of_older = usa.put_record("eoobservation", both), usa.put_record("eoobservation", one)
    assert usa.get(f"/v1/eoobservation/{made}").ok().json()["relto"]["derivedFrom"] == sorted([first, second])
    put(usa, kind, first, record(kind, 3))
    assert usa.put_record("eoobservation", both) == made, "a retry, though there is a newer version"
    assert jpn.sees("eoobservation", made) and jpn.sees("eoobservation", of_older)
    fdo.post(f"/v1/{kind}/{older}/recall", {"reason": "wrong"}).ok(204)
    assert jpn.sees("eoobservation", made) and not jpn.sees("eoobservation", of_older)
    fdo.post(f"/v1/{kind}/{first}/recall", {"reason": "wrong"}).ok(204)  # the third
    assert jpn.sees("eoobservation", made)
    usa.request("DELETE", f"/v1/{kind}/{first}").ok(204)
    assert not jpn.sees("eoobservation", made)


@pytest.mark.parametrize("member", ["derivedFrom", "supersedes"])
def test_an_entity_that_is_hidden_is_missing_where_it_is_named(exchange, usa, member):
    kind = "sensor"
    shown, hidden = (usa.put_record(kind, named(kind, marking=m)[1]) for m in (OPEN, CLOSED))

    def said(client, identifier):
        value = [identifier] if member == "derivedFrom" else identifier
        body = observation("U", source="names", satNo=1, ra=1, idSensor="x", relto={member: value})
        return client.post("/v1/eoobservation", body)
    with exchange.client("JPN", "node") as node:
        answers = [said(node, i) for i in (hidden, str(uuid.uuid4()), shown)]
        assert [a.status for a in answers] == [422, 422, 201 if member == "derivedFrom" else 422]
        assert answers[0].body == answers[1].body
    assert said(usa, hidden).status == said(usa, shown).status == 201


def test_disclosures_of_an_entity_are_those_of_the_version_that_is_seen(exchange, usa, fdo, jpn):
    identifier = usa.put_record("sensor", named("sensor")[1])
    older = usa.get(f"/v1/sensor/{identifier}").ok().json()["relto"]["version"]
    jpn.get(f"/v1/sensor/{identifier}").ok()
    put(usa, "sensor", identifier, record("sensor", 2))

    def told(asked):
        said = fdo.get("/v1/disclosures", {"type": "sensor", "id": asked}).ok().json()
        return {r for d in said if d["partner"] == "JPN" for r in d["records"]}
    assert told(identifier) == set() and told(older) == {older}
    jpn.get(f"/v1/sensor/{identifier}").ok()
    newer = usa.get(f"/v1/sensor/{identifier}").ok().json()["relto"]["version"]
    assert told(identifier) == told(newer) == {newer}
    assert fdo.get("/v1/disclosures", {"type": "sensor", "id": str(uuid.uuid4())}).ok().json() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_records_have_no_versions(usa, method):
    for identifier in (str(uuid.uuid4()), "nothing"):
        answer = usa.request(method, f"/v1/eoobservation/{identifier}", {} if method == "PUT" else None)
        answer.problem(405)
        assert answer.header("Allow") == "GET, HEAD"


def test_a_version_says_itself_what_it_follows(usa):
    identifier = usa.put_record("eop", named("eop")[1])
    usa.request("PUT", f"/v1/eop/{identifier}", record("eop", 2, relto={"supersedes": identifier})).problem(422)


@pytest.mark.parametrize("kind", KINDS)
def test_the_id_is_told_as_official_clients_write_it(usa, kind):
    """Clients made from the description of the UDL have `body_id` in the body of a PUT, beside the id in the path."""
    name, body = named(kind)
    identifier = usa.put_record(kind, body)
    put(usa, kind, identifier, record(kind, 2, body_id=f"{name}-B"))
    assert usa.get(f"/v1/{kind}/{identifier}").ok().json()["clientId"] == f"{name}-B"
    both = usa.request("PUT", f"/v1/{kind}/{identifier}", record(kind, 3, id=name, body_id=name))
    assert both.problem(422)["where"] == "$.body_id" and number(usa, kind, identifier) == 2
    usa.post("/v1/gnssadvisory", {"body_id": name}).problem(422)


def located(marking=OPEN):
    return {"classificationMarking": marking, "dataMode": "TEST", "source": f"e2e-{next(SERIAL)}", "signalOfInterestType": "RF",
            "startTime": "2019-01-01T00:00:00.000000Z", **({"relto": {"restriction": restriction()}} if marking == CLOSED else {})}


def test_a_location_is_taken_back_by_its_poster(exchange, usa, fdo, jpn):
    target = "/v1/emittergeolocation/"
    shown, hidden, officers = (usa.put_record("emittergeolocation", located(m)) for m in (OPEN, CLOSED, OPEN))
    jpn.get(target + shown).ok()
    with exchange.client("JPN", "node") as node, exchange.client("USA", "operator") as operator:
        answers = [node.request("DELETE", target + i) for i in (shown, hidden, str(uuid.uuid4()), "nothing")]
        assert {a.status for a in answers} == {404} and len({a.body for a in answers}) == 1
        operator.request("DELETE", target + shown).problem(404)
    jpn.get(target + shown).ok()
    assert usa.request("DELETE", target + shown).ok(204).body == b""
    fdo.request("DELETE", target + officers).ok(204)
    for client in (usa, jpn):
        client.get(target + shown).problem(404)
        client.get(target + officers).problem(404)
    usa.get(target + hidden).ok()
    usa.request("DELETE", target + shown).problem(404)
    put_answer = usa.request("PUT", target + hidden, located())
    put_answer.problem(405)
    assert put_answer.header("Allow") == "DELETE, GET, HEAD"
