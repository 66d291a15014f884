"""Changes of the registers by the partners themselves: proposed, accepted by those they concern, tried before."""
import contextlib
import datetime
import itertools
import json
import threading

import pytest

import coalition
from coalition import ANY_TIME, agreement, changed, observation, principal, withheld
from harness import iso, principal_id
from test_http import Lock

PARTNERS = coalition.PARTNERS
names = (f"A-{n}" for n in itertools.count(1))


def with_admins(policy):
    policy["principals"] += [principal(p, "admin") for p in PARTNERS if p != "USA"]


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=changed(coalition.coalition(), with_admins))


@pytest.fixture(scope="module")
def people(exchange):
    """people("JPN") is that partner's FDO; people("JPN", "node") another of its principals."""
    with contextlib.ExitStack() as stack:
        clients = {}

        def person(partner, role="fdo"):
            if (partner, role) not in clients:
                clients[partner, role] = stack.enter_context(exchange.client(partner, role))
            return clients[partner, role]

        yield person


# --- what partners see ---
def visible(people, role="operator"):
    """{partner: {id: (originator, marking)}} of all observations."""
    found = {}
    for partner in PARTNERS:
        records = people(partner, role).list("eoobservation", obTime=ANY_TIME)
        found[partner] = {r["id"]: (r["relto"]["originator"], r["classificationMarking"]) for r in records}
    return found


def difference(before, after):
    """{(partner, effect, originator, marking): how many}"""
    found = {}
    for partner in PARTNERS:
        for effect, more, less in (("opens", after, before), ("closes", before, after)):
            for identifier in more[partner].keys() - less[partner].keys():
                key = (partner, effect) + more[partner][identifier]
                found[key] = found.get(key, 0) + 1
    return found


def told(report):
    """The same of a dry run, of the owners that are told."""
    found = {}
    for partner in report["partners"]:
        sums = {"opens": 0, "closes": 0, "view": 0}
        for label in partner["labels"]:
            sums[label["change"]] += label["records"]
            if label["records"]:
                key = (partner["partner"], label["change"], label["originator"], label["classificationMarking"])
                assert key not in found
                found[key] = label["records"]
        assert sums == {effect: partner[effect] for effect in sums}
    return found


def only(found, owner):
    return {key: n for key, n in found.items() if key[2] == owner}


# --- proposing ---
def change(kind, key, value):
    return {"kind": kind, "key": key, "entry": value}


def of_agreement(value):
    return [change("agreement", value["id"], value)]


def member(community, partner, **more):
    return change("membership", f"{community}/{partner}",
                  dict({"community": community, "partner": partner, "from": "1950-01-01", "until": None,
                        "backfill": "all"}, **more))


def propose(client, *changes, status=201, dry=False):
    answer = client.post("/v1/proposals", {"changes": list(changes), "comment": "why"},
                         query={"dryRun": "true"} if dry else None)
    return answer.ok(200 if dry else status).json()


def notices(client):
    listed = client.get("/v1/notices", {"kind": "proposal"}).ok().json()
    return [(n["body"]["proposal"], n["body"]["state"]) for n in listed]


def look(client, identifier):
    return client.get(f"/v1/proposals/{identifier}").ok().json()


def accept_as_shown(client, proposal):
    return client.post(f"/v1/proposals/{proposal['id']}/accept",
                       {"digest": proposal["digest"], "dryRun": proposal["dryRun"]["digest"]})


def accept(people, identifier, *partners):
    """Each looks and accepts; the proposal as the last one is told."""
    for partner in partners:
        answer = accept_as_shown(people(partner), look(people(partner), identifier)).ok().json()
    return answer


def settle(people, proposer, *changes):
    """Proposes, has all that are needed accept, and holds every owner's dry run against what happens."""
    before = visible(people)
    proposal = propose(people(proposer), *changes)
    reports = {proposer: proposal["dryRun"]}
    needed = set(proposal["needs"])
    while proposal["state"] == "open":
        partner = min(needed - set(reports) or needed & {proposer})
        mine = look(people(partner), proposal["id"])
        needed = (needed | set(mine["needs"])) - {partner}
        reports[partner] = mine["dryRun"]
        proposal = accept_as_shown(people(partner), mine).ok().json()
    after = visible(people)
    happened = difference(before, after)
    for partner, report in reports.items():
        assert told(report) == only(happened, partner)
    assert {key[2] for key in happened} <= set(reports), "nobody's records open or close without its being told"
    return happened


