"""Random coalitions: a policy, what is posted under it, and the instants at which everybody looks.

A run is a history: each world replaces the policy of the one before, keeps some of its agreements and communities, drops
others, and finds the records of all earlier worlds in the exchange.
"""
import copy
import datetime
import itertools

from coalition import ANY_TIME, agreement, levels, principal, restriction
from harness import domain_of, iso
from model import ALWAYS, Label, Subject, instant

PARTNERS = ["AUS", "DEU", "GBR", "JPN", "NZL", "USA"]
POLICY_OF = {"AUS": "AUS", "DEU": "DEU", "GBR": "GBR", "JPN": "JPN", "NZL": "AUS", "USA": "USA"}
LEVELS = {"AUS": ["U", "C", "S", "TS"], "DEU": ["U", "R", "C", "S"], "GBR": ["U", "R", "S", "TS"],
          "JPN": ["U", "C", "S"], "USA": ["U", "C", "S", "TS"]}
CAVEATS = {"AUS": ["AA"], "DEU": [], "GBR": ["BB"], "JPN": [], "USA": ["SI", "TK"]}
MODES = ["REAL", "TEST", "EXERCISE"]
TYPES = ["eoobservation", "elset", "gnssadvisory", "conjunction"]
OBJECTS = [25544, 25545, 25546]
# code: (views that show no less, types or None for all, steps)
VIEWS = {
    "NO-TAGS": ([], None, ["tags"]),
    "NO-ORIGIN": ([], None, ["origin"]),
    "NEITHER": (["NO-TAGS", "NO-ORIGIN"], None, ["origin", "tags"]),
    "LEAST": (["NEITHER"], None, ["origin", "tags", "transactionId"]),
    "APART": ([], ["eoobservation"], ["transactionId"]),
    "BARE": (["APART", "LEAST"], ["eoobservation"], ["origin", "satNo", "tags", "transactionId"]),
}
DROPPED = sorted({name for _, _, names in VIEWS.values() for name in names})
READERS = [("operator", "r1"), ("fdo", "r2"), ("auditor", "r3")]
POSTER = ("node", "post")
DAY = datetime.timedelta(days=1)


