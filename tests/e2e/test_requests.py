"""Asking others for a release, and what their disclosure officers do about it: stories from the question to the grant's end."""
import contextlib
import datetime
import re
import socket
import threading
import time
import uuid

import pytest

import coalition
import harness
from coalition import ANY_TIME, changed, entry, observation, principal, restriction, withheld
from harness import PATIENCE, iso, parse_iso, principal_id
from test_hidden import twin
from test_http import Lock
from test_operation import plain_get

HOURS = 72  # until a request is due that names no owner, and where a register entry says nothing else
MICRO = datetime.timedelta(microseconds=1)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main")


# --- the words of the stories ---

def ask(client, exchange, what=None, status=201, days=10, **more):
    """A request for a record (its id) or a scope; its id."""
    body = {"purpose": "conjunction screening", "until": iso(exchange.now + datetime.timedelta(days=days))}
    if isinstance(what, str):
        body["record"] = {"type": "eoobservation", "id": what}
    else:
        body.update(scope=dict({"type": "eoobservation"}, **(what or {})), owner="USA")
    body.update(more)
    answer = client.post("/v1/release-requests", {k: v for k, v in body.items() if v is not None})
    return answer.ok(status).json()["id"] if status == 201 else answer.problem(status)


def request_of(client, identifier):
    return client.get(f"/v1/release-requests/{identifier}").ok().json()


def queue(client, kind=None):
    """All entries, page by page."""
    items, after = [], None
    while True:
        query = {k: v for k, v in {"kind": kind, "after": after, "maxResults": 3}.items() if v}
        page = client.get("/v1/queue", query).ok().json()
        assert len(page["items"]) <= 3 and ("after" in page) == (len(page["items"]) == 3)
        items += page["items"]
        after = page.get("after")
        if not after:
            return items


def in_queue(client, kind, identifier):
    found = [i for i in queue(client, kind) if i["id"] == identifier]
    assert len(found) <= 1
    return found[0] if found else None


def approve(client, identifier, **conditions):
    return client.post(f"/v1/queue/requests/{identifier}/approve", conditions).ok().json()


def deny(client, identifier, reason="not now", **more):
    client.post(f"/v1/queue/requests/{identifier}/deny", dict({"reason": reason}, **more)).ok(204)


def withdraw_grant(client, grant):
    client.post(f"/v1/grants/{grant}/withdraw", {"reason": "circumstances have changed"}).ok(204)


def sees(client, identifier):
    """On every path alike."""
    one = client.sees("eoobservation", identifier)
    assert (identifier in client.ids("eoobservation", obTime=ANY_TIME)) is one
    assert client.count("eoobservation", obTime=ANY_TIME, id=identifier) == one
    return one


@contextlib.contextmanager
def people(exchange, *who):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(exchange.client(*w.split("-"))) for w in who]


# --- a record it was told of ---

def test_a_record_is_asked_for_granted_and_closes_by_itself(exchange):
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator", "AUS-operator") as (node, fdo, jpn, aus):
        wanted, other = (node.put_record("eoobservation", observation("S")) for _ in range(2))
        assert not sees(jpn, wanted)
        identifier = ask(jpn, exchange, wanted)
        told = request_of(jpn, identifier)
        assert told["state"] == "open" and parse_iso(told["due"]) == exchange.now + datetime.timedelta(hours=HOURS)
        assert told["scope"] == {"type": "eoobservation", "record": wanted} and "owner" not in told
        waiting = in_queue(fdo, "request", identifier)
        assert (waiting["partner"], waiting["askedBy"]) == ("JPN", principal_id("JPN", "operator"))
        assert waiting["purpose"] == "conjunction screening" and not waiting["overdue"]
        assert waiting["approvals"] == {"needed": 1, "by": []}
        until = exchange.now + datetime.timedelta(days=2)
        grant = approve(fdo, identifier, until=iso(until))
        assert grant["state"] == "approved" and grant["complete"]
        assert sees(jpn, wanted) and not sees(jpn, other) and not sees(aus, wanted)
        shown = jpn.get(f"/v1/eoobservation/{wanted}").ok().json()["relto"]
        assert shown["basis"] == "grant" and shown["agreement"] == "USA-JPN-2026"
        told = request_of(jpn, identifier)
        assert told["state"] == "approved" and told["grants"] == [
            {"id": grant["grant"], "owner": "USA", "view": None, "until": iso(until), "onward": False, "state": "live"}]
        assert in_queue(fdo, "request", identifier) is None
        for client in (jpn, fdo):
            assert [g["recipient"] for g in client.get("/v1/grants").ok().json() if g["id"] == grant["grant"]] == ["JPN"]
        assert aus.get("/v1/grants").ok().json() == []
        exchange.set_clock(until - MICRO)
        assert sees(jpn, wanted)
        exchange.set_clock(until)
        assert not sees(jpn, wanted)
        assert request_of(jpn, identifier)["grants"][0]["state"] == "ended"


def test_nothing_but_a_grant_opens_relido_and_nothing_opens_noforn(exchange):
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator") as (node, fdo, jpn):
        relido = node.put_record("eoobservation", withheld("S//RELIDO"))
        noforn = node.put_record("eoobservation", withheld("S//NF"))
        for record in (relido, noforn):
            assert not sees(jpn, record)
            assert approve(fdo, ask(jpn, exchange, record))["state"] == "approved"
        assert sees(jpn, relido) and not sees(jpn, noforn)


