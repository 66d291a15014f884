"""The feed: what a principal came to see, each once, from any position on."""
import datetime
import json
import threading

import pytest

import coalition
import test_warn
from coalition import entry, observation, principal, withheld
from harness import iso, principal_id

SHARED = "S//REL TO USA, GBR, JPN"
ALONE = "S//REL TO USA, JPN"
NEWS = 1 << 40  # where the numbers of what came after a feed's beginning begin


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", settings={"limits.heartbeat_seconds": 1})


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


def test_the_beginning_holds_all_notices(new_exchange):
    exchange = new_exchange("told", policy=test_warn.policy_with(test_warn.RULES))
    test_warn.register(exchange, "XTR", "70000")
    soon = exchange.now + datetime.timedelta(days=3)
    with exchange.client("USA", "node") as usa, exchange.client("XTR") as xtr:
        for _ in range(2):
            usa.put_records("conjunction", [test_warn.conjunction(t=soon) for _ in range(510)])
        latest(xtr)
        told, after = follow(xtr, maxResults=600)
        assert len({c["notice"]["id"] for c in told if c["kind"] == "notice"}) == len(told) - len(ids(told)) == 1020
        assert xtr.get("/v1/changes", {"after": 1000, "maxResults": 30}).ok().json()["changes"][0] == told[1000]


def test_a_type_that_the_daemon_does_not_know_is_passed_over(new_exchange):
    exchange = new_exchange("unknown")
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn, exchange.client("JPN", "node") as other:
        start = latest(jpn)
        for n in (1000, 1000, 10):  # more than one look takes
            usa.put_records("eoobservation", [observation(SHARED) for _ in range(n)])
        exchange.postgres.sql("CREATE TABLE record_later PARTITION OF record FOR VALUES IN ('later');"
                              "UPDATE record SET type = 'later' WHERE seq = (SELECT min(seq) FROM record)",
                              exchange.conninfo.split("dbname=")[1].split()[0])
        assert len(ids(follow(jpn, start, maxResults=1000)[0])) == 2009
        assert len(ids(follow(other, maxResults=1000)[0])) == 2009


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


# --- what opens late ---

def test_an_agreement_that_is_resumed_brings_what_was_missed_and_no_more(new_exchange):
    exchange = new_exchange("opening")
    policy = coalition.coalition()
    suspended = coalition.changed(policy, lambda p: entry(p, "agreements", id="USA-JPN-2026").update(status="suspended"))
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        before = [put(usa, ALONE) for _ in range(3)]
        assert ids(follow(jpn, start)[0]) == before
        exchange.apply(suspended)
        missed = [put(usa, "U") for _ in range(3)] + [put(usa, SHARED) for _ in range(2)]
        shut, end = follow(jpn, start)
        assert shut == []  # the position goes on: what was there is not any more
        exchange.apply(policy)
        late = [c for c in follow(jpn, start)[0]]
        assert ids(late) == before + missed  # where they were, and behind them what came meanwhile
        for c, rest in zip(late, range(1, 9)):
            assert ids(follow(jpn, c["position"], maxResults=2)[0]) == (before + missed)[rest:]
        exchange.apply(suspended)
        assert follow(jpn, start)[0] == []
        exchange.apply(policy)
        assert ids(follow(jpn, start)[0]) == before + missed


def test_a_label_never_seen_opens_with_all_its_records(new_exchange):
    exchange = new_exchange("widened")
    policy = coalition.coalition()
    narrow = coalition.changed(policy, lambda p: entry(p, "agreements", id="USA-JPN-2026").update(
        types=["radarobservation"]))
    exchange.apply(narrow)
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        old = [put(usa, "U") for _ in range(4)]
        start = latest(jpn)
        later = [put(usa, "U") for _ in range(4)]
        seen = usa.put_record("radarobservation", radar(ALONE))
        assert ids(follow(jpn, start)[0]) == [seen]
        exchange.apply(policy)
        assert ids(follow(jpn, start)[0]) == [seen] + old + later
        assert sorted(ids(follow(jpn)[0])) == sorted([seen] + old + later)


