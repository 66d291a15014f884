"""Recall, relabel, the account of disclosures and the log of queries."""
import datetime
import json
import re

import pytest

import coalition
from coalition import ANY_TIME, observation, withheld
from harness import iso, parse_iso, principal_id

SHARED = "S//REL TO USA, JPN"


def paths(client, identifier):
    """Whether a record shows on each path."""
    return {"id": client.sees("eoobservation", identifier),
            "list": identifier in client.ids("eoobservation", obTime=ANY_TIME),
            "by id": identifier in client.ids("eoobservation", obTime=ANY_TIME, id=identifier),
            "count": client.count("eoobservation", obTime=ANY_TIME, id=identifier) == 1,
            "alias": client.get(f"/udl/eoobservation/{identifier}").status == 200}


def everywhere(client, identifier):
    shown = set(paths(client, identifier).values())
    assert len(shown) == 1, paths(client, identifier)
    return shown.pop()


def test_recall_takes_effect_with_the_next_request(exchange, usa, fdo, jpn):
    record = withheld(SHARED)
    identifier, other = usa.put_record("eoobservation", record), usa.put_record("eoobservation", withheld(SHARED))
    assert everywhere(jpn, identifier)
    tag = jpn.get(f"/v1/eoobservation/{identifier}").header("ETag")
    assert fdo.post(f"/v1/eoobservation/{identifier}/recall", {"reason": "wrong sensor"}).ok(204).body == b""
    assert not everywhere(jpn, identifier)
    assert jpn.get(f"/v1/eoobservation/{identifier}", If_None_Match=tag).status == 404
    assert not everywhere(usa, identifier)  # the owner's node too
    assert everywhere(fdo, identifier)      # its FDO and auditor still see what was taken back
    with exchange.client("USA", "auditor") as auditor:
        assert everywhere(auditor, identifier)
    assert everywhere(jpn, other)


def test_recall_takes_back_what_was_derived(usa, fdo, jpn):
    part = usa.put_record("eoobservation", withheld(SHARED))
    derived = usa.put_record("eoobservation", withheld(SHARED, relto={"derivedFrom": [part]}))
    assert everywhere(jpn, derived)
    assert usa.get(f"/v1/eoobservation/{derived}").ok().json()["relto"]["derivedFrom"] == [part]
    assert part not in jpn.get(f"/v1/eoobservation/{derived}").ok().body.decode()  # which may be hidden from JPN
    fdo.post(f"/v1/eoobservation/{part}/recall", {"reason": "spill"}).ok(204)
    assert not everywhere(jpn, derived)
    assert everywhere(usa, derived)  # its owner may still read it


def test_relabel_narrows_what_was_derived(usa, fdo, jpn):
    part, other = (usa.put_record("eoobservation", withheld(SHARED)) for _ in range(2))
    derived = usa.put_record("eoobservation", withheld(SHARED, relto={"derivedFrom": [part, other]}))
    of_derived = usa.put_record("eoobservation", withheld(SHARED, relto={"derivedFrom": [derived]}))
    assert everywhere(jpn, of_derived)
    fdo.post(f"/v1/eoobservation/{part}/relabel", {"classificationMarking": "S//NF", "relto": {
        "restriction": coalition.restriction()}}).ok(204)
    assert not everywhere(jpn, derived) and not everywhere(jpn, of_derived)
    assert everywhere(jpn, other) and everywhere(usa, of_derived)


def test_repost_does_not_revive(usa, fdo, jpn):
    record = withheld(SHARED)
    identifier = usa.put_record("eoobservation", record)
    fdo.post(f"/v1/eoobservation/{identifier}/recall", {"reason": "spill"}).ok(204)
    before = fdo.count("eoobservation", obTime=ANY_TIME)
    assert usa.put_record("eoobservation", record) == identifier
    assert usa.put_records("eoobservation", [record, record]) == [identifier] * 2
    assert not everywhere(jpn, identifier) and not everywhere(usa, identifier)
    assert fdo.count("eoobservation", obTime=ANY_TIME) == before


