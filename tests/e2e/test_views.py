"""Views: what readers are sent of a record, what they can ask, when it exists for them, and that nothing else shows.

Two exchanges with the same secret and clock get the same records but for what the view hides. Then the reader asks both
the same questions: only ids, which follow from the whole content, may differ, and what follows from an id (ETag).
"""
import copy
import datetime
import hashlib
import json
import random
import re
import urllib.parse

import pytest

import harness
import queries
import schema
from coalition import ANY_TIME, changed, coalition, entry, observation, withheld
from harness import iso

MINUTE = datetime.timedelta(minutes=1)
AREA = {"name": "WESTPAC", "south": 20, "north": 50, "west": 120, "east": 180, "at": [30, 135.5, 0]}
COARSE = {"code": "COARSE", "title": "Positions for planning", "types": {
    "eoobservation": [
        {"drop": ["ra", "declination", "descriptor"]}, {"round": {"field": "range", "step": 10}},
        {"digits": {"field": "mag", "digits": 2}}, {"time": {"field": "obTime", "seconds": 60}}, {"covariance": "drop"},
        {"region": {"latitude": "senlat", "longitude": "senlon", "altitude": "senalt", "regions": [AREA]}}],
    "conjunction": [
        {"drop": ["relPosR", "source"]}, {"digits": {"field": "missDistance", "digits": 1}},
        {"round": {"field": "xpos", "step": 100}}, {"covariance": "drop"}, {"time": {"field": "epoch", "seconds": 3600}}]}}
LATE = {"code": "LATE", "title": "An hour later", "types": {"elset": [{"delay": {"seconds": 3600}}]}}
TEAR = {"code": "TEAR", "title": "Tear-line", "reduces": ["COARSE"], "types": {
    "eoobservation": COARSE["types"]["eoobservation"] + [{"drop": ["range", "mag", "tags"]}]}}
TEAR["types"]["eoobservation"] = [s for s in TEAR["types"]["eoobservation"] if "round" not in s and "digits" not in s]
SECRET = "71e35" * 12 + "0000"
VARYING = (b"date", b"x-request-id", b"etag")


def views_policy():
    def change(policy):
        policy["views"] = copy.deepcopy([COARSE, LATE, TEAR])
        entry(policy, "agreements", id="USA-JPN-2026")["views"] = {
            "eoobservation": "COARSE", "conjunction": "COARSE", "elset": "LATE"}
    return changed(coalition(), change)


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main", policy=views_policy())


def post(exchange, kind, record, partner="JPN"):
    with exchange.client(partner, "node") as node:
        return node.put_record(kind, record)


@pytest.fixture
def usa(exchange):
    with exchange.client("USA", "operator") as client:
        yield client


# --- each step ---
def conjunction(t, **more):
    state = {"classificationMarking": "U", "dataMode": "TEST", "source": "inner", "epoch": iso(t), "xpos": 6789.5, "cov": [1.5, 2.5]}
    return dict({"classificationMarking": "U", "dataMode": "TEST", "source": "outer", "tca": iso(t), "missDistance": 1234.5,
                 "relPosR": 17.5, "stateVector1": state}, **more)


STEPS = {
    "drop": ({"ra": 12.5, "declination": 3.25}, {"ra": None, "declination": None}),
    "round": ({"range": 36789.123}, {"range": 36780}),
    "round below zero": ({"mag": -12.9}, {"mag": -12}),
    "digits": ({"mag": 12.75}, {"mag": 12}),
    "region": ({"senlat": 35.6, "senlon": 139.7, "senalt": 0.04, "senx": 1.5, "seny": 2.5},
               {"senlat": 30, "senlon": 135.5, "senalt": 0, "senx": None, "seny": None}),
    "outside of all regions": ({"senlat": 0.5, "senlon": 0.5, "senalt": 1}, {"senlat": None, "senlon": None, "senalt": None}),
    "covariance": ({"eoobservationDetails": {"raCov": 0.5, "snrEst": 7.5}}, {"eoobservationDetails": {"snrEst": 7.5}}),
}


@pytest.mark.parametrize("step", STEPS)
def test_step(exchange, usa, step):
    given, shown = STEPS[step]
    identifier = post(exchange, "eoobservation", observation(**given))
    record = usa.get(f"/v1/eoobservation/{identifier}").ok().json()
    listed = usa.list("eoobservation", obTime=ANY_TIME, id=identifier)
    assert {n: record.get(n) for n in shown} == shown and listed == [record]
    assert record["relto"]["view"] == "COARSE" and record["relto"]["agreement"] == "USA-JPN-2026"


