"""Duty to warn: operators of objects, standing rules of originators, and what reaches whom."""
import contextlib
import datetime
import itertools
import threading

import pytest

import coalition
from coalition import principal
from harness import iso, parse_iso
from test_http import Lock

serial = itertools.count(1)
# What a conjunction shows to an operator it warns: when, which objects, how near and how probable.
KEPT = {"classificationMarking", "dataMode", "source", "tca", "satNo1", "satNo2", "missDistance", "collisionProb"}


def dropped():
    """Fields that the tests post and that the view leaves out."""
    return ["comments", "concernNotes", "messageId", "originator", "relPosN", "relPosR", "relPosT"]


RULES = [{"type": "conjunction", "field": "collisionProb", "above": 1e-4, "view": "WARN", "classificationMarking": "U"},
         {"type": "conjunction", "field": "missDistance", "below": 100, "view": "WARN", "classificationMarking": "U"}]


def policy_with(rules):
    policy = coalition.coalition()
    policy["views"] = [{"code": "WARN", "title": "Warning", "types": {"conjunction": [{"drop": dropped()}]}}]
    policy["partners"] += [{"code": "XTR", "name": "A company", "policy": "USA", "trustDomain": "xtr.example", "authorises": []}]
    policy["principals"] += [principal("XTR", role, clearances={}, dataModes=["REAL", "TEST"]) for role in ("node", "operator", "fdo", "auditor")]
    coalition.entry(policy, "partners", code="USA").update(catalogue=True, dutyToWarn=rules)
    return policy


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=policy_with(RULES))


@pytest.fixture(scope="module")
def xtr(exchange):
    with exchange.client("XTR") as client:
        yield client


def conjunction(marking="S//NF", t=None, relto=None, **more):
    n = next(serial)
    record = {"classificationMarking": marking, "dataMode": "TEST", "source": "e2e", "satNo1": 70000, "satNo2": 1000 + n,
              "tca": iso(t or coalition.day_zero()), "collisionProb": 0.01, "missDistance": 50.5, "comments": "sources and methods",
              "messageId": f"CDM-{n}", "relPosR": 12.5}
    if marking.endswith("NF"):
        relto = dict({"restriction": coalition.restriction()}, **(relto or {}))
    if relto:
        record["relto"] = relto
    record.update(more)
    return {k: v for k, v in record.items() if v is not None}


def register(exchange, partner, number, by="USA"):
    with exchange.client(partner, "fdo") as claimant, exchange.client(by, "fdo") as keeper:
        assert claimant.post("/v1/objects", {"object": number}).ok(201).json()["partner"] == partner
        keeper.post(f"/v1/objects/{number}/{partner}/accept", {}).ok(204)


def objects(exchange, partner, role="fdo"):
    with exchange.client(partner, role) as client:
        return {(o["object"], o["partner"], o["status"]) for o in client.get("/v1/objects").ok().json()}


def warnings(client, identifier, **query):
    return [n for n in client.get("/v1/notices", dict({"kind": "warning"}, **query)).ok().json() if n["record"]["id"] == identifier]


def path(identifier, what=""):
    return f"/v1/conjunction/{identifier}{what}"


# --- operators ---

def test_a_registration_counts_once_it_is_accepted(exchange):
    with exchange.client("XTR", "operator") as claimant, exchange.client("USA", "fdo") as keeper, exchange.client("DEU", "fdo") as other:
        assert claimant.post("/v1/objects", {"object": "60001"}).ok(201).json() == {"object": "60001", "partner": "XTR", "status": "pending"}
        claimant.post("/v1/objects", {"object": "60001"}).ok(201)  # said twice is said once
        pending, accepted = (("60001", "XTR", s) for s in ("pending", "accepted"))
        assert pending in objects(exchange, "XTR") and pending in objects(exchange, "USA")
        assert not objects(exchange, "DEU") & {pending, accepted}
        other.post("/v1/objects/60001/XTR/accept", {}).problem(404)
        claimant.post("/v1/objects/60001/XTR/accept", {}).problem(403)
        for missing in ("60001/JPN", "60002/XTR", "x/y"):
            keeper.post(f"/v1/objects/{missing}/accept", {}).problem(404)
        keeper.post("/v1/objects/60001/XTR/accept", {}).ok(204)
        assert accepted in objects(exchange, "XTR") and accepted in objects(exchange, "USA")
        assert pending not in objects(exchange, "XTR") and not objects(exchange, "DEU") & {pending, accepted}
        assert claimant.post("/v1/objects", {"object": "60001"}).ok(201).json()["status"] == "accepted"
        keeper.post("/v1/objects/60001/XTR/accept", {}).problem(404)


