"""Who may see what: the decision written again, from the gates G0 to G7 as server/policy/README.md states them and nothing of the server.

It is slow and plain on purpose. Times are datetimes in UTC; the registers are the policy file's own dictionaries. A view
is its code, FULL for all of a record.
"""
import datetime
import functools
from dataclasses import dataclass, field, replace

UTC = datetime.timezone.utc
GATES = ["G0", "G1", "G2", "G3", "G4", "G5", "G6", "G7"]
NEVER = datetime.datetime.max.replace(tzinfo=UTC)
ALWAYS = datetime.datetime.min.replace(tzinfo=UTC)
FULL = "full"


@functools.lru_cache(None)
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
    release_views: list = field(default_factory=list)  # (view, Label): the record's tear-lines

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
    grants: list = field(default_factory=list)  # ids of the grants it is under
    warnings: set = field(default_factory=set)  # (partner, object) of the operators that it was found to endanger
    objects: list = field(default_factory=list)  # what it is about, the first one first, as registrations name them
    time: datetime.datetime = ALWAYS  # its type's own
    content: dict = field(default_factory=dict)
    generation: datetime.datetime = ALWAYS  # the latest boundary of the registers so far that it was ingested after


@dataclass
class Part:
    """What a record was derived from, of the generation it had then, and under the grants it was under then: boundaries
    and grants that come later do not open what was derived further. Generation None: as it is now."""
    subject: Subject
    generation: datetime.datetime | None
    grants: list


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
        self.grants = {g["id"]: g for g in policy.get("grants", [])}
        self.views = {v["code"]: v for v in policy.get("views", [])}
        self.operators = {(o["object"], o["partner"], o["acceptedBy"]) for o in policy.get("operators", [])}

    def covers(self, grant, subject, identifier=None):
        """Whether a record is in a grant's scope; one without id is being posted, and no grant names it yet."""
        scope = grant["scope"]
        return (scope["type"] == subject.type and grant["owner"] in subject.label.owners
                and ("record" not in scope or scope["record"] == identifier)
                and ("object" not in scope or subject.objects[:1] == [scope["object"]])
                and instant(scope.get("from"), ALWAYS) <= subject.time < instant(scope.get("to"), NEVER))

    def scopes(self, subject, now):
        """Ids of the grants of its owners that a record is under when it is posted now."""
        return [g["id"] for g in self.grants.values() if self.covers(g, subject) and now < instant(g["until"], NEVER)]

    # --- duty to warn ---

    def rules(self, label, kind):
        """The standing rules for a record, which is its only owner's."""
        return [r for o in label.owners if len(label.owners) == 1 for r in self.partners[o].get("dutyToWarn", []) if r["type"] == kind]

    def accepted_by(self, number, partner):
        return {by for o, p, by in self.operators if (o, p) == (number, partner)}

    def trusted(self, owner, rule, number, partner):
        """Whether somebody whose word counts for the owner has accepted the operator."""
        return bool(self.accepted_by(number, partner) & {owner, *rule.get("catalogues", [])})

    def accept(self, number, partner, by):
        """Takes note of an operator; (owner, type) of the rules that count it from then on."""
        pairs = [(o, r) for o, p in self.partners.items() for r in p.get("dutyToWarn", []) if o != partner]
        before = [self.trusted(o, r, number, partner) for o, r in pairs]
        self.operators.add((number, partner, by))
        return {(o, r["type"]) for (o, r), had in zip(pairs, before) if not had and self.trusted(o, r, number, partner)}

    def endangered(self, subject):
        """(partner, object) of who is warned of a record, if it is as near or as probable as a rule says."""
        rules, (owner, *_) = self.rules(subject.label, subject.type), subject.label.owners
        if not any(meets(r, subject.content) for r in rules):
            return set()
        return {(p, o) for o, p, _ in self.operators
                if p != owner and o in subject.objects and self.trusted(owner, rules[0], o, p)}

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

    def within(self, narrow, wide):
        """Whether the one view shows no more than the other, as the register declares it, step by step."""
        if wide in (FULL, narrow):
            return True
        return narrow != FULL and any(self.within(v, wide) for v in self.views[narrow].get("reduces", []))

    def view_of(self, agreement, kind):
        """What an agreement's recipients get of a type, None for nothing: `*` never leaves a type in full."""
        views = agreement.get("views") or {}
        if kind in views:
            return views[kind]
        if "*" in views:
            return views["*"] if kind in self.views[views["*"]]["types"] else None
        return FULL

    def generation(self, ingested):
        entries = [(("agreement", a["id"]), a) for a in self.agreements]
        entries += [(("member", c["code"], m["partner"]), m) for c in self.policy["communities"] for m in c["members"]]
        return max((t for t in (self.opening(*e) for e in entries) if t <= ingested), default=ALWAYS)


