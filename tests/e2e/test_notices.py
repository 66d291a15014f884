"""Who was sent a record, and who is told when it is taken back."""
import datetime
import threading

import pytest

import coalition
from coalition import ANY_TIME, withheld
from harness import iso, principal_id

SHARED = "S//REL TO USA, GBR, JPN"
MISSING = "01890a5d-ac96-8b3c-9b1f-0123456789ab"


def with_second_operators(policy):
    """JPN has an operator who holds no clearance, another who reads exercise data only."""
    policy["principals"].append(coalition.principal("JPN", "operator", "low", clearances={}))
    policy["principals"].append(coalition.principal("JPN", "operator", "two"))
    coalition.entry(policy, "agreements", id="CSPO-2024")["equivalence"] = []
    return policy


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=with_second_operators(coalition.coalition()))


def path(identifier, what=""):
    return f"/v1/eoobservation/{identifier}{what}"


def recall(client, identifier):
    client.post(path(identifier, "/recall"), {"reason": "names our source"}).ok(204)


def notices(client, **query):
    found = client.get("/v1/notices", query).ok().json()
    assert [n["id"] for n in found] == sorted({n["id"] for n in found})
    return found


def told(exchange, partner, identifier, role="operator", name="one"):
    with exchange.client(partner, role, name) as client:
        return [n for n in notices(client, kind="recall") if n["record"]["id"] == identifier]


def settle(exchange):
    """How a transfer ended is written a moment after it ended: at the latest when the exchange stops."""
    exchange.close()
    exchange.start()


# --- recipients ---

def test_recipients_are_the_disclosures_made(new_exchange):
    exchange = new_exchange("sent", policy=with_second_operators(coalition.coalition()))
    with exchange.client("USA", "node") as usa:
        one, other = (usa.put_record("eoobservation", withheld(SHARED, source=s)) for s in "ab")
    with exchange.client("JPN") as jpn, exchange.client("GBR") as gbr, exchange.client("JPN", "operator", "two") as two:
        jpn.get(path(one)).ok()
        first = exchange.now
        exchange.advance(hours=1)
        assert gbr.ids("eoobservation", obTime=ANY_TIME, source="a,b") != []
        two.get(path(other)).ok()  # of another record
        # Nothing of this sends the record:
        tag = two.request("HEAD", path(one)).ok().header("ETag")
        assert two.get(path(one), If_None_Match=tag).status == 304
        assert two.count("eoobservation", obTime=ANY_TIME, source="a") == 1
    with exchange.client("DEU") as deu:
        deu.get(path(one)).problem(404)
    settle(exchange)
    with exchange.client("USA", "fdo") as fdo, exchange.client("USA", "auditor") as auditor:
        said = fdo.get(path(one, "/recipients")).ok().json()
        assert auditor.get(path(one, "/recipients")).ok().json() == said
        assert said["record"] == {"type": "eoobservation", "id": one} and said["originator"] == "USA"
        assert said["recallNotices"] == []
        sent = [(s["partner"], s["principal"], s["at"], s["view"], s["state"]) for s in said["recipients"]]
        assert sent == [("JPN", principal_id("JPN", "operator"), iso(first), "full", "completed"),
                        ("GBR", principal_id("GBR", "operator"), iso(exchange.now), "full", "completed")]
        pages, after = [], 0
        while page := fdo.get(path(one, "/recipients"), {"after": after, "maxResults": 1}).ok().json()["recipients"]:
            pages, after = pages + page, page[-1]["id"]
        assert pages == said["recipients"]
        fdo.get(path(one, "/recipients"), {"maxResults": 10001}).problem(400)
        fdo.get(path(one, "/recipients"), {"before": 1}).problem(400)