def test_who_originated_its_elements_may_accept(exchange):
    with exchange.client("DEU", "node") as node:
        node.put_record("elset", {"classificationMarking": "U", "dataMode": "TEST", "source": "e2e", "epoch": iso(exchange.now), "satNo": 60010})
    with exchange.client("JPN", "fdo") as claimant, exchange.client("DEU", "fdo") as keeper, exchange.client("FRA", "fdo") as other:
        claimant.post("/v1/objects", {"object": "60010"}).ok(201)
        claimant.post("/v1/objects", {"object": "60011"}).ok(201)
        other.post("/v1/objects/60010/JPN/accept", {}).problem(404)
        keeper.post("/v1/objects/60011/JPN/accept", {}).problem(404)
        assert {o for o in objects(exchange, "DEU") if o[0].startswith("6001")} == {("60010", "JPN", "pending")}
        keeper.post("/v1/objects/60010/JPN/accept", {}).ok(204)
        assert ("60010", "JPN", "accepted") in objects(exchange, "DEU")


def test_nobody_accepts_its_own(exchange):
    with exchange.client("USA", "fdo") as keeper:
        keeper.post("/v1/objects", {"object": "60020"}).ok(201)
        keeper.post("/v1/objects/60020/USA/accept", {}).problem(403)
        assert ("60020", "USA", "pending") in objects(exchange, "USA")


def test_registrations_end(exchange):
    for number, who in (("60030", "XTR"), ("60031", "USA")):
        register(exchange, "XTR", number)
        with exchange.client("DEU", "fdo") as other, exchange.client(who, "fdo") as party:
            other.post(f"/v1/objects/{number}/XTR/reject", {}).problem(404)
            assert (number, "XTR", "accepted") in objects(exchange, "XTR")
            party.post(f"/v1/objects/{number}/XTR/reject", {}).ok(204)
            party.post(f"/v1/objects/{number}/XTR/reject", {}).problem(404)
        assert number not in {o[0] for o in objects(exchange, "XTR") | objects(exchange, "USA")}
    with exchange.client("XTR", "fdo") as claimant:
        claimant.post("/v1/objects", {"object": "60032"}).ok(201)
        claimant.post("/v1/objects/60032/XTR/reject", {}).ok(204)  # taken back before anybody answered
    assert "60032" not in {o[0] for o in objects(exchange, "USA")}


@pytest.mark.parametrize("body", [{}, {"object": ""}, {"object": 5}, {"object": "a/b"}, {"object": " x"}, {"object": "x" * 65},
                                  {"object": "1", "partner": "USA"}, []], ids=str)
def test_odd_objects_are_refused(xtr, body):
    xtr.post("/v1/objects", body).problem(400)


# --- what reaches whom ---

def test_the_operator_of_an_affected_object_is_warned(exchange, usa, fdo, xtr):
    register(exchange, "XTR", "70000")
    record = conjunction()
    identifier = usa.put_record("conjunction", record)
    notice, = warnings(xtr, identifier)
    assert notice["body"] == {"originator": "USA"} and notice["record"]["type"] == "conjunction"
    sent = xtr.get(path(identifier)).ok().json()
    assert (set(sent) & set(record)) - {"relto"} == KEPT and "sources and methods" not in str(sent)
    assert {k: sent[k] for k in ("satNo1", "satNo2", "collisionProb", "missDistance")} == {
        k: record[k] for k in ("satNo1", "satNo2", "collisionProb", "missDistance")}
    assert sent["classificationMarking"] == "U" and sent["relto"]["view"] == "WARN" and sent["relto"]["basis"] == "warn"
    assert xtr.ids("conjunction", tca=coalition.ANY_TIME) == [identifier]
    with exchange.client("DEU") as deu, exchange.client("JPN") as jpn:
        for other in (deu, jpn):
            other.get(path(identifier)).problem(404)
            assert not warnings(other, identifier)
    told, = (p for p in fdo.get(path(identifier, "/explain"), {"as": "XTR"}).ok().json()["partners"])
    assert told["permit"] and (told["basis"], told["view"], told["grant"]) == ("warn", "WARN", "warn/USA/conjunction/XTR/70000")
    assert "XTR is a registered operator" in str(told["explanation"])
    recipients = fdo.get(path(identifier, "/recipients")).ok().json()["recipients"]
    assert ("XTR", "WARN") in {(s["partner"], s["view"]) for s in recipients}