def test_a_grant_may_be_for_a_view(new_exchange):
    policy = coalition.coalition()
    policy["views"] = [{"code": "COARSE", "title": "Without pointing", "types": {
        "eoobservation": [{"drop": ["ra", "declination"]}, {"time": {"field": "obTime", "seconds": 60}}]}}]
    exchange = new_exchange("views", policy=policy)
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator") as (node, fdo, jpn):
        records = [node.put_record("eoobservation", observation("S", satNo=300 + n)) for n in range(3)]
        asked = [ask(jpn, exchange, r, view=v) for r, v in zip(records, (None, "COARSE", "COARSE"))]
        assert [in_queue(fdo, "request", i)["view"] for i in asked] == [None, "COARSE", "COARSE"]
        approve(fdo, asked[0], view="COARSE")
        approve(fdo, asked[1])
        approve(fdo, asked[2], view=None)
        assert [request_of(jpn, i)["grants"][0]["view"] for i in asked] == ["COARSE", "COARSE", None]
        for record, whole in zip(records, (False, False, True)):
            shown = jpn.get(f"/v1/eoobservation/{record}").ok().json()
            assert ("ra" in shown) is whole and shown["relto"]["view"] == ("full" if whole else "COARSE")
            assert jpn.count("eoobservation", obTime=ANY_TIME, ra=">=0", satNo=shown["satNo"]) == whole
        assert ask(jpn, exchange, {"type": "elset"}, view="COARSE", status=400)["where"] == "$.view"
        refused = ask(jpn, exchange, {"type": "elset"})
        answer = fdo.post(f"/v1/queue/requests/{refused}/approve", {"view": "COARSE"})
        assert answer.problem(422, "INVALID_CHANGE")["where"] == "$.view"
        assert in_queue(fdo, "request", refused), "what could not be approved still waits"


def test_the_asker_is_told(new_exchange):
    """Of grants, of their withdrawal, and of refusals whose officer says so."""
    exchange = new_exchange("told")
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator", "AUS-operator") as (node, fdo, jpn, aus):
        record = node.put_record("eoobservation", observation("S"))
        granted, silent, told = (ask(jpn, exchange, record) for _ in range(3))
        assert jpn.get("/v1/notices").ok().json() == []
        grant = approve(fdo, granted)["grant"]
        deny(fdo, silent)
        deny(fdo, told, "not yet", tell=True)
        withdraw_grant(fdo, grant)
        text = jpn.get("/v1/notices").ok().body.decode()
        assert text.count(grant) == 2 and granted in text and told in text and "not yet" in text and silent not in text
        assert [n["kind"] for n in jpn.get("/v1/notices").ok().json()] == ["grant", "request", "grant"]
        assert aus.get("/v1/notices").ok().json() == []


def upkeep(exchange):
    """It runs when the exchange starts, and then on its beat."""
    assert exchange.end() == 0
    exchange.start()


def reminders(exchange, who, **query):
    """(kind, what it is about, whether overdue) of each notice about requests and reviews."""
    with exchange.client(*who.split("-")) as client:
        found = [n for n in client.get("/v1/notices", query).ok().json() if n["kind"] in ("request", "review")]
    return [(n["kind"], n["body"].get("request") or n["record"]["id"], n["body"]["overdue"]) for n in found]


def test_officers_are_told_what_waits_and_what_is_overdue(new_exchange):
    """Each once; nobody else learns of it, and what nobody owns reaches nobody."""
    exchange = new_exchange("reminders", policy=changed(coalition.coalition(), lambda p: p["principals"].append(
        principal("USA", "fdo", "low", clearances={"USA": "U"}))))
    soon = exchange.now + datetime.timedelta(days=2)
    with people(exchange, "USA-node", "JPN-operator") as (node, jpn):
        record = node.put_record("eoobservation", observation("S"))
        hidden = node.put_record("eoobservation", withheld("S//NF", exchange.now + datetime.timedelta(days=60)))
        held = node.put_record("eoobservation", withheld("S//NF", relto={"restriction": restriction(reviewBy=iso(soon))}))
        one, other = ask(jpn, exchange, record), ask(jpn, exchange, hidden)
        ask(jpn, exchange, twin(hidden))
    assert reminders(exchange, "USA-fdo") == []
    upkeep(exchange)
    came = {("request", one, False), ("request", other, False)}
    assert set(reminders(exchange, "USA-fdo")) == came == set(reminders(exchange, "USA-auditor"))
    with people(exchange, "USA-fdo") as (fdo,):
        deny(fdo, other)
        told = [n["body"] for n in fdo.get("/v1/notices").ok().json() if n["body"].get("request") == one]
    assert [(b["state"], b["partner"]) for b in told] == [("open", "JPN")]
    assert parse_iso(told[0]["due"]) == exchange.now + datetime.timedelta(hours=HOURS)
    exchange.set_clock(soon - MICRO)
    upkeep(exchange)
    assert len(reminders(exchange, "USA-fdo")) == 2
    exchange.set_clock(soon)
    upkeep(exchange)
    assert reminders(exchange, "USA-fdo")[2:] == [("review", held, True)] == reminders(exchange, "USA-fdo", kind="review")
    exchange.advance(days=1)
    upkeep(exchange)
    upkeep(exchange)
    assert reminders(exchange, "USA-fdo")[3:] == [("request", one, True)], "what is decided waits no more"
    assert reminders(exchange, "USA-fdo-low", kind="review") == [], "who may not see the record is not told of it"
    assert len(reminders(exchange, "USA-fdo-low", kind="request")) == 3
    for who in ("USA-operator", "USA-node", "JPN-operator", "JPN-fdo", "GBR-fdo"):
        assert reminders(exchange, who) == []
    exchange.set_clock(soon + datetime.timedelta(days=2))
    with people(exchange, "USA-fdo") as (fdo,):
        fdo.post(f"/v1/eoobservation/{held}/review", restriction(reviewBy=iso(exchange.now + datetime.timedelta(days=1)))).ok(204)
    upkeep(exchange)
    assert len(reminders(exchange, "USA-fdo", kind="review")) == 1
    exchange.advance(days=1)
    upkeep(exchange)
    assert reminders(exchange, "USA-fdo", kind="review") == 2 * [("review", held, True)]