# --- agreements ---
def test_draft_acceptance_and_supersession(exchange, people):
    for marking, n in (("U", 2), ("C", 3)):
        for _ in range(n):
            people("JPN", "node").put_record("eoobservation", observation(marking))
    people("NZL", "node").put_record("eoobservation", observation("U"))
    terms = agreement(next(names), [], providers=["JPN", "NZL"], recipients=["DEU"],
                      highest={"JPN": "S", "NZL": "S"}, default={"JPN": "U", "NZL": "U"},
                      equivalence=[{"policy": "JPN", "level": "C", "as": {"policy": "DEU", "level": "C"}}])
    draft = people("JPN", "admin").post("/v1/agreements", dict(terms, comment="first")).ok(201).json()
    assert draft["state"] == "open" and draft["needs"] == ["JPN", "NZL"] and not draft["accepted"]
    assert draft["partner"] == "JPN" and draft["principal"] == principal_id("JPN", "admin")
    before = visible(people)

    path = f"/v1/agreements/{terms['id']}"
    for partner in ("DEU", "JPN", "NZL"):  # the recipient, too
        shown = people(partner, "operator").get(path).ok().json()
        assert shown["status"] == "draft" and shown["title"] == terms["title"]
        assert [d["proposal"] for d in shown["drafts"]] == [draft["id"]]
    people("USA", "operator").get(path).problem(404)
    people("USA").get(f"/v1/proposals/{draft['id']}").problem(404)
    assert draft["id"] not in [p["id"] for p in people("USA").get("/v1/proposals").ok().json()]
    assert "principal" not in look(people("NZL"), draft["id"])

    assert notices(people("NZL")) == [(draft["id"], "open")] and notices(people("DEU")) == []
    assert [p["id"] for p in people("NZL").get("/v1/proposals", {"awaiting": "true"}).ok().json()] == [draft["id"]]
    first = accept(people, draft["id"], "NZL")
    assert first["state"] == "open" and first["accepted"] == ["NZL"]
    assert people("NZL").get("/v1/proposals", {"awaiting": "true"}).ok().json() == []
    assert visible(people) == before
    last = accept(people, draft["id"], "JPN")
    assert last["state"] == "applied"
    assert notices(people("NZL"))[1:] == notices(people("DEU")) == [(draft["id"], "applied")]
    happened = difference(before, visible(people))
    assert happened == {("DEU", "opens", "JPN", "U"): 2}  # DEU has NZL's under CSPO-2024
    assert people("DEU", "operator").get(path).ok().json()["status"] == "inForce"

    second = dict(terms, title="Second", default={"JPN": "C", "NZL": "U"})
    settled = settle(people, "NZL", *of_agreement(second))
    assert settled == {("DEU", "opens", "JPN", "C"): 3}
    now = people("JPN", "operator").get(path).ok().json()
    assert now["version"] == 2 and now["title"] == "Second" and "drafts" not in now
    old = people("DEU", "operator").get(path, {"version": 1}).ok().json()
    assert old["title"] == terms["title"] and old["default"] == terms["default"]
    assert people("DEU", "operator").get(path, {"version": 2}).ok().json()["title"] == "Second"
    for partner, version in (("DEU", 3), ("USA", 1), ("USA", 2)):
        people(partner, "operator").get(path, {"version": version}).problem(404)
    people("JPN").post("/v1/agreements", dict(second, version=2, title="Third")).problem(422, "INVALID_CHANGE")


def test_suspend_resume_terminate(people):
    people("FRA", "node").put_record("eoobservation", withheld("C//REL TO FRA, JPN"))
    terms = agreement(next(names), [], providers=["FRA"], recipients=["JPN"], highest={"FRA": "C"},
                      default={"FRA": "U"}, equivalence=[{"policy": "FRA", "level": level,
                                                          "as": {"policy": "JPN", "level": level}} for level in "UC"])
    opened = settle(people, "FRA", *of_agreement(terms))
    assert opened == {("JPN", "opens", "FRA", "C//REL TO FRA, JPN"): 1}
    path = f"/v1/agreements/{terms['id']}"
    dry = people("FRA", "admin").post(path + "/suspend", {"reason": "a pause"}, query={"dryRun": "true"}).ok().json()
    assert dry["id"] is None and told(dry["dryRun"]) == {("JPN", "closes", "FRA", "C//REL TO FRA, JPN"): 1}
    assert people("JPN").get(path).ok().json()["status"] == "inForce"
    before = visible(people)
    done = people("FRA", "admin").post(path + "/suspend", {"reason": "a pause"}).ok(201).json()
    assert done["state"] == "applied" and done["dryRun"]["partners"] == dry["dryRun"]["partners"]
    assert difference(before, visible(people)) == told(done["dryRun"])
    assert people("JPN").get(path).ok().json()["status"] == "suspended"
    people("FRA").post(path + "/suspend", {"reason": "again"}).problem(422, "INVALID_CHANGE")

    again = people("FRA", "admin").post(path + "/resume", {"reason": "on"}).ok(201).json()
    assert again["state"] == "open" and visible(people)["JPN"].keys() < before["JPN"].keys()
    assert accept(people, again["id"], "FRA")["state"] == "applied"
    assert visible(people) == before
    assert people("JPN").get(path).ok().json().get("version", 1) == 1  # the terms are the same

    people("JPN").post(path + "/terminate", {"reason": "no need"}).ok(201)  # the only recipient may give it up
    assert people("FRA").get(path).ok().json()["status"] == "terminated"
    people("FRA").post(path + "/resume", {"reason": "on"}).problem(422, "INVALID_CHANGE")
    people("FRA").post("/v1/agreements", dict(terms, title="x")).problem(422, "INVALID_CHANGE")
    for partner in ("USA", "DEU"):  # whose business it is not
        people(partner).post(path + "/suspend", {"reason": "a pause"}).problem(404)
        people(partner).post("/v1/agreements/NONE/suspend", {"reason": "a pause"}).problem(404)