def test_an_embargo_that_ends(exchange, usa, jpn):
    start = latest(jpn)
    held = usa.put_record("eoobservation", withheld(SHARED, now=exchange.now, relto={
        "embargoUntil": iso(exchange.now + datetime.timedelta(hours=2))}))
    plain = put(usa)
    assert ids(follow(jpn, start)[0]) == [plain]
    exchange.advance(hours=3)
    found, end = follow(jpn, start)
    assert ids(found) == [plain, held] and ids(follow(jpn, found[0]["position"])[0]) == [held]
    assert follow(jpn, end)[0] == []


def test_a_relabelled_record_reaches_who_could_not_see_it_and_nobody_twice(exchange, usa, jpn, gbr):
    mine, other = latest(jpn), latest(gbr)
    record = put(usa, ALONE)
    assert ids(follow(jpn, mine)[0]) == [record] and follow(gbr, other)[0] == []
    with exchange.client("USA", "fdo") as fdo:
        fdo.post(f"/v1/eoobservation/{record}/relabel", {"classificationMarking": SHARED}).ok(204)
    assert ids(follow(gbr, other)[0]) == [record]
    found, _ = follow(jpn, mine)
    assert ids(found) == [record] and found[0]["record"]["classificationMarking"] == SHARED


def delayed(seconds):
    """The coalition, but that JPN sees observations that much later."""
    def change(p):
        p["views"] = [{"code": "LATE", "title": "Later", "types": {"eoobservation": [{"delay": {"seconds": seconds}}]}}]
        entry(p, "agreements", id="USA-JPN-2026")["views"] = {"eoobservation": "LATE"}
    return coalition.changed(coalition.coalition(), change)


@pytest.fixture(scope="module")
def suspended():
    return coalition.changed(coalition.coalition(),
                             lambda p: entry(p, "agreements", id="USA-JPN-2026").update(status="suspended"))


@pytest.mark.parametrize("looked", ["never", "before", "after"])
def test_an_embargo_that_ends_while_its_label_is_closed(new_exchange, suspended, looked):
    exchange = new_exchange("closed_" + looked)
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        plain = put(usa, "U")
        held = usa.put_record("eoobservation", withheld("U", now=exchange.now, relto={
            "embargoUntil": iso(exchange.now + datetime.timedelta(hours=2))}))
        other = put(usa, "U")
        assert ids(follow(jpn, start)[0]) == [plain, other]
        exchange.apply(suspended)
        if looked == "before":
            assert follow(jpn, start)[0] == []
        exchange.advance(hours=3)
        if looked == "after":
            assert follow(jpn, start)[0] == []
        exchange.apply(coalition.coalition())
        assert ids(follow(jpn, start)[0]) == [plain, other, held]


def test_a_record_relabelled_while_its_label_is_closed(new_exchange, suspended):
    exchange = new_exchange("moved_closed")
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        hidden = usa.put_record("eoobservation", withheld(now=exchange.now))
        seen = put(usa, SHARED)
        assert ids(follow(jpn, start)[0]) == [seen]
        exchange.apply(suspended)
        assert follow(jpn, start)[0] == []
        with exchange.client("USA", "fdo") as fdo:
            fdo.post(f"/v1/eoobservation/{hidden}/relabel", {"classificationMarking": SHARED}).ok(204)
        assert follow(jpn, start)[0] == []
        exchange.apply(coalition.coalition())
        assert ids(follow(jpn, start)[0]) == [seen, hidden]


def test_a_record_relabelled_where_a_view_delays(new_exchange):
    exchange = new_exchange("moved_delayed", policy=delayed(3600))
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        put(usa, ALONE)
        start = latest(jpn)
        record = usa.put_record("eoobservation", withheld(now=exchange.now))
        exchange.advance(minutes=10)
        assert follow(jpn, start)[0] == []
        with exchange.client("USA", "fdo") as fdo:
            fdo.post(f"/v1/eoobservation/{record}/relabel", {"classificationMarking": ALONE}).ok(204)
        assert follow(jpn, start)[0] == []
        exchange.advance(hours=2)
        assert record in ids(follow(jpn, start)[0])