def test_officers_are_told_without_upkeep(new_exchange):
    """Of a request within the beat, and of what is overdue."""
    exchange = new_exchange("beat", settings={"policy.tell_seconds": 1})
    with people(exchange, "USA-node", "JPN-operator") as (node, jpn):
        request = ask(jpn, exchange, node.put_record("eoobservation", withheld("S//NF", exchange.now + datetime.timedelta(days=60))))
        silent = ask(jpn, exchange, "01234567-0123-8123-8123-0123456789ab")
    eventually(lambda: reminders(exchange, "USA-fdo") == [("request", request, False)])
    exchange.advance(hours=HOURS)
    eventually(lambda: reminders(exchange, "USA-fdo") == [("request", request, False), ("request", request, True)])
    for who in ("USA-operator", "JPN-operator", "JPN-fdo", "GBR-fdo"):
        assert silent not in str(reminders(exchange, who)) and reminders(exchange, who) == []


def eventually(holds):
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end


def test_every_owner_of_a_joint_record_is_asked(exchange):
    policy = changed(exchange.policy, lambda p: entry(p, "partners", code="GBR").update(authorises=["USA"]))
    exchange.apply(policy)
    with people(exchange, "USA-node", "USA-fdo", "GBR-fdo", "AUS-operator") as (node, usa, gbr, aus):
        record = node.put_record("eoobservation", observation("//JOINT S USA GBR"))
        identifier = ask(aus, exchange, record)
        assert not sees(aus, record)
        approve(usa, identifier)
        assert not sees(aus, record) and request_of(aus, identifier)["state"] == "open"
        assert in_queue(usa, "request", identifier) is None and in_queue(gbr, "request", identifier)
        approve(gbr, identifier)
        told = request_of(aus, identifier)
        assert told["state"] == "approved" and [g["owner"] for g in told["grants"]] == ["GBR", "USA"]
    exchange.apply(exchange.policy)


# --- a scope ---

SCOPES = {
    "everything": ({}, {}, None),
    "object": ({"object": "25544"}, {"satNo": 25544}, {"satNo": 25545}),
    "sensor": ({"sensor": "MAUI-1"}, {"idSensor": "MAUI-1"}, {"idSensor": "MAUI-11"}),
    "region": ({"region": {"south": 20, "north": 21, "west": -157, "east": -156}},
               {"senlat": 20.5, "senlon": -156.5}, {"senlat": 20.5, "senlon": -155.9}),
    "region over the 180th meridian": ({"region": {"south": -10, "north": 10, "west": 170, "east": -170}},
                                       {"senlat": 0, "senlon": -175.25}, {"senlat": 0, "senlon": 169.9}),
    "east of the 180th meridian": ({"region": {"south": -10, "north": 10, "west": 170, "east": -170}},
                                   {"senlat": 10, "senlon": 170}, {"senlat": -10, "senlon": -169.9}),
    "no place in a region": ({"region": {"south": -90, "north": 90, "west": -180, "east": 180}},
                             {"senlat": -90, "senlon": 180}, {}),
    "object and sensor": ({"object": "5", "sensor": "S5"}, {"satNo": 5, "idSensor": "S5"}, {"satNo": 5, "idSensor": "S6"}),
}


@pytest.mark.parametrize("case", SCOPES)
def test_a_scope_covers_what_is_there_and_what_comes(exchange, case):
    scope, inside, outside = SCOPES[case]
    from_, to = exchange.now - datetime.timedelta(days=20), exchange.now - datetime.timedelta(days=10)
    scope = dict(scope, **{"from": iso(from_), "to": iso(to)})
    kinds = {"in": (inside, from_), "last": (inside, to - MICRO), "early": (inside, from_ - MICRO), "late": (inside, to)}
    if outside is not None:
        kinds["out"] = (outside, from_)
    expected = {"in": True, "last": True, "early": False, "late": False, "out": False}
    with people(exchange, "USA-node", "GBR-node", "USA-fdo", "JPN-operator") as (node, gbr, fdo, jpn):
        def post():
            ids = {k: node.put_record("eoobservation", observation("S", t, **more)) for k, (more, t) in kinds.items()}
            ids["other owner's"] = gbr.put_record("eoobservation", observation("S", from_, **inside))
            return ids

        def check(ids, open_):
            for kind, record in ids.items():
                assert jpn.sees("eoobservation", record) is (open_ and expected.get(kind, False)), (kind, open_)

        before = post()
        identifier = ask(jpn, exchange, scope)
        check(before, False)
        grant = approve(fdo, identifier)["grant"]
        after = post()
        check(before, True)
        check(after, True)
        withdraw_grant(fdo, grant)
        check(before, False)
        check(after, False)
        check(post(), False)
        assert request_of(jpn, identifier)["grants"][0]["state"] == "withdrawn"
        fdo.post(f"/v1/grants/{grant}/withdraw", {"reason": "again"}).problem(404)


