"""Two exchanges that differ only in what a view hides of records give who has the view the same answers.

An id is made from the whole record, so the same record has another id in the other exchange; ids are compared by their
place. Everything else is compared byte for byte but for the date, the request's id and the tag, which is of the id too.
"""
import datetime
import os
import random
import re
import urllib.parse

import pytest

import coalition
import queries
import schema
from coalition import ANY_TIME, agreement, observation
from files import FILES, forms_of
from harness import iso
from test_noninterference import Wire

RECORDS = 120
QUESTIONS = 200
HIDDEN = ["descriptor", "idSensor", "mag", "origin", "satNo", "senlat", "tags", "uct"]
ROUNDED = "range"
# Of records out of files: what their forms can do without.
OF_FILES = {"elset": ["origObjectId", "ephemType"], "statevector": ["mass"], "trackingdata": ["rangeUnits"], "reentry": ["orbitLifetime"],
            "orbitcomprehensive": ["numStates"], "ephemerisset": ["hasAccel", "comments"], "conjunction": ["collisionProb", "messageId"],
            "navephemeris": ["health", "fitInterval"], "timeoffset": ["utc"], "preciseephemeris": ["agency"], "gnssclock": ["analysisCenterName"],
            "almanac": ["health"]}
# Forms of the others need what is kept of the file, or what is hidden.
MADE = {"elset", "statevector", "ephemerisset", "conjunction", "navephemeris", "timeoffset"}


def policy():
    made = coalition.coalition()
    steps = [{"drop": HIDDEN}, {"round": {"field": ROUNDED, "step": 100}}]
    types = {"eoobservation": steps, **{kind: [{"drop": [name]} for name in names] for kind, names in OF_FILES.items()}}
    made["views"] = [{"code": "LESS", "title": "Less", "types": types}]
    made["agreements"] = [agreement("USA-JPN", ["JPN", "USA"], views=dict.fromkeys(types, "LESS"))]
    return made


def hidden_part(roll):
    return {"descriptor": roll.choice(["alpha", "BRAVO", "100%"]), "idSensor": roll.choice(["S1", "S2"]), "mag": roll.uniform(1, 20),
            "origin": roll.choice(["here", "there"]), "satNo": roll.randint(1, 9), "senlat": roll.uniform(-90, 90),
            "tags": roll.choice([[], ["a"], ["a", "b"]]), "uct": roll.random() < 0.5, ROUNDED: 1000 + roll.uniform(1, 98)}


@pytest.fixture(scope="module")
def worlds(new_exchange, pytestconfig):
    """[(exchange, ids, what it holds)]: the records are alike but for what the view hides."""
    seed = pytestconfig.getoption("--seed") or os.environ.get("RELTO_E2E_SEED") or "fields"
    shown, made = random.Random(seed), []
    common = [{"ra": shown.uniform(0, 360), "declination": shown.choice([-1.5, 0.0, 7.25]), "source": shown.choice(["s1", "s2"]),
               "raUnc": shown.choice([0.1, 0.2])} for _ in range(RECORDS)]
    for name in ("one", "other"):
        exchange, roll = new_exchange(name, policy=policy()), random.Random(f"{seed} {name}")
        records = [observation("U", t=exchange.now - datetime.timedelta(seconds=7 * i), **dict(part, **hidden_part(roll)))
                   for i, part in enumerate(common)]
        with exchange.client("USA", "node") as client:
            made.append((exchange, client.put_records("eoobservation", records), records))
    return made


def questions(roll, described, pool, identifiers):
    for _ in range(QUESTIONS):
        query = {"obTime": ANY_TIME}
        for _ in range(roll.choice([0, 1, 1, 2])):
            found = queries.predicate(roll, described, pool)
            if found and found[0] != "obTime":
                query[found[0]] = queries.write(roll, found[2], found[3])
        if roll.random() < 0.3:
            yield "GET", "/v1/eoobservation/count", query
            continue
        if roll.random() < 0.6:
            query["sort"] = roll.choice([*HIDDEN, ROUNDED, "ra", "source"]) + roll.choice(["", ",ASC", ",DESC"])
            query["sort"] = "ra" if query["sort"].startswith("tags") else query["sort"]
        if roll.random() < 0.5:
            query.update(maxResults=roll.choice([1, 5, 20]), firstResult=roll.choice([0, 3, 50]))
        if roll.random() < 0.3:
            query["columns"] = ",".join(roll.sample([*HIDDEN, ROUNDED, "ra", "id", "relto"], 3))
        rest = roll.choice(["", "/history", *(["/tuple"] if "columns" in query else [])])
        if rest != "/tuple" and roll.random() < 0.2:
            query["format"] = "csv"
        yield roll.choice(["GET", "GET", "HEAD"]), "/v1/eoobservation" + rest, query
    for place in range(0, RECORDS, 5):
        yield roll.choice(["GET", "HEAD"]), f"/v1/eoobservation/{identifiers[place]}", {}


def normal(said, identifiers):
    """The answer with the places of ids in their stead."""
    said = re.sub(rb"\r\nETag: [^\r]*", b"", said)
    for place, identifier in enumerate(identifiers):
        said = said.replace(identifier.encode(), b"%036d" % place)
    return said