def test_either_object_counts(exchange, usa, xtr):
    register(exchange, "XTR", "70001")
    identifier = usa.put_record("conjunction", conjunction(satNo1=5, satNo2=70001))
    assert warnings(xtr, identifier) and xtr.sees("conjunction", identifier)


def test_who_operates_both_objects_is_warned_once(exchange, usa, xtr):
    register(exchange, "XTR", "70003")
    register(exchange, "XTR", "70004")
    identifier = usa.put_record("conjunction", conjunction(satNo1=70003, satNo2=70004))
    assert len(warnings(xtr, identifier)) == 1 and xtr.sees("conjunction", identifier)


@pytest.mark.parametrize("change, warned", [
    ({"collisionProb": 1e-4, "missDistance": 100}, False), ({"collisionProb": 1.0001e-4, "missDistance": 100}, True),
    ({"collisionProb": 0, "missDistance": 99.999}, True), ({"collisionProb": None, "missDistance": None}, False),
    ({"collisionProb": 1}, True), ({"satNo1": 70009}, False), ({"satNo1": None, "satNo2": None}, False)], ids=str)
def test_thresholds_and_objects(exchange, usa, xtr, change, warned):
    if ("70000", "XTR", "accepted") not in objects(exchange, "XTR"):
        register(exchange, "XTR", "70000")
    identifier = usa.put_record("conjunction", conjunction(**change))
    assert bool(warnings(xtr, identifier)) is warned is xtr.sees("conjunction", identifier)


def test_others_conjunctions_warn_nobody_without_a_rule(exchange, xtr):
    with exchange.client("DEU", "node") as deu:
        identifier = deu.put_record("conjunction", conjunction("S//NF"))
    assert not warnings(xtr, identifier) and not xtr.sees("conjunction", identifier)


def test_times_and_recall_hold(exchange, usa, fdo, xtr):
    identifier = usa.put_record("conjunction", conjunction(relto={"embargoUntil": iso(exchange.now + datetime.timedelta(hours=1)),
                                                                  "expires": iso(exchange.now + datetime.timedelta(hours=3))}))
    assert not xtr.sees("conjunction", identifier) and not warnings(xtr, identifier)
    exchange.advance(hours=1)
    assert xtr.sees("conjunction", identifier) and warnings(xtr, identifier)
    exchange.advance(hours=2)
    assert not xtr.sees("conjunction", identifier) and not warnings(xtr, identifier)
    taken = usa.put_record("conjunction", conjunction())
    assert xtr.sees("conjunction", taken) and warnings(xtr, taken)
    fdo.post(path(taken, "/recall"), {"reason": "wrong"}).ok(204)
    assert not xtr.sees("conjunction", taken) and not warnings(xtr, taken)
    assert [n["record"]["id"] for n in xtr.get("/v1/notices", {"kind": "recall"}).ok().json()].count(taken) == 1