def test_recall_survives_a_restart_and_policy_changes(new_exchange):
    exchange = new_exchange("kept")
    with exchange.client("USA", "node") as usa, exchange.client("USA", "fdo") as fdo:
        record = withheld(SHARED)
        identifier = usa.put_record("eoobservation", record)
        moved = usa.put_record("eoobservation", withheld(SHARED, source="moved"))
        fdo.post(f"/v1/eoobservation/{identifier}/recall", {"reason": "spill"}).ok(204)
        fdo.post(f"/v1/eoobservation/{moved}/relabel", {"classificationMarking": "S//NF", "relto": {
            "restriction": coalition.restriction()}}).ok(204)
    exchange.advance(hours=1)
    exchange.apply(coalition.changed(exchange.policy, lambda p: p["reasons"].append(
        {"code": "MORE", "title": "More", "maxReviewDays": 5})))
    exchange.close()
    exchange.start()
    with exchange.client("JPN") as jpn, exchange.client("USA", "node") as usa:
        assert not jpn.sees("eoobservation", identifier) and not jpn.sees("eoobservation", moved)
        assert usa.put_record("eoobservation", record) == identifier
        assert not usa.sees("eoobservation", identifier) and usa.sees("eoobservation", moved)


def test_recall_again_is_no_error_or_as_missing(usa, fdo):
    identifier = usa.put_record("eoobservation", observation("U"))
    fdo.post(f"/v1/eoobservation/{identifier}/recall", {"reason": "one"}).ok(204)
    assert fdo.post(f"/v1/eoobservation/{identifier}/recall", {"reason": "two"}).status in (204, 404)


def test_recall_needs_a_reason(usa, fdo):
    identifier = usa.put_record("eoobservation", observation("U"))
    for body in ({}, {"reason": ""}, {"reason": 5}, {"reason": "x", "more": 1}, []):
        answer = fdo.post(f"/v1/eoobservation/{identifier}/recall", body)
        assert answer.status in (400, 422), answer
    assert usa.sees("eoobservation", identifier)


def test_relabel_closes_and_opens(exchange, usa, fdo, jpn):
    identifier = usa.put_record("eoobservation", withheld(SHARED))
    relabel = lambda marking, relto=None: fdo.post(f"/v1/eoobservation/{identifier}/relabel", {
        "classificationMarking": marking, "relto": relto or {"restriction": coalition.restriction()}}).ok(204)
    with exchange.client("DEU") as deu:
        assert everywhere(jpn, identifier) and not everywhere(deu, identifier)
        created = jpn.get(f"/v1/eoobservation/{identifier}").json()["createdAt"]
        relabel("S//NF")
        assert not everywhere(jpn, identifier) and not everywhere(deu, identifier) and everywhere(usa, identifier)
        relabel("S//REL TO USA, DEU")
        assert not everywhere(jpn, identifier) and everywhere(deu, identifier)
        relabel("U")
        assert everywhere(jpn, identifier) and everywhere(deu, identifier)
        told = jpn.get(f"/v1/eoobservation/{identifier}").ok().json()
        assert told["classificationMarking"] == "U" and told["createdAt"] == created
        assert jpn.ids("eoobservation", obTime=ANY_TIME, id=identifier, classificationMarking="U") == [identifier]
        embargo = exchange.now + datetime.timedelta(hours=5)
        relabel("U", {"embargoUntil": iso(embargo)})
        assert not everywhere(jpn, identifier) and not everywhere(deu, identifier)
        relabel("U", {"expires": iso(embargo)})
        assert everywhere(jpn, identifier) and everywhere(deu, identifier)


def test_repost_does_not_undo_a_relabel(usa, fdo, jpn):
    record = withheld(SHARED)
    identifier = usa.put_record("eoobservation", record)
    fdo.post(f"/v1/eoobservation/{identifier}/relabel", {"classificationMarking": "S//NF", "relto": {
        "restriction": coalition.restriction()}}).ok(204)
    assert usa.put_record("eoobservation", record) == identifier
    assert not everywhere(jpn, identifier) and everywhere(usa, identifier)


def test_relabel_is_held_to_the_rules_of_posting(usa, fdo, jpn):
    identifier = usa.put_record("eoobservation", withheld(SHARED))
    for body in ({"classificationMarking": "S//NF"}, {"classificationMarking": "X"}, {"classificationMarking": "S//NF", "relto": {"nonsense": 1}},
                 {"relto": {}}, {}):
        answer = fdo.post(f"/v1/eoobservation/{identifier}/relabel", body)
        assert answer.status in (400, 422), answer
    assert everywhere(jpn, identifier)


@pytest.mark.parametrize("who", [("USA", "operator"), ("USA", "node"), ("USA", "auditor"), ("JPN", "fdo"), ("DEU", "fdo"), ("USA", "admin")],
                         ids="-".join)
