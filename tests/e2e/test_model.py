"""The independent model against the exchange: random coalitions, and what each reader gets over HTTP.

`--worlds N` (or RELTO_E2E_WORLDS) makes the run longer, `--seed` (or RELTO_E2E_SEED) another one. The seed is printed.
"""
import collections
import dataclasses
import datetime
import os
import random

import pytest

import harness
import model
import worlds
from harness import iso, parse_iso, principal_id, say

WORLDS = 12
RECORDS = 40       # a world
EXCEPTIONS = 5     # a world: requests for records, as many for objects, registrations of objects
SOLE_MINIMUM = 200  # denials that only this gate explains, over the run
PATH_MINIMUM = 20   # records shown to somebody by a warning or a grant alone, over the run
SHOWN = 3           # disagreements printed
MOMENT = datetime.timedelta(seconds=1)


class History:
    """Plays the worlds one after the other and keeps what it found."""

    def __init__(self, exchange, seed, count, first):
        self.exchange, self.random = exchange, random.Random(seed)
        self.registers = model.Registers()
        self.records = {}  # id: (Subject, wire record, poster)
        self.clients = {}
        self.permits = self.decisions = 0
        self.sole, self.paths = collections.Counter(), collections.Counter()
        self.faults = collections.defaultdict(list)
        self.checked = collections.Counter()
        self.count, self.world = count, first

    def client(self, identity):
        if identity not in self.clients:
            _, _, domain, role, name = identity.split("/")
            self.clients[identity] = self.exchange.client(domain.split(".")[0].upper(), role, name)
        return self.clients[identity]

    def principal(self, partner, role, name):
        return self.registers.principals[principal_id(partner, role, name)]

    def play(self):
        for number in range(self.count):
            if number:
                self.world = worlds.World(self.random, number, self.exchange.now, self.world)
                self.exchange.apply(self.world.policy)
            self.registers.apply(self.world.policy, self.exchange.now)
            for subject, _, _ in self.records.values():
                subject.generation = max(subject.generation, self.registers.generation(subject.ingested))
            self.exchange.advance(seconds=self.random.randint(2, 9000))
            self.post()
            self.look()
            self.spill()
            self.grant()
            self.register()
            self.look(few=True)
            self.to_the_edge()
            self.look()
            self.evaluate()
            self.exchange.advance(hours=self.random.randint(1, 40))
            self.look(few=True)
            self.exchange.advance(seconds=7)
            say(f"world {number + 1} of {self.count}: {self.decisions} decisions, {self.permits} permits, "
                f"{sum(map(len, self.faults.values()))} disagreements")
        return self

    # --- what happens in a world ---
    def post(self):
        before = {i: r[0] for i, r in self.records.items()}
        for _ in range(RECORDS):
            poster = self.random.choice(worlds.PARTNERS)
            me = self.principal(poster, *worlds.POSTER)
            known = [(i, s) for i, s in self.random.sample(sorted(before.items()), min(60, len(before)))
                     if model.decide(self.registers, me, s, self.exchange.now).permit and not s.recalled]
            wire, subject = self.world.record(self.random.choice(worlds.TYPES), poster, known)
            answer = self.client(me["id"]).post(f"/v1/{subject.type}", wire)
            self.checked["admission"] += 1
            if answer.status != 201:
                self.faults["admission"].append(f"{wire} by {poster}: {answer}")
                continue
            subject.ingested = self.exchange.now
            subject.generation = self.registers.generation(subject.ingested)
            subject.grants = self.registers.scopes(subject, subject.ingested)
            subject.warnings = self.registers.endangered(subject)
            subject.parts = [model.Part(p, p.generation, list(p.grants)) for p in subject.parts]
            self.records[answer.json()["id"]] = (subject, wire, poster)
            self.parse(me, wire, subject)

    def parse(self, me, wire, subject):
        relto = wire.get("relto", {})
        if "owners" in relto or "public" in relto:
            return
        answer = self.client(me["id"]).post("/v1/markings/parse",
                                            {"classificationMarking": wire["classificationMarking"]})
        self.checked["parse"] += 1
        if answer.status != 200 or answer.json()["label"] != subject.label.canonical():
            self.faults["parse"].append(f"{wire['classificationMarking']!r}: {answer}\nmodel: {subject.label.canonical()}")

    def spill(self):
        """A few recalls and relabels, each by an FDO of the owner who may see the record; first of what others were
        derived from."""
        parts = {id(p.subject) for s, _, _ in self.records.values() for p in s.parts}
        now = self.exchange.now
        own = [(i, r) for i, r in sorted(self.records.items())
               if r[0].label.owners == [r[2]] and not r[0].parts and not r[0].recalled]
        of_parts = [x for x in own if id(x[1][0]) in parts]
        own = self.random.sample(of_parts, min(2, len(of_parts))) + own
        for identifier, (subject, wire, poster) in own[:2] + self.random.sample(own, min(3, len(own))):
            fdo = self.principal(poster, "fdo", "r2")
            if subject.recalled or not model.decide(self.registers, fdo, subject, now).permit:
                continue
            if self.random.random() < 0.5:
                self.client(fdo["id"]).post(f"/v1/{subject.type}/{identifier}/recall", {"reason": "spill"}).ok(204)
                subject.recalled = True
                self.settle(subject)
            else:
                fresh, new = self.world.record(subject.type, poster, [])
                if new.label.owners != [poster]:
                    continue
                body = {"classificationMarking": fresh["classificationMarking"], "relto": fresh.get("relto", {})}
                self.client(fdo["id"]).post(f"/v1/{subject.type}/{identifier}/relabel", body).ok(204)
                self.relabel(subject, new)

    def relabel(self, subject, new):
        """What was derived from it keeps the old label beside the new one: it never becomes wider than it was."""
        old = dataclasses.replace(subject)
        for derived, _, _ in self.records.values():
            for part in [p for p in derived.parts if p.subject is subject]:
                derived.parts.append(model.Part(old, part.generation, part.grants))
                part.generation, part.grants = None, list(subject.grants)
        subject.label, subject.embargo, subject.expires = new.label, new.embargo, new.expires
        self.settle(subject)

    def settle(self, subject):
        """A spilled record and what was derived from it have labels of their own, of no generation but their own time."""
        subject.generation = subject.ingested
        for derived, _, _ in self.records.values():
            if any(part.subject is subject for part in derived.parts):
                self.settle(derived)

    def grant(self):
        """Requests for a record or for what is known of an object; the owners' officers approve all of them."""
        now, random = self.exchange.now, self.random
        of_objects = [identifier for identifier, (subject, _, _) in sorted(self.records.items()) if subject.objects]
        asked = [(i, False) for i in random.sample(sorted(self.records), EXCEPTIONS)]
        asked += [(i, True) for i in random.sample(of_objects, EXCEPTIONS)]
        for identifier, of_object in asked:
            subject, _, _ = self.records[identifier]
            asker = self.principal(random.choice([p for p in worlds.PARTNERS if p not in subject.label.owners]), "operator", "r1")
            body, owners = {"purpose": "operations", "until": iso(now + random.randint(1, 40) * worlds.DAY)}, subject.label.owners
            if of_object:
                owners = [random.choice(owners)]
                body.update(owner=owners[0], scope={"type": subject.type, "object": subject.objects[0]})
                if random.random() < 0.3:
                    body["scope"].update({"from": iso(subject.time - worlds.DAY), "to": iso(subject.time + 2 * worlds.DAY)})
            else:
                body["record"] = {"type": subject.type, "id": identifier}
            request = self.client(asker["id"]).post("/v1/release-requests", body).ok(201).json()["id"]
            scope = body.get("scope") or {"type": subject.type, "record": identifier}
            for owner in owners:
                self.approve(request, owner, asker["partner"], scope, body["until"])

    def approve(self, request, owner, recipient, scope, until):
        view = self.random.choice([None, None] + [v for v, (_, types, _) in worlds.VIEWS.items() if scope["type"] in (types or worlds.TYPES)])
        officer = self.client(self.principal(owner, "fdo", "r2")["id"])
        answer = officer.post(f"/v1/queue/requests/{request}/approve", {"onward": True, **({"view": view} if view else {})})
        made = answer.ok().json()
        entry = {"id": made["grant"], "owner": owner, "recipient": recipient, "view": view, "from": iso(self.exchange.now),
                 "until": until, "onward": True, "scope": scope}
        self.world.policy["grants"].append(entry)
        self.registers.grants[entry["id"]] = entry
        for identifier, (subject, _, _) in self.records.items():
            if self.registers.covers(entry, subject, identifier):
                subject.grants.append(entry["id"])

    def register(self):
        """Who operates an object, by the word of a catalogue's keeper; and some of these registrations end again."""
        policy = self.world.policy
        for _ in range(EXCEPTIONS):
            number, by = str(self.random.choice(worlds.OBJECTS)), self.random.choice(policy["partners"])
            partner = self.random.choice([p for p in worlds.PARTNERS if p != by["code"]])
            claim = (number, partner, by["code"])
            if not by.get("catalogue") or claim in self.registers.operators:
                continue
            self.client(self.principal(partner, "operator", "r1")["id"]).post("/v1/objects", {"object": number}).ok(201)
            self.client(self.principal(by["code"], "fdo", "r2")["id"]).post(f"/v1/objects/{number}/{partner}/accept", {}).ok(204)
            opened = self.registers.accept(*claim)
            for subject, _, _ in self.records.values():
                if (subject.label.owners[0], subject.type) in opened and model.matters(subject, self.exchange.now):
                    subject.warnings |= self.registers.endangered(subject) & {(partner, number)}
        for number, partner, by in [o for o in sorted(self.registers.operators) if self.random.random() < 0.15]:
            self.client(self.principal(by, "fdo", "r2")["id"]).post(f"/v1/objects/{number}/{partner}/reject", {}).ok(204)
            self.registers.operators.remove((number, partner, by))
        policy["operators"] = [{"object": o, "partner": p, "acceptedBy": by} for o, p, by in sorted(self.registers.operators)]

    def to_the_edge(self):
        """To an instant at which something changes: the very first one after, or the last one before."""
        now, soon = self.exchange.now, []
        for subject, _, _ in self.records.values():
            soon += [subject.embargo, subject.expires]
        for entry in [*self.registers.agreements, *(m for c in self.world.policy["communities"] for m in c["members"])]:
            soon += [model.instant(entry["from"], now), model.instant(entry["until"], now)]
        soon = sorted({t for t in soon if now + MOMENT < t < now + 4 * worlds.DAY})
        edge = self.random.choice(soon) if soon else now + worlds.DAY
        self.exchange.set_clock(edge - self.random.choice([datetime.timedelta(0), datetime.timedelta(microseconds=1)]))

    # --- comparing ---
    def look(self, few=False):
        readers = self.random.sample(self.world.readers, 6) if few else self.world.readers
        for reader in readers:
            expected = {kind: set() for kind in worlds.TYPES}
            for identifier, (subject, _, _) in self.records.items():
                if self.decide(reader, subject):
                    expected[subject.type].add(identifier)
            for kind in worlds.TYPES:
                self.compare(reader, kind, expected[kind])
            sample = self.random.sample(sorted(self.records), min(len(self.records), 10))
            for identifier in sample:
                kind = self.records[identifier][0].type
                sees = self.client(reader["id"]).sees(kind, identifier)
                self.checked["{id}"] += 1
                if sees != (identifier in expected[kind]):
                    self.disagree("{id}", reader, identifier, sees)

    def decide(self, reader, subject):
        verdict = model.decide(self.registers, reader, subject, self.exchange.now)
        self.decisions += 1
        if verdict.permit:
            self.permits += 1
            self.count_path(reader, subject, verdict)
        elif gate := model.sole_denier(self.registers, reader, subject, self.exchange.now, verdict):
            self.sole[gate] += 1
        return verdict.permit

    def count_path(self, reader, subject, verdict):
        """What nothing but a warning opens, or no other grant than those of records or of objects."""
        self.paths["warning"] += verdict.basis == "warn"
        known = [self.registers.grants[i] for i in subject.grants if i in self.registers.grants]
        for what in ("record", "object"):
            others = [g["id"] for g in known if what not in g["scope"]]
            if len(others) < len(known) and reader["partner"] not in subject.label.owners:
                without = dataclasses.replace(subject, grants=others)
                self.paths[what] += not model.decide(self.registers, reader, without, self.exchange.now).permit

    def compare(self, reader, kind, expected):
        listed = self.client(reader["id"]).list(kind, **worlds.LOOK[kind])
        ids = [r["id"] for r in listed]
        if len(ids) != len(set(ids)):
            self.faults["list"].append(f"{reader['id']} was given records twice: {ids}")
        self.checked["list"] += 1
        for identifier in sorted(expected ^ set(ids)):
            self.disagree("list", reader, identifier, identifier in ids)
        for record in listed:
            self.look_at(record, reader)

    def look_at(self, record, reader):
        subject, wire, poster = self.records[record["id"]]
        verdict = model.decide(self.registers, reader, subject, self.exchange.now)
        self.checked["content"] += 1
        told = record["relto"]
        if (told["originator"], told["owners"]) != (poster, subject.label.owners):
            self.faults["content"].append(f"{record}: originator {poster}, owners {subject.label.owners}")
        if told["view"] not in ({verdict.first} if verdict.first else verdict.views):
            self.faults["view"].append(f"{record}: by {reader}\n  {subject}\n  {verdict}")
            return
        dropped = worlds.VIEWS[told["view"]][2] if told["view"] != model.FULL else []
        self.checked["view"] += bool(dropped)
        if any((n in record) == (n in dropped) for n in wire if n in worlds.DROPPED):
            self.faults["view"].append(f"{record}: {told['view']} drops {dropped}")
        markings = {worlds.marking(subject.label, poster)}
        if verdict.released:
            # What was released by default is marked with what that means.
            markings = {worlds.marking(label, poster) for _, label in subject.label.release_views}
            markings |= {told["effectiveMarking"]} if told["basis"] == "default" else set()
        if verdict.rule:
            markings = {verdict.rule["classificationMarking"]}
        if (told["basis"] == "warn") != bool(verdict.rule):
            self.faults["content"].append(f"{record}: {verdict}")
        if record["classificationMarking"] not in markings:
            self.faults["view"].append(f"{record}: marked as none of {markings}")
        if told.get("obligations", []) != {"display": ["no-retain"], "warn": ["no-onward"]}.get(told["basis"], []):
            self.faults["content"].append(f"{record}: obligations do not follow from the basis")
        if record["source"] != wire["source"] or record["dataMode"] != wire["dataMode"]:
            self.faults["content"].append(f"{record}: posted as {wire}")
        if abs(parse_iso(record["createdAt"]) - subject.ingested) > MOMENT:
            self.faults["content"].append(f"{record}: taken in at {subject.ingested}")

    def disagree(self, where, reader, identifier, given):
        subject, wire, poster = self.records.get(identifier, (None, None, None))
        verdict = subject and model.decide(self.registers, reader, subject, self.exchange.now)
        self.faults[where].append(
            f"world {self.world.number}, {iso(self.exchange.now)}: {reader['id']} was {'given' if given else 'denied'} "
            f"{identifier}\n  record by {poster}: {wire}\n  subject: {subject}\n  reader: {reader}\n  model: {verdict}")

    def evaluate(self):
        """The dry run before posting. About a label of one's own, without FGI of others, it tells of every partner, else of
        the caller alone."""
        for reader in self.random.sample(self.world.readers, 8):
            for _ in range(5):
                wire, subject = self.world.record(self.random.choice(worlds.TYPES), reader["partner"], [])
                subject.ingested = self.exchange.now
                question = {"type": subject.type, "dataMode": subject.data_mode,
                            "classificationMarking": wire["classificationMarking"]}
                if "relto" in wire:
                    question["relto"] = wire["relto"]
                answer = self.client(reader["id"]).post("/v1/policy/evaluate", question)
                self.checked["evaluate"] += 1
                if {*subject.label.owners, *subject.label.fgi} == {reader["partner"]}:
                    self.compare_partners(subject, question, answer)
                else:
                    self.compare_gates(reader, subject, question, answer)

    def compare_partners(self, subject, question, answer):
        """A partner's verdict is that of the principal of it that comes furthest."""
        now, expected = self.exchange.now, collections.defaultdict(bool)
        for principal in self.world.policy["principals"]:
            verdict = model.decide(self.registers, principal, subject, now)
            expected[principal["partner"]] |= verdict.permit
        told = {p["partner"]: p["permit"] for p in answer.json()["partners"]} if answer.status == 200 else {}
        if told != expected:
            self.faults["evaluate"].append(f"{iso(now)} {question}\n  {answer}\n  {dict(expected)}")

    def compare_gates(self, reader, subject, question, answer):
        verdict = model.decide(self.registers, reader, subject, self.exchange.now)
        told = answer.json()["partners"] if answer.status == 200 else []
        if [p["partner"] for p in told] != [reader["partner"]]:
            self.faults["evaluate"].append(f"{question} by {reader['id']}: {answer}")
            return
        gates = {name[:2]: passed for name, passed in told[0]["gates"].items()}
        # Which agreement's equivalence counts is only said where an agreement gives a basis.
        compared = [g for g in model.GATES if not verdict.released and (g != "G2" or verdict.gates["G4"])]
        if told[0]["permit"] != verdict.permit or any(gates[g] != verdict.gates[g] for g in compared):
            self.faults["evaluate"].append(f"{iso(self.exchange.now)} {question}\n  by {reader}\n  {answer}\n  {verdict}")


