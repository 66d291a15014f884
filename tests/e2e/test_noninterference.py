"""Two exchanges that differ only in records a reader may not see give that reader the same answers, byte for byte.

Both have the same secret, registers and clock. What some watcher may see is posted to both, in the same order; what no
watcher may see goes to the second alone, between the rest. Then every watcher asks both the same questions. Only `Date`
and `X-Request-Id` may differ, and what is random or follows the real clock (essence()).

`--worlds N` (or RELTO_E2E_WORLDS) asks N times as much, `--seed` (or RELTO_E2E_SEED) draws other coalitions and records.
"""
import collections
import dataclasses
import datetime
import json
import os
import random
import re
import urllib.parse
import uuid

import pytest

import harness
import model
import queries
import schema
import worlds
from coalition import ANY_TIME, restriction
from files import FILES, forms_of, media_of
from harness import iso, say

WATCHERS = 2          # partners; all others post what they may not see
SHAPES = 700          # ways to be labelled, of which each record has one
VISIBLE, HIDDEN = 500, 2500
SPILLS = 25           # recalls, and as many relabels, in each world
BATCH = 200
QUESTIONS = 100       # of one watching principal, and for each time --worlds says
CHUNK = 16384         # bytes, so that lists go in several pieces
SHOWN = 3
HOUR = datetime.timedelta(hours=1)
NEWS = 1 << 40  # where the positions of what came after a feed's beginning begin
SECRET = "5ec2e7" * 10 + "0000"
VARYING = (b"date", b"x-request-id")


@dataclasses.dataclass
class Shape:
    """A type, a poster and a label with its times; many records are alike in these."""
    kind: str
    poster: str
    wire: dict
    subject: model.Subject
    seen: bool


class Crowd:
    """What is posted, and who may see it by the independent model."""

    def __init__(self, roll, world, types, now):
        self.roll, self.world, self.types, self.now = roll, world, types, now
        self.then = now + 30 * HOUR  # when everybody looks; embargoes have ended by then, others have begun
        self.registers = model.Registers()
        self.registers.apply(world.policy, now)
        self.partners = roll.sample(worlds.PARTNERS, WATCHERS)
        principals = self.registers.principals.values()
        self.watchers = [p for p in principals if p["partner"] in self.partners]
        drawn = (self.shape() for _ in range(SHAPES))
        # An owner's officers are told who was sent what it owns, also where they are not cleared for it themselves.
        self.shapes = [s for s in drawn if s.seen or not set(s.subject.label.owners) & set(self.partners)]

    def sees(self, principal, subject, t=None):
        return model.decide(self.registers, principal, subject, t or self.then).permit

    def sees_whole(self, principal, subject, t):
        return model.decide(self.registers, principal, subject, t).views == {model.FULL}

    def watched(self, subject):
        return any(self.sees(p, subject) for p in self.watchers)

    def shape(self):
        poster, sample = self.roll.choice(worlds.PARTNERS), self.roll.choice(worlds.TYPES)
        wire, subject = self.world.record(sample, poster, [])
        # The views are those of a few types.
        kind = sample if subject.label.release_views else self.roll.choice(sorted(self.types))
        subject.type, subject.ingested = kind, self.now
        subject.generation = self.registers.generation(self.now)
        subject.grants = self.registers.scopes(subject, self.now)
        return Shape(kind, poster, {n: wire[n] for n in ("classificationMarking", "dataMode", "relto") if n in wire},
                     subject, self.watched(subject))

    def chosen(self, seen, kinds=None):
        return self.roll.choice([s for s in self.shapes if s.seen == seen and s.kind in (kinds or self.types)])

    def record(self, shape, like=None):
        """A record of this shape; `like`: with the content of another, so that only the label tells them apart."""
        if like:
            content = {n: v for n, v in like.items() if n not in ("relto", "classificationMarking", "dataMode")}
            record = dict(json.loads(json.dumps(content)), **shape.wire)
            self.types[shape.kind].fix(record)
            return record
        t = self.now - datetime.timedelta(seconds=self.roll.choice([0, 1, 30, 3600, 86400, 10**6]))
        record = self.types[shape.kind].record(self.roll, t, 0.25, source=self.roll.choice(["s1", "s2", "S3"]),
                                               **json.loads(json.dumps(shape.wire)))
        if shape.kind in ("emireport", "h3geo", "rfobservation"):
            self.interfere(record, shape.kind)
        return self.joined(record) if shape.kind == "gnssadvisory" else record

    def interfere(self, record, kind):
        """Interference at few places, so that records meet there."""
        lat, lon = self.roll.choice([(35.2, 33.4), (35.0, 33.0), (-17, 179.9)])
        if kind == "h3geo":
            cell = {n: record[n] for n in ("classificationMarking", "dataMode", "source")}
            record["cells"] = [dict(cell, cellId=self.roll.choice(["842da45ffffffff", "849b437ffffffff", "819b7ffffffffff"]),
                                    anomScoreInterference=round(self.roll.random(), 3))]
        record.update({"emireport": {"lat": lat, "lon": lon}, "h3geo": {"numCells": 1}, "rfobservation": {"senlat": lat, "senlon": lon, "type": "RFI"}}[kind])
        record.pop("endTime", None)
        if kind == "emireport":
            record["startTime"] = record["reportTime"]

    def joined(self, record):
        """An advisory that says something of few satellites, and of others of its series."""
        record.pop("stop", None)
        return dict(record, constellation=self.roll.choice(["GPS", "QZSS"]), prn=self.roll.randrange(1, 9), number=str(self.roll.randrange(10, 40)),
                    referenceNumber=str(self.roll.randrange(10, 40)),
                    messageType=self.roll.choice(["FCSTUUFN", "UNUSUFN", "FCSTEXTD", "FCSTCANC", "USABINIT", "GENERAL"]))

    def fdo(self, partner):
        return self.registers.principals[harness.principal_id(partner, "fdo", "r2")]