def letters(n):
    return "".join(chr(65 + n // 26 ** i % 26) for i in (2, 1, 0))


class World:
    """One policy with its readers; `previous` is the world whose entries some of these are."""

    def __init__(self, random, number, now, previous=None):
        self.random, self.number, self.now = random, number, now
        self.names = itertools.count(number * 20)
        old = previous.policy if previous else {"communities": [], "agreements": [], "grants": [], "operators": []}
        kept = lambda entries, p: [copy.deepcopy(e) for e in entries if random.random() < p]
        # Now and then codes leave the register that labels still name: a community, a partner without principals.
        purge = previous and number % 3 == 0
        self.dormant = previous.dormant if previous and not purge else [letters(17575 - number)]
        communities = kept(old["communities"], 0.6 if purge else 1)
        communities += [self.community() for _ in range(max(1, 3 - len(communities)))]
        self.communities = [c["code"] for c in communities]
        agreements = [self.aged(a) for a in kept(old["agreements"], 0.5)]
        agreements += [self.agreement(i) for i in range(random.randint(5, 7))]
        if random.random() < 0.8:
            agreements.append(self.broad())
        random.shuffle(agreements)
        self.policy = {
            "relto": "policy/1",
            "profiles": [{"policy": p, "levels": levels(*names), "caveats": CAVEATS[p]} for p, names in LEVELS.items()],
            "partners": [{"code": p, "name": p, "policy": POLICY_OF[p], "trustDomain": domain_of(p),
                          "authorises": [q for q in PARTNERS if q != p], "catalogue": random.random() < 0.8,
                          "dutyToWarn": self.rules(p)} for p in PARTNERS]
            + [{"code": d, "name": d, "policy": "USA", "trustDomain": domain_of(d), "authorises": []}
               for d in self.dormant],
            "communities": communities, "agreements": agreements, "views": [view(code) for code in sorted(VIEWS)],
            "grants": self.grants() + kept([g for g in old["grants"] if not g["id"].startswith("GR")], 0.7),
            "operators": kept(old["operators"], 0.8),
            "reasons": [{"code": "SOURCES", "title": "Protection of sources", "maxReviewDays": 365}],
            "principals": [self.reader(p, role, name) for p in PARTNERS for role, name in READERS]
            + [self.poster(p) for p in PARTNERS],
        }
        self.readers = [p for p in self.policy["principals"] if not p["id"].endswith("/post")]

    def some(self, values, p):
        return [v for v in values if self.random.random() < p]

    def span(self):
        """Dates around the present: mostly in force, sometimes ended, to come, or ending soon."""
        start = self.random.choice([-900] * 6 + [-300, -30, 1, 3])
        end = self.random.choice([None] * 6 + [900, 2, 5, -10])
        if end is not None and end <= start:
            end = None
        return {"from": self.day(start), "until": None if end is None else self.day(end)}

    def day(self, offset):
        return (self.now + offset * DAY).date().isoformat()

    def backfill(self):
        return self.random.choice(["all", "all", "none", self.day(self.random.randint(-20, -1)),
                                   iso(self.now - datetime.timedelta(hours=self.random.randint(1, 200)))])

    def community(self):
        chosen = self.some(PARTNERS, 0.6) or PARTNERS[:2]
        return {"code": "Q" + letters(next(self.names)), "name": "community",
                "members": [dict({"partner": p, "backfill": self.backfill()}, **self.span()) for p in chosen]}

    def agreement(self, i):
        parties = self.random.sample(PARTNERS, self.random.choice([2, 3, 5, 6, 6, 6]))
        providers = self.some(parties, 0.9) or parties[:1]
        recipients = self.some(parties, 0.9) or parties[-1:]
        policies = self.some(sorted(LEVELS), 0.9) or ["USA"]
        level = lambda p, first=0: self.random.choice(LEVELS[p][first:])
        rows = [{"policy": p, "level": level(p, 1), "as": {"policy": q, "level": level(q, 1)}}
                for p in LEVELS for q in LEVELS if p != q and self.random.random() < 0.4]
        return agreement(f"W{self.number}-{i}", parties, providers=sorted(providers), recipients=sorted(recipients),
                         types=self.random.choice([["*"], ["*"], self.some(TYPES, 0.7) or TYPES[:1]]),
                         dataModes=self.some(MODES, 0.9) or MODES[:1],
                         highest={p: self.random.choice(LEVELS[p][2:] + LEVELS[p][-1:] * 2) for p in policies},
                         default={p: level(p) for p in self.some(policies, 0.7)}, equivalence=unique(rows),
                         status=self.random.choice(["inForce"] * 10 + ["suspended", "terminated"]),
                         article=f"{i}.{self.random.randint(1, 9)}", views=self.views_of_types(), precedence=self.random.choice([10, 100, 100, 500]),
                         thirdParty=self.random.choice(["allowed", "allowed", "forbidden"]),
                         backfill=self.backfill(), **self.span())

    def views_of_types(self):
        views = {t: self.random.choice([v for v, (_, types, _) in VIEWS.items() if t in (types or TYPES)]) for t in self.some(TYPES, 0.3)}
        if self.random.random() < 0.25:
            views["*"] = self.random.choice([v for v, (_, types, _) in VIEWS.items() if not types])
        return views

    def grants(self):
        """Permissions beyond what agreements give by themselves, for whole types."""
        made = []
        for _ in range(self.random.choice([0, 4, 8])):
            owner, recipient = self.random.sample(PARTNERS, 2)
            kind = self.random.choice(TYPES)
            views = [v for v, (_, types, _) in VIEWS.items() if kind in (types or TYPES)]
            span = self.span()
            made.append(dict({"id": f"GR{self.number}-{len(made)}", "owner": owner, "recipient": recipient, "onward": True,
                              "view": self.random.choice([None, None, self.random.choice(views)]),
                              "scope": {"type": kind}}, **dict(span, until=span["until"] or self.day(600))))
        return made

    def rules(self, partner):
        """When a partner warns of its conjunctions, by whose word, and as what."""
        if self.random.random() < 0.15:
            return []
        own = POLICY_OF[partner]
        terms = {"type": "conjunction", "view": self.random.choice([v for v, (_, types, _) in VIEWS.items() if not types]),
                 "catalogues": self.some([p for p in PARTNERS if p != partner], 0.4),
                 "classificationMarking": "//".join(filter(None, [self.random.choice(LEVELS[own][:2] * 3 + LEVELS[own]),
                                                                  "/".join(self.some(CAVEATS[own], 0.15))]))}
        limits = [{"field": "collisionProb", "above": 0.25}, {"field": "missDistance", "below": 250}]
        return [dict(terms, **limit) for limit in self.some(limits, 0.8) or limits[:1]]

    def broad(self):
        """What most coalitions have: nearly all parties, records and levels."""
        return agreement(f"W{self.number}-broad", self.some(PARTNERS, 0.9) or PARTNERS, dataModes=MODES,
                         highest={p: names[-1] for p, names in LEVELS.items()}, default={p: names[0] for p, names in LEVELS.items()})

    def aged(self, kept):
        """An entry of the world before: as it was, or with another status."""
        kept["status"] = self.random.choice([kept["status"], kept["status"], "inForce", "suspended"])
        return kept

    def reader(self, partner, role, name):
        own = POLICY_OF[partner]
        clearances = {own: self.random.choice(LEVELS[own][1:] + LEVELS[own][-1:] * 4)}
        for policy in self.some(LEVELS, 0.65):
            clearances.setdefault(policy, self.random.choice(LEVELS[policy][1:] + LEVELS[policy][-1:] * 4))
        held = self.some(["AA", "BB", "SI", "TK"], 0.65)
        return principal(partner, role, name, clearances=clearances, caveats=held, dataModes=self.some(MODES, 0.9) or MODES[:1],
                         display=self.random.random() < 0.5, active=True)

    def poster(self, partner):
        """Holds everything, so that only what it says decides whether a record is taken."""
        return principal(partner, *POSTER, clearances={p: names[-1] for p, names in LEVELS.items()},
                         caveats=["AA", "BB", "SI", "TK"], dataModes=MODES + ["SIMULATED"])

    # --- records ---
    def label(self, poster):
        """A label that this poster may give, in one of the shapes that markings have."""
        random = self.random
        others = [p for p in PARTNERS if p != poster]
        shape = random.choice(["own"] * 7 + ["joint", "foreign", "shared"])
        owners, joint = [poster], False
        if shape == "joint" and POLICY_OF[poster] == "AUS":
            owners, joint = ["AUS", "NZL"], True
        elif shape == "foreign":
            owners = [random.choice(others)]
        elif shape == "shared":
            owners = [poster, random.choice(others)]
        policy = POLICY_OF[owners[0]]
        owners.sort(key=lambda o: (o != policy, POLICY_OF[o] != policy, o))  # whose policy it is comes first
        label = Label(policy, random.choice(LEVELS[policy] + LEVELS[policy][1:] * 2), owners, joint)
        if label.level == "U" and shape == "own" and random.random() < 0.3:
            label.mode = "public"
            return label
        if label.level != "U" and random.random() < 0.3:
            label.caveats = self.some(CAVEATS[policy], 0.7)
        kind = random.choice(["none"] * 4 + ["rel"] * 10 + ["noforn", "display", "relido"])
        if joint and kind in ("noforn", "display", "relido"):
            kind = "rel"
        targets = [p for p in PARTNERS + self.some(self.dormant, 0.3) if p not in owners]
        if kind == "rel":
            label.mode = "rel"
            named = self.some(targets, 0.65) + self.some(self.communities, 0.25)
            label.rel = ordered(owners, named or [random.choice(targets)])
            if random.random() < 0.15:
                label.display = ordered([], [t for t in self.some(targets, 0.4) if t not in label.rel])
            elif random.random() < 0.08:
                label.relido = True
        elif kind == "noforn":
            label.mode = "noforn"
        elif kind == "display":
            label.mode = "rel"
            label.display = ordered([], self.some(targets, 0.5) + self.some(self.communities, 0.3) or [targets[0]])
        elif kind == "relido":
            label.mode, label.relido = "rel", True
        if kind in ("rel", "none") and label.level != "U" and not joint:
            label.orcon = random.random() < 0.1
            if shape == "own" and random.random() < 0.2:
                label.fgi = random.choice([["FGI"]] + [sorted(random.sample(others, random.randint(1, 2)))] * 4)
        return label

    def release_views(self, kind, label, poster):
        """Tear-lines of a record: reduced, and in general released further."""
        lines = []
        for view in self.random.sample([v for v, (_, types, _) in VIEWS.items() if kind in (types or TYPES)], self.random.choice([1, 1, 2])):
            levels = LEVELS[label.policy][:LEVELS[label.policy].index(label.level) + 1]
            targets = self.some([p for p in PARTNERS if p != poster], 0.6) + self.some(self.communities, 0.2)
            line = Label(label.policy, self.random.choice(levels), label.owners)
            if targets and self.random.random() < 0.8:
                line.mode, line.rel = "rel", ordered(label.owners, targets)
            lines.append((view, line))
        return lines

    def record(self, kind, poster, known):
        """(wire record, Subject without its instant of ingestion): known are (id, Subject) that the poster can see."""
        random, label = self.random, self.label(poster)
        relto = {}
        if label.mode == "public":
            relto["public"] = True
        if len(label.owners) > 1 and not label.joint:
            relto["owners"] = label.owners
        subject = Subject(kind, random.choice(MODES), label, None)
        if random.random() < 0.15:
            subject.embargo = self.now + random.choice([0.5, 2, 4]) * DAY
            relto["embargoUntil"] = iso(subject.embargo)
        if random.random() < 0.1:
            subject.expires = self.now + random.choice([1, 3, 5]) * DAY
            if subject.expires <= subject.embargo:
                subject.expires = subject.embargo + 2 * DAY
            relto["expires"] = iso(subject.expires)
        if known and random.random() < 0.2:
            parts = random.sample(known, min(len(known), random.randint(1, 2)))
            relto["derivedFrom"] = [identifier for identifier, _ in parts]
            subject.parts = [part for _, part in parts]
        if label.mode not in ("none", "public") or label.orcon or subject.embargo is not ALWAYS:
            relto["restriction"] = restriction(self.now)
        if label.mode != "public" and not label.joint and label.owners == [poster] and random.random() < 0.2:
            label.release_views = self.release_views(kind, label, poster)
            relto["releaseViews"] = [{"view": v, "classificationMarking": marking(l, poster)} for v, l in label.release_views]
        wire = sample(kind, f"W{self.number}-{next(self.names)}-{random.getrandbits(40):x}", self.now, random)
        wire.update(classificationMarking=marking(label, poster), dataMode=subject.data_mode)
        subject.content, subject.objects = wire, [str(wire[n]) for n in ABOUT[kind] if n in wire]
        subject.time = instant(wire[TIME_FIELD[kind]], None)
        if relto:
            wire["relto"] = relto
        return wire, subject


def unique(rows):
    """One row for each level that is mapped."""
    return list({(r["policy"], r["level"]): r for r in rows}.values())


def ordered(owners, codes):
    """The first owner, then trigraphs with the other owners among them, then longer codes, A to Z."""
    rest = sorted({c for c in owners + codes if c not in owners[:1]}, key=lambda c: (len(c) > 3, c))
    return owners[:1] + rest


def marking(label, poster):
    """The portion text of a label, without parentheses."""
    if label.joint:
        blocks = [f"//JOINT {label.level} {' '.join(label.owners)}"]
    elif len(label.owners) == 1 and label.owners[0] != poster:
        blocks = [f"//{label.owners[0]} {label.level}"]
    else:
        blocks = [label.level]
    if label.caveats:
        blocks.append("/".join(label.caveats))
    if label.fgi:
        blocks.append("FGI" if label.fgi == ["FGI"] else "FGI " + " ".join(label.fgi))
    controls = ["OC"] if label.orcon else []
    if label.mode == "noforn":
        controls.append("NF")
    if label.rel:
        controls.append("REL TO " + ", ".join(label.rel))
    if label.relido:
        controls.append("RELIDO")
    if label.display:
        controls.append("DISPLAY ONLY " + ", ".join(label.display))
    if controls:
        blocks.append("/".join(controls))
    return "//".join(blocks)


def view(code):
    reduces, types, dropped = VIEWS[code]
    return {"code": code, "title": code.title(), "reduces": reduces, "types": {t: [{"drop": dropped}] for t in types or TYPES}}


def sample(kind, name, t, random):
    record = {"source": name, "origin": "somewhere", "tags": ["a"], "transactionId": name}
    if kind == "eoobservation":
        record.update(obTime=iso(t), satNo=random.choice(OBJECTS))
    elif kind == "elset":
        record.update(epoch=iso(t), satNo=random.choice(OBJECTS))
    elif kind == "conjunction":
        one, other = random.sample(OBJECTS + [4], 2)
        record.update(tca=iso(t + random.choice([-1, 0, 2, 5, 9]) * DAY), satNo1=one, satNo2=other)
        record.update({n: v for n, v in {"collisionProb": random.random(), "missDistance": random.randint(0, 1000)}.items()
                       if random.random() < 0.8})
    else:
        record.update(advisory(t, name))
    return record


def advisory(t, name):
    return {"issuer": "QZSS", "number": name[:32], "messageType": "NAQU", "start": iso(t)}


ABOUT = {"eoobservation": ["satNo"], "elset": ["satNo"], "gnssadvisory": [], "conjunction": ["satNo1", "satNo2"]}
TIME_FIELD = {"eoobservation": "obTime", "elset": "epoch", "gnssadvisory": "start", "conjunction": "tca"}
LOOK = {kind: {} if kind == "gnssadvisory" else {field: ANY_TIME} for kind, field in TIME_FIELD.items()}