def test_agreement_expires_and_starts_by_the_clock(exchange, people):
    people("GBR", "node").put_record("eoobservation", withheld("S//REL TO GBR, JPN"))
    start = exchange.now.replace(microsecond=0) + datetime.timedelta(hours=1)
    end = start + datetime.timedelta(hours=1)
    terms = agreement(next(names), [], providers=["GBR"], recipients=["JPN"], highest={"GBR": "S"}, default={},
                      **{"from": iso(start), "until": iso(end)},
                      equivalence=[{"policy": "GBR", "level": "S", "as": {"policy": "JPN", "level": "S"}}])
    proposal = propose(people("GBR"), *of_agreement(terms))
    assert proposal["dryRun"]["effective"] == iso(start)
    expected = {("JPN", "opens", "GBR", "S//REL TO GBR, JPN"): 1}
    assert told(proposal["dryRun"]) == expected
    before = visible(people)
    accept(people, proposal["id"], "GBR")
    assert visible(people) == before
    exchange.set_clock(start)
    assert difference(before, visible(people)) == expected
    exchange.set_clock(end)
    assert visible(people) == before


# --- who may ---
def test_nobody_acts_for_another_partner(people):
    terms = agreement(next(names), [], providers=["CAN"], recipients=["JPN"], highest={"CAN": "S"}, default={})
    for role in ("fdo", "admin"):
        propose_as = people("USA", role)
        propose_as.post("/v1/agreements", terms).problem(403)
        propose_as.post("/v1/proposals", {"changes": [
            change("principal", principal_id("JPN", "operator"), None)]}).problem(403)
        propose_as.post("/v1/proposals", {"changes": [
            change("principal", principal_id("JPN", "nobody"), None)]}).problem(403)  # whether or not there is one
        propose_as.post("/v1/proposals", {"changes": [
            change("partner", "JPN", {"code": "JPN", "name": "x", "policy": "JPN", "trustDomain": "jpn.example"})
        ]}).problem(403)
    people("JPN").post("/v1/proposals", {"changes": [member("NATO", "AUS")]}).problem(403)
    for kind, key, value in (("profile", "USA", None), ("reason", "NEW", {"code": "NEW", "title": "t",
                                                                        "maxReviewDays": 1})):
        people("USA", "admin").post("/v1/proposals", {"changes": [change(kind, key, value)]}).problem(403)
    people("CAN").post("/v1/proposals", {"changes": [change("agreement", "CSPO-2024", None)]}).problem(403)
    draft = propose(people("CAN"), *of_agreement(terms))
    shown = look(people("JPN"), draft["id"])
    accept_as_shown(people("JPN"), shown).problem(403)  # a recipient
    accept_as_shown(people("USA"), shown).problem(404)  # a stranger
    accept_as_shown(people("CAN", "admin"), draft).problem(403)
    for act in ("withdraw", "reject"):
        people("JPN").post(f"/v1/proposals/{draft['id']}/{act}", {}).problem(403)
        people("USA").post(f"/v1/proposals/{draft['id']}/{act}", {}).problem(404)
    rejected = people("CAN").post(f"/v1/proposals/{draft['id']}/reject", {"reason": "no"}).ok().json()
    assert rejected["state"] == "rejected"
    accept_as_shown(people("CAN"), draft).problem(409, "CONFLICT")