def test_time_and_acceptance(exchange, usa):
    t = exchange.now.replace(second=17, microsecond=5)
    record = usa.get("/v1/eoobservation/" + post(exchange, "eoobservation", observation(t=t))).ok().json()
    assert record["obTime"] == iso(t.replace(second=0, microsecond=0))
    assert record["createdAt"] == iso(exchange.now.replace(second=0, microsecond=0))


def test_embedded_records_are_reduced_too(exchange, usa):
    t = exchange.now.replace(minute=40)
    record = usa.get("/v1/conjunction/" + post(exchange, "conjunction", conjunction(t))).ok().json()
    state = record["stateVector1"]
    assert "source" not in record and "source" not in state and "relPosR" not in record and "cov" not in state
    assert state["xpos"] == 6700 and record["missDistance"] == 1000 and record["tca"] == iso(t)
    assert state["epoch"] == iso(t.replace(minute=0, second=0, microsecond=0))


def test_what_retells_the_record_goes_with_what_is_reduced(exchange, usa):
    text, t = "MISS_DISTANCE = 1234.5 [m]", exchange.now.replace(minute=41)
    identifier = post(exchange, "conjunction", conjunction(t, message=text, eventId="retold"))
    assert "message" not in usa.get(f"/v1/conjunction/{identifier}").ok().json()
    asked = {"tca": ANY_TIME, "eventId": "retold"}
    assert usa.ids("conjunction", **asked) == [identifier]
    for operator in (text, f"~{text}", "*1234*", f"{text},x", ">A", "A..z"):
        assert usa.count("conjunction", message=operator, **asked) == 0
    assert usa.list("conjunction/tuple", columns="message", **asked) == [{"classificationMarking": "U"}]
    with exchange.client("JPN", "operator") as jpn:
        assert jpn.get(f"/v1/conjunction/{identifier}").ok().json()["message"] == text
        assert jpn.count("conjunction", message="*1234*", **asked) == 1


def test_the_owner_sees_all(exchange):
    identifier = post(exchange, "eoobservation", observation(range=36789.123))
    with exchange.client("JPN", "operator") as jpn:
        record = jpn.get(f"/v1/eoobservation/{identifier}").ok().json()
    assert record["range"] == 36789.123 and "ra" in record and record["relto"]["view"] == "full"


def test_delay(exchange, usa):
    t = exchange.now
    record = {"classificationMarking": "U", "dataMode": "TEST", "source": "e2e", "epoch": iso(t), "satNo": 41}
    identifier = post(exchange, "elset", record)

    def there():
        seen = {usa.sees("elset", identifier), usa.count("elset", epoch=ANY_TIME) == 1, usa.ids("elset", epoch=ANY_TIME) == [identifier],
                usa.ids("elset", epoch=ANY_TIME, sort="satNo") == [identifier], usa.count("elset", epoch=ANY_TIME, satNo=41) == 1}
        assert len(seen) == 1
        return seen.pop()

    assert not there()
    exchange.set_clock(t + 59 * MINUTE)
    assert not there()
    exchange.set_clock(t + 61 * MINUTE)
    assert there()


# --- tear-lines ---
def test_release_view(exchange, usa):
    """The originator's own marking of the view goes with it, and is what can be asked for."""
    secret = withheld("S//NF", now=exchange.now, source="tear", range=5, satNo=777, tags=["t"],
                      relto={"releaseViews": [{"view": "TEAR", "classificationMarking": "U//REL TO JPN, USA"}]})
    identifier = post(exchange, "eoobservation", secret)
    record = usa.get(f"/v1/eoobservation/{identifier}").ok().json()
    assert record["relto"]["view"] == "TEAR" and record["satNo"] == 777
    assert record["classificationMarking"] == record["relto"]["effectiveMarking"] == "U//REL TO JPN, USA"
    assert not {"range", "tags", "ra", "restriction", "releaseViews"} & (record.keys() | record["relto"].keys())
    with exchange.client("JPN", "node") as jpn:
        own = jpn.get(f"/v1/eoobservation/{identifier}").ok().json()
        assert own["relto"]["releaseViews"] == [{"view": "TEAR", "classificationMarking": "U//REL TO JPN, USA"}]
        assert jpn.put_record("eoobservation", own) == identifier, "what was sent is the record that it is"

    def found(**query):
        return usa.ids("eoobservation", obTime=ANY_TIME, source="tear", **query)

    assert found() == found(classificationMarking="U//REL TO JPN\\, USA") == found(classificationMarking="*JPN*") == [identifier]
    assert found(classificationMarking="S//NF") == found(classificationMarking="*NF*") == found(range="5") == []
    assert found(classificationMarking="~S//NF") == [identifier]
    assert usa.ids("eoobservation", obTime=ANY_TIME, source="tear", sort="classificationMarking") == [identifier]
    with exchange.client("AUS", "operator") as other:
        other.get(f"/v1/eoobservation/{identifier}").problem(404)