@pytest.fixture(scope="module")
def history(new_exchange, pytestconfig):
    seed = pytestconfig.getoption("--seed") or os.environ.get("RELTO_E2E_SEED") or "relto"
    count = pytestconfig.getoption("--worlds") or int(os.environ.get("RELTO_E2E_WORLDS", WORLDS))
    say(f"model: --seed={seed} --worlds={count}")
    first = worlds.World(random.Random(seed), 0, harness.day_zero())
    return History(new_exchange("history", policy=first.policy), seed, count, first).play()


@pytest.mark.parametrize("where", ["admission", "parse", "list", "{id}", "content", "view", "evaluate"])
def test_agreement(history, where):
    assert history.checked[where] > 0
    faults = history.faults[where]
    assert not faults, f"{len(faults)} of {history.checked[where]}\n" + "\n".join(faults[:SHOWN])


@pytest.mark.parametrize("gate", model.GATES)
def test_gate_was_the_sole_denier(history, gate):
    assert history.sole[gate] >= SOLE_MINIMUM, history.sole


@pytest.mark.parametrize("path", ["warning", "record", "object"])
def test_exception_opened_what_nothing_else_does(history, path):
    assert history.paths[path] >= PATH_MINIMUM, history.paths


def test_share_of_permits(history):
    assert 0.2 <= history.permits / history.decisions <= 0.8, (history.permits, history.decisions)