def test_a_recipient_does_not_decide_for_others(people):
    terms = agreement(next(names), [], providers=["USA"], recipients=["FRA", "JPN"], highest={"USA": "S"}, default={})
    settle(people, "USA", *of_agreement(terms))
    path = f"/v1/agreements/{terms['id']}"
    waits = people("JPN").post(path + "/terminate", {"reason": "no"}).ok(201).json()
    assert waits["state"] == "open" and waits["needs"] == ["USA"]
    leaves = people("JPN").post("/v1/agreements", dict(terms, recipients=["FRA"])).ok(201).json()
    assert leaves["state"] == "applied"
    assert people("FRA").get(path).ok().json()["recipients"] == ["FRA"]
    accept_as_shown(people("USA"), waits).problem(409)  # what it changes has changed
    assert look(people("USA"), waits["id"])["stale"]
    people("JPN").post(f"/v1/proposals/{waits['id']}/withdraw", {"reason": "it has left"}).ok()
    people("JPN").get(path).problem(404)


# --- binding ---
def test_acceptance_is_bound_to_what_was_shown(exchange, people):
    node, fdo = people("AUS", "node"), people("AUS")
    identifier = node.put_record("eoobservation", withheld("S//REL TO AUS, JPN"))
    terms = agreement(next(names), [], providers=["AUS"], recipients=["JPN"], highest={"AUS": "S"}, default={},
                      equivalence=[{"policy": "AUS", "level": "S", "as": {"policy": "JPN", "level": "S"}}])
    draft = propose(fdo, *of_agreement(terms))
    assert sum(told(draft["dryRun"]).values()) == 1
    other = propose(fdo, *of_agreement(dict(terms, title="Other")))
    mixed = dict(draft, digest=other["digest"])
    accept_as_shown(fdo, mixed).problem(409, "CONFLICT")
    accept_as_shown(fdo, dict(draft, dryRun={"digest": "0" * 64})).problem(409, "CONFLICT")
    fdo.post(f"/v1/eoobservation/{identifier}/recall", {"reason": "spill"}).ok(204)
    stale = accept_as_shown(fdo, draft).problem(409, "CONFLICT")
    assert told(stale["dryRun"]) == {}
    assert people("JPN").get(f"/v1/agreements/{terms['id']}").ok().json()["status"] == "draft"
    tried = fdo.post(f"/v1/proposals/{draft['id']}/accept", {}, query={"dryRun": "true"}).ok().json()
    assert tried["state"] == "open" and tried["dryRun"]["digest"] == stale["dryRun"]["digest"]
    exchange.advance(hours=1, seconds=1)
    late = accept_as_shown(fdo, dict(draft, dryRun=stale["dryRun"])).problem(409, "CONFLICT")
    assert accept_as_shown(fdo, dict(draft, dryRun=late["dryRun"])).ok().json()["state"] == "applied"
    fdo.post(f"/v1/proposals/{other['id']}/withdraw", {}).ok()


def test_two_persons_where_the_partner_says_so(new_exchange):
    """USA's officer `three` acts for the first one; JPN, with one person, goes on as before."""
    policy = coalition.coalition()
    policy["principals"] += [principal("USA", "fdo", "two"), principal("USA", "fdo", "three"),
                             principal("USA", "admin", "two")]
    usa = coalition.entry(policy, "partners", code="USA")
    usa.update(approvals=2, delegates=[{"from": principal_id("USA", "fdo"), "to": principal_id("USA", "fdo", "three"),
                                        "until": "2099-01-01"}])
    exchange = new_exchange("strict", policy=policy)
    terms = agreement("GIVEN", [], providers=["USA"], recipients=["JPN"], highest={"USA": "S"}, default={})
    with contextlib.ExitStack() as stack:
        one, two, three = (stack.enter_context(exchange.client("USA", "fdo", name)) for name in ("one", "two", "three"))
        for proposer, others in ((one, (one, three)), (three, (three, one))):
            draft = propose(proposer, *of_agreement(dict(terms, id=next(names))))
            for other in others:
                accept_as_shown(other, look(other, draft["id"])).problem(403)
            assert look(two, draft["id"])["state"] == "open"
            assert accept_as_shown(two, look(two, draft["id"])).ok().json()["state"] == "applied"
        one_person, more = dict(usa, approvals=1), dict(usa, delegates=usa["delegates"] + [
            {"from": principal_id("USA", "fdo", "two"), "to": principal_id("USA", "operator"), "until": "2099-01-01"}])
        for own in (one_person, more):
            draft = propose(one, change("partner", "USA", own))
            assert draft["state"] == "open" and "USA" in draft["needs"]
            accept_as_shown(one, draft).problem(403)
            accept_as_shown(two, look(two, draft["id"])).ok()
        draft = propose(stack.enter_context(exchange.client("USA", "admin", "two")),
                        *of_agreement(dict(terms, id=next(names))))
        assert accept_as_shown(one, look(one, draft["id"])).ok().json()["state"] == "applied"
        jpn = stack.enter_context(exchange.client("JPN", "fdo"))
        draft = propose(jpn, *of_agreement(dict(terms, id=next(names), providers=["JPN"], recipients=["USA"],
                                                highest={"JPN": "S"})))
        assert accept_as_shown(jpn, draft).ok().json()["state"] == "applied"