REGION = {"region": {"south": 20, "north": 21, "west": -157, "east": -156}}
HERE, ALSO_HERE = {"senlat": 20.5, "senlon": -156.5}, {"sen2lat": 20.25, "sen2lon": -156.25}
TWO_SENSORS = {
    "one of them": ({"sensor": "TWO-1"}, {"idSensor1": "TWO-1", "idSensor2": "TWO-2"}, {"idSensor1": "TWO-2", "idSensor2": "TWO-3"}),
    "the other": ({"sensor": "TWO-2"}, {"idSensor1": "TWO-1", "idSensor2": "TWO-2"}, {"idSensor1": "TWO-1"}),
    "both there": (REGION, {**HERE, **ALSO_HERE}, {**HERE, "sen2lat": 20.25, "sen2lon": -155}),
    "the first elsewhere": (REGION, {**HERE, **ALSO_HERE}, {**HERE, **ALSO_HERE, "senlat": 22}),
    "the other unknown": (REGION, {**HERE, **ALSO_HERE}, HERE),
}


@pytest.mark.parametrize("case", TWO_SENSORS)
def test_a_scope_knows_both_sensors(exchange, case):
    scope, inside, outside = TWO_SENSORS[case]
    common = {"classificationMarking": "S", "dataMode": "TEST", "source": f"two {case}", "obTime": iso(exchange.now)}
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator") as (node, fdo, jpn):
        def post(number):
            return [node.put_record("diffofarrival", {**common, "origin": str(number), **more}) for more in (inside, outside)]

        before = post(1)
        grant = approve(fdo, ask(jpn, exchange, dict(scope, type="diffofarrival")))["grant"]
        for ids in (before, post(2)):
            assert [jpn.sees("diffofarrival", i) for i in ids] == [True, False]
        withdraw_grant(fdo, grant)


def test_grants_of_one_record_do_not_replace_each_other(exchange):
    """A record under several grants is open as long as one of them lives; taking it back closes them all."""
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator") as (node, fdo, jpn):
        record = node.put_record("eoobservation", observation("S", satNo=777))
        grants = [approve(fdo, ask(jpn, exchange, what))["grant"] for what in (record, {"object": "777"}, record)]
        withdraw_grant(fdo, grants[0])
        assert sees(jpn, record)
        withdraw_grant(fdo, grants[2])
        assert sees(jpn, record)
        fdo.post(f"/v1/eoobservation/{record}/relabel", {"classificationMarking": "S//REL TO USA, GBR"}).ok(204)
        assert sees(jpn, record), "a grant is withdrawn by itself, not by another label"
        fdo.post(f"/v1/eoobservation/{record}/recall", {"reason": "a mistake"}).ok(204)
        assert not sees(jpn, record)


# --- hidden and missing ---

def shape(answer):
    """What the asker sees, without what it said itself and what is random."""
    return {k: v for k, v in answer.items() if k not in ("id", "scope")}


def test_asking_tells_nothing(exchange):
    """A hidden record, one that does not exist and one that the named partner does not own: alike until the end."""
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator") as (node, fdo, jpn):
        visible = node.put_record("eoobservation", observation("U"))
        hidden = node.put_record("eoobservation", withheld("S//NF"))
        wanted = {"hidden": hidden, "missing": twin(hidden), "denied": node.put_record("eoobservation", observation("S")),
                  "visible": visible, "no id of ours": "00000000-0000-0000-0000-000000000001"}
        ids = {k: ask(jpn, exchange, v) for k, v in wanted.items()}
        ids["not its owner"] = ask(jpn, exchange, hidden, owner="GBR")
        deny(fdo, ids["denied"])
        assert in_queue(fdo, "request", ids["hidden"]) and in_queue(fdo, "request", ids["denied"]) is None

        def same(state):
            told = {k: shape(request_of(jpn, i)) for k, i in ids.items()}
            named = told.pop("not its owner")
            assert named.pop("owner") == "GBR" and named == told["missing"]
            assert all(t == told["missing"] for t in told.values()), told
            assert told["missing"]["state"] == state and set(told["missing"]) == {
                "state", "askedAt", "askedBy", "purpose", "view", "until", "due"}

        same("open")
        exchange.advance(hours=HOURS)
        same("closed")
        for i in ids.values():
            jpn.post(f"/v1/release-requests/{i}/withdraw", {}).problem(409)
        assert in_queue(fdo, "request", ids["hidden"])["overdue"]


def test_the_owners_own_hours_do_not_show(exchange):
    """Who names no owner gets the same time whoever it is; who names one, that one's."""
    policy = changed(exchange.policy, lambda p: entry(p, "partners", code="USA").update(requestHours=5))
    exchange.apply(policy)
    with people(exchange, "USA-node", "JPN-operator") as (node, jpn):
        hidden = node.put_record("eoobservation", withheld("S//NF", now=exchange.now))
        due = [parse_iso(request_of(jpn, ask(jpn, exchange, *a[:1], **a[1]))["due"]) - exchange.now for a in (
            (hidden, {}), (twin(hidden), {}), (hidden, {"owner": "USA"}), (twin(hidden), {"owner": "USA"}), ({}, {}))]
        assert [d.total_seconds() / 3600 for d in due] == [HOURS, HOURS, 5, 5, 5]
    exchange.apply(exchange.policy)