def test_each_warning_is_reviewed(exchange, usa, fdo, xtr):
    identifier = usa.put_record("conjunction", conjunction())
    review, = warnings(fdo, identifier, open="true")
    assert review["body"] == {"operator": "XTR"}
    with exchange.client("USA", "operator") as operator:
        assert not warnings(operator, identifier)  # the officers' work
        operator.post(f"/v1/notices/{review['id']}/acknowledge", {}).problem(404)
    waiting = lambda: [i for i in fdo.get("/v1/queue", {"kind": "warning"}).ok().json()["items"] if i["id"] == identifier]
    item, = waiting()
    assert item["notice"] == review["id"] and item["released"] == {"operator": "XTR"} and not item["overdue"]
    due = datetime.timedelta(hours=72)  # as long as a release request may take
    exchange.advance(hours=72)
    assert item["due"] == iso(parse_iso(item["at"]) + due) and waiting()[0]["overdue"]
    fdo.post(f"/v1/notices/{review['id']}/acknowledge", {}).ok(204)
    assert not waiting() and not warnings(fdo, identifier, open="true") and warnings(fdo, identifier)
    assert xtr.sees("conjunction", identifier)


def test_a_warning_is_told_once(exchange, usa, xtr):
    register(exchange, "XTR", "70020")
    record = conjunction(satNo1=70020)
    identifier = usa.put_record("conjunction", record)
    assert usa.put_record("conjunction", record) == identifier
    assert len(warnings(xtr, identifier)) == 1


# --- what was stored before ---

def accept(exchange, partner, number, by="USA"):
    with exchange.client(by, "fdo") as keeper:
        keeper.post(f"/v1/objects/{number}/{partner}/accept", {}).ok(204)


def test_what_still_matters_is_told_to_who_is_accepted_later(exchange, usa, fdo, xtr):
    later, before = exchange.now + datetime.timedelta(hours=1), exchange.now - datetime.timedelta(hours=1)
    expiry = {"expires": iso(later)}
    records = {"to come": conjunction(t=later, satNo1=71000), "other object": conjunction(t=later, satNo1=8, satNo2=71000),
               "a record that is valid": conjunction(t=before, satNo1=71000, relto=expiry),
               "over": conjunction(t=before, satNo1=71000), "not near": conjunction(t=later, satNo1=71000, collisionProb=0, missDistance=100),
               "expired": conjunction(t=later, satNo1=71000, relto={"expires": iso(exchange.now + datetime.timedelta(minutes=1))}),
               "another's": conjunction(t=later, satNo1=71001), "recalled": conjunction(t=later, satNo1=71000)}
    posted = {name: usa.put_record("conjunction", record) for name, record in records.items()}
    with exchange.client("DEU", "node") as deu:
        posted["no rule"] = deu.put_record("conjunction", conjunction(t=later, satNo1=71000))
    fdo.post(path(posted["recalled"], "/recall"), {"reason": "wrong"}).ok(204)
    exchange.advance(minutes=2)
    with exchange.client("XTR", "fdo") as claimant:
        claimant.post("/v1/objects", {"object": "71000"}).ok(201)
    assert not any(xtr.sees("conjunction", i) for i in posted.values())
    accept(exchange, "XTR", "71000")
    for name, identifier in posted.items():
        warned = name in ("to come", "other object", "a record that is valid")
        assert len(warnings(xtr, identifier)) == warned == xtr.sees("conjunction", identifier), name
        assert len(warnings(fdo, identifier, open="true")) == warned, name
    sent = xtr.get(path(posted["to come"])).ok().json()
    assert sent["relto"]["basis"] == "warn" and "sources and methods" not in str(sent)
    fdo.post("/v1/objects/71000/XTR/reject", {}).ok(204)
    assert not any(xtr.sees("conjunction", i) or warnings(xtr, i) for i in posted.values())
    with exchange.client("XTR", "fdo") as claimant:
        claimant.post("/v1/objects", {"object": "71000"}).ok(201)
    accept(exchange, "XTR", "71000")
    assert xtr.sees("conjunction", posted["to come"]) and len(warnings(xtr, posted["to come"])) == 1


def test_who_operates_the_other_object_too_is_not_told_again(exchange, usa, fdo, xtr):
    register(exchange, "XTR", "71010")
    identifier = usa.put_record("conjunction", conjunction(t=exchange.now + datetime.timedelta(hours=1), satNo1=71010, satNo2=71011))
    register(exchange, "XTR", "71011")
    register(exchange, "JPN", "71011")
    with exchange.client("JPN") as jpn:
        assert len(warnings(xtr, identifier)) == 1 == len(warnings(jpn, identifier))
    fdo.post("/v1/objects/71010/XTR/reject", {}).ok(204)
    assert xtr.sees("conjunction", identifier)
    fdo.post("/v1/objects/71011/XTR/reject", {}).ok(204)
    assert not xtr.sees("conjunction", identifier)