def test_a_transfer_that_broke_off_is_on_the_list(new_exchange):
    exchange = new_exchange("cut")
    big = "x" * 60000
    with exchange.client("USA", "node") as usa:
        ids = [usa.put_record("eoobservation", withheld(SHARED, descriptor=f"{i}{big}"[:60000])) for i in range(30)]
    raw = exchange.raw("JPN")
    raw.send("GET /v1/eoobservation?obTime=%3E1990-01-01 HTTP/1.1\r\nHost: x\r\n\r\n")
    raw.more()
    raw.socket.close()  # with most of it unread
    settle(exchange)
    with exchange.client("USA", "fdo") as fdo:
        states = [s["state"] for i in ids for s in fdo.get(path(i, "/recipients")).ok().json()["recipients"]]
        assert states and set(states) <= {"completed", "aborted", "unknown"} and set(states) - {"completed"}


@pytest.mark.parametrize("who", [("USA", "operator"), ("USA", "node"), ("JPN", "fdo"), ("JPN", "auditor"), ("DEU", "fdo"), ("GBR", "operator")],
                         ids="-".join)
def test_recipients_are_the_owners_officers_business(exchange, usa, who):
    identifier = usa.put_record("eoobservation", withheld(SHARED))
    with exchange.client(*who) as client:
        one, other = (client.get(path(i, "/recipients")) for i in (identifier, MISSING))
        assert one.status == other.status == 404
        assert one.body.replace(identifier.encode(), b"") == other.body.replace(MISSING.encode(), b"")