def test_two_officers_accept_what_another_partner_proposes(new_exchange):
    """Where the register entry asks for two: neither the same twice, nor one who acts for the other."""
    policy = coalition.coalition()
    policy["principals"] += [principal("USA", "fdo", name) for name in ("two", "three", "four")]
    usa = coalition.entry(policy, "partners", code="USA")
    usa.update(approvals=2, delegates=[{"from": principal_id("USA", "fdo"), "to": principal_id("USA", "fdo", "three"),
                                        "until": "2099-01-01"}])
    exchange = new_exchange("foreign", policy=policy)
    terms = agreement("GIVEN", [], providers=["USA", "JPN"], recipients=["DEU"], highest={"USA": "S"}, default={})
    with contextlib.ExitStack() as stack:
        one, two, three = (stack.enter_context(exchange.client("USA", "fdo", name)) for name in ("one", "two", "three"))
        jpn = stack.enter_context(exchange.client("JPN", "fdo"))
        draft = propose(jpn, *of_agreement(terms))
        for first in (one, one, three):
            answer = accept_as_shown(first, look(first, draft["id"])).ok().json()
            assert (answer["state"], answer["accepted"]) == ("open", [])
        assert accept_as_shown(two, look(two, draft["id"])).ok().json()["accepted"] == ["USA"]
        assert accept_as_shown(jpn, look(jpn, draft["id"])).ok().json()["state"] == "applied"
        again = propose(jpn, *of_agreement(dict(terms, id="GONE")))
        accept_as_shown(two, look(two, again["id"])).ok()
        exchange.apply(changed(exchange.policy, lambda p: coalition.entry(
            p, "principals", id=principal_id("USA", "fdo", "two")).update(active=False)))
        assert accept_as_shown(one, look(one, again["id"])).ok().json()["accepted"] == [], "who may not any more has not"


def test_of_two_officers_who_accept_at_once_one_is_the_second(new_exchange):
    """Both have looked before either is on record."""
    policy = coalition.coalition()
    policy["principals"].append(principal("USA", "fdo", "two"))
    coalition.entry(policy, "partners", code="USA").update(approvals=2)
    exchange = new_exchange("atonce", policy=policy)
    name = exchange.conninfo.split("dbname=")[1]
    waiting = f"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '{name}'"
    terms = agreement("GIVEN", [], providers=["USA", "JPN"], recipients=["DEU"], highest={"USA": "S"}, default={})
    with exchange.client("USA", "fdo") as one, exchange.client("USA", "fdo", "two") as two, exchange.client("JPN", "fdo") as jpn:
        draft = propose(jpn, *of_agreement(terms))
        told = {}
        threads = [threading.Thread(target=lambda c, shown: told.update({c: accept_as_shown(c, shown)}),
                                    args=(client, look(client, draft["id"]))) for client in (one, two)]
        with Lock(exchange, "proposal_act", "SHARE"):
            for thread in threads:
                thread.start()
            while exchange.postgres.sql(waiting) != "2":
                assert all(thread.is_alive() for thread in threads)
        for thread in threads:
            thread.join()
        assert sorted(answer.ok().json()["accepted"] for answer in told.values()) == [[], ["USA"]]
        assert accept_as_shown(jpn, look(jpn, draft["id"])).ok().json()["state"] == "applied"


def test_a_second_person_is_asked_for_when_the_entry_says_so(new_exchange):
    policy = coalition.coalition()
    policy["principals"].append(principal("USA", "fdo", "two"))
    exchange = new_exchange("raised", policy=policy)
    terms = agreement("GIVEN", [], providers=["USA", "JPN"], recipients=["DEU"], highest={"USA": "S"}, default={})
    with exchange.client("USA", "fdo") as one, exchange.client("USA", "fdo", "two") as two, exchange.client("JPN", "fdo") as jpn:
        draft = propose(jpn, *of_agreement(terms))
        assert accept_as_shown(one, look(one, draft["id"])).ok().json()["accepted"] == ["USA"]
        exchange.apply(changed(policy, lambda p: coalition.entry(p, "partners", code="USA").update(approvals=2)))
        answer = accept_as_shown(jpn, look(jpn, draft["id"])).ok().json()
        assert (answer["state"], answer["accepted"]) == ("open", ["JPN"]), "what one accepted has lapsed"
        assert accept_as_shown(two, look(two, draft["id"])).ok().json()["state"] == "open"
        assert accept_as_shown(one, look(one, draft["id"])).ok().json()["state"] == "applied"