def test_many_stored_records_are_warned_of(new_exchange):
    """More than a batch, among others that are left alone."""
    exchange = new_exchange("many", policy=policy_with(RULES))
    t = exchange.now + datetime.timedelta(hours=1)
    records = [conjunction(t=t + datetime.timedelta(seconds=n), satNo1=71020 if n % 2 else 71021) for n in range(2400)]
    with exchange.client("USA", "node") as usa, exchange.client("XTR") as xtr:
        usa.post("/v1/conjunction/createBulk", records).ok(201)
        register(exchange, "XTR", "71020")
        seen = xtr.ids("conjunction", tca=f">{iso(t)}", satNo1=71020)
        assert len(seen) == 1200 and set(seen) == {n["record"]["id"] for n in pages_of(xtr, kind="warning")}


def test_a_policy_file_that_accepts_an_operator_warns_of_what_is_stored(new_exchange):
    """Applied while the exchange is down, it tells nobody; that is made up for before anybody is answered again."""
    exchange = new_exchange("file", policy=policy_with(RULES))
    t = exchange.now + datetime.timedelta(hours=1)
    with exchange.client("USA", "node") as usa:
        first, second = (usa.put_record("conjunction", conjunction(t=t, satNo1=n)) for n in (71030, 71031))
    accepted = []
    for identifier, number in ((first, "71030"), (second, "71031")):
        accepted.append({"object": number, "partner": "XTR", "acceptedBy": "USA"})
        exchange.kill()
        exchange.apply(dict(policy_with(RULES), operators=list(accepted)))
        exchange.start()
        with exchange.client("XTR") as xtr, exchange.client("USA", "fdo") as fdo:
            assert len(warnings(xtr, identifier)) == xtr.sees("conjunction", identifier) == 1 == len(warnings(fdo, identifier))
            assert len(warnings(xtr, first)) == 1 and xtr.sees("conjunction", second) == (identifier == second)


def test_warnings_survive_being_killed_before_they_have_spread(new_exchange):
    exchange = new_exchange("killed", policy=policy_with(RULES))
    name = exchange.conninfo.split("dbname=")[1]
    t = exchange.now + datetime.timedelta(hours=1)
    with exchange.client("USA", "node") as usa, exchange.client("XTR", "fdo") as claimant:
        identifier = usa.put_record("conjunction", conjunction(t=t, satNo1=71040))
        claimant.post("/v1/objects", {"object": "71040"}).ok(201)

    def attempt():
        with contextlib.suppress(Exception):  # the answer never comes
            accept(exchange, "XTR", "71040")

    question = ("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%record_regrant%'"
                f" AND datname = '{name}'")
    with Lock(exchange, mode="SHARE"):
        thread = threading.Thread(target=attempt)
        thread.start()
        while exchange.postgres.sql(question) == "0":
            assert thread.is_alive()
        exchange.kill()
        thread.join()
    exchange.start()
    with exchange.client("XTR") as xtr, exchange.client("USA", "fdo") as fdo:
        assert len(warnings(xtr, identifier)) == xtr.sees("conjunction", identifier) == 1 == len(warnings(fdo, identifier))
        assert exchange.postgres.sql("SELECT count(*) FROM grant_spread", name) == "0"


def pages_of(client, **query):
    told = []
    while page := client.get("/v1/notices", dict(query, after=told[-1]["id"] if told else 0)).ok().json():
        told += page
    return told