class Pair:
    """The exchange without the hidden records and the one with them."""

    def __init__(self, new_exchange, policy):
        self.both = [new_exchange(name, {"limits.chunk_bytes": CHUNK, "limits.heartbeat_seconds": 1}, policy, start=False) for name in ("without", "with")]
        for exchange in self.both:
            database = re.search(r"dbname=(\S+)", exchange.conninfo).group(1)
            exchange.postgres.sql(f"INSERT INTO secret (name, value) VALUES ('record-id', '\\x{SECRET}')", database)
            exchange.start()
        self.clients = {}

    def client(self, exchange, partner, role, name):
        key = (exchange.folder, partner, role, name)
        if key not in self.clients:
            self.clients[key] = exchange.client(partner, role, name)
        return self.clients[key]

    def advance(self, to):
        for exchange in self.both:
            exchange.set_clock(to)

    def post(self, exchanges, shape, records):
        """Their ids; the same in every exchange."""
        said = [self.client(e, shape.poster, *worlds.POSTER).put_records(shape.kind, records) for e in exchanges]
        assert all(ids == said[0] for ids in said)
        return said[0]

    def take(self, exchanges, shape, source):
        """A file of the shape's type; its records' ids."""
        query = {"classificationMarking": shape.wire["classificationMarking"], "dataMode": shape.wire["dataMode"], "source": source}
        headers = {"Content-Type": "application/octet-stream", "Relto-Label": json.dumps(shape.wire.get("relto", {}))}
        said = [self.client(e, shape.poster, *worlds.POSTER).post("/v1/import", FILES[shape.kind], headers, query).ok(201).json() for e in exchanges]
        assert all(s == said[0] for s in said) and {r["type"] for r in said[0]["results"]} == {shape.kind}
        return [r["id"] for r in said[0]["results"]]

    def restart(self):
        """How transfers ended is written at the latest when an exchange stops."""
        for client in self.clients.values():
            client.close()
        self.clients.clear()
        for exchange in self.both:
            exchange.close()
            exchange.start()