def test_a_delay_that_grows(new_exchange):
    exchange = new_exchange("longer", policy=delayed(3600))
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        first = put(usa, ALONE)
        assert follow(jpn, start)[0] == []
        exchange.apply(delayed(3 * 3600))
        exchange.advance(minutes=90)
        assert follow(jpn, start)[0] == []
        second = put(usa, ALONE)
        exchange.advance(hours=2)
        assert ids(follow(jpn, start)[0]) == [first]
        exchange.advance(hours=2)
        assert ids(follow(jpn, start)[0]) == [first, second]


def test_a_recall_takes_it_out_and_tells(exchange, usa, jpn):
    start = latest(jpn)
    record = put(usa, ALONE)
    assert ids(follow(jpn, start)[0]) == [record]
    with exchange.client("USA", "fdo") as fdo:
        fdo.post(f"/v1/eoobservation/{record}/recall", {"reason": "names our source"}).ok(204)
    found, end = follow(jpn, start)
    assert [c["kind"] for c in found] == ["notice"]
    notice = found[0]["notice"]
    assert notice["kind"] == "recall" and notice["record"] == {"type": "eoobservation", "id": record}
    assert notice in jpn.get("/v1/notices").ok().json()
    jpn.post(f"/v1/notices/{notice['id']}/acknowledge", {}).ok(204)
    assert follow(jpn, start)[0][0]["notice"]["acknowledged"] and follow(jpn, end)[0] == []