@pytest.mark.parametrize("reader", ["operator", "auditor"])
def test_hidden_fields_answer_no_question(worlds, reader):
    (one, first, records), (other, second, more) = worlds
    roll, told, faults = random.Random(reader), 0, []
    with one.client("JPN", reader) as client:
        described = schema.Type(client.get("/v1/openapi.json").ok().json(), "eoobservation")
    principal = {"id": f"spiffe://jpn.example/{reader}/one", "partner": "JPN"}
    wires = [Wire(one, principal), Wire(other, principal)]
    for method, path, query in questions(roll, described, records + more, first):
        answers = []
        for wire, identifiers in zip(wires, (first, second)):
            target = path + ("?" + urllib.parse.urlencode(query) if query else "")
            for a, b in zip(first, identifiers):
                target = target.replace(a, b)
            answer, said = wire.ask(method, target, [], None)
            told += answer.status == 200 and len(answer.body) > 2
            answers.append(normal(said, identifiers))
        if answers[0] != answers[1]:
            faults.append(f"{method} {path} {query}\n  {answers[0][:600]}\n  {answers[1][:600]}")
    for wire in wires:
        wire.close()
    assert told > QUESTIONS // 3
    assert not faults, f"{len(faults)}\n" + "\n".join(faults[:3])


# --- files ---

def other(value):
    """Another value of the same kind, of the same length."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value[:-1] + ("Y" if value[-1] == "Z" else "Z")
    return value + 1 if isinstance(value, int) else value / 2 if isinstance(value, float) else value[::-1]


@pytest.fixture(scope="module")
def of_files(worlds):
    """{kind: its id in each exchange}: a record as a file has it, and with other values of what the view hides, also in the message that is kept."""
    (one, _, _), (another, _, _) = worlds
    found = {}
    query = {"classificationMarking": "U", "dataMode": "TEST", "source": "file"}
    with one.client("USA", "node") as first, another.client("USA", "node") as second:
        described = first.get("/v1/openapi.json").ok().json()
        for kind, names in OF_FILES.items():
            answer = first.post("/v1/import", FILES[kind], {"Content-Type": "application/octet-stream"}, query).ok(201).json()
            record, server = first.get(f"/v1/{kind}/{answer['results'][0]['id']}").ok().json(), schema.Type(described, kind).server
            record = {n: v for n, v in record.items() if n not in server} | {"source": "copy"}
            changed = {n: other(record[n]) for n in [*names, "message", "warnings"] if n in record}
            assert set(names) <= set(changed), (kind, record)
            found[kind] = first.put_record(kind, record), second.put_record(kind, {**record, **changed})
    return found


def questions_of_files(kind, forms):
    """Method, path and query; ID stands for a record's."""
    look = {**queries.look(kind), "source": "copy"}
    for form in forms:
        yield from ((method, f"/v1/{kind}/ID", {"format": form}) for method in ("GET", "HEAD"))
        yield from (("GET", f"/v1/{kind}{rest}", dict(look, format=form)) for rest in ("", "/history"))
        if form not in ("json", "csv"):
            yield "GET", f"/v1/{kind}", dict(look, format=form, partial="true")


@pytest.mark.parametrize("kind", OF_FILES)
def test_hidden_fields_are_in_no_file(worlds, of_files, kind):
    """Nor in what is said of one that cannot be made."""
    (one, _, _), (another, _, _) = worlds
    with one.client("JPN", "operator") as client:
        forms = forms_of(client.get("/v1/openapi.json").ok().json(), kind)
    principal = {"id": "spiffe://jpn.example/operator/one", "partner": "JPN"}
    wires, made = [Wire(one, principal), Wire(another, principal)], 0
    for method, path, query in questions_of_files(kind, forms):
        answers = []
        for wire, identifier in zip(wires, of_files[kind]):
            answer, said = wire.ask(method, f"{path.replace('ID', identifier)}?{urllib.parse.urlencode(query)}", [], None)
            made += answer.status == 200 and bool(answer.body) and query["format"] not in ("json", "csv")
            answers.append(normal(said, [identifier]))
        assert answers[0] == answers[1], (method, path, query)
    for wire in wires:
        wire.close()
    assert (made > 0) == (kind in MADE)


def test_owner_gets_other_files(worlds, of_files):
    for kind, found in of_files.items():
        told = []
        for (exchange, _, _), identifier in zip(worlds, found):
            with exchange.client("USA") as client:
                told.append(client.get(f"/v1/{kind}/{identifier}", {"format": "csv"}).ok().body.replace(identifier.encode(), b"ID"))
        assert told[0] != told[1], kind


def test_owner_sees_the_difference(worlds):
    found = []
    for exchange, _, _ in worlds:
        with exchange.client("USA") as client:
            found.append([(r["satNo"], r["mag"]) for r in client.list("eoobservation", obTime=ANY_TIME)])
    assert len(found[0]) == len(found[1]) == RECORDS and found[0] != found[1]
    with worlds[0][0].client("JPN") as client:
        shown = client.list("eoobservation", obTime=ANY_TIME)
        assert len(shown) == RECORDS and not any(n in r for r in shown for n in HIDDEN)
        assert {r[ROUNDED] for r in shown} == {1000} and {r["relto"]["view"] for r in shown} == {"LESS"}
        assert iso(worlds[0][0].now) == shown[0]["obTime"]
