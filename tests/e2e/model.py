"""Who may see what: the decision written again, from the design's gates G0 to G7 and nothing of the server.

It is slow and plain on purpose. Times are datetimes in UTC; the registers are the policy file's own dictionaries.
Views and grants do not exist yet, so a verdict is permit or deny.
"""
import datetime
from dataclasses import dataclass, field, replace

UTC = datetime.timezone.utc
GATES = ["G0", "G1", "G2", "G3", "G4", "G5", "G6", "G7"]
NEVER = datetime.datetime.max.replace(tzinfo=UTC)
ALWAYS = datetime.datetime.min.replace(tzinfo=UTC)


def instant(text, default):
    if text is None:
        return default
    t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return t if t.tzinfo else t.replace(tzinfo=UTC)


@dataclass
class Label:
    policy: str
    level: str
    owners: list
    joint: bool = False
    mode: str = "none"  # none, rel, noforn, public
    rel: list = field(default_factory=list)
    display: list = field(default_factory=list)
    relido: bool = False
    orcon: bool = False
    caveats: list = field(default_factory=list)
    fgi: list = field(default_factory=list)

    def canonical(self):
        """As markings/parse and the label dictionary spell it."""
        return {"policy": self.policy, "level": self.level, "owners": self.owners, "joint": self.joint,
                "release": {"mode": self.mode, "rel": self.rel, "display": self.display, "except": [],
                            "relido": self.relido},
                "orcon": self.orcon, "caveats": self.caveats, "fgi": self.fgi, "releaseViews": []}


@dataclass
class Subject:
    type: str
    data_mode: str
    label: Label
    ingested: datetime.datetime
    embargo: datetime.datetime = ALWAYS
    expires: datetime.datetime = NEVER
    recalled: bool = False
    parts: list = field(default_factory=list)  # Parts it was derived from, also as they were labelled before
    generation: datetime.datetime = ALWAYS  # the latest boundary of the registers so far that it was ingested after


@dataclass
class Part:
    """What a record was derived from, of the generation it had then: boundaries that come later do not open it further.
    None: as it is now."""
    subject: Subject
    generation: datetime.datetime | None


class Registers:
    """The policy in force, with what the file does not say: when each dated entry was first accepted."""

    def __init__(self):
        self.accepted = {}
        self.policy = None

    def apply(self, policy, now):
        self.policy = policy
        for a in policy["agreements"]:
            self.accepted.setdefault(("agreement", a["id"]), now)
        for c in policy["communities"]:
            for m in c["members"]:
                self.accepted.setdefault(("member", c["code"], m["partner"]), now)
        self.levels = {p["policy"]: [x["portion"] for x in p["levels"]] for p in policy["profiles"]}
        self.partners = {p["code"]: p for p in policy["partners"]}
        self.communities = {c["code"]: c for c in policy["communities"]}
        self.agreements = policy["agreements"]
        self.principals = {p["id"]: p for p in policy["principals"]}

    def rank(self, policy, level):
        names = self.levels.get(policy, [])
        return names.index(level) if level in names else None

    def opening(self, key, entry):
        """Records ingested from here on are released by the entry."""
        if entry["backfill"] == "all":
            return ALWAYS
        if entry["backfill"] == "none":
            return max(instant(entry["from"], ALWAYS), self.accepted[key])
        return instant(entry["backfill"], ALWAYS)


    def generation(self, ingested):
        entries = [(("agreement", a["id"]), a) for a in self.agreements]
        entries += [(("member", c["code"], m["partner"]), m) for c in self.policy["communities"] for m in c["members"]]
        return max((t for t in (self.opening(*e) for e in entries) if t <= ingested), default=ALWAYS)


def within(entry, now):
    return instant(entry["from"], ALWAYS) <= now < instant(entry["until"], NEVER)


def named(registers, codes, partner, subject, now):
    """partner ∈ expand(codes): itself, or as a member of a community whose membership covers the record."""
    for code in codes:
        if code == partner:
            return True
        community = registers.communities.get(code)
        for m in community["members"] if community else []:
            if m["partner"] == partner and within(m, now):
                if subject.ingested >= registers.opening(("member", code, partner), m):
                    return True
    return False


def role_of(reader):
    return reader["id"].split("/")[3]  # spiffe://domain/role/name


def cleared(registers, reader, policy, level):
    needed, held = registers.rank(policy, level), reader["clearances"].get(policy)
    if needed is None:
        return False
    if held is None:
        return needed == 0
    return registers.rank(policy, held) >= needed


def cleared_by_equivalence(registers, reader, label, agreement):
    return any(row["policy"] == label.policy and row["level"] == label.level and row["as"]["policy"] in reader["clearances"]
               and cleared(registers, reader, row["as"]["policy"], row["as"]["level"])
               for row in agreement["equivalence"])