def test_a_refusal_is_told_only_if_its_officer_says_so(exchange):
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator") as (node, fdo, jpn):
        record = node.put_record("eoobservation", observation("S"))
        silent, told = ask(jpn, exchange, record), ask(jpn, exchange, record)
        deny(fdo, silent)
        deny(fdo, told, "ask again after the exercise", tell=True)
        assert request_of(jpn, silent)["state"] == "open"
        assert (request_of(jpn, told)["state"], request_of(jpn, told)["reason"]) == ("denied", "ask again after the exercise")
        for identifier in (silent, told):  # decided is decided
            fdo.post(f"/v1/queue/requests/{identifier}/approve", {}).problem(404)
            fdo.post(f"/v1/queue/requests/{identifier}/deny", {"reason": "x"}).problem(404)
        jpn.post(f"/v1/release-requests/{told}/withdraw", {}).problem(409)
        jpn.post(f"/v1/release-requests/{silent}/withdraw", {}).ok(204)
        assert request_of(jpn, silent)["state"] == "withdrawn"


def test_what_is_withdrawn_is_no_longer_decided(exchange):
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator", "JPN-auditor", "AUS-operator") as (node, fdo, jpn, auditor, aus):
        identifier = ask(jpn, exchange, node.put_record("eoobservation", observation("S")))
        aus.post(f"/v1/release-requests/{identifier}/withdraw", {}).problem(404)
        aus.get(f"/v1/release-requests/{identifier}").problem(404)
        assert identifier not in [r["id"] for r in aus.get("/v1/release-requests").ok().json()]
        jpn.post(f"/v1/release-requests/{identifier}/withdraw", {"reason": "got it elsewhere"}).ok(204)
        assert in_queue(fdo, "request", identifier) is None
        fdo.post(f"/v1/queue/requests/{identifier}/approve", {}).problem(404)
        jpn.post(f"/v1/release-requests/{identifier}/withdraw", {}).problem(409)
        assert request_of(auditor, identifier)["state"] == "withdrawn"
        acts = [(h["act"], h["principal"]) for h in fdo.get(f"/v1/queue/requests/{identifier}").ok().json()["history"]]
        assert acts == [("ask", principal_id("JPN", "operator")), ("withdraw", principal_id("JPN", "operator"))]


def test_requests_are_paged_oldest_first(exchange):
    with people(exchange, "NZL-operator") as (nzl,):
        ids = [ask(nzl, exchange, {"object": str(n)}) for n in range(7)]
        seen, after = [], None
        while page := nzl.get("/v1/release-requests", {k: v for k, v in {"maxResults": 3, "after": after}.items() if v}).ok().json():
            seen += [r["id"] for r in page]
            after = seen[-1]
        assert set(seen) == set(ids) and len(seen) == 7


# --- who decides ---

@pytest.fixture(scope="module")
def strict(new_exchange):
    """USA: two persons, a second officer, and an operator and a node that act for the first one until tomorrow."""
    policy = coalition.coalition()
    policy["principals"] += [principal("USA", "fdo", "two"), principal("USA", "operator", "two")]
    exchange_day = harness.day_zero() + datetime.timedelta(days=1)
    entry(policy, "partners", code="USA").update(approvals=2, delegates=[
        {"from": principal_id("USA", "fdo"), "to": principal_id("USA", "operator"), "until": iso(exchange_day)}])
    return new_exchange("strict", policy=policy)


def test_two_persons_approve_the_same(strict):
    with people(strict, "USA-node", "USA-fdo", "USA-fdo-two", "JPN-operator") as (node, one, two, jpn):
        record = node.put_record("eoobservation", observation("S"))
        identifier = ask(jpn, strict, record)
        assert approve(one, identifier) == {"state": "open", "grant": None, "complete": False}
        assert not sees(jpn, record) and request_of(jpn, identifier)["state"] == "open"
        one.post(f"/v1/queue/requests/{identifier}/approve", {}).problem(409)
        waiting = in_queue(two, "request", identifier)
        assert waiting["approvals"]["needed"] == 2 and waiting["approvals"]["by"] == [principal_id("USA", "fdo")]
        assert approve(two, identifier, onward=True)["state"] == "open", "other conditions are another approval"
        assert in_queue(one, "request", identifier)["approvals"]["by"] == [principal_id("USA", "fdo", "two")]
        assert approve(one, identifier, onward=True)["state"] == "approved"
        assert sees(jpn, record)
        acts = [h["act"] for h in one.get(f"/v1/queue/requests/{identifier}").ok().json()["history"]]
        assert acts == ["ask", "approve", "approve", "grant"]
        audit = strict.postgres.sql("SELECT actor, diff FROM policy_audit ORDER BY epoch DESC LIMIT 1",
                                    strict.conninfo.split("dbname=")[1])
        assert audit.startswith(principal_id("USA", "fdo") + "|+ grant ")


def test_who_acts_for_an_officer_decides_but_is_no_second_person(strict):
    with people(strict, "USA-node", "USA-fdo", "USA-fdo-two", "USA-operator", "USA-operator-two", "JPN-operator") as (
            node, one, two, delegate, stranger, jpn):
        record = node.put_record("eoobservation", observation("S"))
        identifier = ask(jpn, strict, record)
        stranger.get("/v1/queue").problem(403)
        stranger.post(f"/v1/queue/requests/{identifier}/approve", {}).problem(403)
        assert in_queue(delegate, "request", identifier)
        assert approve(delegate, identifier)["state"] == "open"
        one.post(f"/v1/queue/requests/{identifier}/approve", {}).problem(409)
        grant = approve(two, identifier)
        assert grant["state"] == "approved" and sees(jpn, record)
        withdraw_grant(delegate, grant["grant"])
        assert not sees(jpn, record)
        again = ask(jpn, strict, record)
        assert approve(one, again)["state"] == "open"
        delegate.post(f"/v1/queue/requests/{again}/approve", {}).problem(409)
        assert request_of(jpn, again)["state"] == "open"
        third = ask(jpn, strict, record)
        assert approve(delegate, third)["state"] == "open"
        strict.advance(days=1)
        assert approve(two, third)["state"] == "open", "who has approved may not any more"
        assert in_queue(one, "request", third)["approvals"]["by"] == [principal_id("USA", "fdo", "two")]
        assert approve(one, third)["state"] == "approved"
        delegate.get("/v1/queue").problem(403)
        delegate.post(f"/v1/grants/{grant['grant']}/withdraw", {"reason": "x"}).problem(403)


