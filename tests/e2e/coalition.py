"""The policy and the records that most suites use: eight partners, four communities, two agreements."""
import copy
import itertools

from harness import day_zero, domain_of, iso, principal_id

PARTNERS = ["AUS", "CAN", "DEU", "FRA", "GBR", "JPN", "NZL", "USA"]
CSPO = ["AUS", "CAN", "DEU", "FRA", "GBR", "NZL", "USA"]
ROLES = ["node", "operator", "fdo", "auditor"]
LONG_AGO = "2020-01-01"


def levels(*names):
    full = {"U": "UNCLASSIFIED", "R": "RESTRICTED", "C": "CONFIDENTIAL", "S": "SECRET", "TS": "TOP SECRET"}
    return [{"portion": n, "banner": full[n]} for n in names]


def profile(code):
    return {"policy": code, "levels": levels("U", "C", "S", "TS") if code == "USA" else levels("U", "R", "C", "S", "TS"),
            "caveats": ["SI", "TK"] if code == "USA" else []}


def members(*codes, since="1950-01-01", backfill="all"):
    return [{"partner": c, "from": since, "until": None, "backfill": backfill} for c in codes]


def principal(partner, role, name="one", **more):
    entry = {"id": principal_id(partner, role, name), "partner": partner, "active": True,
             "clearances": {partner: "TS", "USA": "S"}, "caveats": [],
             "dataModes": ["REAL", "TEST", "EXERCISE", "SIMULATED"], "display": False}
    if partner == "USA":
        entry.update(clearances={"USA": "TS"}, caveats=["SI", "TK"])
    entry.update(more)
    return entry


def agreement(identifier, parties, **more):
    entry = {"id": identifier, "title": f"Agreement {identifier}", "reference": f"{identifier}/1", "article": "3.1",
             "providers": list(parties), "recipients": list(parties), "types": ["*"],
             "dataModes": ["REAL", "TEST", "EXERCISE", "SIMULATED"], "highest": {p: "S" for p in parties},
             "default": {p: "U" for p in parties}, "equivalence": [], "from": LONG_AGO, "until": None,
             "status": "inForce", "backfill": "all"}
    entry.update(more)
    return entry


def coalition():
    return {
        "relto": "policy/1",
        "profiles": [profile(p) for p in PARTNERS],
        "partners": [{"code": p, "name": f"Partner {p}", "policy": p, "trustDomain": domain_of(p), "authorises": []}
                     for p in PARTNERS],
        "communities": [
            {"code": "ACGU", "name": "Four Eyes", "members": members("AUS", "CAN", "GBR", "USA")},
            {"code": "CSPO", "name": "Combined Space Operations", "members": members(*CSPO)},
            {"code": "FVEY", "name": "Five Eyes", "members": members("AUS", "CAN", "GBR", "NZL", "USA")},
            {"code": "NATO", "name": "NATO", "members": members("CAN", "DEU", "FRA", "GBR", "USA")},
        ],
        "agreements": [
            agreement("CSPO-2024", CSPO),
            agreement("USA-JPN-2026", ["JPN", "USA"], default={"USA": "U", "JPN": "C"},
                      equivalence=[{"policy": "JPN", "level": "C", "as": {"policy": "USA", "level": "C"}},
                                   {"policy": "JPN", "level": "S", "as": {"policy": "USA", "level": "S"}}]),
        ],
        "reasons": [{"code": "SOURCES", "title": "Protection of sources and methods", "maxReviewDays": 365},
                    {"code": "EXERCISE", "title": "Exercise play", "maxReviewDays": 30}],
        "principals": [principal(p, r) for p in PARTNERS for r in ROLES] + [principal("USA", "admin")],
    }


def entry(policy, kind, **match):
    """The entry of a register with these members, to change it in place."""
    found = [e for e in policy[kind] if all(e.get(k) == v for k, v in match.items())]
    assert len(found) == 1, (kind, match, len(found))
    return found[0]


def changed(policy, change):
    fresh = copy.deepcopy(policy)
    change(fresh)
    return fresh


def restriction(now=None, **more):
    """What a withheld record must say."""
    review = (now or day_zero()).date().replace(day=1)
    review = review.replace(year=review.year + (review.month + 1) // 13, month=review.month % 12 + 1)
    return dict({"reason": "SOURCES", "authority": "USSPACECOM J2", "reviewBy": review.isoformat()}, **more)


# --- records ---
serial = itertools.count(1)


def observation(marking="U", t=None, **more):
    """An optical observation, different from every other."""
    n = next(serial)
    record = {"classificationMarking": marking, "dataMode": "TEST", "source": "e2e", "obTime": iso(t or day_zero()),
              "satNo": 10000 + n % 50000, "ra": (n * 0.37) % 360, "declination": -30.25, "idSensor": f"SEN{n}"}
    record.update(more)
    return record


def withheld(marking="S//NF", now=None, relto=None, **more):
    return observation(marking, relto=dict({"restriction": restriction(now)}, **(relto or {})), **more)


ANY_TIME = ">1900-01-01T00:00:00.000000Z"