def test_each_owner_is_told(new_exchange):
    policy = coalition.changed(coalition.coalition(), lambda p: coalition.entry(p, "partners", code="GBR").update(authorises=["USA"]))
    exchange = new_exchange("owners", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("AUS") as aus:
        identifier = usa.put_record("eoobservation", withheld("U//REL TO USA, AUS, GBR", relto={"owners": ["USA", "GBR"]}))
        aus.get(path(identifier)).ok()
    for partner in ("USA", "GBR"):
        with exchange.client(partner, "fdo") as fdo:
            sent = fdo.get(path(identifier, "/recipients")).ok().json()["recipients"]
            assert [s["partner"] for s in sent] == ["AUS"]
    with exchange.client("GBR") as gbr, exchange.client("GBR", "fdo") as fdo, exchange.client("USA", "fdo") as other:
        gbr.get(path(identifier)).ok()
        recall(other, identifier)
        assert told(exchange, "GBR", identifier) and told(exchange, "AUS", identifier) and not told(exchange, "USA", identifier)
        assert not fdo.get(path(identifier, "/recipients")).ok().json()["recallNotices"]  # it was not GBR who took it back
        after = other.get(path(identifier, "/recipients")).ok().json()["recallNotices"]
        assert [n["partner"] for n in after] == ["AUS", "GBR"]


# --- recall notices ---

def test_a_recall_is_told_to_exactly_who_was_sent_it(exchange, usa, fdo, jpn):
    record, unread = withheld(SHARED, source="told"), withheld(SHARED, source="told")
    identifier, other = usa.put_record("eoobservation", record), usa.put_record("eoobservation", unread)
    jpn.get(path(identifier)).ok()
    usa.get(path(identifier)).ok()
    before = notices(jpn)
    recall(fdo, identifier)
    recall(fdo, other)
    new = [n for n in notices(jpn) if n not in before]
    assert [(n["kind"], n["record"]) for n in new] == [("recall", {"type": "eoobservation", "id": identifier})]
    assert new[0]["acknowledged"] is None and new[0]["body"] == {"originator": "USA"}
    assert notices(jpn, after=new[0]["id"]) == [] and notices(jpn, after=new[0]["id"] - 1) == new
    for partner in ("USA", "GBR", "DEU", "AUS"):
        assert not told(exchange, partner, identifier) and not told(exchange, partner, other)
    everything = jpn.get("/v1/notices").body.decode()
    assert "names our source" not in everything and other not in everything
    recall(fdo, identifier)  # taken back already: nobody is told twice
    assert len(told(exchange, "JPN", identifier)) == 1


def test_a_list_counts_as_sent_and_a_question_does_not(exchange, usa, fdo):
    listed, asked = (usa.put_record("eoobservation", withheld(SHARED, source=s)) for s in ("listed", "asked"))
    with exchange.client("GBR") as gbr:
        assert gbr.ids("eoobservation", obTime=ANY_TIME, source="listed") == [listed]
        gbr.request("HEAD", path(asked)).ok()
        assert gbr.count("eoobservation", obTime=ANY_TIME, source="asked") == 1
    recall(fdo, listed)
    recall(fdo, asked)
    assert told(exchange, "GBR", listed) and not told(exchange, "GBR", asked)


def test_who_could_not_have_seen_it_is_not_told(exchange, usa, fdo, jpn):
    """Within a partner, too: a notice names a record, so it is for who was sent it or was entitled to it."""
    identifier = usa.put_record("eoobservation", withheld(SHARED, source="secret"))
    with exchange.client("JPN", "operator", "low") as low:
        low.get(path(identifier)).problem(404)
        jpn.get(path(identifier)).ok()
        before = low.get("/v1/notices").ok().body
        recall(fdo, identifier)
        assert low.get("/v1/notices").ok().body == before
    assert told(exchange, "JPN", identifier) and told(exchange, "JPN", identifier, name="two")
    assert told(exchange, "JPN", identifier, role="fdo") and told(exchange, "JPN", identifier, role="auditor")
    assert not told(exchange, "JPN", identifier, name="low")


def test_who_waits_for_a_record_is_not_told_of_its_recall(new_exchange):
    """One was sent it before the agreement had a view that delays; another of the same partner waits for it now."""
    policy = with_second_operators(coalition.coalition())
    policy["views"] = [{"code": "LATE", "title": "An hour later", "types": {"eoobservation": [{"delay": {"seconds": 3600}}]}}]
    exchange = new_exchange("waits", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo, exchange.client("JPN") as jpn:
        early, late = (usa.put_record("eoobservation", withheld(SHARED, source=s)) for s in "ab")
        for identifier in (early, late):
            jpn.get(path(identifier)).ok()
        delay = lambda p: coalition.entry(p, "agreements", id="USA-JPN-2026").update(views={"eoobservation": "LATE"})
        exchange.apply(coalition.changed(exchange.policy, delay))
        with exchange.client("JPN", "operator", "two") as two:
            two.get(path(early)).problem(404)
            recall(fdo, early)
            exchange.advance(minutes=59, seconds=59)
            assert told(exchange, "JPN", early) and not told(exchange, "JPN", early, name="two")
            exchange.advance(seconds=1)
            two.get(path(late)).ok()
            recall(fdo, late)
    for name in ("one", "two"):
        assert told(exchange, "JPN", late, name=name)  # who had waited is told
    assert not told(exchange, "JPN", early, name="two") and not told(exchange, "JPN", early, role="fdo")


def test_a_recall_out_of_the_records_time_is_told_to_who_was_sent_it(new_exchange):
    policy = coalition.changed(with_second_operators(coalition.coalition()),
                               lambda p: coalition.entry(p, "partners", code="GBR").update(authorises=["USA"]))
    exchange = new_exchange("times", policy=policy)
    hours = lambda n: iso(exchange.now + datetime.timedelta(hours=n))
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo, exchange.client("JPN") as jpn, \
         exchange.client("GBR", "fdo") as owner, exchange.client("GBR") as gbr:
        closed = usa.put_record("eoobservation", withheld("U//REL TO USA, GBR, JPN", relto={"owners": ["USA", "GBR"], "embargoUntil": hours(1)}))
        over, open_ = (usa.put_record("eoobservation", withheld(SHARED, source=s, relto={"expires": hours(n)})) for s, n in (("a", 1), ("b", 3)))
        owner.get(path(closed)).ok()  # an owner's officer, whom an embargo does not concern
        gbr.get(path(closed)).problem(404)
        for identifier in (over, open_):
            jpn.get(path(identifier)).ok()
        recall(fdo, closed)
        exchange.advance(hours=2)
        recall(fdo, over)
        recall(fdo, open_)
    assert told(exchange, "GBR", closed, role="fdo") and told(exchange, "GBR", closed, role="auditor")
    assert not told(exchange, "GBR", closed)
    assert told(exchange, "JPN", over) and not told(exchange, "JPN", over, name="two")
    assert told(exchange, "JPN", open_) and told(exchange, "JPN", open_, name="two")


def test_who_was_sent_it_is_told_also_after_losing_the_right(new_exchange):
    exchange = new_exchange("lost", policy=with_second_operators(coalition.coalition()))
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn:
        identifier = usa.put_record("eoobservation", withheld(SHARED))
        jpn.get(path(identifier)).ok()
    lower = lambda p: [e.update(clearances={}) for e in p["principals"] if e["partner"] == "JPN"]
    exchange.apply(coalition.changed(exchange.policy, lower))
    with exchange.client("USA", "fdo") as fdo:
        recall(fdo, identifier)
    assert told(exchange, "JPN", identifier)  # the operator that was sent it
    assert not told(exchange, "JPN", identifier, name="two") and not told(exchange, "JPN", identifier, role="fdo")


def test_acknowledgement(exchange, usa, fdo, jpn):
    identifier = usa.put_record("eoobservation", withheld(SHARED, source="ack"))
    jpn.get(path(identifier)).ok()
    recall(fdo, identifier)
    notice, = told(exchange, "JPN", identifier)
    mine = f"/v1/notices/{notice['id']}/acknowledge"
    with exchange.client("GBR") as gbr, exchange.client("JPN", "operator", "low") as low, exchange.client("JPN", "auditor") as auditor:
        for stranger in (gbr, low):
            stranger.post(mine, {}).problem(404)
        auditor.post(mine, {}).problem(403)
        fdo.post(mine, {}).problem(404)  # who took it back sees what became of it, and cannot answer for JPN
    for odd in ("0", "x", "-1", "99999999999999999999", ""):
        jpn.post(f"/v1/notices/{odd}/acknowledge", {}).problem(404)
    jpn.post(mine, {"more": 1}).problem(400)
    assert notice in notices(jpn, open="true")
    waiting, = (n for n in fdo.get(path(identifier, "/recipients")).ok().json()["recallNotices"])
    assert (waiting["partner"], waiting["acknowledged"]) == ("JPN", None)
    exchange.advance(hours=1)
    assert jpn.post(mine, {}).ok(204).body == b""
    by = {"at": iso(exchange.now), "by": principal_id("JPN", "operator")}
    exchange.advance(hours=1)
    with exchange.client("JPN", "fdo") as other:
        other.post(mine, {}).ok(204)  # the first one stands
        assert [n["acknowledged"] for n in notices(other) if n["id"] == notice["id"]] == [by]
    assert notice["id"] not in [n["id"] for n in notices(jpn, open="true")]
    assert notice["id"] in [n["id"] for n in notices(jpn, open="false")]
    told_owner, = fdo.get(path(identifier, "/recipients")).ok().json()["recallNotices"]
    assert told_owner["acknowledged"] == by


# --- what was derived ---
PARTED = "U//REL TO USA, AUS, GBR"


def derive(client, *parts, marking="U//REL TO GBR, AUS, USA"):
    return client.put_record("eoobservation", withheld(marking, relto={"derivedFrom": list(parts)}))


def test_a_recall_is_told_to_who_was_sent_what_was_derived(exchange, usa, fdo):
    """But for those who may still read it: its owner, and officers of who has taken the part back."""
    part = usa.put_record("eoobservation", withheld(PARTED))
    with exchange.client("GBR", "node") as node, exchange.client("AUS") as aus, exchange.client("USA") as operator, \
            exchange.client("GBR") as gbr, exchange.client("GBR", "fdo") as theirs:
        derived = derive(node, part)
        of_derived = derive(node, derived)
        unsent = derive(node, part, of_derived)
        for client in (aus, operator, gbr, fdo):
            client.get(path(derived)).ok()
        aus.get(path(of_derived)).ok()
        recall(fdo, part)
        aus.get(path(derived)).problem(404)
        for client in (gbr, fdo):
            client.get(path(derived)).ok()
        for identifier in (derived, of_derived):
            notice, = told(exchange, "AUS", identifier)
            assert notice["body"] == {"originator": "GBR"} and part not in str(notice)
        assert [len(told(exchange, "USA", i)) for i in (derived, of_derived)] == [1, 0]
        for partner in ("AUS", "USA", "GBR", "JPN"):
            assert not told(exchange, partner, unsent) and not told(exchange, partner, part)
        assert not told(exchange, "GBR", derived) and not told(exchange, "GBR", derived, "fdo")
        recalled = theirs.get(path(derived, "/recipients")).ok().json()["recallNotices"]
        assert [n["partner"] for n in recalled] == ["AUS", "USA"]
        fdo.get(path(derived, "/recipients")).problem(404)
        # It can be read still, and that is nothing to be told of later:
        gbr.get(path(derived)).ok()
        fdo.get(path(derived)).ok()
        assert not told(exchange, "GBR", derived)
        assert len(told(exchange, "USA", derived, "fdo")) == len(told(exchange, "USA", derived)) == 1


def test_what_was_derived_from_two_is_told_of_once(exchange, usa, fdo):
    one, two = (usa.put_record("eoobservation", withheld(PARTED)) for _ in range(2))
    with exchange.client("GBR", "node") as node, exchange.client("AUS") as aus, exchange.client("GBR", "fdo") as theirs:
        derived = derive(node, one, two)
        aus.get(path(derived)).ok()
        recall(fdo, one)
        recall(fdo, two)
        assert len(told(exchange, "AUS", derived)) == 1
        recall(theirs, derived)  # by itself: that is another act
        assert len(told(exchange, "AUS", derived)) == 2


def test_notices_are_a_feed(exchange, usa, fdo, jpn):
    """Positions only grow; who goes on with the last one misses nothing and gets nothing twice."""
    last = max([n["id"] for n in notices(jpn)], default=0)
    ids = [usa.put_record("eoobservation", withheld(SHARED)) for _ in range(6)]
    for identifier in ids:
        jpn.get(path(identifier)).ok()

    def take_back(some):
        with exchange.client("USA", "fdo") as client:
            for identifier in some:
                recall(client, identifier)

    both = [threading.Thread(target=take_back, args=(ids[i::2],)) for i in range(2)]
    for thread in both:
        thread.start()
    seen = []
    while len(seen) < 6:
        page = notices(jpn, after=last, maxResults=2)
        assert len(page) <= 2
        seen += [n["record"]["id"] for n in page]
        last = page[-1]["id"] if page else last
    for thread in both:
        thread.join()
    assert sorted(seen) == sorted(ids) and notices(jpn, after=last) == []


@pytest.mark.parametrize("query", [{"kind": "nosuch"}, {"open": "yes"}, {"after": "x"}, {"maxResults": "10001"}, {"more": "1"}], ids=str)
def test_odd_questions_are_refused(jpn, query):
    jpn.get("/v1/notices", query).problem(400)


def test_notices_survive_a_restart(new_exchange):
    exchange = new_exchange("kept")
    with exchange.client("USA", "node") as usa, exchange.client("JPN") as jpn, exchange.client("USA", "fdo") as fdo:
        identifier = usa.put_record("eoobservation", withheld(SHARED))
        jpn.get(path(identifier)).ok()
        recall(fdo, identifier)
    exchange.kill()
    exchange.start()
    assert len(told(exchange, "JPN", identifier)) == 1
