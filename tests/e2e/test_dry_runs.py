"""Dry runs of what disclosure officers decide: each says what then happens, to nobody but the owner."""
import datetime

import pytest

import coalition
from coalition import observation, withheld
from harness import iso
from test_proposals import difference, exchange, people, told, visible  # noqa: F401: fixtures

TRY = {"dryRun": "true"}
KIND = "/v1/eoobservation"


def tried(client, target, body, owner="USA"):
    """{(partner, effect, originator, marking): how many}, as the dry run has it."""
    answer = client.post(target, body, query=TRY).ok().json()
    again = client.post(target, body, query=TRY).ok().json()
    assert {**answer["dryRun"], "asOf": ""} == {**again["dryRun"], "asOf": ""}
    found = told(answer["dryRun"])
    assert all(key[2] == owner for key in found)
    return found


def happens(people, act):
    """The same as it comes out."""
    before = visible(people)
    act()
    return difference(before, visible(people))


def node(people, partner="USA"):
    return people(partner, "node")


def asked(people, exchange, **what):
    body = dict({"purpose": "a test", "until": iso(exchange.now + datetime.timedelta(days=9))}, **what)
    return people("JPN").post("/v1/release-requests", body).ok(201).json()["id"]


def test_recall(exchange, people):
    fdo = people("USA")
    shared = node(people).put_record("eoobservation", withheld("U//REL TO USA, GBR, JPN", source="recall"))
    target, body = f"{KIND}/{shared}/recall", {"reason": "a test"}
    said = tried(fdo, target, body)
    assert said == {(p, "closes", "USA", "U//REL TO USA, GBR, JPN"): 1 for p in ("USA", "JPN", "GBR")}, said
    assert happens(people, lambda: fdo.post(target, body).ok(204)) == said
    assert tried(fdo, target, body) == {}, "it has been taken back"


@pytest.mark.parametrize("old, new", [("U//REL TO USA, JPN", "U//REL TO USA, GBR"), ("U", "U//REL TO USA, JPN"),
                                      ("U//REL TO USA, JPN", "U")])
def test_relabel(exchange, people, old, new):
    fdo = people("USA")
    target = f"{KIND}/{node(people).put_record('eoobservation', withheld(old, source='relabel'))}/relabel"
    body = {"classificationMarking": new, "relto": {"restriction": coalition.restriction()}}
    said = tried(fdo, target, body)
    came = happens(people, lambda: fdo.post(target, body).ok(204))
    assert said
    assert {key[:3] for key in said} == {key[:3] for key in came}


def test_relabel_with_an_embargo(exchange, people):
    """What is shown now and only later then closes; that it opens later is told of the record that nobody sees yet."""
    fdo, until = people("USA"), iso(exchange.now + datetime.timedelta(days=2))
    shared = node(people).put_record("eoobservation", withheld("U//REL TO USA, JPN", source="embargo"))
    target = f"{KIND}/{shared}/relabel"
    body = {"classificationMarking": "U//REL TO USA, JPN", "relto": {"embargoUntil": until, "restriction": coalition.restriction()}}
    said = tried(fdo, target, body)
    assert ("JPN", "closes", "USA", "U//REL TO USA, JPN") in said
    assert happens(people, lambda: fdo.post(target, body).ok(204)) == said
    back = dict(body, relto={"restriction": coalition.restriction()})
    said = tried(fdo, target, back)
    assert ("JPN", "opens", "USA", "U//REL TO USA, JPN") in said
    assert happens(people, lambda: fdo.post(target, back).ok(204)) == said


def test_withhold_and_review(exchange, people):
    fdo = people("USA")
    shared = node(people).put_record("eoobservation", observation(source="withhold"))
    body = coalition.restriction()
    said = tried(fdo, f"{KIND}/{shared}/withhold", body)
    came = happens(people, lambda: fdo.post(f"{KIND}/{shared}/withhold", body).ok(204))
    assert said == came and ("JPN", "closes", "USA", "U") in said
    assert tried(fdo, f"{KIND}/{shared}/review", body) == {}
    assert happens(people, lambda: fdo.post(f"{KIND}/{shared}/review", body).ok(204)) == {}


def test_what_was_derived_closes_with_it(exchange, people):
    fdo = people("USA")
    part = node(people).put_record("eoobservation", withheld("U//REL TO USA, JPN", source="part"))
    node(people).put_record("eoobservation", withheld("U//REL TO USA, JPN", source="whole", relto={"derivedFrom": [part]}))
    said = tried(fdo, f"{KIND}/{part}/relabel", body := {"classificationMarking": "U//REL TO USA, GBR",
                                                       "relto": {"restriction": coalition.restriction()}})
    came = happens(people, lambda: fdo.post(f"{KIND}/{part}/relabel", body).ok(204))
    assert said["JPN", "closes", "USA", "U//REL TO USA, JPN"] == 2 and came["JPN", "closes", "USA", "U//REL TO USA, JPN"] == 2


def test_grants(exchange, people):
    """An approval opens the stored records of its scope, a refusal nothing; the withdrawal closes what was opened."""
    fdo = people("USA")
    for n in range(3):
        node(people).put_record("eoobservation", observation("S", source="grant", satNo=77, descriptor=str(n)))
    node(people).put_record("eoobservation", observation("S", source="grant", satNo=78))
    node(people).put_record("eoobservation", withheld("S//NF", source="grant", satNo=77))  # no grant opens it
    request = asked(people, exchange, owner="USA", scope={"type": "eoobservation", "object": "77"})
    assert tried(fdo, f"/v1/queue/requests/{request}/deny", {"reason": "a test"}) == {}
    target = f"/v1/queue/requests/{request}/approve"
    said = tried(fdo, target, {})
    assert said == {("JPN", "opens", "USA", "S"): 3}, said
    grants = []
    came = happens(people, lambda: grants.append(fdo.post(target, {}).ok().json()["grant"]))
    assert came == said
    target = f"/v1/grants/{grants[0]}/withdraw"
    said = tried(fdo, target, {"reason": "a test"})
    assert said == {("JPN", "closes", "USA", "S"): 3}, said
    assert happens(people, lambda: fdo.post(target, {"reason": "a test"}).ok(204)) == said


def test_a_grant_of_one_record(exchange, people):
    fdo = people("USA")
    one = node(people).put_record("eoobservation", observation("S", source="one"))
    request = asked(people, exchange, record={"type": "eoobservation", "id": one})
    answer = fdo.post(f"/v1/queue/requests/{request}/approve", {}, query=TRY).ok().json()
    assert answer["state"] == "approved" and told(answer["dryRun"]) == {("JPN", "opens", "USA", "S"): 1}


def test_others_are_shown_nothing(exchange, people):
    """The dry run answers who may not decide as the decision does."""
    shared = node(people).put_record("eoobservation", withheld("U//REL TO USA, JPN", source="others"))
    for client in (people("JPN"), people("GBR"), people("USA", "operator")):
        for query in (None, TRY):
            client.post(f"{KIND}/{shared}/recall", {"reason": "a test"}, query=query).problem(404)
    request = asked(people, exchange, owner="USA", scope={"type": "eoobservation", "object": "79"})
    people("JPN").post(f"/v1/queue/requests/{request}/approve", {}, query=TRY).problem(404)