def test_nobody_decides_for_another_partner_or_on_what_it_asked(exchange):
    with people(exchange, "USA-node", "USA-fdo", "JPN-fdo", "AUS-fdo", "JPN-operator") as (node, fdo, jpn, aus, operator):
        record = node.put_record("eoobservation", observation("S"))
        identifier = ask(jpn, exchange, record)
        for other in (jpn, aus):
            assert in_queue(other, "request", identifier) is None
            other.get(f"/v1/queue/requests/{identifier}").problem(404)
            other.post(f"/v1/queue/requests/{identifier}/approve", {}).problem(404)
            other.post(f"/v1/queue/requests/{identifier}/deny", {"reason": "x"}).problem(404)
        operator.post(f"/v1/queue/requests/{identifier}/approve", {}).problem(403)
        grant = approve(fdo, identifier)["grant"]
        for other in (jpn, aus):
            other.post(f"/v1/grants/{grant}/withdraw", {"reason": "x"}).problem(404)
        assert sees(operator, record)
        with exchange.client("USA", "operator") as own:
            ask(own, exchange, {}, status=400)  # of its own partner there is nothing to be asked


# --- bad questions ---

def broken(**more):
    return lambda now: dict({"scope": {"type": "eoobservation"}, "owner": "USA", "purpose": "p",
                             "until": iso(now + datetime.timedelta(days=1))}, **more)


