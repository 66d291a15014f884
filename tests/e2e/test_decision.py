"""The independent model against `policy/evaluate`: tens of thousands of random labels under random registers.

Every partner has one principal here, so that what is told of a partner is exactly one reader's verdict: permit, view,
basis, agreement, article and each gate. `--worlds N` (or RELTO_E2E_WORLDS) and `--seed` as for the history of test_model.
"""
import collections
import os
import random

import pytest

import harness
import model
import worlds
from harness import iso, say

WORLDS = 12
ARRAYS, ARRAY = 1, 90  # requests of one partner in a world, and questions in each
SOLE_MINIMUM = 3 # a world: denials that only this gate explains
PATH_MINIMUM = 2 # a world: permits by each way
SHOWN = 3


class Inquiry:
    def __init__(self, exchange, roll, count):
        self.exchange, self.random = exchange, roll
        self.registers = model.Registers()
        self.count, self.cases, self.permits = count, 0, 0
        self.sole, self.paths = collections.Counter(), collections.Counter()
        self.faults = collections.defaultdict(list)
        previous = None
        for number in range(count):
            world = worlds.World(roll, number, exchange.now, previous)
            chosen = {p: roll.choice([r for r in world.readers if r["partner"] == p]) for p in worlds.PARTNERS}
            world.policy["principals"] = list(chosen.values())
            exchange.apply(world.policy)
            self.registers.apply(world.policy, exchange.now)
            exchange.advance(hours=roll.randint(1, 48))
            for reader in chosen.values():
                self.ask(world, reader, chosen)
            previous = world
            say(f"decision, world {number + 1} of {count}: {self.cases} cases, {self.permits} permits, "
                f"{sum(map(len, self.faults.values()))} disagreements")

    def ask(self, world, reader, chosen):
        _, _, _, role, name = reader["id"].split("/")
        with self.exchange.client(reader["partner"], role, name) as client:
            for _ in range(ARRAYS):
                asked = [self.question(world, reader) for _ in range(ARRAY)]
                answers = client.post("/v1/policy/evaluate", [q for q, _ in asked]).ok().json()
                for (question, subject), answer in zip(asked, answers, strict=True):
                    own = {*subject.label.owners, *subject.label.fgi} == {reader["partner"]}
                    told = {p["partner"]: p for p in answer["partners"]}
                    if set(told) != (set(chosen) if own else {reader["partner"]}):
                        self.faults["whom"].append(f"{question} by {reader['id']}: {answer}")
                        continue
                    for partner, verdict in told.items():
                        self.compare(question, subject, chosen[partner], verdict)

    def question(self, world, reader):
        wire, subject = world.record(self.random.choice(worlds.TYPES), reader["partner"], [])
        subject.ingested = self.exchange.now
        asked = {"type": subject.type, "dataMode": subject.data_mode, "classificationMarking": wire["classificationMarking"]}
        if "relto" in wire:
            asked["relto"] = wire["relto"]
        return asked, subject

    def compare(self, question, subject, reader, told):
        now = self.exchange.now
        verdict = model.decide(self.registers, reader, subject, now)
        self.cases += 1
        self.permits += verdict.permit
        if not verdict.permit:
            self.sole[model.sole_denier(self.registers, reader, subject, now, verdict)] += 1
        else:
            self.count_path(verdict)
        for what in self.differences(verdict, told):
            self.faults[what].append(f"{iso(now)} {question}\n  reader: {reader}\n  told: {told}\n  model: {verdict}")

    def count_path(self, verdict):
        how = "release view" if verdict.released else verdict.basis
        self.paths[how] += 1
        self.paths["full" if verdict.views == {model.FULL} else "view" if len(verdict.views) == 1 else "incomparable views"] += 1

    def differences(self, verdict, told):
        gates = {name[:2]: passed for name, passed in told["gates"].items()}
        if told["permit"] != verdict.permit:
            yield "permit"
            return
        # Which agreement's equivalence counts is only said where an agreement gives a basis.
        compared = [g for g in model.GATES if g != "G2" or verdict.gates["G4"]]
        if not verdict.released and any(gates[g] != verdict.gates[g] for g in compared):
            yield "gates"
        if verdict.permit and told["view"] not in ({verdict.first} if verdict.first else verdict.views):
            yield "view"
        if verdict.permit and verdict.basis != "agreement" and told["basis"] != verdict.basis:
            yield "basis"
        cited = verdict.cited or {"": ""}
        # To who is no party of it an agreement is not named.
        if verdict.permit and told["agreement"] is not None and cited.get(told["agreement"]) != told.get("article", ""):
            yield "agreement"


@pytest.fixture(scope="module")
def inquiry(new_exchange, pytestconfig):
    seed = pytestconfig.getoption("--seed") or os.environ.get("RELTO_E2E_SEED") or "relto"
    count = pytestconfig.getoption("--worlds") or int(os.environ.get("RELTO_E2E_WORLDS", WORLDS))
    say(f"decision: --seed={seed} --worlds={count}")
    roll = random.Random(seed)
    return Inquiry(new_exchange("main", policy=worlds.World(random.Random(seed), 0, harness.day_zero()).policy), roll, count)


@pytest.mark.parametrize("what", ["whom", "permit", "gates", "view", "basis", "agreement"])
def test_verdicts_are_those_of_the_model(inquiry, what):
    faults = inquiry.faults[what]
    assert not faults, f"{len(faults)} of {inquiry.cases}\n" + "\n".join(faults[:SHOWN])


@pytest.mark.parametrize("gate", ["G0", "G2", "G3", "G4", "G5", "G6", "G7"])
def test_gate_was_the_sole_denier(inquiry, gate):
    assert inquiry.sole[gate] >= SOLE_MINIMUM * inquiry.count, inquiry.sole


@pytest.mark.parametrize("path", ["owner", "public", "agreement", "release view", "full", "view", "incomparable views"])
def test_path_was_taken(inquiry, path):
    assert inquiry.paths[path] >= PATH_MINIMUM * inquiry.count, inquiry.paths


def test_share_of_permits(inquiry):
    assert 0.2 <= inquiry.permits / inquiry.cases <= 0.8, (inquiry.permits, inquiry.cases)
    assert inquiry.cases >= 1000