def test_a_delayed_view_shows_a_record_once_its_time_is_over(new_exchange):
    policy = coalition.changed(coalition.coalition(), lambda p: entry(p, "agreements", id="USA-JPN-2026").update(views={"eoobservation": "LATE"}))
    policy["views"] = [{"code": "LATE", "title": "An hour later", "types": {"eoobservation": [{"delay": {"seconds": 3600}}]}}]
    exchange = new_exchange("delayed", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        early = put(usa, "U")
        start = latest(jpn)
        exchange.advance(minutes=30)
        later = put(usa, "U")
        assert follow(jpn)[0] == []
        exchange.advance(minutes=31)
        assert ids(follow(jpn, start)[0]) == [early]
        exchange.advance(minutes=30)
        found, end = follow(jpn, start)
        assert ids(found) == [early, later] and ids(follow(jpn, found[0]["position"])[0]) == [later]
        exchange.advance(hours=2)
        assert follow(jpn, end)[0] == []


def test_a_grant_brings_what_was_there_and_what_comes(new_exchange):
    exchange = new_exchange("granted")
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo, exchange.client("JPN") as jpn:
        start = latest(jpn)
        before = [put(usa, "S") for _ in range(3)]
        assert follow(jpn, start)[0] == []
        asked = jpn.post("/v1/release-requests", {"purpose": "screening", "owner": "USA", "scope": {"type": "eoobservation"},
                                                  "until": iso(exchange.now + datetime.timedelta(days=9))}).ok(201).json()["id"]
        grant = fdo.post(f"/v1/queue/requests/{asked}/approve", {}).ok().json()["grant"]
        after = [put(usa, "S") for _ in range(2)]
        found, _ = follow(jpn, start)
        assert sorted(ids(found)) == sorted(before + after) and [c["notice"]["kind"] for c in found if c["kind"] == "notice"] == ["grant"]
        fdo.post(f"/v1/grants/{grant}/withdraw", {"reason": "circumstances have changed"}).ok(204)
        assert ids(follow(jpn, start)[0]) == []


def test_a_warning_comes_when_its_record_does(new_exchange):
    rule = {"type": "conjunction", "field": "collisionProb", "above": 1e-4, "view": "WARN", "classificationMarking": "U"}
    policy = coalition.coalition()
    policy["views"] = [{"code": "WARN", "title": "Warning", "types": {"conjunction": [{"drop": ["comments"]}]}}]
    policy["partners"] += [{"code": "XTR", "name": "A company", "policy": "USA", "trustDomain": "xtr.example", "authorises": []}]
    policy["principals"] += [principal("XTR", role, clearances={}, dataModes=["TEST"]) for role in ("operator", "auditor")]
    policy["operators"] = [{"object": "70000", "partner": "XTR", "acceptedBy": "USA"}]
    entry(policy, "partners", code="USA").update(catalogue=True, dutyToWarn=[rule])
    shut = coalition.changed(policy, lambda p: entry(p, "principals", id=principal_id("XTR", "operator")).update(dataModes=["REAL"]))
    exchange = new_exchange("warned", policy=policy)

    def close_approach(client, **relto):
        return client.put_record("conjunction", {
            "classificationMarking": "S//NF", "dataMode": "TEST", "source": "e2e", "satNo1": 70000, "satNo2": 1, "comments": "c",
            "tca": iso(exchange.now + datetime.timedelta(days=9)), "collisionProb": 0.01, "missDistance": 50.5 + len(relto),
            "messageId": str(exchange.now), "relto": dict(relto, restriction=coalition.restriction(exchange.now))})

    with exchange.client("USA", "node") as usa, exchange.client("XTR") as xtr:
        start = latest(xtr)
        expected = []
        for let_through in (lambda: None, lambda: exchange.advance(hours=2), lambda: exchange.apply(policy)):
            if len(expected) == 2:
                exchange.apply(shut)
            warned = close_approach(usa, **({"embargoUntil": iso(exchange.now + datetime.timedelta(hours=1))} if len(expected) == 1 else {}))
            if expected:
                assert [c["record"]["id"] for c in follow(xtr, start)[0] if c["kind"] == "record"] == (expected if len(expected) == 1 else [])
            let_through()
            expected.append(warned)
            found, end = follow(xtr, start)
            assert ids(found) == expected
            assert [c["notice"]["record"]["id"] for c in found if c["kind"] == "notice"] == expected
            assert follow(xtr, end)[0] == []


# --- far behind, and long ago ---

def test_a_look_passes_over_so_much_and_goes_on_where_it_was(new_exchange):
    """64 looks in a request, of five records each."""
    exchange = new_exchange("window", settings={"limits.look_records": 5})
    hidden = lambda n: [observation("S//REL TO USA, GBR") for _ in range(n)]
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        usa.put_records("eoobservation", hidden(319))
        first = put(usa)
        exchange.advance(hours=1)
        answer = changes(jpn, start)
        assert ids(answer["changes"]) == [first] and answer["position"] == start + 1
        end = latest(jpn)
        usa.put_records("eoobservation", hidden(320))
        second = put(usa)
        exchange.advance(hours=1)
        assert changes(jpn, end) == {"position": end, "more": True, "changes": []}
        assert ids(changes(jpn, end)["changes"]) == [second]
        usa.put_records("eoobservation", hidden(330))
        exchange.advance(hours=1)
        jpn.get("/v1/changes", {"after": "latest"}).problem(503)
        assert latest(jpn) == end + 1
        with exchange.client("JPN", "node") as other:  # all of it is history
            assert ids(follow(other)[0]) == [first, second]


def test_what_opens_among_much_that_is_hidden(new_exchange):
    exchange = new_exchange("narrow", settings={"limits.look_records": 7})
    policy = coalition.coalition()
    suspended = coalition.changed(policy, lambda p: entry(p, "agreements", id="USA-JPN-2026").update(status="suspended"))
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        exchange.apply(suspended)
        missed = []
        for i in range(12):
            usa.put_records("eoobservation", [observation("S//REL TO USA, GBR") for _ in range(5)])
            missed.append(put(usa, "U"))
            exchange.advance(minutes=1)
            assert i % 4 or changes(jpn, start)["changes"] == []
        exchange.apply(policy)
        found, end = follow(jpn, start)
        assert sorted(ids(found)) == sorted(missed) and follow(jpn, end)[0] == []


def test_what_retention_has_dropped_is_dropped_from_feeds(new_exchange):
    exchange = new_exchange("kept")
    count = lambda table: int(exchange.postgres.sql(f"SELECT count(*) FROM {table}", exchange.conninfo.split("dbname=")[1].split()[0]))
    old = lambda client: client.put_record("eoobservation", observation(SHARED, exchange.now - datetime.timedelta(days=7300)))

    def again():
        assert exchange.end() == 0
        exchange.start()

    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn, exchange.client("JPN", "node") as other:
        begun = [old(usa), old(usa)]
        assert ids(follow(other)[0]) == begun
        start, place = latest(jpn), latest(other)
        gone = [old(usa) for _ in range(3)]
        assert ids(follow(jpn, start)[0]) == gone and ids(follow(other, place)[0]) == gone
        with exchange.client("USA", "fdo") as fdo:
            fdo.post(f"/v1/eoobservation/{gone[0]}/relabel", {"classificationMarking": "S//REL TO USA, FRA, GBR, JPN"}).ok(204)
        assert count("record_moved") == 1
    again()
    assert count("record_moved") == 1  # not all feeds have looked since
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn, exchange.client("JPN", "node") as other:
        later = [put(usa) for _ in range(2)]
        assert ids(follow(jpn, start)[0]) == gone + later and ids(follow(other, place)[0]) == gone + later
    before = count("feed_entry")
    exchange.advance(days=200)
    again()
    assert count("feed_entry") == before - 3 and count("record_moved") == 0
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn, exchange.client("JPN", "node") as other:
        later.append(put(usa))
        for after in (start, start + 1, start + 3):  # positions that were told go on with what is still there
            found, end = follow(jpn, after)
            assert ids(found) == later and [c["position"] for c in found] == [start + 4, start + 5, start + 6]
        assert ids(follow(jpn, start + 4)[0]) == later[1:] and follow(jpn, end)[0] == []
        assert ids(follow(other)[0]) == later == ids(follow(other, 1)[0]) == ids(follow(other, place)[0])


# --- waiting ---

class Waiting:
    """A long poll on a connection of its own, as a thread."""

    def __init__(self, exchange, partner, after, role="operator", **query):
        self.client = exchange.client(partner, role)
        self.answer = None
        self.thread = threading.Thread(target=self.ask, args=(dict(query, after=after, wait=60),))
        self.thread.start()

    def ask(self, query):
        self.answer = self.client.get("/v1/changes", query)

    def end(self):
        self.thread.join(60)
        assert not self.thread.is_alive()
        self.client.close()
        return self.answer.ok().json()


def test_a_post_wakes_who_waits_for_it(exchange, usa, jpn, gbr):
    start, other = latest(jpn), latest(gbr)
    waiting, not_concerned = Waiting(exchange, "JPN", start), Waiting(exchange, "GBR", other)
    hidden = put(usa, ALONE)
    assert ids(waiting.end()["changes"]) == [hidden]
    shared = put(usa)
    assert ids(not_concerned.end()["changes"]) == [shared]


def test_a_wait_ends_with_its_time_and_repeats_the_position(jpn):
    start = latest(jpn)
    assert changes(jpn, start, wait=1) == {"position": start, "more": False, "changes": []}


def test_a_notice_wakes(exchange, usa, jpn):
    record = put(usa, ALONE)
    jpn.get(f"/v1/eoobservation/{record}").ok()
    waiting = Waiting(exchange, "JPN", latest(jpn))
    with exchange.client("USA", "fdo") as fdo:
        fdo.post(f"/v1/eoobservation/{record}/recall", {"reason": "names our source"}).ok(204)
    assert [c["notice"]["kind"] for c in waiting.end()["changes"]] == ["recall"]


# --- server-sent events ---

class Stream:
    def __init__(self, exchange, partner, after=None, role="operator", name="one", last=None):
        self.raw = exchange.raw(partner, role, name)
        target = "/v1/stream" + ("" if after is None else f"?after={after}")
        header = "" if last is None else f"Last-Event-ID: {last}\r\n"
        self.raw.send(f"GET {target} HTTP/1.1\r\nHost: x\r\n{header}\r\n")
        head = self.raw._until(b"\r\n\r\n").decode()
        assert " 200 " in head.split("\r\n")[0] and "text/event-stream" in head, head

    def piece(self):
        size = int(self.raw._until(b"\r\n"), 16)
        return self.raw._take(size + 2)[:-2].decode()

    def events(self, n):
        """The next n events and how many comments came between."""
        found, beats, text = [], 0, ""
        while len(found) < n:
            text += self.piece()
            *whole, text = text.split("\n\n")
            for block in whole:
                if block.startswith(":"):
                    beats += 1
                    continue
                fields = dict(line.split(": ", 1) for line in block.split("\n"))
                data = json.loads(fields["data"])
                assert int(fields["id"]) == data["position"] and fields["event"] == data["kind"]
                found.append(data)
        return found, beats

    def close(self):
        self.raw.close()


def test_a_stream_tells_as_it_happens_and_goes_on_where_it_was(exchange, usa, jpn):
    start = latest(jpn)
    first = [put(usa) for _ in range(3)]
    stream = Stream(exchange, "JPN", start)
    found, _ = stream.events(3)
    assert ids(found) == first and found == follow(jpn, start)[0]
    fourth = put(usa)
    assert ids(stream.events(1)[0]) == [fourth]
    stream.close()
    fifth = put(usa)
    again = Stream(exchange, "JPN", after=start, last=found[1]["position"])
    assert ids(again.events(3)[0]) == [first[2], fourth, fifth]
    again.close()


def test_many_streams_of_one_certificate_each_tell_everything_once(new_exchange):
    exchange = new_exchange("many", settings={"limits.heartbeat_seconds": 1})
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        streams = [Stream(exchange, "JPN", start) for _ in range(32)]
        jpn.get("/v1/stream", {"after": start}).problem(429)
        posted = [put(usa, ALONE) for _ in range(5)]
        for stream in streams:
            assert ids(stream.events(5)[0]) == posted
        exchange.advance(hours=1)
        last = put(usa, ALONE)
        for stream in streams:
            assert ids(stream.events(1)[0]) == [last]
            stream.close()


def test_silence_has_a_heartbeat(exchange, jpn):
    stream = Stream(exchange, "JPN", latest(jpn))
    assert [stream.piece() for _ in range(3)] == [": events follow\n\n", ":\n\n", ":\n\n"]
    stream.close()


def test_a_principal_that_is_none_any_more_ends_its_stream(new_exchange):
    exchange = new_exchange("revoked", settings={"limits.heartbeat_seconds": 1})
    stream = Stream(exchange, "JPN", "latest")
    policy = coalition.changed(coalition.coalition(), lambda p: entry(
        p, "principals", id=principal_id("JPN", "operator")).update(active=False))
    exchange.apply(policy)
    stream.raw.to_end()
    stream.close()


def test_a_revoked_certificate_ends_its_stream(new_exchange):
    exchange = new_exchange("left", settings={"limits.heartbeat_seconds": 1})
    gone, stays = Stream(exchange, "CAN", "latest"), Stream(exchange, "JPN", "latest")
    exchange.pki.revoke("CAN", "operator")
    exchange.reload()
    assert not gone.raw.to_end().endswith(b"0\r\n\r\n")  # broken off
    stays.piece()
    assert stays.piece() == ":\n\n"
    gone.close()
    stays.close()


def test_a_stop_ends_a_stream_and_a_wait(new_exchange):
    exchange = new_exchange("stopped")
    with exchange.client("JPN") as jpn:
        start = latest(jpn)
    stream, waiting = Stream(exchange, "JPN", start), Waiting(exchange, "JPN", start, "operator")
    assert stream.piece() == ": events follow\n\n"
    exchange.close()
    assert stream.raw.to_end().endswith(b"0\r\n\r\n")
    waiting.thread.join(60)
    assert not waiting.thread.is_alive()


def test_positions_outlast_a_crash(new_exchange):
    exchange = new_exchange("crash")
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        start = latest(jpn)
        posted = [put(usa) for _ in range(3)]
        found, end = follow(jpn, start)
    exchange.kill()
    exchange.start()
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        assert follow(jpn, start)[0] == found and changes(jpn, end)["changes"] == []
        posted.append(put(usa))
        assert ids(follow(jpn, end)[0]) == posted[3:] and ids(follow(jpn, start)[0]) == posted
