"""The coalition of the benchmark: who posts, who reads, under which labels. Everything follows from the numbers of labels and partners."""
import math
import string

TYPE = "eoobservation"
MODES = ["REAL", "TEST", "EXERCISE", "SIMULATED"]
WIDE, NARROW = "WID", "NAR"  # named on 27 % and on 0.5 % of the labels
OLD = "OLD"  # named on two labels that are used for the oldest records only: sees nothing in a recent window
FOLLOWERS = [f"GR{c}" for c in string.ascii_uppercase[:10]]  # each named on a tenth of the labels
OLD_LABELS = 2
OLD_SHARE = 0.02  # of the records to begin with


def code(prefix, i):
    return prefix + string.ascii_uppercase[i // 26] + string.ascii_uppercase[i % 26]


def domain(partner):
    return f"{partner.lower()}.example"


class Coalition:
    def __init__(self, labels=416, partners=8):
        self.originators = [code("O", i) for i in range(partners)]
        self.each = math.ceil(labels / partners / len(MODES))  # labels of one originator in one data mode
        self.fillers = [code("F", i) for i in range(self.each.bit_length())]
        self.big = self.fillers[0]  # named on every other label
        self.readers = self.fillers + [WIDE, NARROW, OLD] + FOLLOWERS
        self.agreed = (self.originators[0], WIDE)  # whose agreement is suspended and resumed

    def followers(self):
        """25 partners, or as many as there are, that see different records."""
        return (self.originators + [WIDE, NARROW, OLD] + self.fillers + FOLLOWERS)[:25]

    def labels(self):
        """(originator's number, data mode, marking): each subset of the fillers makes its own marking."""
        found = []
        for o, originator in enumerate(self.originators):
            for mode in MODES:
                for subset in range(1, self.each + 1):
                    n = len(found)
                    released = [f for i, f in enumerate(self.fillers) if subset >> i & 1]
                    released += [FOLLOWERS[n % len(FOLLOWERS)]]
                    released += [WIDE] if n % 26 < 7 else []
                    released += [NARROW] if n % 208 == 100 else []
                    found.append((o, mode, self.marking(originator, released)))
        return found

    def old_labels(self):
        """The same for the oldest records: some labels of each originator, and of the first one those that name OLD."""
        some = [label for i, label in enumerate(self.labels()) if i % self.each == 0]
        return some + [(0, mode, self.marking(self.originators[0], [OLD])) for mode in MODES[:OLD_LABELS]]

    @staticmethod
    def marking(originator, released):
        return "C//REL TO " + ", ".join([originator] + sorted(released))

    def policy(self):
        levels = [("U", "UNCLASSIFIED"), ("C", "CONFIDENTIAL"), ("S", "SECRET")]
        return {
            "relto": "policy/1",
            "profiles": [{"policy": "BEN", "levels": [{"portion": p, "banner": b} for p, b in levels], "caveats": []}],
            "partners": [{"code": p, "name": f"Partner {p}", "policy": "BEN", "trustDomain": domain(p), "authorises": []}
                         for p in self.originators + self.readers],
            "communities": [],
            "agreements": [agreement(o, r) for o in self.originators for r in self.readers],
            "reasons": [],
            "principals": [principal(p, role) for p, role in self.identities()],
        }

    def identities(self):
        """(partner, role) of everybody with a certificate."""
        return ([(o, role) for o in self.originators for role in ("node", "operator")] + [(r, "operator") for r in self.readers]
                + [(p, "fdo") for p in self.agreed])


def principal(partner, role):
    return {"id": f"spiffe://{domain(partner)}/{role}/one", "partner": partner, "active": True, "clearances": {"BEN": "S"},
            "caveats": [], "dataModes": MODES, "display": False}


def agreement(a, b):
    return {"id": f"{a}-{b}", "title": f"Exchange between {a} and {b}", "reference": "bench", "article": "1",
            "providers": [a, b], "recipients": [a, b], "types": ["*"], "dataModes": MODES, "highest": {"BEN": "S"},
            "default": {}, "equivalence": [], "from": "2020-01-01", "until": None, "status": "inForce", "backfill": "all"}