def meets(rule, content):
    value = content.get(rule["field"])
    return value is not None and (value > rule["above"] if "above" in rule else value < rule["below"])


def matters(subject, now):
    """Of what is stored already: neither over nor expired nor taken back."""
    return not subject.recalled and now < subject.expires and (subject.time >= now or subject.expires != NEVER)


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
            and registers.view_of(agreement, subject.type) is not None
            and subject.data_mode in agreement["dataModes"]
            and highest is not None and registers.rank(label.policy, label.level) is not None
            and registers.rank(label.policy, label.level) <= registers.rank(label.policy, highest)
            and subject.ingested >= registers.opening(("agreement", agreement["id"]), agreement))


def grants_of(registers, subject, owner, partner, now):
    """The live grants of one owner that this record is under for that partner."""
    known = [registers.grants[i] for i in subject.grants if i in registers.grants]
    return [g for g in known if g["owner"] == owner and g["recipient"] == partner and within(g, now)
            and subject.label.mode != "noforn"]


def gives_basis(registers, agreement, reader, subject, now):
    """rel, display or default of G4, by one agreement that passes G6. A grant is looked at by `bases`."""
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
class Basis:
    """One agreement by which one owner lets the reader have the record: in a view of its own, and in those of grants."""
    agreement: dict
    own: list
    granted: list

    @property
    def views(self):
        return self.own + self.granted


@dataclass
class Verdict:
    permit: bool
    gates: dict
    basis: str = ""
    views: set = field(default_factory=set)  # the least reduced that every owner allows; more than one: incomparable
    first: str = ""  # of incomparable ones the one that the agreements' order prefers, then the grants', where one owner decides
    released: bool = False  # by a release view of the record
    rule: dict | None = None  # the rule by which an operator is warned
    cited: dict = field(default_factory=dict)  # {id: article} of the agreements that may be named as the legal basis


def bases(registers, reader, subject, owner, agreements, now, without):
    """By which of these agreements of its own this owner gives a basis."""
    grants = grants_of(registers, subject, owner, reader["partner"], now)
    found = []
    for a in agreements:
        own = without == "G4" or gives_basis(registers, a, reader, subject, now)
        if own or grants:
            # A grant's view stands in the place of the agreement's.
            granted = [g.get("view") or FULL for g in sorted(grants, key=lambda g: g["id"])]
            found.append(Basis(a, [registers.view_of(a, subject.type)] if own else [], granted))
    return found


def decide(registers, reader, subject, now, without=None, served=None):
    """Verdict with the result of every gate. `without` names a gate that is taken away: it denies nothing any more.
    `served`: as a part of a record of these owners, as it was posted: no tear-line of it is what the record was made of."""
    parts = [] if reader["partner"] in subject.label.owners else [
        served_part(registers, reader, subject, part, now, served) for part in subject.parts]
    verdict = decide_label(registers, reader, subject, parts, now, without, served)
    if verdict.permit or served is not None:
        return verdict
    released = [v for v in (decide_label(registers, reader, replace(subject, label=label), parts, now, without, served, view)
                            for view, label in subject.label.release_views) if v.permit]
    if not released:
        return warn(registers, reader, subject, parts, now, without, verdict)
    best = {v for r in released for v in r.views}
    cited = {i: a for r in released if r.views & best for i, a in r.cited.items()}
    return Verdict(True, verdict.gates, released[0].basis, least_reduced(registers, best), released=True, cited=cited)


def warn(registers, reader, subject, parts, now, without, denied):
    """What nothing else permits reaches the operator of an affected object in the view and with the marking of the owner's
    rule. The rule stands for the owner's own permission, nobody else's."""
    partner, (owner, *_) = reader["partner"], subject.label.owners
    rules = registers.rules(subject.label, subject.type)
    if partner == owner or not rules:
        return denied
    rule, policy = rules[0], registers.partners[owner]["policy"]
    level, _, caveats = rule["classificationMarking"].partition("//")  # the rules here have no more in their markings
    operates = any(p == partner and registers.trusted(owner, rule, number, p) for p, number in subject.warnings)
    others = without == "G7" or (others_agree(registers, reader, subject, now) and all(served for served, _ in parts) and all(
        any(registers.within(rule["view"], w) for w in views) for _, views in parts if views is not None))
    held = cleared(registers, reader, policy, level) and all(c in reader["caveats"] for c in filter(None, caveats.split("/")))
    if operates and others and held and all(denied.gates[g] or g == without for g in ("G0", "G1", "G5")):
        return Verdict(True, dict.fromkeys(GATES, True), "warn", {rule["view"]}, rule=rule)
    return denied