def test_each_acceptance_stands_for_itself(new_exchange):
    """The owner's own and a catalogue's that its rule names: either's end leaves the other."""
    policy = policy_with([dict(rule, catalogues=["FRA"]) for rule in RULES])
    for code in ("FRA", "JPN"):
        coalition.entry(policy, "partners", code=code).update(catalogue=True)
    exchange = new_exchange("acceptances", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("XTR") as xtr, exchange.client("USA", "fdo") as fdo, \
            exchange.client("FRA", "fdo") as fra, exchange.client("XTR", "fdo") as claimant:
        identifier = usa.put_record("conjunction", conjunction(t=exchange.now + datetime.timedelta(hours=1)))
        claimant.post("/v1/objects", {"object": "70000"}).ok(201)
        accept(exchange, "XTR", "70000", by="JPN")  # nobody whom the rule trusts
        assert not xtr.sees("conjunction", identifier)
        assert ("70000", "XTR", "pending") in objects(exchange, "FRA") & objects(exchange, "USA")
        for by in ("FRA", "USA"):
            accept(exchange, "XTR", "70000", by=by)
            assert ("70000", "XTR", "accepted") in objects(exchange, by)
            assert xtr.sees("conjunction", identifier) and len(warnings(xtr, identifier)) == 1 == len(warnings(fdo, identifier))
        listed = [o for o in claimant.get("/v1/objects").ok().json() if o["object"] == "70000"]
        assert [o["acceptedBy"] for o in listed] == ["FRA", "JPN", "USA"]
        assert {o.get("acceptedBy") for o in fra.get("/v1/objects").ok().json()} == {"FRA"}
        fra.post("/v1/objects/70000/XTR/reject", {}).ok(204)
        fra.post("/v1/objects/70000/XTR/reject", {}).problem(404)
        assert ("70000", "XTR", "pending") in objects(exchange, "FRA")
        assert xtr.sees("conjunction", identifier)
        accept(exchange, "XTR", "70000", by="FRA")
        fdo.post("/v1/objects/70000/XTR/reject", {}).ok(204)
        assert xtr.sees("conjunction", identifier)
        fra.post("/v1/objects/70000/XTR/reject", {}).ok(204)
        assert not xtr.sees("conjunction", identifier)
        accept(exchange, "XTR", "70000", by="USA")
        claimant.post("/v1/objects/70000/XTR/reject", {}).ok(204)  # its own: all of it
        assert not xtr.sees("conjunction", identifier)
        assert not any(o[0] == "70000" for who in ("XTR", "USA", "FRA", "JPN") for o in objects(exchange, who))


# --- what two others cannot bring about ---

def test_only_whom_the_rule_trusts_counts(new_exchange):
    """Germany originates elements of the object, Japan calls itself a catalogue: the United States trusts France's alone."""
    trusting = [dict(rule, catalogues=["FRA"]) for rule in RULES]
    policy = policy_with(trusting)
    coalition.entry(policy, "partners", code="JPN").update(catalogue=True)
    coalition.entry(policy, "partners", code="FRA").update(catalogue=True)
    exchange = new_exchange("trust", policy=policy)
    with exchange.client("DEU", "node") as node:
        node.put_record("elset", {"classificationMarking": "U", "dataMode": "TEST", "source": "e2e", "epoch": iso(exchange.now), "satNo": 70000})
    for number, by in (("70000", "DEU"), ("70001", "JPN"), ("70002", "FRA"), ("70003", "USA")):
        register(exchange, "XTR", number, by=by)
    with exchange.client("USA", "node") as usa, exchange.client("XTR") as xtr, exchange.client("USA", "fdo") as fdo:
        posted = {n: usa.put_record("conjunction", conjunction(satNo1=n)) for n in (70000, 70001, 70002, 70003)}
        for number, identifier in posted.items():
            trusted = number in (70002, 70003)
            assert bool(warnings(xtr, identifier)) is trusted is xtr.sees("conjunction", identifier), number
            assert bool(warnings(fdo, identifier)) is trusted, "what goes to nobody is not reviewed"
        lessened = policy_with(RULES)
        lessened["operators"] = [{"object": str(n), "partner": "XTR", "acceptedBy": by} for n, by in ((70002, "FRA"), (70003, "USA"))]
        exchange.apply(lessened)
        assert not xtr.sees("conjunction", posted[70002]) and xtr.sees("conjunction", posted[70003])


def test_what_others_have_a_say_in_is_not_warned_of(exchange, usa, fdo, xtr):
    if ("70000", "XTR", "accepted") not in objects(exchange, "XTR"):
        register(exchange, "XTR", "70000")
    inside = usa.put_record("conjunction", conjunction("S//FGI DEU//NF"))
    derived = usa.put_record("conjunction", conjunction(relto={"derivedFrom": [usa.put_record("elset", {
        "classificationMarking": "S//NF", "dataMode": "TEST", "source": "e2e", "epoch": iso(exchange.now), "satNo": 70000,
        "relto": {"restriction": coalition.restriction()}})]}))
    for identifier in (inside, derived):
        assert not xtr.sees("conjunction", identifier) and not warnings(xtr, identifier)
        told, = fdo.get(path(identifier, "/explain"), {"as": "XTR"}).ok().json()["partners"]
        assert not told["permit"] and not next(g for g in told["explanation"] if g["gate"].startswith("G7"))["passed"]


def test_what_was_judged_of_those_inside_is_told_to_the_owner_alone(new_exchange):
    """Germany has an agreement with the operator, so that what the United States know from it may go on."""
    policy = policy_with(RULES)
    policy["agreements"].append(coalition.agreement("DEU-XTR", ["DEU", "USA"], providers=["DEU"], recipients=["XTR"], types=["conjunction"]))
    policy["operators"] = [{"object": "70000", "partner": "XTR", "acceptedBy": "USA"}]
    exchange = new_exchange("inside", policy=policy)
    with exchange.client("USA", "node") as usa, exchange.client("XTR") as xtr, exchange.client("USA", "fdo") as fdo:
        identifier = usa.put_record("conjunction", conjunction("S//FGI DEU//NF"))
        assert xtr.sees("conjunction", identifier)
        for client, tells in ((fdo, True), (xtr, False)):
            told, = client.get(path(identifier, "/explain"), {"as": "XTR"}).ok().json()["partners"]
            gate = next(g for g in told["explanation"] if g["gate"].startswith("G7"))
            assert gate["passed"] and ("information of DEU is inside" in gate["inputs"]) is tells
            assert "DEU" in str(told) or not tells


def test_it_ends_with_the_registration_of_its_object(exchange, usa, fdo, xtr):
    """The operator keeps others."""
    register(exchange, "XTR", "70010")
    register(exchange, "XTR", "70011")
    first, both = (usa.put_record("conjunction", conjunction(satNo1=70010, satNo2=other)) for other in (3, 70011))
    assert xtr.sees("conjunction", first) and xtr.sees("conjunction", both)
    fdo.post("/v1/objects/70010/XTR/reject", {}).ok(204)
    assert not xtr.sees("conjunction", first) and not warnings(xtr, first)
    assert xtr.sees("conjunction", both) and len(warnings(xtr, both)) == 1


def test_it_ends_with_the_registration_and_with_the_rule(new_exchange):
    exchange = new_exchange("ends", policy=policy_with(RULES))
    register(exchange, "XTR", "70000")
    register(exchange, "JPN", "70002")
    with exchange.client("USA", "node") as usa, exchange.client("XTR") as xtr, exchange.client("JPN") as jpn, exchange.client("USA", "fdo") as fdo:
        one, two = usa.put_record("conjunction", conjunction()), usa.put_record("conjunction", conjunction(satNo2=70002, satNo1=4))
        assert xtr.sees("conjunction", one) and jpn.sees("conjunction", two)
        fdo.post("/v1/objects/70000/XTR/reject", {}).ok(204)
        assert not xtr.sees("conjunction", one) and not warnings(xtr, one) and jpn.sees("conjunction", two)
        later = usa.put_record("conjunction", conjunction())
        assert not xtr.sees("conjunction", later) and not warnings(xtr, later)
        lifted = policy_with([])
        lifted["operators"] = [{"object": "70002", "partner": "JPN", "acceptedBy": "USA"}]
        exchange.apply(lifted)
        assert not jpn.sees("conjunction", two) and not warnings(jpn, two)
        third = usa.put_record("conjunction", conjunction(satNo1=70002))
        assert not warnings(jpn, third) and not jpn.sees("conjunction", third)