def test_only_the_owners_fdo_may(exchange, usa, jpn, who):
    """Everybody else gets what a missing record gets, whether they may see it or not."""
    identifier = usa.put_record("eoobservation", withheld(SHARED))
    missing = "01890a5d-ac96-8b3c-9b1f-0123456789ab"
    with exchange.client(*who) as client:
        for action, body in (("recall", {"reason": "x"}), ("relabel", {"classificationMarking": "U"})):
            one, other = (client.post(f"/v1/eoobservation/{i}/{action}", body) for i in (identifier, missing))
            assert (one.status, one.body) == (other.status, other.body)
            assert one.status == (403 if who[1] == "admin" else 404)
    assert everywhere(jpn, identifier)


def test_co_owners_fdo_may(new_exchange):
    policy = coalition.changed(coalition.coalition(), lambda p: coalition.entry(p, "partners", code="GBR").update(authorises=["USA"]))
    exchange = new_exchange("owners", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("GBR", "fdo") as gbr, exchange.client("AUS") as aus:
        identifier = usa.put_record("eoobservation", withheld("U//REL TO USA, AUS, GBR", relto={"owners": ["USA", "GBR"]}))
        assert aus.sees("eoobservation", identifier) and gbr.sees("eoobservation", identifier)
        gbr.post(f"/v1/eoobservation/{identifier}/recall", {"reason": "ours too"}).ok(204)
        assert not aus.sees("eoobservation", identifier) and not usa.sees("eoobservation", identifier)
        assert gbr.sees("eoobservation", identifier)


def test_relabel_keeps_every_owner(new_exchange):
    policy = coalition.changed(coalition.coalition(), lambda p: [
        coalition.entry(p, "partners", code=c).update(authorises=[o]) for c, o in (("GBR", "USA"), ("USA", "GBR"))])
    exchange = new_exchange("both", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("GBR", "fdo") as gbr, exchange.client("AUS") as aus:
        identifier = usa.put_record("eoobservation", withheld("U//REL TO USA, GBR", relto={"owners": ["USA", "GBR"]}))
        relabel = f"/v1/eoobservation/{identifier}/relabel"
        fault = gbr.post(relabel, {"classificationMarking": "U//REL TO GBR, AUS"}).problem(422)
        assert fault["where"] == "$.relto.owners", fault
        assert usa.sees("eoobservation", identifier) and not aus.sees("eoobservation", identifier)
        both = {"classificationMarking": "U//REL TO GBR, AUS, USA", "relto": {"owners": ["GBR", "USA"]}}
        gbr.post(relabel, both).ok(204)
        assert usa.sees("eoobservation", identifier) and aus.sees("eoobservation", identifier)


# --- disclosures ---

class Account:
    """What an owner is told about who was sent what of its own."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.connect()

    def connect(self):
        self.fdo, self.usa = self.exchange.client("USA", "fdo"), self.exchange.client("USA", "node")

    def settle(self):
        """How a transfer ended is written a moment after it ended: at the latest when the exchange stops."""
        for client in (self.fdo, self.usa):
            client.close()
        self.exchange.close()
        self.exchange.start()
        self.connect()

    def of(self, **query):
        found = self.fdo.get("/v1/disclosures", query).ok().json()
        for d in found:
            assert d["count"] == len(d["records"]) == len(set(d["records"])), d
            assert d["state"] in ("completed", "aborted", "unknown") and d["view"] == "full", d
            parse_iso(d["at"])
        return found

    def sent(self, partner=None, **query):
        """{principal: set of records} over completed disclosures."""
        sent = {}
        for d in self.of(**query):
            if partner in (None, d["partner"]):
                sent.setdefault(d["principal"], set()).update(d["records"])
        return sent


@pytest.fixture(scope="module")
def account(new_exchange):
    return Account(new_exchange("account"))


def test_disclosures_list_exactly_what_was_sent_to_whom(account):
    exchange, usa = account.exchange, account.usa
    mine = {n: usa.put_record("eoobservation", withheld(SHARED, source=n, t=exchange.now - datetime.timedelta(minutes=i)))
            for i, n in enumerate("abcde")}
    closed = usa.put_record("eoobservation", withheld("S//NF", source="a"))
    elset = usa.put_record("elset", {"classificationMarking": SHARED, "dataMode": "TEST", "source": "e2e", "epoch": iso(exchange.now),
                                     "relto": {"restriction": coalition.restriction()}})
    with exchange.client("DEU", "node") as deu:
        theirs = deu.put_record("eoobservation", observation("U//REL TO DEU, USA", source="a"))
    with exchange.client("JPN") as jpn, exchange.client("JPN", "auditor") as auditor, exchange.client("DEU") as deu:
        assert jpn.ids("eoobservation", obTime=ANY_TIME, source="b,c,d") == [mine["b"], mine["c"], mine["d"]]
        jpn.get(f"/v1/eoobservation/{mine['a']}").ok()
        auditor.get(f"/v1/elset/{elset}").ok()
        assert auditor.ids("eoobservation", obTime=ANY_TIME, maxResults=2) == [mine["a"], mine["b"]]
        # Nothing of this sends a record:
        jpn.count("eoobservation", obTime=ANY_TIME)
        jpn.request("HEAD", f"/v1/eoobservation/{mine['e']}").ok()
        jpn.get(f"/v1/eoobservation/{closed}").problem(404)
        tag = jpn.request("HEAD", f"/v1/eoobservation/{mine['e']}").header("ETag")
        assert jpn.get(f"/v1/eoobservation/{mine['e']}", If_None_Match=tag).status == 304
        assert jpn.list("eoobservation", obTime=ANY_TIME, source="nosuch") == []
        deu.get(f"/v1/eoobservation/{mine['a']}").problem(404)
    account.settle()
    sent = account.sent("JPN")
    assert sent == {principal_id("JPN", "operator"): {mine[n] for n in "abcd"},
                    principal_id("JPN", "auditor"): {mine["a"], mine["b"], elset}}
    assert "DEU" not in {d["partner"] for d in account.of()}
    assert theirs not in str(account.of())
    assert {d["state"] for d in account.of() if d["partner"] == "JPN"} == {"completed"}


def test_disclosures_by_record_type_time_and_position(account):
    exchange, usa = account.exchange, account.usa
    exchange.advance(hours=1)
    before = exchange.now
    one, two = (usa.put_record("eoobservation", withheld(SHARED, source="filter")) for _ in range(2))
    with exchange.client("JPN") as jpn:
        jpn.get(f"/v1/eoobservation/{one}").ok()
        exchange.advance(hours=1)
        middle = exchange.now
        jpn.get(f"/v1/eoobservation/{two}").ok()
        jpn.list("eoobservation", obTime=ANY_TIME, source="filter")
    assert len(account.of(id=one, type="eoobservation")) == 2 and len(account.of(id=two, type="eoobservation")) == 2
    assert {r for d in account.of(**{"from": iso(middle)}) for r in d["records"]} == {one, two}
    early = account.of(**{"from": iso(before), "until": iso(middle)})
    assert [d["records"] for d in early if d["partner"] == "JPN"] == [[one]]
    assert all(d["type"] == "elset" for d in account.of(type="elset"))
    pages, after = [], None
    while page := account.of(**({"after": after} if after is not None else {}), maxResults=2):
        assert len(page) <= 2
        pages += page
        after = page[-1]["id"]
    assert [d["id"] for d in pages] == [d["id"] for d in account.of()]
    assert [d["at"] for d in pages] == sorted(d["at"] for d in pages)


def test_disclosure_names_the_agreement(account):
    exchange, usa = account.exchange, account.usa
    shared = usa.put_record("eoobservation", withheld(SHARED, source="agreement"))
    with exchange.client("JPN") as jpn:
        assert jpn.get(f"/v1/eoobservation/{shared}").ok().json()["relto"]["agreement"] == "USA-JPN-2026"
    [told] = [d for d in account.of(id=shared, type="eoobservation")]
    assert told["agreements"] == ["USA-JPN-2026"] and told["principal"] == principal_id("JPN", "operator")


def test_disclosure_is_told_after_recall_too(account):
    exchange, usa = account.exchange, account.usa
    shared = usa.put_record("eoobservation", withheld(SHARED, source="spilled"))
    with exchange.client("JPN") as jpn:
        jpn.get(f"/v1/eoobservation/{shared}").ok()
        account.fdo.post(f"/v1/eoobservation/{shared}/recall", {"reason": "spill"}).ok(204)
        jpn.get(f"/v1/eoobservation/{shared}").problem(404)
    assert [d["principal"] for d in account.of(id=shared, type="eoobservation")] == [principal_id("JPN", "operator")]


def test_others_are_told_nothing(account):
    exchange, usa = account.exchange, account.usa
    shared = usa.put_record("eoobservation", withheld(SHARED, source="mine"))
    with exchange.client("JPN", "fdo") as jpn:
        jpn.get(f"/v1/eoobservation/{shared}").ok()
        assert shared not in jpn.get("/v1/disclosures").ok().body.decode()
        assert jpn.get("/v1/disclosures", {"id": shared, "type": "eoobservation"}).ok().json() == []
    for role in ("node", "operator", "admin"):
        with exchange.client("USA", role) as client:
            client.get("/v1/disclosures").problem(403)
    with exchange.client("USA", "auditor") as auditor:
        assert shared in auditor.get("/v1/disclosures").ok().body.decode()


def test_disclosure_of_a_broken_transfer(new_exchange):
    """What was on its way counts as disclosed, and the account says that it did not end well."""
    exchange = new_exchange("broken", {"limits.chunk_bytes": 65536})
    account = Account(exchange)
    ids = set()
    for _ in range(2):
        ids.update(account.usa.put_records("eoobservation", [withheld(SHARED, descriptor="d" * 1000) for _ in range(9000)]))
    with exchange.raw("JPN") as raw:
        raw.send("GET /v1/eoobservation?obTime=%3E2020-01-01 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = b""
        while len(got) < 300_000:
            got += raw.socket.recv(65536)
    seen = set(re.findall(r'"id":\s*"([0-9a-f-]{36})"', got.decode("latin-1")))
    assert seen and seen < ids
    account.settle()
    sent = [d for d in account.of() if d["partner"] == "JPN"]
    told = set().union(*(d["records"] for d in sent))
    assert seen <= told < ids
    states = [d["state"] for d in sent]
    assert set(states) <= {"completed", "aborted"} and "aborted" in states, states


def test_owner_is_not_told_of_itself_as_others(account):
    """Reads by the owner's own principals are on record too, under their own names."""
    exchange, usa = account.exchange, account.usa
    own = usa.put_record("eoobservation", withheld("S//NF", source="own"))
    usa.get(f"/v1/eoobservation/{own}").ok()
    found = account.of(id=own, type="eoobservation")
    assert {d["partner"] for d in found} <= {"USA"}


# --- the log of queries ---

def logged(exchange):
    """Every row of the log, which no client may read."""
    database = re.search(r"dbname=(\S+)", exchange.conninfo)[1]
    text = exchange.postgres.sql("SELECT coalesce(json_agg(q), '[]') FROM query_log q", database)
    return sorted(json.loads(text), key=lambda row: row["request_id"])


def members(rows, *left_out):
    return [{n: v for n, v in row.items() if n not in left_out} for row in rows]


def test_query_log_has_each_question_once(new_exchange):
    """Counts, looks, refusals: what sends no record is on record here, with neither less nor more than was asked."""
    exchange = new_exchange("asked")
    with exchange.client("USA", "node") as usa:
        shared = usa.put_record("eoobservation", withheld(SHARED))
        hidden = usa.put_record("eoobservation", withheld("S//NF"))
    missing = hidden[:-1] + "0123456789abcdef"[int(hidden[-1], 16) ^ 1]
    one, many, count = "/v1/{type}/{id}", "/v1/{type}", "/v1/{type}/count"
    item, all_of_it = f"/v1/eoobservation/{shared}", {"obTime": ANY_TIME}
    expected = []

    def asked(answer, route, status, partner="JPN", role="operator"):
        assert answer.status == status, answer
        expected.append({"principal": principal_id(partner, role), "method": answer.method, "route": route,
                         "target": answer.target, "request_id": answer.header("X-Request-Id"), "status": status})
        return answer

    with exchange.client("JPN") as jpn, exchange.client("USA", "admin") as admin:
        asked(jpn.get("/v1/eoobservation/count", all_of_it), count, 200)
        tag = asked(jpn.request("HEAD", item), one, 200).header("ETag")
        asked(jpn.request("HEAD", "/v1/eoobservation", query=all_of_it), many, 200)
        asked(jpn.get(item, If_None_Match=tag), one, 304)
        assert asked(jpn.get("/v1/eoobservation", dict(all_of_it, source="nosuch")), many, 200).json() == []
        asked(jpn.get(f"/v1/eoobservation/{hidden}"), one, 404)
        asked(jpn.get(f"/v1/eoobservation/{missing}"), one, 404)
        asked(jpn.request("HEAD", f"/v1/eoobservation/{hidden}"), one, 404)
        asked(jpn.request("HEAD", f"/v1/eoobservation/{missing}"), one, 404)
        asked(admin.get(f"/v1/eoobservation/{hidden}"), one, 403, "USA", "admin")
        jpn.get(item).ok()  # these two are disclosures
        assert jpn.ids("eoobservation", obTime=ANY_TIME) == [shared]
    exchange.close()  # everything is written
    rows = logged(exchange)
    assert members(rows, "at", "partner") == sorted(expected, key=lambda row: row["request_id"])
    assert {row["partner"] for row in rows} == {"JPN", "USA"}
    for method in ("GET", "HEAD"):  # nothing in the log tells a hidden record from a missing one either
        refused = [row for row in rows if row["status"] == 404 and row["method"] == method]
        alike = members(refused, "at", "target", "request_id")
        assert len(alike) == 2 and alike[0] == alike[1]