# --- the register, and what is written down ---
def test_views_are_registered(exchange, usa):
    listed = usa.get("/v1/views").ok().json()
    assert [v["code"] for v in listed] == ["COARSE", "LATE", "TEAR"]
    assert usa.get("/v1/views/TEAR").ok().json() == listed[2] and listed[2]["types"]["eoobservation"][0] == {"drop": ["ra", "declination", "descriptor"]}
    usa.get("/v1/views/NONE").problem(404)


@pytest.mark.parametrize("change, said", [
    (lambda p: p["views"][0]["types"]["eoobservation"].append({"drop": ["rra"]}), "rra"),
    (lambda p: p["views"][0]["types"]["eoobservation"].append({"round": {"field": "source", "step": 1}}), "expected a number"),
    (lambda p: p["views"][0]["types"].update(nonsense=[]), "nonsense"),
    (lambda p: (p["views"][2].pop("reduces"), p["views"][0].update(reduces=["TEAR"])), "cannot be proved"),
    (lambda p: entry(p, "agreements", id="USA-JPN-2026")["views"].update(statevector="COARSE"), "not defined for statevector"),
], ids=["field", "kind", "type", "order", "agreement"])
def test_policy_is_checked(exchange, change, said):
    before = exchange.policy
    refused = exchange.apply(changed(before, change), check=False)
    exchange.policy = before
    assert refused.returncode != 0 and said in refused.stdout + refused.stderr


def test_disclosures_name_the_view(exchange, usa):
    identifier = post(exchange, "eoobservation", observation())
    usa.get(f"/v1/eoobservation/{identifier}").ok()
    with exchange.client("JPN", "fdo") as fdo:
        fdo.get(f"/v1/eoobservation/{identifier}").ok()
        told = fdo.get("/v1/disclosures", {"type": "eoobservation", "id": identifier}).ok().json()
    assert {(d["partner"], d["view"]) for d in told} == {("USA", "COARSE"), ("JPN", "full")}


def test_etag_is_of_what_is_sent(exchange, usa):
    identifier = post(exchange, "eoobservation", observation())
    answer = usa.get(f"/v1/eoobservation/{identifier}").ok()
    assert answer.header("ETag") == f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'


# --- two worlds ---
RECORDS = 120
QUESTIONS = 1200
KINDS = ("eoobservation", "conjunction")


