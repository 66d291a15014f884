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


def text_of(made, tca="2026-05-25T10:00:00", designator="00005", **more):
    """A message without the comment in front, by which nobody could tell what it is."""
    change = [(0, "CREATION_DATE", made), (0, "TCA", tca), (1, "OBJECT_DESIGNATOR", designator), (0, "MESSAGE_ID", made + tca),
              *((0, name, value) for name, value in more.items())]
    return cdm(change).split("\n", 1)[1]


def take(client, *texts, **more):
    query = {"classificationMarking": "U", "dataMode": "TEST", "source": "follow"} | more
    return client.post("/v1/import", "".join(texts), {"Content-Type": "application/octet-stream"}, query).ok(201).json()["results"]


def test_imported_messages_supersede_those_made_before(exchange, node):
    """Told in the answer and to owners; who the record is shown to otherwise is not told."""
    first, third = (take(node, text_of(f"2026-05-2{n}T00:00:00"))[0] for n in (0, 2))
    assert "supersedes" not in first and third["supersedes"] == first["id"]
    second, = take(node, text_of("2026-05-21T00:00:00", tca="2026-05-25T10:03:00"))
    assert second["supersedes"] == first["id"]  # which came late, and is itself superseded
    fourth, = take(node, text_of("2026-05-23T00:00:00", tca="2026-05-25T10:12:59"))
    assert fourth["supersedes"] == second["id"]  # the third is 13 minutes away
    other, = take(node, text_of("2026-05-24T00:00:00", ORIGINATOR="another"))
    assert "supersedes" not in other
    record = node.get(f"/v1/conjunction/{third['id']}").ok().json()
    assert record["relto"]["supersedes"] == first["id"]
    with exchange.client("FRA") as reader:
        assert "supersedes" not in reader.get(f"/v1/conjunction/{third['id']}").ok().json()["relto"]
    current = {r["id"] for r in node.get("/v1/conjunction/current", {"source": "follow"}).ok().json()}
    assert current == {third["id"], fourth["id"], other["id"]}


def test_the_same_again_is_the_same(node):
    """Though something else has been made before it since; as a file, and as the record that was sent."""
    texts = [text_of(f"2026-05-2{n}T00:00:00", designator="00006") for n in (0, 1, 2)]
    first, third = (take(node, texts[n])[0] for n in (0, 2))
    take(node, texts[1])
    assert take(node, texts[2])[0]["id"] == third["id"]
    path = f"/v1/conjunction/{third['id']}"
    sent = node.get(path).ok()
    record = sent.json()
    assert record["relto"]["supersedes"] == first["id"]
    assert node.post("/v1/conjunction", sent.body.decode()).ok(201).json()["id"] == third["id"]
    assert node.get(path).ok().body == sent.body
    altered = node.put_record("conjunction", dict(record, comments="altered"))
    assert altered != third["id"] and node.get(f"/v1/conjunction/{altered}").ok().json()["relto"]["supersedes"] == first["id"]


def post_one(node, record):
    answer = node.post("/v1/conjunction", record).ok(201).json()
    return answer["id"], answer.get("supersedes")


def post_bulk(node, record):
    return node.post("/v1/conjunction/createBulk", [record]).ok(201).json()["ids"][0], None


def post_partly(node, record):
    wrong = dict(record, tca="tomorrow")
    refused, answer = node.post("/v1/conjunction/createBulk", [wrong, record], query={"partial": "true"}).ok(201).json()["results"]
    assert "error" in refused
    return answer["id"], answer.get("supersedes")


def drop(node, record):
    return node.post("/filedrop/udl-conjunction", [record]).ok(202).header("X-Record-Ids"), None


def drop_message(node, record):
    text = cdm([(0, "CREATION_DATE", record["creationDate"].rstrip("Z")), (0, "TCA", record["tca"].rstrip("Z"))])
    query = {"classification": "U", "dataMode": "EXERCISE", "filename": "a.cdm", "source": "s"}
    return node.post("/filedrop/cdms", text, None, query).ok(202).header("X-Record-Ids"), None


@pytest.mark.parametrize("post", [post_one, post_bulk, post_partly, drop, drop_message], ids=lambda f: f.__name__)
def test_however_messages_are_posted_they_supersede(exchange, node, post):
    """Told where the answer has a place for it, and to their owner."""
    number = 80 + [post_one, post_bulk, post_partly, drop, drop_message].index(post) * 2
    start = (exchange.now + datetime.timedelta(days=5)).replace(microsecond=0)

    def send(hours):
        return post(node, message(start, start - datetime.timedelta(hours=hours), number, number + 1, missDistance=hours))
    first, _ = send(9)
    third, told = send(7)
    second, _ = send(8)
    superseded = {i: node.get(f"/v1/conjunction/{i}").ok().json()["relto"].get("supersedes") for i in (first, second, third)}
    assert superseded == {first: None, second: first, third: first} and told in (None, first)
    assert (told == first) == (post in (post_one, post_partly))
    assert send(7)[0] == third  # its id has not come to depend on what was there


def test_posted_messages_follow_what_their_owner_sees(exchange, node):
    """What the poster names stands; a message that is another's, or recalled, is not followed."""
    start = exchange.now + datetime.timedelta(days=6)
    ids = [post_one(node, message(start, start - datetime.timedelta(hours=h), 95, 96))[0] for h in (9, 8)]
    with exchange.client("USA", "fdo") as officer, exchange.client("FRA", "node") as other:
        assert post_one(other, message(start, start - datetime.timedelta(hours=7), 95, 96))[1] is None
        officer.post(f"/v1/conjunction/{ids[1]}/recall", {"reason": "wrong"}).ok(204)
    assert post_one(node, message(start, start - datetime.timedelta(hours=6), 95, 96))[1] == ids[0]
    named = message(start, start - datetime.timedelta(hours=5), 95, 96, relto={"supersedes": ids[0]})
    assert post_one(node, named)[1] is None


@pytest.mark.parametrize("partial", [None, "true"])
def test_messages_of_one_file_follow_each_other(node, partial):
    """In whatever order they stand; of several events."""
    number = 7 if partial else 8
    at = ["2026-05-21", "2026-05-23", "2026-05-20", "2026-05-22"]
    texts = [text_of(f"{day}T00:00:00", tca=f"2026-05-2{5 + n % 2}T10:00:00", designator=f"0000{number}") for n, day in enumerate(at)]
    results = take(node, *texts, **({"partial": partial} if partial else {}))
    ids = [r["id"] for r in results]
    assert [r.get("supersedes") for r in results] == [ids[2], ids[3], None, None]
    for r in results:
        assert node.get(f"/v1/conjunction/{r['id']}").ok().json()["relto"].get("supersedes") == r.get("supersedes")
    again, = take(node, text_of("2026-05-24T00:00:00", tca="2026-05-25T10:00:00", designator=f"0000{number}"))
    assert again["supersedes"] == ids[0]


def test_what_is_not_seen_is_not_followed(exchange, node):
    """What is recalled is followed by nobody, and another's messages are another's."""
    first, = take(node, text_of("2026-05-20T00:00:00", designator="00009"))
    hidden, = take(node, text_of("2026-05-21T00:00:00", designator="00009"))
    with exchange.client("USA", "fdo") as officer:
        officer.post(f"/v1/conjunction/{hidden['id']}/recall", {"reason": "wrong"}).ok(204)
    assert take(node, text_of("2026-05-22T00:00:00", designator="00009"))[0]["supersedes"] == first["id"]
    with exchange.client("FRA", "node") as other:
        assert "supersedes" not in take(other, text_of("2026-05-22T00:00:00", designator="00009"))[0]