def test_a_view_that_labels_name_is_not_made_again_by_one(new_exchange):
    view = {"code": "TEAR", "title": "Tear-line", "types": {"eoobservation": [{"drop": ["ra", "declination"]}]}}
    without = coalition.coalition()
    exchange = new_exchange("views", policy=changed(without, lambda p: p.update(views=[view])))
    with exchange.client("USA", "node") as node, exchange.client("DEU", "fdo") as fdo:
        node.put_record("eoobservation", withheld(
            relto={"releaseViews": [{"view": "TEAR", "classificationMarking": "U//REL TO USA, JPN"}]}))
        exchange.apply(without)
        for code, state in (("OTHER", "applied"), ("TEAR", "open")):
            proposal = propose(fdo, change("view", code, dict(view, code=code)))
            assert proposal["needs"] == ["DEU"]
            assert accept_as_shown(fdo, proposal).ok().json()["state"] == state


def test_a_view_that_is_made_anew_is_shown_otherwise(new_exchange):
    """Whoever is asked is told how many of its records, and of nobody else's; what is not touched is not told of."""
    view = {"code": "SOME", "title": "Some", "types": {"eoobservation": [{"drop": ["ra"]}], "elset": [{"drop": ["origin"]}]}}
    policy = coalition.coalition()
    policy["views"] = [view]
    for a in policy["agreements"]:
        a["views"] = {"eoobservation": "SOME", "elset": "SOME"} if a["id"].startswith("USA") else {}
    exchange = new_exchange("anew", policy=policy)
    with contextlib.ExitStack() as stack:
        usa, jpn, node, other, reader = (stack.enter_context(exchange.client(*who)) for who in (
            ("USA", "fdo"), ("JPN", "fdo"), ("USA", "node"), ("JPN", "node"), ("JPN", "operator")))
        posted = [node.put_record("eoobservation", observation()) for _ in range(3)]
        other.put_record("eoobservation", observation())
        node.put_record("elset", {"classificationMarking": "U", "dataMode": "TEST", "source": "e2e", "epoch": iso(exchange.now), "satNo": 1})
        renamed = propose(usa, change("view", "SOME", dict(view, title="Otherwise")))
        assert renamed["dryRun"]["partners"] == []
        usa.post(f"/v1/proposals/{renamed['id']}/withdraw", {}).ok()
        types = dict(view["types"], eoobservation=[{"drop": ["declination"]}])
        draft = propose(usa, change("view", "SOME", dict(view, types=types)))
        for officer, partner, originator, n in ((usa, "JPN", "USA", 3), (jpn, "USA", "JPN", 1)):
            shown, = look(officer, draft["id"])["dryRun"]["partners"]
            assert (shown["partner"], shown["opens"], shown["closes"], shown["view"]) == (partner, 0, 0, n)
            line, = shown["labels"]
            assert (line["change"], line["type"], line["originator"], line["records"]) == ("view", "eoobservation", originator, n)
            assert line["from"] == line["to"] == "SOME"
        state = None
        for partner in PARTNERS:
            with exchange.client(partner, "fdo") as fdo:
                assert "ra" not in reader.get(f"/v1/eoobservation/{posted[0]}").ok().json()
                state = accept_as_shown(fdo, look(fdo, draft["id"])).ok().json()["state"]
        sent = reader.get(f"/v1/eoobservation/{posted[0]}").ok().json()
        assert state == "applied" and "ra" in sent and "declination" not in sent


# --- communities ---
def test_membership_with_backfill(exchange, people):
    exchange.advance(days=1)
    old = people("USA", "node").put_record("eoobservation", withheld("S//REL TO USA, ACGU"))
    exchange.advance(days=1)
    since = iso(exchange.now)
    new = people("USA", "node").put_record("eoobservation", withheld("S//REL TO USA, ACGU"))
    exchange.advance(seconds=1)
    joined = settle(people, "NZL", member("ACGU", "NZL", backfill=since))
    assert joined == {("NZL", "opens", "USA", "S//REL TO USA, ACGU"): 1}
    assert people("NZL", "operator").sees("eoobservation", new)
    assert not people("NZL", "operator").sees("eoobservation", old)
    leaves = propose(people("NZL", "admin"), change("membership", "ACGU/NZL", None))
    assert leaves["state"] == "applied"
    assert not people("NZL", "operator").sees("eoobservation", new)
    ejected = propose(people("GBR"), change("membership", "ACGU/CAN", None))
    assert ejected["state"] == "open" and "CAN" in ejected["needs"]  # a member does not put out another
    people("GBR").post(f"/v1/proposals/{ejected['id']}/withdraw", {}).ok()