class Worlds:
    """The same records, but for what the view hides; many of what is hidden is not there at all in one of them."""

    def __init__(self, new_exchange):
        self.roll = random.Random("views")
        self.both = [new_exchange(name, {"limits.chunk_bytes": 4096}, views_policy(), start=False) for name in ("one", "other")]
        self.ids = ({}, {})  # of each world: id to what stands for it
        self.pool = {kind: [] for kind in KINDS}
        for exchange in self.both:
            database = re.search(r"dbname=(\S+)", exchange.conninfo).group(1)
            exchange.postgres.sql(f"INSERT INTO secret (name, value) VALUES ('record-id', '\\x{SECRET}')", database)
            exchange.start()
        self.raws = [None, None]
        for n in range(RECORDS):
            self.place("eoobservation", self.observation(n))
            self.place("conjunction", self.conjunction(n))

    def place(self, kind, pair):
        for world, (exchange, record) in enumerate(zip(self.both, pair)):
            self.ids[world][post(exchange, kind, record)] = f"{kind}-{len(self.ids[world])}"
        self.pool[kind] += pair

    def hidden(self, value):
        """Of a field that is not shown: two values, or one and none."""
        drawn = [value(), value()]
        if self.roll.random() < 0.3:
            drawn[self.roll.randrange(2)] = None
        return drawn

    def within(self, step, most):
        """Two numbers that are shown as the same one."""
        base, sign = self.roll.randrange(most) * step, self.roll.choice([1, -1])
        return [sign * (base + self.roll.choice([0, 0.25, 0.5, 0.984375]) * step) for _ in range(2)]

    def observation(self, n):
        roll = self.roll
        base = observation(t=self.both[0].now - n * MINUTE, id=f"eo-{n}", idSensor=f"S{n % 7}", satNo=100 + n % 11,
                           tags=roll.sample(["a", "b", "c"], roll.randrange(3)))
        start = (self.both[0].now - n * MINUTE).replace(second=0, microsecond=0)
        changes = {"ra": self.hidden(lambda: roll.randrange(360)), "declination": self.hidden(lambda: roll.randrange(90)),
                   "descriptor": self.hidden(lambda: "x" * roll.choice([1, 100, 5000])),
                   "range": [abs(v) for v in self.within(10, 50)], "mag": self.within(1, 10),
                   "obTime": [iso(start + datetime.timedelta(seconds=roll.randrange(60))) for _ in range(2)],
                   "senx": self.hidden(lambda: roll.random())}
        where = roll.choice([lambda: (roll.uniform(20, 50), roll.uniform(120, 180)), lambda: (roll.uniform(-90, 19), 7.5)])
        places = [where(), where()]
        changes["senlat"], changes["senlon"] = [p[0] for p in places], [p[1] for p in places]
        digits = [float(f"{v:.6f}") for v in changes["mag"]]
        changes["mag"] = digits if all(1 <= abs(v) < 10 or abs(v) >= 10 for v in digits) else [digits[0]] * 2
        if abs(changes["mag"][0]) < 10:  # two digits: a tenth
            changes["mag"] = [changes["mag"][0]] * 2
        return [{k: v for k, v in dict(base, **{f: pair[w] for f, pair in changes.items()}).items() if v is not None} for w in range(2)]

    def conjunction(self, n):
        roll, t = self.roll, self.both[0].now - n * 7 * MINUTE
        xpos, miss = self.within(100, 50), [1000 + roll.randrange(1000) for _ in range(2)]
        hours = (t.replace(minute=0, second=0, microsecond=0))
        epochs = [iso(hours + datetime.timedelta(seconds=roll.randrange(3600))) for _ in range(2)]
        drawn = {"relPosR": self.hidden(lambda: roll.randrange(100)), "cov": self.hidden(lambda: [roll.random() for _ in range(roll.randrange(6))])}
        records = []
        for w in range(2):
            record = conjunction(t, id=f"cj-{n}", satNo1=roll.randrange(3) if w == 0 else records[0]["satNo1"], missDistance=miss[w],
                                 source=f"source {roll.random()}")
            record["stateVector1"] = dict(record["stateVector1"], epoch=epochs[w], xpos=xpos[w], source=f"inner {roll.random()}")
            record["stateVector1"].pop("cov")
            for field, into in (("relPosR", record), ("cov", record["stateVector1"])):
                into.pop(field, None)
                if drawn[field][w] is not None:
                    into[field] = drawn[field][w]
            records.append(record)
        return records

    def questions(self, types):
        for _ in range(QUESTIONS):
            kind = self.roll.choice(KINDS)
            query = {queries.TIME_REQUIRED[kind]: ANY_TIME}
            for _ in range(self.roll.choice([0, 1, 1, 2])):
                pool = self.pool[kind] if self.roll.random() < 0.5 else self.shown[kind]
                asked = (queries.predicate(self.roll, types[kind], pool) for _ in range(200))  # most fields nobody has
                found = next(p for p in asked if p and p[0] != "id")
                query[found[0]] = queries.write(self.roll, found[2], found[3])
            if self.roll.random() < 0.2:
                yield "GET", f"/v1/{kind}/count?{urllib.parse.urlencode(query)}"
                continue
            if self.roll.random() < 0.5:
                names = sorted(n for n, k in types[kind].kinds().items() if "[]" not in k and k != "object" and n != "id")
                query["sort"] = self.roll.choice(names + ["createdAt"]) + self.roll.choice(["", ",ASC", ",DESC"])
            if self.roll.random() < 0.4:
                query.update(maxResults=self.roll.choice([1, 7, 50]), firstResult=self.roll.choice([0, 1, 7, 50, 100]))
            yield self.roll.choice(["GET", "GET", "GET", "HEAD"]), f"/v1/{kind}?{urllib.parse.urlencode(query)}"

    def said(self, world, method, target):
        """The answer's bytes, framing included, with what stands for each id."""
        raw = self.raws[world] = self.raws[world] or self.both[world].raw("USA", "operator")
        raw.send(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        answer = raw.answer(method, target)
        head, _, body = raw.last_bytes.partition(b"\r\n\r\n")
        if answer.header("Connection") == "close":
            raw.close()
            self.raws[world] = None
        lines = [line for line in head.split(b"\r\n") if line.split(b":")[0].lower() not in VARYING]
        text = b"\r\n".join([*lines, b"", body]).decode()
        return re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", lambda m: self.ids[world].get(m[0], m[0]), text)


@pytest.fixture(scope="module")
def pair(new_exchange):
    made = Worlds(new_exchange)
    with made.both[0].client("USA") as client:
        document = client.get("/v1/openapi.json").ok().json()
        made.types = {k: schema.Type(document, k) for k in KINDS}
        made.shown = {k: client.list(k, **{queries.TIME_REQUIRED[k]: ANY_TIME}) for k in KINDS}
    return made


def unequal(worlds, questions):
    faults, asked, matched = [], 0, 0
    for method, target in questions:
        one, other = [worlds.said(w, method, target) for w in range(2)]
        asked += 1
        matched += "clientId" in one
        if one != other:
            faults.append(f"{method} {target}\n{one[:2000]}\n{other[:2000]}")
    return faults, asked, matched


def test_hidden_parts_change_no_list(pair):
    faults, asked, matched = unequal(pair, pair.questions(pair.types))
    assert not faults, f"{len(faults)} of {asked}\n" + faults[0]
    assert matched > asked / 10


def test_hidden_parts_change_no_record(pair):
    for (one, _), (other, _) in zip(pair.ids[0].items(), pair.ids[1].items()):
        kind = pair.ids[0][one].split("-")[0]
        for suffix in ("", "/explain"):
            said = [pair.said(w, "GET", f"/v1/{kind}/{i}{suffix}") for w, i in enumerate((one, other))]
            assert said[0] == said[1]


def test_worlds_differ(pair):
    """The other side: who sees the records whole sees that they are not the same."""
    with pair.both[0].client("JPN") as one, pair.both[1].client("JPN") as other:
        lists = [c.list("eoobservation", obTime=ANY_TIME, sort="clientId") for c in (one, other)]
    assert len(lists[0]) == len(lists[1]) == RECORDS
    assert all(a["obTime"] != b["obTime"] or a.get("ra") != b.get("ra") or a["range"] != b["range"] or a["senlat"] != b["senlat"]
               for a, b in zip(*lists))


# --- what was posted before a view was another one ---

WIDER = {"a field more": [{"drop": ["ra"]}, {"delay": {"seconds": 60}}, {"round": {"field": "range", "step": 10}}],
         "finer steps": [{"drop": ["ra", "declination"]}, {"delay": {"seconds": 60}}, {"round": {"field": "range", "step": 5}}],
         "sooner": [{"drop": ["ra", "declination"]}, {"delay": {"seconds": 59}}, {"round": {"field": "range", "step": 10}}]}
NARROWER = [{"drop": ["ra", "declination", "mag"]}, {"delay": {"seconds": 60}}, {"round": {"field": "range", "step": 20}}]


@pytest.mark.parametrize("backfill", ["none", "all"])
def test_a_view_that_shows_more_opens_nothing_old_against_the_backfill(new_exchange, backfill):
    def policy(steps, view="VIEW"):
        def change(policy):
            policy["views"] = [{"code": code, "title": "A view", "types": {"eoobservation": s}} for code, s in
                               {"VIEW": steps, "OTHER": [{"drop": ["mag"]}]}.items()]
            entry(policy, "agreements", id="USA-JPN-2026").update(backfill=backfill, views={"eoobservation": view})
        return changed(coalition(), change)

    now = [{"drop": ["ra", "declination"]}, {"delay": {"seconds": 60}}, {"round": {"field": "range", "step": 10}}]
    exchange = new_exchange(f"wider_{backfill}", policy=policy(now))
    for name, steps in WIDER.items():
        applied = exchange.apply(policy(steps), "--dry-run", check=False)
        assert (applied.returncode == 0) is (backfill == "all"), name
        assert backfill == "all" or re.search("view VIEW.*backfill", applied.stderr), applied.stderr
    assert exchange.apply(policy(NARROWER), "--dry-run", check=False).returncode == 0
    assert (exchange.apply(policy(now, view="OTHER"), "--dry-run", check=False).returncode == 0) is (backfill == "all")