def decide_label(registers, reader, subject, parts, now, without, served, most=FULL):
    """By one label; `most`: the view whose label it is. `parts`: for each, whether it is served, and in which views."""
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
    in_scope = {o: [a for a in registers.agreements if scope(registers, a, o, partner, subject, now)
                    and (served is None or served <= {o} or third_parties(a))] for o in label.owners}
    if without == "G6":
        in_scope = {o: [*registers.agreements, NO_AGREEMENT] for o in label.owners}
    basis = {o: bases(registers, reader, subject, o, found, now, without) for o, found in in_scope.items()}
    clearing = {o: [b for b in found if clear or without == "G2" or cleared_by_equivalence(registers, reader, label, b.agreement)]
                for o, found in basis.items()}
    free = owner or public
    gates["G6"] = free or all(in_scope.values())
    gates["G4"] = free or all(basis.values())
    gates["G2"] = clear if free else (clear or (all(basis.values()) and all(clearing.values())))
    owners = [] if free else list(clearing.values())
    allowed = views_allowed(registers, subject, owners, most)
    # Of parts of the same type no more is shown than of each by itself.
    limited = {v for v in allowed if all(any(registers.within(v, w) for w in views) for _, views in parts if views)}
    gates["G7"] = owner or (onward(registers, reader, subject, now) and all(served for served, _ in parts)
                            and bool(limited or not allowed))
    failed = {g for g, passed in gates.items() if not passed and g != without}
    verdict = Verdict(not failed, gates, "owner" if owner else "public" if public else "agreement")
    if verdict.permit:
        choose_view(registers, verdict, owners, allowed if without == "G7" else limited)
    return verdict


def views_allowed(registers, subject, owners, most):
    """Those that every owner allows and that show no more than `most`."""
    defined = [FULL] + [c for c, v in registers.views.items() if subject.type in v["types"]]
    return {v for v in defined if registers.within(v, most)
            and all(any(registers.within(v, w) for b in found for w in b.views) for found in owners)}


def choose_view(registers, verdict, owners, allowed):
    """The least reduced; of incomparable ones that of the first agreement."""
    verdict.views = least_reduced(registers, allowed)
    verdict.permit = bool(allowed)
    verdict.cited = {b.agreement["id"]: b.agreement.get("article", "") for found in owners for b in found
                     if any(registers.within(v, w) for w in b.views for v in verdict.views)}
    if len(verdict.views) > 1 and len(owners) == 1:
        order = sorted(owners[0], key=lambda b: (b.agreement.get("precedence", 100), b.agreement["id"]))
        preferred = [w for b in order for w in b.own] + [w for b in order for w in b.granted]
        verdict.first = next((w for w in preferred if w in verdict.views), "")


def least_reduced(registers, views):
    return {v for v in views if not any(u != v and registers.within(v, u) for u in views)}


def third_parties(agreement):
    """Whether what comes under it may be served to its recipients as part of another's record."""
    return agreement.get("thirdParty", "allowed") != "forbidden"


def onward(registers, reader, subject, now):
    label, partner = subject.label, reader["partner"]
    if label.orcon and partner not in label.rel:
        if not all(grants_of(registers, subject, o, partner, now) for o in label.owners):
            return False
    return others_agree(registers, reader, subject, now)


def others_agree(registers, reader, subject, now):
    """Those whose information is inside, without being owners."""
    label, partner = subject.label, reader["partner"]
    for code in label.fgi:
        if code == "FGI":
            return False
        if code not in label.owners and code != partner and not grants_of(registers, subject, code, partner, now):
            if not any(scope(registers, a, code, partner, subject, now) and third_parties(a) for a in registers.agreements):
                return False
    return True


def served_part(registers, reader, subject, part, now, served):
    """(whether the part is served, in which views as far as they limit the record's). Embargo and expiry of a part are its
    own; its recall takes back what was made of it, too."""
    alone = replace(part.subject, ingested=part.generation or part.subject.ingested, grants=part.grants)
    owners = set(subject.label.owners) | (served or set())
    exempt = reader["partner"] in alone.label.owners and role_of(reader) in ("fdo", "auditor")
    verdict = decide(registers, reader, alone, now, "G5", owners)
    return verdict.permit and (exempt or not alone.recalled), verdict.views if alone.type == subject.type else None


def sole_denier(registers, reader, subject, now, verdict):
    """The one gate without which a denied reader would have been given the record, or None."""
    alone = [g for g in ("G0", "G1", "G3", "G5") if not verdict.gates[g]]
    candidates = alone if len(alone) == 1 else [] if alone else ["G2", "G4", "G6", "G7"]
    found = [g for g in candidates if decide(registers, reader, subject, now, without=g).permit]
    return found[0] if len(found) == 1 else None