def test_who_else_is_asked_is_discreet(people):
    """JPN's agreement with USA is nobody else's business, although USA has to accept that JPN joins."""
    proposal = propose(people("DEU"), member("NATO", "JPN"))
    members = ["CAN", "DEU", "FRA", "GBR", "USA"]
    assert proposal["needs"] == sorted(members + ["JPN"])
    terms = agreement(next(names), [], providers=["AUS"], recipients=["JPN"], highest={"AUS": "S"}, default={})
    settle(people, "AUS", *of_agreement(terms))
    proposal = propose(people("DEU"), member("NATO", "JPN"))
    assert "AUS" not in proposal["needs"]
    assert "AUS" in look(people("JPN"), proposal["id"])["needs"] and "AUS" in look(people("AUS"), proposal["id"])["needs"]
    for partner in members + ["JPN"]:
        state = accept(people, proposal["id"], partner)
    assert state["state"] == "open"
    assert accept(people, proposal["id"], "AUS")["state"] == "applied"


def test_making_oneself_a_subject_does_not_tell_of_others(people):
    """NZL releases to FRA, which is no business of JPN, which is to join a community together with FRA."""
    new = next(names).replace("-", "")
    community = change("community", new, {"code": new, "name": "new"})
    both = (community, member(new, "FRA"), member(new, "JPN"))
    assert "NZL" not in propose(people("JPN"), *both, dry=True)["needs"]
    proposal = propose(people("JPN"), *both)
    assert "NZL" in look(people("FRA"), proposal["id"])["needs"]
    accept(people, proposal["id"], "NZL")
    assert "NZL" not in look(people("JPN"), proposal["id"])["accepted"]
    assert "NZL" in look(people("FRA"), proposal["id"])["accepted"]
    people("JPN").post(f"/v1/proposals/{proposal['id']}/withdraw", {}).ok()
    terms = agreement(next(names), [], providers=["NZL"], recipients=["JPN"], highest={"NZL": "S"}, default={})
    settle(people, "NZL", *of_agreement(terms))
    assert "NZL" in propose(people("JPN"), *both, dry=True)["needs"], "of its own it knows"


# --- principals and equivalences ---
def test_clearance_widening_needs_the_providers(people):
    people("USA", "node").put_record("eoobservation", withheld("S//REL TO USA, JPN"))
    low = principal("JPN", "operator", clearances={"JPN": "TS", "USA": "C"})
    narrowed = propose(people("JPN", "admin"), change("principal", low["id"], low))
    assert narrowed["state"] == "applied"
    high = principal("JPN", "operator")
    before = visible(people)
    proposal = propose(people("JPN", "admin"), change("principal", high["id"], high))
    assert {"JPN", "USA"} <= set(proposal["needs"]) and proposal["state"] == "open"
    expected = told(look(people("USA"), proposal["id"])["dryRun"])
    assert expected and all(key[:3] == ("JPN", "opens", "USA") for key in expected)
    accept(people, proposal["id"], *proposal["needs"])
    assert only(difference(before, visible(people)), "USA") == expected
    gone = propose(people("JPN", "admin"), change("principal", principal_id("JPN", "auditor"), None))
    assert gone["state"] == "applied"
    people("JPN", "auditor").get("/v1/whoami").problem(403)


def test_equivalence(people):
    people("DEU", "node").put_record("eoobservation", withheld("S//REL TO DEU, JPN"))
    terms = agreement(next(names), [], providers=["DEU"], recipients=["JPN"], highest={"DEU": "S"}, default={})
    assert settle(people, "DEU", *of_agreement(terms)) == {}  # nobody of JPN is cleared for it
    row = {"policy": "DEU", "level": "S", "as": {"policy": "JPN", "level": "S"}}
    opened = settle(people, "DEU", *of_agreement(dict(terms, equivalence=[row])))
    assert opened == {("JPN", "opens", "DEU", "S//REL TO DEU, JPN"): 1}
    closed = settle(people, "DEU", *of_agreement(terms))
    assert closed == {("JPN", "closes", "DEU", "S//REL TO DEU, JPN"): 1}


