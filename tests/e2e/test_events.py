"""Conjunction messages of one event: the one made last takes the place of the others among what a reader sees."""
import datetime
import random

import pytest

from coalition import ANY_TIME, agreement, changed, coalition, restriction
from harness import iso, parse_iso
from messages import cdm

SPAN = datetime.timedelta(minutes=10)
FIELDS = ("satNo1", "satNo2", "origIdOnOrbit1", "origIdOnOrbit2")


def policy():
    """JPN does not see the second object, DEU not when it was made; what GBR sees says all of the event."""
    def views(p):
        steps = {"NOSECOND": {"drop": ["satNo2"]}, "UNDATED": {"drop": ["creationDate"]}, "NOMISS": {"drop": ["missDistance"]}}
        p["views"] = [{"code": code, "title": code, "types": {"conjunction": [step]}} for code, step in steps.items()]
        p["agreements"] = [agreement("USA-FRA", ["FRA", "USA"])] + [
            agreement(f"USA-{partner}", [partner, "USA"], views={"conjunction": view})
            for partner, view in (("JPN", "NOSECOND"), ("DEU", "UNDATED"), ("GBR", "NOMISS"))]
    return changed(coalition(), views)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("events", policy=policy())


@pytest.fixture(scope="module")
def node(exchange):
    with exchange.client("USA", "node") as client:
        yield client


def message(tca, made, first=1, second=2, **more):
    record = {"classificationMarking": "U", "dataMode": "TEST", "source": "s", "originator": "CSPOC", "tca": iso(tca), "satNo1": first,
              "satNo2": second, "missDistance": random.randrange(1000)}
    return dict(record, **({} if made is None else {"creationDate": iso(made)}), **more)


def closed(**more):
    return dict(more, classificationMarking="S//NF", relto={"restriction": restriction()})


def objects(record):
    def one(n):
        return record.get(f"satNo{n}", record.get(f"origIdOnOrbit{n}"))
    return frozenset((one(1), one(2)))


def follows(new, old):
    """Whether new, which was posted at place new["n"], takes the place of old."""
    if new.get("superseded") == old["id"]:
        return True
    same = all(new.get(f) == old.get(f) for f in ("dataMode", "originator")) and objects(new) == objects(old)
    if not same or len(objects(new)) != 2 or None in objects(new) or "creationDate" not in new or "creationDate" not in old:
        return False
    return abs(parse_iso(new["tca"]) - parse_iso(old["tca"])) <= SPAN and (new["creationDate"], new["n"]) > (old["creationDate"], old["n"])


@pytest.fixture(scope="module")
def posted(exchange, node):
    """Many messages on few events in no order of their making, some of them for USA alone."""
    roll, records = random.Random("events"), []
    start = exchange.now.replace(microsecond=0)
    for n in range(160):
        made = start - datetime.timedelta(hours=roll.randrange(8))
        first, second = roll.sample([1, 2, 3], 2)
        more = {"dataMode": roll.choice(["TEST", "TEST", "EXERCISE"])}
        if roll.random() < 0.1:
            more["originator"] = "another"
        if roll.random() < 0.4:
            more = closed(**more)
        tca = start + datetime.timedelta(minutes=roll.choice([0, 4, 10, 14, 100]))
        record = message(tca, None if roll.random() < 0.1 else made, first, second, descriptor=f"n{n}", **more)
        if roll.random() < 0.3:  # an object without a number is known by its name
            record["origIdOnOrbit2"] = f"name {record.pop('satNo2')}"
        records.append(record)
    for record in records:
        record["id"] = node.put_record("conjunction", record)
    for n, record in enumerate(records):
        record["n"] = n
    named = message(start, None, 8, 9, relto={"supersedes": records[0]["id"]}, descriptor="named")
    named.update(id=node.put_record("conjunction", named), n=len(records), superseded=records[0]["id"])
    return {r["id"]: r for r in [*records, named]}


@pytest.mark.parametrize("reader", ["USA", "FRA", "GBR", "JPN", "DEU"])
def test_current_is_what_nothing_seen_takes_the_place_of(exchange, posted, reader):
    """Who is not shown what tells of which event a record is sees all of them as current."""
    with exchange.client(reader) as client:
        seen = [posted[i] for i in client.ids("conjunction", tca=ANY_TIME)]
        assert (len(seen) < len(posted)) == (reader != "USA")
        told = reader in ("USA", "FRA", "GBR")
        wanted = [r["id"] for r in seen if not told or not any(follows(other, r) for other in seen)]
        assert 5 < len(wanted) <= len(seen) and told == (len(wanted) < len(seen))
        got = client.get("/v1/conjunction/current").ok().json()
        assert [r["id"] for r in got] == wanted  # in the order of the list, which is that of their times
        assert sorted(r["id"] for r in client.get("/udl/conjunction/current", {"sort": "satNo1,ASC"}).ok().json()) == sorted(wanted)
        some = client.get("/v1/conjunction/current/tuple", {"columns": "descriptor", "satNo1": "2"}).ok().json()
        assert sorted(r["descriptor"] for r in some) == sorted(posted[i]["descriptor"] for i in wanted if posted[i]["satNo1"] == 2)
        pages = [r["id"] for first in range(0, len(wanted) + 4, 4) for r in client.get(
            "/v1/conjunction/current", {"maxResults": 4, "firstResult": first}).ok().json()]
        assert pages == wanted


def test_the_hidden_middle_of_three_leaves_the_last(exchange, node):
    """A reader who does not see the second of three messages sees the third alone."""
    start = exchange.now + datetime.timedelta(days=3)
    made = [exchange.now - datetime.timedelta(hours=h) for h in (3, 2, 1)]
    ids = [node.put_record("conjunction", message(start, made[0], 71, 72)),
           node.put_record("conjunction", message(start, made[1], 71, 72, **closed())),
           node.put_record("conjunction", message(start, made[2], 72, 71))]
    with exchange.client("FRA") as reader, exchange.client("USA", "fdo") as officer:
        query = {"satNo1": "71,72"}

        def current(client):
            return {r["id"] for r in client.get("/v1/conjunction/current", query).ok().json()}
        assert current(reader) == current(node) == {ids[2]}
        officer.post(f"/v1/conjunction/{ids[2]}/recall", {"reason": "wrong"}).ok(204)
        assert current(reader) == {ids[0]} and current(node) == {ids[1]}


def test_messages_in_files_are_of_events_too(node):
    """Later news may arrive first."""
    header = {"classification": "U", "dataMode": "TEST", "filename": "a.cdm", "source": "events"}
    ids = [node.post("/filedrop/cdms", cdm([(0, "CREATION_DATE", made), (0, "TCA", tca)]), None, header).ok(202).header("X-Record-Ids")
           for made, tca in (("2026-05-21T00:00:00", "2026-05-23T10:00:00"), ("2026-05-20T00:00:00", "2026-05-23T10:10:00"),
                             ("2026-05-20T00:00:00", "2026-05-23T10:10:00.000001"))]
    assert {r["id"] for r in node.get("/v1/conjunction/current", {"source": "events"}).ok().json()} == {ids[0], ids[2]}
    assert node.count("conjunction", tca=ANY_TIME, source="events") == 3