class History:
    """Posts and spills; keeps what is where."""

    def __init__(self, pair, crowd):
        self.pair, self.crowd, self.roll = pair, crowd, crowd.roll
        self.begin_feeds()
        self.seen, self.hidden = [], []  # (id, Shape, record)
        self.files = []  # (id, Shape, source)
        self.followed = 0
        self.populate()
        pair.advance(crowd.now + HOUR)
        self.outsiders_look()
        self.spill()
        pair.advance(crowd.then)
        self.outsiders_look()

    def begin_feeds(self):
        """Of some watchers, so that what comes is news to them; to the others it is what was there."""
        for exchange in self.pair.both:
            for principal in self.crowd.watchers[::2]:
                self.client_of(exchange, principal).get("/v1/changes", {"after": "latest"}).ok()

    def place(self, shape, records):
        """Where the watchers may see it, it goes to both."""
        exchanges = self.pair.both if shape.seen else self.pair.both[1:]
        ids = self.pair.post(exchanges, shape, records)
        (self.seen if shape.seen else self.hidden).extend(zip(ids, [shape] * len(ids), records))
        return ids

    def populate(self):
        """Small groups of both sorts by turns, so that their positions are mixed; many a hidden one has the content of a
        visible one, is derived from hidden ones, or supersedes one of either sort."""
        batches = (VISIBLE + HIDDEN) * 4 // BATCH
        for _ in range(batches):
            self.place(shape := self.crowd.chosen(True), [self.crowd.record(shape) for _ in range(VISIBLE // batches)])
            for _ in range(4):
                shape = self.crowd.chosen(False)
                twins = [r for _, s, r in self.seen if s.kind == shape.kind]
                self.place(shape, [self.crowd.record(shape, self.roll.choice(twins) if twins and self.roll.random() < 0.3 else None)
                                   for _ in range(HIDDEN // batches // 4)])
            self.derive()
            self.supersede()
            self.follow()
            for seen in (True, False, False):
                self.take_file(seen)

    def take_file(self, seen):
        shape, source = self.crowd.chosen(seen, FILES), f"file{len(self.files)}"
        ids = self.pair.take(self.pair.both if seen else self.pair.both[1:], shape, source)
        self.files += [(identifier, shape, source) for identifier in ids]

    def known(self, records, poster):
        me = self.crowd.registers.principals[harness.principal_id(poster, *worlds.POSTER)]
        return [(i, s) for i, s, _ in records if not self.crowd.types[s.kind].lasting and self.crowd.sees(me, s.subject, self.crowd.now)]

    def derive(self):
        """A label that lets watchers see it, on what was made of something that they may not see."""
        shape = self.crowd.chosen(True)
        parts = self.known(self.roll.sample(self.hidden, min(20, len(self.hidden))), shape.poster)[:2]
        subject = dataclasses.replace(shape.subject, parts=[model.Part(s.subject, s.subject.generation, s.subject.grants) for _, s in parts])
        if parts and not self.crowd.watched(subject):
            wire = dict(shape.wire, relto=dict(shape.wire.get("relto", {}), derivedFrom=[i for i, _ in parts]))
            derived = Shape(shape.kind, shape.poster, wire, subject, False)
            self.place(derived, [self.crowd.record(derived) for _ in range(3)])

    def supersede(self):
        """A hidden new version of a record that watchers may see, or not."""
        for older in (self.seen, self.hidden):
            own = [(i, s) for i, s, _ in older if s.subject.label.owners == [s.poster]]
            if not own:
                continue
            identifier, old = self.roll.choice(own)
            fits = [s for s in self.crowd.shapes if not s.seen and (s.kind, s.poster) == (old.kind, old.poster)
                    and s.subject.label.owners == [s.poster]]
            if fits and identifier in dict(self.known(older, old.poster)):
                shape = self.roll.choice(fits)
                wire = dict(shape.wire, relto=dict(shape.wire.get("relto", {}), supersedes=identifier))
                newer = dataclasses.replace(shape, wire=wire)
                self.place(newer, [self.crowd.record(newer)])

    def follow(self):
        """A hidden version of what lasts, whose first version watchers may see, or not."""
        for older in (self.seen, self.hidden):
            pool = [(i, s) for i, s, _ in older if self.crowd.types[s.kind].lasting and s.subject.label.owners == [s.poster]
                    and s.poster not in self.crowd.partners]
            self.roll.shuffle(pool)
            for identifier, old in pool:
                poster = self.crowd.registers.principals[harness.principal_id(old.poster, *worlds.POSTER)]
                fits = [s for s in self.crowd.shapes if not s.seen and (s.kind, s.poster) == (old.kind, old.poster)
                        and s.subject.label.owners == [s.poster]]
                if fits and self.crowd.sees(poster, old.subject, self.crowd.now):
                    shape = self.roll.choice(fits)
                    client = self.pair.client(self.pair.both[1], shape.poster, *worlds.POSTER)
                    client.request("PUT", f"/v1/{shape.kind}/{identifier}", self.crowd.record(shape)).ok()
                    self.followed += 1
                    break

    def spill(self):
        """Recalls and relabels to NOFORN: of some records in both, of others, which only the second has, too. These the
        watchers could have seen before."""
        for exchanges in (self.pair.both, self.pair.both[1:]):
            done, tries = 0, 0
            while done < 2 * SPILLS and tries < 20 * SPILLS:
                tries += 1
                shape = self.crowd.chosen(True)
                fdo = self.crowd.fdo(shape.poster)
                if (shape.poster in self.crowd.partners or shape.subject.label.owners != [shape.poster]
                        or not self.crowd.sees_whole(fdo, shape.subject, self.crowd.now + HOUR)):
                    continue
                record = self.crowd.record(shape)
                [identifier] = self.pair.post(exchanges, shape, [record])
                for exchange in exchanges:
                    self.take_back(exchange, shape, identifier, done % 2)
                self.hidden.append((identifier, shape, record))
                done += 1
            assert done == 2 * SPILLS

    def take_back(self, exchange, shape, identifier, relabel):
        client = self.pair.client(exchange, shape.poster, "fdo", "r2")
        path = f"/v1/{shape.kind}/{identifier}"
        if relabel:
            body = {"classificationMarking": f"{shape.subject.label.level}//NF", "relto": {"restriction": restriction(self.crowd.now)}}
            client.post(f"{path}/relabel", body).ok(204)
        else:
            client.post(f"{path}/recall", {"reason": "spill"}).ok(204)

    def outsiders_look(self):
        """The others are sent what they may see, the watchers' own records among it."""
        for exchange in self.pair.both:
            for reader in self.crowd.world.readers:
                if reader["partner"] not in self.crowd.partners:
                    client = self.client_of(exchange, reader)
                    for kind in sorted(self.crowd.types):
                        client.list(kind, **queries.look(kind))

    def client_of(self, exchange, principal):
        _, _, _, role, name = principal["id"].split("/")
        return self.pair.client(exchange, principal["partner"], role, name)


class Wire:
    """One watcher's connection to one exchange; made anew after an answer that ends it."""

    def __init__(self, exchange, principal):
        _, _, _, role, name = principal["id"].split("/")
        self.open = lambda: exchange.raw(principal["partner"], role, name)
        self.raw = None

    def ask(self, method, target, fields, body):
        self.raw = self.raw or self.open()
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *fields]
        if body is not None:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body.encode())}"]
        self.raw.send("\r\n".join([*lines, "", ""]).encode() + (body or "").encode())
        answer = self.raw.answer(method, target)
        head, _, content = self.raw.last_bytes.partition(b"\r\n\r\n")
        if answer.header("Connection") == "close":
            self.close()
        kept = [line for line in head.split(b"\r\n") if line.split(b":")[0].lower() not in VARYING]
        return answer, b"\r\n".join([*kept, b"", content])

    def close(self):
        if self.raw:
            self.raw.close()
        self.raw = None


class Questions:
    """Random questions of one watching principal: method, target, header fields, body."""

    def __init__(self, history, routes, principal):
        self.history, self.crowd, self.roll = history, history.crowd, history.roll
        self.principal, self.types = principal, history.crowd.types
        # Disclosures are asked for in account(), when transfers have ended; a stream does not end.
        self.routes = sorted(routes - {("GET", "/v1/disclosures"), ("GET", "/v1/stream")})
        self.kinds = [self.listing, self.listing, self.listing, self.one, self.one, self.condition, self.route, self.route,
                      self.evaluation, self.post, self.wrong, self.release, self.feed, self.feed, self.outages,
                      self.interference, self.replacement, self.file]

    def __iter__(self):
        while True:
            yield self.roll.choice(self.kinds)()

    def some(self):
        """(id, Shape, record): hidden more often than seen."""
        return self.roll.choice(self.history.hidden if self.roll.random() < 0.7 else self.history.seen)

    def identifier(self):
        """Of a seen, a hidden or no record."""
        found = uuid.UUID(self.some()[0]).int
        return str(uuid.UUID(int=found ^ (self.roll.getrandbits(60) if self.roll.random() < 0.25 else 0)))

    def prefix(self):
        return self.roll.choice(["/v1", "/v1", "/udl"])

    def listing(self):
        kind = self.roll.choice(sorted(self.types))
        pool = [dict(r, classificationMarking=s.wire["classificationMarking"]) for i, s, r in
                self.roll.sample(self.history.hidden, 60) + self.roll.sample(self.history.seen, 20) if s.kind == kind]
        query = dict(queries.look(kind))
        for _ in range(self.roll.choice([0, 1, 1, 1, 2, 3])):
            found = queries.predicate(self.roll, self.types[kind], pool) if pool else None
            if found:
                query[found[0]] = queries.write(self.roll, found[2], found[3])
        if self.roll.random() < 0.15:
            query.update(self.roll.choice([{"createdBy": "~" + self.roll.choice(worlds.PARTNERS)},
                                           {"createdBy": self.roll.choice(worlds.PARTNERS)}, {"id": self.identifier()},
                                           {"id": "~" + self.identifier()}, {"id": ">" + self.identifier()},
                                           {"createdAt": "<" + iso(self.crowd.then)}]))
        method = self.roll.choice(["GET", "GET", "GET", "HEAD"])
        if self.roll.random() < 0.25:
            return method, f"{self.prefix()}/{kind}/{self.roll.choice(['count', 'history/count'])}?{urllib.parse.urlencode(query)}", [], None
        sortable = [n for n, k in self.types[kind].kinds().items() if "[]" not in k and k != "object"]
        if self.roll.random() < 0.4:
            query["sort"] = self.roll.choice(sorted(sortable) + ["createdAt", "id"]) + self.roll.choice(["", ",ASC", ",DESC"])
        if self.roll.random() < 0.5:
            query["maxResults"] = self.roll.choice([0, 1, 3, 7, 20, 1000])
            query["firstResult"] = self.roll.choice([0, 0, 1, 5, 20, 100, 2000])
        if self.roll.random() < 0.1:
            query["columns"] = ",".join(self.roll.sample(sorted(self.types[kind].properties), 3))
        rest = self.roll.choice(["", "", "", "/history", "/current", "/tuple", "/current/tuple"])
        return method, f"{self.prefix()}/{kind}{rest}?{urllib.parse.urlencode(query)}", [], None

    def one(self):
        identifier, shape, _ = self.some()
        kind = shape.kind if self.roll.random() < 0.9 else self.roll.choice(sorted(self.types))
        if self.roll.random() < 0.2:
            identifier = self.identifier()
        return self.roll.choice(["GET", "GET", "HEAD"]), f"{self.prefix()}/{kind}/{identifier}", [], None

    def condition(self):
        """With the tag that the poster gets, or who asks, of a record hidden or not; with others."""
        own = self.roll.random() < 0.5
        identifier, shape, _ = self.roll.choice(self.history.seen) if own else self.some()
        client = self.history.pair.client(self.history.pair.both[1], shape.poster, *worlds.POSTER)
        if own:
            client = self.history.client_of(self.history.pair.both[1], self.principal)
        tag = client.request("HEAD", f"/v1/{shape.kind}/{identifier}").header("ETag") or '"none"'
        field = self.roll.choice(["If-None-Match: " + tag, "If-None-Match: " + tag, "If-None-Match: *", "If-Match: " + tag, "If-Match: *", "Range: bytes=0-9",
                                  "Accept: text/csv", "If-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT"])
        return self.roll.choice(["GET", "HEAD"]), f"/v1/{shape.kind}/{identifier}", [field], None

    def route(self):
        """Any route of the exchange's own table, with names of what is there and what is not."""
        method, path = self.roll.choice(self.routes)
        _, shape, record = self.some()
        policy = self.crowd.world.policy
        codes = [e.get("code") or e.get("id") for kind in ("partners", "communities", "agreements", "reasons") for e in policy[kind]]
        names = {"type": shape.kind, "id": self.identifier(), "code": self.roll.choice(codes + ["NONE"]), "topic": shape.kind}
        target = re.sub(r"\{(\w+)\}", lambda m: names.get(m[1]) or self.roll.choice([*worlds.PARTNERS, "25544"]), path)
        bodies = ["{}", "[]", '{"reason":"x"}', "x", json.dumps({"classificationMarking": "U", "relto": {}}), json.dumps(record),
                  json.dumps({"classificationMarking": shape.wire["classificationMarking"]})]
        return method, target, [], None if method == "GET" else self.roll.choice(bodies)

    def evaluation(self):
        shape = self.some()[1]
        question = {"type": shape.kind, "dataMode": shape.wire["dataMode"], "as": self.principal["partner"],
                    "classificationMarking": shape.wire["classificationMarking"]}
        if self.roll.random() < 0.5:
            question.update(classificationMarking=self.roll.choice(["U", "S//NF", "//JPN S", "//GBR S//REL TO GBR, JPN, USA", "C"]))
        return "POST", "/v1/policy/evaluate", [], json.dumps(question)

    def post(self):
        """New content, a hidden record's content, references to hidden and missing records."""
        identifier, shape, record = self.some()
        record = {n: v for n, v in record.items() if n != "relto"}
        record.update(classificationMarking="U", dataMode=self.principal["dataModes"][0],
                      source=self.roll.choice(["mine", record["source"]]))
        self.types[shape.kind].fix(record)
        refers = self.roll.choice([{}, {"derivedFrom": [identifier]}, {"supersedes": identifier}, {"derivedFrom": [self.identifier()]},
                                   {"supersedes": self.identifier()}])
        if refers:
            record["relto"] = refers
        if self.roll.random() < 0.3:
            return "POST", f"/v1/{shape.kind}/createBulk?partial=true", [], json.dumps([record, dict(record, source="second")])
        return "POST", f"/v1/{shape.kind}", [], json.dumps(record)

    def replacement(self):
        """PUT and DELETE of what lasts: the caller's own, another's, hidden, missing; with what may be there already."""
        everything = self.history.hidden if self.roll.random() < 0.6 else self.history.seen
        identifier, shape, record = self.roll.choice([e for e in everything if self.types[e[1].kind].lasting])
        if self.roll.random() < 0.2:
            identifier = str(uuid.UUID(int=uuid.UUID(identifier).int ^ self.roll.getrandbits(60)))
        elif self.roll.random() < 0.2:
            identifier = urllib.parse.quote(record.get("id", "nothing"), safe="")
        target = f"{self.prefix()}/{shape.kind}/{identifier}"
        if self.roll.random() < 0.3:
            return "DELETE", target, [], None
        body = {n: v for n, v in record.items() if n != "relto"}
        if self.roll.random() < 0.5:
            body.update(classificationMarking="U", origin="put")
            self.types[shape.kind].fix(body)
        return "PUT", target, [], json.dumps(body)

    def file(self):
        """Import of what is there already, hidden or not, and of what is not; referring to what is hidden or missing."""
        _, shape, source = self.roll.choice(self.history.files)
        query = {"classificationMarking": "U", "dataMode": self.principal["dataModes"][0], "source": self.roll.choice([source, source, "mine"])}
        if self.roll.random() < 0.3:
            query.update(classificationMarking=shape.wire["classificationMarking"], dataMode=shape.wire["dataMode"])
        if self.roll.random() < 0.5:
            query["partial"] = "true"
        label = self.roll.choice([{}, {}, {"derivedFrom": [self.identifier()]}, {"supersedes": self.identifier()}, shape.wire.get("relto", {})])
        return "POST", f"/v1/import?{urllib.parse.urlencode(query)}", [f"Relto-Label: {json.dumps(label)}"], FILES[shape.kind]

    def forms(self, document):
        """Every form of every type: of lists, with what it cannot say and without; of a record out of a file, hidden more often than seen."""
        for kind, form in [(k, f) for k in sorted(self.types) for f in forms_of(document, k)]:
            more = [{}] if form in ("json", "csv") else [{}, {"partial": "true"}]
            for query in (dict(queries.look(kind), **m, format=form) for m in more):
                rest = self.roll.choice(["", "/history", "/current"] if f"/v1/{kind}/current" in document["paths"] else ["", "/history"])
                if self.roll.random() < 0.3:
                    query.update(sort=self.roll.choice(["createdAt", "id"]), maxResults=self.roll.choice([1, 7]))
                yield "GET", f"{self.prefix()}/{kind}{rest}?{urllib.parse.urlencode(query)}", [], None
        for kind, media in [(k, m) for k in sorted(FILES) for m in media_of(document, k)]:
            identifier = self.roll.choice([i for i, s, _ in self.history.files if s.kind == kind])
            wanted = self.roll.choice(forms_of(document, kind))
            yield self.roll.choice(["GET", "HEAD"]), f"/v1/{kind}/{identifier}?format={wanted}", [], None
            yield "GET", f"/v1/{kind}/{identifier}", [f"Accept: {media}"], None

    def release(self):
        """Asking for records that are there, hidden or not, and for what is not; then looking at what was asked."""
        _, shape, _ = self.some()
        asked = {"purpose": "exercise", "until": iso(self.crowd.then + 200 * HOUR),
                 "record": {"type": shape.kind, "id": self.identifier()}}
        if self.roll.random() < 0.3:
            asked.update(owner=self.roll.choice(worlds.PARTNERS))
        if self.roll.random() < 0.3:
            return "GET", "/v1/release-requests", [], None
        return "POST", "/v1/release-requests", [], json.dumps(asked)

    def feed(self):
        """From the beginning, the end, or any place: positions are numbers that anybody can try."""
        query = {"after": self.roll.choice([0, self.roll.randrange(400), NEWS, NEWS + self.roll.randrange(400), "latest"])}
        if self.roll.random() < 0.7:
            query["maxResults"] = self.roll.choice([1, 2, 7, 100, 1000])
        if self.roll.random() < 0.2:
            query["type"] = self.roll.choice(sorted(self.types))
        if self.roll.random() < 0.2 and query["after"] != "latest":
            prefix, kind = self.roll.choice(["", "/v1"]), self.roll.choice(sorted(self.types))
            return "GET", f"{prefix}/sm/getMessages/{kind}/{query['after']}", [], None
        if self.roll.random() < 0.05:
            query["wait"] = 1
        return "GET", f"/v1/changes?{urllib.parse.urlencode(query)}", [], None

    def outages(self):
        query = {"at": iso(self.crowd.then - self.roll.choice([0, 24, 30, 31, 300]) * HOUR)}
        if self.roll.random() < 0.5:
            query["dataMode"] = self.roll.choice(worlds.MODES)
        if self.roll.random() < 0.3:
            query["constellation"] = self.roll.choice(["GPS", "QZSS", "GPS,QZSS"])
        return "GET", f"/v1/pnt/status?{urllib.parse.urlencode(query)}", [], None

    def interference(self):
        query = {"bbox": self.roll.choice(["-180,-90,180,90", "-10,-20,60,50", "170,-60,-170,60", "33,34,34,36"]),
                 "from": iso(self.crowd.then - self.roll.choice([1, 33, 300, 700]) * HOUR), "to": iso(self.crowd.then)}
        if self.roll.random() < 0.5:
            query["dataMode"] = self.roll.choice(worlds.MODES)
        if self.roll.random() < 0.3:
            query["resolution"] = self.roll.choice([0, 2, 7])
        return "GET", f"/v1/pnt/interference?{urllib.parse.urlencode(query)}", [], None

    def wrong(self):
        kind, identifier = self.roll.choice(sorted(self.types)), self.identifier()
        return self.roll.choice([
            ("GET", f"/v1/{kind}?nonsense={identifier}", [], None), ("GET", f"/v1/{kind}/{identifier}?x=1", [], None),
            ("DELETE", f"/v1/{kind}/{identifier}", [], None), ("PUT", f"/v1/{kind}/{identifier}", [], "{}"),
            ("GET", f"/v1/{kind}/{identifier.upper()}", [], None), ("GET", f"/v1/{kind}/{identifier}/", [], None),
            ("GET", f"/v1/{kind}?id=x{identifier}", [], None), ("POST", f"/v1/{kind}/{identifier}/recall", [], '{"reason":"x"}'),
            ("POST", f"/v1/{kind}/{identifier}/relabel", [], '{"classificationMarking":"U"}'),
            ("GET", f"/v1/{kind}?sort={identifier}", [], None), ("POST", f"/v1/{kind}", [], "{"),
        ])

    def account(self):
        """What of its own was sent to others."""
        own = [i for i, s, _ in self.history.seen if s.poster == self.principal["partner"]] or [self.identifier()]
        for kind in sorted(self.types):
            for query in ({}, {"from": iso(self.crowd.then)}, {"until": iso(self.crowd.then)}):
                yield "GET", "/v1/disclosures?" + urllib.parse.urlencode(dict(query, type=kind, maxResults=10000)), [], None
        for identifier, kind in [(i, k) for i in [*self.roll.sample(own, min(5, len(own))), *(self.some()[0] for _ in range(5))]
                                 for k in sorted(self.types)]:
            yield "GET", f"/v1/disclosures?type={kind}&id={identifier}", [], None


def transfers(said):
    """The account without an entry's position, which is an instant of the real clock."""
    return re.sub(rb'"id":\d+', b'"id":0', said)


def requests(said):
    """Requests without their ids, which are random, and without the order that these give to what was asked at once."""
    head, _, body = said.partition(b"\r\n\r\n")
    told = json.loads(body or b"[]")
    told = [json.dumps(dict(r, id="")) for r in (told if isinstance(told, list) else [told])]
    return head + json.dumps(sorted(told)).encode()


def essence(said, target):
    """What must be the same in both."""
    if target.startswith("/v1/notices"):
        return re.sub(rb'"id":\d+', b'"id":0', said)  # the same
    if target.startswith("/v1/changes"):
        return re.sub(rb'"notice":\{"id":\d+', b'"notice":{"id":0', said)  # an instant of the real clock
    if target.startswith("/v1/disclosures"):
        return transfers(said)
    if "/history/aodr" in target:
        return re.sub(rb"[0-9a-f]{8}-[0-9a-f-]{27}", b"ID", said)  # an export's is random
    if target.startswith(("/v1/agreements", "/v1/proposals", "/v1/queue")):
        return re.sub(rb'"(id|proposal)":"[0-9a-f-]{36}"', b'"id":""', said)  # a proposal's is random
    return requests(said) if target.startswith("/v1/release-requests") else said


def difference(one, other):
    at = len(os.path.commonprefix([one, other]))
    around = slice(max(0, at - 200), at + 200)
    return f"  from byte {at} on\n  without: {one[around]}\n  with:    {other[around]}"


class Comparison:
    def __init__(self, new_exchange, seed, times):
        roll = random.Random(seed)
        world = worlds.World(roll, 0, harness.day_zero())
        self.pair = Pair(new_exchange, world.policy)
        with self.pair.both[0].client("USA", *worlds.POSTER) as client:
            self.document = client.get("/v1/openapi.json").ok().json()
        types = {name: schema.Type(self.document, name) for name in schema.type_names()}
        self.crowd = Crowd(roll, world, types, self.pair.both[0].now)
        self.history = History(self.pair, self.crowd)
        self.asked, self.statuses, self.files = collections.Counter(), collections.Counter(), collections.Counter()
        self.faults = collections.defaultdict(list)
        self.routes = harness.routes()
        for principal in self.crowd.watchers:
            self.interview(principal, times)
            self.compare("forms", principal, Questions(self.history, self.routes, principal).forms(self.document))
            self.stream(principal)
        self.pair.restart()
        for principal in self.crowd.watchers:
            self.compare("disclosures", principal, Questions(self.history, self.routes, principal).account())

    def interview(self, principal, times):
        questions = Questions(self.history, self.routes, principal)
        for kind in questions.kinds[2:]:
            asked = (kind() for _ in range(QUESTIONS * times // len(questions.kinds)))
            self.compare(kind.__name__, principal, asked)

    def stream(self, principal):
        """Pieces up to the first beat of silence, which ends what there is to tell."""
        told = []
        for exchange in self.pair.both:
            with exchange.raw(principal["partner"], *principal["id"].split("/")[-2:]) as raw:
                raw.send("GET /v1/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                raw._until(b"\r\n\r\n")
                pieces = [raw._piece()]
                while pieces[-1] != b":\n\n":
                    pieces.append(raw._piece())
                told.append([essence(p, "/v1/changes") for p in pieces])
        self.asked["stream"] += 1
        if told[0] != told[1]:
            self.faults["stream"].append(f"{principal['id']}:\n{difference(*(b'|'.join(t) for t in told))}")

    def compare(self, what, principal, questions):
        wires = [Wire(exchange, principal) for exchange in self.pair.both]
        for method, target, fields, body in questions:
            (answer, one), (_, other) = [wire.ask(method, target, fields, body) for wire in wires]
            self.asked[what] += 1
            self.statuses[answer.status] += 1
            if answer.status == 200 and answer.body:
                self.files[answer.header("Content-Type").split(";")[0]] += 1
            one, other = essence(one, target), essence(other, target)
            if one != other:
                self.faults[what].append(f"{principal['id']}: {method} {target} {fields} {body}\n{difference(one, other)}")
        for wire in wires:
            wire.close()


@pytest.fixture(scope="module")
def comparison(new_exchange, pytestconfig):
    seed = pytestconfig.getoption("--seed") or os.environ.get("RELTO_E2E_SEED") or "alike"
    times = pytestconfig.getoption("--worlds") or int(os.environ.get("RELTO_E2E_WORLDS", 1))
    say(f"noninterference: --seed={seed} --worlds={times}")
    return Comparison(new_exchange, seed, times)


@pytest.mark.parametrize("what", ["listing", "one", "condition", "route", "evaluation", "post", "wrong", "release", "feed", "stream", "disclosures",
                                  "replacement", "outages", "interference", "file", "forms"])
def test_answers_are_alike(comparison, what):
    assert comparison.asked[what] > 0
    faults = comparison.faults[what]
    assert not faults, f"{len(faults)} of {comparison.asked[what]}\n" + "\n".join(faults[:SHOWN])


def test_worlds_differ(comparison):
    """The other side: the second exchange has thousands of records more, and those who may see them do."""
    pair, crowd = comparison.pair, comparison.crowd
    counts = []
    for exchange in pair.both:
        database = re.search(r"dbname=(\S+)", exchange.conninfo).group(1)
        counts.append(int(exchange.postgres.sql("SELECT count(*) FROM record", database)))
    assert counts[0] >= VISIBLE * 0.9 and counts[1] - counts[0] >= HIDDEN * 0.9, counts
    assert comparison.history.followed > 5
    posters = {shape.poster for _, shape, _ in comparison.history.hidden}
    for partner in sorted(posters - set(crowd.partners)):
        without, having = (sum(pair.client(e, partner, *worlds.POSTER).count(k, **queries.look(k)) for k in crowd.types)
                           for e in pair.both)
        assert having > without, partner


def test_watchers_see_something(comparison):
    for partner in comparison.crowd.partners:
        client = comparison.pair.client(comparison.pair.both[0], partner, *worlds.POSTER)
        assert sum(client.count(k, **queries.look(k)) for k in comparison.crowd.types) > VISIBLE // 10
    assert comparison.statuses[200] > 100 and comparison.statuses[404] > 100 and comparison.statuses[304] > 0, comparison.statuses


def test_watchers_get_files(comparison):
    """Of every form some that hold something, but that almanacs go back in the form they came in; and what they import is taken."""
    wanted = {m for kind in FILES for m in media_of(comparison.document, kind)} - {"text/vnd.yuma"}
    assert len(wanted) > 10 and wanted <= set(comparison.files), wanted - set(comparison.files)
    assert comparison.statuses[201] > 0
