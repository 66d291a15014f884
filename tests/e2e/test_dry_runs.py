"""Dry runs of what disclosure officers decide: each says what then happens, to nobody but the owner."""
import collections
import contextlib
import datetime

import pytest

import coalition
from coalition import observation, withheld
from harness import iso
from test_proposals import difference, exchange, people, told, visible  # noqa: F401: fixtures
from test_warn import RULES, conjunction, policy_with

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


# --- operators of objects ---

@pytest.fixture(scope="module")
def warning(new_exchange):
    """The United States warn whom they or France accept, Germany whom the United States accept."""
    policy = policy_with([dict(rule, catalogues=["FRA"]) for rule in RULES])
    coalition.entry(policy, "partners", code="FRA").update(catalogue=True)
    coalition.entry(policy, "partners", code="DEU").update(dutyToWarn=[dict(rule, catalogues=["USA"]) for rule in RULES])
    return new_exchange("warning", policy=policy)


@pytest.fixture
def who(warning):
    with contextlib.ExitStack() as stack:
        yield lambda partner, role="fdo": stack.enter_context(warning.client(partner, role))


def claim(who, number):
    who("XTR").post("/v1/objects", {"object": number}).ok(201)
    return f"/v1/objects/{number}/XTR/accept", f"/v1/objects/{number}/XTR/reject"


def warned_of(who, posted, act):
    """{(partner, effect, owner, marking): how many} of what comes to see it or no longer does."""
    readers = {partner: who(partner, "node") for partner in ("XTR", "JPN")}
    before = {p: set(c.ids("conjunction", tca=coalition.ANY_TIME)) for p, c in readers.items()}
    act()
    found = collections.Counter()
    for partner, client in readers.items():
        after = set(client.ids("conjunction", tca=coalition.ANY_TIME))
        for effect, moved in (("opens", after - before[partner]), ("closes", before[partner] - after)):
            found.update((partner, effect, *posted[identifier]) for identifier in moved)
    return found


def of_usa(found):
    return {key: n for key, n in found.items() if key[2] == "USA"}


def put(who, partner, marking="S//NF", **more):
    return {who(partner, "node").put_record("conjunction", conjunction(marking, **more)): (partner, marking)}


def test_who_is_accepted_is_warned_of_what_is_stored(warning, who):
    hour = datetime.timedelta(hours=1)
    later, before, soon = warning.now + hour, warning.now - hour, iso(warning.now + datetime.timedelta(minutes=1))
    posted = {}
    for partner, marking, more in (
            ("USA", "S//NF", {"t": later}), ("USA", "S//NF", {"t": later, "satNo1": 8, "satNo2": 72000}),
            ("USA", "S//NF", {"t": before, "relto": {"expires": iso(later)}}), ("USA", "S", {"t": later}),
            ("USA", "S//NF", {"t": before}), ("USA", "S//NF", {"t": later, "collisionProb": 0, "missDistance": 100}),
            ("USA", "S//NF", {"t": later, "satNo1": 72001}), ("USA", "S//NF", {"t": later, "relto": {"expires": soon}}),
            ("USA", "S//NF", {"t": later, "relto": {"embargoUntil": iso(later)}}), ("DEU", "S//NF", {"t": later})):
        posted.update(put(who, partner, marking, **{"satNo1": 72000, **more}))
    recalled = put(who, "USA", t=later, satNo1=72000)
    who("USA").post(f"/v1/conjunction/{list(recalled)[0]}/recall", {"reason": "wrong"}).ok(204)
    warning.advance(minutes=2)
    accept, reject = claim(who, "72000")
    assert tried(who("USA"), reject, {}) == {}, "nobody has accepted it"
    said = tried(who("USA"), accept, {})
    assert said == {("XTR", "opens", "USA", "S//NF"): 3, ("XTR", "opens", "USA", "S"): 1}
    report = who("USA").post(accept, {}, query=TRY).ok().json()["dryRun"]
    assert sum(label["later"] for partner in report["partners"] for label in partner["labels"]) == 1, "the embargo"
    came = warned_of(who, posted, lambda: who("USA").post(accept, {}).ok(204))
    assert of_usa(came) == said and came["XTR", "opens", "DEU", "S//NF"] == 1
    # Ended and accepted again: what is under the warning opens with what was posted meanwhile.
    said = tried(who("USA"), reject, {})
    assert said == {("XTR", "closes", "USA", "S//NF"): 3, ("XTR", "closes", "USA", "S"): 1}
    came = warned_of(who, posted, lambda: who("USA").post(reject, {}).ok(204))
    assert of_usa(came) == said and came["XTR", "closes", "DEU", "S//NF"] == 1
    posted.update(put(who, "USA", t=later, satNo1=72000))
    claim(who, "72000")
    said = tried(who("USA"), accept, {})
    assert said == {("XTR", "opens", "USA", "S//NF"): 4, ("XTR", "opens", "USA", "S"): 1}
    assert of_usa(warned_of(who, posted, lambda: who("USA").post(accept, {}).ok(204))) == said
    # The operator's own end of it: of the others' records it is told nothing.
    assert tried(who("XTR"), reject, {}) == {}
    assert of_usa(warned_of(who, posted, lambda: who("XTR").post(reject, {}).ok(204))) == {
        ("XTR", "closes", "USA", "S//NF"): 4, ("XTR", "closes", "USA", "S"): 1}


def test_what_is_open_already_does_not_open(warning, who):
    """By another's acceptance, or as the operator of the other object."""
    posted = put(who, "USA", t=warning.now + datetime.timedelta(hours=1), satNo1=72010, satNo2=72011)
    accept, reject = claim(who, "72010")
    assert tried(who("FRA"), accept, {}) == {}, "of others' records a catalogue is told nothing"
    opened = {("XTR", "opens", "USA", "S//NF"): 1}
    assert warned_of(who, posted, lambda: who("FRA").post(accept, {}).ok(204)) == opened
    other_accept, other_reject = claim(who, "72011")
    for target in (accept, other_accept):
        assert tried(who("USA"), target, {}) == {}
        assert warned_of(who, posted, lambda: who("USA").post(target, {}).ok(204)) == {}
    for client, target in ((who("FRA"), reject), (who("USA"), other_reject)):
        assert tried(client, target, {}) == {}
        assert warned_of(who, posted, lambda: client.post(target, {}).ok(204)) == {}
    closed = {("XTR", "closes", "USA", "S//NF"): 1}
    assert tried(who("USA"), reject, {}) == closed
    assert warned_of(who, posted, lambda: who("USA").post(reject, {}).ok(204)) == closed


def test_who_may_not_accept_may_not_try(who):
    accept, reject = claim(who, "72020")
    for target in (accept, reject):
        who("JPN").post(target, {}, query=TRY).problem(404)
    who("XTR").post(accept, {}, query=TRY).problem(403)