BAD = {
    "neither record nor scope": (broken(scope=None), "$"),
    "both": (broken(record={"type": "elset", "id": str(uuid.uuid4())}), "$"),
    "no type": (broken(scope={}), "$.scope.type"),
    "unknown type": (broken(scope={"type": "nonsense"}), "$.scope.type"),
    "no id": (broken(scope=None, record={"type": "elset", "id": "x"}), "$.record.id"),
    "unknown member": (broken(scope={"type": "elset", "x": 1}), "$.scope"),
    "sensor of a type without": (broken(scope={"type": "elset", "sensor": "X"}), "$.scope.sensor"),
    "region of a type without": (broken(scope={"type": "elset", "region": {}}), "$.scope.region"),
    "half a region": (broken(scope={"type": "eoobservation", "region": {"south": 1, "north": 2}}), "$.scope.region"),
    "region upside down": (broken(scope={"type": "eoobservation", "region": {"south": 2, "north": 1, "west": 0, "east": 1}}),
                           "$.scope.region"),
    "object of 65": (broken(scope={"type": "eoobservation", "object": "1" * 65}), "$.scope.object"),
    "object with quotes": (broken(scope={"type": "eoobservation", "object": "a\"b"}), "$.scope.object"),
    "ends before it begins": (broken(scope={"type": "elset", "from": "2026-01-02", "to": "2026-01-02"}), "$.scope.to"),
    "no owner of a scope": (broken(owner=None), "$.owner"),
    "unknown owner": (broken(owner="XXX"), "$.owner"),
    "oneself": (broken(owner="JPN"), "$.owner"),
    "no purpose": (broken(purpose=""), "$.purpose"),
    "purpose of 2001": (broken(purpose="x" * 2001), "$.purpose"),
    "unknown view": (broken(view="NONE"), "$.view"),
    "no end": (broken(until=None), "$.until"),
    "over already": (lambda now: broken(until=iso(now))(now), "$.until"),
    "too long": (lambda now: broken(until=iso(now + datetime.timedelta(days=366) + MICRO))(now), "$.until"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_questions(exchange, case):
    make, where = BAD[case]
    with people(exchange, "JPN-operator") as (jpn,):
        body = {k: v for k, v in make(exchange.now).items() if v is not None}
        assert jpn.post("/v1/release-requests", body).problem(400)["where"] == where


def test_the_longest_that_may_be_asked(exchange):
    with people(exchange, "JPN-operator") as (jpn,):
        ask(jpn, exchange, {"object": "1" * 64}, days=366, purpose="x" * 2000)


@pytest.mark.parametrize("body, where", [({"until": "2020-01-01"}, "$.until"), ({"until": "x"}, "$.until"), ({"view": "NONE"}, "$.view"),
                                         ({"view": 1}, "$.view"), ({"onward": 1}, "$.onward"), ({"x": 1}, "$.x")])
def test_bad_conditions(exchange, body, where):
    with people(exchange, "USA-fdo", "JPN-operator") as (fdo, jpn):
        identifier = ask(jpn, exchange, {})
        assert fdo.post(f"/v1/queue/requests/{identifier}/approve", body).problem(400)["where"] == where
        assert request_of(jpn, identifier)["state"] == "open"
        jpn.post(f"/v1/release-requests/{identifier}/withdraw", {}).ok(204)


def test_a_partner_asks_only_so_much_at_a_time(new_exchange):
    exchange = new_exchange("many")
    with people(exchange, "USA-fdo", "JPN-operator", "AUS-operator") as (fdo, jpn, aus):
        ids = [ask(jpn, exchange, {"object": str(n)}) for n in range(1000)]
        ask(jpn, exchange, {}, status=429)
        ask(aus, exchange, {})
        jpn.post(f"/v1/release-requests/{ids[0]}/withdraw", {}).ok(204)
        deny(fdo, ids[1])
        approve(fdo, ids[2])
        ask(jpn, exchange, {}, status=429)  # nothing of this makes room: no answer may tell by it
        exchange.advance(hours=HOURS)
        ask(jpn, exchange, {})


# --- what must not be lost ---

def test_a_grant_survives_being_killed_before_it_has_spread(new_exchange):
    """Approved means approved: records are put under the grant when the exchange is there again."""
    exchange = new_exchange("killed")
    name = exchange.conninfo.split("dbname=")[1]
    with people(exchange, "USA-node", "USA-fdo", "JPN-operator") as (node, fdo, jpn):
        ids = node.put_records("eoobservation", [observation("S", satNo=99) for _ in range(2500)])
        identifier = ask(jpn, exchange, {"object": "99"})
        with Lock(exchange, mode="SHARE"):  # reading goes on, no record can be changed
            def attempt():
                with contextlib.suppress(Exception):  # the answer never comes
                    approve(fdo, identifier)

            thread = threading.Thread(target=attempt)
            thread.start()
            question = ("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%record_regrant%'"
                        f" AND datname = '{name}'")
            while exchange.postgres.sql(question) == "0":
                assert thread.is_alive()
            assert request_of(jpn, identifier)["state"] == "approved"
            assert jpn.count("eoobservation", obTime=ANY_TIME) == 0
            exchange.kill()
            thread.join()
    exchange.start()
    with people(exchange, "USA-node", "JPN-operator") as (node, jpn):
        assert jpn.count("eoobservation", obTime=ANY_TIME, satNo=99) == len(ids)
        assert jpn.sees("eoobservation", node.put_record("eoobservation", observation("S", satNo=99)))
        assert exchange.postgres.sql("SELECT count(*) FROM grant_spread", name) == "0"


def test_a_grant_is_for_what_is_posted_while_it_is_given(new_exchange):
    """Posting and approving at the same time: afterwards every record of the scope is open."""
    exchange = new_exchange("racing")
    stop, posted, faults = threading.Event(), [], []

    def post():
        try:
            with exchange.client("USA", "node") as node:
                while not stop.is_set():
                    posted.append(node.put_record("eoobservation", observation("S", satNo=88)))
        except Exception as fault:
            faults.append(repr(fault))

    threads = [threading.Thread(target=post) for _ in range(2)]
    with people(exchange, "USA-fdo", "JPN-operator") as (fdo, jpn):
        identifier = ask(jpn, exchange, {"object": "88"})
        for thread in threads:
            thread.start()
        while len(posted) < 20:
            assert not faults
        approve(fdo, identifier)
        seen = len(posted)
        while len(posted) < seen + 20:
            assert not faults
        stop.set()
        for thread in threads:
            thread.join(harness.PATIENCE)
        assert not faults and set(jpn.ids("eoobservation", obTime=ANY_TIME, maxResults=10000)) == set(posted)


# --- withholding is not forgotten ---

@pytest.fixture
def watched(new_exchange, request):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    exchange = new_exchange(request.node.name.removeprefix("test_"), {"admin.port": port})
    exchange.admin = port
    return exchange


def gauge(exchange, name):
    status, text = plain_get(exchange, "/metrics")
    assert status == 200
    return int(re.search(rf"^relto_{name} (\d+)$", text, re.MULTILINE).group(1))


def test_unmarked_records_wait_until_somebody_acts(watched):
    with people(watched, "USA-node", "USA-fdo", "GBR-fdo", "JPN-operator") as (node, fdo, gbr, jpn):
        records = [node.put_record("eoobservation", observation("S")) for _ in range(5)]
        released = node.put_record("eoobservation", observation("U"))
        waiting = {i["id"]: i for i in queue(fdo, "unmarked")}
        assert set(waiting) == set(records) and released not in waiting
        assert all(i["type"] == "eoobservation" and i["originator"] == "USA" and not i["overdue"] for i in waiting.values())
        assert queue(gbr, "unmarked") == [] and gauge(watched, "unmarked_held") == 5
        watched.advance(hours=HOURS)
        assert all(i["overdue"] for i in queue(fdo, "unmarked"))
        why = restriction(watched.now)
        fdo.post(f"/v1/eoobservation/{records[0]}/withhold", why).ok(204)
        shown = fdo.get(f"/v1/eoobservation/{records[0]}").ok().json()
        assert shown["classificationMarking"] == "S//NF" and shown["relto"]["restriction"]["reason"] == why["reason"]
        fdo.post(f"/v1/eoobservation/{records[1]}/relabel", {"classificationMarking": "S//REL TO USA, JPN"}).ok(204)
        approve(fdo, ask(jpn, watched, records[2]))
        fdo.post(f"/v1/eoobservation/{records[3]}/recall", {"reason": "a mistake"}).ok(204)
        assert [i["id"] for i in queue(fdo, "unmarked")] == [records[4]] and gauge(watched, "unmarked_held") == 1
        assert [sees(jpn, r) for r in records] == [False, True, True, False, False]
        approve(fdo, ask(jpn, watched, records[0]))  # a durable no: not even a grant opens it
        assert not sees(jpn, records[0])
        fdo.post(f"/v1/eoobservation/{records[0]}/withhold", why).problem(422, "INVALID_LABEL")  # it has a marking


def test_restrictions_are_looked_at_again(watched):
    start = watched.now
    with people(watched, "USA-node", "USA-fdo", "USA-operator", "GBR-fdo", "JPN-fdo") as (node, fdo, operator, gbr, jpn):
        reviews = {days: node.put_record("eoobservation", withheld("S//REL TO USA, JPN", relto={"restriction": {
            "reason": "SOURCES", "authority": "J2", "reviewBy": iso(start + datetime.timedelta(days=days))}}))
            for days in (5, 20, 40)}
        only_here = set(reviews.values())

        def waiting():
            return {i["id"]: i["overdue"] for i in queue(fdo, "review") if i["id"] in only_here}

        assert waiting() == {reviews[5]: False} and gauge(watched, "reviews_overdue") == 0
        watched.set_clock(start + datetime.timedelta(days=15))
        assert waiting() == {reviews[5]: True, reviews[20]: False} and gauge(watched, "reviews_overdue") == 1
        assert not {i["id"] for c in (gbr, jpn) for i in queue(c, "review")} & only_here, "another's restriction"
        later = {"reason": "EXERCISE", "authority": "J3", "reviewBy": iso(watched.now + datetime.timedelta(days=30))}
        target = f"/v1/eoobservation/{reviews[5]}/review"
        for client in (operator, gbr, jpn):
            client.post(target, later).problem(404)
        assert fdo.post(target, dict(later, reviewBy=iso(watched.now + datetime.timedelta(days=30) + MICRO))).problem(
            422, "NEEDS_REASON")["where"] == "$.reviewBy"
        fdo.post(target, dict(later, reason="WHIM")).problem(422, "NEEDS_REASON")
        fdo.post(target, {"reason": "SOURCES", "reviewBy": later["reviewBy"]}).problem(400)
        assert waiting()[reviews[5]] is True
        fdo.post(target, later).ok(204)
        assert waiting() == {reviews[20]: False} and gauge(watched, "reviews_overdue") == 0
        shown = fdo.get(f"/v1/eoobservation/{reviews[5]}").ok().json()
        assert shown["relto"]["restriction"] == later and shown["classificationMarking"] == "S//REL TO USA, JPN"
        with watched.client("JPN") as reader:
            assert sees(reader, reviews[5]), "what the record is released to stays"
        watched.set_clock(start + datetime.timedelta(days=30))
        assert waiting() == {reviews[20]: True}
        fdo.post(f"/v1/eoobservation/{reviews[20]}/relabel", {"classificationMarking": "U"}).ok(204)
        assert waiting() == {}
        watched.set_clock(start + datetime.timedelta(days=40))
        assert waiting() == {reviews[40]: True, reviews[5]: False}
        fdo.post(f"/v1/eoobservation/{reviews[40]}/recall", {"reason": "a mistake"}).ok(204)
        assert waiting() == {reviews[5]: False}
        released = node.put_record("eoobservation", observation("U"))
        fdo.post(f"/v1/eoobservation/{released}/review", later | {"reviewBy": iso(watched.now + datetime.timedelta(days=3))}).problem(422)


def test_overdue_requests_are_counted(watched):
    with people(watched, "USA-fdo", "JPN-operator") as (fdo, jpn):
        identifier = ask(jpn, watched, {})
        assert gauge(watched, "release_requests_open") == 1
        ask(jpn, watched, twin(str(uuid.uuid4())))  # nobody's
        assert gauge(watched, "release_requests_open") == 1 and gauge(watched, "release_requests_overdue") == 0
        watched.advance(hours=HOURS)
        assert gauge(watched, "release_requests_overdue") == 1
        assert in_queue(fdo, "request", identifier)["overdue"]
        deny(fdo, identifier)
        assert gauge(watched, "release_requests_open") == gauge(watched, "release_requests_overdue") == 0
        short = ask(jpn, watched, {}, days=1)
        assert in_queue(fdo, "request", short)
        watched.advance(days=1)  # what was asked for a time that is over needs no answer
        assert in_queue(fdo, "request", short) is None and gauge(watched, "release_requests_open") == 0


def test_proposals_wait_in_the_queue_of_whom_they_concern(exchange):
    with people(exchange, "USA-fdo", "JPN-fdo", "AUS-fdo") as (usa, jpn, aus):
        entry = dict(coalition.agreement("JPN-USA-2030", ["JPN", "USA"]), version=1)
        made = usa.post("/v1/proposals", {"changes": [{"kind": "agreement", "key": entry["id"], "entry": entry}], "comment": "next"})
        identifier = made.ok(201).json()["id"]
        waiting = in_queue(jpn, "proposal", identifier)
        assert (waiting["partner"], waiting["comment"]) == ("USA", "next")
        assert in_queue(jpn, None, identifier) and in_queue(aus, "proposal", identifier) is None
        jpn.post(f"/v1/proposals/{identifier}/reject", {"reason": "no"}).ok()
        assert in_queue(jpn, "proposal", identifier) is None


@pytest.mark.parametrize("query", [{"kind": "x"}, {"after": "x"}, {"after": "request.1.x"}, {"after": "review.1." + "0" * 8},
                                   {"kind": "review", "after": "request.1.00000000-0000-0000-0000-000000000000"},
                                   {"after": "request.x.00000000-0000-0000-0000-000000000000"}, {"maxResults": 1001}, {"x": 1}])
def test_bad_pages_of_the_queue(exchange, query):
    with people(exchange, "USA-fdo") as (fdo,):
        fdo.get("/v1/queue", query).problem(400)