def scope(registers, agreement, owner, partner, subject, now):
    """G6 of one agreement for one owner."""
    label = subject.label
    highest = agreement["highest"].get(label.policy)
    return (agreement["status"] == "inForce" and within(agreement, now)
            and owner in agreement["providers"] and partner in agreement["recipients"]
            and (agreement["types"] == ["*"] or subject.type in agreement["types"])
            and subject.data_mode in agreement["dataModes"]
            and highest is not None and registers.rank(label.policy, label.level) is not None
            and registers.rank(label.policy, label.level) <= registers.rank(label.policy, highest)
            and subject.ingested >= registers.opening(("agreement", agreement["id"]), agreement))


def gives_basis(registers, agreement, reader, subject, now):
    """rel, display or default (no grants yet) of G4, by one agreement that passes G6."""
    label, partner = subject.label, reader["partner"]
    if label.relido or label.mode == "noforn":
        return False
    if named(registers, label.rel, partner, subject, now):
        return True
    if reader["display"] and named(registers, label.display, partner, subject, now):
        return True
    if label.mode == "none" and not label.orcon and not label.fgi:
        limit = agreement["default"].get(label.policy)
        return limit is not None and registers.rank(label.policy, label.level) <= registers.rank(label.policy, limit)
    return False


NO_AGREEMENT = {"id": "", "default": {}, "equivalence": []}  # what is left of one when G6 is taken away


@dataclass
class Verdict:
    permit: bool
    gates: dict
    basis: str = ""


def decide(registers, reader, subject, now, without=None):
    """Verdict with the result of every gate. `without` names a gate that is taken away: it denies nothing any more."""
    label, partner = subject.label, reader["partner"]
    role = role_of(reader)
    owner, public = partner in label.owners, label.mode == "public"
    gates = {}
    gates["G0"] = reader["active"] and subject.data_mode in reader["dataModes"]
    gates["G1"] = (registers.rank(label.policy, label.level) is not None
                   and all(o in registers.partners for o in label.owners)
                   and all(c in registers.partners or c in registers.communities for c in label.rel + label.display))
    gates["G3"] = all(c in reader["caveats"] for c in label.caveats)
    exempt = owner and role in ("fdo", "auditor")
    gates["G5"] = exempt or (subject.embargo <= now < subject.expires and not subject.recalled)

    # Per owner: the agreements in scope, those of them that give a basis, those of them that clear the reader.
    clear = cleared(registers, reader, label.policy, label.level)
    in_scope = {o: [a for a in registers.agreements if scope(registers, a, o, partner, subject, now)]
                for o in label.owners}
    if without == "G6":
        in_scope = {o: [*registers.agreements, NO_AGREEMENT] for o in label.owners}
    basis = {o: [a for a in found if without == "G4" or gives_basis(registers, a, reader, subject, now)]
             for o, found in in_scope.items()}
    clearing = {o: [a for a in found if clear or without == "G2" or cleared_by_equivalence(registers, reader, label, a)]
                for o, found in basis.items()}
    free = owner or public
    gates["G6"] = free or all(in_scope.values())
    gates["G4"] = free or all(basis.values())
    gates["G2"] = clear if free else (clear or (all(basis.values()) and all(clearing.values())))
    gates["G7"] = owner or onward(registers, reader, subject, now)
    failed = {g for g, passed in gates.items() if not passed and g != without}
    return Verdict(not failed, gates, "owner" if owner else "public" if public else "agreement")


def onward(registers, reader, subject, now):
    label, partner = subject.label, reader["partner"]
    if label.orcon and partner not in label.rel:
        return False
    for code in label.fgi:
        if code == "FGI":
            return False
        if code not in label.owners and code != partner:
            if not any(scope(registers, a, code, partner, subject, now) for a in registers.agreements):
                return False
    return all(part_permits(registers, reader, part, now) for part in subject.parts)


def part_permits(registers, reader, part, now):
    """Embargo and expiry of a part are its own; its recall takes back what was made of it, too."""
    part = replace(part.subject, ingested=part.generation or part.subject.ingested)
    exempt = reader["partner"] in part.label.owners and role_of(reader) in ("fdo", "auditor")
    return decide(registers, reader, part, now, without="G5").permit and (exempt or not part.recalled)


def sole_denier(registers, reader, subject, now, verdict):
    """The one gate without which a denied reader would have been given the record, or None."""
    alone = [g for g in ("G0", "G1", "G3", "G5") if not verdict.gates[g]]
    candidates = alone if len(alone) == 1 else [] if alone else ["G2", "G4", "G6", "G7"]
    found = [g for g in candidates if decide(registers, reader, subject, now, without=g).permit]
    return found[0] if len(found) == 1 else None