# --- what is kept, and what is not told ---
def test_refusals_tell_where(people):
    terms = agreement(next(names), [], providers=["USA"], recipients=["JPN"], highest={"USA": "XX"}, default={})
    assert people("USA").post("/v1/agreements", terms).problem(422)["where"] == "$.highest.USA"
    problem = people("USA").post("/v1/proposals", {"changes": of_agreement(terms)}).problem(422, "INVALID_CHANGE")
    assert problem["where"] == "$.changes[0].entry.highest.USA"
    for types in (["nosuchtype"], []):
        people("USA").post("/v1/agreements", dict(terms, highest={"USA": "S"}, types=types)).problem(422)
    for bad in ({}, {"changes": []}, {"changes": {}}, {"changes": [{"kind": "agreement"}]},
                {"changes": [change("agreement", "X", 5)]}, {"changes": of_agreement(terms) * 65}):
        people("USA").post("/v1/proposals", bad).problem(422, "INVALID_CHANGE")
    people("USA").post("/v1/proposals", {"changes": [], "comment": "x" * 1025}).problem(400)
    people("USA").post("/v1/proposals", {"changes": []}, query={"dryRun": "maybe"}).problem(400)
    people("USA").get("/v1/proposals/none").problem(404)
    taken = people("FRA").post("/v1/agreements", dict(terms, id="USA-JPN-2026", providers=["FRA"],
                                                      highest={"FRA": "S"})).problem(422)
    assert "USA-JPN-2026" in taken["detail"] and "title" not in taken["detail"]


def test_a_taken_identifier_is_all_that_a_stranger_learns(people):
    """What would be wider than there is, is not told by what is found first."""
    answers = set()
    for providers, recipients, more in itertools.product(
            (["DEU"], ["USA"], ["USA", "JPN"]), (["DEU"], ["JPN"]),
            ({}, {"highest": {"USA": "U"}}, {"types": ["elset"]}, {"dataModes": ["REAL"]}, {"types": ["nosuchtype"]},
             {"version": 7}, {"title": ""})):
        terms = dict(agreement("USA-JPN-2026", [], providers=providers, recipients=recipients, highest={}, default={},
                               backfill="none"), **more)
        problem = people("DEU").post("/v1/proposals", {"changes": of_agreement(terms)},
                                     query={"dryRun": "true"}).problem(422, "INVALID_CHANGE")
        answers.add((problem.get("where"), problem["detail"]))
    assert len(answers) == 1
    own = dict(agreement("USA-JPN-2026", [], providers=["USA", "JPN"], recipients=["USA", "JPN", "DEU"], highest={"USA": "U"},
                         default={}, backfill="none"))
    problem = people("JPN").post("/v1/proposals", {"changes": of_agreement(own)}).problem(422, "INVALID_CHANGE")
    assert problem["where"] == "agreement USA-JPN-2026" and "`recipients`" in problem["detail"]


def test_everything_is_on_record(exchange, postgres, people):
    acts = postgres.sql("SELECT act, count(*) > 0 FROM proposal_act GROUP BY act ORDER BY act",
                        database=exchange.conninfo.split("dbname=")[1].split()[0])
    assert acts.splitlines() == ["accept|t", "apply|t", "propose|t", "reject|t", "withdraw|t"]
    loose = postgres.sql("SELECT count(*) FROM proposal p WHERE p.state = 'applied' AND NOT EXISTS (SELECT FROM"
                         " policy_audit a JOIN proposal_act x ON x.proposal = p.id AND x.act = 'apply'"
                         " WHERE a.file_digest = p.digest AND a.actor = x.principal)",
                         database=exchange.conninfo.split("dbname=")[1].split()[0])
    assert loose == "0"


def test_the_epoch_is_not_told(people):
    for partner in ("JPN", "USA"):
        assert b"epoch" not in people(partner).get("/v1/proposals").ok().body
        for proposal in people(partner).get("/v1/proposals", {"open": "true"}).ok().json():
            answer = people(partner).get(f"/v1/proposals/{proposal['id']}").ok()
            assert b"epoch" not in answer.body and b"seq" not in answer.body


# --- on the machine itself ---
def test_policy_file_is_tried_the_same_way(exchange, people):
    people("CAN", "node").put_record("eoobservation", withheld("S//REL TO CAN, DEU"))
    before = visible(people)
    registers = changed(exchange.policy, lambda p: p["agreements"].append(agreement(
        "FILE", [], providers=["CAN"], recipients=["DEU"], highest={"CAN": "S"}, default={},
        equivalence=[{"policy": "CAN", "level": "S", "as": {"policy": "DEU", "level": "S"}}])))
    registers["principals"] = [p for p in registers["principals"] if p["id"] != principal_id("JPN", "auditor")]  # gone
    lines = exchange.apply(registers, "--dry-run").stdout.splitlines()
    told_lines = [line.split(": ", 1) for line in lines if ': {"change"' in line]
    exchange.apply(registers)
    happened = difference(before, visible(people))
    assert ("DEU", "opens", "CAN", "S//REL TO CAN, DEU") in happened
    summed = {}
    for partner, text in told_lines:
        label = json.loads(text)
        key = (partner, label["change"], label["originator"], label["classificationMarking"])
        assert key not in summed
        summed[key] = label["records"]
    assert {key: n for key, n in summed.items() if n} == happened
